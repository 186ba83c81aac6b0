//! Tests of which mutations are planned.

use perf_grammar::Effect;

use super::*;
use crate::analysis::fixture;
use crate::analysis::prove::fixture::plans;
use crate::model::record::{Program, Reason};

/// A case of about 9 ms with one limit on this metric.
fn case(metric: &str, bound: f64, measured: f64) -> Case {
    let mut case = fixture::quiet_run().cases.remove(0);
    case.limits.truncate(1);
    let limit = &mut case.limits[0];
    limit.metric = metric.to_owned();
    (limit.bound, limit.measured) = (Some(bound), Some(measured));
    limit.floor = limit.key() == "throughput";
    let unit = Metric::from_key(limit.key()).map(Metric::unit);
    limit.unit = unit;
    limit.fits.clear();
    (case.load, case.program) = (None, None);
    case.summary = fixture::record("a::b", 0.0).summary;
    case
}

fn planned(case: &Case, effort: Effort) -> Result<Mutant, Unproved> {
    of_limit(case, &case.limits[0], 11.0, effort, &[])
}

#[test]
fn each_metric_has_a_mutation_that_is_past_its_limit() {
    let all = Effort::new(false);
    for (metric, bound, measured, kind, least, most) in [
        ("p99", 10e6, 9e6, Effect::Spin, 6.8e6, 7e6),
        ("p99", 1e6, 9e6, Effect::Spin, 2.4e5, 2.6e5),
        ("mean", 10e6, 9e6, Effect::Spin, 11e6, 12e6),
        ("max", 40e6, 31e6, Effect::Spin, 51e6, 52e6),
        ("min", 10e6, 8e6, Effect::Spin, 6e6, 7e6),
        ("first", 20e6, 14e6, Effect::Spin, 21e6, 22e6),
        ("throughput", 1e5, 1.1e5, Effect::Spin, 11e6, 12e6),
        ("cpu", 10e6, 9e6, Effect::Spin, 11e6, 12e6),
        ("cpu_share", 5e5, 1e5, Effect::Spin, 9e6, 30e6),
        ("mem", 50e6, 2e6, Effect::Spike, 50e6, 51e6),
        ("allocs", 412.0, 412.0, Effect::Alloc, 1.0, 1.0),
        ("allocs", 420.0, 412.0, Effect::Alloc, 9.0, 9.0),
        ("deny_alloc", 0.0, 0.0, Effect::Alloc, 1.0, 1.0),
        ("alloc_bytes", 5e6, 3e6, Effect::Spike, 2e6, 2.1e6),
        ("retained", 0.0, 0.0, Effect::Leak, 1.0, 1.0),
        ("growth", 1e7, 0.0, Effect::Leak, 2e4, 2.1e4),
        ("rss", 2e7, 1e7, Effect::Touch, 2e7, 2.1e7),
        ("page_faults", 10.0, 0.0, Effect::Touch, 6.4e7, 6.4e7),
        ("page_faults", 1e5, 0.0, Effect::Touch, 4e8, 4.1e8),
        ("switches", 0.0, 0.0, Effect::Wait, 1e6, 1e6),
        ("instructions", 1e6, 9e5, Effect::Work, 1e5, 2e5),
        ("errors", 2e5, 0.0, Effect::Fail, 0.0, 0.0),
        ("ratio other", 500.0, 400.0, Effect::Spin, 7e6, 9e6),
        (
            "degradation",
            2_000.0,
            1_000.0,
            Effect::SpinTogether,
            17e6,
            19e6,
        ),
        ("count cache.miss", 3.0, 1.0, Effect::Count, 3.0, 3.0),
        ("events sqlx::query", 4.0, 4.0, Effect::Emit, 1.0, 1.0),
        ("span_p99 render", 2e6, 1e6, Effect::Span, 3e6, 3e6),
    ] {
        let mutant = planned(&case(metric, bound, measured), all).expect(metric);
        let amount = mutant.mutation.amount as f64;
        assert_eq!(mutant.mutation.kind, kind, "{metric}");
        assert!((least..=most).contains(&amount), "{metric}: {amount}");
        assert_eq!(mutant.targets, [metric]);
        let of = metric.split_once(' ').map_or("", |(_, of)| of);
        let of_one = matches!(kind, Effect::Count | Effect::Emit | Effect::Span);
        assert_eq!(mutant.mutation.of, if of_one { of } else { "" });
        let own = Metric::from_key(metric.split(' ').next().unwrap_or_default());
        let own = own.expect("a metric");
        assert!(mutant.mutation.may_break(own, of, 9e6), "{metric}");
    }
}

#[test]
fn what_no_mutation_reaches_says_why() {
    let all = Effort::new(false);
    let not = |case: &Case| match planned(case, all) {
        Err(Unproved::NotApplicable(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(not(&case("meter gpu", 3.0, 1.0)).contains("another crate"));
    assert!(not(&case("cpu_share", 1e6, 9e5)).contains("at most 100 %"));
    assert!(not(&case("switches", 2.0, 1.0)).contains("waits once"));
    assert!(not(&case("mem", 9e12, 1.0)).contains("would need 9"));
    let mut program = case("rss", 2e7, 1e7);
    program.program = Some(Program {
        starts: 3,
        user_ns: None,
        system_ns: None,
        max_rss_bytes: None,
    });
    assert!(not(&program).contains("program that the case starts"));
}

#[test]
fn what_is_red_or_has_no_value_is_not_tried() {
    let all = Effort::new(false);
    let mut red = case("p99", 10e6, 12e6);
    red.limits[0].verdict = Verdict::Fail;
    assert!(matches!(planned(&red, all), Err(Unproved::Red(_))));
    red.limits[0].verdict = Verdict::Waived;
    assert!(matches!(
        planned(&red, all),
        Err(Unproved::NotApplicable(_))
    ));
    let mut off = case("p99", 10e6, 9e6);
    off.limits[0].mode = Mode::Off;
    off.limits[0].verdict = Verdict::Unmeasured;
    assert!(matches!(planned(&off, all), Err(Unproved::Off { .. })));
    let mut unmeasured = case("mem", 10e6, 9e6);
    unmeasured.limits[0].verdict = Verdict::Unmeasured;
    unmeasured.limits[0].reason = Some(Reason {
        kind: "no_allocator".to_owned(),
        text: "no allocator".to_owned(),
    });
    assert_eq!(
        planned(&unmeasured, all),
        Err(Unproved::Unmeasured("no allocator".to_owned()))
    );
    unmeasured.limits[0].reason = Some(Reason {
        kind: "not_built".to_owned(),
        text: "it needs the feature `net`".to_owned(),
    });
    assert!(matches!(
        planned(&unmeasured, all),
        Err(Unproved::NotApplicable(_))
    ));
    unmeasured.id = "[budget.\"parsr::*\"]".to_owned();
    assert!(matches!(
        planned(&unmeasured, all),
        Err(Unproved::Unmeasured(_))
    ));
}

#[test]
fn what_takes_long_is_left_out() {
    let slow = case("p50", 5e8, 4e8);
    assert!(matches!(
        planned(&slow, Effort::new(true)),
        Err(Unproved::LeftOut(_))
    ));
    assert!(planned(&slow, Effort::new(false)).is_ok());
    assert!(matches!(
        planned(&case("p50", 1e10, 9e9), Effort::new(false)),
        Err(Unproved::LeftOut(why)) if why.contains(" s")
    ));
}

#[test]
fn slowdowns_that_take_too_long_together_leave_the_longest_out() {
    let cases = [10e6, 40e6, 1e6].map(|bound| Case {
        id: format!("a::limit_{bound}"),
        ..case("p50", bound, 9e6)
    });
    let within = |in_all_s| {
        let effort = Effort {
            in_all_s,
            ..Effort::new(true)
        };
        let planned = plan(&cases, &BTreeMap::new(), effort);
        let slow = planned.passes.iter().flatten();
        let slow = slow.filter(|mutant| mutant.is_slow());
        let mut ids: Vec<String> = slow.map(|mutant| mutant.case.clone()).collect();
        ids.sort();
        let left = planned.unproved.into_iter().map(|((id, _), why)| (id, why));
        (ids, left.collect::<Vec<_>>())
    };
    let all = within(40.0);
    assert_eq!((all.0.len(), all.1.len()), (3, 0), "{all:?}");
    let (ids, left) = within(1.5);
    assert_eq!(ids, ["a::limit_1000000", "a::limit_10000000"]);
    let [(id, Unproved::LeftOut(why))] = &left[..] else {
        panic!("{left:?}");
    };
    assert!(
        id == "a::limit_40000000" && why.contains("1.5 s together"),
        "{why}"
    );
    assert_eq!(within(0.1).0, [""; 0]);
    // Of those that take as long, no more than fit.
    let cases: Vec<Case> = (0..10)
        .map(|at| Case {
            id: format!("a::{at}"),
            ..case("p50", 10e6, 9e6)
        })
        .collect();
    let planned = plan(
        &cases,
        &BTreeMap::new(),
        Effort {
            in_all_s: 3.0,
            ..Effort::new(true)
        },
    );
    assert!((3..9).contains(&planned.unproved.len()), "{planned:?}");
}

#[test]
fn a_family_grows_faster_than_its_limit_allows() {
    let run = fixture::quiet_run();
    let grows = run
        .cases
        .iter()
        .find(|case| case.id == "parser::sorts/1000");
    let grows = grows.expect("it grows");
    let mutant =
        of_limit(grows, &grows.limits[0], 11.0, Effort::new(false), &[]).expect("a family");
    let planted: Vec<(&str, u64)> = mutant
        .planted
        .iter()
        .map(|(id, mutation)| (&**id, mutation.amount))
        .collect();
    // n log n is broken by n cubed.
    assert_eq!(
        planted,
        [
            ("parser::sorts/100", 1_980),
            ("parser::sorts/1000", 1_980_000)
        ]
    );
}

#[test]
fn a_pass_has_one_mutation_a_case_and_few_passes_leave_some_out() {
    let cases = fixture::quiet_run().cases;
    let run = fixture::quiet_run();
    let all = plan(&cases, &plans(&run), Effort::new(false));
    let ids = |pass: &Vec<Mutant>| -> Vec<String> {
        let planted = pass.iter().flat_map(|mutant| &mutant.planted);
        planted.map(|(id, _)| id.clone()).collect()
    };
    for pass in &all.passes {
        let mut ids = ids(pass);
        ids.sort();
        let before = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), before, "{pass:?}");
    }
    let kinds = |passes: &Passes| -> BTreeSet<Effect> {
        let mutants = passes.passes.iter().flatten();
        mutants.map(|mutant| mutant.mutation.kind).collect()
    };
    assert!(kinds(&all).is_superset(&BTreeSet::from([
        Effect::Spin,
        Effect::Wait,
        Effect::Spike,
        Effect::Fail,
        Effect::Panic,
    ])));
    let few = Effort {
        passes: 2,
        ..Effort::new(true)
    };
    let few = plan(&cases, &plans(&run), few);
    assert_eq!(few.passes.len(), 2);
    assert!(kinds(&few).is_superset(&BTreeSet::from([Effect::Spin, Effect::Fail, Effect::Panic])));
    let left_out = few.unproved.values();
    let left_out = left_out.filter(|why| matches!(why, Unproved::LeftOut(_)));
    assert!(left_out.count() >= 2, "{:?}", few.unproved);
}

#[test]
fn a_limit_far_above_what_is_measured_is_known() {
    let headroom = |metric, bound, measured| headroom(&case(metric, bound, measured).limits[0]);
    assert_eq!(headroom("p99", 10e6, 2e6), Some(5.0));
    assert_eq!(headroom("throughput", 1e5, 5e6), Some(50.0));
    assert_eq!(headroom("allocs", 3.0, 0.0), Some(3.0));
    assert_eq!(headroom("retained", 20_000.0, 0.0), Some(20.0));
    assert_eq!(headroom("retained", 0.0, 0.0), None);
    assert_eq!(headroom("complexity", 3.0, 1.0), None);
}
