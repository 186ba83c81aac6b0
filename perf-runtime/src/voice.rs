//! What a worker says to the command line: one message a line, past any capturing.

use std::io::Write as _;

use crate::json::Json;

/// Writes one message on one line, in one call, past any capturing.
pub(crate) fn say(members: impl FnOnce(&mut Json)) {
    let line = format!("\u{1e}{}\n", Json::line(members));
    let mut out = std::io::stdout().lock();
    // If nobody listens any more, the next read of a command ends the worker.
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}
