//! A temporary Cargo project and what its commands print.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

/// A project in a folder of its own, which is removed in the end.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    /// Locked while it lives: in the one target folder, programs of packages
    /// that have the same name are the same files, whichever folder they stand in.
    _turn: fs::File,
}

/// What a command printed and how it ended.
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

/// The allocator and the attribute, as a test target starts.
pub(crate) const HEAD: &str = "use perf_runtime::perf_budget;
#[global_allocator]
static ALLOC: perf_runtime::CountingAllocator = perf_runtime::CountingAllocator::system();
";

/// A wait that keeps the processor: `spin(ns)`.
pub(crate) const SPIN: &str = "
#[allow(dead_code)]
fn spin(ns: u128) { let t = std::time::Instant::now(); while t.elapsed().as_nanos() < ns { std::hint::spin_loop(); } }
";

/// What makes the builds of projects the same ones: that of `cargo xtask perf`,
/// which asks for line tables, and of `cargo test`; and what the workspace itself
/// builds with its profile.
const PROFILES: &str = "
[profile.release]
debug = \"line-tables-only\"
lto = \"off\"
[profile.dev]
lto = \"off\"
[profile.dev.package.\"*\"]
debug = false
";

/// Whatever perf-runtime can do, and tokio as every project has it that needs it:
/// with another feature all of it would be built again.
const EVERYTHING: &str = "[\"meters\", \"stats_alloc\", \"tokio\", \"tracing\"]";
pub(crate) const TOKIO: &str = "
[dev-dependencies.tokio]
version = \"1\"
default-features = false
features = [\"rt-multi-thread\", \"sync\", \"time\"]
";

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask stands in the workspace")
}

/// The one target folder of all projects, so that what they depend on is built
/// once.
fn target() -> PathBuf {
    workspace().join("target/functional")
}

/// Waits until no other project of this name is there, in any process.
fn turn(name: &str) -> fs::File {
    let folder = target().join("turns");
    fs::create_dir_all(&folder).expect("a folder can be made");
    let turn = fs::File::create(folder.join(name)).expect("a file can be made");
    turn.lock().expect("a file can be locked");
    turn
}

impl Project {
    /// A library package with perf-runtime among its dev-dependencies. Each
    /// file of `files` is a path and its text.
    pub(crate) fn new(name: &str, files: &[(&str, &str)]) -> Project {
        Project::with_manifest(name, "", files)
    }

    /// The same with lines at the manifest's end.
    pub(crate) fn with_manifest(name: &str, manifest: &str, files: &[(&str, &str)]) -> Project {
        let project = Project {
            folder: tempfile::tempdir().expect("a temporary folder"),
            _turn: turn(name),
        };
        let runtime = workspace().join("perf-runtime");
        let text = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dev-dependencies]\nperf-runtime = {{ path = {runtime:?} }}\n\n[workspace]\nmembers = [\".\"]\n{PROFILES}{manifest}\n"
        );
        project.write("Cargo.toml", &text);
        project.write("src/lib.rs", "");
        for (path, text) in files {
            project.write(path, text);
        }
        project.lock();
        project
    }

    /// Depends on the versions that the workspace depends on. Cargo takes out of
    /// the file what a project does not need: where it comes to need more, it has
    /// to be told again.
    fn lock(&self) {
        let lock = workspace().join("Cargo.lock");
        fs::copy(lock, self.path().join("Cargo.lock")).expect("the workspace has a lock file");
    }

    /// Switches every feature of perf-runtime on, whose tokio has to be [`TOKIO`].
    pub(crate) fn set_features(&self) {
        let features = format!("features = {EVERYTHING}");
        self.change_manifest("{ path", &format!("{{ {features}, path"));
        self.change_manifest(TOKIO, TOKIO);
    }

    /// Switches every feature of perf-runtime off, that of the serial harness too.
    pub(crate) fn set_no_features(&self) {
        self.change_manifest("{ path", "{ default-features = false, path");
    }

    /// Takes out what asks for line tables.
    pub(crate) fn ask_for_no_lines(&self) {
        self.change_manifest("debug = \"line-tables-only\"\n", "");
    }

    /// Puts something else in the place of what has to stand in the manifest.
    #[track_caller]
    fn change_manifest(&self, from: &str, to: &str) {
        let manifest = fs::read_to_string(self.path().join("Cargo.toml")).expect("it was written");
        assert!(manifest.contains(from), "{from} is not in\n{manifest}");
        self.write("Cargo.toml", &manifest.replacen(from, to, 1));
    }

    /// Adds the five-line `xtask` of the README.
    pub(crate) fn add_xtask(&self) {
        self.change_manifest("members = [\".\"]", "members = [\".\", \"xtask\"]");
        let report = workspace().join("perf-report");
        self.write(
            "xtask/Cargo.toml",
            &format!("[package]\nname = \"xtask\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nperf-report = {{ path = {report:?} }}\n"),
        );
        self.write(
            "xtask/src/main.rs",
            "fn main() -> std::process::ExitCode {\n    perf_report::cli::main()\n}\n",
        );
        self.write(
            ".cargo/config.toml",
            "[alias]\nxtask = \"run --quiet --package xtask --\"\n",
        );
        self.lock();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// A cargo command in this project.
    pub(crate) fn cargo(&self, arguments: &str) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .env("CARGO_TARGET_DIR", target())
            // What the workspace built is not built again.
            .env("CARGO_BUILD_BUILD_DIR", workspace().join("target"))
            .env("PERF_OUT_DIR", self.out_dir())
            .env("CARGO_NET_OFFLINE", "true")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        for name in [
            "CI",
            "NEXTEST",
            "NEXTEST_RUN_ID",
            "NEXTEST_PROFILE",
            "RUSTFLAGS",
            "RUST_TEST_THREADS",
            "PERF_RUN_ID",
            "PERF_BUDGETS_MODE",
            "PERF_BUDGETS_PROFILE",
            "PERF_BUDGETS_FILE",
            "PERF_HISTORY",
        ] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn out_dir(&self) -> PathBuf {
        self.path().join("perf-out")
    }

    /// Runs a cargo command to its end.
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        Ran::of(self.cargo(arguments))
    }

    /// Every record that the runs of this project left.
    pub(crate) fn records(&self) -> Vec<serde_json::Value> {
        let mut records = Vec::new();
        let Ok(runs) = fs::read_dir(self.out_dir().join("runs")) else {
            return records;
        };
        for run in runs {
            for file in fs::read_dir(run.expect("an entry").path()).expect("a run is a folder") {
                let path = file.expect("an entry").path();
                if path.extension().is_some_and(|end| end == "json") {
                    let text = fs::read_to_string(&path).expect("a record can be read");
                    records.push(
                        serde_json::from_str(&text)
                            .unwrap_or_else(|error| panic!("{}: {error}\n{text}", path.display())),
                    );
                }
            }
        }
        records
    }

    /// What is wrong with records that are not what the schema describes.
    pub(crate) fn unlike_the_schema(&self) -> Vec<String> {
        let schema = include_str!("../../../perf-runtime/schema/record-1.schema.json");
        let schema = serde_json::from_str(schema).expect("the schema is JSON");
        let mut schemas = boon::Schemas::new();
        let mut compiler = boon::Compiler::new();
        let added = compiler.add_resource("record.json", schema);
        added.expect("the schema has a good address");
        let compiled = compiler.compile("record.json", &mut schemas);
        let schema = compiled.expect("the schema is one");
        let records = self.records();
        let wrong = |record| schemas.validate(record, schema).err();
        let wrong = records.iter().filter_map(wrong);
        wrong.map(|error| error.to_string()).collect()
    }

    /// The one record of a case whose id ends like this.
    #[track_caller]
    pub(crate) fn record(&self, end: &str) -> serde_json::Value {
        let mut found: Vec<_> = self
            .records()
            .into_iter()
            .filter(|record| {
                record["case"]["id"]
                    .as_str()
                    .is_some_and(|id| id.ends_with(end))
                    && record["phase"] == "whole"
            })
            .collect();
        assert_eq!(found.len(), 1, "records of `{end}`");
        found.remove(0)
    }
}

impl Ran {
    pub(crate) fn of(mut command: Command) -> Ran {
        let started = Instant::now();
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().expect("the command can be started");
        // Shown with `--no-capture`: what makes these tests long.
        let words: Vec<_> = command
            .get_args()
            .map(|word| word.to_string_lossy())
            .collect();
        eprintln!(
            "{:.1} s: {}",
            started.elapsed().as_secs_f64(),
            words.join(" ")
        );
        Ran {
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
            code: status.code(),
        }
    }

    #[track_caller]
    pub(crate) fn ended_with(self, code: i32) -> Ran {
        assert_eq!(
            self.code,
            Some(code),
            "\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Both streams, for what may stand on either.
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Ran {
        assert!(
            self.text().contains(part),
            "`{part}` is not in\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }
}
