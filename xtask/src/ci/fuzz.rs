//! Every reader of text against random bytes, for a minute each, from the inputs that are kept.

use std::fs;
use std::path::Path;

use super::cargo_has;
use super::memory::{has_nightly, nightly, same_versions};
use crate::step::{Stopped, skipped, step_beside, workspace};

/// How long each target is given new inputs, and how long one input may take: seconds.
const MINUTE: u32 = 60;
const HANG: u32 = 20;
/// The longest input: a record takes more than any other.
const LONGEST: [(&str, u32); 3] = [
    ("records", 60_000),
    ("profiles", 20_000),
    ("baselines", 20_000),
];
const LONGEST_OTHER: u32 = 2_000;

/// Builds and runs all of them.
pub(super) fn all() -> Result<(), Stopped> {
    if !has_nightly() {
        skipped("fuzzing", "it needs a nightly toolchain");
        return Ok(());
    }
    if !cargo_has("fuzz") {
        skipped("fuzzing", "cargo-fuzz could not be installed");
        return Ok(());
    }
    same_versions("xtask/fuzz")?;
    let folder = workspace().join("xtask/fuzz");
    step_beside("building the fuzz targets", &mut fuzz(&folder, &["build"]))?;
    for target in targets(&folder)? {
        run(&folder, &target)?;
    }
    Ok(())
}

fn fuzz(folder: &Path, arguments: &[&str]) -> std::process::Command {
    let mut command = nightly();
    // Unless asked, cargo-fuzz finds its crate in `fuzz`.
    command.current_dir(folder);
    command.arg("fuzz").args(arguments);
    // What is fuzzed has no `unsafe`, so that a sanitizer of addresses has nothing to find.
    command.args(["--fuzz-dir", ".", "--sanitizer", "none"]);
    command.env("CARGO_TARGET_DIR", workspace().join("target/fuzz"));
    command
}

/// The targets, by their files.
fn targets(folder: &Path) -> Result<Vec<String>, Stopped> {
    let entries = fs::read_dir(folder.join("targets"));
    let entries = entries.map_err(|error| format!("the fuzz targets cannot be listed: {error}"))?;
    let stem = |entry: fs::DirEntry| Some(entry.path().file_stem()?.to_string_lossy().into_owned());
    let mut targets: Vec<String> = entries.flatten().filter_map(stem).collect();
    targets.sort();
    Ok(targets)
}

/// New inputs go into the target folder; an input that fails is named, and stays in
/// `artifacts` until it is mended and kept.
fn run(folder: &Path, target: &str) -> Result<(), Stopped> {
    let found = workspace().join("target/fuzz/corpus").join(target);
    fs::create_dir_all(&found)
        .map_err(|error| format!("{}: cannot be made: {error}", found.display()))?;
    let longest = LONGEST.iter().find(|(name, _)| *name == target);
    let longest = longest.map_or(LONGEST_OTHER, |(_, most)| *most);
    let mut command = fuzz(folder, &["run", target]);
    command.arg(found).arg(format!("corpus/{target}"));
    command.arg("--");
    command.args([
        format!("-max_total_time={MINUTE}"),
        format!("-timeout={HANG}"),
        format!("-max_len={longest}"),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
    ]);
    step_beside(&format!("fuzzing {target}"), &mut command)
}
