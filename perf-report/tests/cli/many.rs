//! Large runs: what is read, judged and shown grows no faster than the run.

use serde_json::{Value, json};

use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[(
    "a run of four thousand cases is shown and compared in seconds",
    four_thousand_cases,
)];

const SAMPLE: &str = include_str!("../../../perf-runtime/schema/record-1.sample.json");
const CASES: usize = 4_000;

/// What one call may take, with this program unoptimised: a tenth of it is usual,
/// and one that looked at all rows for each row took twenty seconds.
#[cfg(target_os = "linux")]
const SECONDS: u64 = 5;

/// A run in which nothing is like its neighbour: notes, warnings, reasons.
fn store(workspace: &Workspace, run: &str) {
    let mut record: Value = serde_json::from_str(SAMPLE).expect("the sample is JSON");
    for heavy in [
        "allocations",
        "breakdown",
        "histogram",
        "load",
        "program",
        "trace",
        "growth",
    ] {
        record[heavy] = Value::Null;
    }
    record["run"] = run.into();
    let folder = workspace.path("target/perf/runs").join(run);
    std::fs::create_dir_all(&folder).expect("a folder");
    for number in 0..CASES {
        record["case"]["id"] = format!("app::sorts{}/{number}", number % 7).into();
        record["notes"] = json!([format!("note {number}")]);
        record["environment"]["unfit"] = json!([format!("neighbour {number}")]);
        let text = record.to_string();
        std::fs::write(folder.join(format!("{number}.json")), text).expect("written");
    }
    // As many again that left no record, in a process that died.
    let listed = |number: usize| json!({"id": format!("app::lost/{number}"), "test": "", "source": "a.rs:1", "limits": []});
    let manifest = json!({
        "schema": 1,
        "run": run,
        "cases": (0..CASES).map(listed).collect::<Vec<_>>(),
        "ignored": 0,
        "deaths": [{
            "binary": "app", "how": "was killed", "at": null, "stderr": [],
            "cases": (0..CASES).map(|number| format!("app::lost/{number}")).collect::<Vec<_>>(),
        }],
        "warnings": (0..CASES).map(|number| format!("warning {number}")).collect::<Vec<_>>(),
        "problems": [],
    });
    std::fs::write(folder.join("run.json"), manifest.to_string()).expect("written");
}

/// Processor time of this thread, where the system says so.
#[cfg(target_os = "linux")]
fn processor_seconds() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux says");
    let ns: u64 = text
        .split(' ')
        .next()
        .and_then(|ns| ns.parse().ok())
        .expect("a number");
    ns / 1_000_000_000
}

fn four_thousand_cases() {
    let workspace = Workspace::new("sound");
    store(&workspace, "big");
    let lines = [
        "perf report big",
        "perf report big --format markdown",
        "perf report big --format junit",
        "perf report big --format html",
        "perf compare big big-again",
    ];
    store(&workspace, "big-again");
    for line in lines {
        #[cfg(target_os = "linux")]
        let before = processor_seconds();
        let outcome = workspace.call(line);
        #[cfg(target_os = "linux")]
        assert!(processor_seconds() - before <= SECONDS, "{line}");
        assert!(
            outcome.out.contains("app::sorts0/3990") || line.contains("compare"),
            "{line}"
        );
        assert_eq!(
            outcome.code,
            if line.contains("compare") { 0 } else { 1 },
            "{line}: {}",
            outcome.err
        );
    }
}
