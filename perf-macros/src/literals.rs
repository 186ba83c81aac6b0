//! What an expression is: a text, a number, or what else.

use perf_grammar::Unit;
use quote::ToTokens;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitInt, LitStr, UnOp};

/// What an error calls the expression.
pub(crate) fn found(expr: &Expr) -> String {
    match expr {
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Str(_) => format!("the text `{}`", lit.to_token_stream()),
            Lit::Int(_) | Lit::Float(_) => format!("the number `{}`", lit.to_token_stream()),
            _ => format!("`{}`", lit.to_token_stream()),
        },
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_), ..
        }) => "a negative number".to_owned(),
        Expr::Array(_) => "a list".to_owned(),
        Expr::Path(_) => "a name".to_owned(),
        Expr::Closure(_) => "a closure".to_owned(),
        _ => "an expression".to_owned(),
    }
}

/// The text, where it is one.
pub(crate) fn string(expr: &Expr) -> Option<&LitStr> {
    match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text),
        _ => None,
    }
}

/// The number, where it is a whole one that carries no unit.
pub(crate) fn int(expr: &Expr) -> Option<&LitInt> {
    match expr {
        // `10ms` without quotes is a number with an unknown suffix to Rust.
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) if !is_unit(number.suffix()) => Some(number),
        _ => None,
    }
}

/// The text of `10ms` where its quotes were forgotten.
pub(crate) fn bare_quantity(unit: Unit, expr: &Expr) -> Option<String> {
    let text = match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => number.to_string(),
        Expr::Lit(ExprLit {
            lit: Lit::Float(number),
            ..
        }) => number.to_string(),
        Expr::Binary(rate) if unit == Unit::Rate => {
            rate.to_token_stream().to_string().replace(' ', "")
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
