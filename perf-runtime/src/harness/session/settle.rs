//! A case that is settled: judged, told, and written down.

use std::mem;

use perf_grammar::{Metric, Noise, Phase};

use super::planned::Planned;
use super::{Observer, Recorded, Session};
use crate::engine::Confirm;
use crate::harness::representative;
use crate::measure::{diagnose, mutation};
use crate::model::case::Clock;
use crate::model::note::Note;
use crate::model::plan::Limit;
use crate::model::unmeasured::Unmeasured;
use crate::probes::attribution::blame;
use crate::report::case_report::CaseReport;
use crate::report::host::Unfit;
use crate::report::record;
use crate::system::{clock, environment, exit};
use crate::verdict;
use crate::verdict::figures::{Figures, Observed};

impl Session {
    /// A case is settled, unless it speaks for a family that is not.
    pub(super) fn finished(&mut self, case: usize, observer: &mut dyn Observer) {
        self.cases[case].waits = true;
        for one in 0..self.cases.len() {
            let planned = &self.cases[one];
            if planned.waits && !planned.settled && !self.waits_for_family(planned) {
                self.cases[one].settled = true;
                self.settle(one, observer);
            }
        }
    }

    /// Whether a case speaks for a family of which one is still measured.
    fn waits_for_family(&self, planned: &Planned) -> bool {
        if planned.budget.limit(Metric::Complexity).is_some() {
            for other in &self.cases {
                if other.family == planned.family && !other.waits {
                    return true;
                }
            }
        }
        false
    }

    /// What the members of a case's family show together.
    fn growth_of_family(&self, case: usize, limit: &Limit) -> Result<Observed, Unmeasured> {
        let mut points = Vec::new();
        for member in 0..self.cases.len() {
            let planned = &self.cases[member];
            if planned.family == self.cases[case].family {
                let outcome = self.suite.outcome(member);
                points.push(representative::point(
                    &planned.id,
                    outcome,
                    &planned.figures,
                )?);
            }
        }
        representative::observed(limit, &points)
    }

    fn settle(&mut self, case: usize, observer: &mut dyn Observer) {
        // What ends the process from here on is this case's doing.
        self.announce(case, observer);
        if self.cases[case].for_others {
            return self.release(case, observer);
        }
        let together = self.cases[case].budget.limit(Metric::Complexity);
        let mut together = together.map(|limit| self.growth_of_family(case, limit));
        let planned = &mut self.cases[case];
        let outcome = self.suite.take_outcome(case);
        planned.figures.load = planned.driver.load().cloned();
        let mut times = outcome.judgements.iter();
        let facts = verdict::Facts {
            plan: &planned.plan,
            outcome: &outcome,
            build: planned.case.build,
            message: planned.budget.message.as_deref(),
            blind: planned.driver.blind(),
            no_process: planned.no_process.as_ref(),
        };
        let mut judgements = Vec::new();
        for limit in &planned.budget.limits {
            let mut judgement = match limit.metric.noise() {
                Noise::Noisy => {
                    let judged = times
                        .next()
                        .expect("the engine was given every time limit, in this order");
                    verdict::judge_time(limit, judged, &facts)
                }
                Noise::Exact => {
                    let of_family = match limit.metric {
                        Metric::Complexity => together.take(),
                        _ => None,
                    };
                    let observed = match of_family {
                        Some(together) => together,
                        None => planned.figures.observed(limit),
                    };
                    verdict::judge_observed(limit, observed, &facts)
                }
            };
            judgement.set_build(facts.build.is_unoptimised());
            judgements.push(judgement);
        }
        let allocations = match &outcome.failure {
            // A function that fails is not called again.
            Some(_) => None,
            // What breaks limits here is planted, and at no place of the code.
            None if mutation::is_planted() => None,
            None => {
                let max_time_ns = planned.plan.max_time_ns;
                observer.calls(&planned.id, "the capture of a call");
                self.watchdog.begin(
                    &planned.id,
                    "the capture of a call",
                    max_time_ns,
                    self.grace_ns,
                );
                let allocations = blame(
                    planned.case,
                    &mut planned.driver,
                    &planned.figures,
                    &mut judgements,
                    self.blame,
                );
                self.watchdog.end();
                exit::end_of_a_copy();
                allocations
            }
        };
        planned.figures.program = planned.driver.program();
        self.release(case, observer);
        let planned = &mut self.cases[case];
        let mut report = CaseReport {
            case: planned.case,
            id: planned.id.clone(),
            plan: planned.plan.clone(),
            judgements,
            outcome,
            figures: mem::replace(&mut planned.figures, Figures::none()),
            allocations,
            notes: self.notes.clone(),
        };
        for judgement in &report.judgements {
            self.verdicts.push(judgement.verdict);
        }
        let record = self.record(&report);
        if let Err(why) = observer.record(&record) {
            report.notes.push(Note::not_written(&why.text()));
        }
        diagnose::settled(&report.id, report.verdict().word());
        observer.settled(&report);
        // The one that speaks for a family looks at them again.
        self.cases[case].figures = report.figures;
        self.suite.put_back(case, report.outcome);
    }

    /// Drops what was built of a case.
    fn release(&mut self, case: usize, observer: &mut dyn Observer) {
        self.begin(case, "the drop of what was built for it", 0, observer);
        self.cases[case].driver.release();
        self.watchdog.end();
    }

    /// Whether wall time stands in for the clock that a case asks for.
    fn lacks_a_clock(&self) -> bool {
        let mut lacks = false;
        for planned in &self.cases {
            lacks |= match planned.plan.clock {
                Clock::Clean => !self.counters.complete(),
                Clock::Cpu => self.counters.cpu_ns.is_none(),
                Clock::Wall => false,
            };
        }
        lacks
    }

    fn record(&mut self, report: &CaseReport) -> Recorded {
        let now = environment::read();
        self.run.steal_percent = now.stolen_since(&self.run.environment);
        let mut unfit = self.run.environment.unfit();
        unfit.append(&mut now.unfit_since(&self.run.environment));
        if self.lacks_a_clock() {
            unfit.push(Unfit::no_clock());
        }
        self.run.unfit = unfit;
        let phase = match self.confirm {
            Confirm::IsConfirmation => Phase::Confirm,
            Confirm::Elsewhere if report.has_candidate() => Phase::First,
            Confirm::Elsewhere | Confirm::InProcess => Phase::Whole,
        };
        let text = record::text(report, &self.run, phase, clock::unix_seconds());
        let end = if phase == Phase::Confirm {
            "confirm.json"
        } else {
            "json"
        };
        Recorded {
            folder: self.folder.clone(),
            file: format!("{}.{end}", perf_grammar::file_name(&report.id)),
            text,
        }
    }
}
