//! What is written beside the function: its case, and the test that runs it.

use perf_grammar::{Direction, Metric, Statistic};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::attribute::{Given, Spec};
use crate::body::{Body, body};
use crate::function::{self, Function, Makers};
use crate::mistakes::Mistakes;
use crate::value::Checked;
use crate::{combinations, features, optimisation};

/// What stands in the place of an annotated item: the item, and beside it its case and
/// test, or what is wrong.
pub(crate) fn annotated(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let spec = Spec::read(attribute, &mut mistakes);
    let makers = Makers {
        setup: spec.word("setup"),
        args: spec.word("args"),
    };
    let item = function::read(item, makers, &mut mistakes);
    combinations::check(&spec, item.function.as_ref(), &mut mistakes);
    features::check(&spec, features::is_on, &mut mistakes);
    let source = item.source;
    let beside = match item.function {
        Some(function) if mistakes.is_empty() => items(&spec, &function),
        _ => mistakes.into_tokens(),
    };
    quote!(#source #beside)
}

/// The items for a function without mistakes.
///
/// One hidden function stands beside the annotated one, not inside the module,
/// so that the names in `setup` and `crate` mean what they mean where they are
/// written: `self::`, `super::` and private names included.
fn items(spec: &Spec, function: &Function) -> TokenStream {
    let runtime = runtime(spec);
    let name = &function.name;
    let hidden = format_ident!(
        "__perf_budget_{}",
        name,
        span = Span::call_site().located_at(name.span())
    );
    // The module's name is generated, and still stands where the editor looks
    // for the test.
    let mut module = name.clone();
    module.set_span(Span::call_site().located_at(name.span()));
    let private = quote!(#runtime::private);
    let Body { expression, beside } = body(spec, function, &private);
    let case = case(spec, function, &private, &expression);
    let ignore = ignored(spec).map(|why| {
        // There are lints against an `#[ignore]` without a reason.
        let why = if why.is_empty() {
            "as its attribute says"
        } else {
            why
        };
        quote!(#[ignore = #why])
    });
    let deprecated = function.deprecated.then(|| quote!(#[allow(deprecated)]));
    let renamed = renamed(spec);
    quote! {
        #(#renamed)*

        #[cfg(test)]
        #[doc(hidden)]
        #deprecated
        fn #hidden() {
            #beside
            static __PERF_BUDGET_CASE: #runtime::private::Case = #case;
            #runtime::private::inventory::submit! { #runtime::private::Entry(&__PERF_BUDGET_CASE) }
            #runtime::private::run_libtest(&__PERF_BUDGET_CASE)
        }

        #[cfg(test)]
        #[doc(hidden)]
        mod #module {
            #[::core::prelude::v1::test]
            #ignore
            fn perf_budget() {
                super::#hidden()
            }
        }
    }
}

fn runtime(spec: &Spec) -> TokenStream {
    match spec.get("crate").map(|given| &given.value) {
        Some(Checked::Path(path)) => quote!(#path),
        _ => quote!(::perf_runtime),
    }
}

fn case(
    spec: &Spec,
    function: &Function,
    private: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    // A raw name is raw in the paths of the compiler and of the tests too.
    let name = function.name.to_string();
    let place = place(Span::call_site(), private);
    let limits = spec.limits().map(|limit| {
        let (metric, of, value) = (
            metric_tokens(limit.metric, private),
            option(limit.of.map(|of| quote!(#of))),
            limit.value,
        );
        let place = self::place(limit.span, private);
        quote!(#private::Declared { metric: #metric, of: #of, value: #value, place: #place })
    });
    let shape = shape(spec, private);
    let opt_level = option(optimisation::level().map(|level| quote!(#level)));
    let text = |key| option(spec.text(key).map(|text| quote!(#text)));
    let (class, group, requirement, message) =
        (text("class"), text("group"), text("id"), text("message"));
    let ignore = option(ignored(spec).map(|why| quote!(#why)));
    let tags = spec.texts("tags");
    let mode = option(
        spec.get("mode")
            .zip(spec.text("mode"))
            .map(|(given, word)| {
                let (word, place) = (
                    variant(word, given.word.span()),
                    self::place(given.word.span(), private),
                );
                quote!((#private::Mode::#word, #place))
            }),
    );
    quote! {
        #private::Case {
            package: match ::core::option_env!("CARGO_PKG_NAME") {
                ::core::option::Option::Some(package) => package,
                // Built without Cargo: the crate stands for the package.
                ::core::option::Option::None => {
                    let path = ::core::module_path!();
                    let mut end = 0;
                    while end < path.len() && path.as_bytes()[end] != b':' {
                        end += 1;
                    }
                    path.split_at(end).0
                }
            },
            binary: ::core::option_env!("CARGO_BIN_NAME"),
            module_path: ::core::concat!(::core::module_path!(), "::", #name),
            manifest_dir: match ::core::option_env!("CARGO_MANIFEST_DIR") {
                ::core::option::Option::Some(folder) => folder,
                ::core::option::Option::None => "",
            },
            place: #place,
            limits: &[#(#limits),*],
            shape: #shape,
            class: #class,
            group: #group,
            requirement: #requirement,
            tags: &[#(#tags),*],
            mode: #mode,
            message: #message,
            ignore: #ignore,
            build: #private::Build {
                opt_level: #opt_level,
                debug_assertions: ::core::cfg!(debug_assertions),
            },
            body: #body,
        }
    }
}

/// Makes rustc warn where a key stands with its old name.
fn renamed(spec: &Spec) -> impl Iterator<Item = TokenStream> {
    spec.given().iter().filter_map(|Given { word, .. }| {
        let note = format!(
            "it is called `{}` now",
            perf_grammar::renamed(&word.to_string())?
        );
        Some(quote! {
            #[cfg(test)]
            const _: () = {
                #[allow(non_upper_case_globals)]
                #[deprecated(note = #note)]
                const #word: () = ();
                #word
            };
        })
    })
}

fn shape(spec: &Spec, private: &TokenStream) -> TokenStream {
    let warmup = option(spec.get("warmup").and_then(|given| match given.value {
        Checked::Calls(calls) => Some(quote!(#private::Warmup::Calls(#calls))),
        Checked::Amount(ns) => Some(quote!(#private::Warmup::Time(#ns))),
        _ => None,
    }));
    let amount = |key| option(spec.amount(key).map(|amount| quote!(#amount)));
    let (samples, max_time, items) = (amount("samples"), amount("max_time"), amount("items"));
    let (threads, rate) = (amount("threads"), amount("rate"));
    let isolate = spec.text("isolate").is_some();
    let (regression, regression_tail) = (amount("regression"), amount("regression_tail"));
    let clock = option(spec.text("clock").map(|word| {
        let word = variant(word, Span::call_site());
        quote!(#private::Clock::#word)
    }));
    quote! {
        #private::Shape { warmup: #warmup, samples: #samples, max_time_ns: #max_time, items: #items, clock: #clock, threads: #threads, rate: #rate, isolate: #isolate, regression: #regression, regression_tail: #regression_tail }
    }
}

fn metric_tokens(metric: Metric, private: &TokenStream) -> TokenStream {
    let name = match metric {
        Metric::Counter => Ident::new("Counter", Span::call_site()),
        Metric::Quantile(quantile) => {
            let millionths = quantile.millionths();
            return quote!(#private::Metric::Quantile(#private::Quantile::from_millionths(#millionths)));
        }
        Metric::Meter(direction) => {
            let direction = match direction {
                Direction::AtMost => quote!(AtMost),
                Direction::AtLeast => quote!(AtLeast),
            };
            return quote!(#private::Metric::Meter(#private::Direction::#direction));
        }
        Metric::Span(statistic) => {
            let statistic = match statistic {
                Statistic::Quantile(quantile) => {
                    let millionths = quantile.millionths();
                    quote!(Quantile(#private::Quantile::from_millionths(#millionths)))
                }
                Statistic::Mean => quote!(Mean),
                Statistic::Max => quote!(Max),
            };
            return quote!(#private::Metric::Span(#private::Statistic::#statistic));
        }
        named => variant(&named.key(), Span::call_site()),
    };
    quote!(#private::Metric::#name)
}

/// `hard` as the variant `Hard`, `alloc_bytes` as `AllocBytes`.
fn variant(word: &str, span: Span) -> Ident {
    let capital = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    let name: String = word.split('_').map(capital).collect();
    Ident::new(&name, Span::call_site().located_at(span))
}

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// Why a case is left out unless it is asked for: the attribute says so, or
/// it needs a network, which not every machine has.
fn ignored(spec: &Spec) -> Option<&str> {
    let network = || {
        let tags = spec.texts("tags");
        let asked = tags.iter().any(|tag| tag == "network");
        asked.then_some("tagged `network`: `--tag network` or `--include-ignored` runs it")
    };
    spec.text("ignore").or_else(network)
}

/// Where a word of the attribute stands, as the compiler saw it.
fn place(span: Span, private: &TokenStream) -> TokenStream {
    if !proc_macro::is_available() {
        return quote!(#private::Place { file: ::core::file!(), line: ::core::line!(), column: ::core::column!() });
    }
    let span = span.unwrap();
    let (file, line, column) = (span.file(), span.line(), span.column());
    let (line, column) = (
        u32::try_from(line).unwrap_or(0),
        u32::try_from(column).unwrap_or(0),
    );
    quote!(#private::Place { file: #file, line: #line, column: #column })
}
