//! What `prove` adds to the calls of a case, to see which limits turn red.

use crate::list::of_word;

/// What is added to each call of a case; each is a word of the worker protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Processor time, nanoseconds.
    Spin,
    /// The same where several users call, and not where one calls alone.
    SpinTogether,
    /// Sleep, nanoseconds.
    Wait,
    /// Instructions, at least.
    Work,
    /// Allocations of one byte.
    Alloc,
    /// One allocation of this size in bytes, freed at once.
    Spike,
    /// The same, written to.
    Touch,
    /// One allocation of this size in bytes, never freed.
    Leak,
    /// A counter is raised.
    Count,
    /// Events of a target.
    Emit,
    /// Three spans of this length in nanoseconds each.
    Span,
    /// An `Err`.
    Fail,
    /// A panic.
    Panic,
}

impl Effect {
    /// All.
    pub const ALL: [Effect; 13] = [
        Effect::Spin,
        Effect::SpinTogether,
        Effect::Wait,
        Effect::Work,
        Effect::Alloc,
        Effect::Spike,
        Effect::Touch,
        Effect::Leak,
        Effect::Count,
        Effect::Emit,
        Effect::Span,
        Effect::Fail,
        Effect::Panic,
    ];

    /// The effect of a word; `None` where it is none.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Effect> {
        of_word(&Effect::ALL, Effect::word, word)
    }

    /// The word of the worker protocol.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Effect::Spin => "spin",
            Effect::SpinTogether => "spin_together",
            Effect::Wait => "wait",
            Effect::Work => "work",
            Effect::Alloc => "alloc",
            Effect::Spike => "spike",
            Effect::Touch => "touch",
            Effect::Leak => "leak",
            Effect::Count => "count",
            Effect::Emit => "emit",
            Effect::Span => "span",
            Effect::Fail => "fail",
            Effect::Panic => "panic",
        }
    }

    /// The kind of a failure that a record has of it; `None` where the case goes on.
    #[must_use]
    pub fn failure(self) -> Option<&'static str> {
        match self {
            Effect::Fail => Some("error"),
            Effect::Panic => Some("panic"),
            _ => None,
        }
    }

    /// Whether it makes calls slower.
    #[must_use]
    pub fn is_slow(self) -> bool {
        matches!(
            self,
            Effect::Spin | Effect::SpinTogether | Effect::Wait | Effect::Work | Effect::Span
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_of_one_effect() {
        for effect in Effect::ALL {
            assert_eq!(Effect::from_word(effect.word()), Some(effect));
        }
        assert_eq!(Effect::from_word("melt"), None);
    }
}
