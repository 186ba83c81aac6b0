//! One round of calls that several users make at the same time.

use std::sync::{Mutex, PoisonError};
use std::thread;

use super::gate::{Gate, Place};
use super::open::{self, Done};
use super::starts::{Starts, in_turns, shares};
use super::time::{System, Time as _, Timer};
use crate::measure::meter::{Machine, Meter, RoundPlan, TOO_LONG_TO_FEEL_NS, Threads, rewarm};
use crate::model::case::Clock;
use crate::model::misuse::Misuse;
use crate::model::plan::Crowd;
use crate::model::sample::{Call, Failure, Processor, Round, RoundSpec, UserTimes, caught};
use crate::model::subject::{Load, Subject};
use crate::system::counters;

/// Makes a round of calls, shared out to the users, and waits for all of them.
///
/// Every user has a thread, started for this round and outside the timing: ten
/// of them cost 0.5 ms, a tenth of a usual round, and between rounds, when
/// other cases are measured, nothing of the case is left to run. All begin at
/// the same moment, after the calls that warm them up. A user who fails is the
/// round's failure, and no thread is left behind: in a closed loop the others
/// finish their share, in an open one the calls they are in.
pub(crate) fn measure(load: &dyn Load, crowd: Crowd, plan: &RoundPlan) -> Round {
    measure_by(&System, load, crowd, plan)
}

/// The same by a clock of the caller's choice.
pub(crate) fn measure_by<T: Timer>(
    timer: &T,
    load: &dyn Load,
    crowd: Crowd,
    plan: &RoundPlan,
) -> Round {
    let whole = timer.start();
    let users = crowd.users.max(1);
    let machine = timer.machine();
    let round = Work::<T> {
        timer,
        load,
        gate: Gate::new(),
        starts: crowd.rate.map(|rate| Starts::new(rate, plan.round.calls)),
        plan: RoundPlan {
            round: RoundSpec {
                rewarm: untimed(plan, users),
                ..plan.round
            },
            threads: Threads::Others,
            ..*plan
        },
        failure: Mutex::new(None),
    };
    let others_before = machine.others_cpu_ns();
    let (mut parts, window_ns) = thread::scope(|scope| {
        let started: Vec<_> = shares(plan.round.calls, users)
            .into_iter()
            .enumerate()
            .map_while(|(at, calls)| {
                let round = &round;
                thread::Builder::new()
                    .name(format!("user {}", at + 1))
                    .spawn_scoped(scope, move || round.user(calls))
                    .map_err(|error| {
                        let [user, users] = [at + 1, users].map(|number| number.to_string());
                        let why = error.to_string();
                        round.fail(Failure::Misuse(Misuse::no_thread(&user, &users, &why)));
                    })
                    .ok()
            })
            .collect();
        let mut before = None;
        round.gate.open_for(started.len(), || {
            // While all of them wait: once they begin, this thread may have to wait.
            before = machine.others_cpu_ns();
            timer.start()
        });
        let parts: Vec<Part> = started
            .into_iter()
            .filter_map(|user| user.join().ok().flatten())
            .collect();
        (parts, since(&machine, before))
    });
    let others_ns = since(&machine, others_before);
    if round.starts.is_none() && plan.clock == Clock::Clean {
        let longest_ns = parts.iter().map(|part| part.end_ns).fold(0.0, f64::max);
        let share = foreign(window_ns, longest_ns, timer.processors());
        for part in &mut parts {
            give_back(&mut part.round, share);
        }
    }
    let failure = round
        .failure
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    Round {
        elapsed_ns: whole.elapsed_ns() as u64,
        // What the users' threads used is no other's.
        others_ns: others_ns.map_or(0, |ns| {
            ns.saturating_sub(parts.iter().map(|part| part.cpu_ns.unwrap_or(0)).sum())
        }),
        processor: plan
            .processor()
            .and_then(|threads| processor(&parts, window_ns?, threads)),
        failure,
        span_ns: Some(span_ns(&parts, round.starts.as_ref())),
        ..merged(parts, round.starts.is_some())
    }
}

/// What all users of a round have in common.
struct Work<'load, T: Timer> {
    timer: &'load T,
    load: &'load dyn Load,
    gate: Gate<T::Watch>,
    /// Of an open loop.
    starts: Option<Starts>,
    plan: RoundPlan,
    /// The first of all users.
    failure: Mutex<Option<Failure>>,
}

/// What one user did.
pub(super) struct Part {
    pub(super) round: Round,
    /// Which of all calls each was, where a clock set their starts.
    pub(super) places: Vec<usize>,
    /// When its last call had ended, since all began.
    pub(super) end_ns: f64,
    /// Processor time of its thread, from its start and while it was measured;
    /// a task has no thread.
    pub(super) cpu_ns: Option<u64>,
    pub(super) measured_cpu_ns: Option<u64>,
}

impl<T: Timer> Work<'_, T> {
    /// The thread of one user who makes this many calls in a closed loop.
    fn user(&self, calls: usize) -> Option<Part> {
        let mut place = self.gate.place();
        let part = caught(|| {
            let mut subject = self.load.user();
            self.calls(subject.as_mut(), calls, &mut place)
        });
        // The place is given back after the failure is known.
        part.unwrap_or_else(|failure| {
            self.fail(failure);
            None
        })
    }

    fn calls(
        &self,
        subject: &mut dyn Subject,
        calls: usize,
        place: &mut Place<'_, T::Watch>,
    ) -> Option<Part> {
        let machine = self.timer.machine();
        let mut meter = Meter::on(machine.clone());
        let plan = RoundPlan {
            round: RoundSpec {
                calls,
                ..self.plan.round
            },
            ..self.plan
        };
        if let Some(error) = rewarm(subject, self.plan.round.rewarm, self.plan.tolerates_errors) {
            self.fail(Failure::Error(error));
            return None;
        }
        let start = place.begin();
        if self.is_over() {
            return None;
        }
        let waited_ns = || machine.turns().map(|turns| turns.waited_ns);
        let waited_before = waited_ns();
        let cpu_before = machine.cpu_ns();
        let mut done = match &self.starts {
            Some(starts) => open::calls(subject, starts, &start, &plan, &|| self.is_over()),
            None => Done {
                round: meter.measure(subject, &plan),
                places: Vec::new(),
            },
        };
        let (end_ns, cpu_ns) = (start.elapsed_ns(), machine.cpu_ns());
        if self.starts.is_some() {
            let waited = counters::increase(waited_before, waited_ns());
            done.round.waiting_ns = waited.unwrap_or(0);
        }
        if let Some(failure) = done.round.failure.take() {
            self.fail(failure);
        }
        Some(Part {
            round: done.round,
            places: done.places,
            end_ns,
            cpu_ns,
            measured_cpu_ns: counters::increase(cpu_before, cpu_ns),
        })
    }

    /// Ends the round; the first to say why is heard.
    fn fail(&self, failure: Failure) {
        let mut first = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(failure);
    }

    fn is_over(&self) -> bool {
        let first = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        first.is_some()
    }
}

/// Calls that each user makes before it is measured. A thread that is new pays
/// in its first call for what is its own: a short call would feel that.
pub(super) fn untimed(plan: &RoundPlan, users: usize) -> usize {
    let is_short = plan.typical_ns.is_some_and(|ns| ns < TOO_LONG_TO_FEEL_NS);
    plan.round.rewarm.div_ceil(users).max(usize::from(is_short))
}

/// Makes one round out of those of all users.
pub(super) fn merged(parts: Vec<Part>, is_open: bool) -> Round {
    let users = parts
        .iter()
        .map(|part| UserTimes::of(&part.round))
        .collect();
    let calls = if is_open {
        let mut calls: Vec<(usize, Call)> = parts
            .iter()
            .flat_map(|part| {
                part.places
                    .iter()
                    .copied()
                    .zip(part.round.calls.iter().copied())
            })
            .collect();
        calls.sort_by_key(|(place, _)| *place);
        calls.into_iter().map(|(_, call)| call).collect()
    } else {
        let all: Vec<&[Call]> = parts.iter().map(|part| &*part.round.calls).collect();
        in_turns(&all)
    };
    Round {
        calls,
        batch: parts.iter().map(|part| part.round.batch).max().unwrap_or(1),
        waiting_ns: parts.iter().map(|part| part.round.waiting_ns).sum(),
        users,
        error: parts.into_iter().find_map(|part| part.round.error),
        ..Round::default()
    }
}

/// How much of the time that users waited for a processor other processes had it.
///
/// While a user waits all processors are busy, with this process or with others;
/// what this process used of them is known.
fn foreign(own_ns: Option<u64>, took_ns: f64, processors: f64) -> f64 {
    match own_ns {
        Some(own_ns) if took_ns > 0.0 => {
            (1.0 - own_ns as f64 / (took_ns * processors)).clamp(0.0, 1.0)
        }
        // Nothing is known of it.
        _ => 1.0,
    }
}

/// What a call waited for its like, or for the threads that serve it, is part of
/// what users feel: of the wait that was taken off, only this share stays off.
fn give_back(round: &mut Round, share: f64) {
    for call in &mut round.calls {
        call.judged_ns = call.wall_ns - (call.wall_ns - call.judged_ns) * share;
    }
    round.waiting_ns = (round.waiting_ns as f64 * share) as u64;
}

/// See [`Round::span_ns`].
pub(super) fn span_ns(parts: &[Part], starts: Option<&Starts>) -> f64 {
    let busy_ns = |part: &Part| match starts {
        Some(starts) => part.end_ns - starts.first_ns(),
        None => {
            let calls = part.round.calls.iter();
            calls.map(|call| call.wall_ns).sum::<f64>() * part.round.batch as f64
        }
    };
    parts.iter().map(busy_ns).fold(0.0, f64::max)
}

/// The processor time of the calls of all users, where all that the process
/// used beside its users' threads from their begin on was `window_ns` plus what
/// those threads used.
fn processor(parts: &[Part], window_ns: u64, threads: Threads) -> Option<Processor> {
    let known = parts
        .iter()
        .map(|part| part.round.processor)
        .collect::<Option<Vec<Processor>>>()?;
    let calls: u64 = known.iter().map(|one| one.calls).sum();
    if calls == 0 {
        return None;
    }
    let sum = |of: fn(&Processor) -> f64| -> f64 {
        known.iter().map(|one| of(one) * one.calls as f64).sum()
    };
    let own_ns = sum(|one| one.least_ns);
    let users_ns: u64 = parts
        .iter()
        .map(|part| part.measured_cpu_ns)
        .sum::<Option<u64>>()?;
    let all_ns = own_ns + window_ns.saturating_sub(users_ns) as f64;
    let each = |ns: f64| ns / calls as f64;
    Some(Processor {
        calls,
        least_ns: each(match threads {
            Threads::All => all_ns,
            Threads::Others => own_ns,
        }),
        most_ns: each(all_ns),
        clean_ns: each(sum(|one| one.clean_ns)),
    })
}

fn since(machine: &impl Machine, before: Option<u64>) -> Option<u64> {
    counters::increase(before, machine.others_cpu_ns())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::Disturbed;

    #[test]
    fn a_wait_for_ones_like_is_felt_and_a_wait_for_strangers_is_not() {
        // Ten users kept two processors busy.
        assert_eq!(foreign(Some(200), 100.0, 2.0), 0.0);
        // Other processes had half of each.
        assert_eq!(foreign(Some(100), 100.0, 2.0), 0.5);
        // More than there is, because clocks are read one after the other.
        assert_eq!(foreign(Some(230), 100.0, 2.0), 0.0);
        assert_eq!(foreign(None, 100.0, 2.0), 1.0);
        assert_eq!(foreign(Some(0), 0.0, 2.0), 1.0);

        let mut one = part(&[40.0], &[0], 80.0).round;
        one.waiting_ns = 40;
        give_back(&mut one, 0.25);
        assert_eq!((one.calls[0].judged_ns, one.waiting_ns), (70.0, 10));
    }

    fn part(times: &[f64], places: &[usize], end_ns: f64) -> Part {
        let call = |&ns: &f64| Call {
            judged_ns: ns,
            wall_ns: ns * 2.0,
            disturbed: Disturbed::No,
            failed: ns > 50.0,
        };
        Part {
            round: Round {
                calls: times.iter().map(call).collect(),
                batch: 1,
                waiting_ns: 5,
                error: (times.len() == 2).then(|| "no".to_owned()),
                processor: Some(Processor {
                    calls: times.len() as u64,
                    least_ns: times[0],
                    most_ns: 1e9,
                    clean_ns: 30.0,
                }),
                ..Round::default()
            },
            places: places.to_vec(),
            end_ns,
            cpu_ns: Some(500),
            measured_cpu_ns: Some(100),
        }
    }

    #[track_caller]
    fn check(is_open: bool, expected: &[f64]) {
        let parts = vec![
            part(&[10.0, 20.0, 60.0], &[0, 1, 4], 1e7),
            part(&[30.0, 70.0], &[2, 3], 2e7),
        ];
        let round = merged(parts, is_open);
        let judged: Vec<f64> = round.calls.iter().map(|call| call.judged_ns).collect();
        assert_eq!(judged, expected);
        assert_eq!((round.waiting_ns, round.batch), (10, 1));
        assert_eq!(round.error.as_deref(), Some("no"));
        let users: Vec<_> = round
            .users
            .iter()
            .map(|user| (user.calls, user.mean_ns, user.max_ns, user.errors))
            .collect();
        assert_eq!(users, [(3, 30.0, 60.0, 1), (2, 50.0, 70.0, 1)]);
    }

    #[test]
    fn calls_of_all_users_become_one_round_in_the_order_of_time() {
        check(false, &[10.0, 30.0, 20.0, 70.0, 60.0]);
        check(true, &[10.0, 20.0, 30.0, 70.0, 60.0]);
    }

    #[test]
    fn the_span_is_the_busiest_users_or_lasts_to_the_last_end() {
        let parts = [part(&[10.0, 20.0], &[], 1e7), part(&[40.0], &[], 2e7)];
        assert_eq!(span_ns(&parts, None), 80.0);
        let starts = Starts::new(1_000_000, 3);
        assert_eq!(span_ns(&parts, Some(&starts)), 2e7 - starts.first_ns());
        assert_eq!(span_ns(&[], None), 0.0);
    }

    #[test]
    fn processor_time_beside_the_users_threads_may_be_their_calls() {
        let parts = [part(&[10.0, 20.0], &[], 1e7), part(&[40.0], &[], 2e7)];
        let of = |threads| processor(&parts, 800, threads).unwrap();
        // Own: 2 of 10 and 1 of 40; beside the 200 of the threads, 600.
        let shared = of(Threads::Others);
        assert_eq!((shared.least_ns, shared.most_ns), (20.0, 220.0));
        assert_eq!((shared.calls, shared.clean_ns), (3, 30.0));
        assert_eq!(of(Threads::All).least_ns, 220.0);
        assert_eq!(processor(&[], 800, Threads::All), None);
    }

    #[test]
    fn short_calls_have_an_untimed_one_on_each_thread() {
        let plan = |typical_ns, rewarm| RoundPlan {
            round: RoundSpec {
                calls: 1,
                batch: 1,
                rewarm,
                ..RoundSpec::default()
            },
            clock: Clock::Clean,
            typical_ns,
            threads: Threads::Others,
            tolerates_errors: false,
            crowded: false,
        };
        assert_eq!(untimed(&plan(Some(1e4), 25), 10), 3);
        assert_eq!(untimed(&plan(Some(1e4), 0), 10), 1);
        assert_eq!(untimed(&plan(Some(1e7), 0), 10), 0);
        assert_eq!(untimed(&plan(None, 2), 10), 1);
    }
}
