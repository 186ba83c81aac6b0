//! A fair lock: threads get it in the order in which they asked.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Numbers are drawn, and served in order.
///
/// NOTE: a `Mutex` alone is not fair. A thread that takes it once a round
/// would win it again and again against the threads that sleep for it, and
/// budgets would be measured one after the other instead of in turns.
#[derive(Debug)]
pub(crate) struct Turns {
    counter: Mutex<Counter>,
    moved: Condvar,
}

#[derive(Debug)]
struct Counter {
    next: u64,
    serving: u64,
}

/// It is this thread's turn until this is dropped.
#[must_use = "a turn ends when it is dropped"]
#[derive(Debug)]
pub(crate) struct Turn<'turns> {
    turns: &'turns Turns,
}

impl Turns {
    pub(crate) const fn new() -> Turns {
        Turns {
            counter: Mutex::new(Counter {
                next: 0,
                serving: 0,
            }),
            moved: Condvar::new(),
        }
    }

    #[inline(never)]
    pub(crate) fn wait(&self) -> Turn<'_> {
        let mut counter = self.counter();
        let mine = counter.next;
        counter.next += 1;
        while counter.serving != mine {
            counter = self
                .moved
                .wait(counter)
                .unwrap_or_else(PoisonError::into_inner);
        }
        Turn { turns: self }
    }

    /// Nothing between lock and unlock can panic, so a poisoned counter is
    /// still right.
    fn counter(&self) -> MutexGuard<'_, Counter> {
        self.counter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.counter().serving += 1;
        // All of them wake, and all but one sleep again: there are as many as
        // there are test threads, and it happens once a round.
        self.turns.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn waiting(turns: &Turns) -> u64 {
        let counter = turns.counter();
        counter.next - counter.serving
    }

    #[test]
    fn turns_come_in_the_order_of_asking() {
        let (turns, order) = (Turns::new(), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            let first = turns.wait();
            for n in 0..5 {
                let (turns, order) = (&turns, &order);
                scope.spawn(move || {
                    let _turn = turns.wait();
                    order.lock().unwrap().push(n);
                });
                // The next one asks after this one has.
                while waiting(turns) < n + 2 {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            drop(first);
        });
        assert_eq!(order.into_inner().unwrap(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_thread_that_asks_again_at_once_lets_the_waiting_one_go_first() {
        let (turns, order) = (Turns::new(), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            let mine = turns.wait();
            scope.spawn(|| {
                let _turn = turns.wait();
                order.lock().unwrap().push("other");
            });
            while waiting(&turns) < 2 {
                thread::sleep(Duration::from_millis(1));
            }
            drop(mine);
            let _again = turns.wait();
            order.lock().unwrap().push("mine");
        });
        assert_eq!(order.into_inner().unwrap(), ["other", "mine"]);
    }

    #[test]
    fn only_one_thread_has_a_turn_and_a_panic_ends_it() {
        let turns = Turns::new();
        let panicking = thread::scope(|scope| {
            scope
                .spawn(|| {
                    let _turn = turns.wait();
                    panic!("on purpose");
                })
                .join()
        });
        assert!(panicking.is_err());
        let inside = Mutex::new(());
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let _turn = turns.wait();
                        assert!(inside.try_lock().is_ok());
                    }
                });
            }
        });
        assert_eq!(waiting(&turns), 0);
    }
}
