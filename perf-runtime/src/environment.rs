//! Asks the system what the run is made on; a file per system.

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

use crate::host::Environment;

/// Asks the system, now. Takes below a millisecond.
pub(crate) fn read() -> Environment {
    system::read()
}
