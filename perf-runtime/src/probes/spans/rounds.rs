//! A round of calls whose spans are timed in a process that calls one case alone.

use perf_grammar::{Task, variable};

use crate::collections::joined;
use crate::measure::driver::{Driver, RoundAsk};
use crate::measure::meter::Threads;
use crate::measure::trace::Others;
use crate::model::case::{Case, Clock};
use crate::model::sample::{Kind, Round, RoundSpec, SpanTimes};
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::probes::isolate::{self, Isolated};
use crate::system::clock::Stopwatch;
use crate::system::worker_env::WorkerEnv;

/// A line of an answer is not endless.
const TIMES_A_LINE: usize = 500;

/// Makes a round of calls in a process that calls this case alone, and times the spans
/// of these names. As many calls as are timed come first, because it is new.
///
/// # Errors
/// Why nothing is known.
pub(crate) fn round_in_fresh_process(
    case: &'static Case,
    names: &[String],
    round: RoundSpec,
) -> Result<Round, Unmeasured> {
    let start = Stopwatch::start();
    let rewarm = round.rewarm.max(round.calls);
    let names = names.iter().map(|name| format!("\n{name}"));
    let isolated = Isolated {
        task: Task::Trace,
        cases: &[case],
        details: Some((
            variable::WORKER_COUNT,
            format!(
                "round {} {rewarm}{}",
                round.calls,
                names.collect::<String>()
            ),
        )),
        longest: super::LONGEST,
    };
    let mut spans = Vec::new();
    let mut read = |words: &[&str]| heard_times(words, &mut spans);
    let spans = isolated.result("no span was timed", &mut read)?;
    Ok(Round {
        kind: Kind::Watched,
        batch: 1,
        watched: round.calls,
        elapsed_ns: start.elapsed_ns(),
        spans,
        ..Round::default()
    })
}

/// The child's side of it: the calls and those before them, and the names.
pub(super) fn asked(lines: &str) -> Option<(RoundSpec, Vec<String>)> {
    let (first, names) = lines.split_once('\n')?;
    let (calls, rewarm) = first.strip_prefix("round ")?.split_once(' ')?;
    let round = RoundSpec {
        kind: Kind::Watched,
        calls: calls.parse().ok()?,
        batch: 1,
        rewarm: rewarm.parse().ok()?,
        ..RoundSpec::default()
    };
    Some((round, names.lines().map(str::to_owned).collect()))
}

pub(super) fn answer(
    surroundings: &WorkerEnv,
    case: &'static Case,
    round: RoundSpec,
    names: &[String],
) {
    let ask = RoundAsk {
        round,
        typical_ns: None,
        threads: Threads::All,
        crowd: None,
    };
    let made = Driver::new(case, Clock::Wall).watched_round(ask, names, Others::Recorded);
    for words in written_times(&made) {
        if !isolate::answer(surroundings, &words) {
            break;
        }
    }
}

/// Some times an answer; the last says that it is all.
fn written_times(made: &Result<Round, Unmeasured>) -> Vec<Vec<String>> {
    let round = match made {
        Ok(round) => round,
        Err(why) => return vec![isolate::nothing(why)],
    };
    if let Some(failure) = &round.failure {
        return vec![isolate::nothing(&Cause::from(failure).into())];
    }
    let mut answers = Vec::new();
    for one in &round.spans {
        for ns in one.ns.chunks(TIMES_A_LINE) {
            let mut words = vec!["times".to_owned(), one.name.clone()];
            words.extend(ns.iter().map(f64::to_string));
            answers.push(words);
        }
    }
    answers.push(vec!["timed".to_owned()]);
    answers
}

/// The result, once it is whole.
fn heard_times(
    words: &[&str],
    spans: &mut Vec<SpanTimes>,
) -> Option<Result<Vec<SpanTimes>, Unmeasured>> {
    match *words {
        ["failed", ..] => Some(Err(isolate::failed(words)?)),
        ["timed"] => Some(Ok(std::mem::take(spans))),
        ["times", name, ref ns @ ..] => {
            let ns: Result<Vec<f64>, _> = ns.iter().map(|ns| ns.parse()).collect();
            let Ok(ns) = ns else {
                return Some(Err(Cause::no_times(name).into()));
            };
            match spans.iter_mut().find(|one| one.name == name) {
                Some(one) => one.ns.extend(ns),
                None => spans.push(SpanTimes {
                    name: name.to_owned(),
                    ns,
                    elsewhere: 0,
                }),
            }
            None
        }
        _ => {
            let said = joined(words, " ");
            Some(Err(Cause::no_answer(&said).into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_that_the_child_timed_the_parent_reads() {
        let times = |name: &str, calls: u32| SpanTimes {
            name: name.to_owned(),
            ns: (0..calls).map(|ns| f64::from(ns) / 3.0).collect(),
            elsewhere: 0,
        };
        let spans = vec![times("render the page", 1_234), times("save", 1)];
        let made = Round {
            spans: spans.clone(),
            ..Round::default()
        };
        let mut heard = Vec::new();
        let mut results = written_times(&Ok(made)).into_iter().filter_map(|words| {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            heard_times(&words, &mut heard)
        });
        assert_eq!(results.next(), Some(Ok(spans)));
        assert_eq!(
            heard_times(&["times", "a", "b"], &mut Vec::new()).map(|one| one.is_err()),
            Some(true)
        );
        let (round, names) = asked("round 12 34\na b\nc").unwrap();
        assert_eq!(
            (round.calls, round.rewarm, round.kind),
            (12, 34, Kind::Watched)
        );
        assert_eq!(names, ["a b", "c"]);
        assert!(asked("counts\nevents a").is_none());
    }
}
