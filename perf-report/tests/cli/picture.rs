//! The picture of a page that the README shows.
//!
//! `PERF_REPORT_BLESS=1 cargo test -p perf-report --test cli picture` makes it anew.

use std::path::Path;

use perf_statistics::Random;
use serde_json::{Value, json};

use crate::browser::open;
use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[("the picture of the README is of a page", picture)];

const SAMPLE: &str = include_str!("../../../perf-runtime/schema/record-1.sample.json");
/// It is part of every clone.
const MOST_BYTES: usize = 100_000;
const RUNS: u64 = 24;

/// Name, median and limit in microseconds.
const CASES: [(&str, f64, f64); 12] = [
    ("shop::cart::adds_an_item", 18.0, 50.0),
    ("shop::cart::totals", 4.1, 10.0),
    ("shop::checkout::reserves_stock", 310.0, 500.0),
    ("shop::checkout::takes_an_order", 840.0, 900.0),
    ("shop::login::hashes_a_password", 9_200.0, 20_000.0),
    ("shop::login::opens_a_session", 61.0, 80.0),
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
    let mut record: Value = serde_json::from_str(SAMPLE).expect("the sample is JSON");
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
    record["memory"]["allocs"] = (nth * nth * 7 + 3).into();
    record["limits"][0]["limit"] = (limit as u64).into();
    record["limits"][0]["measured"] = p99.into();
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

fn picture() {
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
    let picture = workspace.path("page.webp");
    let shot = format!("--screenshot={}", picture.display());
    let address = "page.html#case=shop%3A%3Acheckout%3A%3Atakes_an_order";
    open(&workspace.path(address), &[&shot, "--window-size=1400,960"]);
    let bytes = std::fs::read(&picture).expect("the browser made a picture");
    assert!(bytes.len() < MOST_BYTES, "{} bytes", bytes.len());
    if std::env::var_os("PERF_REPORT_BLESS").is_some() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/page.webp");
        std::fs::write(docs, bytes).expect("docs can be written");
    }
}
