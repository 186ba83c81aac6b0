//! Budgets under the serial harness: a separate target with
//! `harness = false`, for what should be measured with nothing beside it.
//!
//! The case is a platform with 300 packages, and its parts: what the whole
//! check takes, and what each step may take of it.

use std::sync::LazyLock;

use examples::guard::{Error, Report};
use examples::{Cache, Guard, Lockfile, Patterns};
use perf_runtime::{Bencher, CountingAllocator, perf_budget};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::system();

perf_runtime::main!();

const TEXT: &str = include_str!("../fixtures/platform-300.lock");

static PLATFORM: LazyLock<Lockfile> =
    LazyLock::new(|| Lockfile::parse(TEXT).expect("the fixture is a lock file"));

fn cache() -> Cache {
    let mut cache = Cache::in_memory().expect("SQLite opens in memory");
    cache
        .accept(PLATFORM.foreign())
        .expect("an empty cache takes it");
    cache
}

fn guard() -> Guard {
    Guard::new(cache())
}

mod whole {
    use super::*;

    /// From the text to the report, as the program does it.
    #[perf_budget(p50 = "30ms", p90 = "50ms", mem = "1.5MB", setup = guard, class = "complex", group = "breakdown")]
    fn a_platform_is_read_and_checked(guard: &mut Guard) -> Result<Report, Error> {
        guard.check(&Lockfile::parse(TEXT)?)
    }

    /// `clock = "cpu"` judges processor time: the same on a busy machine.
    #[perf_budget(p50 = "5ms", clock = "cpu", setup = guard, group = "breakdown")]
    fn a_platform_takes_little_processor_time(guard: &mut Guard) -> Result<Report, Error> {
        guard.check(&PLATFORM)
    }

    /// `cpu` is the processor time of a call, its threads included; `cpu_share`
    /// is how much of a processor it keeps busy while it runs.
    #[perf_budget(cpu = "20ms", cpu_share = "150%", setup = guard, group = "breakdown", id = "PERF015")]
    fn a_platform_keeps_one_processor_busy(guard: &mut Guard) -> Result<Report, Error> {
        guard.check(&PLATFORM)
    }
}

/// The steps of the whole, each with a share of its time.
mod step {
    use super::*;

    #[perf_budget(p90 = "50ms", group = "breakdown")]
    fn the_text_is_parsed() -> Result<Lockfile, examples::lockfile::ParseError> {
        Lockfile::parse(TEXT)
    }

    /// `samples` asks for a number of timed calls, `warmup` for a time.
    #[perf_budget(p90 = "2ms", allocs = 0, setup = cache, samples = 500, warmup = "20ms", group = "breakdown")]
    fn the_names_are_looked_up(cache: &mut Cache) -> rusqlite::Result<()> {
        PLATFORM
            .foreign()
            .try_for_each(|package| cache.lookup(&package.name).map(drop))
    }

    /// The requirement is 1 ms for one name. A call handles 300, and `items`
    /// makes every limit one for each of them.
    #[perf_budget(
        p99 = "30us",
        max = "1ms",
        allocs = 0,
        items = 300,
        setup = Patterns::popular,
        group = "breakdown",
        id = "PERF007"
    )]
    fn the_names_are_matched(patterns: &Patterns) -> usize {
        PLATFORM
            .foreign()
            .filter(|package| patterns.resembles(&package.name).is_some())
            .count()
    }

    /// `Bencher::iter`: what stands before it is neither timed nor counted.
    #[perf_budget(p90 = "100us", group = "breakdown")]
    fn the_report_is_printed(bencher: &mut Bencher) -> Result<(), Error> {
        let mut guard = Guard::new(Cache::in_memory()?);
        guard.accept(&PLATFORM)?;
        let report = guard.check(&Lockfile::parse(include_str!(
            "../fixtures/tampered-12.lock"
        ))?)?;
        bencher.iter(|| report.to_string());
        Ok(())
    }
}

/// Reading, writing and the rest, by the second.
mod throughput {
    use super::*;

    #[perf_budget(throughput = "1000/s", setup = cache, id = "PERF009")]
    fn reads(cache: &mut Cache) -> rusqlite::Result<bool> {
        cache.forget_recent();
        Ok(cache.lookup("tracing")?.is_some())
    }

    #[perf_budget(throughput = "100/s", setup = guard, id = "PERF011")]
    fn complex_work(guard: &mut Guard) -> Result<Report, Error> {
        guard.check(&PLATFORM)
    }

    #[perf_budget(throughput = "500/s", items = 300, setup = cache, id = "PERF010")]
    fn writes(cache: &mut Cache) -> rusqlite::Result<()> {
        cache.accept(PLATFORM.foreign())
    }
}
