//! Records what calls do beside taking time: counters, events, spans.

use super::RoundAsk;
use super::count::{Repeats, WarmUp, wait_for_threads};
use crate::collections::mapped;
use crate::collections::names::Names;
use crate::measure::trace::{self, Options, Others, Recorded, Recording, SpanSeries, Spans};
use crate::model::sample::{
    Breakdown, Failure, Named, Repeated, Round, SpanRow, SpanTimes, Spread, Traced,
};
use crate::model::subject::{Runner, Subject};
use crate::model::unmeasured::Unmeasured;
use crate::system::clock::{self, Stopwatch};
use crate::system::counters;

/// A breakdown is one of so many calls, or as many as fit in this time.
const BREAKDOWN_CALLS: u64 = 200;
const BREAKDOWN_NS: u64 = 50_000_000;

/// How long other threads are looked at that may open spans by themselves, at least
/// and at most; and how long at most where none of them gets a processor.
const LOOK_NS: (u64, u64) = (2_000_000, 100_000_000);
const STARVED_NS: u64 = 5_000_000_000;

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
    wish: &'a TraceOptions,
    warm_up: WarmUp,
    made: u64,
    found: Result<Traced, Unmeasured>,
    error: Option<String>,
}

impl<'a> TraceRunner<'a> {
    pub(super) fn new(wish: &'a TraceOptions, warm_up: WarmUp) -> TraceRunner<'a> {
        TraceRunner {
            wish,
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

    pub(super) fn found(self) -> Result<Traced, Failure> {
        match (self.error, self.found) {
            (Some(error), _) => Err(Failure::Error(error)),
            (None, Ok(traced)) => Ok(traced),
            (None, Err(why)) => Ok(Traced {
                blind: Some(why),
                ..Traced::default()
            }),
        }
    }

    fn record(&mut self, subject: &mut dyn Subject) -> Result<Traced, Unmeasured> {
        let mut traced = Traced::default();
        let mut wish = Options {
            events: self.wish.events.clone(),
            spans: if self.wish.breakdown {
                Spans::All
            } else {
                Spans::None
            },
            others: Others::Recorded,
        };
        if wish.traces()
            && let Err(why) = trace::sight()
        {
            traced.blind = Some(why);
            wish = Options::default();
        }
        let mut recording = Recording::start(wish)?;
        let start = Stopwatch::start();
        let mut table = Table::default();
        let mut differences = Differences::default();
        loop {
            let wanted = match self.wish.counts {
                true => Repeats::OF_A_LIMIT.go_on(traced.calls, start.elapsed_ns()),
                false => traced.calls == 0,
            };
            let more = self.wish.breakdown && !table.series.is_empty();
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
                largest(&mut traced.counters, recorded.counters.iter());
                largest(&mut traced.events, recorded.events.iter());
                most_repeated(&mut traced.repeated, &recorded.repeated);
            }
            table.add(recorded, call_ns);
            if self.error.is_some() {
                break;
            }
        }
        traced.breakdown = table.breakdown();
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
        for (all, counts) in [
            (&mut self.counters, &recorded.counters),
            (&mut self.events, &recorded.events),
        ] {
            for (name, n) in counts {
                match all.get_mut(name) {
                    Some(of_name) => of_name.push(n.cast_signed()),
                    None => drop(all.insert(name.clone(), vec![n.cast_signed()])),
                }
            }
        }
    }

    fn spreads(self) -> Vec<(Named, String, Spread)> {
        let calls = self.calls as usize;
        let mut spreads = Vec::new();
        for (named, all) in [
            (Named::Counter, self.counters),
            (Named::Events, self.events),
        ] {
            for (name, mut counts) in all.into_vec() {
                counts.resize(calls.max(counts.len()), 0);
                let spread = Spread::of(counts.into_iter());
                spreads.extend(spread.map(|spread| (named, name, spread)));
            }
        }
        spreads
    }
}

/// Keeps the larger of each count.
fn largest<'a>(all: &mut Vec<(String, u64)>, one: impl Iterator<Item = &'a (String, u64)>) {
    for (name, n) in one {
        match all.iter_mut().find(|(other, _)| other == name) {
            Some((_, most)) => *most = (*most).max(*n),
            None => all.push((name.clone(), *n)),
        }
    }
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

/// Times spans, a round of calls at a time.
pub(super) struct WatchRunner {
    calls: usize,
    rewarm: usize,
    others: Others,
    /// `None` once it was used: a function that marks several parts is refused
    /// by its bencher, and the first is what counts.
    recording: Option<Recording>,
    round: Round,
}

impl WatchRunner {
    pub(super) fn new(
        ask: &RoundAsk,
        spans: &[String],
        others: Others,
    ) -> Result<WatchRunner, Unmeasured> {
        let wish = Options {
            events: Vec::new(),
            spans: Spans::Named(spans.to_vec()),
            others,
        };
        Ok(WatchRunner {
            calls: ask.round.calls,
            rewarm: ask.round.rewarm,
            others,
            recording: Some(Recording::start(wish)?),
            round: Round {
                batch: 1,
                ..Round::default()
            },
        })
    }

    pub(super) fn found(self) -> Round {
        self.round
    }
}

impl Runner for WatchRunner {
    fn run(&mut self, subject: &mut dyn Subject) {
        let Some(mut recording) = self.recording.take() else {
            return;
        };
        let start = Stopwatch::start();
        let waited_before = counters::waited_ns();
        let mut error = None;
        for call in 0..self.rewarm + self.calls {
            subject.prepare(1);
            if call < self.rewarm {
                subject.call();
            } else {
                recording.during(|| subject.call());
            }
            error = subject.finish();
            if error.is_some() {
                break;
            }
        }
        self.round.waiting_ns = counters::waited_ns()
            .zip(waited_before)
            .map_or(0, |(after, before)| after.saturating_sub(before));
        let took_ns = start.elapsed_ns();
        let mut spans = recording.take().spans;
        let is_elsewhere = |one: &SpanSeries| one.elsewhere > 0;
        if self.others == Others::Counted
            && spans.iter().any(is_elsewhere)
            && !others_go_on(&mut recording, took_ns)
        {
            // The call's own threads opened them.
            spans.iter_mut().for_each(|one| one.elsewhere = 0);
        }
        self.round.elapsed_ns = start.elapsed_ns();
        self.round.failure = error.map(Failure::Error);
        self.round.spans = mapped(&spans, times);
    }
}

/// Whether other threads open such spans while nothing is called, for as long as the
/// calls took. Where they wait for a processor, they are given the time to have one.
fn others_go_on(recording: &mut Recording, took_ns: u64) -> bool {
    let for_ns = took_ns.clamp(LOOK_NS.0, LOOK_NS.1);
    let start = Stopwatch::start();
    let had_before = counters::others_cpu_ns();
    loop {
        recording.during(|| clock::sleep_until(clock::now_ns() + for_ns));
        let seen = recording.take().spans;
        if seen.iter().any(|one| one.elsewhere > 0) {
            return true;
        }
        let had_ns = counters::others_cpu_ns()
            .zip(had_before)
            .map_or(for_ns, |(now, before)| now.saturating_sub(before));
        if !counters::others_are_ready() || had_ns >= for_ns || start.elapsed_ns() >= STARVED_NS {
            return false;
        }
    }
}

fn times(series: &SpanSeries) -> SpanTimes {
    SpanTimes {
        name: series.name.clone(),
        ns: mapped(&series.ns, |ns| *ns as f64),
        elsewhere: series.elsewhere,
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

    #[cfg(feature = "tracing")]
    mod strangers {
        use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
        use std::thread;

        use tracing::info_span;

        use super::super::super::Driver;
        use crate::measure::driver::RoundAsk;
        use crate::measure::meter::{Meter, Threads};
        use crate::measure::trace::Others;
        use crate::measure::trace::tests::turn;
        use crate::model::case::{Case, Clock};
        use crate::model::sample::{Kind, Round, RoundSpec};
        use crate::model::subject::{Body, Calls};

        /// A round of three calls in a process that calls other cases, too; and whether a
        /// stranger was met.
        fn round(case: &'static Case) -> (Round, bool) {
            let mut driver = Driver::new(case, Clock::Wall);
            driver.watch_spans(vec!["part".to_owned()], Others::Recorded);
            driver.expect_strangers();
            let ask = RoundAsk {
                round: RoundSpec {
                    kind: Kind::Watched,
                    calls: 3,
                    batch: 1,
                    ..RoundSpec::default()
                },
                typical_ns: None,
                threads: Threads::All,
                crowd: None,
            };
            let round = driver.round_of_kind(&mut Meter::new(), ask);
            let met = driver.spans_among_strangers().is_some();
            (round, met)
        }

        #[test]
        fn spans_of_a_thread_that_goes_on_are_told_from_those_of_the_call() {
            static OPENED: AtomicU64 = AtomicU64::new(0);
            static OWN: Case = Case::fixture(Body::Calls(|| {
                let call = |()| {
                    thread::scope(|scope| {
                        scope.spawn(|| info_span!("part").in_scope(|| ()));
                    });
                };
                Box::new(Calls::new(|| (), call, |()| None))
            }));
            static AMONG: Case = Case::fixture(Body::Calls(|| {
                let call = |()| {
                    let before = OPENED.load(Ordering::SeqCst);
                    while OPENED.load(Ordering::SeqCst) < before + 2 {
                        thread::yield_now();
                    }
                };
                Box::new(Calls::new(|| (), call, |()| None))
            }));
            let _turn = turn();
            let (own, met) = round(&OWN);
            assert!(!met);
            assert_eq!((own.spans.len(), own.spans[0].ns.len()), (1, 3));
            let over = AtomicBool::new(false);
            let (among, met) = thread::scope(|scope| {
                scope.spawn(|| {
                    while !over.load(Ordering::SeqCst) {
                        info_span!("part").in_scope(|| ());
                        OPENED.fetch_add(1, Ordering::SeqCst);
                    }
                });
                let made = round(&AMONG);
                over.store(true, Ordering::SeqCst);
                made
            });
            assert!(met);
            assert_eq!((among.spans, among.watched), (vec![], 3));
        }
    }
}
