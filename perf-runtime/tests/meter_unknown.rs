//! A budget on a meter that is not there stops everything, and says what is.

use std::process::Command;

use perf_runtime::private::{
    Body, Case, Declared, Direction, Entry, Metric, Place, Shape, calls, inventory, run_libtest,
};

#[cfg(feature = "meters")]
mod meter {
    use perf_runtime::meters::{self, Direction, Exactness, METERS, Meter};

    #[meters::distributed_slice(METERS)]
    #[linkme(crate = meters::linkme)]
    static OPEN_FILES: Meter = Meter {
        name: "open_files",
        unit: "open files",
        direction: Direction::AtMost,
        exactness: Exactness::Exact,
        before: || Ok(0),
        value: Ok,
    };
}

const PLACE: Place = Place {
    file: "tests/meter_unknown.rs",
    line: 7,
    column: 5,
};

mod misspelt {
    use super::*;

    static CASE: Case = Case {
        package: "perf-runtime",
        binary: None,
        module_path: module_path!(),
        manifest_dir: env!("CARGO_MANIFEST_DIR"),
        place: PLACE,
        limits: &[Declared {
            metric: Metric::Meter(Direction::AtMost),
            of: Some("open_flies"),
            value: 0,
            place: PLACE,
        }],
        shape: Shape {
            warmup: None,
            samples: None,
            max_time_ns: None,
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
        build: perf_runtime::private::Build {
            opt_level: None,
            debug_assertions: false,
        },
        body: Body::Calls(|| calls(|| (), |()| (), |(): &()| None)),
    };

    inventory::submit! { Entry(&CASE) }

    #[test]
    #[ignore = "it is run by the test that looks at what comes of it"]
    fn perf_budget() {
        run_libtest(&CASE);
    }
}

/// Whether it ends well, and what it writes.
fn ran(variables: &[(&str, &str)]) -> (bool, String) {
    let output = Command::new(std::env::current_exe().expect("its own path"))
        .args(["misspelt::perf_budget", "--exact", "--ignored"])
        .envs(variables.iter().copied())
        .output()
        .expect("this test starts itself");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), text)
}

#[test]
fn the_command_line_hears_the_code_of_a_mistake() {
    #[track_caller]
    fn check(task: &str, select: &str, code: &str) {
        let (_, text) = ran(&[
            ("PERF_WORKER", "1"),
            ("PERF_WORKER_TASK", task),
            ("PERF_WORKER_TOKEN", "t"),
            ("PERF_WORKER_SELECT", select),
        ]);
        let mut lines = text.lines();
        let found = lines.find(|line| line.contains("\"config_error\""));
        let codes = format!("\"codes\":[\"{code}\"]");
        let found = found.map(|line| line.replace(' ', ""));
        assert!(found.is_some_and(|line| line.contains(&codes)), "{text}");
    }
    let case = "=perf-runtime::meter_unknown::misspelt";
    check("list", "", "wrong_meter");
    check("resident", "=a::b", "unknown_case");
    check("count", case, "unknown_count");
    check("first", case, "unknown_count");
}

#[test]
fn a_meter_that_is_not_there_is_a_mistake_with_its_place() {
    let (is_passed, text) = ran(&[]);
    assert!(!is_passed, "{text}");
    let expected = if cfg!(feature = "meters") {
        "tests/meter_unknown.rs:7:5: found no meter `open_flies`, expected `open_files`; "
    } else {
        "tests/meter_unknown.rs:7:5: a limit on the meter `open_flies` needs the Cargo feature `meters` of perf-runtime, "
    };
    assert!(text.contains(expected), "{text}");
}
