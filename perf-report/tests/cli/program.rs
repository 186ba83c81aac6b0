//! Runs the program in a separate workspace.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use perf_report::cli::{self, World};

use crate::fake;

/// The first argument that makes this executable the program.
pub(crate) const ITSELF: &str = "the program itself";

/// A workspace that only exists in what the fake cargo says of it.
pub(crate) struct Workspace {
    folder: tempfile::TempDir,
    scenario: &'static str,
}

/// What became of one call of the program.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Workspace {
    pub(crate) fn new(scenario: &'static str) -> Workspace {
        let folder = tempfile::tempdir().expect("a folder");
        for package in ["app", "web"] {
            std::fs::create_dir(folder.path().join(package)).expect("a package");
        }
        std::fs::write(folder.path().join("plain-test"), "not started").expect("a file");
        Workspace { folder, scenario }
    }

    /// From here on, the tests behave otherwise.
    pub(crate) fn play(&mut self, scenario: &'static str) {
        self.scenario = scenario;
    }

    /// Makes room for another run of the same name.
    pub(crate) fn forget_run(&self) {
        // There is none where the last one was not measured.
        let _ = std::fs::remove_dir_all(self.path("target/perf/runs/r1"));
    }

    /// The same workspace with more variables.
    pub(crate) fn with<'a>(&'a self, variables: &'a [(&'a str, &'a str)]) -> With<'a> {
        With {
            workspace: self,
            variables,
        }
    }

    /// Calls the program with the words of a line.
    pub(crate) fn call(&self, line: &str) -> Outcome {
        self.call_with("r1", line, &[], None)
    }

    /// The same at a terminal that takes colours.
    pub(crate) fn call_coloured(&self, line: &str) -> Outcome {
        self.call_with("r1", line, &[], Some(120))
    }

    /// The same for a run of another name.
    pub(crate) fn call_as(&self, run: &str, line: &str) -> Outcome {
        self.call_with(run, line, &[], None)
    }

    /// Calls the program in another folder, with the real cargo.
    pub(crate) fn elsewhere(folder: &std::path::Path, line: &str) -> Outcome {
        let mut variables: BTreeMap<OsString, OsString> = std::env::vars_os().collect();
        for name in [
            "CARGO_TARGET_DIR",
            "CARGO_MANIFEST_DIR",
            "PERF_BUDGETS_FILE",
        ] {
            variables.remove(&OsString::from(name));
        }
        variables.insert("CARGO_NET_OFFLINE".into(), "true".into());
        let world = World {
            variables,
            directory: folder.to_owned(),
            width: None,
            stderr_is_terminal: false,
            stdin_is_terminal: false,
            now: SystemTime::UNIX_EPOCH,
            process: 1,
        };
        Workspace::outcome(line, &world)
    }

    fn call_with(
        &self,
        run: &str,
        line: &str,
        more: &[(&str, &str)],
        width: Option<usize>,
    ) -> Outcome {
        let mut variables = self.variables(run);
        variables.extend(more.iter().map(|(name, value)| (name.into(), value.into())));
        let world = World {
            variables,
            directory: self.folder.path().to_owned(),
            width,
            stderr_is_terminal: false,
            stdin_is_terminal: false,
            now: SystemTime::UNIX_EPOCH,
            process: 1,
        };
        Workspace::outcome(line, &world)
    }

    fn outcome(line: &str, world: &World) -> Outcome {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = cli::run(
            line.split_whitespace().map(OsString::from),
            &mut out,
            &mut err,
            world,
        );
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Outcome {
            code: exit.code(),
            out: text(out),
            err: text(err),
        }
    }

    /// The variables of a program that is called here.
    pub(crate) fn variables(&self, run: &str) -> BTreeMap<OsString, OsString> {
        let this = std::env::current_exe().expect("this test");
        let mut variables: BTreeMap<OsString, OsString> = BTreeMap::new();
        variables.extend(std::env::var_os("PATH").map(|path| ("PATH".into(), path)));
        variables.insert("CARGO".into(), this.into_os_string());
        variables.insert(fake::SCENARIO.into(), self.scenario.into());
        variables.insert(fake::FOLDER.into(), self.folder.path().into());
        variables.insert("PERF_RUN_ID".into(), run.into());
        variables
    }

    /// The program in a separate process, which signals can be sent to.
    #[cfg(unix)]
    pub(crate) fn command(&self, line: &str) -> std::process::Command {
        let this = std::env::current_exe().expect("this test");
        let mut command = std::process::Command::new(this);
        command
            .arg(ITSELF)
            .args(line.split_whitespace())
            .env_clear()
            .envs(self.variables("r1"))
            .current_dir(self.folder.path());
        command
    }

    /// A file of the workspace.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the workspace.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    /// Makes room for further runs of `suggest` and `ratchet`, which are all
    /// called the same here.
    pub(crate) fn forget(&self) {
        std::fs::remove_dir_all(self.path("target/perf/suggest")).expect("there were runs");
    }

    /// The text of a file of the workspace.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }
}

/// A workspace with more variables.
pub(crate) struct With<'a> {
    workspace: &'a Workspace,
    variables: &'a [(&'a str, &'a str)],
}

impl With<'_> {
    pub(crate) fn call(&self, line: &str) -> Outcome {
        self.workspace.call_with("r1", line, self.variables, None)
    }
}

impl Outcome {
    /// Asserts the exit code and that each part is shown, on either stream.
    #[track_caller]
    pub(crate) fn shows(&self, code: u8, parts: &[&str]) {
        let both = format!("{}\n{}", self.out, self.err);
        for part in parts {
            assert!(
                both.contains(part),
                "no {part:?} in code {}:\n{both}",
                self.code
            );
        }
        assert_eq!(self.code, code, "\n{both}");
    }
}
