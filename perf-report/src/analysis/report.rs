//! Everything that any output shows of a run: chosen, sorted, added up.

mod breakdown;
mod explain;
mod figures;
mod passing;
mod since;

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use self::explain::explain;
pub(crate) use self::figures::{Figure, Kind, figures, tracked, value};
pub(crate) use self::since::SinceSaved;
use perf_grammar::{Mode, Tally, Verdict};

use crate::analysis::cause::Cause;
use crate::analysis::history::Trend;
use crate::analysis::profile::{self, CaseTable};
use crate::analysis::run::{Case, Limit, Run};
use crate::model::commit::Commit;
use crate::model::manifest::Share;
use crate::model::profile::View;
use crate::model::record::{self, Environment};
use crate::model::words::named;

/// A finished report; renderers add nothing to it but form.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Report {
    /// The run's id.
    pub(crate) run: String,
    /// When it began, seconds since 1970.
    pub(crate) unix_time: Option<u64>,
    /// The code it measured, where git knows it.
    pub(crate) commit: Option<Commit>,
    /// What people start this program with, for hints.
    pub(crate) command: String,
    /// The cases, by id.
    pub(crate) cases: Vec<Case>,
    /// The limits, added up.
    pub(crate) tally: Tally,
    /// The machine in one line, where all records agree on one.
    pub(crate) machine: Option<String>,
    /// The budget files that judged, each once.
    pub(crate) budget_files: Vec<String>,
    /// What is shown of plain passes.
    pub(crate) detail: Detail,
    /// What makes the environment unfit: sentences, one of each kind.
    pub(crate) unfit: Vec<String>,
    /// What is not a plain pass, the worst first.
    pub(crate) explanations: Vec<Explanation>,
    /// The places in them of those that say why, by case.
    explained: HashMap<String, Vec<usize>>,
    /// How the cost grows of what passes and is not explained.
    pub(crate) growths: Vec<Explanation>,
    /// The spans of every case that opens some.
    pub(crate) breakdowns: Vec<CaseTable<7>>,
    /// The functions of every case that was profiled.
    pub(crate) functions: Vec<CaseTable<4>>,
    /// What the runtime noted, each once with the cases it is about.
    pub(crate) notes: Vec<Note>,
    /// What workers warned of.
    pub(crate) warnings: Vec<String>,
    /// What keeps the run from being complete.
    pub(crate) problems: Vec<String>,
    /// Cases that `ignore` left out.
    pub(crate) ignored: usize,
    /// Where machines share the run: which part of it this is.
    pub(crate) share: Option<Share>,
    /// Where the records are stored.
    pub(crate) records: Option<String>,
    /// The same as seen from the folder of the page, where one is written to a file.
    pub(crate) records_from_page: Option<String>,
    /// The address of the page on which a CI system shows what the job keeps.
    pub(crate) artifacts: Option<String>,
    /// What earlier runs measured, where there is a history and an output shows it.
    pub(crate) past: Vec<Trend>,
}

/// What is shown of plain passes; whatever is none is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// A row; at a terminal a row a target, where they are many.
    NotPlain,
    /// A row, however many they are.
    Rows,
    /// A row, and every limit is explained.
    All,
}

/// The longest warning or problem of a run that is shown whole, bytes.
const LONGEST_MESSAGE: usize = 4000;

/// One verdict in full.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Explanation {
    pub(crate) verdict: Verdict,
    /// Whether it turns the run red.
    pub(crate) fails: bool,
    pub(crate) case: String,
    /// What it is about: `file:line`, or `file:line:column`.
    pub(crate) place: Option<String>,
    /// The name of the limit, where it is about one alone.
    pub(crate) limit: Option<String>,
    pub(crate) sentence: String,
    /// Why, the greatest first.
    pub(crate) causes: Vec<Cause>,
    pub(crate) lines: Vec<String>,
    /// What else is known of why, and since when.
    pub(crate) about: Vec<String>,
    /// The forms of its profile, and their files as seen from the folder of the run.
    pub(crate) views: Vec<(View, String)>,
}

/// A note and the cases that carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Note {
    pub(crate) text: String,
    pub(crate) cases: Vec<String>,
}

impl Explanation {
    /// A verdict in one sentence, about all of a case; what fails is what turns the run red.
    pub(crate) fn new(
        verdict: Verdict,
        case: &str,
        place: Option<String>,
        sentence: String,
    ) -> Explanation {
        Explanation {
            verdict,
            fails: verdict == Verdict::Fail,
            case: case.to_owned(),
            place,
            sentence,
            ..Explanation::default()
        }
    }

    /// What stands below its sentence, for a form without levels: the causes with what is
    /// known of them, then the rest.
    pub(crate) fn below(&self) -> Vec<String> {
        let causes = self.causes.iter();
        let causes = causes.flat_map(|cause| {
            let of_it = cause.lines.iter().map(|line| format!("— {line}"));
            std::iter::once(cause.text()).chain(of_it)
        });
        let others = self.lines.iter().chain(&self.about);
        causes.chain(others.cloned()).collect()
    }
}

impl Report {
    /// Chooses and sorts.
    pub(crate) fn of(mut run: Run, records: Option<String>, detail: Detail) -> Report {
        let whole = match &records {
            Some(folder) => format!("the records in {folder}"),
            None => "its records".to_owned(),
        };
        for text in run.warnings.iter_mut().chain(&mut run.problems) {
            *text = perf_grammar::shortened(text, LONGEST_MESSAGE, &whole).into_owned();
        }
        let cases = || run.cases.iter();
        let explained_in = |case| explain(case, detail);
        let mut explanations: Vec<Explanation> = cases().flat_map(explained_in).collect();
        let growths = match detail {
            Detail::NotPlain | Detail::Rows => cases().flat_map(explain::growth).collect(),
            Detail::All => Vec::new(),
        };
        if let Some(folder) = &records {
            explain::add_views(&run.cases, &mut explanations, folder);
        }
        // Stable: within a verdict the cases stay in order of id.
        explanations.sort_by_key(|explanation| std::cmp::Reverse(explanation.verdict));
        let environments = || cases().filter_map(|case| case.environment.as_ref());
        let limits = cases().flat_map(|case| &case.limits);
        let verdicts: Vec<Verdict> = limits.map(|limit| limit.verdict).collect();
        Report {
            tally: Tally::of(&verdicts),
            machine: machine(environments()),
            budget_files: distinct(cases().filter_map(|case| case.budget_file.as_ref())),
            unfit: record::unfit(environments()),
            notes: notes(&run.cases),
            breakdowns: cases()
                .filter_map(|case| breakdown::table(&case.id, case.breakdown.as_ref()?))
                .collect(),
            functions: cases()
                .filter_map(|case| {
                    let profile = case.time_profile.as_ref()?;
                    profile::table(profile, profile::root(profile, &case.source))
                })
                .collect(),
            explained: explained(&explanations),
            explanations,
            growths,
            detail,
            run: run.id,
            unix_time: run.unix_time,
            commit: run.commit,
            command: "cargo perf-budget".to_owned(),
            cases: run.cases,
            warnings: distinct(&run.warnings),
            problems: run.problems,
            ignored: run.ignored,
            share: run.share,
            records,
            records_from_page: None,
            artifacts: None,
            past: Vec::new(),
        }
    }

    /// The case of an id.
    pub(crate) fn case(&self, id: &str) -> Option<&Case> {
        let place = self.cases.binary_search_by(|case| (*case.id).cmp(id));
        place.ok().map(|place| &self.cases[place])
    }

    /// The spans of a case.
    pub(crate) fn spans(&self, id: &str) -> Option<&CaseTable<7>> {
        let found = self.breakdowns.binary_search_by(|one| (*one.case).cmp(id));
        found.ok().map(|place| &self.breakdowns[place])
    }

    /// The functions of a case.
    pub(crate) fn functions(&self, id: &str) -> Option<&CaseTable<4>> {
        let found = self.functions.binary_search_by(|one| (*one.case).cmp(id));
        found.ok().map(|place| &self.functions[place])
    }

    /// The explanation of a limit, if it says why the limit is broken.
    pub(crate) fn why(&self, case: &Case, limit: &Limit) -> Option<&Explanation> {
        let places = self.explained.get(&case.id)?;
        let mut of = places.iter().map(|place| &self.explanations[*place]);
        of.find(|one| one.limit.as_ref() == Some(&limit.metric))
    }

    /// What stands below the sentence of a limit: what its record says, and why it is
    /// broken where that is known.
    pub(crate) fn below(&self, case: &Case, limit: &Limit) -> Vec<String> {
        match self.why(case, limit) {
            Some(explanation) => explanation.below(),
            None => {
                let lines = limit.details.iter().chain(&limit.notes);
                lines.map(|line| case.brief(line).into_owned()).collect()
            }
        }
    }

    /// Whether a budget failed: a broken hard limit, a hard limit without a
    /// value, one that is undecided where that is to fail, or a case that could
    /// not be called.
    pub(crate) fn fails(&self) -> bool {
        self.cases.iter().any(Case::fails)
    }

    /// Whether every limit that is not off was judged.
    pub(crate) fn all_judged(&self) -> bool {
        let mut limits = self.cases.iter().flat_map(|case| &case.limits);
        limits.all(|limit| limit.mode == Mode::Off || !limit.verdict.is_open())
    }

    /// The whole run in a few words, and the verdict whose colour it has.
    pub(crate) fn status(&self) -> (Verdict, &'static str) {
        if self.fails() {
            (Verdict::Fail, "failed")
        } else if !self.problems.is_empty() {
            (Verdict::Unmeasured, "incomplete")
        } else if !self.all_judged() {
            (Verdict::Undecided, "passed, but not everything was judged")
        } else if self.tally.warned > 0 {
            (Verdict::Warn, "passed with warnings")
        } else {
            (Verdict::Pass, "passed")
        }
    }

    /// Cases that panicked, returned an error, could not be called, or died.
    pub(crate) fn failed_cases(&self) -> usize {
        let cases = self.cases.iter();
        cases.filter(|case| case.failure.is_some()).count()
    }

    /// The lines that close every output: the sum, and what it does not show.
    pub(crate) fn closing(&self) -> Vec<String> {
        let mut lines = vec![self.tally.to_string()];
        if let Some(Share { shard, of_cases }) = self.share {
            lines.push(format!(
                "shard {shard}: {} of the {of_cases} cases; the other shards measure the rest",
                self.cases.len()
            ));
        }
        match self.failed_cases() {
            0 => {}
            1 => lines.push(
                "1 case failed by itself: it panicked, returned an error, or died".to_owned(),
            ),
            n => lines.push(format!(
                "{n} cases failed by themselves: they panicked, returned an error, or died"
            )),
        }
        match self.ignored {
            0 => {}
            1 => lines.push("1 case is ignored; --include-ignored runs it".to_owned()),
            n => lines.push(format!(
                "{n} cases are ignored; --include-ignored runs them"
            )),
        }
        lines
    }
}

/// The limit that has least room left, with the share of it that is used. How the
/// cost grows is a class, of which no share can be used.
pub(crate) fn tightest(case: &Case) -> Option<(&Limit, f64)> {
    case.limits
        .iter()
        .filter(|limit| limit.mode != Mode::Off)
        .filter_map(|limit| Some((limit, limit.share?)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The places of those that say why, by case.
fn explained(explanations: &[Explanation]) -> HashMap<String, Vec<usize>> {
    let mut explained: HashMap<String, Vec<usize>> = HashMap::new();
    let says_why = |one: &Explanation| !one.causes.is_empty() || !one.about.is_empty();
    for (place, one) in explanations
        .iter()
        .enumerate()
        .filter(|(_, one)| says_why(one))
    {
        explained.entry(one.case.clone()).or_default().push(place);
    }
    explained
}

fn notes(cases: &[Case]) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for case in cases {
        for text in &case.notes {
            let place = *places.entry(text).or_insert_with(|| {
                notes.push(Note {
                    text: case.brief(text).into_owned(),
                    cases: Vec::new(),
                });
                notes.len() - 1
            });
            notes[place].cases.push(case.id.clone());
        }
    }
    notes
}

impl Note {
    /// Whom it is about: the first case and how many more.
    pub(crate) fn about(&self) -> String {
        named(&self.cases, 1)
    }
}

fn machine<'a>(environments: impl Iterator<Item = &'a Environment>) -> Option<String> {
    let mut lines: Vec<String> = environments.map(describe).collect();
    lines.dedup();
    match &*lines {
        [one] => Some(one.clone()),
        _ => None,
    }
}

fn describe(environment: &Environment) -> String {
    // The profile comes first, then what is unusual of it.
    let build = environment.profile.as_ref().map(|profile| {
        let build = environment.build();
        format!("{profile} build{}", &build[profile.len()..])
    });
    let parts = [
        Some(environment.machine_words()),
        environment.rustc.clone(),
        build,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn distinct<'a>(texts: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let mut seen = HashSet::new();
    let texts = texts.into_iter().filter(|text| seen.insert(*text));
    texts.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture;

    #[test]
    fn a_plain_pass_is_explained_only_where_all_is_asked_for() {
        let sentences = |detail| -> Vec<String> {
            let report = Report::of(fixture::run(), None, detail);
            report
                .explanations
                .into_iter()
                .map(|explanation| explanation.sentence)
                .collect()
        };
        let plain =
            "mem 2,097,152 B (2.1 MB) is within its budget of 50 MB (4 % of it used)".to_owned();
        assert!(!sentences(Detail::NotPlain).contains(&plain));
        assert!(sentences(Detail::All).contains(&plain));
    }

    #[test]
    fn the_worst_is_told_first_and_what_is_missing_once_a_case() {
        let report = Report::of(fixture::run(), None, Detail::NotPlain);
        let verdicts: Vec<Verdict> = report
            .explanations
            .iter()
            .map(|explanation| explanation.verdict)
            .collect();
        assert!(verdicts.is_sorted_by(|a, b| a >= b), "{verdicts:?}");
        let missing: Vec<&Explanation> = report
            .explanations
            .iter()
            .filter(|e| e.case == "search::merge")
            .collect();
        assert_eq!(missing.len(), 1);
        assert_eq!(
            missing[0].sentence,
            "p99, mem were not measured: the process died before it was measured"
        );
    }

    #[test]
    fn the_sum_counts_every_limit_of_every_case() {
        let run = fixture::run();
        let limits: usize = run.cases.iter().map(|case| case.limits.len()).sum();
        assert_eq!(Report::of(run, None, Detail::NotPlain).tally.limits, limits);
    }
}
