//! What is wrong with an annotation: collected, and reported together.

use perf_grammar::Coded;
use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// The mistakes found so far, each with the words it is about.
#[derive(Default)]
pub(crate) struct Mistakes(Vec<Mistake>);

struct Mistake {
    first: Span,
    last: Span,
    problem: Coded,
}

impl Mistakes {
    /// Notes a mistake about one word.
    pub(crate) fn at(&mut self, span: Span, problem: impl Into<Coded>) {
        self.add(span, span, problem.into());
    }

    /// Notes a mistake about several words in a row.
    pub(crate) fn over(&mut self, tokens: impl ToTokens, problem: impl Into<Coded>) {
        let mut spans = tokens
            .into_token_stream()
            .into_iter()
            .map(|token| token.span());
        let first = spans.next().unwrap_or_else(Span::call_site);
        let last = spans.last().unwrap_or(first);
        self.add(first, last, problem.into());
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One `compile_error!` for each mistake, in the order they were found.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.into_iter().flat_map(Mistake::into_tokens).collect()
    }

    fn add(&mut self, first: Span, last: Span, problem: Coded) {
        self.0.push(Mistake {
            first,
            last,
            problem,
        });
    }

    #[cfg(test)]
    pub(crate) fn texts(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|mistake| mistake.problem.line())
            .collect()
    }
}

impl Mistake {
    /// `::core::compile_error! { ".." }`, of which the compiler marks everything from its
    /// first token to its last.
    fn into_tokens(self) -> impl Iterator<Item = TokenTree> {
        let mark = |mark, spacing| {
            let mut mark = Punct::new(mark, spacing);
            mark.set_span(self.first);
            TokenTree::from(mark)
        };
        let word = |word| TokenTree::from(Ident::new(word, self.first));
        let mut message = Literal::string(&self.problem.line());
        message.set_span(self.last);
        let mut braces = Group::new(Delimiter::Brace, TokenTree::from(message).into());
        braces.set_span(self.last);
        [
            mark(':', Spacing::Joint),
            mark(':', Spacing::Alone),
            word("core"),
            mark(':', Spacing::Joint),
            mark(':', Spacing::Alone),
            word("compile_error"),
            mark('!', Spacing::Alone),
            braces.into(),
        ]
        .into_iter()
    }
}
