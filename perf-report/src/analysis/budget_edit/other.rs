//! What is added to other TOML files (manifests, configurations) leaves every other byte as it is too.

use toml_edit::{DocumentMut, Item};

use super::place::Lines;
use super::{Literal, Wrong, check, insert, parse};

/// Puts a key into the table of a path, which is made where there is none. The value is
/// written as it is given.
///
/// # Errors
/// If the text is no TOML, or something else than a table stands there.
pub(crate) fn put(text: &str, path: &[&str], key: &str, value: &str) -> Result<String, Wrong> {
    let literal = Literal {
        text: value.to_owned(),
        bare: true,
    };
    let mut new = text.to_owned();
    insert::value(text, path, &[key.to_owned()], &literal)?.make(&mut new);
    kept(text, new)
}

/// Adds a text to the list at a path; `None` where there is no list.
///
/// # Errors
/// If the text is no TOML.
pub(crate) fn push(text: &str, path: &[&str], value: &str) -> Result<Option<String>, Wrong> {
    let document = parse(text)?;
    let mut item = document.as_item();
    for name in path {
        match item.get(*name) {
            Some(inner) => item = inner,
            None => return Ok(None),
        }
    }
    let Some(list) = item.as_array() else {
        return Ok(None);
    };
    let last = list.iter().filter_map(toml_edit::Value::span).last();
    let (at, new) = match (last, list.span()) {
        (Some(last), _) => {
            let lines = Lines(text);
            let line = lines.around(last.start);
            // On a separate line where the last one is.
            let new = match text[line.start..last.start].trim().is_empty() {
                true => format!(
                    ",{}{}\"{value}\"",
                    lines.end_near(last.start),
                    lines.indent(&line)
                ),
                false => format!(", \"{value}\""),
            };
            (last.end, new)
        }
        (None, Some(list)) => (list.start + 1, format!("\"{value}\"")),
        (None, None) => return Ok(None),
    };
    let mut changed = text.to_owned();
    changed.insert_str(at, &new);
    kept(text, changed).map(Some)
}

/// Adds lines at the end, behind an empty line.
///
/// # Errors
/// If that is no TOML any more.
pub(crate) fn append(text: &str, block: &str) -> Result<String, Wrong> {
    let end = Lines(text).end_near(text.len().saturating_sub(1));
    let block = block.replace('\n', end);
    let open = match text {
        "" => String::new(),
        text if text.ends_with('\n') => end.to_owned(),
        _ => end.repeat(2),
    };
    kept(text, format!("{text}{open}{block}"))
}

/// The new text, where it means all that the old one does.
fn kept(old: &str, new: String) -> Result<String, Wrong> {
    let before = check::meaning(&parse(old)?);
    let after = check::meaning(&parse(&new)?);
    let lost = before
        .iter()
        .find(|(path, value)| after.get(*path) != Some(*value));
    match lost {
        None => Ok(new),
        Some((path, _)) => Err(Wrong {
            place: Lines(old).place(0),
            message: format!(
                "`{}` would mean something else after the change; write it by hand",
                path.join(".")
            ),
        }),
    }
}

/// What stands at a path of a TOML file; nothing where the text is none.
pub(crate) fn at(text: &str, path: &[&str]) -> Option<Item> {
    let document: DocumentMut = text.parse().ok()?;
    let mut item = document.as_item();
    for name in path {
        item = item.get(*name)?;
    }
    Some(item.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: Result<String, Wrong>, expected: &str) {
        assert_eq!(found.as_deref(), Ok(expected));
    }

    #[test]
    fn a_dependency_goes_into_its_table_or_into_a_new_one() {
        let line = "{ path = \"../p\" }";
        let add = |text: &str| put(text, &["dev-dependencies"], "p", line);
        check(
            add("[package]\nname = \"a\"\n"),
            "[package]\nname = \"a\"\n\n[dev-dependencies]\np = { path = \"../p\" }\n",
        );
        check(
            add("[dev-dependencies]\na = \"1\" # one\n\n[features]\nx = []\n"),
            "[dev-dependencies]\na = \"1\" # one\np = { path = \"../p\" }\n\n[features]\nx = []\n",
        );
        check(
            add("[package]\r\nname = \"a\"\r\n[dev-dependencies.b]\r\nversion = \"1\"\r\n"),
            "[package]\r\nname = \"a\"\r\n\r\n[dev-dependencies]\r\np = { path = \"../p\" }\r\n\r\n[dev-dependencies.b]\r\nversion = \"1\"\r\n",
        );
        assert!(add("dev-dependencies = 1\n").is_err());
        assert!(add("no toml").is_err());
    }

    #[test]
    fn a_member_goes_into_the_list_as_the_others_stand_there() {
        let add = |text: &str| push(text, &["workspace", "members"], "xtask");
        let some = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(
            add("[workspace]\nmembers = [\"a\"]\n"),
            some("[workspace]\nmembers = [\"a\", \"xtask\"]\n")
        );
        assert_eq!(
            add("[workspace]\nmembers = [\n    \"a\",\n    \"b\", # two\n]\n"),
            some("[workspace]\nmembers = [\n    \"a\",\n    \"b\",\n    \"xtask\", # two\n]\n")
        );
        assert_eq!(
            add("[workspace]\nmembers = []\n"),
            some("[workspace]\nmembers = [\"xtask\"]\n")
        );
        assert_eq!(add("[workspace]\nresolver = \"3\"\n"), Ok(None));
    }

    #[test]
    fn lines_are_added_with_the_ends_that_a_file_has() {
        check(
            append("a = 1\r\n", "[b]\nc = 2\n"),
            "a = 1\r\n\r\n[b]\r\nc = 2\r\n",
        );
        check(append("a = 1", "[b]\n"), "a = 1\n\n[b]\n");
        check(append("", "[b]\n"), "[b]\n");
        assert!(append("[b]\nc = 1\n", "[b]\nc = 2\n").is_err());
    }

    #[test]
    fn what_stands_at_a_path_is_found() {
        let text = "[a]\nb = { c = true }\n";
        let found = at(text, &["a", "b", "c"]);
        assert_eq!(found.and_then(|item| item.as_bool()), Some(true));
        assert!(at(text, &["a", "x"]).is_none() && at("no toml", &["a"]).is_none());
    }
}
