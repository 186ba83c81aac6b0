//! What runs leave behind, and what the reports are made of.

pub(crate) mod words;
pub(crate) mod word;
pub(crate) mod date;
pub(crate) mod commit;
pub(crate) mod shard;
pub(crate) mod record;
pub(crate) mod profile;
pub(crate) mod callgrind;
pub(crate) mod protocol;
pub(crate) mod manifest;
pub(crate) mod scale;
pub(crate) mod literal;
