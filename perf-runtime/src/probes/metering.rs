//! Reads meters around calls, in a process where nothing else runs.
//!
//! What a meter reads is mostly of the whole process, such as its open files,
//! and other tests run in this one.

use std::time::Duration;

use perf_grammar::{Direction, Metric, Task, variable};

use crate::collections::names::Names;
use crate::collections::{joined, mapped, words};
use crate::measure::driver::{Driver, Repeats};
use crate::meters::{self, Exactness, Meter};
use crate::model::case::{Case, Clock};
use crate::model::plan::Budget;
use crate::model::problem::Mistakes;
use crate::model::sample::{Failure, Metered};
use crate::model::subject::{Runner, Subject};
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::probes::isolate::{self, Isolated};
use crate::system::clock::Stopwatch;
use crate::system::worker_env::WorkerEnv;

/// Calls whose values are compared of a meter that is noisy; of an exact one as many
/// as of other counts.
const NOISY_CALLS: u64 = 20;
/// Calls that are made first: what is opened once, and kept, is no call's.
const WARM_CALLS: u64 = 2;

/// How long the process may take.
const LONGEST: Duration = Duration::from_secs(180);

/// What the meters said, by their names; the text is why one said nothing.
type Readings = Names<Result<Metered, Unmeasured>>;

/// What the meters say that the budget names: read here only where nothing else can run.
///
/// # Errors
/// If the function fails.
pub(crate) fn of_case(
    case: &'static Case,
    budget: &Budget,
    driver: &mut Driver,
    alone: bool,
) -> Result<Readings, Failure> {
    let wanted = of_budget(budget);
    let mut readings = Readings::new();
    if wanted.is_empty() {
        return Ok(readings);
    }
    if !alone {
        return Ok(in_fresh_process(case, &wanted));
    }
    for (name, direction) in wanted {
        let read = match meters::find(&name, direction) {
            Ok(meter) => around_calls(driver, meter)?,
            Err(why) => Err(why.into()),
        };
        readings.insert(name, read);
    }
    Ok(readings)
}

/// Which meters a budget is about.
fn of_budget(budget: &Budget) -> Vec<(String, Direction)> {
    let limits = budget.limits.iter();
    limits
        .filter_map(|limit| match limit.metric {
            Metric::Meter(direction) => Some((limit.of.clone()?, direction)),
            _ => None,
        })
        .collect()
}

/// Starts this binary again for one case, and hears what the meters said.
fn in_fresh_process(case: &'static Case, wanted: &[(String, Direction)]) -> Readings {
    let mut readings = Readings::new();
    let why = ask(case, wanted, &mut readings).err();
    let why = why.unwrap_or_else(|| Cause::silent_process().into());
    for (name, _) in wanted {
        let silent = || Err(why.clone());
        if !readings.contains(name) {
            readings.insert(name.clone(), silent());
        }
    }
    readings
}

fn ask(
    case: &'static Case,
    wanted: &[(String, Direction)],
    readings: &mut Readings,
) -> Result<(), Unmeasured> {
    let names: Vec<&str> = mapped(wanted, |(name, _)| name.as_str());
    let isolated = Isolated {
        task: Task::Meters,
        cases: &[case],
        details: Some((variable::WORKER_METERS, joined(&names, "\n"))),
        longest: LONGEST,
    };
    let ended = isolated.run(&mut |words| readings.extend(read(words)))?;
    if readings.len() < wanted.len() {
        return Err(ended.why());
    }
    Ok(())
}

/// The child's side: reads the meters that it was asked for, around the calls of the
/// one case that it was asked for.
///
/// # Errors
/// If no case was named.
pub(crate) fn serve(surroundings: &WorkerEnv) -> Result<(), Mistakes> {
    let case = isolate::entrusted_case(surroundings)?;
    let mut driver = Driver::new(case, Clock::Wall);
    for name in &surroundings.meters {
        let read = Direction::ALL
            .into_iter()
            .find_map(|direction| meters::find(name, direction).ok())
            .ok_or_else(|| Cause::no_such_meter().into())
            .and_then(|meter| {
                let read = around_calls(&mut driver, meter);
                read.unwrap_or_else(|failure| Err(Cause::from(&failure).into()))
            });
        if !isolate::answer(surroundings, &written(name, &read)) {
            break;
        }
    }
    Ok(())
}

/// Reads one meter around a few calls, each by itself. The text is why there is
/// no value.
///
/// # Errors
/// If the function fails.
fn around_calls(
    driver: &mut Driver,
    meter: &'static Meter,
) -> Result<Result<Metered, Unmeasured>, Failure> {
    let mut metering = Metering {
        meter,
        read: Err(Cause::no_call().into()),
        error: None,
    };
    driver.enter(&mut metering)?;
    match metering.error {
        Some(error) => Err(Failure::Error(error)),
        None => Ok(metering.read),
    }
}

struct Metering {
    meter: &'static Meter,
    read: Result<Metered, Unmeasured>,
    error: Option<String>,
}

impl Runner for Metering {
    fn run(&mut self, subject: &mut dyn Subject) {
        let exact = self.meter.exactness == Exactness::Exact;
        let mut values: Vec<u64> = Vec::new();
        let mut warm = 0;
        let mut start = Stopwatch::start();
        while match exact {
            _ if warm < WARM_CALLS => true,
            true => Repeats::OF_A_LIMIT.go_on(values.len() as u64, start.elapsed_ns()),
            false => (values.len() as u64) < NOISY_CALLS,
        } {
            subject.prepare(1);
            let value = (self.meter.before)().and_then(|before| {
                subject.call();
                (self.meter.value)(before)
            });
            self.error = subject.finish();
            if self.error.is_some() {
                return;
            }
            match value {
                Ok(value) if warm == WARM_CALLS => values.push(value),
                Ok(_) => {
                    warm += 1;
                    start = Stopwatch::start();
                }
                Err(why) => {
                    self.read = Err(Cause::meter_failed(self.meter.name, &why).into());
                    return;
                }
            }
        }
        if let (Some(smallest), Some(largest)) = (values.iter().min(), values.iter().max()) {
            self.read = Ok(Metered {
                smallest: *smallest,
                largest: *largest,
                calls: values.len() as u64,
                exact,
                unit: self.meter.unit.to_owned(),
            });
        }
    }
}

fn written(name: &str, read: &Result<Metered, Unmeasured>) -> Vec<String> {
    match read {
        Ok(Metered {
            smallest,
            largest,
            calls,
            exact,
            unit,
        }) => words(&[&name, &"read", smallest, largest, calls, exact, unit]),
        Err(why) => {
            let mut words = isolate::nothing(why);
            words.insert(0, name.to_owned());
            words
        }
    }
}

fn read(words: &[&str]) -> Option<(String, Result<Metered, Unmeasured>)> {
    let (name, words) = words.split_first()?;
    let read = match *words {
        ["read", smallest, largest, calls, exact, unit] => Ok(Metered {
            smallest: smallest.parse().ok()?,
            largest: largest.parse().ok()?,
            calls: calls.parse().ok()?,
            exact: exact.parse().ok()?,
            unit: unit.to_owned(),
        }),
        _ => Err(isolate::failed(words)?),
    };
    Some(((*name).to_owned(), read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_child_read_the_parent_hears() {
        #[track_caller]
        fn check(said: Result<Metered, Unmeasured>) {
            let words = written("open_files", &said);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            assert_eq!(read(&words), Some(("open_files".to_owned(), said)));
        }
        check(Ok(Metered {
            smallest: 0,
            largest: u64::MAX,
            calls: 3,
            exact: true,
            unit: "open files".to_owned(),
        }));
        check(Err(Cause::meter_failed("open_files", "it rained").into()));
        assert_eq!(read(&["open_files", "read", "1"]), None);
    }
}
