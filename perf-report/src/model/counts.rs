//! The final verdicts, and the line in which they add up.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What became of a limit; the worst is last.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Pass,
    Waived,
    Warn,
    Undecided,
    #[default]
    Unmeasured,
    Fail,
}

impl Verdict {
    /// The best first.
    pub(crate) const ALL: [Verdict; 6] = [
        Verdict::Pass,
        Verdict::Waived,
        Verdict::Warn,
        Verdict::Undecided,
        Verdict::Unmeasured,
        Verdict::Fail,
    ];

    /// The word it is called by.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Waived => "waived",
            Verdict::Warn => "warn",
            Verdict::Undecided => "undecided",
            Verdict::Unmeasured => "unmeasured",
            Verdict::Fail => "fail",
        }
    }

    /// Whether it was neither found broken nor sound.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Verdict::Undecided | Verdict::Unmeasured)
    }

    /// Whether the limit was found broken, whatever that means for the run.
    pub(crate) fn is_broken(self) -> bool {
        match self {
            Verdict::Waived | Verdict::Warn | Verdict::Fail => true,
            Verdict::Pass | Verdict::Undecided | Verdict::Unmeasured => false,
        }
    }
}

/// How many limits ended in each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) waived: usize,
    pub(crate) warned: usize,
    pub(crate) failed: usize,
    pub(crate) undecided: usize,
    pub(crate) unmeasured: usize,
}

impl Tally {
    /// `3 passed + 0 waived + ..`
    pub(crate) fn sum(self) -> String {
        format!(
            "{} passed + {} waived + {} warned + {} failed + {} undecided + {} unmeasured",
            self.passed, self.waived, self.warned, self.failed, self.undecided, self.unmeasured,
        )
    }

    /// Counts verdicts.
    pub(crate) fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Tally {
        let mut tally = Tally::default();
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
    pub(crate) fn count(&self, verdict: Verdict) -> usize {
        match verdict {
            Verdict::Pass => self.passed,
            Verdict::Waived => self.waived,
            Verdict::Warn => self.warned,
            Verdict::Fail => self.failed,
            Verdict::Undecided => self.undecided,
            Verdict::Unmeasured => self.unmeasured,
        }
    }

    /// All limits.
    pub(crate) fn limits(&self) -> usize {
        self.passed + self.waived + self.warned + self.failed + self.undecided + self.unmeasured
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = self.limits();
        let s = if limits == 1 { "" } else { "s" };
        write!(f, "{limits} limit{s} = {}", self.sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_adds_up() {
        let tally = Tally::of([
            Verdict::Pass,
            Verdict::Pass,
            Verdict::Fail,
            Verdict::Undecided,
        ]);
        assert_eq!(
            tally.to_string(),
            "4 limits = 2 passed + 0 waived + 0 warned + 1 failed + 1 undecided + 0 unmeasured"
        );
        assert!(
            Tally::of([Verdict::Pass])
                .to_string()
                .starts_with("1 limit = 1 passed")
        );
    }

    #[test]
    fn the_worst_verdict_is_the_greatest() {
        let all = [
            Verdict::Undecided,
            Verdict::Fail,
            Verdict::Warn,
            Verdict::Pass,
        ];
        assert_eq!(all.into_iter().max(), Some(Verdict::Fail));
        assert!(Verdict::Undecided > Verdict::Warn && Verdict::Unmeasured > Verdict::Undecided);
    }
}
