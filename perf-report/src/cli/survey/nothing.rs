//! Why nothing was found, and what is near it.

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

/// A pattern matches no id.
pub(in crate::cli) fn no_match(pattern: &str, ids: &[&str], filtered: bool) -> String {
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
        " with the tags and the group asked for"
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
    } else if let Some(verb) = perf_grammar::nearest(pattern, &["run", "list", "explain", "report"])
    {
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

    #[track_caller]
    fn check(pattern: &str, expected: &str) {
        assert_eq!(no_match(pattern, IDS, false), expected);
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
