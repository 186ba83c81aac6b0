//! The layers that speak about a case, lowest first.

use super::{
    CaseFacts, DEFAULT_MAX_TIME_NS, DEFAULT_REGRESSION, DEFAULT_REGRESSION_TAIL, Overrides,
};
use crate::collections::{mapped, order};
use crate::model::case::{Clock, Mode};
use crate::model::plan::{Layer, WhenUndecided};
use crate::model::problem::{Mistake, Problem, near};
use crate::policy::file::{BudgetFile, Class, Profile, Rule, Set, Settings};

/// One table, attribute, variable or option that speaks about the case.
pub(super) struct Applied {
    pub(super) layer: Layer,
    /// How it is called: `[budget."parser::*"]`.
    pub(super) name: String,
    pub(super) settings: Settings,
}

impl Applied {
    /// The layer's name and the place of one of its values.
    pub(super) fn origin(&self, place: Option<&str>) -> String {
        match place {
            Some(place) => format!("{} at {place}", self.name),
            None => self.name.clone(),
        }
    }
}

/// The profile to apply: the one that is named, or `ci` on a build server if
/// the file has one.
pub(super) fn profile<'f>(
    file: &'f BudgetFile,
    overrides: &Overrides,
) -> Result<Option<&'f Profile>, Problem> {
    let find = |name: &str| file.profiles.iter().find(|profile| profile.name == name);
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

pub(super) fn of(
    case: &CaseFacts,
    file: &BudgetFile,
    profile: Option<&Profile>,
    overrides: &Overrides,
) -> Result<Vec<Applied>, Mistake> {
    let mut layers = Vec::new();
    let mut add = |layer, name: &str, settings: Settings| {
        layers.push(Applied {
            layer,
            name: name.to_owned(),
            settings,
        });
    };
    add(Layer::BuiltIn, "what is built in", built_in(overrides));
    let mut defaults = file.defaults.clone();
    let top = of_mode(defaults.mode.take());
    add(Layer::Defaults, "the top of the file", top);
    add(Layer::Defaults, "[defaults]", defaults);
    if let Some(name) = &case.class {
        let class = class_of(name, &file.classes).ok_or_else(|| unknown_class(case, name, file))?;
        let name = format!("[class.{name}]");
        add(Layer::Class, &name, class.settings.clone());
    }
    add(Layer::Attribute, "#[perf_budget]", case.settings.clone());
    for rule in rules_of(case, &file.budgets) {
        let name = format!("[budget.\"{}\"]", rule.selector);
        add(Layer::Budget, &name, rule.settings.clone());
    }
    if let Some(profile) = profile {
        let of_profile = format!("profile.{}", profile.name);
        let name = format!("[{of_profile}]");
        add(Layer::Profile, &name, profile.settings.clone());
        let class = case.class.as_ref();
        if let Some(class) = class.and_then(|name| class_of(name, &profile.classes)) {
            let name = format!("[{of_profile}.class.{}]", class.name);
            add(Layer::Profile, &name, class.settings.clone());
        }
        for rule in rules_of(case, &profile.budgets) {
            let name = format!("[{of_profile}.budget.\"{}\"]", rule.selector);
            add(Layer::Profile, &name, rule.settings.clone());
        }
    }
    let environment = of_mode(overrides.environment_mode.map(unplaced));
    add(Layer::Environment, "PERF_BUDGETS_MODE", environment);
    let mut command_line = of_mode(overrides.command_line_mode.map(unplaced));
    command_line.max_time_ns = overrides.max_time_ns.map(unplaced);
    add(Layer::CommandLine, "the command line", command_line);
    Ok(layers)
}

fn of_mode(mode: Option<Set<Mode>>) -> Settings {
    Settings {
        mode,
        ..Settings::default()
    }
}

fn built_in(overrides: &Overrides) -> Settings {
    Settings {
        mode: Some(unplaced(Mode::Hard)),
        max_time_ns: Some(unplaced(
            overrides.default_max_time_ns.unwrap_or(DEFAULT_MAX_TIME_NS),
        )),
        clock: Some(unplaced(Clock::Clean)),
        items: Some(unplaced(1)),
        threads: Some(unplaced(1)),
        false_fail: Some(unplaced(0.001)),
        false_pass: Some(unplaced(0.05)),
        near: Some(unplaced(0.9)),
        undecided: Some(unplaced(WhenUndecided::Warn)),
        regression: Some(unplaced(DEFAULT_REGRESSION)),
        regression_tail: Some(unplaced(DEFAULT_REGRESSION_TAIL)),
        ..Settings::default()
    }
}

fn unplaced<T>(value: T) -> Set<T> {
    Set { value, place: None }
}

fn class_of<'f>(name: &str, classes: &'f [Class]) -> Option<&'f Class> {
    classes.iter().find(|class| class.name == name)
}

/// The rules whose selector matches, the most specific last. The sort keeps
/// the order of the file among equals, so of two the later one wins.
fn rules_of<'f>(case: &CaseFacts, rules: &'f [Rule]) -> Vec<&'f Rule> {
    let labels = case.labels();
    let mut matching = mapped(rules, |rule| rule);
    matching.retain(|rule| rule.selector.matches(&labels));
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
