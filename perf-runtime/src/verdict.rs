//! From evidence to a verdict: each limit ends in exactly one.

mod reason;
pub(crate) mod messages;
pub(crate) mod figures;

mod time;

use perf_grammar::{Direction, Metric, Mode, Noise, Verdict, WhenUndecided};

use crate::collections::owned;
use crate::engine::CaseOutcome;
use crate::judge::complexity::Fit;
use crate::judge::evidence::Evidence;
use crate::model::case::Build;
use crate::model::figure::PerItem;
use crate::model::plan::{Limit, Plan};
use crate::model::unmeasured::Unmeasured;
use crate::verdict::figures::Observed;

pub(crate) use reason::{Open, Reason};
pub(crate) use time::judge_time;

/// A limit, its verdict, and all that is told about it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Judgement {
    /// The limit.
    pub(crate) limit: Limit,
    /// How it ended.
    pub(crate) verdict: Verdict,
    /// Why it is undecided or unmeasured.
    pub(crate) reason: Option<Reason>,
    /// The value, in the unit of the limit.
    pub(crate) measured: Option<PerItem>,
    /// The share of the limit that is used: `1.24` is 24 % over. Of a floor it
    /// is the limit over the value, so that above 1 is broken there too.
    pub(crate) share: Option<f64>,
    /// What stands behind a time limit.
    pub(crate) evidence: Option<Evidence>,
    /// What measuring again from scratch found, and whether it was broken.
    pub(crate) confirmation: Option<(Evidence, bool)>,
    /// Broken, and to be confirmed in a separate process: the verdict is
    /// what it will be if it is.
    pub(crate) candidate: bool,
    /// It is broken and would fail, were the build optimised.
    pub(crate) spared: bool,
    /// What was found, in one sentence.
    pub(crate) sentence: String,
    /// How sure that is, where the limit stands, what to do: a line each.
    pub(crate) details: Vec<String>,
    /// What a broken limit comes from, a line each: places that allocate, a statement that
    /// is repeated. A record holds them as data.
    pub(crate) causes: Vec<String>,
    /// How each kind of cost grows, of a limit on that.
    pub(crate) fits: Vec<Fit>,
}

/// What is known of the case around a limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    /// How it was run.
    pub(crate) plan: &'a Plan,
    /// What the engine found.
    pub(crate) outcome: &'a CaseOutcome,
    /// How the user's code was built.
    pub(crate) build: Build,
    /// The message of the budget.
    pub(crate) message: Option<&'a str>,
    /// Why spans could not be seen.
    pub(crate) blind: Option<&'a Unmeasured>,
    /// Why no process makes the first call.
    pub(crate) no_process: Option<&'a Unmeasured>,
}

impl Judgement {
    /// Whether it fails the test: broken and hard, hard and without a value, or
    /// undecided where that is asked to fail.
    #[must_use]
    pub(crate) fn fails(&self) -> bool {
        match self.verdict {
            Verdict::Fail => true,
            Verdict::Unmeasured => self.limit.mode == Mode::Hard,
            Verdict::Undecided => self.limit.fails_undecided(),
            Verdict::Pass | Verdict::Waived | Verdict::Warn => false,
        }
    }
}

/// The worst of the verdicts of a case; it passes where it has none.
#[must_use]
pub(crate) fn worst(judgements: &[Judgement]) -> Verdict {
    let mut worst = Verdict::Pass;
    for judgement in judgements {
        worst = worst.max(judgement.verdict);
    }
    worst
}

/// Judges a value that no test judges; `Err` is the reason why there is none.
pub(crate) fn judge_observed(
    limit: &Limit,
    observed: Result<Observed, Unmeasured>,
    facts: &Facts<'_>,
) -> Judgement {
    let observed = match observed {
        Ok(observed) => observed,
        Err(_) if limit.mode == Mode::Off => return off(limit, None),
        Err(why) => return without_value(limit, why),
    };
    // Nothing of it is counted by items.
    let value = PerItem(observed.value);
    if limit.mode == Mode::Off {
        return off(limit, Some(value));
    }
    let broken = match limit.metric.direction() {
        Direction::AtMost => value > limit.bound(),
        Direction::AtLeast => value < limit.bound(),
    };
    let mut judgement = Judgement::new(limit, Some(value));
    judgement.causes = observed.causes;
    judgement.fits = observed.fits;
    judgement.details = messages::observed_at(limit, observed.details);
    match observed.open {
        Some(why) => {
            judgement.verdict = Verdict::Undecided;
            judgement.sentence = messages::observed_open(limit, value, why);
            judgement.reason = Some(Reason::Open(why));
            if let Some(help) = why.help() {
                judgement.details.insert(0, owned(help));
            }
        }
        None if broken => judgement.break_limit(messages::broken(limit, value), facts),
        None => judgement.sentence = messages::holds(limit, value, facts.plan.near),
    }
    judgement.add_note();
    judgement
}

/// A limit that has no value, for a reason.
fn without_value(limit: &Limit, why: Unmeasured) -> Judgement {
    let mut judgement = Judgement::new(limit, None);
    (judgement.sentence, judgement.details) = messages::unmeasured(limit, &why);
    judgement.verdict = Verdict::Unmeasured;
    judgement.reason = Some(Reason::NoValue(why));
    judgement.add_note();
    judgement
}

/// A limit whose mode is off. It was not judged, so it must not look like one
/// that passed; and that was asked for, so it does not fail.
fn off(limit: &Limit, measured: Option<PerItem>) -> Judgement {
    let mut judgement = Judgement::new(limit, measured);
    judgement.verdict = Verdict::Unmeasured;
    judgement.reason = Some(Reason::Off);
    judgement.sentence = messages::not_judged(limit, measured);
    judgement
}

fn share(limit: &Limit, PerItem(measured): PerItem) -> Option<f64> {
    // A class of growth is no amount of which a share could be used.
    if matches!(limit.metric, Metric::Complexity) {
        return None;
    }
    let PerItem(of) = limit.bound();
    let share = match limit.metric.direction() {
        Direction::AtMost if measured <= 0.0 => 0.0,
        Direction::AtMost => measured / of,
        Direction::AtLeast => of / measured,
    };
    share.is_finite().then_some(share)
}

impl Judgement {
    /// A limit that passes, with nothing told yet.
    pub(crate) fn new(limit: &Limit, measured: Option<PerItem>) -> Judgement {
        Judgement {
            limit: limit.clone(),
            verdict: Verdict::Pass,
            reason: None,
            measured,
            share: measured.and_then(|measured| share(limit, measured)),
            evidence: None,
            confirmation: None,
            candidate: false,
            spared: false,
            sentence: String::new(),
            details: Vec::new(),
            causes: Vec::new(),
            fits: Vec::new(),
        }
    }

    /// Makes it a broken one: what that means is up to its waiver, its mode
    /// and, for a time, the build.
    fn break_limit(&mut self, sentence: String, facts: &Facts<'_>) {
        let timed = self.limit.metric.noise() == Noise::Noisy;
        let who_decides = match (&self.limit.waiver, self.limit.mode) {
            (Some(waiver), _) => {
                self.verdict = Verdict::Waived;
                Some(messages::waived(waiver))
            }
            (None, Mode::Soft) => {
                self.verdict = Verdict::Warn;
                Some(messages::warns(&self.limit))
            }
            (None, Mode::Hard | Mode::Off) if timed && facts.build.is_unoptimised() => {
                self.verdict = Verdict::Warn;
                self.spared = true;
                Some(messages::unoptimised(facts.build))
            }
            (None, Mode::Hard | Mode::Off) => {
                self.verdict = Verdict::Fail;
                None
            }
        };
        self.sentence = sentence;
        if let Some(who_decides) = who_decides {
            self.details.push(who_decides);
        }
        if timed && !self.spared && facts.build.debug_assertions {
            self.details.push(messages::debug_assertions(facts.build));
        }
        if let Some(message) = facts.message {
            self.details.push(owned(message));
        }
    }

    /// Puts it into an unoptimised build, where a time limit only warns, broken or
    /// undecided.
    pub(crate) fn set_build(&mut self, unoptimised: bool) {
        let timed = self.limit.metric.noise() == Noise::Noisy;
        if timed && unoptimised && self.limit.undecided == WhenUndecided::Fail {
            self.limit.undecided = WhenUndecided::Warn;
        }
    }

    /// Adds what policy had to say of the limit, such as a waiver that ended.
    fn add_note(&mut self) {
        if let Some(expired) = &self.limit.expired {
            self.details.push(format!("{expired}"));
        }
    }
}

#[cfg(test)]
mod tests;
