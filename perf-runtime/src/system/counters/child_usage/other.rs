//! Here the standard library only reports how a program ended.

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::model::sample::ChildUsage;

/// Waits until the program has ended, and calls `ended` then.
///
/// # Errors
/// If the system does not let us wait for it.
pub(crate) fn wait(
    child: &mut Child,
    ended: impl FnOnce(),
) -> io::Result<(ExitStatus, ChildUsage)> {
    let status = child.wait()?;
    ended();
    let unknown = ChildUsage {
        starts: 1,
        ..ChildUsage::default()
    };
    Ok((status, unknown))
}

/// Ends a program at once, with the system's own tool: its handle is lent to
/// the thread that waits for it.
pub(crate) fn kill(pid: u32) {
    let mut command = Command::new("kill");
    command.args(["-9", &pid.to_string()]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let _ = command.status();
}
