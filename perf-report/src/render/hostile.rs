//! Every renderer against texts that mean harm: in each text of a record, of a
//! manifest and of a comparison.

#[path = "../../tests/cli/pieces.rs"]
mod pieces;
mod tables;

use clap::ValueEnum as _;
use perf_statistics::Random;
use serde_json::Value;

use self::pieces::PIECES;
use super::flamegraph::{self, SLOW_CALLS, Viewer};
use super::template::{Document, Template};
use super::{Format, terminal};
use crate::analysis::cause::{Cause, Kind};
use crate::analysis::compare::{Compared, Question, Side, compare};
use crate::analysis::profile::fixture::regex_in_a_loop;
use crate::analysis::profile::tail_stacks;
use crate::analysis::report::{Detail, Report};
use crate::analysis::run::{Filed, Run, join};
use crate::model::manifest::Manifest;
use crate::model::profile::Profile;
use crate::model::record::Record;

const SAMPLE: &str = include_str!("../../../perf-runtime/schema/record-1.sample.json");

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

pub(crate) fn hostile(random: &mut Random) -> String {
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
        record: Box::new(record.clone()),
        changed: false,
    });
    let manifest = Manifest {
        run: "r1".to_owned(),
        warnings: vec![hostile(random)],
        problems: vec![hostile(random)],
        ..Manifest::default()
    };
    let mut run = Run::assemble(join(filed.collect()), Some(&manifest));
    run.add_profiles(vec![profile(&records[0].case.id, random)]);
    Report::of(run, Some(hostile(random)), Detail::All)
}

/// A profile of which every text means harm.
fn profile(case: &str, random: &mut Random) -> Profile {
    let mut profile = regex_in_a_loop(case);
    profile.unseen = vec![hostile(random)];
    for frame in &mut profile.frames {
        frame.function = hostile(random);
        frame.file = frame.file.as_ref().map(|_| hostile(random));
    }
    for thread in &mut profile.threads {
        thread.name = hostile(random);
    }
    for sample in &mut profile.samples {
        sample.waits = sample.waits.as_ref().map(|_| hostile(random));
    }
    profile
}

/// Nothing in it acts on a reader, and no line is what a text wants it to be.
#[track_caller]
pub(super) fn is_harmless(what: &str, text: &str) {
    let found = text.find(|c| c != '\n' && perf_grammar::acts_on_its_reader(c));
    assert!(found.is_none(), "{what} at {found:?}:\n{text:?}");
    let forged =
        |line: &str| ["FORGED", "## FORGED", "| FORGED"].map(|start| line.starts_with(start));
    let forged = |line: &str| forged(line).contains(&true);
    assert!(!text.lines().any(forged), "{what}:\n{text}");
}

/// The text without the codes that the program itself colours with.
pub(super) fn without_colours(mut text: String) -> String {
    for code in ["0", "1", "2", "31", "32", "33", "35", "36"] {
        text = text.replace(&format!("\u{1b}[{code}m"), "");
    }
    text
}

pub(super) const LOOK: terminal::Style = terminal::Style {
    width: Some(100),
    colour: true,
};

fn comparison(records: &[Record], random: &mut Random) -> Compared {
    let run: Vec<&Record> = records.iter().collect();
    let side = Side::of_runs(hostile(random), &[run]);
    let mut after = side.clone();
    for case in after.cases.values_mut() {
        case.failure = None;
    }
    let mut compared = compare(Question {
        before: &side,
        after: &after,
        again: None,
        today: "2026-01-01",
    });
    compared.command = Some(hostile(random));
    for one in &mut compared.comparisons {
        one.about = vec![hostile(random)];
        one.causes = vec![Cause {
            kind: Kind::Function,
            headline: hostile(random),
            place: Some(hostile(random)),
            share: None,
            saves: None,
            figures: hostile(random),
            lines: vec![hostile(random)],
        }];
    }
    compared
}

/// What of a page is no code, in which nothing is markup.
pub(super) fn outside_code(page: &str) -> String {
    let mut out = String::new();
    let mut fence: Option<&str> = None;
    for line in page.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                let mut is_code = false;
                let mut characters = line.chars();
                while let Some(c) = characters.next() {
                    match c {
                        '`' => is_code = !is_code,
                        '\\' if !is_code => out.extend(characters.next()),
                        c if !is_code => out.push(c),
                        _ => {}
                    }
                }
                out.push('\n');
            }
        }
    }
    assert_eq!(fence, None, "a fence is closed: {page}");
    out
}

/// What each form is read by finds in it what was put in, and nothing else.
#[track_caller]
fn is_read(format: Format, text: &str, report: &Report) {
    let limits = report.tally.limits;
    let json = || -> Value { serde_json::from_str(text).expect("it is JSON") };
    match format {
        Format::Terminal | Format::Markdown => {}
        // What a browser makes of it, a test in one looks at.
        Format::Html => {
            let scripts = report.cases.len() + 2;
            for tag in ["<script", "</script>"] {
                assert_eq!(text.matches(tag).count(), scripts, "{text}");
            }
        }
        Format::Comment => {
            assert!(text.ends_with("\n<!-- perf-budgets -->\n"), "{text}");
            assert_eq!(text.matches("<!-- perf-budgets -->").count(), 1, "{text}");
            let tags = [
                "<details>",
                "</details>",
                "<summary>",
                "</summary>",
                "<code>",
                "</code>",
                "<br>",
            ];
            let mut plain = outside_code(text).replace("@<!-- -->", "");
            for own in tags.into_iter().chain(["<!-- perf-budgets -->"]) {
                plain = plain.replace(own, "");
            }
            assert!(!plain.contains('<'), "{plain}");
        }
        Format::Github => {
            let (log, commands) = text.rsplit_once("::\n::").expect("there are annotations");
            let token = log
                .lines()
                .next()
                .and_then(|line| line.strip_prefix("::stop-commands::"));
            assert!(
                log.ends_with(&format!("\n::{}", token.expect("a token"))),
                "{log}"
            );
            let is_command = |line: &str| {
                let levels = ["error ", "warning ", "notice "];
                levels.iter().any(|level| line.starts_with(level))
            };
            let commands = format!("::{commands}");
            assert!(
                commands
                    .lines()
                    .all(|line| line.strip_prefix("::").is_some_and(is_command)),
                "{commands}"
            );
        }
        Format::Json => {
            for (case, shown) in report
                .cases
                .iter()
                .zip(json()["cases"].as_array().expect("cases"))
            {
                assert_eq!(shown["id"], *case.id, "JSON loses nothing");
            }
        }
        Format::Junit => {
            let read = quick_junit::Report::deserialize_from_str(text).expect("XML");
            let tests = read.test_suites.iter().flat_map(|suite| &suite.test_cases);
            assert_eq!(tests.count(), limits + 4 + report.problems.len());
        }
        Format::Csv => {
            let mut reader = ::csv::Reader::from_reader(text.as_bytes());
            let verdict = reader
                .headers()
                .expect("heads")
                .iter()
                .position(|head| head == "verdict");
            let rows: Vec<_> = reader.records().collect::<Result<_, _>>().expect("CSV");
            let judged = rows
                .iter()
                .filter(|row| !row[verdict.expect("a column")].is_empty());
            assert_eq!(judged.count(), limits + 4);
            let is_formula =
                |cell: &str| cell.starts_with(['=', '+', '-', '@']) && cell.parse::<f64>().is_err();
            assert!(!rows.iter().flatten().any(is_formula), "{text}");
        }
        Format::Openmetrics => {
            assert!(text.ends_with("\n# EOF\n"), "{text}");
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                let (name, value) = line.rsplit_once(' ').expect("a value");
                assert!(
                    name.starts_with("perf_budget_") && value.parse::<f64>().is_ok(),
                    "{line}"
                );
                // Between quotes, each quote and backslash is escaped.
                let labels = name.replace("\\\\", "").replace("\\\"", "");
                assert_eq!(labels.matches('"').count() % 2, 0, "{line}");
                assert_eq!(labels.matches('\\').count(), 0, "{line}");
            }
        }
        Format::Bmf => {
            let read = json();
            for case in &report.cases {
                assert!(read.get(&case.id).is_some(), "{}", case.id);
            }
        }
        Format::GithubActionBenchmark => assert!(!json().as_array().expect("a list").is_empty()),
        Format::PytestBenchmark => {
            assert_eq!(
                json()["benchmarks"].as_array().map(Vec::len),
                Some(report.cases.len())
            );
        }
        Format::GoBench => {
            let lines = text.lines().filter(|line| line.starts_with("Benchmark"));
            for line in lines.clone() {
                let fields: Vec<&str> = line.split_whitespace().collect();
                assert_eq!(fields.len() % 2, 0, "{line}");
                let mut numbers = fields[2..].iter().step_by(2);
                assert!(numbers.all(|field| field.parse::<f64>().is_ok()), "{line}");
            }
            assert_eq!(lines.count(), report.cases.len());
        }
    }
}

#[test]
fn no_text_of_a_run_acts_on_its_reader() {
    let mut random = Random::new(13);
    for _ in 0..20 {
        let records = records(&mut random);
        let report = report(&records, &mut random);
        let compared = comparison(&records, &mut random);
        for format in Format::value_variants() {
            let shown = format.report(&report, Some(&compared), LOOK);
            is_read(*format, &shown, &report);
            let plain = match format {
                // Lines of a problem are indented where it is made.
                Format::Terminal | Format::Github => {
                    let mut report = report.clone();
                    report.problems.clear();
                    without_colours(format.report(&report, None, LOOK))
                }
                // Its fields stand between tabs.
                Format::GoBench => shown.replace('\t', " "),
                // Elements hold texts of several lines.
                Format::Junit => shown.replace("FORGED", ""),
                _ => shown,
            };
            is_harmless(&format.word(), &plain);
        }
    }
}

#[test]
fn no_text_of_a_profile_acts_on_its_viewer() {
    let mut random = Random::new(18);
    for _ in 0..20 {
        let profile = profile(&hostile(&mut random), &mut random);
        let graph = flamegraph::svg(&profile, Viewer::Browser);
        let tail = tail_stacks(&profile, Some(10e6)).expect("there is one");
        let slow = flamegraph::differential(&profile.case, SLOW_CALLS, &tail, Viewer::Browser);
        for (what, graph) in [("flamegraph", &graph), ("tail", &slow)] {
            let graph = without_script(graph);
            is_harmless(what, &graph);
            // Every name is a text: all elements are those of a flamegraph.
            for tag in graph.split('<').skip(1) {
                let name = tag.trim_start_matches(['/', '?', '!']);
                let name: String = name.chars().take_while(char::is_ascii_alphabetic).collect();
                assert!(ELEMENTS.contains(&&*name), "<{name}: {graph}");
            }
        }
        let folded = flamegraph::folded(&profile);
        is_harmless("folded", &folded);
        let is_stack = |line: &str| {
            line.rsplit_once(' ')
                .is_some_and(|(_, n)| n.parse::<f64>().is_ok())
        };
        assert!(folded.lines().all(is_stack), "{folded}");
        let firefox = flamegraph::for_firefox(&profile);
        is_harmless("firefox", &firefox);
        let read: Value = serde_json::from_str(&firefox).expect("it is JSON");
        assert_eq!(read["threads"][0]["samples"]["length"], 1_104);
    }
}

/// What a flamegraph is made of.
const ELEMENTS: [&str; 12] = [
    "xml",
    "DOCTYPE",
    "svg",
    "defs",
    "linearGradient",
    "stop",
    "style",
    "script",
    "rect",
    "text",
    "g",
    "title",
];

/// A flamegraph without its script, which is inferno's, and its comments.
fn without_script(graph: &str) -> String {
    let mut out = graph.to_owned();
    for (start, end) in [("<![CDATA[", "]]>"), ("<!--", "-->")] {
        while let Some((before, rest)) = out.split_once(start) {
            let (_, after) = rest.split_once(end).expect("it ends");
            out = format!("{before}{after}");
        }
    }
    out
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
            compared: Some(&compared),
            warned: &[],
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
    for _ in 0..20 {
        let records = records(&mut random);
        let compared = comparison(&records, &mut random);
        let formats = Format::value_variants().iter();
        for format in formats.filter(|format| format.shows_comparisons()) {
            let shown = format.comparison(&compared, Detail::All, LOOK);
            is_harmless(&format.word(), &without_colours(shown));
        }
    }
}
