//! Budgets on meters that this crate adds, from the registration to the verdict.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use perf_runtime::meters::{self, Direction, Exactness, METERS, Meter};
use perf_runtime::private::{
    Body, Case, Declared, Entry, Metric, Place, Shape, calls, inventory, run_libtest,
};

/// What the functions below count, and the meters read.
static STEPS: AtomicU64 = AtomicU64::new(0);

fn steps() -> Result<u64, String> {
    Ok(STEPS.load(Ordering::Relaxed))
}

const fn meter(name: &'static str, direction: Direction, exactness: Exactness) -> Meter {
    Meter {
        name,
        unit: "steps",
        direction,
        exactness,
        before: steps,
        value: |before| Ok(steps()? - before),
    }
}

#[meters::distributed_slice(METERS)]
#[linkme(crate = meters::linkme)]
static AT_MOST: Meter = meter("steps", Direction::AtMost, Exactness::Exact);

#[meters::distributed_slice(METERS)]
#[linkme(crate = meters::linkme)]
static AT_LEAST: Meter = meter("progress", Direction::AtLeast, Exactness::Exact);

#[meters::distributed_slice(METERS)]
#[linkme(crate = meters::linkme)]
static NOISY: Meter = meter("noise", Direction::AtMost, Exactness::Noisy);

#[meters::distributed_slice(METERS)]
#[linkme(crate = meters::linkme)]
static BROKEN: Meter = Meter {
    before: || Err("the sensor is gone".to_owned()),
    ..meter("broken", Direction::AtMost, Exactness::Exact)
};

/// Three steps, and two more in every fourth call.
fn walk() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let more = if CALLS.fetch_add(1, Ordering::Relaxed) % 4 == 3 {
        2
    } else {
        0
    };
    STEPS.fetch_add(3 + more, Ordering::Relaxed);
}

/// Three steps; as many more are made with its input, which are no call's.
fn climb() {
    STEPS.fetch_add(3, Ordering::Relaxed);
}

const PLACE: Place = Place {
    file: "tests/meters.rs",
    line: 1,
    column: 1,
};

/// A case each, as the attribute would write it. They are asked for by name by
/// the tests below, each in a separate process.
macro_rules! cases {
    ($($name:ident: $function:expr, $meter:literal, $direction:ident, $limit:literal;)*) => {$(
        mod $name {
            use super::*;

            pub(super) static CASE: Case = Case {
                package: "perf-runtime",
                binary: None,
                module_path: module_path!(),
                manifest_dir: env!("CARGO_MANIFEST_DIR"),
                place: PLACE,
                limits: &[Declared {
                    metric: Metric::Meter(Direction::$direction),
                    of: Some($meter),
                    value: $limit,
                    place: PLACE,
                }],
                shape: Shape {
                    warmup: None,
                    samples: None,
                    max_time_ns: Some(200_000_000),
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
                body: Body::Calls(|| calls(|| climb(), |()| $function(), |_: &()| None)),
            };

            #[test]
            #[ignore = "it is run by the test that looks at what comes of it"]
            fn perf_budget() {
                run_libtest(&CASE);
            }
        }
    )*};
}

cases! {
    sound: climb, "steps", AtMost, 3;
    too_many: climb, "steps", AtMost, 2;
    enough: climb, "progress", AtLeast, 3;
    too_few: climb, "progress", AtLeast, 4;
    sometimes: walk, "noise", AtMost, 4;
    always: walk, "noise", AtMost, 2;
    gone: climb, "broken", AtMost, 2;
}

inventory::submit! { Entry(&sound::CASE) }
inventory::submit! { Entry(&too_many::CASE) }
inventory::submit! { Entry(&enough::CASE) }
inventory::submit! { Entry(&too_few::CASE) }
inventory::submit! { Entry(&sometimes::CASE) }
inventory::submit! { Entry(&always::CASE) }
inventory::submit! { Entry(&gone::CASE) }

#[track_caller]
fn check(name: &str, passes: bool, expected: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(std::env::current_exe().expect("its own path"))
        .args([&format!("{name}::perf_budget"), "--exact", "--ignored"])
        .env("PERF_OUT_DIR", folder.path())
        // A profile of a build server would stretch the limits.
        .env_remove("CI")
        .output()
        .expect("this test starts itself");
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.success(), passes, "{text}");
    for words in expected {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

#[test]
fn a_limit_on_a_meter_is_judged_on_its_side() {
    check("sound", true, &["1 limit = 1 passed"]);
    let broken = [
        "meter steps 3 is over its budget of 2",
        "3 steps in each of 100 calls",
    ];
    check("too_many", false, &broken);
    check("enough", true, &["1 limit = 1 passed"]);
    check("too_few", false, &["meter_min progress 3", "1 failed"]);
}

#[test]
fn a_noisy_meter_breaks_a_limit_only_with_every_call() {
    let open = ["some calls kept it and some did not", "1 undecided"];
    check("sometimes", true, &open);
    let broken = ["meter noise 5", "between 3 and 5 steps in 20 calls"];
    check("always", false, &broken);
}

#[test]
fn a_meter_that_cannot_read_leaves_its_limit_unmeasured() {
    let why = "was not measured: the meter `broken` said: the sensor is gone";
    check("gone", false, &[why]);
}
