//! Every figure of a case that no test judges: what was counted, and what the system says.

use perf_grammar::{Direction, Metric, Source};
use std::sync::Arc;

use crate::collections::names::Names;
use crate::judge::complexity::Fit;
use crate::judge::growth::Trend;
use crate::model::plan::Limit;
use crate::model::sample::{
    Growth, Instructions, LoadFigures, Memory, Metered, Program, Resident, Rss, Traced,
};
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::verdict::messages;
use crate::verdict::reason::Open;

/// What is known of a case beside its times; the text is why something is not.
#[derive(Debug)]
pub(crate) struct Figures {
    /// What single calls allocate.
    pub(crate) memory: Result<Memory, Unmeasured>,
    /// How the live heap goes over many calls; `None` where it was not asked for.
    pub(crate) growth: Option<Result<Growth, Unmeasured>>,
    /// The resident set of a process that makes a few calls.
    pub(crate) resident: Option<Result<Rss, Unmeasured>>,
    /// Instructions of one call.
    pub(crate) instructions: Option<Result<Instructions, Unmeasured>>,
    /// What the programs used that the calls started, if that is what they do.
    pub(crate) program: Option<Program>,
    /// What meters of other crates said, by their names.
    pub(crate) meters: Names<Result<Metered, Unmeasured>>,
    /// What each of several users saw; `None` where one calls alone.
    pub(crate) load: Option<LoadFigures>,
    /// What single calls did: counters, events, spans.
    pub(crate) trace: Option<Result<Arc<Traced>, Unmeasured>>,
}

/// A value that is compared with its limit as it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Observed {
    /// In the base unit of the metric.
    pub(crate) value: f64,
    /// Why it allows no verdict.
    pub(crate) open: Option<Open>,
    /// How it was found.
    pub(crate) details: Vec<String>,
    /// What it comes from, where that is known: a line each.
    pub(crate) causes: Vec<String>,
    /// How each kind of cost grows, where that is what is limited.
    pub(crate) fits: Vec<Fit>,
}

impl Observed {
    /// A value that allows a verdict.
    pub(crate) fn of(value: f64, details: Vec<String>) -> Observed {
        Observed {
            value,
            open: None,
            details,
            causes: Vec::new(),
            fits: Vec::new(),
        }
    }
}

impl Figures {
    /// Nothing was looked at.
    pub(crate) fn none() -> Figures {
        Figures {
            memory: Err(Unmeasured::default()),
            growth: None,
            resident: None,
            instructions: None,
            program: None,
            meters: Names::new(),
            load: None,
            trace: None,
        }
    }

    /// The value of a metric that no test judges.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn observed(&self, limit: &Limit) -> Result<Observed, Unmeasured> {
        let metric = limit.metric;
        let (mut open, mut causes) = (None, Vec::new());
        let (value, details) = match metric.source() {
            Source::Allocator => {
                let memory = known(&self.memory)?;
                let value = memory.largest.of(metric).ok_or_else(Cause::no_peak)?;
                (value, messages::counted_how(metric, memory))
            }
            Source::Trend => {
                let growth = asked(self.growth.as_ref())?;
                let value = growth.rate().ok_or_else(Cause::no_call_counted)?;
                open = match growth.trend(limit.value) {
                    Trend::Holds | Trend::Leaks => None,
                    Trend::FillsUp => Some(Open::FillsUp),
                    Trend::TooFew => Some(Open::TooFewForTrend),
                };
                (value, messages::growth_how(growth))
            }
            Source::System => {
                let resident = asked(self.resident.as_ref())?;
                let value = resident.peak_bytes as f64;
                if resident.of == Resident::ProgramAtMost && value > limit.value as f64 {
                    open = Some(Open::UpperBound);
                }
                (value, messages::rss_how(resident))
            }
            Source::Usage => {
                let resident = asked(self.resident.as_ref())?;
                let metered = messages::used(metric, resident)?;
                open = differ(limit, &metered);
                of_counts(limit, &metered)
            }
            Source::Instructions => {
                let instructions = asked(self.instructions.as_ref())?;
                let how = messages::instructions_how(instructions);
                (instructions.count as f64, vec![how])
            }
            Source::Meter if cfg!(any(test, feature = "meters")) => {
                let metered = asked(self.meters.get(limit.of.as_deref().unwrap_or_default()))?;
                open = differ(limit, metered);
                of_counts(limit, metered)
            }
            Source::Trace => {
                let traced = asked(self.trace.as_ref())?;
                let of = limit.of.as_deref().unwrap_or_default();
                let value = seen(metric, of, traced)? as f64;
                causes = messages::repeated(metric, of, traced);
                (value, messages::traced_how(metric, of, traced))
            }
            Source::Family | Source::Meter => return Err(Cause::measured_elsewhere().into()),
            Source::Time | Source::Processor | Source::Outcome | Source::Pairs | Source::Spans => {
                return Err(Cause::judged_by_calls().into());
            }
        };
        let mut observed = Observed::of(value, details);
        observed.open = open;
        observed.causes = causes;
        Ok(observed)
    }
}

fn asked<T>(figure: Option<&Result<T, Unmeasured>>) -> Result<&T, Unmeasured> {
    match figure {
        Some(figure) => known(figure),
        None => Err(Unmeasured::default()),
    }
}

fn known<T>(figure: &Result<T, Unmeasured>) -> Result<&T, Unmeasured> {
    match figure {
        Ok(figure) => Ok(figure),
        Err(why) => Err(why.clone()),
    }
}

/// The worst of the calls, and how it was read.
fn of_counts(limit: &Limit, metered: &Metered) -> (f64, Vec<String>) {
    let worst = match limit.metric.direction() {
        Direction::AtMost => metered.largest,
        Direction::AtLeast => metered.smallest,
    };
    (worst as f64, vec![messages::metered_how(metered)])
}

/// Open where calls may differ and the best keeps the limit that the worst breaks.
fn differ(limit: &Limit, metered: &Metered) -> Option<Open> {
    let (least, most, limit_at) = (metered.smallest, metered.largest, limit.value);
    let differ = match limit.metric.direction() {
        Direction::AtMost => least <= limit_at && most > limit_at,
        Direction::AtLeast => most >= limit_at && least < limit_at,
    };
    (differ && !metered.exact).then_some(Open::CallsDiffer)
}

/// How often a call did it. What no call ever did may be a name that is
/// misspelt, so that it is no zero.
fn seen(metric: Metric, of: &str, traced: &Traced) -> Result<u64, Unmeasured> {
    match (metric, &traced.blind) {
        (Metric::Events, Some(why)) => Err(why.clone()),
        _ => traced
            .count(metric, of)
            .ok_or_else(|| messages::never_seen(metric, of, traced)),
    }
}
