//! Counts what no clock tells of a case: memory, growth, the resident set, instructions.

use perf_grammar::{Metric, Source};

use crate::alloc::{self, Installed};
use crate::case::Case;
use crate::driver::{Count, Driver};
use crate::figures::Figures;
use crate::fresh::{self, Found, GrowthWish};
use crate::plan::{Budget, Plan};
use crate::sample::{Failure, Scope};
use crate::sentence;

/// The part of `max_time` that is spent on finding out how the heap grows.
const GROWTH_PART: u64 = 4;

/// Said of what a process was asked to count, and did not.
const NOTHING: &str = "nothing was counted";

/// What counts in this process.
#[derive(Debug)]
pub(crate) struct Counter {
    /// What this program counts its allocations with.
    installed: Installed,
    /// Nothing else can run in this process.
    alone: bool,
}

/// The case to count.
pub(crate) struct Counted<'a> {
    pub(crate) case: &'static Case,
    pub(crate) plan: &'a Plan,
    pub(crate) budget: &'a Budget,
    pub(crate) driver: &'a mut Driver,
}

impl Counter {
    /// Finds out what there is.
    pub(crate) fn new(alone: bool) -> Counter {
        Counter {
            installed: alloc::installed(),
            alone,
        }
    }

    /// Whether something is counted of a case with this budget.
    pub(crate) fn counts(&self, budget: &Budget) -> bool {
        let exact = |metric: Metric| metric.noise() == perf_grammar::Noise::Exact;
        !matches!(self.installed, Installed::Nothing)
            || budget.limits.iter().any(|limit| exact(limit.metric))
    }

    /// Counts whatever the limits of the case are about; memory always.
    ///
    /// # Errors
    /// If the function fails.
    pub(crate) fn count(&mut self, mut of: Counted<'_>) -> Result<Figures, Failure> {
        let growth = limit_on(of.budget, Source::Trend).map(|limit_bytes| GrowthWish {
            limit_bytes,
            cap_ns: of.plan.max_time_ns / GROWTH_PART,
        });
        let found = self.heap(&mut of, growth)?;
        let (memory, growth) = match found {
            Ok(found) => (
                found.memory.ok_or_else(|| NOTHING.to_owned()),
                growth.map(|_| found.growth.ok_or_else(|| NOTHING.to_owned())),
            ),
            Err(why) => (Err(why.clone()), growth.map(|_| Err(why))),
        };
        Ok(Figures {
            memory,
            growth,
            ..Figures::none()
        })
    }

    /// Counts on the calling thread first; where other threads allocated
    /// meanwhile, in a process where nothing else runs. Never a guess.
    fn heap(
        &self,
        of: &mut Counted<'_>,
        growth: Option<GrowthWish>,
    ) -> Result<Result<Found, String>, Failure> {
        if let Installed::Nothing = self.installed {
            return Ok(Err(sentence::NO_ALLOCATOR.to_owned()));
        }
        let wish = fresh::Wish {
            memory: true,
            growth,
        };
        if self.alone {
            return fresh::count_alone(of.driver, self.installed, wish);
        }
        let Some(watch) = self.installed.watch(Scope::Thread) else {
            return Ok(fresh::count(of.case, wish));
        };
        let mut found = Found::default();
        if let Some(GrowthWish {
            limit_bytes,
            cap_ns,
        }) = growth
        {
            match of.driver.grow(watch, limit_bytes, cap_ns)? {
                Count::Exact(growth) => found.growth = Some(growth),
                Count::Foreign => return Ok(fresh::count(of.case, wish)),
            }
        }
        match of.driver.count(watch)? {
            Count::Exact(memory) => found.memory = Some(memory),
            Count::Foreign => return Ok(fresh::count(of.case, wish)),
        }
        Ok(Ok(found))
    }
}

/// The limit of the metric that comes from there.
fn limit_on(budget: &Budget, source: Source) -> Option<u64> {
    let mut limits = budget.limits.iter();
    limits
        .find(|limit| limit.metric.source() == source)
        .map(|limit| limit.value)
}
