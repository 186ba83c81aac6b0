//! A temporary Cargo project, built and run as a user's would be.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::processor;
use crate::step::{Stopped, workspace};

/// What a user's shell or build server may have set that would change a build
/// or a verdict.
pub(crate) const NOT_INHERITED: &[&str] = &[
    "CI",
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "RUST_TEST_THREADS",
    "NEXTEST",
    "NEXTEST_RUN_ID",
    "PERF_RUN_ID",
    "PERF_OUT_DIR",
    "PERF_SEED",
    "PERF_LAYOUT_SEED",
    "PERF_TIME_LIMITS",
    "PERF_BUDGETS_FILE",
    "PERF_BUDGETS_MODE",
    "PERF_BUDGETS_PROFILE",
];

/// How the manifest of every project begins.
pub(crate) const HEAD: &str = "[package]\nname = \"measured\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n";

/// A project in a temporary folder, which is removed in the end.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// A package with these dependencies and lines of `Cargo.toml`, and these
    /// files, each a path and its text. Versions are those of this
    /// workspace's lock file where it has them.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(crate) fn new(manifest: &str, files: &[(&str, &str)]) -> Result<Project, Stopped> {
        let project = Project {
            folder: temporary()?,
        };
        project.write("Cargo.toml", &format!("{HEAD}{manifest}"))?;
        project.write("src/lib.rs", "")?;
        for (path, text) in files {
            project.write(path, text)?;
        }
        copy_lock(project.path())?;
        Ok(project)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, folders included.
    ///
    /// # Errors
    /// Names the file.
    pub(crate) fn write(&self, path: &str, text: &str) -> Result<PathBuf, Stopped> {
        let path = self.path().join(path);
        write(&path, text)?;
        Ok(path)
    }

    /// Processor seconds of a build that goes on with what stands in `target`, and what
    /// cargo said.
    ///
    /// # Errors
    /// If it fails.
    pub(crate) fn build_into(
        &self,
        arguments: &str,
        target: &Path,
    ) -> Result<(f64, Output), Stopped> {
        let mut command = self.cargo(arguments, target);
        // Cargo compiles what comes by a path incrementally, which costs more,
        // and what comes from a registry not. Users have this crate from a
        // registry.
        command.env("CARGO_INCREMENTAL", "0");
        let before = processor::seconds_of_children()?;
        let out = succeed(command)?;
        Ok((processor::seconds_of_children()? - before, out))
    }

    /// The same into an empty target folder.
    ///
    /// # Errors
    /// If it fails.
    pub(crate) fn clean_build(&self, arguments: &str) -> Result<(f64, Output), Stopped> {
        self.build_into(arguments, temporary()?.path())
    }

    /// A cargo command in this project, with its own or a shared target folder.
    pub(crate) fn cargo(&self, arguments: &str, target: &Path) -> Command {
        let mut command = self.command(&PathBuf::from(
            env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
        ));
        command
            .args(arguments.split_whitespace())
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_QUIET", "false");
        command
    }

    /// Any command in this project.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path()).stdin(Stdio::null());
        for name in NOT_INHERITED {
            command.env_remove(name);
        }
        command
    }
}

/// A folder that is removed in the end.
///
/// # Errors
/// If there is none.
pub(crate) fn temporary() -> Result<tempfile::TempDir, Stopped> {
    tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))
}

/// Writes a file, folders included.
///
/// # Errors
/// Names the file.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Stopped> {
    fs::create_dir_all(path.parent().unwrap_or(path))
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// Gives a project the versions of this workspace.
///
/// # Errors
/// Names the lock file.
pub(crate) fn copy_lock(folder: &Path) -> Result<(), Stopped> {
    let lock = workspace().join("Cargo.lock");
    let copied = fs::copy(&lock, folder.join("Cargo.lock"));
    copied
        .map(drop)
        .map_err(|error| format!("{}: {error}", lock.display()))
}

/// The dependency line of perf-runtime as this workspace has it, with more
/// after the path.
pub(crate) fn perf_runtime(more: &str) -> String {
    format!(
        "perf-runtime = {{ path = {:?}{more} }}\n",
        workspace().join("perf-runtime")
    )
}

/// More of that line, for a target with `harness = false`.
pub(crate) const HARNESS: &str = ", features = [\"harness\"]";

/// The target folder that optimised projects of this verb share, so that their
/// dependencies are built once.
pub(crate) fn shared_target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace().join("target"), PathBuf::from)
        .join("bench")
}

/// Runs a command to its end and keeps what it prints.
///
/// # Errors
/// If it fails: with all it said.
pub(crate) fn succeed(mut command: Command) -> Result<Output, Stopped> {
    let out = output(&mut command)?;
    if out.status.success() {
        Ok(out)
    } else {
        Err(format!("{command:?}: {}\n{}", out.status, said(&out)))
    }
}

/// Runs a command to its end, however that is.
///
/// # Errors
/// If it cannot be started.
pub(crate) fn output(command: &mut Command) -> Result<Output, Stopped> {
    command
        .output()
        .map_err(|error| format!("{command:?} could not be started: {error}"))
}

/// This program with other arguments.
///
/// # Errors
/// If its own file is not known.
pub(crate) fn myself(arguments: &str) -> Result<Command, Stopped> {
    let own = env::current_exe();
    let own = own.map_err(|error| format!("this program's own file is not known: {error}"))?;
    let mut command = Command::new(own);
    command.args(arguments.split(' '));
    Ok(command)
}

/// Both streams of a command.
pub(crate) fn said(out: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    )
}
