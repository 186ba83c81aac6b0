//! A row of tokens, read one after the other.
//!
//! NOTE: syn reads any Rust, and took a quarter of the processor time that a clean
//! build of perf-runtime costs its users; of Rust, an annotation needs where an
//! expression ends and the head of a function.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// The tokens that are not read yet.
#[derive(Clone, Copy)]
pub(crate) struct Tokens<'a>(&'a [TokenTree]);

impl<'a> Tokens<'a> {
    /// All of a row.
    pub(crate) fn new(row: &'a [TokenTree]) -> Tokens<'a> {
        Tokens(row)
    }

    /// The token at this place.
    pub(crate) fn first(self) -> Option<&'a TokenTree> {
        self.0.first()
    }

    /// The token behind that.
    pub(crate) fn second(self) -> Option<&'a TokenTree> {
        self.0.get(1)
    }

    /// Whether everything is read.
    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Where the next token stands, of brackets the first one; at the end, the whole
    /// attribute.
    pub(crate) fn span(self) -> Span {
        match self.first() {
            Some(TokenTree::Group(group)) => group.span_open(),
            Some(token) => token.span(),
            None => Span::call_site(),
        }
    }

    /// Passes over one token.
    pub(crate) fn next(&mut self) -> Option<&'a TokenTree> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// Skips this number of tokens.
    pub(crate) fn skip(&mut self, tokens: usize) {
        self.0 = self.0.get(tokens..).unwrap_or_default();
    }

    /// Whether the marks of an operator stand here, without a blank between them.
    pub(crate) fn at(self, operator: &str) -> bool {
        let last = operator.len() - 1;
        let is = |(at, mark): (usize, char)| match self.0.get(at) {
            Some(TokenTree::Punct(found)) => {
                found.as_char() == mark
                    && (at == last || found.spacing() == proc_macro2::Spacing::Joint)
            }
            _ => false,
        };
        operator.chars().enumerate().all(is)
    }

    /// Passes over an operator, if it stands here.
    pub(crate) fn pass(&mut self, operator: &str) -> bool {
        let is_here = self.at(operator);
        if is_here {
            self.skip(operator.len());
        }
        is_here
    }

    /// The word at this place.
    pub(crate) fn word(self) -> Option<&'a Ident> {
        word(self.first())
    }

    /// Passes over one of these words, if it stands here.
    pub(crate) fn pass_word(&mut self, words: &[&str]) -> Option<&'a Ident> {
        let word = self.word()?;
        words.iter().any(|known| word == known).then(|| {
            self.skip(1);
            word
        })
    }

    /// The bracketed tokens at this place.
    pub(crate) fn group(self, delimiter: Delimiter) -> Option<&'a Group> {
        match self.first() {
            Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
            _ => None,
        }
    }

    /// Passes over bracketed tokens, if they stand here.
    pub(crate) fn pass_group(&mut self, delimiter: Delimiter) -> Option<&'a Group> {
        let group = self.group(delimiter)?;
        self.skip(1);
        Some(group)
    }

    /// Passes over `'a`, if it stands here.
    pub(crate) fn pass_lifetime(&mut self) -> Option<&'a Ident> {
        let name = word(self.second()).filter(|_| self.at("'"))?;
        self.skip(2);
        Some(name)
    }

    /// Passes over `<..>` with what it holds, if it stands here and is closed.
    pub(crate) fn pass_generics(&mut self) -> Option<&'a [TokenTree]> {
        let mut ahead = *self;
        if !ahead.pass("<") {
            return None;
        }
        let (start, mut depth) = (ahead, 1);
        loop {
            let before = ahead;
            // The arrow of a function type closes nothing.
            if ahead.pass("->") || ahead.pass("=>") {
                continue;
            }
            if ahead.at("<") {
                depth += 1;
            } else if ahead.at(">") {
                depth -= 1;
            }
            ahead.next()?;
            if depth == 0 {
                *self = ahead;
                return Some(start.until(before));
            }
        }
    }

    /// What was read from here to a later place.
    pub(crate) fn until(self, later: Tokens<'a>) -> &'a [TokenTree] {
        &self.0[..self.0.len() - later.0.len()]
    }

    /// Everything that is left.
    pub(crate) fn rest(self) -> &'a [TokenTree] {
        self.0
    }
}

/// The parts of a row between its commas, those in angle brackets left out.
pub(crate) fn split(row: &[TokenTree]) -> Vec<&[TokenTree]> {
    let mut parts = Vec::new();
    let mut tokens = Tokens::new(row);
    let mut start = tokens;
    while !tokens.is_empty() {
        if tokens.at(",") {
            parts.push(start.until(tokens));
            tokens.skip(1);
            start = tokens;
        } else if tokens.pass_generics().is_none() {
            tokens.next();
        }
    }
    if !start.is_empty() {
        parts.push(start.rest());
    }
    parts
}

/// The tokens of a row, as a stream.
pub(crate) fn stream(row: &[TokenTree]) -> TokenStream {
    row.iter().cloned().collect()
}

/// The tokens of a stream, as a row.
pub(crate) fn row(stream: TokenStream) -> Vec<TokenTree> {
    stream.into_iter().collect()
}

/// Where the tokens stand, as far as the compiler can say it of several.
pub(crate) fn span(tokens: &impl ToTokens) -> Span {
    let row = row(tokens.to_token_stream());
    let (Some(first), Some(last)) = (row.first(), row.last()) else {
        return Span::call_site();
    };
    let first = first.span();
    first.join(last.span()).unwrap_or(first)
}

fn word(token: Option<&TokenTree>) -> Option<&Ident> {
    match token {
        Some(TokenTree::Ident(word)) => Some(word),
        _ => None,
    }
}
