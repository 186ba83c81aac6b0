//! What a comparison of a case with another build of it tolerates.

use perf_grammar::Mode;
use serde::{Deserialize, Serialize};

use super::Waiver;
use crate::model::word;

/// How a comparison is judged; in records, and in the list of a worker's cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Regression {
    /// Of the typical call.
    pub(crate) typical: Tolerated,
    /// Of the slowest calls.
    pub(crate) tail: Tolerated,
    /// What being slower means.
    #[serde(with = "word")]
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
    /// `file:line:column`, where it is written.
    pub(crate) source: Option<String>,
}

impl Tolerated {
    /// As a share of what was before: 0.1 is 10 %.
    pub(crate) fn share(&self) -> f64 {
        self.millionths as f64 / 1e6
    }
}

impl Regression {
    /// The same on a day, `2026-12-31`: a waiver that has ended since counts no
    /// more, and that is said.
    pub(crate) fn on(mut self, today: &str) -> Regression {
        // Days that are written so sort as texts.
        if let Some(waiver) = self.waiver.take_if(|waiver| &*waiver.until < today) {
            self.notes.push(format!(
                "the waiver at {} ended on {} ({}); the tolerance counts again",
                waiver.source,
                waiver.until,
                waiver.why()
            ));
        }
        self
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiver_that_has_ended_counts_no_more_and_that_is_said() {
        let regression = Regression {
            waiver: Some(Waiver {
                reason: "#7".to_owned(),
                owner: None,
                until: "2026-12-31".to_owned(),
                source: "perf-budgets.toml:3:1".to_owned(),
            }),
            ..Regression::built_in()
        };
        let last_day = regression.clone().on("2026-12-31");
        assert_eq!(last_day, regression);
        let later = regression.on("2027-01-01");
        assert_eq!(later.waiver, None);
        assert_eq!(
            later.notes,
            [
                "the waiver at perf-budgets.toml:3:1 ended on 2026-12-31 (#7); the tolerance counts again"
            ]
        );
    }
}
