//! What other programs' own readers make of the files in `tests/golden`.
//!
//! A reader that is not installed leaves its test out, by name. `cargo xtask ci`
//! installs those that cost little.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A reader: what it is called, how it is started, and what says that it is there.
pub(crate) struct Reader {
    program: fn() -> PathBuf,
    probe: &'static [&'static str],
    read: &'static [&'static str],
    /// The file on standard input; else its path is the last argument.
    from_stdin: bool,
    file: &'static str,
    /// What it shows then.
    shows: &'static [&'static str],
}

const OPENMETRICS: &str = "
import sys
from prometheus_client.openmetrics.parser import text_fd_to_metric_families as read
families = {family.name: family for family in read(open(sys.argv[1]))}
for sample in families['perf_budget_measured_seconds'].samples:
    if sample.labels['case'] == 'parser::tokens' and sample.labels['metric'] == 'p99':
        print(families['perf_budget_measured_seconds'].unit, sample.value)
";
const CSV: &str = "
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline='', encoding='utf-8')))
print(sum(row['verdict'] != '' for row in rows), 'judged')
print([row['sentence'] for row in rows if row['verdict'] == 'waived'])
";

pub(crate) const READERS: &[(&str, Reader)] = &[
    (
        "Python's csv module reads the CSV",
        Reader {
            program: python,
            probe: &["--version"],
            read: &["-c", CSV],
            from_stdin: false,
            file: "report.csv",
            // Thirteen limits, and a case that failed by itself.
            shows: &[
                "14 judged",
                "'p99 124 ms is over its budget of 100 ms by 24 %, waived",
            ],
        },
    ),
    (
        "prometheus_client reads the OpenMetrics",
        Reader {
            program: python,
            probe: &[
                "-c",
                "import importlib.util as i, sys; sys.exit(i.find_spec('prometheus_client') is None)",
            ],
            read: &["-c", OPENMETRICS],
            from_stdin: false,
            file: "openmetrics.txt",
            shows: &["seconds 0.0084"],
        },
    ),
    (
        "promtool finds nothing to say about the OpenMetrics",
        Reader {
            program: || "promtool".into(),
            probe: &["--version"],
            read: &["check", "metrics"],
            from_stdin: true,
            file: "openmetrics.txt",
            shows: &[],
        },
    ),
    (
        "pytest-benchmark compares the JSON",
        Reader {
            program: python,
            probe: &[
                "-c",
                "import importlib.util as i, sys; sys.exit(i.find_spec('pytest_benchmark') is None)",
            ],
            read: &["-m", "pytest_benchmark", "compare"],
            from_stdin: false,
            file: "pytest-benchmark.json",
            shows: &[
                "benchmark 'config': 5 tests",
                "parses_the_config",
                "8,100.0000",
            ],
        },
    ),
    (
        "benchstat reads the Go benchmark format",
        Reader {
            program: || "benchstat".into(),
            probe: &["-h"],
            read: &[],
            from_stdin: false,
            file: "go-bench.txt",
            shows: &[
                "pkg: parser",
                "p99-sec",
                "Parses_the_config-2",
                "9.300m",
                "3.000Mi",
            ],
        },
    ),
];

/// That of the readers which CI installs, where it is there.
fn python() -> PathBuf {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/readers/bin/python");
    if installed.exists() {
        installed
    } else {
        "python3".into()
    }
}

impl Reader {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new((self.program)());
        command.args(arguments).stdin(Stdio::null());
        command
    }

    pub(crate) fn is_there(&self) -> bool {
        let out = self.command(self.probe).output();
        // Some say how they are used with another code.
        out.is_ok_and(|out| out.status.success() || self.probe == ["-h"])
    }

    pub(crate) fn check(&self) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden")
            .join(self.file);
        let mut command = self.command(self.read);
        if self.from_stdin {
            command.stdin(std::fs::File::open(file).expect("the file is there"));
        } else {
            command.arg(file);
        }
        let out = command.output().expect("it can be started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let shown = text(&out.stdout) + &text(&out.stderr);
        assert!(out.status.success(), "{shown}");
        for part in self.shows {
            assert!(shown.contains(part), "no {part:?} in\n{shown}");
        }
        if self.shows.is_empty() {
            assert_eq!(shown.trim(), "");
        }
    }
}
