//! The published schema of records describes the published sample, and notices
//! what is no record.

use jsonschema::Validator;
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../../perf-runtime/schema/record-1.schema.json");
const SAMPLE: &str = include_str!("../../perf-runtime/schema/record-1.sample.json");

fn validator() -> Validator {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    jsonschema::meta::validate(&schema).expect("the schema is a JSON Schema");
    jsonschema::validator_for(&schema).expect("the schema holds together")
}

fn sample() -> Value {
    serde_json::from_str(SAMPLE).expect("the sample is JSON")
}

#[track_caller]
fn check(change: impl Fn(&mut Value), valid: bool) {
    let mut record = sample();
    change(&mut record);
    let errors: Vec<String> = validator()
        .iter_errors(&record)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors.is_empty(), valid, "{errors:?}");
}

#[test]
fn the_sample_is_a_record() {
    check(|_| {}, true);
}

#[test]
fn every_field_of_the_sample_is_described_and_required() {
    // Leaving any field out, and adding one to any object, is noticed.
    let optional = ["if_confirmed", "kernel", "target", "fingerprint"];
    let mut places = Vec::new();
    objects(&sample(), String::new(), &mut places);
    assert!(places.len() > 10, "{places:?}");
    let validator = validator();
    for place in places {
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
                !validator.is_valid(&record),
                "{place}/{field} may be missing"
            );
        }
        let mut record = sample();
        record
            .pointer_mut(&place)
            .and_then(Value::as_object_mut)
            .map(|object| object.insert("odd".to_owned(), Value::Null));
        assert!(!validator.is_valid(&record), "{place} may hold anything");
    }
}

fn objects(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            object
                .iter()
                .for_each(|(name, value)| objects(value, format!("{place}/{name}"), places));
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
