//! What was measured over time: a picture in, text out.

mod json;
mod markdown;
mod tables;
mod terminal;

use super::terminal::Look;
use crate::analysis::history::Trend;

/// Which of the two verbs asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// One case or a few: a table of runs each.
    Runs,
    /// All cases: a line each.
    Lines,
}

/// For people at a terminal.
pub(crate) fn terminal(picture: &Trend, view: View, look: Look) -> String {
    terminal::render(picture, view, look)
}

/// For a pull request or a document.
pub(crate) fn markdown(picture: &Trend, view: View) -> String {
    markdown::render(picture, view)
}

/// For programs.
pub(crate) fn json(picture: &Trend, view: View) -> String {
    json::render(picture, view)
}

#[cfg(test)]
mod tests;
