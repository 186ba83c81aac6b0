//! Renderers: a report in, text out.

pub(crate) mod baseline;
pub(crate) mod compared;
pub(crate) mod dhat;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod markdown;
pub(crate) mod terminal;

#[cfg(test)]
mod golden;
