//! The text of the attribute, and the function below it.

#![no_main]
#![allow(dead_code, unreachable_pub, reason = "the sources of another crate")]

extern crate proc_macro;

// The layout of perf-macros, whose sources say `crate::`.
#[path = "../../../perf-macros/src/problem.rs"]
mod problem;
#[path = "../../../perf-macros/src/mistakes.rs"]
mod mistakes;
#[path = "../../../perf-macros/src/tokens.rs"]
mod tokens;
#[path = "../../../perf-macros/src/expression.rs"]
mod expression;
#[path = "../../../perf-macros/src/literals.rs"]
mod literals;
#[path = "../../../perf-macros/src/entries.rs"]
mod entries;
#[path = "../../../perf-macros/src/value.rs"]
mod value;
#[path = "../../../perf-macros/src/named.rs"]
mod named;
#[path = "../../../perf-macros/src/attribute.rs"]
mod attribute;
#[path = "../../../perf-macros/src/types.rs"]
mod types;
#[path = "../../../perf-macros/src/signature.rs"]
mod signature;
#[path = "../../../perf-macros/src/companions.rs"]
mod companions;
#[path = "../../../perf-macros/src/function.rs"]
mod function;
#[path = "../../../perf-macros/src/combinations.rs"]
mod combinations;
#[path = "../../../perf-macros/src/features.rs"]
mod features;
#[path = "../../../perf-macros/src/body.rs"]
mod body;
#[path = "../../../perf-macros/src/optimisation.rs"]
mod optimisation;
#[path = "../../../perf-macros/src/expand.rs"]
mod expand;
#[path = "../../../perf-macros/src/fuzz.rs"]
mod fuzz;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::attribute(bytes));
