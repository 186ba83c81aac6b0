//! Every kind of work at every door: arguments, ratios, futures, users, programs, traces.

use serde_json::Value;

use crate::project::{HEAD, Project, Ran};
use crate::workspace::{Package, UNTESTED_LIBRARY, runtime};

/// What the cases are made of. `work(n)` takes some nanoseconds times `n`.
const TOOLS: &str = r#"
#![allow(dead_code)]
use std::hint::black_box;
use std::process::Command;
use std::sync::{Condvar, LazyLock, Mutex};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::Duration;

fn work(n: u64) -> u64 { (0..n).fold(1, |a, b| black_box(a ^ b).wrapping_mul(31)) }
fn ms(n: u64) -> Duration { Duration::from_millis(n) }
fn numbers(n: u64) -> Vec<u64> { (0..n).collect() }
/// How many asked for a turn, and how many had one.
static TURNS: Mutex<(u64, u64)> = Mutex::new((0, 0));
static NEXT: Condvar = Condvar::new();
/// In the order of asking: a lock would let the same user in again where the others are
/// woken late, so that most calls of a busy machine do not wait.
fn takes_a_turn() {
    let mut turns = TURNS.lock().unwrap();
    let mine = turns.0;
    turns.0 += 1;
    drop(NEXT.wait_while(turns, |turns| turns.1 != mine).unwrap());
    sleep(ms(1));
    TURNS.lock().unwrap().1 += 1;
    NEXT.notify_all();
}
static TABLE: LazyLock<u64> = LazyLock::new(|| { sleep(ms(20)); work(1) });
static CALLS: AtomicU64 = AtomicU64::new(0);
fn one_of_five() -> Result<(), u64> {
    work(5_000);
    match CALLS.fetch_add(1, Ordering::Relaxed) { n if n % 5 == 0 => Err(n), _ => Ok(()) }
}
fn asks(times: u64) { for n in 0..times { tracing::info!(target: "my::target", n, "asked"); } }
fn renders(n: u64) -> u64 { tracing::info_span!("render").in_scope(|| work(n)) }
static SHARED: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());
fn on_shared<F: Future>(future: F) -> F::Output { SHARED.block_on(future) }
static INSIDE: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];
/// Fails where a call of the other of two cases is under way.
async fn alone(which: usize, call: impl Future) -> Result<(), &'static str> {
    INSIDE[which].fetch_add(1, Ordering::SeqCst);
    call.await;
    INSIDE[which].fetch_sub(1, Ordering::SeqCst);
    match INSIDE[1 - which].load(Ordering::SeqCst) { 0 => Ok(()), _ => Err("the other case calls too") }
}
async fn four_megabytes() { let _ = tokio::spawn(async { drop(black_box(vec![1_u8; 4_000_000])) }).await; }
"#;

/// Each keeps its limits, by far where they are of time.
const WITHIN: &str = r#"
#[perf_budget(allocs = 10_001, complexity = "n", max_time = "5s", args = [100, 1_000, 10_000], setup = numbers)]
fn boxes(numbers: &[u64]) -> Vec<Box<u64>> { numbers.iter().map(|n| Box::new(n ^ work(100))).collect() }

#[perf_budget(p50 = "1s", max_time = "5s")]
fn whole() -> u64 { work(400_000) }
#[perf_budget(ratio = "0.5x whole", max_time = "5s")]
fn quarter() -> u64 { work(100_000) }

#[perf_budget(p50 = "1s", allocs = 1, max_time = "5s")]
async fn on_one_thread() -> Vec<u8> { let more = async { 7 }.await; vec![more; 1000] }
#[perf_budget(p50 = "1s", mem = "9MB", max_time = "5s", runtime = "multi_thread")]
async fn on_many_threads() { four_megabytes().await }

#[perf_budget(p99 = "1s", throughput = "10/s", errors = "30%", max_time = "5s", threads = 4)]
fn some_fail() -> Result<(), u64> { one_of_five() }
#[perf_budget(degradation = "20x", max_time = "5s", threads = 4)]
fn independent() { sleep(ms(1)) }
// From when a call is due, as of the wall clock: a busy machine makes some wait for 100 ms.
#[perf_budget(p99 = "500ms", max_time = "30s", rate = "200/s")]
fn keeps_its_rate() { sleep(ms(1)) }

#[perf_budget(throughput = "400/s", max_time = "5s", threads = 10)]
async fn ten_tasks() { tokio::time::sleep(ms(5)).await }
#[perf_budget(throughput = "400/s", max_time = "5s", threads = 10, runtime = "multi_thread")]
async fn ten_spawned() { tokio::time::sleep(ms(5)).await }
#[perf_budget(throughput = "400/s", max_time = "5s", threads = 10, runtime = on_shared)]
async fn one_on_shared() -> Result<(), &'static str> { alone(0, tokio::time::sleep(ms(5))).await }
#[perf_budget(degradation = "20x", max_time = "5s", threads = 10, runtime = on_shared)]
async fn other_on_shared() -> Result<(), &'static str> { alone(1, tokio::time::sleep(ms(2))).await }
#[perf_budget(p50 = "500ms", max_time = "5s", threads = 10, rate = "200/s")]
async fn tasks_keep_their_rate() { tokio::time::sleep(ms(1)).await }

#[perf_budget(first = "2s", p50 = "2s", max_time = "5s")]
fn fills_a_table() -> u64 { *TABLE ^ work(100) }

#[perf_budget(p50 = "1s", cpu = "1s", rss = "1GB", max_time = "5s")]
fn program() -> Command { Command::new("true") }

#[perf_budget(count("cache.miss", max = 3), max_time = "5s")]
fn misses() { perf_runtime::count("cache.miss", 3) }
#[perf_budget(events("my::target", max = 5), max_time = "5s")]
fn queries() { asks(5) }
#[perf_budget(span("render", p99 = "1s"), max_time = "5s")]
fn page() -> u64 { renders(10_000) }
"#;

/// Each breaks its limit, by far where it is of time.
const BEYOND: &str = r#"
#[perf_budget(allocs = 1_001, max_time = "1s", args = [100, 1_000, 10_000], setup = numbers)]
fn boxes(numbers: &[u64]) -> Vec<Box<u64>> { numbers.iter().map(|n| Box::new(*n)).collect() }
#[perf_budget(complexity = "n", max_time = "1s", args = [10, 100, 1_000], setup = numbers)]
fn copies_all(numbers: &[u64]) { for _ in numbers { black_box(numbers.to_vec()); } }
#[perf_budget(complexity = "n", max_time = "1s", args = [300, 1_000, 3_000, 10_000], setup = numbers)]
fn looks_at_all(numbers: &[u64]) -> usize { numbers.iter().filter(|n| numbers.contains(black_box(n))).count() }

#[perf_budget(p50 = "1s", max_time = "1s")]
fn whole() -> u64 { work(100_000) }
#[perf_budget(ratio = "0.5x whole", max_time = "1s")]
fn twice() -> u64 { work(200_000) }

#[perf_budget(allocs = 0, max_time = "1s")]
async fn on_one_thread() -> Vec<u8> { let more = async { 7 }.await; vec![more; 1000] }
#[perf_budget(mem = "1MB", max_time = "1s", runtime = "multi_thread")]
async fn on_many_threads() { four_megabytes().await }

#[perf_budget(p99 = "1s", errors = "5%", max_time = "1s", threads = 4)]
fn some_fail() -> Result<(), u64> { one_of_five() }
#[perf_budget(degradation = "1.5x", max_time = "3s", threads = 8)]
fn queues() { takes_a_turn() }
#[perf_budget(p50 = "8ms", max_time = "4s", threads = 1, rate = "1000/s")]
fn falls_behind() { sleep(ms(4)) }

#[perf_budget(throughput = "100/s", max_time = "8s", threads = 4)]
async fn blocks_its_thread() { sleep(ms(20)) }

#[perf_budget(first = "5ms", p50 = "2s", max_time = "8s")]
fn fills_a_table() -> u64 { *TABLE ^ work(100) }

#[perf_budget(p50 = "1s", max_time = "1s")]
fn program() -> Command { let mut shell = Command::new("sh"); shell.args(["-c", "exit 3"]); shell }

#[perf_budget(count("cache.miss", max = 3), max_time = "1s")]
fn misses() { perf_runtime::count("cache.miss", 4) }
#[perf_budget(events("my::target", max = 5), max_time = "1s")]
fn queries() {
    static CALLS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let call = CALLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    asks(if call % 7 == 6 { 6 } else { 5 })
}
#[perf_budget(span("render", p99 = "10us"), max_time = "1s")]
fn page() -> u64 { renders(1_000_000) }
#[perf_budget(count("cache.mis", max = 3), events("my::targets", max = 5), span("rendr", p99 = "1s"), max_time = "1s")]
fn misspelt() -> u64 { perf_runtime::count("cache.miss", 1); asks(1); renders(1) }
"#;

pub(crate) fn packages() -> [Package; 2] {
    let both = |name, cases| Package::new(name).both(&format!("{TOOLS}{HEAD}{cases}"));
    [both("kinds-within", WITHIN), both("kinds-beyond", BEYOND)]
}

/// The doors through which a test target runs its cases.
const DOORS: [&str; 3] = [
    "test --release --test ordinary",
    "test --release --test serial",
    "nextest run --release --no-fail-fast --test serial",
];

/// Runs one door, which leaves nothing but its own records.
fn through(project: &Project, door: &str) -> Ran {
    let _ = std::fs::remove_dir_all(project.out_dir());
    project.run(door)
}

/// What the record of a case says about a limit: the verdict and the sentence.
#[track_caller]
fn check(project: &Project, door: &str, case: &str, metric: &str, verdict: &str, part: &str) {
    let record = project.record(&format!("::{case}"));
    let limits = record["limits"].as_array().expect("a record lists limits");
    let limit = limits.iter().find(|limit| limit["metric"] == metric);
    let limit = limit.unwrap_or_else(|| panic!("{door}: {case} has no {metric}\n{record}"));
    assert_eq!(
        limit["verdict"], verdict,
        "{door}: {case} {metric}\n{limit}"
    );
    let sentence = limit["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains(part), "{door}: {case}: {sentence}");
}

#[test]
fn what_keeps_its_limits_passes_at_every_door() {
    let project = Project::of("kinds-within");
    for door in DOORS {
        let ran = through(&project, door).ended_with(0);
        let records = project.records();
        assert_eq!(records.len(), 20, "{door}\n{}", ran.text());
        let limits = |record: &Value| record["limits"].as_array().cloned().unwrap_or_default();
        let limits: Vec<Value> = records.iter().flat_map(limits).collect();
        assert_eq!(limits.len(), 28, "{door}\n{}", ran.text());
        for limit in limits {
            assert_eq!(limit["verdict"], "pass", "{door}: {limit}");
        }
        let wrong = project.unlike_the_schema();
        assert!(wrong.is_empty(), "{door}: {wrong:#?}");
        let fits = project.record("::boxes/10000")["limits"][1]["fits"].clone();
        let best: Vec<&Value> = fits.as_array().into_iter().flatten().collect();
        assert_eq!(best.len(), 3, "{door}: time and two counts: {fits}");
        assert_eq!(best[1]["best"], "n", "{door}: {fits}");
        let allocs = |case| project.record(case)["memory"]["allocs"].clone();
        assert_eq!(allocs("::boxes/100"), 101, "{door}");
        assert_eq!(allocs("::on_one_thread"), 1, "{door}");
        for case in ["::ten_tasks", "::ten_spawned", "::one_on_shared"] {
            let load = project.record(case)["load"].clone();
            assert_eq!(load["threads"], 10, "{door}: {case}");
            // Ten calls of 5 ms at a time are 2000 in a second at most.
            let per_s = load["calls_per_s"].as_f64().unwrap_or_default();
            assert!(
                (400.0..=2000.0).contains(&per_s),
                "{door}: {case} {per_s}/s"
            );
        }
        let spawned = project.record("::on_many_threads")["memory"]["peak_bytes"].as_u64();
        assert!(spawned >= Some(4_000_000), "{door}: {spawned:?}");
    }
    let serial = |filter| project.run(&format!("test --release --test serial -- {filter}"));
    serial("boxes").ended_with(0).says("3 passed");
    serial("boxes/1000::").ended_with(0).says("1 passed");
    let perf = |pattern| project.run_perf(&format!("--test serial {pattern}"));
    let quiet = perf("boxes page").ended_with(0).says("5 limits = 5 passed");
    perf("boxes/1000").ended_with(0).says("1 limit = 1 passed");
    // A case that opens spans shows where its time goes, of a pass where that is asked for.
    assert!(!quiet.text().contains("spans of"), "{}", quiet.text());
    // Selected without the others, the last still knows how its family grows.
    perf("boxes/10000 page --verbose")
        .ended_with(0)
        .says("3 limits = 3 passed")
        .says("it grows no faster than its budget of n")
        .says("allocations: n fits best")
        .says("spans of")
        .says("self time is without the spans inside");
}

#[test]
fn what_breaks_its_limits_fails_at_every_door() {
    let project = Project::of("kinds-beyond");
    for (door, code) in DOORS.into_iter().zip([101, 101, 100]) {
        let ran = through(&project, door).ended_with(code);
        let ran = ran.says("exit code 3");
        for (case, metric, verdict, part) in [
            ("boxes/100", "allocs", "pass", "allocs 101"),
            ("boxes/1000", "allocs", "pass", "allocs 1,001"),
            ("boxes/10000", "allocs", "fail", "allocs 10,001 is over"),
            ("copies_all/1000", "complexity", "fail", "it grows like n^2"),
            (
                "looks_at_all/10000",
                "complexity",
                "fail",
                "it grows like n^2",
            ),
            ("whole", "p50", "pass", "within"),
            ("twice", "ratio", "fail", "its budget of 0.5x"),
            ("on_one_thread", "allocs", "fail", "over its budget of 0"),
            ("on_many_threads", "mem", "fail", "its budget of 1 MB"),
            ("some_fail", "errors", "fail", "its budget of 5 %"),
            ("queues", "degradation", "fail", "its budget of 1.5x"),
            ("falls_behind", "p50", "fail", "its budget of 8 ms"),
            // Four tasks share one thread; on separate threads they make 200/s.
            ("blocks_its_thread", "throughput", "fail", "under its floor"),
            // The table is filled once a process, and each first call finds it empty.
            ("fills_a_table", "first", "fail", "its budget of 5 ms"),
            ("fills_a_table", "p50", "pass", "within"),
            ("program", "p50", "unmeasured", "the case failed"),
            ("misses", "count", "fail", "cache.miss 4 is over"),
            ("queries", "events", "fail", "my::target 6 is over"),
            ("page", "span_p99", "fail", "its budget of 10 µs"),
            (
                "misspelt",
                "count",
                "unmeasured",
                "no counter cache.mis was",
            ),
            (
                "misspelt",
                "events",
                "unmeasured",
                "no event of target my::targets",
            ),
            ("misspelt", "span_p99", "unmeasured", "no span of this name"),
        ] {
            check(&project, door, case, metric, verdict, part);
        }
        // A fifth of the calls fails; the last five need not be whole.
        let limits = project.record("::some_fail")["limits"].clone();
        let mut limits = limits.as_array().into_iter().flatten();
        let errors = limits.find(|limit| limit["metric"] == "errors");
        let share = errors.and_then(|limit| limit["measured"].as_f64());
        assert!(
            share.is_some_and(|share| (190e3..=210e3).contains(&share)),
            "{door}: {share:?}"
        );
        assert_eq!(project.records().len(), 24, "{door}\n{}", ran.text());
    }
}

const PLAIN: &str = r#"
mod own {
    use std::task::{Context, Poll, Waker};
    pub fn block_on<T>(future: impl Future<Output = T>) -> T {
        let (mut future, mut context) = (std::pin::pin!(future), Context::from_waker(Waker::noop()));
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) { return output }
        }
    }
}
#[perf_budget(allocs = 1, max_time = "200ms", runtime = own::block_on)]
async fn frugal() -> Vec<u8> { let more = async { 7 }.await; vec![more; 1000] }
#[perf_budget(allocs = 0, max_time = "200ms", runtime = own::block_on)]
async fn wasteful() -> Vec<u8> { let more = async { 7 }.await; vec![more; 1000] }
"#;

#[test]
fn a_future_needs_no_feature_and_a_ratio_needs_the_other_case() {
    let plain = format!("{HEAD}{PLAIN}");
    let ratio = "#[perf_budget(ratio = \"0.5x nobody\")]\nfn half() {}\n";
    let unknown = format!("use perf_runtime::perf_budget;\n{ratio}");
    let project = Project::with_manifest(
        "kinds-plain",
        &format!("{UNTESTED_LIBRARY}[dev-dependencies]\n{}", runtime("[]")),
        &[("tests/plain.rs", &plain), ("tests/unknown.rs", &unknown)],
    );
    let door = "test --test plain";
    let ran = project.run(door).ended_with(101);
    ran.says("1 passed; 1 failed")
        .says("the list of the places that allocate needs the Cargo feature `alloc-sites`");
    check(&project, door, "frugal", "allocs", "pass", "within");
    check(
        &project,
        door,
        "wasteful",
        "allocs",
        "fail",
        "over its budget of 0",
    );
    // A switch of the command line that this build cannot follow is said.
    project
        .run_perf("--cargo-profile dev --test plain --instructions --alloc-profile frugal")
        .ended_with(0)
        .says("`--instructions` needs the Cargo feature `instructions`")
        .says("`--alloc-profile` needs the Cargo feature `alloc-sites`");
    let ran = project.run("test --test unknown").ended_with(101);
    ran.says("tests/unknown.rs:2:")
        .says("no case of this test target is called `nobody`");
}
