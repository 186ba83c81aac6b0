//! Over how many observations in a row calls depend on each other.

/// Observations further apart than this are not compared.
const LAGS: usize = 32;
/// Dependence is looked for over these distances.
const WINDOWS: [usize; 3] = [1, 4, 16];
/// How far beyond chance neighbours must coincide to be believed: standard
/// deviations, and whole coincidences on top, because where few observations
/// count two neighbours are soon found.
const DEVIATIONS: f64 = 3.5;
const COINCIDENCES: f64 = 2.0;

/// The integrated autocorrelation time of observations in [0, 1] that come in
/// rounds. Only those of the same round are compared: rounds lie far apart.
#[derive(Clone, Debug)]
pub(crate) struct Autocorrelation {
    count: f64,
    sum: f64,
    squares: f64,
    /// Of pairs at each distance, beginning with 1.
    lags: [Pairs; LAGS],
}

#[derive(Clone, Copy, Debug)]
struct Pairs {
    count: f64,
    /// Of both members of each pair.
    sum: f64,
    products: f64,
}

impl Default for Autocorrelation {
    fn default() -> Autocorrelation {
        const NONE: Pairs = Pairs {
            count: 0.0,
            sum: 0.0,
            products: 0.0,
        };
        Autocorrelation {
            count: 0.0,
            sum: 0.0,
            squares: 0.0,
            lags: [NONE; LAGS],
        }
    }
}

impl Autocorrelation {
    /// Takes the observations of one round, in order.
    pub(crate) fn take(&mut self, round: &[f64]) {
        let (mut sum, mut squares) = (0.0, 0.0);
        for value in round {
            sum += value;
            squares += value * value;
        }
        self.count += round.len() as f64;
        self.sum += sum;
        self.squares += squares;
        // Members of pairs: all twice, but for those near an end.
        let mut members = 2.0 * sum;
        for at in 0..LAGS.min(round.len().max(1) - 1) {
            members -= round[at] + round[round.len() - 1 - at];
            // A range would call a function for each pair where nothing is inlined.
            let (mut products, mut later) = (0.0, at + 1);
            while later < round.len() {
                products += round[later - at - 1] * round[later];
                later += 1;
            }
            let pairs = &mut self.lags[at];
            pairs.count += (round.len() - 1 - at) as f64;
            pairs.sum += members;
            pairs.products += products;
        }
    }

    /// How many observations in a row are worth one; 1 unless they are seen to
    /// depend on each other.
    ///
    /// Autocorrelations are added up two by two, for as long as the sums are
    /// positive and none is counted above the one before (Geyer, *Statistical
    /// Science* 7, 1992). They are measured from the mean of the same
    /// observations, which makes them too small by a share that is known.
    pub(crate) fn time(&self) -> f64 {
        let mean = self.sum / self.count.max(1.0);
        let variance = self.squares / self.count.max(1.0) - mean * mean;
        if variance <= 1e-12 || !self.is_seen(mean, variance) {
            return 1.0;
        }
        let (mut time, mut added, mut last) = (-1.0, -1.0, f64::INFINITY);
        // The first two are those at distances 0 and 1.
        let mut correlations = vec![1.0];
        for pairs in &self.lags {
            correlations.push(pairs.excess(mean) / (pairs.count.max(1.0) * variance));
        }
        for two in correlations.chunks_exact(2) {
            last = (two[0] + two[1]).min(last);
            if last <= 0.0 {
                break;
            }
            time += 2.0 * last;
            added += 4.0;
        }
        (time / (1.0 - added / self.count).max(0.5)).max(1.0)
    }

    /// Whether neighbours coincide more than chance explains.
    fn is_seen(&self, mean: f64, variance: f64) -> bool {
        let coincidence = (self.squares / self.sum).powi(2);
        for window in WINDOWS {
            let (mut count, mut excess) = (0.0, 0.0);
            for pairs in &self.lags[..window] {
                count += pairs.count;
                excess += pairs.excess(mean);
            }
            if excess > DEVIATIONS * variance * count.sqrt() + COINCIDENCES * coincidence {
                return true;
            }
        }
        false
    }
}

impl Pairs {
    /// The sum of products of the distances from the mean.
    fn excess(&self, mean: f64) -> f64 {
        self.products - mean * self.sum + mean * mean * self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perf_statistics::Random;

    /// The time of 20 rounds of 50 observations, each the one before with
    /// probability `stay`, else 1 with probability `share`.
    fn time(seed: u64, share: f64, stay: f64) -> f64 {
        let (mut random, mut seen) = (Random::new(seed), Autocorrelation::default());
        for _ in 0..20 {
            let mut last = 0.0;
            let mut round = [0.0; 50];
            for value in &mut round {
                if random.unit() >= stay {
                    last = f64::from(u8::from(random.unit() < share));
                }
                *value = last;
            }
            seen.take(&round);
        }
        seen.time()
    }

    #[test]
    fn independent_observations_are_worth_one_each() {
        for share in [0.0, 0.01, 0.1, 0.5, 1.0] {
            let wrong = (0..1_000).filter(|&seed| time(seed, share, 0.0) > 1.0);
            let wrong = wrong.count();
            assert!(wrong <= 5, "share {share}: {wrong} of 1000");
        }
    }

    #[test]
    fn the_time_of_a_chain_is_that_of_the_textbook() {
        // (1 + r) / (1 - r) for a correlation of r with the last.
        for (stay, truth) in [(0.5, 3.0), (0.8, 9.0)] {
            let mean = (0..200).map(|seed| time(seed, 0.5, stay)).sum::<f64>() / 200.0;
            assert!(
                (mean / truth - 1.0).abs() < 0.15,
                "{stay}: {mean} of {truth}"
            );
        }
    }

    #[test]
    fn a_single_burst_is_seen_and_two_neighbours_are_not() {
        let burst = |length: usize| {
            let mut seen = Autocorrelation::default();
            let mut round = [0.0; 50];
            round[20..20 + length].fill(1.0);
            seen.take(&round);
            (0..5).for_each(|_| seen.take(&[0.0; 50]));
            seen.time()
        };
        assert_eq!((burst(1), burst(2)), (1.0, 1.0));
        assert!((4.0..7.0).contains(&burst(5)), "{}", burst(5));
        assert!((15.0..25.0).contains(&burst(20)), "{}", burst(20));
    }

    #[test]
    fn rounds_of_few_observations_show_nothing() {
        let mut seen = Autocorrelation::default();
        seen.take(&[]);
        (0..100).for_each(|at| seen.take(&[f64::from(at % 2)]));
        assert_eq!(seen.time(), 1.0);
    }
}
