//! How the function is called: the closures that make its input, call it, and
//! look at what it returned.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::attribute::Spec;
use crate::expression::{Expression, Kind};
use crate::function::{Form, Function};
use crate::tokens::span;
use crate::value::Checked;

/// The body of a case, and what stands beside the case for it.
pub(crate) struct Body {
    /// The expression.
    pub(crate) expression: TokenStream,
    /// A function that answers about the arguments, where there are `args`.
    pub(crate) beside: Option<TokenStream>,
}

/// Writes the body. Only the function's name and the expressions of the user
/// keep the place where they were written, so that the compiler's complaints
/// about types point there, and lints look at nothing else.
pub(crate) fn body(spec: &Spec, function: &Function, private: &TokenStream) -> Body {
    let writer = Writer::new(spec, function, private);
    let alone = |expression| Body {
        expression,
        beside: None,
    };
    if function.form == Form::Bencher {
        return alone(writer.bencher());
    }
    if spec.get("threads").is_some() || spec.get("rate").is_some() {
        let setup = spec.expression("setup");
        if function.asynchronous.is_some() {
            let tasks = writer.tasks(setup);
            return alone(quote!(#private::Body::Tasks(|| #tasks)));
        }
        let load = writer.load(setup);
        return alone(quote!(#private::Body::Load(|| #load)));
    }
    let Some(args) = spec.expression("args") else {
        let subject = writer.subject(spec.expression("setup"));
        return alone(quote!(#private::Body::Calls(|| #subject)));
    };
    let [argument, family] = ["argument", "__perf_budget_family"].map(local);
    let subject = writer.subject_of(args, spec.expression("setup"), &argument);
    // Brackets that are not needed would be a warning in the user's code.
    let args = match args.kind {
        Kind::Operation => quote!((#args)),
        _ => quote!(#args),
    };
    let beside = quote! {
        #[doc(hidden)]
        fn #family(at: ::core::option::Option<::core::primitive::usize>) -> #private::Answer {
            #private::family(
                at,
                &#args,
                |#argument| #subject,
                |#argument| {
                    use #private::{DebugLabel as _, DisplayLabel as _};
                    (&&#private::Label(#argument)).label()
                },
            )
        }
    };
    let expression = quote! {
        #private::Body::Family(#private::Family {
            labels: || #family(::core::option::Option::None).labels(),
            make: |at| #family(::core::option::Option::Some(at)).subject(),
        })
    };
    Body {
        expression,
        beside: Some(beside),
    }
}

/// Who drives the futures of an `async fn`.
enum Driver {
    /// No runtime: the function is not async.
    None,
    /// A runtime of the Cargo feature `tokio`: the expression that builds it, and
    /// whether tasks are spread over its threads.
    Tokio { build: TokenStream, spreads: bool },
    /// A function of the user that blocks on a future.
    Path(TokenStream),
}

struct Writer<'a> {
    function: &'a Function,
    private: &'a TokenStream,
    driver: Driver,
    output: Ident,
    runtime: Ident,
}

impl<'a> Writer<'a> {
    fn new(spec: &Spec, function: &'a Function, private: &'a TokenStream) -> Writer<'a> {
        Writer {
            function,
            private,
            driver: driver(spec, function, private),
            output: local("output"),
            runtime: local("runtime"),
        }
    }

    /// What a call returned, looked at.
    fn judge(&self) -> TokenStream {
        let (private, output) = (self.private, &self.output);
        quote! {{
            use #private::{AnyOutput as _, ErrOutput as _, SilentErrOutput as _};
            (&&&#private::Output(#output)).failure()
        }}
    }

    /// The call itself, its future driven to the end.
    fn call(&self, input: Option<&Ident>) -> TokenStream {
        let name = &self.function.name;
        self.driven(quote!(#name(#input)))
    }

    fn driven(&self, call: TokenStream) -> TokenStream {
        let runtime = &self.runtime;
        match &self.driver {
            Driver::None => call,
            Driver::Tokio { .. } => quote!(#runtime.block_on(#call)),
            Driver::Path(block_on) => quote!(#block_on(#call)),
        }
    }

    fn bencher(&self) -> TokenStream {
        let (private, output, bencher) = (self.private, &self.output, local("bencher"));
        let (name, judge) = (&self.function.name, self.judge());
        quote! {
            #private::Body::Bencher(|#bencher| {
                let #output = &#name(#bencher);
                #judge
            })
        }
    }

    /// The subject of a function without `args`.
    fn subject(&self, setup: Option<&Expression>) -> TokenStream {
        let subject = match setup {
            Some(setup) => self.with_input(&self.made(setup), span(setup)),
            None => self.without_input(),
        };
        self.within(subject)
    }

    /// The subject of one of `args`.
    fn subject_of(
        &self,
        args: &Expression,
        setup: Option<&Expression>,
        argument: &Ident,
    ) -> TokenStream {
        let (private, given) = (self.private, local("given"));
        let (make, at) = match setup {
            None => (quote!(|#given| #given), span(args)),
            Some(setup) if is_async(setup) => {
                let made = self.driven(quote!(#private::begun(#given, #setup)));
                let runtime = self.shared_runtime();
                (quote!({ #runtime move |#given| #made }), span(setup))
            }
            Some(setup) => (quote!(#setup), span(setup)),
        };
        self.within(self.with_input(&quote!(#private::given(#argument, #make)), at))
    }

    /// What several users call at the same time.
    fn load(&self, setup: Option<&Expression>) -> TokenStream {
        let private = self.private;
        let Some(setup) = setup else {
            let (call, output, judge) = (self.call(None), &self.output, self.judge());
            return quote!(#private::load_plain(move || #call, |#output| #judge));
        };
        let door = match self.function.form {
            Form::Shared => quote!(load_shared),
            _ => quote!(load_owned),
        };
        self.through(&door, &quote!(#setup), span(setup))
    }

    /// What several users call at the same time who are tasks of one runtime.
    fn tasks(&self, setup: Option<&Expression>) -> TokenStream {
        let (private, name, runtime) = (self.private, &self.function.name, &self.runtime);
        let at = setup.map_or_else(Span::call_site, span);
        let input = Ident::new("input", Span::mixed_site().located_at(at));
        let is_shared = self.function.form == Form::Shared;
        // One user alone blocks on each call, and has no task around it.
        let own = self.shared_runtime();
        let (argument, pattern) = match setup {
            Some(_) => (Some(&input), quote!(#input)),
            None => (None, quote!(())),
        };
        let call = self.seen(self.call(argument));
        let call = match &own {
            Some(own) => quote!({ #own move |#pattern| #call }),
            None => quote!(move |#pattern| #call),
        };
        let begun = match setup {
            // The task has the state as long as it needs it.
            Some(_) if is_shared => quote!(#name(::core::ops::Deref::deref(&#input))),
            _ => quote!(#name(#argument)),
        };
        let begin = match self.function.lends || is_shared {
            true => {
                let begun = self.seen(quote!(#begun.await));
                quote!(move |#pattern| async move { #begun })
            }
            false => quote!(move |#pattern| #begun),
        };
        let judge = match self.function.lends {
            true => quote!(::core::clone::Clone::clone),
            false => {
                let (output, judge) = (&self.output, self.judge());
                quote!(|#output| #judge)
            }
        };
        let made = match setup {
            Some(setup) if is_shared => self.made(setup),
            Some(setup) if is_async(setup) => quote!(move || async move { (#setup)().await }),
            Some(setup) => quote!(move || ::core::future::ready((#setup)())),
            None => quote!(|| ::core::future::ready(())),
        };
        let parts = quote!(#made, #call, #begin, #judge);
        let shared = |door: &str| match is_shared {
            true => quote::format_ident!("{door}_shared"),
            false => quote::format_ident!("{door}"),
        };
        match &self.driver {
            Driver::Tokio { build, spreads } => {
                let (drive, door) = match spreads {
                    true => (quote!({ #own #runtime }), shared("spread")),
                    false => {
                        let future = local("future");
                        let drive = quote!({ #own move |#future| #runtime.block_on(#future) });
                        (drive, shared("together"))
                    }
                };
                quote!(#private::within_tasks(#build, |#runtime| #private::#door(#drive, #parts)))
            }
            Driver::Path(block_on) => {
                let door = shared("together");
                let future = local("future");
                quote!(#private::#door(|#future| #block_on(#future), #parts))
            }
            Driver::None => TokenStream::new(),
        }
    }

    /// The call with its output looked at, where that cannot leave the call.
    fn seen(&self, call: TokenStream) -> TokenStream {
        if !self.function.lends {
            return call;
        }
        let (output, judge) = (&self.output, self.judge());
        quote!({ let #output = &::core::hint::black_box(#call); #judge })
    }

    /// The maker of the input: `setup` as it is written, unless it is async.
    fn made(&self, setup: &Expression) -> TokenStream {
        if !is_async(setup) {
            return quote!(#setup);
        }
        let (runtime, made) = (self.shared_runtime(), self.driven(quote!((#setup)())));
        quote!({ #runtime move || #made })
    }

    fn with_input(&self, setup: &TokenStream, at: Span) -> TokenStream {
        let private = self.private;
        if self.function.starts.is_some() {
            let (name, made) = (&self.function.name, local("made"));
            return quote!({ let mut #made = #setup; #private::command(move || #name(#made())) });
        }
        let door = match self.function.form {
            Form::Shared => quote!(shared),
            Form::Exclusive => quote!(exclusive),
            _ => quote!(calls),
        };
        self.through(&door, setup, at)
    }

    /// Input, call and output, handed to a function of the runtime.
    fn through(&self, door: &TokenStream, setup: &TokenStream, at: Span) -> TokenStream {
        // An input of the wrong type is the fault of what makes it.
        let input = Ident::new("input", Span::mixed_site().located_at(at));
        let (private, output, judge) = (self.private, &self.output, self.judge());
        let call = self.call(Some(&input));
        if self.function.lends {
            // The output cannot leave the call, so it is looked at inside.
            return quote! {
                #private::#door(
                    #setup,
                    move |#input| {
                        let #output = &::core::hint::black_box(#call);
                        #judge
                    },
                    ::core::clone::Clone::clone,
                )
            };
        }
        quote!(#private::#door(#setup, move |#input| #call, |#output| #judge))
    }

    fn without_input(&self) -> TokenStream {
        let (private, output, judge) = (self.private, &self.output, self.judge());
        if self.function.starts.is_some() {
            let name = &self.function.name;
            return quote!(#private::command(|| #name()));
        }
        let call = self.call(None);
        quote!(#private::calls(|| (), move |()| #call, |#output| #judge))
    }

    /// The subject with the runtime around it that its calls are driven by.
    fn within(&self, subject: TokenStream) -> TokenStream {
        let (private, runtime) = (self.private, &self.runtime);
        match &self.driver {
            Driver::Tokio { build, .. } => {
                quote!(#private::within(#build, |#runtime| #subject))
            }
            _ => subject,
        }
    }

    /// The runtime once more, for a closure that takes it with it.
    fn shared_runtime(&self) -> Option<TokenStream> {
        let runtime = &self.runtime;
        matches!(self.driver, Driver::Tokio { .. })
            .then(|| quote!(let #runtime = ::core::clone::Clone::clone(&#runtime);))
    }
}

fn driver(spec: &Spec, function: &Function, private: &TokenStream) -> Driver {
    let Some(word) = &function.asynchronous else {
        return Driver::None;
    };
    let given = spec.get("runtime");
    if let Some(Checked::Path(path)) = given.map(|given| &given.value) {
        return Driver::Path(quote!(#path));
    }
    // Where the feature is off, the compiler points here.
    let at = given.map_or_else(|| word.span(), |given| given.word.span());
    let word = spec.text("runtime").unwrap_or("current_thread");
    let kind = Ident::new(word, Span::call_site());
    let tokio = moved(quote!(#private::Tokio), at);
    Driver::Tokio {
        build: quote_spanned!(Span::call_site()=> <#tokio as #private::Runtimes>::#kind()),
        spreads: word == "multi_thread",
    }
}

fn is_async(setup: &Expression) -> bool {
    matches!(&setup.kind, Kind::Closure(closure) if closure.asynchronous.is_some())
}

/// A name that the user's code cannot see.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The tokens, as if they stood at another place.
fn moved(tokens: TokenStream, at: Span) -> TokenStream {
    let at_it = |mut token: TokenTree| {
        token.set_span(Span::call_site().located_at(at));
        token
    };
    tokens.into_iter().map(at_it).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::{self, Makers};
    use crate::mistakes::Mistakes;

    /// The body, without blanks.
    #[track_caller]
    fn written(attribute: &str, item: &str) -> String {
        let mut mistakes = Mistakes::default();
        let spec = Spec::read(attribute.parse().expect("tokens"), &mut mistakes);
        let makers = Makers {
            setup: spec.word("setup"),
            args: spec.word("args"),
        };
        let item = function::read(item.parse().expect("tokens"), makers, &mut mistakes);
        assert_eq!(mistakes.texts(), [""; 0], "{attribute}");
        let function = item.function.expect("a function without mistakes is read");
        let Body { expression, beside } = body(&spec, &function, &quote!(p));
        quote!(#beside #expression).to_string().replace(' ', "")
    }

    #[track_caller]
    fn check(attribute: &str, item: &str, expected: &str) {
        let judge = "{usep::{AnyOutputas_,ErrOutputas_,SilentErrOutputas_};(&&&p::Output(output)).failure()}";
        let written = written(attribute, item).replace(judge, "JUDGE");
        assert_eq!(written, expected, "{attribute}");
    }

    #[test]
    fn several_users_share_what_setup_made() {
        check(
            "max = \"1s\", threads = 10",
            "fn f() {}",
            "p::Body::Load(||p::load_plain(move||f(),|output|JUDGE))",
        );
        check(
            "max = \"1s\", rate = \"5/s\", setup = make",
            "fn f(n: u8) {}",
            "p::Body::Load(||p::load_owned(make,move|input|f(input),|output|JUDGE))",
        );
        check(
            "max = \"1s\", threads = 10, setup = make",
            "fn f(n: &u8) {}",
            "p::Body::Load(||p::load_shared(make,move|input|f(input),|output|JUDGE))",
        );
    }

    #[test]
    fn several_users_of_an_async_fn_are_tasks() {
        let own = "letruntime=::core::clone::Clone::clone(&runtime);";
        let check = |attribute, item, expected: &str| {
            check(attribute, item, &expected.replace("OWN", own));
        };
        check(
            "max = \"1s\", threads = 10, setup = make",
            "async fn f(n: &u8) {}",
            "p::Body::Tasks(||p::within_tasks(<p::Tokioasp::Runtimes>::current_thread(),|runtime|p::together_shared({OWNmove|future|runtime.block_on(future)},make,{OWNmove|input|runtime.block_on(f(input))},move|input|asyncmove{f(::core::ops::Deref::deref(&input)).await},|output|JUDGE)))",
        );
        check(
            "max = \"1s\", threads = 10, runtime = \"multi_thread\", setup = async || 5",
            "async fn f(n: u8) {}",
            "p::Body::Tasks(||p::within_tasks(<p::Tokioasp::Runtimes>::multi_thread(),|runtime|p::spread({OWNruntime},move||asyncmove{(async||5)().await},{OWNmove|input|runtime.block_on(f(input))},move|input|f(input),|output|JUDGE)))",
        );
        check(
            "max = \"1s\", rate = \"5/s\", runtime = a::block_on",
            "async fn f() {}",
            "p::Body::Tasks(||p::together(|future|a::block_on(future),||::core::future::ready(()),move|()|a::block_on(f()),move|()|f(),|output|JUDGE))",
        );
        check(
            "max = \"1s\", threads = 10, runtime = a::block_on, setup = || 5",
            "async fn f(n: u8) {}",
            "p::Body::Tasks(||p::together(|future|a::block_on(future),move||::core::future::ready((||5)()),move|input|a::block_on(f(input)),move|input|f(input),|output|JUDGE))",
        );
    }

    #[test]
    fn a_program_is_made_for_each_start() {
        check(
            "first = \"1s\"",
            "fn f() -> std::process::Command {}",
            "p::Body::Calls(||p::command(||f()))",
        );
        check(
            "first = \"1s\", setup = make",
            "fn f(path: PathBuf) -> Command {}",
            "p::Body::Calls(||{letmutmade=make;p::command(move||f(made()))})",
        );
        check(
            "first = \"1s\"",
            "fn f() -> clap::Command {}",
            "p::Body::Calls(||p::calls(||(),move|()|f(),|output|JUDGE))",
        );
    }
}
