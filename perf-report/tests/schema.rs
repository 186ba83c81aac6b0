//! The published schemas describe the published samples, and notice what is
//! none: records, baselines, comparisons.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

/// A schema and a sample of what it describes.
#[derive(Clone, Copy)]
struct Published {
    schema: &'static str,
    sample: &'static str,
}

const RECORD: Published = Published {
    schema: include_str!("../../perf-runtime/schema/record-1.schema.json"),
    sample: include_str!("../../perf-runtime/schema/record-1.sample.json"),
};
const PORTABLE: Published = Published {
    schema: include_str!("../schema/baseline-1.schema.json"),
    sample: include_str!("../schema/baseline-1.portable.sample.json"),
};
const TIMES: Published = Published {
    schema: include_str!("../schema/baseline-1.schema.json"),
    sample: include_str!("../schema/baseline-1.times.sample.json"),
};
/// Its sample is what the renderer writes of every finding.
const COMPARISON: Published = Published {
    schema: include_str!("../schema/comparison-1.schema.json"),
    sample: include_str!("golden/comparison.json"),
};

struct Validator {
    schemas: Schemas,
    schema: SchemaIndex,
}

impl Validator {
    fn check(&self, value: &Value) -> Result<(), String> {
        let checked = self.schemas.validate(value, self.schema);
        checked.map_err(|error| error.to_string())
    }
}

impl Published {
    fn validator(self) -> Validator {
        let schema: Value = serde_json::from_str(self.schema).expect("the schema is JSON");
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        let added = compiler.add_resource("published.json", schema);
        added.expect("the schema has a good address");
        let compiled = compiler.compile("published.json", &mut schemas);
        let schema = compiled.expect("the schema is a JSON Schema and holds together");
        Validator { schemas, schema }
    }

    fn sample(self) -> Value {
        serde_json::from_str(self.sample).expect("the sample is JSON")
    }
}

#[track_caller]
fn check(change: impl Fn(&mut Value), valid: bool) {
    check_of(RECORD, change, valid);
}

#[track_caller]
fn check_of(published: Published, change: impl Fn(&mut Value), valid: bool) {
    let mut sample = published.sample();
    change(&mut sample);
    let checked = published.validator().check(&sample);
    assert_eq!(checked.is_ok(), valid, "{checked:?}");
}

#[test]
fn the_samples_are_what_the_schemas_describe() {
    for published in [RECORD, PORTABLE, TIMES, COMPARISON] {
        check_of(published, |_| {}, true);
    }
}

#[test]
fn every_field_of_a_record_is_described_and_required() {
    let optional = [
        "if_confirmed",
        "kernel",
        "target",
        "fingerprint",
        "owner",
        // Records of earlier versions do not have these.
        "budget_file",
        "code_opt_level",
        "undecided",
        "spread",
        "first",
    ];
    // In a spread, what did not differ is left out.
    each_field_is_noticed(RECORD, &optional, &["/memory/spread"]);
}

#[test]
fn every_field_of_a_baseline_is_described_and_required() {
    // Objects that are lists of names may hold any.
    let open = ["/cases", "/counts", "/budgets"];
    let optional = ["dirty", "growth", "instructions"];
    each_field_is_noticed(PORTABLE, &optional, &open);
    let optional = [
        "dirty", "floor", "load", "cpu_ns", "mean_ns", "p50_ns", "p99_ns",
    ];
    each_field_is_noticed(TIMES, &optional, &["/cases", "/budgets", "/quantiles_ns"]);
}

#[test]
fn every_field_of_a_comparison_is_described_and_required() {
    each_field_is_noticed(COMPARISON, &["command", "unix_time"], &[]);
}

/// Leaving any field out, and adding one to any object, is noticed.
#[track_caller]
fn each_field_is_noticed(published: Published, optional: &[&str], open: &[&str]) {
    let sample = || published.sample();
    let mut places = Vec::new();
    objects(&sample(), String::new(), &mut places);
    assert!(places.len() > 5, "{places:?}");
    let validator = published.validator();
    for place in places {
        if open.iter().any(|end| place.ends_with(end)) {
            continue;
        }
        let at = |record: &mut Value| {
            record
                .pointer_mut(&place)
                .and_then(Value::as_object_mut)
                .cloned()
                .expect("an object")
        };
        for field in at(&mut sample())
            .keys()
            .filter(|field| !optional.contains(&&***field))
        {
            let mut record = sample();
            record
                .pointer_mut(&place)
                .and_then(Value::as_object_mut)
                .map(|object| object.remove(field));
            assert!(
                validator.check(&record).is_err(),
                "{place}/{field} may be missing"
            );
        }
        let mut record = sample();
        record
            .pointer_mut(&place)
            .and_then(Value::as_object_mut)
            .map(|object| object.insert("odd".to_owned(), Value::Null));
        assert!(
            validator.check(&record).is_err(),
            "{place} may hold anything"
        );
    }
}

fn objects(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(name, value)| {
                let name = name.replace('~', "~0").replace('/', "~1");
                objects(value, format!("{place}/{name}"), places);
            });
            places.push(place);
        }
        Value::Array(array) => array
            .iter()
            .enumerate()
            .for_each(|(n, value)| objects(value, format!("{place}/{n}"), places)),
        _ => {}
    }
}

#[test]
fn words_are_closed_sets() {
    check(|record| record["schema"] = json!(2), false);
    check(|record| record["phase"] = json!("half"), false);
    check(
        |record| record["limits"][0]["verdict"] = json!("green"),
        false,
    );
    check(|record| record["limits"][0]["mode"] = json!("loud"), false);
    check(|record| record["limits"][0]["unit"] = json!("ms"), false);
}

#[test]
fn a_candidate_says_what_it_becomes() {
    let candidate = |record: &mut Value| {
        record["phase"] = json!("first");
        record["outcome"] = json!("candidate");
        record["limits"][0]["verdict"] = json!("candidate");
    };
    check(candidate, false);
    let complete = |record: &mut Value| {
        candidate(record);
        record["limits"][0]["if_confirmed"] = json!("fail");
    };
    check(complete, true);
}

#[test]
fn what_is_not_judged_has_a_reason() {
    let undecided = |record: &mut Value| record["limits"][0]["verdict"] = json!("undecided");
    check(undecided, false);
    let complete = |record: &mut Value| {
        undecided(record);
        record["limits"][0]["reason"] =
            json!({"kind": "boundary", "text": "the limit is where the code is"});
    };
    check(complete, true);
}

#[test]
fn words_and_numbers_of_a_baseline_are_closed_sets() {
    let case = |value: &mut Value, change: fn(&mut Value)| {
        let cases = value["cases"].as_object_mut().expect("cases");
        change(cases.values_mut().next().expect("a case"));
    };
    check_of(PORTABLE, |value| value["kind"] = json!("times"), false);
    check_of(PORTABLE, |value| value["schema"] = json!(2), false);
    check_of(
        PORTABLE,
        |value| case(value, |case| case["saved"] = json!("yesterday")),
        false,
    );
    check_of(
        PORTABLE,
        |value| case(value, |case| case["counts"]["allocs"] = json!("many")),
        false,
    );
    // A run that failed never becomes a baseline.
    check_of(
        TIMES,
        |value| {
            case(value, |case| {
                case["budgets"]["p99"]["verdict"] = json!("fail")
            })
        },
        false,
    );
    check_of(
        TIMES,
        |value| case(value, |case| case["p50_ns"] = json!([1, 2, 3, 4])),
        false,
    );
}

#[test]
fn what_is_not_judged_of_a_comparison_has_a_reason() {
    let undecided = |value: &mut Value| {
        value["comparisons"][0]["finding"] = json!("undecided");
    };
    check_of(COMPARISON, undecided, false);
    let complete = |value: &mut Value| {
        undecided(value);
        value["comparisons"][0]["reason"] = json!("one run a side");
    };
    check_of(COMPARISON, complete, true);
}
