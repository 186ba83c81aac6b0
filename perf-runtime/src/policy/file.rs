//! The text of `perf-budgets.toml`, read into values that know where they stand.

mod check;
mod home;
mod named;
mod read;
mod span;
mod top;
mod value;
mod waive;

use perf_grammar::{Date, Metric, Mode, WhenUndecided};

use crate::model::case::{Clock, Place, Warmup};
use crate::model::note::Note;
use crate::model::plan::Target;
use crate::model::problem::Mistakes;
use crate::policy::selector::Selector;

pub(crate) use self::check::{Concerned, Unmatched};

/// A budget file, or the empty one where there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct BudgetFile {
    /// The path, as messages show it; empty where there is no file.
    pub(crate) path: String,
    /// The path of the next one above it, which it hides.
    pub(crate) hidden: Option<String>,
    /// Keys with an old name: where each stands, and what it is called now.
    pub(crate) renamed: Vec<Note>,
    /// `mode` at the top level.
    pub(crate) mode: Option<Set<Mode>>,
    /// The rest of the top level, and `[defaults]`.
    pub(crate) defaults: Settings,
    /// `[class.*]`, in the order of the file.
    pub(crate) classes: Vec<Class>,
    /// `[budget.*]`, in the order of the file.
    pub(crate) budgets: Vec<Rule>,
    /// `[profile.*]`, in the order of the file.
    pub(crate) profiles: Vec<Profile>,
    /// `[[waive]]`, in the order of the file.
    pub(crate) waivers: Vec<Waive>,
}

/// What one table, or the attribute, says about a case; `None` where it says
/// nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    /// Limits in base units, in the order they were written.
    pub(crate) limits: Vec<(Target, Set<u64>)>,
    pub(crate) warmup: Option<Set<Warmup>>,
    pub(crate) samples: Option<Set<u64>>,
    pub(crate) max_time_ns: Option<Set<u64>>,
    pub(crate) items: Option<Set<u64>>,
    pub(crate) threads: Option<Set<u64>>,
    pub(crate) rate: Option<Set<u64>>,
    pub(crate) clock: Option<Set<Clock>>,
    pub(crate) mode: Option<Set<Mode>>,
    pub(crate) message: Option<Set<String>>,
    pub(crate) false_fail: Option<Set<f64>>,
    pub(crate) false_pass: Option<Set<f64>>,
    pub(crate) near: Option<Set<f64>>,
    pub(crate) undecided: Option<Set<WhenUndecided>>,
    /// Millionths of what was before.
    pub(crate) regression: Option<Set<u64>>,
    pub(crate) regression_tail: Option<Set<u64>>,
    /// Profiles only.
    pub(crate) slack: Option<Set<f64>>,
}

/// A value and where it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Set<T> {
    pub(crate) value: T,
    /// `None` where no file says it.
    pub(crate) place: Option<Spot>,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Spot {
    /// In the budget file; both count from 1, columns in characters.
    File { line: usize, column: usize },
    /// In an attribute.
    Attribute(Place),
}

impl Spot {
    /// `file:line:column`; `path` is how messages call the budget file.
    pub(crate) fn shown(self, path: &str) -> String {
        match self {
            Spot::File { line, column } => format!("{path}:{line}:{column}"),
            Spot::Attribute(place) => super::shown(&place),
        }
    }
}

/// `[class.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Class {
    pub(crate) name: String,
    pub(crate) place: String,
    pub(crate) settings: Settings,
}

/// `[budget."SELECTOR"]`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) selector: Selector,
    pub(crate) place: String,
    pub(crate) settings: Settings,
}

/// `[profile.NAME]`
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Profile {
    pub(crate) name: String,
    /// `slack`, `mode`, and what `[profile.NAME.defaults]` holds.
    pub(crate) settings: Settings,
    pub(crate) classes: Vec<Class>,
    pub(crate) budgets: Vec<Rule>,
}

/// `[[waive]]`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Waive {
    pub(crate) case: Selector,
    pub(crate) limit: Waived,
    pub(crate) reason: String,
    pub(crate) owner: Option<String>,
    pub(crate) until: Date,
    pub(crate) place: String,
}

/// What of a case a waiver covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waived {
    /// `"*"`: every limit, and being slower than before.
    All,
    /// The limits of this metric.
    Limit(Metric),
    /// `"regression"`: being slower than before.
    Regression,
}

impl Waived {
    /// Whether it covers the limits of a metric; `None` asks about being slower
    /// than before.
    pub(crate) fn covers(self, metric: Option<Metric>) -> bool {
        match self {
            Waived::All => true,
            Waived::Limit(waived) => metric == Some(waived),
            Waived::Regression => metric.is_none(),
        }
    }
}

/// Reads the text of a budget file; `path` is how messages call it.
///
/// # Errors
/// Every mistake that was found, in the order of the file. Text that is not
/// TOML ends at its first mistake, because what follows cannot be trusted.
pub(crate) fn parse(text: &str, path: &str) -> Result<BudgetFile, Mistakes> {
    read::file(text, path)
}

/// Rules, profiles' rules and waivers that match none of these cases, and waivers of
/// limits that none of those has: a mistake only where no other binary of the workspace
/// has a case, and a limit, that they match.
pub(crate) fn unmatched<'file>(
    file: &'file BudgetFile,
    cases: &[Concerned<'_>],
) -> Vec<Unmatched<'file>> {
    check::unmatched(file, cases)
}

#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod tests;
