//! Makes the calls of a case and measures them.

pub(crate) mod registry;
pub(crate) mod adjust;
pub(crate) mod trace;
pub(crate) mod mutation;
pub(crate) mod command;
pub(crate) mod meter;
#[cfg(feature = "load")]
pub(crate) mod load;
pub(crate) mod driver;
pub(crate) mod diagnose;
