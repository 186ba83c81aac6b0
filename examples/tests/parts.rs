//! Operations that wait, and the parts of an operation by their spans.

use std::sync::LazyLock;

use examples::guard::{Error, Report};
use examples::{Cache, Guard, Lockfile};
use perf_runtime::{CountingAllocator, perf_budget};
use tokio::sync::{Semaphore, mpsc};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::system();

const TEXT: &str = include_str!("../fixtures/service-50.lock");

static SERVICE: LazyLock<Lockfile> =
    LazyLock::new(|| Lockfile::parse(TEXT).expect("the fixture is a lock file"));

fn guard() -> Guard {
    Guard::new(Cache::in_memory().expect("SQLite opens in memory"))
}

/// The program opens a span around each part. Every part has a limit, and so
/// has the whole; the record has a table of all of them, which reports show
/// where a limit is no plain pass.
#[perf_budget(
    span("parse", p99 = "200ms"),
    span("check", p99 = "300ms"),
    span("accept", p99 = "500ms"),
    p99 = "1s",
    setup = guard,
    group = "parts",
    id = "PERF021"
)]
fn a_service_is_read_checked_and_accepted(mut guard: Guard) -> Result<(Guard, Report), Error> {
    let lockfile = Lockfile::parse(TEXT)?;
    let report = guard.check(&lockfile)?;
    guard.accept(&lockfile)?;
    Ok((guard, report))
}

/// `async fn`: the runtime is built once, outside the timing. Here packages go
/// through a channel of eight places to a task that checks them, so that each
/// side waits for the other.
#[perf_budget(
    p99 = "500ms",
    throughput = "100/s",
    items = 50,
    mem = "1MB",
    runtime = "current_thread",
    setup = guard,
    group = "waiting",
    id = "PERF022"
)]
async fn packages_are_checked_as_they_arrive(mut guard: Guard) -> Result<(Guard, usize), Error> {
    let (sender, mut receiver) = mpsc::channel(8);
    let sending = tokio::spawn(async move {
        for package in SERVICE.foreign() {
            let one = Lockfile {
                packages: vec![package.clone()],
            };
            if sender.send(one).await.is_err() {
                break;
            }
        }
    });
    let mut checked = 0;
    while let Some(lockfile) = receiver.recv().await {
        checked += guard.check(&lockfile)?.packages;
    }
    sending.await.expect("it does not panic");
    assert_eq!(checked, 50);
    Ok((guard, checked))
}

/// `threads` of an `async fn` are tasks: ten of them take turns on one thread,
/// and two at a time have a permit. A call's time counts from when its user is
/// ready, so waiting for the thread and for the permit is part of it.
#[perf_budget(
    threads = 10,
    p90 = "1s",
    throughput = "20/s",
    setup = || Semaphore::new(2),
    group = "waiting",
    tags = ["threads"],
    id = "PERF024"
)]
async fn ten_tasks_read_with_two_permits(permits: &Semaphore) -> Result<usize, Error> {
    let _permit = permits.acquire().await.expect("it is never closed");
    let lockfile = Lockfile::parse(TEXT)?;
    tokio::task::yield_now().await;
    Ok(lockfile.packages.len())
}
