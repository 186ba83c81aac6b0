//! Statistics of any values: distributions, tests and estimates that know nothing of
//! budgets. What perf-runtime needs as well is in perf-statistics.

pub(crate) mod quantile;
pub(crate) mod moments;
pub(crate) mod students_t;
pub(crate) mod t_test;
pub(crate) mod proportion;
pub(crate) mod rank_tests;
pub(crate) mod mann_kendall;
pub(crate) mod e_divisive;
