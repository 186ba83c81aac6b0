//! What stands behind a key, checked against what the table says it takes.

use perf_grammar::{Coded, GrammarError, Key, Metric, Role, Unit, Value};
use proc_macro2::{Ident, Span};
use quote::ToTokens;

use crate::entries::Written;
use crate::expression::{Expression, Kind};
use crate::literals::{Whole, bare_quantity, found, int, noun, quoted, string};
use crate::mistakes::Mistakes;
use crate::problem::Problem;
use crate::tokens::span;

/// A value of the kind its key takes.
pub(crate) enum Checked {
    /// A quantity in the base unit of its key, or a number.
    Amount(u64),
    /// A number of calls where a time may stand too.
    Calls(u64),
    /// One of the words the key takes, or any text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// A path or a closure.
    Expression(Expression),
    /// A path.
    Path(Expression),
    /// A factor in thousandths, and the path of a case.
    Ratio(u64, String),
    /// Limits on something with a name.
    Named(Vec<NamedLimit>),
    /// The word stands alone.
    Flag,
}

/// One limit on something with a name.
pub(crate) struct NamedLimit {
    /// What is limited.
    pub(crate) metric: Metric,
    /// Of what.
    pub(crate) of: String,
    /// The limit, base units.
    pub(crate) value: u64,
    /// The word of the limit.
    pub(crate) word: Ident,
}

/// What a key with a name in brackets looks like, without backticks.
pub(crate) fn named_example(key: Key) -> &'static str {
    match key.role {
        Role::Limit(Metric::Span(_)) => "span(\"render\", p99 = \"2ms\")",
        Role::Limit(Metric::Meter(_)) => "meter(\"open_files\", max = 0)",
        Role::Limit(Metric::Events) => "events(\"sqlx::query\", max = 5)",
        _ => "count(\"cache.miss\", max = 3)",
    }
}

/// Checks what is written behind `word`; `None` where a mistake was noted.
pub(crate) fn check(
    word: &Ident,
    key: Key,
    written: Written,
    mistakes: &mut Mistakes,
) -> Option<Checked> {
    let (example, name) = (&example(word, key), &word.to_string());
    match written {
        Written::Value(expr) => {
            return Reader {
                word,
                key,
                mistakes,
            }
            .value(expr);
        }
        Written::Nothing if matches!(key.value, Value::Flag | Value::FlagOrText) => {
            return Some(Checked::Flag);
        }
        Written::Nothing | Written::Empty(_) | Written::Unquoted(_)
            if key.value == Value::Named =>
        {
            mistakes.at(word.span(), Problem::no_brackets(name, example));
        }
        Written::Nothing => mistakes.at(word.span(), Problem::no_value(name, example)),
        Written::Empty(at) => mistakes.at(at, Problem::empty_value(name, example)),
        Written::Arguments(at, _) => mistakes.at(at, Problem::brackets(name, example)),
        Written::Colon(at) => mistakes.at(at, Problem::colon(example)),
        Written::Unquoted(tokens) => {
            let text = tokens.to_string().replace(' ', "");
            mistakes.over(tokens, Problem::no_quotes(name, &text));
        }
        Written::Point(tokens) => {
            let wanted = tokens.to_string().replace(' ', "").replace('.', "_");
            mistakes.over(tokens, Problem::point(&wanted));
        }
        Written::Unreadable(tokens, why) => {
            mistakes.over(tokens, Problem::unreadable(name, why, example));
        }
    }
    None
}

/// What the key looks like with a value, in backticks.
fn example(word: &Ident, key: Key) -> String {
    let value = match key.value {
        Value::Quantity(unit) => unit.example(),
        Value::DurationOrCount => "\"100ms\"",
        Value::Positive => "100",
        Value::OneOf(words) | Value::OneOfOrPath(words) => {
            return format!(
                "`{word} = \"{}\"`",
                words.first().copied().unwrap_or_default()
            );
        }
        Value::Texts => "[\"slow\"]",
        Value::List => "[10, 100]",
        Value::Ratio => "\"0.5x other::case\"",
        Value::Named => return format!("`{}`", named_example(key)),
        Value::Expression => "|| make_input()",
        Value::Flag => return format!("`{word}` alone"),
        Value::FlagOrText => return format!("`{word}` alone, or `{word} = \"why\"`"),
        Value::Path => "path::to::perf_runtime",
        Value::Tolerance => "\"10%\"",
        Value::Percent | Value::Factor | Value::Probability | Value::Text => "\"..\"",
    };
    format!("`{word} = {value}`")
}

struct Reader<'a> {
    word: &'a Ident,
    key: Key,
    mistakes: &'a mut Mistakes,
}

impl Reader<'_> {
    fn value(&mut self, expr: Expression) -> Option<Checked> {
        match self.key.value {
            Value::Quantity(unit) => self.quantity(unit, &expr),
            Value::DurationOrCount => match int(&expr) {
                Some(calls) => self
                    .number(&calls)
                    .and_then(|calls| self.within(Unit::Count, calls, &expr))
                    .map(Checked::Calls),
                None => self.quantity(Unit::Duration, &expr),
            },
            Value::Positive => self.positive(&expr),
            Value::OneOf(words) => self.one_of(words, &expr),
            Value::Text | Value::FlagOrText => self.text(&expr).map(Checked::Text),
            Value::Flag => self.flag(&expr),
            Value::Texts => self.texts(&expr),
            Value::Expression => self.setup(expr),
            Value::Path => self.path(expr),
            Value::List => self.list(expr),
            Value::OneOfOrPath(words) => match expr.kind {
                Kind::Path {
                    is_qualified: false,
                } => Some(Checked::Path(expr)),
                _ if string(&expr).is_some() => self.one_of(words, &expr),
                _ => {
                    let words = quoted(words);
                    self.wrong(
                        &expr,
                        &format!("{words}, or the path of a function that blocks on a future"),
                    )
                }
            },
            Value::Ratio => self.ratio(&expr),
            Value::Tolerance => self.tolerance(&expr),
            Value::Named => self.wrong(&expr, "a name and a limit in brackets"),
            // The attribute has no key of these kinds; the table's own test of
            // that is `every_key_of_the_attribute_has_a_kind_it_can_read`.
            Value::Percent | Value::Factor | Value::Probability => self.wrong(&expr, "nothing"),
        }
    }

    fn quantity(&mut self, unit: Unit, expr: &Expression) -> Option<Checked> {
        let amount = if let Some(text) = string(expr) {
            self.noted(parsed(unit, &text.value), text.span)?
        } else if let (Unit::Count, Some(number)) = (unit, int(expr)) {
            self.number(&number)?
        } else if let Some(bare) = bare_quantity(unit, expr) {
            let problem = Problem::no_quotes(&self.word.to_string(), &bare);
            self.mistakes.at(span(expr), problem);
            return None;
        } else if let Some(Err(error)) = int(expr).map(|number| parsed(unit, &number.written)) {
            let example = example(self.word, self.key);
            let problem = Problem::no_quantity(&error.line(), &example);
            self.mistakes.at(span(expr), problem);
            return None;
        } else {
            return self.wrong(expr, noun(unit));
        };
        self.within(unit, amount, expr).map(Checked::Amount)
    }

    /// The amount, where the bounds of the key hold it.
    fn within(&mut self, unit: Unit, amount: u64, expr: &Expression) -> Option<u64> {
        let checked = self.key.check(&self.word.to_string(), unit, amount);
        self.noted(checked, span(expr)).map(|()| amount)
    }

    fn tolerance(&mut self, expr: &Expression) -> Option<Checked> {
        let Some(text) = string(expr) else {
            return self.wrong(expr, "a tolerance in quotes, such as `\"10%\"`");
        };
        let read = perf_grammar::parse_tolerance(&text.value).map_err(|error| error.error);
        self.noted(read, text.span).map(Checked::Amount)
    }

    fn flag(&mut self, expr: &Expression) -> Option<Checked> {
        let word = &self.word.to_string();
        let problem = match expr.kind {
            Kind::Truth(false) => Problem::false_flag(word),
            _ => Problem::value_of_flag(word),
        };
        self.mistakes.over(expr, problem);
        None
    }

    fn positive(&mut self, expr: &Expression) -> Option<Checked> {
        let Some(number) = int(expr) else {
            return self.wrong(expr, "a whole number above zero, without quotes");
        };
        let number = self.number(&number)?;
        self.within(Unit::Count, number, expr).map(Checked::Amount)
    }

    fn number(&mut self, number: &Whole) -> Option<u64> {
        let Whole {
            written,
            digits,
            suffix,
            span,
        } = number;
        if !suffix.is_empty() {
            let problem = Problem::suffix(&self.word.to_string(), digits);
            self.mistakes.at(*span, problem);
            return None;
        }
        let most = u64::MAX.to_string();
        let number = digits
            .parse()
            .map_err(|_| Problem::too_large(written, &most));
        self.noted(number, *span)
    }

    fn one_of(&mut self, words: &'static [&'static str], expr: &Expression) -> Option<Checked> {
        let all = quoted(words);
        let Some(text) = string(expr) else {
            return self.wrong(expr, &format!("one of {all}"));
        };
        let given = text.value;
        if words.contains(&given.as_str()) {
            return Some(Checked::Text(given));
        }
        let lower = given.trim().to_lowercase();
        let near = words
            .iter()
            .copied()
            .find(|word| *word == lower)
            .or_else(|| perf_grammar::nearest(&lower, words))
            .unwrap_or_default();
        let problem = Problem::wrong_word(&self.word.to_string(), &all, &given, near);
        self.mistakes.at(text.span, problem);
        None
    }

    fn text(&mut self, expr: &Expression) -> Option<String> {
        let Some(text) = string(expr) else {
            let what = match self.key.value {
                Value::FlagOrText => "nothing, or a text that says why",
                Value::Texts => "a list of texts in quotes",
                _ => "a text in quotes",
            };
            self.wrong(expr, what);
            return None;
        };
        if text.value.trim().is_empty() {
            let problem = Problem::empty_text(&self.word.to_string());
            self.mistakes.at(text.span, problem);
            return None;
        }
        Some(text.value)
    }

    fn texts(&mut self, expr: &Expression) -> Option<Checked> {
        let Kind::List(list) = &expr.kind else {
            return self.wrong(expr, "a list of texts");
        };
        let texts: Vec<Option<String>> = list.iter().map(|elem| self.text(elem)).collect();
        texts
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .map(Checked::Texts)
    }

    fn setup(&mut self, expr: Expression) -> Option<Checked> {
        let word = &self.word.to_string();
        let problem = match &expr.kind {
            Kind::Path { .. } => return Some(Checked::Expression(expr)),
            // What it is given, and whether it may be async, depends on the other keys
            // and on the function.
            Kind::Closure(closure) => {
                let Some(second) = closure.inputs.get(1) else {
                    return Some(Checked::Expression(expr));
                };
                self.mistakes.over(second, Problem::two_arguments(word));
                return None;
            }
            Kind::Call { is_empty: true } => Problem::called(word),
            Kind::Call { is_empty: false } => Problem::called_with(word),
            _ if string(&expr).is_some() => Problem::text_for_function(word),
            _ => Problem::no_closure(word),
        };
        self.mistakes.over(&expr, problem);
        None
    }

    fn list(&mut self, expr: Expression) -> Option<Checked> {
        let word = &self.word.to_string();
        let problem = match &expr.kind {
            Kind::List(list) if list.is_empty() => Problem::empty_list(word),
            Kind::Parentheses => Problem::list_in_parentheses(word),
            Kind::Literal(_) | Kind::Truth(_) => {
                let value = expr.to_token_stream().to_string();
                Problem::value_for_list(word, &found(&expr), &value)
            }
            Kind::Closure(closure) if closure.inputs.is_empty() => Problem::bars_before_list(word),
            Kind::Closure(_) => Problem::closure_for_list(word),
            _ => return Some(Checked::Expression(expr)),
        };
        self.mistakes.over(&expr, problem);
        None
    }

    fn ratio(&mut self, expr: &Expression) -> Option<Checked> {
        let Some(text) = string(expr) else {
            return self.wrong(expr, "a factor and another case, in quotes");
        };
        let read = perf_grammar::parse_ratio(&text.value).map_err(|error| error.error);
        let (factor, of) = self.noted(read, text.span)?;
        Some(Checked::Ratio(factor, of.to_owned()))
    }

    fn path(&mut self, expr: Expression) -> Option<Checked> {
        match expr.kind {
            Kind::Path {
                is_qualified: false,
            } => Some(Checked::Path(expr)),
            _ if string(&expr).is_some() => {
                let problem = Problem::text_for_path(&self.word.to_string());
                self.mistakes.over(&expr, problem);
                None
            }
            _ => self.wrong(&expr, "the path of the runtime"),
        }
    }

    /// The value; what is wrong with it is noted.
    fn noted<T>(&mut self, value: Result<T, impl Into<Coded>>, at: Span) -> Option<T> {
        value.map_err(|why| self.mistakes.at(at, why)).ok()
    }

    fn wrong(&mut self, expr: &Expression, takes: &str) -> Option<Checked> {
        let example = example(self.word, self.key);
        let problem = Problem::wrong_value(&self.word.to_string(), takes, &found(expr), &example);
        self.mistakes.over(expr, problem);
        None
    }
}

fn parsed(unit: Unit, text: &str) -> Result<u64, GrammarError> {
    perf_grammar::parse(unit, text).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use perf_grammar::KEYS;

    use super::*;

    #[test]
    fn every_key_of_the_attribute_has_a_kind_it_can_read() {
        for key in KEYS.iter().filter(|key| key.in_attribute) {
            let unread = matches!(
                key.value,
                Value::Percent | Value::Factor | Value::Probability
            );
            assert!(!unread, "{}", key.name);
        }
    }
}
