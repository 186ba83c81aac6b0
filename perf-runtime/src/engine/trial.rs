//! One attempt at judging a case: from its first call to its last.

mod rounds;
mod start;

use self::rounds::TABLE_ROUNDS;

use super::counts::Counts;
use super::entry::Entry;
use super::outcome::{CaseOutcome, Decision};
use super::pace::{self, Beside, Pace, Shape};
use super::time::Time;
use super::warmup::Warm;
use super::{CaseSpec, Purpose, SuiteSpec};
use crate::judge::Errors;
use crate::judge::evidence::Evidence;
use crate::judge::summary::Sample;
use crate::model::case::{Clock, Warmup};
use crate::model::figure::PerCall;
use crate::model::note::Note;
use crate::model::sample::{Call, Disturbed, Kind, Round, RoundSpec};

/// A first call of which a later one takes less than this share was cold.
const WARM_SHARE: f64 = 2.0 / 3.0;

/// What a trial asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ask {
    /// A round.
    Round { purpose: Purpose, round: RoundSpec },
    /// A count of memory.
    Count,
}

/// A case on its way to a verdict.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    terms: Terms,
    phase: Phase,
    entries: Vec<Entry>,
    single: Sample,
    batched: Sample,
    warm: Warm,
    first: Option<Call>,
    /// Whether the first call is evidence: nothing warmed up for the others either,
    /// and none of them was so much faster that it was cold.
    first_counts: bool,
    /// About how long a call takes by the judged clock; 0 while unknown.
    typical_ns: f64,
    /// Of rounds of evidence, where several users call as fast as they can.
    pace: Pace,
    counts: Counts,
    /// The first calls of processes: nothing else is like them.
    cold: Counts,
    /// What is done around the calls of rounds of evidence.
    beside: Beside,
    /// Time used up: of every round, and of gaps in which nothing else ran.
    time: Time,
    started_ns: u64,
    ended_ns: u64,
    notes: Vec<Note>,
}

/// What does not change during a trial.
#[derive(Clone, Debug)]
struct Terms {
    warmup: Option<Warmup>,
    least_calls: u64,
    /// Waiting for a processor is part of the judged time.
    wall: bool,
    /// A clock says when calls start, and not the call before.
    at_a_rate: bool,
    errors: Errors,
    overhead_ns: f64,
    count_memory: bool,
    confirming: bool,
    /// Calls that are made at the same time share one piece of evidence.
    users: usize,
    /// Calls of a round, at least.
    least_units: usize,
    /// Whether calls may be made in batches.
    batches: bool,
    /// Rounds are as short as those of a limit that needs few calls.
    slowed: bool,
}

impl Terms {
    /// The shape of rounds of calls that take about `typical_ns`, when a limit needs
    /// `slots`, and users keep this pace together.
    ///
    /// How fast calls follow decides how many neighbour each other: where users wait for
    /// each other, a median of undisturbed calls says nothing of that. Where a clock
    /// sets the starts, neither does the pace.
    fn shape(
        &self,
        typical_ns: f64,
        beside: Beside,
        pace: Pace,
        batched: bool,
        slots: u64,
    ) -> Shape {
        let slots = if self.slowed { 0 } else { slots };
        let calls_of_each = slots.saturating_mul(self.users as u64);
        let beside_ns = beside.ns();
        let of = |ns, slots| pace::shape(ns, beside_ns, self.overhead_ns, batched, slots);
        let shape = of(typical_ns, calls_of_each);
        let crowded_ns = match pace.ns() {
            Some(ns) if !self.at_a_rate => ns * self.users as f64 - self.overhead_ns,
            _ => 0.0,
        };
        let crowded = of(crowded_ns.max(typical_ns), 0);
        let slot = shape.slot.min(crowded.slot);
        Shape { slot, ..shape }
            .among(self.users)
            .at_least(self.least_units)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    First,
    Warmup,
    /// Finding out how long calls take that are too short to be timed one by one.
    Probe,
    Count,
    Measure,
}

impl Trial {
    /// The trial of a case: of all its limits, or of `only` these in a confirmation.
    pub(super) fn new(suite: &SuiteSpec, case: &CaseSpec, only: Option<&[usize]>) -> Trial {
        let plan = &case.plan;
        let terms = Terms {
            warmup: plan.warmup,
            least_calls: plan.samples.unwrap_or(0),
            wall: plan.clock == Clock::Wall || plan.rate.is_some() || !suite.clean_clock_available,
            at_a_rate: plan.rate.is_some(),
            users: plan.threads.max(1) as usize,
            least_units: plan.rate.map_or(1, |_| pace::LEAST_AT_A_RATE),
            batches: case.batches,
            slowed: case.slowed,
            errors: Errors {
                fail: plan.false_fail,
                limits: suite.time_limits_in_run,
                pass: plan.false_pass,
            },
            overhead_ns: match case.plan.clock {
                Clock::Cpu => suite.cpu_overhead_ns,
                Clock::Clean | Clock::Wall => suite.overhead_ns,
            },
            count_memory: case.count_memory && only.is_none(),
            confirming: only.is_some(),
        };
        let mut entries = Vec::new();
        for (index, limit) in case.limits.iter().enumerate() {
            if only.is_none_or(|only| only.contains(&index)) {
                let (errors, overhead_ns) = (terms.errors, terms.overhead_ns);
                entries.push(Entry::new(index, limit.clone(), errors, overhead_ns));
            }
        }
        Trial {
            entries,
            phase: Phase::First,
            single: Sample::new(1),
            batched: Sample::new(1),
            warm: Warm::default(),
            first: None,
            first_counts: false,
            typical_ns: 0.0,
            pace: Pace::default(),
            counts: Counts::default(),
            cold: Counts::default(),
            beside: Beside::default(),
            time: Time::new(
                plan.max_time_ns,
                suite.grace_ns,
                perf_statistics::effort(terms.errors.threshold_fail()),
            ),
            started_ns: 0,
            ended_ns: 0,
            notes: Vec::new(),
            terms,
        }
    }

    /// What it needs next, if `waited_ns` are counted against it before; `None` at its end.
    pub(super) fn ask(&self, waited_ns: u64) -> Option<Ask> {
        let calls = |calls: u64, fresh| RoundSpec {
            calls: calls as usize,
            batch: 1,
            fresh,
            ..RoundSpec::default()
        };
        match self.phase {
            Phase::First => Some(Ask::Round {
                purpose: Purpose::First,
                round: calls(1, true),
            }),
            Phase::Warmup => {
                let most_ns = self.time.max_ns() / 2;
                let half_ns = most_ns.saturating_sub(self.time.max_ns() - self.time.left_ns());
                Some(Ask::Round {
                    purpose: Purpose::Warmup,
                    round: calls(self.warm.next_round(self.terms.warmup, half_ns), false),
                })
            }
            Phase::Probe => Some(Ask::Round {
                purpose: Purpose::Warmup,
                round: self.probe().of_kind(Kind::Batched),
            }),
            Phase::Count => Some(Ask::Count),
            Phase::Measure => {
                let (kind, shape) = self.next_round(waited_ns)?;
                let purpose = if self.terms.confirming {
                    Purpose::Confirm
                } else {
                    Purpose::Measure
                };
                Some(Ask::Round {
                    purpose,
                    round: RoundSpec {
                        rewarm: self.rewarm(shape),
                        processor: self.reads_processor(kind),
                        ..shape.of_kind(kind)
                    },
                })
            }
        }
    }

    /// Takes a round that began at `began_ns`, with `waited_ns` counted against the trial.
    pub(super) fn accept(&mut self, round: &Round, began_ns: u64, waited_ns: u64, now_ns: u64) {
        self.time.take(round.elapsed_ns, round.waited_ns);
        match self.phase {
            Phase::First => self.accept_first(round),
            Phase::Warmup => self.accept_warmup(round),
            Phase::Probe => self.accept_probe(round),
            Phase::Count => {}
            Phase::Measure => {
                self.time.take(waited_ns, 0);
                if self.turns() == 0 {
                    self.started_ns = began_ns;
                }
                self.ended_ns = now_ns;
                self.accept_measured(round);
            }
        }
    }

    /// The memory was counted.
    pub(super) fn counted(&mut self) {
        if self.phase == Phase::Count {
            self.phase = Phase::Measure;
        }
    }

    /// Whether its next round is one of evidence, which has to wait its turn.
    pub(super) fn is_measuring(&self) -> bool {
        self.phase == Phase::Measure
    }

    /// About how long a call takes by the judged clock, once that is known.
    pub(super) fn typical_ns(&self) -> Option<f64> {
        (self.typical_ns > 0.0 || self.phase == Phase::Measure).then_some(self.typical_ns)
    }

    /// The share of its time or of its evidence that it has, whichever is more.
    pub(super) fn progress(&self) -> f64 {
        let time = match self.goes_on() {
            true => 0.0,
            false => self.time.share(),
        };
        let mut evidence: f64 = 1.0;
        for entry in &self.entries {
            if entry.is_open() {
                evidence = evidence.min(entry.judge.progress());
            }
        }
        let table = self.counts.rounds as f64 / TABLE_ROUNDS as f64;
        time.max(evidence.min(table)).clamp(0.0, 1.0)
    }

    /// The time it will still use if the rest goes as the `share` so far did.
    pub(super) fn expected_left_ns(&self, share: f64) -> u64 {
        let rest = self.time.used_ns() as f64 * (1.0 - share) / share.max(0.01);
        let most_ns = match self.goes_on() {
            true => self.time.before_deadline_ns(),
            false => self.time.left_ns(),
        };
        (rest as u64).min(most_ns)
    }

    /// Ends it: hands on the place of each of its limits in the case, and what was
    /// decided about it, a broken one as `broken`.
    pub(super) fn conclude(
        &mut self,
        broken: Decision,
        take: &mut dyn FnMut(usize, Decision, Evidence),
    ) {
        if self.first.is_some() && self.turns() == 0 {
            self.notes.push(Note::only_first_call());
        }
        self.single = self.with_first();
        let timed = self.counts.calls + u64::from(self.first_counts);
        if timed < self.terms.least_calls {
            let (made, asked) = (format!("{timed}"), format!("{}", self.terms.least_calls));
            self.notes.push(Note::fewer_calls(&made, &asked));
        }
        let (counts, cold, wall) = (self.counts, self.cold, self.terms.wall);
        let span_ns = self.ended_ns - self.started_ns;
        for entry in &mut self.entries {
            let sample = if entry.kind == Kind::Batched {
                &self.batched
            } else {
                &self.single
            };
            let counts = match entry.kind {
                Kind::Cold => cold,
                _ => counts,
            };
            let (decision, evidence) = entry.conclude(
                sample,
                counts.permits(wall),
                counts.are_disturbed(),
                span_ns,
                self.terms.overhead_ns,
                self.time.deadline_ns(),
            );
            let decision = match decision {
                Decision::Broken => broken,
                other => other,
            };
            take(entry.index, decision, evidence);
        }
    }

    /// Writes everything but the judgements into the outcome.
    pub(super) fn report(&mut self, outcome: &mut CaseOutcome) {
        let sample = if self.single.units() > 0 || self.batched.units() == 0 {
            &self.single
        } else {
            &self.batched
        };
        outcome.summary = sample.summary_beside(&self.batched);
        outcome.histogram = sample.judged().clone();
        outcome.timeline = sample.timeline().clone();
        outcome.first = self.first.map(|first| PerCall(first.judged_ns));
        outcome.typical_ns = self.typical_ns();
        outcome.warmup_calls = self.warm.calls();
        let counts = &self.counts;
        (outcome.preempted, outcome.blocked, outcome.dropped) =
            (counts.preempted, counts.blocked, counts.dropped);
        (outcome.waiting_ns, outcome.calls_ns) = (counts.waiting_ns, counts.calls_ns as u64);
        outcome.others_ns = counts.others_ns;
        outcome.rounds = counts.rounds;
        outcome.notes.append(&mut self.notes);
    }

    /// Rounds of evidence, of every kind.
    fn turns(&self) -> u64 {
        self.counts.rounds + self.cold.rounds
    }

    /// Whether some limit keeps it going when `max_time` is up.
    fn goes_on(&self) -> bool {
        self.has(&|entry| self.keeps_going(entry))
    }

    /// Whether one of its limits is like that.
    fn has(&self, is_like: &dyn Fn(&Entry) -> bool) -> bool {
        for entry in &self.entries {
            if is_like(entry) {
                return true;
            }
        }
        false
    }

    fn keeps_going(&self, entry: &Entry) -> bool {
        entry.goes_on(self.counts_of(entry.kind).permits(self.terms.wall))
    }

    fn counts_of(&self, kind: Kind) -> &Counts {
        match kind {
            Kind::Cold => &self.cold,
            _ => &self.counts,
        }
    }

    /// The single calls, the first among them where it counts, or is all there is.
    fn with_first(&self) -> Sample {
        let mut sample = self.single.clone();
        if let Some(first) = &self.first
            && (self.first_counts || self.counts.units == 0)
        {
            sample.record(first.judged_ns, first.wall_ns);
        }
        sample
    }

    /// A first call is told apart as cold by a later one that is much faster.
    fn look_at_first(&mut self, round: &Round) {
        let Some(first) = self.first.filter(|_| self.first_counts) else {
            return;
        };
        if round.kind != Kind::Single {
            return;
        }
        let mut was_cold = false;
        for call in &round.calls {
            was_cold |= call.disturbed != Disturbed::Dropped
                && call.judged_ns < first.judged_ns * WARM_SHARE;
        }
        if was_cold {
            self.first_counts = false;
            for entry in &mut self.entries {
                entry.judge.forget_first();
            }
            if self.is_precious(&first) {
                self.notes.push(Note::cold_first_call());
            }
        }
    }

    /// What takes a quarter of all its time is not called for a warm-up.
    fn is_precious(&self, first: &Call) -> bool {
        self.terms.warmup.is_none() && first.wall_ns * 4.0 >= self.time.max_ns() as f64
    }

    fn accept_measured(&mut self, round: &Round) {
        let batch = round.batch.max(1);
        let counts = match round.kind {
            Kind::Cold => &mut self.cold,
            _ => &mut self.counts,
        };
        counts.take(round, batch);
        let permits = counts.permits(self.terms.wall);
        // Where nothing came of it, nothing would the next time.
        let nothing = match round.kind {
            Kind::Single | Kind::Batched if round.calls.is_empty() => {
                self.time.use_up();
                true
            }
            Kind::Single | Kind::Batched => false,
            Kind::Cold => round.calls.is_empty(),
            Kind::Watched => round.spans.iter().all(|spans| spans.ns.is_empty()),
            Kind::AgainstOther | Kind::AgainstAlone => round.ratio.is_none(),
        };
        if nothing {
            for entry in &mut self.entries {
                entry.given_up |= entry.kind == round.kind;
            }
        }
        let is_batched = round.kind == Kind::Batched;
        if is_batched && self.batched.units() == 0 {
            self.batched = Sample::new(batch);
        }
        let sample = match round.kind {
            Kind::Single => Some(&mut self.single),
            Kind::Batched => Some(&mut self.batched),
            // What else is done meanwhile is felt in the times of the calls.
            Kind::Watched | Kind::AgainstOther | Kind::AgainstAlone | Kind::Cold => None,
        };
        if let Some(sample) = sample {
            let end_ns = self.ended_ns - self.started_ns;
            sample.take(round, end_ns.saturating_sub(round.elapsed_ns));
        }
        self.look_at_first(round);
        let span_ns = self.ended_ns - self.started_ns;
        let with_first = self.first_counts.then(|| self.with_first());
        let sample = match &with_first {
            _ if is_batched => &self.batched,
            Some(sample) => sample,
            None => &self.single,
        };
        // As it was asked for: what this round shows is for the next.
        let slot = self.shape(is_batched, 0).slot;
        for entry in &mut self.entries {
            if entry.kind == round.kind && !entry.unreachable {
                entry.accept(round, slot, permits, sample, span_ns);
            }
        }
        self.beside.take(round);
        if round.kind == Kind::Single {
            self.pace.take(round);
        }
        if self.warm.calls() == 0 && round.kind == Kind::Single {
            // Without a warm-up the first call is all that was known.
            self.typical_ns = self
                .single
                .judged()
                .quantile(0.5)
                .unwrap_or(self.typical_ns);
        }
    }
}
