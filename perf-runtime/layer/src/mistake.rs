//! What is wrong with the budgets of spans: a row each, and where it stands in the file.

use std::error::Error;
use std::fmt;

use perf_grammar::Coded;

perf_grammar::coded! {
    /// What was found, what was expected, and what to write instead. What the tests find
    /// in the same file as well has the same code there.
    pub(crate) struct Problem;

    // The file.
    unreadable_file(why) = "the budget file cannot be read: {why}";
    not_toml(why) = "this is not TOML: {why}";
    no_schema() = "found no `schema`, expected `schema = 1`";
    wrong_schema(found) =
        "found the string {found} for `schema`, expected the number 1, without quotes" [; "write `schema = 1`"];
    unknown_schema() = "found another `schema`, expected 1";
    no_span() =
        "found no budget of a span, expected at least one such as [span.\"render\"] with p99 = \"2ms\"";

    // A span of it.
    not_a_table(name) = "expected [span.\"{name}\"], a table";
    no_limit_of_span(name) =
        "found [span.\"{name}\"] without a limit, expected at least one such as p99 = \"2ms\"";
    unknown_key(key, name, near) =
        "found `{key}`, expected a key of [span.\"{name}\"]" [; "did you mean `{near}`?"];
    wrong_value(found, key, example) =
        "found {found} for `{key}`, expected a text with a number and its unit, such as \"{example}\"";
    /// How seldom a span is reported: what the grammar says of it.
    wrong_threshold(key, why, next) = "`{key}`: {why}" [; "{next}"];
}

/// One mistake, and where it is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Line and column, counted from 1; `None` where it is of the whole file.
    pub(crate) place: Option<(usize, usize)>,
    /// A row of the table above, or of the grammar's.
    pub(crate) what: Coded,
}

/// Why there is nothing to watch: what was found, expected, and can be done.
#[derive(Clone, PartialEq, Eq)]
pub struct BudgetLayerError {
    /// The file as messages call it.
    path: String,
    mistakes: Vec<Mistake>,
}

impl BudgetLayerError {
    pub(crate) fn new(path: &str, mistakes: Vec<Mistake>) -> BudgetLayerError {
        BudgetLayerError {
            path: path.to_owned(),
            mistakes,
        }
    }

    /// One of the whole file.
    pub(crate) fn of_file(path: &str, what: Problem) -> BudgetLayerError {
        let (place, what) = (None, what.into());
        BudgetLayerError::new(path, vec![Mistake { place, what }])
    }

    /// The code of each mistake, such as `unknown_key`, in the order of the lines of the
    /// text: later versions keep it where they change a sentence.
    pub fn codes(&self) -> impl Iterator<Item = &'static str> {
        self.mistakes.iter().map(|mistake| mistake.what.code())
    }
}

impl fmt::Display for BudgetLayerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, Mistake { place, what }) in self.mistakes.iter().enumerate() {
            if nth > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&self.path)?;
            if let Some((line, column)) = place {
                write!(f, ":{line}:{column}")?;
            }
            write!(f, ": {}", what.line())?;
        }
        Ok(())
    }
}

/// What a `main` shows that returns it.
impl fmt::Debug for BudgetLayerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.to_string();
        f.debug_tuple("BudgetLayerError").field(&text).finish()
    }
}

impl Error for BudgetLayerError {}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn text_and_help_are_joined_as_where_they_are_taken_over() {
        // Of what the grammar says too, text and help are joined so.
        assert!(rows::ALL.iter().all(|row| matches!(row.joint, "" | "; ")));
    }
}
