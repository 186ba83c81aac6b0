//! The optimisation level of the crate that is being compiled.
//!
//! No `cfg` and no variable says it to the crate itself, and debug assertions are
//! another setting. A procedural macro runs inside the compiler, whose
//! arguments hold it.

#![allow(clippy::disallowed_methods, reason = "reads the compiler's arguments")]

use std::path::Path;

/// What rustc is told where `-O` stands for a level.
const SHORT: &str = "3";

/// The level, as `opt-level` says it; `None` where the process that expands the
/// macro is not recognised as a compiler, as in an editor.
pub(crate) fn level() -> Option<String> {
    let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    of(arguments, &|file| std::fs::read_to_string(file).ok())
}

/// The level that a compiler's arguments say; `read` opens the files of arguments
/// (`@file`).
fn of(
    arguments: impl Iterator<Item = String>,
    read: &dyn Fn(&Path) -> Option<String>,
) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    for argument in arguments.skip(1) {
        match argument.strip_prefix('@') {
            Some(file) => words.extend(read(file.as_ref())?.lines().map(str::to_owned)),
            None => words.push(argument),
        }
    }
    let is_compiler = (words.iter())
        .any(|word| word == "--crate-name" || word == "--test" || word.ends_with(".rs"));
    if !is_compiler {
        return None;
    }
    // Of several, the last counts.
    let mut level = "0".to_owned();
    let mut before = "";
    for word in &words {
        let option = match (before, word.strip_prefix("--codegen=")) {
            ("-C" | "--codegen", _) => Some(&**word),
            (_, Some(option)) => Some(option),
            _ => word.strip_prefix("-C"),
        };
        if let Some(asked) = option.and_then(|option| option.strip_prefix("opt-level=")) {
            asked.clone_into(&mut level);
        } else if word == "-O" && before != "-C" {
            SHORT.clone_into(&mut level);
        }
        before = word;
    }
    Some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, level: Option<&str>) {
        let words = line.split(' ').map(str::to_owned);
        let read = |file: &Path| {
            (file == Path::new("more")).then(|| "--crate-name\na\n-Copt-level=2".to_owned())
        };
        assert_eq!(of(words, &read).as_deref(), level, "{line}");
    }

    #[test]
    fn the_level_is_what_the_compiler_was_told_last() {
        check("rustc --crate-name a src/lib.rs --test", Some("0"));
        check("rustc --crate-name a -C opt-level=3", Some("3"));
        check("rustc src/lib.rs -Copt-level=s", Some("s"));
        check("rustc --codegen opt-level=1 --test x", Some("1"));
        check("rustc --codegen=opt-level=z a.rs", Some("z"));
        check("rustc a.rs -O", Some("3"));
        check(
            "rustc a.rs -C opt-level=3 -C debuginfo=0 -C opt-level=0",
            Some("0"),
        );
        check(
            "clippy-driver /bin/rustc --crate-name a -C opt-level=3",
            Some("3"),
        );
    }

    #[test]
    fn arguments_may_stand_in_a_file() {
        check("rustc @more", Some("2"));
        check("rustc @more -C opt-level=0", Some("0"));
        check("rustc --crate-name a @gone", None);
    }

    #[test]
    fn an_editor_does_not_know_it() {
        check("rust-analyzer-proc-macro-srv --format json", None);
        check("", None);
    }
}
