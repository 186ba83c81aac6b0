//! The other tools: how each is asked, and what its answer looks like.

use std::env;
use std::path::{Path, PathBuf};

use super::super::ab::plan::Case;
use super::super::project::{shared_target, succeed};
use super::TOLERANCE;
use crate::step::Stopped;

/// What is said of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Same,
    Slower,
    Faster,
}

/// A tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Criterion,
    Divan,
    Tango,
    Gungraun,
}

/// The versions of gungraun and of its runner have to be the same.
const GUNGRAUN: &str = "0.20.0";

impl Tool {
    pub(crate) const ALL: [Tool; 4] = [Tool::Criterion, Tool::Divan, Tool::Tango, Tool::Gungraun];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Tool::Criterion => "criterion 0.8",
            Tool::Divan => "divan 0.1",
            Tool::Tango => "tango 0.9",
            Tool::Gungraun => "gungraun 0.20, instructions",
        }
    }

    pub(crate) fn dependency(self) -> String {
        match self {
            Tool::Criterion => "criterion = \"0.8\"".to_owned(),
            Tool::Divan => "divan = \"0.1\"".to_owned(),
            Tool::Tango => "tango-bench = \"0.9\"".to_owned(),
            Tool::Gungraun => format!("gungraun = \"={GUNGRAUN}\""),
        }
    }

    /// The benchmarks of these functions.
    pub(crate) fn benches(self, cases: &[Case]) -> String {
        let each = |line: &dyn Fn(&str) -> String| -> String {
            cases.iter().map(|case| line(&case.name())).collect()
        };
        match self {
            Tool::Criterion => {
                let all = each(&|name| {
                    format!("    c.bench_function(\"{name}\", |b| b.iter(measured::{name}));\n")
                });
                format!(
                    "use criterion::{{Criterion, criterion_group, criterion_main}};\n\nfn all(c: &mut Criterion) {{\n{all}}}\n\ncriterion_group!(benches, all);\ncriterion_main!(benches);\n"
                )
            }
            Tool::Divan => {
                let all = each(&|name| {
                    format!(
                        "\n#[divan::bench]\nfn {name}() -> impl Sized {{\n    measured::{name}()\n}}\n"
                    )
                });
                format!("fn main() {{\n    divan::main();\n}}\n{all}")
            }
            Tool::Tango => {
                let all = each(&|name| {
                    format!("        benchmark_fn(\"{name}\", |b| b.iter(measured::{name})),\n")
                });
                format!(
                    "use tango_bench::{{IntoBenchmarks, benchmark_fn, tango_benchmarks}};\n\nfn all() -> impl IntoBenchmarks {{\n    [\n{all}    ]\n}}\n\ntango_benchmarks!(all());\n"
                )
            }
            Tool::Gungraun => {
                let all = each(&|name| {
                    format!(
                        "#[library_benchmark]\nfn {name}() {{\n    black_box(measured::{name}());\n}}\n\n"
                    )
                });
                let names: Vec<String> = cases.iter().map(|case| case.name()).collect();
                format!(
                    "use std::hint::black_box;\n\nuse gungraun::{{library_benchmark, library_benchmark_group, main}};\n\n{all}library_benchmark_group!(name = all; benchmarks = {});\n\nmain!(library_benchmark_groups = all);\n",
                    names.join(", ")
                )
            }
        }
    }

    /// Arguments of the program before the change and after it; `None` where the first
    /// build itself is kept.
    pub(crate) fn arguments(self, is_after: bool, before: &Path) -> Option<String> {
        Some(match (self, is_after) {
            (Tool::Criterion, false) => "--save-baseline before".to_owned(),
            (Tool::Criterion, true) => "--baseline before".to_owned(),
            (Tool::Divan, _) => String::new(),
            (Tool::Tango, false) => return None,
            (Tool::Tango, true) => format!("compare {}", before.display()),
            (Tool::Gungraun, false) => "--save-baseline=before".to_owned(),
            (Tool::Gungraun, true) => {
                let percent = TOLERANCE * 100.0;
                format!("--baseline=before --callgrind-limits=ir={percent}%")
            }
        })
    }

    /// The code with which it says that something is slower, beside 0.
    pub(crate) fn code_of_slower(self) -> Option<i32> {
        match self {
            Tool::Criterion | Tool::Divan => None,
            Tool::Tango => Some(1),
            Tool::Gungraun => Some(3),
        }
    }

    /// The program beside the library that it needs, built where it is missing.
    ///
    /// # Errors
    /// If it cannot be built.
    pub(crate) fn runner(self) -> Result<Option<PathBuf>, Stopped> {
        if self != Tool::Gungraun {
            return Ok(None);
        }
        let folder = shared_target().join("gungraun");
        let program = folder.join("bin/gungraun-runner");
        if !program.exists() {
            let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let mut command = std::process::Command::new(cargo);
            command.args([
                "install",
                "--locked",
                "gungraun-runner",
                "--version",
                GUNGRAUN,
            ]);
            command.arg("--root").arg(&folder);
            command.env("CARGO_TARGET_DIR", folder.join("target"));
            succeed(command)?;
        }
        Ok(Some(program))
    }

    /// What it said of a function; `None` of a tool that compares nothing.
    ///
    /// # Errors
    /// If it said nothing.
    pub(crate) fn answer(self, text: &str, name: &str) -> Result<Option<Answer>, Stopped> {
        let answer = match self {
            Tool::Divan => return Ok(None),
            Tool::Criterion => criterion(block(text, name)?),
            Tool::Tango => tango(text, name)?,
            Tool::Gungraun => gungraun(text, name)?,
        };
        Ok(Some(answer))
    }
}

fn criterion(block: &str) -> Answer {
    match block {
        _ if block.contains("Performance has regressed") => Answer::Slower,
        _ if block.contains("Performance has improved") => Answer::Faster,
        _ => Answer::Same,
    }
}

/// What criterion says of one function: from the line that begins with the name to the next
/// sentence about a change.
///
/// # Errors
/// If the function was not compared.
fn block<'a>(text: &'a str, name: &str) -> Result<&'a str, Stopped> {
    let mut at = 0;
    let mut start = None;
    for line in text.split_inclusive('\n') {
        let is_name = line.split_whitespace().next() == Some(name) && !line.starts_with(' ');
        match start {
            None if is_name => start = Some(at),
            Some(start)
                if ["Performance has", "No change", "Change within"]
                    .iter()
                    .any(|words| line.contains(words)) =>
            {
                return Ok(&text[start..at + line.len()]);
            }
            _ => {}
        }
        at += line.len();
    }
    Err(format!("criterion does not say whether `{name}` changed"))
}

/// `hash_100  [ 101.2 ns ... 105.9 ns ]  +4.64%*`: a star where it is significant.
fn tango(text: &str, name: &str) -> Result<Answer, Stopped> {
    let line = text
        .lines()
        .find(|line| line.split_whitespace().next() == Some(name))
        .ok_or_else(|| format!("tango says nothing of `{name}`:\n{text}"))?;
    let change = line.split_whitespace().last().unwrap_or_default();
    Ok(match change.strip_suffix('*') {
        None => Answer::Same,
        Some(change) if change.starts_with('-') => Answer::Faster,
        Some(_) => Answer::Slower,
    })
}

/// `Instructions:  105|100  (+5.00000%) [+1.05x]` behind a line that ends in the name.
fn gungraun(text: &str, name: &str) -> Result<Answer, Stopped> {
    let mut lines = text
        .lines()
        .skip_while(|line| !line.trim_end().ends_with(&format!("::{name}")));
    let line = lines
        .find(|line| line.trim_start().starts_with("Instructions:"))
        .ok_or_else(|| format!("gungraun says nothing of `{name}`:\n{text}"))?;
    if line.contains("No change") {
        return Ok(Answer::Same);
    }
    let percent = line
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once('%'));
    let percent: f64 = percent
        .and_then(|(percent, _)| percent.parse().ok())
        .ok_or_else(|| format!("found `{line}`, expected a change in percent"))?;
    Ok(match percent / 100.0 {
        change if change > TOLERANCE => Answer::Slower,
        change if change < -TOLERANCE => Answer::Faster,
        _ => Answer::Same,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tools_answer_is_read() {
        let criterion = "hash_100                time:   [1 ns 2 ns 3 ns]\n                        change: [+4% +5% +6%] (p = 0.00 < 0.05)\n                        Performance has regressed.\nFound 3 outliers\nhash_120                time:   [1 ns 2 ns 3 ns]\n                        change: [+0.1% +0.2% +0.3%] (p = 0.00 < 0.05)\n                        Change within noise threshold.\nsort_by_5\n                        time:   [1 ns 2 ns 3 ns]\n                        change: [-4% -5% -6%] (p = 0.00 < 0.05)\n                        Performance has improved.\n";
        let tango = "hash_100             [ 101.2 ns ... 105.9 ns ]      +4.64%*\nhash_120             [ 101.2 ns ... 101.3 ns ]      +0.10%\nsort_by_5            [   2.2 us ...   2.1 us ]      -4.54%*\n";
        let gungraun = "peer::all::hash_100\n  Baselines:                       |before\n  Instructions:                105|100             (+5.00000%) [+1.05000x]\npeer::all::hash_120\n  Instructions:                100|100             (No change)\npeer::all::sort_by_5\n  Instructions:                 90|100             (-10.0000%) [-1.11111x]\n";
        for (tool, text) in [
            (Tool::Criterion, criterion),
            (Tool::Tango, tango),
            (Tool::Gungraun, gungraun),
        ] {
            let said = |name| tool.answer(text, name);
            assert_eq!(said("hash_100"), Ok(Some(Answer::Slower)), "{tool:?}");
            assert_eq!(said("hash_120"), Ok(Some(Answer::Same)), "{tool:?}");
            assert_eq!(said("sort_by_5"), Ok(Some(Answer::Faster)), "{tool:?}");
            assert!(said("map_100").is_err(), "{tool:?}");
        }
        assert_eq!(Tool::Divan.answer("", "hash_100"), Ok(None));
    }
}
