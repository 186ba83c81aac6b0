//! What is published: packages, and what they hold.

use crate::step::{Stopped, cargo, last, step_beside};

/// The crates that are published, in an order in which each finds what it depends on.
pub(super) const PUBLISHED: [(&str, &str); 6] = [
    ("perf-grammar", "perf-macros/grammar"),
    ("perf-statistics", "perf-runtime/statistics"),
    ("perf-macros", "perf-macros"),
    ("perf-layer", "perf-runtime/layer"),
    ("perf-runtime", "perf-runtime"),
    ("perf-report", "perf-report"),
];
/// What every package holds.
const HELD: [&str; 4] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];
/// The most files that one may hold, and what no user of it needs.
const MOST: usize = 400;
const NEEDLESS: [&str; 2] = ["tests/", "golden/"];

/// All of it.
pub(super) fn all() -> Result<(), Stopped> {
    for (name, _) in PUBLISHED {
        holds_what_it_should(name)?;
    }
    // As they would be published, in an order in which each finds what it depends on.
    step_beside(
        "packages",
        last(cargo().get_program())
            .args([
                "publish",
                "--dry-run",
                "--workspace",
                "--allow-dirty",
                "--no-verify",
            ])
            .args(["--target-dir", "target/package-check"]),
    )
}

fn holds_what_it_should(name: &str) -> Result<(), Stopped> {
    let mut command = cargo();
    let output = command
        .args(["package", "--list", "--allow-dirty", "-p", name])
        .output();
    let output = output.map_err(|error| format!("cargo could not be started: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let files: Vec<&str> = text.lines().collect();
    let lacks = HELD.iter().find(|file| !files.contains(*file));
    let needless = files
        .iter()
        .find(|file| NEEDLESS.iter().any(|start| file.starts_with(start)));
    match (lacks, needless) {
        (Some(file), _) => Err(format!("the package of {name} has no {file}: {files:?}")),
        (_, Some(file)) => Err(format!(
            "the package of {name} holds {file}, which no user needs"
        )),
        _ if files.len() > MOST => {
            Err(format!("the package of {name} holds {} files", files.len()))
        }
        _ => Ok(()),
    }
}
