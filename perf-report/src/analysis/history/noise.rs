//! Made-up histories for simulations: five kinds of noise, seeded.

/// How runs of unchanged code differ from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noise {
    /// Each by itself: lognormal, 3 %.
    Independent,
    /// As that, and one run in ten is 10 to 60 % slower.
    Outliers,
    /// Each keeps half of what disturbed the one before; 3 % in all.
    Autocorrelated,
    /// Each draws one of two layouts, 6 % apart; 1.5 % beside that.
    TwoLayouts,
    /// Ten runs in a row share a level, 2 %; 2 % beside that.
    Days,
}

impl Noise {
    pub(super) const ALL: [Noise; 5] = [
        Noise::Independent,
        Noise::Outliers,
        Noise::Autocorrelated,
        Noise::TwoLayouts,
        Noise::Days,
    ];

    /// One factor a run.
    pub(super) fn factors(self, runs: usize, random: &mut Random) -> Vec<f64> {
        let mut state = random.normal() * 0.03;
        let mut factors = Vec::with_capacity(runs);
        for run in 0..runs {
            let log = match self {
                Noise::Independent => 0.03 * random.normal(),
                Noise::Outliers => {
                    let outlier = if random.share() < 0.1 {
                        (1.1 + 0.5 * random.share()).ln()
                    } else {
                        0.0
                    };
                    outlier + 0.03 * random.normal()
                }
                Noise::Autocorrelated => {
                    state = 0.5 * state + 0.75f64.sqrt() * 0.03 * random.normal();
                    state
                }
                Noise::TwoLayouts => {
                    let slow = random.share() < 0.5;
                    f64::from(u8::from(slow)) * 1.06f64.ln() + 0.015 * random.normal()
                }
                Noise::Days => {
                    if run % 10 == 0 {
                        state = 0.02 * random.normal();
                    }
                    state + 0.02 * random.normal()
                }
            };
            factors.push(log.exp());
        }
        factors
    }
}

/// A seeded generator: Steele, Lea and Flood's SplitMix64, OOPSLA 2014.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn seeded(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Evenly from 0 to 1, never 0.
    pub(super) fn share(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Normal, by Box and Muller.
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.share().ln()).sqrt();
        radius * (2.0 * std::f64::consts::PI * self.share()).cos()
    }
}
