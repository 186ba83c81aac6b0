//! The cases of a process taking turns.

use std::mem;

use super::outcome::{CaseOutcome, Decision};
use super::pace;
use super::trial::{Ask, Trial};
use super::{CaseSpec, Confirm, Request, SuiteSpec};
use crate::model::sample::{Failure, Round};
use perf_statistics::Random;

/// The schedule of a suite; see the module above.
#[derive(Clone, Debug)]
pub(crate) struct Suite {
    spec: SuiteSpec,
    members: Vec<Member>,
    random: Random,
    /// Cases that have not had their turn in this sweep.
    turns: Vec<usize>,
    /// The case that is being prepared for its first round.
    preparing: Option<usize>,
    /// What was asked and not yet answered.
    asked: Option<Asked>,
    finished: Vec<usize>,
    sweep: u64,
}

/// How far the suite is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Progress {
    /// Every case, in order.
    pub(crate) cases: Vec<CaseProgress>,
    /// Cases that are settled.
    pub(crate) settled: usize,
    /// The share of the whole that is done, from 0 to 1.
    pub(crate) share: f64,
    /// The time that is left if all goes on as so far: an estimate.
    pub(crate) left_ns: u64,
}

/// How far a case is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct CaseProgress {
    /// It is not settled yet.
    pub(crate) open: bool,
    /// The share of its time or its evidence that it has, whichever is more.
    pub(crate) share: f64,
}

#[derive(Clone, Debug)]
struct Member {
    case: CaseSpec,
    stage: Stage,
    outcome: CaseOutcome,
    /// The end of its last round, and when the next may begin.
    rested_ns: u64,
    ready_ns: u64,
}

#[derive(Clone, Debug)]
enum Stage {
    /// In its first trial.
    Open(Box<Trial>),
    /// Found broken; to be looked at again from this time on.
    Awaiting {
        due_ns: u64,
    },
    /// In its second trial.
    Confirming(Box<Trial>),
    Settled,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    case: usize,
    request: Request,
    at_ns: u64,
    /// Rest before it that counts against the case, because nothing else ran.
    waited_ns: u64,
}

impl Suite {
    /// A suite that has no case yet.
    pub(crate) fn new(spec: SuiteSpec) -> Suite {
        Suite {
            members: Vec::new(),
            random: Random::new(spec.seed),
            spec,
            turns: Vec::new(),
            preparing: None,
            asked: None,
            finished: Vec::new(),
            sweep: 0,
        }
    }

    /// Adds a case, at its start.
    pub(crate) fn add(&mut self, case: CaseSpec) {
        self.members.push(Member {
            stage: Stage::Open(Box::new(Trial::new(&self.spec, &case, None))),
            outcome: CaseOutcome::unknown(&case.limits),
            case,
            rested_ns: 0,
            ready_ns: 0,
        });
    }

    /// A suite of these cases.
    #[cfg(test)]
    pub(super) fn of(spec: SuiteSpec, cases: Vec<CaseSpec>) -> Suite {
        let mut suite = Suite::new(spec);
        cases.into_iter().for_each(|case| suite.add(case));
        suite
    }

    /// What to do next. Asked again without an answer, it says the same.
    pub(crate) fn next(&mut self, now_ns: u64) -> Request {
        if let Some(asked) = self.asked {
            return asked.request;
        }
        loop {
            if !self.finished.is_empty() {
                let case = self.finished.remove(0);
                return Request::Finished { case };
            }
            self.begin_confirmations(now_ns);
            let Some(case) = self.whose_turn(now_ns) else {
                return self.wait_or_done();
            };
            if let Some(request) = self.ask(case, now_ns) {
                return request;
            }
            self.conclude(case, now_ns);
        }
    }

    /// Takes the round that was asked for.
    pub(crate) fn accept(&mut self, case: usize, round: &Round, now_ns: u64) {
        let asked = self.asked.take();
        if let Some(failure) = &round.failure {
            return self.failed(case, failure.clone());
        }
        let alone = self.is_alone();
        let member = &mut self.members[case];
        let Some(trial) = member.stage.trial() else {
            return;
        };
        let was_measuring = trial.is_measuring();
        let (began_ns, waited_ns) =
            asked.map_or((now_ns, 0), |asked| (asked.at_ns, asked.waited_ns));
        trial.accept(round, began_ns, waited_ns, now_ns);
        member.rested_ns = now_ns;
        if was_measuring {
            // Uneven gaps do not keep step with anything periodic.
            let gap_ns = pace::GAP_NS + self.random.below(pace::GAP_NS as usize / 2) as u64;
            member.ready_ns = now_ns + gap_ns;
            let over = trial.ask(if alone { gap_ns } else { 0 }).is_none();
            self.end_turn(case);
            if over {
                self.conclude(case, now_ns);
            }
        }
    }

    /// The memory of a case was counted.
    pub(crate) fn counted(&mut self, case: usize, now_ns: u64) {
        self.asked = None;
        let member = &mut self.members[case];
        member.rested_ns = now_ns;
        if let Some(trial) = member.stage.trial() {
            trial.counted();
        }
    }

    /// A case cannot go on.
    pub(crate) fn failed(&mut self, case: usize, failure: Failure) {
        if self.asked.is_some_and(|asked| asked.case == case) {
            self.asked = None;
        }
        let member = &mut self.members[case];
        if let Stage::Open(trial) = &mut member.stage {
            trial.report(&mut member.outcome);
            trial.conclude(Decision::Candidate, &mut |index, decision, evidence| {
                member.outcome.settle(index, decision, evidence);
            });
        }
        member.outcome.fail(failure);
        self.settle(case);
    }

    /// What is known of a case; complete once it is settled.
    pub(crate) fn outcome(&self, case: usize) -> &CaseOutcome {
        &self.members[case].outcome
    }

    /// The same of a settled case, until it is [put back](Suite::put_back).
    pub(crate) fn take_outcome(&mut self, case: usize) -> CaseOutcome {
        mem::replace(&mut self.members[case].outcome, CaseOutcome::unknown(&[]))
    }

    pub(crate) fn put_back(&mut self, case: usize, outcome: CaseOutcome) {
        self.members[case].outcome = outcome;
    }

    /// About how long a call of a case takes by the judged clock, once a
    /// warm-up has told.
    pub(crate) fn typical_ns(&self, case: usize) -> Option<f64> {
        match &self.members[case].stage {
            Stage::Open(trial) | Stage::Confirming(trial) => trial.typical_ns(),
            Stage::Awaiting { .. } | Stage::Settled => self.members[case].outcome.typical_ns,
        }
    }

    /// How often every open case has had its turn.
    pub(crate) fn sweep(&self) -> u64 {
        self.sweep
    }

    /// How far it is.
    pub(crate) fn progress(&self) -> Progress {
        let mut progress = Progress {
            cases: Vec::new(),
            settled: 0,
            share: 0.0,
            left_ns: 0,
        };
        for member in &self.members {
            let case = member.progress();
            progress.settled += usize::from(!case.open);
            progress.share += case.share;
            progress.left_ns += member.left_ns(case.share);
            progress.cases.push(case);
        }
        progress.share /= self.members.len().max(1) as f64;
        progress
    }

    /// Confirmations begin when no first trial is left.
    fn begin_confirmations(&mut self, now_ns: u64) {
        if self.has_first_trials() {
            return;
        }
        for member in &mut self.members {
            if matches!(member.stage, Stage::Awaiting { due_ns } if due_ns <= now_ns) {
                let candidates = member.outcome.candidates();
                let trial = Trial::new(&self.spec, &member.case, Some(&candidates));
                member.stage = Stage::Confirming(Box::new(trial));
            }
        }
    }

    fn has_first_trials(&self) -> bool {
        for member in &self.members {
            if let Stage::Open(_) = member.stage {
                return true;
            }
        }
        false
    }

    /// An open case whose turn it is and whose gap is over.
    fn whose_turn(&mut self, now_ns: u64) -> Option<usize> {
        if self.preparing.is_some() {
            return self.preparing;
        }
        if self.turns.is_empty() {
            for (case, member) in self.members.iter().enumerate() {
                if member.stage.is_open() {
                    self.turns.push(case);
                }
            }
            self.random.shuffle(&mut self.turns);
        }
        for case in &self.turns {
            if self.members[*case].ready_ns <= now_ns {
                return Some(*case);
            }
        }
        None
    }

    fn ask(&mut self, case: usize, now_ns: u64) -> Option<Request> {
        let alone = self.is_alone();
        let member = &mut self.members[case];
        let trial = member.stage.trial()?;
        let rest_ns = if trial.is_measuring() && member.ready_ns > 0 {
            now_ns.saturating_sub(member.rested_ns)
        } else {
            0
        };
        // The longest gap bounds what a case pays for having become the last.
        let waited_ns = if alone {
            rest_ns.min(pace::GAP_NS * 3 / 2)
        } else {
            0
        };
        let request = match trial.ask(waited_ns)? {
            Ask::Count => Request::Count { case },
            Ask::Round { purpose, round } => Request::Round {
                case,
                purpose,
                round,
            },
        };
        self.preparing = (!trial.is_measuring()).then_some(case);
        self.asked = Some(Asked {
            case,
            request,
            at_ns: now_ns,
            waited_ns,
        });
        Some(request)
    }

    /// One open case: nothing else runs in its gaps.
    fn is_alone(&self) -> bool {
        let mut open = 0;
        for member in &self.members {
            open += usize::from(member.stage.is_open());
        }
        open == 1
    }

    fn end_turn(&mut self, case: usize) {
        if self.preparing == Some(case) {
            self.preparing = None;
        }
        for place in 0..self.turns.len() {
            if self.turns[place] == case {
                self.turns.remove(place);
                break;
            }
        }
        if self.turns.is_empty() {
            self.sweep += 1;
        }
    }

    /// Ends the trial of a case: settled, or to be confirmed.
    fn conclude(&mut self, case: usize, now_ns: u64) {
        let member = &mut self.members[case];
        match &mut member.stage {
            Stage::Open(trial) => {
                let broken = match self.spec.confirm {
                    Confirm::InProcess | Confirm::Elsewhere => Decision::Candidate,
                    Confirm::IsConfirmation => Decision::Broken,
                };
                trial.conclude(broken, &mut |index, decision, evidence| {
                    member.outcome.settle(index, decision, evidence);
                });
                trial.report(&mut member.outcome);
                if self.spec.confirm == Confirm::InProcess
                    && !member.outcome.candidates().is_empty()
                {
                    member.stage = Stage::Awaiting {
                        due_ns: now_ns + pace::CONFIRM_AFTER_NS,
                    };
                    member.ready_ns = 0;
                    return self.end_turn(case);
                }
            }
            Stage::Confirming(trial) => {
                trial.conclude(Decision::Broken, &mut |index, decision, evidence| {
                    member.outcome.confirm(index, decision, evidence);
                });
            }
            Stage::Awaiting { .. } | Stage::Settled => return,
        }
        self.settle(case);
    }

    fn settle(&mut self, case: usize) {
        if !matches!(self.members[case].stage, Stage::Settled) {
            self.members[case].stage = Stage::Settled;
            self.finished.push(case);
        }
        self.end_turn(case);
    }

    /// No case is ready.
    fn wait_or_done(&self) -> Request {
        let (mut is_done, mut until_ns) = (true, u64::MAX);
        for case in &self.turns {
            (is_done, until_ns) = (false, until_ns.min(self.members[*case].ready_ns));
        }
        for member in &self.members {
            if let Stage::Awaiting { due_ns } = member.stage
                && !self.has_first_trials()
            {
                (is_done, until_ns) = (false, until_ns.min(due_ns));
            }
        }
        match is_done {
            true => Request::Done,
            false => Request::Wait { until_ns },
        }
    }
}

impl Stage {
    fn is_open(&self) -> bool {
        matches!(self, Stage::Open(_) | Stage::Confirming(_))
    }

    fn trial(&mut self) -> Option<&mut Trial> {
        match self {
            Stage::Open(trial) | Stage::Confirming(trial) => Some(trial),
            Stage::Awaiting { .. } | Stage::Settled => None,
        }
    }
}

impl Member {
    /// A confirmation is the second half of a case that needs one.
    fn progress(&self) -> CaseProgress {
        let share = match &self.stage {
            Stage::Open(trial) => trial.progress(),
            Stage::Awaiting { .. } => 0.5,
            Stage::Confirming(trial) => 0.5 + trial.progress() / 2.0,
            Stage::Settled => 1.0,
        };
        CaseProgress {
            open: !matches!(self.stage, Stage::Settled),
            share,
        }
    }

    fn left_ns(&self, share: f64) -> u64 {
        match &self.stage {
            Stage::Open(trial) | Stage::Confirming(trial) => trial.expected_left_ns(share),
            Stage::Awaiting { .. } => pace::CONFIRM_AFTER_NS,
            Stage::Settled => 0,
        }
    }
}
