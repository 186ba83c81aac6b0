//! How the calls of a round are given to its users, and when each is to begin.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The first call of an open loop begins so long after the gate opened: by
/// then every user is awake.
const AWAKE_NS: f64 = 1e6;
/// An open loop of evidence lasts about this long, where the calls that are
/// asked for would make it longer.
const OPEN_ROUND_NS: f64 = 250e6;
/// Where users are so far behind that the round would last this many times
/// longer than it should, the calls that are left are given up.
const PATIENCE: f64 = 4.0;
/// An open loop waits at least so long for its last call.
const LEAST_PATIENCE_NS: f64 = 1e9;
/// A user sleeps until so long before its next call, and then looks at the
/// clock again and again, because a sleep ends up to so much too late.
const AWAIT_NS: f64 = 100e3;

/// How many of `calls` each of `users` makes: as even as can be, at least one.
pub(super) fn shares(calls: usize, users: usize) -> Vec<usize> {
    let (each, more) = (calls / users.max(1), calls % users.max(1));
    (0..users)
        .map(|user| (each + usize::from(user < more)).max(1))
        .collect()
}

/// Puts what the users have into the order of time, nearly: the first of each,
/// the second of each, and so on.
pub(super) fn in_turns<T: Copy>(users: &[&[T]]) -> Vec<T> {
    let longest = users.iter().map(|all| all.len()).max().unwrap_or(0);
    (0..longest)
        .flat_map(|at| users.iter().filter_map(move |all| all.get(at).copied()))
        .collect()
}

/// When the calls of an open loop are to begin: evenly, whatever became of
/// those before. Times are nanoseconds since the gate opened.
#[derive(Debug)]
pub(super) struct Starts {
    taken: AtomicUsize,
    calls: usize,
    spacing_ns: f64,
}

impl Starts {
    /// The starts of at most `calls` calls, of which `rate` begin in 1000 s.
    pub(super) fn new(rate: u64, calls: usize) -> Starts {
        let spacing_ns = 1e12 / rate.max(1) as f64;
        let most = (OPEN_ROUND_NS / spacing_ns).max(1.0) as usize;
        Starts {
            taken: AtomicUsize::new(0),
            calls: calls.clamp(1, most),
            spacing_ns,
        }
    }

    /// The call that is next, and when it is to begin; each is given to one
    /// user.
    pub(super) fn take(&self) -> Option<(usize, f64)> {
        let at = self.taken.fetch_add(1, Ordering::Relaxed);
        (at < self.calls).then(|| (at, self.begins_ns(at)))
    }

    /// When a call begins that is not made any more.
    pub(super) fn given_up_ns(&self) -> f64 {
        let planned_ns = self.begins_ns(self.calls - 1);
        (planned_ns * PATIENCE).max(planned_ns + LEAST_PATIENCE_NS)
    }

    /// How long before its start a user is to be awake: never so long that
    /// waiting is what the processors do most.
    pub(super) fn awake_ns(&self) -> f64 {
        AWAIT_NS.min(self.spacing_ns / 2.0)
    }

    /// When the first call begins.
    pub(super) fn first_ns(&self) -> f64 {
        self.begins_ns(0)
    }

    fn begins_ns(&self, at: usize) -> f64 {
        AWAKE_NS + at as f64 * self.spacing_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_shared_out_evenly_and_each_user_makes_one() {
        #[track_caller]
        fn check(calls: usize, users: usize, expected: &[usize]) {
            assert_eq!(shares(calls, users), expected);
        }
        check(12, 4, &[3, 3, 3, 3]);
        check(14, 4, &[4, 4, 3, 3]);
        check(2, 4, &[1, 1, 1, 1]);
        check(0, 2, &[1, 1]);
        check(7, 1, &[7]);
    }

    #[test]
    fn calls_of_the_same_time_stand_together() {
        let users: [&[u8]; 3] = [&[1, 2, 3], &[10], &[20, 21]];
        assert_eq!(in_turns(&users), [1, 10, 20, 2, 21, 3]);
        assert!(in_turns::<u8>(&[]).is_empty());
    }

    #[test]
    fn starts_are_evenly_spaced_and_given_out_once() {
        // 500/s: one each 2 ms.
        let starts = Starts::new(500_000, 3);
        let all: Vec<(usize, f64)> = std::iter::from_fn(|| starts.take()).collect();
        assert_eq!(all, [(0, 1e6), (1, 3e6), (2, 5e6)]);
        assert_eq!((starts.take(), starts.first_ns()), (None, 1e6));
        assert_eq!(starts.given_up_ns(), 5e6 + 1e9);
    }

    #[test]
    fn an_open_loop_holds_as_many_calls_as_its_time_has_room_for() {
        #[track_caller]
        fn check(rate: u64, asked: usize, calls: usize, awake_ns: f64) {
            let starts = Starts::new(rate, asked);
            let all = std::iter::from_fn(|| starts.take()).count();
            assert_eq!((all, starts.awake_ns()), (calls, awake_ns));
        }
        check(500_000, 50_000, 125, 100e3);
        check(500_000, 20, 20, 100e3);
        // One call in 1000 s, and one in 10 µs.
        check(1, 50, 1, 100e3);
        check(100_000_000, 50_000, 25_000, 5e3);
        check(500_000, 0, 1, 100e3);
    }
}
