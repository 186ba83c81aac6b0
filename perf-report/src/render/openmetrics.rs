//! For Prometheus and its kin: OpenMetrics text, version 1.
//!
//! Every family is a gauge, so that readers of the older text format (node_exporter's
//! textfile collector, the Pushgateway) take it too.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use perf_grammar::{Verdict, harmless};

use crate::analysis::report::{Figure, Kind, Report, figures};
use crate::analysis::run::Case;

/// The kinds of figures, the end of a family's name that says which unit it has, and
/// what its values are divided by.
const KINDS: [(Kind, &str, f64); 5] = [
    (Kind::Nanoseconds, "seconds", 1e9),
    (Kind::Bytes, "bytes", 1.0),
    (Kind::PerSecond, "per_second", 1.0),
    (Kind::Ratio, "ratio", 1.0),
    (Kind::Count, "", 1.0),
];

/// Renders everything.
pub(crate) fn render(report: &Report) -> String {
    let mut out = String::new();
    run(&mut out, report);
    let cases: Vec<(&Case, Vec<Figure<'_>>)> = {
        let cases = report.cases.iter();
        cases.map(|case| (case, figures(case))).collect()
    };
    let all = || {
        let cases = cases.iter();
        cases.flat_map(|(case, figures)| figures.iter().map(move |figure| (*case, figure)))
    };
    for (kind, unit, scale) in KINDS {
        let of_kind = || all().filter(|(_, figure)| figure.kind == Some(kind));
        family(
            &mut out,
            ["measured", unit, "What was measured of a case."],
            of_kind()
                .filter_map(|(case, figure)| Some((labels(case, figure), figure.value? / scale))),
        );
        family(
            &mut out,
            ["limit", unit, "What a case is held to."],
            of_kind()
                .filter_map(|(case, figure)| Some((labels(case, figure), figure.bound? / scale))),
        );
    }
    family(
        &mut out,
        [
            "used",
            "ratio",
            "The share of the limit that is used; of a floor, the share of the value that it is.",
        ],
        all().filter_map(|(case, figure)| Some((labels(case, figure), figure.limit?.share?))),
    );
    family(
        &mut out,
        ["verdict", "", "1 for the verdict that a limit ended in."],
        all().filter_map(|(case, figure)| {
            let limit = figure.limit?;
            let mut labels = labels(case, figure);
            labels.push(("mode", limit.mode.word()));
            labels.push(("verdict", limit.verdict.word()));
            Some((labels, 1.0))
        }),
    );
    family(
        &mut out,
        [
            "case_failed",
            "",
            "1 where a case failed by itself: it panicked, returned an error, or died.",
        ],
        cases.iter().map(|(case, _)| {
            (
                vec![("case", &*case.id), ("package", &*case.package)],
                one(case.failure.is_some()),
            )
        }),
    );
    out.push_str("# EOF\n");
    out
}

fn run(out: &mut String, report: &Report) {
    let commit = report.commit.as_ref();
    let mut labels = vec![("run", &*report.run)];
    labels.extend(commit.map(|commit| ("commit", &*commit.hash)));
    labels.extend(commit.and_then(|commit| Some(("branch", &**commit.branch.as_ref()?))));
    labels.extend(
        report
            .machine
            .as_deref()
            .map(|machine| ("machine", machine)),
    );
    family(out, ["run_info", "", "The run; always 1."], [(labels, 1.0)]);
    let time = report.unix_time.map(|time| (Vec::new(), time as f64));
    family(
        out,
        [
            "run_timestamp",
            "seconds",
            "When the run began, since 1970.",
        ],
        time,
    );
    let failed = [(Vec::new(), one(report.fails()))];
    family(
        out,
        ["run_failed", "", "Whether a budget failed: exit code 1."],
        failed,
    );
    let complete = [(Vec::new(), one(report.problems.is_empty()))];
    family(
        out,
        [
            "run_complete",
            "",
            "Whether nothing keeps the run from being complete.",
        ],
        complete,
    );
    let verdicts = Verdict::ALL.map(|verdict| {
        (
            vec![("verdict", verdict.word())],
            report.tally.count(verdict) as f64,
        )
    });
    family(
        out,
        ["limits", "", "Limits, by the verdict they ended in."],
        verdicts,
    );
}

fn one(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

type Labels<'a> = Vec<(&'static str, &'a str)>;

fn labels<'a>(case: &'a Case, figure: &Figure<'a>) -> Labels<'a> {
    let mut labels = vec![
        ("case", &*case.id),
        ("package", &*case.package),
        ("metric", figure.key),
    ];
    labels.extend(figure.of.map(|of| ("of", of)));
    labels.extend(case.group.as_deref().map(|group| ("group", group)));
    labels
}

/// One family, where it has a sample.
fn family<'a>(
    out: &mut String,
    [name, unit, help]: [&str; 3],
    samples: impl IntoIterator<Item = (Labels<'a>, f64)>,
) {
    let mut samples = samples.into_iter().peekable();
    if samples.peek().is_none() {
        return;
    }
    let gap = if unit.is_empty() { "" } else { "_" };
    let name = format!("perf_budget_{name}{gap}{unit}");
    out.push_str(&format!("# TYPE {name} gauge\n"));
    if !unit.is_empty() {
        out.push_str(&format!("# UNIT {name} {unit}\n"));
    }
    out.push_str(&format!("# HELP {name} {help}\n"));
    // Names that differ only in what is made harmless are no reason for one series:
    // readers refuse a file that has it twice.
    let mut series: HashMap<u64, usize> = HashMap::new();
    for (labels, value) in samples {
        let mut text: Vec<String> = (labels.iter())
            .map(|(label, text)| format!("{label}=\"{}\"", escaped(text)))
            .collect();
        // Their hashes: of ten thousand cases the texts are many megabytes.
        let mut hash = DefaultHasher::new();
        text.hash(&mut hash);
        let times = series.entry(hash.finish()).or_default();
        *times += 1;
        if *times > 1 {
            text.push(format!("number=\"{times}\""));
        }
        let labels = match text.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", text.join(",")),
        };
        out.push_str(&format!("{name}{labels} {value}\n"));
    }
}

/// The value of a label.
fn escaped(text: &str) -> String {
    let text = harmless(text);
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_series_of_their_own() {
        let mut out = String::new();
        let samples = ["a\nb", "a ⏎ b", "c"].map(|case| (vec![("case", case)], 1.0));
        family(&mut out, ["used", "", "Help."], samples);
        let (_, samples) = out.split_once("Help.\n").expect("a head");
        assert_eq!(
            samples,
            "perf_budget_used{case=\"a ⏎ b\"} 1\n\
             perf_budget_used{case=\"a ⏎ b\",number=\"2\"} 1\n\
             perf_budget_used{case=\"c\"} 1\n"
        );
    }

    #[test]
    fn a_label_ends_where_it_is_to() {
        assert_eq!(escaped("a\"} 1\nb\\"), "a\\\"} 1 ⏎ b\\\\");
    }
}
