//! Counting what a judgement has seen.

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) all: Sum,
    pub(super) rounds: u64,
    pub(super) rounds_above: u64,
    pub(super) slots: u64,
}

impl Tally {
    pub(super) fn take(&mut self, round: &Sum) {
        self.rounds += 1;
        self.rounds_above += u64::from(round.above > 0);
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
}
