//! Describes each verdict of a case in full.

use std::collections::BTreeMap;

use perf_grammar::{Unit, Verdict};

use super::{Detail, Explanation, passing};
use crate::analysis::profile::{self, Answer, Question, Subject};
use crate::analysis::run::{Case, Limit};
use crate::model::profile::View;

/// The explanations of a case: its failure, then its limits.
pub(super) fn explain(case: &Case, detail: Detail) -> Vec<Explanation> {
    let mut explanations = Vec::new();
    if let Some(failure) = &case.failure {
        let what = match &*failure.kind {
            "panic" => "panicked",
            "error" => "returned an error",
            "died" => "ended its process",
            _ => "cannot be measured",
        };
        let text = case.brief(&failure.text);
        let mut lines = text.lines();
        let sentence = format!("{what}: {}", lines.next().unwrap_or_default());
        let lines = lines
            .map(str::to_owned)
            .chain([format!("annotated at {}", case.source)])
            .collect();
        let place = Some(case.source.clone());
        explanations.push(Explanation {
            lines,
            ..Explanation::new(Verdict::Fail, &case.id, place, sentence)
        });
    }
    let shown = |limit: &&Limit| detail == Detail::All || !limit.is_plain_pass();
    let shown = case.limits.iter().filter(shown);
    explanations.extend(shown.map(|limit| in_full(case, limit)));
    explain_times(case, detail, &mut explanations);
    explain_limits(case, &mut explanations);
    merge_missing(case, &mut explanations);
    explanations
}

/// Puts what the profile of a case says to the first of its limits on each subject that
/// is not a plain pass. Where all is to be explained and there is no such limit, it is
/// shown by itself.
fn explain_times(case: &Case, detail: Detail, explanations: &mut Vec<Explanation>) {
    let Some(profile) = &case.time_profile else {
        return;
    };
    let mut asked: Vec<Subject> = Vec::new();
    for explanation in explanations.iter_mut() {
        let name = explanation.limit.as_deref();
        let limit = name.and_then(|name| case.limit(name));
        let Some(limit) = limit.filter(|limit| detail == Detail::All || limit.verdict.is_broken())
        else {
            continue;
        };
        let Some(subject) = Subject::of(limit.key()).filter(|one| !asked.contains(one)) else {
            continue;
        };
        asked.push(subject);
        let Answer { causes, lines } = profile::explain(profile, &question(case, limit, subject));
        explanation.causes = causes;
        explanation.about = lines;
    }
    if detail == Detail::All && asked.is_empty() {
        let question = Question {
            subject: Subject::Calls,
            measured: None,
            limit: None,
            argument: None,
            root: profile::root(profile, &case.source),
        };
        let Answer { causes, lines } = profile::explain(profile, &question);
        let sentence = match profile.is_counted() {
            false => "spends its time as follows".to_owned(),
            true => "executes its instructions as follows".to_owned(),
        };
        let place = Some(case.source.clone());
        explanations.push(Explanation {
            causes,
            about: lines,
            ..Explanation::new(Verdict::Pass, &case.id, place, sentence)
        });
    }
}

/// Says where the profile of a case can be looked at, once a case: `folder` is that of the
/// run.
pub(super) fn add_views(cases: &[Case], explanations: &mut [Explanation], folder: &str) {
    for case in cases {
        let sampled = case
            .time_profile
            .as_ref()
            .filter(|profile| !profile.samples.is_empty());
        let Some(profile) = sampled else { continue };
        let mut of_case = explanations.iter_mut().filter(|one| one.case == case.id);
        if let Some(one) = of_case.find(|one| !one.causes.is_empty()) {
            let tail = profile::tail_stacks(profile, profile::tail_limit(case));
            let mut views = vec![View::Flamegraph, View::Folded, View::Firefox];
            views.extend(tail.as_ref().map(|_| View::Tail));
            let path = |view: View| (view, view.path(&case.id));
            one.views = views.into_iter().map(path).collect();
            let tail = tail.map_or("", |_| "tail/ (slow calls), ");
            one.about.push(format!(
                "flamegraph: {folder}/{}; the same file in {tail}folded/ (speedscope.app) and firefox/ (profiler.firefox.com)",
                View::Flamegraph.path(&case.id)
            ));
        }
    }
}

/// Says of each broken limit what would have passed.
fn explain_limits(case: &Case, explanations: &mut [Explanation]) {
    for limit in case.limits.iter().filter(|limit| limit.verdict.is_broken()) {
        let mut of = explanations.iter_mut();
        if let Some(one) = of.find(|one| one.limit.as_ref() == Some(&limit.metric)) {
            one.about.extend(passing::line(case, limit));
        }
    }
}

/// What is asked of the profile about a limit, whose times are of one item.
fn question<'a>(case: &'a Case, limit: &Limit, subject: Subject) -> Question<'a> {
    let is_time = limit.unit == Some(Unit::Duration);
    let profile = case.time_profile.as_ref();
    Question {
        subject,
        measured: limit.measured.filter(|_| is_time),
        limit: limit
            .bound
            .filter(|_| is_time)
            .map(|ns| ns * case.items.max(1) as f64),
        argument: case
            .id
            .strip_prefix(perf_grammar::without_argument(&case.id))
            .and_then(|argument| argument.strip_prefix('/')),
        root: profile.map_or("", |profile| profile::root(profile, &case.source)),
    }
}

/// How the cost of a case grows that passes: the numbers of a fit say more than
/// that it holds.
pub(super) fn growth(case: &Case) -> impl Iterator<Item = Explanation> {
    let grows = |limit: &&Limit| limit.metric == "complexity" && limit.is_plain_pass();
    let grows = case.limits.iter().filter(grows);
    grows.map(|limit| in_full(case, limit))
}

fn in_full(case: &Case, limit: &Limit) -> Explanation {
    let fails = limit.fails();
    let why = (fails && limit.verdict == Verdict::Undecided)
        .then(|| "it fails the run: the budget file says undecided = \"fail\"".to_owned());
    let lines = limit.details.iter().chain(&limit.notes);
    // The function, or the very limit beside it.
    let place = limit.source.as_ref().filter(|_| limit.layer == "attribute");
    let place = Some(place.unwrap_or(&case.source).clone());
    let sentence = case.brief(&limit.sentence).into_owned();
    Explanation {
        fails,
        limit: Some(limit.metric.clone()),
        causes: limit.causes.clone(),
        about: limit.about.clone(),
        lines: lines
            .map(|line| case.brief(line).into_owned())
            .chain(why)
            .collect(),
        ..Explanation::new(limit.verdict, &case.id, place, sentence)
    }
}

/// Limits of one case that are unmeasured for the same reason are shown together.
fn merge_missing(case: &Case, explanations: &mut Vec<Explanation>) {
    let mut reasons: BTreeMap<&str, Vec<&Limit>> = BTreeMap::new();
    for limit in case.limits.iter().filter(|limit| {
        limit.verdict == Verdict::Unmeasured && limit.details.is_empty() && limit.notes.is_empty()
    }) {
        if let Some(reason) = &limit.reason {
            reasons.entry(&reason.text).or_default().push(limit);
        }
    }
    for (text, limits) in reasons.into_iter().filter(|(_, limits)| limits.len() > 1) {
        let shown = |explanation: &Explanation| {
            let of = explanation.limit.as_ref()?;
            limits.iter().position(|limit| limit.metric == *of)
        };
        let metrics: Vec<&str> = limits.iter().map(|limit| &*limit.metric).collect();
        let sentence = format!("{} were not measured: {text}", metrics.join(", "));
        explanations.retain_mut(|explanation| match shown(explanation) {
            None => true,
            Some(0) => {
                explanation.sentence.clone_from(&sentence);
                explanation.limit = None;
                true
            }
            Some(_) => false,
        });
    }
}
