//! What any text is given to: at random by `xtask/fuzz`, and by a test the texts that are kept.

use proc_macro2::{TokenStream, TokenTree};

use crate::expand::annotated;

/// The deepest that brackets are nested and operators stand in a row: what is deeper
/// ends the compiler itself before a macro sees it.
const DEEPEST: usize = 40;

/// The attribute: its text stands on the first line, and the function below it. What is
/// written in its place is Rust wherever the function and the values of the attribute are:
/// what stands within their brackets is left to the compiler, which points at it.
///
/// # Panics
/// Where that does not hold.
pub(crate) fn attribute(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (attribute, function) = text.split_once('\n').unwrap_or((text, "fn f() {}"));
    let read = |text: &str| text.parse::<TokenStream>().ok();
    let (Some(attribute), Some(function)) = (read(attribute), read(function)) else {
        return;
    };
    if deepest(attribute.clone()) > DEEPEST || deepest(function.clone()) > DEEPEST {
        return;
    }
    let is_rust = |tokens: TokenStream| syn::parse2::<syn::File>(tokens);
    let was_rust = is_rust(function.clone()).is_ok() && values_are_rust(attribute.clone());
    let written = annotated(attribute, function);
    let shown = written.to_string();
    if let (true, Err(error)) = (was_rust, is_rust(written)) {
        panic!("{text}\nbecomes\n{shown}\n{error}");
    }
}

/// Whether what stands behind each `=` is an expression.
fn values_are_rust(attribute: TokenStream) -> bool {
    let is = |token: &TokenTree, character| matches!(token, TokenTree::Punct(punct) if punct.as_char() == character);
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    let entries = tokens.split(|token| is(token, ','));
    let mut values = entries.filter_map(|entry| {
        let equals = entry.iter().position(|token| is(token, '='))?;
        Some(entry[equals + 1..].iter().cloned().collect())
    });
    let is_expression = |value: TokenStream| syn::parse2::<syn::Expr>(value).is_ok();
    values.all(is_expression)
}

fn deepest(tokens: TokenStream) -> usize {
    let (mut most, mut row) = (0, 0);
    for token in tokens {
        row = match token {
            TokenTree::Group(group) => {
                most = most.max(row + 1 + deepest(group.stream()));
                0
            }
            TokenTree::Punct(_) => row + 1,
            TokenTree::Ident(_) | TokenTree::Literal(_) => 0,
        };
        most = most.max(row);
    }
    most
}

#[cfg(test)]
#[path = "../../xtask/fuzz/inputs.rs"]
mod inputs;

#[cfg(test)]
mod expressions;

#[cfg(test)]
mod tests {
    use super::inputs::{kept, random};

    #[test]
    fn kept_attributes_become_rust() {
        kept("attribute", super::attribute);
    }

    #[test]
    fn random_attributes_become_rust() {
        const PIECES: &[&str] = &[
            "p99",
            "p99_9",
            "mem",
            "allocs",
            "setup",
            "args",
            "threads",
            "rate",
            "span",
            "events",
            "count",
            "ratio",
            "complexity",
            "class",
            "tags",
            "ignore",
            "crate",
            "mode",
            "runtime",
            " = ",
            " = ",
            ", ",
            ", ",
            "\"10ms\"",
            "\"5MB\"",
            "\"1000/s\"",
            "\"soft\"",
            "\"n\"",
            "\"0.5x a::b\"",
            "5",
            "0",
            "1.5",
            "ms",
            "(\"x\", max = 3)",
            "[1, 2]",
            "|| 5",
            "|n| n",
            "::a::b",
            "-",
            ":",
            "..",
            "\n",
            "fn f() {}",
            "fn f(n: u64) -> u64 { n }",
            "async fn f() {}",
            "fn f<T>(_: T) {}",
            "#[test]\n",
            "pub ",
            "unsafe ",
            "impl A { fn f(&self) {} }",
        ];
        random(PIECES, 3_000, super::attribute);
    }
}
