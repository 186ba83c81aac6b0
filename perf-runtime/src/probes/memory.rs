//! Counts the memory of one case in a separate process, where another
//! thread that allocates can only be one that the call started.

mod wire;

use std::time::Duration;

use perf_grammar::{Task, variable};

use crate::measure::driver::{Driver, Repeats, WHILE_TOO_FEW};
use crate::model::case::{Case, Clock};
use crate::model::problem::{Mistakes, Problem};
use crate::model::sample::{Failure, Growth, Memory, Scope};
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::probes::isolate::{self, Isolated};
use crate::system::alloc::{Installed, Watch, installed};
use crate::system::clock::{self, Stopwatch};
use crate::system::counters;
use crate::system::worker_env::WorkerEnv;

#[cfg(any(test, fuzzing))]
pub(crate) use self::wire::fuzz;
use self::wire::{asked, read, read_options, written};

/// How long the process may take beyond the time in which growth is looked at.
const LONGEST: Duration = Duration::from_secs(180);
/// How long a thread that allocates by itself is waited for, beyond the time
/// that nothing may be allocated: ten times the longest of that, because on a busy
/// machine what calls have set going ends late.
const QUIET_WITHIN_NS: u64 = 1_000_000_000;
/// How long at most where a thread has not had the processor for that: one that
/// looks for work a few more times and then sleeps needs a turn for each look.
const STARVED_NS: u64 = 5_000_000_000;
/// How long nothing may be allocated for the process to be called quiet: as
/// long as counting takes, because a thread that allocates now and then may do
/// so while it counts, within these bounds.
const QUIET_NS: (u64, u64) = (2_000_000, 100_000_000);

/// What to count of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// What single calls allocate, and how long to look.
    pub(crate) memory: Option<Repeats>,
    /// How the live heap goes over many calls.
    pub(crate) growth: Option<GrowthOptions>,
}

/// A limit on growth, and how long to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GrowthOptions {
    /// Bytes in 1000 calls.
    pub(crate) limit_bytes: u64,
    /// The longest that calls are made for it.
    pub(crate) cap_ns: u64,
}

/// What was counted of it; `None` where it was not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) memory: Option<Memory>,
    pub(crate) growth: Option<Growth>,
}

/// Starts this test binary again for one case, and reads what it counted.
///
/// # Errors
/// Says why nothing was counted: the limits of the case are then unmeasured.
pub(crate) fn count(case: &'static Case, options: Options) -> Result<Found, Unmeasured> {
    let growth_ns = options.growth.map_or(0, |growth| growth.cap_ns);
    let isolated = Isolated {
        task: Task::Count,
        cases: &[case],
        details: Some((variable::WORKER_COUNT, asked(options))),
        longest: LONGEST.saturating_add(Duration::from_nanos(
            growth_ns.saturating_mul(WHILE_TOO_FEW),
        )),
    };
    isolated.result(
        "other threads allocated meanwhile, and a fresh process counted nothing",
        &mut read,
    )
}

/// The child's side: counts the one case that is selected.
///
/// # Errors
/// If no case is selected, or it is not known what to count.
pub(crate) fn serve(surroundings: &WorkerEnv) -> Result<(), Mistakes> {
    let case = isolate::entrusted_case(surroundings)?;
    let options = surroundings.count.as_deref().and_then(read_options);
    let options = options.ok_or_else(|| Problem::unknown_count("what to count"))?;
    let mut driver = Driver::new(case, Clock::Wall);
    let found = count_alone(&mut driver, installed(), options)
        .unwrap_or_else(|failure| Err(Cause::failed_while_counted(&failure.sentence()).into()));
    isolate::answer(surroundings, &written(&found));
    Ok(())
}

/// Counts in a process where nothing else runs: the calling thread first, all
/// threads where others allocated. What the heap gains is looked at from the first
/// call on, and what single calls allocate once they are warm.
///
/// # Errors
/// If the function fails.
pub(crate) fn count_alone(
    driver: &mut Driver,
    installed: Installed,
    options: Options,
) -> Result<Result<Found, Unmeasured>, Failure> {
    let mut found = Found::default();
    if let Some(GrowthOptions {
        limit_bytes,
        cap_ns,
    }) = options.growth
    {
        let is_exact = of_its_threads(installed, &mut |watch| {
            found.growth = driver.grow(watch, limit_bytes, cap_ns)?;
            Ok(found.growth.is_some())
        })?;
        if !is_exact {
            return Ok(Err(Cause::not_quiet().into()));
        }
    }
    if let Some(repeats) = options.memory {
        let is_exact = of_its_threads(installed, &mut |watch| {
            found.memory = driver.count(watch, within(repeats, watch.scope()))?;
            Ok(found.memory.is_some())
        })?;
        if !is_exact {
            return Ok(Err(Cause::not_quiet().into()));
        }
    }
    Ok(Ok(found))
}

/// The time for calls that are counted. Where all threads are, it is no longer than
/// the process is looked at for others that allocate: one that does so less often
/// would not be seen, and be counted.
fn within(repeats: Repeats, scope: Scope) -> Repeats {
    let most_ns = match scope {
        Scope::Thread => repeats.within_ns,
        Scope::Process => QUIET_NS.1,
    };
    Repeats {
        within_ns: repeats.within_ns.min(most_ns),
    }
}

/// Counts on the calling thread, and on all threads where others allocated; whether
/// what was counted last is exact, which it is not where those cannot be told from
/// strangers. `count` says whether no other thread allocated.
fn of_its_threads(
    installed: Installed,
    count: &mut dyn FnMut(Watch) -> Result<bool, Failure>,
) -> Result<bool, Failure> {
    let start = Stopwatch::start();
    if let Some(watch) = installed.watch(Scope::Thread)
        && count(watch)?
    {
        return Ok(true);
    }
    let expected_ns = start.elapsed_ns();
    let Some(watch) = installed.watch(Scope::Process) else {
        return Ok(false);
    };
    if !is_quiet(watch, expected_ns) {
        return Ok(false);
    }
    let start = Stopwatch::start();
    if !count(watch)? {
        return Ok(false);
    }
    // Where nothing could be counted on this thread alone, it was unknown before
    // how long it would take.
    let took_ns = start.elapsed_ns();
    let looked_long_enough = took_ns / 2 <= expected_ns.max(QUIET_NS.0);
    Ok(looked_long_enough || is_quiet(watch, took_ns))
}

/// Whether no thread allocates or frees for a while in which this one does
/// nothing, nor would if it had a processor. What calls before have set going
/// gets some time to end.
fn is_quiet(watch: Watch, for_ns: u64) -> bool {
    let for_ns = for_ns.clamp(QUIET_NS.0, QUIET_NS.1);
    let start = Stopwatch::start();
    let before = counters::others_cpu_ns();
    loop {
        let counted = watch.counted(&mut || clock::sleep_until(clock::now_ns() + for_ns));
        let counts = counted.counts;
        // On a busy machine a thread may wait for longer than that.
        let ready = counters::others_are_ready();
        if counts.allocs + counts.frees == 0 && !ready {
            return true;
        }
        let others_ns = counters::increase(before, counters::others_cpu_ns());
        if goes_on_by_itself(start.elapsed_ns(), others_ns, ready) {
            return false;
        }
    }
}

/// Whether a thread was waited for long enough that is not at rest yet: `ready` if
/// it would go on at once, and then only what the others have used of a processor
/// counts, where that is known.
fn goes_on_by_itself(waited_ns: u64, others_ns: Option<u64>, ready: bool) -> bool {
    let had_ns = match others_ns {
        Some(others_ns) if ready => others_ns,
        _ => waited_ns,
    };
    had_ns.min(waited_ns) >= QUIET_WITHIN_NS || waited_ns >= STARVED_NS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_waited_for_by_what_it_had_of_a_processor() {
        const MS: u64 = 1_000_000;
        // It allocates now and then, and sleeps between.
        assert!(!goes_on_by_itself(999 * MS, Some(MS), false));
        assert!(goes_on_by_itself(1_000 * MS, Some(MS), false));
        // It spins, with a processor and without.
        assert!(goes_on_by_itself(1_000 * MS, Some(2_000 * MS), true));
        assert!(!goes_on_by_itself(500 * MS, Some(1_000 * MS), true));
        assert!(!goes_on_by_itself(4_999 * MS, Some(750 * MS), true));
        assert!(goes_on_by_itself(5_000 * MS, Some(750 * MS), true));
        // What it had is not known.
        assert!(goes_on_by_itself(1_000 * MS, None, true));
    }
}
