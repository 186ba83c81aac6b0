//! What a worker says to the command line: one message a line, past any capturing.

use std::io::Write as _;
use std::time::Duration;

use crate::json::Json;

/// Writes one message on one line, in one call, past any capturing.
pub(crate) fn say(members: impl FnOnce(&mut Json)) {
    let line = format!("\u{1e}{}\n", Json::line(members));
    let mut out = std::io::stdout().lock();
    // If nobody listens any more, the next read of a command ends the worker.
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}

/// Says that another measurement on this machine has to end first.
pub(crate) fn say_waiting(_waited: Duration) {
    say(|json| {
        json.text("t", "waiting");
        json.text("for", "lock");
    });
}
