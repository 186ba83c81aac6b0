//! For benchstat and what else reads Go's benchmark format.

use std::collections::HashMap;

use perf_grammar::harmless;

use crate::analysis::report::{Figure, Kind, Report, figures};
use crate::analysis::run::Case;
use crate::model::record::Environment;

/// Figures that have a column although nothing limits them.
const ALWAYS: [&str; 6] = ["mean", "alloc_bytes", "allocs", "p50", "p99", "mem"];

/// Renders a line for each case that was measured, behind lines that say where.
///
/// There are no more keys of configuration than Go's own: benchstat compares only what
/// agrees in all of them, and a commit never does.
pub(crate) fn render(report: &Report) -> String {
    let mut out = "Unit ops/s better=higher\n".to_owned();
    let mut before = Vec::new();
    let mut names: HashMap<(&str, String), usize> = HashMap::new();
    for case in &report.cases {
        let Some(values) = values(case) else {
            continue;
        };
        let mut name = name(case);
        let times = names.entry((&case.package, name.clone())).or_default();
        // Two lines of one name are two samples of it; Go distinguishes like names so.
        if *times > 0 {
            name.push_str(&format!("#{times:02}"));
        }
        *times += 1;
        let configuration = configuration(case);
        for (key, value) in &configuration {
            if !before.contains(&(*key, value.clone())) {
                out.push_str(&format!("{key}: {value}\n"));
            }
        }
        before = configuration;
        out.push_str(&format!("Benchmark{name}{values}\n"));
    }
    out
}

fn configuration(case: &Case) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(environment) = &case.environment {
        let os = match &*environment.os {
            "macos" => "darwin",
            os => os,
        };
        let arch = match &*environment.arch {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            arch => arch,
        };
        lines.push(("goos", harmless(os).into_owned()));
        lines.push(("goarch", harmless(arch).into_owned()));
        let processor = environment.processor.as_deref().unwrap_or_default();
        lines.push(("cpu", harmless(processor).into_owned()));
    }
    lines.push(("pkg", harmless(&case.package).into_owned()));
    lines
}

/// What stands behind the name.
fn values(case: &Case) -> Option<String> {
    let mut values: Vec<(usize, String)> = Vec::new();
    let mut calls = None;
    for figure in figures(case) {
        let place = ALWAYS
            .iter()
            .position(|key| *key == figure.key && figure.of.is_none());
        if let (Some(kind), Some(value), true) = (
            figure.kind,
            figure.value,
            place.is_some() || figure.limit.is_some(),
        ) {
            let unit = unit(&figure, kind);
            values.push((place.unwrap_or(ALWAYS.len()), format!("\t{value} {unit}")));
            calls = calls.max(figure.calls);
        }
    }
    // As Go has them: time, bytes, allocations; then the others.
    values.sort_by_key(|(place, _)| *place);
    let values: String = values.into_iter().map(|(_, text)| text).collect();
    let calls = case.summary.as_ref().map(|times| times.calls).or(calls);
    let processors = case
        .environment
        .as_ref()
        .map(processors)
        .unwrap_or_default();
    (!values.is_empty()).then(|| format!("{processors}\t{}{values}", calls.unwrap_or(1)))
}

/// As Go says it: nothing where there is one.
fn processors(environment: &Environment) -> String {
    match environment.cores {
        0 | 1 => String::new(),
        many => format!("-{many}"),
    }
}

/// The id behind its package, with the upper case that the format asks for.
fn name(case: &Case) -> String {
    let tail = case.id.strip_prefix(&*case.package);
    let tail = tail
        .and_then(|tail| tail.strip_prefix("::"))
        .unwrap_or(&case.id);
    let tail = word(tail);
    let mut characters = tail.chars();
    match characters.next() {
        Some(first) if first.is_uppercase() => tail,
        Some(first) if first.to_uppercase().all(char::is_uppercase) => {
            first.to_uppercase().chain(characters).collect()
        }
        _ => format!("Case_{tail}"),
    }
}

/// A text without blanks, which end a field.
fn word(text: &str) -> String {
    harmless(text).replace(char::is_whitespace, "_")
}

fn unit(figure: &Figure<'_>, kind: Kind) -> String {
    let key = match (figure.key, figure.of) {
        ("mean", None) => return "ns/op".to_owned(),
        ("cpu", None) => return "cpu-ns/op".to_owned(),
        ("alloc_bytes", None) => return "B/op".to_owned(),
        ("allocs", None) => return "allocs/op".to_owned(),
        ("instructions", None) => return "instructions/op".to_owned(),
        ("throughput", None) => return "ops/s".to_owned(),
        ("mem", None) => "peak-heap".to_owned(),
        ("rss", None) => "peak-RSS".to_owned(),
        (key, None) => key.replace('_', "."),
        (key, Some(of)) => format!("{}-{}", word(of), key.replace('_', ".")),
    };
    match kind {
        Kind::Nanoseconds => format!("{key}-ns"),
        Kind::Bytes => format!("{key}-bytes"),
        Kind::Ratio => format!("{key}-ratio"),
        Kind::PerSecond => format!("{key}/s"),
        Kind::Count => format!("{key}/op"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture;
    use crate::analysis::report::Detail;

    #[test]
    fn cases_whose_names_look_alike_are_no_samples_of_one() {
        let mut run = fixture::quiet_run();
        run.cases.truncate(1);
        let again = run.cases[0].clone();
        run.cases.extend([again.clone(), again]);
        let text = render(&Report::of(run, None, Detail::NotPlain));
        let names: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("Benchmark")?.split('\t').next())
            .collect();
        let [first, second, third] = names[..] else {
            panic!("{text}");
        };
        let (name, processors) = first.rsplit_once('-').expect("processors");
        assert_eq!(second, format!("{name}#01-{processors}"));
        assert_eq!(third, format!("{name}#02-{processors}"));
    }

    #[test]
    fn a_name_begins_with_upper_case_and_has_no_blank() {
        let mut case = fixture::quiet_run().cases.remove(0);
        case.package = "a".to_owned();
        for (id, expected) in [
            ("a::b::c", "B::c"),
            ("a::sorts/10", "Sorts/10"),
            ("a::b c\nd", "B_c_⏎_d"),
            ("a::日本", "Case_日本"),
            ("other::x", "Other::x"),
            ("a::9", "Case_9"),
        ] {
            id.clone_into(&mut case.id);
            assert_eq!(name(&case), expected);
        }
    }
}
