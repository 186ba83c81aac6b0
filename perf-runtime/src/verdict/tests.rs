//! Rows from evidence to verdicts.

use perf_grammar::Date;

use super::*;
use crate::engine::{Decision, TimeJudgement};
use crate::judge::Undecided;
use crate::judge::evidence::Evidence;
use crate::judge::histogram::Histogram;
use crate::model::figure::PerCall;
use crate::model::plan::{Expired, Waiver};
use crate::model::unmeasured::Cause;
use crate::verdict::messages::fixtures::{evidence, limit, plan, summary};

fn outcome() -> CaseOutcome {
    CaseOutcome {
        summary: Some(summary()),
        histogram: Histogram::default(),
        timeline: crate::judge::timeline::Timeline::default(),
        judgements: Vec::new(),
        failure: None,
        first: Some(PerCall(14e6)),
        typical_ns: None,
        warmup_calls: 20,
        preempted: 0,
        blocked: 0,
        dropped: 0,
        waiting_ns: 0,
        others_ns: 0,
        calls_ns: 1,
        rounds: 24,
        notes: Vec::new(),
    }
}

fn waived(mut limit: Limit) -> Limit {
    let until = Date {
        year: 2026,
        month: 12,
        day: 31,
    };
    limit.waiver = Some(Waiver {
        reason: "#123".to_owned(),
        owner: None,
        until,
        place: "perf-budgets.toml:24:1".to_owned(),
    });
    limit
}

fn in_mode(mode: Mode, mut limit: Limit) -> Limit {
    limit.mode = mode;
    limit
}

fn build(unoptimised: bool) -> Build {
    Build {
        opt_level: Some(if unoptimised { "0" } else { "3" }),
        debug_assertions: unoptimised,
    }
}

fn timed(limit: &Limit, decision: Decision, unoptimised: bool) -> Judgement {
    let judged = TimeJudgement {
        metric: limit.metric,
        decision,
        evidence: evidence(12.4e6),
        confirmation: None,
    };
    let (plan, outcome) = (plan(), outcome());
    let facts = Facts {
        plan: &plan,
        outcome: &outcome,
        build: build(unoptimised),
        message: Some("ask the parser team"),
        blind: None,
        no_process: None,
    };
    judge_time(limit, &judged, &facts)
}

fn exact(limit: &Limit, value: Result<f64, Unmeasured>, unoptimised: bool) -> Judgement {
    let (plan, outcome) = (plan(), outcome());
    let facts = Facts {
        plan: &plan,
        outcome: &outcome,
        build: build(unoptimised),
        message: Some("ask the parser team"),
        blind: None,
        no_process: None,
    };
    let observed = value.map(|value| Observed::of(value, Vec::new()));
    judge_observed(limit, observed, &facts)
}

fn p99() -> Limit {
    limit("p99", 10_000_000)
}

fn mem() -> Limit {
    limit("mem", 50_000_000)
}

#[track_caller]
fn check(judgement: &Judgement, verdict: Verdict, fails: bool) {
    assert_eq!(
        (judgement.verdict, judgement.fails()),
        (verdict, fails),
        "{judgement:#?}"
    );
}

#[test]
fn a_broken_time_limit_is_what_its_waiver_mode_and_build_make_it() {
    let broken = |limit: &Limit, unoptimised| timed(limit, Decision::Broken, unoptimised);
    check(&broken(&p99(), false), Verdict::Fail, true);
    check(
        &broken(&in_mode(Mode::Soft, p99()), false),
        Verdict::Warn,
        false,
    );
    check(&broken(&waived(p99()), false), Verdict::Waived, false);
    check(
        &broken(&waived(in_mode(Mode::Soft, p99())), false),
        Verdict::Waived,
        false,
    );
    check(&broken(&p99(), true), Verdict::Warn, false);
    assert!(broken(&p99(), true).spared);
    assert!(
        !broken(&in_mode(Mode::Soft, p99()), true).spared,
        "it would only warn anyway"
    );
}

#[test]
fn what_counts_of_a_build_is_its_optimisation_level() {
    let unoptimised = |opt_level, debug_assertions| {
        let build = Build {
            opt_level,
            debug_assertions,
        };
        build.is_unoptimised()
    };
    for level in ["1", "2", "3", "s", "z"] {
        assert!(!unoptimised(Some(level), true), "{level}");
    }
    assert!(unoptimised(Some("0"), false) && unoptimised(Some("0"), true));
    assert!(unoptimised(None, true) && !unoptimised(None, false));
    let judged = TimeJudgement {
        metric: p99().metric,
        decision: Decision::Broken,
        evidence: evidence(12.4e6),
        confirmation: None,
    };
    let (plan, outcome) = (plan(), outcome());
    let facts = Facts {
        plan: &plan,
        outcome: &outcome,
        build: Build {
            opt_level: Some("3"),
            debug_assertions: true,
        },
        message: None,
        blind: None,
        no_process: None,
    };
    let judgement = judge_time(&p99(), &judged, &facts);
    check(&judgement, Verdict::Fail, true);
    assert!(
        judgement
            .details
            .iter()
            .any(|line| line.contains("debug assertions (opt-level = 3)")),
        "{judgement:#?}"
    );
}

#[test]
fn what_is_counted_is_enforced_in_every_build() {
    check(&exact(&mem(), Ok(60e6), false), Verdict::Fail, true);
    check(&exact(&mem(), Ok(60e6), true), Verdict::Fail, true);
    check(
        &exact(&in_mode(Mode::Soft, mem()), Ok(60e6), true),
        Verdict::Warn,
        false,
    );
    check(
        &exact(&waived(mem()), Ok(60e6), true),
        Verdict::Waived,
        false,
    );
    check(&exact(&mem(), Ok(50e6), false), Verdict::Pass, false);
    check(
        &exact(&limit("retained", 0), Ok(-8.0), false),
        Verdict::Pass,
        false,
    );
    check(
        &exact(&limit("allocs", 0), Ok(1.0), false),
        Verdict::Fail,
        true,
    );
}

#[test]
fn without_a_value_a_hard_limit_fails_and_none_passes() {
    let missing = |limit: &Limit| exact(limit, Err(Cause::no_allocator().into()), false);
    check(&missing(&mem()), Verdict::Unmeasured, true);
    check(
        &missing(&in_mode(Mode::Soft, mem())),
        Verdict::Unmeasured,
        false,
    );
    check(
        &missing(&in_mode(Mode::Off, mem())),
        Verdict::Unmeasured,
        false,
    );
    assert_eq!(
        missing(&mem()).reason,
        Some(Reason::NoValue(Cause::no_allocator().into()))
    );
    check(
        &timed(
            &p99(),
            Decision::Unreachable {
                reach: PerCall(480.0),
            },
            false,
        ),
        Verdict::Unmeasured,
        true,
    );
    check(
        &timed(&p99(), Decision::Undecided(Undecided::Failed), false),
        Verdict::Unmeasured,
        true,
    );
}

#[test]
fn what_is_off_is_measured_and_never_green() {
    let off = timed(&in_mode(Mode::Off, p99()), Decision::NotJudged, false);
    check(&off, Verdict::Unmeasured, false);
    assert_eq!(
        (off.reason, off.measured),
        (Some(Reason::Off), Some(PerItem(12.4e6)))
    );
    check(
        &exact(&in_mode(Mode::Off, mem()), Ok(60e6), false),
        Verdict::Unmeasured,
        false,
    );
}

#[test]
fn undecided_does_not_fail_and_a_candidate_is_no_verdict_yet() {
    let open = timed(&p99(), Decision::Undecided(Undecided::Boundary), false);
    check(&open, Verdict::Undecided, false);
    assert_eq!(open.reason, Some(Reason::Undecided(Undecided::Boundary)));
    let candidate = timed(&in_mode(Mode::Soft, p99()), Decision::Candidate, false);
    assert!(candidate.candidate);
    assert_eq!(
        candidate.verdict,
        Verdict::Warn,
        "what it is if it is confirmed"
    );
    check(&timed(&p99(), Decision::Holds, false), Verdict::Pass, false);
}

#[test]
fn undecided_fails_where_the_file_says_so_and_the_build_is_optimised() {
    use perf_grammar::WhenUndecided;
    for (undecided, fails) in [
        (WhenUndecided::Pass, false),
        (WhenUndecided::Warn, false),
        (WhenUndecided::Fail, true),
    ] {
        let limit = Limit { undecided, ..p99() };
        let judged = |unoptimised| {
            let mut judgement = timed(
                &limit,
                Decision::Undecided(Undecided::Boundary),
                unoptimised,
            );
            judgement.set_build(unoptimised);
            judgement
        };
        check(&judged(false), Verdict::Undecided, fails);
        check(&judged(true), Verdict::Undecided, false);
    }
}

#[test]
fn a_judgement_carries_its_share_its_sentence_and_what_policy_said() {
    let mut ended = p99();
    ended.expired = waived(p99()).waiver.map(Expired);
    let judgement = timed(&ended, Decision::Broken, false);
    assert_eq!(judgement.share, Some(1.24));
    assert_eq!(
        judgement.sentence,
        "p99 12.4 ms is over its budget of 10 ms by 24 %"
    );
    let last: Vec<&str> = judgement
        .details
        .iter()
        .rev()
        .take(2)
        .map(|line| &**line)
        .collect();
    assert_eq!(
        last,
        [
            "the waiver at perf-budgets.toml:24:1 ended on 2026-12-31 (#123); the limit counts again",
            "ask the parser team"
        ]
    );
    let throughput = timed(&limit("throughput", 100_000), Decision::Broken, false);
    assert_eq!(
        throughput.measured.map(|value| value.0.round()),
        Some(80_645.0),
        "one call in 12.4 ms"
    );
    assert_eq!(
        throughput.share.map(|share| (share * 100.0).round()),
        Some(124.0)
    );
    assert_eq!(exact(&limit("allocs", 0), Ok(3.0), false).share, None);
    let first = timed(&limit("first", 20_000_000), Decision::Holds, false);
    assert_eq!(
        first.measured,
        Some(PerItem(12.4e6)),
        "the median of first calls"
    );
}

#[test]
fn a_first_call_without_a_process_is_unmeasured_and_one_without_time_undecided() {
    let limit = limit("first", 20_000_000);
    let judge = |no_process| {
        let judged = TimeJudgement {
            metric: limit.metric,
            decision: Decision::Undecided(Undecided::TooFewCalls),
            evidence: Evidence::none(),
            confirmation: None,
        };
        let (plan, outcome) = (plan(), outcome());
        let facts = Facts {
            plan: &plan,
            outcome: &outcome,
            build: build(false),
            message: None,
            blind: None,
            no_process,
        };
        judge_time(&limit, &judged, &facts)
    };
    let no_process = Cause::not_started("no memory").into();
    let alone = judge(Some(&no_process));
    check(&alone, Verdict::Unmeasured, true);
    assert!(alone.sentence.contains("no memory"), "{}", alone.sentence);
    let late = judge(None);
    check(&late, Verdict::Undecided, false);
    assert_eq!(
        late.sentence,
        "first <= 20 ms: not disproved, and no time was left to start a process for it"
    );
    assert_eq!(late.measured, Some(PerItem(14e6)), "the first call here");
}

#[test]
fn the_confirmation_is_told_beside_the_breach() {
    let judged = TimeJudgement {
        metric: p99().metric,
        decision: Decision::Broken,
        evidence: evidence(12.4e6),
        confirmation: Some((true, evidence(12.3e6))),
    };
    let (plan, outcome) = (plan(), outcome());
    let facts = Facts {
        plan: &plan,
        outcome: &outcome,
        build: build(false),
        message: None,
        blind: None,
        no_process: None,
    };
    let judgement = judge_time(&p99(), &judged, &facts);
    assert_eq!(
        judgement.details[1],
        "measured again from scratch: p99 12.3 ms from 1,200 calls, broken again"
    );
    assert_eq!(
        judgement
            .confirmation
            .map(|(evidence, broken)| (evidence.calls, broken)),
        Some((1_200, true))
    );
}

#[test]
fn a_case_is_its_worst_limit() {
    let judgements = |verdicts: &[Verdict]| -> Vec<Judgement> {
        verdicts
            .iter()
            .map(|verdict| Judgement {
                verdict: *verdict,
                ..Judgement::new(&p99(), None)
            })
            .collect()
    };
    use Verdict::{Fail, Pass, Undecided, Unmeasured, Waived, Warn};
    let order = [Pass, Waived, Warn, Undecided, Unmeasured, Fail];
    for pair in order.windows(2) {
        assert_eq!(worst(&judgements(pair)), pair[1]);
        assert_eq!(worst(&judgements(&[pair[1], pair[0]])), pair[1]);
    }
    assert_eq!(worst(&[]), Pass);
}
