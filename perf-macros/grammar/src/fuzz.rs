//! What any text is given to: at random by `xtask/fuzz`, and by tests the texts that are kept.

use crate::{
    Pattern, Unit, UnitError, acts_on_its_reader, file_name, format, format_exact, harmless,
    harmless_lines, name_matches, nearest, parse, parse_ratio, parse_tolerance, read_threshold,
    without_argument, without_generics,
};

const UNITS: [Unit; 6] = [
    Unit::Duration,
    Unit::Bytes,
    Unit::Count,
    Unit::Rate,
    Unit::Share,
    Unit::Factor,
];

/// What is printed has three digits: it is off by half of the last of them at most.
const ROUNDED: f64 = 0.006;

/// Quantities: what is read is printed, and what is printed is read as the same; what is
/// wrong is a part of the text.
///
/// # Panics
/// Where that does not hold.
pub fn units(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for unit in UNITS {
        let amount = match parse(unit, text) {
            Ok(amount) => amount,
            Err(error) => {
                points_at(text, &error);
                continue;
            }
        };
        let exact = format_exact(unit, amount as f64);
        assert!(!exact.is_empty(), "{text}");
        // Large rates are printed with a prefix that no budget needs, and what is rounded
        // up may not fit any more.
        if unit == Unit::Rate && amount >= 990_000_000 || amount > u64::MAX / 2 {
            continue;
        }
        let shown = format(unit, amount as f64);
        let again = parse(unit, &shown);
        let again = again.unwrap_or_else(|error| panic!("{text} is shown as {shown}: {error}"));
        let off = (again as f64 - amount as f64).abs();
        assert!(
            off <= (amount as f64 * ROUNDED).max(0.5),
            "{text} is {amount}, and is shown as {shown}, {again}"
        );
    }
    let (key, value) = text.split_once('=').unwrap_or(("case", text));
    for result in [parse_ratio(text).map(drop), parse_tolerance(text).map(drop)] {
        let _ = result.map_err(|error| points_at(text, &error));
    }
    let _ = read_threshold(key, value).map_err(|error| points_at(value, &error));
}

#[track_caller]
fn points_at(text: &str, error: &UnitError) {
    assert!(text.get(error.at.clone()).is_some(), "{text}: {error:?}");
    assert!(!error.to_string().is_empty(), "{text}");
}

/// Patterns: the text is a pattern, a blank and an id. What is matched is what the
/// definition says, and a name fits itself.
///
/// # Panics
/// Where that does not hold.
pub fn patterns(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (first, id) = text.split_once(' ').unwrap_or((text, "a::b/1"));
    if let Ok(pattern) = Pattern::parse(first) {
        assert_eq!(pattern.as_str(), first);
        let _ = (pattern.matches(id), pattern.names_nothing());
        let ids = [id, without_argument(id)];
        if ids.iter().all(|id| is_short(first, id)) {
            let expected = ids.iter().any(|id| by_definition(first, id));
            assert_eq!(pattern.matches(id), expected, "{first} on {id}");
        }
        if !first.contains('*') {
            assert!(pattern.matches(first), "{first}");
        }
    }
    if first.len() * id.len() < 400 {
        let expected = stars_by_definition(first.as_bytes(), id.as_bytes());
        assert_eq!(name_matches(first, id), expected, "{first} on {id}");
    }
    let _ = (nearest(first, &[id, "p99", "mem"]), without_generics(text));
    let name = file_name(text);
    assert!(
        name.is_ascii() && !name.contains(['/', '\\', '\0']),
        "{name}"
    );
    let line = harmless(text);
    assert!(!line.contains(acts_on_its_reader), "{line:?}");
    assert_eq!(harmless(&line), line, "once is enough");
    let lines = harmless_lines(text);
    assert!(
        !lines.contains(|c| c != '\n' && acts_on_its_reader(c)),
        "{lines:?}"
    );
}

/// The definition takes every way one after the other.
fn is_short(pattern: &str, id: &str) -> bool {
    pattern.matches("**").count() <= 3 && pattern.len() <= 60 && id.matches("::").count() <= 8
}

/// Whether some tail of an id that starts at a `::` has these segments.
fn by_definition(pattern: &str, id: &str) -> bool {
    fn fits(pattern: &[&str], names: &[&str]) -> bool {
        match pattern.split_first() {
            None => names.is_empty(),
            Some((&"**", rest)) => (0..=names.len()).any(|skip| fits(rest, &names[skip..])),
            Some((segment, rest)) => names
                .split_first()
                .is_some_and(|(name, others)| name_matches(segment, name) && fits(rest, others)),
        }
    }
    let pattern: Vec<&str> = pattern.split("::").collect();
    // As the pattern reads it, which takes names from the end.
    let mut names: Vec<&str> = id.rsplit("::").collect();
    names.reverse();
    (0..=names.len()).any(|start| fits(&pattern, &names[start..]))
}

fn stars_by_definition(pattern: &[u8], name: &[u8]) -> bool {
    // Whether the pattern so far fits each beginning of the name.
    let mut fits = vec![false; name.len() + 1];
    fits[0] = true;
    for byte in pattern {
        if *byte == b'*' {
            let mut any = false;
            for fit in &mut fits {
                any |= *fit;
                *fit = any;
            }
        } else {
            for at in (0..name.len()).rev() {
                fits[at + 1] = fits[at] && name[at] == *byte;
            }
            fits[0] = false;
        }
    }
    fits[name.len()]
}

#[cfg(test)]
#[path = "../../../xtask/fuzz/inputs.rs"]
mod inputs;

#[cfg(test)]
mod tests {
    use super::inputs::{kept, random};

    #[test]
    fn kept_texts_are_quantities_or_say_what_is_wrong() {
        kept("units", super::units);
    }

    #[test]
    fn kept_patterns_match_what_their_definition_says() {
        kept("patterns", super::patterns);
    }

    #[test]
    fn random_texts_are_quantities_or_say_what_is_wrong() {
        const PIECES: &[&str] = &[
            "0",
            "1",
            "9",
            "10",
            "999",
            "1_000",
            "18446744073709551615",
            ".",
            ",",
            "_",
            " ",
            "-",
            "e3",
            "ns",
            "us",
            "µs",
            "ms",
            "s",
            "min",
            "B",
            "KB",
            "MiB",
            "GB",
            "%",
            "x",
            "/s",
            "/ms",
            "=",
            "a::b",
            "case",
            "０",
            "\u{a0}",
        ];
        random(PIECES, 20_000, super::units);
    }

    #[test]
    fn random_patterns_match_what_their_definition_says() {
        const PIECES: &[&str] = &[
            "a",
            "b",
            "ab",
            "parses",
            "::",
            "::",
            "::",
            "*",
            "**",
            "/",
            "/10",
            " ",
            ":",
            "é",
            "\u{1b}[31m",
            "\r\n",
            "\t",
            "\u{202e}",
            "<",
            ">",
            " as ",
            "A",
            "%",
            "..",
        ];
        random(PIECES, 20_000, super::patterns);
    }
}
