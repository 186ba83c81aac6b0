//! What is kept of a run: its figures and verdicts, without evidence and distributions.

use std::collections::BTreeMap;
use std::sync::Arc;

use perf_grammar::{Direction, Mode, Verdict};

use crate::analysis::run::{self, Run};
use crate::model::commit::Commit;
use crate::model::record::{Environment, Limit, Record};
use crate::model::shard::Shard;

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ArchivedRun {
    pub(crate) id: String,
    /// When its first case was settled, seconds since 1970.
    pub(crate) unix_time: u64,
    pub(crate) commit: Option<Commit>,
    /// What measured it, as far as the command line did; by number. None of a
    /// run of `cargo test`, where it is unknown which cases there should be.
    pub(crate) parts: Vec<Part>,
    /// By id.
    pub(crate) cases: Vec<ArchivedCase>,
}

/// A run of the command line, or one machine's share of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) shard: Shard,
    /// `perf-report 0.1.0`.
    pub(crate) tool: String,
    /// The code it ended with.
    pub(crate) exit: u8,
}

/// One case of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ArchivedCase {
    pub(crate) id: String,
    pub(crate) outcome: Verdict,
    /// `panic`, `error`, `misuse` or `died`, where it failed by itself.
    pub(crate) failure: Option<String>,
    /// What its record says; `None` where it left none.
    pub(crate) measured: Option<Measured>,
    /// In the order of the record.
    pub(crate) limits: Vec<ArchivedLimit>,
}

/// What a record says beside its verdicts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measured {
    pub(crate) place: Arc<Place>,
    /// `clean`, `wall` or `cpu`.
    pub(crate) clock: String,
    /// `perf-runtime 0.1.0`.
    pub(crate) runtime: String,
    pub(crate) times: Option<Times>,
    pub(crate) memory: Option<Counts>,
    pub(crate) instructions: Option<Counted>,
}

/// Where and how it was built and measured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// What must agree before times are compared: the machine class.
    pub(crate) machine: String,
    /// The machine for people.
    pub(crate) words: String,
    pub(crate) rustc: String,
    /// `release` or `debug`.
    pub(crate) profile: String,
    /// Whether the code under test was built without optimisation.
    pub(crate) unoptimised: bool,
}

/// Times of one call by the judged clock, nanoseconds; per item where a call
/// handles several.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Times {
    pub(crate) calls: u64,
    pub(crate) min: Option<f64>,
    pub(crate) p50: Option<f64>,
    pub(crate) p90: Option<f64>,
    pub(crate) p95: Option<f64>,
    pub(crate) p99: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) mean: Option<f64>,
    pub(crate) wall_p50: Option<f64>,
    /// The share of the calls' time that was spent waiting for a processor.
    pub(crate) waiting: Option<f64>,
}

/// What one call allocates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// `perf-runtime` or `stats_alloc`, which count differently.
    pub(crate) by: String,
    pub(crate) peak_bytes: Option<i64>,
    pub(crate) allocs: i64,
    pub(crate) alloc_bytes: i64,
    pub(crate) retained_bytes: i64,
}

/// Instructions of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// `hardware` or `callgrind`, which count differently.
    pub(crate) tier: String,
    pub(crate) count: i64,
}

/// One limit with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ArchivedLimit {
    /// The key of the metric: `p99`, `events`.
    pub(crate) metric: String,
    /// A span, a counter, a target of events, the other case of a ratio.
    pub(crate) of: Option<String>,
    /// The base unit; `None` where it was not measured and is not known.
    pub(crate) unit: Option<String>,
    pub(crate) floor: bool,
    pub(crate) mode: Mode,
    /// In the base unit; `None` where it was not measured.
    pub(crate) limit: Option<f64>,
    pub(crate) measured: Option<f64>,
    pub(crate) verdict: Verdict,
    /// A word: why it is undecided or unmeasured.
    pub(crate) reason: Option<String>,
    pub(crate) waiver: Option<ArchivedWaiver>,
}

/// The waiver that covers a breach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArchivedWaiver {
    pub(crate) reason: String,
    /// The last day it holds: `2026-12-31`.
    pub(crate) until: String,
}

impl ArchivedRun {
    /// Which of its parts are not there; none where it is whole, or where it is
    /// unknown.
    pub(crate) fn missing(&self) -> Vec<Shard> {
        let shards: Vec<Shard> = self.parts.iter().map(|part| part.shard).collect();
        missing(&shards)
    }
}

/// What lacks of a run of which these parts are there.
pub(super) fn missing(shards: &[Shard]) -> Vec<Shard> {
    let total = shards.first().map_or(0, |shard| shard.total);
    (1..=total)
        .map(|number| Shard { number, total })
        .filter(|shard| !shards.contains(shard))
        .collect()
}

/// What the records of a run say, case by case, before verdicts are final.
pub(crate) fn measured<'a>(
    records: impl Iterator<Item = &'a Record>,
) -> BTreeMap<String, (Measured, Vec<ArchivedLimit>)> {
    let of = |record: &Record| {
        let limits = record.limits.iter().map(ArchivedLimit::of_record).collect();
        (record.case.id.clone(), (Measured::of(record), limits))
    };
    records.map(of).collect()
}

/// The cases of a run whose records were joined, and counted against what the
/// run had to hold.
pub(crate) fn cases(
    run: &Run,
    mut measured: BTreeMap<String, (Measured, Vec<ArchivedLimit>)>,
) -> Vec<ArchivedCase> {
    let keep = |case: &run::Case| {
        let (measured, limits) = measured.remove(&case.id).unzip();
        ArchivedCase {
            id: case.id.clone(),
            outcome: case.outcome,
            failure: case.failure.as_ref().map(|failure| failure.kind.clone()),
            measured,
            limits: limits
                .unwrap_or_else(|| case.limits.iter().map(ArchivedLimit::of_missing).collect()),
        }
    };
    run.cases.iter().map(keep).collect()
}

impl Measured {
    fn of(record: &Record) -> Measured {
        let disturbed = record.disturbed.as_ref();
        let waiting = disturbed.and_then(|disturbed| {
            (disturbed.calls_ns > 0)
                .then(|| disturbed.waiting_ns as f64 / disturbed.calls_ns as f64)
        });
        Measured {
            place: Arc::new(Place::of(&record.environment)),
            clock: record
                .plan
                .as_ref()
                .map_or_else(|| "clean".to_owned(), |plan| plan.clock.clone()),
            runtime: record.tool.clone(),
            times: record.summary.as_ref().map(|summary| Times {
                calls: summary.calls,
                min: summary.min,
                p50: summary.p50,
                p90: summary.p90,
                p95: summary.p95,
                p99: summary.p99,
                max: summary.max,
                mean: summary.mean,
                wall_p50: summary.wall_p50,
                waiting,
            }),
            memory: record.memory.as_ref().map(|memory| Counts {
                by: memory.by.clone(),
                peak_bytes: memory.peak_bytes.map(whole),
                allocs: whole(memory.allocs),
                alloc_bytes: whole(memory.alloc_bytes),
                retained_bytes: memory.retained_bytes,
            }),
            instructions: record.instructions.as_ref().map(|counted| Counted {
                tier: counted.tier.clone(),
                count: whole(counted.count),
            }),
        }
    }
}

/// A store holds numbers up to 2^63, which no count of one call reaches.
fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Place {
    fn of(environment: &Environment) -> Place {
        let or = |text: &Option<String>, default: &str| {
            text.clone().unwrap_or_else(|| default.to_owned())
        };
        Place {
            machine: environment.machine_class(),
            words: environment.machine_words(),
            rustc: or(&environment.rustc, "unknown rustc"),
            profile: or(&environment.profile, "unknown"),
            unoptimised: environment.is_unoptimised(),
        }
    }
}

impl ArchivedLimit {
    fn of_record(limit: &Limit) -> ArchivedLimit {
        ArchivedLimit {
            metric: limit.metric.clone(),
            of: limit.of.clone(),
            unit: Some(limit.unit.base_name().to_owned()),
            floor: limit.direction == Direction::AtLeast,
            mode: limit.mode,
            limit: Some(limit.limit as f64),
            measured: limit.measured,
            verdict: run::verdict(limit.verdict),
            reason: limit.reason.as_ref().map(|reason| reason.kind.clone()),
            waiver: limit.waiver.as_ref().map(|waiver| ArchivedWaiver {
                reason: waiver.why(),
                until: waiver.until.clone(),
            }),
        }
    }

    /// Of a case without a record, whose limits are known by name only.
    fn of_missing(limit: &run::Limit) -> ArchivedLimit {
        ArchivedLimit {
            metric: limit.key().to_owned(),
            of: limit.of().map(str::to_owned),
            unit: limit.unit.map(|unit| unit.base_name().to_owned()),
            floor: limit.floor,
            mode: limit.mode,
            limit: None,
            measured: limit.measured,
            verdict: limit.verdict,
            reason: limit.reason.as_ref().map(|reason| reason.kind.clone()),
            waiver: None,
        }
    }
}
