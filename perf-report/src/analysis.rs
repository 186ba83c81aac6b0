//! What follows from the records: reports, comparisons, trends, suggestions.

pub(crate) mod statistics;
pub(crate) mod share;
pub(crate) mod names;
pub(crate) mod cause;
pub(crate) mod allocation;
pub(crate) mod run;
pub(crate) mod profile;
pub(crate) mod distribution;
#[cfg(test)]
pub(crate) mod fixture;
pub(crate) mod history;
pub(crate) mod report;
pub(crate) mod recommendation;
pub(crate) mod compare;
pub(crate) mod baseline;
pub(crate) mod paired;
pub(crate) mod bisection;
pub(crate) mod budget_edit;
pub(crate) mod top;
pub(crate) mod proposal;
pub(crate) mod doctor;
pub(crate) mod scaffold;
pub(crate) mod criterion;
pub(crate) mod prove;
