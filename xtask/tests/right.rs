//! The right forms once more, as they are built for tests: each of
//! `ui/right/*.rs` is a module here, so its cases are registered.

#[path = "ui/right/args.rs"]
mod args;
#[path = "ui/right/asynchronous.rs"]
mod asynchronous;
#[path = "ui/right/bencher.rs"]
mod bencher;
#[path = "ui/right/exclusive.rs"]
mod exclusive;
#[path = "ui/right/keys.rs"]
mod keys;
#[path = "ui/right/macros.rs"]
mod macros;
#[path = "ui/right/named.rs"]
mod named;
#[path = "ui/right/names.rs"]
mod names;
#[path = "ui/right/owned.rs"]
mod owned;
#[path = "ui/right/plain.rs"]
mod plain;
#[path = "ui/right/renamed.rs"]
mod renamed;
#[path = "ui/right/shared.rs"]
mod shared;
#[path = "ui/right/strict.rs"]
mod strict;
#[path = "ui/right/tasks.rs"]
mod tasks;
#[path = "ui/right/test_attribute.rs"]
mod test_attribute;

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use perf_runtime::private::{
    Body, Case, Clock, Declared, Entry, Metric, Mode, Place, Shape, Subject, Turns, Warmup,
    inventory,
};

fn cases() -> Vec<&'static Case> {
    inventory::iter::<Entry>().map(|entry| entry.0).collect()
}

#[track_caller]
fn case(name: &str) -> &'static Case {
    let path = format!("right::{name}");
    cases()
        .into_iter()
        .find(|case| case.module_path == path)
        .unwrap_or_else(|| panic!("no case {path}"))
}

/// What three single calls and one batch of two call a failure.
fn failures(name: &str) -> [Option<String>; 4] {
    let Body::Calls(make) = case(name).body else {
        panic!("{name} takes a Bencher")
    };
    failures_of(make())
}

/// The same of each argument, with what it is called.
fn failures_of_each(name: &str) -> Vec<(String, [Option<String>; 4])> {
    let Body::Family(family) = case(name).body else {
        panic!("{name} has no arguments")
    };
    let failures = |(at, label)| (label, failures_of((family.make)(at)));
    (family.labels)()
        .into_iter()
        .enumerate()
        .map(failures)
        .collect()
}

fn failures_of(mut subject: Box<dyn Subject>) -> [Option<String>; 4] {
    [1, 1, 1, 2].map(|calls| {
        subject.prepare(calls);
        if calls == 1 {
            subject.call()
        } else {
            subject.call_all()
        }
        subject.finish()
    })
}

#[test]
fn every_case_is_registered_under_the_name_of_its_test() {
    let exe = std::env::current_exe().expect("a test knows its own program");
    let list = Command::new(exe)
        .args(["--list", "--format", "terse"])
        .output()
        .expect("the program starts again");
    let list = String::from_utf8(list.stdout).expect("names are text");
    let mut tests: Vec<&str> = list
        .lines()
        .filter_map(|line| line.strip_suffix("::perf_budget: test"))
        .collect();
    let names: Vec<String> = cases().iter().map(|case| case.test_name()).collect();
    let mut names: Vec<&str> = names
        .iter()
        .filter_map(|name| name.strip_suffix("::perf_budget"))
        .collect();
    tests.sort_unstable();
    names.sort_unstable();
    assert_eq!(names, tests);
    for name in [
        "plain::returns_nothing",
        "names::r#match",
        "names::inner::finds_super",
        "test_attribute::is_there",
    ] {
        assert!(names.contains(&name), "{name} is missing of {names:?}");
    }
    assert!(
        !list.contains("test_attribute::was_a_test: test"),
        "the test was replaced: {list}"
    );
    assert!(!list.contains("is_not_there"), "{list}");
}

#[test]
fn a_case_says_all_that_the_attribute_says() {
    let case = case("keys::everything");
    let (s, ms) = (1_000_000_000, 1_000_000);
    let limits: Vec<(String, u64)> = case
        .limits
        .iter()
        .map(|limit| (limit.metric.key(), limit.value))
        .collect();
    let expected = [
        ("min", s),
        ("mean", s),
        ("max", 30 * s),
        ("first", s),
        ("p50", s),
        ("p99_9", 2 * s),
        ("throughput", 500),
        ("mem", 50_000_000),
        ("alloc_bytes", 1_572_864),
        ("retained", 0),
        ("deny_alloc", 0),
        ("growth", 10_000_000),
        ("rss", 1_000_000_000),
        ("instructions", 10_000),
        ("cpu", 5 * ms),
        ("cpu_share", 3_500_000),
    ];
    assert_eq!(limits, expected.map(|(key, value)| (key.to_owned(), value)));
    let (warmup, clock) = (Some(Warmup::Time(10 * ms)), Some(Clock::Wall));
    assert_eq!(
        case.shape,
        Shape {
            warmup,
            samples: Some(200),
            max_time_ns: Some(2 * s),
            items: Some(10),
            clock,
            threads: None,
            rate: None,
            isolate: true,
            regression: Some(200_000),
            regression_tail: Some(1_000_000),
        }
    );
    assert_eq!(case.mode.map(|(mode, _)| mode), Some(Mode::Soft));
    assert_eq!(
        (case.class, case.group, case.requirement),
        (Some("critical"), Some("parsing"), Some("PERF001"))
    );
    assert_eq!(case.tags, ["slow", "nightly"]);
    assert_eq!(case.message, Some("the editor calls this on each key"));
    assert_eq!(case.ignore, Some("an example"));
    assert_eq!((case.package, case.binary), (env!("CARGO_PKG_NAME"), None));
    assert_eq!(case.manifest_dir, env!("CARGO_MANIFEST_DIR"));
    assert_eq!(case.build.debug_assertions, cfg!(debug_assertions));
    assert!(case.build.opt_level.is_some());
    let other = self::case("keys::a_class_is_enough");
    assert_eq!(
        (other.shape.warmup, other.shape.clock, other.ignore),
        (Some(Warmup::Calls(10)), Some(Clock::Clean), Some(""))
    );
    assert!(other.limits.is_empty());
}

#[test]
fn a_case_knows_where_its_words_stand() {
    let source = include_str!("ui/right/keys.rs");
    let attribute = source
        .lines()
        .position(|line| line == "#[perf_budget(")
        .expect("it is there") as u32
        + 1;
    let case = case("keys::everything");
    assert!(
        case.place
            .file
            .replace('\\', "/")
            .ends_with("tests/ui/right/keys.rs"),
        "{}",
        case.place.file
    );
    assert_eq!((case.place.line, case.place.column), (attribute, 1));
    let [first, second, ..] = case.limits else {
        panic!("there are eleven limits")
    };
    let expected = Declared {
        metric: Metric::Min,
        of: None,
        value: 1_000_000_000,
        place: Place {
            line: attribute + 1,
            column: 5,
            ..case.place
        },
    };
    assert_eq!(*first, expected);
    assert_eq!(
        (second.place.line, second.place.column),
        (attribute + 1, 17)
    );
}

#[test]
fn calls_that_return_an_err_are_failures_and_all_others_are_none() {
    let none = [None, None, None, None];
    for name in [
        "plain::returns_nothing",
        "plain::returns_a_value",
        "plain::is_const",
        "plain::returns_an_iterator",
        "plain::returns_ok",
        "owned::sorts",
        "owned::takes_a_pair",
        "owned::infers_the_input",
        "owned::takes_a_static",
        "owned::takes_a_box",
        "shared::sums",
        "shared::lends_a_part",
        "shared::lends_a_view",
        "shared::lends_an_iterator",
        "exclusive::lends_what_it_changed",
        "names::finds_self",
        "names::inner::finds_super",
        "names::inner::finds_private_names",
        "names::input",
        "names::output",
        "macros::by_value",
        "macros::by_reference",
        "strict::bare::takes",
    ] {
        assert_eq!(failures(name), none, "{name}");
    }
    let all = |text: &str| std::array::from_fn(|_| Some(text.to_owned()));
    assert_eq!(
        failures("plain::returns_err"),
        all("ParseIntError { kind: InvalidDigit }")
    );
    assert_eq!(failures("shared::lends_an_error"), all("\"broken\""));
    let silent = failures("plain::returns_a_silent_err");
    assert!(
        silent.iter().flatten().all(|text| text.contains("Silent")) && silent[0].is_some(),
        "{silent:?}"
    );
    // The state lives on from call to call.
    assert_eq!(
        failures("exclusive::counts"),
        [None, None, None, Some("\"called 4 times\"".to_owned())]
    );
}

#[test]
fn a_function_with_a_bencher_is_entered_as_one() {
    for name in ["bencher::marks", "bencher::may_fail", "bencher::bencher"] {
        assert!(matches!(case(name).body, Body::Bencher(_)), "{name}");
    }
}

/// The failures of each argument, by its label.
#[track_caller]
fn each(name: &str, expected: &[(&str, [Option<&str>; 4])]) {
    let found = failures_of_each(name);
    let found: Vec<(&str, [Option<&str>; 4])> = found
        .iter()
        .map(|(label, failures)| (&**label, failures.each_ref().map(Option::as_deref)))
        .collect();
    assert_eq!(found, expected, "{name}");
}

#[test]
fn each_argument_has_a_name_and_is_called_with() {
    let none = [None; 4];
    let all = |text| [Some(text); 4];
    each(
        "args::by_value",
        &[("10", none), ("5000000000", all("5000000000"))],
    );
    each("args::by_reference", &[("1", none), ("1000", none)]);
    each("args::lends", &[("one", none), ("two words", none)]);
    each(
        "args::by_debug",
        &[("Shape { sides: 3 }", none), ("Shape { sides: 4 }", none)],
    );
    each("args::of_decimals", &[("0.5", none), ("2.5", none)]);
    each(
        "args::makes_by_path",
        &[("1", none), ("2", none), ("3", none)],
    );
    each(
        "args::makes_and_lends",
        &[
            ("(\"a\", 2)", all("\"aa\"")),
            ("(\"b\", 3)", all("\"bbb\"")),
        ],
    );
    // Each has a separate state, which lives on from call to call.
    each(
        "args::makes_and_changes",
        &[
            ("1", [Some("1"), Some("2"), Some("3"), Some("4")]),
            ("1000", none),
        ],
    );
    let Body::Family(family) = case("args::cannot_be_made").body else {
        panic!("it has arguments")
    };
    assert_eq!((family.labels)(), ["1", "2"], "naming makes nothing");
}

#[test]
fn what_waits_is_driven_to_its_end() {
    let none = [None, None, None, None];
    for name in [
        "asynchronous::waits",
        "asynchronous::lends_by_path",
        "asynchronous::takes",
        "asynchronous::waits_by_path",
    ] {
        assert_eq!(failures(name), none, "{name}");
    }
    let all = |text: &str| std::array::from_fn(|_| Some(text.to_owned()));
    assert_eq!(failures("asynchronous::fails_on_many_threads"), all("2"));
    let changed = failures("asynchronous::changes_what_was_waited_for");
    assert_eq!(
        changed.map(|text| text.unwrap_or_default()),
        ["", "6", "8", "10"]
    );
    each(
        "asynchronous::each",
        &[("1", [Some("1"); 4]), ("2", [None; 4])],
    );
    each(
        "asynchronous::each_waited_for",
        &[("a", [Some("\"aa\""); 4]), ("b", [Some("\"bb\""); 4])],
    );
}

/// Two calls for each of three users, and what came of them.
#[derive(Default)]
struct Two {
    made: [AtomicUsize; 3],
    errors: Mutex<Vec<String>>,
    gone: AtomicUsize,
}

impl Turns for Two {
    fn poll_turn(&self, user: usize, _: &mut Context<'_>) -> Poll<bool> {
        Poll::Ready(self.made[user].load(Ordering::Relaxed) < 2)
    }

    fn now_ns(&self) -> u64 {
        0
    }

    fn apart(&self, work: &mut dyn FnMut()) {
        work();
    }

    fn called(&self, user: usize, _: u64, error: Option<String>) {
        self.made[user].fetch_add(1, Ordering::Relaxed);
        self.errors.lock().expect("no thread panics").extend(error);
    }

    fn left(&self, _: usize) {
        self.gone.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn users_of_an_async_fn_are_tasks() {
    #[track_caller]
    fn check(name: &str, threads: bool, errors: &[&str]) {
        let Body::Tasks(make) = case(name).body else {
            panic!("{name} is called by many tasks");
        };
        let tasks = make();
        assert_eq!(tasks.threads().is_some(), threads, "{name}");
        let two = Arc::new(Two::default());
        let turns: Arc<dyn Turns> = two.clone();
        tasks.run(3, &turns);
        let made = two.made.each_ref().map(|made| made.load(Ordering::Relaxed));
        assert_eq!(
            (made, two.gone.load(Ordering::Relaxed)),
            ([2; 3], 3),
            "{name}"
        );
        assert_eq!(
            *two.errors.lock().expect("no thread panics"),
            errors,
            "{name}"
        );
        // One user alone calls what the tasks have called.
        let mut user = tasks.user();
        user.prepare(1);
        user.call();
        assert_eq!(user.finish().as_deref(), errors.first().copied(), "{name}");
    }
    check("tasks::plain", false, &[]);
    check("tasks::fails", true, &["2"; 6]);
    check("tasks::one_thread_needs_no_send", false, &[]);
    check("tasks::many_threads_share", true, &[]);
    check("tasks::lends_by_path", false, &[]);
    check("tasks::takes", true, &[]);
    check("tasks::takes_what_was_waited_for", false, &[]);
}

#[test]
fn a_limit_says_of_what_it_is() {
    let limits = case("named::everything").limits.iter();
    let limits: Vec<(String, Option<&str>, u64)> = limits
        .map(|limit| (limit.metric.key(), limit.of, limit.value))
        .collect();
    let expected = [
        ("span_p99", Some("render"), 2_000_000),
        ("span_mean", Some("render"), 1_000_000),
        ("span_max", Some("render"), 5_000_000),
        ("span_p99_9", Some("parse"), 3_000_000),
        ("events", Some("sqlx::query"), 5),
        ("events", Some("h2"), 0),
        ("count", Some("cache.miss"), 1_000),
        ("ratio", Some("naive::parse"), 500),
        ("errors", None, 200_000),
    ];
    assert_eq!(
        limits,
        expected.map(|(key, of, value)| (key.to_owned(), of, value))
    );
    let growth = case("args::by_reference").limits[1];
    assert_eq!((growth.metric, growth.value), (Metric::Complexity, 3));
}

#[test]
fn a_case_that_needs_a_network_is_left_out_unless_asked_for() {
    let asks = cases()
        .into_iter()
        .find(|case| case.id().ends_with("asks_a_server"))
        .expect("the case is registered");
    assert!(asks.ignore.is_some_and(|why| why.contains("--tag network")));
}
