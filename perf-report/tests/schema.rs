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

/// Their samples too are what the renderers write.
const REPORT: Published = Published {
    schema: include_str!("../schema/report-1.schema.json"),
    sample: include_str!("golden/report.json"),
};
/// The same of a run whose broken limit is explained.
const EXPLAINED: Published = Published {
    schema: include_str!("../schema/report-1.schema.json"),
    sample: include_str!("golden/explained.json"),
};
const HISTORY: Published = Published {
    schema: include_str!("../schema/history-1.schema.json"),
    sample: include_str!("golden/history.json"),
};
const PROFILE: Published = Published {
    schema: include_str!("../schema/profile-1.schema.json"),
    sample: include_str!("../schema/profile-1.sample.json"),
};
const TOP: Published = Published {
    schema: include_str!("../schema/top-1.schema.json"),
    sample: include_str!("golden/top.json"),
};
const DOCTOR: Published = Published {
    schema: include_str!("../schema/doctor-1.schema.json"),
    sample: include_str!("golden/doctor.json"),
};
const PROVE: Published = Published {
    schema: include_str!("../schema/prove-1.schema.json"),
    sample: include_str!("../schema/prove-1.sample.json"),
};
const DOCUMENT: Published = Published {
    schema: include_str!("../schema/baseline-document-1.schema.json"),
    sample: include_str!("golden/baseline.json"),
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
        // Beside the others, which it may refer to.
        let added = compiler.add_resource("schema/published.json", schema);
        added.expect("the schema has a good address");
        let compiled = compiler.compile("schema/published.json", &mut schemas);
        let schema = compiled.expect("the schema is a JSON Schema and holds together");
        Validator { schemas, schema }
    }

    /// With three of each of these lists: one more says nothing more.
    fn with_few(self, lists: &[&str]) -> Published {
        let mut sample = self.sample();
        for list in lists {
            let list = sample.pointer_mut(list).and_then(Value::as_array_mut);
            list.expect("it is a list").truncate(3);
        }
        Published {
            sample: sample.to_string().leak(),
            ..self
        }
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
    for published in [
        RECORD, PORTABLE, TIMES, COMPARISON, REPORT, EXPLAINED, HISTORY, DOCUMENT, PROFILE, PROVE,
    ] {
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
        "timeline",
        "undecided",
        "spread",
        "first",
        "repeated",
        "unfit_kinds",
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
    each_field_is_noticed(
        COMPARISON,
        &["command", "help", "unix_time", "what", "why"],
        &[],
    );
}

#[test]
fn every_field_of_a_profile_is_described_and_required() {
    each_field_is_noticed(PROFILE, &[], &[]);
    let thread = |value: &mut Value| value["samples"][0]["thread"] = json!(-1);
    check_of(PROFILE, thread, false);
    let origin = |value: &mut Value| value["frames"][0]["origin"] = json!("mine");
    check_of(PROFILE, origin, false);
    let stretch = |value: &mut Value| value["calls"]["timed"][0] = json!([1, 2, 3]);
    check_of(PROFILE, stretch, false);
}

#[test]
fn every_field_of_a_report_a_history_a_ranking_a_diagnosis_and_a_proof_is_described_and_required() {
    // What the record's schema describes may be missing as there.
    let optional = ["fits", "spread", "first", "peak_bytes", "why", "repeated"];
    for report in [REPORT.with_few(&["/cases"]), EXPLAINED] {
        each_field_is_noticed(report, &optional, &["/memory/spread"]);
    }
    let history = HISTORY.with_few(&["/series/0/runs"]);
    each_field_is_noticed(history, &[], &[]);
    each_field_is_noticed(TOP, &[], &[]);
    each_field_is_noticed(DOCTOR, &[], &[]);
    each_field_is_noticed(PROVE.with_few(&["/failures"]), &[], &[]);
}

/// The formats of others are as these publish them.
#[test]
fn other_programs_find_what_their_schemas_ask_for() {
    let number = json!({"type": "number"});
    let text = json!({"type": "string"});
    let measure = json!({
        "type": "object", "required": ["value"], "additionalProperties": false,
        "properties": {"value": number, "lower_value": number, "upper_value": number},
    });
    // Bencher publishes a JSON Schema of this content.
    let bencher = json!({
        "type": "object", "minProperties": 1,
        "patternProperties": {"^.{1,1024}$": {"type": "object", "minProperties": 1, "patternProperties": {"^.{1,64}$": measure}, "additionalProperties": false}},
        "additionalProperties": false,
    });
    // The README of github-action-benchmark, customSmallerIsBetter.
    let action = json!({"type": "array", "minItems": 1, "items": {
        "type": "object", "required": ["name", "unit", "value"], "additionalProperties": false,
        "properties": {"name": text, "unit": text, "value": number, "range": text, "extra": text},
    }});
    // What its tool `pytest` reads, and pytest-benchmark's own `compare`.
    let stats = [
        "min",
        "max",
        "mean",
        "stddev",
        "rounds",
        "median",
        "iqr",
        "q1",
        "q3",
        "ops",
        "total",
        "iterations",
    ];
    let pytest = json!({"type": "object", "required": ["machine_info", "commit_info", "benchmarks", "datetime", "version"], "properties": {
        "benchmarks": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["group", "name", "fullname", "params", "param", "extra_info", "options", "stats"],
            "properties": {"fullname": text, "stats": {"type": "object", "required": stats, "additionalProperties": {"type": ["number", "string"]}}},
        }},
    }});
    for (schema, sample) in [
        (bencher, include_str!("golden/bmf.json")),
        (action, include_str!("golden/github-action-benchmark.json")),
        (pytest, include_str!("golden/pytest-benchmark.json")),
    ] {
        let schema = schema.to_string();
        let published = Published {
            schema: schema.leak(),
            sample,
        };
        check_of(published, |_| {}, true);
        check_of(published, |value| *value = json!([{"name": 1}]), false);
    }
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
