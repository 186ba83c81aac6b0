//! What is kept and shown of a case: its record, and what a test prints.

pub(crate) mod host;
#[cfg(feature = "alloc-sites")]
pub(crate) mod alloc_sites;
#[cfg(not(feature = "alloc-sites"))]
#[path = "report/alloc_sites/off.rs"]
pub(crate) mod alloc_sites;
pub(crate) mod json;
pub(crate) mod case_report;
pub(crate) mod record;
