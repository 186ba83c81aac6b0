//! Measures what a clock does not show, each in a process that does nothing else.

pub(crate) mod isolate;
pub(crate) mod memory;
pub(crate) mod first_call;
#[cfg(feature = "instructions")]
pub(crate) mod instructions;
#[cfg(not(feature = "instructions"))]
#[path = "probes/instructions/off.rs"]
pub(crate) mod instructions;
pub(crate) mod rss;
#[cfg(feature = "meters")]
pub(crate) mod metering;
#[cfg(not(feature = "meters"))]
#[path = "probes/metering/off.rs"]
pub(crate) mod metering;
pub(crate) mod spans;
pub(crate) mod count;
#[cfg(feature = "alloc-sites")]
pub(crate) mod attribution;
#[cfg(not(feature = "alloc-sites"))]
#[path = "probes/attribution/off.rs"]
pub(crate) mod attribution;
