//! What a literal says, and what an error calls an expression.

use perf_grammar::Unit;
use proc_macro2::{Literal, Span};
use quote::ToTokens;

use crate::expression::{Expression, Kind};

/// A text in quotes.
pub(crate) struct Text {
    /// What stands in the quotes.
    pub(crate) value: String,
    /// Where they stand.
    pub(crate) span: Span,
}

/// A whole number.
pub(crate) struct Whole {
    /// As it was written.
    pub(crate) written: String,
    /// Its decimal digits.
    pub(crate) digits: String,
    /// What stands behind them.
    pub(crate) suffix: String,
    /// Where it stands.
    pub(crate) span: Span,
}

/// What an error calls the expression.
pub(crate) fn found(expr: &Expression) -> String {
    match &expr.kind {
        Kind::Literal(literal) if text(literal).is_some() => format!("the text `{literal}`"),
        Kind::Literal(literal) if is_number(literal) => format!("the number `{literal}`"),
        Kind::Literal(_) | Kind::Truth(_) => format!("`{}`", expr.to_token_stream()),
        Kind::Negative => "a negative number".to_owned(),
        Kind::List(_) => "a list".to_owned(),
        Kind::Path { .. } => "a name".to_owned(),
        Kind::Closure(_) => "a closure".to_owned(),
        _ => "an expression".to_owned(),
    }
}

/// The text, where it is one.
pub(crate) fn string(expr: &Expression) -> Option<Text> {
    match &expr.kind {
        Kind::Literal(literal) => text(literal),
        _ => None,
    }
}

/// Whether it is a number, whole or not.
pub(crate) fn is_number(literal: &Literal) -> bool {
    literal
        .to_string()
        .starts_with(|c: char| c.is_ascii_digit())
}

/// The number, where it is a whole one that carries no unit.
pub(crate) fn int(expr: &Expression) -> Option<Whole> {
    match &expr.kind {
        // `10ms` without quotes is a number with an unknown suffix to Rust.
        Kind::Literal(literal) => whole(literal).filter(|number| !is_unit(&number.suffix)),
        _ => None,
    }
}

/// The text of a literal: `"..."`, or raw, as in `r#"..."#`.
pub(crate) fn text(literal: &Literal) -> Option<Text> {
    let written = literal.to_string();
    let value = match written.strip_prefix('r') {
        Some(raw) => {
            let marks = raw.len() - raw.trim_start_matches('#').len();
            let (_, inner) = raw.split_at_checked(marks)?;
            let end = format!("\"{}", &raw[..marks]);
            let inner = inner.strip_prefix('"')?;
            inner[..inner.rfind(&end)?].to_owned()
        }
        None => {
            let inner = written.strip_prefix('"')?;
            unescaped(&inner[..inner.rfind('"')?])
        }
    };
    Some(Text {
        value,
        span: literal.span(),
    })
}

/// The text that its escapes stand for; the compiler has read them before.
fn unescaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            value.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => value.push('\n'),
            Some('r') => value.push('\r'),
            Some('t') => value.push('\t'),
            Some('0') => value.push('\0'),
            Some('x') => {
                let digits: String = rest.by_ref().take(2).collect();
                value.extend(character(&digits));
            }
            Some('u') => {
                let digits = rest.by_ref().skip(1).take_while(|c| *c != '}');
                let digits: String = digits.filter(|c| *c != '_').collect();
                value.extend(character(&digits));
            }
            // The text goes on behind the blanks of the next lines.
            Some('\n' | '\r') => {
                let more = rest.as_str().trim_start_matches([' ', '\t', '\n', '\r']);
                rest = more.chars();
            }
            Some(itself) => value.push(itself),
            None => {}
        }
    }
    value
}

fn character(digits: &str) -> Option<char> {
    u32::from_str_radix(digits, 16)
        .ok()
        .and_then(char::from_u32)
}

/// A whole number in any base.
pub(crate) fn whole(literal: &Literal) -> Option<Whole> {
    let written = literal.to_string();
    if !is_number(literal) {
        return None;
    }
    let (radix, digits) = match written.get(..2) {
        Some("0x") => (16, &written[2..]),
        Some("0o") => (8, &written[2..]),
        Some("0b") => (2, &written[2..]),
        _ => (10, &*written),
    };
    let end = digits.find(|c: char| !c.is_digit(radix) && c != '_');
    let (digits, suffix) = digits.split_at(end.unwrap_or(digits.len()));
    // `1.5`, `1e5`, but not `1exa`.
    let exponent = suffix
        .strip_prefix(['e', 'E'])
        .map(|rest| rest.trim_start_matches(['_', '+', '-']));
    let is_float = suffix.starts_with('.')
        || exponent.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if radix == 10 && is_float {
        return None;
    }
    let plain = digits.replace('_', "");
    let digits = match radix {
        10 => match plain.trim_start_matches('0') {
            "" => "0".to_owned(),
            digits => digits.to_owned(),
        },
        _ => u128::from_str_radix(&plain, radix)
            .unwrap_or(u128::MAX)
            .to_string(),
    };
    let suffix = suffix.to_owned();
    Some(Whole {
        written,
        digits,
        suffix,
        span: literal.span(),
    })
}

/// The text of `10ms` where its quotes were forgotten.
pub(crate) fn bare_quantity(unit: Unit, expr: &Expression) -> Option<String> {
    let text = match &expr.kind {
        Kind::Literal(number) if is_number(number) => number.to_string(),
        Kind::Operation if unit == Unit::Rate => {
            expr.to_token_stream().to_string().replace(' ', "")
        }
        _ => return None,
    };
    perf_grammar::parse(unit, &text).ok().map(|_| text)
}

fn is_unit(suffix: &str) -> bool {
    let text = format!("1{suffix}");
    let units = [Unit::Duration, Unit::Bytes];
    !suffix.is_empty()
        && units
            .into_iter()
            .any(|unit| perf_grammar::parse(unit, &text).is_ok())
}

/// The words in quotes, for an error.
pub(crate) fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
    words.join(", ")
}

/// What an error calls a quantity.
pub(crate) fn noun(unit: Unit) -> &'static str {
    match unit {
        Unit::Duration => "a duration in quotes",
        Unit::Bytes => "a size in quotes",
        Unit::Count => "a whole number",
        Unit::Rate => "a rate in quotes",
        Unit::Share => "a percentage in quotes",
        Unit::Factor => "a factor in quotes",
    }
}
