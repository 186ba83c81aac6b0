//! What any text is given to: at random by `xtask/fuzz`, and by tests the texts that are kept.

use perf_grammar::Date;

use crate::model::plan::Limit;
use crate::model::problem::Mistake;
use crate::policy::file::{self, BudgetFile, Concerned};
use crate::policy::{self, CaseFacts, CaseKind, Overrides};
use crate::{harness, probes};

const PATH: &str = "perf-budgets.toml";
const TODAY: Date = Date {
    year: 2026,
    month: 11,
    day: 20,
};

/// The budget file: each mistake has a place in the text, and a sound file decides every
/// number of a case. Whether it is sound.
///
/// # Panics
/// Where that does not hold.
pub fn budget_file(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    match file::parse(text, PATH) {
        Ok(file) => {
            decides(&file);
            true
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "{text}");
            mistakes.iter().for_each(|mistake| has_place(text, mistake));
            false
        }
    }
}

/// Every kind of case under every profile: what is decided is explained.
fn decides(file: &BudgetFile) {
    let profiles = file
        .profiles
        .iter()
        .map(|profile| Some(profile.name.clone()));
    let classes = file.classes.iter().map(|class| Some(class.name.clone()));
    let classes: Vec<_> = classes.chain([None]).collect();
    for profile in profiles.chain([None]) {
        let overrides = Overrides {
            profile,
            ..Overrides::default()
        };
        for kind in [
            CaseKind::Plain,
            CaseKind::Member,
            CaseKind::Load,
            CaseKind::Tasks,
        ] {
            for class in &classes {
                let case = CaseFacts {
                    id: "app::parser::reads/10".to_owned(),
                    place: "src/parser.rs:42:1".to_owned(),
                    class: class.clone(),
                    group: Some("parsers".to_owned()),
                    tags: vec!["network".to_owned()],
                    kind,
                    ..CaseFacts::default()
                };
                let resolved = policy::resolve(&case, file, &overrides, TODAY);
                let explained = policy::explain(&case, file, &overrides, TODAY);
                assert_eq!(explained.is_empty(), resolved.is_err(), "{explained:#?}");
                let mut limits = Vec::new();
                match resolved {
                    Ok((plan, budget)) => {
                        assert!(plan.max_time_ns > 0 && plan.items > 0 && plan.threads > 0);
                        let chances = [plan.false_fail, plan.false_pass, plan.near];
                        assert!(chances.iter().all(|chance| (0.0..=1.0).contains(chance)));
                        for (at, limit) in budget.limits.iter().enumerate() {
                            let same = |other: &Limit| {
                                (other.metric, &other.of) == (limit.metric, &limit.of)
                            };
                            assert!(!budget.limits[..at].iter().any(same), "{limit:?}");
                        }
                        limits = budget.limits;
                    }
                    Err(mistakes) => assert!(!mistakes.is_empty()),
                }
                let concerned = Concerned {
                    labels: case.labels(),
                    limits: &limits,
                };
                for unmatched in file::unmatched(file, &[concerned]) {
                    assert!(!unmatched.text().is_empty());
                }
            }
        }
    }
}

/// `file:line:column` of a character of the text, or of its end.
fn has_place(text: &str, mistake: &Mistake) {
    assert!(!mistake.problem.to_string().is_empty(), "{text}");
    let place = mistake.place.as_deref();
    let place = place.and_then(|place| place.strip_prefix(PATH)?.strip_prefix(':'));
    let numbers = place.and_then(|place| {
        let (line, column) = place.split_once(':')?;
        Some((line.parse::<usize>().ok()?, column.parse::<usize>().ok()?))
    });
    let Some((line, column)) = numbers else {
        panic!("{mistake} has no place in\n{text}");
    };
    let there = text.split('\n').nth(line.wrapping_sub(1));
    let columns = there.map(|there| there.chars().count() + 1);
    assert!(
        columns.is_some_and(|columns| (1..=columns).contains(&column)),
        "{mistake} is nowhere in\n{text}"
    );
}

/// What a test process is told, by the command line or by another one.
///
/// # Panics
/// Where what is read does not mean what it says.
pub fn worker_protocol(bytes: &[u8]) {
    #[cfg(unix)]
    harness::supervisor::fuzz(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        text.lines().for_each(harness::ab_worker::fuzz);
        text.lines().for_each(probes::memory::fuzz);
    }
}

#[cfg(test)]
#[path = "../../xtask/fuzz/inputs.rs"]
mod inputs;

#[cfg(test)]
mod tests {
    use super::inputs::{kept, random};

    #[test]
    fn kept_budget_files_decide_or_say_what_is_wrong_and_where() {
        let mut sound = 0;
        kept("budget_file", |bytes| {
            sound += usize::from(super::budget_file(bytes));
        });
        assert!(sound > 0, "some of them are sound");
    }

    #[test]
    fn kept_messages_mean_what_they_say() {
        kept("worker_protocol", super::worker_protocol);
    }

    #[test]
    fn random_budget_files_decide_or_say_what_is_wrong_and_where() {
        const PIECES: &[&str] = &[
            "schema = 1\n",
            "schema = 1\n",
            "mode = \"soft\"\n",
            "[defaults]\n",
            "[class.c]\n",
            "[budget.\"parser::*\"]\n",
            "[budget.\"tag:network\"]\n",
            "[budget.\"a:b\"]\n",
            "[profile.ci]\n",
            "[profile.ci.budget.\"**\"]\n",
            "[profile.ci.defaults]\n",
            "[[waive]]\n",
            "[span.\"render\"]\n",
            "[top]\n",
            "p99 = \"8ms\"\n",
            "p99 = 8\n",
            "mem = \"1KiB\"\n",
            "allocs = 0\n",
            "ratio = \"2x a::b\"\n",
            "complexity = \"n\"\n",
            "events.\"sqlx::query\".max = 5\n",
            "span.render.p99 = \"2ms\"\n",
            "slack = 1.5\n",
            "near = \"80%\"\n",
            "near = \"200%\"\n",
            "false_fail = 0.1\n",
            "false_pass = 2\n",
            "threads = 4\n",
            "rate = \"5/s\"\n",
            "items = 3\n",
            "warmup = 10\n",
            "max_time = \"1s\"\n",
            "regression = \"10%\"\n",
            "clock = \"cpu\"\n",
            "case = \"**\"\n",
            "limit = \"*\"\n",
            "reason = \"x\"\n",
            "until = 2027-01-01\n",
            "every = \"1min\"\n",
            "moed = 1\n",
            "# é\n",
            "\r\n",
            "\u{feff}",
            "=",
        ];
        random(PIECES, 5_000, |bytes| {
            super::budget_file(bytes);
        });
    }
}
