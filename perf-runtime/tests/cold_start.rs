//! Budgets on programs that each call starts, from the registration to the record.

use std::path::Path;
use std::process::{Command, Output};

use perf_runtime::private::{
    Body, Case, Declared, Entry, Metric, Place, Quantile, Shape, command, inventory, run_libtest,
};

const PLACE: Place = Place {
    file: "tests/cold_start.rs",
    line: 1,
    column: 1,
};

const fn limit(metric: Metric, value: u64) -> Declared {
    Declared {
        metric,
        of: None,
        value,
        place: PLACE,
    }
}

/// What the programs of the cases do; nothing where it is run as a test.
#[test]
fn program() {
    match std::env::var("COLD_START_PROGRAM").as_deref() {
        Ok("hold") => {
            std::hint::black_box(vec![1_u8; 60 << 20]);
        }
        Ok("work") => {
            for n in 0..10_000_000_u64 {
                std::hint::black_box(n);
            }
        }
        Ok("fail") => {
            eprintln!("no such file: guard.toml");
            std::process::exit(3);
        }
        _ => {}
    }
}

fn to(what: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("its own path"));
    command.args(["--exact", "program", "--nocapture"]);
    command.env("COLD_START_PROGRAM", what);
    command
}

/// A case each, as the attribute would write it. They are asked for by name by
/// the tests below, each in a separate process.
macro_rules! cases {
    ($($name:ident: $what:literal, [$($limit:expr),*];)*) => {$(
        mod $name {
            use super::*;

            static CASE: Case = Case {
                package: "perf-runtime",
                binary: None,
                module_path: module_path!(),
                manifest_dir: env!("CARGO_MANIFEST_DIR"),
                place: PLACE,
                limits: &[$($limit),*],
                shape: Shape {
                    warmup: None,
                    samples: None,
                    max_time_ns: Some(8_000_000_000),
                    items: None,
                    clock: None,
                    threads: None,
                    rate: None,
                    isolate: false,
                    regression: None,
                    regression_tail: None,
                },
                class: None,
                group: None,
                requirement: None,
                tags: &[],
                mode: None,
                message: None,
                ignore: Some("it is run by the test that looks at what comes of it"),
                build: perf_runtime::private::Build { opt_level: None, debug_assertions: false },
                body: Body::Calls(|| command(|| to($what))),
            };

            inventory::submit! { Entry(&CASE) }

            #[test]
            #[ignore = "it is run by the test that looks at what comes of it"]
            fn perf_budget() {
                run_libtest(&CASE);
            }
        }
    )*};
}

cases! {
    sound: "hold", [
        limit(Metric::Quantile(Quantile::from_millionths(500_000)), 30_000_000_000),
        limit(Metric::Cpu, 30_000_000_000),
        limit(Metric::CpuShare, 64_000_000),
        limit(Metric::Rss, 1 << 30)
    ];
    large: "hold", [limit(Metric::Rss, 40 << 20)];
    busy: "work", [limit(Metric::Cpu, 500_000)];
    counted: "hold", [limit(Metric::Mem, 1), limit(Metric::Growth, 1)];
    fails: "fail", [limit(Metric::Cpu, 30_000_000_000)];
    small: "", [limit(Metric::Rss, 1)];
}

fn measure(name: &str, folder: &Path) -> Output {
    Command::new(std::env::current_exe().expect("its own path"))
        .args([&format!("{name}::perf_budget"), "--exact", "--ignored"])
        .env("PERF_OUT_DIR", folder)
        // A profile of a build server would stretch the limits.
        .env_remove("CI")
        .output()
        .expect("this test starts itself")
}

#[track_caller]
fn check(name: &str, passes: bool, expected: &[&str]) -> serde_json::Value {
    let folder = tempfile::tempdir().expect("a folder");
    let output = measure(name, folder.path());
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.success(), passes, "{text}");
    for words in expected {
        assert!(text.contains(words), "{words}\n{text}");
    }
    record(folder.path()).unwrap_or_else(|| panic!("no record: {text}"))
}

fn record(folder: &Path) -> Option<serde_json::Value> {
    for entry in std::fs::read_dir(folder).ok()? {
        let path = entry.ok()?.path();
        if path.is_dir() {
            if let Some(found) = record(&path) {
                return Some(found);
            }
        } else if path.extension().is_some_and(|end| end == "json") {
            return serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok();
        }
    }
    None
}

#[cfg(target_os = "linux")]
mod on_linux {
    use super::check;

    #[test]
    fn a_sound_program_passes_and_its_record_says_what_it_used() {
        let record = check("sound", true, &[]);
        let program = &record["program"];
        assert!(program["starts"].as_u64() >= Some(5), "{program}");
        assert!(program["max_rss_bytes"].as_f64() > Some(60e6), "{program}");
        assert!(program["system_ns"].as_f64() > Some(0.0), "{program}");
        assert_eq!(record["rss"]["of"], "program");
        assert!(record["rss"]["calls"].as_u64() >= Some(3), "{record}");
        assert_eq!(record["outcome"], "pass");
    }

    #[test]
    fn a_program_that_holds_more_than_its_limit_is_told() {
        let expected = [
            "rss 6",
            "is over its budget of 41,943,040 B (41.9 MB)",
            "the most memory that the program held at a time, the largest of ",
        ];
        let record = check("large", true, &expected);
        assert_eq!(record["outcome"], "warn");
    }

    #[test]
    fn a_program_that_works_more_than_its_limit_fails() {
        check("busy", false, &["cpu ", "times its budget of 500 µs"]);
    }

    #[test]
    fn what_cannot_be_counted_of_a_program_says_what_can() {
        let expected = [
            "mem was not measured: the memory and instructions of another program are not counted",
            "growth was not measured: the memory",
            "limit its `rss` or its `cpu`",
        ];
        let record = check("counted", false, &expected);
        assert!(record["memory"].is_null());
    }

    #[test]
    fn a_program_smaller_than_its_starter_is_not_called_too_large() {
        let record = check("small", true, &["the program may have held less"]);
        assert_eq!(record["rss"]["of"], "program_at_most");
        assert_eq!(record["outcome"], "undecided");
        assert!(record["program"]["max_rss_bytes"].is_null());
    }
}

#[test]
fn a_program_that_fails_fails_its_case_with_its_last_words() {
    let expected = [
        "the program ended with exit code 3, where exit code 0 was expected",
        "COLD_START_PROGRAM=\"fail\"",
        "no such file: guard.toml",
    ];
    let record = check("fails", false, &expected);
    assert_eq!(record["failure"]["kind"], "error");
}
