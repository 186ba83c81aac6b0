//! An expression: where it ends, and of which kind it is.

use proc_macro2::{Delimiter, Ident, Literal, TokenStream, TokenTree};
use quote::ToTokens;

use crate::tokens::{Tokens, row, split, stream};

/// An expression as it was written.
pub(crate) struct Expression {
    /// Of which kind it is.
    pub(crate) kind: Kind,
    tokens: TokenStream,
}

/// What matters of an expression.
pub(crate) enum Kind {
    /// A literal; `true` and `false` are words.
    Literal(Literal),
    /// `true` or `false`.
    Truth(bool),
    /// A minus and what stands behind it.
    Negative,
    /// `[a, b]`.
    List(Vec<Expression>),
    /// `a::b`, and `<A as B>::c`, which is qualified.
    Path { is_qualified: bool },
    /// `|a| b`.
    Closure(Closure),
    /// `a(b)`.
    Call { is_empty: bool },
    /// `(a, b)`.
    Parentheses,
    /// `a + b`, `a..b` or `a as B`: in another expression it needs parentheses.
    Operation,
    /// Any other.
    Other,
}

/// What matters of a closure.
pub(crate) struct Closure {
    /// The word `async`, where it is one.
    pub(crate) asynchronous: Option<Ident>,
    /// What it takes.
    pub(crate) inputs: Vec<TokenStream>,
}

/// Why no expression could be read.
pub(crate) type Unreadable = &'static str;

/// Operators between two operands, the longer before those they start with.
const BETWEEN: &[&str] = &[
    "<<=", ">>=", "..=", "...", "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "+=", "-=", "*=",
    "/=", "%=", "^=", "&=", "|=", "..", "+", "-", "*", "/", "%", "^", "&", "|", "<", ">", "=",
];

/// Words that no operand starts with.
const NO_OPERAND: &[&str] = &[
    "as", "dyn", "else", "enum", "extern", "fn", "impl", "in", "mod", "mut", "pub", "ref",
    "struct", "trait", "type", "use", "where",
];

/// Reads an expression, and leaves what stands behind it.
///
/// # Errors
/// If there is none, or if it ends too early.
pub(crate) fn read(tokens: &mut Tokens<'_>) -> Result<Expression, Unreadable> {
    let start = *tokens;
    let kind = operation(tokens, true)?;
    let read = start.until(*tokens);
    // The invisible brackets that `macro_rules!` puts around a fragment.
    if let [TokenTree::Group(group)] = read
        && group.delimiter() == Delimiter::None
    {
        return whole(group.stream());
    }
    Ok(Expression {
        kind,
        tokens: stream(read),
    })
}

impl ToTokens for Expression {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.tokens.clone());
    }
}

fn whole(inner: TokenStream) -> Result<Expression, Unreadable> {
    let inner = row(inner);
    let mut tokens = Tokens::new(&inner);
    let expression = read(&mut tokens)?;
    if tokens.is_empty() {
        Ok(expression)
    } else {
        Err("unexpected token")
    }
}

/// Operands with operators between them. Where `structs` is false, a block follows,
/// so that a brace starts no struct.
fn operation(tokens: &mut Tokens<'_>, structs: bool) -> Result<Kind, Unreadable> {
    let is_prefixed = tokens.at("..");
    let mut kind = prefixed(tokens, structs)?;
    if is_prefixed {
        return Ok(kind);
    }
    loop {
        if tokens.pass_word(&["as"]).is_some() {
            ty(tokens)?;
        } else {
            let operator = BETWEEN.iter().find(|operator| tokens.at(operator));
            let Some(operator) = operator.filter(|_| !tokens.at("=>") && !tokens.at("->")) else {
                return Ok(kind);
            };
            tokens.skip(operator.len());
            if !operator.starts_with("..") || starts(*tokens, structs) {
                prefixed(tokens, structs)?;
            }
        }
        kind = Kind::Operation;
    }
}

/// Whether an operand starts here, which may be left out.
fn starts(tokens: Tokens<'_>, structs: bool) -> bool {
    match tokens.first() {
        None => false,
        Some(TokenTree::Ident(word)) => NO_OPERAND.iter().all(|no| word != no),
        Some(TokenTree::Group(group)) => structs || group.delimiter() != Delimiter::Brace,
        Some(TokenTree::Literal(_)) => true,
        Some(TokenTree::Punct(_)) => {
            const NOT: &[&str] = &[
                "->", "!=", "-=", "*=", "&=", "&&=", "|=", "||=", "<=", "<<=",
            ];
            const STARTS: &[&str] = &["-", "!", "*", "&", "|", "<", "::", "..", "'", "#"];
            let at = |operators: &[&str]| operators.iter().any(|operator| tokens.at(operator));
            at(STARTS) && !at(NOT)
        }
    }
}

fn prefixed(tokens: &mut Tokens<'_>, structs: bool) -> Result<Kind, Unreadable> {
    while tokens.at("#") && matches!(tokens.second(), Some(TokenTree::Group(_))) {
        tokens.skip(2);
    }
    if tokens.pass("..=") || tokens.pass("..") {
        if starts(*tokens, structs) {
            operation(tokens, structs)?;
        }
        return Ok(Kind::Operation);
    }
    if tokens.pass("-") {
        prefixed(tokens, structs)?;
        return Ok(Kind::Negative);
    }
    if tokens.pass("&") {
        let raw = *tokens;
        if tokens.pass_word(&["raw"]).is_none() || tokens.pass_word(&["const", "mut"]).is_none() {
            *tokens = raw;
            tokens.pass_word(&["mut"]);
        }
        prefixed(tokens, structs)?;
        return Ok(Kind::Other);
    }
    if tokens.pass("!") || tokens.pass("*") {
        prefixed(tokens, structs)?;
        return Ok(Kind::Other);
    }
    if let Some(closure) = closure(tokens, structs)? {
        return Ok(Kind::Closure(closure));
    }
    let mut kind = operand(tokens, structs)?;
    loop {
        if tokens.pass("?") || tokens.pass_group(Delimiter::Bracket).is_some() {
            kind = Kind::Other;
        } else if let Some(arguments) = tokens.pass_group(Delimiter::Parenthesis) {
            let is_empty = arguments.stream().is_empty();
            kind = Kind::Call { is_empty };
        } else if tokens.at(".") && !tokens.at("..") {
            tokens.skip(1);
            match tokens.next() {
                Some(TokenTree::Ident(word)) if word == "await" => {}
                Some(TokenTree::Ident(_)) => {
                    if tokens.pass("::") {
                        tokens.pass_generics().ok_or("expected `<`")?;
                    }
                    tokens.pass_group(Delimiter::Parenthesis);
                }
                Some(TokenTree::Literal(_)) => {}
                _ => return Err("expected a name behind the point"),
            }
            kind = Kind::Other;
        } else {
            return Ok(kind);
        }
    }
}

fn closure(tokens: &mut Tokens<'_>, structs: bool) -> Result<Option<Closure>, Unreadable> {
    let mut ahead = *tokens;
    if ahead.pass_word(&["for"]).is_some() && ahead.pass_generics().is_none() {
        return Ok(None);
    }
    ahead.pass_word(&["static"]);
    let asynchronous = ahead.pass_word(&["async"]).cloned();
    ahead.pass_word(&["move"]);
    if !ahead.pass("|") {
        return Ok(None);
    }
    let start = ahead;
    while !ahead.at("|") {
        ahead
            .next()
            .ok_or("unexpected end of input, expected `|`")?;
    }
    let inputs = split(start.until(ahead)).into_iter().map(stream).collect();
    ahead.skip(1);
    *tokens = ahead;
    if tokens.pass("->") {
        ty(tokens)?;
        block(tokens)?;
    } else {
        operation(tokens, structs)?;
    }
    Ok(Some(Closure {
        asynchronous,
        inputs,
    }))
}

fn operand(tokens: &mut Tokens<'_>, structs: bool) -> Result<Kind, Unreadable> {
    match tokens.first() {
        None => Err("unexpected end of input, expected an expression"),
        Some(TokenTree::Literal(literal)) => {
            tokens.skip(1);
            Ok(Kind::Literal(literal.clone()))
        }
        Some(TokenTree::Group(group)) => {
            tokens.skip(1);
            match group.delimiter() {
                Delimiter::Parenthesis => Ok(Kind::Parentheses),
                Delimiter::Bracket => list(group.stream()),
                Delimiter::Brace => Ok(Kind::Other),
                Delimiter::None => whole(group.stream()).map(|inner| inner.kind),
            }
        }
        Some(TokenTree::Ident(word)) => worded(&word.to_string(), tokens, structs),
        Some(TokenTree::Punct(_)) => {
            if tokens.pass_lifetime().is_some() {
                tokens.pass(":").then_some(()).ok_or("expected `:`")?;
                return operand(tokens, structs);
            }
            match tokens.at("<") || tokens.at("::") {
                true => path(tokens, structs),
                false => Err("expected an expression"),
            }
        }
    }
}

fn list(inner: TokenStream) -> Result<Kind, Unreadable> {
    let inner = row(inner);
    let mut tokens = Tokens::new(&inner);
    let mut elements = Vec::new();
    while !tokens.is_empty() {
        elements.push(read(&mut tokens)?);
        if tokens.at(";") {
            return Ok(Kind::Other);
        }
        if !tokens.is_empty() && !tokens.pass(",") {
            return Err("expected `,`");
        }
    }
    Ok(Kind::List(elements))
}

/// What starts with a word.
fn worded(word: &str, tokens: &mut Tokens<'_>, structs: bool) -> Result<Kind, Unreadable> {
    match word {
        "true" | "false" => {
            tokens.skip(1);
            return Ok(Kind::Truth(word == "true"));
        }
        "if" | "while" => {
            tokens.skip(1);
            operation(tokens, false)?;
            block(tokens)?;
            if word == "if" && tokens.pass_word(&["else"]).is_some() {
                return match tokens.word() {
                    Some(more) if more == "if" => worded("if", tokens, structs),
                    _ => block(tokens),
                };
            }
        }
        "let" => {
            while !tokens.at("=") || tokens.at("=>") || tokens.at("==") {
                let end = "unexpected end of input, expected `=`";
                // `..=` is part of a pattern.
                match tokens.at("..=") {
                    true => tokens.skip(3),
                    false => drop(tokens.next().ok_or(end)?),
                }
            }
            tokens.skip(1);
            prefixed(tokens, false)?;
        }
        "match" => {
            tokens.skip(1);
            operation(tokens, false)?;
            block(tokens)?;
        }
        "for" => {
            while tokens.pass_word(&["in"]).is_none() {
                tokens
                    .next()
                    .ok_or("unexpected end of input, expected `in`")?;
            }
            operation(tokens, false)?;
            block(tokens)?;
        }
        "loop" | "unsafe" | "const" | "async" | "try" => {
            tokens.skip(1);
            tokens.pass_word(&["move"]);
            block(tokens)?;
        }
        "return" | "break" | "continue" | "yield" => {
            tokens.skip(1);
            tokens.pass_lifetime();
            if word != "continue" && starts(*tokens, structs) {
                operation(tokens, structs)?;
            }
        }
        "_" => tokens.skip(1),
        word if NO_OPERAND.contains(&word) => return Err("expected an expression"),
        _ => return path(tokens, structs),
    }
    Ok(Kind::Other)
}

fn block(tokens: &mut Tokens<'_>) -> Result<Kind, Unreadable> {
    let block = tokens.pass_group(Delimiter::Brace);
    block.map(|_| Kind::Other).ok_or("expected curly braces")
}

/// A path, and the macro or the struct that it names.
fn path(tokens: &mut Tokens<'_>, structs: bool) -> Result<Kind, Unreadable> {
    let is_qualified = names(tokens)?;
    if tokens.at("!") && matches!(tokens.second(), Some(TokenTree::Group(_))) {
        tokens.skip(2);
        return Ok(Kind::Other);
    }
    if structs && tokens.pass_group(Delimiter::Brace).is_some() {
        return Ok(Kind::Other);
    }
    Ok(Kind::Path { is_qualified })
}

/// The names of a path; whether it starts with a type in angle brackets.
fn names(tokens: &mut Tokens<'_>) -> Result<bool, Unreadable> {
    let is_qualified = tokens.pass_generics().is_some();
    if is_qualified {
        tokens.pass("::").then_some(()).ok_or("expected `::`")?;
    } else {
        tokens.pass("::");
    }
    loop {
        if tokens.word().is_none() {
            return Err(match tokens.is_empty() {
                true => "unexpected end of input, expected identifier",
                false => "expected identifier",
            });
        }
        tokens.skip(1);
        if !tokens.pass("::") || tokens.pass_generics().is_some() && !tokens.pass("::") {
            return Ok(is_qualified);
        }
    }
}

/// Passes over the type behind an `as` or an arrow.
fn ty(tokens: &mut Tokens<'_>) -> Result<(), Unreadable> {
    let wrong = "expected a type";
    if tokens.pass("&") {
        tokens.pass_lifetime();
        tokens.pass_word(&["mut"]);
        return ty(tokens);
    }
    if tokens.pass("*") {
        tokens.pass_word(&["const", "mut"]).ok_or(wrong)?;
        return ty(tokens);
    }
    if tokens.pass_word(&["dyn", "impl", "unsafe"]).is_some() {
        return ty(tokens);
    }
    if tokens.pass_word(&["for"]).is_some() {
        tokens.pass_generics().ok_or(wrong)?;
        return ty(tokens);
    }
    if tokens.pass_word(&["extern"]).is_some() {
        if let Some(TokenTree::Literal(_)) = tokens.first() {
            tokens.skip(1);
        }
        return ty(tokens);
    }
    if tokens.pass("!")
        || matches!(tokens.first(), Some(TokenTree::Group(_))) && tokens.next().is_some()
    {
        return Ok(());
    }
    tokens.pass_generics();
    tokens.pass("::");
    loop {
        tokens.word().ok_or(wrong)?;
        tokens.skip(1);
        let generics = *tokens;
        if !(tokens.pass("::") && tokens.pass_generics().is_some()) {
            *tokens = generics;
            tokens.pass_generics();
        }
        // `Fn(A) -> B`.
        if tokens.pass_group(Delimiter::Parenthesis).is_some() && tokens.pass("->") {
            return ty(tokens);
        }
        if !tokens.pass("::") {
            return Ok(());
        }
    }
}
