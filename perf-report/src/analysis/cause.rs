//! One reason why a limit is broken, or why a build is worse than another.

use serde::{Deserialize, Serialize};

use super::share::Share;

/// Causes that are shown.
pub(crate) const SHOWN: usize = 4;
/// The least share with which a further cause is shown.
pub(crate) const MIN_SHARE: f64 = 0.05;

/// One reason why a limit is broken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cause {
    pub(crate) kind: Kind,
    /// What happens and where: `update (src/store.rs:40) waits for a lock in Mutex::lock
    /// (futex)`.
    pub(crate) headline: String,
    /// `src/store.rs:40`
    pub(crate) place: Option<String>,
    /// Of what the broken metric measures.
    pub(crate) share: Option<Share>,
    /// How much less the metric would be without it, at most: in its base unit.
    pub(crate) saves: Option<f64>,
    /// The same for people.
    pub(crate) figures: String,
    /// What else is known of it.
    pub(crate) lines: Vec<String>,
}

/// What a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The calling thread runs a function.
    Function,
    /// The calling thread waits.
    Wait,
    /// It waits for another thread, which does this.
    Thread,
    /// A function executes instructions.
    Instructions,
    /// A function allocates.
    Allocation,
    /// Something is asked or said again and again, such as a statement.
    Repetition,
}

impl Cause {
    /// A cause of which no more is known yet.
    pub(crate) fn new(kind: Kind, headline: String, place: Option<String>) -> Cause {
        Cause {
            kind,
            headline,
            place,
            share: None,
            saves: None,
            figures: String::new(),
            lines: Vec::new(),
        }
    }

    /// The cause in one line.
    pub(crate) fn text(&self) -> String {
        match self.figures.is_empty() {
            true => self.headline.clone(),
            false => format!("{}: {}", self.headline, self.figures),
        }
    }
}
