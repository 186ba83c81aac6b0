//! The policy of every case of this binary: the budget file found, read, and
//! met with each attribute.

use std::mem;
use std::rc::Rc;

use crate::collections::{mapped, owned};
use crate::meters;
use crate::model::case::Case;
use crate::model::note::Note;
use crate::model::problem::{Mistake, Mistakes, Problem};
use crate::policy::file::BudgetFile;
use perf_grammar::{Metric, Mode, Noise, Pattern, variable};

use crate::harness::representative;
use crate::model::plan::{Budget, Plan};
use crate::model::subject::Body;
use crate::policy::file;
use crate::policy::selector::Labels;
use crate::policy::{self, CaseFacts, Overrides};
use crate::system::worker_env::WorkerEnv;
use crate::system::{clock, files};

/// One case with its policy.
pub(crate) struct Resolved {
    pub(crate) case: &'static Case,
    pub(crate) id: String,
    pub(crate) plan: Plan,
    pub(crate) budget: Budget,
    /// Where each number came from, a line each.
    pub(crate) explain: Vec<String>,
}

/// All cases of this binary with their policy.
pub(crate) struct All {
    pub(crate) cases: Vec<Resolved>,
    // PERF: what drops what is counted is compiled once, and else wherever it is dropped.
    file: Rc<BudgetFile>,
}

impl All {
    /// The path of the file that judges, where there is one.
    pub(crate) fn budget_file(&self) -> Option<String> {
        match &*self.file.path {
            "" => None,
            path => Some(owned(path)),
        }
    }

    /// What has to be said about the file: that it hides another one above it, or has
    /// keys with an old name.
    pub(crate) fn remarks(&self) -> Vec<Note> {
        let mut remarks = self.file.renamed.clone();
        if let Some(hides) = hides(&self.file) {
            remarks.insert(0, hides);
        }
        remarks
    }

    /// What the file says about no case of this binary, or waives of none; another may
    /// have it.
    pub(crate) fn unmatched(&self) -> Vec<file::Unmatched<'_>> {
        let cases = mapped(&self.cases, |one| file::Concerned {
            labels: Labels::of(one.case, &one.id),
            limits: &one.budget.limits,
        });
        file::unmatched(&self.file, &cases)
    }
}

impl Resolved {
    /// The case that a `ratio` compares with; `None` where there is no ratio.
    ///
    /// # Errors
    /// If no case of this binary, or more than one, is called so.
    pub(crate) fn other(&self, cases: &[&'static Case]) -> Result<Option<&'static Case>, Mistake> {
        let Some(limit) = self.budget.limit(Metric::Ratio) else {
            return Ok(None);
        };
        let name = limit.of.as_deref().unwrap_or_default();
        let mistake = |problem: Problem| problem.at(limit.source.place.clone());
        let pattern = Pattern::parse(name)
            .map_err(|why| mistake(Problem::wrong_pattern(&why.text(), &why.help())))?;
        let mut named = Vec::new();
        for case in cases {
            if pattern.matches(&case.id()) {
                named.push(*case);
            }
        }
        Err(mistake(match named[..] {
            [other] if std::ptr::eq(other, self.case) => Problem::ratio_of_itself(name),
            [other] => return Ok(Some(other)),
            [] => Problem::ratio_of_none(name),
            [one, other, ..] => Problem::ratio_of_several(name, &one.id(), &other.id()),
        }))
    }

    /// Time limits that are judged: each shares the error rate of the run.
    pub(crate) fn judged_time_limits(&self) -> u64 {
        let mut judged = 0;
        for limit in &self.budget.limits {
            if limit.metric.noise() == Noise::Noisy && limit.mode != Mode::Off {
                judged += 1;
            }
        }
        judged
    }
}

/// Reads the budget file of these cases and resolves each of them.
///
/// # Errors
/// Every mistake of the file or of a case.
pub(crate) fn resolve(
    cases: &[&'static Case],
    surroundings: &WorkerEnv,
    default_max_time_ns: u64,
) -> Result<All, Mistakes> {
    let file = Rc::new(match cases.first() {
        Some(case) => read(case)?,
        None => BudgetFile::default(),
    });
    let overrides = overrides(surroundings, default_max_time_ns)?;
    let today = clock::today();
    let mut resolved: Vec<Resolved> = Vec::with_capacity(cases.len());
    let mut mistakes = Mistakes::default();
    for case in cases {
        let mut facts = CaseFacts::of(case);
        match policy::resolve(&facts, &file, &overrides, today) {
            Ok((plan, mut budget)) => {
                meters::add_mistakes(&budget, &mut mistakes);
                // A limit on a family stands with the one that speaks for it.
                let limit = budget.limit(Metric::Complexity);
                if let (Some(limit), None) = (limit, representative::of(case)) {
                    let problem = Problem::no_arguments(&facts.id);
                    mistakes.add(problem.at(limit.source.place.clone()));
                } else if limit.is_some() && !representative::speaks(case, cases) {
                    budget.remove(Metric::Complexity);
                }
                let mut explain = policy::explain(&facts, &file, &overrides, today);
                explain.insert(explain.len().min(1), judged_by(&file));
                resolved.push(Resolved {
                    case,
                    id: mem::take(&mut facts.id),
                    plan,
                    budget,
                    explain,
                });
            }
            Err(found) => mistakes.add_all(found),
        }
    }
    twice(cases, &mut mistakes);
    for one in &resolved {
        if let Err(mistake) = one.other(cases) {
            mistakes.add(mistake);
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok(All {
        cases: resolved,
        file,
    })
}

fn overrides(surroundings: &WorkerEnv, default_max_time_ns: u64) -> Result<Overrides, Problem> {
    let mode = |name: &str, word: &Option<String>| {
        let word = word.as_deref();
        word.map(|word| policy::mode_from_word(name, word))
            .transpose()
    };
    let max_time = surroundings
        .max_time
        .as_deref()
        .map(|text| perf_grammar::read("max_time", text))
        .transpose();
    Ok(Overrides {
        profile: surroundings.profile.clone(),
        environment_mode: mode(variable::BUDGETS_MODE, &surroundings.mode)?,
        command_line_mode: mode("--mode", &surroundings.command_line_mode)?,
        max_time_ns: max_time
            .map_err(|why| Problem::wrong_setting("--max-time", &why.text(), &why.help()))?,
        default_max_time_ns: Some(default_max_time_ns),
        ci: surroundings.ci,
    })
}

fn read(case: &Case) -> Result<BudgetFile, Mistakes> {
    match files::budget_file(case.manifest_dir.as_ref(), &files::environment)? {
        Some(file) => {
            let parsed = file::parse(&file.text, &format!("{}", file.path.display()))?;
            Ok(BudgetFile {
                hidden: file.hidden.map(|path| format!("{}", path.display())),
                ..parsed
            })
        }
        None => Ok(BudgetFile::default()),
    }
}

fn hides(file: &BudgetFile) -> Option<Note> {
    Some(Note::hides_another(&file.path, file.hidden.as_deref()?))
}

/// Which file judged, as a line of an explanation.
fn judged_by(file: &BudgetFile) -> String {
    match (&*file.path, &file.hidden) {
        ("", _) => "  no perf-budgets.toml was found above the package".to_owned(),
        (path, None) => format!("  {:<10} {path}", "file"),
        (path, Some(hidden)) => format!("  {:<10} {path}, which hides {hidden}", "file"),
    }
}

/// Ids that two cases have; `cases` is in id order.
fn twice(cases: &[&'static Case], mistakes: &mut Mistakes) {
    for at in 1..cases.len() {
        let (a, b) = (cases[at - 1], cases[at]);
        if a.id() != b.id() {
            continue;
        }
        let id = a.id();
        let problem = match (a.body, b.body) {
            (Body::Member(_, one), Body::Member(_, other)) if a.place == b.place => {
                let place = |at: usize| format!("{}", at + 1);
                Problem::same_arguments(&place(one.min(other)), &place(one.max(other)), &id)
            }
            _ => Problem::same_id(&id, b.place.file, &format!("{}", b.place.line)),
        };
        mistakes.add(problem.at(Some(policy::shown(&a.place))));
    }
}
