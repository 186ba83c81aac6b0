//! The published schema, the reader and the workspace's own file agree.

use perf_grammar::Quantile;
use serde_json::Value as Json;
use toml::de::{DeTable, DeValue};

use super::home::{Home, Kind};
use super::parse;

const SCHEMA: &str = include_str!("../../../schema/perf-budgets-1.schema.json");
const OURS: &str = include_str!("../../../../perf-budgets.toml");

fn schema() -> Json {
    serde_json::from_str(SCHEMA).expect("the schema is JSON")
}

fn words_of_schema(table: &str) -> Vec<String> {
    let mut words: Vec<String> = schema()["definitions"][table]["properties"]
        .as_object()
        .expect("properties")
        .iter()
        .filter(|(word, key)| {
            let is_old = perf_grammar::renamed(word).is_some();
            assert_eq!(key["deprecated"] == true, is_old, "{word}");
            !is_old
        })
        .map(|(word, _)| word.clone())
        .collect();
    words.sort();
    words
}

/// The words the reader takes, quantiles aside: those are a pattern.
fn words_of_reader(home: &Home) -> Vec<String> {
    let mut words: Vec<String> = home
        .words()
        .into_iter()
        .filter(|word| Quantile::parse(word).is_none())
        .map(str::to_owned)
        .collect();
    words.sort();
    words
}

#[test]
fn the_schema_has_exactly_the_words_the_reader_takes() {
    let rows = [
        ("defaults", Home::new(Kind::Defaults, None, "defaults")),
        (
            "defaults",
            Home::new(Kind::Defaults, Some("ci"), "defaults"),
        ),
        ("rule", Home::new(Kind::Class, None, "class.a")),
        ("rule", Home::new(Kind::Budget, None, "budget.a")),
        (
            "profile_rule",
            Home::new(Kind::Class, Some("ci"), "class.a"),
        ),
        (
            "profile_rule",
            Home::new(Kind::Budget, Some("ci"), "budget.a"),
        ),
    ];
    for (table, home) in rows {
        assert_eq!(
            words_of_schema(table),
            words_of_reader(&home),
            "{}",
            home.name
        );
    }
    for table in ["rule", "profile_rule"] {
        assert!(
            schema()["definitions"][table]["patternProperties"].is_object(),
            "{table} has quantiles"
        );
    }
}

#[test]
fn the_schema_says_of_each_key_what_the_table_says() {
    for table in ["defaults", "rule", "profile_rule", "profile"] {
        let schema = schema();
        let properties = schema["definitions"][table]["properties"].as_object();
        for (word, property) in properties.expect("properties") {
            let Some(key) = perf_grammar::find(word) else {
                continue;
            };
            if key.name == word {
                assert_eq!(property["description"], key.meaning, "{table}.{word}");
            }
        }
    }
}

#[test]
fn the_file_of_this_workspace_loads_and_fits_the_schema() {
    let file = parse(OURS, "perf-budgets.toml").expect("our own file is sound");
    let classes: Vec<&str> = file.classes.iter().map(|class| &*class.name).collect();
    assert_eq!(classes, ["critical", "standard", "complex"]);
    assert_eq!(misfits(OURS), [] as [&str; 0]);
}

#[test]
fn the_schema_takes_named_limits_as_the_reader_does() {
    let text = "schema = 1\nbudget.a.span.render.p99 = \"1ms\"\nbudget.a.span.render.mean = \"1ms\"\n\
        class.b.events.\"sqlx::query\".max = 5\nclass.b.count.\"cache.miss\".max = 3\n\
        profile.ci.class.b.meter.open_files.min = 1\n";
    parse(text, "f").expect("a sound file");
    assert_eq!(misfits(text), [] as [&str; 0]);
}

#[test]
fn the_schema_takes_thresholds_as_the_reader_does() {
    let text = "schema = 1\n[top]\nroute = \"500ms\"\ncase = \"1s\"\nspan = \"2s\"\nfunction = \"1ms\"\nallocation = \"1MB\"\n[profile.ci.top]\nroute = \"1s\"\n";
    parse(text, "f").expect("a sound file");
    assert_eq!(misfits(text), [] as [&str; 0]);
    let words = &schema()["definitions"]["top"]["properties"];
    let words: Vec<&String> = words.as_object().expect("keys").keys().collect();
    let mut known = perf_grammar::Ranked::ALL.map(perf_grammar::Ranked::word);
    known.sort_unstable();
    assert_eq!(words, known);
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    for line in [
        "moed = \"hard\"",
        "mode = \"hrad\"",
        "defaults.p99 = \"1ms\"",
        "budget.a.slack = 2",
        "waive = [{ case = \"a\" }]",
        "budget.a.span.render.p100 = \"1ms\"",
        "budget.a.span.render = \"1ms\"",
        "budget.a.events.\"sqlx::query\".mean = 1",
        "class.a.meter.open_files.maximum = 1",
        "profile.ci.budget.a.count = 3",
        "top = \"500ms\"",
        "top.route.p99 = \"500ms\"",
        "profile.ci.top = \"500ms\"",
    ] {
        let text = format!("schema = 1\n{line}\n");
        assert!(parse(&text, "f").is_err(), "{line}");
        assert!(!misfits(&text).is_empty(), "{line}");
    }
    assert!(
        !misfits("mode = \"hard\"").is_empty(),
        "the schema is required"
    );
}

/// Where a file does not fit: the few words of JSON Schema that ours uses for
/// tables and choices. The forms of quantities are left to the reader's tests.
fn misfits(text: &str) -> Vec<String> {
    let root = DeTable::parse(text).expect("TOML");
    let mut found = Vec::new();
    table(&schema(), root.get_ref(), "", &mut found);
    found
}

fn table(node: &Json, table: &DeTable<'_>, path: &str, found: &mut Vec<String>) {
    for required in node["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
    {
        if table.get(required).is_none() {
            found.push(format!("{path}: no {required}"));
        }
    }
    for (key, entry) in table {
        let key = &**key.get_ref();
        let path = format!("{path}.{key}");
        let known = node["properties"].get(key);
        let by_pattern = || {
            node["patternProperties"]
                .as_object()?
                .values()
                .next()
                .filter(|_| matches!(Quantile::parse(key), Some(Ok(_))))
        };
        let by_any_name = || Some(&node["additionalProperties"]).filter(|any| any.is_object());
        match known.or_else(by_pattern).or_else(by_any_name) {
            Some(node) => value(node, entry.get_ref(), &path, found),
            None => found.push(path),
        }
    }
}

fn value(node: &Json, entry: &DeValue<'_>, path: &str, found: &mut Vec<String>) {
    let reference = node["$ref"]
        .as_str()
        .or_else(|| node["allOf"][0]["$ref"].as_str());
    if let Some(name) = reference.and_then(|reference| reference.strip_prefix("#/definitions/")) {
        return value(&schema()["definitions"][name], entry, path, found);
    }
    match entry {
        DeValue::Table(inner) if node["type"] == "object" => table(node, inner, path, found),
        DeValue::Array(list) if node["type"] == "array" => {
            list.iter()
                .for_each(|item| value(&node["items"], item.get_ref(), path, found));
        }
        DeValue::Table(_) | DeValue::Array(_) => found.push(format!("{path}: a table or a list")),
        DeValue::String(text)
            if node["enum"]
                .as_array()
                .is_some_and(|words| !words.iter().any(|word| *word == **text)) =>
        {
            found.push(format!("{path}: {text}"));
        }
        _ if node["type"] == "object" => found.push(format!("{path}: no table")),
        _ => {}
    }
}
