//! Writes records so that a reader sees a whole one or none.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use perf_grammar::variable;

use super::Variables;
use crate::model::coded::coded;
use crate::model::problem::Problem;
use crate::system::clock;

coded! {
    /// Why there is no file of a record.
    pub(crate) struct Unwritten;

    no_folder(folder, why) = "{folder}: the folder cannot be made: {why}";
    no_file(file, why) = "{file}: the file cannot be written: {why}";
}

/// Writes a file into a folder that is made where it is missing, under a
/// temporary name first, and returns its path.
///
/// Renaming replaces a file at once: a reader, or another process that writes
/// the same name, never sees half of one, and a process that is killed leaves
/// at most a file whose name starts with a dot, which no reader takes for a
/// record.
///
/// NOTE: there is no `fsync`. It costs milliseconds and guards against a
/// machine that loses its power, after which the run is to be repeated anyway;
/// what is in the system's hands survives the death of the process.
///
/// # Errors
/// If the folder or the file cannot be written; the text names it.
pub(crate) fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf, Unwritten> {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    fs::create_dir_all(folder).map_err(|error| {
        Unwritten::no_folder(&format!("{}", folder.display()), &format!("{error}"))
    })?;
    let path = folder.join(name);
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let temporary = folder.join(format!(".{name}.{}-{number}.tmp", process::id()));
    let written = fs::write(&temporary, text).and_then(|()| replace(&temporary, &path));
    written.map_err(|error| {
        // It may not be there at all; nothing is lost if it stays.
        let _ = fs::remove_file(&temporary);
        Unwritten::no_file(&format!("{}", path.display()), &format!("{error}"))
    })?;
    Ok(path)
}

#[cfg(not(windows))]
use fs::rename as replace;

/// Renames a file. Windows may replace none that another thread has open or is just
/// replacing; a reader has it open for a moment.
#[cfg(windows)]
fn replace(from: &Path, to: &Path) -> std::io::Result<()> {
    use std::io::ErrorKind::PermissionDenied;
    /// Each lasts a millisecond or more.
    const PAUSES: u32 = 2_000;
    for _ in 0..PAUSES {
        match fs::rename(from, to) {
            Err(error) if error.kind() == PermissionDenied => {}
            done => return done,
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    fs::rename(from, to)
}

/// The name of this run, the same for the whole life of the process: what the
/// command line or nextest call it, else a name of time and process.
///
/// # Errors
/// If a name was chosen that is not fit for a folder: the records would
/// not be found under another one.
pub(crate) fn run_id(variables: Variables<'_>) -> Result<String, Problem> {
    static MADE: LazyLock<String> = LazyLock::new(|| {
        format!(
            "{}-{}",
            perf_grammar::stamp(clock::unix_seconds()),
            process::id()
        )
    });
    for variable in [variable::RUN_ID, variable::NEXTEST_RUN_ID] {
        if let Some(name) = variables(variable) {
            let name = name.to_string_lossy().into_owned();
            perf_grammar::check_run_name(&name)
                .map_err(|why| Problem::wrong_setting(variable, &why.text(), &why.help()))?;
            return Ok(name);
        }
    }
    Ok(MADE.clone())
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_record_is_written_into_a_new_folder_and_replaced() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("runs/1");
        let path = write(&folder, "a.json", "one").unwrap();
        assert_eq!(write(&folder, "a.json", "two").unwrap(), path);
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        let files: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(files, ["a.json"]);
    }

    #[test]
    fn a_reader_never_sees_half_a_record() {
        let root = tempfile::tempdir().unwrap();
        let write_many = |letter: char, times: usize| {
            let text = String::from(letter).repeat(200_000);
            (0..times).for_each(|_| drop(write(root.path(), "a.json", &text).unwrap()));
        };
        write_many('a', 1);
        thread::scope(|scope| {
            for letter in ['b', 'c', 'd'] {
                let write_many = &write_many;
                scope.spawn(move || write_many(letter, 20));
            }
            for _ in 0..200 {
                let seen = fs::read_to_string(root.path().join("a.json")).unwrap();
                assert!(seen.len() == 200_000 && seen.bytes().all(|b| b == seen.as_bytes()[0]));
            }
        });
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        let error = write(&root.path().join("file/runs"), "a.json", "")
            .unwrap_err()
            .text();
        assert!(
            error.contains("runs: the folder cannot be made: "),
            "{error}"
        );
        fs::create_dir(root.path().join("a.json")).unwrap();
        let error = write(root.path(), "a.json", "").unwrap_err().text();
        assert!(
            error.contains("a.json: the file cannot be written: "),
            "{error}"
        );
        assert_eq!(
            fs::read_dir(root.path()).unwrap().count(),
            2,
            "the temporary file is gone"
        );
    }

    #[test]
    fn a_run_has_the_name_that_a_variable_gives_it() {
        #[track_caller]
        fn check(set: &[(&str, &str)], expected: &str) {
            let variables = |name: &str| {
                set.iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| value.into())
            };
            assert_eq!(run_id(&variables).ok().as_deref(), Some(expected));
        }
        check(
            &[("PERF_RUN_ID", "mine"), ("NEXTEST_RUN_ID", "0b6c")],
            "mine",
        );
        check(&[("NEXTEST_RUN_ID", "0b6c-11")], "0b6c-11");
        check(
            &[("PERF_RUN_ID", "20261120T130512Z-v1.2")],
            "20261120T130512Z-v1.2",
        );
        let made = run_id(&|_| None).unwrap();
        assert!(made.ends_with(&format!("Z-{}", process::id())), "{made}");
        assert_eq!(run_id(&|_| None).ok(), Some(made));
        for name in ["../up", "a b", "größe", "a\nb"] {
            let wrong = run_id(&|_| Some(name.into())).unwrap_err().line();
            assert!(wrong.starts_with("PERF_RUN_ID: found \""), "{wrong}");
        }
    }
}
