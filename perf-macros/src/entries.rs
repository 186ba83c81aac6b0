//! Splits the text of the attribute into its entries, and recovers at commas.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprLit, Lit, LitInt, Token, token};

use crate::mistakes::Mistakes;

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
    Value(Expr),
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
    Unreadable(TokenStream, syn::Error),
}

/// Reads every entry. What cannot be an entry at all is noted as a mistake, and
/// reading goes on behind the next comma.
pub(crate) fn read(attribute: TokenStream, mistakes: &mut Mistakes) -> Vec<Entry> {
    let mut entries = Vec::new();
    let all = |input: ParseStream<'_>| {
        while !input.is_empty() {
            entries.extend(entry(input, mistakes));
            separator(input, mistakes)?;
        }
        Ok(())
    };
    if let Err(error) = all.parse2(attribute) {
        mistakes.at(error.span(), &error);
    }
    entries
}

fn entry(input: ParseStream<'_>, mistakes: &mut Mistakes) -> Option<Entry> {
    let start = input.span();
    let Ok(word) = input.call(Ident::parse_any) else {
        mistakes.at(start, "expected a key, as in `p99 = \"10ms\"`");
        skip(input);
        return None;
    };
    if input.peek(Token![-]) && input.peek2(syn::Ident) {
        let name = hyphenated(word, input);
        let wanted = name.to_string().replace(' ', "").replace('-', "_");
        mistakes.over(name, format!("a key has no hyphens: write `{wanted}`"));
        skip(input);
        return None;
    }
    let written = written(&word, input);
    if !matches!(
        written,
        Written::Value(_) | Written::Nothing | Written::Arguments(..)
    ) {
        skip(input);
    }
    Some(Entry { word, written })
}

/// The words of `max-time`.
fn hyphenated(word: Ident, input: ParseStream<'_>) -> TokenStream {
    let mut name = TokenStream::from(TokenTree::Ident(word));
    while input.peek(Token![-]) && input.peek2(syn::Ident) {
        name.extend(input.parse::<TokenTree>());
        name.extend(input.parse::<TokenTree>());
    }
    name
}

fn written(word: &Ident, input: ParseStream<'_>) -> Written {
    let here = input.span();
    if input.peek(Token![=]) {
        let _ = input.parse::<Token![=]>();
        return if input.is_empty() || input.peek(Token![,]) {
            Written::Empty(here)
        } else {
            value(input)
        };
    }
    if input.peek(token::Paren) || input.peek(token::Bracket) || input.peek(token::Brace) {
        return match input.parse() {
            Ok(TokenTree::Group(group)) => Written::Arguments(here, group.stream()),
            _ => Written::Arguments(here, TokenStream::new()),
        };
    }
    if input.peek(Token![:]) {
        return Written::Colon(here);
    }
    if input.peek(Token![.]) && input.peek2(LitInt) {
        let mut point = TokenStream::new();
        point.extend(input.parse::<TokenTree>());
        point.extend(input.parse::<TokenTree>());
        return Written::Point(quote::quote!(#word #point));
    }
    Written::Nothing
}

fn value(input: ParseStream<'_>) -> Written {
    let start = input.fork();
    let expr = match input.parse::<Expr>() {
        Ok(expr) => expr,
        Err(error) => {
            // Where the text ends too early, the parser can only point at the
            // whole attribute.
            skip(input);
            return Written::Unreadable(until_comma(&start), error);
        }
    };
    let number = matches!(
        expr,
        Expr::Lit(ExprLit {
            lit: Lit::Int(_) | Lit::Float(_),
            ..
        })
    );
    if number && input.peek(syn::Ident) && !input.peek2(Token![=]) {
        let unit = input.call(Ident::parse_any).ok();
        return Written::Unquoted(quote::quote!(#expr #unit));
    }
    Written::Value(ungrouped(expr))
}

/// Removes the invisible brackets that `macro_rules!` puts around a fragment.
fn ungrouped(expr: Expr) -> Expr {
    match expr {
        Expr::Group(group) => ungrouped(*group.expr),
        other => other,
    }
}

fn separator(input: ParseStream<'_>, mistakes: &mut Mistakes) -> syn::Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    if !input.peek(Token![,]) {
        mistakes.at(input.span(), "expected `,` between one key and the next");
        if input.peek(syn::Ident) && input.peek2(Token![=]) {
            return Ok(());
        }
        skip(input);
    }
    if input.is_empty() {
        Ok(())
    } else {
        input.parse::<Token![,]>().map(drop)
    }
}

/// Passes over everything up to the next comma.
fn skip(input: ParseStream<'_>) {
    until_comma(input);
}

fn until_comma(input: ParseStream<'_>) -> TokenStream {
    let mut passed = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        passed.extend(input.parse::<TokenTree>());
    }
    passed
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
