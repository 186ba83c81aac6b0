//! The price of a first verdict: from `cargo new` with nothing downloaded to what
//! `cargo test --release` says of a budget.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use super::project::{NOT_INHERITED, output, perf_runtime, said, succeed, temporary};
use crate::processor;
use crate::step::Stopped;

/// As README begins.
const BUDGET: &str = "
#[cfg(test)]
mod budgets {
    #[perf_runtime::perf_budget(p99 = \"10ms\", setup = || \"name = demo\\n\".repeat(1_000))]
    fn counts_the_lines(text: &String) -> usize {
        text.lines().count()
    }
}
";

/// What it took.
pub(crate) struct FirstVerdict {
    /// Processor time of everything that cargo did, in seconds.
    pub(crate) seconds: f64,
    /// Whether the crates were downloaded for it, as they are where nothing is cached.
    pub(crate) is_cold: bool,
}

impl FirstVerdict {
    /// Makes a crate, gives it a budget and waits for the verdict.
    ///
    /// # Errors
    /// If cargo fails, or says nothing of the budget.
    pub(crate) fn measure() -> Result<FirstVerdict, Stopped> {
        let folder = temporary()?;
        let home = folder.path().join("home");
        configure(&home)?;
        match judge(&folder.path().join("cold"), Some(&home)) {
            Ok(seconds) => Ok(FirstVerdict {
                seconds,
                is_cold: true,
            }),
            Err(why) => {
                eprintln!("nothing can be downloaded, so what is cached is taken:\n{why}");
                let seconds = judge(&folder.path().join("warm"), None)?;
                Ok(FirstVerdict {
                    seconds,
                    is_cold: false,
                })
            }
        }
    }
}

/// An empty home of cargo but for where crates come from.
fn configure(home: &Path) -> Result<(), Stopped> {
    std::fs::create_dir_all(home).map_err(|error| format!("{}: {error}", home.display()))?;
    let own = std::env::var_os("CARGO_HOME").map(Into::into);
    let own = own.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")));
    if let Some(own) = own {
        // Without one crates.io is asked.
        let _ = std::fs::copy(own.join("config.toml"), home.join("config.toml"));
    }
    Ok(())
}

fn judge(folder: &Path, home: Option<&Path>) -> Result<f64, Stopped> {
    let cargo = |folder: &Path, arguments: &[&OsStr]| {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(folder)
            .env("CARGO_TERM_COLOR", "never");
        for name in NOT_INHERITED
            .iter()
            .chain(&["CARGO_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"])
        {
            command.env_remove(name);
        }
        match home {
            Some(home) => command
                .env("CARGO_HOME", home)
                .env_remove("CARGO_NET_OFFLINE"),
            None => command.env("CARGO_NET_OFFLINE", "true"),
        };
        command
    };
    let parent = folder.parent().unwrap_or(folder);
    let words = |text: &'static str| text.split(' ').map(OsStr::new).collect::<Vec<_>>();
    let mut new = words("new --quiet --lib --vcs none --name fresh");
    new.push(folder.as_os_str());
    let before = processor::seconds_of_children()?;
    succeed(cargo(parent, &new))?;
    add(
        &folder.join("Cargo.toml"),
        &perf_runtime("").replace("perf-runtime = ", "\n[dev-dependencies]\nperf-runtime = "),
    )?;
    add(&folder.join("src/lib.rs"), BUDGET)?;
    let out = output(&mut cargo(
        folder,
        &words("test --release -- ::perf_budget"),
    ))?;
    let text = said(&out);
    if !out.status.success() || !text.contains("counts_the_lines::perf_budget ... ok") {
        return Err(format!("cargo test --release: {}\n{text}", out.status));
    }
    Ok(processor::seconds_of_children()? - before)
}

fn add(file: &Path, text: &str) -> Result<(), Stopped> {
    let wrong = |error| format!("{}: {error}", file.display());
    let old = std::fs::read_to_string(file).map_err(wrong)?;
    // A new manifest ends in an empty table of dependencies.
    std::fs::write(file, old + text).map_err(wrong)
}
