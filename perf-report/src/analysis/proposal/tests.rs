//! Scenes: what runs saw, and what is proposed of it.

use super::fixture::*;
use super::*;
use crate::model::record::{Record, Word};

/// A proposal in one line: name, value, where it goes, what was there.
fn line(proposal: &Proposal) -> String {
    let home = match &proposal.home {
        Home::Place(place) => format!(" at {}:{}", place.line, place.column),
        Home::Table { profile: None } => String::new(),
        Home::Table {
            profile: Some(profile),
        } => format!(" in {profile}"),
        Home::Source => " by hand".to_owned(),
    };
    let was = match &proposal.now {
        Some(now) => format!(", was {}", now.value.text),
        None => String::new(),
    };
    format!("{} {}{home}{was}", proposal.name(), proposal.value.text)
}

fn lines(proposals: &[Proposal]) -> Vec<String> {
    proposals.iter().map(line).collect()
}

const ATTRIBUTE: (&str, &str, &str, &str) = ("p99", "10 ms", "attribute", "src/a.rs:3:15");

const FILE: &str = "schema = 1
[class.critical]
p99 = \"100ms\"
[budget.\"app::*\"]
p99 = \"10ms\"
[budget.\"fast\"]
p50 = \"9ms\"
[profile.ci.budget.\"fast\"]
max = \"1s\"
";

fn p99(limit: &str, measured: f64, upper: f64) -> Judged {
    judged("p99", limit, measured).upper(400, upper)
}

#[track_caller]
fn suggests(
    subjects: &[Subject],
    runs: &[Observation],
    policy: &Policy,
    expected: &[&str],
) -> Suggestions {
    let found = suggest(subjects, runs, policy);
    assert_eq!(lines(&found.proposals), expected, "{found:#?}");
    found
}

#[track_caller]
fn says_nothing(found: &Suggestions, what: &str, part: &str) {
    let nothing = found.nothing.iter().find(|nothing| nothing.what == what);
    assert!(
        nothing.is_some_and(|nothing| nothing.why.contains(part)),
        "{part}: {:#?}",
        found.nothing
    );
}

/// The texts of the changes of a draft.
fn drafted(changes: &[(usize, Change)]) -> Vec<String> {
    let text = |(_, change): &(usize, Change)| match change {
        Change::Set { place, literal } => {
            format!("{}:{} {}", place.line, place.column, literal.text)
        }
        Change::Put {
            profile,
            keys,
            literal,
            ..
        } => format!(
            "{}{} {}",
            profile
                .as_ref()
                .map_or(String::new(), |name| format!("{name}: ")),
            keys.join("."),
            literal.text
        ),
        Change::Drop { .. } => "drop".to_owned(),
    };
    changes.iter().map(text).collect()
}

mod first;
mod suggesting;
mod tightening;
