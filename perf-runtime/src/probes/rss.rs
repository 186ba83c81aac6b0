//! Measures the resident set of a case, and what the system counts of its calls, in a separate process.
//!
//! The allocator keeps memory that was freed, so that a later call finds it
//! resident already: nothing may have been called in the process before.

use std::time::Duration;

use perf_grammar::Task;

use crate::collections::{cut, parsed, words};
use crate::measure::driver::{Driver, Repeats, WarmUp};
use crate::model::case::{Case, Clock};
use crate::model::problem::Mistakes;
use crate::model::sample::{ChildUsage, Failure, Resident, Rss, Usage};
use crate::model::subject::{Runner, Subject};
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::probes::isolate::{self, Isolated};
use crate::system::clock::Stopwatch;
use crate::system::counters::{self, resident};
use crate::system::worker_env::WorkerEnv;

/// How long the process may take.
const LONGEST: Duration = Duration::from_secs(180);

/// Starts this binary again for one case, and reads what it saw.
///
/// # Errors
/// Says why nothing is known.
pub(crate) fn in_fresh_process(case: &'static Case) -> Result<Rss, Unmeasured> {
    let isolated = Isolated {
        task: Task::Resident,
        cases: &[case],
        details: None,
        longest: LONGEST,
    };
    isolated.result("what the system says was not seen", &mut read)
}

/// The child's side: looks at the one case that it was asked for.
///
/// # Errors
/// If no case was named.
pub(crate) fn serve(surroundings: &WorkerEnv) -> Result<(), Mistakes> {
    let case = isolate::entrusted_case(surroundings)?;
    isolate::answer(surroundings, &written(&look(case)));
    Ok(())
}

fn look(case: &'static Case) -> Result<Rss, Unmeasured> {
    let mut looking = Looking(Err(Cause::no_call().into()));
    let entered = Driver::new(case, Clock::Wall).enter(&mut looking);
    entered.map_err(|failure| Cause::from(&failure))?;
    looking.0
}

/// What was seen so far.
struct Looking(Result<Rss, Unmeasured>);

impl Runner for Looking {
    fn run(&mut self, subject: &mut dyn Subject) {
        let mut seen: Option<Rss> = None;
        let warm_up = WarmUp::after(0, false);
        let mut start = Stopwatch::start();
        let (mut warm, mut counted) = (0, 0);
        loop {
            let elapsed_ns = start.elapsed_ns();
            let is_warm = counted > 0 || !warm_up.goes_on(warm, elapsed_ns, Repeats::OF_A_LIMIT);
            if is_warm && counted == 0 {
                start = Stopwatch::start();
            } else if is_warm && !Repeats::OF_A_LIMIT.go_on(counted, elapsed_ns) {
                break;
            }
            *(if is_warm { &mut counted } else { &mut warm }) += 1;
            subject.prepare(1);
            match call(subject) {
                Ok(mut one) => {
                    if !is_warm {
                        one.usage = Usage::default();
                    }
                    seen = Some(seen.map_or(one, |all| join(all, one)));
                }
                Err(why) => {
                    self.0 = Err(why);
                    return;
                }
            }
            if let Some(error) = subject.finish() {
                self.0 = Err(Cause::from(&Failure::Error(error)).into());
                return;
            }
        }
        self.0 = seen.ok_or_else(|| Cause::no_call().into());
    }
}

fn call(subject: &mut dyn Subject) -> Result<Rss, Unmeasured> {
    let reset = resident::reset();
    let before = resident::read()?;
    let unused = resident::used();
    subject.call();
    let mut used = resident::used();
    if let Some(used) = subject.child() {
        return of_program(&used, reset);
    }
    let after = resident::read()?;
    for (at, used) in used.iter_mut().enumerate() {
        *used = counters::increase(unused[at], *used);
    }
    Ok(Rss {
        before_bytes: before.now_bytes,
        peak_bytes: after.peak_bytes,
        faults: after.faults.saturating_sub(before.faults),
        reset,
        calls: 1,
        of: Resident::Test,
        usage: Usage::of_call(used),
    })
}

/// What the program held that the call started.
fn of_program(used: &ChildUsage, reset: bool) -> Result<Rss, Unmeasured> {
    let peak_bytes = used.max_rss_bytes.ok_or_else(Cause::no_peak_of_program)?;
    Ok(Rss {
        before_bytes: used.floor_bytes,
        peak_bytes,
        faults: used.faults.unwrap_or(0),
        reset,
        calls: 1,
        of: match used.own_rss_bytes() {
            Some(_) => Resident::Program,
            None => Resident::ProgramAtMost,
        },
        usage: Usage::default(),
    })
}

/// Resident memory before the first call, the highest peak of all.
fn join(all: Rss, one: Rss) -> Rss {
    let highest = if one.peak_bytes > all.peak_bytes {
        one
    } else {
        all
    };
    Rss {
        before_bytes: all.before_bytes,
        peak_bytes: all.peak_bytes.max(one.peak_bytes),
        faults: all.faults.max(one.faults),
        reset: all.reset && one.reset,
        calls: all.calls + one.calls,
        of: highest.of,
        usage: all.usage.and(one.usage),
    }
}

fn written(seen: &Result<Rss, Unmeasured>) -> Vec<String> {
    match seen {
        Ok(Rss {
            before_bytes,
            peak_bytes,
            faults,
            reset,
            calls,
            of,
            usage,
        }) => {
            let (of, counted) = (of.word(), usage.calls);
            let mut words = words(&[
                &"seen",
                before_bytes,
                peak_bytes,
                faults,
                reset,
                calls,
                &of,
                &counted,
            ]);
            for count in usage.counts {
                words.push(between(count));
            }
            words
        }
        Err(why) => isolate::nothing(why),
    }
}

/// The least and the most of a call, as one word; of what is not counted, an empty one.
fn between(counts: Option<(u64, u64)>) -> String {
    counts.map_or(String::new(), |(least, most)| format!("{least}-{most}"))
}

fn read_usage(calls: &str, words: &[&str]) -> Option<Usage> {
    let mut usage = Usage {
        calls: parsed(calls)?,
        ..Usage::default()
    };
    for (count, word) in usage.counts.iter_mut().zip(words) {
        *count = read_between(word);
    }
    Some(usage)
}

fn read_between(word: &str) -> Option<(u64, u64)> {
    let (least, most) = cut(word, "-")?;
    Some((parsed(least)?, parsed(most)?))
}

fn read(words: &[&str]) -> Option<Result<Rss, Unmeasured>> {
    match *words {
        [
            "seen",
            before,
            peak,
            faults,
            reset,
            calls,
            of,
            counted,
            ref counts @ ..,
        ] => Some(Ok(Rss {
            before_bytes: parsed(before)?,
            peak_bytes: parsed(peak)?,
            faults: parsed(faults)?,
            reset: parsed(reset)?,
            calls: parsed(calls)?,
            of: Resident::from_word(of)?,
            usage: read_usage(counted, counts)?,
        })),
        _ => isolate::failed(words).map(Err),
    }
}

#[cfg(test)]
mod tests {
    use perf_grammar::Metric;

    use super::*;

    #[test]
    fn the_largest_of_the_starts_says_whether_it_is_a_bound() {
        let used = |max_rss_bytes| ChildUsage {
            starts: 1,
            max_rss_bytes: Some(max_rss_bytes),
            floor_bytes: 9 << 20,
            ..ChildUsage::default()
        };
        let small = of_program(&used(9 << 20), true).unwrap();
        let large = of_program(&used(50 << 20), true).unwrap();
        assert_eq!(small.of, Resident::ProgramAtMost);
        let both = join(small, large);
        assert_eq!((both.of, both.peak_bytes), (Resident::Program, 50 << 20));
        assert_eq!(join(large, small).of, Resident::Program);
        assert!(of_program(&ChildUsage::default(), true).is_err());
    }

    #[test]
    fn what_the_child_saw_the_parent_reads() {
        #[track_caller]
        fn check(seen: Result<Rss, Unmeasured>) {
            let words = written(&seen);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            assert_eq!(read(&words), Some(seen));
        }
        let counted = Usage::of_call([Some(257), Some(0), None]).and(Usage::of_call([
            Some(0),
            None,
            Some(1),
        ]));
        assert_eq!(
            Metric::USED.map(|metric| counted.of(metric)),
            [Some((0, 257)), None, None]
        );
        for (reset, of, usage) in [
            (true, Resident::Test, counted),
            (true, Resident::Test, Usage::of_call([None, None, Some(1)])),
            (false, Resident::Program, Usage::default()),
            (true, Resident::ProgramAtMost, Usage::default()),
        ] {
            check(Ok(Rss {
                before_bytes: 1 << 40,
                peak_bytes: u64::MAX,
                faults: 12,
                reset,
                calls: 3,
                of,
                usage,
            }));
        }
        check(Err(Cause::no_call().into()));
        assert_eq!(
            read(&["seen", "1", "2", "3", "maybe", "3", "test", "1", "", ""]),
            None
        );
    }
}
