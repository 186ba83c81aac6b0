//! Counts what no clock shows of a case: memory, growth, the resident set, instructions.

use perf_grammar::{Metric, Noise, Source};
use std::sync::Arc;

use crate::collections::names::Names;
use crate::measure::driver::{Driver, Repeats, TraceOptions};
use crate::model::case::Case;
use crate::model::plan::{Budget, Plan};
use crate::model::sample::{Failure, Instructions, Scope, Traced};
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::probes::memory::{self, Found, GrowthOptions};
use crate::probes::{instructions, metering, rss, spans};
use crate::system::alloc::{self, Installed};
use crate::system::worker_env;
use crate::verdict::figures::Figures;

/// The part of `max_time` that is spent on finding out how the heap grows.
const GROWTH_PART: u64 = 4;
/// The part of it for single calls, where a limit is on what they allocate and where
/// their figures are only shown.
const JUDGED_PART: u64 = 10;
const SHOWN_PART: u64 = 100;

/// What is to be counted, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Purpose {
    /// Nothing else can run in this process.
    pub(crate) alone: bool,
    /// Limits are judged again that were broken: only times can be.
    pub(crate) confirms: bool,
    /// The instructions of every case are to be counted, under callgrind.
    pub(crate) callgrind: bool,
}

/// What counts in this process.
pub(crate) struct Counter {
    /// What this program counts its allocations with.
    installed: Installed,
    purpose: Purpose,
    /// Other cases are measured in this process, and what they started may go on.
    beside_others: bool,
    /// Cases whose instructions are wanted; emptied when they are counted, all
    /// in one go.
    instructions_of: Vec<&'static Case>,
    instructions: instructions::Counted,
}

/// The case to count.
pub(crate) struct Counted<'a> {
    pub(crate) case: &'static Case,
    pub(crate) plan: &'a Plan,
    pub(crate) budget: &'a Budget,
    pub(crate) driver: &'a mut Driver,
}

impl Counter {
    /// Finds out what there is, and whose instructions will be asked for.
    pub(crate) fn new(purpose: Purpose, cases: &[(&'static Case, &Budget)]) -> Counter {
        let mut instructions_of = Vec::new();
        for (case, budget) in cases {
            if !purpose.confirms
                && (purpose.callgrind || limit_on(budget, Source::Instructions).is_some())
            {
                instructions_of.push(*case);
            }
        }
        Counter {
            installed: alloc::installed(),
            purpose,
            beside_others: cases.len() > 1,
            instructions_of,
            instructions: instructions::Counted::new(),
        }
    }

    /// Whether something is counted of a case with this budget.
    pub(crate) fn counts(&self, budget: &Budget) -> bool {
        let mut counts = !matches!(self.installed, Installed::Nothing) || self.breaks_down();
        for limit in &budget.limits {
            counts |= limit.metric.noise() == Noise::Exact;
        }
        counts
    }

    /// How much longer a count may take than rounds: the first may wait for a
    /// process that counts the instructions of every case.
    pub(crate) fn grace_ns(&self) -> u64 {
        const A_CASE_NS: u64 = 60_000_000_000;
        (self.instructions_of.len() as u64 * 2).saturating_mul(A_CASE_NS)
    }

    /// Counts whatever the limits of the case are about; memory always.
    ///
    /// # Errors
    /// If the function fails.
    pub(crate) fn count(&mut self, mut of: Counted<'_>) -> Result<Figures, Failure> {
        let asked = |source| limit_on(of.budget, source).filter(|_| !self.purpose.confirms);
        let growth = asked(Source::Trend).map(|limit_bytes| GrowthOptions {
            limit_bytes,
            cap_ns: of.plan.counting_ns / GROWTH_PART,
        });
        let resident = asked(Source::System).or_else(|| asked(Source::Usage));
        let resident = resident.map(|_| rss::in_fresh_process(of.case));
        let instructions = self.instructions(of.case);
        let meters = match self.purpose.confirms {
            true => Names::new(),
            false => metering::of_case(of.case, of.budget, of.driver, self.purpose.alone)?,
        };
        // The first round was made before anything is counted.
        if let Some(program) = of.driver.program() {
            return Ok(Figures {
                memory: Err(Cause::other_program().into()),
                growth: growth.map(|_| Err(Cause::other_program().into())),
                resident,
                instructions: instructions.map(|_| Err(Cause::other_program().into())),
                program: Some(program),
                meters,
                load: None,
                trace: None,
            });
        }
        // Before memory: recording makes the calls that fill caches.
        let trace = self.trace(&mut of)?;
        let found = self.heap(&mut of, growth)?;
        let (memory, growth) = match found {
            Ok(found) => (
                found.memory.ok_or_else(Unmeasured::default),
                growth.map(|_| found.growth.ok_or_else(Unmeasured::default)),
            ),
            Err(why) => (Err(why.clone()), growth.map(|_| Err(why))),
        };
        Ok(Figures {
            memory,
            growth,
            resident,
            instructions,
            program: None,
            meters,
            load: None,
            trace,
        })
    }

    /// Whether spans of a case that has no limit on them are recorded: only
    /// where nothing else can run, because recording covers the whole process.
    fn breaks_down(&self) -> bool {
        cfg!(feature = "tracing") && self.purpose.alone && !self.purpose.confirms
    }

    /// Counters, events and spans: recorded in this process where nothing else
    /// runs in it, and else in a separate one.
    fn trace(
        &self,
        of: &mut Counted<'_>,
    ) -> Result<Option<Result<Arc<Traced>, Unmeasured>>, Failure> {
        let of_source = |source| limit_on(of.budget, source).is_some();
        let options = TraceOptions {
            counts: of_source(Source::Trace),
            events: of.budget.names(|metric| metric == Metric::Events),
            breakdown: self.breaks_down() || of_source(Source::Spans),
        };
        if self.purpose.confirms || !(options.counts || options.breakdown) {
            return Ok(None);
        }
        if !self.purpose.alone {
            return Ok(Some(spans::in_fresh_process(of.case, &options)));
        }
        let traced = of.driver.traced(&options)?;
        let mut is_over = false;
        for limit in &of.budget.limits {
            let name = limit.of.as_deref().unwrap_or_default();
            is_over |= limit.metric.source() == Source::Trace
                && traced.count(limit.metric, name) > Some(limit.value);
        }
        // A thread of another case may have done that.
        if self.beside_others && is_over {
            return Ok(Some(
                spans::in_fresh_process(of.case, &options).or(Ok(traced)),
            ));
        }
        Ok(Some(Ok(traced)))
    }

    /// The instructions of a case, counted together with those of all others
    /// the first time that it is asked for.
    fn instructions(&mut self, case: &Case) -> Option<Result<Instructions, Unmeasured>> {
        let cases = std::mem::take(&mut self.instructions_of);
        if !cases.is_empty() {
            self.instructions = if self.purpose.callgrind {
                instructions::under_callgrind(&cases)
            } else {
                instructions::on_hardware(&cases)
            };
        }
        let counted = self.instructions.remove(&case.id())?;
        Some(counted.map_err(|why| {
            match self.purpose.callgrind || cfg!(not(feature = "instructions")) {
                true => why,
                false => {
                    let command = worker_env::command_line();
                    why.helped_by(format!(
                        "`{command} --instructions` counts them under valgrind"
                    ))
                }
            }
        }))
    }

    /// Counts on the calling thread first; where other threads allocated
    /// meanwhile, in a process where nothing else runs. Never a guess.
    fn heap(
        &self,
        of: &mut Counted<'_>,
        growth: Option<GrowthOptions>,
    ) -> Result<Result<Found, Unmeasured>, Failure> {
        if let Installed::Nothing = self.installed {
            return Ok(Err(Cause::no_allocator().into()));
        }
        let judged = limit_on(of.budget, Source::Allocator).is_some();
        let part = if judged { JUDGED_PART } else { SHOWN_PART };
        let repeats = Repeats {
            within_ns: of.plan.counting_ns / part,
        };
        let options = memory::Options {
            memory: Some(repeats),
            growth,
        };
        if self.purpose.alone {
            let counted = memory::count_alone(of.driver, self.installed, options)?;
            // A thread that goes on may be of another case.
            return Ok(match counted {
                Err(_) if self.beside_others => memory::count(of.case, options),
                counted => counted,
            });
        }
        let Some(watch) = self.installed.watch(Scope::Thread) else {
            return Ok(memory::count(of.case, options));
        };
        let mut found = Found::default();
        if let Some(GrowthOptions {
            limit_bytes,
            cap_ns,
        }) = growth
        {
            found.growth = of.driver.grow(watch, limit_bytes, cap_ns)?;
            if found.growth.is_none() {
                return Ok(memory::count(of.case, options));
            }
        }
        found.memory = of.driver.count(watch, repeats)?;
        Ok(match found.memory {
            Some(_) => Ok(found),
            None => memory::count(of.case, options),
        })
    }
}

/// The limit of the metric that comes from there.
fn limit_on(budget: &Budget, source: Source) -> Option<u64> {
    for limit in &budget.limits {
        if limit.metric.source() == source {
            return Some(limit.value);
        }
    }
    None
}
