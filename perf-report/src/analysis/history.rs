//! What was measured over time: which runs can be compared, and what they show.

mod drift;
mod figure;
mod series_analysis;
pub(crate) mod archived;
mod merging;
mod moment;
mod trend;
pub(crate) mod sentence;
mod series;
mod shift;
mod since;
mod sparkline;

#[cfg(test)]
mod calibration;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod noise;

pub(crate) use self::figure::Figure;
#[cfg(feature = "history")]
pub(crate) use self::merging::{Fit, fit, lacking};
pub(crate) use self::moment::Moment;
#[cfg(feature = "history")]
pub(crate) use self::series_analysis::Change;
pub(crate) use self::series_analysis::{Point, SeriesAnalysis};
pub(crate) use self::since::Since;
#[cfg(feature = "history")]
pub(crate) use self::since::{Ended, Verdicts, since};
#[cfg(feature = "history")]
pub(crate) use self::sparkline::sparkline;
#[cfg(any(feature = "history", test))]
pub(crate) use self::trend::Choice;
pub(crate) use self::trend::Trend;
