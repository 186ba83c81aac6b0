//! The words of performance budgets: one grammar and one table of keys.
//!
//! The attribute macro checks with this crate at compile time, the runtime
//! reads `perf-budgets.toml` with it, and the reports print with it; so a word
//! that one of them takes is a word that all of them take. It depends on
//! nothing and does no input or output.

#![cfg_attr(not(test), warn(clippy::disallowed_macros, clippy::disallowed_methods))]

/// The standard library's `format!`, of which only the arguments are compiled at each place.
///
/// NOTE: `std::fmt::format` is inlined wherever it stands before anything is optimised,
/// which is three fifths of what each of these places compiles.
macro_rules! format {
    ($($text:tt)*) => {
        $crate::text::formatted(::core::format_args!($($text)*))
    };
}

#[doc(hidden)]
pub mod list;
#[doc(hidden)]
pub mod text;
mod nearest;
mod coded;
mod error;
mod machine;
pub mod variable;
mod direction;
mod verdict;
mod mode;
mod worker;
mod date;
mod unit;
mod escape;
mod wildcard;
mod tolerance;
mod metric;
mod effect;
mod key;
mod feature;
mod bounds;
mod pattern;
mod ratio;
mod threshold;
mod named;
mod run;
mod generics;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;

pub use bounds::{Bounds, DEADLINE, EVERY, PROBABILITY, SLACK, read, read_variable};
pub use coded::{Coded, Row};
pub use date::{Date, stamp};
pub use direction::Direction;
pub use effect::Effect;
pub use error::{GrammarError, UnitError};
pub use escape::{
    acts as acts_on_its_reader, lines as harmless_lines, one_line as harmless, shortened,
};
pub use feature::Feature;
pub use generics::{closing_bracket, split_as, without_generics};
pub use key::{CLOCKS, ISOLATIONS, KEYS, Key, RUNTIMES, Role, Value, find, renamed};
pub use machine::{machine_class, saves_power};
pub use metric::{COMPLEXITIES, Metric, Noise, Quantile, QuantileError, Source, Statistic};
pub use mode::{MODES, Mode, UNDECIDED, WhenUndecided};
pub use named::NoLimit;
pub use nearest::nearest;
pub use pattern::{Pattern, without_argument};
pub use ratio::parse_ratio;
pub use run::{check_run_name, file_name, fnv1a};
pub use threshold::{Ranked, read_threshold};
pub use tolerance::parse_tolerance;
pub use unit::{
    Unit, format, format_bytes, format_count, format_duration, format_exact, format_factor,
    format_rate, format_share, format_time, parse, parse_percent,
};
pub use verdict::{Tally, Verdict};
pub use wildcard::name_matches;
pub use worker::{Phase, Task};
