//! Since when a limit is broken: the runs in a row, from the last one back.

use std::collections::BTreeMap;
use std::sync::Arc;

use perf_grammar::Verdict;

use super::archived::Place;
use super::moment::Moment;

/// The run that broke a limit first, and the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Since {
    pub(crate) case: String,
    /// The name of the limit.
    pub(crate) limit: String,
    /// The last run in which it held; `None` where no run that is kept knows one.
    pub(crate) held: Option<Moment>,
    /// The first of the runs in which it was broken without a break.
    pub(crate) broken: Moment,
    /// How many these are.
    pub(crate) runs: usize,
}

/// How limits ended in the runs that are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdicts {
    /// In order of time.
    pub(crate) runs: Vec<Moment>,
    /// By case and name of the limit, in order of time.
    pub(crate) of: BTreeMap<(String, String), Vec<Ended>>,
}

/// How a limit ended in one run.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// The place of the run.
    pub(crate) run: usize,
    pub(crate) place: Arc<Place>,
    pub(crate) verdict: Verdict,
}

/// Looks for the first of the last runs in a row in which a limit was broken, from a run
/// `this` in which it is, which may be among those that are kept. A run that did not judge
/// the limit, or was made on a machine of another class, says nothing. `None` where no
/// other does.
pub(crate) fn since(
    verdicts: &Verdicts,
    (case, limit): &(String, String),
    this: &Moment,
    machine: Option<&str>,
) -> Option<Since> {
    let mut since = Since {
        case: case.clone(),
        limit: limit.clone(),
        held: None,
        broken: this.clone(),
        runs: 1,
    };
    let ended = verdicts.of.get(&(case.clone(), limit.clone()))?;
    for ended in ended.iter().rev() {
        let run = &verdicts.runs[ended.run];
        let is_earlier = run.run != this.run && run.unix_time <= this.unix_time;
        if !is_earlier || machine.is_some_and(|machine| machine != ended.place.machine) {
            continue;
        }
        match ended.verdict {
            verdict if verdict.is_broken() => {
                since.broken = run.clone();
                since.runs += 1;
            }
            Verdict::Pass => {
                since.held = Some(run.clone());
                break;
            }
            _ => {}
        }
    }
    (since.held.is_some() || since.runs > 1).then_some(since)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::history::fixture;

    fn limit() -> (String, String) {
        ("a::b".to_owned(), "p99".to_owned())
    }

    fn runs(verdicts: &[Verdict]) -> Verdicts {
        let run = |nth: usize| Moment {
            run: format!("r{nth}"),
            unix_time: nth as u64,
            commit: None,
        };
        let ended = |(run, verdict): (usize, &Verdict)| Ended {
            run,
            place: Arc::new(fixture::place()),
            verdict: *verdict,
        };
        Verdicts {
            runs: (0..verdicts.len()).map(run).collect(),
            of: BTreeMap::from([(limit(), verdicts.iter().enumerate().map(ended).collect())]),
        }
    }

    #[track_caller]
    fn check(verdicts: &[Verdict], expected: Option<(Option<&str>, &str, usize)>) {
        let runs = runs(verdicts);
        let this = runs.runs.last().expect("a run");
        let found = since(&runs, &limit(), this, None);
        let found = found.map(|since| {
            (
                since.held.map(|held| held.run),
                since.broken.run,
                since.runs,
            )
        });
        let expected =
            expected.map(|(held, broken, runs)| (held.map(str::to_owned), broken.to_owned(), runs));
        assert_eq!(found, expected, "{verdicts:?}");
    }

    #[test]
    fn the_first_broken_run_after_the_last_that_held_is_found() {
        use Verdict::{Fail, Pass, Undecided, Warn};
        check(
            &[Pass, Fail, Pass, Pass, Fail, Undecided, Fail],
            Some((Some("r3"), "r4", 2)),
        );
        check(&[Pass, Fail], Some((Some("r0"), "r1", 1)));
        check(&[Warn, Fail], Some((None, "r0", 2)));
        check(&[Fail], None);
    }

    #[test]
    fn another_machine_and_later_runs_say_nothing() {
        let mut runs = runs(&[Verdict::Pass, Verdict::Pass, Verdict::Fail, Verdict::Pass]);
        let ended = runs.of.get_mut(&limit()).expect("it was judged");
        Arc::make_mut(&mut ended[1].place).machine = "another".to_owned();
        let own = fixture::place().machine;
        let since = since(&runs, &limit(), &runs.runs[2], Some(&own));
        let held = since.and_then(|since| since.held);
        assert_eq!(held.map(|held| held.run), Some("r0".to_owned()));
    }
}
