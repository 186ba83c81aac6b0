//! Scenes of suggestions.

use super::*;

fn attribute() -> Vec<Subject> {
    all(
        &[listed(
            "app::fast",
            &[ATTRIBUTE, ("allocs", "500", "attribute", "src/a.rs:3:28")],
        )],
        "",
    )
}

fn allocs(count: f64) -> Judged {
    judged("allocs", "500", count)
}

#[test]
fn the_worst_run_and_its_upper_end_decide() {
    let runs = [
        run(vec![case(
            "app::fast",
            vec![p99("10ms", 2.0e6, 2.4e6), allocs(412.0)],
        )]),
        run(vec![case(
            "app::fast",
            vec![p99("10ms", 2.1e6, 2.2e6), allocs(412.0)],
        )]),
    ];
    let found = suggests(
        &attribute(),
        &runs,
        &Policy::default(),
        &["p99 3.6ms, was 10ms", "allocs 412, was 500"],
    );
    assert_eq!(
        found.proposals[0].why,
        "at most 2.4 ms (2 ms to 2.1 ms in 2 runs of 400 calls or more), times 1.5"
    );
    assert_eq!(
        found.proposals[1].why,
        "412 in each of 2 runs of 100 calls or more"
    );
    assert!(found.nothing.is_empty() && found.stay.is_empty());
    let twice = Policy {
        headroom: Headroom(Some(2.0)),
        ..Policy::default()
    };
    suggests(
        &attribute(),
        &runs,
        &twice,
        &["p99 4.8ms, was 10ms", "allocs 412, was 500"],
    );
}

#[test]
fn a_limit_that_is_close_enough_stays_unless_it_is_broken() {
    let runs = |judged: Judged| [run(vec![case("app::fast", vec![judged, allocs(500.0)])])];
    let found = suggests(
        &attribute(),
        &runs(p99("10ms", 6.0e6, 6.4e6)),
        &Policy::default(),
        &[],
    );
    assert_eq!(
        lines(&found.stay),
        ["p99 9.6ms, was 10ms", "allocs 500, was 500"]
    );
    suggests(
        &attribute(),
        &runs(p99("10ms", 12.0e6, 14e6).broken()),
        &Policy::default(),
        &["p99 21ms, was 10ms"],
    );
}

#[test]
fn what_failed_was_not_judged_or_is_waived_gets_nothing_and_the_reason() {
    let found = suggests(
        &attribute(),
        &[
            run(vec![case("app::fast", vec![p99("10ms", 2e6, 2e6)])]),
            run(vec![failing("app::fast")]),
        ],
        &Policy::default(),
        &[],
    );
    says_nothing(
        &found,
        "",
        "it failed by itself (panic: index out of bounds), in run 2",
    );
    let one = |judged: Judged| {
        let runs = [run(vec![case("app::fast", vec![judged, allocs(412.0)])])];
        suggests(
            &attribute(),
            &runs,
            &Policy::default(),
            &["allocs 412, was 500"],
        )
    };
    let found = one(p99("10ms", 2e6, 2e6).waived("perf-budgets.toml:9:1"));
    says_nothing(&found, "p99", "waived until 2999-12-31 (#123)");
    let found = one(p99("10ms", 2e6, 2e6).is(Word::Undecided, "contaminated", "contaminated"));
    says_nothing(&found, "p99", "undecided: contaminated");
    let found = one(judged("p99", "10ms", 2e6).upper(30, None).is(
        Word::Undecided,
        "too_few_calls",
        "too few calls",
    ));
    says_nothing(&found, "p99", "the evidence of 30 calls gives no upper end");
    let found = one(p99("10ms", 2e6, 2e6).is(Word::Unmeasured, "off", "off"));
    says_nothing(&found, "p99", "its mode is off");
}

#[test]
fn a_limit_that_is_proved_and_no_more_stays_until_a_tighter_one_was_tried() {
    let policy = Policy::default();
    let proved = |limit: &str, at: f64| case("app::fast", vec![p99(limit, 2e6, at), allocs(500.0)]);
    let runs = [run(vec![proved("10ms", 10e6)])];
    let found = suggests(&attribute(), &runs, &policy, &[]);
    assert_eq!(found.stay.len(), 2, "{found:#?}");
    assert_eq!(
        drafted(&draft(&attribute(), &runs, &policy)),
        ["p99 3ms", "allocs 500"]
    );
    let tried = [
        run(vec![proved("10ms", 10e6)]),
        run(vec![proved("3ms", 3e6)]),
    ];
    suggests(&attribute(), &tried, &policy, &["p99 4.5ms, was 10ms"]);
    // So far above the calls it says nothing of them.
    let far = [run(vec![proved("1s", 1e9)])];
    let found = suggest(&attribute(), &far, &policy);
    says_nothing(&found, "p99", "gives no upper end");
}

#[test]
fn a_number_that_was_tried_and_did_not_pass_is_not_proposed() {
    let tried = p99("4ms", 2e6, 2.2e6).is(Word::Undecided, "not_reproduced", "not reproduced");
    let runs = [
        run(vec![case(
            "app::fast",
            vec![p99("10ms", 2e6, 2.2e6), allocs(500.0)],
        )]),
        run(vec![case("app::fast", vec![tried, allocs(500.0)])]),
    ];
    let found = suggests(&attribute(), &runs, &Policy::default(), &[]);
    says_nothing(
        &found,
        "p99",
        "a limit of 4 ms is undecided: not reproduced",
    );
}

#[test]
fn upper_ends_of_runs_under_a_draft_say_more_than_that_of_a_wide_limit() {
    let of = |limit: &str, upper: f64| {
        run(vec![case(
            "app::fast",
            vec![p99(limit, 2e6, upper), allocs(500.0)],
        )])
    };
    let runs = [of("10ms", 6e6), of("3ms", 2.4e6), of("3ms", 2.6e6)];
    suggests(
        &attribute(),
        &runs,
        &Policy::default(),
        &["p99 3.9ms, was 10ms"],
    );
}

#[test]
fn an_unfit_machine_times_nothing_but_counts() {
    let spoiled = || {
        unfit(case(
            "app::fast",
            vec![p99("10ms", 2e6, 2.4e6), allocs(412.0)],
        ))
    };
    let runs = [run(vec![spoiled()])];
    let found = suggests(
        &attribute(),
        &runs,
        &Policy::default(),
        &["allocs 412, was 500"],
    );
    says_nothing(
        &found,
        "p99",
        "unfit for measuring time (load 9.0 on 2 cores); --any-machine",
    );
    let anyway = Policy {
        any_machine: true,
        ..Policy::default()
    };
    suggests(
        &attribute(),
        &runs,
        &anyway,
        &["p99 3.6ms, was 10ms", "allocs 412, was 500"],
    );
    // A run on a fit machine is enough.
    let sound = case("app::fast", vec![p99("10ms", 1e6, 1.2e6), allocs(412.0)]);
    let found = suggests(
        &attribute(),
        &[run(vec![spoiled()]), run(vec![sound])],
        &Policy::default(),
        &["p99 1.8ms, was 10ms", "allocs 412, was 500"],
    );
    assert!(
        found.proposals[0]
            .why
            .contains("1 run left out (the machine")
    );
}

#[test]
fn a_number_of_one_case_changes_where_it_stands_and_a_shared_one_is_overridden() {
    let shared = ("p99", "10 ms", "budget", "/w/perf-budgets.toml:5:7");
    let own = ("p50", "9 ms", "budget", "/w/perf-budgets.toml:7:7");
    let of_profile = ("max", "1 s", "profile", "/w/perf-budgets.toml:9:7");
    let listed = [
        listed("app::fast", &[shared, own, of_profile]),
        listed("app::slow", &[shared]),
    ];
    let subjects = subjects(
        &listed,
        &[BudgetText {
            name: "perf-budgets.toml",
            text: FILE,
        }],
        |id| id == "app::fast",
    );
    assert_eq!(subjects[0].limits[0].others, ["app::slow"]);
    let fast = || {
        vec![
            p99("10ms", 2.0e6, 2.0e6),
            judged("p50", "9ms", 1.0e6).upper(400, 1.0e6),
            judged("max", "1s", 3.0e6),
            allocs(1.0),
            judged("mem", "1MB", 1.0),
            judged("retained", "1MB", 1.0),
        ]
    };
    let runs = [run(vec![case("app::fast", fast())])];
    let memory = ["allocs 1", "mem 1B", "retained 1B"];
    let expected = [
        &["p99 3ms, was 10ms", "p50 1.3ms at 7:7, was 9ms"],
        &memory[..],
    ]
    .concat();
    let found = suggests(&subjects, &runs, &Policy::default(), &expected);
    says_nothing(
        &found,
        "max",
        "the profile `ci` sets it at perf-budgets.toml:9:7; --profile ci",
    );
    // The profile hides whom the number of the file holds for besides.
    let hidden = [run(vec![with_profile(case("app::fast", fast()))])];
    let found = suggest(&subjects, &hidden, &Policy::default());
    assert!(
        lines(&found.proposals).contains(&"p50 1.3ms, was 9ms".to_owned()),
        "{found:#?}"
    );
    let runs = hidden;
    let policy = Policy {
        profile: Some("ci".to_owned()),
        ..Policy::default()
    };
    suggests(
        &subjects,
        &runs,
        &policy,
        &[
            "p99 3ms in ci, was 10ms",
            "p50 1.3ms in ci, was 9ms",
            "max 4.5ms at 9:7, was 1s",
            "allocs 1 in ci",
            "mem 1B in ci",
            "retained 1B in ci",
        ],
    );
}

#[test]
fn what_was_broken_too_soon_is_drafted_wider() {
    let runs = [run(vec![case(
        "app::fast",
        vec![
            judged("p99", "10ms", 20e6).upper(4, None).broken(),
            allocs(412.0),
        ],
    )])];
    assert_eq!(
        drafted(&draft(&attribute(), &runs, &Policy::default())),
        ["p99 60ms", "allocs 412"]
    );
    assert_eq!(
        drafted(&draft(&attribute(), &[], &Policy::default())),
        [""; 0]
    );
}

#[test]
fn the_source_is_told_what_the_file_cannot_hold() {
    for (name, value, expected) in [
        ("span_p99 render", "2ms", "span(\"render\", p99 = \"2ms\")"),
        (
            "span_mean render",
            "2ms",
            "span(\"render\", mean = \"2ms\")",
        ),
        (
            "events sqlx::query",
            "5",
            "events(\"sqlx::query\", max = 5)",
        ),
        ("meter_min free", "5", "meter(\"free\", min = 5)"),
        (
            "ratio naive::parse",
            "0.5x",
            "ratio = \"0.5x naive::parse\"",
        ),
        ("mem", "5MB", "mem = \"5MB\""),
        ("allocs", "412", "allocs = 412"),
    ] {
        let (key, of) = name
            .split_once(' ')
            .map_or((name, None), |(key, of)| (key, Some(of)));
        let metric = Metric::from_key(key).expect(key);
        let value = perf_grammar::parse(metric.unit(), value).expect(value);
        let value = Written::exactly(metric.unit(), value);
        assert_eq!(words::in_attribute(metric, of, &value), expected);
    }
}
