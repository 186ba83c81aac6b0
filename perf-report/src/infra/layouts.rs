//! The same program with its code in other places: linked again, with its sections
//! in a random order.
//!
//! Where a function lies decides how it meets caches and branch predictors; two
//! builds of the same source differed by up to 66 % in one function for that alone.
//! The linker that cargo calls is a script that links as it is asked to, and keeps the
//! object files, which the compiler would remove. Linkers that cannot shuffle, and
//! systems without a shell, have one layout.

mod aligned;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use perf_grammar::variable;

use super::cargo::Configuration;
use super::diagnose::{self, Program};
use super::world::World;

/// What stands behind the name of an executable for what its linking was given.
const KEPT: &str = ".link";

/// Links as told, and keeps object files by hard links beside the executable.
/// What the compiler unpacks into a temporary folder (`rustc` and six letters) is
/// kept as well; libraries stay where they are.
const SCRIPT: &str = r#"#!/bin/sh
out=; before=; keep=yes
for word do
  case "$before" in -o) out=$word ;; esac
  case "$word" in -shared | @*) keep= ;; esac
  before=$word
done
"${PERF_LINKER:-cc}" "$@" || exit $?
case "$out" in */deps/*) ;; *) keep= ;; esac
[ -n "$keep" ] || exit 0
folder=$out.link
rm -rf "$folder" && mkdir "$folder" || exit 0
number=0
for word do
  case "$word" in
    *.o | */rustc??????/*)
      if [ -f "$word" ]; then
        number=$((number + 1))
        kept=$folder/$number.${word##*.}
        ln "$word" "$kept" 2>/dev/null || cp "$word" "$kept" || exit 0
        word=$kept
      fi ;;
  esac
  printf '%s\n' "$word" >>"$folder/words.part"
done
mv "$folder/words.part" "$folder/words"
exit 0
"#;

/// A linker that keeps what it is given; the variables that make cargo use it, and
/// that name the linker which it calls: the one that cargo is configured to use.
///
/// # Errors
/// Why there is none: it is used where there is a shell and lld or mold may be.
pub(crate) fn keeper(
    root: &Path,
    configuration: &Configuration,
    workspace: &Path,
) -> Result<Vec<(String, OsString)>, String> {
    if !cfg!(target_os = "linux") {
        return Err("layouts are varied on Linux".to_owned());
    }
    let mut variables = Vec::new();
    let (flags, by_flag) = without_linker(configuration.flags()?);
    let linker = match by_flag {
        // A flag wins over the setting; the compiler runs in the workspace's folder.
        Some(linker) => {
            let flags = flags.join("\u{1f}");
            variables.push(("CARGO_ENCODED_RUSTFLAGS".to_owned(), flags.into()));
            Some(match linker.contains('/') {
                true => workspace.join(linker),
                false => PathBuf::from(linker),
            })
        }
        None => configuration.linker()?,
    };
    if let Some(linker) = &linker
        && !is_driver(linker)
    {
        return Err(format!(
            "the configured linker {} is no C compiler",
            linker.display()
        ));
    }
    // Not called after a linker: from its name the compiler would conclude which
    // one it is.
    let script = root.join("keep-objects");
    write(&script).map_err(|error| format!("{}: {error}", script.display()))?;
    if let Some(linker) = linker {
        variables.push((variable::LINKER.to_owned(), linker.into()));
    }
    let target = configuration.triple().to_uppercase();
    let variable = format!("CARGO_TARGET_{}_LINKER", target.replace(['-', '.'], "_"));
    variables.push((variable, script.into()));
    Ok(variables)
}

/// The compiler's flags without those that name a linker, and the last of these.
fn without_linker(flags: Vec<String>) -> (Vec<String>, Option<String>) {
    let (mut rest, mut linker) = (Vec::new(), None);
    let mut flags = flags.into_iter().peekable();
    let name = |option: &str| option.strip_prefix("linker=").map(str::to_owned);
    while let Some(flag) = flags.next() {
        let is_option = flag == "-C" || flag == "--codegen";
        let behind = flags.next_if(|next| is_option && name(next).is_some());
        let joined = flag
            .strip_prefix("-C")
            .or_else(|| flag.strip_prefix("--codegen="));
        match behind.as_deref().or(joined).and_then(name) {
            Some(named) => linker = Some(named),
            None => rest.push(flag),
        }
    }
    (rest, linker)
}

/// Whether the compiler speaks to a linker of this name as to a C compiler, as it
/// does to the script that stands in its place.
fn is_driver(linker: &Path) -> bool {
    let stem = linker.file_stem().unwrap_or_default().to_string_lossy();
    let is_ld = |name: &str| ["ld", "lld", "ld64", "link"].contains(&name);
    !is_ld(&stem) && !stem.rsplit('-').next().is_some_and(is_ld)
}

fn write(script: &Path) -> std::io::Result<()> {
    if std::fs::read_to_string(script).is_ok_and(|text| text == SCRIPT) {
        // Another time of writing would make cargo link everything again.
        return Ok(());
    }
    if let Some(folder) = script.parent() {
        std::fs::create_dir_all(folder)?;
    }
    super::store::write(script, SCRIPT)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Links an executable again with its sections in the order of a seed, and every
/// function at a separate cache line; what was linked before is taken as it is.
/// Under `root` are kept the aligned copies of what is linked.
///
/// # Errors
/// Why its layout cannot be another: what was kept is not there, the linker does
/// not shuffle, or it failed, in its own words.
pub(crate) fn link(
    executable: &Path,
    seed: u64,
    root: &Path,
    world: &World,
) -> Result<PathBuf, String> {
    let folder = beside(executable, KEPT);
    let words = folder.join("words");
    let text = std::fs::read_to_string(&words)
        .map_err(|_| "what its linking was given was not kept".to_owned())?;
    let shuffled = folder.join(format!("layout-{seed}"));
    if is_newer(&shuffled, &words) {
        return Ok(shuffled);
    }
    let words: Vec<&str> = text.lines().collect();
    let shuffle = shuffling(&words, seed)
        .ok_or("the linker in use does not shuffle sections; lld and mold do")?;
    let objects = root.join("aligned");
    let part = beside(&shuffled, ".part");
    let linker = world
        .variable(variable::LINKER)
        .unwrap_or(std::ffi::OsStr::new("cc"));
    let mut command = Command::new(linker);
    let mut is_output = false;
    for word in &words {
        let is_object = [".o", ".rlib", ".a"].iter().any(|end| word.ends_with(end));
        if is_output {
            command.arg(&part);
        } else if is_object && Path::new(word).is_file() {
            let copy = aligned::copy(Path::new(word), &objects);
            command.arg(copy.map_err(|error| format!("{word}: {error}"))?);
        } else {
            command.arg(word);
        }
        is_output = *word == "-o";
    }
    command
        .args(shuffle)
        .env_clear()
        .envs(&world.variables)
        .stdin(Stdio::null());
    let output = diagnose::output(Program::Linker, &mut command)
        .map_err(|error| format!("the linker cannot be started: {error}"))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        let first = words.lines().find(|line| !line.trim().is_empty());
        return Err(format!(
            "linking it again failed: {}",
            first.unwrap_or("without a word").trim()
        ));
    }
    std::fs::rename(&part, &shuffled)
        .map_err(|error| format!("{}: {error}", shuffled.display()))?;
    Ok(shuffled)
}

/// How this linker is asked to shuffle code and constants. Nothing else: the order
/// of what runs before `main` may matter.
fn shuffling(words: &[&str], seed: u64) -> Option<Vec<String>> {
    let uses = |linker: &str| {
        words
            .iter()
            .any(|word| word.strip_prefix("-fuse-ld=") == Some(linker))
    };
    if uses("lld") {
        let sections = [".text.*", ".rodata*", ".data.rel.ro*"];
        return Some(
            sections
                .map(|glob| format!("-Wl,--shuffle-sections={glob}={seed}"))
                .to_vec(),
        );
    }
    uses("mold").then(|| vec![format!("-Wl,--shuffle-sections={seed}")])
}

fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    PathBuf::from(name)
}

fn is_newer(path: &Path, than: &Path) -> bool {
    let time = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    time(path).is_some_and(|made| time(than).is_some_and(|kept| made >= kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linker_that_a_flag_names_is_taken_out_of_the_flags() {
        let split = |line: &str| {
            let (rest, linker) = without_linker(line.split(' ').map(str::to_owned).collect());
            (rest.join(" "), linker)
        };
        let mycc = Some("./mycc".to_owned());
        let kept = "-C target-cpu=native".to_owned();
        assert_eq!(split("-C target-cpu=native"), (kept.clone(), None));
        assert_eq!(
            split("-Clinker=./mycc -C target-cpu=native"),
            (kept.clone(), mycc.clone())
        );
        assert_eq!(
            split("-C target-cpu=native -C linker=./mycc"),
            (kept, mycc.clone())
        );
        assert_eq!(
            split("-C linker=ld --codegen=linker=./mycc"),
            (String::new(), mycc)
        );
    }

    #[test]
    fn only_a_c_compiler_is_called_through_the_script() {
        for (linker, driver) in [
            ("cc", true),
            ("/opt/x/clang-18", true),
            ("./mycc.sh", true),
            ("aarch64-linux-gnu-gcc", true),
            ("ld", false),
            ("/usr/bin/ld.lld", false),
            ("rust-lld", false),
            ("aarch64-linux-gnu-ld", false),
        ] {
            assert_eq!(is_driver(Path::new(linker)), driver, "{linker}");
        }
    }

    #[test]
    fn each_linker_is_told_in_its_own_words() {
        let words = |linker: &str| shuffling(&["-m64", &format!("-fuse-ld={linker}")], 7);
        assert_eq!(
            words("lld").unwrap_or_default()[0],
            "-Wl,--shuffle-sections=.text.*=7"
        );
        assert_eq!(
            words("mold"),
            Some(vec!["-Wl,--shuffle-sections=7".to_owned()])
        );
        assert_eq!(words("bfd"), None);
        assert_eq!(shuffling(&["-o", "x"], 7), None);
    }
}
