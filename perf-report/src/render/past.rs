//! What was measured over time: a trend in, text out.

mod json;
mod markdown;
mod tables;
mod terminal;

pub(crate) use self::json::render as json;
pub(crate) use self::markdown::render as markdown;
pub(crate) use self::terminal::render as terminal;

/// Which of the two verbs asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// One case or a few: a table of runs each.
    Runs,
    /// All cases: a line each.
    Lines,
}

#[cfg(test)]
mod tests;
