//! A test program with `harness = false` in a separate project: built once, run again and again, its records read.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::project::{HARNESS, Project, output, perf_runtime, said, shared_target, succeed};
use super::records;
use crate::step::Stopped;

/// The program, built.
pub(crate) struct Program {
    project: Project,
    program: PathBuf,
    runs: usize,
}

/// What a run left behind.
pub(crate) struct Records {
    pub(crate) all: Vec<Value>,
    pub(crate) took: Duration,
}

impl Program {
    /// Writes and builds the test target of this name, optimised, with other files
    /// beside it.
    ///
    /// # Errors
    /// If it cannot be built.
    pub(crate) fn build(
        name: &str,
        source: &str,
        others: &[(&str, &str)],
    ) -> Result<Program, Stopped> {
        let manifest = format!(
            "[dev-dependencies]\n{}\n[[test]]\nname = \"{name}\"\nharness = false\n",
            perf_runtime(HARNESS)
        );
        let path = format!("tests/{name}.rs");
        let files: Vec<(&str, &str)> = [(&*path, source)]
            .into_iter()
            .chain(others.iter().copied())
            .collect();
        let project = Project::new(&manifest, &files)?;
        let build = project.cargo(
            "test --release --no-run --message-format json",
            &shared_target(),
        );
        let out = succeed(build)?;
        let program = executable(&String::from_utf8_lossy(&out.stdout))
            .ok_or("cargo named no test program")?;
        Ok(Program {
            project,
            program,
            runs: 0,
        })
    }

    /// Runs it with these arguments, and reads the records of this many cases.
    ///
    /// # Errors
    /// If there are more or fewer, or one cannot be read.
    pub(crate) fn run(
        &mut self,
        arguments: &[&str],
        budgets: Option<&Path>,
        cases: usize,
    ) -> Result<Records, Stopped> {
        self.runs += 1;
        let name = format!("run-{}", self.runs);
        let out = self.project.path().join("out");
        let mut command = self.project.command(&self.program);
        command
            .args(arguments)
            .env("PERF_OUT_DIR", &out)
            .env("PERF_RUN_ID", &name)
            .env("NO_COLOR", "1");
        if let Some(budgets) = budgets {
            command.env("PERF_BUDGETS_FILE", budgets);
        }
        let start = Instant::now();
        let output = output(&mut command)?;
        let took = start.elapsed();
        let folder = out.join("runs").join(name);
        let all = records::read(&folder, cases)
            .map_err(|error| format!("{error}\n{}: {}", output.status, said(&output)))?;
        // A thousand runs would leave many thousand files.
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Records { all, took })
    }

    /// How long it takes to start and end when it measures nothing.
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

    /// Writes a file beside it.
    ///
    /// # Errors
    /// Names the file.
    pub(crate) fn write(&self, path: &str, text: &str) -> Result<PathBuf, Stopped> {
        self.project.write(path, text)
    }
}

/// The program that a build's messages name.
pub(crate) fn executable(messages: &str) -> Option<PathBuf> {
    let values = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    values
        .filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
        .next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_program_is_the_last_that_cargo_names() {
        let messages = "{\"executable\":null}\nnoise\n{\"executable\":\"/a/lib\"}\n{\"executable\":\"/a/verdicts\"}\n{\"success\":true}\n";
        assert_eq!(executable(messages), Some(PathBuf::from("/a/verdicts")));
    }
}
