//! Rows for the order of the layers, for slack, waivers and what is refused.

mod limits;
mod refused;
mod waived;

use super::*;
use crate::model::case::Clock;
use crate::model::plan::Layer;
use crate::policy::file;

const TODAY: Date = Date {
    year: 2026,
    month: 11,
    day: 20,
};

fn metric(key: &str) -> Metric {
    Metric::from_key(key).expect("a metric")
}

/// What an attribute says.
fn set(value: u64, column: u32) -> Set<u64> {
    let place = Place {
        file: "src/parser.rs",
        line: 42,
        column,
    };
    said(value, place)
}

/// A case `app::parser::reads` whose attribute says `p99 = "10ms", mem = "50MB"`.
fn facts() -> CaseFacts {
    CaseFacts {
        id: "app::parser::reads".to_owned(),
        place: "src/parser.rs:42:1".to_owned(),
        class: None,
        group: None,
        requirement: None,
        tags: Vec::new(),
        settings: Settings {
            limits: vec![
                (metric("p99").into(), set(10_000_000, 15)),
                (metric("mem").into(), set(50_000_000, 29)),
            ],
            ..Settings::default()
        },
        kind: CaseKind::Plain,
        unoptimised: false,
    }
}

#[track_caller]
fn file(text: &str) -> BudgetFile {
    file::parse(&format!("schema = 1\n{text}"), "perf-budgets.toml").expect("a sound file")
}

struct Resolved {
    plan: Plan,
    budget: Budget,
}

#[track_caller]
fn resolved(case: &CaseFacts, text: &str, overrides: &Overrides) -> Resolved {
    let (plan, budget) = resolve(case, &file(text), overrides, TODAY).expect("a sound case");
    Resolved { plan, budget }
}

fn p99(resolved: &Resolved) -> &crate::model::plan::Limit {
    &resolved.budget.limits[0]
}

/// The value and the layer of `p99` under this file.
#[track_caller]
fn check(text: &str, expected_ms: u64, layer: Layer) {
    let resolved = resolved(
        &facts(),
        text,
        &Overrides {
            ci: true,
            ..Overrides::default()
        },
    );
    assert_eq!(
        (p99(&resolved).value, p99(&resolved).source.layer),
        (expected_ms * 1_000_000, layer),
        "{text}"
    );
}

#[test]
fn without_a_file_the_attribute_and_the_defaults_decide() {
    let (plan, budget) = resolve(
        &facts(),
        &BudgetFile::default(),
        &Overrides::default(),
        TODAY,
    )
    .expect("sound");
    let resolved = Resolved { plan, budget };
    let plan = &resolved.plan;
    assert_eq!(
        (plan.max_time_ns, plan.items, plan.clock, plan.near),
        (3_000_000_000, 1, Clock::Clean, 0.9)
    );
    assert_eq!(
        (plan.false_fail, plan.false_pass, plan.profile.as_deref()),
        (0.001, 0.05, None)
    );
    assert_eq!((plan.warmup, plan.samples), (None, None));
    let limits: Vec<_> = resolved
        .budget
        .limits
        .iter()
        .map(|limit| (limit.metric, limit.value, limit.mode))
        .collect();
    assert_eq!(
        limits,
        [
            (metric("p99"), 10_000_000, Mode::Hard),
            (metric("mem"), 50_000_000, Mode::Hard)
        ]
    );
    assert_eq!(
        p99(&resolved).source.place.as_deref(),
        Some("src/parser.rs:42:15")
    );
    assert_eq!(p99(&resolved).mode_source.layer, Layer::BuiltIn);
}

#[test]
fn each_layer_overrides_the_ones_below_it() {
    check("[budget.\"other\"]\np99 = \"8ms\"", 10, Layer::Attribute);
    check("[budget.\"parser::*\"]\np99 = \"8ms\"", 8, Layer::Budget);
    check(
        "[budget.\"parser::*\"]\np99 = \"8ms\"\n[profile.ci.budget.\"**\"]\np99 = \"20ms\"",
        20,
        Layer::Profile,
    );
    check(
        "[profile.other.budget.\"**\"]\np99 = \"20ms\"",
        10,
        Layer::Attribute,
    );
}

#[test]
fn a_class_stands_below_the_attribute_and_adds_what_it_leaves_out() {
    let mut case = facts();
    case.class = Some("critical".to_owned());
    let resolved = resolved(
        &case,
        "[class.critical]\np95 = \"100ms\"\np99 = \"200ms\"\nmax_time = \"9s\"",
        &Overrides::default(),
    );
    let limits: Vec<_> = resolved
        .budget
        .limits
        .iter()
        .map(|limit| (limit.metric.key(), limit.value))
        .collect();
    assert_eq!(
        limits,
        [
            ("p99".to_owned(), 10_000_000),
            ("mem".to_owned(), 50_000_000),
            ("p95".to_owned(), 100_000_000)
        ]
    );
    assert_eq!(resolved.plan.max_time_ns, 9_000_000_000);
}

#[test]
fn a_profile_can_change_a_class() {
    let mut case = facts();
    case.class = Some("critical".to_owned());
    let text = "[class.critical]\np95 = \"100ms\"\n[profile.ci.class.critical]\np95 = \"150ms\"";
    let overrides = Overrides {
        profile: Some("ci".to_owned()),
        ..Overrides::default()
    };
    let resolved = resolved(&case, text, &overrides);
    assert_eq!(resolved.budget.limits[2].value, 150_000_000);
    assert_eq!(resolved.budget.limits[2].source.layer, Layer::Profile);
}

#[test]
fn the_most_specific_pattern_wins_key_by_key() {
    let text = "[budget.\"app::parser::reads\"]\np99 = \"7ms\"\n[budget.\"**\"]\np99 = \"9ms\"\nmode = \"soft\"\nmessage = \"ask\"";
    check(text, 7, Layer::Budget);
    let resolved = resolved(&facts(), text, &Overrides::default());
    assert_eq!(p99(&resolved).mode, Mode::Soft);
    assert_eq!(resolved.budget.message.as_deref(), Some("ask"));
    // Two patterns that name as much: the later one.
    check(
        "[budget.\"parser::r*\"]\np99 = \"7ms\"\n[budget.\"p*::reads\"]\np99 = \"9ms\"\n[budget.\"parse*::*s\"]\np99 = \"8ms\"",
        7,
        Layer::Budget,
    );
    check(
        "[budget.\"parser::read*\"]\np99 = \"7ms\"\n[budget.\"parse*::reads\"]\np99 = \"9ms\"",
        9,
        Layer::Budget,
    );
}

#[test]
fn slack_stretches_time_limits_from_outside_the_profile_only() {
    let text = "[budget.\"reads\"]\nthroughput = \"900/s\"\n[profile.ci]\nslack = 1.5\n[profile.ci.budget.\"reads\"]\nmean = \"4ms\"";
    let resolved = resolved(
        &facts(),
        text,
        &Overrides {
            ci: true,
            ..Overrides::default()
        },
    );
    let limits: Vec<_> = resolved
        .budget
        .limits
        .iter()
        .map(|limit| (limit.metric.key(), limit.declared, limit.value))
        .collect();
    let row = |key: &str, declared, value| (key.to_owned(), declared, value);
    assert_eq!(
        limits,
        [
            row("p99", 10_000_000, 15_000_000),
            row("mem", 50_000_000, 50_000_000),
            row("throughput", 900_000, 600_000),
            row("mean", 4_000_000, 4_000_000),
        ]
    );
    assert_eq!(resolved.plan.profile.as_deref(), Some("ci"));
}

#[test]
fn the_profile_ci_applies_on_a_build_server_unless_another_is_named() {
    let text = "[profile.ci]\nslack = 2\n[profile.laptop]\nslack = 3";
    let with = |profile: Option<&str>, ci| {
        let overrides = Overrides {
            profile: profile.map(str::to_owned),
            ci,
            ..Overrides::default()
        };
        p99(&resolved(&facts(), text, &overrides)).value / 1_000_000
    };
    assert_eq!(with(None, false), 10);
    assert_eq!(with(None, true), 20);
    assert_eq!(with(Some("laptop"), true), 30);
    check("", 10, Layer::Attribute);
}

#[test]
fn environment_and_command_line_stand_above_the_profile() {
    let text =
        "mode = \"soft\"\n[profile.ci]\nmode = \"off\"\n[profile.ci.defaults]\nmax_time = \"5s\"";
    let mut overrides = Overrides {
        ci: true,
        ..Overrides::default()
    };
    let mode = |overrides: &Overrides| p99(&resolved(&facts(), text, overrides)).mode;
    assert_eq!(mode(&overrides), Mode::Off);
    overrides.environment_mode = Some(Mode::Soft);
    assert_eq!(mode(&overrides), Mode::Soft);
    overrides.command_line_mode = Some(Mode::Hard);
    assert_eq!(mode(&overrides), Mode::Hard);
    overrides.default_max_time_ns = Some(10);
    assert_eq!(
        resolved(&facts(), text, &overrides).plan.max_time_ns,
        5_000_000_000
    );
    assert_eq!(resolved(&facts(), "", &overrides).plan.max_time_ns, 10);
    overrides.max_time_ns = Some(7);
    assert_eq!(resolved(&facts(), text, &overrides).plan.max_time_ns, 7);
}

#[test]
fn every_number_can_be_traced_through_its_layers() {
    let text = "mode = \"hard\"\n[budget.\"parser::*\"]\np99 = \"8ms\"\nmode = \"soft\"\n[profile.ci]\nslack = 1.5\n\
                [[waive]]\ncase = \"reads\"\nlimit = \"p99\"\nreason = \"#123\"\nuntil = 2026-12-31";
    let explained = explain(
        &facts(),
        &file(text),
        &Overrides {
            ci: true,
            ..Overrides::default()
        },
        TODAY,
    );
    let expected = [
        "app::parser::reads at src/parser.rs:42:1, with [profile.ci]",
        "  mode       soft from [budget.\"parser::*\"] at perf-budgets.toml:5:8",
        "             overrides hard from the top of the file at perf-budgets.toml:2:8",
        "             overrides hard from what is built in",
        "  undecided  warn from what is built in",
        "  p99        8 ms from [budget.\"parser::*\"] at perf-budgets.toml:4:7; 12 ms with slack 1.5 from [profile.ci] at perf-budgets.toml:7:9",
        "             overrides 10 ms from #[perf_budget] at src/parser.rs:42:15",
        "  mem        50 MB from #[perf_budget] at src/parser.rs:42:29",
        "  max_time   3 s from what is built in",
        "  items      1 from what is built in",
        "  threads    1 from what is built in",
        "  clock      clean from what is built in",
        "  false_fail 0.001 from what is built in",
        "  false_pass 0.05 from what is built in",
        "  near       90 % from what is built in",
        "  regression 10 % from what is built in",
        "  regression_tail 25 % from what is built in",
        "  waiver     of p99 holds until 2026-12-31 at perf-budgets.toml:8:1: #123",
    ];
    assert_eq!(explained, expected);
}

#[test]
fn an_unoptimised_build_is_timed_briefly_unless_a_time_is_set() {
    #[track_caller]
    fn check(text: &str, expected: [u64; 2]) {
        let facts = CaseFacts {
            unoptimised: true,
            ..facts()
        };
        let (plan, _) =
            resolve(&facts, &file(text), &Overrides::default(), TODAY).expect("it fits");
        assert_eq!([plan.max_time_ns, plan.counting_ns], expected, "{text}");
    }
    const USUAL: u64 = DEFAULT_MAX_TIME_NS;
    check("", [UNOPTIMISED_MAX_TIME_NS, USUAL]);
    check("[defaults]\nmax_time = \"2s\"", [2_000_000_000; 2]);
    let facts = CaseFacts {
        unoptimised: true,
        ..facts()
    };
    let explain = explain(&facts, &file(""), &Overrides::default(), TODAY);
    let line = "  max_time   500 ms in an unoptimised build, whose time limits only warn";
    assert!(explain.iter().any(|found| found == line), "{explain:#?}");
}
