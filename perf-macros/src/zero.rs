//! Limits that can never hold or never break, and numbers that leave nothing to do.

use perf_grammar::{Key, Metric, Role, Unit};

/// A share of one, in millionths.
const ALL: u64 = 1_000_000;

/// Why this amount says nothing behind `word`, and what to write instead.
pub(crate) fn why_not(word: &str, key: Key, unit: Unit, amount: u64) -> Option<String> {
    if key.role == Role::Limit(Metric::Errors) && amount >= ALL {
        return Some(format!(
            "every call may fail, which always holds: `{word}` needs a share below 100%"
        ));
    }
    if amount > 0 {
        return None;
    }
    let text = match (key.role, unit) {
        (Role::Limit(Metric::Errors), _) => {
            format!("without `{word}` no call may fail: leave it out, or write a share above zero")
        }
        (Role::Limit(_), Unit::Duration) => {
            format!("no call takes no time at all: `{word}` needs a limit above zero")
        }
        (Role::Limit(_), Unit::Factor) => {
            format!("no call takes no time at all: `{word}` needs a factor above zero")
        }
        (Role::Limit(_), Unit::Share) => {
            format!("no call works without a processor: `{word}` needs a share above zero")
        }
        (Role::Limit(_), Unit::Rate) => {
            format!("a floor of zero always holds: `{word}` needs one above zero")
        }
        (Role::Shape, Unit::Rate) => {
            format!("a `{word}` of zero begins no call: write one above zero")
        }
        (Role::Shape, Unit::Duration) if key.name == "max_time" => format!(
            "`{word}` of zero leaves no time to measure in; leave it out, or write a time above zero"
        ),
        _ => return None,
    };
    Some(text)
}
