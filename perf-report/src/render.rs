//! Renderers: a report in, text out.

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "a profile is written once it can be asked for")
)]
pub(crate) mod dhat;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod markdown;
pub(crate) mod terminal;

#[cfg(test)]
mod golden;
