//! Types whose values have done no work yet: iterators, futures and builders.

use std::collections::BTreeSet;

use syn::{GenericArgument, ImplItem, Item, PathArguments, Type, TypeParamBound};

use super::Source;

/// Traits of such types.
const TRAITS: [&str; 6] = [
    "Future",
    "IntoFuture",
    "Iterator",
    "ParallelIterator",
    "Read",
    "Stream",
];
/// Iterators of the standard library that functions return by name.
const ITERATORS: &str = "\
    Bytes CharIndices Chars Chunks ChunksExact Drain IntoIter Iter IterMut Keys \
    Lines MatchIndices Matches Peekable Split SplitAsciiWhitespace SplitN \
    SplitWhitespace Values Windows";
/// What ends a builder.
const BUILDS: [&str; 2] = ["build", "finish"];
/// Types that hand on what they hold.
const AROUND: [&str; 6] = ["Arc", "Box", "Option", "Pin", "Rc", "Result"];

/// The lazy types of a package, by name.
pub(super) struct Lazy(BTreeSet<String>);

impl Lazy {
    pub(super) fn of(sources: &[Source]) -> Lazy {
        let mut names: Vec<String> = ITERATORS.split(' ').map(str::to_owned).collect();
        // A type of the package takes the place of one of the library.
        names.retain(|name| !sources.iter().any(|source| defines(&source.item, name)));
        names.extend(sources.iter().filter_map(|source| lazy(&source.item)));
        Lazy(names.into_iter().collect())
    }

    /// Whether a value of this type, returned by a function of `owner`, is lazy.
    pub(super) fn is(&self, kind: &Type, owner: Option<&str>) -> bool {
        match kind {
            Type::Paren(inner) => self.is(&inner.elem, owner),
            Type::Reference(inner) => self.is(&inner.elem, owner),
            Type::ImplTrait(_) => true,
            Type::TraitObject(object) => object.bounds.iter().any(is_lazy_trait),
            Type::Path(path) => {
                let Some(last) = path.path.segments.last() else {
                    return false;
                };
                let name = last.ident.to_string();
                let name = match (&*name, owner) {
                    ("Self", Some(owner)) => owner,
                    (name, _) => name,
                };
                let inside = match &last.arguments {
                    PathArguments::AngleBracketed(arguments) if AROUND.contains(&name) => {
                        match arguments.args.first() {
                            Some(GenericArgument::Type(inner)) => self.is(inner, owner),
                            _ => false,
                        }
                    }
                    _ => false,
                };
                inside || name.ends_with("Builder") || self.0.contains(name)
            }
            _ => false,
        }
    }
}

fn defines(item: &Item, name: &str) -> bool {
    match item {
        Item::Struct(item) => item.ident == name,
        Item::Enum(item) => item.ident == name,
        _ => false,
    }
}

/// The type that an `impl` shows to be lazy.
fn lazy(item: &Item) -> Option<String> {
    let Item::Impl(item) = item else { return None };
    let Type::Path(kind) = &*item.self_ty else {
        return None;
    };
    let is_lazy = match &item.trait_ {
        Some((path, ..)) => is_lazy_path(path),
        None => item.items.iter().any(
            |one| matches!(one, ImplItem::Fn(one) if BUILDS.iter().any(|word| one.sig.ident == word)),
        ),
    };
    let last = kind.path.segments.last()?;
    is_lazy.then(|| last.ident.to_string())
}

fn is_lazy_trait(bound: &TypeParamBound) -> bool {
    matches!(bound, TypeParamBound::Trait(one) if is_lazy_path(&one.path))
}

fn is_lazy_path(path: &syn::Path) -> bool {
    let last = path.segments.last();
    last.is_some_and(|last| TRAITS.iter().any(|word| last.ident == word))
}
