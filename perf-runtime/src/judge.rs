//! One sound test for each time metric.
//!
//! Every test but two turns the limit into "the mean of Y in [0, 1] is at
//! most p0" and runs an [`EProcess`](perf_statistics::EProcess) on it:
//!
//! | metric | sound means | Y | p0 |
//! |---|---|---|---|
//! | `pQ <= L` | at most the share 1 - Q of calls is above L | `1[t > L]` | 1 - Q |
//! | `mean <= M`, throughput >= 1/M | the mean of min(t, 4M) is at most M | `min(t, 4M) / 4M` | 1/4 |
//! | `min <= L` | at least 1 call in 20 is at or below L (of slow calls, 1 in as many as the deadline can tell) | `1[t > L]` | 0.95 (at least 1/2) |
//! | `max <= L` | no statistical claim: nothing above L was seen | | |
//! | `first <= L` | in half of the processes the first call is at or below L | `1[t > L]` of a process | 1/2 |
//! | `errors <= S` | at most the share S of calls fails | 1 if the call failed | S |
//! | `ratio <= R`, `degradation <= R` | in half of the pairs of rounds the one is at most R times the other | `1[ratio > R]` of a pair | 1/2 |
//! | `cpu <= M`, `cpu_share <= M` | the mean over rounds of min(x, 4M) is at most M | `min(x, 4M) / 4M` of a round | 1/4 |
//!
//! * **Slots.** Y is averaged over slots of at least about 100 µs before it is
//!   counted, because neighbouring calls are not independent. How many calls a
//!   slot holds is fixed before they are made: ending a slot when its time is
//!   full would make slow calls share theirs with fewer others, and raise the
//!   mean of Y above the share it stands for.
//! * **FAIL** needs two processes: one over slots, whose error rate is
//!   guaranteed if slots are independent, and one over whole rounds, which lie
//!   far apart in time, for when they are not. A mean's process over rounds is
//!   the average of two e-processes, one on the mean Y of the round and one on
//!   whether the round's mean is above M (p0 = 1/2); the first sees rare slow
//!   calls, the second small shifts. That of a minimum counts the rounds in
//!   which every call is above, against 0.95 to the power of the calls in a
//!   round, but at least 1/2.
//! * **The first call** of a trial that cannot be warmed up is a round of evidence
//!   for FAIL, as long as no later call was so much faster that it was cold.
//! * **PASS** needs one process, over slots, and at least five rounds: noise of
//!   the machine only adds time, so it cannot make a broken limit look sound.
//!   Where calls near the limit are seen to come together, it also needs the
//!   processes over runs of slots that are as long as they stay together. That
//!   length is estimated from the rounds before, so this is no guarantee.
//!   For a mean no test without an assumption can exclude calls that are rarer
//!   than 1 in n and slow enough to matter (Bahadur and Savage, *Annals of
//!   Mathematical Statistics* 27, 1956): the claim is on min(t, 4M), and the
//!   calls above 4M are counted. It never passes while the plain mean of what
//!   was measured is above M.
//! * What is not certain of a call counts for neither side: the least that it may
//!   have taken is evidence for FAIL, the most is evidence for PASS
//!   ([`Call::least_ns`], [`Call::most_ns`]).
//! * `min` passes at the first call at or below L: then it is a fact.
//! * `max` is broken when calls of two different rounds are above L; exceedances
//!   in a single round stay undecided. Without any, n calls say that at most
//!   6.9/n of all calls are above, at 99.9 % (exactly: 1 - 0.001^(1/n)).

pub(crate) mod timeline;
pub(crate) mod histogram;
pub(crate) mod summary;
pub(crate) mod evidence;
pub(crate) mod autocorrelation;
pub(crate) mod growth;
pub(crate) mod complexity;

mod claim;
mod first;
mod ladder;
mod median;
mod near;
mod processes;
mod processor;
mod proof;
mod tally;
mod words;

use perf_grammar::Metric;

pub(crate) use self::claim::{Claim, Observations};
use self::near::Near;
use self::processes::Processes;
use self::tally::{Sum, Sums, Tally};
pub(crate) use self::words::{Errors, Permits, Standing, Undecided};
use crate::judge::evidence::needed;
use crate::judge::histogram::Histogram;
use crate::model::figure::PerCall;
use crate::model::sample::{Call, Disturbed};
use perf_statistics::{CAP, CAP_ROUNDS, MEAN_REACH, RARE, Side, log_e_of};

/// A time limit under judgement.
#[derive(Clone, Debug)]
pub(crate) struct Judge {
    claim: Claim,
    observations: Observations,
    /// Of one call, as all that it is compared with.
    limit: f64,
    errors: Errors,
    processes: Option<Processes>,
    near: Near,
    tally: Tally,
    /// Slots that would settle it if it holds with room.
    clean_slots: u64,
    /// Slots after which it is left open.
    cap: u64,
    processor: processor::Sums,
    /// The observations of a median, in ascending order.
    sorted: Vec<f64>,
    /// The times of spans, where it judges those.
    spans: Histogram,
    /// Its observations are means of whole rounds.
    by_round: bool,
    /// The first call of the trial, unless it is known to have been cold.
    first: Option<Sums>,
    standing: Standing,
}

/// Rounds before a limit may be called broken, and before it may be called
/// sound.
const MIN_ROUNDS_FAIL: u64 = 2;
const MIN_ROUNDS_PASS: u64 = 5;
/// Starting a process costs far more than a round.
const CAP_PROCESSES: u64 = 60;
/// Of short calls the machine pre-empts few: a time slice is some milliseconds. Where
/// it is one in this many, it is the function that gives its processor away (it yields,
/// or wakes another thread), or calls are so long that it costs them little.
const RARELY: usize = 4;
/// Calls without one above the limit that settle a maximum, and the fewest that
/// can pass one when the time is up.
const MAX_CALLS: u64 = 690;
const MAX_CALLS_LEAST: u64 = 5;
const MEAN_SHARE: f64 = 1.0 / MEAN_REACH;
/// A minimum is sound when one call in twenty is at or below it.
const MIN_SHARE: f64 = 0.95;

impl Judge {
    /// A fresh judgement of calls that come in rounds of about `round_units`.
    pub(crate) fn new(
        metric: Metric,
        PerCall(limit): PerCall,
        errors: Errors,
        round_units: usize,
    ) -> Judge {
        let (claim, observations) = Claim::of(metric);
        let slots = |beta| clean_slots(claim, observations, limit, beta);
        Judge {
            claim,
            observations,
            limit,
            errors,
            processes: Processes::new(claim, limit, round_units, MIN_SHARE),
            near: Near::new(limit),
            tally: Tally::default(),
            clean_slots: slots(errors.pass),
            cap: slots(RARE).saturating_mul(CAP),
            processor: processor::Sums::default(),
            sorted: Vec::new(),
            spans: Histogram::default(),
            by_round: false,
            first: None,
            standing: Standing::Open,
        }
    }

    /// The same where no more than this many calls can be made in all: a minimum is
    /// sound at a share of calls that they can disprove.
    pub(crate) fn within_calls(mut self, calls: f64, round_units: usize) -> Judge {
        if self.claim == Claim::Minimum {
            // ln(0.05) is the weight of "all are above" in the mixture.
            let needed = self.errors.threshold_fail() + 3.0;
            let share = (-needed / calls.max(1.0)).exp().clamp(0.5, MIN_SHARE);
            self.processes = Processes::new(self.claim, self.limit, round_units, share);
        }
        self
    }

    /// What its limit claims.
    pub(crate) fn claim(&self) -> Claim {
        self.claim
    }

    /// What it is judged by.
    pub(crate) fn observations(&self) -> Observations {
        self.observations
    }

    /// Where it stands.
    pub(crate) fn standing(&self) -> Standing {
        self.standing
    }

    /// Takes one round, in slots of `slot` units.
    pub(crate) fn accept(&mut self, units: &[Call], slot: usize, permits: Permits) {
        if self.is_of_processor() || self.is_of_median() {
            return;
        }
        if self.observations == Observations::Spans {
            for unit in units {
                self.spans.record(unit.judged_ns);
            }
        }
        let mut preempted = 0;
        for unit in units {
            preempted += usize::from(unit.disturbed == Disturbed::Preempted);
        }
        let is_rare = preempted * RARELY <= units.len();
        let mut round = Sums::default();
        let slots = (units.len() / slot.max(1)).max(1);
        for at in 0..slots {
            let end = if at + 1 == slots {
                units.len()
            } else {
                (at + 1) * slot
            };
            let of_slot = &units[at * slot..end];
            let sums = self.sums(of_slot, is_rare);
            round.add(&sums);
            self.tally.most_above += sums.most.above;
            self.tally.slots += u64::from(sums.measured.units > 0);
            self.tally.all.add(&sums.measured);
            if sums.measured.units > 0 && self.is_counting() {
                self.near.take_slot(of_slot, units);
            }
            self.take_slot(&sums);
        }
        if round.most.units > 0 {
            self.take_round(&round, permits);
        }
        if self.is_counting() {
            self.near.end_round();
        }
    }

    /// Takes the throughput of a round in which several users called: the mean
    /// time from one call of any of them to the next.
    pub(crate) fn accept_pace(&mut self, ns_a_call: f64, permits: Permits) {
        self.by_round = true;
        let pace = Call {
            judged_ns: ns_a_call,
            wall_ns: ns_a_call,
            disturbed: Disturbed::No,
            failed: false,
        };
        self.accept(&[pace], 1, permits);
    }

    /// Whether more calls may still change it: it is open and below its cap.
    pub(crate) fn wants_more(&self) -> bool {
        self.standing == Standing::Open && self.spent() < 1.0
    }

    /// Slots that would settle it if it holds with room.
    pub(crate) fn clean_slots(&self) -> u64 {
        self.clean_slots
    }

    /// How far it has come towards a verdict or its cap, from 0 to 1.
    pub(crate) fn progress(&self) -> f64 {
        let mut evidence = 0.0;
        if let Some(processes) = &self.processes {
            let pass = processes.pass.log_e(self.near.together()) / self.errors.threshold_pass();
            evidence = pass.max(self.log_e_fail().unwrap_or(0.0) / self.errors.threshold_fail());
        }
        if self.standing == Standing::Open {
            evidence.max(self.spent()).clamp(0.0, 1.0)
        } else {
            1.0
        }
    }

    /// Settles what can be settled when no more calls will come.
    pub(crate) fn close(&mut self) {
        let clean =
            self.is_max() && self.tally.most_above == 0 && self.tally.all.units >= MAX_CALLS_LEAST;
        let clean = clean && self.rounds_above() == 0;
        if clean && self.standing == Standing::Open {
            self.standing = Standing::Holds;
        }
    }

    /// Why it is still open when no more calls will come.
    pub(crate) fn reason(&self) -> Undecided {
        let tally = &self.tally;
        let too_few = match self.claim {
            Claim::Maximum if self.rounds() > 1 && self.rounds_above() > 0 => {
                return Undecided::SingleRound;
            }
            Claim::Maximum => tally.all.units < MAX_CALLS_LEAST,
            // What holds passes at once; what is broken was not proved so.
            Claim::Minimum => true,
            _ => {
                tally.rounds < MIN_ROUNDS_PASS
                    || self
                        .processes
                        .as_ref()
                        .is_none_or(|processes| self.is_short(processes))
            }
        };
        if too_few {
            Undecided::TooFewCalls
        } else {
            Undecided::Boundary
        }
    }

    /// Whether so few calls could not have proved the side they are on, had
    /// they all been on it.
    fn is_short(&self, processes: &Processes) -> bool {
        let tally = &self.tally;
        if tally.all.y > processes.p0 * tally.all.units as f64 {
            processes.best_log_e_rounds(tally.rounds) < self.errors.threshold_fail()
        } else {
            log_e_of(Side::Pass, processes.p0, self.worth() as f64, 0.0)
                < self.errors.threshold_pass()
        }
    }

    /// How many independent slots those so far are worth.
    fn worth(&self) -> u64 {
        self.tally.slots.div_ceil(self.near.together())
    }

    fn is_max(&self) -> bool {
        self.claim == Claim::Maximum
    }

    /// Whether its processes gather evidence: a verdict ends that.
    fn is_counting(&self) -> bool {
        self.processes.is_some() && self.standing == Standing::Open
    }

    /// The share of its cap that it has had.
    fn spent(&self) -> f64 {
        let slots = self.tally.slots as f64 / self.cap as f64;
        match self.observations {
            Observations::FirstCalls => slots,
            _ => slots.min(self.tally.rounds as f64 / CAP_ROUNDS as f64),
        }
    }

    fn take_slot(&mut self, sums: &Sums) {
        let Some(processes) = &mut self.processes else {
            return;
        };
        if self.standing != Standing::Open {
            return;
        }
        if let Some(y) = sums.least.mean_y() {
            processes.fail.add(y);
        }
        if let Some(y) = sums.most.mean_y() {
            processes.pass.add(y);
        }
        let may_pass = match self.claim {
            Claim::Mean => self.tally.all.ns <= self.limit * self.tally.all.units as f64,
            Claim::Minimum => false,
            _ => true,
        };
        let late_enough = self.tally.rounds + 1 >= MIN_ROUNDS_PASS;
        if may_pass
            && late_enough
            && processes
                .pass
                .reaches(self.near.together(), self.errors.threshold_pass())
        {
            self.standing = Standing::Holds;
        }
    }

    fn take_round(&mut self, round: &Sums, permits: Permits) {
        self.tally.take(&round.least);
        if self.is_max() {
            self.standing = self.max_standing(permits);
        }
        let Some(processes) = &mut self.processes else {
            return;
        };
        if self.standing != Standing::Open {
            return;
        }
        if round.least.units > 0 {
            processes.take_round(self.claim, &round.least, self.limit);
        }
        if self.claim == Claim::Minimum && round.most.above < round.most.units {
            self.standing = Standing::Holds;
        } else if self.rounds() >= MIN_ROUNDS_FAIL && permits.fail && self.fails() {
            self.standing = Standing::Broken;
        }
    }

    /// A maximum is never done: a later call can still be above it.
    fn max_standing(&self, permits: Permits) -> Standing {
        let tally = &self.tally;
        if self.standing == Standing::Broken
            || (self.rounds_above() >= MIN_ROUNDS_FAIL && permits.fail)
        {
            Standing::Broken
        } else if tally.most_above == 0
            && tally.all.units >= MAX_CALLS
            && tally.rounds >= MIN_ROUNDS_PASS
        {
            Standing::Holds
        } else {
            Standing::Open
        }
    }

    /// Where being pre-empted is `is_rare`, what it costs is the machine's.
    fn sums(&self, units: &[Call], is_rare: bool) -> Sums {
        let kept = |unit: &Call| (unit.disturbed != Disturbed::Dropped).then_some(unit.judged_ns);
        let measured = self.sum(units, kept);
        let mut all_certain = true;
        for unit in units {
            all_certain &= matches!(unit.disturbed, Disturbed::No | Disturbed::Blocked);
        }
        if all_certain {
            return Sums {
                measured,
                least: measured,
                most: measured,
            };
        }
        Sums {
            measured,
            least: if is_rare {
                self.sum(units, Call::least_ns)
            } else {
                measured
            },
            most: self.sum(units, |unit| Some(unit.most_ns())),
        }
    }

    fn sum(&self, units: &[Call], ns: fn(&Call) -> Option<f64>) -> Sum {
        let is_mean = self.claim == Claim::Mean;
        let reach = MEAN_REACH * self.limit;
        let mut sum = Sum::default();
        for unit in units {
            let Some(ns) = ns(unit) else {
                continue;
            };
            let above = match self.claim {
                Claim::Share => unit.failed,
                Claim::Mean => ns > reach,
                _ => ns > self.limit,
            };
            sum.units += 1;
            sum.above += u64::from(above);
            sum.y += match is_mean {
                // A limit of nothing is above its limit whatever was timed.
                true if reach > 0.0 => ns.min(reach) / reach,
                true => 1.0,
                false => f64::from(u8::from(above)),
            };
            sum.ns += ns;
        }
        sum
    }
}

/// Slots that a limit needs if it holds with room. What a mean needs depends on
/// its headroom: it is given what a p99 needs.
fn clean_slots(claim: Claim, observations: Observations, limit: f64, beta: f64) -> u64 {
    let slots = match (claim, observations) {
        (_, Observations::FirstCalls) => Some(CAP_PROCESSES / CAP),
        _ if observations.are_pairs() || observations.are_of_processor() => Some(CAP_ROUNDS / CAP),
        (Claim::Quantile(quantile), _) => needed(1.0 - quantile.share(), 0.0, beta),
        (Claim::Share, _) => needed(share(limit), 0.0, beta),
        (Claim::Maximum, _) => Some(MAX_CALLS),
        (Claim::Mean | Claim::Minimum | Claim::Median, _) => needed(0.01, 0.0, beta),
    };
    slots.unwrap_or(u64::MAX)
}

/// A limit in millionths as a share; one of nothing or of all is none to test.
fn share(limit: f64) -> f64 {
    (limit / 1e6).clamp(1e-6, 1.0 - 1e-6)
}

#[cfg(test)]
mod tests;
