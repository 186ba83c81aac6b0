//! What policy decides about a case: how it is run, and what it must hold.

use std::rc::Rc;

use perf_grammar::{Date, Metric, Mode, WhenUndecided};

use crate::collections::{first, position};
use crate::model::case::{Clock, Warmup};
use crate::model::figure::PerItem;
use crate::model::subject::Body;

/// How a case is run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// How long to warm up; `None` for the default of STATISTICS: 20 calls and
    /// 10 ms, or 100 ms.
    pub(crate) warmup: Option<Warmup>,
    /// The least number of timed calls, where it is set.
    pub(crate) samples: Option<u64>,
    /// The longest the case may measure, nanoseconds; waiting for other cases
    /// does not count.
    pub(crate) max_time_ns: u64,
    /// What counting takes its parts of: `max_time`, where no unoptimised build made
    /// that shorter.
    pub(crate) counting_ns: u64,
    /// Items a call handles: time limits are per item.
    pub(crate) items: u64,
    /// Users that call at the same time.
    pub(crate) threads: u64,
    /// Calls that begin in 1000 seconds; `None` where each begins when the one
    /// before it has ended.
    pub(crate) rate: Option<u64>,
    /// The time that is judged.
    pub(crate) clock: Clock,
    /// The chance that any sound time budget of the whole run is called broken.
    pub(crate) false_fail: f64,
    /// The chance that a budget exactly at its limit is called sound.
    pub(crate) false_pass: f64,
    /// A pass above this share of its limit says so.
    pub(crate) near: f64,
    /// What a comparison with another build tolerates.
    // PERF: what drops what is counted is compiled once, and not wherever a plan is dropped.
    pub(crate) regression: Rc<Regression>,
    /// The profile that was applied, if any.
    pub(crate) profile: Option<String>,
}

/// What a case may measure counts this many times towards its deadline.
const TIMES: u64 = 4;

/// The deadline of a case that may measure for `max_time_ns`: no call of it may
/// last longer, and evidence that points to a broken limit is gathered no longer if it is
/// the only one of its run.
pub(crate) const fn deadline_ns(max_time_ns: u64, grace_ns: u64) -> u64 {
    max_time_ns.saturating_mul(TIMES).saturating_add(grace_ns)
}

/// How a comparison of this case with another build of it is judged. Nothing is
/// compared here: it goes into the list of cases and into records, for the
/// comparison.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Regression {
    /// Of the typical call, and of what is counted in time.
    pub(crate) typical: Tolerated,
    /// Of the slowest calls.
    pub(crate) tail: Tolerated,
    /// What being slower means.
    pub(crate) mode: Mode,
    /// Where the mode was written.
    pub(crate) mode_source: Source,
    /// The waiver that covers it and has not ended.
    pub(crate) waiver: Option<Waiver>,
    /// The waiver that covered it and has ended.
    pub(crate) expired: Option<Expired>,
}

/// How much more than before is tolerated.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tolerated {
    /// Millionths of what was before.
    pub(crate) millionths: u64,
    /// Where the number was written.
    pub(crate) source: Source,
}

/// Everything a case must hold, in the order it was declared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Budget {
    /// The limits; at most one a metric.
    pub(crate) limits: Vec<Limit>,
    /// The message of the most specific place that has one.
    pub(crate) message: Option<String>,
}

impl Budget {
    /// The limit on a metric.
    pub(crate) fn limit(&self, metric: Metric) -> Option<&Limit> {
        first(&self.limits, |limit| limit.metric == metric)
    }

    /// Removes the limits on a metric.
    pub(crate) fn remove(&mut self, metric: Metric) {
        while let Some(at) = position(&self.limits, |limit| limit.metric == metric) {
            self.limits.remove(at);
        }
    }

    /// What the limits on such metrics are of.
    pub(crate) fn names(&self, is_meant: fn(Metric) -> bool) -> Vec<String> {
        let mut names = Vec::new();
        for limit in &self.limits {
            if is_meant(limit.metric) {
                names.extend(limit.of.clone());
            }
        }
        names
    }
}

/// What a limit is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// What is limited.
    pub(crate) metric: Metric,
    /// Of what, where the metric needs a name: a span, a counter, a target of
    /// events, the other case of a ratio.
    pub(crate) of: Option<String>,
}

impl Limit {
    /// What figures of one item are compared with.
    pub(crate) fn bound(&self) -> PerItem {
        PerItem(self.value as f64)
    }
}

impl Target {
    /// Whether a higher layer that says the one overrides the other. A case has
    /// one ratio, whatever other case it names.
    pub(crate) fn overrides(&self, other: &Target) -> bool {
        self.metric == other.metric && (matches!(self.metric, Metric::Ratio) || self.of == other.of)
    }
}

impl From<Metric> for Target {
    fn from(metric: Metric) -> Target {
        Target { metric, of: None }
    }
}

/// One limit, resolved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Limit {
    /// What is limited.
    pub(crate) metric: Metric,
    /// Of what, where the metric needs a name; see [`Target`].
    pub(crate) of: Option<String>,
    /// The limit to judge by, base units, slack applied; per item.
    pub(crate) value: u64,
    /// The limit as it was written, base units.
    pub(crate) declared: u64,
    /// What a breach means.
    pub(crate) mode: Mode,
    /// Where the number was written.
    pub(crate) source: Source,
    /// Where the mode was written.
    pub(crate) mode_source: Source,
    /// What it does where it is left undecided.
    pub(crate) undecided: WhenUndecided,
    /// The waiver that covers it and has not ended.
    pub(crate) waiver: Option<Waiver>,
    /// The waiver that covered it and has ended.
    pub(crate) expired: Option<Expired>,
}

impl Limit {
    /// Whether it fails where it is left undecided: as asked for, and where a
    /// breach would fail.
    pub(crate) fn fails_undecided(&self) -> bool {
        self.undecided == WhenUndecided::Fail && self.mode == Mode::Hard && self.waiver.is_none()
    }

    /// What people call it: `p99`, `events sqlx::query`.
    pub(crate) fn name(&self) -> String {
        Limit::name_of(self.metric, self.of.as_deref())
    }

    /// What people call a limit on this metric of that.
    pub(crate) fn name_of(metric: Metric, of: Option<&str>) -> String {
        match of {
            Some(of) => format!("{metric} {of}"),
            None => metric.key(),
        }
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// The layer.
    pub(crate) layer: Layer,
    /// `file:line:column`, where there is one.
    pub(crate) place: Option<String>,
}

/// The layers of policy, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    /// Built in.
    BuiltIn,
    /// The file's top level and `[defaults]`.
    Defaults,
    /// `[class.*]`.
    Class,
    /// `#[perf_budget(..)]`.
    Attribute,
    /// `[budget.*]`.
    Budget,
    /// `[profile.*]`.
    Profile,
    /// An environment variable.
    Environment,
    /// The command line.
    CommandLine,
}

impl Layer {
    /// The word it is called by.
    #[must_use]
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Layer::BuiltIn => "built in",
            Layer::Defaults => "defaults",
            Layer::Class => "class",
            Layer::Attribute => "attribute",
            Layer::Budget => "budget",
            Layer::Profile => "profile",
            Layer::Environment => "environment",
            Layer::CommandLine => "command line",
        }
    }
}

/// A breach that is known, owned, and ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiver {
    /// Why.
    pub(crate) reason: String,
    /// Whose it is, where the file says.
    pub(crate) owner: Option<String>,
    /// The last day it holds.
    pub(crate) until: Date,
    /// `file:line:column`.
    pub(crate) place: String,
}

impl Waiver {
    /// Why, and whose it is: `#123 new validation; owner: the parser team`.
    pub(crate) fn why(&self) -> String {
        match &self.owner {
            Some(owner) => format!("{}; owner: {owner}", self.reason),
            None => self.reason.clone(),
        }
    }
}

/// A waiver that has ended: the limit counts again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expired(pub(crate) Waiver);

impl std::fmt::Display for Expired {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Waiver { place, until, .. } = &self.0;
        write!(
            f,
            "the waiver at {place} ended on {until} ({}); the limit counts again",
            self.0.why()
        )
    }
}

/// Who calls a case that several users call, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Crowd {
    /// Users that call at the same time.
    pub(crate) users: usize,
    /// Calls that begin in 1000 seconds; `None` where each user's next call
    /// begins when its last has ended.
    pub(crate) rate: Option<u64>,
}

impl Crowd {
    /// The users of a case that several call, as threads or as tasks; `None` where
    /// one calls alone.
    pub(crate) fn of(body: &Body, plan: &Plan) -> Option<Crowd> {
        body.is_of_users().then_some(Crowd {
            users: plan.threads as usize,
            rate: plan.rate,
        })
    }
}
