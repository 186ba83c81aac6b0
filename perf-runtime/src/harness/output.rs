//! What a worker says to the command line: one message a line, past any capturing.

use std::time::Duration;

use crate::report::json::Json;
use crate::system::channel;

/// Says one message.
pub(crate) fn say(members: &dyn Fn(&mut Json)) {
    // Without a receiver, the next read of a command ends the worker.
    let _ = channel::send(&Json::line(members));
}

/// Says that another measurement on this machine has to end first.
pub(crate) fn say_waiting(_waited: Duration) {
    say(&|json| {
        json.text("t", "waiting");
        json.text("for", "lock");
    });
}
