//! Waivers: which there are, and how one goes.

use toml_edit::{Item, TableLike};

use super::place::Lines;
use super::{Place, Splice, Wrong, last_byte, parse};
use crate::model::record::owned;

/// One `[[waive]]`, as far as it is written as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiver {
    pub(crate) place: Place,
    pub(crate) case: String,
    pub(crate) limit: String,
    /// Why, and whose it is.
    pub(crate) reason: String,
    /// The last day it holds: `2026-12-31`.
    pub(crate) until: String,
    /// Whether it has a header, so that it can be taken away.
    pub(crate) own: bool,
}

/// The waivers of a file.
///
/// # Errors
/// If the text is no TOML.
pub(crate) fn waivers(text: &str) -> Result<Vec<Waiver>, Wrong> {
    let document = parse(text)?;
    let read = |table: &dyn TableLike, at: Option<std::ops::Range<usize>>, own| {
        let word = |key: &str| table.get(key).and_then(Item::as_str).map(str::to_owned);
        Some(Waiver {
            place: Lines(text).place(at?.start),
            case: word("case")?,
            limit: word("limit")?,
            reason: owned(&word("reason")?, word("owner").as_deref()),
            until: table.get("until")?.as_datetime()?.to_string(),
            own,
        })
    };
    Ok(match document.as_table().get("waive") {
        Some(Item::ArrayOfTables(tables)) => tables
            .iter()
            .filter_map(|table| read(table, table.span(), true))
            .collect(),
        Some(Item::Value(value)) => value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|value| read(value.as_inline_table()?, value.span(), false))
            .collect(),
        _ => Vec::new(),
    })
}

/// Takes away the waiver whose header starts at a place: its lines, the comment
/// directly above and the remarks directly below, and one of the blank lines
/// around it.
pub(super) fn at(text: &str, place: Place) -> Result<Splice, Wrong> {
    let document = parse(text)?;
    let lines = Lines(text);
    let tables = document.as_table().get("waive");
    let table = tables
        .and_then(Item::as_array_of_tables)
        .into_iter()
        .flatten()
        .find(|table| {
            table
                .span()
                .is_some_and(|span| lines.place(span.start) == place)
        });
    let Some((table, head)) = table.and_then(|table| Some((table, table.span()?))) else {
        return Err(Wrong {
            place,
            message: "no [[waive]] header starts here; remove it by hand".to_owned(),
        });
    };
    let last = last_byte(table, &head);
    let mut start = lines.around(head.start).start;
    while let Some(line) = lines
        .before(start)
        .filter(|line| lines.text(line).starts_with('#'))
    {
        start = line.start;
    }
    let mut end = lines.end_of_remarks(lines.around(last).end);
    let blank =
        |line: Option<std::ops::Range<usize>>| line.filter(|line| lines.text(line).is_empty());
    let above = lines.before(start);
    match (
        above.is_none() || blank(above.clone()).is_some(),
        blank(lines.at(end)),
    ) {
        (true, Some(below)) => end = below.end,
        // The last one of the file leaves no blank line behind.
        (true, None) if end == text.len() => start = blank(above).map_or(start, |line| line.start),
        _ => {}
    }
    Ok(Splice {
        at: start..end,
        new: String::new(),
    })
}
