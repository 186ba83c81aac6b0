//! What templates print figures with.

use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, Value};

use super::super::compared::signed;
use super::super::markdown;

/// Prints a figure of one unit.
type Print = fn(f64) -> String;

/// The units of figures, as records name them, and what prints each.
const UNITS: [(&str, Print); 8] = [
    ("ns", perf_grammar::format_duration),
    ("bytes", perf_grammar::format_bytes),
    ("count", perf_grammar::format_count),
    ("per_s", |per_s| perf_grammar::format_rate(per_s * 1e3)),
    ("per_1000_s", perf_grammar::format_rate),
    ("millionths", perf_grammar::format_share),
    ("thousandths", perf_grammar::format_factor),
    ("exponent", |power| format!("n^{power:.2}")),
];

/// Adds all filters.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("quantity", quantity);
    environment.add_filter("duration", |value| {
        printed(value, perf_grammar::format_duration)
    });
    environment.add_filter("bytes", |value| printed(value, perf_grammar::format_bytes));
    environment.add_filter("count", |value| printed(value, perf_grammar::format_count));
    environment.add_filter("per_second", |value| {
        printed(value, |per_s| perf_grammar::format_rate(per_s * 1e3))
    });
    environment.add_filter("percent", |value| {
        printed(value, crate::model::words::percent)
    });
    environment.add_filter("change", |value| printed(value, signed));
    environment.add_filter("code", code);
}

/// A figure that is missing prints nothing.
fn printed(value: Option<f64>, print: Print) -> String {
    value.map(print).unwrap_or_default()
}

fn quantity(value: Option<f64>, unit: Option<String>) -> Result<String, Error> {
    let (Some(value), Some(unit)) = (value, unit) else {
        return Ok(String::new());
    };
    let known = UNITS.iter().find(|(name, _)| *name == unit);
    let (_, print) = known.ok_or_else(|| {
        let names = UNITS.map(|(name, _)| name).join(", ");
        Error::new(
            ErrorKind::InvalidOperation,
            format!("found the unit {unit:?}, expected one of {names}"),
        )
    })?;
    Ok(print(value))
}

/// A name in code: of Markdown between backticks, of HTML in its element.
fn code(state: &State<'_, '_>, name: Value) -> Value {
    let name = name.to_string();
    match state.auto_escape() {
        AutoEscape::Custom(_) => Value::from_safe_string(markdown::code(&name)),
        _ => Value::from(name),
    }
}
