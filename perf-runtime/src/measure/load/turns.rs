//! One round of users that are tasks: whose turn it is, and what came of it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use super::open::{Done, GIVEN_UP};
use super::round::{Part, merged, span_ns, untimed};
use super::starts::{Starts, shares};
use super::time::{System, Time as _, Timer};
use crate::measure::meter::{RoundPlan, Threads};
use crate::model::misuse::Misuse;
use crate::model::plan::Crowd;
use crate::model::sample::{Call, Disturbed, Failure, Processor, Round};
use crate::model::subject::{Tasks, Turns};
use crate::system::counters;

/// Makes a round of calls, shared out to tasks, and waits for all of them.
///
/// They begin at the same moment, after the calls that warm them up. Which of
/// them waits for a processor no counter shows, because they take turns on
/// their threads: their times are those of the wall clock.
///
/// A call's time begins when its user is ready for it: where tasks share a
/// thread, waiting until it is free is part of it, as it is for a client that sends a
/// request. What is no call and keeps that one thread busy is not. In an open
/// loop a separate thread signals the users when a call is to begin, and its
/// time begins there, so that waking a task is part of it.
///
/// NOTE: timing a call from its first poll was rejected. A call that blocks its
/// thread keeps all others from beginning: ten users of a 5 ms call read 5 ms and
/// 2000 a second, on a thread that makes 200.
pub(crate) fn measure_tasks(tasks: &dyn Tasks, crowd: Crowd, plan: &RoundPlan) -> Round {
    measure_tasks_by(System, tasks, crowd, plan)
}

/// The same by a clock of the caller's choice.
fn measure_tasks_by<T: Timer>(
    timer: T,
    tasks: &dyn Tasks,
    crowd: Crowd,
    plan: &RoundPlan,
) -> Round {
    let whole = timer.start();
    let users = crowd.users.max(1);
    let work = Arc::new(Work::new(timer, crowd, plan, tasks.threads().is_none()));
    let turns: Arc<dyn Turns> = work.clone();
    thread::scope(|scope| {
        // Users that are not there any more are not waited for.
        let _ending = Ending(&work);
        if work.starts.is_some() {
            let clock = Arc::clone(&work);
            let spawned = thread::Builder::new()
                .name("perf-starts".to_owned())
                .spawn_scoped(scope, move || clock.tell_starts());
            if let Err(error) = spawned {
                let misuse = Misuse::no_clock_of_starts(&error.to_string());
                work.fail(Failure::Misuse(misuse));
            }
        }
        tasks.run(users, &turns);
    });
    work.round(tasks.threads(), plan.processor(), whole)
}

/// What all users of a round have in common.
struct Work<T: Timer> {
    timer: T,
    users: Vec<Mutex<User>>,
    gate: Mutex<Gate>,
    opened: Condvar,
    began: OnceLock<Began<T::Watch>>,
    /// Of an open loop.
    starts: Option<Starts>,
    due: Mutex<Due>,
    tolerates_errors: bool,
    /// All tasks share the thread that drives them.
    one_thread: bool,
    /// Time in which that thread did what is no call, nanoseconds.
    apart_ns: AtomicU64,
    /// No user calls any more.
    over: AtomicBool,
    /// The first of all users.
    failure: Mutex<Option<Failure>>,
    /// Processor time of the thread that signals the starts.
    clock_ns: Mutex<u64>,
}

/// One user so far.
#[derive(Default)]
struct User {
    has_come: bool,
    /// Calls that warm up.
    warm: usize,
    /// Calls of a closed loop, and whether the first was begun.
    left: usize,
    made: bool,
    /// When it was ready for its next call, of a closed loop.
    ready_ns: Option<u64>,
    /// The start it has taken in an open loop.
    start: Option<(usize, f64)>,
    done: Done,
    end_ns: f64,
}

/// Users who wait until all have come.
#[derive(Default)]
struct Gate {
    here: usize,
    waiting: Vec<Waker>,
}

/// The moment at which all began.
struct Began<W> {
    watch: W,
    /// Processor time of the process and of the thread that drives the round,
    /// and what each of the two had waited for a processor.
    process_ns: Option<u64>,
    thread: Clocks,
    process_waited_ns: Option<u64>,
}

/// What counters say of one thread.
#[derive(Clone, Copy)]
struct Clocks {
    cpu_ns: Option<u64>,
    waited_ns: Option<u64>,
}

impl Clocks {
    fn read() -> Clocks {
        Clocks {
            cpu_ns: counters::cpu_ns(),
            waited_ns: counters::waited_ns(),
        }
    }
}

/// Calls that are to begin, and who waits for one.
#[derive(Default)]
struct Due {
    starts: VecDeque<(usize, f64)>,
    ended: bool,
    waiting: VecDeque<(usize, Waker)>,
}

impl<T: Timer> Work<T> {
    fn new(timer: T, crowd: Crowd, plan: &RoundPlan, one_thread: bool) -> Work<T> {
        let users = crowd.users.max(1);
        let warm = untimed(plan, users);
        let user = |calls| {
            Mutex::new(User {
                warm,
                left: calls,
                ..User::default()
            })
        };
        Work {
            timer,
            users: shares(plan.round.calls, users)
                .into_iter()
                .map(user)
                .collect(),
            gate: Mutex::default(),
            opened: Condvar::new(),
            began: OnceLock::new(),
            starts: crowd.rate.map(|rate| Starts::new(rate, plan.round.calls)),
            due: Mutex::default(),
            tolerates_errors: plan.tolerates_errors,
            one_thread,
            apart_ns: AtomicU64::new(0),
            over: AtomicBool::new(false),
            failure: Mutex::new(None),
            clock_ns: Mutex::new(0),
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Ends the round; the first to say why is heard.
    fn fail(&self, failure: Failure) {
        lock(&self.failure).get_or_insert(failure);
        self.end();
    }

    fn end(&self) {
        self.over.store(true, Ordering::Release);
        self.wake_all();
    }

    /// The waiting threads look again.
    fn wake_all(&self) {
        let mut waiting = std::mem::take(&mut lock(&self.gate).waiting);
        let due = std::mem::take(&mut lock(&self.due).waiting);
        waiting.extend(due.into_iter().map(|(_, waker)| waker));
        waiting.into_iter().for_each(Waker::wake);
        self.opened.notify_all();
    }

    /// A user is ready to begin, or will not; the last one opens the gate.
    fn come(&self, user: &mut User) {
        if std::mem::replace(&mut user.has_come, true) {
            return;
        }
        let mut gate = lock(&self.gate);
        gate.here += 1;
        if gate.here < self.users.len() {
            return;
        }
        self.open(gate);
    }

    fn open(&self, mut gate: MutexGuard<'_, Gate>) {
        self.began.get_or_init(|| Began {
            process_waited_ns: counters::process_waited_ns(),
            thread: Clocks::read(),
            process_ns: counters::process_cpu_ns(),
            watch: self.timer.start(),
        });
        let waiting = std::mem::take(&mut gate.waiting);
        drop(gate);
        waiting.into_iter().for_each(Waker::wake);
        self.opened.notify_all();
    }

    /// The next start of an open loop; `None` where there is none any more.
    fn poll_start(&self, user: usize, context: &Context<'_>) -> Poll<Option<(usize, f64)>> {
        let mut due = lock(&self.due);
        if let Some(start) = due.starts.pop_front() {
            return Poll::Ready(Some(start));
        }
        if due.ended {
            return Poll::Ready(None);
        }
        due.waiting.retain(|(other, _)| *other != user);
        due.waiting.push_back((user, context.waker().clone()));
        Poll::Pending
    }

    /// The thread of an open loop: says at each start that a call is due.
    fn tell_starts(&self) {
        let Some(starts) = &self.starts else { return };
        let began = Clocks::read();
        let mut gate = lock(&self.gate);
        let watch = loop {
            match self.began.get() {
                Some(began) => break began.watch.clone(),
                None => {
                    gate = self
                        .opened
                        .wait(gate)
                        .unwrap_or_else(PoisonError::into_inner)
                }
            }
        };
        drop(gate);
        while let Some((at, begins_ns)) = starts.take() {
            if self.is_over() {
                break;
            }
            watch.wait_until(begins_ns, starts.awake_ns());
            let mut due = lock(&self.due);
            due.starts.push_back((at, begins_ns));
            let next = due.waiting.pop_front();
            drop(due);
            if let Some((_, waker)) = next {
                waker.wake();
            }
        }
        lock(&self.due).ended = true;
        self.wake_all();
        *lock(&self.clock_ns) = since(Clocks::read().cpu_ns, began.cpu_ns).unwrap_or(0);
    }

    /// What all of it comes to.
    fn round(&self, threads: Option<usize>, asked: Option<Threads>, whole: T::Watch) -> Round {
        let after = (
            counters::process_cpu_ns(),
            Clocks::read(),
            counters::process_waited_ns(),
        );
        let parts: Vec<Part> = self
            .users
            .iter()
            .map(|user| part(&mut lock(user)))
            .collect();
        let span_ns = span_ns(&parts, self.starts.as_ref());
        let mut round = merged(parts, self.starts.is_some());
        let calls_ns: f64 = round.calls.iter().map(|call| call.wall_ns).sum();
        if let Some(began) = self.began.get() {
            let (process_ns, thread, process_waited_ns) = after;
            // While a thread waits, so do all of its tasks.
            let (waited_ns, over) = match threads {
                None => (since(thread.waited_ns, began.thread.waited_ns), 1),
                Some(threads) => (since(process_waited_ns, began.process_waited_ns), threads),
            };
            let users = self.users.len() as f64 / over.max(1) as f64;
            round.waiting_ns = (waited_ns.unwrap_or(0) as f64 * users).min(calls_ns) as u64;
            let all_ns = since(process_ns, began.process_ns)
                .map(|ns| ns.saturating_sub(*lock(&self.clock_ns)));
            let own_ns = match threads {
                None => since(thread.cpu_ns, began.thread.cpu_ns),
                // Which part of the process's time is theirs is unknown.
                Some(_) => Some(0),
            };
            round.processor = asked
                .and_then(|whose| processor(round.calls.len(), calls_ns, own_ns?, all_ns?, whose));
        }
        Round {
            elapsed_ns: whole.elapsed_ns() as u64,
            failure: lock(&self.failure).take(),
            span_ns: Some(span_ns),
            ..round
        }
    }
}

impl<T: Timer> Turns for Work<T> {
    fn poll_turn(&self, at: usize, context: &mut Context<'_>) -> Poll<bool> {
        let mut user = lock(&self.users[at]);
        if self.is_over() {
            return Poll::Ready(false);
        }
        if user.warm > 0 {
            return Poll::Ready(true);
        }
        self.come(&mut user);
        let mut gate = lock(&self.gate);
        if self.began.get().is_none() {
            gate.waiting.push(context.waker().clone());
            return Poll::Pending;
        }
        drop(gate);
        let Some(starts) = &self.starts else {
            if user.left == 0 {
                return Poll::Ready(false);
            }
            if user.ready_ns.is_some() {
                return Poll::Ready(true);
            }
            // All are ready when the gate opens. The user whose turn it is now lets
            // those go first who wait for the thread.
            user.ready_ns = Some(if user.made { self.now_ns() } else { 0 });
            user.made = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        };
        loop {
            let Poll::Ready(start) = self.poll_start(at, context) else {
                return Poll::Pending;
            };
            let Some((place, begins_ns)) = start else {
                return Poll::Ready(false);
            };
            let now_ns = self.now_ns();
            if (now_ns as f64) <= starts.given_up_ns() {
                user.start = Some((place, begins_ns));
                return Poll::Ready(true);
            }
            user.end_ns = now_ns as f64;
            user.take(
                Some(place),
                now_ns as f64 - begins_ns,
                Some(GIVEN_UP.to_owned()),
            );
        }
    }

    fn now_ns(&self) -> u64 {
        let began = self.began.get();
        let elapsed_ns = began.map_or(0, |began| began.watch.elapsed_ns() as u64);
        elapsed_ns.saturating_sub(self.apart_ns.load(Ordering::Relaxed))
    }

    fn apart(&self, work: &mut dyn FnMut()) {
        // At a given rate no user waits for those who are not ready yet; and on
        // several threads, what one does keeps no other from going on.
        if !self.one_thread || self.starts.is_some() || self.began.get().is_none() {
            return work();
        }
        let start = self.timer.start();
        work();
        self.apart_ns
            .fetch_add(start.elapsed_ns() as u64, Ordering::Relaxed);
    }

    fn called(&self, at: usize, ended_ns: u64, error: Option<String>) {
        let failure = error.clone().filter(|_| !self.tolerates_errors);
        let mut user = lock(&self.users[at]);
        if user.warm > 0 {
            user.warm -= 1;
        } else {
            let (place, took_ns) = match user.start.take() {
                Some((place, begins_ns)) => (Some(place), ended_ns as f64 - begins_ns),
                None => {
                    let ready_ns = user.ready_ns.take().unwrap_or(ended_ns);
                    (None, ended_ns.saturating_sub(ready_ns) as f64)
                }
            };
            user.left = user.left.saturating_sub(1);
            user.end_ns = ended_ns as f64;
            user.take(place, took_ns, error);
        }
        drop(user);
        if let Some(text) = failure {
            self.fail(Failure::Error(text));
        }
    }

    fn left(&self, at: usize) {
        if thread::panicking() {
            self.end();
        }
        self.come(&mut lock(&self.users[at]));
    }
}

impl User {
    fn take(&mut self, place: Option<usize>, took_ns: f64, error: Option<String>) {
        let took_ns = took_ns.max(0.0);
        self.done.places.extend(place);
        self.done.round.calls.push(Call {
            judged_ns: took_ns,
            wall_ns: took_ns,
            disturbed: Disturbed::No,
            failed: error.is_some(),
        });
        if self.done.round.error.is_none() {
            self.done.round.error = error;
        }
    }
}

/// Ends a round, however the tasks ended: the thread that signals the starts must
/// not wait for users that are gone.
struct Ending<'work, T: Timer>(&'work Work<T>);

impl<T: Timer> Drop for Ending<'_, T> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Release);
        self.0.open(lock(&self.0.gate));
    }
}

fn part(user: &mut User) -> Part {
    let Done { mut round, places } = std::mem::take(&mut user.done);
    round.batch = 1;
    Part {
        round,
        places,
        end_ns: user.end_ns,
        cpu_ns: None,
        measured_cpu_ns: None,
    }
}

/// The processor time of each call, of which `own_ns` in all are certain and
/// `all_ns` possible.
fn processor(
    calls: usize,
    calls_ns: f64,
    own_ns: u64,
    all_ns: u64,
    whose: Threads,
) -> Option<Processor> {
    let each = |ns: f64| ns / calls as f64;
    (calls > 0).then(|| Processor {
        calls: calls as u64,
        least_ns: each(match whose {
            Threads::All => all_ns,
            Threads::Others => own_ns.min(all_ns),
        } as f64),
        most_ns: each(all_ns as f64),
        clean_ns: each(calls_ns),
    })
}

fn since(after: Option<u64>, before: Option<u64>) -> Option<u64> {
    Some(after?.saturating_sub(before?))
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
