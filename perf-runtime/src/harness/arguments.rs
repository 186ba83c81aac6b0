//! What a test binary was asked: the arguments of libtest, cargo, nextest,
//! rust-analyzer and IntelliJ understood, those of other harnesses named.

#![allow(
    clippy::disallowed_methods,
    reason = "reads the arguments of the process"
)]

mod foreign;

use crate::collections::{cut, mapped, owned, parsed};
use crate::model::problem::{Problem, near};
use foreign::Value;

/// The arguments that matter to a budget.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Run what contains one of these; everything where there is none.
    pub(crate) filters: Vec<String>,
    /// Leave out what contains one of these.
    pub(crate) skips: Vec<String>,
    /// Filters and skips are whole names.
    pub(crate) exact: bool,
    /// Which ignored cases to run.
    pub(crate) ignored: Ignored,
    /// Print the names and stop.
    pub(crate) list: bool,
    /// `--test-threads`.
    pub(crate) test_threads: Option<usize>,
    /// `--format` and `--quiet`.
    pub(crate) format: Format,
    /// `--color`.
    pub(crate) color: Option<String>,
    /// `--logfile`.
    pub(crate) logfile: Option<String>,
    /// Options of other harnesses, which change nothing: a sentence each.
    pub(crate) passed_over: Vec<String>,
    /// `--nocapture`: what tests print is shown at once.
    pub(crate) nocapture: bool,
    /// `--help`.
    pub(crate) help: bool,
    /// `--bench`: benchmarks are run, and under libtest no tests unless `--test` says so.
    bench: bool,
    /// `--test`.
    test: bool,
}

/// Which ignored cases to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ignored {
    /// None.
    #[default]
    Skip,
    /// Only them (`--ignored`).
    Only,
    /// They too (`--include-ignored`).
    Include,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// A line a test.
    #[default]
    Pretty,
    /// A character a test.
    Terse,
    /// One JSON object a line.
    Json,
    /// One XML document, of libtest only.
    Junit,
}

/// What counts as a truth value where one is optional.
const TRUTHS: &[&str] = &["true", "false", "yes", "no", "on", "off", "1", "0"];

/// The arguments that are not yet read, the next one last.
type Rest = Vec<String>;

/// The value of an option that takes one.
fn value_of(name: &str, inline: Option<String>, rest: &mut Rest) -> Result<String, Problem> {
    match inline {
        Some(value) => Ok(value),
        None => rest.pop().ok_or_else(|| Problem::no_value(name)),
    }
}

fn unknown(name: &str) -> Problem {
    match near(name, &mapped(OWN, |(own, _)| *own)) {
        "" => Problem::unknown_option(name),
        near => Problem::mistyped_option(name, near),
    }
}

/// The arguments of this process.
pub(crate) fn given() -> Vec<String> {
    let mut given = Vec::new();
    let mut arguments = std::env::args_os();
    // The name of the program.
    arguments.next();
    for argument in arguments {
        given.push(owned(&argument.to_string_lossy()));
    }
    given
}

/// The flags and options of libtest, with whether they take a value.
const OWN: &[(&str, bool)] = &[
    ("--bench", false),
    ("--color", true),
    ("--ensure-time", false),
    ("--exact", false),
    ("--exclude-should-panic", false),
    ("--force-run-in-process", false),
    ("--format", true),
    ("--help", false),
    ("--ignored", false),
    ("--include-ignored", false),
    ("--list", false),
    ("--logfile", true),
    ("--no-capture", false),
    ("--nocapture", false),
    ("--quiet", false),
    ("--report-time", false),
    ("--show-output", false),
    ("--shuffle", false),
    ("--shuffle-seed", true),
    ("--skip", true),
    ("--test", false),
    ("--test-threads", true),
    ("-Z", true),
    ("-h", false),
    ("-q", false),
];

/// Whether an option of libtest takes a value; `None` where it is none.
fn takes_value(name: &str) -> Option<bool> {
    for (own, takes_value) in OWN {
        if *own == name {
            return Some(*takes_value);
        }
    }
    None
}

impl Arguments {
    /// Reads the arguments behind the program's name.
    ///
    /// An option of another harness is noted, value and all, and changes nothing:
    /// `cargo bench -- --save-baseline main` gives it to every target.
    ///
    /// # Errors
    /// If an option is not known, as under libtest, or lacks its value.
    pub(crate) fn read(arguments: Vec<String>) -> Result<Arguments, Problem> {
        let mut read = Arguments::default();
        let mut rest = arguments;
        rest.reverse();
        while let Some(argument) = rest.pop() {
            if argument == "--" {
                rest.reverse();
                read.filters.append(&mut rest);
            } else if argument.starts_with("--") {
                let (name, inline) = match cut(&argument, "=") {
                    Some((name, value)) => (name, Some(owned(value))),
                    None => (&*argument, None),
                };
                read.option(name, inline, &mut rest)?;
            } else if let Some(letters) = argument.strip_prefix("-")
                && !letters.is_empty()
            {
                read.letters(letters, &mut rest)?;
            } else {
                read.filters.push(argument);
            }
        }
        Ok(read)
    }

    /// Options of one letter, which may stand together: `-qZunstable-options`.
    fn letters(&mut self, letters: &str, rest: &mut Rest) -> Result<(), Problem> {
        for (at, letter) in letters.char_indices() {
            let name = format!("-{letter}");
            let behind = &letters[at + letter.len_utf8()..];
            let takes_value = takes_value(&name) == Some(true)
                || foreign::find(&name).is_some_and(|foreign| foreign.value == Value::One);
            if takes_value && !behind.is_empty() {
                let value = behind.strip_prefix("=").unwrap_or(behind);
                return self.option(&name, Some(owned(value)), rest);
            }
            self.option(&name, None, rest)?;
        }
        Ok(())
    }

    fn option(
        &mut self,
        name: &str,
        inline: Option<String>,
        rest: &mut Rest,
    ) -> Result<(), Problem> {
        if let Some(takes_value) = takes_value(name) {
            let value = match (takes_value, inline) {
                (true, inline) => value_of(name, inline, rest)?,
                (false, None) => String::new(),
                (false, Some(_)) => {
                    return Err(Problem::value_of_flag(name));
                }
            };
            return self.take(name, value);
        }
        let Some(foreign) = foreign::find(name) else {
            return Err(unknown(name));
        };
        let value = match foreign.value {
            Value::One => Some(value_of(name, inline, rest)?),
            Value::Truth if inline.is_none() => match rest.last() {
                Some(next) if TRUTHS.contains(&&*next.to_lowercase()) => rest.pop(),
                _ => None,
            },
            Value::Truth | Value::None => inline,
        };
        let words = match value {
            Some(value) => format!("{name} {value}"),
            None => owned(name),
        };
        let instead = match foreign.instead {
            Some(instead) => format!("; {instead}"),
            None => String::new(),
        };
        self.passed_over.push(format!(
            "`{words}` is an option of {} and changes nothing here{instead}",
            foreign.of
        ));
        Ok(())
    }

    /// An option of libtest.
    fn take(&mut self, name: &str, value: String) -> Result<(), Problem> {
        let wrong = |expected: &str| Err(Problem::wrong_option(name, &value, expected));
        match name {
            "--exact" => self.exact = true,
            "--ignored" | "--include-ignored" => {
                let wanted = match name {
                    "--ignored" => Ignored::Only,
                    _ => Ignored::Include,
                };
                if self.ignored != Ignored::Skip && self.ignored != wanted {
                    return Err(Problem::both_ignored());
                }
                self.ignored = wanted;
            }
            "--list" => self.list = true,
            "--skip" => self.skips.push(value),
            "--test-threads" => {
                self.test_threads = parsed(&value);
                if self.test_threads.is_none() {
                    return wrong("a number of threads");
                }
            }
            "--format" => {
                self.format = match &*value {
                    "pretty" => Format::Pretty,
                    "terse" => Format::Terse,
                    "json" => Format::Json,
                    "junit" => Format::Junit,
                    _ => return wrong("pretty, terse or json"),
                }
            }
            "--color" => {
                if !matches!(&*value, "auto" | "always" | "never") {
                    return wrong("auto, always or never");
                }
                self.color = Some(value);
            }
            "--logfile" => self.logfile = Some(value),
            "-q" | "--quiet" => self.format = Format::Terse,
            "--nocapture" | "--no-capture" => self.nocapture = true,
            "-h" | "--help" => self.help = true,
            "--bench" => self.bench = true,
            "--test" => self.test = true,
            // The others change nothing here: budgets run one at a time, in their
            // own order, and are never captured by us.
            _ => {}
        }
        Ok(())
    }

    /// Whether libtest runs no test, whatever their names.
    pub(crate) fn runs_nothing(&self) -> bool {
        self.list || self.help || (self.bench && !self.test)
    }

    /// Whether a test of this name would run.
    pub(crate) fn selects(&self, test: &str, ignored: bool) -> bool {
        let wanted = match self.ignored {
            Ignored::Skip => !ignored,
            Ignored::Only => ignored,
            Ignored::Include => true,
        };
        wanted && self.names(test)
    }

    /// Whether an ignored test of this name would be shown as ignored.
    #[cfg(feature = "harness")]
    pub(crate) fn passes_over_ignored(&self, test: &str) -> bool {
        self.ignored == Ignored::Skip && !self.selects(test, true) && self.names(test)
    }

    fn names(&self, test: &str) -> bool {
        let hits = |patterns: &[String]| {
            for pattern in patterns {
                if test == pattern || (!self.exact && cut(test, pattern).is_some()) {
                    return true;
                }
            }
            false
        };
        (self.filters.is_empty() || hits(&self.filters)) && !hits(&self.skips)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Arguments {
        wrong_or_read(line).unwrap_or_else(|wrong| panic!("{line}: {wrong}"))
    }

    fn wrong_or_read(line: &str) -> Result<Arguments, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Arguments::read(words).map_err(|problem| problem.line())
    }

    #[track_caller]
    fn check(line: &str, selected: &[&str]) {
        let all = [
            "a::fast::perf_budget",
            "a::slow::perf_budget",
            "b::perf_budget",
        ];
        let arguments = read(line);
        let chosen: Vec<&str> = all
            .into_iter()
            .filter(|name| arguments.selects(name, *name == all[1]))
            .collect();
        assert_eq!(chosen, selected, "{line}");
        assert!(arguments.passed_over.is_empty(), "{arguments:?}");
    }

    #[test]
    fn every_runner_of_the_field_is_understood() {
        let (fast, slow, b) = (
            "a::fast::perf_budget",
            "a::slow::perf_budget",
            "b::perf_budget",
        );
        check("", &[fast, b]);
        check("::perf_budget", &[fast, b]);
        check("a:: --include-ignored", &[fast, slow]);
        check("--ignored", &[slow]);
        check("a::fast::perf_budget --exact --nocapture", &[fast]);
        check("fast --exact", &[]);
        check("fast b::perf", &[fast, b]);
        check("--skip fast", &[b]);
        check("--skip=fast -- b::perf", &[b]);
        check("--test-threads 0 --no-capture b::perf", &[b]);
        check(
            "-Z unstable-options --format=json --show-output fast",
            &[fast],
        );
        check(
            "-Zunstable-options --report-time --shuffle-seed 7 b::perf",
            &[b],
        );
        check("--bench --color always --logfile x b::perf", &[b]);
    }

    #[test]
    fn what_runs_no_test_is_known() {
        for (line, nothing) in [
            ("", false),
            ("--list", true),
            ("-h", true),
            ("--bench a", true),
            ("--bench --test a", false),
            ("--test a", false),
        ] {
            assert_eq!(read(line).runs_nothing(), nothing, "{line}");
        }
    }

    #[test]
    fn values_are_kept() {
        let arguments = read("--list --format terse --test-threads=3 x -");
        assert!(arguments.list);
        assert_eq!(arguments.format, Format::Terse);
        assert_eq!(arguments.test_threads, Some(3));
        assert_eq!(arguments.filters, ["x", "-"]);
        assert_eq!(read("-qZunstable-options x").filters, ["x"]);
        assert!(read("-hq").help);
    }

    #[test]
    fn an_option_of_another_harness_is_named_and_its_value_is_no_filter() {
        #[track_caller]
        fn check(line: &str, named: &[&str]) {
            let arguments = read(&format!("{line} mine"));
            assert_eq!(arguments.filters, ["mine"], "{line}");
            let starts: Vec<&str> = arguments
                .passed_over
                .iter()
                .filter_map(|text| text.split(" and changes nothing").next())
                .collect();
            assert_eq!(starts, named, "{line}");
        }
        check(
            "--save-baseline main",
            &["`--save-baseline main` is an option of criterion and of gungraun"],
        );
        check(
            "--sample-size 10 --quick",
            &[
                "`--sample-size 10` is an option of criterion and of divan",
                "`--quick` is an option of criterion",
            ],
        );
        check(
            "-s main --noplot",
            &[
                "`-s main` is an option of criterion and of gungraun",
                "`--noplot` is an option of criterion",
            ],
        );
        check(
            "-nv",
            &[
                "`-n` is an option of criterion",
                "`-v` is an option of criterion",
            ],
        );
        check(
            "--max-time=2 --sort name",
            &[
                "`--max-time 2` is an option of divan",
                "`--sort name` is an option of divan",
            ],
        );
        check(
            "--skip-ext-time true",
            &["`--skip-ext-time true` is an option of divan"],
        );
        check(
            "--skip-ext-time",
            &["`--skip-ext-time` is an option of divan"],
        );
        check(
            "--callgrind-args=--dump-instr=yes",
            &["`--callgrind-args --dump-instr=yes` is an option of gungraun"],
        );
    }

    #[test]
    fn what_libtest_refuses_is_refused() {
        #[track_caller]
        fn check(line: &str, expected: &str) {
            let wrong = wrong_or_read(line).expect_err(line);
            assert!(wrong.starts_with(expected), "{line}: {wrong}");
        }
        check("--new-thing x", "found `--new-thing`, which is no option");
        check(
            "--inclued-ignored",
            "found `--inclued-ignored`, which is no option of this harness; did you mean `--include-ignored`?",
        );
        check("-x", "found `-x`, which");
        check("-qx", "found `-x`, which");
        check("--skip", "found `--skip` without its value");
        check(
            "--save-baseline",
            "found `--save-baseline` without its value",
        );
        check("--exact=yes", "found a value of `--exact`");
        check("--format xml", "found `--format xml`, expected pretty");
        check("--color red", "found `--color red`, expected auto");
        check("--test-threads many", "found `--test-threads many`");
        check("--ignored --include-ignored", "`--ignored` and");
    }

    #[test]
    fn no_option_is_in_two_tables() {
        for (name, _) in OWN {
            assert!(foreign::find(name).is_none(), "{name}");
        }
    }
}
