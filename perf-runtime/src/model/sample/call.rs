//! One timed call, and what is certain of it.

/// One timed call, cleaned by the rules of its clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Call {
    /// The time that is judged, nanoseconds; the clock's own cost is taken off
    /// and the result is never below zero.
    pub(crate) judged_ns: f64,
    /// Wall time, nanoseconds; the clock's own cost taken off.
    pub(crate) wall_ns: f64,
    /// How the call was disturbed.
    pub(crate) disturbed: Disturbed,
    /// It returned `Err` where that is tolerated. Its time counts as any
    /// other's: the caller has waited for it.
    pub(crate) failed: bool,
}

/// What a call may have paid for being pre-empted once, nanoseconds: interrupts,
/// two switches, caches that others have filled. It is processor time, so no clock
/// takes it off. On a virtual machine of two processors a call of 1.9 us that was
/// pre-empted had 34 us of it at the median, 54 us at the p90, and one in 300 more
/// than this.
const PREEMPTION_NS: f64 = 100e3;

impl Call {
    /// The least that the function itself may have taken, nanoseconds: what is
    /// evidence against it. `None` where nothing is known.
    pub(crate) fn least_ns(&self) -> Option<f64> {
        match self.disturbed {
            Disturbed::No | Disturbed::Blocked => Some(self.judged_ns),
            Disturbed::Preempted => Some((self.judged_ns - PREEMPTION_NS).max(0.0)),
            Disturbed::Dropped => None,
        }
    }

    /// The most that it may have taken, nanoseconds: what is evidence for it.
    pub(crate) fn most_ns(&self) -> f64 {
        match self.disturbed {
            Disturbed::No | Disturbed::Blocked | Disturbed::Preempted => self.judged_ns,
            Disturbed::Dropped => self.wall_ns,
        }
    }
}

/// What else happened during a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disturbed {
    /// Nothing that the counters saw.
    No,
    /// The scheduler took the processor away, and the wait was taken off.
    Preempted,
    /// The call gave the processor up by itself (it slept, waited or blocked)
    /// and kept that time; it was not pre-empted.
    Blocked,
    /// How long the call waited is not known: the counters contradict each other
    /// (a wait longer than the call), or the wait may have been between calls.
    /// It is no evidence against a limit, stands with its wall time where it
    /// would be evidence for one, and is counted.
    Dropped,
}
