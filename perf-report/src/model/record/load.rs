//! What several users saw who called at the same time, as a record holds it.

use serde::{Deserialize, Serialize};

/// The calls of several users, over all rounds of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Load {
    /// Users, each on a thread.
    pub(crate) threads: u64,
    /// Calls that begin in 1000 seconds; `None` for a closed loop.
    pub(crate) rate: Option<u64>,
    pub(crate) calls: u64,
    pub(crate) span_ns: f64,
    pub(crate) calls_per_s: Option<f64>,
    pub(crate) error_share: Option<f64>,
    pub(crate) first_error: Option<String>,
    pub(crate) users: Vec<User>,
}

/// What one user saw, nanoseconds a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) calls: u64,
    pub(crate) mean: f64,
    pub(crate) max: f64,
    pub(crate) errors: u64,
}
