//! What the users of a load saw, round by round and in all.

#[cfg(feature = "load")]
use super::Round;

/// The calls of one user.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct UserTimes {
    /// Calls, those that failed included.
    pub(crate) calls: u64,
    /// Mean of the judged time, nanoseconds a call.
    pub(crate) mean_ns: f64,
    /// The longest call or batch, nanoseconds a call.
    pub(crate) max_ns: f64,
    /// Calls that returned `Err`, or were given up.
    pub(crate) errors: u64,
}

/// The calls of all users over every round of evidence.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LoadFigures {
    /// Calls that begin in 1000 seconds; `None` for a closed loop.
    pub(crate) rate: Option<u64>,
    /// One each, in a fixed order.
    pub(crate) users: Vec<UserTimes>,
    /// Wall time in which the calls were made, nanoseconds; see
    /// [`Round::span_ns`].
    pub(crate) span_ns: f64,
    /// The text of the first `Err`.
    pub(crate) error: Option<String>,
}

#[cfg(feature = "load")]
impl UserTimes {
    /// The calls of one user in one round.
    pub(crate) fn of(round: &Round) -> UserTimes {
        let batch = round.batch.max(1);
        let judged = || round.calls.iter().map(|call| call.judged_ns);
        let failed = round.calls.iter().filter(|call| call.failed).count();
        UserTimes {
            calls: round.calls.len() as u64 * batch,
            mean_ns: judged().sum::<f64>() / round.calls.len().max(1) as f64,
            max_ns: judged().fold(0.0, f64::max),
            errors: failed as u64,
        }
    }

    fn add(&mut self, other: &UserTimes) {
        let calls = self.calls + other.calls;
        let sum_ns = self.mean_ns * self.calls as f64 + other.mean_ns * other.calls as f64;
        *self = UserTimes {
            calls,
            mean_ns: sum_ns / calls.max(1) as f64,
            max_ns: self.max_ns.max(other.max_ns),
            errors: self.errors + other.errors,
        };
    }
}

impl LoadFigures {
    /// Nothing so far.
    #[cfg(feature = "load")]
    pub(crate) fn new(rate: Option<u64>) -> LoadFigures {
        LoadFigures {
            rate,
            ..LoadFigures::default()
        }
    }

    /// Adds a round of all users.
    #[cfg(feature = "load")]
    pub(crate) fn take(&mut self, round: &Round) {
        self.span_ns += round.span_ns.unwrap_or(0.0);
        if self.users.len() < round.users.len() {
            self.users.resize(round.users.len(), UserTimes::default());
        }
        for (all, one) in self.users.iter_mut().zip(&round.users) {
            all.add(one);
        }
        if self.error.is_none() {
            self.error.clone_from(&round.error);
        }
    }

    /// Calls of all users.
    pub(crate) fn calls(&self) -> u64 {
        let mut calls = 0;
        for user in &self.users {
            calls += user.calls;
        }
        calls
    }

    /// The share of calls that failed; `None` without a call.
    pub(crate) fn error_share(&self) -> Option<f64> {
        let mut errors = 0;
        for user in &self.users {
            errors += user.errors;
        }
        (self.calls() > 0).then(|| errors as f64 / self.calls() as f64)
    }

    /// Calls a second of all users together; `None` where no time passed.
    pub(crate) fn calls_per_s(&self) -> Option<f64> {
        (self.span_ns > 0.0).then(|| self.calls() as f64 * 1e9 / self.span_ns)
    }
}

#[cfg(feature = "load")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::{Call, Disturbed};

    fn round(users: &[UserTimes], span_ns: f64, error: Option<&str>) -> Round {
        Round {
            users: users.to_vec(),
            span_ns: Some(span_ns),
            error: error.map(str::to_owned),
            ..Round::default()
        }
    }

    fn user(calls: u64, mean_ns: f64, max_ns: f64, errors: u64) -> UserTimes {
        UserTimes {
            calls,
            mean_ns,
            max_ns,
            errors,
        }
    }

    #[test]
    fn a_users_times_are_those_of_its_calls_failed_ones_included() {
        let call = |&(ns, failed): &(f64, bool)| Call {
            judged_ns: ns,
            wall_ns: ns,
            disturbed: Disturbed::No,
            failed,
        };
        let calls = [(10.0, false), (20.0, true), (60.0, false)];
        let round = Round {
            calls: calls.iter().map(call).collect(),
            batch: 1,
            ..Round::default()
        };
        assert_eq!(UserTimes::of(&round), user(3, 30.0, 60.0, 1));
        let batches = Round { batch: 4, ..round };
        assert_eq!(UserTimes::of(&batches).calls, 12);
        assert_eq!(UserTimes::of(&Round::default()), UserTimes::default());
    }

    #[test]
    fn rounds_add_up_user_by_user() {
        let mut figures = LoadFigures::new(Some(5));
        assert_eq!((figures.calls(), figures.error_share()), (0, None));
        assert_eq!(figures.calls_per_s(), None);
        figures.take(&round(
            &[user(1, 10.0, 10.0, 0), user(3, 20.0, 30.0, 1)],
            1e6,
            None,
        ));
        figures.take(&round(
            &[user(3, 30.0, 40.0, 0), user(1, 20.0, 20.0, 1)],
            3e6,
            Some("no"),
        ));
        assert_eq!(
            figures.users,
            [user(4, 25.0, 40.0, 0), user(4, 20.0, 30.0, 2)]
        );
        assert_eq!(figures.calls_per_s(), Some(2000.0));
        assert_eq!(figures.error_share(), Some(0.25));
        assert_eq!(figures.error.as_deref(), Some("no"));
    }
}
