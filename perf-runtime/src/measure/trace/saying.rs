//! What an event says: the text by which those that repeat each other are known.

use std::fmt::{self, Debug, Write};

use tracing::Event;
use tracing::field::{Field, Visit};

/// Fields that hold what was done, the best first: two names of OpenTelemetry for
/// the text of a query, what libraries call it, and what any event may have.
const FIELDS: [&str; 7] = [
    "db.query.text",
    "db.statement",
    "summary",
    "statement",
    "query",
    "sql",
    "message",
];
/// The most bytes that are kept of it; those that repeat each other do so from the
/// beginning.
const LONGEST: usize = 160;

/// The text of an event in one line, or nothing.
pub(super) fn of(event: &Event<'_>) -> String {
    let mut saying = Saying {
        rank: FIELDS.len(),
        text: String::new(),
    };
    event.record(&mut saying);
    saying.text
}

/// The best field so far.
struct Saying {
    rank: usize,
    text: String,
}

impl Saying {
    fn take(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let rank = FIELDS.iter().position(|name| *name == field.name());
        let Some(rank) = rank.filter(|rank| *rank < self.rank) else {
            return;
        };
        let mut line = Line::default();
        // An error says that there is more than is kept.
        let _ = line.write_fmt(value);
        if !line.text.is_empty() {
            *self = Saying {
                rank,
                text: line.text,
            };
        }
    }
}

impl Visit for Saying {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.take(field, format_args!("{value:?}"));
    }
}

/// A text with a blank for each run of white space, as long as there is room.
#[derive(Default)]
struct Line {
    text: String,
    gap: bool,
}

impl Write for Line {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        for c in more.chars() {
            if c.is_whitespace() || c.is_control() {
                self.gap = true;
                continue;
            }
            if self.text.len() >= LONGEST {
                self.text.push('…');
                return Err(fmt::Error);
            }
            if self.gap && !self.text.is_empty() {
                self.text.push(' ');
            }
            self.gap = false;
            self.text.push(c);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn line(parts: &[&str], expected: &str) {
        let mut line = Line::default();
        let _ = parts.iter().try_for_each(|part| line.write_str(part));
        assert_eq!(line.text, expected);
    }

    #[test]
    fn a_statement_is_one_line_and_not_too_long() {
        line(
            &["\n  SELECT name\n", "  FROM items\t"],
            "SELECT name FROM items",
        );
        line(&["", " \n"], "");
        let long = "é".repeat(300);
        line(&[&long, "more"], &format!("{}…", "é".repeat(80)));
    }
}
