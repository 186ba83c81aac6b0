//! Every renderer against texts that mean harm: in each text of a record, of a
//! manifest and of a comparison.

use perf_statistics::Random;
use serde_json::Value;

use super::template::{Document, Measured, Template};
use super::{compared, json, junit, markdown, terminal};
use crate::compare::{Question, Side, compare};
use crate::manifest::Manifest;
use crate::record::Record;
use crate::report::{Detail, Report};
use crate::run::{Filed, Run, join};

const SAMPLE: &str = include_str!("../../../perf-runtime/schema/record-1.sample.json");

/// What texts are made of.
const PIECES: [&str; 30] = [
    "\u{1b}[31m",
    "\u{1b}]0;owned\u{7}",
    "\u{1b}[2J",
    "\u{9b}1m",
    "\u{202e}",
    "\u{2066}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{0}",
    "\r",
    "\n",
    "\r\n",
    "\t",
    "\u{2028}",
    "\u{feff}",
    "\nFORGED line",
    "\n## FORGED heading",
    "\n| FORGED |",
    "<script>alert(1)</script>",
    "]]>",
    "<!--",
    "&amp;",
    "\"'",
    "`",
    "``` ",
    "|",
    "\\",
    "![x](http://x)",
    "@all",
    "名前 😀 é",
];

/// Words of closed sets, which the reader refuses where they are others.
const CLOSED: [&str; 13] = [
    "undecided",
    "schema",
    "run",
    "phase",
    "outcome",
    "unit",
    "direction",
    "mode",
    "verdict",
    "metric",
    "until",
    "growth",
    "best",
];

fn hostile(random: &mut Random) -> String {
    let pieces = 1 + random.below(6);
    let piece = |_| PIECES[random.below(PIECES.len())];
    (0..pieces).map(piece).collect()
}

/// Replaces every text.
fn poison(value: &mut Value, random: &mut Random) {
    match value {
        Value::String(text) => *text = hostile(random),
        Value::Array(values) => values.iter_mut().for_each(|value| poison(value, random)),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if !CLOSED.contains(&name.as_str()) {
                    poison(value, random);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn record(number: u64, random: &mut Random) -> Record {
    let mut value: Value = serde_json::from_str(SAMPLE).expect("the sample is JSON");
    value["failure"] = serde_json::json!({"kind": "panic", "text": "x"});
    value["notes"] = serde_json::json!(["x"]);
    value["environment"]["unfit"] = serde_json::json!(["x"]);
    value["limits"][1]["notes"] = serde_json::json!(["x"]);
    value["limits"][1]["metric"] = "count".into();
    value["limits"][1]["of"] = "x".into();
    value["limits"][1]["verdict"] =
        ["unmeasured", "warn", "undecided"][(number % 3) as usize].into();
    poison(&mut value, random);
    let id = format!("{number}{}", hostile(random));
    value["case"]["id"] = id.into();
    Record::read(&value.to_string()).expect("it is a record still")
}

fn records(random: &mut Random) -> Vec<Record> {
    (0..4).map(|number| record(number, random)).collect()
}

fn report(records: &[Record], random: &mut Random) -> Report {
    let filed = records.iter().map(|record| Filed {
        file: format!("{}.json", record.case.id.len()),
        record: record.clone(),
        changed: false,
    });
    let manifest = Manifest {
        run: "r1".to_owned(),
        warnings: vec![hostile(random)],
        problems: vec![hostile(random)],
        ..Manifest::default()
    };
    let run = Run::assemble(join(filed.collect()), Some(&manifest));
    Report::of(run, Some(hostile(random)), Detail::All)
}

/// Nothing in it acts on a reader, and no line is what a text wants it to be.
#[track_caller]
fn is_harmless(what: &str, text: &str) {
    let found = text.find(|c| c != '\n' && perf_grammar::acts_on_its_reader(c));
    assert!(found.is_none(), "{what} at {found:?}:\n{text:?}");
    let forged =
        |line: &str| ["FORGED", "## FORGED", "| FORGED"].map(|start| line.starts_with(start));
    let forged = |line: &str| forged(line).contains(&true);
    assert!(!text.lines().any(forged), "{what}:\n{text}");
}

/// The text without the codes that the program itself colours with.
fn without_colours(mut text: String) -> String {
    for code in ["0", "1", "1;31", "2", "31", "32", "33", "35", "36"] {
        text = text.replace(&format!("\u{1b}[{code}m"), "");
    }
    text
}

const LOOK: terminal::Look = terminal::Look {
    width: Some(100),
    colour: true,
};

#[test]
fn no_text_of_a_run_acts_on_its_reader() {
    let mut random = Random::new(13);
    for _ in 0..40 {
        let records = records(&mut random);
        let report = report(&records, &mut random);
        // Lines of a problem are indented by whoever makes it.
        let plain = Report {
            problems: Vec::new(),
            ..report.clone()
        };
        is_harmless("terminal", &without_colours(terminal::render(&plain, LOOK)));
        is_harmless("Markdown", &markdown::render(&report));
        let xml = junit::render(&report);
        let text = json::render(&report);
        let found = |text: &str| text.find(|c| c != '\n' && perf_grammar::acts_on_its_reader(c));
        assert_eq!((found(&xml), found(&text)), (None, None));
        let read: Value = serde_json::from_str(&text).expect("a report is JSON");
        for (case, shown) in report
            .cases
            .iter()
            .zip(read["cases"].as_array().expect("cases"))
        {
            assert_eq!(shown["id"], *case.id, "JSON loses nothing");
        }
        let read = quick_junit::Report::deserialize_from_str(&xml).expect("XML");
        let tests = read.test_suites.iter().flat_map(|suite| &suite.test_cases);
        assert_eq!(
            tests.count(),
            report.tally.limits() + 4 + report.problems.len()
        );
    }
}

#[test]
fn no_text_of_a_document_acts_on_its_reader() {
    let mut random = Random::new(15);
    // What a template does with a text where a line begins.
    let own = Template {
        name: "own.md".to_owned(),
        text: "{% for c in cases %}\n{{ c.id }}\n{% for l in c.limits %}\n{{ l.sentence }}\n{% endfor %}{% endfor %}"
            .to_owned(),
    };
    let built_in = Template::names().map(|name| Template::built_in(name).expect("built in"));
    for _ in 0..20 {
        let records = records(&mut random);
        let run: Vec<&Record> = records.iter().collect();
        let side = Side::of_runs(hostile(&mut random), &[run]);
        let compared = compare(Question {
            before: &side,
            after: &side,
            again: None,
            today: "2026-01-01",
        });
        let document = Document {
            report: std::sync::Arc::new(report(&records, &mut random)),
            measured: Measured::default(),
            compared: Some(&compared),
            warned: &[],
            command: "cargo xtask perf",
        };
        for template in built_in.iter().chain([&own]) {
            let text = template.render(&document).expect("it is sound");
            is_harmless(&template.name, &text);
        }
    }
}

#[test]
fn no_text_of_a_comparison_acts_on_its_reader() {
    let mut random = Random::new(14);
    for _ in 0..40 {
        let records = records(&mut random);
        let run: Vec<&Record> = records.iter().collect();
        let side = Side::of_runs(hostile(&mut random), &[run]);
        let mut after = side.clone();
        for case in after.cases.values_mut() {
            case.failure = None;
        }
        let compared = compare(Question {
            before: &side,
            after: &after,
            again: None,
            today: "2026-01-01",
        });
        let shown = compared::terminal::render(&compared, Detail::All, LOOK);
        is_harmless("terminal", &without_colours(shown));
        is_harmless(
            "Markdown",
            &compared::markdown::render(&compared, Detail::All),
        );
        is_harmless("JUnit", &compared::junit::render(&compared));
        is_harmless("JSON", &compared::json::render(&compared));
    }
}
