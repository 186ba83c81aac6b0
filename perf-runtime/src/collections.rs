//! Small containers that compile quickly, and ways through lists.

pub(crate) mod list;
pub(crate) mod names;
pub(crate) mod order;

pub(crate) use self::list::{mapped, of_word};
