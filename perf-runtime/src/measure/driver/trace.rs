//! Records what calls do beside taking time: counters, events, spans.

use super::count::{Repeats, WarmUp, wait_for_threads};
use crate::collections::names::Names;
use crate::collections::{mapped, owned};
use crate::measure::trace::{self, Options, Others, Recorded, Recording, SpanSeries, Spans};
use crate::model::sample::{
    Breakdown, Failure, Named, Repeated, SEES_SPANS, SpanRow, Spread, Traced,
};
use crate::model::subject::{Runner, Subject};
use crate::model::unmeasured::Unmeasured;
use crate::system::clock::Stopwatch;
use crate::system::counters;
use std::sync::Arc;

/// A breakdown is one of this many calls, or as many as fit in this time.
const BREAKDOWN_CALLS: u64 = 200;
const BREAKDOWN_NS: u64 = 50_000_000;

/// What to record of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TraceOptions {
    /// Whether limits are judged by the counts; else one call will do.
    pub(crate) counts: bool,
    /// Targets of events that limits are on.
    pub(crate) events: Vec<String>,
    /// Whether every span is recorded, so that a table can be made of them.
    pub(crate) breakdown: bool,
}

/// Records calls one by one.
pub(super) struct TraceRunner<'a> {
    options: &'a TraceOptions,
    warm_up: WarmUp,
    made: u64,
    found: Result<Traced, Unmeasured>,
    error: Option<String>,
}

impl<'a> TraceRunner<'a> {
    pub(super) fn new(options: &'a TraceOptions, warm_up: WarmUp) -> TraceRunner<'a> {
        TraceRunner {
            options,
            warm_up,
            made: 0,
            found: Ok(Traced::default()),
            error: None,
        }
    }

    /// Calls that were made.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    pub(super) fn found(self) -> Result<Arc<Traced>, Failure> {
        match (self.error, self.found) {
            (Some(error), _) => Err(Failure::Error(error)),
            (None, Ok(traced)) => Ok(Arc::new(traced)),
            (None, Err(why)) => Ok(Arc::new(Traced {
                blind: Some(why),
                ..Traced::default()
            })),
        }
    }

    fn record(&mut self, subject: &mut dyn Subject) -> Result<Traced, Unmeasured> {
        let mut traced = Traced::default();
        let mut options = Options {
            events: self.options.events.clone(),
            spans: if self.options.breakdown {
                Spans::All
            } else {
                Spans::None
            },
            others: Others::Recorded,
        };
        if options.traces()
            && let Err(why) = trace::ensure_subscribed()
        {
            traced.blind = Some(why);
            options = Options::default();
        }
        let mut recording = Recording::start(options)?;
        let start = Stopwatch::start();
        let mut table = Table::default();
        let mut differences = Differences::default();
        loop {
            let wanted = match self.options.counts {
                true => Repeats::OF_A_LIMIT.go_on(traced.calls, start.elapsed_ns()),
                false => traced.calls == 0,
            };
            let more = SEES_SPANS && self.options.breakdown && !table.series.is_empty();
            let room = start.elapsed_ns() < BREAKDOWN_NS && table.calls < BREAKDOWN_CALLS;
            if !(wanted || more && room) {
                break;
            }
            let before = counters::threads();
            subject.prepare(1);
            let call_ns = recording.during(|| {
                let start = Stopwatch::start();
                subject.call();
                let call_ns = start.elapsed_ns();
                wait_for_threads(before);
                call_ns
            });
            self.error = subject.finish();
            self.made += 1;
            let recorded = recording.take();
            if wanted {
                traced.calls += 1;
                differences.take(&recorded);
                largest(&mut traced.counters, &recorded.counters);
                if SEES_SPANS {
                    largest(&mut traced.events, &recorded.events);
                    most_repeated(&mut traced.repeated, &recorded.repeated);
                }
            }
            if SEES_SPANS {
                table.add(recorded, call_ns);
            }
            if self.error.is_some() {
                break;
            }
        }
        if SEES_SPANS {
            traced.breakdown = table.breakdown();
        }
        traced.spreads = differences.spreads();
        Ok(traced)
    }
}

impl Runner for TraceRunner<'_> {
    fn run(&mut self, subject: &mut dyn Subject) {
        let start = Stopwatch::start();
        while self
            .warm_up
            .goes_on(self.made, start.elapsed_ns(), Repeats::OF_A_LIMIT)
        {
            subject.prepare(1);
            subject.call();
            self.made += 1;
            self.error = subject.finish();
            if self.error.is_some() {
                return;
            }
        }
        self.found = self.record(subject);
    }
}

/// How often each call did what has a name, to see how calls differ.
#[derive(Default)]
struct Differences {
    calls: u64,
    /// By what counts it and its name, the counts of the calls that did it at all.
    counters: Names<Vec<i64>>,
    events: Names<Vec<i64>>,
}

impl Differences {
    fn take(&mut self, recorded: &Recorded) {
        self.calls += 1;
        add_counts(&mut self.counters, &recorded.counters);
        add_counts(&mut self.events, &recorded.events);
    }

    fn spreads(self) -> Vec<(Named, String, Spread)> {
        let mut spreads = Vec::new();
        let calls = self.calls as usize;
        add_spreads(&mut spreads, Named::Counter, self.counters, calls);
        add_spreads(&mut spreads, Named::Events, self.events, calls);
        spreads
    }
}

/// Adds the counts of a call.
fn add_counts(all: &mut Names<Vec<i64>>, counts: &[(String, u64)]) {
    for (name, n) in counts {
        match all.get_mut(name) {
            Some(of_name) => of_name.push(n.cast_signed()),
            None => drop(all.insert(name.clone(), vec![n.cast_signed()])),
        }
    }
}

/// Adds how each count differs over this many calls; those that did nothing of it have
/// no count.
fn add_spreads(
    spreads: &mut Vec<(Named, String, Spread)>,
    named: Named,
    all: Names<Vec<i64>>,
    calls: usize,
) {
    for (name, mut counts) in all.into_vec() {
        counts.resize(calls.max(counts.len()), 0);
        if let Some(spread) = Spread::of(counts) {
            spreads.push((named, name, spread));
        }
    }
}

/// Keeps the larger of each count.
fn largest(all: &mut Vec<(String, u64)>, one: &[(String, u64)]) {
    for (name, n) in one {
        largest_of(all, name, *n);
    }
}

fn largest_of(all: &mut Vec<(String, u64)>, name: &str, n: u64) {
    for (other, most) in &mut *all {
        if other == name {
            *most = n.max(*most);
            return;
        }
    }
    all.push((owned(name), n));
}

/// Keeps what was said more often.
fn most_repeated(all: &mut Vec<Repeated>, one: &[Repeated]) {
    for new in one {
        match all.iter_mut().find(|known| known.target == new.target) {
            Some(known) if known.count < new.count => *known = new.clone(),
            Some(_) => {}
            None => all.push(new.clone()),
        }
    }
}

/// The spans of all recorded calls.
#[derive(Default)]
struct Table {
    calls: u64,
    calls_ns: u64,
    full: bool,
    series: Vec<SpanSeries>,
}

impl Table {
    fn add(&mut self, recorded: Recorded, call_ns: u64) {
        self.calls += 1;
        self.calls_ns += call_ns;
        self.full |= recorded.full;
        for one in recorded.spans {
            match self.series.iter_mut().find(|all| all.name == one.name) {
                None => self.series.push(one),
                Some(all) => {
                    all.depth = all.depth.min(one.depth);
                    all.count += one.count;
                    all.ns.extend(one.ns);
                    all.total_ns += one.total_ns;
                    all.busy_ns += one.busy_ns;
                    all.self_ns += one.self_ns;
                }
            }
        }
    }

    fn breakdown(self) -> Option<Breakdown> {
        (!self.series.is_empty()).then(|| Breakdown {
            calls: self.calls,
            calls_ns: self.calls_ns,
            complete: !self.full,
            spans: mapped(&self.series, row),
        })
    }
}

fn row(series: &SpanSeries) -> SpanRow {
    // Of signed numbers as those of counts are: one way to sort is compiled.
    let mut ns: Vec<i64> = mapped(&series.ns, |ns| ns.cast_signed());
    ns.sort_unstable();
    // The least time that 99 of 100 spans do not exceed.
    let place = (ns.len() * 99).div_ceil(100).saturating_sub(1);
    let at = |place: Option<&i64>| place.map_or(0, |ns| ns.cast_unsigned());
    SpanRow {
        name: series.name.clone(),
        depth: series.depth as u64,
        count: series.count,
        total_ns: series.total_ns,
        busy_ns: series.busy_ns,
        self_ns: series.self_ns,
        p99_ns: at(ns.get(place)),
        max_ns: at(ns.last()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_seldom_does_more_is_told_from_the_others() {
        let mut differences = Differences::default();
        for call in 1..=100 {
            let queries = if call % 7 == 0 { 90 } else { 2 };
            let mut recorded = Recorded {
                counters: vec![("hits".to_owned(), 1)],
                events: vec![("sqlx::query".to_owned(), queries)],
                ..Recorded::default()
            };
            if call == 50 {
                recorded.counters.push(("misses".to_owned(), 3));
            }
            differences.take(&recorded);
        }
        let spread = |least, calls_at_least, calls_at_largest| Spread {
            least,
            median: least,
            calls_at_least,
            calls_at_largest,
        };
        assert_eq!(
            differences.spreads(),
            [
                (Named::Counter, "misses".to_owned(), spread(0, 99, 1)),
                (Named::Events, "sqlx::query".to_owned(), spread(2, 86, 14)),
            ]
        );
    }
}
