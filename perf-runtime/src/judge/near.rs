//! Whether calls that come near the limit come together.

use crate::judge::autocorrelation::Autocorrelation;
use crate::model::sample::{Call, Disturbed};

/// A call is near the limit above this share of it ...
const SHARE: f64 = 2.0 / 3.0;
/// ... where that is no further off than this many times the distance of the
/// typical call from the slowest tenth.
///
/// NOTE: all calls, or the slowest tenth wherever the limit is, were rejected.
/// Recorded calls depend on each other over 10 to 30 slots at their median, and
/// not at all at 1.5 times their p99: sound limits would cost ten times more.
const SPREADS: f64 = 2.5;
const SLOW: f64 = 0.9;

/// How many slots in a row are worth one, as far as the rounds so far show.
#[derive(Clone, Debug)]
pub(super) struct Near {
    limit: f64,
    /// From where on a call is near; the first round says.
    from: Option<f64>,
    /// The share of near calls in each slot of this round.
    shares: Vec<f64>,
    seen: Autocorrelation,
    together: u64,
}

impl Near {
    pub(super) fn new(limit: f64) -> Near {
        Near {
            limit,
            from: None,
            shares: Vec::new(),
            seen: Autocorrelation::default(),
            together: 1,
        }
    }

    /// How many slots in a row are worth one. It changes between rounds only,
    /// so that no slot has a say in what it counts for, and never shrinks: a
    /// verdict may not wait for the estimate to be low by chance.
    pub(super) fn together(&self) -> u64 {
        self.together
    }

    /// A slot of a round was judged.
    pub(super) fn take_slot(&mut self, units: &[Call], round: &[Call]) {
        let from = match self.from {
            Some(from) => from,
            None => near(round, self.limit),
        };
        self.from = Some(from);
        let (mut near, mut all) = (0.0, 0.0);
        for unit in units {
            if unit.disturbed != Disturbed::Dropped {
                near += f64::from(u8::from(unit.judged_ns > from));
                all += 1.0;
            }
        }
        self.shares.push(near / f64::max(all, 1.0));
    }

    /// The round is over.
    pub(super) fn end_round(&mut self) {
        self.seen.take(&self.shares);
        self.shares.clear();
        self.together = self.together.max(self.seen.time().ceil() as u64);
    }
}

/// From where on a call is near the limit.
fn near(round: &[Call], limit: f64) -> f64 {
    let mut sorted = Vec::new();
    for unit in round {
        if unit.disturbed != Disturbed::Dropped {
            sorted.push(unit.judged_ns);
        }
    }
    perf_statistics::sort(&mut sorted);
    let at = |share: f64| sorted.get((sorted.len() as f64 * share) as usize).copied();
    let typical = at(0.5).unwrap_or(limit);
    let spread = at(SLOW).unwrap_or(limit) - typical;
    let from = (limit - SPREADS * spread).max(SHARE * limit);
    from.max(typical).min(limit)
}
