//! One page that opens without a network: verdict and counts, what was not judged, a
//! table, and the charts of each case.
//!
//! The page is a template with a dozen places, a style sheet and a script, each in a
//! file beside this one. Rust decides what is shown and says it as data, a block
//! of JSON for the rows and one for each case, which is read when the case is opened;
//! the script makes elements and charts of it, and only of the rows in sight. So ten
//! thousand cases cost no more to open than their text.
//!
//! NOTE: a template engine (minijinja) was considered. The template has no conditions
//! and no loops: what repeats are the rows, and those are made by the script. Nor is
//! a chart crate of use: charts follow the width of the window and the pointer.
//!
//! No text of a record becomes markup: Rust writes it escaped or within JSON in which
//! `<`, `>` and `&` are escapes, the script sets it as text, and a content security
//! policy allows this script and this style sheet and nothing else.

mod compared;
mod embed;
mod figures;
#[cfg(feature = "history")]
mod history;
mod page;
mod run;
mod section;
mod series;

#[cfg(test)]
mod tests;

pub(crate) use self::compared::render as comparison;
#[cfg(feature = "history")]
pub(crate) use self::history::render as trend;
pub(crate) use self::run::render as report;
