//! For Bencher: Bencher Metric Format, JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::report::{Figure, Report, figures};
use crate::analysis::run::Case;

/// The most characters Bencher takes for the name of a benchmark, and of a measure.
const LONGEST_NAME: usize = 1024;
const LONGEST_MEASURE: usize = 64;

#[derive(Serialize)]
struct Value {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_value: Option<f64>,
}

/// Renders what was measured: of each case its typical time as `latency`, its
/// `throughput`, and a measure for each limit. What has no value is left out: the
/// format has no word for it.
pub(crate) fn render(report: &Report) -> String {
    let cases = report.cases.iter();
    let cases = cases.map(|case| (fitted(&case.id, LONGEST_NAME), measures(case)));
    let benchmarks: BTreeMap<String, BTreeMap<String, Value>> =
        cases.filter(|(_, measures)| !measures.is_empty()).collect();
    super::to_json(&benchmarks)
}

fn measures(case: &Case) -> BTreeMap<String, Value> {
    let mut measures = BTreeMap::new();
    let all = figures(case);
    for figure in all.iter().filter(|figure| figure.limit.is_some()) {
        if let Some(value) = figure.value {
            let name = fitted(&measure(figure), LONGEST_MEASURE);
            measures.insert(
                name,
                Value {
                    value,
                    lower_value: figure.lower,
                    upper_value: figure.upper,
                },
            );
        }
    }
    let value = |key: &str| all.iter().find(|figure| figure.key == key)?.value;
    // Where half of the calls lie; of calls that are too short to be timed one by one,
    // only the mean is known.
    if let Some(value) = value("p50").or(value("mean")) {
        let quartile =
            |of: fn(&crate::model::record::Summary) -> Option<f64>| of(case.summary.as_ref()?);
        measures.insert(
            "latency".to_owned(),
            Value {
                value,
                lower_value: quartile(|times| times.p25),
                upper_value: quartile(|times| times.p75),
            },
        );
    }
    if let Some(value) = value("throughput") {
        measures.entry("throughput".to_owned()).or_insert(Value {
            value,
            lower_value: None,
            upper_value: None,
        });
    }
    measures
}

/// The key in the way of Bencher's own: `alloc-bytes`.
fn measure(figure: &Figure<'_>) -> String {
    let key = figure.key.replace('_', "-");
    match figure.of {
        Some(of) => format!("{key} {of}"),
        None => key,
    }
}

/// A name of at most this many characters; of longer ones the beginning, and a number
/// that distinguishes them.
fn fitted(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    // FNV-1a: a number that stays the same from run to run.
    let number = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |number: u64, byte| {
            (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let beginning: String = name.chars().take(most - 18).collect();
    format!("{beginning}…-{number:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        assert_eq!(fitted("p99", 64), "p99");
        let long = |end: &str| fitted(&format!("events {}{end}", "é".repeat(80)), 64);
        assert_eq!(long("a").chars().count(), 64);
        assert_ne!(long("a"), long("b"));
    }
}
