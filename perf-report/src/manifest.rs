//! What the command line knows of a run beside its records: which cases it must
//! hold, and which processes died. Kept as `run.json` in the folder of the run, so
//! that a stored run accounts for as many limits as it did when it was measured.

use serde::{Deserialize, Serialize};

use crate::commit::Commit;
use crate::protocol::Listed;
use crate::shard::Shard;

/// The schema that is read and written here.
pub(crate) const SCHEMA: u32 = 1;
/// The name of its file.
pub(crate) const FILE: &str = "run.json";

/// The expectations of one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) schema: u32,
    pub(crate) run: String,
    pub(crate) cases: Vec<Listed>,
    /// Cases that `ignore` left out.
    pub(crate) ignored: usize,
    pub(crate) deaths: Vec<Death>,
    pub(crate) warnings: Vec<String>,
    /// What else went wrong: sentences.
    pub(crate) problems: Vec<String>,
    /// What measured it: `perf-report 0.1.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tool: Option<String>,
    /// When it began, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unix_time: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) commit: Option<Commit>,
    /// Where machines share a run: which part of it this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) share: Option<Share>,
    /// It was interrupted: what lacks was not measured.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) interrupted: bool,
    /// The code it ended with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exit: Option<u8>,
}

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Share {
    #[serde(flatten)]
    pub(crate) shard: Shard,
    /// Cases of all parts together.
    pub(crate) of_cases: usize,
}

/// A test process that ended before it had said that it was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Death {
    /// The binary, for people: `parser (lib)`.
    pub(crate) binary: String,
    /// How it ended: `was killed by SIGSEGV`.
    pub(crate) how: String,
    /// The case whose round had started, if any.
    pub(crate) at: Option<String>,
    /// The cases it was to measure.
    pub(crate) cases: Vec<String>,
    /// The last lines of its standard error.
    pub(crate) stderr: Vec<String>,
}
