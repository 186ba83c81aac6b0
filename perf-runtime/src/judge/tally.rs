//! Counting what a judgement has seen.

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) all: Sum,
    pub(super) rounds: u64,
    /// Rounds with a unit that is above for certain.
    pub(super) rounds_above: u64,
    /// Units that may be above.
    pub(super) most_above: u64,
    pub(super) slots: u64,
}

impl Tally {
    pub(super) fn take(&mut self, least: &Sum) {
        self.rounds += 1;
        self.rounds_above += u64::from(least.above > 0);
    }
}

/// A few units added up three times: as they were measured, with the least that
/// each may have taken, and with the most. The least is evidence against a limit,
/// the most is evidence for it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub(super) measured: Sum,
    pub(super) least: Sum,
    pub(super) most: Sum,
}

impl Sums {
    pub(super) fn add(&mut self, other: &Sums) {
        self.measured.add(&other.measured);
        self.least.add(&other.least);
        self.most.add(&other.most);
    }
}

/// A few units added up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) units: u64,
    pub(super) above: u64,
    pub(super) y: f64,
    pub(super) ns: f64,
}

impl Sum {
    pub(super) fn add(&mut self, other: &Sum) {
        self.units += other.units;
        self.above += other.above;
        self.y += other.y;
        self.ns += other.ns;
    }

    /// The mean of Y; `None` of nothing.
    pub(super) fn mean_y(&self) -> Option<f64> {
        (self.units > 0).then(|| self.y / self.units as f64)
    }
}
