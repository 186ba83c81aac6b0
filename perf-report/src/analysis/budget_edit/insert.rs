//! A value is put into the table of a pattern, in whichever form the file has it.

use toml_edit::{InlineTable, Item, Table, Value};

use super::place::Lines;
use super::set::{plain, replace};
use super::{Literal, Splice, Wrong, last_byte, parse};

/// Puts a value into the table that a path names, below the keys that follow.
pub(super) fn value(
    text: &str,
    path: &[&str],
    keys: &[String],
    literal: &Literal,
) -> Result<Splice, Wrong> {
    let document = parse(text)?;
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut table = document.as_table();
    for (depth, name) in path.iter().enumerate() {
        match table.get(name) {
            Some(Item::Table(inner)) => table = inner,
            Some(Item::Value(Value::InlineTable(inner))) => {
                let rest = [&path[depth + 1..], &keys].concat();
                return inline(text, inner, &rest, literal);
            }
            None => return Ok(header(text, &document, path, &dotted(&keys), literal)),
            Some(item) => {
                let at = item.span().map_or(0, |span| span.start);
                return Err(no_table(text, at, name));
            }
        }
    }
    below_keys(text, &document, table, path, &keys, literal)
}

/// Puts a value into a table of a pattern, or into one that stands in it.
fn below_keys(
    text: &str,
    root: &Table,
    table: &Table,
    path: &[&str],
    keys: &[&str],
    literal: &Literal,
) -> Result<Splice, Wrong> {
    // The table that a new line goes into, and what of the keys stands in front:
    // dots of a line lead into tables that have no place in the text.
    let (mut home, mut rest) = (table, keys);
    let (mut here, mut left) = (table, keys);
    while let [name, deeper @ ..] = left {
        match (here.get(name), deeper) {
            (None, _) => break,
            (Some(Item::Table(inner)), [_, ..]) => {
                (here, left) = (inner, deeper);
                if !inner.is_dotted() && !inner.is_implicit() {
                    (home, rest) = (inner, deeper);
                }
            }
            (Some(Item::Value(Value::InlineTable(inner))), [_, ..]) => {
                return inline(text, inner, deeper, literal);
            }
            (Some(item), _) => {
                let span = item.span().unwrap_or(0..0);
                return match (item, deeper) {
                    (Item::Value(_), []) => Ok(replace(text, span, literal)),
                    _ => Err(no_table(text, span.start, name)),
                };
            }
        }
    }
    Ok(in_table(text, root, home, path, &dotted(rest), literal))
}

/// Keys as they stand in front of a value: `events."sqlx::query".max`.
fn dotted(keys: &[&str]) -> String {
    let names: Vec<String> = keys.iter().map(|name| quoted(name)).collect();
    names.join(".")
}

/// A line below the last one of a table: `key = value`, or the same with the
/// dots in front that the others have.
fn in_table(
    text: &str,
    root: &Table,
    table: &Table,
    path: &[&str],
    key: &str,
    literal: &Literal,
) -> Splice {
    let lines = Lines(text);
    let Some((keys, last)) = last_value(table) else {
        return match (table.is_implicit(), table.span()) {
            // It only exists because something below it does.
            (true, _) | (_, None) => header(text, root, path, key, literal),
            (false, Some(head)) => {
                let line = lines.around(head.start);
                below(
                    text,
                    head.start,
                    &format!("{}{key}", lines.indent(&line)),
                    literal,
                )
            }
        };
    };
    let line = lines.around(keys);
    // What stands in front of the key: indentation, and the dots of `"a".p99`.
    let front = &text[line.start..keys];
    below(text, last, &format!("{front}{key}"), literal)
}

/// The first byte of the last key that stands in a table itself, and the last
/// byte of its value; of keys with dots, the last one of all they lead to.
fn last_value(table: &Table) -> Option<(usize, usize)> {
    let own = table.iter().filter_map(|(name, item)| {
        let key = table.key(name)?.span()?;
        let last = match item {
            Item::Value(value) => value.span()?.end - 1,
            Item::Table(inner) if inner.is_dotted() => last_byte(inner, &key),
            _ => return None,
        };
        Some((key.start, last))
    });
    own.max_by_key(|(_, end)| *end)
}

/// A new line below the one of a byte.
fn below(text: &str, at: usize, front: &str, literal: &Literal) -> Splice {
    let lines = Lines(text);
    let line = lines.around(at);
    let end = lines.end_near(at);
    let open = if text[..line.end].ends_with('\n') {
        ""
    } else {
        end
    };
    Splice {
        at: line.end..line.end,
        new: format!("{open}{front} = {}{end}", plain(literal)),
    }
}

/// Into `{ .. }`, behind what it holds; what is missing of the path is made.
fn inline(
    text: &str,
    table: &InlineTable,
    rest: &[&str],
    literal: &Literal,
) -> Result<Splice, Wrong> {
    let mut pair = plain(literal);
    if let [name, deeper @ ..] = rest {
        match (table.get(name), deeper) {
            (Some(Value::InlineTable(inner)), [_, ..]) => {
                return inline(text, inner, deeper, literal);
            }
            (Some(value), _) => {
                let span = value.span().unwrap_or(0..0);
                return match deeper {
                    [] => Ok(replace(text, span, literal)),
                    _ => Err(no_table(text, span.start, name)),
                };
            }
            (None, _) => {}
        }
        for name in deeper.iter().rev() {
            pair = format!("{{ {} = {pair} }}", quoted(name));
        }
        pair = format!("{} = {pair}", quoted(name));
    }
    let ends = table.iter().filter_map(|(_, value)| value.span());
    Ok(match ends.map(|span| span.end).max() {
        Some(end) => Splice {
            at: end..end,
            new: format!(", {pair}"),
        },
        None => Splice {
            at: table.span().unwrap_or(0..0),
            new: format!("{{ {pair} }}"),
        },
    })
}

fn no_table(text: &str, at: usize, name: &str) -> Wrong {
    Wrong {
        place: Lines(text).place(at),
        message: format!("found a single value, expected a table `{name}`"),
    }
}

/// A new table: below the last one of the same kind, or at the end.
fn header(text: &str, root: &Table, path: &[&str], key: &str, literal: &Literal) -> Splice {
    let lines = Lines(text);
    let sibling = last_sibling(root, &path[..path.len() - 1]).or_else(|| {
        // The first budget of a profile stands with the profile.
        let profile = path.first().filter(|first| **first == "profile");
        profile.and_then(|_| last_sibling(root, &path[..2]))
    });
    let (at, head_indent, key_indent) = match sibling {
        Some(Sibling { head, keys, last }) => {
            let end = lines.around(last).end;
            let indent = lines.indent(&lines.around(head));
            let inner = keys.map_or(indent, |keys| lines.indent(&lines.around(keys)));
            (lines.end_of_remarks(end), indent, inner)
        }
        None => (text.len(), "", ""),
    };
    let end = lines.end_near(at.saturating_sub(1));
    let names: Vec<String> = path.iter().map(|name| quoted(name)).collect();
    let open = match &text[..at] {
        "" => "".to_owned(),
        before if !before.ends_with('\n') => end.repeat(2),
        before if before.trim_end_matches(['\r', '\n']).len() + end.len() < before.len() => {
            String::new()
        }
        _ => end.to_owned(),
    };
    let rest = &text[at..];
    let close = if rest.is_empty() || rest.starts_with(['\r', '\n']) {
        ""
    } else {
        end
    };
    Splice {
        at: at..at,
        new: format!(
            "{open}{head_indent}[{}]{end}{key_indent}{key} = {}{end}{close}",
            names.join("."),
            plain(literal)
        ),
    }
}

/// A table with a header, as far as the next one's place depends on it.
struct Sibling {
    /// A byte of its header.
    head: usize,
    /// The first byte of its last key.
    keys: Option<usize>,
    /// Its last byte, but for remarks.
    last: usize,
}

/// The table with a header that stands last of those in a table, or that table
/// itself.
fn last_sibling(root: &Table, path: &[&str]) -> Option<Sibling> {
    let mut table = root;
    for name in path {
        table = table.get(name)?.as_table()?;
    }
    let children = table.iter().filter_map(|(_, item)| item.as_table());
    let with_header = children
        .chain((!path.is_empty()).then_some(table))
        .filter(|table| !table.is_dotted());
    let siblings = with_header.filter_map(|table| {
        // A table without a header has the span of nothing.
        let head = table.span().filter(|_| !table.is_implicit())?;
        Some(Sibling {
            head: head.start,
            keys: last_value(table).map(|(keys, _)| keys),
            last: last_byte(table, &head),
        })
    });
    siblings.max_by_key(|sibling| sibling.last)
}

/// A name between dots: bare where it can be.
fn quoted(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        Value::from(name).to_string()
    }
}
