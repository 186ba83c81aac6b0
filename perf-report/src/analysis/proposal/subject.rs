//! The cases that are looked at, and where each of their limits stands.

use perf_grammar::Metric;

use crate::analysis::budget_edit::{Place, path_at};
use crate::model::protocol::{Listed, ListedLimit};

/// A case as the list describes it, under the budget file as it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Subject {
    pub(crate) id: String,
    /// `file:line` of its attribute.
    pub(crate) source: String,
    /// Which of the budget files speaks for it.
    pub(crate) file: usize,
    pub(crate) limits: Vec<Standing>,
}

/// A limit that is in force.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standing {
    pub(crate) metric: Metric,
    pub(crate) of: Option<String>,
    /// For people: `10 ms`.
    pub(crate) shown: String,
    pub(crate) origin: Origin,
    /// Other cases that have the same number from the same place.
    pub(crate) others: Vec<String>,
}

/// Where a number stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `#[perf_budget(..)]`, at `file:line:column`.
    Attribute(String),
    /// `[class.NAME]`, in a profile or outside.
    Class(Spot),
    /// `[budget."PATTERN"]`, in a profile or outside.
    Rule(Spot),
    /// The environment, the command line, or a file that has changed since.
    Elsewhere(String),
}

/// A number in the budget file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) place: Place,
    pub(crate) profile: Option<String>,
    /// `perf-budgets.toml:12:7`, for people.
    pub(crate) shown: String,
}

/// One of the budget files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BudgetText<'a> {
    /// As people call it.
    pub(crate) name: &'a str,
    /// Empty where there is none yet.
    pub(crate) text: &'a str,
}

/// The chosen ones among all cases; each comes with the number of its file.
pub(crate) fn subjects(
    all: &[(usize, Listed)],
    texts: &[BudgetText<'_>],
    chosen: impl Fn(&str) -> bool,
) -> Vec<Subject> {
    let same_place = |file: usize, one: &ListedLimit, id: &str| -> Vec<String> {
        let others = all
            .iter()
            .filter(|(other, case)| *other == file && case.id != id);
        let sharing = others.filter(|(_, case)| {
            case.limits.iter().any(|limit| {
                limit.source.is_some() && limit.source == one.source && limit.metric == one.metric
            })
        });
        sharing.map(|(_, case)| case.id.clone()).collect()
    };
    let standing = |file: usize, id: &str, limit: &ListedLimit| {
        let (key, of) = match limit.metric.split_once(' ') {
            Some((key, of)) => (key, Some(of.to_owned())),
            None => (&*limit.metric, None),
        };
        Some(Standing {
            metric: Metric::from_key(key)?,
            of,
            shown: limit.limit.clone(),
            origin: Origin::of(limit, texts.get(file)),
            others: same_place(file, limit, id),
        })
    };
    let mut subjects: Vec<Subject> = all
        .iter()
        .filter(|(_, case)| chosen(&case.id))
        .map(|(file, case)| Subject {
            id: case.id.clone(),
            source: case.source.clone(),
            file: *file,
            limits: case
                .limits
                .iter()
                .filter_map(|limit| standing(*file, &case.id, limit))
                .collect(),
        })
        .collect();
    subjects.sort_by(|a, b| a.id.cmp(&b.id));
    subjects
}

impl Origin {
    fn of(limit: &ListedLimit, text_of: Option<&BudgetText<'_>>) -> Origin {
        let source = limit.source.clone().unwrap_or_default();
        if limit.layer == "attribute" {
            return Origin::Attribute(source);
        }
        let spot = || {
            let (place, text_of) = (Place::of(&source)?, text_of?);
            let path = path_at(text_of.text, place)?;
            let words: Vec<&str> = path.iter().map(String::as_str).collect();
            let spot = |profile: Option<&str>| Spot {
                place,
                profile: profile.map(str::to_owned),
                shown: format!("{}:{}:{}", text_of.name, place.line, place.column),
            };
            match words[..] {
                ["class", ..] => Some(Origin::Class(spot(None))),
                ["budget", ..] => Some(Origin::Rule(spot(None))),
                ["profile", name, "class", ..] => Some(Origin::Class(spot(Some(name)))),
                ["profile", name, "budget", ..] => Some(Origin::Rule(spot(Some(name)))),
                _ => None,
            }
        };
        spot().unwrap_or_else(|| Origin::Elsewhere(format!("{} {source}", limit.layer)))
    }

    /// Where it is, for people.
    pub(crate) fn shown(&self) -> &str {
        match self {
            Origin::Attribute(place) | Origin::Elsewhere(place) => place,
            Origin::Class(spot) | Origin::Rule(spot) => &spot.shown,
        }
    }
}
