//! Stands in for `keep` in a build without the feature `history`.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;

use super::Stop;
use super::arguments::KeepArguments;
use crate::analysis::history::Trend;
use crate::analysis::recommendation::OnlyWarns;
use crate::analysis::report::Report;
use crate::analysis::run::{Filed, Run};
use crate::infra::world::World;
use crate::model::manifest::Manifest;

/// Limits by case and name of which it is known when they held.
pub(super) type Held = BTreeSet<(String, String)>;

/// Nothing is kept of records.
pub(super) struct Figures;

impl Figures {
    pub(super) fn of(_: &[Filed]) -> Figures {
        Figures
    }

    pub(super) fn cases(self, _: &Run) -> Figures {
        self
    }
}

pub(super) fn archived_run(_: &Manifest, cases: Figures) -> Figures {
    cases
}

/// A warning only where an option asks for what this build cannot do.
pub(super) fn keep(
    _: &Figures,
    arguments: &KeepArguments,
    _: &Path,
    _: &mut dyn Write,
    _: &World,
) -> Option<String> {
    let asked = arguments.history.as_ref()?;
    Some(format!(
        "--history {}: {}",
        asked.display(),
        without().message
    ))
}

/// Without a history nothing is known of other runs.
pub(super) fn always_warned(_: &World) -> Result<Vec<OnlyWarns>, String> {
    Ok(Vec::new())
}

pub(super) fn past(_: Option<&OsStr>, _: &[String], _: &World) -> Result<Vec<Trend>, String> {
    Ok(Vec::new())
}

/// Without a history no limit is known to have held.
pub(super) fn add_since(_: &mut Report, _: Option<&OsStr>, _: &World) -> Held {
    Held::new()
}

/// What verbs say that need a history.
pub(super) fn without() -> Stop {
    Stop::usage("this perf-report was built without its feature `history`, and keeps none")
}
