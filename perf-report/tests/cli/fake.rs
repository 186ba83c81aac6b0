//! Plays cargo, and plays the test binaries `app` and `web`.
//!
//! Each of the two has its cases in [`cases`], needs two sweeps, and behaves as
//! the scenario says.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use perf_grammar::Unit;
use serde_json::{Value, json};

use crate::connection::{next_command, say};
use crate::{deaths, file, profiles, prove};

/// The variable that names the scenario; set, it turns the test into a fake.
pub(crate) const SCENARIO: &str = "PERF_FAKE";
/// What asks cargo for its version.
pub(crate) const VERSION: &str = "-vV";
/// The variable that names the folder of the workspace.
pub(crate) const FOLDER: &str = "PERF_FAKE_FOLDER";

/// What makes an executable a worker.
#[used]
static MARKER: [u8; 31] = *b"perf-budget-worker-protocol-1.1";

const ALLOCATIONS: &str = include_str!("../golden/allocations.json");
const SAMPLE: &str = include_str!("../../../perf-runtime/schema/record-1.sample.json");

pub(crate) fn play() -> ExitCode {
    std::hint::black_box(&MARKER);
    let first = std::env::args().nth(1).unwrap_or_default();
    match &*first {
        VERSION => println!("cargo 1.89.0\nrelease: 1.89.0\nhost: x86_64-unknown-linux-gnu"),
        "metadata" => metadata(),
        "test" => return test(),
        "::perf_budget" => return worker(),
        other => panic!("nobody plays {other}"),
    }
    ExitCode::SUCCESS
}

pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn metadata() {
    let folder = PathBuf::from(variable(FOLDER));
    let gated = json!([{"kind": ["test"], "name": "gated", "test": true, "src_path": folder.join("app/gated.rs"), "required-features": ["net"]}]);
    // A package that is set up for budgets, for `doctor`.
    let is_set_up = variable(SCENARIO).ends_with("diagnosed");
    let library = |path: &str| json!({"kind": ["lib"], "name": "app", "test": true, "src_path": folder.join(path)});
    // One that is not, for `init`.
    let is_fresh = variable(SCENARIO).starts_with("fresh");
    let test = folder.join("app/tests/perf_budgets.rs");
    let added = json!({"kind": ["test"], "name": "perf_budgets", "test": true, "src_path": test});
    let targets = |name: &str| match name {
        "app" if is_set_up => json!([library("app/lib.rs")]),
        "app" if is_fresh && test.is_file() => json!([library("app/src/lib.rs"), added]),
        "app" if is_fresh => json!([library("app/src/lib.rs")]),
        "app" => gated.clone(),
        _ => json!([]),
    };
    let manifest = |name: &str| folder.join(name).join("Cargo.toml");
    let depends =
        std::fs::read_to_string(manifest("app")).is_ok_and(|text| text.contains("perf-runtime"));
    let dependencies = |name: &str| match name {
        "app" if is_set_up || depends => json!([{"name": "perf-runtime"}]),
        _ => json!([]),
    };
    let package = |name: &str| json!({"id": name, "name": name, "version": "0.1.0", "edition": "2021", "manifest_path": manifest(name), "targets": targets(name), "dependencies": dependencies(name)});
    println!(
        "{}",
        json!({"packages": [package("app"), package("web")], "target_directory": folder.join("target"), "workspace_root": folder})
    );
}

fn test() -> ExitCode {
    let folder = PathBuf::from(variable(FOLDER));
    let (mut arguments, mut debug) = (Vec::new(), Vec::new());
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        match &*argument {
            "--config" => debug.extend(given.next()),
            _ => arguments.push(argument),
        }
    }
    std::fs::write(folder.join("cargo-arguments"), arguments.join(" ")).expect("written");
    std::fs::write(folder.join("cargo-debug"), debug.join("\n")).expect("written");
    match &*variable(SCENARIO) {
        "unbuilt" | "unbuilt diagnosed" | "fresh unbuilt" => return ExitCode::from(101),
        "builds for long" | "fresh builds for long" => deaths::wait_under("building"),
        _ => {}
    }
    let artifact = |package: &str, kind: &str, executable: PathBuf| {
        json!({
            "reason": "compiler-artifact", "package_id": package,
            "manifest_path": folder.join(package).join("Cargo.toml"),
            "target": {"kind": [kind], "name": package}, "profile": {"test": true},
            "executable": executable, "filenames": [],
        })
    };
    let this = std::env::current_exe().expect("this test");
    println!("{}", artifact("app", "lib", folder.join("plain-test")));
    println!("{}", json!({"reason": "build-finished", "success": true}));
    if variable(SCENARIO) != "plain" {
        println!("{}", artifact("app", "lib", this.clone()));
        println!("{}", artifact("web", "test", this));
    }
    ExitCode::SUCCESS
}

/// Id, tag, and whether it is ignored.
fn cases(package: &str) -> &'static [(&'static str, &'static str, bool)] {
    match package {
        "app" => &[("app::fast", "quick", false), ("app::slow", "slow", false)],
        _ => &[
            ("web::page", "network", false),
            ("web::old", "network", true),
        ],
    }
}

fn worker() -> ExitCode {
    let (scenario, task, package) = (
        variable(SCENARIO),
        variable("PERF_WORKER_TASK"),
        variable("CARGO_PKG_NAME"),
    );
    let here = std::env::current_dir().expect("a folder");
    assert!(
        here.ends_with(&package),
        "a test runs in its package: {}",
        here.display()
    );
    match &*scenario {
        "mute" => return ExitCode::SUCCESS,
        "exits early" if package == "web" => return ExitCode::SUCCESS,
        "loops before main" if package == "web" => deaths::wait_under("looping"),
        "forges" => print!("\x1e{{\"t\":\"hello\",\"protocol\":99}}\n\x1e{{\"t\":\"bye\"}}\n"),
        "unlisted" if package == "web" => panic!("no list today"),
        _ => {}
    }
    let protocol = if scenario == "later" { 2 } else { 1 };
    say(
        &json!({"t": "hello", "protocol": protocol, "runtime": "0.1.0", "package": package, "target": null, "heartbeat_ms": 50}),
    );
    if scenario == "diagnosed" && task == "list" {
        let sample: Value = serde_json::from_str(SAMPLE).expect("the sample is JSON");
        let environment = &sample["environment"];
        say(&json!({"t": "surroundings", "allocator": "counting", "environment": environment}));
    }
    if scenario == "mistake" {
        say(
            &json!({"t": "config_error", "text": "perf-budgets.toml:3:5: unknown key `p9x`; did you mean `p99`?"}),
        );
    } else {
        let chosen: Vec<&str> = cases(&package)
            .iter()
            .filter(|case| is_chosen(case))
            .map(|(id, ..)| *id)
            .collect();
        let chosen = if scenario == "empty" {
            Vec::new()
        } else {
            chosen
        };
        match &*task {
            "list" => chosen.iter().for_each(|id| say(&listed(id, &package))),
            "bursts" => profiles::serve(&package, &chosen),
            _ => measure(&scenario, &task, &package, &chosen),
        }
    }
    say(&json!({"t": "bye"}));
    if scenario == "lingers" && task == "measure" && package == "web" {
        deaths::wait();
    }
    ExitCode::SUCCESS
}

fn is_chosen(&(id, tag, ignored): &(&str, &str, bool)) -> bool {
    let lines = |name: &str| {
        variable(name)
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (select, tags) = (lines("PERF_WORKER_SELECT"), lines("PERF_WORKER_TAGS"));
    let named = select.is_empty()
        || select
            .iter()
            .any(|pattern| match pattern.strip_prefix('=') {
                Some(exact) => exact == id,
                None => id == pattern || id.ends_with(&format!("::{pattern}")),
            });
    let asked = |name: &str, own: &str| {
        let wanted = lines(name);
        wanted.is_empty() || wanted.iter().any(|wanted| wanted == own)
    };
    let labelled = asked("PERF_WORKER_CLASSES", "critical")
        && asked("PERF_WORKER_IDS", requirement(id))
        && asked("PERF_WORKER_GROUPS", "config");
    let wanted: Vec<&String> = tags.iter().filter(|tag| !tag.starts_with('-')).collect();
    let tagged = wanted.is_empty() || wanted.iter().any(|wanted| *wanted == tag);
    named
        && labelled
        && tagged
        && !tags.contains(&format!("-{tag}"))
        && (!ignored || variable("PERF_WORKER_IGNORED") == "1")
}

/// The name of the requirement that a case is for.
fn requirement(id: &str) -> &'static str {
    if id == "app::fast" { "PERF001" } else { "" }
}

fn listed(id: &str, package: &str) -> Value {
    let (_, tag, ignored) = cases(package)
        .iter()
        .find(|case| case.0 == id)
        .expect("a case");
    // The first case of each binary is a twin, so whichever speaks first, the
    // two that meet are of two binaries.
    let twin = variable(SCENARIO) == "twins" && cases(package)[0].0 == id;
    json!({
        "t": "case", "id": if twin { "app::twin" } else { id }, "test": "x::perf_budget", "source": format!("src/lib.rs:{}", line(id)), "time_limits": 1,
        "limits": [
            limit(id, "p99", "10ms", &format!("src/lib.rs:{}:15", line(id))),
            limit(id, "mem", "50MB", &format!("src/lib.rs:{}:29", line(id))),
        ],
        "class": "critical", "group": "config", "requirement": Some(requirement(id)).filter(|name| !name.is_empty()),
        "tags": [tag], "ignored": ignored,
        "explain": ["p99 = 10 ms, from the attribute"],
    })
}

/// Where the case is annotated.
fn line(id: &str) -> u32 {
    match id {
        "app::fast" => 3,
        "app::slow" => 13,
        "web::page" => 23,
        _ => 33,
    }
}

/// A limit of the attribute, or what the budget file says instead.
fn limit(id: &str, metric: &str, text: &str, place: &str) -> Value {
    let of_file = file::limit(id, metric);
    let (layer, text, place) = match &of_file {
        Some(limit) => ("budget", &*limit.text, &*limit.place),
        None => ("attribute", text, place),
    };
    let shown = perf_grammar::format(unit(metric), base(metric, text) as f64);
    json!({"metric": metric, "limit": shown, "mode": "hard", "layer": layer, "source": place})
}

fn unit(metric: &str) -> Unit {
    if metric == "mem" {
        Unit::Bytes
    } else {
        Unit::Duration
    }
}

fn base(metric: &str, text: &str) -> u64 {
    perf_grammar::parse(unit(metric), text).expect("a limit")
}

/// What workers were told, a line each.
pub(crate) fn turns() -> std::fs::File {
    let file = PathBuf::from(variable(FOLDER)).join("turns");
    let file = std::fs::File::options()
        .append(true)
        .create(true)
        .open(file);
    file.expect("a file")
}

fn measure(scenario: &str, task: &str, package: &str, ids: &[&str]) {
    let folder = PathBuf::from(variable(FOLDER));
    let mut turns = turns();
    for sweep in 0.. {
        let Some(line) = next_command() else { return };
        assert_eq!(line, "go");
        if sweep == 2 {
            return;
        }
        let asked: String = ["PERF_INSTRUCTIONS", "PERF_ALLOC_PROFILE"]
            .map(variable)
            .iter()
            .filter(|value| !value.is_empty())
            .map(|value| format!(" {value}"))
            .collect();
        writeln!(turns, "{task} {package} {}{asked}", ids.join(" ")).expect("written");
        for id in ids {
            say(&json!({"t": if sweep == 0 { "begin" } else { "at" }, "id": id}));
            let struck = *id == "app::slow" && sweep == 1;
            if struck {
                deaths::strike(scenario, task);
            }
            match scenario {
                "crash" if struck => die(),
                "orphan" if struck => {
                    deaths::sleep_for_long();
                    die();
                }
                "dies confirming" if struck && task == "confirm" => die(),
                "garbled" if struck => say(&json!("no message")),
                "meddles" if struck => {
                    let path = folder.join("perf-budgets.toml");
                    let text = std::fs::read_to_string(&path).unwrap_or_default();
                    std::fs::write(&path, text + "# meddled\n").expect("written");
                }
                _ => {}
            }
            if sweep == 1 {
                settle(scenario, task, id, ids);
            }
        }
        if scenario == "dies between" && ids.contains(&"app::slow") {
            say(&json!({"t": "swept", "open": ids.len()}));
            let _ = next_command();
            die();
        }
        let open = if sweep == 0 { ids.len() } else { 0 };
        say(&json!({"t": "swept", "open": open, "done": sweep, "total": 2, "left_ms": open * 10}));
    }
}

fn die() -> ! {
    eprintln!("thread 'main' has overflowed its stack");
    std::process::abort()
}

fn settle(scenario: &str, task: &str, id: &str, ids: &[&str]) {
    let is_slow = prove::is_slow(scenario, id);
    let broken = is_slow
        || id == "app::slow"
            && ["fail", "fresh fail", "flaky", "dies confirming"].contains(&scenario);
    let phase = match task {
        "confirm" => "confirm",
        _ if broken => "first",
        _ => "whole",
    };
    let word = match (scenario, phase) {
        (_, "first") => "candidate",
        ("fail" | "fresh fail", "confirm") => "fail",
        (_, "confirm") if is_slow => "fail",
        ("undecided", _) if id == "app::slow" => "undecided",
        ("warn", _) if id == "app::slow" => "warn",
        _ => "pass",
    };
    let mut record: Value = serde_json::from_str(SAMPLE).expect("the sample is JSON");
    record["run"] = variable("PERF_RUN_ID").into();
    record["phase"] = phase.into();
    record["outcome"] = word.into();
    // As in a binary that counts, whose first case breaks its limit on memory.
    let captured = id.starts_with("app::")
        && (id == "app::slow" || !variable("PERF_ALLOC_PROFILE").is_empty());
    record["allocations"] = if captured {
        serde_json::from_str(ALLOCATIONS).expect("the field is JSON")
    } else {
        Value::Null
    };
    record["case"]["id"] = id.into();
    record["case"]["package"] = id.split("::").next().into();
    vary(&mut record, scenario, id);
    record["plan"]["time_limits_in_run"] = variable("PERF_TIME_LIMITS")
        .parse::<u64>()
        .expect("a number")
        .into();
    for (at, metric) in ["p99", "mem"].into_iter().enumerate() {
        if let Some(limit) = file::limit(id, metric) {
            let value = base(metric, &limit.text);
            record["limits"][at]["limit"] = value.into();
            record["limits"][at]["declared"] = value.into();
        }
    }
    let limit = &mut record["limits"][0];
    limit["verdict"] = word.into();
    if word == "pass" {
        limit["measured"] = 2e6.into();
        limit["evidence"]["upper"] = 2.4e6.into();
    }
    if scenario == "waived" && id == "app::fast" {
        limit["waiver"] = json!({"reason": "#123", "until": "2999-12-31", "place": file::waiver()});
    }
    limit["confirmation"] = Value::Null;
    if word != "candidate" && word != "fail" {
        limit["sentence"] = format!("p99 is {word} in {task} of {}", ids.len()).into();
    } else if phase == "first" {
        limit["if_confirmed"] = "fail".into();
    }
    prove::plant(&mut record, scenario, id);
    let end = if phase == "confirm" {
        ".confirm.json"
    } else {
        ".json"
    };
    let file = PathBuf::from(variable("PERF_OUT_DIR"))
        .join("runs")
        .join(variable("PERF_RUN_ID"))
        .join(id.replace("::", ".") + end);
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    let is_broken = ["broken", "meddled with"].contains(&scenario) && id == "app::slow";
    let text = match is_broken {
        true => "{\n \"schema\": 1,\n oops".to_owned(),
        false => record.to_string(),
    };
    // A file cannot take the place of a folder.
    match scenario {
        "full disk" => std::fs::create_dir_all(&file),
        _ => std::fs::write(&file, text),
    }
    .expect("written");
    let mut message = match phase {
        "first" => json!({"t": "candidate", "id": id}),
        _ => {
            json!({"t": "verdict", "id": id, "outcome": word, "sentence": format!("p99 {word}")})
        }
    };
    // Older workers send no record.
    if scenario != "broken" {
        message["file"] = file.file_name().and_then(|name| name.to_str()).into();
        message["record"] = record.to_string().into();
    }
    say(&message);
}

/// What differs between runs: a little noise, and what the scenario changes.
fn vary(record: &mut Value, scenario: &str, id: &str) {
    let run = variable("PERF_RUN_ID");
    let number: u32 = run
        .rsplit('-')
        .next()
        .and_then(|end| end.parse().ok())
        .unwrap_or_default();
    let checks = !run.contains("-save-");
    let waiver = record["plan"]["regression"]["waiver"].take();
    let mut factor = 1.0 + f64::from(number % 3) * 0.001;
    if id == "app::slow" {
        match scenario {
            "slower" if checks => factor *= 1.5,
            "excused" if checks => {
                factor *= 1.5;
                record["plan"]["regression"]["waiver"] = waiver;
            }
            "slower once" if run.ends_with("-check-1") => factor *= 1.5,
            "drifting" if number > 3 => factor *= 1.3,
            "more" => record["memory"]["allocs"] = 413.into(),
            _ => {}
        }
    }
    for time in ["p50", "p99"] {
        let ns = record["summary"][time].as_f64().expect("a time");
        record["summary"][time] = (ns * factor).into();
    }
}
