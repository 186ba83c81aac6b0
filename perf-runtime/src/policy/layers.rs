//! The layers that speak about a case, lowest first.

use std::borrow::Cow;

use perf_grammar::{Mode, WhenUndecided, variable};

use super::{
    CaseFacts, DEFAULT_MAX_TIME_NS, DEFAULT_REGRESSION, DEFAULT_REGRESSION_TAIL, Overrides,
};
use crate::collections::{first, mapped, order};
use crate::model::case::Clock;
use crate::model::plan::{Layer, Source};
use crate::model::problem::{Mistake, Problem, near};
use crate::policy::file::{BudgetFile, Class, Profile, Rule, Set, Settings, Spot};

/// One table, attribute, variable or option that speaks about the case.
pub(super) struct Applied<'l> {
    pub(super) layer: Layer,
    /// How it is called: `[budget."parser::*"]`.
    pub(super) name: String,
    pub(super) settings: Cow<'l, Settings>,
    /// The path of the budget file.
    path: &'l str,
}

impl Applied<'_> {
    /// The layer's name and the place of one of its values.
    pub(super) fn origin(&self, place: Option<Spot>) -> String {
        match self.place(place) {
            Some(place) => format!("{} at {place}", self.name),
            None => self.name.clone(),
        }
    }

    /// The place of one of its values, as messages show it.
    pub(super) fn place(&self, place: Option<Spot>) -> Option<String> {
        place.map(|spot| spot.shown(self.path))
    }

    /// Where one of its values is from.
    pub(super) fn source(&self, place: Option<Spot>) -> Source {
        Source {
            layer: self.layer,
            place: self.place(place),
        }
    }
}

/// The profile to apply: the one that is named, or `ci` on a build server if
/// the file has one.
pub(super) fn profile<'f>(
    file: &'f BudgetFile,
    overrides: &Overrides,
) -> Result<Option<&'f Profile>, Problem> {
    let find = |name: &str| first(&file.profiles, |profile| profile.name == name);
    let Some(name) = &overrides.profile else {
        return Ok(if overrides.ci { find("ci") } else { None });
    };
    find(name).map(Some).ok_or_else(|| {
        let near = near(name, &mapped(&file.profiles, |profile| &*profile.name));
        match file.path.is_empty() {
            true => Problem::no_file_of_profile(name),
            false => Problem::unknown_profile(name, &file.path, near),
        }
    })
}

pub(super) fn of<'l>(
    case: &'l CaseFacts,
    file: &'l BudgetFile,
    profile: Option<&'l Profile>,
    overrides: &Overrides,
) -> Result<Vec<Applied<'l>>, Mistake> {
    let mut layers = Vec::new();
    let mut add = |layer, name: &str, settings: Cow<'l, Settings>| {
        layers.push(Applied {
            layer,
            name: name.to_owned(),
            settings,
            path: &file.path,
        });
    };
    let built_in = Cow::Owned(built_in(overrides));
    add(Layer::BuiltIn, "what is built in", built_in);
    let top = Cow::Owned(of_mode(file.mode));
    add(Layer::Defaults, "the top of the file", top);
    add(Layer::Defaults, "[defaults]", Cow::Borrowed(&file.defaults));
    if let Some(name) = &case.class {
        let class = class_of(name, &file.classes).ok_or_else(|| unknown_class(case, name, file))?;
        let name = format!("[class.{name}]");
        add(Layer::Class, &name, Cow::Borrowed(&class.settings));
    }
    add(
        Layer::Attribute,
        "#[perf_budget]",
        Cow::Borrowed(&case.settings),
    );
    for rule in &rules_of(case, &file.budgets) {
        let name = format!("[budget.\"{}\"]", rule.selector);
        add(Layer::Budget, &name, Cow::Borrowed(&rule.settings));
    }
    if let Some(profile) = profile {
        let of_profile = format!("profile.{}", profile.name);
        let name = format!("[{of_profile}]");
        add(Layer::Profile, &name, Cow::Borrowed(&profile.settings));
        let class = case.class.as_ref();
        if let Some(class) = class.and_then(|name| class_of(name, &profile.classes)) {
            let name = format!("[{of_profile}.class.{}]", class.name);
            add(Layer::Profile, &name, Cow::Borrowed(&class.settings));
        }
        for rule in &rules_of(case, &profile.budgets) {
            let name = format!("[{of_profile}.budget.\"{}\"]", rule.selector);
            add(Layer::Profile, &name, Cow::Borrowed(&rule.settings));
        }
    }
    let environment = of_mode(overrides.environment_mode.map(unplaced));
    let environment = Cow::Owned(environment);
    add(Layer::Environment, variable::BUDGETS_MODE, environment);
    let mut command_line = of_mode(overrides.command_line_mode.map(unplaced));
    command_line.max_time_ns = overrides.max_time_ns.map(unplaced);
    let command_line = Cow::Owned(command_line);
    add(Layer::CommandLine, "the command line", command_line);
    Ok(layers)
}

// PERF: inlined, it would copy each setting wherever it is called.
#[inline(never)]
fn of_mode(mode: Option<Set<Mode>>) -> Settings {
    Settings {
        mode,
        ..Settings::default()
    }
}

fn built_in(overrides: &Overrides) -> Settings {
    let max_time_ns = overrides.default_max_time_ns.unwrap_or(DEFAULT_MAX_TIME_NS);
    let mut built_in = of_mode(Some(unplaced(Mode::Hard)));
    built_in.max_time_ns = Some(unplaced(max_time_ns));
    built_in.clock = Some(unplaced(Clock::Clean));
    built_in.items = Some(unplaced(1));
    built_in.threads = Some(unplaced(1));
    built_in.false_fail = Some(unplaced(0.001));
    built_in.false_pass = Some(unplaced(0.05));
    built_in.near = Some(unplaced(0.9));
    built_in.undecided = Some(unplaced(WhenUndecided::Warn));
    built_in.regression = Some(unplaced(DEFAULT_REGRESSION));
    built_in.regression_tail = Some(unplaced(DEFAULT_REGRESSION_TAIL));
    built_in
}

fn unplaced<T>(value: T) -> Set<T> {
    Set { value, place: None }
}

pub(super) fn class_of<'f>(name: &str, classes: &'f [Class]) -> Option<&'f Class> {
    first(classes, |class| class.name == name)
}

/// The rules whose selector matches, the most specific last. The sort keeps
/// the order of the file among equals, so of two the later one wins.
fn rules_of<'f>(case: &CaseFacts, rules: &'f [Rule]) -> Vec<&'f Rule> {
    let labels = case.labels();
    let mut matching = Vec::new();
    for rule in rules {
        if rule.selector.matches(&labels) {
            matching.push(rule);
        }
    }
    order::insertion(&mut matching, |a, b| {
        a.selector.specificity(&b.selector).is_lt()
    });
    matching
}

fn unknown_class(case: &CaseFacts, name: &str, file: &BudgetFile) -> Mistake {
    let near = near(name, &mapped(&file.classes, |class| &*class.name));
    let problem = match file.path.is_empty() {
        true => Problem::no_file_of_class(name),
        false => Problem::unknown_class(name, &file.path, near),
    };
    problem.at(Some(case.place.clone()))
}
