//! By how much pairs of values differ, by ranks alone.
//!
//! The signed-rank test of Wilcoxon (*Biometrics Bulletin* 1, 1945) and the interval
//! that belongs to it (Hodges and Lehmann, *Annals of Mathematical Statistics* 34,
//! 1963; Tukey, 1949; Lehmann, *Nonparametrics*, 1975, section 3.5): of the averages
//! of every two differences, each with itself included, the median is the estimate,
//! and the k-th smallest bounds the shift from below. Of the differences nothing is
//! assumed but that each lies above the shift as likely as it lies below it by as
//! much. Two values that could as well have been the other way round differ like
//! that, whatever their distribution.
//!
//! The sign test (Arbuthnot, *Philosophical Transactions* 27, 1710) asks for even less
//! and looks at less: how many differences lie above. A few that lie far on the wrong
//! side weigh no more than their number.

/// How far the second of each pair lies above the first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shift {
    /// The averages of every two differences, sorted.
    averages: Vec<f64>,
    /// The differences, sorted.
    differences: Vec<f64>,
    /// How likely each sum of ranks is, added up from none.
    cumulative: Vec<f64>,
}

impl Shift {
    /// Looks at the differences of pairs; `None` where there is none.
    pub(crate) fn of(differences: &[f64]) -> Option<Shift> {
        if differences.is_empty() {
            return None;
        }
        let mut averages: Vec<f64> = differences
            .iter()
            .enumerate()
            .flat_map(|(place, one)| {
                differences[place..]
                    .iter()
                    .map(move |other| (one + other) / 2.0)
            })
            .collect();
        perf_statistics::sort(&mut averages);
        let mut sorted = differences.to_vec();
        perf_statistics::sort(&mut sorted);
        Some(Shift {
            averages,
            differences: sorted,
            cumulative: cumulative(differences.len()),
        })
    }

    /// The estimate of Hodges and Lehmann: the median of the averages.
    pub(crate) fn estimate(&self) -> f64 {
        perf_statistics::median_of_sorted(&self.averages).expect("there is a difference")
    }

    /// The shift is above this, but for a chance of `alpha`; `None` where so few
    /// pairs cannot say so.
    pub(crate) fn lower(&self, alpha: f64) -> Option<f64> {
        self.place(alpha).map(|place| self.averages[place])
    }

    /// The shift is below this, but for a chance of `alpha`.
    pub(crate) fn upper(&self, alpha: f64) -> Option<f64> {
        let last = self.averages.len() - 1;
        self.place(alpha).map(|place| self.averages[last - place])
    }

    /// The median is above this by the sign test, but for a chance of `alpha`.
    pub(crate) fn lower_by_signs(&self, alpha: f64) -> Option<f64> {
        let place = fewest(self.differences.len(), alpha)?;
        Some(self.differences[place])
    }

    /// The median is below this by the sign test, but for a chance of `alpha`.
    pub(crate) fn upper_by_signs(&self, alpha: f64) -> Option<f64> {
        let last = self.differences.len() - 1;
        let place = fewest(self.differences.len(), alpha)?;
        Some(self.differences[last - place])
    }

    /// The greatest sum of ranks that is as unlikely as that.
    fn place(&self, alpha: f64) -> Option<usize> {
        let likely = self
            .cumulative
            .iter()
            .take_while(|chance| **chance <= alpha);
        likely.count().checked_sub(1)
    }
}

/// The greatest number of `pairs` of which so few or fewer lie on one side of their
/// median with a chance of at most `alpha`.
fn fewest(pairs: usize, alpha: f64) -> Option<usize> {
    let all = 2_f64.powi(i32::try_from(pairs).unwrap_or(i32::MAX));
    let (mut ways, mut added) = (1.0, 0.0);
    let mut few = 0;
    for number in 0..=pairs {
        added += ways / all;
        if added > alpha {
            break;
        }
        few = number + 1;
        ways *= (pairs - number) as f64 / (number + 1) as f64;
    }
    few.checked_sub(1)
}

/// How likely it is that the ranks of the positive differences add up to at most 0,
/// 1, 2 .., where each is positive as likely as negative: every subset of the ranks
/// is equally likely, and the sums of subsets are counted rank by rank.
fn cumulative(pairs: usize) -> Vec<f64> {
    let most = pairs * (pairs + 1) / 2;
    let mut subsets = vec![0.0; most + 1];
    subsets[0] = 1.0;
    for rank in 1..=pairs {
        for sum in (rank..=most).rev() {
            subsets[sum] += subsets[sum - rank];
        }
    }
    let all = 2_f64.powi(i32::try_from(pairs).unwrap_or(i32::MAX));
    let mut added = 0.0;
    let add = |count: &f64| {
        added += count;
        added / all
    };
    subsets.iter().map(add).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use perf_statistics::Random;

    #[track_caller]
    fn check(pairs: usize, alpha: f64, published: usize) {
        let cumulative = cumulative(pairs);
        let critical = cumulative.iter().filter(|chance| **chance <= alpha).count();
        assert_eq!(critical, published + 1, "{pairs}, {alpha}");
        assert!((cumulative[pairs * (pairs + 1) / 2] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_critical_values_are_the_published_ones() {
        // Wilcoxon and Wilcox, *Some rapid approximate statistical procedures*, 1964,
        // one tail.
        check(6, 0.05, 2);
        check(6, 0.025, 0);
        check(8, 0.025, 3);
        check(8, 0.01, 1);
        check(10, 0.05, 10);
        check(10, 0.025, 8);
        check(10, 0.01, 5);
        check(12, 0.01, 9);
        check(12, 0.005, 7);
        check(20, 0.025, 52);
    }

    #[test]
    fn few_pairs_say_nothing_at_small_chances() {
        let shift = Shift::of(&[1.0; 6]).expect("pairs");
        // Six of six above are one of 64 outcomes.
        assert_eq!(shift.lower(1.0 / 64.0), Some(1.0));
        assert_eq!(shift.lower(1.0 / 65.0), None);
        assert_eq!(Shift::of(&[]), None);
    }

    #[test]
    fn the_sign_test_counts_outcomes() {
        // Of 1,024: 1 has none, 11 at most one, 56 at most two.
        assert_eq!(fewest(10, 0.0009), None);
        assert_eq!(fewest(10, 0.001), Some(0));
        assert_eq!(fewest(10, 0.0107), Some(0));
        assert_eq!(fewest(10, 0.0108), Some(1));
        assert_eq!(fewest(10, 0.05), Some(1));
        assert_eq!(fewest(24, 0.0008), Some(4));
        let shift = Shift::of(&[-9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
        let shift = shift.expect("pairs");
        assert_eq!(shift.lower_by_signs(0.011), Some(1.0));
        assert_eq!(shift.upper_by_signs(0.011), Some(8.0));
        assert_eq!(shift.lower_by_signs(0.0009), None);
    }

    #[test]
    fn a_shift_lies_in_its_interval() {
        let shift = Shift::of(&[1.0, 2.0, 4.0, 5.0, 9.0]).expect("pairs");
        assert_eq!(shift.estimate(), 4.0);
        // Of 32 outcomes one is as small, and two are at most one greater.
        assert_eq!(
            (shift.lower(1.0 / 32.0), shift.upper(1.0 / 32.0)),
            (Some(1.0), Some(9.0))
        );
        assert_eq!(shift.lower(2.0 / 32.0), Some(1.5));
    }

    /// How often, of 4,000, the shift of twelve pairs is called above zero and below
    /// it at a chance of 1 %; the values of a pair come from one distribution, and
    /// share `together` of their luck.
    #[track_caller]
    fn rates(together: f64, draw: impl Fn(&mut Random) -> f64) {
        let mut random = Random::new(7);
        let (mut above, mut below) = (0_u32, 0_u32);
        for _ in 0..4_000 {
            let differences: Vec<f64> = (0..12)
                .map(|_| {
                    let mut own = || (1.0 - together) * draw(&mut random);
                    own() - own()
                })
                .collect();
            let shift = Shift::of(&differences).expect("pairs");
            above += u32::from(shift.lower(0.01).is_some_and(|bound| bound > 0.0));
            below += u32::from(shift.upper(0.01).is_some_and(|bound| bound < 0.0));
        }
        // 40 are stated, and four standard deviations of that are 25.
        assert!(above <= 65 && below <= 65, "{above} {below}");
        assert!(above >= 15 && below >= 15, "{above} {below}: too shy");
    }

    #[test]
    fn the_stated_chance_holds_whatever_the_values_are() {
        rates(0.0, Random::unit);
        rates(0.9, Random::unit);
        // Heavy tails: one over a unit.
        rates(0.0, |random| 1.0 / (1.0 - random.unit()));
        // Two layouts of the code, one a quarter slower.
        rates(0.0, |random| {
            f64::from(u8::from(random.unit() < 0.3)) * 0.25 + random.unit() * 0.01
        });
    }
}
