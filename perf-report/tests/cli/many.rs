//! Large runs: what is read, judged and shown grows no faster than the run.

use serde_json::{Value, json};

use crate::past::sample;
use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a run of four thousand cases is shown and compared in seconds",
        four_thousand_cases,
    ),
    #[cfg(target_os = "linux")]
    (
        "ten thousand records are written in every format in 5 s each and 300 MB",
        ten_thousand_records,
    ),
];

const CASES: usize = 4_000;

/// What one call may take for each case, with this program unoptimised: a tenth of it is
/// usual. One that looked at all rows for each row took four times as much, and of half of
/// the cases would take twice as much.
#[cfg(target_os = "linux")]
const SECONDS: f64 = 5.0 / CASES as f64;

/// A run in which nothing is like its neighbour: notes, warnings, reasons.
fn store(workspace: &Workspace, run: &str) {
    let cases = cases();
    records(workspace, run, cases);
    manifest(workspace, run, cases);
}

fn records(workspace: &Workspace, run: &str, cases: usize) {
    let mut record = sample();
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
    for number in 0..cases {
        record["case"]["id"] = format!("app::sorts{}/{number}", number % 7).into();
        record["notes"] = json!([format!("note {number}")]);
        record["environment"]["unfit"] = json!([format!("neighbour {number}")]);
        let text = record.to_string();
        std::fs::write(folder.join(format!("{number}.json")), text).expect("written");
    }
}

fn manifest(workspace: &Workspace, run: &str, cases: usize) {
    let folder = workspace.path("target/perf/runs").join(run);
    // As many again that left no record, in a process that died.
    let listed = |number: usize| json!({"id": format!("app::lost/{number}"), "test": "", "source": "a.rs:1", "limits": []});
    let manifest = json!({
        "schema": 1,
        "run": run,
        "cases": (0..cases).map(listed).collect::<Vec<_>>(),
        "ignored": 0,
        "deaths": [{
            "binary": "app", "how": "was killed", "at": null, "stderr": [],
            "cases": (0..cases).map(|number| format!("app::lost/{number}")).collect::<Vec<_>>(),
        }],
        "warnings": (0..cases).map(|number| format!("warning {number}")).collect::<Vec<_>>(),
        "problems": [],
    });
    std::fs::write(folder.join("run.json"), manifest.to_string()).expect("written");
}

/// Processor time of this thread, where the system says so.
#[cfg(target_os = "linux")]
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux says");
    let ns = text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok());
    ns.expect("a number") / 1e9
}

fn four_thousand_cases() {
    let workspace = Workspace::new("sound");
    store(&workspace, "big");
    let lines = ["perf report big", "perf compare big big-again"];
    store(&workspace, "big-again");
    for line in lines {
        #[cfg(target_os = "linux")]
        let before = processor_seconds();
        let outcome = workspace.call(line);
        #[cfg(target_os = "linux")]
        {
            let took = processor_seconds() - before;
            assert!(took <= SECONDS * cases() as f64, "{line}: {took} s");
        }
        let last = format!("app::sorts0/{}", (cases() - 1) / 7 * 7);
        assert!(
            outcome.out.contains(&last) || line.contains("compare"),
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

/// How many cases are shown and compared.
fn cases() -> usize {
    CASES.min(2 * many())
}

/// How many records are written in every format, in the ordinary run of CI fewer.
fn many() -> usize {
    let asked = std::env::var("PERF_RECORDS").ok();
    asked.map_or(10_000, |text| {
        text.parse().expect("PERF_RECORDS is a number")
    })
}

/// One process reads them once and writes each format: that all of them together keep
/// within what one may take says more, and costs less.
#[cfg(target_os = "linux")]
fn ten_thousand_records() {
    const FORMATS: [&str; 13] = [
        "terminal",
        "markdown",
        "comment",
        "github",
        "junit",
        "html",
        "json",
        "csv",
        "openmetrics",
        "bmf",
        "github-action-benchmark",
        "pytest-benchmark",
        "go-bench",
    ];
    let workspace = Workspace::new("sound");
    let cases = many();
    records(&workspace, "big", cases);
    let outputs = FORMATS.map(|format| format!(" --output {format}={format}.out"));
    let line = format!("perf report big --format comment{}", outputs.concat());
    let mut child = workspace
        .command(&line)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the program");
    let mut most = (0, 0);
    let code = loop {
        // What the system knows of it is gone with its end.
        let of = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", child.id()));
        let seen = (
            of("status").unwrap_or_default(),
            of("schedstat").unwrap_or_default(),
        );
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok());
        let peak = seen.0.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = number(peak.and_then(|rest| rest.split_whitespace().next()));
        let ns = number(seen.1.split(' ').next());
        most = (most.0.max(kib.unwrap_or(0)), most.1.max(ns.unwrap_or(0)));
        if let Some(status) = child.try_wait().expect("it is a child") {
            break status.code();
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    assert_eq!(code, Some(1));
    let (mb, seconds) = (most.0 as f64 * 1.024e-3, most.1 as f64 / 1e9);
    println!(
        "{} formats of {cases} records: {seconds:.1} s, {mb:.0} MB",
        FORMATS.len()
    );
    assert!(mb > 20.0 && mb <= 300.0, "{mb} MB");
    assert!(
        seconds > 0.1 && seconds <= 5.0 * FORMATS.len() as f64,
        "{seconds} s"
    );
    for format in FORMATS {
        let length = std::fs::metadata(workspace.path(&format!("{format}.out")))
            .map_or(0, |file| file.len());
        assert!(length > 10_000, "{format}: {length} bytes");
    }
}
