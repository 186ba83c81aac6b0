//! Cargo: builds the tests and finds the executables that hold budgets.

mod configuration;
mod debug;
pub(crate) mod declared;
mod environment;
pub(crate) mod lock;
mod members;
mod message;
pub(crate) mod reuse;
mod setup;
mod unbuilt;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) use self::configuration::{Configuration, with_own_variables};
pub(crate) use self::lock::FILE as LOCK;
use self::message::{Artifact, Graph, Message, Metadata};
pub(crate) use self::message::{Package, Target};
pub(crate) use self::unbuilt::Unbuilt;
use crate::infra::child::{self, Child};
use crate::infra::world::World;
use crate::model::protocol::Dialect;

/// Which tests to build, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BuildOptions {
    /// A profile other than `release`.
    pub(crate) profile: Option<String>,
    /// `-p`; the whole workspace where there is none.
    pub(crate) packages: Vec<String>,
    /// Passed on as they are: features, targets.
    pub(crate) passed_on: Vec<String>,
    /// Whether that names targets: the others were not wanted.
    pub(crate) names_targets: bool,
}

/// The workspace.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    program: OsString,
    metadata: Metadata,
    configuration: Configuration,
}

/// A test executable that can be a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binary {
    /// For people: `parser (lib)`, `parser (test budgets)`.
    pub(crate) name: String,
    /// How it speaks as a worker.
    pub(crate) dialect: Dialect,
    pub(crate) executable: PathBuf,
    /// Where cargo would start it: the package's own folder.
    pub(crate) directory: PathBuf,
    /// The variables cargo would set.
    pub(crate) variables: Vec<(OsString, OsString)>,
    /// What cargo is configured to start it with: a program and its arguments.
    pub(crate) runner: Vec<OsString>,
}

/// A target of `benches/`, or one that `[[bench]]` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Benchmark {
    pub(crate) name: String,
    /// The folder of its package, and its edition.
    pub(crate) folder: PathBuf,
    pub(crate) edition: String,
    pub(crate) source: PathBuf,
}

/// What a build left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Built {
    pub(crate) binaries: Vec<Binary>,
    /// Executables without budgets, by name; they are never started.
    pub(crate) without: Vec<String>,
    /// Budgets in targets that cargo leaves out without being asked to build them.
    pub(crate) unbuilt: Vec<Unbuilt>,
}

impl Workspace {
    /// Asks cargo about the workspace of the working directory.
    ///
    /// # Errors
    /// If cargo cannot be started or finds no workspace.
    pub(crate) fn find(world: &World) -> Result<Workspace, String> {
        let program = world
            .variable("CARGO")
            .map_or_else(|| OsString::from("cargo"), ToOwned::to_owned);
        let mut command = command(&program, world);
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        let output = child::output(command.stderr(Stdio::piped()))
            .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr)
                .trim_end()
                .to_owned());
        }
        let metadata = serde_json::from_slice(&output.stdout).map_err(|error| {
            format!("`cargo metadata` said something that cannot be read: {error}")
        })?;
        let configuration = Configuration::load(&program, world)?;
        Ok(Workspace {
            program,
            metadata,
            configuration,
        })
    }

    /// What cargo is configured to do.
    pub(crate) fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// The target directory.
    pub(crate) fn target_directory(&self) -> &Path {
        &self.metadata.target_directory
    }

    /// The folder of the workspace.
    pub(crate) fn root(&self) -> &Path {
        &self.metadata.workspace_root
    }

    /// Its packages.
    pub(crate) fn packages(&self) -> &[Package] {
        &self.metadata.packages
    }

    /// The folders that its packages depend on, each by its path.
    pub(crate) fn folders_needed(&self) -> impl Iterator<Item = &Path> {
        let packages = self.metadata.packages.iter();
        let dependencies = packages.flat_map(|package| &package.dependencies);
        dependencies.filter_map(|one| one.path.as_deref())
    }

    /// The names of its packages and of their targets, each of which is a crate.
    pub(crate) fn crates(&self) -> Vec<String> {
        let packages = self.metadata.packages.iter();
        let names = packages.flat_map(|package| {
            let targets = package.targets.iter().map(|target| &target.name);
            std::iter::once(&package.name).chain(targets)
        });
        names.cloned().collect()
    }

    /// The benchmarks of a package, or of all, by the files that they begin with.
    pub(crate) fn benchmarks(&self, package: Option<&str>) -> Vec<Benchmark> {
        let packages = self.metadata.packages.iter();
        let packages = packages.filter(|one| package.is_none_or(|name| one.name == name));
        let targets = packages.flat_map(|package| {
            let folder = package.manifest_path.parent().unwrap_or(Path::new(""));
            let targets = package.targets.iter();
            let benches = targets.filter(|target| target.kind() == "bench");
            benches.map(|target| Benchmark {
                name: target.name.clone(),
                folder: folder.to_owned(),
                edition: package.edition.clone(),
                source: target.src_path.clone(),
            })
        });
        targets.collect()
    }

    /// Builds the tests; what cargo and the compiler say goes to standard error.
    ///
    /// # Errors
    /// If they cannot be built.
    pub(crate) fn build(
        &self,
        build_options: &BuildOptions,
        world: &World,
    ) -> Result<Built, String> {
        let mut command = command(&self.program, world);
        command.args([
            "test",
            "--no-run",
            "--message-format=json-render-diagnostics",
        ]);
        match &build_options.profile {
            Some(profile) => command.args(["--profile", profile]),
            None => command.arg("--release"),
        };
        let packages = match build_options.packages.is_empty() {
            // What cannot have budgets is not built: an `xtask` is as much as the
            // rest together.
            true => self.with_budgets(world),
            false => build_options.packages.clone(),
        };
        if packages.is_empty() {
            command.arg("--workspace");
        }
        for package in &packages {
            command.args(["--package", package]);
        }
        command.args(&build_options.passed_on);
        let profile = build_options.profile.as_deref().unwrap_or("release");
        let members = self.metadata.packages.iter().map(|package| &*package.name);
        let members: Vec<&str> = members.collect();
        command.args(debug::lines(profile, self.root(), &members, world));
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = Child::spawn_interactive(&mut command)
            .map_err(|error| format!("cannot start {}: {error}", self.program.display()))?;
        let mut messages = Vec::new();
        if let Some(stdout) = child.take_stdout() {
            for line in BufReader::new(stdout).lines() {
                let line = line.map_err(|error| format!("cannot read what cargo says: {error}"))?;
                // Lines that are no messages come from build scripts and wrappers.
                messages.extend(serde_json::from_str::<Message>(&line).ok());
            }
        }
        let status = child
            .wait()
            .map_err(|error| format!("cannot wait for cargo: {error}"))?;
        if !status.success() {
            return Err(format!(
                "the tests could not be built: cargo ended with {status}; its own words stand above"
            ));
        }
        let mut built = self.sort_out(&messages, world)?;
        if !build_options.names_targets {
            built.unbuilt = unbuilt::budgets(&self.metadata, &packages, &messages);
        }
        Ok(built)
    }

    /// The members that link the runtime; none where that is not known, and then
    /// all have to be looked at.
    fn with_budgets(&self, world: &World) -> Vec<String> {
        let graph = self.graph(world);
        graph
            .as_ref()
            .map(members::with_budgets)
            .unwrap_or_default()
    }

    /// The names of the packages whose sources lie in a folder; `None` where cargo
    /// does not say which there are.
    pub(crate) fn packages_inside(&self, folder: &Path, world: &World) -> Option<BTreeSet<String>> {
        let graph = self.graph(world)?;
        let inside = |package: &&message::Named| package.manifest_path.starts_with(folder);
        let packages = graph.packages.iter().filter(inside);
        Some(packages.map(|package| package.name.clone()).collect())
    }

    /// The workspace with everything that it depends on.
    fn graph(&self, world: &World) -> Option<Graph> {
        let mut command = command(&self.program, world);
        command.args(["metadata", "--format-version", "1"]);
        let output = child::output(command.stderr(Stdio::null())).ok()?;
        let graph = output.status.success().then_some(output.stdout)?;
        serde_json::from_slice(&graph).ok()
    }

    fn sort_out(&self, messages: &[Message], world: &World) -> Result<Built, String> {
        let mut built = Built::default();
        let toolchain = environment::toolchain(&self.configuration, world);
        let target = self.target_directory();
        let libraries = environment::libraries(messages, target, toolchain, world);
        for message in messages {
            let Message::CompilerArtifact(artifact) = message else {
                continue;
            };
            let (Some(executable), true) = (&artifact.executable, artifact.profile.test) else {
                continue;
            };
            let name = self.name(artifact);
            let dialect = File::open(executable)
                .and_then(dialect)
                .map_err(|error| format!("cannot read {}: {error}", executable.display()))?;
            let Some(dialect) = dialect else {
                built.without.push(name);
                continue;
            };
            let package = self.metadata.package(&artifact.package_id);
            // What cargo sets itself stands behind what it is configured to set.
            let mut variables = self.configuration.variables(world);
            variables.extend(environment::variables(
                artifact,
                package,
                messages,
                &libraries,
                &self.program,
            ));
            built.binaries.push(Binary {
                name,
                dialect,
                executable: executable.clone(),
                directory: artifact
                    .manifest_path
                    .parent()
                    .unwrap_or(Path::new("."))
                    .to_owned(),
                variables,
                runner: self.configuration.runner(executable)?,
            });
        }
        built.binaries.sort_by(|a, b| a.name.cmp(&b.name));
        built.without.sort();
        Ok(built)
    }

    fn name(&self, artifact: &Artifact) -> String {
        let package = self.metadata.package(&artifact.package_id);
        let package = package.map_or(&*artifact.target.name, |package| &package.name);
        match artifact.target.kind() {
            kind @ ("bin" | "test" | "example" | "bench") => {
                format!("{package} ({kind} {})", artifact.target.name)
            }
            _ => format!("{package} (lib)"),
        }
    }
}

impl Binary {
    /// A command that starts this executable, or another form of it, as `cargo test`
    /// does.
    pub(crate) fn command(&self, executable: &Path, world: &World) -> Command {
        let mut command = match &*self.runner {
            [] => Command::new(executable),
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                command.args(arguments).arg(executable);
                command
            }
        };
        command
            .env_clear()
            .envs(&world.variables)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.directory);
        command
    }
}

fn command(program: &OsString, world: &World) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(&world.variables)
        .current_dir(&world.directory);
    command
}

/// The dialect of an executable, which is read a mebibyte at a time and no further than
/// where it stands: the whole may be a hundred of them.
fn dialect(mut executable: impl Read) -> io::Result<Option<Dialect>> {
    const PART: usize = 1 << 20;
    let mut part = Vec::with_capacity(PART + Dialect::LONGEST);
    let mut found = None;
    loop {
        // What begins in one part may end in the next.
        part.drain(..part.len().saturating_sub(Dialect::LONGEST));
        let read = executable
            .by_ref()
            .take(PART as u64)
            .read_to_end(&mut part)?;
        found = found.max(Dialect::of(&part));
        if read == 0 || found == Some(Dialect::Authentic) {
            return Ok(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_executable_is_told_wherever_its_marker_stands() {
        const AUTHENTIC: &[u8] = b"perf-budget-worker-protocol-1.1";
        let open = &AUTHENTIC[..AUTHENTIC.len() - 2];
        for before in [0, 7, (1 << 20) - 31, (1 << 20) - 30, (1 << 20) - 1, 3 << 20] {
            let with = |marker: &[u8]| [&vec![b'.'; before], marker, &[0; 9]].concat();
            for (marker, expected) in [
                (AUTHENTIC, Some(Dialect::Authentic)),
                (open, Some(Dialect::Open)),
                (&open[1..], None),
            ] {
                let found = dialect(&*with(marker)).expect("bytes are read");
                assert_eq!(found, expected, "{before}");
            }
        }
    }
}
