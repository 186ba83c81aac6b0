//! Makes calls in turns with those of another case, and compares them.

use super::{Driver, RoundAsk};
use crate::measure::meter::{Meter, Threads};
use crate::model::case::{Case, Clock};
use crate::model::misuse::Misuse;
use crate::model::sample::{Failure, Round, RoundSpec};

/// Below this, batches are compared: single calls would be compared with what
/// reading the clock costs.
const BATCHED_BELOW_NS: f64 = 1e3;
const BATCH_NS: f64 = 7.5e3;
/// Calls that tell how long one of the other case takes, after as many untimed.
const FIRST_LOOK: usize = 20;
/// Calls that are made before each side, to bring its caches back.
const BRING_BACK_NS: f64 = 150e3;
/// The most units of either side in a round.
const MOST_UNITS: usize = 5_000;

/// The case that another is compared with.
pub(crate) struct Other {
    driver: Box<Driver>,
    /// About how long one of its calls takes, once that is known.
    typical_ns: Option<f64>,
    /// Whether it goes first in the next round: the order changes each time.
    first: bool,
}

impl Other {
    pub(crate) fn new(case: &'static Case, clock: Clock) -> Other {
        Other {
            driver: Box::new(Driver::without_mutation(case, clock)),
            typical_ns: None,
            first: false,
        }
    }

    pub(super) fn release(&mut self) {
        self.driver.release();
    }

    /// A round of the other case that lasts about `lasts_ns`.
    fn round(&mut self, meter: &mut Meter, ask: RoundAsk, lasts_ns: f64) -> Round {
        let typical_ns = match self.typical_ns {
            Some(typical_ns) => typical_ns,
            None => {
                let look = RoundAsk {
                    round: RoundSpec {
                        calls: FIRST_LOOK,
                        batch: 1,
                        rewarm: FIRST_LOOK,
                        ..ask.round
                    },
                    typical_ns: None,
                    ..ask
                };
                let round = self.driver.round(meter, look);
                if round.failure.is_some() {
                    return round;
                }
                *self.typical_ns.insert(round.typical_ns().max(1.0))
            }
        };
        let shape = shape(typical_ns, lasts_ns);
        self.driver.round(meter, shape)
    }
}

impl Driver {
    /// One round of this case and one of the other, next to each other, and the
    /// ratio of their typical times.
    pub(super) fn against_other(&mut self, meter: &mut Meter, ask: RoundAsk) -> Round {
        let Some(mut other) = self.other.take() else {
            return Round {
                failure: Some(Failure::Misuse(Misuse::no_other_case())),
                ..Round::default()
            };
        };
        let typical_ns = ask.typical_ns.unwrap_or(1.0).max(1.0);
        let lasts_ns = typical_ns * ask.round.calls as f64 / 2.0;
        let own = shape(typical_ns, lasts_ns);
        other.first = !other.first;
        let (mut round, beside) = if other.first {
            let beside = other.round(meter, ask, lasts_ns);
            (self.round(meter, own), beside)
        } else {
            let round = self.round(meter, own);
            (round, other.round(meter, ask, lasts_ns))
        };
        round.ratio = match (round.median_ns(), beside.median_ns()) {
            (Some(own), Some(beside)) if beside > 0.0 => Some(own / beside),
            _ => None,
        };
        round.elapsed_ns += beside.elapsed_ns;
        round.waiting_ns += beside.waiting_ns;
        if round.failure.is_none() {
            let id = other.driver.case.id();
            if let Some(failure) = beside.failure {
                round.failure = Some(Failure::OfOther(id, failure.kind(), failure.line()));
            }
        }
        self.other = Some(other);
        round
    }
}

/// As many calls as last so long, in batches where they are short.
fn shape(typical_ns: f64, lasts_ns: f64) -> RoundAsk {
    let batch = if typical_ns < BATCHED_BELOW_NS {
        (BATCH_NS / typical_ns).ceil() as usize
    } else {
        1
    };
    let units = lasts_ns / (typical_ns * batch as f64);
    let again = (BRING_BACK_NS / typical_ns).ceil() as usize;
    RoundAsk {
        round: RoundSpec {
            calls: (units as usize).clamp(3, MOST_UNITS),
            batch,
            rewarm: again.clamp(1, MOST_UNITS),
            ..RoundSpec::default()
        },
        typical_ns: Some(typical_ns),
        threads: Threads::Others,
        crowd: None,
    }
}
