//! Small containers that compile quickly.

pub(crate) mod names;
pub(crate) mod order;
