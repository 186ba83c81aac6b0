//! A save changes only what it measured.

use std::collections::BTreeSet;

use super::Baseline;
use super::capture::Captured;
use super::file::{Portable, PortableCase, Times};
use super::number::Runs;
use crate::analysis::statistics::quantile::median;

/// Which files a save changes, and which cases it takes out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    /// The baseline afterwards.
    pub(crate) baseline: Baseline,
    /// Places of the times that changed.
    pub(crate) times: Vec<usize>,
    pub(crate) portable: bool,
    /// Cases that are gone.
    pub(crate) removed: Vec<String>,
}

/// Exponents that differ by no more say the same.
const SAME_GROWTH: f64 = 0.05;

impl Baseline {
    /// The baseline with new entries. `known` has every case there is, where all
    /// of them were asked for: what is not in it goes.
    pub(crate) fn updated(&self, captured: Captured, known: Option<&BTreeSet<String>>) -> Change {
        let mut removed = BTreeSet::new();
        let gone = |id: &String| known.is_some_and(|known| !known.contains(id));
        let mut portable = self.portable.clone().unwrap_or_else(Portable::new);
        removed.extend(portable.cases.keys().filter(|id| gone(id)).cloned());
        portable.cases.retain(|id, _| !gone(id));
        for (id, case) in captured.portable {
            // Who made the numbers what they are stays beside them.
            let same = portable
                .cases
                .get(&id)
                .is_some_and(|old| says_the_same(old, &case));
            if !same {
                portable.cases.insert(id, case);
            }
        }
        let mut times = self.times.clone();
        for file in &mut times {
            removed.extend(file.cases.keys().filter(|id| gone(id)).cloned());
            file.cases.retain(|id, _| !gone(id));
        }
        let own = match times
            .iter()
            .position(|file| file.machine == captured.machine)
        {
            Some(own) => own,
            None => {
                times.push(Times::new(captured.machine));
                times.len() - 1
            }
        };
        times[own].cases.extend(captured.times);
        let changed = times
            .iter()
            .enumerate()
            .filter(|(place, file)| self.times.get(*place) != Some(file))
            .map(|(place, _)| place)
            .collect();
        let portable =
            Some(portable).filter(|portable| !portable.cases.is_empty() || self.portable.is_some());
        Change {
            portable: portable != self.portable,
            times: changed,
            removed: removed.into_iter().collect(),
            baseline: Baseline { portable, times },
        }
    }
}

/// Whether two entries have the same numbers; exponents of time are never exactly
/// the same.
fn says_the_same(old: &PortableCase, new: &PortableCase) -> bool {
    let exponent = |growth: &Option<Runs>, runs: usize| {
        let values = growth.as_ref()?.values(runs);
        Some(median(&values))
    };
    let same_growth = match (
        exponent(&old.growth, old.runs),
        exponent(&new.growth, new.runs),
    ) {
        (Some(one), Some(other)) => (one - other).abs() <= SAME_GROWTH,
        (None, None) => true,
        _ => false,
    };
    same_growth
        && (&old.counts, &old.counter, &old.instructions, &old.profile)
            == (&new.counts, &new.counter, &new.instructions, &new.profile)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::number::Number;
    use super::*;
    use crate::analysis::baseline::file::{Machine, TimesCase};

    fn machine(cores: u32) -> Machine {
        Machine {
            arch: "x86_64".to_owned(),
            cores,
            os: "linux".to_owned(),
            processor: None,
        }
    }

    fn portable(allocs: f64, commit: &str) -> PortableCase {
        PortableCase {
            commit: Some(commit.to_owned()),
            counter: None,
            counts: [("allocs".to_owned(), Runs::Same(Number(allocs)))].into(),
            dirty: false,
            growth: None,
            instructions: None,
            profile: "release".to_owned(),
            runs: 7,
            saved: "2026-11-27".to_owned(),
        }
    }

    fn times(p50: f64) -> TimesCase {
        TimesCase {
            beside: 1,
            budgets: BTreeMap::new(),
            calls: 100,
            clock: "clean".to_owned(),
            commit: None,
            cpu_ns: Vec::new(),
            dirty: false,
            items: 1,
            load: None,
            mean_ns: Vec::new(),
            p50_ns: vec![Number(p50); 7],
            p99_ns: Vec::new(),
            profile: "release".to_owned(),
            quantiles_ns: BTreeMap::new(),
            runs: 7,
            rustc: None,
            saved: "2026-11-27".to_owned(),
        }
    }

    fn captured(cases: &[(&str, f64)], cores: u32, commit: &str) -> Captured {
        let named = |(id, value): &(&str, f64)| ((*id).to_owned(), *value);
        Captured {
            machine: machine(cores),
            portable: cases
                .iter()
                .map(named)
                .map(|(id, value)| (id, portable(value, commit)))
                .collect(),
            times: cases
                .iter()
                .map(named)
                .map(|(id, value)| (id, times(value)))
                .collect(),
        }
    }

    fn allocs(baseline: &Baseline) -> Vec<(&str, &str, f64)> {
        let cases = baseline
            .portable
            .iter()
            .flat_map(|portable| &portable.cases);
        cases
            .map(|(id, case)| {
                let allocs = case.counts["allocs"].values(1)[0];
                (&**id, case.commit.as_deref().unwrap_or_default(), allocs)
            })
            .collect()
    }

    #[test]
    fn what_was_not_measured_stays_and_equal_numbers_keep_their_commit() {
        let first =
            Baseline::default().updated(captured(&[("a", 1.0), ("b", 2.0)], 2, "one"), None);
        assert!(first.portable && first.times == [0]);
        let second = first
            .baseline
            .updated(captured(&[("b", 3.0)], 2, "two"), None);
        assert_eq!(
            allocs(&second.baseline),
            [("a", "one", 1.0), ("b", "two", 3.0)]
        );
        let third = second
            .baseline
            .updated(captured(&[("a", 1.0)], 2, "three"), None);
        assert!(!third.portable);
        assert_eq!(allocs(&third.baseline), allocs(&second.baseline));
    }

    #[test]
    fn each_machine_has_separate_times() {
        let first = Baseline::default().updated(captured(&[("a", 1.0)], 2, "one"), None);
        let second = first
            .baseline
            .updated(captured(&[("a", 9.0)], 8, "two"), None);
        assert_eq!(second.times, [1]);
        let p50 = |place: usize| second.baseline.times[place].cases["a"].p50_ns[0];
        assert_eq!((p50(0), p50(1)), (Number(1.0), Number(9.0)));
        // Each machine is told its own.
        let side = second.baseline.side(Some(&machine(2).class()));
        let figures = &side.cases["a"].figures;
        assert_eq!(
            figures[&crate::analysis::compare::Subject::Typical].values[0],
            1.0
        );
    }

    #[test]
    fn cases_that_are_gone_go_only_where_all_were_asked_for() {
        let first =
            Baseline::default().updated(captured(&[("a", 1.0), ("b", 2.0)], 2, "one"), None);
        let known: BTreeSet<String> = ["a".to_owned()].into();
        let second = first
            .baseline
            .updated(captured(&[("a", 1.0)], 2, "two"), Some(&known));
        assert_eq!(second.removed, ["b"]);
        assert!(second.portable && second.times == [0]);
        assert_eq!(allocs(&second.baseline), [("a", "one", 1.0)]);
        let kept = first
            .baseline
            .updated(captured(&[("a", 1.0)], 2, "two"), None);
        assert!(kept.removed.is_empty());
    }
}
