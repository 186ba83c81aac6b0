//! The annotated item: what kind of function it is, and why another cannot be measured.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use crate::companions;
use crate::mistakes::Mistakes;
use crate::problem::Problem;
use crate::signature::{self, Generic, Input, NoSignature, Signature, shown};
use crate::tokens::{Tokens, span};
use crate::types::{Type, find_word, may_borrow};

/// An item under the attribute.
pub(crate) struct Item {
    /// What is put back in its place: the item as it was written, without the
    /// `#[test]` that the budget's own test replaces.
    pub(crate) source: TokenStream,
    /// The function, where it is one.
    pub(crate) function: Option<Function>,
}

/// A function that can be measured.
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: Ident,
    /// How it is called.
    pub(crate) form: Form,
    /// The word `async`, where it is one.
    pub(crate) asynchronous: Option<Ident>,
    /// The type it returns, where that is a program to be started.
    pub(crate) starts: Option<Span>,
    /// Whether what it returns may borrow from what it is given.
    pub(crate) lends: bool,
    /// Whether it is deprecated, so that calling it would warn.
    pub(crate) deprecated: bool,
}

/// What makes the argument of a function: the words of these keys, where they
/// are written.
#[derive(Clone, Copy, Default)]
pub(crate) struct Makers<'a> {
    pub(crate) setup: Option<&'a Ident>,
    pub(crate) args: Option<&'a Ident>,
}

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `fn()`.
    Plain,
    /// `fn(T)`: a fresh input for each call.
    Owned,
    /// `fn(&T)`: a state made once for the case.
    Shared,
    /// `fn(&mut T)`: the same, and it may change.
    Exclusive,
    /// `fn(b: &mut Bencher)`: it marks itself what is timed.
    Bencher,
}

/// Reads the item. What cannot be measured is noted as a mistake.
pub(crate) fn read(item: TokenStream, makers: Makers<'_>, mistakes: &mut Mistakes) -> Item {
    let tokens = shown(item.clone());
    let mut tokens = Tokens::new(&tokens);
    let attributes = signature::attributes(&mut tokens);
    let rest = tokens;
    let signature = match Signature::read(&mut tokens) {
        Ok(signature) => signature,
        Err(why) => {
            no_function(rest, &why, mistakes);
            return Item {
                source: item,
                function: None,
            };
        }
    };
    companions::refuse(&attributes, mistakes);
    refuse_qualifiers(&signature, mistakes);
    if !signature.has_body {
        mistakes.at(signature.name.span(), Problem::no_body());
    }
    let form = form(&signature, makers, mistakes);
    let output = signature.output.as_ref();
    refuse_output(output, mistakes);
    let lends = matches!(form, Form::Shared | Form::Exclusive) && may_borrow(output);
    let deprecated = attributes
        .iter()
        .any(|attribute| attribute.path == ["deprecated"]);
    let function = Function {
        starts: starts(output),
        name: signature.name,
        form,
        asynchronous: signature.asynchronous,
        lends,
        deprecated,
    };
    let kept = attributes.iter().map(|attribute| {
        // Without the attribute, the function would not be there outside tests
        // either.
        if companions::is_test(attribute) {
            quote!(#[cfg(test)])
        } else {
            attribute.tokens.clone()
        }
    });
    let rest = rest.rest();
    Item {
        source: quote!(#(#kept)* #(#rest)*),
        function: Some(function),
    }
}

fn no_function(item: Tokens<'_>, why: &NoSignature<'_>, mistakes: &mut Mistakes) {
    const KINDS: &[&str] = &[
        "struct",
        "enum",
        "union",
        "mod",
        "impl",
        "trait",
        "type",
        "static",
        "const",
        "use",
        "macro_rules",
        "extern",
    ];
    let words = item.rest().iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word),
        _ => None,
    });
    // `const fn` and `extern fn` that cannot be read are still functions.
    let words: Vec<&Ident> = words.collect();
    let kind = words
        .iter()
        .find(|word| KINDS.iter().any(|kind| *word == kind))
        .filter(|_| words.iter().all(|word| *word != "fn"));
    match kind {
        Some(kind) if *kind == "impl" || *kind == "trait" => {
            mistakes.at(kind.span(), Problem::whole_item(&kind.to_string()));
        }
        Some(kind) if *kind == "mod" => {
            mistakes.at(kind.span(), Problem::whole_module());
        }
        Some(kind) => mistakes.at(kind.span(), Problem::other_item(&kind.to_string())),
        None => mistakes.at(why.at.span(), Problem::unreadable_item(&why.to_string())),
    }
}

fn refuse_qualifiers(signature: &Signature, mistakes: &mut Mistakes) {
    let name = &signature.name.to_string();
    if let Some(word) = &signature.unsafety {
        mistakes.over(word, Problem::unsafe_function(name));
    }
    if let Some(abi) = &signature.abi {
        mistakes.over(abi, Problem::extern_function(name));
    }
    if let Some(dots) = &signature.variadic {
        mistakes.over(dots, Problem::variadic(name));
    }
    for parameter in &signature.generics {
        let (parameter, problem) = match parameter {
            Generic::Lifetime(tokens) => (tokens, Problem::lifetime()),
            Generic::Type(tokens) => (tokens, Problem::generic_type(name)),
            Generic::Const(tokens) => (tokens, Problem::generic_number(name)),
        };
        mistakes.over(parameter, problem);
    }
}

fn form(signature: &Signature, makers: Makers<'_>, mistakes: &mut Mistakes) -> Form {
    let name = &signature.name.to_string();
    let mut inputs = signature.inputs.iter();
    let Some(first) = inputs.next() else {
        match (makers.setup, makers.args) {
            (_, Some(args)) => mistakes.at(args.span(), Problem::args_for_none(name)),
            (Some(setup), None) => mistakes.at(setup.span(), Problem::setup_for_none(name)),
            (None, None) => {}
        }
        return Form::Plain;
    };
    let (argument, ty) = match first {
        Input::Receiver(word) => {
            mistakes.at(word.span(), Problem::method());
            return Form::Shared;
        }
        Input::Typed(argument, ty) => (argument, ty),
    };
    let form = form_of(ty);
    if let Some(second) = inputs.next() {
        let problem = match form {
            Form::Bencher => Problem::argument_beside_bencher(),
            _ => Problem::second_argument(name),
        };
        match second {
            Input::Receiver(word) => mistakes.over(word, problem),
            Input::Typed(argument, _) => mistakes.over(argument, problem),
        }
    }
    refuse_argument(name, (argument, ty), form, makers, mistakes);
    form
}

fn refuse_argument(
    name: &str,
    (argument, ty): (&TokenStream, &Type),
    form: Form,
    makers: Makers<'_>,
    mistakes: &mut Mistakes,
) {
    if let Some(word) = find_word(ty.to_token_stream(), "impl") {
        mistakes.at(word.span(), Problem::generic_argument(name));
        return;
    }
    if let Some(word) = find_word(ty.to_token_stream(), "Self") {
        mistakes.at(word.span(), Problem::associated_function());
        return;
    }
    if form == Form::Bencher {
        if let Some(setup) = makers.setup {
            mistakes.at(setup.span(), Problem::setup_and_bencher());
        }
        if let Some(args) = makers.args {
            mistakes.at(args.span(), Problem::args_and_bencher(name));
        }
        return;
    }
    let is_bencher = match ty.reference() {
        Some(reference) => reference.referred.is_bencher(),
        None => ty.is_bencher(),
    };
    if is_bencher {
        mistakes.over(ty, Problem::bencher_not_lent());
        return;
    }
    match (makers.setup, makers.args) {
        (None, None) => mistakes.over(argument, Problem::no_maker()),
        (None, Some(_)) if form == Form::Exclusive => mistakes.over(ty, Problem::args_change()),
        _ => {}
    }
}

fn form_of(ty: &Type) -> Form {
    match ty.reference() {
        Some(reference) if reference.is_static => Form::Owned,
        Some(reference) if !reference.is_mutable => Form::Shared,
        Some(reference) if reference.referred.is_bencher() => Form::Bencher,
        Some(_) => Form::Exclusive,
        None => Form::Owned,
    }
}

fn refuse_output(output: Option<&Type>, mistakes: &mut Mistakes) {
    let Some(ty) = output else {
        return;
    };
    if ty.is_never() {
        mistakes.over(ty, Problem::never_returns());
        return;
    }
    if let Some(word) = find_word(ty.to_token_stream(), "Future") {
        mistakes.at(word.span(), Problem::future());
    }
    if let Some(word) = find_word(ty.to_token_stream(), "Self") {
        mistakes.at(word.span(), Problem::associated_function());
    }
    if ty.is_path(&["tokio", "process", "Command"]) {
        mistakes.over(ty, Problem::command_of_tokio());
    }
}

/// Where the output stands, if it is a program to be started. A `Command` alone
/// is taken for the one of the standard library.
fn starts(output: Option<&Type>) -> Option<Span> {
    let ty = output?;
    let names: [&[&str]; 3] = [
        &["std", "process", "Command"],
        &["process", "Command"],
        &["Command"],
    ];
    names.iter().any(|name| ty.is_path(name)).then(|| span(ty))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(source: &str, setup: bool) -> (Item, Vec<String>) {
        let mut mistakes = Mistakes::default();
        let word = quote::format_ident!("setup");
        let makers = Makers {
            setup: setup.then_some(&word),
            args: None,
        };
        let item = read(
            source.parse().expect("the row is made of tokens"),
            makers,
            &mut mistakes,
        );
        (item, mistakes.texts())
    }

    #[track_caller]
    fn takes(source: &str, setup: bool, form: Form, lends: bool) {
        let (item, mistakes) = item(source, setup);
        assert_eq!(mistakes, [""; 0], "{source}");
        let function = item.function.expect("a function without mistakes is read");
        assert_eq!((function.form, function.lends), (form, lends), "{source}");
    }

    #[track_caller]
    fn refuses(source: &str, setup: bool, parts: &[&str]) {
        let (item, mistakes) = item(source, setup);
        assert_eq!(mistakes.len(), parts.len(), "{source}: {mistakes:#?}");
        for (mistake, part) in mistakes.iter().zip(parts) {
            assert!(mistake.contains(part), "{source}: {mistake}");
        }
        let written: TokenStream = source.parse().expect("the row is made of tokens");
        assert_eq!(item.source.to_string(), written.to_string());
    }

    #[test]
    fn the_form_follows_from_the_argument() {
        takes("fn f() {}", false, Form::Plain, false);
        takes(
            "pub(crate) const fn f() -> &str { \"a\" }",
            false,
            Form::Plain,
            false,
        );
        takes(
            "fn f(v: Vec<u8>) -> Result<(), E> {}",
            true,
            Form::Owned,
            false,
        );
        takes("fn f((a, b): (u8, &str)) {}", true, Form::Owned, false);
        takes(
            "fn f(text: &'static str) -> &'static str {}",
            true,
            Form::Owned,
            false,
        );
        takes(
            "fn f(text: &str) -> &'static str {}",
            true,
            Form::Shared,
            false,
        );
        takes("fn f(text: &str) -> &str {}", true, Form::Shared, true);
        takes(
            "fn f(text: &str) -> Vec<Cow<'_, str>> {}",
            true,
            Form::Shared,
            true,
        );
        takes(
            "fn f(text: &str) -> impl Iterator<Item = u8> {}",
            true,
            Form::Shared,
            true,
        );
        takes(
            "fn f(state: &mut State) -> usize {}",
            true,
            Form::Exclusive,
            false,
        );
        takes("fn f(b: &mut Bencher) {}", false, Form::Bencher, false);
        takes(
            "fn f(b: &mut perf_runtime::Bencher<'_>) -> Result<(), E> {}",
            false,
            Form::Bencher,
            false,
        );
    }

    #[test]
    fn what_cannot_be_measured_is_put_back_as_it_was() {
        refuses("struct S;", false, &["this is `struct`"]);
        refuses("impl S { fn f() {} }", false, &["not a whole `impl`"]);
        refuses("pub mod m { }", false, &["not a whole `mod`"]);
        refuses("fn", false, &["cannot be read"]);
    }

    #[test]
    fn several_mistakes_are_reported_together() {
        refuses(
            "unsafe extern \"C\" fn f<T>(t: T, u: u8) -> ! {}",
            false,
            &[
                "unsafe",
                "extern",
                "generic",
                "one argument",
                "nothing makes",
                "never returns",
            ],
        );
        refuses(
            "async fn f<'a, const N: usize>(&self) {}",
            false,
            &["lifetime", "number", "method"],
        );
        refuses("fn f(b: Bencher) {}", false, &["&mut Bencher"]);
        refuses("fn f(b: &Bencher) {}", true, &["&mut Bencher"]);
        refuses(
            "fn f(b: &mut Bencher, n: u8) {}",
            true,
            &["beside a `Bencher`", "makes its own input"],
        );
        refuses(
            "fn f(n: &impl Copy) -> Pin<Box<dyn Future>> {}",
            true,
            &["name the type", "future"],
        );
        refuses("fn f() -> std::process::Command {}", true, &["takes none"]);
        refuses("fn f() -> Self;", false, &["with a body", "of an `impl`"]);
    }

    #[test]
    fn the_test_attribute_makes_way_for_the_budgets_own() {
        let (item, mistakes) = item(
            "/// Doc.\n#[test] #[inline(never)] fn f() { let x = 1; }",
            false,
        );
        assert_eq!(mistakes, [""; 0]);
        let expected: TokenStream = "/// Doc.\n#[cfg(test)] #[inline(never)] fn f() { let x = 1; }"
            .parse()
            .expect("tokens");
        assert_eq!(item.source.to_string(), expected.to_string());
    }
}
