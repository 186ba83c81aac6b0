//! Times the spans of calls that have limits.

use super::{Driver, RoundAsk};
use crate::collections::mapped;
use crate::measure::trace::{Options, Others, Recorded, Recording, SpanSeries, Spans};
use crate::model::sample::{Failure, Round, SpanTimes};
use crate::model::subject::{Runner, Subject};
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::system::clock::{self, Stopwatch};
use crate::system::counters::{self, Share};

/// How long other threads are looked at that may open spans by themselves, at least
/// and at most; and how long at most where none of them gets a processor.
const LOOK_NS: (u64, u64) = (2_000_000, 100_000_000);
const STARVED_NS: u64 = 5_000_000_000;

/// The spans of a case that have limits.
#[derive(Clone, Debug, Default)]
pub(super) struct Watching {
    names: Vec<String>,
    others: Others,
    blind: Option<Unmeasured>,
    /// A thread that no call of this case has started opens such spans.
    has_strangers: bool,
}

impl Driver {
    /// Which spans have limits, and what becomes of those of other threads.
    pub(crate) fn watch_spans(&mut self, names: Vec<String>, others: Others) {
        self.watching = Watching {
            names,
            others,
            ..Watching::default()
        };
    }

    /// Other cases are called in this process, and what they started may go on.
    pub(crate) fn expect_strangers(&mut self) {
        if self.watching.others == Others::Recorded {
            self.watching.others = Others::Counted;
        }
    }

    /// The names of the spans that have limits, where a thread opens such spans that no
    /// call of this case has started: they can be timed in a separate process only.
    pub(crate) fn spans_among_strangers(&self) -> Option<&[String]> {
        let watching = &self.watching;
        watching.has_strangers.then_some(&*watching.names)
    }

    /// Spans cannot be seen, for this reason.
    pub(crate) fn sees_no_spans(&mut self, why: Unmeasured) {
        self.watching.blind = Some(why);
    }

    /// Why spans could not be seen, or not all of them.
    pub(crate) fn blind(&self) -> Option<&Unmeasured> {
        self.watching.blind.as_ref()
    }

    pub(super) fn spans_of_a_round(&mut self, ask: RoundAsk) -> Round {
        let Watching { names, others, .. } = self.watching.clone();
        match self.watched_round(ask, &names, others) {
            Ok(mut round) => {
                if round.spans.iter().any(|spans| spans.elsewhere > 0) {
                    match others {
                        Others::LeftOut => self.sees_no_spans(Cause::spans_elsewhere().into()),
                        _ => self.watching.has_strangers = true,
                    }
                    round.spans.clear();
                }
                round
            }
            Err(why) => {
                self.sees_no_spans(why);
                Round::default()
            }
        }
    }

    /// Makes the calls of one round and times the spans with these names in
    /// them, rather than the calls: the round holds no calls to judge.
    ///
    /// # Errors
    /// Why spans cannot be seen.
    pub(crate) fn watched_round(
        &mut self,
        ask: RoundAsk,
        spans: &[String],
        others: Others,
    ) -> Result<Round, Unmeasured> {
        if ask.round.fresh {
            self.release();
        }
        self.made += (ask.round.calls + ask.round.rewarm) as u64;
        let mut runner = WatchRunner::new(&ask, spans, others)?;
        let entered = self.enter(&mut runner);
        let mut round = runner.found();
        round.watched = ask.round.calls;
        if let Err(failure) = entered {
            round.failure.get_or_insert(failure);
        }
        Ok(round)
    }
}

/// Times spans, a round of calls at a time.
struct WatchRunner {
    calls: usize,
    rewarm: usize,
    others: Others,
    /// `None` once it was used: a function that marks several parts is refused
    /// by its bencher, and the first is what counts.
    recording: Option<Recording>,
    round: Round,
}

impl WatchRunner {
    fn new(ask: &RoundAsk, spans: &[String], others: Others) -> Result<WatchRunner, Unmeasured> {
        let options = Options {
            events: Vec::new(),
            spans: Spans::Named(spans.to_vec()),
            others,
        };
        Ok(WatchRunner {
            calls: ask.round.calls,
            rewarm: ask.round.rewarm,
            others,
            recording: Some(Recording::start(options)?),
            round: Round {
                batch: 1,
                ..Round::default()
            },
        })
    }

    fn found(self) -> Round {
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
        let waited = counters::increase(waited_before, counters::waited_ns());
        self.round.waiting_ns = waited.unwrap_or(0);
        let took_ns = start.elapsed_ns();
        let Recorded {
            mut spans, openers, ..
        } = recording.take();
        let is_elsewhere = |one: &SpanSeries| one.elsewhere > 0;
        if self.others == Others::Counted
            && spans.iter().any(is_elsewhere)
            && !others_go_on(&mut recording, took_ns, &openers)
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
/// calls took. Where they wait for a processor, they are given the time to have one,
/// each of the threads that opened some during the calls as well.
fn others_go_on(recording: &mut Recording, took_ns: u64, openers: &[u64]) -> bool {
    let for_ns = took_ns.clamp(LOOK_NS.0, LOOK_NS.1);
    let start = Stopwatch::start();
    let had_before = counters::others_cpu_ns();
    let openers: Vec<(u64, Share)> = openers
        .iter()
        .filter_map(|thread| Some((*thread, counters::share_of(*thread)?)))
        .collect();
    let waits = |(thread, before): &(u64, Share)| {
        counters::share_of(*thread)
            .is_some_and(|now| now.ready && now.ran_ns.saturating_sub(before.ran_ns) < for_ns)
    };
    loop {
        recording.during(|| clock::sleep_until(clock::now_ns() + for_ns));
        let seen = recording.take().spans;
        if seen.iter().any(|one| one.elsewhere > 0) {
            return true;
        }
        let had_ns = counters::increase(had_before, counters::others_cpu_ns());
        let had_enough = had_ns.unwrap_or(for_ns) >= for_ns && !openers.iter().any(waits);
        if had_enough || !counters::others_are_ready() || start.elapsed_ns() >= STARVED_NS {
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
    use std::hint;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::sync::{Barrier, LazyLock};
    use std::thread;

    use tracing::info_span;

    use super::super::Driver;
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
        static CALLS: AtomicU64 = AtomicU64::new(0);
        static CROWD: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(7));
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
                if CALLS.fetch_add(1, Ordering::SeqCst) == 2 {
                    CROWD.wait();
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
            // What these use of a processor, the thread above did not have.
            for _ in 0..6 {
                scope.spawn(|| {
                    CROWD.wait();
                    while !over.load(Ordering::SeqCst) {
                        hint::spin_loop();
                    }
                });
            }
            let made = round(&AMONG);
            over.store(true, Ordering::SeqCst);
            made
        });
        assert!(met);
        assert_eq!((among.spans, among.watched), (vec![], 3));
    }
}
