//! What any text is given to: at random by `xtask/fuzz`, and by tests the texts that are kept.

use clap::ValueEnum as _;

use crate::analysis::baseline::{Baseline, Document};
use crate::analysis::budget_edit::{self, Change, Literal, Place};
use crate::analysis::compare::{Question, Side, compare};
use crate::analysis::profile::{self, tail_stacks};
use crate::analysis::report::{Detail, Report};
use crate::analysis::run::{Filed, Run, join};
use crate::infra::worker::lines;
use crate::model::manifest::Manifest;
use crate::model::profile::Profile;
use crate::model::protocol::{self, Line};
use crate::model::record::Record;
use crate::render::flamegraph::{self, SLOW_CALLS, Viewer};
use crate::render::terminal::Style;
use crate::render::{self, Format};

const LOOK: Style = Style {
    width: Some(80),
    colour: false,
};
const TOKEN: &str = "token";

/// Records, with a NUL between them and perhaps a manifest first: what is read is
/// written as it was, and every form shows it.
///
/// # Panics
/// Where one does not.
pub fn records(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let manifest = text.split('\0').next().and_then(read_manifest);
    let mut records = Vec::new();
    for text in text.split('\0') {
        match Record::read(text) {
            Ok(record) => {
                assert_eq!(Record::read(&record.write()), Ok(record.clone()), "{text}");
                records.push(record);
            }
            Err(error) => has_line(text, error.line, &error.message),
        }
    }
    if records.is_empty() {
        return;
    }
    let filed = records.iter().enumerate().map(|(at, record)| Filed {
        file: format!("{at}.json"),
        record: Box::new(record.clone()),
        changed: false,
    });
    let joined = join(filed.collect());
    // What is left out, such as a confirmation of nothing, is said; two make one whole.
    let said = 2 * joined.records.len() + joined.problems.len();
    assert!(said >= records.len(), "some are lost: {text}");
    let whole = joined
        .records
        .iter()
        .map(|filed| filed.record.case.id.clone());
    let whole: Vec<String> = whole.collect();
    let report = Report::of(Run::assemble(joined, manifest.as_ref()), None, Detail::All);
    let listed = manifest.iter().flat_map(|manifest| &manifest.cases);
    for id in whole.iter().chain(listed.map(|case| &case.id)) {
        assert!(report.case(id).is_some(), "{id} is lost: {text}");
    }
    let run: Vec<&Record> = records.iter().collect();
    let before = Side::of_runs("before".to_owned(), &[run[..1].to_vec()]);
    let after = Side::of_runs("after".to_owned(), &[run]);
    let compared = compare(Question {
        before: &before,
        after: &after,
        again: None,
        today: "2026-01-01",
    });
    for format in Format::value_variants() {
        harmless(&format.report(&report, Some(&compared), LOOK));
        if format.shows_comparisons() {
            harmless(&format.comparison(&compared, Detail::All, LOOK));
        }
    }
}

fn read_manifest(text: &str) -> Option<Manifest> {
    let manifest: Manifest = serde_json::from_str(text).ok()?;
    let written = serde_json::to_string(&manifest).expect("it is JSON");
    let again = serde_json::from_str(&written).expect("what was written is read");
    assert_eq!(manifest, again);
    Some(manifest)
}

#[track_caller]
fn has_line(text: &str, line: usize, message: &str) {
    assert!(!message.is_empty(), "{text}");
    assert!(
        line <= text.split('\n').count(),
        "{line}: {message}\n{text}"
    );
}

#[track_caller]
fn harmless(text: &str) {
    let acts = |c| !matches!(c, '\n' | '\t') && perf_grammar::acts_on_its_reader(c);
    let found = text.find(acts);
    assert!(found.is_none(), "at {found:?}: {text:?}");
}

/// Baselines: what is read is written so that it is read as the same.
///
/// # Panics
/// Where it is not.
pub fn baselines(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match Document::read(text) {
        Ok(document) => {
            let written = match &document {
                Document::Portable(portable) => render::baseline::write(portable),
                Document::Times(times) => render::baseline::write(times),
            };
            assert_eq!(
                Document::read(&written).as_ref(),
                Ok(&document),
                "{written}"
            );
            let mut baseline = Baseline::default();
            baseline.add(document).expect("it is the first");
            harmless(&render::baseline::markdown(&baseline));
            harmless(&render::baseline::json(&baseline));
        }
        Err(error) => has_line(text, error.line, &error.message),
    }
}

/// Profiles: what is read is written as it was, and every view shows it.
///
/// # Panics
/// Where one does not.
pub fn profiles(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let profile = match Profile::read(text) {
        Ok(profile) => profile,
        Err(error) => return has_line(text, error.line, &error.message),
    };
    assert_eq!(
        Profile::read(&profile.write()),
        Ok(profile.clone()),
        "{text}"
    );
    let root = profile::root(&profile, "src/lib.rs:1").to_owned();
    let _ = (
        profile::table(&profile, &root),
        profile::spent(&profile, &root),
    );
    harmless(&flamegraph::folded(&profile));
    harmless(&flamegraph::for_firefox(&profile));
    if let Some(tail) = tail_stacks(&profile, Some(1e6)) {
        flamegraph::differential(&profile.case, SLOW_CALLS, &tail, Viewer::Browser);
    }
    flamegraph::svg(&profile, Viewer::Browser);
}

/// The standard output of a worker: every line is a message, garbled, or nothing, and a
/// message means what it says.
///
/// # Panics
/// Where that does not hold.
pub fn worker_protocol(bytes: &[u8]) {
    let mark = protocol::mark(Some(TOKEN));
    for line in bytes.split(|byte| *byte == b'\n') {
        match Line::message(line, 0) {
            Line::Message(message) => {
                let written = serde_json::to_vec(&message).expect("it is JSON");
                assert_eq!(Line::message(&written, 0), Line::Message(message));
            }
            Line::Garbled(text, error) => assert!(text.len() < 1_000 && !error.is_empty()),
            Line::Output(text) => panic!("a message is taken for output: {text}"),
        }
    }
    let mut heard = 0;
    lines::read(bytes, &mark, |line, dropped| {
        heard += line.len() + dropped;
        assert!(lines::text(line, dropped, 100).len() < 1_000);
    });
    assert_eq!(heard, bytes.len(), "nothing is lost, or it is counted");
}

/// Changes to a budget file: a limit is put in, the same once more changes nothing, and
/// each value can become another one.
///
/// # Panics
/// Where that does not hold.
pub fn budget_edit(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let put = [Change::Put {
        profile: None,
        pattern: "a::b".to_owned(),
        keys: vec!["p99".to_owned()],
        literal: literal("5ms"),
    }];
    if let Ok(once) = budget_edit::apply(text, &put) {
        assert_eq!(
            budget_edit::apply(&once, &put).as_ref(),
            Ok(&once),
            "{text}"
        );
    }
    let Ok(waivers) = budget_edit::waivers(text) else {
        return;
    };
    let _ = budget_edit::entries(text, &["top"]);
    for waiver in waivers {
        let _ = budget_edit::apply(
            text,
            &[Change::Drop {
                place: waiver.place,
            }],
        );
    }
    let lines = text.split('\n').take(20).enumerate();
    let places = lines.flat_map(|(line, text)| {
        (0..text.chars().count().min(60)).map(move |column| Place {
            line: line + 1,
            column: column + 1,
        })
    });
    for place in places {
        let Some(value) = budget_edit::value_at(text, place) else {
            continue;
        };
        let set = [Change::Set {
            place,
            literal: literal("7ms"),
        }];
        if let Ok(changed) = budget_edit::apply(text, &set) {
            let now = budget_edit::value_at(&changed, place);
            assert_eq!(now.as_deref(), Some("7ms"), "{value} in {text}");
        }
    }
}

fn literal(text: &str) -> Literal {
    Literal {
        text: text.to_owned(),
        bare: false,
    }
}

#[cfg(test)]
#[path = "../../xtask/fuzz/inputs.rs"]
mod inputs;

#[cfg(test)]
mod tests {
    use super::inputs::{kept, random};

    #[test]
    fn kept_records_are_shown_in_every_form() {
        kept("records", super::records);
    }

    #[test]
    fn kept_baselines_are_written_as_they_were_read() {
        kept("baselines", super::baselines);
    }

    #[test]
    fn kept_profiles_are_shown_in_every_view() {
        kept("profiles", super::profiles);
    }

    #[test]
    fn kept_lines_of_workers_are_messages_or_garbled() {
        kept("worker_protocol", super::worker_protocol);
    }

    #[test]
    fn kept_budget_files_are_changed_as_asked_or_not_at_all() {
        kept("budget_edit", super::budget_edit);
    }

    #[test]
    fn random_budget_files_are_changed_as_asked_or_not_at_all() {
        const PIECES: &[&str] = &[
            "schema = 1\n",
            "[budget]\n",
            "[budget.\"a::b\"]\n",
            "[budget.'a::b']\n",
            "[budget.c]\n",
            "[top]\n",
            "\"a::b\" = { p99 = \"1ms\" }\n",
            "budget.\"a::b\".p99 = \"1ms\"\n",
            "p99 = \"8ms\"",
            "p99 = '8ms'",
            "p99 = \"\"\"8ms\"\"\"",
            "mem = 5",
            " # why",
            "\n",
            "\r\n",
            "\n\n",
            "  ",
            "[[waive]]\n",
            "[profile.ci.budget]\n",
            "case = \"a\"\nlimit = \"p99\"\nreason = \"x\"\nuntil = 2027-01-01\n",
            "é = 1\n",
            "\u{feff}",
        ];
        random(PIECES, 2_000, super::budget_edit);
    }
}
