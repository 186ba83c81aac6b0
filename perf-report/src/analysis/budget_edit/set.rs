//! A value becomes another one, in the quotes it had.

use std::ops::Range;

use super::check::{WAIVE, each_value};
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
    let lines = Lines(text);
    let mut here = None;
    each_value(document.as_table(), &mut Vec::new(), &mut |path, value| {
        let span = value.span().filter(|span| lines.place(span.start) == place);
        // A waiver holds no limit.
        if let Some(span) = span.filter(|_| path[0] != WAIVE) {
            let path = path.to_vec();
            here = Some(Found { path, span });
        }
    });
    Ok(here)
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
