//! Performance budgets as ordinary tests.
//!
//! ```no_run,standalone_crate
//! use perf_runtime::perf_budget;
//! # mod config { pub(crate) fn parse(text: &str) -> Result<usize, String> { Ok(text.len()) } }
//! # const CONFIG: &str = "name = demo";
//!
//! #[perf_budget(p99 = "10ms", mem = "50MB")]
//! fn parses_the_config() -> Result<usize, String> {
//!     config::parse(CONFIG)
//! }
//! # fn main() {}
//! ```
//!
//! The attribute is described at [`perf_budget`]; memory limits need
//! [`CountingAllocator`]; a target with `harness = false` ends in [`main!`].

#![cfg_attr(not(test), warn(clippy::disallowed_macros, clippy::disallowed_methods))]

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
compile_error!(
    "perf-runtime measures, and this target has neither a clock nor processes; run the budgets on the host, and keep perf-runtime out of builds for this one: `[target.'cfg(not(target_family = \"wasm\"))'.dev-dependencies]`"
);

/// The standard library's `format!`, of which only the arguments are compiled at each place.
///
/// NOTE: `std::fmt::format` is inlined wherever it stands before anything is optimised,
/// which is three fifths of what each of these places compiles.
macro_rules! format {
    ($($text:tt)*) => {
        $crate::collections::formatted(::core::format_args!($($text)*))
    };
}

// Pure: no input or output, no clock.
mod collections;
mod model;
pub mod meters;
mod judge;
mod engine;
mod policy;
mod verdict;
mod report;

// Impure: the process and the machine.
mod system;
mod measure;
mod probes;
mod harness;
#[doc(hidden)]
pub mod private;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;

#[cfg(feature = "harness")]
pub use harness::serial::main as serial_main;
pub use measure::trace::count;
#[cfg(feature = "layer")]
pub use measure::trace::{RecordingFilter, RecordingLayer, recording_layer};
pub use model::subject::Bencher;
#[cfg(feature = "layer")]
pub use perf_layer::{BreachFilter, BudgetLayer, BudgetLayerError};
#[doc(inline)]
pub use perf_macros::perf_budget;
pub use system::alloc::CountingAllocator;

/// The `main` of a test target with `harness = false`: runs every case of the
/// target, one at a time and in turns, and understands the arguments of
/// libtest, nextest and editors.
///
/// ```no_run,standalone_crate
/// # mod target {
/// perf_runtime::main!();
/// # }
/// # fn main() {}
/// ```
#[cfg(feature = "harness")]
#[macro_export]
macro_rules! main {
    () => {
        fn main() -> ::std::process::ExitCode {
            $crate::serial_main()
        }
        $crate::private::inventory::submit! { $crate::private::SerialTarget }
    };
}

/// The `main` of a test target with `harness = false`, which needs the Cargo feature
/// `harness`.
#[cfg(not(feature = "harness"))]
#[macro_export]
macro_rules! main {
    () => {
        ::core::compile_error! {
            "`perf_runtime::main!()` needs the Cargo feature `harness` of perf-runtime, which is off; switch it on in Cargo.toml: `perf-runtime = { .., features = [\"harness\"] }`"
        }
        #[allow(dead_code)]
        fn main() {}
    };
}

/// Registers with perf-runtime the `StatsAlloc` that is this program's global
/// allocator, so that `allocs`, `alloc_bytes`, `retained` and `growth` are read
/// from it. `stats_alloc::INSTRUMENTED_SYSTEM` is found without it.
///
/// ```
/// use stats_alloc::StatsAlloc;
/// use std::alloc::System;
///
/// #[global_allocator]
/// static ALLOC: StatsAlloc<System> = StatsAlloc::system();
/// perf_runtime::stats_alloc!(ALLOC);
/// # fn main() {}
/// ```
#[cfg(feature = "stats_alloc")]
#[macro_export]
macro_rules! stats_alloc {
    ($allocator:path) => {
        $crate::private::inventory::submit! {
            $crate::private::StatsSource(|| $allocator.stats())
        }
    };
}

/// Names the `StatsAlloc` of this program, which needs the Cargo feature `stats_alloc`.
#[cfg(not(feature = "stats_alloc"))]
#[macro_export]
macro_rules! stats_alloc {
    ($allocator:path) => {
        ::core::compile_error! {
            "`perf_runtime::stats_alloc!` needs the Cargo feature `stats_alloc` of perf-runtime, which is off; switch it on in Cargo.toml: `perf-runtime = { .., features = [\"stats_alloc\"] }`"
        }
    };
}
