//! What the words of a type tell.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{ReturnType, Type, TypeReference};

/// Whether the type of the output may hold a borrow of the argument, as far as
/// its words tell.
pub(crate) fn may_borrow(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else {
        return false;
    };
    let tokens = flat(ty.to_token_stream());
    let lifetime = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == '\'');
    let is_static = |at: usize| {
        lifetime(at)
            && matches!(tokens.get(at + 1), Some(TokenTree::Ident(word)) if word == "static")
    };
    (0..tokens.len()).any(|at| match &tokens[at] {
        TokenTree::Punct(mark) if mark.as_char() == '&' => !lifetime(at + 1),
        TokenTree::Punct(mark) if mark.as_char() == '\'' => !is_static(at),
        // Since the 2024 edition it borrows whatever the function is given.
        TokenTree::Ident(word) => word == "impl",
        _ => false,
    })
}

/// Whether it is a `&'static`.
pub(crate) fn is_static(reference: &TypeReference) -> bool {
    reference
        .lifetime
        .as_ref()
        .is_some_and(|lifetime| lifetime.ident == "static")
}

/// Whether it is a `Bencher`, by whatever path.
pub(crate) fn is_bencher(ty: &Type) -> bool {
    match ungrouped(ty) {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "Bencher"),
        _ => false,
    }
}

/// The type without its `&`.
pub(crate) fn referred(ty: &Type) -> &Type {
    match ungrouped(ty) {
        Type::Reference(reference) => &reference.elem,
        other => other,
    }
}

/// The type without the invisible brackets that `macro_rules!` puts around it.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        other => other,
    }
}

/// The first place where a word stands, in brackets too.
pub(crate) fn find_word(tokens: TokenStream, wanted: &str) -> Option<Ident> {
    flat(tokens).into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if word == wanted => Some(word),
        _ => None,
    })
}

/// The tokens without their brackets.
fn flat(tokens: TokenStream) -> Vec<TokenTree> {
    let mut all = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => all.extend(flat(group.stream())),
            other => all.push(other),
        }
    }
    all
}
