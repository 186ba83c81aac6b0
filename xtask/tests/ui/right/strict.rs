//! A crate that is strict with itself, and a module without a prelude.
#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    missing_debug_implementations
)]
#![deny(clippy::all, clippy::pedantic)]
#![deny(
    clippy::unwrap_used,
    clippy::missing_docs_in_private_items,
    clippy::absolute_paths,
    clippy::pub_use
)]

use perf_runtime::perf_budget;

/// Documented, and measured.
#[perf_budget(max = "10s", ignore)]
#[inline(never)]
#[must_use]
pub(crate) fn documented() -> u32 {
    4
}

/// Still measured, and still there.
#[perf_budget(max = "10s", ignore, setup = || String::from("text"))]
#[deprecated(note = "an example")]
pub(crate) fn deprecated(text: &str) -> usize {
    text.len()
}

/// Nothing is in scope here.
#[no_implicit_prelude]
mod bare {
    /// Names nothing.
    #[::perf_runtime::perf_budget(max = "10s", ignore = "why", mode = "soft", tags = ["a"])]
    fn names_nothing() {}

    /// Takes something.
    #[::perf_runtime::perf_budget(max = "10s", ignore, setup = || 5)]
    fn takes(_: &u32) -> &u32 {
        &4
    }
}

/// Nothing to do.
#[cfg(not(test))]
fn main() {}
