//! Scenes of a ratchet, and of waivers.

use super::*;
use crate::analysis::budget_edit::waivers;

const SHARED: (&str, &str, &str, &str) = ("p99", "10 ms", "budget", "/w/perf-budgets.toml:5:7");
const CLASS: (&str, &str, &str, &str) = ("p99", "100 ms", "class", "/w/perf-budgets.toml:3:7");

fn two() -> Vec<Subject> {
    all(
        &[
            listed("app::fast", &[SHARED]),
            listed("app::slow", &[SHARED]),
        ],
        FILE,
    )
}

/// Proposals, and of each limit that stays why.
#[track_caller]
fn tightens(
    subjects: &[Subject],
    runs: &[Observation],
    policy: &Policy,
    expected: &[&str],
    left: &str,
) -> Tightened {
    let found = tighten(subjects, runs, policy);
    assert_eq!(lines(&found.proposals), expected, "{found:#?}");
    let all: Vec<&str> = found
        .rows
        .iter()
        .filter_map(|row| row.left.as_deref())
        .collect();
    assert!(
        all.join("\n").contains(left) && all.is_empty() == left.is_empty(),
        "{all:#?}"
    );
    found
}

#[test]
fn a_shared_number_is_as_tight_as_its_slowest_case_allows() {
    let runs = [run(vec![
        case("app::fast", vec![p99("10ms", 1.0e6, 1.2e6)]),
        case("app::slow", vec![p99("10ms", 2.0e6, 2.4e6)]),
    ])];
    let found = tightens(
        &two(),
        &runs,
        &Policy::default(),
        &["p99 3.6ms at 5:7, was 10ms"],
        "",
    );
    assert_eq!(found.proposals[0].others, ["app::slow"]);
    assert_eq!(
        (found.rows.len(), found.rows[0].others, found.rows[0].share),
        (1, 1, Some(0.2))
    );
    let half = [run(vec![case(
        "app::fast",
        vec![p99("10ms", 1.0e6, 1.2e6)],
    )])];
    tightens(
        &two(),
        &half,
        &Policy::default(),
        &[],
        "it also holds for app::slow: it was not measured",
    );
    let broken = [run(vec![
        case("app::fast", vec![p99("10ms", 1.0e6, 1.2e6)]),
        case("app::slow", vec![p99("10ms", 12e6, 12e6).broken()]),
    ])];
    tightens(
        &two(),
        &broken,
        &Policy::default(),
        &[],
        "it also holds for app::slow: it is broken",
    );
}

#[test]
fn nothing_is_ever_loosened() {
    for upper in [6.1e6, 8.0e6, 9.9e6] {
        let runs = [run(vec![
            case("app::fast", vec![p99("10ms", 1.0e6, 1.2e6)]),
            case("app::slow", vec![p99("10ms", 5.0e6, upper)]),
        ])];
        tightens(&two(), &runs, &Policy::default(), &[], "");
    }
}

#[test]
fn only_what_passed_in_every_run_is_touched() {
    let one = |judged: Judged| {
        let subjects = all(&[listed("app::fast", &[SHARED])], FILE);
        let sound = case("app::fast", vec![p99("10ms", 1.0e6, 1.2e6)]);
        (
            subjects,
            [run(vec![sound]), run(vec![case("app::fast", vec![judged])])],
        )
    };
    for (judged, left) in [
        (p99("10ms", 12e6, 12e6).broken(), "it is broken"),
        (
            p99("10ms", 2e6, 2e6).is(Word::Undecided, "boundary", "boundary"),
            "it is undecided: boundary",
        ),
        (
            p99("10ms", 2e6, 2e6).is(Word::Unmeasured, "off", "off"),
            "it is unmeasured: off",
        ),
        (
            p99("10ms", 2e6, 2e6).waived("perf-budgets.toml:9:1"),
            "waived until 2999-12-31",
        ),
        (
            p99("3ms", 1e6, 1.2e6).is(Word::Undecided, "not_reproduced", "not reproduced"),
            "a limit of 3 ms is undecided: not reproduced",
        ),
    ] {
        let (subjects, runs) = one(judged);
        tightens(&subjects, &runs, &Policy::default(), &[], left);
    }
    let few = judged("p99", "10ms", 1e6).upper(30, None);
    let subjects = all(&[listed("app::fast", &[SHARED])], FILE);
    let runs = [run(vec![case("app::fast", vec![few])])];
    tightens(
        &subjects,
        &runs,
        &Policy::default(),
        &[],
        "the evidence of 30 calls gives no upper end",
    );
    assert_eq!(
        drafted(&try_out(&subjects, &runs, &Policy::default())),
        ["5:7 1.5ms"]
    );
    // Under a tighter draft it may use more; then the number is less tight.
    let (subjects, runs) = one(p99("1.8ms", 1.6e6, 1.7e6));
    tightens(
        &subjects,
        &runs,
        &Policy::default(),
        &["p99 2.6ms at 5:7, was 10ms"],
        "",
    );
}

#[test]
fn a_limit_that_changed_since_the_run_is_left_alone() {
    let subjects = all(&[listed("app::fast", &[SHARED])], FILE);
    let runs = [run(vec![case(
        "app::fast",
        vec![p99("20ms", 1.0e6, 1.2e6)],
    )])];
    tightens(
        &subjects,
        &runs,
        &Policy::default(),
        &[],
        "it was 20 ms when it was measured",
    );
}

#[test]
fn floors_go_up() {
    let floor = (
        "throughput",
        "1,000 /s",
        "budget",
        "/w/perf-budgets.toml:5:7",
    );
    let shown = perf_grammar::format(perf_grammar::Unit::Rate, 1e6);
    let floor = (floor.0, &*shown, floor.2, floor.3);
    let subjects = all(&[listed("app::fast", &[floor])], FILE);
    let at = |rate: f64| {
        [run(vec![case(
            "app::fast",
            vec![judged("throughput", "1000/s", rate)],
        )])]
    };
    let policy = Policy::default();
    tightens(
        &subjects,
        &at(3_000_000.0),
        &policy,
        &["throughput 2000/s at 5:7, was 1000/s"],
        "",
    );
    tightens(&subjects, &at(1_200_000.0), &policy, &[], "");
}

#[test]
fn classes_are_touched_on_request_and_attributes_are_shown() {
    let subjects = all(&[listed("app::fast", &[CLASS])], FILE);
    let runs = [run(vec![case(
        "app::fast",
        vec![p99("100ms", 1.0e6, 1.2e6)],
    )])];
    tightens(
        &subjects,
        &runs,
        &Policy::default(),
        &[],
        "--classes tightens it",
    );
    let policy = Policy {
        classes: true,
        ..Policy::default()
    };
    tightens(
        &subjects,
        &runs,
        &policy,
        &["p99 1.8ms at 3:7, was 100ms"],
        "",
    );
    let subjects = all(&[listed("app::fast", &[ATTRIBUTE])], FILE);
    let runs = [run(vec![case(
        "app::fast",
        vec![p99("10ms", 1.0e6, 1.2e6)],
    )])];
    let found = tightens(
        &subjects,
        &runs,
        &Policy::default(),
        &["p99 1.8ms by hand, was 10ms"],
        "",
    );
    assert_eq!(found.proposals[0].change(), None);
    assert_eq!(
        drafted(&try_out(&subjects, &runs, &Policy::default())),
        ["p99 1.5ms"]
    );
}

#[test]
fn a_number_outside_of_the_profile_may_hold_for_cases_that_are_not_seen() {
    let subjects = all(&[listed("app::fast", &[SHARED])], FILE);
    let fast = case("app::fast", vec![p99("10ms", 1.0e6, 1.2e6)]);
    let runs = [run(vec![with_profile(fast)])];
    tightens(
        &subjects,
        &runs,
        &Policy::default(),
        &[],
        "outside of the profile `ci`",
    );
    let of_profile = ("max", "1 s", "profile", "/w/perf-budgets.toml:9:7");
    let subjects = all(&[listed("app::fast", &[of_profile])], FILE);
    let fast = case("app::fast", vec![judged("max", "1s", 2e6)]);
    let runs = [run(vec![with_profile(fast)])];
    tightens(
        &subjects,
        &runs,
        &Policy::default(),
        &["max 3ms at 9:7, was 1s"],
        "",
    );
}

const WAIVED: &str = "schema = 1
[[waive]]
case = \"slow\"
limit = \"p99\"
reason = \"#123\"
until = 2999-12-31
[[waive]]
case = \"app::*\"
limit = \"*\"
reason = \"#124\"
until = 2026-01-31
[[waive]]
case = \"app::*\"
limit = \"mem\"
reason = \"#125\"
until = 2999-12-31
";

#[test]
fn a_waiver_that_ended_or_is_not_needed_is_pointed_out() {
    let found = waivers(WAIVED).expect("TOML");
    let subjects = two();
    let slow = |judged: Judged| {
        [run(vec![
            case("app::fast", vec![p99("10ms", 1.0e6, 1.2e6)]),
            case("app::slow", vec![judged.waived("/w/perf-budgets.toml:2:1")]),
        ])]
    };
    let (fast_id, slow_id) = ("app::fast", "app::slow");
    let what = |runs: &[Observation], measured: &[Subject], all: &[&str]| -> Vec<String> {
        let idle = idle(&found, 0, measured, all, runs, "2026-11-27");
        idle.into_iter()
            .map(|one| format!("{} {}: {}", one.place.line, one.what, one.why))
            .collect()
    };
    let ended = "7 every limit of app::* (#124): it ended on 2026-01-31";
    let holds = "2 p99 of slow (#123): no longer needed: what it covers holds";
    let passing = slow(p99("10ms", 2.0e6, 2.4e6));
    assert_eq!(
        what(&passing, &subjects, &[fast_id, slow_id]),
        [holds, ended]
    );
    let broken = slow(p99("10ms", 12.0e6, 12.4e6).broken());
    assert_eq!(what(&broken, &subjects, &[fast_id, slow_id]), [ended]);
    // Another case may be the one that needs it.
    assert_eq!(
        what(&passing, &subjects, &[fast_id, slow_id, "web::slow"]),
        [ended]
    );
    assert_eq!(
        what(&passing, &subjects, &[fast_id, slow_id, "web::page"]),
        [holds, ended]
    );
    assert_eq!(what(&passing, &subjects[..1], &[fast_id, slow_id]), [ended]);
}
