//! The program whose cases are judged: several of each kind in one test target with `harness = false`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::kind::KINDS;
use super::project::{Project, output, perf_runtime, said, shared_target, succeed};
use super::records::{self, Judged};
use crate::step::Stopped;

/// Cases of each kind, which take turns in one process as those of a user's
/// suite do.
pub(crate) const COPIES: usize = 3;

/// The program, built.
pub(crate) struct Suite {
    project: Project,
    program: PathBuf,
    runs: usize,
}

/// Which cases of the program run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    All,
    /// The first case of this kind, by its place in [`KINDS`].
    One(usize),
}

/// A process that ran to its end.
pub(crate) struct Ran {
    pub(crate) cases: Vec<Judged>,
    pub(crate) took: Duration,
}

impl Suite {
    /// Writes and builds the program, optimised.
    ///
    /// # Errors
    /// If it cannot be built.
    pub(crate) fn build() -> Result<Suite, Stopped> {
        let manifest = format!(
            "[dev-dependencies]\n{}\n[[test]]\nname = \"verdicts\"\nharness = false\n",
            perf_runtime("")
        );
        let files = [
            ("tests/verdicts.rs", &*source()),
            ("tests/functions/mod.rs", include_str!("functions.rs")),
        ];
        let project = Project::new(&manifest, &files)?;
        let build = project.cargo(
            "test --release --no-run --message-format json",
            &shared_target(),
        );
        let out = succeed(build)?;
        let program = executable(&String::from_utf8_lossy(&out.stdout))
            .ok_or("cargo named no test program")?;
        Ok(Suite {
            project,
            program,
            runs: 0,
        })
    }

    /// Cases that run together.
    pub(crate) fn cases(which: Which) -> usize {
        match which {
            Which::All => COPIES * KINDS.len(),
            Which::One(_) => 1,
        }
    }

    /// Runs cases in a process of their own under a budget file.
    ///
    /// # Errors
    /// If they are not all judged, for whatever reason.
    pub(crate) fn run(&mut self, which: Which, budgets: &Path) -> Result<Ran, Stopped> {
        self.runs += 1;
        let name = format!("run-{}", self.runs);
        let out = self.project.path().join("out");
        let mut command = self.project.command(&self.program);
        command
            .env("PERF_OUT_DIR", &out)
            .env("PERF_RUN_ID", &name)
            .env("PERF_BUDGETS_FILE", budgets)
            .env("NO_COLOR", "1");
        if let Which::One(kind) = which {
            command.args([
                &format!("copy_0::{}::perf_budget", KINDS[kind].name()),
                "--exact",
            ]);
        }
        let start = Instant::now();
        let output = output(&mut command)?;
        let took = start.elapsed();
        let folder = out.join("runs").join(name);
        let cases = records::read(&folder, Suite::cases(which))
            .map_err(|error| format!("{error}\n{}: {}", output.status, said(&output)))?;
        // A thousand suites would leave many thousand files.
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Ran { cases, took })
    }

    /// How long the program takes to start and end when it measures nothing.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(crate) fn start_takes(&self) -> Result<Duration, Stopped> {
        let mut command = self.project.command(&self.program);
        command.arg("--list");
        let start = Instant::now();
        succeed(command)?;
        Ok(start.elapsed())
    }

    /// Writes a budget file: defaults, then one table for each kind.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn budgets(
        &self,
        name: &str,
        mode: &str,
        of_kind: impl Fn(usize) -> String,
    ) -> Result<PathBuf, Stopped> {
        let mut text = format!("schema = 1\nmode = \"{mode}\"\n");
        for (at, kind) in KINDS.iter().enumerate() {
            text.push_str(&format!(
                "\n[budget.\"{}\"]\n{}\n",
                kind.name(),
                of_kind(at)
            ));
        }
        self.project.write(&format!("{name}.toml"), &text)
    }
}

/// Every case; the budget file says what its limit is.
fn source() -> String {
    let mut text =
        "//! Cases whose limits a budget file sets.\n\nmod functions;\n\nperf_runtime::main!();\n"
            .to_owned();
    for copy in 0..COPIES {
        text.push_str(&format!(
            "\nmod copy_{copy} {{\n    use crate::functions;\n    use perf_runtime::perf_budget;\n"
        ));
        for kind in KINDS {
            let (name, function, metric) = (kind.name(), kind.function, kind.metric);
            text.push_str(&format!("\n    #[perf_budget({metric} = \"10s\")]\n    fn {name}() -> impl Sized {{\n        functions::{function}()\n    }}\n"));
        }
        text.push_str("}\n");
    }
    text
}

/// The program that a build's messages name.
fn executable(messages: &str) -> Option<PathBuf> {
    let values = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    values
        .filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
        .next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_holds_every_case_once() {
        let text = source();
        assert_eq!(
            text.matches("#[perf_budget(").count(),
            Suite::cases(Which::All)
        );
        assert!(text.contains("mod copy_2 {") && text.contains("fn sort_p99() -> impl Sized {"));
    }

    #[test]
    fn the_test_program_is_the_last_that_cargo_names() {
        let messages = "{\"executable\":null}\nnoise\n{\"executable\":\"/a/lib\"}\n{\"executable\":\"/a/verdicts\"}\n{\"success\":true}\n";
        assert_eq!(executable(messages), Some(PathBuf::from("/a/verdicts")));
    }
}
