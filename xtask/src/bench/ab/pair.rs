//! A Cargo project in two commits, which is compared with itself as a user would.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use perf_report::cli::{Exit, World};

use super::super::project::{NOT_INHERITED, copy_lock, shared_target, succeed, write};
use super::found::{self, Found};
use crate::step::Stopped;

/// A folder that stays, so that what was built and linked is there the next time.
pub(crate) struct Pair {
    folder: PathBuf,
}

/// How both builds are to be compared.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) tolerance: f64,
    /// The order of bursts.
    pub(crate) seed: u64,
    /// The first of the layouts; `None`: only that of the ordinary build.
    pub(crate) layouts: Option<u64>,
    /// Which cases; none: all.
    pub(crate) patterns: Vec<String>,
    /// For a moment only, so that everything is built and linked.
    pub(crate) brief: bool,
}

/// One comparison of all cases.
pub(crate) struct Compared {
    pub(crate) found: Vec<Found>,
    pub(crate) took: Duration,
}

type Files = [(&'static str, String)];

impl Pair {
    /// A project of this name: its first commit has these files, its working tree
    /// the others. What is already as it should be is not touched.
    ///
    /// # Errors
    /// If a file cannot be written, or git or cargo fails.
    pub(crate) fn new(name: &str, before: &Files, after: &Files) -> Result<Pair, Stopped> {
        let pair = Pair {
            folder: shared_target().join("ab").join(name),
        };
        if !pair.is_committed(before) {
            let _ = fs::remove_dir_all(&pair.folder);
            for (path, text) in before {
                pair.write(path, text)?;
            }
            copy_lock(&pair.folder)?;
            pair.lock()?;
            pair.git("init --quiet")?;
            pair.git("add --all")?;
            pair.git("-c user.name=bench -c user.email=bench@localhost commit --quiet -m before")?;
        }
        pair.change(after)?;
        Ok(pair)
    }

    /// Writes other files into the working tree.
    ///
    /// # Errors
    /// If a file cannot be written, or cargo fails.
    pub(crate) fn change(&self, after: &Files) -> Result<(), Stopped> {
        for (path, text) in after {
            self.write(path, text)?;
        }
        self.lock()
    }

    /// Compares both builds once.
    ///
    /// # Errors
    /// If that does not end with a comparison, with all it said.
    pub(crate) fn compare(&self, ask: &Ask) -> Result<Compared, Stopped> {
        let words = "perf ab HEAD --verbose --format json --tolerance".split(' ');
        let mut arguments: Vec<String> = words.map(str::to_owned).collect();
        arguments.push(format!("{}%", ask.tolerance * 100.0));
        if ask.layouts.is_none() {
            arguments.push("--one-layout".to_owned());
        }
        arguments.extend(ask.patterns.iter().cloned());
        if ask.brief {
            arguments.extend(["--max-time".to_owned(), "50ms".to_owned()]);
        }
        let world = self.world(ask)?;
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let start = Instant::now();
        let arguments = arguments.into_iter().map(OsString::from);
        let exit = perf_report::cli::run(arguments, &mut out, &mut err, &world);
        let took = start.elapsed();
        let text = String::from_utf8_lossy(&out);
        match exit {
            Exit::Passed | Exit::Failed => {
                let found = found::read(&text)?;
                Ok(Compared { found, took })
            }
            other => Err(format!(
                "the comparison ended with {other:?}: {text}{}",
                String::from_utf8_lossy(&err)
            )),
        }
    }

    fn world(&self, ask: &Ask) -> Result<World, Stopped> {
        let mut world = World::of_this_process()
            .map_err(|error| format!("the working directory is gone: {error}"))?;
        for name in NOT_INHERITED {
            world.variables.remove(&OsString::from(name));
        }
        // What all projects depend on is built once.
        let target = shared_target().join("ab/target");
        world
            .variables
            .insert("CARGO_TARGET_DIR".into(), target.into());
        world.directory.clone_from(&self.folder);
        world.width = None;
        world.stderr_is_terminal = false;
        let mut set = |name: &str, value: u64| {
            world
                .variables
                .insert(name.into(), value.to_string().into())
        };
        set("PERF_SEED", ask.seed);
        if let Some(first) = ask.layouts {
            set("PERF_LAYOUT_SEED", first);
        }
        Ok(world)
    }

    /// Whether the commit has these files as they are.
    fn is_committed(&self, files: &Files) -> bool {
        files.iter().all(|(path, text)| {
            self.git(&format!("show HEAD:{path}"))
                .is_ok_and(|committed| committed == *text)
        })
    }

    /// Writes a file unless it is like that: a newer one is built again.
    fn write(&self, path: &str, text: &str) -> Result<(), Stopped> {
        let path = self.folder.join(path);
        if fs::read_to_string(&path).is_ok_and(|there| there == text) {
            return Ok(());
        }
        write(&path, text)
    }

    /// Completes the lock file, so that no build changes it.
    fn lock(&self) -> Result<(), Stopped> {
        self.run("cargo", "metadata --format-version 1").map(|_| ())
    }

    fn git(&self, arguments: &str) -> Result<String, Stopped> {
        // The repository around it is another one.
        if !self.folder.join(".git").exists() && arguments != "init --quiet" {
            return Err(format!("{} is no repository", self.folder.display()));
        }
        self.run("git", arguments)
    }

    fn run(&self, program: &str, arguments: &str) -> Result<String, Stopped> {
        let mut command = std::process::Command::new(program);
        command
            .current_dir(&self.folder)
            .args(arguments.split_whitespace());
        let out = succeed(command)?;
        Ok(String::from_utf8_lossy(&out.stdout).into_owned())
    }
}
