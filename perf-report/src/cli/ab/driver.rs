//! The processes of both builds, in turns: looks once, and again where that is
//! needed.

mod counts;
mod look;

use std::collections::BTreeMap;
use std::io::Write;

use perf_grammar::variable;

use self::look::{Style, Which};
use super::super::Stop;
use super::super::arguments::AbArguments;
use super::sides::{Pair, Surveys};
use crate::analysis::compare::layout::Facts;
use crate::analysis::compare::{Charts, Compared, Comparison, Finding, Measured, Subject};
use crate::analysis::paired::Tail;
use crate::analysis::paired::finding::{
    self, FIRST_FINER, FIRST_PAIRS, SECOND_FINER, SECOND_PAIRS,
};
use crate::model::protocol::{self, Listed};
use crate::model::record::{Allocations, Regression};

/// The comparison of all cases, as far as it has come.
pub(super) struct Driver<'a> {
    discoveries: &'a Surveys<'a>,
    most_ns: u64,
    tolerance: Option<u64>,
    total: usize,
    err: &'a mut dyn Write,
    seed: u64,
    /// The seed of the first layout; the others follow.
    layouts: u64,
    settled: usize,
    comparisons: Vec<Comparison>,
    /// By case.
    charts: BTreeMap<String, Charts>,
    notes: Vec<String>,
    told_waiting: bool,
}

/// What one look saw of a case.
pub(super) struct Observation {
    pub(super) case: Listed,
    pub(super) outcome: Result<Times, Broken>,
    /// Counts of memory, and what was left out of them.
    pub(super) counted: Vec<Measured>,
    /// Instructions of both sides, where they were counted.
    pub(super) instructions: Option<(f64, f64)>,
    /// What is to be said of them.
    pub(super) said: Vec<String>,
    /// Where a call of either side allocates, where one of this side allocates more.
    pub(super) sites: Option<[Allocations; 2]>,
}

/// The times of a case.
pub(super) struct Times {
    pub(super) typical: crate::analysis::paired::Differences,
    pub(super) tail: Option<Tail>,
    pub(super) before_ns: Option<f64>,
    pub(super) after_ns: Option<f64>,
    /// Whether calls wait for something else than a processor.
    pub(super) waits: bool,
    pub(super) details: String,
    pub(super) charts: Charts,
}

/// A case that could not be measured on one side.
pub(super) enum Broken {
    /// On the side that is judged: the case fails.
    After(String),
    /// On the other: there is nothing to compare with.
    Before(String),
}

impl<'a> Driver<'a> {
    pub(super) fn new(
        discoveries: &'a Surveys<'a>,
        most_ns: u64,
        arguments: &AbArguments,
        total: usize,
        err: &'a mut dyn Write,
    ) -> Result<Driver<'a>, Stop> {
        let world = discoveries.after.world;
        let seed = |name: &str| world.number(name).map_err(Stop::usage);
        Ok(Driver {
            most_ns,
            tolerance: arguments.tolerance,
            total,
            err,
            seed: seed(variable::SEED)?.unwrap_or_else(|| world.new_seed()),
            layouts: seed(variable::LAYOUT_SEED)?.unwrap_or(1),
            settled: 0,
            comparisons: Vec::new(),
            charts: BTreeMap::new(),
            told_waiting: false,
            notes: discoveries
                .one_layout
                .map(|why| format!("the layout of the code was not varied: {why}"))
                .into_iter()
                .collect(),
            discoveries,
        })
    }

    /// Compares the cases that two binaries have in common.
    ///
    /// # Errors
    /// If no process can be started.
    pub(super) fn hold(&mut self, pair: &Pair) -> Result<(), Stop> {
        let cases: Vec<Listed> = pair
            .cases
            .iter()
            .map(|case| self.with_tolerance(case))
            .collect();
        let which = Which {
            pairs: FIRST_PAIRS,
            layouts: self.layouts,
            finer: FIRST_FINER,
        };
        let mut first = Style::new(self.discoveries, pair, self.most_ns, self.seed, which);
        let mut again = Vec::new();
        let seen = first.at(cases, &mut self.waits(), |_, _| false)?;
        for seen in seen {
            if needs_another_look(&seen) {
                again.push(seen.case);
            } else {
                self.settle(pair, seen, first.layouts_vary());
            }
        }
        self.note(first.why_one_layout());
        if again.is_empty() {
            return Ok(());
        }
        // Fresh processes with layouts that were not looked at yet: what the first
        // look saw by chance is not seen again for the same reason.
        let which = Which {
            pairs: SECOND_PAIRS,
            layouts: self.layouts + FIRST_PAIRS as u64,
            finer: SECOND_FINER,
        };
        let seed = self.seed ^ 0x5eed;
        let mut second = Style::new(self.discoveries, pair, self.most_ns, seed, which);
        let layouts_vary = second.layouts_vary();
        let suspect = |case: &_, times: &_| is_suspect(case, times, layouts_vary);
        let seen = second.at(again, &mut self.waits(), suspect)?;
        for seen in seen {
            self.settle(pair, seen, layouts_vary);
        }
        self.note(second.why_one_layout());
        Ok(())
    }

    /// Puts what was found where it belongs.
    pub(super) fn finish(self, compared: &mut Compared) {
        compared.comparisons = self.comparisons;
        compared.charts = self.charts;
        compared.notes = self.notes;
    }

    fn with_tolerance(&self, case: &Listed) -> Listed {
        let mut case = case.clone();
        if let Some(millionths) = self.tolerance {
            for tolerated in [&mut case.regression.typical, &mut case.regression.tail] {
                tolerated.millionths = millionths;
                tolerated.layer = "command line".to_owned();
                tolerated.source = None;
            }
        }
        case
    }

    /// Reports once what is waited for.
    fn waits(&mut self) -> impl FnMut(&str) {
        |what| {
            if !self.told_waiting {
                self.told_waiting = true;
                let _ = writeln!(self.err, "{}", protocol::waiting_for(what));
            }
        }
    }

    fn note(&mut self, why: Option<&str>) {
        let note = why.map(|why| format!("the layout of the code was not varied: {why}"));
        if let Some(note) = note.filter(|note| !self.notes.contains(note)) {
            self.notes.push(note);
        }
    }

    fn settle(&mut self, pair: &Pair, mut seen: Observation, layouts_vary: bool) {
        if let Ok(times) = &mut seen.outcome {
            let charts = std::mem::take(&mut times.charts);
            self.charts.insert(seen.case.id.clone(), charts);
        }
        let regression = seen.case.regression.clone();
        let sites = seen.sites.take();
        let all = measured(seen, layouts_vary);
        self.settled += 1;
        let mut judged: Vec<Comparison> = all
            .into_iter()
            .map(|measured| measured.judge(&regression))
            .collect();
        if let Some([before, after]) = &sites {
            judged
                .iter_mut()
                .for_each(|one| pair.blame(one, [before, after]));
        }
        // The worst of them; of several the first, which is the typical call.
        let worst = judged
            .iter()
            .rev()
            .max_by_key(|one| (one.verdict, one.is_typical()));
        if let Some(one) = worst {
            // A log that cannot be written must not end a measurement.
            let _ = writeln!(
                self.err,
                "[{}/{}] {} {}  {}",
                self.settled,
                self.total,
                one.finding.word(&one.subject),
                one.id,
                one.sentence
            );
        }
        self.comparisons.extend(judged);
    }
}

fn share(regression: &Regression) -> (f64, f64) {
    let of = |millionths: u64| millionths as f64 / 1e6;
    (
        of(regression.typical.millionths),
        of(regression.tail.millionths),
    )
}

fn needs_another_look(seen: &Observation) -> bool {
    let (typical, tail) = share(&seen.case.regression);
    seen.outcome.as_ref().is_ok_and(|times| {
        finding::look_again(&times.typical, typical)
            || times
                .tail
                .as_ref()
                .is_some_and(|one| finding::tail_looks_worse(one, tail))
    })
}

/// Whether the effect is such that something deterministic has to be beside it.
fn is_suspect(case: &Listed, times: &Times, layouts_vary: bool) -> bool {
    let (tolerance, _) = share(&case.regression);
    let unknown = Facts {
        layouts_vary,
        ..Facts::default()
    };
    let (found, _) = finding::of(&times.typical, tolerance, &unknown);
    matches!(
        found,
        Finding::Worse
            | Finding::Better
            | Finding::Layout
            | Finding::Undecided(_)
            | Finding::Unenforceable(_)
    )
}

/// Everything that was compared of a case.
fn measured(seen: Observation, layouts_vary: bool) -> Vec<Measured> {
    let (typical, tail) = share(&seen.case.regression);
    let one = |subject, before, after, finding, effect, details| Measured {
        id: seen.case.id.clone(),
        source: Some(seen.case.source.clone()),
        subject,
        before,
        after,
        effect,
        finding,
        details,
    };
    let times = match seen.outcome {
        Ok(times) => times,
        Err(Broken::After(why)) => {
            let failed = Finding::Failed(why);
            return vec![one(Subject::Typical, None, None, failed, None, Vec::new())];
        }
        Err(Broken::Before(why)) => {
            let why = Finding::Unmeasured(format!("it fails in the other build: {why}"));
            return vec![one(Subject::Typical, None, None, why, None, Vec::new())];
        }
    };
    let differs =
        |measured: &Measured| matches!(measured.finding, Finding::Worse | Finding::Better);
    let facts = Facts {
        instructions: seen.instructions,
        memory_differs: (!seen.counted.is_empty()).then(|| seen.counted.iter().any(differs)),
        waits: times.waits,
        layouts_vary,
    };
    let (found, effect) = finding::of(&times.typical, typical, &facts);
    let mut details = vec![times.details];
    details.extend(seen.said);
    let mut all = vec![one(
        Subject::Typical,
        times.before_ns,
        times.after_ns,
        found,
        effect,
        details,
    )];
    if let Some(slowest) = times.tail {
        let (found, effect) = finding::of(&slowest.differences, tail, &facts);
        all.push(one(
            Subject::Tail(slowest.key.to_owned()),
            Some(slowest.before_ns),
            Some(slowest.after_ns),
            found,
            effect,
            Vec::new(),
        ));
    }
    all.extend(seen.counted);
    all
}
