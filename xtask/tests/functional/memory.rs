//! Memory limits of functions that use pools of threads, and of programs with
//! another allocator.
//!
//! Each function stands twice in its project: with limits that hold, and with
//! limits that are a byte and an allocation below what its blocks alone come to.

use std::fs;

use crate::project::{HEAD, Project};
use crate::workspace::Package;

pub(crate) fn packages() -> [Package; 3] {
    let cases: String = POOLED.iter().map(Twice::source).collect();
    let pools = format!("{HEAD}{POOLS}{cases}");
    [
        Package::new("pools")
            .counting_only()
            .test("ordinary", &format!("{pools}{NOISE}"))
            .serial("serial", &pools),
        Package::new("inside-mimalloc")
            .counting_only()
            .dependency("mimalloc = { version = \"0.1\", default-features = false }")
            .test("inside", &inside("mimalloc::MiMalloc")),
        Package::new("inside-jemalloc")
            .counting_only()
            .dependency("tikv-jemallocator = \"0.6\"")
            .test("inside", &inside("tikv_jemallocator::Jemalloc")),
    ]
}

/// A function's attributes and body, with limits that hold and with limits
/// that do not. The blocks come to `mem` bytes at their peak and to `allocs`
/// allocations; the threads, tasks and jobs may add the slack.
struct Twice {
    name: &'static str,
    mem: u64,
    mem_slack: u64,
    allocs: u64,
    allocs_slack: u64,
    body: &'static str,
}

impl Twice {
    fn source(&self) -> String {
        let Twice {
            name, mem, allocs, ..
        } = self;
        let (most, most_allocs) = (mem + self.mem_slack, allocs + self.allocs_slack);
        let (less, less_allocs) = (mem - 1, allocs - 1);
        let body = self.body;
        format!(
            "
#[perf_budget(mem = \"{most}B\", allocs = {most_allocs})]
fn {name}_holds() {{ {body} }}
#[perf_budget(mem = \"{less}B\", allocs = {less_allocs})]
fn {name}_is_over() {{ {body} }}
"
        )
    }

    /// Checks the verdicts that the runs of a project left.
    #[track_caller]
    fn check(&self, project: &Project, door: &str) {
        let name = self.name;
        let record = |end: &str| project.record(&format!("::{name}_{end}"));
        let verdicts = |record: &serde_json::Value| -> Vec<(String, String)> {
            let word = |value: &serde_json::Value| value.as_str().unwrap_or("none").to_owned();
            let limits = record["limits"].as_array().expect("a record lists limits");
            let mut told: Vec<_> = (limits.iter())
                .map(|limit| (word(&limit["metric"]), word(&limit["verdict"])))
                .collect();
            told.sort();
            told
        };
        let said = |allocs: &str, mem: &str| {
            vec![
                ("allocs".to_owned(), allocs.to_owned()),
                ("mem".to_owned(), mem.to_owned()),
            ]
        };
        for (end, expected) in [
            ("holds", said("pass", "pass")),
            ("is_over", said("fail", "fail")),
        ] {
            let record = record(end);
            let limits = &record["limits"];
            assert_eq!(
                verdicts(&record),
                expected,
                "{door}: {name}_{end}\n{limits:#}"
            );
            let memory = &record["memory"];
            let between = |figure: &str, least: u64, slack: u64| {
                let seen = memory[figure].as_u64();
                assert!(
                    seen.is_some_and(|seen| (least..=least + slack).contains(&seen)),
                    "{door}: {name}_{end}: {figure} is not {least} to {}: {memory}",
                    least + slack
                );
            };
            between("peak_bytes", self.mem, self.mem_slack);
            between("allocs", self.allocs, self.allocs_slack);
        }
    }
}

/// A test that allocates and frees while budgets are counted.
const NOISE: &str = "
#[test]
fn noise() {
    let start = std::time::Instant::now();
    while start.elapsed().as_millis() < 1500 {
        drop(std::hint::black_box(vec![0_u8; 5_000_000]));
        drop(std::hint::black_box(Box::new([1_u64; 16])));
    }
}
";

/// Pools that are built once, and a place where four meet.
const POOLS: &str = "
use std::sync::{Barrier, LazyLock};
use std::hint::black_box;
const MIB: usize = 1 << 20;
static FOUR: Barrier = Barrier::new(4);
static RAYON: LazyLock<rayon::ThreadPool> = LazyLock::new(|| rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap());
static TOKIO: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap());
/// Holds a block until four do, and allocates 99 times more.
fn hold() {
    let block = black_box(vec![1_u8; MIB]);
    FOUR.wait();
    drop(block);
    for _ in 0..99 { drop(black_box(Box::new([0_u8; 100]))); }
    FOUR.wait();
}
async fn hold_across_awaits(four: std::sync::Arc<tokio::sync::Barrier>) {
    let block = black_box(vec![1_u8; MIB]);
    four.wait().await;
    drop(block);
    for _ in 0..99 { drop(black_box(Box::new([0_u8; 100]))); tokio::task::yield_now().await; }
    four.wait().await;
}
";

const MIB: u64 = 1 << 20;

/// Four threads, tasks or jobs that hold a mebibyte each at the same time.
const fn four_hold(name: &'static str, body: &'static str) -> Twice {
    Twice {
        name,
        mem: 4 * MIB,
        mem_slack: 16 << 10,
        allocs: 400,
        allocs_slack: 40,
        body,
    }
}

const POOLED: [Twice; 6] = [
    four_hold(
        "plain",
        "let all: Vec<_> = (0..4).map(|_| std::thread::spawn(hold)).collect(); for one in all { one.join().unwrap(); }",
    ),
    four_hold(
        "scoped",
        "std::thread::scope(|scope| for _ in 0..4 { scope.spawn(hold); })",
    ),
    four_hold(
        "rayon_scope",
        "RAYON.scope(|scope| for _ in 0..4 { scope.spawn(|_| hold()); })",
    ),
    four_hold("rayon_broadcast", "RAYON.broadcast(|_| hold());"),
    // Tasks that block a worker have no right to another one, so these do it
    // where tokio lets them.
    four_hold(
        "tokio_blocking",
        "TOKIO.block_on(async { let all: Vec<_> = (0..4).map(|_| tokio::task::spawn_blocking(hold)).collect(); for one in all { one.await.unwrap(); } })",
    ),
    four_hold(
        "tokio_awaits",
        "TOKIO.block_on(async { let four = std::sync::Arc::new(tokio::sync::Barrier::new(4)); let all: Vec<_> = (0..4).map(|_| tokio::spawn(hold_across_awaits(four.clone()))).collect(); for one in all { one.await.unwrap(); } })",
    ),
];

#[test]
fn limits_of_functions_with_pools_are_judged_to_the_byte_at_every_door() {
    let project = Project::of("pools");
    for (door, code) in [
        ("test --release --test ordinary -- --test-threads=6", 101),
        ("test --release --test serial", 101),
        // The noise would be in a separate process, whose memory is that of no case.
        (
            "nextest run --release --no-fail-fast --test ordinary perf_budget",
            100,
        ),
        ("nextest run --release --no-fail-fast --test serial", 100),
    ] {
        let _ = fs::remove_dir_all(project.out_dir());
        project.run(door).ended_with(code);
        POOLED.iter().for_each(|twice| twice.check(&project, door));
    }
}

/// Functions of one thread whose figures do not depend on the allocator.
const ALONE: [Twice; 3] = [
    Twice {
        name: "grows",
        mem: 3000,
        mem_slack: 0,
        allocs: 2,
        allocs_slack: 0,
        body: "let mut v: Vec<u8> = std::hint::black_box(Vec::with_capacity(1000)); v.reserve_exact(3000); drop(std::hint::black_box(v));",
    },
    Twice {
        name: "is_aligned",
        mem: 4096,
        mem_slack: 0,
        allocs: 1,
        allocs_slack: 0,
        body: "#[repr(align(4096))] struct Page(#[allow(dead_code)] [u8; 4096]); drop(std::hint::black_box(Box::new(Page([1; 4096]))));",
    },
    Twice {
        name: "is_zeroed",
        mem: 8 << 20,
        mem_slack: 0,
        allocs: 1,
        allocs_slack: 0,
        body: "drop(std::hint::black_box(vec![0_u8; 8 << 20]));",
    },
];

/// A program whose allocator is this one, inside of ours.
fn inside(allocator: &str) -> String {
    let cases: String = ALONE
        .iter()
        .chain(&POOLED[..1])
        .map(Twice::source)
        .collect();
    let hold = "
static FOUR: std::sync::Barrier = std::sync::Barrier::new(4);
fn hold() {
    let block = std::hint::black_box(vec![1_u8; 1 << 20]);
    FOUR.wait();
    drop(block);
    for _ in 0..99 { drop(std::hint::black_box(Box::new([0_u8; 100]))); }
    FOUR.wait();
}
";
    format!(
        "use perf_runtime::{{CountingAllocator, perf_budget}};\n#[global_allocator]\nstatic ALLOC: CountingAllocator<{allocator}> = CountingAllocator::new({allocator});\n{hold}{cases}{NOISE}"
    )
}

#[test]
fn another_allocator_inside_is_counted_alike() {
    counted_alike("inside-mimalloc");
}

#[test]
#[ignore = "building jemalloc takes two processors a minute and a half"]
fn jemalloc_inside_is_counted_alike() {
    counted_alike("inside-jemalloc");
}

fn counted_alike(package: &str) {
    let project = Project::of(package);
    let door = "test --release --test inside -- --test-threads=6";
    project.run(door).ended_with(101);
    let twice = ALONE.iter().chain(&POOLED[..1]);
    twice.for_each(|twice| twice.check(&project, package));
}
