//! What pages hold of the table of keys, of the command line, and of manifests.

use std::ffi::OsString;

use perf_grammar::{KEYS, Key, Metric, Role, Unit, Value};
use perf_report::cli::{self, Exit, World};
use serde_json::Value as Json;

use crate::read;
use crate::variables::VARIABLES;

/// The table of this name, as Markdown.
///
/// # Errors
/// If there is none.
pub(crate) fn table(name: &str) -> Result<String, String> {
    Ok(match name {
        "five" => five(),
        "limits" => keys(|key| key.in_attribute && matches!(key.role, Role::Limit(_))),
        "shapes" => keys(|key| key.in_attribute && !matches!(key.role, Role::Limit(_))),
        "file-keys" => keys(|key| !key.in_attribute),
        "places" => places(),
        "named" => named(),
        "bounds" => bounds(),
        "units" => units(),
        "budget-file" => budget_file(),
        "features" => features(),
        "exit-codes" => exit_codes(),
        "variables" => variables(),
        "commands" => commands(),
        _ => return Err(format!("no table `{name}`")),
    })
}

fn rows(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| {
        let cells = cells.iter().map(|cell| cell.replace('|', "\\|"));
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let mut text = line(head.iter().map(|&cell| cell.to_owned()).collect());
    text.push_str(&format!("|{}\n", "---|".repeat(head.len())));
    text.extend(rows.into_iter().map(line));
    text
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn joined(words: &[&str]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| code(&format!("\"{word}\"")))
        .collect();
    words.join(" ")
}

/// The quantiles, which no row of the table is.
fn quantile() -> Key {
    perf_grammar::find("p99").expect("quantiles are keys")
}

fn keys(wanted: impl Fn(&Key) -> bool) -> String {
    let quantile = Some(quantile()).filter(|key| wanted(key));
    let fixed = KEYS.iter().copied().filter(|key| wanted(key));
    let all = quantile.into_iter().chain(fixed);
    rows(
        &["key", "written", "meaning", "Cargo feature"],
        all.map(|key| {
            let feature = key
                .feature()
                .map_or(String::new(), |feature| code(feature.name()));
            vec![name(&key), written(&key), key.meaning.to_owned(), feature]
        }),
    )
}

/// The keys that most people need.
fn five() -> String {
    let keys = ["p99", "mem", "allocs", "throughput", "setup"];
    let keys = keys.map(|key| perf_grammar::find(key).expect("it is a key"));
    rows(
        &["key", "written", "meaning"],
        keys.map(|key| vec![name(&key), written(&key), key.meaning.to_owned()]),
    )
}

fn name(key: &Key) -> String {
    match key.role {
        Role::Limit(Metric::Quantile(_)) => {
            "`p50` `p95` `p99` `p99_9`, any `pNN` or `pNN_N`".to_owned()
        }
        _ => code(key.name),
    }
}

/// How its value is written.
fn written(key: &Key) -> String {
    match key.value {
        Value::Quantity(unit) => code(unit.example()),
        Value::DurationOrCount => "`\"1s\"` `100`".to_owned(),
        Value::Positive => "`100`".to_owned(),
        Value::Percent => "`\"90%\"`".to_owned(),
        Value::Tolerance => "`\"10%\"` `\"1.5x\"`".to_owned(),
        Value::Factor => "`1.5`".to_owned(),
        Value::Probability => "`0.001`".to_owned(),
        Value::OneOf(words) => joined(words),
        Value::OneOfOrPath(words) => format!("{}, a path", joined(words)),
        Value::Text => "a text".to_owned(),
        Value::Texts => "`[\"slow\", \"network\"]`".to_owned(),
        Value::Expression => "a path or a closure".to_owned(),
        Value::Flag => "alone; `true` in the file".to_owned(),
        Value::FlagOrText => "alone, or `\"why\"`".to_owned(),
        Value::Path => "a path".to_owned(),
        Value::List => "`[10, 100]`, a range, a name".to_owned(),
        Value::Ratio => "`\"0.5x naive::parse\"`".to_owned(),
        Value::Named => {
            let example = example(key);
            format!(
                "`{}(\"{}\", {} = {})`",
                key.name, example.0, example.1, example.2
            )
        }
    }
}

/// A name, a word and a value for a limit on something with a name.
fn example(key: &Key) -> (&'static str, &'static str, &'static str) {
    match key.role {
        Role::Limit(Metric::Span(_)) => ("render", "p99", "\"2ms\""),
        Role::Limit(Metric::Events) => ("sqlx::query", "max", "5"),
        Role::Limit(Metric::Meter(_)) => ("open_files", "max", "0"),
        _ => ("cache.miss", "max", "3"),
    }
}

/// Keys of limits on something with a name: which words, and how in the file.
fn named() -> String {
    let keys = KEYS.iter().filter(|key| key.value == Value::Named);
    rows(
        &["key", "words", "in the file"],
        keys.map(|key| {
            let words: Vec<String> = key.words_of_named().iter().map(|word| code(word)).collect();
            let (name, word, value) = example(key);
            vec![
                code(key.name),
                words.join(" "),
                code(&format!("{}.\"{name}\".{word} = {value}", key.name)),
            ]
        }),
    )
}

/// What amounts have to lie within, the keys of the same bounds in a row.
fn bounds() -> String {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for key in std::iter::once(quantile()).chain(KEYS.iter().copied()) {
        let Some(unit) = key.unit() else { continue };
        let within = key.bounds(unit).describe(unit);
        let name = name(&key);
        match found.iter_mut().find(|(other, _)| *other == within) {
            Some((_, names)) => names.push(name),
            None => found.push((within, vec![name])),
        }
    }
    rows(
        &["keys", "lie within"],
        found
            .into_iter()
            .map(|(within, names)| vec![names.join(" "), within]),
    )
}

fn units() -> String {
    let all = [
        (
            Unit::Duration,
            "a time",
            &["ns", "us", "µs", "ms", "s", "min"][..],
        ),
        (
            Unit::Bytes,
            "a size",
            &["B", "KB", "MB", "GB", "KiB", "MiB", "GiB"],
        ),
        (Unit::Rate, "a rate", &["/s", "/ms"]),
        (Unit::Share, "a share", &["%"]),
        (Unit::Factor, "a factor", &["x"]),
        (Unit::Count, "a count", &[]),
    ];
    rows(
        &["what", "units", "as in"],
        all.map(|(unit, what, words)| {
            for word in words {
                assert!(
                    perf_grammar::parse(unit, &format!("1_0{word}")).is_ok(),
                    "{word}"
                );
            }
            let words: Vec<String> = words.iter().map(|word| code(word)).collect();
            vec![what.to_owned(), words.join(" "), code(unit.example())]
        }),
    )
}

/// The words of each table of the budget file, by its schema.
fn places() -> String {
    let schema = schema();
    let words = |table: &str| {
        let properties = schema["definitions"][table]["properties"].as_object();
        let words = properties.expect("a table has keys").keys();
        words.map(|word| code(word)).collect::<Vec<_>>().join(" ")
    };
    rows(
        &["table", "keys"],
        [
            ("[defaults]", "defaults"),
            ("[class.NAME]`, `[budget.\"SELECTOR\"]", "rule"),
            ("[profile.NAME]", "profile"),
            ("[[waive]]", "waive"),
            ("[span.\"NAME\"]", "span"),
        ]
        .map(|(name, table)| vec![code(name), words(table)]),
    )
}

fn schema() -> Json {
    let text = read("perf-runtime/schema/perf-budgets-1.schema.json");
    serde_json::from_str(&text).expect("the schema is JSON")
}

/// What stands at the top of a budget file, by its schema.
fn budget_file() -> String {
    let schema = schema();
    let described = |word: &String, property: &Json| {
        let text = property["description"].as_str();
        let name = property["$ref"]
            .as_str()
            .and_then(|name| name.rsplit('/').next());
        let behind = name.map(|name| &schema["definitions"][name]["description"]);
        let text = text.or(behind.and_then(Json::as_str)).unwrap_or("");
        vec![code(word), text.to_owned()]
    };
    let properties = schema["properties"].as_object().expect("there are keys");
    rows(
        &["key", "what stands there"],
        properties
            .iter()
            .map(|(word, property)| described(word, property)),
    )
}

/// The features of perf-runtime, as its manifest describes them.
fn features() -> String {
    let manifest = read("perf-runtime/Cargo.toml");
    let mut about = String::new();
    let mut found = Vec::new();
    for line in manifest.lines() {
        if let Some(text) = line.strip_prefix("## ") {
            about = format!("{about} {text}");
        } else if let Some((feature, _)) = line.split_once(" = ") {
            if !about.is_empty() {
                found.push(vec![code(feature), about.trim().to_owned()]);
            }
            about.clear();
        }
    }
    rows(&["feature", "what it adds"], found)
}

fn exit_codes() -> String {
    let row = |exit: Exit| vec![exit.code().to_string(), exit.meaning().to_owned()];
    rows(&["code", "meaning"], Exit::ALL.map(row))
}

fn variables() -> String {
    let row = |&(name, reader, meaning): &(&str, crate::variables::Reader, &str)| {
        vec![code(name), reader.word().to_owned(), meaning.to_owned()]
    };
    rows(
        &["variable", "read by", "meaning"],
        VARIABLES.iter().map(row),
    )
}

/// The help of the program and of each of its verbs.
fn commands() -> String {
    let whole = help(&[]);
    let verbs = whole
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1);
    let verbs = verbs.take_while(|line| !line.is_empty());
    let verbs = verbs.filter_map(|line| line.split_whitespace().next());
    let mut text = section("cargo perf-budget", &whole);
    for verb in verbs.filter(|verb| *verb != "help") {
        text.push_str(&section(verb, &help(&[verb])));
        if verb == "baseline" {
            for inner in ["save", "check", "show"] {
                text.push_str(&section(
                    &format!("baseline {inner}"),
                    &help(&[verb, inner]),
                ));
            }
        }
    }
    text
}

fn section(name: &str, help: &str) -> String {
    format!("\n## {name}\n\n```text\n{}\n```\n", help.trim_end())
}

fn help(verb: &[&str]) -> String {
    let world = World::of_this_process().expect("the tests have a folder");
    let arguments = std::iter::once("perf-budget").chain(verb.iter().copied());
    let arguments = arguments.chain(["--help"]).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = cli::run(arguments, &mut out, &mut err, &world);
    assert_eq!((exit, err), (Exit::Passed, Vec::new()), "{verb:?}");
    String::from_utf8(out).expect("help is text")
}
