//! A limit on something with a name: `span("render", p99 = "2ms")`.

use perf_grammar::{Direction, Key, Metric, Quantile, Role, Statistic, Unit, Value};
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
    let name = word.to_string();
    let within = |metric, unit| Key {
        role: Role::Limit(metric),
        value: Value::Quantity(unit),
        ..key
    };
    let Role::Limit(Metric::Span(_)) = key.role else {
        return match (&*name, key.role) {
            ("max", Role::Limit(Metric::Meter(_))) => {
                Ok(within(Metric::Meter(Direction::AtMost), Unit::Count))
            }
            ("min", Role::Limit(Metric::Meter(_))) => {
                Ok(within(Metric::Meter(Direction::AtLeast), Unit::Count))
            }
            (_, Role::Limit(Metric::Meter(_))) => Err(format!(
                "`meter` holds `max` or `min`, and this is `{name}`: write `{}`",
                named_example(key)
            )),
            ("max", Role::Limit(metric)) => Ok(within(metric, Unit::Count)),
            _ => Err(format!(
                "`{}` holds `max` only, and this is `{name}`: write `{}`",
                key.name,
                named_example(key)
            )),
        };
    };
    let span = |statistic| Ok(within(Metric::Span(statistic), Unit::Duration));
    match (&*name, Quantile::parse(&name)) {
        ("mean", _) => span(Statistic::Mean),
        ("max", _) => span(Statistic::Max),
        (_, Some(Ok(quantile))) => span(Statistic::Quantile(quantile)),
        (_, Some(Err(error))) => Err(format!("`{name}` is no statistic of a span: {error}")),
        (_, None) => Err(format!(
            "`span` holds `mean`, `max` and quantiles such as `p99`, and this is `{name}`: write `{}`",
            named_example(key)
        )),
    }
}
