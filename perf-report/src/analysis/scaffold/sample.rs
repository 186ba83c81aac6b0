//! Arguments with which a function can be called.

use syn::{GenericArgument, Generics, PathArguments, Type, TypeParamBound, WherePredicate};

/// An argument, and how much work it is likely to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) expression: String,
    pub(super) weight: i32,
}

/// Texts by what a function is about; the last fits all.
const TEXTS: [(&str, &str); 8] = [
    ("version", "1.2.3"),
    ("semver", "1.2.3"),
    ("json", "{\"a\": [1, 2.5, true]}"),
    ("toml", "a = 1"),
    ("url", "https://example.org/a?b=c"),
    ("hex", "00ff10"),
    ("num", "42"),
    ("", "The quick brown fox"),
];
const NUMBERS: [&str; 12] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
];
/// Traits that texts have.
const OF_TEXTS: [&str; 5] = ["AsRef", "Into", "ToString", "Display", "Hash"];

/// An argument of a type; `None` for one that cannot be made out of nothing.
pub(super) fn sample(kind: &Type, generics: &Generics, about: &str) -> Option<Sample> {
    let text = || {
        let fits = |(word, _): &&(&str, &str)| about.contains(word);
        TEXTS.iter().find(fits).map_or("", |(_, text)| text)
    };
    let some = |expression: String, weight| Some(Sample { expression, weight });
    match kind {
        Type::Paren(inner) => sample(&inner.elem, generics, about),
        Type::Reference(reference) if reference.mutability.is_none() => match &*reference.elem {
            Type::Slice(slice) => match &*word(&slice.elem)? {
                "u8" => some(format!("b{:?}.as_slice()", text()), 30),
                number => some(format!("{}.as_slice()", list(number)?), 25),
            },
            inner if word(inner).as_deref() == Some("str") => some(format!("{:?}", text()), 30),
            inner => by_bounds(inner, generics, &format!("&{:?}", text())),
        },
        Type::ImplTrait(one) => of_bounds(one.bounds.iter(), &format!("{:?}", text())),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            match (&*last.ident.to_string(), &last.arguments) {
                ("String", _) => some(format!("{:?}.to_owned()", text()), 25),
                ("bool", _) => some("true".to_owned(), 1),
                ("char", _) => some("'a'".to_owned(), 1),
                ("f32" | "f64", _) => some("1.5".to_owned(), 5),
                (number, PathArguments::None) if NUMBERS.contains(&number) => {
                    some("10".to_owned(), 5)
                }
                ("Vec", PathArguments::AngleBracketed(arguments)) => {
                    let GenericArgument::Type(inner) = arguments.args.first()? else {
                        return None;
                    };
                    match &*word(inner)? {
                        "u8" => some(format!("b{:?}.to_vec()", text()), 25),
                        number => some(format!("vec!{}", list(number)?), 25),
                    }
                }
                _ => by_bounds(kind, generics, &format!("{:?}", text())),
            }
        }
        _ => None,
    }
}

/// Some numbers of a type.
fn list(number: &str) -> Option<&'static str> {
    match number {
        "f32" | "f64" => Some("[3.5, 1.5, 2.5]"),
        number if NUMBERS.contains(&number) => Some("[3, 1, 2]"),
        _ => None,
    }
}

/// A type parameter that a text can stand for.
fn by_bounds(kind: &Type, generics: &Generics, expression: &str) -> Option<Sample> {
    let name = word(kind)?;
    let parameter = generics.type_params().find(|one| one.ident == name)?;
    let clauses = generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates);
    let clauses = clauses.filter_map(|predicate| match predicate {
        WherePredicate::Type(of) if word(&of.bounded_ty).as_ref() == Some(&name) => {
            Some(of.bounds.iter())
        }
        _ => None,
    });
    let bounds = parameter.bounds.iter().chain(clauses.flatten());
    of_bounds(bounds, expression)
}

/// Whether a text has all of these traits, and one says that it is read.
fn of_bounds<'a>(
    bounds: impl Iterator<Item = &'a TypeParamBound>,
    expression: &str,
) -> Option<Sample> {
    let mut is_text = false;
    for bound in bounds {
        match bound {
            TypeParamBound::Trait(one) => {
                let last = one.path.segments.last()?;
                let name = last.ident.to_string();
                if !OF_TEXTS.contains(&&*name) && name != "Sized" {
                    return None;
                }
                if let PathArguments::AngleBracketed(arguments) = &last.arguments {
                    let of = arguments.args.first()?;
                    let GenericArgument::Type(of) = of else {
                        return None;
                    };
                    let is_bytes = matches!(of, Type::Slice(slice) if word(&slice.elem).as_deref() == Some("u8"));
                    let is_known =
                        is_bytes || matches!(word(of).as_deref(), Some("str" | "String"));
                    if !is_known {
                        return None;
                    }
                }
                is_text |= name != "Sized";
            }
            TypeParamBound::Lifetime(_) => {}
            _ => return None,
        }
    }
    is_text.then(|| Sample {
        expression: expression.to_owned(),
        weight: 30,
    })
}

/// The last word of a plain type.
fn word(kind: &Type) -> Option<String> {
    match kind {
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            matches!(last.arguments, PathArguments::None).then(|| last.ident.to_string())
        }
        _ => None,
    }
}
