//! What the record files of a run say, as far as the tables need it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::kind::{KINDS, Kind};
use crate::step::Stopped;

/// One case of one run.
#[derive(Debug)]
pub(crate) struct Judged {
    /// Its kind, by its place in [`KINDS`].
    pub(crate) kind: usize,
    pub(crate) verdict: Verdict,
    /// The long-run figure that this run saw, nanoseconds.
    pub(crate) seen_ns: Option<f64>,
    /// Whether the sample's figure by the wall clock was over the limit: what
    /// a tool without statistics and without a clean clock would call red.
    pub(crate) wall_over: Option<bool>,
    /// The limit was broken once, and not the second time.
    pub(crate) taken_back: bool,
}

/// How the limit of a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pass,
    Fail,
    Undecided(String),
    /// Its mode is off, or it has no value: the word and the reason.
    NotJudged(String),
}

/// Every record of a run, read from its folder.
///
/// # Errors
/// If a record cannot be read, or there are more or fewer than there were
/// cases.
pub(crate) fn read(run: &Path, cases: usize) -> Result<Vec<Value>, Stopped> {
    let all = all(run)?;
    if all.len() == cases {
        Ok(all)
    } else {
        Err(format!(
            "{}: found {} records of {cases} cases",
            run.display(),
            all.len()
        ))
    }
}

/// The same, however many there are.
///
/// # Errors
/// If a record cannot be read.
pub(crate) fn all(run: &Path) -> Result<Vec<Value>, Stopped> {
    let entries = fs::read_dir(run).map_err(|error| format!("{}: {error}", run.display()))?;
    let mut all = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| format!("{}: {error}", run.display()))?
            .path();
        if path.extension().is_some_and(|end| end == "json") {
            let text = fs::read_to_string(&path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            let value: Value = serde_json::from_str(&text)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            // What a run says of itself stands beside its records.
            if value["case"].is_object() {
                all.push(value);
            }
        }
    }
    Ok(all)
}

/// The name of a record's case.
///
/// # Errors
/// If it has none.
pub(crate) fn id(record: &Value) -> Result<&str, Stopped> {
    let id = record["case"]["id"].as_str();
    id.ok_or_else(|| "the record names no case".to_owned())
}

/// How a limit ended.
///
/// # Errors
/// If it has no verdict.
pub(crate) fn verdict(limit: &Value) -> Result<Verdict, Stopped> {
    let word = limit["verdict"]
        .as_str()
        .ok_or("the limit has no verdict")?;
    let reason = limit["reason"]["kind"]
        .as_str()
        .unwrap_or("no reason")
        .to_owned();
    Ok(match word {
        "pass" => Verdict::Pass,
        "fail" => Verdict::Fail,
        "undecided" => Verdict::Undecided(reason),
        other => Verdict::NotJudged(format!("{other}: {reason}")),
    })
}

/// What a record of the suite says.
///
/// # Errors
/// If its case was not measured.
pub(crate) fn judged(record: &Value) -> Result<Judged, Stopped> {
    let id = id(record)?;
    let (at, kind) = kind_of(id).ok_or_else(|| format!("`{id}` is no case of this program"))?;
    if let Some(failure) = record["failure"].as_str() {
        return Err(format!("`{id}` could not be measured: {failure}"));
    }
    let limit = &record["limits"][0];
    if limit["metric"] != kind.metric {
        return Err(format!(
            "the first limit of `{id}` is {}, expected {}",
            limit["metric"], kind.metric
        ));
    }
    let verdict = verdict(limit)?;
    let wall = kind
        .wall()
        .and_then(|name| record["summary"][name].as_f64());
    Ok(Judged {
        kind: at,
        taken_back: matches!(verdict, Verdict::Undecided(_)) && !limit["confirmation"].is_null(),
        verdict,
        seen_ns: record["summary"][kind.metric].as_f64(),
        wall_over: wall
            .zip(limit["limit"].as_f64())
            .map(|(wall, limit)| wall > limit),
    })
}

fn kind_of(id: &str) -> Option<(usize, &'static Kind)> {
    let (_, name) = id.rsplit_once("::")?;
    KINDS
        .iter()
        .enumerate()
        .find(|(_, kind)| kind.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort_p99(verdict: &str, more: &str) -> Value {
        let text = format!(
            r#"{{"case": {{"id": "measured::verdicts::copy_2::sort_p99"}}, "failure": null,
                "limits": [{{"metric": "p99", "verdict": "{verdict}", "limit": 90000 {more}}}],
                "summary": {{"p99": 80000.5, "wall_p99": 120000.0}}}}"#
        );
        serde_json::from_str(&text).expect("it is JSON")
    }

    #[test]
    fn a_record_says_its_verdict_and_what_the_wall_clock_would_have_said() {
        let pass = judged(&sort_p99("pass", "")).expect("a record");
        assert_eq!(KINDS[pass.kind].name(), "sort_p99");
        assert_eq!(
            (pass.verdict, pass.seen_ns, pass.wall_over, pass.taken_back),
            (Verdict::Pass, Some(80000.5), Some(true), false)
        );
        let back = judged(&sort_p99("undecided", r#", "reason": {"kind": "not_reproduced", "text": "not reproduced"}, "confirmation": {}"#)).expect("a record");
        assert_eq!(
            (back.verdict, back.taken_back),
            (Verdict::Undecided("not_reproduced".to_owned()), true)
        );
    }

    #[test]
    fn a_record_of_something_else_is_refused() {
        let mut other = sort_p99("pass", "");
        other["case"]["id"] = "measured::verdicts::copy_2::sort_p98".into();
        assert!(
            judged(&other)
                .expect_err("no such kind")
                .contains("no case of this program")
        );
        let mut failed = sort_p99("fail", "");
        failed["failure"] = "it panicked".into();
        assert!(
            judged(&failed)
                .expect_err("it panicked")
                .contains("it panicked")
        );
    }

    #[test]
    fn a_missing_record_is_missed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(
            folder.path().join("one.json"),
            sort_p99("pass", "").to_string(),
        )
        .expect("it can be written");
        assert_eq!(read(folder.path(), 1).expect("it is all there").len(), 1);
        assert!(
            read(folder.path(), 2)
                .expect_err("one is missing")
                .contains("found 1 records of 2 cases")
        );
    }
}
