//! The program whose cases are judged: several of each kind in one test target with `harness = false`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::kind::KINDS;
use super::program::{Program, Records};
use super::records::{self, Judged};
use crate::step::Stopped;

/// Cases of each kind, which take turns in one process as those of a user's
/// suite do.
pub(crate) const COPIES: usize = 3;

/// The program, built.
pub(crate) struct Suite {
    program: Program,
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
        let functions = ("tests/functions/mod.rs", include_str!("functions.rs"));
        Ok(Suite {
            program: Program::build("verdicts", &source(), &[functions])?,
        })
    }

    /// Cases that run together.
    pub(crate) fn cases(which: Which) -> usize {
        match which {
            Which::All => COPIES * KINDS.len(),
            Which::One(_) => 1,
        }
    }

    /// Runs cases in a separate process under a budget file.
    ///
    /// # Errors
    /// If they are not all judged, for whatever reason.
    pub(crate) fn run(&mut self, which: Which, budgets: &Path) -> Result<Ran, Stopped> {
        let one = match which {
            Which::All => None,
            Which::One(kind) => Some(format!("copy_0::{}::perf_budget", KINDS[kind].name())),
        };
        let arguments: Vec<&str> = one.iter().flat_map(|name| [&**name, "--exact"]).collect();
        let Records { all, took } =
            self.program
                .run(&arguments, Some(budgets), Suite::cases(which))?;
        Ok(Ran {
            cases: all
                .iter()
                .map(records::judged)
                .collect::<Result<_, Stopped>>()?,
            took,
        })
    }

    /// How long the program takes to start and end when it measures nothing.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(crate) fn start_takes(&self) -> Result<Duration, Stopped> {
        self.program.start_takes()
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
        self.program.write(&format!("{name}.toml"), &text)
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
}
