//! The head of a function: its attributes, and what stands before its body.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use crate::tokens::{Tokens, split, stream};
use crate::types::Type;

/// An attribute below `#[perf_budget]`.
pub(crate) struct Attribute {
    /// As it was written.
    pub(crate) tokens: TokenStream,
    /// The names of its path.
    pub(crate) path: Vec<String>,
    /// Whether it is its path and nothing else.
    pub(crate) is_alone: bool,
}

/// What stands before the body.
pub(crate) struct Signature {
    /// The word `async`, where it is one.
    pub(crate) asynchronous: Option<Ident>,
    /// The word `unsafe`, where it is one.
    pub(crate) unsafety: Option<Ident>,
    /// `extern "C"`.
    pub(crate) abi: Option<TokenStream>,
    /// The name.
    pub(crate) name: Ident,
    /// What stands in angle brackets.
    pub(crate) generics: Vec<Generic>,
    /// What the function takes.
    pub(crate) inputs: Vec<Input>,
    /// The `...` at the end of them.
    pub(crate) variadic: Option<TokenStream>,
    /// The type behind the arrow.
    pub(crate) output: Option<Type>,
    /// Whether a body follows.
    pub(crate) has_body: bool,
}

/// A parameter in angle brackets.
pub(crate) enum Generic {
    /// `'a`.
    Lifetime(TokenStream),
    /// `T`.
    Type(TokenStream),
    /// `const N: usize`.
    Const(TokenStream),
}

/// What a function takes.
pub(crate) enum Input {
    /// The word `self`.
    Receiver(Ident),
    /// `pattern: Type`.
    Typed(TokenStream, Type),
}

/// Why a head could not be read, and where.
pub(crate) struct NoSignature<'a> {
    /// What is left from there on.
    pub(crate) at: Tokens<'a>,
    expected: &'static str,
}

impl std::fmt::Display for NoSignature<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let end = if self.at.is_empty() {
            "unexpected end of input, "
        } else {
            ""
        };
        write!(f, "{end}expected {}", self.expected)
    }
}

/// Passes over the attributes before an item.
pub(crate) fn attributes(tokens: &mut Tokens<'_>) -> Vec<Attribute> {
    let mut attributes = Vec::new();
    loop {
        let start = *tokens;
        let mut ahead = *tokens;
        let Some(inner) = ahead
            .pass("#")
            .then(|| ahead.pass_group(Delimiter::Bracket))
            .flatten()
        else {
            return attributes;
        };
        *tokens = ahead;
        let inner = shown(inner.stream());
        let mut inner = Tokens::new(&inner);
        let mut path = Vec::new();
        inner.pass("::");
        while let Some(name) = inner.word() {
            inner.skip(1);
            path.push(name.to_string());
            if !inner.pass("::") {
                break;
            }
        }
        attributes.push(Attribute {
            tokens: stream(start.until(ahead)),
            path,
            is_alone: inner.is_empty(),
        });
    }
}

impl Signature {
    /// Reads the head of a function.
    ///
    /// # Errors
    /// If this is none.
    pub(crate) fn read<'a>(tokens: &mut Tokens<'a>) -> Result<Signature, NoSignature<'a>> {
        if tokens.pass_word(&["pub"]).is_some() {
            let narrowed = ["crate", "self", "super", "in"];
            let is_narrowed = tokens.group(Delimiter::Parenthesis).is_some_and(|group| {
                let first = group.stream().into_iter().next();
                matches!(first, Some(TokenTree::Ident(word)) if narrowed.iter().any(|known| word == known))
            });
            tokens.skip(usize::from(is_narrowed));
        }
        let (mut asynchronous, mut unsafety) = (None, None);
        while let Some(word) = tokens.pass_word(&["const", "async", "unsafe", "safe"]) {
            if word == "async" {
                asynchronous = Some(word.clone());
            } else if word == "unsafe" {
                unsafety = Some(word.clone());
            }
        }
        let start = *tokens;
        let abi = tokens.pass_word(&["extern"]).map(|_| {
            if let Some(TokenTree::Literal(_)) = tokens.first() {
                tokens.skip(1);
            }
            stream(start.until(*tokens))
        });
        let no = |at, expected| NoSignature { at, expected };
        tokens.pass_word(&["fn"]).ok_or(no(*tokens, "`fn`"))?;
        let name = tokens.word().ok_or(no(*tokens, "identifier"))?;
        tokens.skip(1);
        let generics = match tokens.at("<") {
            true => tokens.pass_generics().ok_or(no(*tokens, "`>`"))?,
            false => &[],
        };
        let inputs = tokens.pass_group(Delimiter::Parenthesis);
        let inputs = inputs.ok_or(no(*tokens, "parentheses"))?;
        let inputs: Vec<TokenTree> = inputs.stream().into_iter().collect();
        let (mut taken, mut variadic) = (Vec::new(), None);
        for input in split(&inputs) {
            match input.len().checked_sub(3).map(|at| &input[at..]) {
                Some(dots) if Tokens::new(dots).at("...") => variadic = Some(stream(dots)),
                _ => taken.push(Input::read(input).ok_or(no(*tokens, "a type for each argument"))?),
            }
        }
        let output = match tokens.pass("->") {
            true => Some(output(tokens).ok_or(no(*tokens, "a type"))?),
            false => None,
        };
        Ok(Signature {
            asynchronous,
            unsafety,
            abi,
            name: name.clone(),
            generics: split(generics).into_iter().map(Generic::read).collect(),
            inputs: taken,
            variadic,
            output,
            has_body: !tokens.at(";"),
        })
    }
}

impl Generic {
    fn read(row: &[TokenTree]) -> Generic {
        let mut tokens = Tokens::new(row);
        attributes(&mut tokens);
        if tokens.at("'") {
            Generic::Lifetime(stream(row))
        } else if tokens.pass_word(&["const"]).is_some() {
            Generic::Const(stream(row))
        } else {
            Generic::Type(stream(row))
        }
    }
}

impl Input {
    fn read(row: &[TokenTree]) -> Option<Input> {
        let mut tokens = Tokens::new(row);
        attributes(&mut tokens);
        let mut receiver = tokens;
        if receiver.pass("&") {
            receiver.pass_lifetime();
        }
        receiver.pass_word(&["mut"]);
        if let Some(word) = receiver.pass_word(&["self"]) {
            return Some(Input::Receiver(word.clone()));
        }
        while !tokens.at(":") || tokens.at("::") {
            let path = usize::from(tokens.at("::"));
            tokens.skip(1 + path);
            if tokens.is_empty() {
                return None;
            }
        }
        tokens.skip(1);
        let ty = Type::new(tokens.rest())?;
        Some(Input::Typed(stream(row), ty))
    }
}

/// The type behind the arrow: up to the body, the conditions or the end.
fn output(tokens: &mut Tokens<'_>) -> Option<Type> {
    let start = *tokens;
    let ends = |tokens: Tokens<'_>| {
        tokens.at(";")
            || tokens.group(Delimiter::Brace).is_some()
            || tokens.word().is_some_and(|word| word == "where")
    };
    while !tokens.is_empty() && !ends(*tokens) {
        if tokens.pass_generics().is_none() {
            tokens.next();
        }
    }
    Type::new(start.until(*tokens))
}

/// The tokens without the invisible brackets that `macro_rules!` puts around them.
pub(crate) fn shown(tokens: TokenStream) -> Vec<TokenTree> {
    let mut all = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                all.extend(shown(group.stream()));
            }
            token => all.push(token),
        }
    }
    all
}
