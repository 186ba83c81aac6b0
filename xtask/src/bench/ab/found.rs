//! What a comparison found, read from its JSON.

use serde_json::Value;

use crate::step::Stopped;

/// One figure of one case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) id: String,
    pub(crate) figure: Figure,
    pub(crate) word: Word,
    /// After over before.
    pub(crate) ratio: Option<f64>,
    /// The sentence and its details.
    pub(crate) said: String,
}

/// Which figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    Typical,
    Tail,
    Counted,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Word {
    Same,
    /// Slower, or more.
    Worse,
    /// Faster, or less.
    Better,
    Layout,
    Undecided,
    Unenforceable,
}

/// The figures of a document that `perf ab --format json` wrote.
///
/// # Errors
/// If it is none, or a case failed or could not be measured.
pub(crate) fn read(text: &str) -> Result<Vec<Found>, Stopped> {
    let document: Value = serde_json::from_str(text)
        .map_err(|error| format!("the comparison is no JSON ({error}): {text}"))?;
    if document["kind"] != "perf-comparison" || document["schema"] != 1 {
        return Err(format!("expected a comparison of version 1, found {text}"));
    }
    let comparisons = document["comparisons"]
        .as_array()
        .ok_or("the comparison has no comparisons")?;
    comparisons.iter().map(one).collect()
}

fn one(comparison: &Value) -> Result<Found, Stopped> {
    let text = |name: &str| {
        comparison[name]
            .as_str()
            .ok_or_else(|| format!("no `{name}` in {comparison}"))
    };
    let figure = match (text("unit")?, text("metric")?) {
        ("ns", "p99" | "p95" | "p90") => Figure::Tail,
        ("ns", _) => Figure::Typical,
        _ => Figure::Counted,
    };
    let word = match text("finding")? {
        "same" => Word::Same,
        "slower" | "more" => Word::Worse,
        "faster" | "less" => Word::Better,
        "layout" => Word::Layout,
        "undecided" => Word::Undecided,
        "unenforceable" => Word::Unenforceable,
        _ => return Err(format!("it was not measured: {comparison}")),
    };
    let details = comparison["details"].as_array();
    let details = details
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .fold(String::new(), |all, detail| format!("{all}; {detail}"));
    Ok(Found {
        id: text("id")?.to_owned(),
        figure,
        word,
        ratio: comparison["ratio"].as_f64(),
        said: format!("{}{details}", text("sentence")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(finding: &str, metric: &str, unit: &str) -> String {
        format!(
            r#"{{"schema": 1, "kind": "perf-comparison", "comparisons": [{{"id": "a::b", "metric": "{metric}", "unit": "{unit}", "ratio": 1.05, "finding": "{finding}", "sentence": "said", "details": ["how"]}}]}}"#
        )
    }

    #[track_caller]
    fn check(finding: &str, metric: &str, unit: &str, figure: Figure, word: Word) {
        let found = read(&document(finding, metric, unit)).expect("a comparison");
        let expected = Found {
            id: "a::b".to_owned(),
            figure,
            word,
            ratio: Some(1.05),
            said: "said; how".to_owned(),
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn a_finding_is_one_of_a_few_words() {
        check("slower", "p50", "ns", Figure::Typical, Word::Worse);
        check("faster", "mean", "ns", Figure::Typical, Word::Better);
        check("same", "p95", "ns", Figure::Tail, Word::Same);
        check("more", "allocs", "count", Figure::Counted, Word::Worse);
        check("layout", "p50", "ns", Figure::Typical, Word::Layout);
    }

    #[test]
    fn what_was_not_compared_is_no_result() {
        for text in [
            "",
            "{}",
            &document("failed", "p50", "ns"),
            &document("unmeasured", "p50", "ns"),
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
