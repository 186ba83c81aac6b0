//! Patterns that select cases by their ids.

use std::cmp::Ordering;

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
}

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
    pub fn parse(text: &str) -> Result<Pattern, String> {
        if text.is_empty() {
            return Err("found an empty pattern, expected a case id or a tail of one, such as \"parser::*\"; \"**\" matches every case".to_owned());
        }
        if let Some(space) = text.chars().find(|c| c.is_whitespace()) {
            return Err(format!(
                "found {space:?} in the pattern `{text}`; no case id has one"
            ));
        }
        if text.split("::").any(|segment| segment.contains(':')) {
            return Err(format!(
                "found a single `:` in the pattern `{text}`, expected `::` between its parts"
            ));
        }
        let segments = text
            .split("::")
            .map(|segment| Segment::parse(segment, text));
        Ok(Pattern {
            text: text.to_owned(),
            segments: segments.collect::<Result<_, _>>()?,
        })
    }

    /// Whether the pattern matches the id, or a tail of it that starts at a `::`;
    /// with the argument at its end or without.
    #[must_use]
    pub fn matches(&self, id: &str) -> bool {
        self.matches_as_it_is(id) || self.matches_as_it_is(without_argument(id))
    }

    fn matches_as_it_is(&self, id: &str) -> bool {
        let names: Vec<&str> = id.split("::").collect();
        (0..names.len()).any(|start| segments_match(&self.segments, &names[start..]))
    }

    /// Orders patterns by how closely they name a case: `Greater` is the more
    /// specific one.
    ///
    /// More characters that are no wildcard win; then fewer `**`; then fewer
    /// `*`. What is left is a tie, and whoever holds a list of patterns lets
    /// the later one win.
    #[must_use]
    pub fn specificity(&self, other: &Pattern) -> Ordering {
        let rank = |pattern: &Pattern| {
            let (mut literal, mut any, mut stars) = (0, 0, 0);
            for segment in &pattern.segments {
                match segment {
                    Segment::Any => any += 1,
                    Segment::Name(name) => {
                        let in_name = name.matches('*').count();
                        stars += in_name;
                        literal += name.chars().count() - in_name;
                    }
                }
            }
            (literal, std::cmp::Reverse(any), std::cmp::Reverse(stars))
        };
        rank(self).cmp(&rank(other))
    }

    /// Whether it is made of wildcards alone.
    #[must_use]
    pub fn names_nothing(&self) -> bool {
        let is_wild = |segment: &Segment| match segment {
            Segment::Any => true,
            Segment::Name(name) => name.chars().all(|c| c == '*'),
        };
        self.segments.iter().all(is_wild)
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Segment {
    fn parse(segment: &str, pattern: &str) -> Result<Segment, String> {
        match segment {
            "**" => Ok(Segment::Any),
            "" => Err(format!(
                "found an empty part in the pattern `{pattern}`, expected a name between every two `::`"
            )),
            _ if segment.contains("**") => Err(format!(
                "found `{segment}` in the pattern `{pattern}`; `**` stands alone between two `::`, and within a name one `*` is enough"
            )),
            _ => Ok(Segment::Name(segment.to_owned())),
        }
    }
}

/// A path or an id without the argument behind the function's name:
/// `parser::parses` of `parser::parses/10`.
#[must_use]
pub fn without_argument(path: &str) -> &str {
    // No argument has a `:` in its name, and no other part of an id a `/`.
    let function = path.rfind("::").map_or(0, |at| at + 2);
    match path[function..].find('/') {
        Some(at) => &path[..function + at],
        None => path,
    }
}

fn segments_match(pattern: &[Segment], names: &[&str]) -> bool {
    match pattern.split_first() {
        None => names.is_empty(),
        Some((Segment::Any, rest)) => {
            (0..=names.len()).any(|skip| segments_match(rest, &names[skip..]))
        }
        Some((Segment::Name(pattern), rest)) => {
            names.split_first().is_some_and(|(name, others)| {
                name_matches(pattern, name) && segments_match(rest, others)
            })
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

    #[track_caller]
    fn refuses(pattern: &str, part: &str) {
        let error = Pattern::parse(pattern).expect_err(pattern);
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
