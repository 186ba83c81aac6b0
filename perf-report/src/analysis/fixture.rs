//! Made-up runs for tests, grown from the published sample.

use perf_grammar::{Mode, Phase};

use crate::analysis::profile;
use crate::analysis::run::{Filed, Run, join};
use crate::model::manifest::{Death, Manifest};
use crate::model::protocol::{Listed, ListedLimit};
use crate::model::record::{Failure, Fit, Reason, Record, Waiver, Word};

const SAMPLE: &str = include_str!("../../../perf-runtime/schema/record-1.sample.json");

/// The sample under another name, its times shifted by `decades` powers of ten.
pub(crate) fn record(id: &str, decades: f64) -> Record {
    let mut record = Record::read(SAMPLE).expect("the sample is a record");
    record.run = "r1".to_owned();
    record.case.id = id.to_owned();
    record.case.package = id.split("::").next().unwrap_or_default().to_owned();
    if decades != 0.0 {
        // One of them opens spans, and fails.
        record.trace = None;
        record.breakdown = None;
    }
    let factor = 10f64.powf(decades);
    if let Some(summary) = &mut record.summary {
        for time in [
            &mut summary.min,
            &mut summary.p25,
            &mut summary.p50,
            &mut summary.p75,
            &mut summary.p90,
            &mut summary.p95,
            &mut summary.p99,
            &mut summary.p999,
            &mut summary.max,
            &mut summary.mean,
            &mut summary.stddev,
        ] {
            *time = time.map(|ns| ns * factor);
        }
        summary.items_per_s = summary.items_per_s.map(|rate| rate / factor);
    }
    record
}

fn passing(id: &str, decades: f64) -> Record {
    let mut record = record(id, decades);
    judged(
        &mut record,
        Word::Pass,
        "p99 8.4 ms is within its budget of 10 ms (84 % of it used)",
        &[],
    );
    record.limits[0].measured = Some(8_400_000.0);
    record.limits[0].share = Some(0.84);
    if let Some(evidence) = &mut record.limits[0].evidence {
        (evidence.lower, evidence.upper) = (None, Some(8_900_000.0));
    }
    record
}

/// One that grows as it may, and opens spans.
fn growing(id: &str) -> Record {
    let mut record = passing(id, 0.0);
    let limit = &mut record.limits[0];
    limit.metric = "complexity".to_owned();
    limit.unit = perf_grammar::Unit::Count;
    (limit.limit, limit.declared) = (3, 3);
    (limit.measured, limit.share) = (Some(3.0), None);
    limit.sentence = "it grows no faster than its budget of n log n".to_owned();
    let fit = Fit {
        of: "time".to_owned(),
        best: "n log n".to_owned(),
        excess: 0.02,
        residual: 0.03,
        growth: "within".to_owned(),
        points: vec![(100.0, 8_100.0), (1_000.0, 99_000.0)],
    };
    limit.fits = vec![fit];
    limit.evidence = None;
    limit.details =
        vec!["time: n log n fits best, off by 3 %: 8.1 µs at 100, 99 µs at 1,000".to_owned()];
    record
}

fn judged(record: &mut Record, word: Word, sentence: &str, details: &[&str]) {
    let limit = &mut record.limits[0];
    limit.verdict = word;
    limit.sentence = sentence.to_owned();
    limit.details = details.iter().map(|line| (*line).to_owned()).collect();
    record.outcome = word;
}

/// A run with every verdict, a panic, a death, a note and a problem in it.
pub(crate) fn run() -> Run {
    let mut warned = record("parser::lines", -3.0);
    warned.limits[0].mode = Mode::Soft;
    judged(
        &mut warned,
        Word::Warn,
        "p99 12.4 µs is over its soft budget of 10 µs by 24 %",
        &["budget at perf-budgets.toml:12:7"],
    );
    warned.notes = vec!["the allocator was seen by one call only".to_owned()];

    let mut waived = record("parser::big_file", 1.0);
    waived.limits[0].waiver = Some(Waiver {
        reason: "#123".to_owned(),
        owner: None,
        until: "2026-12-31".to_owned(),
        source: "perf-budgets.toml:30:1".to_owned(),
    });
    judged(
        &mut waived,
        Word::Waived,
        "p99 124 ms is over its budget of 100 ms by 24 %, waived until 2026-12-31",
        &["#123 new validation"],
    );

    let mut undecided = record("search::reindex", 1.5);
    undecided.limits[0].reason = Some(Reason {
        kind: "too_few_calls".to_owned(),
        text: "30 calls are too few".to_owned(),
    });
    judged(
        &mut undecided,
        Word::Undecided,
        "p99 <= 250 ms is not disproved: 0 of 30 calls were above it",
        &["a p99 claim needs 745 calls"],
    );

    let mut panicked = record("search::query | <all>", 0.0);
    panicked.failure = Some(Failure {
        kind: "panic".to_owned(),
        text: "index out of bounds: the len is 3\nat src/search.rs:9:5".to_owned(),
    });
    panicked.limits.truncate(1);
    panicked.limits[0].reason = Some(Reason {
        kind: "failed".to_owned(),
        text: "the function panicked".to_owned(),
    });
    panicked.limits[0].measured = None;
    panicked.limits[0].share = None;
    judged(
        &mut panicked,
        Word::Unmeasured,
        "p99 was not measured: the function panicked",
        &["see above"],
    );
    panicked.outcome = Word::Fail;
    panicked.summary = None;
    panicked.memory = None;
    panicked.trace = None;
    panicked.breakdown = None;

    let mut noted = passing("parser::tokens", -1.0);
    noted.limits[0].notes = vec!["above 80 % of its limit".to_owned()];
    noted.notes = vec!["the allocator was seen by one call only".to_owned()];
    noted.environment.unfit = vec!["other programs keep 1.8 of 2 processors busy".to_owned()];

    let records = vec![
        record("parser::parses_the_config", 0.0),
        warned,
        waived,
        undecided,
        panicked,
        noted,
    ];
    let dead = Listed {
        id: "search::merge".to_owned(),
        source: "src/merge.rs:12".to_owned(),
        limits: ["p99", "mem"].map(listed_limit).to_vec(),
        ..Listed::default()
    };
    let manifest = Manifest {
        complete: true,
        run: "r1".to_owned(),
        cases: vec![dead],
        ignored: 2,
        deaths: vec![Death {
            binary: "search (lib)".to_owned(),
            how: "was killed by SIGSEGV".to_owned(),
            at: None,
            cases: vec!["search::merge".to_owned()],
            stderr: vec!["thread 'main' has overflowed its stack".to_owned()],
        }],
        ..Manifest::default()
    };
    assembled(records, Some(&manifest))
}

/// A run of one case that is too slow, and was profiled.
pub(crate) fn profiled_run() -> Run {
    let mut run = assembled(vec![record("parser::parses_the_config", 0.0)], None);
    run.cases[0].breakdown = None;
    run.add_profiles(vec![profile::fixture::regex_in_a_loop(
        "parser::parses_the_config",
    )]);
    run
}

/// A run in which all is well.
pub(crate) fn quiet_run() -> Run {
    assembled(
        vec![
            passing("parser::lines", -3.0),
            passing("parser::tokens", -1.0),
            growing("parser::sorts/1000"),
        ],
        None,
    )
}

fn listed_limit(metric: &str) -> ListedLimit {
    ListedLimit {
        metric: metric.to_owned(),
        limit: "10 ms".to_owned(),
        mode: Mode::Hard,
        layer: "attribute".to_owned(),
        source: None,
    }
}

fn assembled(records: Vec<Record>, manifest: Option<&Manifest>) -> Run {
    assert!(records.iter().all(|record| record.phase == Phase::Whole));
    let filed = records.into_iter().map(|record| Filed {
        file: format!("{}.json", record.case.id),
        record: Box::new(record),
        changed: false,
    });
    Run::assemble(join(filed.collect()), manifest)
}
