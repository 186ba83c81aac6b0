//! Renderers: a report in, text out.

pub(crate) mod baseline;
pub(crate) mod compared;
pub(crate) mod dhat;
pub(crate) mod difference;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod markdown;
#[cfg(feature = "history")]
pub(crate) mod past;
pub(crate) mod proposals;
pub(crate) mod terminal;

#[cfg(test)]
mod golden;
