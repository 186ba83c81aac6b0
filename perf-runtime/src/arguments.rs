//! What a test binary was asked: the arguments of libtest, cargo, nextest,
//! rust-analyzer and IntelliJ, understood or politely passed over.

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
    /// What was passed over because this harness has nothing like it.
    pub(crate) passed_over: Vec<String>,
    /// `--help`.
    pub(crate) help: bool,
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
}

impl Arguments {
    /// Reads the arguments behind the program's name. Nothing is refused: an
    /// unknown flag is noted and passed over, because a budget that does not
    /// run for a flag's sake protects nobody.
    pub(crate) fn read(arguments: impl IntoIterator<Item = String>) -> Arguments {
        let mut read = Arguments::default();
        let mut rest = arguments.into_iter();
        while let Some(argument) = rest.next() {
            if argument == "--" {
                read.filters.extend(rest.by_ref());
                break;
            }
            let (flag, inline) = match argument.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => {
                    (flag.to_owned(), Some(value.to_owned()))
                }
                _ => (argument, None),
            };
            read.take(&flag, inline, &mut rest);
        }
        read
    }

    fn take(&mut self, flag: &str, inline: Option<String>, rest: &mut dyn Iterator<Item = String>) {
        let mut value = || inline.clone().or_else(|| rest.next()).unwrap_or_default();
        match flag {
            "--exact" => self.exact = true,
            "--ignored" => self.ignored = Ignored::Only,
            "--include-ignored" => self.ignored = Ignored::Include,
            "--list" => self.list = true,
            "--skip" => {
                let skip = value();
                self.skips.push(skip);
            }
            "--test-threads" => self.test_threads = value().parse().ok(),
            "--format" => {
                self.format = match &*value() {
                    "terse" => Format::Terse,
                    "json" => Format::Json,
                    _ => Format::Pretty,
                }
            }
            "--color" => self.color = Some(value()),
            "--logfile" => self.logfile = Some(value()),
            "-q" | "--quiet" => self.format = Format::Terse,
            "-h" | "--help" => self.help = true,
            "-Z" | "--shuffle-seed" => drop(value()),
            // Flags of libtest that change nothing here: budgets run one at a
            // time, in their own order, and are never captured by us.
            "--nocapture"
            | "--no-capture"
            | "--show-output"
            | "--test"
            | "--bench"
            | "--shuffle"
            | "--report-time"
            | "--ensure-time"
            | "--force-run-in-process"
            | "--exclude-should-panic" => {}
            _ if flag.starts_with("-Z") => {}
            _ if flag.starts_with('-') && flag.len() > 1 => self.passed_over.push(flag.to_owned()),
            filter => self.filters.push(filter.to_owned()),
        }
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
        let hits = |pattern: &String| {
            if self.exact {
                test == pattern
            } else {
                test.contains(&**pattern)
            }
        };
        (self.filters.is_empty() || self.filters.iter().any(hits)) && !self.skips.iter().any(hits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Arguments {
        Arguments::read(line.split_whitespace().map(str::to_owned))
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
    fn values_are_kept_and_strange_flags_are_noted() {
        let arguments = read("--list --format terse --test-threads=3 --new-thing x");
        assert!(arguments.list);
        assert_eq!(arguments.format, Format::Terse);
        assert_eq!(arguments.test_threads, Some(3));
        assert_eq!(arguments.passed_over, ["--new-thing"]);
        assert_eq!(arguments.filters, ["x"]);
    }
}
