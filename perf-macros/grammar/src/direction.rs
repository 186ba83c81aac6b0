//! Which side of a limit is sound.

/// Which side of a limit is sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// The measured value may be at most the limit.
    AtMost,
    /// The measured value must be at least the limit: a floor.
    AtLeast,
}

impl Direction {
    /// Both.
    pub const ALL: [Direction; 2] = [Direction::AtMost, Direction::AtLeast];

    /// The word of records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Direction::AtMost => "at_most",
            Direction::AtLeast => "at_least",
        }
    }
}
