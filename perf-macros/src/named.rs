//! A limit on something with a name: `span("render", p99 = "2ms")`.

use perf_grammar::{Key, Role};
use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Lit, LitStr, Token};

use crate::entries::{self, Entry};
use crate::mistakes::Mistakes;
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
    let head = |input: ParseStream<'_>| {
        if !input.peek(LitStr) {
            let at = if input.is_empty() { at } else { input.span() };
            mistakes.at(
                at,
                format!("`{word}` starts with a name in quotes: write `{example}`"),
            );
            let _: TokenStream = input.parse()?;
            return Ok(None);
        }
        let name: LitStr = input.parse()?;
        if name.value().trim().is_empty() {
            mistakes.at(name.span(), format!("the name is empty: write `{example}`"));
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            mistakes.at(
                input.span(),
                format!("expected `,` behind the name: write `{example}`"),
            );
            let _: TokenStream = input.parse()?;
            return Ok(None);
        }
        let _: Option<Token![,]> = input.parse()?;
        if input.peek(Lit) {
            mistakes.at(
                input.span(),
                format!("a limit has a word before it: write `{example}`"),
            );
            let _: TokenStream = input.parse()?;
            return Ok(None);
        }
        Ok(Some((name, input.parse::<TokenStream>()?)))
    };
    let Ok(Some((name, rest))) = head.parse2(brackets) else {
        return Vec::new();
    };
    if rest.is_empty() {
        let name = name.value();
        mistakes.at(
            word.span(),
            format!(
                "`{word}(\"{name}\")` has no limit: write one behind the name, as in `{example}`"
            ),
        );
    }
    let entries = entries::read(rest, mistakes);
    let limit = |Entry { word: of, written }| {
        let limited = limited(key, &of).map_err(|why| mistakes.at(of.span(), why));
        let checked = value::check(&of, limited.ok()?, written, mistakes)?;
        match (limited.ok()?.role, checked) {
            (Role::Limit(metric), Checked::Amount(value)) => Some(NamedLimit {
                metric,
                of: name.value(),
                value,
                word: of,
            }),
            _ => None,
        }
    };
    entries.into_iter().filter_map(limit).collect()
}

/// The key of a word in the brackets.
fn limited(key: Key, word: &Ident) -> Result<Key, String> {
    key.of_named(&word.to_string())
        .map_err(|why| match why.is_complete {
            true => why.message,
            false => format!("{}: write `{}`", why.message, named_example(key)),
        })
}
