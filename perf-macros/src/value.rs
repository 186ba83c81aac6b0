//! What stands behind a key, checked against what the table says it takes.

use std::fmt::Display;

use perf_grammar::{Key, Metric, Role, Unit, Value};
use proc_macro2::{Ident, Span};

use crate::entries::Written;
use crate::expression::{Expression, Kind};
use crate::literals::{Whole, bare_quantity, found, int, noun, quoted, string};
use crate::mistakes::Mistakes;
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
    let example = example(word, key);
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
            mistakes.at(
                word.span(),
                format!("`{word}` needs a name and a limit in brackets: write {example}"),
            );
        }
        Written::Nothing => mistakes.at(
            word.span(),
            format!("`{word}` needs a value: write {example}"),
        ),
        Written::Empty(at) => mistakes.at(
            at,
            format!("`{word}` has no value behind the `=`: write {example}"),
        ),
        Written::Arguments(at, _) => mistakes.at(
            at,
            format!("`{word}` takes its value behind a `=`: write {example}"),
        ),
        Written::Colon(at) => mistakes.at(at, format!("expected `=`, found `:`: write {example}")),
        Written::Unquoted(tokens) => {
            let text = tokens.to_string().replace(' ', "");
            mistakes.over(
                tokens,
                format!("a quantity stands in quotes: write `{word} = \"{text}\"`"),
            );
        }
        Written::Point(tokens) => {
            let wanted = tokens.to_string().replace(' ', "").replace('.', "_");
            mistakes.over(
                tokens,
                format!(
                    "a quantile has an underscore where its number has a point: write `{wanted}`"
                ),
            );
        }
        Written::Unreadable(tokens, why) => {
            mistakes.over(
                tokens,
                format!("the value of `{word}` cannot be read, {why}: write {example}"),
            );
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
        let (what, word) = (noun(unit), self.word);
        let amount = if let Some(text) = string(expr) {
            self.noted(perf_grammar::parse(unit, &text.value), text.span)?
        } else if let (Unit::Count, Some(number)) = (unit, int(expr)) {
            self.number(&number)?
        } else if let Some(bare) = bare_quantity(unit, expr) {
            self.mistakes.at(
                span(expr),
                format!("a quantity stands in quotes: write `{word} = \"{bare}\"`"),
            );
            return None;
        } else if let Some(number) = int(expr) {
            let why = match perf_grammar::parse(unit, &number.written) {
                Err(error) => error.message,
                Ok(_) => String::new(),
            };
            let message = format!(
                "{why}; and a quantity stands in quotes, as in {}",
                example(word, self.key)
            );
            self.mistakes.at(span(expr), message);
            return None;
        } else {
            return self.wrong(expr, what);
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
        self.noted(perf_grammar::parse_tolerance(&text.value), text.span)
            .map(Checked::Amount)
    }

    fn flag(&mut self, expr: &Expression) -> Option<Checked> {
        let hint = match expr.kind {
            Kind::Truth(false) => "leave it out",
            _ => "remove the value",
        };
        let message = format!("`{}` stands alone: {hint}", self.word);
        self.mistakes.over(expr, message);
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
            let message = format!("`{}` takes a plain number: write `{digits}`", self.word);
            self.mistakes.at(*span, message);
            return None;
        }
        let most = u64::MAX;
        let number = digits
            .parse()
            .map_err(|_| format!("`{written}` is above {most}, the largest number a key takes"));
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
            .or_else(|| perf_grammar::nearest(&lower, words));
        let hint = near
            .map(|near| format!("; did you mean `\"{near}\"`?"))
            .unwrap_or_default();
        self.mistakes.at(
            text.span,
            format!(
                "`{}` takes one of {all}, found `\"{given}\"`{hint}",
                self.word
            ),
        );
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
            self.mistakes.at(
                text.span,
                format!(
                    "the text of `{}` is empty: fill it, or leave the key out",
                    self.word
                ),
            );
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
        let word = self.word;
        let message = match &expr.kind {
            Kind::Path { .. } => return Some(Checked::Expression(expr)),
            // What it is given, and whether it may be async, depends on the other keys
            // and on the function.
            Kind::Closure(closure) => {
                let Some(second) = closure.inputs.get(1) else {
                    return Some(Checked::Expression(expr));
                };
                self.mistakes.over(second, format!("`{word}` is given one argument at most, that of `args`: take a tuple, and write `{word} = |(a, b)| ..`"));
                return None;
            }
            Kind::Call { is_empty } => {
                let hint = match is_empty {
                    true => "write the name without `()`, or put `||` in front",
                    false => "put `||` in front",
                };
                format!("`{word}` takes a function, and this is the result of a call: {hint}")
            }
            _ if string(&expr).is_some() => {
                format!("`{word}` takes a path or a closure, found a text: remove the quotes")
            }
            _ => format!("`{word}` takes a path or a closure: write `{word} = || ..`"),
        };
        self.mistakes.over(&expr, message);
        None
    }

    fn list(&mut self, expr: Expression) -> Option<Checked> {
        let word = self.word;
        let message = match &expr.kind {
            Kind::List(list) if list.is_empty() => {
                format!(
                    "`{word}` is an empty list, so there is no case: write `{word} = [10, 100]`"
                )
            }
            Kind::Parentheses => {
                format!("`{word}` takes a list in square brackets: write `{word} = [10, 100]`")
            }
            Kind::Literal(_) | Kind::Truth(_) => format!(
                "`{word}` takes a list, found {}: write `{word} = [{}]`",
                found(&expr),
                quote::quote!(#expr)
            ),
            Kind::Closure(closure) if closure.inputs.is_empty() => {
                format!("`{word}` takes a list: remove the `||`")
            }
            Kind::Closure(_) => {
                format!("`{word}` takes a list, found a closure: write `{word} = [10, 100]`")
            }
            _ => return Some(Checked::Expression(expr)),
        };
        self.mistakes.over(&expr, message);
        None
    }

    fn ratio(&mut self, expr: &Expression) -> Option<Checked> {
        let Some(text) = string(expr) else {
            return self.wrong(expr, "a factor and another case, in quotes");
        };
        let (factor, of) = self.noted(perf_grammar::parse_ratio(&text.value), text.span)?;
        Some(Checked::Ratio(factor, of.to_owned()))
    }

    fn path(&mut self, expr: Expression) -> Option<Checked> {
        match expr.kind {
            Kind::Path {
                is_qualified: false,
            } => Some(Checked::Path(expr)),
            _ if string(&expr).is_some() => {
                self.mistakes.over(
                    &expr,
                    format!(
                        "`{}` takes a path, found a text: remove the quotes",
                        self.word
                    ),
                );
                None
            }
            _ => self.wrong(&expr, "the path of the runtime"),
        }
    }

    /// The value; what is wrong with it is noted.
    fn noted<T>(&mut self, value: Result<T, impl Display>, at: Span) -> Option<T> {
        value.map_err(|why| self.mistakes.at(at, why)).ok()
    }

    fn wrong(&mut self, expr: &Expression, takes: &str) -> Option<Checked> {
        let message = format!(
            "`{}` takes {takes}, found {}: write {}",
            self.word,
            found(expr),
            example(self.word, self.key)
        );
        self.mistakes.over(expr, message);
        None
    }
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
