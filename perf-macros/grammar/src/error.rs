//! Why a text is none that this grammar takes.

use std::fmt;
use std::ops::Range;

crate::coded! {
    /// What was found, what was expected, and what to do next.
    pub struct GrammarError;

    // Amounts.
    no_amount(text, what, expected, example) =
        "`{text}` is not {what}" [; "expected a number and {expected}, as in {example}"];
    /// A number with several points, or one that is too large.
    no_number(number, what, example) =
        "`{number}` is not a number that fits {what}" [; "expected digits, as in {example}"];
    not_whole(text) = "`{text}` is not a whole number" [; "a count has no decimals"];
    no_unit(text, what, expected, example) =
        "`{text}` has no unit" [; "{what} ends in {expected}, as in {example}"];
    unknown_unit(word, text, what, expected) =
        "unknown unit `{word}` in `{text}`" [; "{what} ends in {expected}"];
    mistyped_unit(word, text, what, expected, near) =
        "unknown unit `{word}` in `{text}`; {what} ends in {expected}"
        [; "did you mean `{near}`?"];
    much_more_than_all(text) = "`{text}` is more than 1000%";
    no_variable(name, value) =
        "found {name}={value}, expected a whole number such as 42" [; "correct it or unset it"];

    // What amounts have to lie within.
    no_time(found, bounds) = "found {found}, expected a time {bounds}";
    out_of_bounds(found, word, expected) = "found {found} for `{word}`, expected {expected}";
    /// One that would make its key say nothing.
    pointless(found, word, why, expected) =
        "found {found} for `{word}`; {why}, expected {expected}";
    takes_no_amount(word) = "`{word}` takes no amount";
    tolerance_too_low(text) =
        "`{text}` is below 2%, and two builds of the same code differ by as much"
        [; "expected at least \"2%\" or \"1.02x\""];
    tolerance_too_high(text) =
        "`{text}` is above 100,000%, which tolerates anything"
        [; "expected at most \"100000%\" or \"1000x\""];

    // A factor and another case.
    factor_alone(text) =
        "`{text}` names no other case" [; "expected both, as in \"0.5x other::case\""];
    no_ratio(text) =
        "`{text}` is not a factor and a case" [; "expected both, as in \"0.5x other::case\""];
    no_factor(text) =
        "`{text}` is not a factor"
        [; "expected one and then a case, as in \"0.5x other::case\""];
    several_cases(path) =
        "found more than one case in `{path}`"
        [; "a ratio is to one, as in \"0.5x other::case\""];
    star_in_case(path) =
        "found a `*` in `{path}`" [; "a ratio names one case, as in \"0.5x other::case\""];
    no_path(path) =
        "`{path}` is no path of a case"
        [; "it has names with `::` between them, as in \"0.5x other::case\""];

    // Limits on something with a name.
    no_statistic(word, why, next) = "`{word}` is no statistic of a span: {why}" [; "{next}"];
    other_words(key, words, found) = "`{key}` holds {words}, and this is `{found}`";

    // Patterns.
    empty_pattern() =
        "found an empty pattern, expected a case id or a tail of one, such as \"parser::*\""
        [; "\"**\" matches every case"];
    blank_in_pattern(blank, pattern) =
        "found {blank} in the pattern `{pattern}`" [; "no case id has one"];
    colon_in_pattern(pattern) =
        "found a single `:` in the pattern `{pattern}`, expected `::` between its parts";
    empty_part(pattern) =
        "found an empty part in the pattern `{pattern}`, expected a name between every two `::`";
    stars_in_name(part, pattern) =
        "found `{part}` in the pattern `{pattern}`"
        [; "`**` stands alone between two `::`, and within a name one `*` is enough"];

    // Names of runs.
    no_run_name(found, longest) =
        "found {found}, expected a name for a folder: 1 to {longest} letters from a to z or A to Z, digits, `-`, `_` and `.`, and no `.` at the start";
}

impl From<GrammarError> for String {
    fn from(error: GrammarError) -> String {
        error.line()
    }
}

/// A text that is not a quantity: what is wrong with it, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitError {
    /// The bytes of the text that are wrong.
    pub at: Range<usize>,
    /// What was found and what was expected.
    pub error: GrammarError,
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error.line())
    }
}

impl std::error::Error for UnitError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_help_are_joined_as_where_they_are_taken_over() {
        // As in the problems that take text and help over.
        assert!(rows::ALL.iter().all(|row| matches!(row.joint, "" | "; ")));
    }
}
