//! Limits that leave more room than they need: which can be tightened, and to what.
//!
//! A number may hold for several cases; then it is as tight as the slowest of
//! them allows, and it stays where one of them is not known.

use perf_grammar::Direction;

use super::aggregate::{Found, Missing, Target};
use super::limit::{Needed, hoped, is_looser, is_tighter, needed};
use super::{
    Home, Now, Observation, Origin, Policy, Proposal, Standing, Subject, in_file, is_number, name,
    words,
};
use crate::analysis::budget_edit::Change;
use crate::analysis::run::used;
use crate::model::literal::Written;
use crate::model::record::{Limit, Word};

/// What came of looking at every limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tightened {
    pub(crate) proposals: Vec<Proposal>,
    /// Every limit that was looked at.
    pub(crate) rows: Vec<Row>,
}

/// A limit and how much of it is used.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) case: String,
    /// Others that the same number holds for.
    pub(crate) others: usize,
    /// `p99`
    pub(crate) name: String,
    /// `10 ms`
    pub(crate) limit: String,
    /// Where the number stands.
    pub(crate) place: String,
    /// The share of it that the worst run uses.
    pub(crate) share: Option<f64>,
    /// Why it stays; `None` where it is tightened, or as tight as it should be.
    pub(crate) left: Option<String>,
}

/// What a number is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Basis {
    /// What was proved of the calls.
    Proof,
    /// The values alone; the next run proves it or does not.
    Hope,
}

/// Cases that get one number from one place.
struct Group<'s> {
    first: &'s Subject,
    standing: &'s Standing,
    members: Vec<&'s str>,
}

/// Proposes lower limits, and higher floors, from what the runs saw.
pub(crate) fn tighten(subjects: &[Subject], runs: &[Observation], policy: &Policy) -> Tightened {
    let mut tightened = Tightened::default();
    for group in groups(subjects, policy) {
        let left = match group.judge(runs, policy, Basis::Proof) {
            Ok(Some(proposal)) => {
                tightened.proposals.push(proposal);
                None
            }
            Ok(None) => None,
            Err(why) => Some(why),
        };
        tightened.rows.push(Row {
            case: group.first.id.clone(),
            others: group.members.len() - 1,
            name: group.name(),
            limit: group.standing.shown.clone(),
            place: group.standing.origin.shown().to_owned(),
            share: group.share(runs),
            left,
        });
    }
    tightened
}

/// The changes of each budget file under which the next run is measured: the
/// tightest numbers that can be hoped for, so that they are proved or not. What
/// only the source can hold is tried out in the file too.
pub(crate) fn try_out(
    subjects: &[Subject],
    runs: &[Observation],
    policy: &Policy,
) -> Vec<(usize, Change)> {
    let mut changes = Vec::new();
    for group in groups(subjects, policy) {
        // What was hoped for and not proved is not tried twice.
        let hope = group.judge(runs, policy, Basis::Hope);
        let proof = |_| group.judge(runs, policy, Basis::Proof);
        let Ok(Some(proposal)) = hope.or_else(proof) else {
            continue;
        };
        match proposal.change() {
            Some(change) => changes.push((proposal.file, change)),
            None if in_file(proposal.metric) => {
                let put = |case: &&str| (proposal.file, proposal.put(case, None));
                changes.extend(group.members.iter().map(put));
            }
            None => {}
        }
    }
    changes
}

fn groups<'s>(subjects: &'s [Subject], policy: &Policy) -> Vec<Group<'s>> {
    let mut groups: Vec<Group<'s>> = Vec::new();
    for subject in subjects {
        for standing in &subject.limits {
            let asked = policy.only.is_empty() || policy.only.contains(&standing.metric);
            if !is_number(standing.metric) || !asked {
                continue;
            }
            let same = groups.iter().any(|group| {
                group.first.file == subject.file
                    && group.standing.metric == standing.metric
                    && group.standing.of == standing.of
                    && group.standing.origin == standing.origin
                    && group.members.contains(&&*subject.id)
            });
            if !same {
                let others = standing.others.iter().map(String::as_str);
                groups.push(Group {
                    first: subject,
                    standing,
                    members: std::iter::once(&*subject.id).chain(others).collect(),
                });
            }
        }
    }
    groups
}

impl Group<'_> {
    fn name(&self) -> String {
        name(self.standing.metric, self.standing.of.as_deref())
    }

    fn target<'a>(&'a self, case: &'a str) -> Target<'a> {
        Target {
            case,
            metric: self.standing.metric,
            of: self.standing.of.as_deref(),
        }
    }

    /// The tighter number; `None` where there is none.
    fn judge(
        &self,
        runs: &[Observation],
        policy: &Policy,
        basis: Basis,
    ) -> Result<Option<Proposal>, String> {
        let declared = self.declared(runs)?;
        let mut loosest: Option<(Needed, Found)> = None;
        for case in &self.members {
            let about = |why: String| match *case == self.first.id {
                true => why,
                false => format!("it also holds for {case}: {why}"),
            };
            self.holds(case, declared, runs).map_err(about)?;
            let found = match (self.target(case).find(runs, policy), basis) {
                (Ok(found), _) | (Err(Missing::Unbounded(found)), Basis::Hope) => found,
                (Err(Missing::Never(why) | Missing::LeftOut(why)), _) => return Err(about(why)),
                (Err(Missing::NotYet), _) => return Err(about("it was not measured".to_owned())),
                (Err(Missing::Unbounded(found)), Basis::Proof) => {
                    return Err(about(words::no_upper_end(&found)));
                }
            };
            let number = match basis {
                Basis::Proof => needed(self.standing.metric, &found, policy),
                Basis::Hope => hoped(self.standing.metric, &found, policy),
            };
            let needed = number.map_err(about)?;
            let (metric, number) = (self.standing.metric, needed.value.value);
            let is_loosest = loosest
                .as_ref()
                .is_none_or(|(other, _)| is_looser(metric, number, other.value.value));
            if is_loosest {
                loosest = Some((needed, found));
            }
        }
        let Some((needed, found)) = loosest else {
            return Ok(None);
        };
        if !is_tighter(self.standing.metric, declared, &needed.value) {
            return Ok(None);
        }
        for case in &self.members {
            if let Some(why) = self.target(case).contradicted(runs, needed.value.value) {
                return Err(why);
            }
        }
        Ok(Some(Proposal {
            case: self.first.id.clone(),
            others: self.members[1..]
                .iter()
                .map(|case| (*case).to_owned())
                .collect(),
            source: self.first.source.clone(),
            file: self.first.file,
            metric: self.standing.metric,
            of: self.standing.of.clone(),
            now: Some(Now {
                value: Written::exactly(self.standing.metric.unit(), declared),
                origin: self.standing.origin.clone(),
                broken: false,
            }),
            home: self.home(runs, policy)?,
            why: words::why(self.standing.metric, &found, policy.headroom, &needed),
            value: needed.value,
        }))
    }

    fn home(&self, runs: &[Observation], policy: &Policy) -> Result<Home, String> {
        if let Origin::Rule(spot) | Origin::Class(spot) = &self.standing.origin
            && let Some(profile) = runs.iter().find_map(|run| run.profile(&self.first.id))
            && spot.profile.is_none()
        {
            // Without the profile it may hold for more cases than are seen here.
            return Err(format!(
                "it stands outside of the profile `{profile}`, with which it was measured"
            ));
        }
        match &self.standing.origin {
            Origin::Rule(spot) => Ok(Home::Place(spot.place)),
            Origin::Class(spot) if policy.classes => Ok(Home::Place(spot.place)),
            Origin::Class(_) => Err(
                "a class is a promise that functions yet to be written inherit; --classes tightens it"
                    .to_owned(),
            ),
            Origin::Attribute(_) => Ok(Home::Source),
            Origin::Elsewhere(place) => Err(format!("its number comes from {place}")),
        }
    }

    /// The number as it is written today, which is that of the first run.
    fn declared(&self, runs: &[Observation]) -> Result<u64, String> {
        let unmeasured = || match runs.iter().find_map(|run| run.failure(&self.first.id)) {
            Some(why) => why,
            None => "it was not measured".to_owned(),
        };
        let limit = self
            .limits(&self.first.id, runs)
            .next()
            .ok_or_else(unmeasured)?;
        let unit = self.standing.metric.unit();
        let shown = perf_grammar::format_exact(unit, limit.limit as f64);
        if shown == self.standing.shown {
            Ok(limit.declared)
        } else {
            Err(format!("it was {shown} when it was measured"))
        }
    }

    fn limits<'a>(
        &'a self,
        case: &'a str,
        runs: &'a [Observation],
    ) -> impl Iterator<Item = &'a Limit> {
        let target = self.target(case);
        runs.iter()
            .filter_map(move |run| run.limit(case, target.metric, target.of))
    }

    /// Whether every run that judged the number of today says that it holds.
    fn holds(&self, case: &str, declared: u64, runs: &[Observation]) -> Result<(), String> {
        if let Some(why) = runs.iter().find_map(|run| run.failure(case)) {
            return Err(why);
        }
        for limit in self.limits(case, runs) {
            if let Some(waiver) = &limit.waiver {
                return Err(waiver.sentence());
            }
            if limit.declared == declared && limit.verdict != Word::Pass {
                return Err(verdict(limit));
            }
        }
        Ok(())
    }

    /// The share of today's number that the worst run of the worst case uses.
    fn share(&self, runs: &[Observation]) -> Option<f64> {
        let declared = self.declared(runs).ok().filter(|declared| *declared > 0)? as f64;
        let floor = self.standing.metric.direction() == Direction::AtLeast;
        let limits = self.members.iter().flat_map(|case| self.limits(case, runs));
        let shares = limits.filter_map(|limit| used(floor, limit.measured?.max(0.0), declared));
        shares.max_by(f64::total_cmp)
    }
}

fn verdict(limit: &Limit) -> String {
    let word = match limit.verdict {
        Word::Pass => "it passes",
        Word::Warn | Word::Fail | Word::Waived | Word::Candidate => "it is broken",
        Word::Undecided => "it is undecided",
        Word::Unmeasured => "it is unmeasured",
    };
    match &limit.reason {
        Some(reason) => format!("{word}: {}", reason.text),
        None => word.to_owned(),
    }
}
