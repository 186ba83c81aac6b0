//! Runs the program in a workspace of its own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use perf_report::cli::{self, World};

use crate::fake;

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

    /// Calls the program with the words of a line.
    pub(crate) fn call(&self, line: &str) -> Outcome {
        self.call_as("r1", line)
    }

    /// The same for a run of another name.
    pub(crate) fn call_as(&self, run: &str, line: &str) -> Outcome {
        let this = std::env::current_exe().expect("this test");
        let mut variables: BTreeMap<OsString, OsString> = BTreeMap::new();
        variables.extend(std::env::var_os("PATH").map(|path| ("PATH".into(), path)));
        variables.insert("CARGO".into(), this.into_os_string());
        variables.insert(fake::SCENARIO.into(), self.scenario.into());
        variables.insert(fake::FOLDER.into(), self.folder.path().into());
        variables.insert("PERF_RUN_ID".into(), run.into());
        let world = World {
            variables,
            directory: self.folder.path().to_owned(),
            width: None,
            stderr_is_terminal: false,
            now: SystemTime::UNIX_EPOCH,
            process: 1,
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = cli::run(
            line.split_whitespace().map(OsString::from),
            &mut out,
            &mut err,
            &world,
        );
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Outcome {
            code: exit.code(),
            out: text(out),
            err: text(err),
        }
    }

    /// A file of the workspace.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The text of a file of the workspace.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
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
