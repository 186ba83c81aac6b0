//! Patterns that select cases by their ids.

use std::cmp::{Ordering, Reverse};

use crate::error::GrammarError;
use crate::list::first;
use crate::text::{all, blank, cut, owned, parts};
use crate::wildcard::name_matches;

/// A pattern of the budget file or of the command line.
///
/// It is made of segments parted by `::`, as an id is. Within a segment `*`
/// stands for any characters, none included; a segment `**` stands for any
/// number of segments, none included. It matches the whole id or any tail of
/// it that starts at a `::`, so `parses_the_config` and `parser::*` need no
/// package in front. A function with `args` is matched with all its cases:
/// `parses` as well as `parses/*`, and `parses/10` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    segments: Vec<Segment>,
    rank: Rank,
}

/// Characters that are no wildcard, `**`, and `*`.
type Rank = (usize, Reverse<usize>, Reverse<usize>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// `**`
    Any,
    /// A name, which may hold `*`.
    Name(String),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// If it is empty, if a segment is, or if a wildcard or a colon stands
    /// where none can; the text says what to write instead.
    pub fn parse(text: &str) -> Result<Pattern, GrammarError> {
        if text.is_empty() {
            return Err(GrammarError::empty_pattern());
        }
        if let Some((_, space)) = blank(text) {
            let blank = format!("{space:?}");
            return Err(GrammarError::blank_in_pattern(&blank, text));
        }
        let names = parts(text, "::");
        if first(&names, |name| has_colon(name)).is_some() {
            return Err(GrammarError::colon_in_pattern(text));
        }
        let mut segments = Vec::new();
        for name in names {
            segments.push(Segment::parse(name, text)?);
        }
        Ok(Pattern {
            text: owned(text),
            rank: rank(&segments),
            segments,
        })
    }

    /// Whether the pattern matches the id, or a tail of it that starts at a `::`;
    /// with the argument at its end or without.
    #[must_use]
    pub fn matches(&self, id: &str) -> bool {
        let function = without_argument(id);
        tail_matches(&self.segments, id)
            || (function.len() < id.len() && tail_matches(&self.segments, function))
    }

    /// Orders patterns by how closely they name a case: `Greater` is the more
    /// specific one.
    ///
    /// More characters that are no wildcard win; then fewer `**`; then fewer
    /// `*`. What is left is a tie, and the holder of a list of patterns lets
    /// the later one win.
    #[must_use]
    pub fn specificity(&self, other: &Pattern) -> Ordering {
        self.rank.cmp(&other.rank)
    }

    /// Whether it is made of wildcards alone.
    #[must_use]
    pub fn names_nothing(&self) -> bool {
        let is_wild = |segment: &Segment| match segment {
            Segment::Any => true,
            Segment::Name(name) => all(name, |byte| *byte == b'*'),
        };
        first(&self.segments, |segment| !is_wild(segment)).is_none()
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Segment {
    fn parse(segment: &str, pattern: &str) -> Result<Segment, GrammarError> {
        match segment {
            "**" => Ok(Segment::Any),
            "" => Err(GrammarError::empty_part(pattern)),
            _ if cut(segment, "**").is_some() => Err(GrammarError::stars_in_name(segment, pattern)),
            _ => Ok(Segment::Name(owned(segment))),
        }
    }
}

/// Whether a colon stands in a name.
pub(crate) fn has_colon(name: &str) -> bool {
    cut(name, ":").is_some()
}

/// A path or an id without the argument behind the function's name:
/// `parser::parses` of `parser::parses/10`.
#[must_use]
pub fn without_argument(path: &str) -> &str {
    // No argument has a `:` in its name, and no other part of an id a `/`.
    let mut function = path;
    while let Some((_, behind)) = cut(function, "::") {
        function = behind;
    }
    match cut(function, "/") {
        Some((_, argument)) => &path[..path.len() - argument.len() - 1],
        None => path,
    }
}

fn rank(segments: &[Segment]) -> Rank {
    let (mut literal, mut any, mut stars) = (0, 0, 0);
    for segment in segments {
        match segment {
            Segment::Any => any += 1,
            Segment::Name(name) => {
                let in_name = parts(name, "*").len() - 1;
                stars += in_name;
                literal += name.chars().count() - in_name;
            }
        }
    }
    (literal, Reverse(any), Reverse(stars))
}

/// Whether the segments match the end of the id, from a `::` or from its start.
///
/// Both are walked from the back, where a match is anchored. A `**` first stands
/// for no segment; where the walk fails, the last `**` that was passed takes one
/// more. An earlier `**` never has to: whatever it could take instead, the last
/// one can too. So a comparison is made at most once for each pair of a segment
/// and a name.
fn tail_matches(segments: &[Segment], id: &str) -> bool {
    let names = parts(id, "::");
    let (mut left, mut names) = (segments, &*names);
    let mut last_any = None;
    loop {
        match left.split_last() {
            // What stands before the matched tail is free.
            None => return true,
            Some((Segment::Any, before)) => {
                left = before;
                last_any = Some((before, names));
            }
            Some((Segment::Name(pattern), before)) => {
                let Some((name, others)) = names.split_last() else {
                    return false;
                };
                if name_matches(pattern, name) {
                    (left, names) = (before, others);
                } else {
                    let Some((before_any, ends)) = last_any else {
                        return false;
                    };
                    let Some((_, ends)) = ends.split_last() else {
                        return false;
                    };
                    last_any = Some((before_any, ends));
                    (left, names) = (before_any, ends);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, id: &str, expected: bool) {
        assert_eq!(
            Pattern::parse(pattern).expect(pattern).matches(id),
            expected,
            "{pattern} on {id}"
        );
    }

    #[test]
    fn a_pattern_matches_the_whole_id_or_a_tail_of_it() {
        check("parser::config::parses", "parser::config::parses", true);
        check("config::parses", "parser::config::parses", true);
        check("parses", "parser::config::parses", true);
        check("parser::config", "parser::config::parses", false);
        check("arses", "parser::config::parses", false);
        check("er::config::parses", "parser::config::parses", false);
    }

    #[test]
    fn a_star_stays_within_its_segment() {
        check("parser::*", "parser::parses", true);
        check("parser::*", "parser::config::parses", false);
        check("*", "parser::config::parses", true);
        check("cold_*", "app::cold_start", true);
        check("cold_*", "app::cold_", true);
        check("*_cold_*", "app::very_cold_start", true);
        check("*_cold_*", "app::cold_start", false);
        check("a*b*c", "axbxc", true);
        check("a*b*c", "axcxb", false);
        check("ab*ba", "aba", false);
        check("parses/*", "parser::parses/10", true);
    }

    #[test]
    fn a_function_is_matched_with_all_its_arguments() {
        check("parses", "app::parser::parses/10", true);
        check("parser::parses", "app::parser::parses/10", true);
        check("parses/10", "app::parser::parses/10", true);
        check("parses/1*", "app::parser::parses/10", true);
        check("*_cold", "app::very_cold/a/b", true);
        check("parses/1", "app::parser::parses/10", false);
        check("parses/10", "app::parser::parses", false);
        check("parser", "app::parser::parses/10", false);
    }

    #[test]
    fn two_stars_cross_segments() {
        check("**", "parser::config::parses", true);
        check("**::cold_*", "app::cli::cold_start", true);
        check("parser::**", "parser::config::parses", true);
        check("parser::**::parses", "parser::parses", true);
        check("parser::**::parses", "parser::a::b::parses", true);
        check("parser::**::parses", "parser::a::b::writes", false);
        check("other::**", "parser::config::parses", false);
    }

    #[test]
    fn many_stars_are_matched_without_trying_every_way() {
        // Tried one way after the other, these take longer than the age of the
        // universe.
        let id = "a::".repeat(200) + "b";
        check(&("**::".repeat(100) + "c"), &id, false);
        check(&("**::a::".repeat(100) + "c"), &id, false);
        check(
            &("c::".to_owned() + &"**::a::".repeat(100) + "b"),
            &id,
            false,
        );
        check(
            &("a::".to_owned() + &"**::a::".repeat(100) + "b"),
            &id,
            true,
        );
        check(&("*a".repeat(100) + "b"), &"a".repeat(300), false);
        check(&("*a".repeat(100) + "*"), &"a".repeat(300), true);
    }

    /// The definition, which tries every way.
    fn by_definition(pattern: &[&str], names: &[&str]) -> bool {
        match pattern.split_first() {
            None => names.is_empty(),
            Some((&"**", rest)) => {
                (0..=names.len()).any(|skip| by_definition(rest, &names[skip..]))
            }
            Some((pattern, rest)) => names.split_first().is_some_and(|(name, others)| {
                name_matches(pattern, name) && by_definition(rest, others)
            }),
        }
    }

    #[test]
    fn every_short_pattern_matches_what_its_definition_says() {
        let words = |letters: &[&'static str], most: u32| -> Vec<Vec<&'static str>> {
            let count = letters.len();
            let of_length = |length: u32| {
                (0..count.pow(length)).map(move |mut at| {
                    let next = |_| {
                        let letter = at % count;
                        at /= count;
                        letter
                    };
                    (0..length).map(next).collect::<Vec<usize>>()
                })
            };
            let all = (1..=most).flat_map(of_length);
            all.map(|word| word.into_iter().map(|at| letters[at]).collect())
                .collect()
        };
        let ids = words(&["a", "ab"], 4);
        for pattern in words(&["**", "*", "a", "*b"], 4) {
            let parsed = Pattern::parse(&pattern.join("::")).expect("a pattern");
            for id in &ids {
                let expected = (0..id.len()).any(|start| by_definition(&pattern, &id[start..]));
                let id = id.join("::");
                assert_eq!(parsed.matches(&id), expected, "{} on {id}", parsed.as_str());
            }
        }
    }

    #[track_caller]
    fn refuses(pattern: &str, part: &str) {
        let error = Pattern::parse(pattern).expect_err(pattern).line();
        assert!(error.contains(part), "{pattern}: {error}");
    }

    #[test]
    fn what_can_match_nothing_is_refused() {
        refuses("", "\"**\" matches every case");
        refuses("***", "stands alone");
        refuses("**_cold", "stands alone");
        refuses(":::", "single `:`");
        refuses("a:b", "single `:`");
        refuses("::a", "empty part");
        refuses("a::", "empty part");
        refuses("a::::b", "empty part");
        refuses("a b", "no case id has one");
    }

    #[track_caller]
    fn ranks(higher: &str, lower: &str) {
        let parse = |text| Pattern::parse(text).expect(text);
        assert_eq!(
            parse(higher).specificity(&parse(lower)),
            Ordering::Greater,
            "{higher} over {lower}"
        );
        assert_eq!(
            parse(lower).specificity(&parse(higher)),
            Ordering::Less,
            "{lower} under {higher}"
        );
    }

    #[test]
    fn the_pattern_that_names_more_is_more_specific() {
        ranks("parser::parses", "parser::*");
        ranks("parser::*", "parser::**");
        ranks("parser::p*", "parser::*");
        ranks("parser::*", "*");
        ranks("*", "**");
        ranks("cold_*", "**::cold_*");
        ranks("cold_*", "*cold_*");
        let same = [
            Pattern::parse("a::*").unwrap(),
            Pattern::parse("*::a").unwrap(),
        ];
        assert_eq!(same[0].specificity(&same[1]), Ordering::Equal);
    }
}
