//! Scenes of cases that get their first numbers.

use super::*;

const WIDE: [&str; 7] = [
    "p50 3600s",
    "p99 3600s",
    "allocs 3_600_000_000_000",
    "mem 3600GB",
    "retained 3600GB",
    "mean 3600s",
    "p90 3600s",
];

fn undeclared() -> Vec<Subject> {
    all(
        &[listed(
            "app::new",
            &[("events x", "5", "attribute", "src/a.rs:3:15")],
        )],
        "",
    )
}

/// What a run under the wide draft sees.
fn first_look(p99: Judged, p90: Judged) -> Record {
    case(
        "app::new",
        vec![
            judged("events x", "5", 3.0),
            judged("p50", "3600s", 1.0e6).upper(400, 1.1e6),
            p99,
            p90,
            judged("mean", "3600s", 1.0e6),
            judged("allocs", "3_600_000_000_000", 7.0),
            judged("mem", "3600GB", 2_097_152.0),
            judged("retained", "3600GB", 0.0),
        ],
    )
}

#[test]
fn who_declares_nothing_is_looked_at_under_limits_that_nothing_breaks() {
    let subjects = undeclared();
    let policy = Policy::default();
    assert_eq!(drafted(&draft(&subjects, &[], &policy)), WIDE);
    let p99 = judged("p99", "3600s", 1.8e6).upper(400, 2.0e6);
    let p90 = judged("p90", "3600s", 1.5e6).upper(400, 1.6e6);
    let runs = [run(vec![first_look(p99, p90)])];
    suggests(
        &subjects,
        &runs,
        &policy,
        &[
            "events x 3, was 5",
            "p50 1.5ms",
            "p99 3ms",
            "allocs 7",
            "mem 2.1MB",
            "retained 0B",
        ],
    );
    assert_eq!(
        drafted(&draft(&subjects, &runs, &policy)),
        [
            "events.x.max 3",
            "p50 1.3ms",
            "p99 2.7ms",
            "allocs 7",
            "mem 2.1MB",
            "retained 0B"
        ]
    );
}

#[test]
fn after_a_run_on_an_unfit_machine_the_next_one_looks_again() {
    let p99 = || judged("p99", "3600s", 1.8e6).upper(400, 2.0e6);
    let p90 = || judged("p90", "3600s", 1.5e6).upper(400, 1.6e6);
    let subjects = undeclared();
    let policy = Policy::default();
    let busy = [run(vec![unfit(first_look(p99(), p90()))])];
    let again = drafted(&draft(&subjects, &busy, &policy));
    assert_eq!(
        again,
        [
            "events.x.max 3",
            "p50 3600s",
            "p99 3600s",
            "allocs 7",
            "mem 2.1MB",
            "retained 0B",
            "mean 3600s",
            "p90 3600s"
        ]
    );
    let [busy] = busy;
    let calm = run(vec![first_look(p99(), p90())]);
    let next = drafted(&draft(&subjects, &[busy, calm], &policy));
    assert_eq!(next[1..3], ["p50 1.3ms", "p99 2.7ms"]);
}

#[test]
fn few_calls_get_a_lower_tail_or_none() {
    let few = |key: &str| {
        judged(key, "3600s", 1.8e6).upper(80, None).is(
            Word::Undecided,
            "too_few_calls",
            "too few calls",
        )
    };
    let p90 = judged("p90", "3600s", 1.5e6).upper(80, 1.6e6);
    let runs = [run(vec![first_look(few("p99"), p90)])];
    let only_times = |found: Suggestions| {
        let times = found
            .proposals
            .iter()
            .filter(|one| one.metric.unit() == perf_grammar::Unit::Duration);
        (times.map(line).collect::<Vec<_>>(), found)
    };
    let (times, found) = only_times(suggest(&undeclared(), &runs, &Policy::default()));
    assert_eq!(times, ["p50 1.5ms", "p90 2.4ms"]);
    says_nothing(&found, "p99", "too few to prove it (80 calls); p90");
    let runs = [run(vec![first_look(few("p99"), few("p90"))])];
    let (times, found) = only_times(suggest(&undeclared(), &runs, &Policy::default()));
    assert_eq!(times, ["p50 1.5ms"]);
    says_nothing(&found, "p90, p99", "too few calls for a tail (80 calls)");
}

#[test]
fn below_the_reach_of_the_clock_the_mean_is_proposed() {
    let quick = case(
        "app::new",
        vec![
            judged("p50", "3600s", 43.0).upper(4000, 44.0),
            judged("p99", "3600s", 60.0).upper(4000, 80.0),
            judged("p90", "3600s", 50.0).upper(4000, 60.0),
            judged("mean", "3600s", 43.0),
            judged("allocs", "3_600_000_000_000", 0.0).is(
                Word::Unmeasured,
                "no_value",
                "no allocator counts in this program",
            ),
        ],
    );
    let found = suggests(
        &all(&[listed("app::new", &[])], ""),
        &[run(vec![quick])],
        &Policy::default(),
        &["mean 65ns"],
    );
    says_nothing(
        &found,
        "p50, p99",
        "a call takes about 43 ns, which the clock cannot tell apart",
    );
    says_nothing(&found, "memory", "no allocator counts");
}

#[test]
fn only_these_means_these_and_for_every_case() {
    let policy = Policy {
        only: vec![
            Metric::from_key("mem").expect("a key"),
            Metric::from_key("max").expect("a key"),
        ],
        ..Policy::default()
    };
    let (app, web) = (
        listed("app::fast", &[ATTRIBUTE]),
        listed(
            "web::page",
            &[("mem", "5 MB", "attribute", "src/a.rs:3:15")],
        ),
    );
    let subjects = all(&[app, web], "");
    assert_eq!(
        drafted(&draft(&subjects, &[], &policy)),
        ["mem 3600GB", "max 3600s", "max 3600s"]
    );
    let seen = |id: &str| {
        case(
            id,
            vec![judged("mem", "5MB", 1e6), judged("max", "3600s", 2e6)],
        )
    };
    let runs = [run(vec![seen("app::fast"), seen("web::page")])];
    suggests(
        &subjects,
        &runs,
        &policy,
        &["mem 1MB", "max 3ms", "mem 1MB, was 5MB", "max 3ms"],
    );
}
