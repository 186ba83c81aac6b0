//! Names that look like a popular one without being it.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::popular;

/// How a name was made to look like another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trick {
    /// Two neighbouring letters changed places: `tokoi`.
    Swapped,
    /// One letter is missing: `reqest`.
    Dropped,
    /// One letter too many: `serdee`.
    Added,
    /// One letter is another: `anyhoq`.
    Replaced,
    /// It reads the same: `rustdecimal` for `rust_decimal`, `serde_yarnl`.
    Confusable,
    /// The name with something about Rust around it: `rust-reqwest`.
    Decorated,
}

/// A popular name, and the trick that leads from it to the name in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resemblance {
    /// The popular name.
    pub popular: &'static str,
    /// The trick.
    pub trick: Trick,
}

/// The popular names, prepared for the question "does this look like one?".
#[derive(Clone, Debug)]
pub struct Patterns {
    exact: HashSet<&'static str>,
    folded: HashMap<Folded, &'static str>,
    by_length: Vec<Vec<&'static str>>,
}

impl Patterns {
    /// Prepares the names of [`popular::NAMES`].
    #[must_use]
    pub fn popular() -> Patterns {
        Patterns::of(popular::NAMES)
    }

    fn of(names: &[&'static str]) -> Patterns {
        let longest = names.iter().map(|name| name.len()).max().unwrap_or(0);
        let mut by_length = vec![Vec::new(); longest + 1];
        for name in names.iter().filter(|name| name.len() >= SHORTEST) {
            by_length[name.len()].push(*name);
        }
        let folded = names
            .iter()
            .filter_map(|name| Some((Folded::of(name)?, *name)));
        Patterns {
            exact: names.iter().copied().collect(),
            folded: folded.collect(),
            by_length,
        }
    }

    /// The popular name that `name` looks like; `None` for an ordinary name and
    /// for a popular one itself. Allocates nothing.
    #[must_use]
    pub fn resembles(&self, name: &str) -> Option<Resemblance> {
        if self.exact.contains(name) {
            return None;
        }
        if let Some(popular) = self
            .exact
            .get(undecorated(name))
            .filter(|popular| popular.len() >= SHORTEST)
        {
            return Some(Resemblance {
                popular,
                trick: Trick::Decorated,
            });
        }
        if let Some(popular) = Folded::of(name).and_then(|folded| self.folded.get(&folded)) {
            return Some(Resemblance {
                popular,
                trick: Trick::Confusable,
            });
        }
        let lengths = name.len().saturating_sub(1)..=name.len() + 1;
        let near = lengths
            .filter_map(|length| self.by_length.get(length))
            .flatten();
        near.copied().find_map(|popular| {
            Some(Resemblance {
                popular,
                trick: one_edit(popular, name)?,
            })
        })
    }
}

impl fmt::Display for Trick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Trick::Swapped => "two letters swapped",
            Trick::Dropped => "a letter is missing",
            Trick::Added => "a letter too many",
            Trick::Replaced => "another letter in one place",
            Trick::Confusable => "it reads the same",
            Trick::Decorated => "the name with an ornament",
        })
    }
}

/// Names shorter than this have too many honest neighbours: `sha1` and `sha2`,
/// `rand` and `rend`.
const SHORTEST: usize = 5;

/// What people add to a name to make it look official.
const PREFIXES: &[&str] = &["rust-", "rust_"];
const SUFFIXES: &[&str] = &["-rs", "_rs", "-rust", "_rust"];

fn undecorated(name: &str) -> &str {
    let rest = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix));
    rest.or_else(|| SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)))
        .unwrap_or(name)
}

/// A name as the eye takes it in: without separators, and with one letter for
/// those that look alike. It has a fixed size, so that folding a name needs no
/// heap; a registry takes no longer names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Folded {
    length: u8,
    letters: [u8; Folded::LONGEST],
}

impl Folded {
    const LONGEST: usize = 64;

    fn of(name: &str) -> Option<Folded> {
        if name.len() > Folded::LONGEST {
            return None;
        }
        let mut folded = Folded {
            length: 0,
            letters: [0; Folded::LONGEST],
        };
        let mut rest = name.as_bytes();
        while let [first, ..] = rest {
            let (letter, taken) = match rest {
                [b'r', b'n', ..] => (b'm', 2),
                [b'v', b'v', ..] => (b'w', 2),
                [b'-' | b'_', ..] => (b'-', 1),
                [b'0', ..] => (b'o', 1),
                [b'1' | b'i', ..] => (b'l', 1),
                [b'5', ..] => (b's', 1),
                _ => (first.to_ascii_lowercase(), 1),
            };
            if letter != b'-' {
                folded.letters[usize::from(folded.length)] = letter;
                folded.length += 1;
            }
            rest = &rest[taken..];
        }
        Some(folded)
    }
}

/// The one edit that makes `name` of `popular`, if one is enough.
///
/// What both begin and end with is taken off; the little that is left decides.
/// This is the Damerau-Levenshtein distance for the only answer of interest,
/// in one pass.
fn one_edit(popular: &str, name: &str) -> Option<Trick> {
    let (a, b) = (popular.as_bytes(), name.as_bytes());
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    match (&a[..a.len() - end], &b[..b.len() - end]) {
        // Numbers count versions and widths, `base64` and `base62`: no trick.
        ([a], [b]) if a.is_ascii_digit() && b.is_ascii_digit() => None,
        ([a], []) | ([], [a]) if a.is_ascii_digit() => None,
        ([_], [_]) => Some(Trick::Replaced),
        ([_], []) => Some(Trick::Dropped),
        ([], [_]) => Some(Trick::Added),
        ([a, b], [c, d]) if a == d && b == c => Some(Trick::Swapped),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use perf_runtime::perf_budget;

    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<(&str, Trick)>) {
        let found = Patterns::popular()
            .resembles(name)
            .map(|found| (found.popular, found.trick));
        assert_eq!(found, expected, "{name}");
    }

    #[test]
    fn each_trick_is_seen() {
        check("tokoi", Some(("tokio", Trick::Swapped)));
        check("reqest", Some(("reqwest", Trick::Dropped)));
        check("serdee", Some(("serde", Trick::Added)));
        check("anyhoq", Some(("anyhow", Trick::Replaced)));
        check("rustdecimal", Some(("rust_decimal", Trick::Confusable)));
        check("t0kio", Some(("tokio", Trick::Confusable)));
        check("serde_yarnl", Some(("serde_yaml", Trick::Confusable)));
        check("serde-json", Some(("serde_json", Trick::Confusable)));
        check("rust-reqwest", Some(("reqwest", Trick::Decorated)));
        check("tracing_rs", Some(("tracing", Trick::Decorated)));
    }

    #[test]
    fn honest_names_are_left_alone() {
        for name in [
            "serde",
            "base62",
            "memmap",
            "rend",
            "dependency-guard",
            "",
            "é",
            "tokio-uring",
        ] {
            check(name, None);
        }
        check(&"a".repeat(65), None);
    }

    #[test]
    fn a_popular_name_is_never_suspected() {
        // `bitvec` reads like `bit-vec`, and both are honest and popular.
        for name in popular::NAMES {
            check(name, None);
        }
        let without: Vec<_> = popular::NAMES
            .iter()
            .copied()
            .filter(|name| *name != "bitvec")
            .collect();
        assert!(Patterns::of(&without).resembles("bitvec").is_some());
    }

    #[test]
    fn one_edit_is_found_wherever_it_is() {
        assert_eq!(one_edit("regex", "egex"), Some(Trick::Dropped));
        assert_eq!(one_edit("regex", "rregex"), Some(Trick::Added));
        assert_eq!(one_edit("regex", "regxe"), Some(Trick::Swapped));
        assert_eq!(one_edit("regex", "regey"), Some(Trick::Replaced));
        assert_eq!(one_edit("regex", "xeger"), None);
        assert_eq!(one_edit("regex", "regex"), None);
    }

    /// No setup at all. `items` is the number of names, so the limits are those
    /// of one comparison; a `mean` is the one limit that may be this short.
    #[perf_budget(
        mean = "1us",
        deny_alloc,
        page_faults = 0,
        items = 299,
        group = "match"
    )]
    fn comparing_two_names_needs_no_heap() -> usize {
        popular::NAMES
            .iter()
            .filter(|popular| one_edit(popular, "tokoi").is_some())
            .count()
    }

    #[test]
    fn the_items_of_the_budget_are_those_of_the_table() {
        assert_eq!(popular::NAMES.len(), 299);
    }

    /// The requirement says that the table takes less than 100 KB. What the
    /// function returns is alive when the call ends, so `retained` is its size;
    /// `mem` is the peak on the way there.
    #[perf_budget(
        retained = "75KB",
        mem = "100KB",
        allocs = 80,
        group = "match",
        id = "PERF004"
    )]
    fn the_prepared_patterns_are_small() -> Patterns {
        Patterns::popular()
    }
}
