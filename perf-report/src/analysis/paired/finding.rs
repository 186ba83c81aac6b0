//! What the processes of two builds show: same, slower, faster, by layout alone, or
//! nothing yet.

use super::Tail;
use crate::analysis::compare::layout::{self, Facts};
use crate::analysis::compare::{Effect, Finding, Interval, Reason};
use crate::analysis::statistics::rank_tests::Shift;

/// The chance that a case which became exactly as much slower as is tolerated is
/// called the same, for each of the two looks that a case may get.
pub(crate) const FALSE_SAME: f64 = 0.025;
/// The chance that such a case is called slower; of one that became as much faster,
/// that it is called faster.
pub(crate) const FALSE_CHANGE: f64 = 0.001;
/// How much of [`FALSE_CHANGE`] the sign test may use up; Wilcoxon's test has the rest.
/// That one sees most where pairs differ alike, and one or two of them far on the
/// wrong side are enough to block it; to the sign test they are one or two.
const OF_SIGNS: f64 = 0.8;
/// Pairs of processes in the first look, and in the second: six can be as sure as
/// [`FALSE_SAME`] (one of 64 outcomes); of 24 up to four may stand out.
pub(crate) const FIRST_PAIRS: usize = 6;
pub(crate) const SECOND_PAIRS: usize = 24;
/// How much more exactly than the tolerance a pair is known, in the first look and in
/// the second: this many standard errors. Of six pairs none may stand out; many that are
/// known less well tell more than half as many that are known twice as well, for less
/// time: the layout of each is another one.
pub(crate) const FIRST_FINER: f64 = 3.0;
pub(crate) const SECOND_FINER: f64 = 2.5;
/// Either side of the interval that is shown.
const EITHER_SIDE: f64 = 0.005;
/// The second look is needed: the first did not see that nothing got slower, or saw
/// something that is worth being sure of.
pub(crate) fn look_again(differences: &[f64], tolerance: f64) -> bool {
    let Some(shift) = Shift::of(differences) else {
        return false;
    };
    let allowed = tolerance.ln_1p();
    let holds = shift.upper(FALSE_SAME).is_some_and(|bound| bound < allowed);
    !holds || shift.estimate() < -allowed
}

/// Whether slow calls look slower by more than is tolerated.
pub(crate) fn tail_looks_worse(tail: &Tail, tolerance: f64) -> bool {
    Shift::of(&tail.differences).is_some_and(|shift| shift.estimate() > tolerance.ln_1p())
}

/// What the pairs show; `tolerance` is 0.1 for 10 %.
pub(crate) fn of(differences: &[f64], tolerance: f64, facts: &Facts) -> (Finding, Option<Effect>) {
    let Some(shift) = Shift::of(differences) else {
        return (
            Finding::Unmeasured("no burst of calls was complete".to_owned()),
            None,
        );
    };
    let effect = Effect {
        ratio: shift.estimate().exp(),
        interval: interval(&shift),
    };
    (found(&shift, tolerance.ln_1p(), facts), Some(effect))
}

fn found(shift: &Shift, allowed: f64, facts: &Facts) -> Finding {
    let ratio = shift.estimate().exp();
    let (by_signs, by_ranks) = (OF_SIGNS * FALSE_CHANGE, (1.0 - OF_SIGNS) * FALSE_CHANGE);
    let lower = [shift.lower(by_ranks), shift.lower_by_signs(by_signs)];
    let upper = [shift.upper(by_ranks), shift.upper_by_signs(by_signs)];
    let slower = lower.into_iter().flatten().any(|bound| bound > allowed);
    let faster = upper.into_iter().flatten().any(|bound| bound < -allowed);
    if slower || faster {
        let unknown = layout::is_small(ratio) && facts.changed().is_none();
        return match (facts.is_layout(ratio), unknown && !facts.layouts_vary) {
            (true, _) => Finding::Layout,
            (_, true) if facts.waits => Finding::Undecided(Reason::new(
                "the layout of the code could not be varied, and its calls wait, so that instructions do not account for their time",
                Some("link with lld"),
            )),
            (_, true) => Finding::Undecided(Reason::new(
                "the layout of the code could not be varied, and nothing is known of its instructions",
                Some("install valgrind, or link with lld"),
            )),
            _ if slower => Finding::Worse,
            _ => Finding::Better,
        };
    }
    if shift.upper(FALSE_SAME).is_some_and(|bound| bound < allowed) {
        return Finding::Same;
    }
    if facts.is_layout(ratio) {
        return Finding::Layout;
    }
    match (shift.lower(FALSE_SAME), shift.upper(FALSE_SAME)) {
        (Some(low), Some(high)) if (high - low) / 2.0 > allowed => {
            let what = format!(
                "processes of one build differ so much that no change below {} could be told",
                percent(((high - low) / 2.0).exp_m1())
            );
            Finding::Unenforceable(Reason::new(what, None))
        }
        _ => Finding::Undecided(Reason::new(
            "the change is so close to what is tolerated that these processes do not part them",
            None,
        )),
    }
}

fn interval(shift: &Shift) -> Option<Interval> {
    Some(Interval {
        low: shift.lower(EITHER_SIDE)?.exp(),
        high: shift.upper(EITHER_SIDE)?.exp(),
        confidence: 1.0 - 2.0 * EITHER_SIDE,
    })
}

fn percent(share: f64) -> String {
    perf_grammar::format_share(share * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::paired::PairedTest;
    use perf_statistics::Random;

    fn known(changed: bool) -> Facts {
        Facts {
            instructions: Some((1e6, if changed { 1.1e6 } else { 1.001e6 })),
            layouts_vary: true,
            ..Facts::default()
        }
    }

    /// Pairs of which the second is slower by `by` (0.1: 10 %), each of the two off
    /// by `noise` of a normal-like draw.
    fn pairs(random: &mut Random, pairs: usize, by: f64, noise: f64) -> Vec<f64> {
        let mut draw = || noise * ((0..12).map(|_| random.unit()).sum::<f64>() - 6.0);
        (0..pairs).map(|_| by.ln_1p() + draw() - draw()).collect()
    }

    #[track_caller]
    fn check(by: f64, noise: f64, tolerance: f64, facts: &Facts, expected: fn(&Finding) -> bool) {
        let mut random = Random::new(11);
        for _ in 0..200 {
            let pairs = pairs(&mut random, SECOND_PAIRS, by, noise);
            let (finding, effect) = of(&pairs, tolerance, facts);
            assert!(expected(&finding), "{by} {tolerance}: {finding:?}");
            let interval = effect.and_then(|effect| effect.interval).expect("so many");
            assert!(interval.low < interval.high);
        }
    }

    #[test]
    fn what_is_far_from_the_tolerance_is_found() {
        let changed = known(true);
        check(0.0, 0.005, 0.1, &changed, |f| *f == Finding::Same);
        check(0.25, 0.005, 0.1, &changed, |f| *f == Finding::Worse);
        check(-0.25, 0.005, 0.1, &changed, |f| *f == Finding::Better);
        check(0.05, 0.002, 0.03, &changed, |f| *f == Finding::Worse);
        check(0.03, 0.002, 0.1, &changed, |f| *f == Finding::Same);
        check(0.0, 0.2, 0.03, &changed, |f| {
            !matches!(f, Finding::Worse | Finding::Better)
        });
    }

    #[test]
    fn a_tolerance_below_what_processes_differ_by_cannot_be_held() {
        let apart = |step: f64| -> Vec<f64> {
            (-6..=5)
                .map(|place| (f64::from(place) + 0.5) * step)
                .collect()
        };
        let (finding, _) = of(&apart(0.05), 0.03, &known(true));
        assert!(
            matches!(&finding, Finding::Unenforceable(why) if why.what.contains("no change below")),
            "{finding:?}"
        );
        let (finding, _) = of(&apart(0.001), 0.03, &known(true));
        assert_eq!(finding, Finding::Same);
    }

    #[test]
    fn a_small_effect_needs_something_deterministic() {
        check(0.15, 0.005, 0.1, &known(false), |f| *f == Finding::Layout);
        check(-0.15, 0.005, 0.1, &known(false), |f| *f == Finding::Layout);
        check(0.4, 0.005, 0.1, &known(false), |f| *f == Finding::Worse);
        check(0.0, 0.1, 0.03, &known(false), |f| {
            matches!(f, Finding::Layout | Finding::Same)
        });
        let unknown = Facts {
            layouts_vary: true,
            ..Facts::default()
        };
        check(0.15, 0.005, 0.1, &unknown, |f| *f == Finding::Worse);
        check(0.15, 0.005, 0.1, &Facts::default(), |f| {
            matches!(f, Finding::Undecided(_))
        });
        let memory = Facts {
            memory_differs: Some(true),
            ..known(false)
        };
        check(0.15, 0.005, 0.1, &memory, |f| *f == Finding::Worse);
    }

    /// How often, of 4,000 comparisons at the boundary, each wrong word is said.
    fn wrong(count: usize, noise: f64, heavy: bool) -> (u32, u32) {
        let mut random = Random::new(23);
        let (mut slower, mut same) = (0, 0);
        for _ in 0..4_000 {
            let mut pairs = pairs(&mut random, count, 0.1, noise);
            if heavy {
                let mut layout = || if random.unit() < 0.2 { 0.3 } else { 0.0 };
                for difference in &mut pairs {
                    *difference += layout() - layout();
                }
            }
            match of(&pairs, 0.1, &known(true)).0 {
                Finding::Worse => slower += 1,
                Finding::Same => same += 1,
                _ => {}
            }
        }
        (slower, same)
    }

    #[test]
    fn at_the_boundary_the_stated_chances_hold() {
        for (noise, heavy) in [(0.01, false), (0.05, false), (0.01, true)] {
            let (slower, same) = wrong(SECOND_PAIRS, noise, heavy);
            // Of 4,000: 0.1 % is 4 and four standard deviations 8; 2.5 % is 100 and
            // 39.
            assert!(slower <= 12, "{noise} {heavy}: {slower} slower");
            assert!(same <= 139, "{noise} {heavy}: {same} same");
        }
        let (slower, same) = wrong(FIRST_PAIRS, 0.01, false);
        assert_eq!(slower, 0, "six pairs cannot be so sure");
        assert!(same <= 139, "{same}");
    }

    /// A whole second look at a case that became slower by `by`, on a machine whose
    /// bursts are a fifth slower with a chance of one in four.
    fn looked(random: &mut Random, by: f64, tolerance: f64) -> Finding {
        let mut test = PairedTest::new(SECOND_PAIRS, 10e3, tolerance, SECOND_FINER, u64::MAX);
        while !test.is_over() {
            let sweep: Vec<Vec<f64>> = (0..2 * SECOND_PAIRS)
                .map(|process| {
                    let build = if process % 2 == 1 { 1.0 + by } else { 1.0 };
                    let machine = if random.unit() < 0.25 { 1.2 } else { 1.0 };
                    vec![10e3 * build * machine * (1.0 + 0.02 * random.unit())]
                })
                .collect();
            test.accept(&sweep, 1);
        }
        of(&test.typical(), tolerance, &known(true)).0
    }

    #[test]
    fn when_the_sweeps_end_does_not_change_the_chances() {
        let mut random = Random::new(37);
        let mut count = |by: f64, word: fn(&Finding) -> bool| {
            let looks = (0..250).filter(|_| word(&looked(&mut random, by, 0.03)));
            looks.count()
        };
        // Of 250: 0.1 % is 0.25 and four standard deviations 2; 2.5 % is 6.25 and 9.9.
        assert!(count(0.03, |found| *found == Finding::Worse) <= 2);
        assert!(count(0.03, |found| *found == Finding::Same) <= 16);
        assert!(count(0.05, |found| *found == Finding::Worse) >= 238);
        assert_eq!(count(0.0, |found| *found == Finding::Same), 250);
    }

    #[test]
    fn a_few_pairs_on_the_wrong_side_hide_no_change() {
        // Pairs known to 1.2 %, two fifths of the tolerance, in layouts of which one
        // in twenty is 8 % off, either way.
        let mut random = Random::new(41);
        let found = (0..1_000)
            .filter(|_| {
                let mut pairs = pairs(&mut random, SECOND_PAIRS, 0.05, 0.0085);
                for difference in &mut pairs {
                    if random.unit() < 0.05 {
                        *difference += if random.unit() < 0.5 { 0.08 } else { -0.08 };
                    }
                }
                of(&pairs, 0.03, &known(true)).0 == Finding::Worse
            })
            .count();
        assert!(found >= 960, "{found}");
    }

    #[test]
    fn the_first_look_ends_what_is_clearly_the_same() {
        let mut random = Random::new(31);
        let again = |random: &mut Random, by: f64, noise: f64, tolerance: f64| {
            let looks = (0..1_000)
                .filter(|_| look_again(&pairs(random, FIRST_PAIRS, by, noise), tolerance));
            looks.count()
        };
        assert_eq!(again(&mut random, 0.0, 0.005, 0.1), 0);
        assert_eq!(again(&mut random, 0.15, 0.005, 0.1), 1_000);
        assert_eq!(again(&mut random, -0.3, 0.005, 0.1), 1_000);
        assert!(again(&mut random, 0.0, 0.02, 0.03) > 300);
    }
}
