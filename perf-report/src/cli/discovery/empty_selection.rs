//! Why nothing was found, and what is near it.

use crate::cli::Stop;
use crate::cli::arguments::{self, SelectArguments};
use crate::model::protocol::Listed;

/// Said where there is no case at all.
pub(super) const NO_CASES: &str = "\
no case was found, so nothing was measured; that happens where
  - nothing is annotated with #[perf_budget(..)] in what was built
  - the annotated crate is named nowhere in the test target, and so is not linked: `use mylib as _;`
  - a target with `harness = false` lacks `perf_runtime::main!();`";

/// No executable can be a worker.
pub(super) fn no_binary(without: &[String]) -> String {
    format!(
        "{NO_CASES}\nof {} test executables none links perf-runtime",
        without.len()
    )
}

/// Nothing that was listed is what was asked for; with problems it may be among what was
/// not listed.
pub(super) fn not_there(mut message: String, problems: &[String]) -> Stop {
    if problems.is_empty() {
        return Stop::usage(message);
    }
    message.push_str("\nbut not every test said which cases it has:");
    for problem in problems {
        message.push('\n');
        message.push_str(problem);
    }
    Stop::not_run(message)
}

/// What a case says of itself, beside its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    Class,
    Group,
    Tag,
    Id,
}

impl Label {
    const ALL: [Label; 4] = [Label::Tag, Label::Group, Label::Class, Label::Id];

    /// The labels, each with the names that are asked for of it.
    pub(super) fn wanted(select: &SelectArguments) -> [(Label, &Vec<String>); 4] {
        let names = [&select.tag, &select.group, &select.class, &select.id];
        std::array::from_fn(|at| (Label::ALL[at], names[at]))
    }

    const fn word(self) -> &'static str {
        match self {
            Label::Class => "class",
            Label::Group => "group",
            Label::Tag => "tag",
            Label::Id => "id",
        }
    }

    fn names(self, case: &Listed) -> Vec<&str> {
        let one = match self {
            Label::Tag => return case.tags.iter().map(String::as_str).collect(),
            Label::Class => &case.class,
            Label::Group => &case.group,
            Label::Id => &case.requirement,
        };
        one.as_deref().into_iter().collect()
    }

    /// Whether a case says this name, in which `*` stands for anything.
    pub(super) fn is_of(self, case: &Listed, name: &str) -> bool {
        let mut own = self.names(case).into_iter();
        own.any(|own| perf_grammar::name_matches(name, own))
    }

    /// The label of a selector such as `tag:slow`, and the name.
    pub(super) fn of(selector: &str) -> Option<(Label, &str)> {
        let (word, name) = selector.split_once(':')?;
        let label = Label::ALL.into_iter().find(|label| label.word() == word)?;
        (!name.starts_with(':')).then_some((label, name))
    }
}

/// No case says this of itself: which name was probably meant, or which there are.
pub(super) fn no_label(label: Label, name: &str, cases: &[&Listed]) -> String {
    let mut names: Vec<&str> = cases.iter().flat_map(|case| label.names(case)).collect();
    names.sort_unstable();
    names.dedup();
    let word = label.word();
    let help = match (perf_grammar::nearest(name, &names), &*names) {
        (Some(near), _) => format!("; did you mean `{near}`?"),
        (None, []) => format!("; there is no {word} at all"),
        (None, names) => format!("; there are: {}", names.join(", ")),
    };
    format!(
        "no case of the {} has the {word} `{name}`{help}",
        cases.len()
    )
}

/// A selector matches no case.
pub(super) fn no_match(pattern: &str, cases: &[&Listed], filtered: bool) -> String {
    if let Some((label, name)) = Label::of(pattern)
        && !cases.iter().any(|case| label.is_of(case, name))
    {
        return no_label(label, name, cases);
    }
    let ids: Vec<&str> = cases.iter().map(|case| &*case.id).collect();
    no_id(pattern, &ids, filtered)
}

/// The ids that each pattern matches; one that matches none is refused. In order, each
/// once.
pub(in crate::cli) fn chosen(patterns: &[String], all: &[String]) -> Result<Vec<String>, Stop> {
    let mut chosen: Vec<String> = Vec::new();
    for text in patterns {
        let pattern = perf_grammar::Pattern::parse(text).map_err(Stop::usage)?;
        let before = chosen.len();
        let matching = all.iter().filter(|id| pattern.matches(id));
        chosen.extend(matching.cloned());
        if chosen.len() == before {
            let ids: Vec<&str> = all.iter().map(String::as_str).collect();
            return Err(Stop::usage(no_id(text, &ids, false)));
        }
    }
    chosen.sort();
    chosen.dedup();
    Ok(chosen)
}

/// A pattern matches no id.
pub(in crate::cli) fn no_id(pattern: &str, ids: &[&str], filtered: bool) -> String {
    let tails: Vec<&str> = ids.iter().flat_map(|id| tails(id)).collect();
    let near = perf_grammar::nearest(pattern, &tails);
    let mut nearest: Vec<&str> = ids
        .iter()
        .copied()
        .filter(|id| near.is_some_and(|near| tails_of(id, near)))
        .collect();
    if nearest.is_empty() {
        let needle = pattern.trim_matches(['*', ':']);
        nearest.extend(
            ids.iter()
                .copied()
                .filter(|id| !needle.is_empty() && id.contains(needle)),
        );
    }
    nearest.truncate(5);
    let with = if filtered {
        " with the labels asked for"
    } else {
        ""
    };
    let mut message = format!("`{pattern}` matches none of the {} cases{with}", ids.len());
    if !nearest.is_empty() {
        message.push_str("; near it:");
        for id in nearest {
            message.push_str("\n  ");
            message.push_str(id);
        }
    } else if let Some(verb) = arguments::verb_near(pattern) {
        message.push_str(&format!("; did you mean the verb `{verb}`?"));
    } else {
        message.push_str("; `list` shows them");
    }
    message
}

/// The id and every tail of it that starts at a `::`.
fn tails(id: &str) -> impl Iterator<Item = &str> {
    std::iter::once(id).chain(id.match_indices("::").map(|(at, _)| &id[at + 2..]))
}

fn tails_of(id: &str, tail: &str) -> bool {
    tails(id).any(|own| own == tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: &[&str] = &[
        "app::parser::tokens",
        "app::parser::lines",
        "app::search::query",
    ];

    fn cases() -> Vec<Listed> {
        let case = |id: &&str| Listed {
            id: (*id).to_owned(),
            class: Some("critical".to_owned()),
            tags: vec!["slow".to_owned(), "network".to_owned()],
            ..Listed::default()
        };
        IDS.iter().map(case).collect()
    }

    #[track_caller]
    fn check(pattern: &str, expected: &str) {
        let cases = cases();
        let cases: Vec<&Listed> = cases.iter().collect();
        assert_eq!(no_match(pattern, &cases, false), expected);
    }

    #[test]
    fn a_label_that_no_case_has_is_refused_with_those_there_are() {
        check(
            "class:critcal",
            "no case of the 3 has the class `critcal`; did you mean `critical`?",
        );
        check(
            "tag:xyzzyx*",
            "no case of the 3 has the tag `xyzzyx*`; there are: network, slow",
        );
        check(
            "id:PERF001",
            "no case of the 3 has the id `PERF001`; there is no id at all",
        );
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_told_what_is_near() {
        check(
            "tokns",
            "`tokns` matches none of the 3 cases; near it:\n  app::parser::tokens",
        );
        check(
            "parser::line",
            "`parser::line` matches none of the 3 cases; near it:\n  app::parser::lines",
        );
        check(
            "parse*",
            "`parse*` matches none of the 3 cases; near it:\n  app::parser::tokens\n  app::parser::lines",
        );
        check(
            "lst",
            "`lst` matches none of the 3 cases; did you mean the verb `list`?",
        );
        check(
            "xyzzyx",
            "`xyzzyx` matches none of the 3 cases; `list` shows them",
        );
    }
}
