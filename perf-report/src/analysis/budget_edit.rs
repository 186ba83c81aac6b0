//! Changes to the text of `perf-budgets.toml` that leave every other byte as it is.
//!
//! NOTE: `toml_edit` says where everything stands, but does not write the file
//! anew: it would turn `\r\n` into `\n`. Each change replaces, inserts or takes
//! away some bytes, and what came out is read again and must mean what the old
//! text meant but for the changes.

mod check;
mod drop;
mod insert;
mod other;
mod place;
mod set;

use std::fmt;

use toml_edit::{Document, Table};

pub(crate) use self::drop::{Waiver, waivers};
pub(crate) use self::other::{append, at, push, put};
use self::place::Lines;

/// A file that says nothing.
pub(crate) const EMPTY: &str = "schema = 1\n";

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The value that stands there becomes another one.
    Set { place: Place, literal: Literal },
    /// A limit of the cases of a pattern: replaced where the table of just this
    /// pattern has it, added where not.
    Put {
        /// `[profile.NAME.budget.".."]` instead of `[budget.".."]`.
        profile: Option<String>,
        pattern: String,
        /// `p99`; `events`, `sqlx::query`, `max` where it is of something with a name.
        keys: Vec<String>,
        literal: Literal,
    },
    /// A `[[waive]]` goes, with the comment directly above it.
    Drop { place: Place },
}

/// Line and column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A value as it is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// Without quotes.
    pub(crate) text: String,
    /// A plain number, which needs no quotes.
    pub(crate) bare: bool,
}

/// Why a text cannot be changed, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) place: Place,
    pub(crate) message: String,
}

impl Place {
    /// The end of `file:line:column`.
    pub(crate) fn of(text: &str) -> Option<Place> {
        let mut parts = text.rsplit(':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        Some(Place { line, column })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// The text with the changes made.
///
/// # Errors
/// If the text is no TOML, if nothing stands where something is to be changed,
/// or if the outcome would mean anything else than what was asked for.
pub(crate) fn apply(text: &str, changes: &[Change]) -> Result<String, Wrong> {
    let before = check::meaning(&parse(text)?);
    let expected = check::expected(before, text, changes)?;
    let mut new = text.to_owned();
    // Places are those of the old text, so what stands last is changed first.
    let mut placed: Vec<(Place, &Change)> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Set { place, .. } | Change::Drop { place } => Some((*place, change)),
            Change::Put { .. } => None,
        })
        .collect();
    placed.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
    for (place, change) in placed {
        let splice = match change {
            Change::Set { literal, .. } => set::at(&new, place, literal)?,
            Change::Drop { .. } => drop::at(&new, place)?,
            Change::Put { .. } => continue,
        };
        splice.make(&mut new);
    }
    for change in changes {
        if let Change::Put {
            profile,
            pattern,
            keys,
            literal,
        } = change
        {
            let path = path(profile.as_deref(), pattern);
            insert::value(&new, &path, keys, literal)?.make(&mut new);
        }
    }
    check::same(&expected, &new)?;
    Ok(new)
}

/// The names down to the value that starts at a place: `budget`, `a::b`, `p99`.
pub(crate) fn path_at(text: &str, place: Place) -> Option<Vec<String>> {
    let found = set::find(text, place).ok()?;
    found.map(|found| found.path)
}

/// The value that starts at a place, without its quotes.
pub(crate) fn value_at(text: &str, place: Place) -> Option<String> {
    let found = set::find(text, place).ok()??;
    let value: toml_edit::Value = text[found.span].parse().ok()?;
    Some(match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    })
}

/// A key of a table, where its value stands, and that if it is a text.
pub(crate) type Entry = (String, Place, Option<String>);

/// The entries of a table at the top of the file, in its order; none where there is no
/// such table.
///
/// # Errors
/// If the text is no TOML, or something else than a table has this name.
pub(crate) fn entries(text: &str, table: &[&str]) -> Result<Vec<Entry>, Wrong> {
    let document = parse(text)?;
    let mut item = document.as_item();
    for name in table {
        match item.get(name) {
            Some(inside) => item = inside,
            None => return Ok(Vec::new()),
        }
    }
    let place =
        |item: &toml_edit::Item| Lines(text).place(item.span().map_or(0, |span| span.start));
    let Some(entries) = item.as_table_like() else {
        return Err(Wrong {
            place: place(item),
            message: format!(
                "found a single value, expected a table [{}]",
                table.join(".")
            ),
        });
    };
    let entry = |(key, item): (&str, &toml_edit::Item)| {
        (
            key.to_owned(),
            place(item),
            item.as_str().map(str::to_owned),
        )
    };
    Ok(entries.iter().map(entry).collect())
}

/// Some bytes, and what stands there afterwards.
#[derive(Debug)]
struct Splice {
    at: std::ops::Range<usize>,
    new: String,
}

impl Splice {
    fn make(self, text: &mut String) {
        text.replace_range(self.at, &self.new);
    }
}

/// The names of the tables down to that of a pattern.
fn path<'a>(profile: Option<&'a str>, pattern: &'a str) -> Vec<&'a str> {
    match profile {
        Some(profile) => vec!["profile", profile, "budget", pattern],
        None => vec!["budget", pattern],
    }
}

fn parse(text: &str) -> Result<Document<&str>, Wrong> {
    Document::parse(text).map_err(|error| Wrong {
        place: Lines(text).place(error.span().unwrap_or(0..0).start),
        message: format!("this is not TOML: {}", error.message().replace('\n', "; ")),
    })
}

/// The last byte of the values of a table, dotted keys included, or of its
/// header where it has none.
fn last_byte(table: &Table, head: &std::ops::Range<usize>) -> usize {
    let values = table.get_values();
    let ends = values.iter().filter_map(|(_, value)| value.span());
    ends.map(|span| span.end).max().unwrap_or(head.end) - 1
}

#[cfg(test)]
mod tests;
