//! One number that a case is to have: what it is, where it goes, and what is tried meanwhile.

use perf_grammar::{Direction, Metric, Unit};

use super::aggregate::{Found, Missing, Target};
use super::limit::{hoped, is_as_good, needed};
use super::subject::Spot;
use super::{
    Home, Now, Observation, Origin, Policy, Proposal, Standing, Subject, in_file, literal, words,
};
use crate::analysis::budget_edit::{Change, Literal};
use crate::model::literal::Written;

/// A first limit of something that only has values where it is limited is so
/// wide that no call breaks it, and so says what there is.
const WIDE: u64 = 3_600_000_000_000;
/// And one that was broken before there were enough calls is this much wider
/// the next time.
const WIDER: f64 = 2.0;

/// One metric that a case is to have a number of.
pub(super) struct Goal<'s> {
    pub(super) metric: Metric,
    pub(super) of: Option<&'s str>,
    pub(super) standing: Option<&'s Standing>,
}

/// A limit of a case, in the runs.
pub(super) fn target<'a>(subject: &'a Subject, metric: Metric, of: Option<&'a str>) -> Target<'a> {
    Target {
        case: &subject.id,
        metric,
        of,
    }
}

impl<'s> Goal<'s> {
    pub(super) fn new(metric: Metric) -> Goal<'s> {
        Goal {
            metric,
            of: None,
            standing: None,
        }
    }

    /// A number, and whether the one in force is as good.
    pub(super) fn propose(
        &self,
        subject: &Subject,
        runs: &[Observation],
        policy: &Policy,
    ) -> Result<(Proposal, bool), String> {
        let found = match target(subject, self.metric, self.of).find(runs, policy) {
            Ok(found) => found,
            Err(missing) => return Err(self.why_not(&missing)),
        };
        let home = self.home(subject, runs, policy)?;
        let needed = needed(self.metric, &found, policy)?;
        let target = target(subject, self.metric, self.of);
        if let Some(why) = target.contradicted(runs, needed.value.value) {
            return Err(why);
        }
        let now = self.now(subject, runs);
        let stays = now.as_ref().is_some_and(|now| {
            // A limit that was proved and no more has unknown room.
            let proved = found.proved_only && found.worst == now.value.value as f64;
            !now.broken && (proved || is_as_good(self.metric, now.value.value, &needed.value))
        });
        let why = words::why(self.metric, &found, policy.headroom, &needed);
        let proposal = Proposal {
            case: subject.id.clone(),
            others: Vec::new(),
            source: subject.source.clone(),
            file: subject.file,
            metric: self.metric,
            of: self.of.map(str::to_owned),
            value: needed.value,
            now,
            home,
            why,
        };
        Ok((proposal, stays))
    }

    fn why_not(&self, missing: &Missing) -> String {
        match missing {
            Missing::Never(why) | Missing::LeftOut(why) => why.clone(),
            Missing::NotYet => match in_file(self.metric) {
                true => "no run judged such a limit".to_owned(),
                false => "declare it first, with any number".to_owned(),
            },
            Missing::Unbounded(found) => format!(
                "{}; a lower quantile, a longer --max-time or more --runs may do",
                words::no_upper_end(found)
            ),
        }
    }

    /// Where the number goes.
    fn home(
        &self,
        subject: &Subject,
        runs: &[Observation],
        policy: &Policy,
    ) -> Result<Home, String> {
        if !in_file(self.metric) {
            return Ok(Home::Source);
        }
        let table = Home::Table {
            profile: policy.profile.clone(),
        };
        let Some(standing) = self.standing else {
            return Ok(table);
        };
        // With another profile, or without one, it may hold for other cases too.
        let profile = runs.iter().find_map(|run| run.profile(&subject.id));
        let alone = |spot: &Spot| {
            spot.profile == policy.profile
                && spot.profile.as_deref() == profile
                && standing.others.is_empty()
        };
        match &standing.origin {
            Origin::Rule(spot) if alone(spot) => Ok(Home::Place(spot.place)),
            Origin::Rule(spot) | Origin::Class(spot) => match (&spot.profile, &policy.profile) {
                (Some(profile), None) => Err(format!(
                    "the profile `{profile}` sets it at {}; --profile {profile} changes it there",
                    spot.shown
                )),
                _ => Ok(table),
            },
            Origin::Attribute(_) => Ok(table),
            Origin::Elsewhere(place) => Err(format!("its number comes from {place}")),
        }
    }

    fn now(&self, subject: &Subject, runs: &[Observation]) -> Option<Now> {
        let standing = self.standing?;
        let limit = runs
            .iter()
            .find_map(|run| run.limit(&subject.id, self.metric, self.of))?;
        Some(Now {
            value: Written::exactly(self.metric.unit(), limit.declared),
            origin: standing.origin.clone(),
            broken: limit.verdict.is_broken(),
        })
    }

    /// The limit of the next run.
    pub(super) fn draft(
        &self,
        subject: &Subject,
        runs: &[Observation],
        policy: &Policy,
    ) -> Option<Change> {
        let target = target(subject, self.metric, self.of);
        let literal = match target.find(runs, policy) {
            Ok(found) => {
                let hope = hoped(self.metric, &found, policy).ok()?.value;
                // What was hoped for and not proved is not tried twice.
                match target.contradicted(runs, hope.value) {
                    None => self.literal(&hope),
                    Some(_) => self.literal(&needed(self.metric, &found, policy).ok()?.value),
                }
            }
            // What was broken at once needs a limit that allows more calls.
            Err(Missing::Unbounded(found)) if self.standing.is_some() => {
                let wider = Found {
                    worst: found.worst * WIDER,
                    ..found
                };
                self.literal(&needed(self.metric, &wider, policy).ok()?.value)
            }
            Err(Missing::Never(_)) => return None,
            Err(_) if self.standing.is_some() => return None,
            Err(_) => self.literal(&wide(self.metric)?),
        };
        let in_place = match self.home(subject, runs, policy) {
            Ok(Home::Place(place)) => Some(place),
            Ok(Home::Table { .. }) => None,
            Ok(Home::Source) | Err(_) => return None,
        };
        Some(match in_place {
            Some(place) => Change::Set { place, literal },
            None => Change::Put {
                profile: policy.profile.clone(),
                pattern: subject.id.clone(),
                keys: words::in_file(self.metric, self.of),
                literal,
            },
        })
    }

    fn literal(&self, value: &Written) -> Literal {
        literal(self.metric, self.of, value)
    }
}

/// A limit that nothing breaks; `None` where none of itself means anything.
fn wide(metric: Metric) -> Option<Written> {
    let value = match (metric.unit(), metric.direction()) {
        (Unit::Duration | Unit::Bytes | Unit::Count, Direction::AtMost) => WIDE,
        (Unit::Rate, Direction::AtLeast) => 1,
        (Unit::Share, _) if metric == Metric::CpuShare => 1_000_000_000,
        _ => return None,
    };
    Some(Written::exactly(metric.unit(), value))
}
