//! From layers to one value a key, and the words that explain it.

use std::rc::Rc;

use perf_grammar::{Direction, Metric, Mode, Unit, WhenUndecided};

use super::layers::Applied;
use super::{CaseFacts, CaseKind, UNOPTIMISED_MAX_TIME_NS};
use crate::collections::{first, mapped, owned};
use crate::model::case::{Clock, Warmup};
use crate::model::plan::{Layer, Limit, Plan, Regression, Source, Target, Tolerated};
use crate::policy::file::{Profile, Set, Settings, Spot};

/// Every value of a case, before waivers.
pub(super) struct Settled {
    pub(super) plan: Plan,
    pub(super) limits: Vec<Limit>,
    pub(super) message: Option<String>,
    pub(super) explain: Vec<String>,
}

pub(super) fn settle(
    case: &CaseFacts,
    layers: &[Applied<'_>],
    profile: Option<&Profile>,
) -> Settled {
    let with = profile
        .map(|profile| format!(", with [profile.{}]", profile.name))
        .unwrap_or_default();
    let mut book = Book {
        layers,
        explain: vec![format!("{} at {}{with}", case.id, case.place)],
    };
    let slack = book.highest(|settings| settings.slack);
    let slack = slack.map(|(applied, set)| (set.value, applied.origin(set.place)));
    let mode = book.settle("mode", |settings| settings.mode, |mode| owned(mode.word()));
    let undecided = book.built_in(
        "undecided",
        |settings| settings.undecided,
        |undecided| owned(undecided.word()),
    );
    let limits = mapped(&targets(layers), |target| Limit {
        undecided,
        ..book.limit(target, slack.as_ref(), &mode)
    });
    let whole = |number: u64| format!("{number}");
    let ns = |ns: u64| perf_grammar::format_duration(ns as f64);
    let rate = |rate: u64| perf_grammar::format_rate(rate as f64);
    let chance = |chance: f64| format!("{chance}");
    let share = |share: f64| format!("{} %", share * 100.0);
    let max_time_ns = book.built_in("max_time", |settings| settings.max_time_ns, ns);
    let mut plan = Plan {
        warmup: book.value("warmup", |settings| settings.warmup, warmup),
        samples: book.value("samples", |settings| settings.samples, whole),
        max_time_ns,
        counting_ns: max_time_ns,
        items: book.built_in("items", |settings| settings.items, whole),
        threads: book.built_in("threads", |settings| settings.threads, whole),
        rate: book.value("rate", |settings| settings.rate, rate),
        clock: book.built_in(
            "clock",
            |settings| settings.clock,
            |clock| owned(clock.word()),
        ),
        false_fail: book.built_in("false_fail", |settings| settings.false_fail, chance),
        false_pass: book.built_in("false_pass", |settings| settings.false_pass, chance),
        near: book.built_in("near", |settings| settings.near, share),
        regression: Rc::new(book.regression(&mode)),
        profile: profile.map(|profile| profile.name.clone()),
    };
    if case.unoptimised && book.is_built_in(|settings| settings.max_time_ns.is_some()) {
        brief(&mut plan, &limits, &mut book.explain);
    }
    if case.kind == CaseKind::Tasks && plan.clock != Clock::Wall {
        plan.clock = Clock::Wall;
        book.explain.push(format!(
            "  {:<10} wall for users that are tasks: no counter shows which of them waited",
            "clock"
        ));
    }
    let message = book.message();
    Settled {
        plan,
        limits,
        message,
        explain: book.explain,
    }
}

/// Shortens a `max_time` that is not set, in a build whose time limits only warn. Growth
/// over arguments is enforced there too, and is of times as well.
fn brief(plan: &mut Plan, limits: &[Limit], explain: &mut Vec<String>) {
    let mut is_enforced = false;
    for limit in limits {
        is_enforced |= matches!(limit.metric, Metric::Complexity);
    }
    if !is_enforced && plan.max_time_ns > UNOPTIMISED_MAX_TIME_NS {
        plan.max_time_ns = UNOPTIMISED_MAX_TIME_NS;
        explain.push(format!(
            "  {:<10} {} in an unoptimised build, whose time limits only warn",
            "max_time",
            perf_grammar::format_duration(UNOPTIMISED_MAX_TIME_NS as f64)
        ));
    }
}

/// Every metric that any layer limits: the attribute's first, in its order.
fn targets(layers: &[Applied<'_>]) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for of_attribute in &[true, false] {
        for applied in layers {
            if (applied.layer == Layer::Attribute) != *of_attribute {
                continue;
            }
            for (target, _) in &applied.settings.limits {
                let mut is_new = true;
                for known in &targets {
                    is_new &= !target.overrides(known);
                }
                if is_new {
                    targets.push(target.clone());
                }
            }
        }
    }
    targets
}

/// The mode of a limit, in a case with this mode.
///
/// What the system says of a whole process depends on much that is not the
/// code's fault, so it only warns until more is asked for, closer to the case
/// than the file's own default. A function that must not allocate breaks
/// something if it does: that never only warns.
fn mode_of(metric: Metric, (mode, source): &(Mode, Source)) -> Mode {
    let by_default = matches!(source.layer, Layer::BuiltIn | Layer::Defaults);
    match (metric, mode) {
        (_, Mode::Off) => Mode::Off,
        (Metric::Rss, Mode::Hard) if by_default => Mode::Soft,
        (Metric::DenyAlloc, Mode::Soft) => Mode::Hard,
        _ => *mode,
    }
}

/// `slack` on a limit: more room, so a time grows and a rate shrinks; what is
/// counted does not depend on the machine, and stays.
fn stretched(metric: Metric, value: u64, slack: f64) -> u64 {
    match (metric.unit(), metric.direction()) {
        (Unit::Duration, Direction::AtMost) => (value as f64 * slack).round() as u64,
        (Unit::Rate, Direction::AtLeast) => (value as f64 / slack).round() as u64,
        _ => value,
    }
}

fn warmup(warmup: Warmup) -> String {
    match warmup {
        Warmup::Time(ns) => perf_grammar::format_duration(ns as f64),
        Warmup::Calls(calls) => format!("{} calls", perf_grammar::format_count(calls as f64)),
    }
}

struct Book<'l> {
    layers: &'l [Applied<'l>],
    explain: Vec<String>,
}

/// What one table says of a key: its place and its value, as it is shown.
type Said = (Option<Spot>, String);

// What its functions call is compiled once, and not for each type of value.
impl<'l> Book<'l> {
    /// Whether no layer but the lowest has it.
    fn is_built_in(&self, has: fn(&Settings) -> bool) -> bool {
        for applied in &self.layers[1..] {
            if has(&applied.settings) {
                return false;
            }
        }
        true
    }

    /// The highest layer that says something, and what.
    fn highest<T: Copy>(
        &self,
        get: fn(&Settings) -> Option<Set<T>>,
    ) -> Option<(&'l Applied<'l>, Set<T>)> {
        let mut highest = None;
        for applied in self.layers {
            if let Some(set) = get(&applied.settings) {
                highest = Some((applied, set));
            }
        }
        highest
    }

    /// The value of the highest layer; those of the others are explained.
    fn value<T: Copy>(
        &mut self,
        key: &str,
        get: fn(&Settings) -> Option<Set<T>>,
        show: fn(T) -> String,
    ) -> Option<T> {
        self.explain(
            key,
            &|settings| get(settings).map(|set| (set.place, show(set.value))),
            "",
        );
        self.highest(get).map(|(_, set)| set.value)
    }

    /// The same of a key that the lowest layer always has.
    fn built_in<T: Copy>(
        &mut self,
        key: &str,
        get: fn(&Settings) -> Option<Set<T>>,
        show: fn(T) -> String,
    ) -> T {
        self.value(key, get, show)
            .expect("the lowest layer has every such key")
    }

    /// The same, and where it is from.
    fn settle<T: Copy>(
        &mut self,
        key: &str,
        get: fn(&Settings) -> Option<Set<T>>,
        show: fn(T) -> String,
    ) -> (T, Source) {
        let value = self.built_in(key, get, show);
        let (applied, set) = self
            .highest(get)
            .expect("the lowest layer has every such key");
        (value, applied.source(set.place))
    }

    fn message(&mut self) -> Option<String> {
        let said = |settings: &Settings| {
            let set = settings.message.as_ref()?;
            Some((set.place, format!("{:?}", set.value)))
        };
        self.explain("message", &said, "");
        let mut message = None;
        for applied in self.layers {
            message = applied.settings.message.as_ref().or(message);
        }
        message.map(|set| set.value.clone())
    }

    fn limit(
        &mut self,
        target: &Target,
        slack: Option<&(f64, String)>,
        mode: &(Mode, Source),
    ) -> Limit {
        let metric = target.metric;
        let mut highest = None;
        for applied in self.layers {
            if let Some((known, set)) = limit_on(target, &applied.settings) {
                highest = Some((applied, &known.of, set));
            }
        }
        let (applied, of, set) = highest.expect("a metric is listed because a layer limits it");
        let shown = |value: u64| metric.shown(value as f64);
        let (mut value, mut stretch) = (set.value, String::new());
        if let Some((slack, from)) = slack
            && applied.layer < Layer::Profile
        {
            value = stretched(metric, set.value, *slack);
            if value != set.value {
                stretch = format!("; {} with slack {slack} from {from}", shown(value));
            }
        }
        let name = Limit::name_of(metric, of.as_deref());
        let said = |settings: &Settings| {
            let (_, set) = limit_on(target, settings)?;
            Some((set.place, shown(set.value)))
        };
        self.explain(&name, &said, &stretch);
        let mode_of_limit = mode_of(metric, mode);
        if mode_of_limit != mode.0 {
            self.explain.push(format!(
                "  {:<10} {} for {metric}: {}",
                "mode",
                mode_of_limit.word(),
                match mode_of_limit {
                    Mode::Hard => "it never only warns",
                    Mode::Soft | Mode::Off => "it is advisory unless a mode is set",
                }
            ));
        }
        Limit {
            metric,
            of: of.clone(),
            value,
            declared: set.value,
            mode: mode_of_limit,
            source: applied.source(set.place),
            mode_source: mode.1.clone(),
            undecided: WhenUndecided::default(),
            waiver: None,
            expired: None,
        }
    }

    /// Where it is not set how much the tail may change, it is at least as much as
    /// the typical call.
    fn regression(&mut self, mode: &(Mode, Source)) -> Regression {
        let show = |millionths: u64| perf_grammar::format_share(millionths as f64);
        let mut tolerated = |key: &str, get: fn(&Settings) -> Option<Set<u64>>| {
            let (millionths, source) = self.settle(key, get, show);
            Tolerated { millionths, source }
        };
        let typical = tolerated("regression", |settings| settings.regression);
        let mut tail = tolerated("regression_tail", |settings| settings.regression_tail);
        if tail.source.layer == Layer::BuiltIn && tail.millionths < typical.millionths {
            tail = typical.clone();
        }
        Regression {
            typical,
            tail,
            mode: mode.0,
            mode_source: mode.1.clone(),
            waiver: None,
            expired: None,
        }
    }

    /// Explains what the layers say of a key, the highest first, with `after` behind that.
    fn explain(&mut self, key: &str, said: &dyn Fn(&Settings) -> Option<Said>, after: &str) {
        let (mut key, mut verb, mut after) = (key, "", after);
        for applied in self.layers.iter().rev() {
            if let Some((place, shown)) = said(&applied.settings) {
                let from = applied.origin(place);
                self.explain
                    .push(format!("  {key:<10} {verb}{shown} from {from}{after}"));
                (key, verb, after) = ("", "overrides ", "");
            }
        }
    }
}

/// The limit of a table that is on the same as this one.
fn limit_on<'s>(target: &Target, settings: &'s Settings) -> Option<&'s (Target, Set<u64>)> {
    first(&settings.limits, |(known, _)| target.overrides(known))
}
