//! Files: where records go, how they are written, and where the budget file is found.

#![allow(clippy::disallowed_methods, reason = "reads and writes files")]

mod find;
mod record;

pub(crate) use find::{budget_file, out_dir};
pub(crate) use record::{Unwritten, run_id, write};

use std::ffi::OsString;

/// Looks a variable up; the process's environment, or a test's.
pub(crate) type Variables<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The environment of the process. An empty variable is as good as none.
#[inline(never)]
pub(crate) fn environment(name: &str) -> Option<OsString> {
    match std::env::var_os(name) {
        Some(value) if !value.is_empty() => Some(value),
        _ => None,
    }
}
