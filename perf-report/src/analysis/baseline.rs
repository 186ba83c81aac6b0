//! Saved baselines: what was measured once, to be compared with later, kept in
//! files that are made to be reviewed in a diff.
//!
//! What holds on every machine stands in one file, times in one a machine class.
//! The published description is `perf-report/schema/baseline-1.schema.json`.

mod capture;
mod file;
mod number;
mod side;
mod text;
mod update;

pub(crate) use self::capture::{Captured, Saved};
pub(crate) use self::file::{Budget, Portable, PortableCase, Times, TimesCase};
pub(crate) use self::text::Document;
pub(crate) use self::update::Change;

/// The schema that is read and written here.
pub(crate) const SCHEMA: u32 = 1;

/// Everything in a folder of baselines, or in one of its files.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Baseline {
    pub(crate) portable: Option<Portable>,
    /// One a machine class, in the order of their files.
    pub(crate) times: Vec<Times>,
}
