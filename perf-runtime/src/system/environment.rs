//! Asks the system what the run is made on; a file per system.

#![allow(
    clippy::disallowed_methods,
    reason = "reads what the system says of itself"
)]

#[cfg(target_os = "linux")]
mod cgroup;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as system;

#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(not(target_os = "linux"))]
use other as system;

use crate::report::host::Environment;

/// Asks the system, now. Takes below a millisecond.
pub(crate) fn read() -> Environment {
    system::read()
}

/// The text of a file, where it can be read.
#[cfg(target_os = "linux")]
fn contents(path: &std::path::Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_machine_and_this_build_are_known() {
        let environment = super::read();
        assert!(environment.cores >= 1);
        assert!(
            environment.rustc.starts_with("rustc 1."),
            "{}",
            environment.rustc
        );
        assert!(
            environment.target.contains(environment.arch),
            "{}",
            environment.target
        );
        assert!(["0", "1", "2", "3", "s", "z"].contains(&environment.opt_level));
        assert!(["debug", "release"].contains(&environment.profile));
    }
}
