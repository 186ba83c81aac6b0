//! For a job of GitHub Actions: the log as a terminal shows it, and annotations, which
//! stand beside the code in the pull request.

use perf_grammar::{Verdict, harmless, harmless_lines, shortened};

use super::compared;
use super::terminal::{self, Style};
use crate::analysis::compare::{Compared, explanations};
use crate::analysis::report::{Detail, Explanation, Report};

/// How many annotations of each level GitHub shows from one step.
const SHOWN: usize = 10;
/// The longest title, bytes.
const LONGEST_TITLE: usize = 200;

/// Renders everything, and what was found against another commit.
pub(crate) fn render(report: &Report, against: Option<&Compared>, style: Style) -> String {
    let mut annotations = incomplete(&report.problems);
    annotations.extend(report.explanations.iter().map(annotation));
    annotations.extend(against.map(of_comparison).unwrap_or_default());
    log(&terminal::render(report, style)) + &shown(annotations)
}

/// The same of a comparison.
pub(crate) fn comparison(compared: &Compared, detail: Detail, style: Style) -> String {
    log(&compared::terminal::render(compared, detail, style)) + &shown(of_comparison(compared))
}

/// A warning of the job itself.
pub(crate) fn warning(title: &str, message: &str) -> String {
    Annotation::new(Level::Warning, title.to_owned(), message.to_owned()).line()
}

/// How much an annotation says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Notice => "notice",
        }
    }
}

struct Annotation {
    level: Level,
    /// `file:line` or `file:line:column`.
    place: Option<String>,
    title: String,
    message: String,
}

impl Annotation {
    /// One that stands at no place.
    fn new(level: Level, title: String, message: String) -> Annotation {
        Annotation {
            level,
            place: None,
            title,
            message,
        }
    }

    fn line(&self) -> String {
        let place = self.place.as_deref().map(place).unwrap_or_default();
        let properties = place.into_iter().chain([("title", self.title.clone())]);
        let properties = properties.map(|(name, text)| format!("{name}={}", property(&text)));
        format!(
            "::{} {}::{}\n",
            self.level.word(),
            properties.collect::<Vec<_>>().join(","),
            data(&self.message)
        )
    }
}

fn incomplete(problems: &[String]) -> Vec<Annotation> {
    let title = "not complete";
    let problems = problems.iter();
    problems
        .map(|problem| Annotation::new(Level::Error, title.to_owned(), problem.clone()))
        .collect()
}

fn of_comparison(compared: &Compared) -> Vec<Annotation> {
    let mut annotations = incomplete(&compared.problems);
    let explanations = explanations(compared, Detail::NotPlain);
    annotations.extend(explanations.iter().map(annotation));
    annotations
}

fn annotation(explanation: &Explanation) -> Annotation {
    let level = match explanation.verdict {
        _ if explanation.fails => Level::Error,
        Verdict::Fail => Level::Error,
        Verdict::Warn | Verdict::Undecided | Verdict::Unmeasured => Level::Warning,
        Verdict::Waived | Verdict::Pass => Level::Notice,
    };
    let lines = explanation
        .below()
        .into_iter()
        .map(|line| format!("\n{line}"));
    Annotation {
        level,
        place: explanation.place.clone(),
        title: format!("{} {}", explanation.verdict.word(), explanation.case),
        message: explanation.sentence.clone() + &lines.collect::<String>(),
    }
}

/// The annotations that are shown, the worst first; the last of a level that has too
/// many says how many more there are.
fn shown(annotations: Vec<Annotation>) -> String {
    let mut out = String::new();
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let all: Vec<&Annotation> = annotations
            .iter()
            .filter(|one| one.level == level)
            .collect();
        let fit = if all.len() > SHOWN {
            SHOWN - 1
        } else {
            all.len()
        };
        for annotation in &all[..fit] {
            out.push_str(&annotation.line());
        }
        if all.len() > fit {
            let title = format!("{} more", all.len() - fit);
            let message = format!(
                "GitHub shows {SHOWN} annotations of a kind; the others stand in the log and in the job's summary"
            );
            out.push_str(&Annotation::new(level, title, message).line());
        }
    }
    out
}

/// Where it stands, as the runner calls it.
fn place(text: &str) -> Vec<(&'static str, String)> {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mut file = text;
    let mut numbers = Vec::new();
    while let Some((rest, last)) = file.rsplit_once(':').filter(|(_, last)| number(last)) {
        file = rest;
        numbers.insert(0, last.to_owned());
        if numbers.len() == 2 {
            break;
        }
    }
    let names = ["line", "col"].into_iter().zip(numbers);
    std::iter::once(("file", file.to_owned()))
        .chain(names)
        .collect()
}

/// A property of a command, escaped as the runner reads it.
fn property(text: &str) -> String {
    let text = shortened(text, LONGEST_TITLE, "see the log");
    escaped(&harmless(&text))
        .replace(':', "%3A")
        .replace(',', "%2C")
}

/// The message of a command.
fn data(text: &str) -> String {
    escaped(&harmless_lines(text))
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Lines of which the runner takes none for a command, whatever a test has printed.
/// The token that ends this stands nowhere else in them.
fn log(text: &str) -> String {
    let mut tokens = (0..).map(|number| format!("perf-budgets-log-{number}"));
    let token = tokens
        .find(|token| !text.contains(token))
        .unwrap_or_default();
    format!("::stop-commands::{token}\n{text}::{token}::\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_line_and_a_column_or_none() {
        let shown = |text: &str| {
            let properties = place(text);
            let texts = properties
                .iter()
                .map(|(name, text)| format!("{name}={text}"));
            texts.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown("src/a.rs:42:15"), "file=src/a.rs line=42 col=15");
        assert_eq!(shown("C:/a.rs:42"), "file=C:/a.rs line=42");
        assert_eq!(shown("src/a.rs"), "file=src/a.rs");
    }

    #[test]
    fn a_text_ends_neither_a_property_nor_a_command() {
        assert_eq!(property("a, b::c %0A"), "a%2C b%3A%3Ac %250A");
        assert_eq!(data("100 %\n::error::x"), "100 %25%0A::error::x");
    }

    #[test]
    fn what_a_test_prints_cannot_end_the_log() {
        let text = "::perf-budgets-log-0::\n::error::forged\n";
        assert!(log(text).starts_with("::stop-commands::perf-budgets-log-1\n"));
        assert!(log(text).ends_with("\n::perf-budgets-log-1::\n"));
    }

    #[test]
    fn of_too_many_the_last_says_how_many_more_there_are() {
        let one = |_| Annotation {
            level: Level::Warning,
            place: None,
            title: "warn a".to_owned(),
            message: "b".to_owned(),
        };
        let text = shown((0..12).map(one).collect());
        assert_eq!(text.lines().count(), SHOWN);
        assert!(
            text.contains("::warning title=3 more::GitHub shows 10"),
            "{text}"
        );
        assert_eq!(shown((0..10).map(one).collect()).lines().count(), SHOWN);
    }
}
