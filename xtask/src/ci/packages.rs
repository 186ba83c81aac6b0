//! What crates.io and docs.rs are given: packages, the oldest compiler and the oldest
//! dependencies that are promised, licences and advisories, and the public interface.

use std::fs;
use std::process::Command;

use super::memory::{has_nightly, nightly};
use super::{cargo_has, licences};
use crate::step::{Stopped, cargo, cargo_last, has, last, skipped, step_beside, workspace};

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
    // Each is built from what it would upload, with the packages of those before it.
    step_beside(
        "packages",
        cargo_last()
            .args(["publish", "--dry-run", "--workspace", "--allow-dirty"])
            .args(["--target-dir", "target/package-check"]),
    )?;
    pages()?;
    oldest_compiler()?;
    oldest_dependencies()?;
    licences_and_advisories()?;
    interface()
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

/// What docs.rs shows of each: with a nightly compiler, and with the features that its
/// manifest asks for there, and no others.
fn pages() -> Result<(), Stopped> {
    if !has_nightly() {
        skipped("pages for docs.rs", "they need a nightly toolchain");
        return Ok(());
    }
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output();
    let output = output.map_err(|error| format!("cargo could not be started: {error}"))?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cargo metadata could not be read: {error}"))?;
    for (name, _) in PUBLISHED {
        let packages = metadata["packages"].as_array().into_iter().flatten();
        let mut asked = packages.filter(|package| package["name"] == name);
        let asked =
            asked.find_map(|package| package["metadata"]["docs"]["rs"]["features"].as_array());
        let features = asked.into_iter().flatten().filter_map(|it| it.as_str());
        let mut command = nightly();
        command.env("RUSTDOCFLAGS", "-D warnings --cfg docsrs");
        command.args([
            "doc",
            "--no-deps",
            "--target-dir",
            "target/docs.rs",
            "-p",
            name,
        ]);
        command.args(features.flat_map(|feature| ["--features", feature]));
        step_beside(&format!("pages for docs.rs, {name}"), &mut command)?;
    }
    Ok(())
}

/// The version that the manifests promise. Clippy knows what of the standard library is
/// newer, so that this finds what is new in the language.
fn oldest_compiler() -> Result<(), Stopped> {
    let manifest = fs::read_to_string(workspace().join("Cargo.toml")).unwrap_or_default();
    let promised = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = \""));
    let Some(version) = promised.and_then(|rest| rest.strip_suffix('"')) else {
        return Err("Cargo.toml promises no rust-version".to_owned());
    };
    // rustup knows a toolchain by the name that it was installed by.
    let names = [format!("+{version}"), format!("+{version}.0")];
    let installed = || names.iter().find(|name| has("cargo", &[name, "--version"]));
    if installed().is_none() {
        let _ = Command::new("rustup")
            .args(["toolchain", "install", version, "--profile", "minimal"])
            .status();
    }
    let Some(toolchain) = installed() else {
        skipped(
            &format!("Rust {version}"),
            "it is not installed, and could not be",
        );
        return Ok(());
    };
    let mut command = last("cargo");
    for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTDOC"] {
        command.env_remove(name);
    }
    command.arg(toolchain).arg("check");
    command.args(PUBLISHED.iter().flat_map(|(name, _)| ["-p", name]));
    command.args([
        "--features",
        "perf-runtime/all",
        "--target-dir",
        "target/oldest",
    ]);
    step_beside(&format!("Rust {version}"), &mut command)
}

/// Each direct dependency in the oldest version that its manifest takes, in a copy.
fn oldest_dependencies() -> Result<(), Stopped> {
    if !has_nightly() {
        skipped("oldest dependencies", "they need a nightly toolchain");
        return Ok(());
    }
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let copied = copy(folder.path());
    copied.map_err(|error| format!("the crates could not be copied: {error}"))?;
    let cargo = |arguments: &[&str]| {
        let mut command = nightly();
        command.args(arguments).current_dir(folder.path());
        command.env("CARGO_TARGET_DIR", workspace().join("target/oldest"));
        command
    };
    step_beside(
        "oldest dependencies, chosen",
        &mut cargo(&["update", "-Zdirect-minimal-versions"]),
    )?;
    step_beside(
        "oldest dependencies",
        &mut cargo(&[
            "check",
            "--workspace",
            "--features",
            "perf-runtime/all,perf-report/postgres",
        ]),
    )
}

/// The published crates, in a separate workspace.
fn copy(folder: &std::path::Path) -> std::io::Result<()> {
    let manifest = fs::read_to_string(workspace().join("Cargo.toml"))?;
    let members: Vec<String> = PUBLISHED
        .iter()
        .map(|(_, path)| format!("{path:?}"))
        .collect();
    let lines = manifest.lines().map(|line| match line {
        line if line.starts_with("members = ") => format!("members = [{}]\n", members.join(", ")),
        line if line.starts_with("exclude = ") => String::new(),
        line => format!("{line}\n"),
    });
    fs::write(folder.join("Cargo.toml"), lines.collect::<String>())?;
    fs::copy(workspace().join("README.md"), folder.join("README.md"))?;
    let list = Command::new("git")
        .current_dir(workspace())
        .args(["ls-files", "-z"])
        .output()?;
    let names = String::from_utf8_lossy(&list.stdout).into_owned();
    for name in names.split('\0') {
        if PUBLISHED
            .iter()
            .any(|(_, path)| name.starts_with(&format!("{path}/")))
        {
            let to = folder.join(name);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::copy(workspace().join(name), to)?;
        }
    }
    Ok(())
}

fn licences_and_advisories() -> Result<(), Stopped> {
    if !cargo_has("deny") {
        skipped(
            "licences and advisories",
            "cargo-deny is not installed, and could not be",
        );
        return Ok(());
    }
    licences()?;
    if !has("cargo", &["deny", "fetch", "db"]) {
        skipped("advisories", "the database of advisories cannot be reached");
        return Ok(());
    }
    step_beside(
        "advisories",
        cargo_last().args(["deny", "check", "advisories"]),
    )
}

/// Against the release before, where there is one.
fn interface() -> Result<(), Stopped> {
    const TITLE: &str = "the public interface";
    let tag = Command::new("git")
        .current_dir(workspace())
        .args(["describe", "--tags", "--abbrev=0"])
        .output();
    let tag = tag
        .map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned())
        .unwrap_or_default();
    if tag.is_empty() {
        skipped(TITLE, "there is no release to compare it with");
        return Ok(());
    }
    if !cargo_has("semver-checks") {
        skipped(
            TITLE,
            "cargo-semver-checks is not installed, and could not be",
        );
        return Ok(());
    }
    let mut command = cargo_last();
    command.args(["semver-checks", "--baseline-rev", &tag]);
    command.args(PUBLISHED.iter().flat_map(|(name, _)| ["-p", name]));
    step_beside(TITLE, &mut command)
}
