//! What a limit does that is broken, or that is left undecided.

use crate::list::of_word;

/// What a breach means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It fails.
    #[default]
    Hard,
    /// It warns.
    Soft,
    /// It is measured and not judged.
    Off,
}

/// The words of `mode`.
pub const MODES: &[&str] = &[Mode::Hard.word(), Mode::Soft.word(), Mode::Off.word()];

impl Mode {
    /// All, the strictest first.
    pub const ALL: [Mode; 3] = [Mode::Hard, Mode::Soft, Mode::Off];

    /// The word it is written with.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Mode::Hard => "hard",
            Mode::Soft => "soft",
            Mode::Off => "off",
        }
    }

    /// The mode of a word; `None` where it is none.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Mode> {
        of_word(&Mode::ALL, Mode::word, word)
    }
}

/// What a limit does that the evidence leaves undecided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenUndecided {
    /// It is said to those who ask.
    Pass,
    /// It is said aloud.
    #[default]
    Warn,
    /// It fails where a breach would.
    Fail,
}

/// The words of `undecided`.
pub const UNDECIDED: &[&str] = &[
    WhenUndecided::Pass.word(),
    WhenUndecided::Warn.word(),
    WhenUndecided::Fail.word(),
];

impl WhenUndecided {
    /// All, the mildest first.
    pub const ALL: [WhenUndecided; 3] = [
        WhenUndecided::Pass,
        WhenUndecided::Warn,
        WhenUndecided::Fail,
    ];

    /// The word it is written with.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            WhenUndecided::Pass => "pass",
            WhenUndecided::Warn => "warn",
            WhenUndecided::Fail => "fail",
        }
    }

    /// What a word means; `None` where it is none.
    #[must_use]
    pub fn from_word(word: &str) -> Option<WhenUndecided> {
        of_word(&WhenUndecided::ALL, WhenUndecided::word, word)
    }
}
