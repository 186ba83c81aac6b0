//! What the heap does beyond one peak: growth, denied allocations, what is kept, who is to blame.

use crate::project::{HEAD, Project, Ran};
use crate::workspace::Package;

/// A test beside the budgets that allocates and frees while these are counted.
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

pub(crate) fn packages() -> [Package; 3] {
    let growing = format!("{HEAD}{GROWING}");
    [
        Package::new("growing")
            .test("ordinary", &format!("{growing}{NOISE}"))
            .serial("serial", &growing),
        Package::new("strangers").test("ordinary", &format!("{HEAD}{STRANGERS}")),
        Package::new("unoptimised")
            .counting_only()
            .test("denying", &denying())
            .test("panicking", &panicking())
            .serial("panicking_serial", &panicking()),
    ]
}

/// The verdict on one metric of the case whose id ends like this, and its record.
#[track_caller]
fn verdict(project: &Project, case: &str, metric: &str) -> (String, serde_json::Value) {
    let record = project.record(&format!("::{case}"));
    let limits = record["limits"].as_array().expect("a record lists limits");
    let limit = limits.iter().find(|limit| limit["metric"] == metric);
    let word = limit.and_then(|limit| limit["verdict"].as_str());
    (word.unwrap_or("none").to_owned(), record)
}

#[track_caller]
fn check(project: &Project, door: &str, rows: &[(&str, &str, &str)]) {
    for (case, metric, expected) in rows {
        let (found, record) = verdict(project, case, metric);
        assert_eq!(found, *expected, "{door}: {case} {metric}\n{record}");
    }
}

fn forget_runs(project: &Project) {
    let _ = std::fs::remove_dir_all(project.out_dir());
}

/// What grows, in 1,000 calls: 100 KB, 8 KB in a vector that doubles its
/// capacity now and then, 500 entries and no more, three fifths as much in every
/// stretch of calls, wherever it begins. The limits on time are far away: where
/// processors are busy, too few calls would fit below the usual one.
const GROWING: &str = "
use std::hint::black_box;
#[perf_budget(growth = \"20KB\", max_time = \"60s\")]
fn leaks() { std::mem::forget(black_box(Box::new([1_u8; 100]))); }

#[perf_budget(growth = \"4KB\", max_time = \"60s\", setup = Vec::new)]
fn lists(all: &mut Vec<u64>) { all.push(1); }

struct Cache { next: u64, entries: Vec<Option<Box<[u8; 64]>>> }
fn empty(places: usize) -> Cache { Cache { next: 88172645463325252, entries: (0..places).map(|_| None).collect() } }
fn keep(cache: &mut Cache) {
    cache.next ^= cache.next << 13; cache.next ^= cache.next >> 7; cache.next ^= cache.next << 17;
    let place = cache.next as usize % cache.entries.len();
    cache.entries[place].get_or_insert_with(|| Box::new([1; 64]));
}
#[perf_budget(growth = \"1KB\", max_time = \"60s\", setup = || empty(500))]
fn fills_up(cache: &mut Cache) { keep(cache) }

#[derive(Default)]
struct Filling { calls: f64, owed: f64 }
#[perf_budget(growth = \"1KB\", max_time = \"60s\", setup = Filling::default)]
fn still_fills(cache: &mut Filling) {
    cache.calls += 1.0;
    cache.owed += 400_000.0 * cache.calls.powf(-0.75);
    while cache.owed >= 64.0 { cache.owed -= 64.0; std::mem::forget(black_box(Box::new([1_u8; 64]))); }
}

#[perf_budget(growth = \"1KB\", max_time = \"60s\")]
fn gives_back() { drop(black_box(vec![1_u8; 10_000])); }
";

#[test]
fn a_leak_is_told_from_a_cache_that_fills_up_at_every_door() {
    let project = Project::of("growing");
    for (door, code) in [
        ("test --release --test ordinary -- --test-threads=4", 101),
        ("test --release --test serial", 101),
        ("nextest run --release --no-fail-fast --test serial", 100),
    ] {
        forget_runs(&project);
        project.run(door).ended_with(code);
        check(
            &project,
            door,
            &[
                ("leaks", "growth", "fail"),
                ("lists", "growth", "fail"),
                ("fills_up", "growth", "pass"),
                ("still_fills", "growth", "undecided"),
                ("gives_back", "growth", "pass"),
            ],
        );
        let grown = |case: &str| {
            let (_, record) = verdict(&project, case, "growth");
            record["limits"][0]["measured"].as_f64().expect("a number")
        };
        assert_eq!(grown("leaks"), 100_000.0, "{door}");
        assert_eq!(grown("gives_back"), 0.0, "{door}");
        assert_eq!(grown("fills_up"), 0.0, "{door}");
        let listed = grown("lists");
        assert!((8_000.0..=16_000.0).contains(&listed), "{door}: {listed}");
    }
}

/// Where the one that allocates does so: the line of `Vec::from`.
const DENIED: &str = "
#[perf_budget(deny_alloc)]
fn adds() -> u64 { (0..1_000_u64).map(std::hint::black_box).sum() }

fn joins(parts: &[&str]) -> String {
    let mut all = String::new();
    for part in parts {
        all.push_str(part);
    }
    all
}
#[perf_budget(deny_alloc)]
fn denied() -> usize { std::hint::black_box(joins(&[\"a\", \"b\"])).len() }
#[perf_budget(deny_alloc, mode = \"soft\")]
fn denied_softly() -> usize { std::hint::black_box(joins(&[\"a\", \"b\"])).len() }

struct Index { words: Vec<String>, ends: Vec<u32> }
fn index() -> Index {
    let mut words = Vec::with_capacity(100);
    for _ in 0..100 { words.push(\"x\".repeat(50)); }
    Index { words, ends: vec![7; 1000] }
}
const HELD: u64 = 100 * std::mem::size_of::<String>() as u64 + 100 * 50 + 4000;
#[perf_budget(retained = \"11400B\", mem = \"12KB\")]
fn is_built() -> Index { const { assert!(HELD == 11400) } let made = index(); assert_eq!((made.words.len(), made.ends.len()), (100, 1000)); made }
#[perf_budget(retained = \"11399B\")]
fn is_built_too_large() -> Index { index() }
#[perf_budget(retained = \"0B\")]
fn is_built_and_dropped() { drop(std::hint::black_box(index())) }
";

fn denying() -> String {
    format!("{HEAD}{DENIED}{SELDOM}")
}

/// The line, counted from 1, on which a part of a text stands.
#[track_caller]
fn line_of(text: &str, part: &str) -> usize {
    let at = text.lines().position(|line| line.contains(part));
    at.expect("the part stands in the text") + 1
}

/// What only some calls take, and what only the first of a state does.
const SELDOM: &str = "
use std::sync::atomic::{AtomicUsize, Ordering};
fn every(nth: usize) {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let large = CALLS.fetch_add(1, Ordering::Relaxed) % nth == nth - 1;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(if large { 100_000_000 } else { 0 })));
}
#[perf_budget(mem = \"50MB\")]
fn every_7th() { every(7) }
#[perf_budget(mem = \"50MB\")]
fn every_50th() { every(50) }
#[perf_budget(deny_alloc, mem = \"1KB\")]
fn finds_its_cache(b: &mut perf_runtime::Bencher) {
    let mut cache: Option<Vec<u8>> = None;
    b.iter(|| std::hint::black_box(cache.get_or_insert_with(|| Vec::with_capacity(56_123)).capacity()));
}
";

#[test]
fn a_denied_allocation_is_shown_with_the_users_own_line_also_where_breaches_only_warn() {
    let project = Project::of("unoptimised");
    let line = line_of(&denying(), "all.push_str(part)");
    let ran = project
        .run("test --release --test denying -- --test-threads=4")
        .ended_with(101)
        .says("the first allocation:")
        .says(&format!("tests/denying.rs:{line}"))
        .says("of 100 calls held 100 MB, the others 0 B");
    drop(ran);
    check(
        &project,
        "cargo test",
        &[
            ("adds", "deny_alloc", "pass"),
            ("denied", "deny_alloc", "fail"),
            ("denied_softly", "deny_alloc", "fail"),
            ("is_built", "retained", "pass"),
            ("is_built", "mem", "pass"),
            ("is_built_too_large", "retained", "fail"),
            ("is_built_and_dropped", "retained", "pass"),
            ("every_7th", "mem", "fail"),
            ("every_50th", "mem", "fail"),
            ("finds_its_cache", "deny_alloc", "pass"),
            ("finds_its_cache", "mem", "pass"),
        ],
    );
    let (_, record) = verdict(&project, "finds_its_cache", "mem");
    assert_eq!(record["memory"]["peak_bytes"], 0, "{record}");
    assert_eq!(record["memory"]["first"]["peak_bytes"], 56_123, "{record}");
    let told = record["limits"].to_string();
    assert!(
        told.contains("the first call held 56,123 B (56.1 KB)"),
        "{told}"
    );
    let (_, record) = verdict(&project, "every_7th", "mem");
    let spread = &record["memory"]["spread"]["peak_bytes"];
    assert_eq!(spread["least"], 0, "{record}");
    for case in ["denied", "denied_softly"] {
        let (_, record) = verdict(&project, case, "deny_alloc");
        let details = record["limits"][0]["details"].to_string();
        let first = details.find("the first allocation:").expect("a backtrace");
        let shown = details[first..].find(&format!("tests/denying.rs:{line}"));
        assert!(shown.is_some(), "{details}");
    }
}

const CULPRITS: &str = "
#[inline(never)]
fn reads(bytes: usize) -> Vec<u8> {
    let text = vec![1_u8; bytes]; // the large one
    std::hint::black_box(text)
}
#[inline(never)]
fn notes() -> Vec<String> {
    (0..20).map(|n| std::hint::black_box(n).to_string()).collect()
}
#[perf_budget(mem = \"1MB\")]
fn parses() -> (usize, usize) { let notes = notes(); let text = reads(3_000_000); (notes.len(), text.len()) }
#[perf_budget(retained = \"1MB\")]
fn keeps() -> (Vec<String>, Vec<u8>) { (notes(), reads(3_000_000)) }
";

#[test]
fn a_broken_memory_budget_names_the_right_line_first_at_every_door() {
    let source = format!("{HEAD}{CULPRITS}");
    let project = Project::alone("blaming", &[("tests/ordinary.rs", &source)]);
    // The command line asks for lines by itself; of cargo they are requested.
    project.ask_for_no_lines();
    let mut test = project.cargo("test --release --test ordinary");
    test.env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only");
    let place = format!("tests/ordinary.rs:{}", line_of(&source, "the large one"));
    for (door, command, code) in [
        ("cargo test", test, 101),
        ("cargo xtask perf", project.perf(""), 1),
    ] {
        forget_runs(&project);
        let ran = Ran::of(command).ended_with(code).says(&place);
        for case in ["parses", "keeps"] {
            let record = project.record(&format!("::{case}"));
            let shown = ran.text();
            let of_case = shown.split_once(&format!("::{case}")).map(|(_, rest)| rest);
            let first = of_case.and_then(|rest| {
                rest.lines()
                    .find(|line| line.contains("tests/ordinary.rs:") && line.contains('%'))
            });
            let first = first.unwrap_or_else(|| panic!("{door} {case}: no place in {shown}"));
            assert!(
                first.contains(&place) && first.contains("3 MB"),
                "{door} {case}: {first}"
            );
            let sites = record["allocations"]["sites"].as_array().expect("sites");
            let bytes = |site: &&serde_json::Value| {
                site["at_end"]["bytes"]
                    .as_u64()
                    .max(site["at_peak"]["bytes"].as_u64())
            };
            let heaviest = sites.iter().max_by_key(bytes).expect("a site");
            assert!(
                heaviest["frames"].to_string().contains("reads"),
                "{door}: {heaviest}"
            );
        }
    }
    forget_runs(&project);
    let ran = project
        .run_perf("--alloc-profile parses")
        .ended_with(1)
        .says("1 heap profile: ")
        .says("dh_view.html");
    let run = std::fs::read_dir(project.out_dir().join("runs")).expect("a run was made");
    let run = run.flatten().next().expect("a run").path();
    let file = run.join("heap/blaming.ordinary.parses.dhat.json");
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}\n{}", file.display(), ran.text()));
    let profile: serde_json::Value = serde_json::from_str(&text).expect("a profile is JSON");
    let points = profile["pps"].as_array().expect("points");
    let most = points
        .iter()
        .max_by_key(|point| point["gb"].as_u64())
        .expect("a point");
    assert_eq!(most["gb"], 3_000_000, "{most}");
    let stack = most["fs"].as_array().expect("a stack").iter();
    let frames: Vec<&str> = stack
        .filter_map(|at| profile["ftbl"][at.as_u64()? as usize].as_str())
        .collect();
    assert!(
        frames.iter().any(|frame| frame.contains(&place)),
        "{frames:#?}"
    );
}

/// Threads that the call did not start. One takes memory all the time, and the call
/// waits until it did, however long that thread waits for a processor; one takes it
/// now and then while the call runs for longer than that.
const STRANGERS: &str = "
use std::{hint::black_box, sync::atomic::{AtomicU64, Ordering::SeqCst}, thread, time::Duration};
static TAKEN: AtomicU64 = AtomicU64::new(0);
fn all_the_time() { thread::spawn(|| loop { drop(black_box(vec![1_u8; 10_000])); TAKEN.fetch_add(1, SeqCst); perf_runtime::count(\"taken\", 1); opens(|| ()); }); }
fn opens(inside: impl FnOnce()) { tracing::info_span!(\"part\").in_scope(inside) }
fn now_and_then() { thread::spawn(|| loop { drop(black_box(vec![1_u8; 10_000])); thread::sleep(Duration::from_millis(5)); }); }
#[perf_budget(mem = \"1MB\", allocs = 10, setup = all_the_time)]
fn beside_one_that_never_rests(_: &()) -> Box<u64> { let next = TAKEN.load(SeqCst) + 2; while TAKEN.load(SeqCst) < next { thread::sleep(Duration::from_millis(2)); } Box::new(1) }
#[perf_budget(mem = \"1MB\", allocs = 10, setup = now_and_then)]
fn beside_one_that_rests(_: &()) -> Box<u64> { thread::sleep(Duration::from_millis(20)); Box::new(1) }
#[perf_budget(mem = \"1000B\", allocs = 1)]
fn alone() { drop(black_box(vec![1_u8; 1000])); }
#[perf_budget(count(\"taken\", max = 1))]
fn counts() { perf_runtime::count(\"taken\", 1); thread::sleep(Duration::from_millis(1)); }
#[perf_budget(span(\"part\", p99 = \"1ms\"), max_time = \"2s\")]
fn spans() { opens(|| thread::sleep(Duration::from_millis(3))) }
";

#[test]
fn beside_a_thread_that_goes_on_nothing_is_counted_wrong() {
    let project = Project::of("strangers");
    for (door, code) in [
        // Each case is in a separate process there: a thread is beside no other.
        ("nextest run --release --no-fail-fast beside", 100),
        ("test --release --test ordinary", 101),
    ] {
        forget_runs(&project);
        project
            .run(door)
            .ended_with(code)
            .says("a thread that the call did not start goes on by itself");
        for case in ["beside_one_that_never_rests", "beside_one_that_rests"] {
            for metric in ["mem", "allocs"] {
                let (word, record) = verdict(&project, case, metric);
                let memory = &record["memory"];
                let exact = word == "pass" && memory["peak_bytes"] == 8 && memory["allocs"] == 1;
                assert!(
                    word == "unmeasured" || exact,
                    "{door} {case} {metric}: {record}"
                );
            }
        }
        check(
            &project,
            door,
            &[
                ("beside_one_that_never_rests", "mem", "unmeasured"),
                ("beside_one_that_never_rests", "allocs", "unmeasured"),
            ],
        );
    }
    check(
        &project,
        "cargo test",
        &[
            ("alone", "mem", "pass"),
            ("alone", "allocs", "pass"),
            ("counts", "count", "pass"),
            // Those of the other thread are shorter, and far more.
            ("spans", "span_p99", "fail"),
        ],
    );
}

/// Cases that panic at one of their first calls, some of which are counted,
/// with memory in their hands; and calls that unwind inside.
fn panicking() -> String {
    let mut text = format!(
        "{HEAD}use std::hint::black_box;\nuse std::sync::atomic::{{AtomicU64, Ordering::SeqCst}};\n"
    );
    for at in 1..=14 {
        text.push_str(&format!(
            "#[perf_budget(mem = \"1MB\", warmup = 3)]\nfn panics_at_{at}() {{ static CALLS: AtomicU64 = AtomicU64::new(0); let held = black_box(vec![1_u8; 5000]); if CALLS.fetch_add(1, SeqCst) + 1 == {at} {{ panic!(\"out\") }} drop(held); }}\n"
        ));
    }
    for name in ["a_first", "q_between", "z_last"] {
        text.push_str(&format!(
            "#[perf_budget(mem = \"1000B\", allocs = 1, retained = \"0B\")]\nfn {name}() {{ drop(black_box(vec![1_u8; 1000])); }}\n"
        ));
    }
    text + "#[perf_budget(mem = \"1MB\", retained = \"0B\")]\nfn unwinds_inside() { let _ = std::panic::catch_unwind(|| { let _held = black_box(vec![1_u8; 5000]); std::panic::resume_unwind(Box::new(())) }); }\n"
}

#[test]
fn a_panic_in_a_counted_call_leaves_the_counts_of_other_cases_right() {
    let project = Project::of("unoptimised");
    for door in [
        "test --release --test panicking -- --test-threads=4",
        "test --release --test panicking_serial",
    ] {
        forget_runs(&project);
        let ran: Ran = project.run(door).ended_with(101);
        for case in ["a_first", "q_between", "z_last"] {
            let record = project.record(&format!("::{case}"));
            let memory = &record["memory"];
            let found = ["peak_bytes", "allocs", "alloc_bytes", "retained_bytes"]
                .map(|figure| memory[figure].as_i64());
            assert_eq!(found, [1000, 1, 1000, 0].map(Some), "{door} {case}");
        }
        let panicked = (1..=14).filter(|at| {
            project.record(&format!("::panics_at_{at}"))["failure"]["kind"] == "panic"
        });
        assert_eq!(panicked.count(), 14, "{door}\n{}", ran.text());
        check(
            &project,
            door,
            &[
                ("unwinds_inside", "retained", "pass"),
                ("unwinds_inside", "mem", "pass"),
            ],
        );
    }
}
