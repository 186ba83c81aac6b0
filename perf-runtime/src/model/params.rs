//! The arguments of a function with `args`: listed, named, and called with.

use std::fmt::{Debug, Display, Write as _};
use std::ops::{Range, RangeInclusive};

use crate::collections::{mapped, owned};
use crate::model::subject::Subject;

/// The longest name of an argument within an id, in characters.
const LONGEST_LABEL: usize = 64;

/// What `args` can be: a list, however it is held.
#[diagnostic::on_unimplemented(
    message = "`args` takes a list, and this is `{Self}`",
    label = "no list of arguments",
    note = "write a list such as `args = [10, 100]`, the name of an array or a slice, or a call that returns a `Vec`"
)]
pub trait Arguments {
    /// One argument.
    type Item: Clone + 'static;
    /// The arguments, in their order.
    fn list(&self) -> Vec<Self::Item>;
}

impl<T: Clone + 'static> Arguments for [T] {
    type Item = T;
    fn list(&self) -> Vec<T> {
        self.to_vec()
    }
}

impl<T: Clone + 'static, const N: usize> Arguments for [T; N] {
    type Item = T;
    fn list(&self) -> Vec<T> {
        self.to_vec()
    }
}

impl<T: Clone + 'static> Arguments for Vec<T> {
    type Item = T;
    fn list(&self) -> Vec<T> {
        self.clone()
    }
}

impl<T: Clone + 'static> Arguments for Range<T>
where
    Range<T>: Iterator<Item = T>,
{
    type Item = T;
    fn list(&self) -> Vec<T> {
        self.clone().collect()
    }
}

impl<T: Clone + 'static> Arguments for RangeInclusive<T>
where
    RangeInclusive<T>: Iterator<Item = T>,
{
    type Item = T;
    fn list(&self) -> Vec<T> {
        self.clone().collect()
    }
}

impl<A: Arguments + ?Sized> Arguments for &A {
    type Item = A::Item;
    fn list(&self) -> Vec<A::Item> {
        (**self).list()
    }
}

/// What generated code answers about its arguments.
#[allow(missing_debug_implementations, reason = "a subject has none")]
pub enum Answer {
    /// What each argument is called, in order.
    Labels(Vec<String>),
    /// The subject of one argument.
    Subject(Box<dyn Subject>),
}

impl Answer {
    /// The labels, where they were asked for.
    #[must_use]
    pub fn labels(self) -> Vec<String> {
        match self {
            Answer::Labels(labels) => labels,
            Answer::Subject(_) => Vec::new(),
        }
    }

    /// The subject, where it was asked for.
    ///
    /// # Panics
    /// If the labels were.
    #[must_use]
    pub fn subject(self) -> Box<dyn Subject> {
        match self {
            Answer::Subject(subject) => subject,
            Answer::Labels(_) => unreachable!("a place was asked for, so it is a subject"),
        }
    }
}

/// Answers about a family: the subject at a place, or all labels. One function
/// does both, so that the call of the function determines what the list is made of.
///
/// # Panics
/// If there is no argument at the place.
pub fn family<A: Arguments + ?Sized>(
    at: Option<usize>,
    arguments: &A,
    make: impl FnOnce(A::Item) -> Box<dyn Subject>,
    label: impl Fn(&A::Item) -> String,
) -> Answer {
    let list = arguments.list();
    let Some(at) = at else {
        return Answer::Labels(mapped(&list, label));
    };
    let count = list.len();
    match list.into_iter().nth(at) {
        Some(argument) => Answer::Subject(make(argument)),
        None if count == 0 => {
            panic!("`args` is an empty list, so nothing was measured: give it an argument")
        }
        None => panic!(
            "`args` had an argument at place {} and now has {count}: it must be the same list whenever it is asked",
            at + 1
        ),
    }
}

/// Makes the input of each call: the argument itself, or what `setup` makes of
/// a clone of it.
pub fn given<A: Clone, T>(argument: A, mut setup: impl FnMut(A) -> T) -> impl FnMut() -> T {
    move || setup(argument.clone())
}

/// An argument, named by autoref: by its `Display`, else by its `Debug`.
///
/// `(&&Label(&argument)).label()` picks in this order.
#[derive(Debug)]
pub struct Label<'argument, T>(pub &'argument T);

/// An argument with a `Display`.
pub trait DisplayLabel {
    /// What it is called.
    fn label(&self) -> String;
}

impl<T: Display> DisplayLabel for &Label<'_, T> {
    fn label(&self) -> String {
        self.0.to_string()
    }
}

/// An argument with a `Debug` only.
pub trait DebugLabel {
    /// What it is called.
    fn label(&self) -> String;
}

impl<T: Debug> DebugLabel for Label<'_, T> {
    fn label(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// A label as it stands in an id: without what parts ids, what stands for
/// anything in a pattern, and what a line of a list cannot hold.
pub(crate) fn in_id(label: &str) -> String {
    let (mut name, mut begins) = (String::new(), true);
    for c in label.chars() {
        if c.is_whitespace() || c.is_control() {
            begins = true;
            continue;
        }
        if begins && !name.is_empty() && !name.ends_with(",") {
            name += "_";
        }
        begins = false;
        name.push(match c {
            '"' | '`' => continue,
            ':' => '-',
            '*' => '_',
            '\\' => '/',
            other => other,
        });
    }
    if name.is_empty() {
        return owned("empty");
    }
    let (mut count, mut end) = (0, 0);
    for (at, _) in name.char_indices() {
        if count == LONGEST_LABEL - 9 {
            end = at;
        }
        count += 1;
    }
    if count > LONGEST_LABEL {
        // Long texts differ anywhere, so what is cut off still counts.
        name.truncate(end);
        let _ = write!(name, "~{:08x}", fnv1a(label.as_bytes()));
    }
    name
}

/// The 32-bit FNV-1a hash: the same with every version of the compiler, as an
/// id must be.
fn fnv1a(bytes: &[u8]) -> u32 {
    let mut hash = 0x811c_9dc5;
    for byte in bytes {
        hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn named(label: &str, expected: &str) {
        assert_eq!(in_id(label), expected, "{label:?}");
    }

    #[test]
    fn a_label_holds_nothing_that_an_id_cannot() {
        named("10", "10");
        named("-0.5", "-0.5");
        named("data/a b.json", "data/a_b.json");
        named("(10, \"ten\")", "(10,ten)");
        named("Some(Kind::Large)", "Some(Kind--Large)");
        named("a\n\tb", "a_b");
        named("*", "_");
        named("  ", "empty");
        named("", "empty");
        named(r"C:\data", "C-/data");
    }

    #[test]
    fn long_labels_are_cut_and_still_differ() {
        let long = |end: char| in_id(&("x".repeat(200) + &end.to_string()));
        assert_eq!(long('a').chars().count(), LONGEST_LABEL);
        assert_ne!(long('a'), long('b'));
    }

    #[derive(Debug, Clone)]
    struct Shape;

    #[test]
    #[expect(
        clippy::needless_borrow,
        reason = "the expansion writes both, whatever the type"
    )]
    fn display_names_an_argument_before_debug() {
        assert_eq!((&&Label(&"text")).label(), "text");
        assert_eq!((&&Label(&0.5)).label(), "0.5");
        assert_eq!((&&Label(&Shape)).label(), "Shape");
        assert_eq!((&&Label(&Some(3))).label(), "Some(3)");
    }

    #[test]
    fn lists_are_lists_owned_or_borrowed() {
        static SIZES: [u8; 2] = [1, 2];
        const SLICE: &[u8] = &[1, 2];
        let list = |list: &dyn Arguments<Item = u8>| list.list();
        for arguments in [
            list(&SIZES),
            list(&SLICE),
            list(&vec![1, 2]),
            list(&&[1, 2]),
            list(&(1..3)),
            list(&(1..=2)),
        ] {
            assert_eq!(arguments, [1, 2]);
        }
    }
}
