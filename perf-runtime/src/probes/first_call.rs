//! Makes the first call of a case in a fresh process, one call per process.
//!
//! What a program does once, such as filling a lazy `static` or paging in its
//! code, is part of its first call and of no other.

use std::time::Duration;

use perf_grammar::{Task, variable};

use crate::collections::{cut, of_word, owned, parsed, words};
use crate::measure::driver::{Driver, RoundAsk};
use crate::measure::meter::{Meter, Threads};
use crate::model::case::{Case, Clock};
use crate::model::misuse::Misuse;
use crate::model::problem::{Mistakes, Problem};
use crate::model::sample::{Call, Disturbed, Failure, Kind, Round, RoundSpec};
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::probes::isolate::{self, Isolated};
use crate::system::clock::Stopwatch;
use crate::system::worker_env::WorkerEnv;

/// How long a process may take beyond the time of the case: to start, and to
/// make the input.
const TO_START: Duration = Duration::from_secs(30);

/// How the first call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) clock: Clock,
    /// An `Err` is an outcome, and its time counts.
    pub(crate) tolerates_errors: bool,
}

/// Starts this binary again for one call, which is the round. All that the
/// process took is the time of the round; a function that fails is its failure.
///
/// # Errors
/// Why there was no call: no more processes need to be started.
pub(crate) fn in_fresh_process(
    case: &'static Case,
    options: Options,
    max_time_ns: u64,
) -> Result<Round, Unmeasured> {
    let start = Stopwatch::start();
    let isolated = Isolated {
        task: Task::First,
        cases: &[case],
        details: Some((variable::WORKER_COUNT, asked(options))),
        longest: Duration::from_nanos(max_time_ns).saturating_add(TO_START),
    };
    let mut round = isolated.result("a fresh process made no first call", &mut read)?;
    round.elapsed_ns = start.elapsed_ns();
    Ok(round)
}

/// The child's side: makes the one call.
///
/// # Errors
/// If no case was named, or it is not known how it is timed.
pub(crate) fn serve(surroundings: &WorkerEnv) -> Result<(), Mistakes> {
    let case = isolate::entrusted_case(surroundings)?;
    let options = read_options(surroundings.count.as_deref().unwrap_or_default())
        .ok_or_else(|| Problem::unknown_count("how the call is timed"))?;
    let mut driver = Driver::new(case, options.clock);
    driver.tolerate_errors(options.tolerates_errors);
    let ask = RoundAsk {
        round: RoundSpec {
            kind: Kind::Cold,
            calls: 1,
            batch: 1,
            fresh: true,
            ..RoundSpec::default()
        },
        typical_ns: None,
        threads: Threads::Others,
        crowd: None,
    };
    let round = driver.round_of_kind(&mut Meter::new(), ask);
    isolate::answer(surroundings, &written(&round));
    Ok(())
}

fn asked(options: Options) -> String {
    let errors = if options.tolerates_errors {
        " errors"
    } else {
        ""
    };
    format!("{}{errors}", options.clock.word())
}

fn read_options(words: &str) -> Option<Options> {
    let (clock, rest) = cut(words, " ").unwrap_or((words, ""));
    Some(Options {
        clock: Clock::from_word(clock)?,
        tolerates_errors: match rest {
            "" => false,
            "errors" => true,
            _ => return None,
        },
    })
}

fn written(round: &Round) -> Vec<String> {
    match (&round.failure, &round.calls[..]) {
        (Some(Failure::Misuse(misuse)), _) => {
            let mut words = words(&[&"failed", &"misuse"]);
            misuse.add_words(&mut words);
            words
        }
        (Some(failure), _) => failed(failure.code(), &failure.line()),
        (None, [call, ..]) => words(&[
            &"first",
            &call.judged_ns,
            &call.wall_ns,
            &round.waiting_ns,
            &word(call.disturbed),
            &call.failed,
            &round.error.as_deref().unwrap_or_default(),
        ]),
        (None, []) => failed("none", "the function made no call"),
    }
}

fn failed(how: &str, text: &str) -> Vec<String> {
    words(&[&"failed", &how, &text])
}

/// The round that was told, or why there is none.
fn read(words: &[&str]) -> Option<Result<Round, Unmeasured>> {
    let mut round = Round {
        kind: Kind::Cold,
        ..Round::default()
    };
    match *words {
        ["failed", how, text, ref parts @ ..] => {
            round.failure = Some(match how {
                "panic" => Failure::Panic(owned(text)),
                "error" => Failure::Error(owned(text)),
                "misuse" => Failure::Misuse(Misuse::found(text, parts)?),
                _ => return Some(Err(Cause::function_failed(text).into())),
            });
        }
        [
            "first",
            judged_ns,
            wall_ns,
            waiting_ns,
            disturbed,
            failed,
            error,
        ] => {
            round.calls.push(Call {
                judged_ns: parsed(judged_ns)?,
                wall_ns: parsed(wall_ns)?,
                disturbed: disturbed_from(disturbed)?,
                failed: parsed(failed)?,
            });
            round.batch = 1;
            round.waiting_ns = parsed(waiting_ns)?;
            if !error.is_empty() {
                round.error = Some(owned(error));
            }
        }
        _ => return None,
    }
    Some(Ok(round))
}

fn word(disturbed: Disturbed) -> &'static str {
    match disturbed {
        Disturbed::No => "no",
        Disturbed::Preempted => "preempted",
        Disturbed::Blocked => "blocked",
        Disturbed::Dropped => "dropped",
    }
}

fn disturbed_from(text: &str) -> Option<Disturbed> {
    use Disturbed::{Blocked, Dropped, No, Preempted};
    of_word(&[No, Preempted, Blocked, Dropped], word, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(round: Round) {
        let words = written(&round);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let kind = Kind::Cold;
        assert_eq!(read(&words), Some(Ok(Round { kind, ..round })));
    }

    #[test]
    fn what_the_child_timed_the_parent_reads() {
        for disturbed in [
            Disturbed::No,
            Disturbed::Preempted,
            Disturbed::Blocked,
            Disturbed::Dropped,
        ] {
            let call = Call {
                judged_ns: 1234.5,
                wall_ns: 1e9 / 3.0,
                disturbed,
                failed: disturbed == Disturbed::No,
            };
            check(Round {
                calls: vec![call],
                batch: 1,
                waiting_ns: 7,
                error: (disturbed == Disturbed::No).then(|| "Busy".to_owned()),
                ..Round::default()
            });
        }
        let text = || "no".to_owned();
        for failure in [
            Failure::Panic(text()),
            Failure::Error(text()),
            Failure::Misuse(Misuse::not_marked()),
            Failure::Misuse(Misuse::marked_often("2")),
        ] {
            check(Round {
                failure: Some(failure),
                ..Round::default()
            });
        }
        assert_eq!(read(&["failed", "misuse", "no"]), None);
        let words = written(&Round::default());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert!(read(&words).is_some_and(|why| why.is_err()));
        assert_eq!(read(&["first", "1", "2"]), None);
        assert_eq!(read(&["first", "a", "2", "3", "no", "false", ""]), None);
    }

    #[test]
    fn the_child_is_told_how_to_time_its_call() {
        for clock in [Clock::Clean, Clock::Wall, Clock::Cpu] {
            for tolerates_errors in [false, true] {
                let options = Options {
                    clock,
                    tolerates_errors,
                };
                assert_eq!(read_options(&asked(options)), Some(options));
            }
        }
        assert_eq!(
            (read_options(""), read_options("clean twice")),
            (None, None)
        );
    }
}
