//! Folders of records, as tests leave them.

use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;

const SAMPLE: &str = include_str!("../../../perf-runtime/schema/record-1.sample.json");
/// A Friday in November 2026.
const FIRST: u64 = 1_795_179_912;

/// The record that its schema has as a sample.
pub(crate) fn sample() -> Value {
    // Reading it takes longer than what most tests do with it.
    static READ: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(SAMPLE).expect("the sample is JSON"));
    READ.clone()
}

/// The records of one run of `cargo test`.
pub(crate) struct Records {
    run: String,
    records: Vec<Value>,
}

impl Records {
    pub(crate) fn new(run: &str) -> Records {
        Records {
            run: run.to_owned(),
            records: Vec::new(),
        }
    }

    /// Adds a case that passes, with this median in nanoseconds.
    pub(crate) fn case(mut self, id: &str, p50: f64) -> Records {
        let mut record = sample();
        record["run"] = self.run.as_str().into();
        record["case"]["id"] = id.into();
        record["case"]["package"] = id.split("::").next().into();
        record["outcome"] = "pass".into();
        record["limits"][0]["verdict"] = "pass".into();
        record["summary"]["p50"] = p50.into();
        record["summary"]["p99"] = (p50 * 1.3).into();
        // A record of a few hundred lines is a few hundred lines too long here.
        record["allocations"] = Value::Null;
        self.records.push(record);
        self
    }

    /// Sets a field of every record.
    pub(crate) fn set(&mut self, pointer: &str, value: Value) {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        for record in &mut self.records {
            let parent = record.pointer_mut(parent).expect("a field");
            parent[name] = value.clone();
        }
    }

    /// Measured this many days after the first.
    pub(crate) fn day(&mut self, nth: u64) {
        self.set("/unix_time", (FIRST + nth * 86_400).into());
    }

    /// The first limit of every record is broken, and waived.
    pub(crate) fn waive(&mut self, reason: &str, until: &str) {
        let waiver = serde_json::json!({"reason": reason, "until": until, "source": "perf-budgets.toml:3:1"});
        self.set("/limits/0/waiver", waiver);
        self.set("/limits/0/verdict", "waived".into());
        self.set("/outcome", "waived".into());
    }

    pub(crate) fn write(&self, folder: &Path) {
        std::fs::create_dir_all(folder).expect("a folder");
        for record in &self.records {
            let id = record["case"]["id"].as_str().expect("an id");
            let file = folder.join(id.replace("::", ".") + ".json");
            std::fs::write(file, record.to_string()).expect("written");
        }
    }
}
