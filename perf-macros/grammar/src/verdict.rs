//! How limits end, and the line in which they add up.

use std::fmt;

use crate::list::of_word;

/// How a limit ended, from the best to the worst: a case is its worst limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It is broken, which is known and waived until a date.
    Waived,
    /// It is broken, and that only warns.
    Warn,
    /// The evidence allows neither side.
    Undecided,
    /// There is no value to judge, or it is not to be judged.
    #[default]
    Unmeasured,
    /// It is broken.
    Fail,
}

impl Verdict {
    /// All, the best first.
    pub const ALL: [Verdict; 6] = [
        Verdict::Pass,
        Verdict::Waived,
        Verdict::Warn,
        Verdict::Undecided,
        Verdict::Unmeasured,
        Verdict::Fail,
    ];

    /// The word of records and summaries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Waived => "waived",
            Verdict::Warn => "warn",
            Verdict::Undecided => "undecided",
            Verdict::Unmeasured => "unmeasured",
            Verdict::Fail => "fail",
        }
    }

    /// The verdict of a word; `None` where it is none.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Verdict> {
        of_word(&Verdict::ALL, Verdict::word, word)
    }

    /// Whether the limit was neither found broken nor sound.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Verdict::Undecided | Verdict::Unmeasured)
    }

    /// Whether the limit was found broken, whatever that means for the run.
    #[must_use]
    pub const fn is_broken(self) -> bool {
        match self {
            Verdict::Waived | Verdict::Warn | Verdict::Fail => true,
            Verdict::Pass | Verdict::Undecided | Verdict::Unmeasured => false,
        }
    }
}

/// How many limits ended in each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Limits, which may be counted apart from the verdicts.
    pub limits: usize,
    /// [`Verdict::Pass`].
    pub passed: usize,
    /// [`Verdict::Waived`].
    pub waived: usize,
    /// [`Verdict::Warn`].
    pub warned: usize,
    /// [`Verdict::Fail`].
    pub failed: usize,
    /// [`Verdict::Undecided`].
    pub undecided: usize,
    /// [`Verdict::Unmeasured`].
    pub unmeasured: usize,
}

impl Tally {
    /// Counts verdicts, one of each limit.
    #[must_use]
    pub fn of(verdicts: &[Verdict]) -> Tally {
        let mut tally = Tally {
            limits: verdicts.len(),
            ..Tally::default()
        };
        for verdict in verdicts {
            *match verdict {
                Verdict::Pass => &mut tally.passed,
                Verdict::Waived => &mut tally.waived,
                Verdict::Warn => &mut tally.warned,
                Verdict::Undecided => &mut tally.undecided,
                Verdict::Unmeasured => &mut tally.unmeasured,
                Verdict::Fail => &mut tally.failed,
            } += 1;
        }
        tally
    }

    /// How many ended in one verdict.
    #[must_use]
    pub const fn count(&self, verdict: Verdict) -> usize {
        match verdict {
            Verdict::Pass => self.passed,
            Verdict::Waived => self.waived,
            Verdict::Warn => self.warned,
            Verdict::Undecided => self.undecided,
            Verdict::Unmeasured => self.unmeasured,
            Verdict::Fail => self.failed,
        }
    }

    /// Whether every limit has exactly one verdict.
    #[must_use]
    pub const fn adds_up(&self) -> bool {
        self.limits
            == self.passed
                + self.waived
                + self.warned
                + self.failed
                + self.undecided
                + self.unmeasured
    }

    /// `3 passed + 0 waived + ..`
    #[must_use]
    pub fn sum(&self) -> String {
        format!(
            "{} passed + {} waived + {} warned + {} failed + {} undecided + {} unmeasured",
            self.passed, self.waived, self.warned, self.failed, self.undecided, self.unmeasured,
        )
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.limits == 1 { "" } else { "s" };
        write!(f, "{} limit{plural} = {}", self.limits, self.sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_adds_up() {
        let verdicts = [
            Verdict::Pass,
            Verdict::Pass,
            Verdict::Fail,
            Verdict::Undecided,
        ];
        let tally = Tally::of(&verdicts);
        assert!(tally.adds_up());
        assert_eq!(
            tally.to_string(),
            "4 limits = 2 passed + 0 waived + 0 warned + 1 failed + 1 undecided + 0 unmeasured"
        );
        let declared = Tally { limits: 5, ..tally };
        assert!(!declared.adds_up(), "a limit has no verdict: {declared}");
        let one = Tally::of(&[Verdict::Pass]).to_string();
        assert!(one.starts_with("1 limit = 1 passed"), "{one}");
        for verdict in Verdict::ALL {
            assert_eq!(Tally::of(&[verdict]).count(verdict), 1, "{verdict:?}");
        }
    }

    #[test]
    fn the_worst_verdict_is_the_last() {
        let mut verdicts = [
            Verdict::Undecided,
            Verdict::Fail,
            Verdict::Warn,
            Verdict::Pass,
            Verdict::Unmeasured,
            Verdict::Waived,
        ];
        verdicts.sort_unstable();
        assert_eq!(verdicts, Verdict::ALL);
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::from_word(verdict.word()), Some(verdict));
        }
        assert_eq!(Verdict::from_word("passed"), None);
    }
}
