//! The pictures of a page and of a comment that the README shows.
//!
//! `PERF_REPORT_BLESS=1 cargo test -p perf-report --test cli picture` makes them anew.

use std::path::Path;

use perf_statistics::Random;
use pulldown_cmark::{Options, Parser};
use serde_json::{Value, json};

use crate::browser::open;
use crate::past::sample;
use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[(
    "the pictures of the README are of a page and of a comment",
    pictures,
)];

/// It is part of every clone.
const MOST_BYTES: usize = 100_000;
const RUNS: u64 = 24;

/// As GitHub shows a comment.
const COMMENT_STYLE: &str = "<!doctype html><meta charset=utf-8><style>
body { font: 14px/1.5 'Liberation Sans', Arial, sans-serif; color: #1f2328; max-width: 1100px; margin: 16px auto; padding: 4px 20px; border: 1px solid #d1d9e0; border-radius: 6px; }
h2 { font-size: 21px; border-bottom: 1px solid #d1d9e0; padding-bottom: 6px; }
table { border-collapse: collapse; }
td, th { border: 1px solid #d1d9e0; padding: 5px 12px; }
code, pre { font: 12px 'Liberation Mono', monospace; background: #818b981f; border-radius: 6px; padding: 2px 5px; }
pre { padding: 12px; } pre code { background: none; padding: 0; }
</style>";

/// Name, median and limit in microseconds.
const CASES: [(&str, f64, f64); 12] = [
    ("shop::cart::adds_an_item", 18.0, 50.0),
    ("shop::cart::totals", 4.1, 10.0),
    ("shop::checkout::reserves_stock", 310.0, 500.0),
    ("shop::checkout::takes_an_order", 840.0, 900.0),
    ("shop::login::hashes_a_password", 9_200.0, 20_000.0),
    ("shop::login::opens_a_session", 61.0, 100.0),
    ("shop::pages::renders_the_front_page", 1_350.0, 2_000.0),
    ("shop::pages::renders_a_product", 420.0, 600.0),
    ("shop::search::finds_by_prefix", 27.0, 45.0),
    ("shop::search::ranks", 96.0, 250.0),
    ("shop::stock::imports/1000", 5_400.0, 9_000.0),
    ("shop::stock::imports/10000", 61_000.0, 90_000.0),
];

/// A record of a case: most calls around the median, a few twice as slow.
fn record(run: &str, time: u64, nth: usize, factor: f64, random: &mut Random) -> Value {
    let (id, median, limit) = CASES[nth];
    let mut record = sample();
    let mut round = |_| -> Vec<f64> {
        let noise = |random: &mut Random| (0..6).map(|_| random.unit()).sum::<f64>() / 6.0 - 0.5;
        let call = |_| {
            let slow = if random.unit() < 0.04 { 1.35 } else { 1.0 };
            median * factor * 1e3 * slow * (1.0 + 0.5 * noise(random))
        };
        (0..40).map(call).collect()
    };
    let rounds: Vec<Vec<f64>> = (0..50).map(&mut round).collect();
    let mut calls: Vec<f64> = rounds.concat();
    calls.sort_by(f64::total_cmp);
    let at = |share: f64| calls[(share * (calls.len() - 1) as f64) as usize];
    let (p50, p99, limit) = (at(0.5), at(0.99), limit * 1e3);
    let verdict = if p99 > limit { "fail" } else { "pass" };
    record["run"] = run.into();
    record["unix_time"] = time.into();
    record["case"]["id"] = id.into();
    record["case"]["file"] = format!("src/{}.rs", id.split("::").nth(1).expect("a module")).into();
    record["outcome"] = verdict.into();
    for label in ["group", "requirement"] {
        record["case"][label] = Value::Null;
    }
    record["case"]["tags"] = json!([]);
    record["histogram"]["buckets"] = calls.iter().map(|ns| json!([ns, 1])).collect();
    let stretch = |(nth, round): (usize, &Vec<f64>)| {
        let mut round = round.clone();
        round.sort_by(f64::total_cmp);
        json!([nth as u64 * 40_000_000, 40, round[0], round[20], round[39]])
    };
    record["timeline"] = rounds.iter().enumerate().map(stretch).collect();
    for (name, value) in [
        ("min", at(0.0)),
        ("p50", p50),
        ("p99", p99),
        ("max", at(1.0)),
    ] {
        record["summary"][name] = value.into();
    }
    record["summary"]["calls"] = calls.len().into();
    let more = if factor > 1.1 { 1.19 } else { 1.0 };
    record["instructions"]["count"] = ((median * more * 3e3) as u64).into();
    record["plan"]["regression"]["waiver"] = Value::Null;
    record["memory"]["allocs"] = (nth * nth * 7 + 3).into();
    record["limits"][0]["limit"] = (limit as u64).into();
    record["limits"][0]["measured"] = p99.into();
    let bound = if verdict == "fail" { "lower" } else { "upper" };
    let evidence = json!({"calls": calls.len(), "above": 0, "rounds": 50, "slots": calls.len(), "lower": null, "upper": null, "log_e_fail": 0.0, "log_e_pass": 0.0});
    record["limits"][0]["evidence"] = evidence;
    record["limits"][0]["evidence"][bound] =
        (p99 * if verdict == "fail" { 0.96 } else { 1.05 }).into();
    record["limits"][0]["share"] = (p99 / limit).into();
    record["limits"][0]["verdict"] = verdict.into();
    record["limits"][0]["confirmation"] = Value::Null;
    let [shown, limit] = [p99, limit].map(perf_grammar::format_duration);
    let relation = if verdict == "fail" { "over" } else { "within" };
    record["limits"][0]["sentence"] =
        format!("p99 {shown} is {relation} its budget of {limit}").into();
    record["limits"][0]["details"] = json!(["from 2,000 calls; budget at src/checkout.rs:42"]);
    record["limits"].as_array_mut().expect("limits").truncate(1);
    record["disturbed"] = Value::Null;
    record["allocations"] = Value::Null;
    record
}

fn pictures() {
    let workspace = Workspace::new("sound");
    let mut random = Random::new(5);
    for run in 0..RUNS {
        let name = format!("r{run:02}");
        let folder = workspace.path("target/perf/runs").join(&name);
        std::fs::create_dir_all(&folder).expect("a folder");
        for nth in 0..CASES.len() {
            let slower = if nth == 3 && run >= 15 { 1.19 } else { 1.0 };
            let factor = slower * (1.0 + 0.02 * random.unit());
            let record = record(
                &name,
                1_795_000_000 + run * 86_400,
                nth,
                factor,
                &mut random,
            );
            std::fs::write(folder.join(format!("{nth}.json")), record.to_string())
                .expect("written");
        }
        #[cfg(feature = "history")]
        workspace
            .call(&format!(
                "perf merge target/perf/runs/{name} --commit {:040x}",
                (run + 11) * 0x9e37_79b9_7f4a
            ))
            .shows(0, &["1 run added"]);
    }
    let line = format!("perf report r{} --format html --output page.html", RUNS - 1);
    workspace.call(&line).shows(1, &["the page is page.html"]);
    let address = "page.html#case=shop%3A%3Acheckout%3A%3Atakes_an_order";
    picture(&workspace, address, "page.webp", "1400,960");

    let runs = |range: std::ops::Range<u64>| {
        let names: Vec<String> = range.map(|run| format!("r{run:02}")).collect();
        names.join(",")
    };
    let line = format!("perf compare {} {}", runs(0..15), runs(15..RUNS));
    workspace
        .call(&format!("{line} --format json --output ab.json"))
        .shows(1, &[]);
    let line = format!(
        "perf report r{} --format comment --compared ab.json",
        RUNS - 1
    );
    workspace
        .call(&format!("{line} --output comment.md"))
        .shows(1, &[]);
    let comment = workspace.read("comment.md");
    let options = Options::ENABLE_TABLES;
    let mut html = COMMENT_STYLE.to_owned();
    pulldown_cmark::html::push_html(&mut html, Parser::new_ext(&comment, options));
    // No font of a headless machine has it.
    let html = html.replace('❌', "<span style=color:#cf222e>✖</span>");
    std::fs::write(workspace.path("comment.html"), html).expect("written");
    picture(&workspace, "comment.html", "comment.webp", "1200,590");
}

/// Shows an address in a window of this size, and keeps its picture where that is asked
/// for.
#[track_caller]
fn picture(workspace: &Workspace, address: &str, name: &str, size: &str) {
    let picture = workspace.path(name);
    let shot = format!("--screenshot={}", picture.display());
    let size = format!("--window-size={size}");
    open(&workspace.path(address), &[&shot, &size]);
    let bytes = std::fs::read(&picture).expect("the browser made a picture");
    assert!(bytes.len() < MOST_BYTES, "{name}: {} bytes", bytes.len());
    if std::env::var_os("PERF_REPORT_BLESS").is_some() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        std::fs::write(docs.join(name), bytes).expect("docs can be written");
    }
}
