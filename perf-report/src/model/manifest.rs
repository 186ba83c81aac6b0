//! What the command line knows of a run beside its records: which cases it must
//! hold, and which processes died. Kept as `run.json` in the folder of the run, so
//! that a stored run accounts for as many limits as it did when it was measured.
//!
//! It is written before the first call and again at the end: a run that is killed
//! leaves one behind that says what lacks.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::commit::Commit;
use crate::model::protocol::Listed;
use crate::model::shard::Shard;
use crate::model::words::named;

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
    /// It was measured to its end. Where the field is left out it was: older
    /// versions wrote this file last.
    #[serde(default = "measured_to_its_end")]
    pub(crate) complete: bool,
    /// It was interrupted: what lacks was not measured.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) interrupted: bool,
    /// The code it ended with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exit: Option<u8>,
}

fn measured_to_its_end() -> bool {
    true
}

/// Cases that are named of those that lack.
const NAMED: usize = 3;

impl Manifest {
    /// That the run ended before all of it was measured, and what lacks, where
    /// that is so; `recorded` are the ids of the cases that have records.
    pub(crate) fn ended_early<'a>(
        &self,
        recorded: impl IntoIterator<Item = &'a str>,
    ) -> Option<String> {
        if self.complete {
            return None;
        }
        let recorded: BTreeSet<&str> = recorded.into_iter().collect();
        // What was not built was never to be measured.
        let built = self.cases.iter().filter(|case| case.not_built.is_none());
        let ids: Vec<&str> = built.map(|case| &*case.id).collect();
        let all = ids.len();
        let lacking: Vec<&str> = (ids.into_iter())
            .filter(|id| !recorded.contains(id))
            .collect();
        let lacks = lacking.len();
        let mut text = format!(
            "run {} was ended before it was whole: {} of {all} cases have records",
            self.run,
            all - lacks
        );
        if lacks > 0 {
            text.push_str(&format!("; lacking: {}", named(&lacking, NAMED)));
        }
        Some(text)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_was_ended_says_what_lacks() {
        let case = |nth: usize| Listed {
            id: format!("a::c{nth}"),
            ..Listed::default()
        };
        let mut manifest = Manifest {
            run: "r1".to_owned(),
            cases: (0..6).map(case).collect(),
            ..Manifest::default()
        };
        assert_eq!(
            manifest.ended_early(["a::c0", "other"]).as_deref(),
            Some(
                "run r1 was ended before it was whole: 1 of 6 cases have records; lacking: a::c1, a::c2, a::c3 and 2 more"
            )
        );
        let all: Vec<&str> = manifest.cases.iter().map(|case| &*case.id).collect();
        assert_eq!(
            manifest.ended_early(all).as_deref(),
            Some("run r1 was ended before it was whole: 6 of 6 cases have records")
        );
        manifest.complete = true;
        assert_eq!(manifest.ended_early([]), None);
    }

    #[test]
    fn a_manifest_of_an_older_version_is_complete() {
        let text = serde_json::to_string(&Manifest::default()).expect("JSON");
        assert!(text.contains("\"complete\":false"), "{text}");
        let old = text.replace(",\"complete\":false", "");
        let old: Manifest = serde_json::from_str(&old).expect("a manifest");
        assert!(old.complete);
    }
}
