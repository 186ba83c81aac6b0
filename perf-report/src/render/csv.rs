//! For spreadsheets and data frames: comma-separated values (RFC 4180), one figure of
//! a case a line.

use std::borrow::Cow;

use perf_grammar::harmless;

use crate::analysis::report::{Figure, Report, figures};
use crate::analysis::run::{Case, Limit};

/// The columns.
const HEADS: &str = "\
    run,unix_time,commit,case,package,source,class,group,id,tags,items,metric,of,\
    unit,value,lower,upper,calls,relation,limit,used,mode,verdict,fails,reason,\
    sentence";

/// Renders everything. A figure without a limit has no verdict; a limit that was not
/// measured has no value, and its reason. A case that failed by itself has a line for
/// that too, with the metric `call`, as in JUnit.
pub(crate) fn render(report: &Report) -> String {
    let mut csv = csv::WriterBuilder::new().from_writer(Vec::new());
    let mut write = |line: &[String]| {
        csv.write_record(line)
            .expect("lines are written to memory, and are equally long");
    };
    write(&HEADS.split(',').map(str::to_owned).collect::<Vec<_>>());
    for case in &report.cases {
        if let Some(failure) = &case.failure {
            write(&line(
                report,
                case,
                "call",
                [
                    String::new(),
                    "fail".to_owned(),
                    "true".to_owned(),
                    text(&failure.kind),
                    text(&case.brief(failure.first_line())),
                ],
                Default::default(),
            ));
        }
        for figure in figures(case) {
            let judged = figure.limit.map(|limit| judged(case, limit));
            let numbers = numbers(&figure);
            write(&line(
                report,
                case,
                figure.key,
                judged.unwrap_or_default(),
                numbers,
            ));
        }
    }
    let bytes = csv.into_inner().expect("memory is always written");
    String::from_utf8(bytes).expect("only text was written")
}

/// A whole line; `judged` is mode to sentence, `numbers` is what stands between.
fn line(
    report: &Report,
    case: &Case,
    metric: &str,
    judged: [String; 5],
    numbers: [String; 9],
) -> Vec<String> {
    let commit = report.commit.as_ref().map(|commit| &*commit.hash);
    let about = [
        text(&report.run),
        report
            .unix_time
            .map(|time| time.to_string())
            .unwrap_or_default(),
        text(commit.unwrap_or_default()),
        text(&case.id),
        text(&case.package),
        text(&case.source),
        text(case.class.as_deref().unwrap_or_default()),
        text(case.group.as_deref().unwrap_or_default()),
        text(case.requirement.as_deref().unwrap_or_default()),
        text(&case.tags.join(" ")),
        case.items.to_string(),
        text(metric),
    ];
    [&about[..], &numbers, &judged].concat()
}

fn numbers(figure: &Figure<'_>) -> [String; 9] {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let relation = figure
        .limit
        .map(|limit| if limit.floor { ">=" } else { "<=" });
    [
        text(figure.of.unwrap_or_default()),
        figure
            .kind
            .map(|kind| kind.word().to_owned())
            .unwrap_or_default(),
        number(figure.value),
        number(figure.lower),
        number(figure.upper),
        figure
            .calls
            .map(|calls| calls.to_string())
            .unwrap_or_default(),
        relation.unwrap_or_default().to_owned(),
        // The class of a growth is a word.
        match (figure.bound, figure.limit) {
            (Some(bound), _) => bound.to_string(),
            (None, limit) => limit.map(|limit| text(&limit.limit)).unwrap_or_default(),
        },
        number(figure.limit.and_then(|limit| limit.share)),
    ]
}

fn judged(case: &Case, limit: &Limit) -> [String; 5] {
    [
        limit.mode.word().to_owned(),
        limit.verdict.word().to_owned(),
        limit.fails().to_string(),
        limit
            .reason
            .as_ref()
            .map(|reason| text(&reason.kind))
            .unwrap_or_default(),
        text(&case.brief(&limit.sentence)),
    ]
}

/// Text for a cell: on one line, and no formula. A spreadsheet calculates what begins
/// with one of these signs, and takes a single quote before it for "this is text".
fn text(text: &str) -> String {
    let text = harmless(text);
    match text.starts_with(['=', '+', '-', '@']) {
        true => format!("'{text}"),
        false => Cow::into_owned(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_neither_a_formula_nor_two_lines() {
        assert_eq!(
            text("=HYPERLINK(\"http://x\")"),
            "'=HYPERLINK(\"http://x\")"
        );
        assert_eq!(text("@all"), "'@all");
        assert_eq!(text("a\nb"), "a ⏎ b");
        assert_eq!(text("a = b"), "a = b");
    }
}
