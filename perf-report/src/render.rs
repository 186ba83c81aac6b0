//! Renderers: a report in, text out.

pub(crate) mod table;

pub(crate) mod baseline;
mod bmf;
pub(crate) mod comment;
pub(crate) mod compared;
mod csv;
pub(crate) mod dhat;
pub(crate) mod difference;
pub(crate) mod doctor;
pub(crate) mod flamegraph;
pub(crate) mod github;
mod github_action_benchmark;
mod go_bench;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod markdown;
mod openmetrics;
#[cfg(feature = "history")]
pub(crate) mod past;
pub(crate) mod proposals;
pub(crate) mod prove;
mod pytest_benchmark;
pub(crate) mod template;
pub(crate) mod terminal;
pub(crate) mod top;

use clap::ValueEnum;
use serde::Serialize;

#[cfg(test)]
pub(crate) use self::hostile::hostile;
use self::terminal::Style;
use crate::analysis::compare::Compared;
use crate::analysis::report::{Detail, Report};

#[cfg(test)]
mod golden;
#[cfg(test)]
mod hostile;

/// The form of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table and explanations
    #[default]
    Terminal,
    /// For a document that is kept
    Markdown,
    /// For a pull request: a comment, below 65,536 characters
    Comment,
    /// For a job of GitHub Actions: the log with annotations, and the job's summary
    Github,
    /// For CI systems: JUnit XML
    Junit,
    /// For a browser: one page with charts, which needs no network; at a terminal it is written to target/perf
    Html,
    /// For programs: JSON with a schema
    Json,
    /// For spreadsheets: one figure a line
    Csv,
    /// For Prometheus and its kin: OpenMetrics text
    Openmetrics,
    /// For Bencher: Bencher Metric Format
    Bmf,
    /// For github-action-benchmark: its customSmallerIsBetter
    GithubActionBenchmark,
    /// For pytest-benchmark and what reads its JSON
    PytestBenchmark,
    /// For benchstat: Go's benchmark format
    GoBench,
}

/// Renders a report, and what was found against another commit where the form has a
/// place for it.
type OfReport = fn(&Report, Option<&Compared>, Style) -> String;
type OfComparison = fn(&Compared, Detail, Style) -> String;

impl Format {
    /// What renders a report in this form, and a comparison where the form can show
    /// one.
    fn renderers(self) -> (OfReport, Option<OfComparison>) {
        match self {
            Format::Terminal => (
                |report, _, style| terminal::render(report, style),
                Some(compared::terminal::render),
            ),
            Format::Markdown => (
                |report, _, _| markdown::render(report),
                Some(|compared, detail, _| compared::markdown::render(compared, detail)),
            ),
            Format::Comment => (
                |report, against, _| comment::render(report, against),
                Some(|compared, _, _| comment::comparison(compared)),
            ),
            Format::Github => (github::render, Some(github::comparison)),
            Format::Junit => (
                |report, _, _| junit::render(report),
                Some(|compared, _, _| compared::junit::render(compared)),
            ),
            Format::Html => (
                |report, _, _| html::report(report),
                Some(|compared, detail, _| html::comparison(compared, detail)),
            ),
            Format::Json => (
                |report, _, _| json::render(report),
                Some(|compared, _, _| compared::json(compared)),
            ),
            Format::Csv => (|report, _, _| csv::render(report), None),
            Format::Openmetrics => (|report, _, _| openmetrics::render(report), None),
            Format::Bmf => (|report, _, _| bmf::render(report), None),
            Format::GithubActionBenchmark => {
                (|report, _, _| github_action_benchmark::render(report), None)
            }
            Format::PytestBenchmark => (|report, _, _| pytest_benchmark::render(report), None),
            Format::GoBench => (|report, _, _| go_bench::render(report), None),
        }
    }

    /// The text of a report.
    pub(crate) fn report(
        self,
        report: &Report,
        against: Option<&Compared>,
        style: Style,
    ) -> String {
        self.renderers().0(report, against, style)
    }

    /// Whether it shows what was found against another commit beside a report.
    pub(crate) fn shows_changes(self) -> bool {
        matches!(self, Format::Comment | Format::Github)
    }

    /// The text of a comparison.
    ///
    /// # Panics
    /// If the form cannot show one, see [`Format::shows_comparisons`].
    pub(crate) fn comparison(self, compared: &Compared, detail: Detail, style: Style) -> String {
        let render = self.renderers().1;
        render.expect("forms are checked before anything is compared")(compared, detail, style)
    }

    /// Whether it can show a comparison.
    pub(crate) fn shows_comparisons(self) -> bool {
        self.renderers().1.is_some()
    }

    /// The word it is asked for with.
    pub(crate) fn word(self) -> String {
        let value = self.to_possible_value();
        value
            .expect("every form can be asked for")
            .get_name()
            .to_owned()
    }
}

/// A value as JSON. What would act on the reader of a text is written as an
/// escape, which is the same value: JSON is shown at terminals too.
fn to_json(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value)
        .expect("what is rendered holds nothing that JSON cannot say");
    let mut out = String::with_capacity(text.len() + 1);
    for line in text.split_inclusive('\n') {
        // Most are: looking at each character costs more than all the rest.
        if line.is_ascii() && !line.contains('\u{7f}') {
            out.push_str(line);
            continue;
        }
        for c in line.chars() {
            if c != '\n' && !c.is_ascii_graphic() && perf_grammar::acts_on_its_reader(c) {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            } else {
                out.push(c);
            }
        }
    }
    out.push('\n');
    out
}
