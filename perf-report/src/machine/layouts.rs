//! The same program with its code in other places: linked again, with its sections
//! in a random order.
//!
//! Where a function lies decides how it meets caches and branch predictors; two
//! builds of the same source differed by up to 66 % in one function for that alone.
//! The linker that cargo calls is a script that links as it is told, and keeps the
//! object files, which the compiler would remove. Linkers that cannot shuffle, and
//! systems without a shell, have one layout.

mod aligned;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::world::World;

/// What stands behind the name of an executable for what its linking was given.
const KEPT: &str = ".link";

/// Links as told, and keeps object files by hard links beside the executable.
/// What the compiler unpacks into a folder of its own (`rustc` and six letters) is
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

/// A linker that keeps what it is given; the variables that make cargo use it.
///
/// # Errors
/// Why there is none: it is used where there is a shell and lld or mold may be.
pub(crate) fn keeper(root: &Path, world: &World) -> Result<Vec<(String, PathBuf)>, String> {
    if !cfg!(target_os = "linux") {
        return Err("layouts are varied on Linux".to_owned());
    }
    let host = host(world).ok_or("rustc does not say for which machine it builds")?;
    let variable = format!(
        "CARGO_TARGET_{}_LINKER",
        host.to_uppercase().replace(['-', '.'], "_")
    );
    // Not called after a linker: from its name the compiler would conclude which
    // one it is.
    let script = root.join("keep-objects");
    write(&script).map_err(|error| format!("{}: {error}", script.display()))?;
    let mut variables = Vec::new();
    if let Some(linker) = world.variable(&variable) {
        variables.push(("PERF_LINKER".to_owned(), PathBuf::from(linker)));
    }
    variables.push((variable, script));
    Ok(variables)
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

fn host(world: &World) -> Option<String> {
    let program = world
        .variable("RUSTC")
        .unwrap_or(std::ffi::OsStr::new("rustc"));
    let output = Command::new(program)
        .arg("-vV")
        .env_clear()
        .envs(&world.variables)
        .current_dir(&world.directory)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("host: "))?;
    Some(line.to_owned())
}

/// Links an executable again with its sections in the order of a seed, and every
/// function at a cache line of its own; what was linked before is taken as it is.
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
        .variable("PERF_LINKER")
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
    let output = command
        .args(shuffle)
        .env_clear()
        .envs(&world.variables)
        .stdin(Stdio::null())
        .output()
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

/// How this linker is told to shuffle code and constants. Nothing else: the order
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
