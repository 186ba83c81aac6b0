//! The figures of a record that no test judges: what was counted, and what the system said.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the counting allocator saw of single calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memory {
    pub(crate) calls: u64,
    /// `thread` or `process`.
    pub(crate) scope: String,
    /// `perf-runtime` or `stats_alloc`.
    #[serde(default)]
    pub(crate) by: String,
    /// Not known to `stats_alloc`.
    pub(crate) peak_bytes: Option<u64>,
    pub(crate) allocs: u64,
    pub(crate) alloc_bytes: u64,
    pub(crate) retained_bytes: i64,
    /// How the calls differ, by the name of the figure; what all agree in is missing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) spread: BTreeMap<String, Spread>,
    /// The first call, where it took something else; it is not among the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) first: Option<FirstCall>,
}

/// How calls differ in one figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spread {
    pub(crate) least: i64,
    /// At least half of the calls took no more.
    pub(crate) median: i64,
    pub(crate) calls_at_least: u64,
    pub(crate) calls_at_largest: u64,
}

/// What the first call took, before anything was warm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FirstCall {
    pub(crate) peak_bytes: Option<u64>,
    pub(crate) allocs: u64,
    pub(crate) alloc_bytes: u64,
    pub(crate) retained_bytes: i64,
}

/// How the live heap went while the function was called again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Growth {
    /// `thread` or `process`.
    pub(crate) scope: String,
    pub(crate) calls: u64,
    pub(crate) bytes_per_1000_calls: Option<f64>,
    /// Calls, and live bytes gained by them.
    pub(crate) stretches: Vec<(u64, i64)>,
}

/// The resident set of a fresh process that made a few calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rss {
    pub(crate) calls: u64,
    pub(crate) before_bytes: u64,
    pub(crate) peak_bytes: u64,
    pub(crate) faults: u64,
    pub(crate) reset: bool,
    /// `test`, `program` or `program_at_most`.
    #[serde(default = "test")]
    pub(crate) of: String,
}

/// Whose memory it is in records that do not say.
fn test() -> String {
    "test".to_owned()
}

/// What the program used that each call starts: medians.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Program {
    pub(crate) starts: u64,
    pub(crate) user_ns: Option<f64>,
    pub(crate) system_ns: Option<f64>,
    pub(crate) max_rss_bytes: Option<f64>,
}

/// Instructions of one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Instructions {
    /// `hardware` or `callgrind`.
    pub(crate) tier: String,
    pub(crate) count: u64,
    pub(crate) calls: u64,
}
