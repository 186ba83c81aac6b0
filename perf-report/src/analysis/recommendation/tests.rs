//! What is recommended, and what is not.

use super::*;
use crate::analysis::fixture;
use crate::model::record::{Allocations, Breakdown, Fit, Frame, Held, Made, Site as Place, Span};

/// A case that passes, with limits of these metrics and shares.
fn case(limits: &[(&str, f64)]) -> Case {
    let mut run = fixture::quiet_run();
    let mut case = run.cases.remove(0);
    case.breakdown = None;
    case.heaviest_site = None;
    let pattern = case.limits[0].clone();
    case.limits = limits
        .iter()
        .map(|(metric, share)| Limit {
            metric: (*metric).to_owned(),
            share: Some(*share),
            verdict: Verdict::Pass,
            fits: Vec::new(),
            ..pattern.clone()
        })
        .collect();
    case
}

fn kinds(case: &Case) -> Vec<String> {
    let found = recommendations(std::slice::from_ref(case), &[]);
    let kind = |one: &Recommendation| {
        let value = serde_json::to_value(one).expect("JSON");
        value["kind"].as_str().expect("a word").to_owned()
    };
    found.iter().map(kind).collect()
}

#[track_caller]
fn check(limits: &[(&str, f64)], expected: &[&str]) {
    assert_eq!(kinds(&case(limits)), expected, "{limits:?}");
}

#[test]
fn a_limit_is_remarked_upon_that_has_no_room_or_far_too_much() {
    check(&[("p99", 0.98)], &["near_limit"]);
    check(&[("p99", 0.94)], &[]);
    check(&[("p99", 0.06)], &[]);
    check(&[("p99", 0.05)], &["never_fires"]);
    check(&[("mem", 0.01)], &["never_fires"]);
    check(&[("throughput", 0.02)], &["never_fires"]);
    check(
        &[("p99", 0.01), ("p50", 0.97)],
        &["near_limit", "never_fires"],
    );
}

#[test]
fn counts_may_stand_at_their_limit_but_not_just_below_it() {
    check(&[("allocs", 1.0)], &[]);
    check(&[("allocs", 0.99)], &["near_limit"]);
    check(&[("p99", 1.0)], &["near_limit"]);
}

#[test]
fn what_is_mostly_nothing_and_what_is_of_a_class_may_be_loose() {
    check(
        &[("growth", 0.01), ("retained", 0.01), ("errors", 0.01)],
        &[],
    );
    check(&[("p99", 0.0)], &[]);
    let mut of_class = case(&[("p95", 0.01)]);
    of_class.limits[0].layer = "class".to_owned();
    assert_eq!(kinds(&of_class), [] as [&str; 0]);
}

#[test]
fn a_cost_that_grows_faster_than_declared_names_both_classes() {
    let mut grows = case(&[("complexity", 0.5)]);
    let fit = |growth: &str| Fit {
        of: "time".to_owned(),
        best: "n^2".to_owned(),
        excess: 0.84,
        residual: 0.03,
        growth: growth.to_owned(),
        points: Vec::new(),
    };
    grows.limits[0].limit = "n log n".to_owned();
    grows.limits[0].verdict = Verdict::Fail;
    grows.limits[0].fits = vec![fit("within"), fit("above")];
    let found = recommendations(&[grows], &[]);
    let [one] = &*found else { panic!("{found:?}") };
    assert_eq!(
        one.to_string(),
        "time grows as n^2, and n log n is declared: faster by n^0.84"
    );
    assert!(one.action().contains("if n^2 is meant"));
}

fn spans(own: &[(&str, u64)]) -> Breakdown {
    let span = |(name, self_ns): &(&str, u64)| Span {
        name: (*name).to_owned(),
        depth: 0,
        count: 10,
        total_ns: 2 * self_ns,
        busy_ns: *self_ns,
        self_ns: *self_ns,
        p99_ns: *self_ns,
        max_ns: *self_ns,
    };
    Breakdown {
        calls: 10,
        calls_ns: 1_000_000,
        complete: true,
        spans: own.iter().map(span).collect(),
    }
}

#[test]
fn a_span_that_dominates_is_named_where_time_is_short() {
    let mut slow = case(&[("p99", 0.6)]);
    slow.breakdown = Some(spans(&[("load", 200_000), ("parse", 700_000)]));
    let found = recommendations(std::slice::from_ref(&slow), &[]);
    assert_eq!(
        found[0].to_string(),
        "the span parse takes 70 % of the time of a call, 70 µs"
    );
    slow.breakdown = Some(spans(&[("load", 400_000), ("parse", 490_000)]));
    assert_eq!(kinds(&slow), [] as [&str; 0], "none has half of it");
    let mut fast = case(&[("p99", 0.4)]);
    fast.breakdown = Some(spans(&[("parse", 900_000)]));
    assert_eq!(kinds(&fast), [] as [&str; 0], "time is not short");
}

fn place(file: &str, line: u32, allocations: u64, bytes: u64, at_peak: u64) -> Place {
    let frame = |file: &str, line| Frame {
        function: "f".to_owned(),
        file: Some(file.to_owned()),
        line: Some(line),
        column: None,
    };
    let held = |bytes| Held { bytes, blocks: 1 };
    Place {
        at_peak: held(at_peak),
        at_end: held(0),
        most: held(at_peak),
        total: Made { bytes, allocations },
        lifetime: 1,
        frames: vec![
            frame("/rustc/1/library/alloc/src/vec.rs", 7),
            frame(file, line),
            frame("/app/src/parser.rs", 42),
        ],
    }
}

#[test]
fn a_place_that_dominates_is_named_from_the_users_own_folder() {
    let mut heavy = case(&[("mem", 0.9)]);
    // What a record of a case in `src/parser.rs` says.
    let heaviest = |sites| {
        let allocations = Allocations {
            scope: "thread".to_owned(),
            events: 9,
            peak_event: 4,
            complete: true,
            sites,
            first: None,
        };
        allocations.heaviest("src/parser.rs")
    };
    // Two stacks that meet in one line, and a smaller one.
    heavy.heaviest_site = heaviest(vec![
        place("/app/src/a.rs", 3, 30, 100, 10),
        place("/app/src/a.rs", 3, 30, 100, 10),
        place("/app/src/b.rs", 4, 40, 300, 30),
    ]);
    let found = recommendations(std::slice::from_ref(&heavy), &[]);
    assert_eq!(
        found[0].to_string(),
        "src/a.rs:3 makes 60 % of the allocations of a call: 60 allocations, 200 B"
    );
    // Bytes count as much as allocations do.
    heavy.heaviest_site = heaviest(vec![
        place("/app/src/a.rs", 3, 55, 10, 10),
        place("/app/src/b.rs", 4, 45, 90, 10),
    ]);
    let found = recommendations(std::slice::from_ref(&heavy), &[]);
    assert_eq!(
        found[0].to_string(),
        "src/b.rs:4 allocates 90 % of the bytes that a call allocates: 45 allocations, 90 B"
    );
    let site = heavy.heaviest_site.clone().expect("one");
    assert_eq!((site.of, site.bytes), (Weight::Bytes, 90));
    heavy.limits[0].share = Some(0.3);
    assert_eq!(kinds(&heavy), [] as [&str; 0], "memory is not short");
}

#[test]
fn a_limit_that_warned_in_every_run_is_named_while_it_still_does() {
    let mut warns = case(&[("p99", 1.2)]);
    warns.limits[0].verdict = Verdict::Warn;
    let of = |runs| OnlyWarns {
        case: warns.id.clone(),
        limit: "p99".to_owned(),
        runs,
    };
    let cases = [warns.clone()];
    assert_eq!(recommendations(&cases, &[of(2)]), []);
    let found = recommendations(&cases, &[of(3)]);
    assert_eq!(
        found[0].to_string(),
        "p99 was broken in each of 3 kept runs, and only warned"
    );
    warns.limits[0].verdict = Verdict::Pass;
    warns.limits[0].share = Some(0.5);
    assert_eq!(recommendations(&[warns.clone()], &[of(9)]), []);
}

#[test]
fn bottlenecks_are_the_slowest_whole_calls() {
    let mut run = fixture::quiet_run();
    let lines = run.cases.iter().position(|case| case.id == "parser::lines");
    // A thousand items of 9 µs are slower than one call of 0.9 ms.
    run.cases[lines.expect("a case")].items = 1_000;
    let slowest: Vec<String> = bottlenecks(&run.cases)
        .into_iter()
        .map(|one| format!("{} {}", one.case, one.typical_ns))
        .collect();
    assert_eq!(
        slowest,
        [
            "parser::lines 9000000",
            "parser::sorts/1000 9000000",
            "parser::tokens 900000"
        ]
    );
}
