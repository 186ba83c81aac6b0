//! Since when a limit is broken: the runs in a row, from the last one back.

use super::kept::{KeptCase, KeptLimit, KeptRun};
use crate::analysis::report::{Moment, Since};
use crate::model::counts::Verdict;

/// Looks for the first of the last runs in a row in which a limit was broken, from a run
/// `this` in which it is; `runs` are in order of time, and may hold that too. A run that
/// did not judge the limit, or was made on a machine of another class, says nothing.
/// `None` where no other does.
pub(crate) fn since(
    runs: &[KeptRun],
    (case, limit): (&str, &str),
    this: &Moment,
    machine: Option<&str>,
) -> Option<Since> {
    let mut since = Since {
        case: case.to_owned(),
        limit: limit.to_owned(),
        held: None,
        broken: this.clone(),
        runs: 1,
    };
    let earlier = |run: &&KeptRun| run.id != this.run && run.unix_time <= this.unix_time;
    for run in runs.iter().rev().filter(earlier) {
        let kept = run.cases.iter().find(|kept| kept.id == case);
        let measured = kept.and_then(|kept| Some((kept, kept.measured.as_ref()?)));
        let Some((kept, measured)) = measured else {
            continue;
        };
        if machine.is_some_and(|machine| machine != measured.place.machine) {
            continue;
        }
        let moment = Moment {
            run: run.id.clone(),
            unix_time: run.unix_time,
            commit: run.commit.clone(),
        };
        match verdict(kept, limit) {
            Some(verdict) if verdict.is_broken() => {
                since.broken = moment;
                since.runs += 1;
            }
            Some(Verdict::Pass) => {
                since.held = Some(moment);
                break;
            }
            _ => {}
        }
    }
    (since.held.is_some() || since.runs > 1).then_some(since)
}

fn verdict(case: &KeptCase, name: &str) -> Option<Verdict> {
    let is_it = |limit: &&KeptLimit| match &limit.of {
        Some(of) => name
            .strip_prefix(&*limit.metric)
            .is_some_and(|rest| rest.trim_start() == of),
        None => limit.metric == name,
    };
    Some(case.limits.iter().find(is_it)?.verdict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::history::fixture;
    use crate::model::record::Mode;

    fn runs(verdicts: &[Verdict]) -> Vec<KeptRun> {
        let run = |(nth, verdict): (usize, &Verdict)| {
            let mut run = fixture::kept_run(&format!("r{nth}"), nth as u64, &[("a::b", 1e6)]);
            run.cases[0].limits = vec![KeptLimit {
                metric: "p99".to_owned(),
                of: None,
                unit: Some("ns".to_owned()),
                floor: false,
                mode: Mode::Hard,
                limit: Some(1e6),
                measured: Some(2e6),
                verdict: *verdict,
                reason: None,
                waiver: None,
            }];
            run
        };
        verdicts.iter().enumerate().map(run).collect()
    }

    fn this(runs: &[KeptRun]) -> Moment {
        Moment {
            run: format!("r{}", runs.len() - 1),
            unix_time: runs.len() as u64 - 1,
            commit: None,
        }
    }

    #[track_caller]
    fn check(verdicts: &[Verdict], expected: Option<(Option<&str>, &str, usize)>) {
        let runs = runs(verdicts);
        let found = since(&runs, ("a::b", "p99"), &this(&runs), None);
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
        let measured = runs[1].cases[0].measured.as_mut().expect("measured");
        let mut place = (*measured.place).clone();
        place.machine = "another".to_owned();
        measured.place = std::sync::Arc::new(place);
        let own = fixture::place().machine;
        let since = since(&runs, ("a::b", "p99"), &this(&runs[..3]), Some(&own));
        let held = since.and_then(|since| since.held);
        assert_eq!(held.map(|held| held.run), Some("r0".to_owned()));
    }
}
