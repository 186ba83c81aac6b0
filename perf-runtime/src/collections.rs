//! Small containers, ways through lists and texts, that compile quickly.

pub(crate) mod names;
pub(crate) mod order;

pub(crate) use perf_grammar::list::{first, mapped, of_word, position};
pub(crate) use perf_grammar::text::{
    cut, cut_last, fields, formatted, joined, lines, numbers, owned, parsed, parts, replaced, trim,
    trim_end, trim_end_matches, without_controls, words,
};
