//! A case that several users call at the same time.

use super::{Driver, RoundAsk, release};
use crate::measure::load;
use crate::measure::meter::RoundPlan;
use crate::measure::mutation::{MutatedLoad, MutatedTasks};
use crate::model::case::Clock;
use crate::model::misuse::Misuse;
use crate::model::plan::Crowd;
use crate::model::sample::{Failure, LoadFigures, Round, RoundSpec, caught};
use crate::model::subject::Body;

/// How long a call takes among all users, compared with one user alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Against {
    /// The median of the crowd by that of the user alone; `None` where either
    /// made no call that can be used, or one too short for the clock.
    pub(crate) ratio: Option<f64>,
    /// Wall time of both rounds, everything included.
    pub(crate) elapsed_ns: u64,
}

impl Driver {
    /// One round of all users and one of a single one.
    pub(super) fn beside_one_user(&mut self, ask: RoundAsk) -> Round {
        // The order changes from round to round.
        self.crowd_first = !self.crowd_first;
        match self.against_alone(ask, self.crowd_first) {
            Ok(against) => Round {
                ratio: against.ratio,
                elapsed_ns: against.elapsed_ns,
                ..Round::default()
            },
            Err(failure) => Round {
                failure: Some(failure),
                ..Round::default()
            },
        }
    }

    /// Makes a round of the crowd that is asked for and a round of one user,
    /// back to back, and compares their medians. The user alone makes as many
    /// calls as one of the crowd, on a separate thread as they do. Both are
    /// closed loops: at a given rate a crowd has nothing to slow it down.
    ///
    /// Which goes first is to be drawn, or what the first leaves behind would
    /// always favour the same side. Neither is evidence for another limit.
    ///
    /// # Errors
    /// If the function fails, or no crowd can call it.
    pub(crate) fn against_alone(
        &mut self,
        ask: RoundAsk,
        crowd_first: bool,
    ) -> Result<Against, Failure> {
        let crowd = ask.crowd.filter(|_| self.case.body.is_of_users());
        let Some(Crowd { users, .. }) = crowd else {
            return Err(Failure::Misuse(Misuse::one_user_compared()));
        };
        // Users feel the wall clock: a processor that others of them have is
        // what is asked about.
        let plan = RoundPlan {
            clock: Clock::Wall,
            ..self.plan(&ask)
        };
        against(users, ask.round.calls, crowd_first, &mut |users, calls| {
            let crowd = Crowd { users, rate: None };
            let round = RoundSpec {
                calls,
                ..plan.round
            };
            self.crowd_round(crowd, &RoundPlan { round, ..plan })
        })
    }

    /// A round of all users, which is evidence.
    pub(super) fn evidence_of(&mut self, crowd: Crowd, plan: &RoundPlan) -> Round {
        let round = self.crowd_round(crowd, plan);
        let figures = self.load.get_or_insert(LoadFigures::new(crowd.rate));
        figures.take(&round);
        round
    }

    fn crowd_round(&mut self, crowd: Crowd, plan: &RoundPlan) -> Round {
        let calls = plan.round.calls.max(crowd.users) * plan.round.batch;
        self.made += (calls + plan.round.rewarm.max(crowd.users)) as u64;
        let (body, built) = (self.case.body, &mut self.built);
        let mutation = self.mutation;
        let mutation = mutation.filter(|mutation| crowd.users > 1 || mutation.is_of_one());
        let made = caught(|| match body {
            Body::Load(make) => {
                let load = &**built.load.get_or_insert_with(make);
                match mutation {
                    Some(mutation) => load::measure(&MutatedLoad { mutation, load }, crowd, plan),
                    None => load::measure(load, crowd, plan),
                }
            }
            Body::Tasks(make) => {
                let tasks = &**built.tasks.get_or_insert_with(make);
                match mutation {
                    Some(mutation) => {
                        load::measure_tasks(&MutatedTasks { mutation, tasks }, crowd, plan)
                    }
                    None => load::measure_tasks(tasks, crowd, plan),
                }
            }
            Body::Calls(_) | Body::Bencher(_) | Body::Family(_) | Body::Member(..) => Round {
                failure: Some(Failure::Misuse(Misuse::one_user())),
                ..Round::default()
            },
        });
        let round = made.unwrap_or_else(|failure| Round {
            failure: Some(failure),
            ..Round::default()
        });
        if let Some(Failure::Panic(_)) = round.failure {
            // What a panic left half done must not be called again.
            release(&mut self.built);
        }
        round
    }
}

/// Makes one round of `users` and `calls`, and one of a single user with the
/// share that each of them has.
fn against(
    users: usize,
    calls: usize,
    crowd_first: bool,
    round: &mut dyn FnMut(usize, usize) -> Round,
) -> Result<Against, Failure> {
    let mut elapsed_ns = 0;
    let mut median_ns = |users, calls| {
        let round = round(users, calls);
        elapsed_ns += round.elapsed_ns;
        match round.failure {
            Some(failure) => Err(failure),
            None => Ok(round.median_ns()),
        }
    };
    let share = calls / users.max(1);
    let (many_ns, one_ns) = if crowd_first {
        let many_ns = median_ns(users, calls)?;
        (many_ns, median_ns(1, share)?)
    } else {
        let one_ns = median_ns(1, share)?;
        (median_ns(users, calls)?, one_ns)
    };
    Ok(Against {
        ratio: ratio(many_ns, one_ns),
        elapsed_ns,
    })
}

fn ratio(many_ns: Option<f64>, one_ns: Option<f64>) -> Option<f64> {
    let (many_ns, one_ns) = (many_ns?, one_ns?);
    (many_ns > 0.0 && one_ns > 0.0).then(|| many_ns / one_ns)
}

#[cfg(test)]
mod tests;
