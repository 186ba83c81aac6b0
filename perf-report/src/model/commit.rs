//! A state of the code, as git names it.

use serde::{Deserialize, Serialize};

/// What was checked out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Commit {
    /// In full.
    pub(crate) hash: String,
    /// `None` where no branch is checked out, as in most CI jobs.
    pub(crate) branch: Option<String>,
    /// Whether files differed from the commit.
    pub(crate) dirty: bool,
}

impl Commit {
    /// For people: ten digits, and `+` where files differed.
    pub(crate) fn short(&self) -> String {
        let digits = self.hash.chars().take(10);
        digits.chain(self.dirty.then_some('+')).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_with_changes_is_marked() {
        let mut commit = Commit {
            hash: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            branch: None,
            dirty: false,
        };
        assert_eq!(commit.short(), "0123456789");
        commit.dirty = true;
        assert_eq!(commit.short(), "0123456789+");
    }
}
