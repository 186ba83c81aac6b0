//! The functional tests beside all others: they measure, one at a time, and leave a processor
//! to what computes.

use std::process::Command;

use super::{processors, test_target};
use crate::step::{Stopped, step_beside};

/// Runs them, as cargo does. One more at a time than there are processors: they spend a
/// third of their time waiting for what they started. In a separate temporary folder they lock
/// the machine against each other alone: the tests beside them, whose times only warn, would
/// wait for them, and they for those, for two minutes.
pub(super) fn run() -> Result<(), Stopped> {
    let temporary = tempfile::Builder::new().prefix("functional-").tempdir();
    let temporary = temporary.map_err(|error| format!("no temporary folder: {error}"))?;
    let mut command = test_target("functional", "xtask")?;
    command.env("RUST_TEST_THREADS", (processors() + 1).to_string());
    command.env("TMPDIR", temporary.path());
    step_beside("functional tests", &mut command)
}

/// Has a `cargo test` leave them out, each by its whole name.
pub(super) fn leave_out(command: &mut Command) -> Result<(), Stopped> {
    let output = test_target("functional", "xtask")?
        .args(["--list", "--format", "terse"])
        .output();
    let output = output.map_err(|error| format!("the functional tests are not there: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    command.args(["--", "--exact"]);
    let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
    for name in names {
        command.args(["--skip", name]);
    }
    Ok(())
}
