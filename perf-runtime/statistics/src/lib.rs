//! The one sequential test, medians and quantiles, how costs grow, and the seeded generator of every
//! random order.
//!
//! Shared by `perf-runtime`, which judges limits with it, and `perf-report`,
//! which judges comparisons of two builds. Pure, and without a dependency.

#![cfg_attr(not(test), warn(clippy::disallowed_macros, clippy::disallowed_methods))]

// Pure: no input or output, no clock.
mod random;
mod quantile;
mod eprocess;
mod cap;
mod share;
mod growth;

pub use cap::{CAP, CAP_ROUNDS, MEAN_REACH, RARE, effort, fail_threshold, needed};
pub use eprocess::{EProcess, Side, log_e_of};
pub use growth::{LEAST_POINTS, LEAST_SPAN, deciding, slope};
pub use quantile::{linear_quantile, lower_median, median, median_of_sorted, sort};
pub use random::Random;
pub use share::at_most;
