//! What several runs say of budgets: which numbers hold with room, and which leave too much of it.

mod headroom;
mod limit;
mod ratchet;
mod observation;
mod aggregate;
mod source;
mod subject;
mod suggest;
mod waiver;
mod goal;
mod words;

use perf_grammar::Metric;

use crate::analysis::budget_edit::{Change, Literal, Place};
use crate::model::literal::Written;

pub(crate) use self::headroom::Headroom;
pub(crate) use self::observation::Observation;
pub(crate) use self::ratchet::{Row, Tightened, tighten, try_out};
pub(crate) use self::source::in_source;
pub(crate) use self::subject::{BudgetText, Origin, Standing, Subject, subjects};
pub(crate) use self::suggest::{Suggestions, draft, suggest};
pub(crate) use self::waiver::{Idle, idle};

/// What is proposed, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Policy {
    pub(crate) headroom: Headroom,
    /// Only these; whatever a case declares or should declare where empty.
    pub(crate) only: Vec<Metric>,
    /// Instructions are asked for, so that a limit on them is welcome.
    pub(crate) instructions: bool,
    /// Believe times of a machine that is unfit for measuring.
    pub(crate) any_machine: bool,
    /// Write into `[profile.NAME.budget]`.
    pub(crate) profile: Option<String>,
    /// Tighten classes too.
    pub(crate) classes: bool,
}

/// A number that would hold with room.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Proposal {
    pub(crate) case: String,
    /// Others that the same number holds for.
    pub(crate) others: Vec<String>,
    /// `file:line` of the case's attribute.
    pub(crate) source: String,
    /// Which of the budget files.
    pub(crate) file: usize,
    pub(crate) metric: Metric,
    pub(crate) of: Option<String>,
    pub(crate) value: Written,
    pub(crate) now: Option<Now>,
    pub(crate) home: Home,
    /// What was measured, and the room that is left.
    pub(crate) why: String,
}

/// The limit that is in force today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    /// As it was written.
    pub(crate) value: Written,
    pub(crate) origin: Origin,
    pub(crate) broken: bool,
}

/// Where a number goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// Where the old one stands.
    Place(Place),
    /// Into a table of just this case.
    Table { profile: Option<String> },
    /// Into the attribute, by hand: the file cannot hold it, or should not.
    Source,
}

/// Something for which nothing is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Nothing {
    pub(crate) case: String,
    /// `p99`; empty for the case as a whole.
    pub(crate) what: String,
    pub(crate) why: String,
}

impl Proposal {
    /// What people call the limit: `p99`, `events sqlx::query`.
    pub(crate) fn name(&self) -> String {
        name(self.metric, self.of.as_deref())
    }

    /// The change of the budget file, if that is where it goes.
    pub(crate) fn change(&self) -> Option<Change> {
        match &self.home {
            Home::Place(place) => Some(Change::Set {
                place: *place,
                literal: self.literal(),
            }),
            Home::Table { profile } => Some(self.put(&self.case, profile.clone())),
            Home::Source => None,
        }
    }

    /// What stands for it in the attribute: `p99 = "12ms"`.
    pub(crate) fn in_attribute(&self) -> String {
        words::in_attribute(self.metric, self.of.as_deref(), &self.value)
    }

    fn put(&self, case: &str, profile: Option<String>) -> Change {
        Change::Put {
            profile,
            pattern: case.to_owned(),
            keys: words::in_file(self.metric, self.of.as_deref()),
            literal: self.literal(),
        }
    }

    fn literal(&self) -> Literal {
        literal(self.metric, self.of.as_deref(), &self.value)
    }
}

/// A value as the file holds it: a ratio names the other case.
fn literal(metric: Metric, of: Option<&str>, value: &Written) -> Literal {
    let text = match (metric, of) {
        (Metric::Ratio, Some(of)) => format!("{} {of}", value.text),
        _ => value.text.clone(),
    };
    Literal {
        text,
        bare: value.bare,
    }
}

fn name(metric: Metric, of: Option<&str>) -> String {
    match of {
        Some(of) => format!("{metric} {of}"),
        None => metric.key(),
    }
}

/// Whether the budget file can hold a limit on this.
fn in_file(metric: Metric) -> bool {
    perf_grammar::find(&words::in_file(metric, None)[0]).is_some_and(|key| key.in_file)
}

/// Whether it is a number that can be proposed at all.
fn is_number(metric: Metric) -> bool {
    !matches!(metric, Metric::DenyAlloc | Metric::Complexity)
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
