//! Small containers, ways through lists and texts, that compile quickly.

pub(crate) mod list;
pub(crate) mod names;
pub(crate) mod order;
pub(crate) mod text;

pub(crate) use self::list::{first, mapped, of_word};
pub(crate) use self::text::{
    cut, cut_last, joined, lines, numbers, owned, parsed, parts, replaced, words,
};
