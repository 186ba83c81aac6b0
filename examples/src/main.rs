//! The guard as a program: `dependency-guard [--cache FILE] [--accept] [LOCKFILE..]`.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use examples::{Cache, Guard, Lockfile};

const USAGE: &str = "\
usage: dependency-guard [--cache FILE] [--accept] [LOCKFILE..]

Points at packages of a Cargo.lock whose name looks like a popular one, or
which differ from what was accepted before.

  --cache FILE   remember what was accepted in FILE (default: remember nothing)
  --accept       accept the packages as they are
  LOCKFILE       what to look at (default: Cargo.lock)

exit code: 0 nothing suspicious, 1 something suspicious, 2 it could not be told
";

#[derive(Debug, Default)]
struct Options {
    help: bool,
    accept: bool,
    cache: Option<PathBuf>,
    lockfiles: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let options = match options(env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&options, &mut io::stdout().lock()) {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--help" | "-h" => options.help = true,
            "--accept" => options.accept = true,
            "--cache" => {
                let file = arguments.next().ok_or("`--cache` needs a file behind it")?;
                options.cache = Some(file.into());
            }
            other if other.starts_with('-') => return Err(format!("`{other}` is not an option")),
            _ => options.lockfiles.push(argument.into()),
        }
    }
    if options.lockfiles.is_empty() {
        options.lockfiles.push("Cargo.lock".into());
    }
    Ok(options)
}

/// Whether anything suspicious was found.
fn run(options: &Options, out: &mut impl Write) -> Result<bool, Box<dyn Error>> {
    if options.help {
        out.write_all(USAGE.as_bytes())?;
        return Ok(false);
    }
    let cache = match &options.cache {
        Some(path) => Cache::open(path),
        None => Cache::in_memory(),
    };
    let mut guard = Guard::new(cache.map_err(|error| format!("the cache: {error}"))?);
    let mut suspicious = false;
    for path in &options.lockfiles {
        let lockfile = read(path)?;
        let report = guard.check(&lockfile)?;
        writeln!(out, "{}\n{report}", path.display())?;
        suspicious |= report.is_suspicious();
        if options.accept {
            guard.accept(&lockfile)?;
        }
    }
    Ok(suspicious)
}

fn read(path: &Path) -> Result<Lockfile, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Lockfile::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}
