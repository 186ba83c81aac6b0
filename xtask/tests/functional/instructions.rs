//! Instructions and resident memory, counted in a process that is driven as the runtime drives it.

use std::collections::BTreeMap;

use crate::project::{HEAD, Project, Ran, has_valgrind, unlike};
use crate::workspace::Package;

const CASES: &str = "
fn work(turns: u64) { for n in 0..turns { std::hint::black_box(n); } }
#[perf_budget(p50 = \"1s\")]
fn once() { work(100_000) }
#[perf_budget(p50 = \"1s\")]
fn twice() { work(200_000) }
#[perf_budget(p50 = \"1s\", setup = || work(1_000_000))]
fn prepared(_input: ()) { work(100_000) }
#[perf_budget(p50 = \"1s\")]
fn panics() { panic!(\"the cat is out\") }
#[perf_budget(p50 = \"1s\")]
fn touches() -> Vec<u8> { vec![1; 16 << 20] }
";

pub(crate) fn package() -> Package {
    Package::new("counting").both(&format!("{HEAD}{CASES}"))
}

/// What a worker with this task answers: the words behind each answer.
fn answers(
    project: &Project,
    target: &str,
    task: &str,
    cases: &[&str],
    runner: Option<&str>,
) -> Vec<Vec<String>> {
    let mut command = project.cargo(&format!(
        "test --release --quiet --test {target} -- {}::perf_budget --exact --test-threads=1 --nocapture --include-ignored",
        cases[0]
    ));
    let ids: Vec<String> = cases
        .iter()
        .map(|case| format!("=counting::{target}::{case}"))
        .collect();
    command
        .env("PERF_WORKER", "1")
        .env("PERF_WORKER_TASK", task)
        .env("PERF_WORKER_TOKEN", "t")
        .env("PERF_WORKER_SELECT", ids.join("\n"));
    if let Some(runner) = runner {
        let files = project.path().join(format!("callgrind-{target}"));
        // Each run numbers its files from 1.
        for number in 1..50 {
            let _ = std::fs::remove_file(files.with_extension(number.to_string()));
        }
        command.env("PERF_WORKER_CALLGRIND", &files).env(
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER",
            format!("{runner} --callgrind-out-file={}", files.display()),
        );
    }
    let ran = Ran::of(command).ended_with(0);
    let lines = ran.stdout.lines();
    let found = lines.filter_map(|line| line.rsplit_once("\u{1e}tanswer\u{1f}"));
    found
        .map(|(_, words)| words.split('\u{1f}').map(str::to_owned).collect())
        .collect()
}

/// The instructions, or the reason, of each case by its own name.
fn counted(answers: Vec<Vec<String>>) -> BTreeMap<String, Result<u64, String>> {
    let found = answers.into_iter().filter_map(|words| {
        let name = words[0].rsplit("::").next()?.to_owned();
        match (&*words[1], &words[2..]) {
            ("counted", [tier, count, calls]) => {
                assert_eq!((&**tier, &**calls), ("callgrind", "3"));
                Some((name, Ok(count.parse().expect("a count is a number"))))
            }
            // What lacks, nothing here, the code of the cause, and what fills its text.
            ("failed", [_, why @ ..]) => Some((name, Err(why.join(": ")))),
            _ => None,
        }
    });
    found.collect()
}

#[test]
fn callgrind_counts_the_function_alone_and_the_same_each_time() {
    if !has_valgrind() {
        return;
    }
    let project = Project::of("counting");
    for target in ["ordinary", "serial"] {
        let cases = ["once", "panics", "twice", "prepared"];
        let runner = "valgrind --quiet --tool=callgrind --instr-atstart=no --vgdb=no";
        let run = || {
            counted(answers(
                &project,
                target,
                "instructions",
                &cases,
                Some(runner),
            ))
        };
        let first = run();
        let count = |name: &str| *first[name].as_ref().expect("it was counted");
        assert!(count("once") >= 100_000, "{first:?}");
        assert!(count("twice").abs_diff(2 * count("once")) < 50, "{first:?}");
        // The input is made outside, start-up and warm-up are not counted.
        assert!(count("prepared").abs_diff(count("once")) < 50, "{first:?}");
        let why = first["panics"].as_ref().expect_err("it panics");
        assert_eq!(
            why,
            "function_failed: the function panicked: the cat is out"
        );
        for _ in 0..2 {
            assert_eq!(run(), first);
        }
    }
}

#[test]
fn where_nothing_may_be_sampled_instructions_go_to_inlined_functions() {
    if !has_valgrind() {
        return;
    }
    let project = Project::of("counting");
    let mut command = project.perf("profile serial::twice");
    command.env("PERF_SAMPLER", "callgrind");
    Ran::of(command)
        .ended_with(0)
        .says("twice  executes its instructions as follows")
        .says("work (counting/tests/serial.rs:")
        .says("100 % of the instructions")
        .says("by instructions, not time: ")
        .says("not sampled: PERF_SAMPLER=callgrind says so");
    let file = project
        .out_dir()
        .join("profiles/counting.serial.twice.json");
    let text = std::fs::read_to_string(&file).expect("a profile can be read");
    let profile: serde_json::Value = serde_json::from_str(&text).expect("a profile is JSON");
    let schema = include_str!("../../../perf-report/schema/profile-1.schema.json");
    let samples = profile["samples"].as_array().expect("samples").clone();
    assert_eq!(unlike(schema, &[profile]), [] as [String; 0]);
    let counts = samples
        .iter()
        .filter_map(|sample| sample["instructions"].as_u64());
    let all: u64 = counts.sum();
    assert!((200_000..2_000_000).contains(&all), "{all}");
}

#[test]
fn without_valgrind_around_it_the_process_says_so() {
    let project = Project::of("counting");
    let mut command = project.cargo("test --release --quiet --test serial");
    command
        .env("PERF_WORKER", "1")
        .env("PERF_WORKER_TASK", "instructions")
        .env("PERF_WORKER_TOKEN", "t")
        .env("PERF_WORKER_SELECT", "=counting::serial::once")
        .env("PERF_WORKER_CALLGRIND", project.path().join("callgrind"));
    Ran::of(command)
        .ended_with(0)
        .says("failed\u{1f}\u{1f}not_under_valgrind\n");
}

#[cfg(target_os = "linux")]
#[test]
fn resident_memory_is_seen_in_a_fresh_process() {
    let project = Project::of("counting");
    for target in ["ordinary", "serial"] {
        let said = answers(&project, target, "resident", &["touches"], None);
        let words = said.first().expect("an answer");
        assert_eq!(words[0], "seen", "{said:?}");
        let number = |at: usize| words[at].parse::<u64>().expect("a number");
        let grown = number(2) - number(1);
        assert!((14 << 20..18 << 20).contains(&grown), "{said:?}");
        // One for each page; large pages, where the system gives them, need few.
        assert!(number(3) > 0, "{said:?}");
        assert!(["true", "false"].contains(&&*words[4]), "{said:?}");
        // The peak is that of all calls; what is counted of a call, of a warm one.
        assert!((3..=100).contains(&number(7)), "{said:?}");
        assert!((number(7) + 2..=120).contains(&number(5)), "{said:?}");
    }
}
