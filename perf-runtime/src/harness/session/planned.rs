//! A case of a session: what was decided about it, and how far it is.

use perf_grammar::{Metric, Mode, Noise, Source};

use super::Options;
use crate::engine::{CaseSpec, Confirm, Purpose, TimeLimit};
use crate::harness::representative;
use crate::harness::resolve::Resolved;
use crate::measure::driver::{Driver, Other, RoundAsk};
use crate::measure::meter::Meter;
use crate::measure::mutation;
use crate::measure::trace::Others;
use crate::model::case::{Build, Case};
use crate::model::plan::{Budget, Crowd, Limit, Plan};
use crate::model::sample::{Kind, Round};
use crate::model::unmeasured::Unmeasured;
use crate::probes::count::Counter;
use crate::probes::first_call;
#[cfg(feature = "tracing")]
use crate::probes::spans;
use crate::verdict::figures::Figures;

/// One case of a session.
pub(super) struct Planned {
    pub(super) case: &'static Case,
    pub(super) id: String,
    pub(super) plan: Plan,
    pub(super) budget: Budget,
    pub(super) driver: Driver,
    pub(super) figures: Figures,
    pub(super) begun: bool,
    /// The function whose arguments it is one of.
    pub(super) family: Option<String>,
    /// It was not selected: it is measured for the limit of its family, and
    /// nothing is said of it.
    pub(super) for_others: bool,
    /// Why no process makes its first call.
    pub(super) no_process: Option<Unmeasured>,
    /// It is settled but for its family's limit, which waits for the others.
    pub(super) waits: bool,
    pub(super) settled: bool,
}

/// The cases that were selected, and those that are measured for them.
///
/// Growth is seen over all arguments, also where only the one is selected that
/// speaks for them: nextest has a process for each.
pub(super) fn all(
    resolved: Vec<Resolved>,
    options: &Options,
    registered: &[&'static Case],
) -> Vec<Planned> {
    let family = |one: &Resolved| representative::of(one.case).map(|(family, _)| family);
    let mut growing = Vec::new();
    for one in &resolved {
        if one.case.is_among(&options.cases) && one.budget.limit(Metric::Complexity).is_some() {
            growing.extend(family(one));
        }
    }
    let mut cases = Vec::new();
    for mut one in resolved {
        let for_others = !one.case.is_among(&options.cases);
        if for_others {
            // A confirmation is of times, which are each case's own.
            let is_needed = options.confirm != Confirm::IsConfirmation
                && family(&one).is_some_and(|family| growing.contains(&family));
            if !is_needed {
                continue;
            }
            one.budget.limits.clear();
        }
        let mut planned = Planned::new(one, registered, options.alone);
        planned.for_others = for_others;
        cases.push(planned);
    }
    if cases.len() > 1 {
        for planned in &mut cases {
            planned.driver.expect_strangers();
        }
    }
    cases
}

impl Planned {
    /// A case that was not called yet.
    pub(super) fn new(resolved: Resolved, all: &[&'static Case], alone: bool) -> Planned {
        let mut driver = Driver::new(resolved.case, resolved.plan.clock);
        let budget = &resolved.budget;
        driver.tolerate_errors(budget.limit(Metric::Errors).is_some());
        let others = match alone {
            true => Others::Recorded,
            false => Others::LeftOut,
        };
        driver.watch_spans(
            budget.names(|metric| metric.source() == Source::Spans),
            others,
        );
        if let Ok(Some(other)) = resolved.other(all) {
            driver.compare_with(Other::new(other, resolved.plan.clock));
        }
        let Resolved {
            case,
            id,
            mut plan,
            mut budget,
            ..
        } = resolved;
        driver.shorten(&mut plan);
        for limit in &mut budget.limits {
            if let Some(value) = mutation::limit(&id, &limit.name()) {
                (limit.value, limit.declared) = (value, value);
            }
        }
        Planned {
            case,
            id,
            plan,
            budget,
            driver,
            figures: Figures::none(),
            begun: false,
            family: representative::of(case).map(|(family, _)| family),
            for_others: false,
            no_process: None,
            waits: false,
            settled: false,
        }
    }

    /// Makes the calls of one round: here, unless it is to be the first call of
    /// a process, or its spans can be told from those of others in a separate one only.
    pub(super) fn round(&mut self, meter: &mut Meter, ask: RoundAsk) -> Round {
        match ask.round.kind {
            Kind::Cold => self.first_call(),
            #[cfg(feature = "tracing")]
            Kind::Watched => self.watched(meter, ask),
            _ => self.driver.round_of_kind(meter, ask),
        }
    }

    #[cfg(feature = "tracing")]
    fn watched(&mut self, meter: &mut Meter, ask: RoundAsk) -> Round {
        if self.driver.spans_among_strangers().is_none() {
            let round = self.driver.round_of_kind(meter, ask);
            if round.failure.is_some() || self.driver.spans_among_strangers().is_none() {
                return round;
            }
        }
        let names = self.driver.spans_among_strangers().unwrap_or_default();
        let made = spans::round_in_fresh_process(self.case, names, ask.round);
        made.unwrap_or_else(|why| {
            self.driver.sees_no_spans(why);
            Round {
                kind: Kind::Watched,
                ..Round::default()
            }
        })
    }

    fn first_call(&mut self) -> Round {
        let options = first_call::Options {
            clock: self.plan.clock,
            tolerates_errors: self.budget.limit(Metric::Errors).is_some(),
        };
        let made = first_call::in_fresh_process(self.case, options, self.plan.max_time_ns);
        made.unwrap_or_else(|why| {
            self.no_process = Some(why);
            Round {
                kind: Kind::Cold,
                ..Round::default()
            }
        })
    }

    /// Who calls: users that call at the same time are what evidence is of.
    pub(super) fn crowd(&self, purpose: Purpose) -> Option<Crowd> {
        match purpose {
            Purpose::Measure | Purpose::Confirm => Crowd::of(&self.case.body, &self.plan),
            Purpose::First | Purpose::Warmup => None,
        }
    }

    /// What the engine knows of it.
    pub(super) fn spec(&self, counter: &Counter) -> CaseSpec {
        let mut limits = Vec::new();
        for limit in &self.budget.limits {
            if limit.metric.noise() == Noise::Noisy {
                limits.push(time_limit(limit, self.plan.items, self.case.build));
            }
        }
        CaseSpec {
            plan: self.plan.clone(),
            limits,
            count_memory: counter.counts(&self.budget),
            batches: !self.case.body.is_of_users() && self.budget.limit(Metric::Errors).is_none(),
            slowed: self.driver.is_slowed(),
        }
    }
}

/// A limit as the engine judges it.
fn time_limit(limit: &Limit, items: u64, build: Build) -> TimeLimit {
    TimeLimit {
        metric: limit.metric,
        of: limit.of.clone(),
        limit: limit.bound().per_call(limit.metric, items),
        judged: limit.mode != Mode::Off,
        // A warning is not worth a minute.
        pursued: !build.is_unoptimised(),
    }
}
