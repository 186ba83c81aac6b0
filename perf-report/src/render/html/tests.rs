//! The page without a browser: its hashes, its golden file, and what is there without
//! a script.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::page::{SCRIPT, STYLE};
use crate::analysis::fixture;
use crate::analysis::report::{Detail, Report};
use crate::render::golden::check;

#[test]
fn the_policy_allows_this_script_and_this_style_sheet() {
    let hash = |text: &str| format!("sha256-{}\n", BASE64_STANDARD.encode(Sha256::digest(text)));
    let file = "src/render/html/page.hashes";
    let found = hash(STYLE) + &hash(SCRIPT);
    if std::env::var_os("PERF_REPORT_BLESS").is_some() {
        std::fs::write(file, &found).expect("the package's folder can be written");
    }
    let expected = std::fs::read_to_string(file).unwrap_or_default();
    assert_eq!(
        found, expected,
        "{file} is out of date: set PERF_REPORT_BLESS=1"
    );
}

/// A page without its style sheet, its script and their hashes, which have
/// separate tests.
fn bare(page: &str) -> String {
    let hashes = include_str!("page.hashes").lines();
    let bare = page.replace(STYLE, "").replace(SCRIPT, "");
    hashes.fold(bare, |bare, hash| bare.replace(hash, ""))
}

#[test]
fn the_page_shows_every_verdict() {
    let records = Some("target/perf/runs/r1".to_owned());
    let report = Report::of(fixture::run(), records, Detail::NotPlain);
    check("report.html", &bare(&super::report(&report)));
}

#[test]
fn without_a_script_there_is_all_that_is_not_a_plain_pass() {
    let report = Report::of(fixture::run(), None, Detail::NotPlain);
    let page = super::report(&report);
    let (before, _) = page.split_once("<script").expect("there is data");
    let at = |text: &str| before.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(at("✕ failed") < at("limits = "));
    assert!(at("limits = ") < at("<h2>Not judged"));
    assert!(at("<h2>Not judged") < at("<h2>Broken"));
    at("is over its budget of 100 ms by 24 %, waived until 2026-12-31");
    at("were not measured: the process died before it was measured");
    at("2 cases are ignored");
    at("Everything that is not a plain pass is above.");
}

#[test]
fn without_a_script_a_list_says_that_it_is_cut() {
    let mut run = fixture::run();
    let cases = run.cases.clone();
    for number in 0..200 {
        run.cases.extend(cases.iter().cloned().map(|mut case| {
            case.id.push_str(&format!("/{number}"));
            case
        }));
    }
    let page = super::report(&Report::of(run, None, Detail::NotPlain));
    assert!(!page.contains("Everything that is not a plain pass"));
    for part in [
        "each list above has the first 200; <code>--format markdown</code> shows all",
        "more, which the table below has",
    ] {
        assert!(page.contains(part), "no {part}");
    }
}
