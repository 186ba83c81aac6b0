//! A mistake in a template as one sentence: file, line, column, what was found there.

use std::error::Error as _;

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};

use super::{BUILT_IN, Template};

/// How deep variables are looked into for a name that is near.
const DEPTH: u32 = 4;

/// Explains an error of a template that was given these variables.
pub(super) fn explain(error: &Error, template: &Template, context: &Value) -> String {
    let error = innermost(error);
    let name = error.name().unwrap_or(&template.name);
    let text = text_of(name, template);
    let range = error
        .range()
        .filter(|range| text.get(range.clone()).is_some());
    // Of `case.name` the place is that of `.name`.
    let range = range.map(|range| start_of_path(text, range.start)..range.end);
    let (line, column) = match &range {
        Some(range) => position(text, range.start),
        None => (error.line().unwrap_or(1), 1),
    };
    let found = range.map(|range| text[range].trim()).unwrap_or_default();
    format!("{name}:{line}:{column}: {}", what(error, found, context))
}

fn what(error: &Error, found: &str, context: &Value) -> String {
    if error.kind() == ErrorKind::UndefinedError {
        let mut known = Vec::new();
        names(context, DEPTH, &mut known);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let mut words = found.rsplit(|c: char| !c.is_alphanumeric() && c != '_');
        let unknown = words.find(|word| !word.is_empty() && !known.contains(word));
        let near = unknown.and_then(|word| perf_grammar::nearest(word, &known));
        let near = near.map(|near| format!("; did you mean `{near}`?"));
        return format!(
            "found `{found}`, which is not there{}; the page `Documents by template` of the guide lists the variables, and `is defined` asks for one",
            near.unwrap_or_default()
        );
    }
    let said = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    match found {
        "" => said,
        found if said.contains(found) || said.starts_with("found ") => said,
        found => format!("{said}; found `{found}`"),
    }
}

/// The error that has the place: what includes or extends a template wraps it.
fn innermost(error: &Error) -> &Error {
    let inner = error
        .source()
        .and_then(|source| source.downcast_ref::<Error>());
    inner
        .filter(|inner| inner.line().is_some())
        .map_or(error, innermost)
}

fn text_of<'a>(name: &str, template: &'a Template) -> &'a str {
    let built_in = BUILT_IN.iter().find(|(known, _)| *known == name);
    match built_in {
        Some((_, text)) if name != template.name => text,
        _ => &template.text,
    }
}

/// Where the path of names begins that goes on at a byte.
fn start_of_path(text: &str, at: usize) -> usize {
    let goes_on = text[at..].starts_with(['.', '[']);
    let of_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    match goes_on {
        true => text[..at].trim_end_matches(of_path).len(),
        false => at,
    }
}

/// Line and column of a byte, counted from one.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (line, before[start..].chars().count() + 1)
}

/// All names that stand in variables, of lists in the first of their values.
fn names(value: &Value, depth: u32, into: &mut Vec<String>) {
    let Ok(inside) = value.try_iter() else {
        return;
    };
    if depth == 0 {
        return;
    }
    if value.kind() != ValueKind::Map {
        if let Some(first) = inside.into_iter().next() {
            names(&first, depth - 1, into);
        }
        return;
    }
    for key in inside {
        into.extend(key.as_str().map(str::to_owned));
        if let Ok(one) = value.get_item(&key) {
            names(&one, depth - 1, into);
        }
    }
}
