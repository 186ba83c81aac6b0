//! Attribute and budget file meet here: one function decides every number.

pub(crate) mod selector;
pub(crate) mod file;

mod layers;
mod settle;
mod fit;

use std::rc::Rc;

use perf_grammar::{Date, Metric, Mode};

use crate::collections::{mapped, owned};
use crate::model::case::{Case, Place};
use crate::model::plan::{Budget, Expired, Layer, Plan, Target, Waiver};
use crate::model::problem::{Mistake, Mistakes, Problem, near};
use crate::model::subject::Body;
use crate::policy::file::{BudgetFile, Set, Settings, Spot, Waive};
use crate::policy::selector::Labels;
use layers::Applied;
use settle::Settled;

/// The longest a case measures by default, nanoseconds.
pub(crate) const DEFAULT_MAX_TIME_NS: u64 = 3_000_000_000;
/// The same in an unoptimised build, whose time limits only warn.
pub(crate) const UNOPTIMISED_MAX_TIME_NS: u64 = 500_000_000;
/// How much slower than before is tolerated by default, millionths: two
/// compiled copies of the same source differ by up to 5 %.
pub(crate) const DEFAULT_REGRESSION: u64 = 100_000;
/// The same for the slowest calls: between processes the 99th percentile of
/// unchanged code varies by 17 to 24 %.
pub(crate) const DEFAULT_REGRESSION_TAIL: u64 = 250_000;

/// What policy needs to know of a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CaseFacts {
    /// The identity that patterns match.
    pub(crate) id: String,
    /// `file:line:column` of the attribute.
    pub(crate) place: String,
    /// The class it names.
    pub(crate) class: Option<String>,
    /// What else selects it.
    pub(crate) group: Option<String>,
    pub(crate) requirement: Option<String>,
    pub(crate) tags: Vec<String>,
    /// What the attribute says.
    pub(crate) settings: Settings,
    /// How the function is called.
    pub(crate) kind: CaseKind,
    /// Whether its time limits only warn.
    pub(crate) unoptimised: bool,
}

/// How a function is called, as far as limits and shapes depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    not(any(feature = "load", test, fuzzing)),
    expect(dead_code, reason = "a case has one user")
)]
pub(crate) enum CaseKind {
    /// One call after the other.
    #[default]
    Plain,
    /// One call after the other, with one of several arguments.
    Member,
    /// By several users at the same time, each on a thread.
    Load,
    /// By several users at the same time, each a task of one runtime.
    Tasks,
}

impl CaseKind {
    /// Whether several users can call it at the same time.
    fn is_of_users(self) -> bool {
        matches!(self, CaseKind::Load | CaseKind::Tasks)
    }
}

/// What the environment and the command line say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Overrides {
    /// The profile named by `--profile` or `PERF_BUDGETS_PROFILE`.
    pub(crate) profile: Option<String>,
    /// `PERF_BUDGETS_MODE`, see [`mode_from_word`].
    pub(crate) environment_mode: Option<Mode>,
    /// `--mode`.
    pub(crate) command_line_mode: Option<Mode>,
    /// `--max-time`, nanoseconds.
    pub(crate) max_time_ns: Option<u64>,
    /// What `max_time` is by default; [`DEFAULT_MAX_TIME_NS`] if `None`.
    pub(crate) default_max_time_ns: Option<u64>,
    /// This runs on a build server: the profile `ci` applies if there is one
    /// and no other is named.
    pub(crate) ci: bool,
}

/// Decides how a case is run and what it must hold, from every layer.
///
/// From the lowest: what is built in; the top of the file and `[defaults]`;
/// `[class]`; the attribute; `[budget]`, the most specific pattern last; the
/// profile, in the same order within; the environment; the command line. A
/// higher layer overrides key by key. `slack` stretches the time limits that
/// stand outside the profile; what the profile itself sets is taken as it is.
///
/// # Errors
/// If the profile or the case's class does not exist, or the case is left
/// without any limit.
pub(crate) fn resolve(
    case: &CaseFacts,
    file: &BudgetFile,
    overrides: &Overrides,
    today: Date,
) -> Result<(Plan, Budget), Mistakes> {
    let Settled {
        plan,
        limits,
        message,
        ..
    } = decide(case, file, overrides, today)?;
    Ok((plan, Budget { limits, message }))
}

/// Where every number of a case came from and what it overrode, line by line;
/// nothing where [`resolve`] refuses the case.
pub(crate) fn explain(
    case: &CaseFacts,
    file: &BudgetFile,
    overrides: &Overrides,
    today: Date,
) -> Vec<String> {
    decide(case, file, overrides, today)
        .map(|settled| settled.explain)
        .unwrap_or_default()
}

fn decide(
    case: &CaseFacts,
    file: &BudgetFile,
    overrides: &Overrides,
    today: Date,
) -> Result<Settled, Mistakes> {
    let profile = layers::profile(file, overrides)?;
    let layers = layers::of(case, file, profile, overrides)?;
    let mut settled = settle::settle(case, &layers, profile);
    if settled.limits.is_empty() && !compares(&layers) {
        return Err(without_limits(case, file).into());
    }
    let misfits = fit::misfits(case, &layers, &settled);
    if !misfits.0.is_empty() {
        return Err(misfits);
    }
    waive(&mut settled, case, file, today);
    Ok(settled)
}

/// Whether it is set how much slower than before this very case may be: then
/// it is judged by comparing, and need not have a limit.
fn compares(layers: &[Applied<'_>]) -> bool {
    for Applied {
        layer, settings, ..
    } in layers
    {
        if !matches!(layer, Layer::BuiltIn | Layer::Defaults)
            && (settings.regression.is_some() || settings.regression_tail.is_some())
        {
            return true;
        }
    }
    false
}

/// The mode that a variable or an option names.
///
/// # Errors
/// If it is no mode.
pub(crate) fn mode_from_word(name: &str, word: &str) -> Result<Mode, Problem> {
    Mode::from_word(word)
        .ok_or_else(|| Problem::unknown_mode(name, word, near(word, perf_grammar::MODES)))
}

impl CaseFacts {
    /// The case as selectors see it.
    pub(crate) fn labels(&self) -> Labels<'_> {
        Labels {
            id: &self.id,
            class: self.class.as_deref(),
            group: self.group.as_deref(),
            requirement: self.requirement.as_deref(),
            tags: mapped(&self.tags, String::as_str),
        }
    }

    /// The facts of a registered case.
    pub(crate) fn of(case: &Case) -> CaseFacts {
        let mut facts = CaseFacts {
            id: case.id(),
            place: shown(&case.place),
            class: case.class.map(owned),
            group: case.group.map(owned),
            requirement: case.requirement.map(owned),
            tags: mapped(case.tags, |tag| owned(tag)),
            settings: Settings::default(),
            kind: match case.body {
                Body::Calls(_) | Body::Bencher(_) => CaseKind::Plain,
                Body::Family(_) | Body::Member(..) => CaseKind::Member,
                #[cfg(feature = "load")]
                Body::Load(_) => CaseKind::Load,
                #[cfg(feature = "load")]
                Body::Tasks(_) => CaseKind::Tasks,
            },
            unoptimised: case.build.is_unoptimised(),
        };
        let (shape, place, settings) = (&case.shape, case.place, &mut facts.settings);
        settings.limits = mapped(case.limits, |limit| {
            let target = Target {
                metric: limit.metric,
                of: limit.of.map(owned),
            };
            (target, said(limit.value, limit.place))
        });
        settings.warmup = maybe_said(shape.warmup, place);
        settings.samples = maybe_said(shape.samples, place);
        settings.max_time_ns = maybe_said(shape.max_time_ns, place);
        settings.items = maybe_said(shape.items, place);
        settings.threads = maybe_said(shape.threads, place);
        settings.rate = maybe_said(shape.rate, place);
        settings.regression = maybe_said(shape.regression, place);
        settings.regression_tail = maybe_said(shape.regression_tail, place);
        settings.clock = maybe_said(shape.clock, place);
        settings.mode = case.mode.map(|(mode, place)| said(mode, place));
        settings.message = case.message.map(|message| said(owned(message), place));
        facts
    }
}

/// What the attribute says, and where.
fn said<T>(value: T, place: Place) -> Set<T> {
    Set {
        value,
        place: Some(Spot::Attribute(place)),
    }
}

fn maybe_said<T>(value: Option<T>, place: Place) -> Option<Set<T>> {
    value.map(|value| said(value, place))
}

/// `file:line:column` of an attribute.
pub(crate) fn shown(place: &Place) -> String {
    format!("{}:{}:{}", place.file, place.line, place.column)
}

fn without_limits(case: &CaseFacts, file: &BudgetFile) -> Mistake {
    let class = case.class.as_ref();
    let problem = match class.and_then(|name| layers::class_of(name, &file.classes)) {
        Some(class) => Problem::no_limit_of_class(&case.id, &class.name, &class.place),
        None => Problem::no_limit(&case.id),
    };
    problem.at(Some(case.place.clone()))
}

/// Puts waivers on the limits they cover, and on being slower than before, and
/// says which have ended.
fn waive(settled: &mut Settled, case: &CaseFacts, file: &BudgetFile, today: Date) {
    let labels = case.labels();
    // Of several the one that holds longest counts.
    let longest = |metric: Option<Metric>| {
        let mut longest: Option<&Waive> = None;
        for waive in &file.waivers {
            if waive.limit.covers(metric)
                && waive.case.matches(&labels)
                && longest.is_none_or(|other| other.until <= waive.until)
            {
                longest = Some(waive);
            }
        }
        longest
    };
    for limit in &mut settled.limits {
        if let Some(waive) = longest(Some(limit.metric)) {
            settled
                .explain
                .push(line(&limit.metric.key(), waive, today));
            (limit.waiver, limit.expired) = granted(waive, today);
        }
    }
    if let Some(waive) = longest(None) {
        settled.explain.push(line("regression", waive, today));
        let regression = Rc::get_mut(&mut settled.plan.regression);
        let regression = regression.expect("a plan that is being settled shares nothing");
        (regression.waiver, regression.expired) = granted(waive, today);
    }
}

fn line(what: &str, waive: &Waive, today: Date) -> String {
    let state = if waive.until >= today {
        "holds until"
    } else {
        "ended on"
    };
    format!(
        "  {:<10} of {what} {state} {} at {}: {}",
        "waiver",
        waive.until,
        waive.place,
        waiver(waive).why()
    )
}

/// The waiver while it holds, or that it has ended.
fn granted(waive: &Waive, today: Date) -> (Option<Waiver>, Option<Expired>) {
    let waiver = waiver(waive);
    match waive.until >= today {
        true => (Some(waiver), None),
        false => (None, Some(Expired(waiver))),
    }
}

fn waiver(waive: &Waive) -> Waiver {
    Waiver {
        reason: waive.reason.clone(),
        owner: waive.owner.clone(),
        until: waive.until,
        place: waive.place.clone(),
    }
}

#[cfg(test)]
mod tests;
