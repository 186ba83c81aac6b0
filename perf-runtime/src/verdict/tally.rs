//! The closing line, which adds up.

use std::fmt;

use super::Verdict;

/// How many limits ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Limits that were declared, counted apart from the verdicts.
    pub(crate) limits: u64,
    pub(crate) passed: u64,
    pub(crate) waived: u64,
    pub(crate) warned: u64,
    pub(crate) failed: u64,
    pub(crate) undecided: u64,
    pub(crate) unmeasured: u64,
}

impl Tally {
    /// Counts the verdicts of as many declared limits.
    pub(crate) fn of(declared: u64, verdicts: &[Verdict]) -> Tally {
        let mut tally = Tally {
            limits: declared,
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

    /// Whether every declared limit has exactly one verdict.
    #[must_use]
    pub(crate) fn adds_up(&self) -> bool {
        self.limits
            == self.passed
                + self.waived
                + self.warned
                + self.failed
                + self.undecided
                + self.unmeasured
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.limits == 1 { "" } else { "s" };
        write!(
            f,
            "{} limit{plural} = {} passed + {} waived + {} warned + {} failed + {} undecided + {} unmeasured",
            self.limits,
            self.passed,
            self.waived,
            self.warned,
            self.failed,
            self.undecided,
            self.unmeasured
        )
    }
}
