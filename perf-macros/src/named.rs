//! A limit on something with a name: `span("render", p99 = "2ms")`.

use perf_grammar::{Key, NoLimit, Role};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};

use crate::entries::{self, Entry};
use crate::literals::{Text, text};
use crate::mistakes::Mistakes;
use crate::problem::Problem;
use crate::tokens::{Tokens, row, stream};
use crate::value::{self, Checked, NamedLimit, named_example};

/// Reads what stands in the brackets at `at`; what is wrong is noted.
pub(crate) fn read(
    word: &Ident,
    key: Key,
    at: Span,
    brackets: TokenStream,
    mistakes: &mut Mistakes,
) -> Vec<NamedLimit> {
    let example = named_example(key);
    let brackets = row(brackets);
    let Some((name, rest)) = head(word, Tokens::new(&brackets), at, example, mistakes) else {
        return Vec::new();
    };
    let name = name.value;
    if rest.is_empty() {
        let problem = Problem::no_limit_of_name(&word.to_string(), &name, example);
        mistakes.at(word.span(), problem);
    }
    let entries = entries::read(rest, mistakes);
    let limit = |Entry { word: of, written }| {
        let limited = limited(key, &of).map_err(|why| mistakes.at(of.span(), why));
        let checked = value::check(&of, limited.ok()?, written, mistakes)?;
        match (limited.ok()?.role, checked) {
            (Role::Limit(metric), Checked::Amount(value)) => Some(NamedLimit {
                metric,
                of: name.clone(),
                value,
                word: of,
            }),
            _ => None,
        }
    };
    entries.into_iter().filter_map(limit).collect()
}

/// The name, and what stands behind it.
fn head(
    word: &Ident,
    mut tokens: Tokens<'_>,
    at: Span,
    example: &str,
    mistakes: &mut Mistakes,
) -> Option<(Text, TokenStream)> {
    let literal = |token: Option<&TokenTree>| match token {
        Some(TokenTree::Literal(literal)) => Some(literal.clone()),
        _ => None,
    };
    let Some(name) = literal(tokens.first()).and_then(|literal| text(&literal)) else {
        let at = if tokens.is_empty() { at } else { tokens.span() };
        mistakes.at(at, Problem::no_name(&word.to_string(), example));
        return None;
    };
    tokens.skip(1);
    if name.value.trim().is_empty() {
        mistakes.at(name.span, Problem::empty_name(example));
    }
    if !tokens.is_empty() && !tokens.pass(",") {
        mistakes.at(tokens.span(), Problem::no_comma_behind_name(example));
        return None;
    }
    let is_truth = tokens
        .word()
        .is_some_and(|word| word == "true" || word == "false");
    if is_truth || literal(tokens.first()).is_some() {
        mistakes.at(tokens.span(), Problem::limit_without_word(example));
        return None;
    }
    Some((name, stream(tokens.rest())))
}

/// The key of a word in the brackets.
fn limited(key: Key, word: &Ident) -> Result<Key, Problem> {
    key.of_named(&word.to_string()).map_err(|why| {
        let error = why.error();
        match why {
            NoLimit::Quantile(..) => Problem::quantile_of_none(&error.text(), &error.help()),
            NoLimit::Holds { .. } => Problem::unknown_statistic(&error.text(), named_example(key)),
        }
    })
}
