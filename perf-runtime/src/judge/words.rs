//! The words a judgement is asked and answered in.

/// The error rates a verdict keeps to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Errors {
    /// The chance that any sound limit of the run is called broken.
    pub(crate) fail: f64,
    /// Time limits in the run, among which that chance is divided.
    pub(crate) limits: u64,
    /// The chance that a limit exactly at its boundary is called sound.
    pub(crate) pass: f64,
}

impl Errors {
    /// What the evidence for FAIL must reach.
    pub(crate) fn threshold_fail(&self) -> f64 {
        perf_statistics::fail_threshold(self.limits, self.fail)
    }

    /// What the evidence for PASS must reach.
    pub(crate) fn threshold_pass(&self) -> f64 {
        -self.pass.ln()
    }
}

/// Where a judgement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The evidence allows neither side so far.
    Open,
    /// The limit holds.
    Holds,
    /// The limit is broken.
    Broken,
}

/// Why a limit is neither held nor broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undecided {
    /// The code is too near its limit to tell with the calls allowed.
    Boundary,
    /// Too few calls to prove anything, even with none above the limit.
    TooFewCalls,
    /// All that was seen so far pointed to broken, and the deadline ended it.
    Deadline {
        /// The deadline, nanoseconds.
        ns: u64,
    },
    /// It was broken, and the confirmation did not find it broken again.
    NotReproduced,
    /// More than half of the calls were dropped, or of their time waited.
    Contaminated,
    /// A maximum whose exceedances all fell into one round.
    SingleRound,
    /// The function panicked or returned an error before it was decided.
    Failed,
}

/// Which verdicts the state of the machine allows at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Permits {
    /// Whether a limit may be called broken. Nothing that the machine does hinders a
    /// pass: it only adds time.
    pub(crate) fail: bool,
}
