//! What the system says of a process that makes calls.

use perf_grammar::Metric;

use crate::collections::of_word;

/// What the system said of a separate process around a few calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rss {
    /// Resident in front of the first call, its input included, bytes.
    pub(crate) before_bytes: u64,
    /// The most that was resident during a call, bytes.
    pub(crate) peak_bytes: u64,
    /// Page faults of the call that had most.
    pub(crate) faults: u64,
    /// Whether the system forgot the earlier peak in front of each call. If
    /// not, the peak is that of the whole process so far.
    pub(crate) reset: bool,
    /// Calls that were made.
    pub(crate) calls: u64,
    /// Whose memory it is.
    pub(crate) of: Resident,
    /// What it counted of single calls, once they were warm.
    pub(crate) usage: Usage,
}

/// What the system counted of one call or of a process so far, in the order of
/// [`Metric::USED`]; `None` of what it does not count.
pub(crate) type Used = [Option<u64>; Metric::USED.len()];

/// What the system counted of each of some calls, of all threads together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Calls that were counted.
    pub(crate) calls: u64,
    /// The least and the most of a call, in the order of [`Metric::USED`]; `None` where
    /// the system counts none.
    pub(crate) counts: [Option<(u64, u64)>; Metric::USED.len()],
}

impl Usage {
    /// What one call used.
    pub(crate) fn of_call(used: Used) -> Usage {
        let mut counts = [None; Metric::USED.len()];
        for at in 0..counts.len() {
            counts[at] = used[at].map(|used| (used, used));
        }
        Usage { calls: 1, counts }
    }

    /// The least and the most of a call.
    pub(crate) fn of(&self, metric: Metric) -> Option<(u64, u64)> {
        for at in 0..self.counts.len() {
            if Metric::USED[at] == metric {
                return self.counts[at];
            }
        }
        None
    }

    /// What the calls of both used; of no call, what the other says.
    pub(crate) fn and(self, other: Usage) -> Usage {
        if self.calls == 0 || other.calls == 0 {
            return if self.calls == 0 { other } else { self };
        }
        let mut both = Usage {
            calls: self.calls + other.calls,
            counts: self.counts,
        };
        for at in 0..both.counts.len() {
            both.counts[at] = match (self.counts[at], other.counts[at]) {
                (Some((least, most)), Some((other_least, other_most))) => {
                    Some((least.min(other_least), most.max(other_most)))
                }
                _ => None,
            };
        }
        both
    }
}

/// Whose resident memory was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resident {
    /// That of the process which makes the calls.
    Test,
    /// That of the program which a call starts.
    Program,
    /// That of the program, which is less than what the system can tell: the
    /// peak is no more than a bound.
    ProgramAtMost,
}

impl Resident {
    /// The word records use.
    #[must_use]
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Resident::Test => "test",
            Resident::Program => "program",
            Resident::ProgramAtMost => "program_at_most",
        }
    }

    /// Whose memory a word stands for.
    #[must_use]
    pub(crate) fn from_word(word: &str) -> Option<Resident> {
        let all = [Resident::Test, Resident::Program, Resident::ProgramAtMost];
        of_word(&all, Resident::word, word)
    }
}
