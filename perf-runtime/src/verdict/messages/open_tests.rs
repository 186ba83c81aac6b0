//! Golden sentences of limits that are undecided or were not measured.

use perf_grammar::Quantile;

use super::fixtures::{evidence, limit, lines, plan, summary, timed};
use super::*;
use crate::judge::Undecided;
use crate::model::figure::{PerCall, PerItem};
use crate::model::unmeasured::Cause;

/// The example of STATISTICS: 30 calls of 200 ms, none above 250 ms.
fn slow() -> (Evidence, Summary) {
    let quantile = |percent: u32| Some(Quantile::from_millionths(percent * 10_000));
    let found = Evidence {
        calls: 30,
        slots: 30,
        rounds: 30,
        needed_calls: Some(339),
        proves: Some((quantile(90), quantile(79))),
        ..evidence(210e6)
    };
    (
        found,
        Summary {
            mean: PerCall(200e6),
            ..summary()
        },
    )
}

#[test]
fn too_few_calls_say_what_they_prove_and_what_would_decide() {
    let (found, summary) = slow();
    let p99 = limit("p99", 250_000_000);
    let (plan, strict) = (
        plan(),
        Plan {
            false_pass: 0.001,
            ..plan()
        },
    );
    let case = timed(&p99, &plan, &found, &summary);
    assert_eq!(
        open(&case, Undecided::TooFewCalls),
        "p99 <= 250 ms: not disproved, 0 of 30 calls above the limit"
    );
    lines(
        &what_would_decide(&case, Undecided::TooFewCalls)[..3],
        &[
            "30 calls prove at most p79 <= 250 ms (99.9 %), p90 (95 %). A p99 claim needs 339 calls = 67.8 s at 200 ms.",
            "choose: a p75 budget, max_time = \"85s\", or a smaller input",
            "budget at src/parser.rs:42",
        ],
    );
    let found = Evidence {
        needed_calls: Some(745),
        ..found
    };
    let case = timed(&p99, &strict, &found, &summary);
    lines(
        &what_would_decide(&case, Undecided::TooFewCalls)[1..2],
        &[
            "choose: a p75 budget, max_time = \"187s\", false_pass = 0.05 (339 calls), or a smaller input",
        ],
    );
}

#[test]
fn the_time_to_choose_is_that_of_a_run_and_not_of_its_calls_alone() {
    // Ten users, who wait for each other between their rounds: 30 calls in 3 s.
    let (found, summary) = slow();
    let plan = Plan {
        threads: 10,
        ..plan()
    };
    let p99 = limit("p99", 250_000_000);
    let case = timed(&p99, &plan, &found, &summary);
    lines(
        &what_would_decide(&case, Undecided::TooFewCalls)[..2],
        &[
            "30 calls prove at most p79 <= 250 ms (99.9 %), p90 (95 %). A p99 claim needs 339 calls = 6.78 s at 200 ms, 10 at a time.",
            "choose: a p75 budget, max_time = \"34s\", or a smaller input",
        ],
    );
}

#[test]
fn what_is_undecided_says_why_and_what_to_choose() {
    let (plan, summary) = (plan(), summary());
    let p99 = limit("p99", 10_000_000);
    let found = Evidence {
        above: 14,
        lower: Some(PerCall(9.7e6)),
        upper: Some(PerCall(10.4e6)),
        ..evidence(9.9e6)
    };
    let row = |limit: &Limit, found: &Evidence, why, sentence: &str, details: &[&str]| {
        let case = timed(limit, &plan, found, &summary);
        assert_eq!(open(&case, why), sentence);
        lines(&what_would_decide(&case, why)[..details.len()], details);
    };
    row(
        &p99,
        &found,
        Undecided::Boundary,
        "p99 9.9 ms is too near its budget of 10 ms to tell",
        &[
            "p99 lies between 9.7 ms and 10.4 ms, from 1,200 calls",
            "choose: a budget with headroom (1.5 times the usual value for a tail), or a longer max_time than 3 s",
        ],
    );
    row(
        &p99,
        &evidence(12.4e6),
        Undecided::NotReproduced,
        "p99 12.4 ms was over its budget of 10 ms by 24 %, and was not when measured again",
        &[
            "a breach counts only if it is found twice; this one was chance, or the machine in a bad moment",
        ],
    );
    row(
        &p99,
        &found,
        Undecided::Contaminated,
        "p99 <= 10 ms: the machine was too busy to tell",
        &[
            "42 % of the time in calls was spent waiting for a processor, and 3 calls were left out",
            "choose: a quieter machine, fewer programs beside it, or clock = \"cpu\" where the call waits for nothing",
        ],
    );
    row(
        &limit("max", 20_000_000),
        &Evidence {
            above: 3,
            ..evidence(31e6)
        },
        Undecided::SingleRound,
        "max 31 ms is over its budget of 20 ms by 55 %, but 3 of 1,200 calls above it came in one burst",
        &[
            "one burst can be the machine: a maximum is broken when calls of two rounds are above it",
        ],
    );
    row(
        &limit("throughput", 1_000_000),
        &Evidence {
            calls: 4,
            ..evidence(0.9e6)
        },
        Undecided::TooFewCalls,
        "throughput >= 1,000/s: not disproved, 4 calls are too few to tell",
        &[
            "choose: max_time = \"12s\", or a smaller input",
            "floor at src/parser.rs:42",
        ],
    );
    row(
        &limit("span_mean", 1_000_000),
        &Evidence {
            calls: 4,
            ..evidence(0.9e6)
        },
        Undecided::TooFewCalls,
        "span_mean <= 1 ms: not disproved, 4 spans are too few to tell",
        &[
            "choose: max_time = \"12s\", or a smaller input",
            "budget at src/parser.rs:42",
        ],
    );
}

#[test]
fn what_the_deadline_ended_says_what_pointed_to_broken_and_what_would_prove_it() {
    let (plan, summary) = (
        plan(),
        Summary {
            mean: PerCall(12e9),
            ..summary()
        },
    );
    let ended = Undecided::Deadline { ns: 72_000_000_000 };
    #[track_caller]
    fn row(timed: &Timed<'_>, why: Undecided, sentence: &str, details: &[&str]) {
        assert_eq!(open(timed, why), sentence);
        lines(&what_would_decide(timed, why)[..details.len()], details);
    }
    let found = Evidence {
        calls: 5,
        above: 5,
        rounds: 5,
        slots: 5,
        breaking_calls: Some(12),
        ..evidence(12e9)
    };
    let p50 = limit("p50", 1_000_000_000);
    row(
        &timed(&p50, &plan, &found, &summary),
        ended,
        "p50 <= 1 s: the deadline of 72 s ended it while 5 of 5 calls were above the limit",
        &[
            "what was seen points to broken, and is too little to call it that; a longer `max_time` or PERF_DEADLINE moves the deadline",
            "12 calls like these would prove it broken = 144 s at 12 s",
            "choose: max_time = \"30s\", a p99 limit, which fewer calls break, or a smaller input",
            "budget at src/parser.rs:42",
        ],
    );
    let one = Evidence {
        calls: 1,
        above: 1,
        ..found.clone()
    };
    let max = limit("max", 1_000_000_000);
    row(
        &timed(
            &max,
            &plan,
            &Evidence {
                breaking_calls: None,
                ..one
            },
            &summary,
        ),
        ended,
        "max <= 1 s: the deadline of 72 s ended it while 1 of 1 call was above the limit",
        &[
            "what was seen points to broken, and is too little to call it that; a longer `max_time` or PERF_DEADLINE moves the deadline",
            "choose: a smaller input",
        ],
    );
    let mean = limit("mean", 6_000_000_000);
    row(
        &timed(&mean, &plan, &Evidence { above: 0, ..found }, &summary),
        ended,
        "mean <= 6 s: the deadline of 72 s ended it while 5 calls came to 12 s",
        &[],
    );
}

#[test]
fn one_call_is_one_call_and_none_is_none() {
    let (plan, summary) = (plan(), summary());
    let p99 = limit("p99", 10_000_000);
    let none = Evidence {
        calls: 0,
        rounds: 0,
        slots: 0,
        ..evidence(9e6)
    };
    assert_eq!(
        open(&timed(&p99, &plan, &none, &summary), Undecided::TooFewCalls),
        "p99 <= 10 ms: not disproved, the first call left no time for one to be judged"
    );
    let one = Evidence { calls: 1, ..none };
    assert_eq!(
        open(&timed(&p99, &plan, &one, &summary), Undecided::TooFewCalls),
        "p99 <= 10 ms: not disproved, 0 of 1 call above the limit"
    );
}

#[test]
fn what_was_not_measured_says_what_to_do() {
    let (sentence, details) = unmeasured(&limit("mem", 50_000_000), &Cause::no_allocator().into());
    assert_eq!(
        sentence,
        "mem was not measured: no counting allocator is installed"
    );
    assert!(
        details[0]
            .starts_with("add `#[global_allocator] static ALLOC: perf_runtime::CountingAllocator"),
        "{details:?}"
    );
    assert!(
        details[1].contains("perf_runtime::CountingAllocator::new(yours)"),
        "{details:?}"
    );
    assert_eq!(details.last().unwrap(), "budget at src/parser.rs:42");
    let (sentence, details) = out_of_reach(&limit("p99", 200), PerItem(480.0));
    assert_eq!(
        sentence,
        "p99 <= 200 ns: a single call shorter than about 480 ns cannot be timed on this machine"
    );
    assert_eq!(
        details[0],
        "choose: `mean = \"200ns\"` or a `throughput`, which time many calls at once"
    );
    assert_eq!(
        not_judged(&limit("p99", 10), Some(PerItem(9.1e6))),
        "p99 9.1 ms, not judged: mode is off"
    );
    assert_eq!(
        not_judged(&limit("mem", 10), None),
        "mem was not measured and is not judged: mode is off"
    );
}

#[test]
fn the_time_of_more_calls_is_that_of_their_starts_or_of_all_users() {
    #[track_caller]
    fn check(rate: Option<u64>, threads: u64, expected: &str) {
        let (found, summary) = slow();
        let plan = Plan {
            rate,
            threads,
            ..plan()
        };
        let p99 = limit("p99", 250_000_000);
        let case = timed(&p99, &plan, &found, &summary);
        let lines = what_would_decide(&case, Undecided::TooFewCalls);
        assert!(lines[0].ends_with(expected), "{}", lines[0]);
    }
    check(None, 1, "needs 339 calls = 67.8 s at 200 ms.");
    check(
        None,
        10,
        "needs 339 calls = 6.78 s at 200 ms, 10 at a time.",
    );
    // However long a call takes, the next begins when the clock says so.
    check(Some(50_000), 10, "needs 339 calls = 6.78 s at 50/s.");
}

#[test]
fn what_is_no_call_shows_its_own_times() {
    let (plan, summary) = (plan(), summary());
    let mut span = limit("span_p99", 2_000_000);
    span.of = Some("render".to_owned());
    let found = Evidence {
        above: 3,
        spread: vec![
            ("min", PerCall(1e6)),
            ("p99", PerCall(1.9e6)),
            ("max", PerCall(4e6)),
        ],
        ..evidence(1.9e6)
    };
    let case = timed(&span, &plan, &found, &summary);
    let lines = what_would_decide(&case, Undecided::Boundary);
    assert_eq!(lines[0], "from 1,200 spans in 24 rounds");
    assert_eq!(
        lines.last().map(String::as_str),
        Some("all spans: min 1 ms  p99 1.9 ms  max 4 ms")
    );
    let first = limit("first", 20_000_000);
    let found = Evidence {
        calls: 3,
        above: 1,
        needed_calls: Some(8),
        ..evidence(18e6)
    };
    let case = timed(&first, &plan, &found, &summary);
    assert_eq!(
        open(&case, Undecided::TooFewCalls),
        "first <= 20 ms: 1 of 3 first calls above the limit, too few calls to tell"
    );
    let lines = what_would_decide(&case, Undecided::TooFewCalls);
    assert_eq!(lines[0], "A first claim needs 8 first calls.");
    let share = limit("errors", 200_000);
    let case = timed(&share, &plan, &found, &summary);
    let lines = what_would_decide(&case, Undecided::Boundary);
    assert!(
        lines.iter().all(|line| !line.contains("quantiles")),
        "{lines:?}"
    );
}
