//! criterion and divan on the same functions, as far as they can be compared: seconds a function.

use std::time::Instant;

use super::kind::functions;
use super::project::{Project, output, said, shared_target, succeed};
use super::table::Table;
use crate::step::Stopped;

/// Runs of criterion: the first is its baseline, the others compare with the
/// one before.
const RUNS: usize = 3;

/// Runs both and compares with our median seconds to a verdict; a table and
/// what it does not show.
///
/// # Errors
/// If they cannot be fetched, built or run.
pub(crate) fn run(ours: f64) -> Result<String, Stopped> {
    let criterion = Peer::criterion()?;
    let divan = Peer::divan()?;
    let mut seconds = 0.0;
    let mut changed = 0;
    for number in 0..RUNS {
        let (took, text) = criterion.run()?;
        seconds += took / RUNS as f64;
        if number > 0 {
            changed += text.matches("Performance has ").count();
        }
    }
    let (divan_seconds, _) = divan.run()?;
    let mut table = Table::new(&["the same functions", "seconds a function", "times ours"]);
    table.row(vec![
        "perf-runtime, to a verdict".to_owned(),
        format!("{ours:.2}"),
        "1".to_owned(),
    ]);
    for (name, seconds) in [("criterion 0.8", seconds), ("divan 0.1", divan_seconds)] {
        table.row(vec![
            name.to_owned(),
            format!("{seconds:.2}"),
            format!("{:.1}", seconds / ours),
        ]);
    }
    let compared = (RUNS - 1) * functions().len();
    Ok(format!(
        "\n{table}criterion states no verdict on a limit; it called {changed} of {compared} unchanged functions changed since its run before\ndivan states no verdict at all: it prints fastest, slowest, median and mean"
    ))
}

struct Peer {
    project: Project,
}

impl Peer {
    fn criterion() -> Result<Peer, Stopped> {
        let mut source = "mod functions;\n\nuse criterion::{Criterion, criterion_group, criterion_main};\n\nfn all(c: &mut Criterion) {\n".to_owned();
        for function in functions() {
            source.push_str(&format!(
                "    c.bench_function(\"{function}\", |b| b.iter(functions::{function}));\n"
            ));
        }
        source.push_str("}\n\ncriterion_group!(benches, all);\ncriterion_main!(benches);\n");
        Peer::build("criterion = \"0.8\"", &source)
    }

    fn divan() -> Result<Peer, Stopped> {
        let mut source = "mod functions;\n\nfn main() {\n    divan::main();\n}\n".to_owned();
        for function in functions() {
            source.push_str(&format!("\n#[divan::bench]\nfn {function}() -> impl Sized {{\n    functions::{function}()\n}}\n"));
        }
        Peer::build("divan = \"0.1\"", &source)
    }

    fn build(dependency: &str, source: &str) -> Result<Peer, Stopped> {
        let manifest = format!(
            "[dev-dependencies]\n{dependency}\n\n[[bench]]\nname = \"peer\"\nharness = false\n"
        );
        let project = Project::new(
            &manifest,
            &[
                ("benches/peer.rs", source),
                ("benches/functions/mod.rs", include_str!("functions.rs")),
            ],
        )?;
        succeed(project.cargo("fetch", &shared_target()))?;
        succeed(project.cargo("bench --no-run", &shared_target()))?;
        Ok(Peer { project })
    }

    /// Seconds a function, and all that was printed.
    fn run(&self) -> Result<(f64, String), Stopped> {
        let mut command = self.project.cargo("bench --bench peer", &shared_target());
        // Its results belong to this comparison alone.
        command.env("CRITERION_HOME", self.project.path().join("criterion"));
        let start = Instant::now();
        let out = output(&mut command)?;
        let took = start.elapsed().as_secs_f64();
        if !out.status.success() {
            return Err(format!("{command:?}: {}\n{}", out.status, said(&out)));
        }
        Ok((took / functions().len() as f64, said(&out)))
    }
}
