//! The figures of a record that no test judges: what was counted, and what the system said.

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
