//! What the words of a type tell.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;

use crate::tokens::{Tokens, row, stream};

/// A type as it was written.
#[derive(Clone)]
pub(crate) struct Type(Vec<TokenTree>);

/// `&'a mut T`.
pub(crate) struct Reference {
    /// Whether it is a `&'static`.
    pub(crate) is_static: bool,
    /// Whether it is a `&mut`.
    pub(crate) is_mutable: bool,
    /// The type without its `&`.
    pub(crate) referred: Type,
}

impl Type {
    /// The type of these tokens; `None` if there are none.
    pub(crate) fn new(row: &[TokenTree]) -> Option<Type> {
        (!row.is_empty()).then(|| Type(row.to_vec()))
    }

    /// The type without the invisible brackets that `macro_rules!` puts around it, and
    /// without parentheses that make no tuple.
    fn ungrouped(&self) -> Vec<TokenTree> {
        let [TokenTree::Group(group)] = &self.0[..] else {
            return self.0.clone();
        };
        let inner = row(group.stream());
        let is_one = !inner.is_empty()
            && !inner
                .iter()
                .any(|token| Tokens::new(std::slice::from_ref(token)).at(","));
        match group.delimiter() {
            Delimiter::None => Type(inner).ungrouped(),
            Delimiter::Parenthesis if is_one => Type(inner).ungrouped(),
            _ => self.0.clone(),
        }
    }

    /// What a reference refers to.
    pub(crate) fn reference(&self) -> Option<Reference> {
        let row = self.ungrouped();
        let mut tokens = Tokens::new(&row);
        if !tokens.pass("&") {
            return None;
        }
        let lifetime = tokens.pass_lifetime();
        Some(Reference {
            is_static: lifetime.is_some_and(|name| name == "static"),
            is_mutable: tokens.pass_word(&["mut"]).is_some(),
            referred: Type(tokens.rest().to_vec()),
        })
    }

    /// Whether it is a `Bencher`, by whatever path.
    pub(crate) fn is_bencher(&self) -> bool {
        self.path()
            .and_then(|names| names.last().map(|(name, _)| name == "Bencher"))
            == Some(true)
    }

    /// Whether it is this path, without generics.
    pub(crate) fn is_path(&self, names: &[&str]) -> bool {
        let Some(path) = self.path() else {
            return false;
        };
        path.len() == names.len()
            && path
                .iter()
                .zip(names)
                .all(|((found, generic), name)| found == name && !generic)
    }

    /// Whether it is `!`.
    pub(crate) fn is_never(&self) -> bool {
        let row = self.ungrouped();
        row.len() == 1 && Tokens::new(&row).at("!")
    }

    /// The names of a path, and whether there are generics behind each.
    fn path(&self) -> Option<Vec<(String, bool)>> {
        let row = self.ungrouped();
        let mut tokens = Tokens::new(&row);
        let mut names = Vec::new();
        if tokens.at("<") {
            tokens.pass_generics()?;
        }
        tokens.pass("::");
        loop {
            let name = tokens.word()?.to_string();
            tokens.skip(1);
            let behind = tokens;
            let is_generic = tokens.pass_generics().is_some()
                || tokens.pass("::") && tokens.pass_generics().is_some();
            if !is_generic {
                tokens = behind;
            }
            names.push((name, is_generic));
            if tokens.is_empty() {
                return Some(names);
            }
            if !tokens.pass("::") {
                return None;
            }
        }
    }
}

impl ToTokens for Type {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(stream(&self.0));
    }
}

/// Whether the type of the output may hold a borrow of the argument, as far as
/// its words tell.
pub(crate) fn may_borrow(output: Option<&Type>) -> bool {
    let Some(ty) = output else {
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
