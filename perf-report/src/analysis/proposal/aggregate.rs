//! What several runs together say of one limit.
//!
//! A run ends as soon as its limit is decided, so how much it says of the calls
//! depends on the limit: under a wide one, the upper end of a quantile may lie far
//! above it, because few calls were enough. The runs of a draft are measured
//! under limits as tight as can be hoped for, and so say more: where there are
//! such runs, their upper ends count, and of the others their values only.

use perf_grammar::{Direction, Metric, Noise, Source};

use super::limit::is_looser;
use super::{Observation, Policy};
use crate::model::record::{Limit, Record, Word};

/// One limit of one case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) case: &'a str,
    pub(super) metric: Metric,
    pub(super) of: Option<&'a str>,
}

/// What was found, in the unit of the metric and per item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// What a limit must leave room for: of a quantile the upper end of what it
    /// can be in the worst run, of anything else the worst value.
    pub(super) worst: f64,
    /// That upper end is no more than a limit that was proved to hold.
    pub(super) proved_only: bool,
    /// The least and the greatest value of a run.
    pub(super) range: (f64, f64),
    /// Runs that count, and runs in which enough calls gave an upper end.
    pub(super) runs: usize,
    pub(super) bounded: usize,
    /// The fewest calls of a run, where calls are counted.
    pub(super) calls: Option<u64>,
    /// Why runs were left out.
    pub(super) left_out: Vec<String>,
    /// Who counted instructions.
    pub(super) tier: Option<String>,
    /// Items a call handles.
    pub(super) items: u64,
    /// Memory was counted over several threads.
    pub(super) parallel: bool,
}

/// Why there is no such thing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Missing {
    /// No run judged such a limit yet.
    NotYet,
    /// There are values, but too few calls for an upper end.
    Unbounded(Found),
    /// Every run that judged one is left out, for a reason.
    LeftOut(String),
    /// It has none.
    Never(String),
}

/// What one run says.
struct Value {
    point: f64,
    /// The upper end: of the interval, or the limit that was proved to hold.
    bound: Option<f64>,
    calls: Option<u64>,
    /// The limit it was judged by.
    limit: u64,
}

/// The reason of a limit that is undecided because too much of the time was spent
/// waiting for a processor.
const CONTAMINATED: &str = "contaminated";

/// A limit that was proved says something of the calls while it is no more than
/// this many times what they took.
const WORTH_SHOWING: f64 = 100.0;

/// Why one run says nothing.
enum NoValue {
    /// No other run will say more.
    Never(String),
    /// This run.
    Here(String),
}

impl Target<'_> {
    /// What the limits of all runs say together.
    pub(super) fn find(&self, runs: &[Observation], policy: &Policy) -> Result<Found, Missing> {
        let mut values = Vec::new();
        let mut left_out = Vec::new();
        let (mut tier, mut items, mut parallel) = (None, 1, false);
        let mut first = None;
        for run in runs {
            let Some(record) = run.record(self.case) else {
                continue;
            };
            let Some(limit) = run.limit(self.case, self.metric, self.of) else {
                continue;
            };
            first.get_or_insert(limit.limit);
            items = record.plan.as_ref().map_or(1, |plan| plan.items.max(1));
            match self.value(record, limit, items) {
                Ok(value) => match self.unfit(record, policy) {
                    Some(why) => left_out.push(why),
                    None => values.push(value),
                },
                Err(NoValue::Never(why)) => return Err(Missing::Never(why)),
                Err(NoValue::Here(why)) => left_out.push(why),
            }
            let memory = record.memory.as_ref();
            parallel |= memory.is_some_and(|memory| memory.scope == "process");
            tier = record
                .instructions
                .as_ref()
                .map(|instructions| instructions.tier.clone())
                .or(tier);
        }
        let Some(found) = self.together(&values, first) else {
            return Err(left_out.pop().map_or(Missing::NotYet, Missing::LeftOut));
        };
        let found = Found {
            left_out,
            tier,
            items,
            parallel,
            ..found
        };
        if matches!(self.metric, Metric::Quantile(_)) && found.bounded == 0 {
            return Err(Missing::Unbounded(found));
        }
        Ok(found)
    }

    /// A limit that is no tighter than a number and was judged, but does not
    /// pass: then the number will not either.
    pub(super) fn contradicted(&self, runs: &[Observation], number: u64) -> Option<String> {
        let limits = runs
            .iter()
            .filter_map(|run| run.limit(self.case, self.metric, self.of));
        let mut against = limits.filter(|limit| {
            let as_loose = !is_looser(self.metric, number, limit.limit);
            // A bad moment of the machine says nothing of the limit.
            let reason = limit.reason.as_ref().map_or("", |reason| &reason.kind);
            as_loose && limit.verdict != Word::Pass && reason != CONTAMINATED
        });
        against.next().map(|limit| {
            let word = match limit.verdict {
                Word::Undecided => "is undecided",
                _ => "is broken",
            };
            let shown = perf_grammar::format_exact(self.metric.unit(), limit.limit as f64);
            match &limit.reason {
                Some(reason) => format!("a limit of {shown} {word}: {}", reason.text),
                None => format!("a limit of {shown} {word}"),
            }
        })
    }

    /// `first` is the limit of the first run, which had no draft.
    fn together(&self, values: &[Value], first: Option<u64>) -> Option<Found> {
        let floor = self.metric.direction() == Direction::AtLeast;
        let greatest = |values: &mut dyn Iterator<Item = f64>| values.max_by(f64::total_cmp);
        let points = || values.iter().map(|value| value.point);
        let least = points().min_by(f64::total_cmp)?;
        let most = greatest(&mut points())?;
        let bounds = || {
            values
                .iter()
                .filter_map(|value| Some((value, value.bound?)))
        };
        let of_all = greatest(&mut bounds().map(|(_, bound)| bound));
        let drafted = bounds().filter(|(value, _)| Some(value.limit) != first);
        let of_drafts = greatest(&mut drafted.map(|(_, bound)| bound));
        let upper = of_drafts.or(of_all).unwrap_or(most);
        let proved_only = bounds().any(|(value, bound)| bound == upper && value.is_proved());
        Some(Found {
            worst: if floor { least } else { most.max(upper) },
            proved_only: proved_only && upper > most,
            range: (least, most),
            runs: values.len(),
            bounded: bounds().count(),
            calls: values.iter().filter_map(|value| value.calls).min(),
            left_out: Vec::new(),
            tier: None,
            items: 1,
            parallel: false,
        })
    }

    fn value(&self, record: &Record, limit: &Limit, items: u64) -> Result<Value, NoValue> {
        let why = || {
            let reason = limit.reason.as_ref();
            reason.map_or_else(|| limit.sentence.clone(), |reason| reason.text.clone())
        };
        if let Some(waiver) = &limit.waiver {
            return Err(NoValue::Never(waiver.sentence()));
        }
        match limit.verdict {
            Word::Unmeasured => return Err(NoValue::Never(unmeasured(&why()))),
            Word::Undecided if self.metric.noise() == Noise::Exact => {
                return Err(NoValue::Never(format!("undecided: {}", why())));
            }
            Word::Undecided => match limit.reason.as_ref().map_or("", |reason| &reason.kind) {
                CONTAMINATED | "failed" => {
                    return Err(NoValue::Here(format!("undecided: {}", why())));
                }
                _ => {}
            },
            Word::Pass | Word::Warn | Word::Fail | Word::Waived | Word::Candidate => {}
        }
        let Some(point) = limit.measured else {
            return Err(NoValue::Never(format!("nothing was measured: {}", why())));
        };
        let evidence = limit.evidence.as_ref();
        let per_item = if self.metric.is_per_item() {
            items as f64
        } else {
            1.0
        };
        let bound = evidence
            .and_then(|evidence| evidence.upper)
            .map(|ns| ns / per_item)
            .filter(|_| matches!(self.metric, Metric::Quantile(_)))
            .filter(|bound| *bound < limit.limit as f64 || *bound <= point * WORTH_SHOWING);
        let calls = match self.metric.source() {
            Source::Allocator => record.memory.as_ref().map(|memory| memory.calls),
            _ => evidence.map(|evidence| evidence.calls),
        };
        Ok(Value {
            point,
            bound,
            calls,
            limit: limit.limit,
        })
    }

    /// Why times of this record are not to be believed.
    fn unfit(&self, record: &Record, policy: &Policy) -> Option<String> {
        if self.metric.noise() == Noise::Exact {
            return None;
        }
        if record.environment.is_unoptimised() {
            return Some("the build is not optimised".to_owned());
        }
        let unfit = &record.environment.unfit;
        (!policy.any_machine && !unfit.is_empty()).then(|| {
            format!(
                "the machine is unfit for measuring time ({}); --any-machine believes it",
                unfit.join("; ")
            )
        })
    }
}

impl Value {
    /// Whether its upper end is the limit itself: a run ends when that is
    /// proved, and need not know more.
    fn is_proved(&self) -> bool {
        self.bound.is_some_and(|bound| bound >= self.limit as f64)
    }
}

fn unmeasured(why: &str) -> String {
    match why {
        "off" => "its mode is off, so that nothing is judged; --mode soft judges it".to_owned(),
        why => format!("unmeasured: {why}"),
    }
}
