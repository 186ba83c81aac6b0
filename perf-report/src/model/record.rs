//! The wire form of a record: schema 1, as the runtime writes it, one file a case.
//!
//! The published description is `perf-runtime/schema/record-1.schema.json`. Words
//! that are not known here are refused; fields that are not known are passed over,
//! so that a newer runtime may say more within the same schema.

mod allocations;
mod breakdown;
mod environment;
mod figures;
mod heaviest;
mod load;
mod regression;
mod text;

use perf_grammar::{Direction, Mode, Phase, Unit, WhenUndecided};
use serde::{Deserialize, Serialize, Serializer};

pub(crate) use self::allocations::{Allocations, Frame, Site};
#[cfg(test)]
pub(crate) use self::allocations::{Held, Made};
pub(crate) use self::breakdown::{Breakdown, NamedCount, Repeated, Span, Trace};
pub(crate) use self::environment::{Environment, unfit};
pub(crate) use self::figures::{Growth, Instructions, Memory, Program, Rss};
pub(crate) use self::heaviest::{HeaviestSite, Place, Weight};
pub(crate) use self::load::{Load, User};
pub(crate) use self::regression::{Regression, Tolerated};
pub(crate) use self::text::ReadError;
use self::text::known_schema;
use crate::model::word;

/// The schema that is read and written here.
pub(crate) const SCHEMA: u32 = 1;

/// One case of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(deserialize_with = "known_schema")]
    pub(crate) schema: u32,
    pub(crate) tool: String,
    pub(crate) run: String,
    /// The budget file that judged, where there is one.
    #[serde(default)]
    pub(crate) budget_file: Option<String>,
    pub(crate) unix_time: u64,
    #[serde(with = "word")]
    pub(crate) phase: Phase,
    pub(crate) case: CaseName,
    pub(crate) outcome: Word,
    pub(crate) failure: Option<Failure>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) plan: Option<Plan>,
    pub(crate) summary: Option<Summary>,
    pub(crate) memory: Option<Memory>,
    #[serde(default)]
    pub(crate) growth: Option<Growth>,
    #[serde(default)]
    pub(crate) rss: Option<Rss>,
    #[serde(default)]
    pub(crate) instructions: Option<Instructions>,
    #[serde(default)]
    pub(crate) program: Option<Program>,
    #[serde(default)]
    pub(crate) load: Option<Load>,
    #[serde(default)]
    pub(crate) trace: Option<Trace>,
    #[serde(default)]
    pub(crate) breakdown: Option<Breakdown>,
    #[serde(default)]
    pub(crate) allocations: Option<Allocations>,
    pub(crate) disturbed: Option<Disturbed>,
    pub(crate) histogram: Option<Histogram>,
    /// The same units in the order in which they were timed.
    #[serde(default)]
    pub(crate) timeline: Box<[Stretch]>,
    pub(crate) environment: Environment,
    #[serde(default)]
    pub(crate) notes: Vec<String>,
}

/// What a record says of a limit or a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Word {
    Pass,
    Warn,
    Fail,
    Waived,
    Undecided,
    Unmeasured,
    /// Broken in phase `first`: a fresh process has the last word.
    Candidate,
}

/// How a unit is written: by its base, see [`Unit::base_name`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "Unit")]
pub(crate) enum BaseUnit {
    #[serde(rename = "ns")]
    Duration,
    #[serde(rename = "bytes")]
    Bytes,
    #[serde(rename = "count")]
    Count,
    #[serde(rename = "per_1000_s")]
    Rate,
    #[serde(rename = "millionths")]
    Share,
    #[serde(rename = "thousandths")]
    Factor,
}

/// Which case a record is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CaseName {
    pub(crate) id: String,
    pub(crate) package: String,
    pub(crate) test: String,
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) class: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) requirement: Option<String>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
}

/// Why a case failed whatever its mode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// `panic`, `error`, `misuse`, or `died` for a process that ended under it.
    pub(crate) kind: String,
    pub(crate) text: String,
}

impl Failure {
    /// The first line of what it says.
    pub(crate) fn first_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }
}

/// One limit and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Limit {
    pub(crate) metric: String,
    /// A span, a counter, a target of events, the other case of a ratio.
    #[serde(default)]
    pub(crate) of: Option<String>,
    /// Of the limit and of what was measured.
    #[serde(with = "BaseUnit")]
    pub(crate) unit: Unit,
    #[serde(with = "word")]
    pub(crate) direction: Direction,
    pub(crate) limit: u64,
    pub(crate) declared: u64,
    #[serde(with = "word")]
    pub(crate) mode: Mode,
    #[serde(default, with = "word")]
    pub(crate) undecided: WhenUndecided,
    pub(crate) layer: String,
    pub(crate) source: Option<String>,
    pub(crate) measured: Option<f64>,
    pub(crate) share: Option<f64>,
    pub(crate) verdict: Word,
    /// With `candidate`: the verdict if a fresh process finds it broken again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) if_confirmed: Option<Word>,
    pub(crate) reason: Option<Reason>,
    pub(crate) sentence: String,
    #[serde(default)]
    pub(crate) details: Vec<String>,
    /// Of a `complexity`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) fits: Vec<Fit>,
    pub(crate) evidence: Option<Evidence>,
    pub(crate) confirmation: Option<Confirmation>,
    pub(crate) waiver: Option<Waiver>,
    #[serde(default)]
    pub(crate) notes: Vec<String>,
}

/// How one kind of cost grows over the arguments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fit {
    /// `time`, `allocations`, ..
    pub(crate) of: String,
    /// The class that fits best: `n log n`.
    pub(crate) best: String,
    /// The exponent of n by which it grows faster than the limit.
    pub(crate) excess: f64,
    /// How far the points are off the best class, as a share.
    pub(crate) residual: f64,
    /// `within`, `near` or `above` the limit.
    pub(crate) growth: String,
    /// Argument and cost, nanoseconds where that is time.
    pub(crate) points: Vec<(f64, f64)>,
}

/// Why a limit is undecided or unmeasured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reason {
    /// A word for programs: `boundary`, `not_reproduced`, ..
    pub(crate) kind: String,
    /// The same for people.
    pub(crate) text: String,
}

/// What a test of a limit was based on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Evidence {
    pub(crate) calls: u64,
    pub(crate) above: u64,
    pub(crate) rounds: u64,
    pub(crate) slots: u64,
    pub(crate) lower: Option<f64>,
    pub(crate) upper: Option<f64>,
    pub(crate) log_e_fail: Option<f64>,
    pub(crate) log_e_pass: Option<f64>,
}

/// What a fresh process found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Confirmation {
    #[serde(flatten)]
    pub(crate) evidence: Evidence,
    pub(crate) measured: Option<f64>,
    pub(crate) broken: bool,
}

/// The waiver that covers a breach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Waiver {
    pub(crate) reason: String,
    /// Whose it is, where the budget file says.
    #[serde(default)]
    pub(crate) owner: Option<String>,
    /// The last day it holds: `2026-12-31`.
    pub(crate) until: String,
    /// `file:line:column`.
    #[serde(alias = "place")]
    pub(crate) source: String,
}

impl Waiver {
    /// Why, and whose it is: `#123 new validation; owner: the parser team`.
    pub(crate) fn why(&self) -> String {
        owned(&self.reason, self.owner.as_deref())
    }

    /// `it is waived until 2026-12-31 (#123 new validation)`.
    pub(crate) fn sentence(&self) -> String {
        format!("it is waived until {} ({})", self.until, self.why())
    }
}

/// A reason, and whose it is that something is waived.
pub(crate) fn owned(reason: &str, owner: Option<&str>) -> String {
    match owner {
        Some(owner) => format!("{reason}; owner: {owner}"),
        None => reason.to_owned(),
    }
}

/// The plan as it was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) clock: String,
    pub(crate) max_time_ns: u64,
    pub(crate) items: u64,
    pub(crate) rounds: Option<u64>,
    pub(crate) profile: Option<String>,
    pub(crate) false_fail: f64,
    pub(crate) false_pass: f64,
    pub(crate) time_limits_in_run: u64,
    #[serde(default)]
    pub(crate) regression: Regression,
}

/// The time of single calls, nanoseconds; per item where the case has items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) calls: u64,
    pub(crate) rounds: u64,
    /// Calls timed together: 1 where each was timed by itself.
    pub(crate) batch: u64,
    pub(crate) min: Option<f64>,
    pub(crate) p25: Option<f64>,
    pub(crate) p50: Option<f64>,
    pub(crate) p75: Option<f64>,
    pub(crate) p90: Option<f64>,
    pub(crate) p95: Option<f64>,
    pub(crate) p99: Option<f64>,
    pub(crate) p999: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) mean: Option<f64>,
    pub(crate) stddev: Option<f64>,
    pub(crate) outliers: Option<u64>,
    pub(crate) wall_p50: Option<f64>,
    pub(crate) wall_p99: Option<f64>,
    pub(crate) wall_max: Option<f64>,
    pub(crate) first: Option<f64>,
    pub(crate) items_per_s: Option<f64>,
}

/// What else happened during the calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Disturbed {
    pub(crate) preempted: u64,
    pub(crate) blocked: u64,
    pub(crate) dropped: u64,
    pub(crate) waiting_ns: u64,
    /// Processor time of other threads of the process.
    #[serde(default)]
    pub(crate) others_ns: u64,
    pub(crate) calls_ns: u64,
}

/// The distribution of the judged times: lower edge and number of calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Histogram {
    pub(crate) significant_digits: u32,
    #[serde(with = "BaseUnit")]
    pub(crate) unit: Unit,
    pub(crate) buckets: Box<[(Edge, u64)]>,
}

/// The lower edge of a bucket, nanoseconds. Written as it was read: `5`, not `5.0`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Edge(pub(crate) f64);

impl Serialize for Edge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = self.0 as u64;
        if whole as f64 == self.0 {
            serializer.serialize_u64(whole)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// Units that followed each other: when they began, how many they are, and the least,
/// the median and the greatest of their times; nanoseconds.
pub(crate) type Stretch = (u64, u64, f64, f64, f64);

impl Limit {
    /// What people call it: `p99`, `events sqlx::query`.
    pub(crate) fn name(&self) -> String {
        match &self.of {
            Some(of) => format!("{} {of}", self.metric),
            None => self.metric.clone(),
        }
    }
}

impl Word {
    /// Whether it says that the limit was broken.
    pub(crate) fn is_broken(self) -> bool {
        match self {
            Word::Warn | Word::Fail | Word::Waived | Word::Candidate => true,
            Word::Pass | Word::Undecided | Word::Unmeasured => false,
        }
    }
}
