//! Splits the text of the attribute into its entries, and recovers at commas.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::quote;

use crate::expression::{self, Expression, Kind, Unreadable};
use crate::literals::is_number;
use crate::mistakes::Mistakes;
use crate::problem::Problem;
use crate::tokens::{Tokens, stream};

/// One `key = value`, or what was written in its place.
pub(crate) struct Entry {
    /// The word before the `=`.
    pub(crate) word: Ident,
    /// What stands behind it.
    pub(crate) written: Written,
}

/// What stands behind a key.
pub(crate) enum Written {
    /// The word stands alone.
    Nothing,
    /// `= value`.
    Value(Expression),
    /// An `=` with nothing behind it.
    Empty(Span),
    /// `key(..)`: what stands in the brackets.
    Arguments(Span, TokenStream),
    /// `key: value`.
    Colon(Span),
    /// A number and a word without quotes: `= 10 ms`.
    Unquoted(TokenStream),
    /// A quantile with a point: `p99.9`.
    Point(TokenStream),
    /// A value that is no expression: its tokens, and what is wrong there.
    Unreadable(TokenStream, Unreadable),
}

/// Reads every entry. What cannot be an entry at all is noted as a mistake, and
/// reading goes on behind the next comma.
pub(crate) fn read(attribute: TokenStream, mistakes: &mut Mistakes) -> Vec<Entry> {
    let all = plain(attribute);
    let mut tokens = Tokens::new(&all);
    let mut entries = Vec::new();
    while !tokens.is_empty() {
        entries.extend(entry(&mut tokens, mistakes));
        separator(&mut tokens, mistakes);
    }
    entries
}

/// The tokens without the invisible brackets that `macro_rules!` puts around a whole
/// entry.
fn plain(attribute: TokenStream) -> Vec<TokenTree> {
    let mut all: Vec<TokenTree> = Vec::new();
    for token in attribute {
        let starts = match all.last() {
            Some(TokenTree::Punct(mark)) => mark.as_char() == ',',
            Some(_) => false,
            None => true,
        };
        match token {
            TokenTree::Group(group) if starts && group.delimiter() == Delimiter::None => {
                all.extend(plain(group.stream()));
            }
            token => all.push(token),
        }
    }
    all
}

fn entry(tokens: &mut Tokens<'_>, mistakes: &mut Mistakes) -> Option<Entry> {
    let start = *tokens;
    let Some(word) = tokens.word() else {
        mistakes.at(start.span(), Problem::no_key());
        until_comma(tokens);
        return None;
    };
    tokens.skip(1);
    let behind = *tokens;
    while tokens.at("-") && matches!(tokens.second(), Some(TokenTree::Ident(_))) {
        tokens.skip(2);
    }
    if behind.rest().len() > tokens.rest().len() {
        let name = stream(start.until(*tokens));
        let wanted = name.to_string().replace(' ', "").replace('-', "_");
        mistakes.over(name, Problem::hyphens(&wanted));
        until_comma(tokens);
        return None;
    }
    let written = written(word, tokens);
    if !matches!(
        written,
        Written::Value(_) | Written::Nothing | Written::Arguments(..)
    ) {
        until_comma(tokens);
    }
    let word = word.clone();
    Some(Entry { word, written })
}

fn written(word: &Ident, tokens: &mut Tokens<'_>) -> Written {
    let here = tokens.span();
    if tokens.pass("=") {
        return if tokens.is_empty() || tokens.at(",") {
            Written::Empty(here)
        } else {
            value(tokens)
        };
    }
    if let Some(TokenTree::Group(group)) = tokens.first() {
        tokens.skip(1);
        return Written::Arguments(here, group.stream());
    }
    if tokens.at(":") {
        return Written::Colon(here);
    }
    match tokens.second() {
        Some(number @ TokenTree::Literal(_)) if tokens.at(".") => {
            tokens.skip(2);
            Written::Point(quote!(#word . #number))
        }
        _ => Written::Nothing,
    }
}

fn value(tokens: &mut Tokens<'_>) -> Written {
    let start = *tokens;
    let expression = match expression::read(tokens) {
        Ok(expression) => expression,
        Err(why) => {
            *tokens = start;
            return Written::Unreadable(stream(until_comma(tokens)), why);
        }
    };
    let number = matches!(&expression.kind, Kind::Literal(literal) if is_number(literal));
    if let (true, Some(unit)) = (number, tokens.word())
        && !is_assignment(*tokens)
    {
        tokens.skip(1);
        return Written::Unquoted(quote!(#expression #unit));
    }
    Written::Value(expression)
}

/// Whether the next entry starts here.
fn is_assignment(tokens: Tokens<'_>) -> bool {
    matches!(tokens.second(), Some(TokenTree::Punct(mark)) if mark.as_char() == '=')
        && tokens.word().is_some()
}

fn separator(tokens: &mut Tokens<'_>, mistakes: &mut Mistakes) {
    if tokens.is_empty() {
        return;
    }
    if !tokens.at(",") {
        mistakes.at(tokens.span(), Problem::no_comma());
        if is_assignment(*tokens) {
            return;
        }
        until_comma(tokens);
    }
    tokens.pass(",");
}

/// Passes over everything up to the next comma.
fn until_comma<'a>(tokens: &mut Tokens<'a>) -> &'a [TokenTree] {
    let start = *tokens;
    while !tokens.is_empty() && !tokens.at(",") {
        tokens.next();
    }
    start.until(*tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(attribute: &str, words: &[&str], mistakes: usize) {
        let mut found = Mistakes::default();
        let entries = read(
            attribute.parse().expect("the row is made of tokens"),
            &mut found,
        );
        let read: Vec<String> = entries.iter().map(|entry| entry.word.to_string()).collect();
        assert_eq!(read, words, "{attribute}");
        assert_eq!(
            found.texts().len(),
            mistakes,
            "{attribute}: {:?}",
            found.texts()
        );
    }

    #[test]
    fn reading_goes_on_behind_a_mistake() {
        check("", &[], 0);
        check("p99 = \"10ms\", mem = \"5MB\",", &["p99", "mem"], 0);
        check("p99 = , mem = \"5MB\"", &["p99", "mem"], 0);
        check("p99 = \"10ms\" mem = \"5MB\"", &["p99", "mem"], 1);
        check("\"10ms\", mem = \"5MB\"", &["mem"], 1);
        check(",, mem = \"5MB\"", &["mem"], 2);
        check("p99 = 10 ms, mem = \"5MB\"", &["p99", "mem"], 0);
        check("p99.9 = \"10ms\", mem = \"5MB\"", &["p99", "mem"], 0);
        check("count(\"x\", max = 5), mem", &["count", "mem"], 0);
        check("setup = |a, b| a, ignore", &["setup", "ignore"], 0);
        check("setup = ||, ignore", &["setup", "ignore"], 0);
        check(
            "crate = a::b, p50: \"1ms\" + 2, max",
            &["crate", "p50", "max"],
            0,
        );
        check("p50 = \"1ms\" \"2ms\", max", &["p50", "max"], 1);
    }
}
