//! What becomes of records, confirmations, deaths and gaps.

use perf_grammar::Phase;

use super::*;
use crate::analysis::fixture;
use crate::model::protocol::ListedLimit;
use crate::model::record::Reason;

fn filed(record: Record) -> Filed {
    Filed {
        file: format!("{}.{:?}.json", record.case.id, record.phase),
        record: Box::new(record),
        changed: false,
    }
}

fn candidate() -> Record {
    let mut record = fixture::record("parser::big", 0.0);
    record.phase = Phase::First;
    record.outcome = Word::Candidate;
    record.limits[0].verdict = Word::Candidate;
    record.limits[0].if_confirmed = Some(Word::Fail);
    record.limits[0].reason = Some(Reason {
        kind: "not_confirmed_yet".to_owned(),
        text: "not confirmed yet".to_owned(),
    });
    record
}

fn again(verdict: Word, sentence: &str) -> Record {
    let mut record = fixture::record("parser::big", 0.0);
    record.phase = Phase::Confirm;
    record.limits.truncate(1);
    record.limits[0].verdict = verdict;
    record.limits[0].sentence = sentence.to_owned();
    record
}

fn only(joined: &Joined) -> &Record {
    assert_eq!((joined.records.len(), &*joined.problems), (1, &[][..]));
    &joined.records[0].record
}

#[test]
fn a_breach_that_a_fresh_process_finds_again_counts() {
    let joined = join(vec![
        filed(candidate()),
        filed(again(Word::Fail, "p99 12.1 ms is over")),
    ]);
    let record = only(&joined);
    assert_eq!((record.phase, record.outcome), (Phase::Whole, Word::Fail));
    assert_eq!(
        (record.limits[0].verdict, record.limits[0].if_confirmed),
        (Word::Fail, None)
    );
    assert_eq!(record.limits[0].reason, None);
    assert!(
        record.limits[0]
            .details
            .iter()
            .any(|line| line.contains("p99 12.1 ms is over"))
    );
    assert!(
        record.limits[0]
            .confirmation
            .as_ref()
            .is_some_and(|found| found.broken)
    );
    assert!(joined.records[0].changed);
}

#[test]
fn a_breach_counts_as_what_the_candidate_says() {
    for word in [Word::Warn, Word::Waived, Word::Fail] {
        let mut first = candidate();
        first.limits[0].if_confirmed = Some(word);
        let joined = join(vec![filed(first), filed(again(Word::Warn, "again"))]);
        assert_eq!(only(&joined).limits[0].verdict, word);
    }
}

#[test]
fn a_breach_that_is_not_found_again_is_undecided_and_both_sentences_are_told() {
    for word in [Word::Pass, Word::Undecided, Word::Unmeasured] {
        let joined = join(vec![
            filed(candidate()),
            filed(again(word, "p99 9 ms is within")),
        ]);
        let limit = &only(&joined).limits[0];
        assert_eq!(limit.verdict, Word::Undecided);
        assert_eq!(
            limit.reason.as_ref().map(|reason| &*reason.kind),
            Some("not_reproduced")
        );
        assert!(
            limit.details[0].contains("p99 12.4 ms is over")
                && limit.details[1].contains("p99 9 ms is within")
        );
    }
}

#[test]
fn a_fresh_process_that_ran_into_its_deadline_is_told_as_that() {
    let mut confirmation = again(Word::Undecided, "the deadline of 100 s ended it");
    confirmation.limits[0].reason = Some(Reason {
        kind: "deadline".to_owned(),
        text: "deadline".to_owned(),
    });
    let joined = join(vec![filed(candidate()), filed(confirmation)]);
    let limit = &only(&joined).limits[0];
    assert_eq!(limit.verdict, Word::Undecided);
    let reason = limit.reason.as_ref().expect("an undecided limit says why");
    assert_eq!(reason.kind, "deadline");
    assert!(
        limit
            .sentence
            .contains("the deadline of the fresh process ended it")
    );
}

#[test]
fn an_unconfirmed_candidate_is_never_green() {
    let joined = join(vec![filed(candidate())]);
    let limit = &only(&joined).limits[0];
    assert_eq!(limit.verdict, Word::Undecided);
    assert_eq!(
        limit.reason.as_ref().map(|reason| &*reason.kind),
        Some("not_confirmed")
    );
}

#[test]
fn a_panic_in_the_fresh_process_fails_the_case() {
    let mut confirmation = again(Word::Unmeasured, "not measured");
    confirmation.failure = Some(Failure {
        kind: "panic".to_owned(),
        text: "boom".to_owned(),
    });
    let joined = join(vec![filed(candidate()), filed(confirmation)]);
    assert_eq!(only(&joined).outcome, Word::Fail);
}

#[test]
fn two_records_of_one_case_are_refused_and_the_others_still_count() {
    let joined = join(vec![
        filed(fixture::record("a::b", 0.0)),
        filed(fixture::record("a::b", 1.0)),
        filed(fixture::record("a::c", 0.0)),
    ]);
    assert_eq!(joined.records.len(), 2);
    assert!(
        joined.problems[0].contains("`a::b` already has a record"),
        "{:?}",
        joined.problems
    );
}

#[test]
fn a_record_of_another_run_is_refused() {
    let mut stray = fixture::record("a::c", 0.0);
    stray.run = "other".to_owned();
    let joined = join(vec![filed(fixture::record("a::b", 0.0)), filed(stray)]);
    assert_eq!(joined.records.len(), 1);
    assert!(
        joined.problems[0].contains("belongs to run other"),
        "{:?}",
        joined.problems
    );
}

fn listed(id: &str) -> Listed {
    let limit = |metric: &str, mode| ListedLimit {
        metric: metric.to_owned(),
        limit: "1 ms".to_owned(),
        mode,
        layer: "attribute".to_owned(),
        source: None,
    };
    Listed {
        id: id.to_owned(),
        source: "src/a.rs:3".to_owned(),
        limits: vec![limit("p99", Mode::Hard), limit("mem", Mode::Soft)],
        ..Listed::default()
    }
}

fn death(at: Option<&str>, cases: &[&str]) -> Death {
    Death {
        binary: "a (lib)".to_owned(),
        how: "was killed by SIGSEGV".to_owned(),
        at: at.map(str::to_owned),
        cases: cases.iter().map(|id| (*id).to_owned()).collect(),
        stderr: vec!["stack overflow".to_owned()],
    }
}

#[test]
fn every_limit_that_was_declared_ends_in_one_verdict() {
    let manifest = Manifest {
        complete: true,
        cases: vec![
            listed("a::done"),
            listed("a::at"),
            listed("a::open"),
            listed("b::lost"),
        ],
        deaths: vec![death(Some("a::at"), &["a::done", "a::at", "a::open"])],
        ..Manifest::default()
    };
    let run = Run::assemble(
        join(vec![filed(fixture::record("a::done", 0.0))]),
        Some(&manifest),
    );
    let ids: Vec<&str> = run.cases.iter().map(|case| &*case.id).collect();
    assert_eq!(ids, ["a::at", "a::done", "a::open", "b::lost"]);
    assert!(run.cases.iter().all(|case| case.limits.len() == 2));
    let at = &run.cases[0];
    assert_eq!(at.outcome, Verdict::Fail);
    assert!(
        at.failure
            .as_ref()
            .is_some_and(|f| f.text.contains("SIGSEGV") && f.text.contains("stack overflow"))
    );
    assert!(run.cases[2].failure.is_none() && run.cases[2].fails());
    assert!(
        run.cases[2].limits[0]
            .sentence
            .contains("died before it was measured")
    );
    assert!(run.cases[3].limits[0].sentence.contains("left no record"));
}

#[test]
fn only_a_hard_limit_fails_for_want_of_a_value() {
    let case = Case::missing(
        &listed("a::b"),
        &missing_because(
            false,
            &Manifest {
                complete: true,
                ..Manifest::default()
            },
        ),
    );
    assert_eq!(
        case.limits.iter().map(Limit::fails).collect::<Vec<_>>(),
        [true, false]
    );
}

#[test]
fn a_death_between_cases_is_a_problem_of_the_run() {
    let manifest = Manifest {
        complete: true,
        cases: vec![listed("a::done")],
        deaths: vec![death(None, &["a::done"])],
        ..Manifest::default()
    };
    let run = Run::assemble(
        join(vec![filed(fixture::record("a::done", 0.0))]),
        Some(&manifest),
    );
    assert!(
        run.problems[0].contains("while no case was running"),
        "{:?}",
        run.problems
    );
}

#[test]
fn a_run_that_was_ended_is_told_with_what_lacks() {
    let mut manifest = Manifest {
        run: "r1".to_owned(),
        cases: vec![listed("a::done"), listed("b::lacks")],
        ..Manifest::default()
    };
    let run = |manifest: &Manifest| {
        let records = vec![filed(fixture::record("a::done", -1.0))];
        Run::assemble(join(records), Some(manifest))
    };
    let ended = run(&manifest);
    assert_eq!(
        ended.problems,
        ["run r1 was ended before it was whole: 1 of 2 cases have records; lacking: b::lacks"]
    );
    let lacks = &ended.cases[1];
    assert!(
        lacks.limits[0]
            .sentence
            .contains("the run was ended before")
    );
    assert!(
        lacks
            .limits
            .iter()
            .all(|limit| limit.verdict == Verdict::Unmeasured)
    );
    assert!(!lacks.fails(), "no budget failed");
    manifest.complete = true;
    let whole = run(&manifest);
    assert!(whole.problems.is_empty() && whole.cases[1].fails());
}
