//! Rows for what the file may say.

mod mistakes;

use super::*;
use crate::policy::selector::Labels;

/// The example of the contract, word for word.
const EXAMPLE: &str = r##"schema = 1
mode = "hard"                    # hard: a breach fails. soft: a breach warns. off: measured, not judged.

[defaults]                       # any key of 2.1 that shapes a run, plus:
false_fail = 0.001               # chance that a sound budget is called broken, over the whole run (STATISTICS)
false_pass = 0.05                # chance that a budget exactly at its limit is called sound
max_time = "3s"                  # a case; under `cargo xtask perf` 10 s
clock = "clean"                  # time waiting for a processor is taken out, and shown
near = "90%"                     # a pass above this share of the limit says so

[class.critical]                 # U2: a function that says class = "critical" gets these
p95 = "100ms"

[budget."parser::*"]             # overrides the attribute; the most specific pattern wins, key by key
p99 = "8ms"
mode = "soft"
message = "ask the parser team before raising"

[profile.ci]                     # chosen by --profile, PERF_BUDGETS_PROFILE, or CI=true when it exists
slack = 1.5                      # multiplies time limits only
[profile.ci.budget."**::cold_*"]
mode = "off"

[[waive]]                        # a breach that is known: named, owned, and it ends
case = "parser::big_file"
limit = "p99"
reason = "#123 new validation"
until = 2026-12-31
"##;

fn at<T>(value: T, place: &str) -> Option<Set<T>> {
    let (line, column) = place.split_once(':').expect("line and column");
    let [line, column] = [line, column].map(|number| number.parse().expect(number));
    Set::at(value, Spot::File { line, column })
}

#[test]
fn the_example_of_the_contract_loads_with_a_place_for_every_value() {
    let file = parse(EXAMPLE, "perf-budgets.toml").expect("the example is sound");
    let metric = |key| Metric::from_key(key).expect("a metric");
    assert_eq!(
        file.defaults,
        Settings {
            false_fail: at(0.001, "5:14"),
            false_pass: at(0.05, "6:14"),
            max_time_ns: at(3_000_000_000, "7:12"),
            clock: at(Clock::Clean, "8:9"),
            near: at(0.9, "9:8"),
            ..Settings::default()
        }
    );
    assert_eq!(file.mode, at(Mode::Hard, "2:8"));
    assert_eq!(file.classes[0].name, "critical");
    assert_eq!(
        file.classes[0].settings.limits,
        [(metric("p95").into(), at(100_000_000, "12:7").unwrap())]
    );
    assert_eq!(file.budgets[0].selector.to_string(), "parser::*");
    assert_eq!(file.budgets[0].place, "perf-budgets.toml:14:9");
    assert_eq!(
        file.budgets[0].settings.limits,
        [(metric("p99").into(), at(8_000_000, "15:7").unwrap())]
    );
    assert_eq!(file.budgets[0].settings.mode, at(Mode::Soft, "16:8"));
    assert_eq!(file.profiles[0].settings.slack, at(1.5, "20:9"));
    assert_eq!(
        file.profiles[0].budgets[0].settings.mode,
        at(Mode::Off, "22:8")
    );
    assert_eq!(file.waivers[0].limit, Waived::Limit(metric("p99")));
    assert_eq!(file.waivers[0].until.to_string(), "2026-12-31");
    assert_eq!(file.waivers[0].reason, "#123 new validation");
}

#[test]
fn every_available_key_of_the_grammar_is_read_somewhere() {
    for key in perf_grammar::KEYS.iter().filter(|key| key.in_file) {
        let value = match key.value {
            perf_grammar::Value::Quantity(unit) => unit.example(),
            perf_grammar::Value::DurationOrCount | perf_grammar::Value::Positive => "1_000",
            perf_grammar::Value::Percent | perf_grammar::Value::Tolerance => "\"90%\"",
            perf_grammar::Value::Factor | perf_grammar::Value::Probability => "0.5",
            perf_grammar::Value::OneOf(words) => &format!("\"{}\"", words[0]),
            perf_grammar::Value::Flag => "true",
            perf_grammar::Value::Ratio => "\"0.5x other::case\"",
            perf_grammar::Value::Named => match key.words_of_named() {
                [] => "{}",
                words if words.contains(&"p99") => "{ name = { p99 = \"1ms\" } }",
                _ => "{ name = { max = 1 } }",
            },
            _ => "\"text\"",
        };
        let tables = [
            "profile.ci.",
            "profile.ci.defaults.",
            "profile.ci.budget.a.",
        ];
        let read = tables.iter().filter_map(|table| {
            parse(&format!("schema = 1\n{table}{} = {value}", key.name), "f").ok()
        });
        let changed = read.filter(|file| {
            let profile = &file.profiles[0];
            profile.settings != Settings::default()
                || profile
                    .budgets
                    .iter()
                    .any(|rule| rule.settings != Settings::default())
        });
        assert!(
            changed.count() > 0,
            "{} = {value} is read nowhere",
            key.name
        );
    }
}

#[test]
fn warmup_is_a_time_or_a_number_of_calls() {
    let file = parse(
        "schema = 1\n[budget.a]\nwarmup = \"10ms\"\n[budget.b]\nwarmup = 1_000",
        "f",
    )
    .expect("both");
    assert_eq!(
        file.budgets[0]
            .settings
            .warmup
            .as_ref()
            .map(|set| set.value),
        Some(Warmup::Time(10_000_000))
    );
    assert_eq!(
        file.budgets[1]
            .settings
            .warmup
            .as_ref()
            .map(|set| set.value),
        Some(Warmup::Calls(1_000))
    );
}

#[test]
fn patterns_and_waivers_that_match_nothing_are_warned_about() {
    let text = "schema = 1\n[budget.\"parser::*\"]\np99 = \"1ms\"\n[budget.\"parsr::reads\"]\nmode = \"off\"\n\
                [profile.ci.budget.\"gone::**\"]\nmode = \"off\"\n[budget.\"class:critcal\"]\nmode = \"off\"\n[[waive]]\ncase = \"nothing\"\nlimit = \"*\"\nreason = \"#1\"\nuntil = 2026-01-01\n";
    let file = parse(text, "f").expect("sound");
    let case = Concerned {
        labels: Labels {
            id: "app::parser::reads",
            class: Some("critical"),
            ..Labels::default()
        },
        limits: &[],
    };
    assert_eq!(
        unmatched(&file, &[case])
            .iter()
            .map(Unmatched::text)
            .collect::<Vec<_>>(),
        [
            "f:4:9: [budget.\"parsr::reads\"] matches no case; did you mean \"parser::reads\"?",
            "f:8:9: [budget.\"class:critcal\"] matches no case; did you mean \"class:critical\"?",
            "f:6:20: [profile.ci.budget.\"gone::**\"] matches no case",
            "f:10:1: [[waive]] case = \"nothing\" matches no case",
        ]
    );
}

#[test]
fn places_are_right_in_a_file_of_many_rules() {
    // Each place is looked up in the list of lines: found by counting from the
    // start, those of this file take seconds.
    let mut text = String::from("schema = 1\r\n");
    let rules = 4_000;
    for rule in 0..rules {
        text += &format!("[budget.\"módulo::case_{rule}\"]\r\nmessage = \"é\"\r\n");
    }
    let file = parse(&text, "f").expect("a sound file");
    assert_eq!(file.budgets.len(), rules);
    for (rule, budget) in file.budgets.iter().enumerate() {
        assert_eq!(budget.place, format!("f:{}:9", 2 * rule + 2));
        let message = budget.settings.message.as_ref().expect("a message");
        let (line, column) = (2 * rule + 3, 11);
        assert_eq!(message.place, Some(Spot::File { line, column }));
    }
}

#[test]
fn the_waivers_that_a_comment_proposes_are_read() {
    let comment = include_str!("../../../../perf-report/tests/golden/comment-against.md");
    let (_, rest) = comment.split_once("```toml\n").expect("it proposes some");
    let (waivers, _) = rest.split_once("```").expect("it ends");
    let file = parse(&format!("schema = 1\n\n{waivers}"), "f").expect("they can be pasted");
    let limits: Vec<&Waived> = file.waivers.iter().map(|waive| &waive.limit).collect();
    let p99 = Metric::from_key("p99").map(Waived::Limit);
    assert_eq!(Some(limits[0]), p99.as_ref());
    assert!(
        limits[1..]
            .iter()
            .all(|limit| **limit == Waived::Regression)
    );
    assert_eq!(limits.len(), 4);
    assert_eq!(file.waivers[0].until.to_string(), "2026-12-20");
}

#[test]
fn an_old_name_of_a_key_is_read_and_the_new_one_said() {
    let read = |text: &str| parse(&format!("schema = 1\n{text}"), "f").expect("a sound file");
    let old = read("[budget.a]\nrounds = 20\n");
    let set = old.budgets[0].settings.samples.as_ref().expect("samples");
    assert_eq!(set.value, 20);
    assert_eq!(
        old.renamed[0].to_string(),
        "f:3:1: `rounds` is called `samples` now; the old name will not be read by a later version"
    );
    assert_eq!(read("[budget.a]\nsamples = 20\n").renamed, []);
}
