//! What is declared and not measured: cases in targets that were not built, and
//! limits of the budget file that no case has; which of them were asked for, and how
//! they are listed.

use perf_grammar::{Metric, Mode, Pattern};

use super::super::arguments::SelectArguments;
use super::answers::Unmatched;
use super::empty_selection::Label;
use crate::infra::cargo::Unbuilt;
use crate::model::protocol::{Listed, ListedLimit};

/// The same as a worker would list them.
pub(super) fn listed(unbuilt: &[Unbuilt]) -> Vec<Listed> {
    unbuilt.iter().map(listed_one).collect()
}

fn listed_one(unbuilt: &Unbuilt) -> Listed {
    let declared = &unbuilt.declared;
    let mode = match declared.mode.as_deref() {
        Some("soft") => Mode::Soft,
        Some("off") => Mode::Off,
        _ => Mode::Hard,
    };
    let limit = |(metric, text): &(String, String)| ListedLimit {
        limit: shown(metric, text),
        metric: metric.clone(),
        mode,
        layer: "attribute".to_owned(),
        source: Some(unbuilt.source.clone()),
    };
    Listed {
        id: unbuilt.id.clone(),
        test: format!("{}::perf_budget", declared.path),
        source: unbuilt.source.clone(),
        limits: declared.limits.iter().map(limit).collect(),
        class: declared.class.clone(),
        group: declared.group.clone(),
        requirement: declared.requirement.clone(),
        tags: declared.tags.clone(),
        ignored: declared.ignored,
        not_built: Some(format!("{} (budget at {})", unbuilt.why, unbuilt.source)),
        ..Listed::default()
    }
}

/// Every `[budget]` with limits that matches no case, as if it were one: its limits
/// are declared, and nothing judges them.
pub(super) fn unmatched<'a>(rules: impl Iterator<Item = &'a Unmatched>) -> Vec<Listed> {
    let one = |unmatched: &Unmatched| {
        let rule = unmatched
            .rule
            .as_ref()
            .filter(|rule| !rule.limits.is_empty())?;
        Some(Listed {
            id: rule.id.clone(),
            source: rule.source.clone(),
            limits: rule.limits.clone(),
            not_built: Some(unmatched.text.clone()),
            ..Listed::default()
        })
    };
    rules.filter_map(one).collect()
}

/// A limit for people, as far as it can be read.
fn shown(metric: &str, text: &str) -> String {
    let key = metric.split(' ').next().unwrap_or_default();
    let value = Metric::from_key(key)
        .and_then(|metric| Some((metric, perf_grammar::parse(metric.unit(), text).ok()?)));
    value.map_or_else(
        || text.to_owned(),
        |(metric, value)| metric.shown(value as f64),
    )
}

/// Those that were asked for by patterns (all, where there is none) and labels.
pub(super) fn asked_for(
    cases: &[Listed],
    patterns: &[String],
    select: &SelectArguments,
) -> Vec<Listed> {
    let matches = |case: &Listed, pattern: &String| match Label::of(pattern) {
        Some((label, name)) => label.is_of(case, name),
        None => Pattern::parse(pattern).is_ok_and(|pattern| pattern.matches(&case.id)),
    };
    let is_any = |case: &Listed, label: Label, names: &[String]| {
        names.iter().any(|name| label.is_of(case, name))
    };
    let is_asked_for = |case: &&Listed| {
        (patterns.is_empty() || patterns.iter().any(|pattern| matches(case, pattern)))
            && (select.include_ignored || !case.ignored)
            && Label::wanted(select)
                .into_iter()
                .all(|(label, names)| names.is_empty() || is_any(case, label, names))
            && !is_any(case, Label::Tag, &select.skip_tag)
    };
    cases.iter().filter(is_asked_for).cloned().collect()
}

/// Lines that name them, for where there is nothing else to say.
pub(super) fn named(cases: &[Listed]) -> String {
    let line = |case: &Listed| {
        let why = case.not_built.as_deref().unwrap_or_default();
        format!("\n  - {} ({}): {why}", case.id, case.source)
    };
    let lines: String = cases.iter().map(line).collect();
    match cases.is_empty() {
        true => lines,
        false => format!("\nof budgets in targets that were not built there are:{lines}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::answers::Answers;
    use super::*;
    use crate::infra::worker::Observer as _;

    #[test]
    fn what_was_not_built_is_asked_for_as_everything_else_is() {
        let case = |id: &str, tag: &str, ignored| Listed {
            id: id.to_owned(),
            tags: vec![tag.to_owned()],
            ignored,
            not_built: Some("it needs the feature net".to_owned()),
            ..Listed::default()
        };
        let cases = [
            case("app::gated::a", "slow", false),
            case("app::gated::b", "quick", false),
            case("app::gated::c", "slow", true),
        ];
        let check = |patterns: &[&str], select: SelectArguments, expected: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
            let found = asked_for(&cases, &patterns, &select);
            let found: Vec<&str> = found.iter().map(|case| &case.id[12..]).collect();
            assert_eq!(found, expected);
        };
        let all = SelectArguments::default;
        check(&[], all(), &["a", "b"]);
        check(&["b"], all(), &["b"]);
        check(&["other::*"], all(), &[]);
        check(&["tag:slow"], all(), &["a"]);
        let skip_tag = vec!["slow".to_owned()];
        check(&[], SelectArguments { skip_tag, ..all() }, &["b"]);
        let include_ignored = true;
        check(
            &["tag:slow"],
            SelectArguments {
                include_ignored,
                ..all()
            },
            &["a", "c"],
        );
        assert!(named(&cases).contains("app::gated::a ()"));
        assert_eq!(named(&[]), "");
    }

    #[test]
    fn limits_of_a_budget_that_no_case_has_are_listed_as_unmeasured() {
        let text = "b.toml:2:9: [budget.\"gone\"] matches no case";
        let rule = |limits: &str| {
            let json = format!(
                r#"{{"t": "unmatched", "what": "w", "text": {text:?}, "rule":
                    {{"id": "[budget.\"gone\"]", "source": "b.toml:2:9", "limits": {limits}}}}}"#
            );
            serde_json::from_str(&json).expect("a message")
        };
        let p99 = r#"[{"metric": "p99", "limit": "8 ms", "mode": "hard", "layer": "budget"}]"#;
        let listed = |message, workers: usize| {
            let mut answers = Answers::default();
            for worker in 0..2 {
                let hello = r#"{"t": "hello", "protocol": 1}"#;
                answers.message(worker, &serde_json::from_str(hello).expect("a message"));
            }
            (0..workers).for_each(|worker| answers.message(worker, &message));
            unmatched(answers.unmatched())
        };
        let found = listed(rule(p99), 2);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id, "[budget.\"gone\"]");
        assert_eq!(found[0].not_built.as_deref(), Some(text));
        assert_eq!(found[0].limits[0].limit, "8 ms");
        // Another binary has a case that it matches, or it declares no limit.
        assert_eq!(listed(rule(p99), 1), []);
        assert_eq!(listed(rule("[]"), 2), []);
    }

    #[test]
    fn of_binaries_that_say_it_the_one_with_a_case_has_the_word() {
        let gone = r#"{"t": "unmatched", "what": "w", "text": "matches no case; did you mean \"some long name\"?"}"#;
        let nothing = |case: &str| {
            format!(
                r#"{{"t": "unmatched", "what": "w", "text": "{case} has `mem`", "waives_nothing": true}}"#
            )
        };
        let told = |messages: &[&str]| {
            let mut answers = Answers::default();
            for _ in 0..2 {
                let hello = r#"{"t": "hello", "protocol": 1}"#;
                answers.message(0, &serde_json::from_str(hello).expect("a message"));
            }
            for message in messages {
                answers.message(0, &serde_json::from_str(message).expect("a message"));
            }
            let told: Vec<_> = (answers.unmatched())
                .map(|one| (one.text.clone(), one.waives_nothing))
                .collect();
            told
        };
        let (one, other) = (nothing("app::a"), nothing("app::b"));
        let of_a = [("app::a has `mem`".to_owned(), true)];
        let of_b = [("app::b has `mem`".to_owned(), true)];
        assert_eq!(told(&[gone, &one]), of_a);
        assert_eq!(told(&[&one, gone]), of_a);
        // Whichever speaks first.
        assert_eq!(told(&[&one, &other]), of_b);
        assert_eq!(told(&[&other, &one]), of_b);
        // A binary that says nothing has a case with that limit.
        assert_eq!(told(&[&one]), []);
    }

    #[test]
    fn a_limit_is_shown_as_a_worker_shows_it() {
        assert_eq!(shown("p99", "2500us"), "2.5 ms");
        assert_eq!(shown("span render", "2ms"), "2ms");
        assert_eq!(shown("class", "critical"), "critical");
    }
}
