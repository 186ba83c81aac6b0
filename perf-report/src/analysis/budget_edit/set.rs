//! A value becomes another one, in the quotes it had.

use std::ops::Range;

use toml_edit::{Item, Table, Value};

use super::place::Lines;
use super::{Literal, Place, Splice, Wrong, parse};

/// Replaces the value that starts at a place.
pub(super) fn at(text: &str, place: Place, literal: &Literal) -> Result<Splice, Wrong> {
    match find(text, place)? {
        Some(found) => Ok(replace(text, found.span, literal)),
        None => Err(nothing(place)),
    }
}

/// A single value.
pub(super) struct Found {
    pub(super) path: Vec<String>,
    pub(super) span: Range<usize>,
}

/// The value that starts at a place.
pub(super) fn find(text: &str, place: Place) -> Result<Option<Found>, Wrong> {
    let document = parse(text)?;
    let mut all = Vec::new();
    collect(document.as_table(), &mut Vec::new(), &mut all);
    let lines = Lines(text);
    let here = |found: &Found| lines.place(found.span.start) == place;
    Ok(all.into_iter().find(here))
}

pub(super) fn nothing(place: Place) -> Wrong {
    Wrong {
        place,
        message: "no value starts here any more; the file has changed since it was read".to_owned(),
    }
}

/// The bytes of a value become another one: in single quotes if it had those,
/// as a text if it was one.
pub(super) fn replace(text: &str, span: Range<usize>, literal: &Literal) -> Splice {
    let old = &text[span.clone()];
    let new = match old.chars().next() {
        Some('\'') => format!("'{}'", literal.text),
        Some('"') => format!("\"{}\"", literal.text),
        _ => plain(literal),
    };
    Splice { at: span, new }
}

/// A value that stands there for the first time.
pub(super) fn plain(literal: &Literal) -> String {
    if literal.bare {
        literal.text.clone()
    } else {
        format!("\"{}\"", literal.text)
    }
}

fn collect(table: &Table, path: &mut Vec<String>, all: &mut Vec<Found>) {
    for (key, item) in table {
        path.push(key.to_owned());
        match item {
            Item::Value(value) => of_value(value, path, all),
            Item::Table(table) => collect(table, path, all),
            // A waiver holds no limit.
            Item::ArrayOfTables(_) | Item::None => {}
        }
        path.pop();
    }
}

fn of_value(value: &Value, path: &mut Vec<String>, all: &mut Vec<Found>) {
    if let Value::InlineTable(table) = value {
        for (key, value) in table {
            path.push(key.to_owned());
            of_value(value, path, all);
            path.pop();
        }
    } else if let Some(span) = value.span() {
        let path = path.clone();
        all.push(Found { path, span });
    }
}
