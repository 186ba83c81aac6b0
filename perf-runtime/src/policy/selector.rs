//! What selects cases: patterns of ids, and what cases say of themselves.

use std::cmp::{Ordering, Reverse};
use std::fmt;

use perf_grammar::{Pattern, name_matches};

use crate::collections::{cut, of_word, parts, trim};
use crate::model::case::Case;
use crate::model::problem::Problem;

/// A selector of the budget file or of the command line.
///
/// `parser::*` is a [`Pattern`] of ids. `class:critical`, `group:storage`,
/// `tag:slow` and `id:PERF001` select the cases that say so; a `*` in the name
/// stands for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selector {
    text: String,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Path(Pattern),
    Label(Label, String),
}

/// What a case says of itself, beside its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    Class,
    Group,
    Tag,
    /// The name of a requirement.
    Id,
}

impl Label {
    const ALL: [Label; 4] = [Label::Class, Label::Group, Label::Tag, Label::Id];
    const WORDS: [&str; 4] = ["class", "group", "tag", "id"];

    /// The word before the colon.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Label::Class => "class",
            Label::Group => "group",
            Label::Tag => "tag",
            Label::Id => "id",
        }
    }
}

/// A case as selectors see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Labels<'case> {
    pub(crate) id: &'case str,
    pub(crate) class: Option<&'case str>,
    pub(crate) group: Option<&'case str>,
    pub(crate) requirement: Option<&'case str>,
    pub(crate) tags: Vec<&'case str>,
}

impl<'case> Labels<'case> {
    /// Those of a case with this id.
    pub(crate) fn of(case: &Case, id: &'case str) -> Labels<'case> {
        Labels {
            id,
            class: case.class,
            group: case.group,
            requirement: case.requirement,
            tags: case.tags.to_vec(),
        }
    }

    /// Whether one of these patterns matches a name that it says there.
    pub(crate) fn have(&self, label: Label, patterns: &[String]) -> bool {
        for own in self.names(label) {
            for pattern in patterns {
                if name_matches(pattern, own) {
                    return true;
                }
            }
        }
        false
    }

    /// Every name that it says there.
    pub(crate) fn names(&self, label: Label) -> &[&'case str] {
        match label {
            Label::Class => self.class.as_slice(),
            Label::Group => self.group.as_slice(),
            Label::Tag => &self.tags,
            Label::Id => self.requirement.as_slice(),
        }
    }
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// If it is no pattern and no label with a name; the text says what to write
    /// instead.
    pub(crate) fn parse(text: &str) -> Result<Selector, Problem> {
        let what = match label(text) {
            Some((word, name)) => {
                let Some(known) = of_word(&Label::ALL, Label::word, word) else {
                    return Err(unknown_label(text, word));
                };
                if trim(name) != name || name.is_empty() {
                    return Err(Problem::no_name_of_label(
                        text,
                        known.word(),
                        example(known),
                    ));
                }
                What::Label(known, name.to_owned())
            }
            None => What::Path(
                Pattern::parse(text)
                    .map_err(|why| Problem::wrong_pattern(&why.text(), &why.help()))?,
            ),
        };
        Ok(Selector {
            text: text.to_owned(),
            what,
        })
    }

    /// Whether it selects this case.
    #[must_use]
    pub(crate) fn matches(&self, case: &Labels<'_>) -> bool {
        match &self.what {
            What::Path(pattern) => pattern.matches(case.id),
            What::Label(label, name) => case.have(*label, std::slice::from_ref(name)),
        }
    }

    /// Orders selectors by how closely they name a case: `Greater` is the more
    /// specific one.
    ///
    /// From the least: patterns of nothing but wildcards, classes, groups and
    /// tags, patterns of ids, requirements. Among equals the one with more
    /// characters that are no wildcard wins, see [`Pattern::specificity`]; what
    /// is left is a tie, and the holder of a list lets the later one win.
    #[must_use]
    pub(crate) fn specificity(&self, other: &Selector) -> Ordering {
        let closer = || match (&self.what, &other.what) {
            (What::Path(one), What::Path(other)) => one.specificity(other),
            (What::Label(_, one), What::Label(_, other)) => named(one).cmp(&named(other)),
            (What::Path(_), What::Label(..)) | (What::Label(..), What::Path(_)) => Ordering::Equal,
        };
        self.rank().cmp(&other.rank()).then_with(closer)
    }

    fn rank(&self) -> u8 {
        match &self.what {
            What::Path(pattern) if pattern.names_nothing() => 0,
            What::Label(Label::Class, _) => 1,
            What::Label(Label::Group | Label::Tag, _) => 2,
            What::Path(_) => 3,
            What::Label(Label::Id, _) => 4,
        }
    }

    /// The one of these cases' names or ids that was probably meant, as it would
    /// be written.
    pub(crate) fn nearest(&self, cases: &[Labels<'_>]) -> Option<String> {
        match &self.what {
            What::Path(pattern) => nearest_tail(pattern, cases),
            What::Label(label, name) => {
                let mut names = Vec::new();
                for case in cases {
                    names.extend_from_slice(case.names(*label));
                }
                let near = perf_grammar::nearest(name, &names)?;
                Some(format!("{}:{near}", label.word()))
            }
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The word before a single colon, and what stands behind it.
fn label(text: &str) -> Option<(&str, &str)> {
    let (word, name) = cut(text, ":")?;
    let mut is_word = !word.is_empty();
    for b in word.as_bytes() {
        is_word &= b.is_ascii_alphanumeric() || *b == b'_';
    }
    (is_word && !name.starts_with(":")).then_some((word, name))
}

fn unknown_label(text: &str, word: &str) -> Problem {
    let near = perf_grammar::nearest(word, &Label::WORDS);
    let near = match near {
        Some(near) => format!("{near}:"),
        None => String::new(),
    };
    Problem::unknown_label(text, &near)
}

fn example(label: Label) -> &'static str {
    match label {
        Label::Class => "critical",
        Label::Group => "storage",
        Label::Tag => "slow",
        Label::Id => "PERF001",
    }
}

/// Characters that are no wildcard; then fewer wildcards.
fn named(name: &str) -> (usize, Reverse<usize>) {
    let mut stars = 0;
    for byte in name.as_bytes() {
        stars += usize::from(*byte == b'*');
    }
    (name.chars().count() - stars, Reverse(stars))
}

/// The nearest among the ids and those of their tails that have as many parts as
/// the pattern.
fn nearest_tail(pattern: &Pattern, cases: &[Labels<'_>]) -> Option<String> {
    let count = parts(pattern.as_str(), "::").len();
    let mut tails = Vec::new();
    for case in cases {
        // Without the parts before a tail that has as many.
        let (mut tail, mut left) = (case.id, parts(case.id, "::").len());
        while let Some((_, behind)) = cut(tail, "::")
            && left > count
        {
            (tail, left) = (behind, left - 1);
        }
        if left == count {
            tails.push(tail);
        }
    }
    perf_grammar::nearest(pattern.as_str(), &tails).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case() -> Labels<'static> {
        Labels {
            id: "app::store::writes",
            class: Some("critical"),
            group: Some("storage"),
            requirement: Some("PERF001"),
            tags: vec!["slow", "disk bound"],
        }
    }

    #[track_caller]
    fn check(selector: &str, expected: bool) {
        let selector = Selector::parse(selector).expect(selector);
        assert_eq!(selector.matches(&case()), expected, "{selector}");
    }

    #[test]
    fn a_case_is_selected_by_what_it_says_of_itself() {
        check("class:critical", true);
        check("class:crit", false);
        check("class:crit*", true);
        check("group:storage", true);
        check("group:critical", false);
        check("tag:slow", true);
        check("tag:disk bound", true);
        check("tag:*bound", true);
        check("id:PERF001", true);
        check("id:PERF*", true);
        check("id:PERF002", false);
        check("store::*", true);
        check("class::writes", false);
        let nothing = Labels {
            id: "app::reads",
            ..Labels::default()
        };
        for selector in ["class:*", "group:*", "tag:*", "id:*"] {
            let selector = Selector::parse(selector).expect(selector);
            assert!(!selector.matches(&nothing), "{selector}");
        }
    }

    #[test]
    fn what_is_no_label_says_what_to_write() {
        #[track_caller]
        fn refuses(selector: &str, part: &str) {
            let error = Selector::parse(selector).expect_err(selector);
            let error = error.line();
            assert!(error.contains(part), "{selector}: {error}");
        }
        refuses("clas:critical", "did you mean `class:`?");
        refuses("gruop:storage", "did you mean `group:`?");
        refuses("a:b", "expected `class:`, `group:`, `tag:` or `id:`");
        refuses("class:", "such as `class:critical`");
        refuses("tag: slow", "such as `tag:slow`");
        refuses("a::b:c", "single `:`");
        refuses("", "\"**\" matches every case");
    }

    #[test]
    fn who_names_a_case_more_closely_comes_last() {
        let rising = [
            "**",
            "class:c*",
            "class:critical",
            "tag:slow",
            "group:storage",
            "*::writes",
            "store::writes",
            "id:PERF*",
            "id:PERF001",
        ];
        for pair in rising.windows(2) {
            let [lower, higher] = [pair[0], pair[1]].map(|text| Selector::parse(text).expect(text));
            assert_eq!(
                lower.specificity(&higher),
                Ordering::Less,
                "{lower} {higher}"
            );
            assert_eq!(higher.specificity(&lower), Ordering::Greater);
        }
        let same = ["tag:slow", "group:disk"].map(|text| Selector::parse(text).expect(text));
        assert_eq!(same[0].specificity(&same[1]), Ordering::Equal);
    }

    #[test]
    fn the_nearest_name_is_of_the_same_kind() {
        #[track_caller]
        fn near(selector: &str, expected: Option<&str>) {
            let found = Selector::parse(selector)
                .expect(selector)
                .nearest(&[case()]);
            assert_eq!(found.as_deref(), expected);
        }
        near("class:critcal", Some("class:critical"));
        near("tag:slwo", Some("tag:slow"));
        near("id:PERF01", Some("id:PERF001"));
        near("tag:critcal", None);
        near("store::writs", Some("store::writes"));
    }
}
