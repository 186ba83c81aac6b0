//! criterion on the same functions: its baseline saved by the first build, and the
//! second compared with that.

use std::time::Instant;

use perf_statistics::at_most;

use super::super::project::{Project, output, said, shared_target, succeed};
use super::super::table::Table;
use super::plan::{self, Case};
use super::{WORKLOADS, WORKLOADS_MANIFEST};
use crate::step::Stopped;

/// The slowdown that it is given beside the unchanged functions, percent.
const SLOWER: usize = 5;

/// How often it said what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Heard {
    compared: u64,
    regressed: u64,
    improved: u64,
}

/// Saves a baseline and compares with it, so many times; a table.
///
/// # Errors
/// If it cannot be fetched, built or run.
pub(crate) fn run(times: usize, load: &str) -> Result<String, Stopped> {
    let cases: Vec<Case> = Case::all()
        .into_iter()
        .filter(|case| [0, SLOWER].contains(&case.slower))
        .collect();
    let project = Project::new(
        &format!(
            "{WORKLOADS}\n[dev-dependencies]\ncriterion = \"0.8\"\n\n[[bench]]\nname = \"peer\"\nharness = false\n"
        ),
        &[
            ("workloads/Cargo.toml", WORKLOADS_MANIFEST),
            ("workloads/src/lib.rs", include_str!("workloads.rs")),
            ("benches/peer.rs", &benches(&cases)),
        ],
    )?;
    succeed(project.cargo("fetch", &shared_target()))?;
    let (mut unchanged, mut slower, mut seconds) = (Heard::default(), Heard::default(), 0.0);
    for _ in 0..times {
        for (is_after, option) in [(false, "--save-baseline"), (true, "--baseline")] {
            project.write("src/lib.rs", &plan::library(&cases, is_after))?;
            succeed(project.cargo("bench --no-run", &shared_target()))?;
            let mut command = project.cargo(
                &format!("bench --bench peer -- {option} before"),
                &shared_target(),
            );
            command.env("CRITERION_HOME", project.path().join("criterion"));
            let start = Instant::now();
            let out = output(&mut command)?;
            seconds += start.elapsed().as_secs_f64();
            if !out.status.success() {
                return Err(format!("{command:?}: {}\n{}", out.status, said(&out)));
            }
            if is_after {
                let text = String::from_utf8_lossy(&out.stdout);
                for case in &cases {
                    let heard = if case.slower == 0 {
                        &mut unchanged
                    } else {
                        &mut slower
                    };
                    heard.add(block(&text, &case.name())?);
                }
            }
        }
    }
    let functions = (unchanged.compared + slower.compared) as f64;
    let mut table = Table::new(&[
        "criterion 0.8",
        "comparisons",
        "regressed",
        "improved",
        "changes in 1,000, at most",
    ]);
    for (name, heard, is_wrong) in [
        ("unchanged".to_owned(), unchanged, true),
        (format!("{SLOWER} % slower"), slower, false),
    ] {
        let changed = heard.regressed + heard.improved;
        table.row(vec![
            name,
            heard.compared.to_string(),
            heard.regressed.to_string(),
            heard.improved.to_string(),
            match is_wrong {
                true => format!("{:.0}", 1000.0 * at_most(changed, heard.compared)),
                false => String::new(),
            },
        ]);
    }
    Ok(format!(
        "\nthe same functions, {load}, {:.1} s a function for both builds:\n{table}",
        seconds / functions
    ))
}

impl Heard {
    fn add(&mut self, block: &str) {
        self.compared += 1;
        self.regressed += u64::from(block.contains("Performance has regressed"));
        self.improved += u64::from(block.contains("Performance has improved"));
    }
}

/// What it says of one function: from the line that begins with the name to the next
/// sentence about a change.
///
/// # Errors
/// If the function was not compared.
pub(crate) fn block<'a>(text: &'a str, name: &str) -> Result<&'a str, Stopped> {
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

/// Its benchmarks of these functions.
pub(crate) fn benches(cases: &[Case]) -> String {
    let mut text =
        "use criterion::{Criterion, criterion_group, criterion_main};\n\nfn all(c: &mut Criterion) {\n"
            .to_owned();
    for case in cases {
        let name = case.name();
        text.push_str(&format!(
            "    c.bench_function(\"{name}\", |b| b.iter(measured::{name}));\n"
        ));
    }
    text.push_str("}\n\ncriterion_group!(benches, all);\ncriterion_main!(benches);\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "hash_100                time:   [1 ns 2 ns 3 ns]
                        change: [+4% +5% +6%] (p = 0.00 < 0.05)
                        Performance has regressed.
Found 3 outliers
hash_120                time:   [1 ns 2 ns 3 ns]
                        change: [+0.1% +0.2% +0.3%] (p = 0.00 < 0.05)
                        Change within noise threshold.
map_by_5
                        time:   [1 ns 2 ns 3 ns]
                        change: [-4% -5% -6%] (p = 0.00 < 0.05)
                        Performance has improved.
";

    #[track_caller]
    fn check(name: &str, regressed: u64, improved: u64) {
        let mut heard = Heard::default();
        heard.add(block(SAID, name).expect("it is said"));
        let expected = Heard {
            compared: 1,
            regressed,
            improved,
        };
        assert_eq!(heard, expected, "{name}");
    }

    #[test]
    fn each_function_has_its_own_sentence() {
        check("hash_100", 1, 0);
        check("hash_120", 0, 0);
        check("map_by_5", 0, 1);
        assert!(block(SAID, "sort_100").is_err());
    }
}
