//! What a program says on standard error: found by starting it once more.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use super::watchdog::Watchdog;

use crate::collections::{joined, lines, owned, trim_end};

/// Lines that are shown, the last of all.
const LINES: usize = 10;
/// Bytes that are read, the last of all.
const BYTES: u64 = 4096;

/// The end of what the program says, as lines to put behind a sentence.
///
/// It is written to a file, not to a pipe: a program that the program leaves
/// behind would keep the pipe open.
pub(super) fn of(mut command: Command, watchdog: &Watchdog) -> String {
    match said(&mut command, watchdog) {
        Ok(text) if text.is_empty() => {
            owned("; started once more, it said nothing on standard error")
        }
        Ok(text) => format!("; started once more, it said on standard error:\n{text}"),
        Err(error) => format!("; what it says on standard error is not known: {error}"),
    }
}

fn said(command: &mut Command, watchdog: &Watchdog) -> io::Result<String> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("perf-runtime-{}-{number}.stderr", std::process::id());
    let path = std::env::temp_dir().join(name);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)?;
    let text = file.try_clone().and_then(|theirs| {
        command.stdin(Stdio::null());
        command.stdout(Stdio::null());
        command.stderr(theirs);
        super::run(command, watchdog)?;
        end_of(file)
    });
    // The text is in hand; a file that stays behind is no reason to fail.
    let _ = fs::remove_file(&path);
    text
}

fn end_of(mut file: File) -> io::Result<String> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = lines(trim_end(&text));
    let first = lines.len().saturating_sub(LINES);
    Ok(joined(&lines[first..], "\n"))
}
