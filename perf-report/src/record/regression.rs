//! What a comparison of a case with another build of it tolerates.

use serde::{Deserialize, Serialize};

use super::{Mode, Waiver};

/// How a comparison is judged; in records, and in the list of a worker's cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Regression {
    /// Of the typical call.
    pub(crate) typical: Tolerated,
    /// Of the slowest calls.
    pub(crate) tail: Tolerated,
    /// What being slower means.
    pub(crate) mode: Mode,
    /// `file:line:column` of the mode.
    pub(crate) mode_source: Option<String>,
    pub(crate) waiver: Option<Waiver>,
    #[serde(default)]
    pub(crate) notes: Vec<String>,
}

/// How much more than before is tolerated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tolerated {
    /// Of what was before.
    pub(crate) millionths: u64,
    pub(crate) layer: String,
    /// `file:line:column`, where somebody wrote it.
    pub(crate) source: Option<String>,
}

impl Regression {
    /// What holds where a record or a worker of an earlier version says nothing.
    pub(crate) fn built_in() -> Regression {
        let tolerated = |millionths| Tolerated {
            millionths,
            layer: "built in".to_owned(),
            source: None,
        };
        Regression {
            typical: tolerated(100_000),
            tail: tolerated(250_000),
            mode: Mode::Hard,
            mode_source: None,
            waiver: None,
            notes: Vec::new(),
        }
    }
}

impl Default for Regression {
    fn default() -> Self {
        Regression::built_in()
    }
}
