//! The records of one run: joined with their confirmations, counted against what
//! the run had to hold, and refused where two speak of one case.

mod join;
mod limit;
mod profiled;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use perf_grammar::{Mode, Unit, Verdict};
use serde::Serialize;

pub(crate) use self::join::{Filed, Joined, join};
pub(crate) use self::limit::used;
use crate::analysis::cause::Cause;
use crate::model::commit::Commit;
use crate::model::manifest::{Death, Manifest, Share};
use crate::model::profile::Profile;
use crate::model::protocol::Listed;
use crate::model::record::{
    Breakdown, Disturbed, Environment, Evidence, Failure, Fit, Growth, HeaviestSite, Histogram,
    Instructions, Load, Memory, Program, Reason, Record, Rss, Stretch, Summary, Trace, Word,
};
use crate::model::word;

/// The longest text of a case that a report shows whole, bytes.
const LONGEST_TEXT: usize = 2000;

/// Everything that is known of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Run {
    pub(crate) id: String,
    /// When it began, seconds since 1970.
    pub(crate) unix_time: Option<u64>,
    /// The code it measured, where git knows it.
    pub(crate) commit: Option<Commit>,
    /// Sorted by id.
    pub(crate) cases: Vec<Case>,
    pub(crate) ignored: usize,
    /// Where machines share the run: which part of it this is.
    pub(crate) share: Option<Share>,
    pub(crate) warnings: Vec<String>,
    /// What keeps the run from being complete, whatever its verdicts say.
    pub(crate) problems: Vec<String>,
}

/// The kind of the reason of what was not measured because the run was ended.
const ENDED: &str = "run_ended";

/// One case, every limit of which has its final verdict.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) package: String,
    /// The beginning of the id that all cases of its test target share.
    pub(crate) target: String,
    /// `file:line`.
    pub(crate) source: String,
    /// The file of its record, without the folder.
    pub(crate) record: Option<String>,
    pub(crate) class: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) requirement: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) outcome: Verdict,
    pub(crate) failure: Option<Failure>,
    pub(crate) limits: Vec<Limit>,
    /// Items that a call handles: times are those of one.
    pub(crate) items: u64,
    /// The chance that a limit is called sound by mistake.
    pub(crate) false_pass: Option<f64>,
    /// The `[profile.NAME]` of the budget file that was applied.
    pub(crate) profile: Option<String>,
    pub(crate) summary: Option<Summary>,
    pub(crate) memory: Option<Memory>,
    pub(crate) growth: Option<Growth>,
    pub(crate) rss: Option<Rss>,
    pub(crate) instructions: Option<Instructions>,
    pub(crate) program: Option<Program>,
    pub(crate) load: Option<Load>,
    pub(crate) trace: Option<Trace>,
    pub(crate) breakdown: Option<Breakdown>,
    /// The place that allocates most of what one call does, where that was captured.
    pub(crate) heaviest_site: Option<HeaviestSite>,
    pub(crate) histogram: Option<Histogram>,
    pub(crate) timeline: Box<[Stretch]>,
    pub(crate) disturbed: Option<Disturbed>,
    pub(crate) environment: Option<Environment>,
    /// The budget file that judged it, as its record says.
    pub(crate) budget_file: Option<String>,
    pub(crate) notes: Vec<String>,
    /// Where its time goes, where that was looked at.
    pub(crate) time_profile: Option<Profile>,
}

/// One limit with its final verdict; written as programs are given it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Limit {
    pub(crate) metric: String,
    /// `None` where it was never measured and the metric is not known here.
    #[serde(serialize_with = "limit::base_name")]
    pub(crate) unit: Option<Unit>,
    /// For people: `10 ms`.
    pub(crate) limit: String,
    /// The same in the base unit; `None` where it was never measured.
    #[serde(skip)]
    pub(crate) bound: Option<f64>,
    #[serde(rename = "direction", serialize_with = "limit::direction")]
    pub(crate) floor: bool,
    #[serde(serialize_with = "word::serialize")]
    pub(crate) mode: Mode,
    /// Left undecided, it fails: as asked for, and where a breach would.
    #[serde(skip)]
    pub(crate) fails_undecided: bool,
    pub(crate) layer: String,
    pub(crate) source: Option<String>,
    pub(crate) measured: Option<f64>,
    pub(crate) share: Option<f64>,
    #[serde(serialize_with = "word::serialize")]
    pub(crate) verdict: Verdict,
    pub(crate) reason: Option<Reason>,
    /// What a test of it was based on; what is counted needs none.
    #[serde(skip)]
    pub(crate) evidence: Option<Evidence>,
    pub(crate) sentence: String,
    pub(crate) details: Vec<String>,
    /// What a limit on memory or on events comes from, the greatest first, and what else
    /// is known of that.
    #[serde(skip)]
    pub(crate) causes: Vec<Cause>,
    #[serde(skip)]
    pub(crate) about: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) fits: Vec<Fit>,
    pub(crate) notes: Vec<String>,
}

/// The kind of reason of a budget in a target that was not built.
const NOT_BUILT: &str = "not_built";

impl Run {
    /// Counts joined records against what the run had to hold. Without a
    /// manifest, as after `cargo test`, the records themselves are all there is.
    pub(crate) fn assemble(joined: Joined, manifest: Option<&Manifest>) -> Run {
        let mut run = Run {
            problems: joined.problems,
            ..Run::default()
        };
        let mut cases: BTreeMap<String, Case> = BTreeMap::new();
        for Filed { file, record, .. } in joined.records {
            run.id.clone_from(&record.run);
            let first = run.unix_time.unwrap_or(u64::MAX);
            run.unix_time = Some(first.min(record.unix_time));
            let name = Path::new(&file).file_name();
            let name = name.map(|name| name.to_string_lossy().into_owned());
            cases.insert(record.case.id.clone(), Case::of_record(*record, name));
        }
        if let Some(manifest) = manifest {
            run.id.clone_from(&manifest.run);
            run.ignored = manifest.ignored;
            run.share = manifest.share;
            run.unix_time = manifest.unix_time.or(run.unix_time);
            run.commit.clone_from(&manifest.commit);
            run.warnings.clone_from(&manifest.warnings);
            run.problems.extend(manifest.problems.iter().cloned());
            if !manifest.interrupted {
                let recorded = cases.keys().map(String::as_str);
                run.problems.extend(manifest.ended_early(recorded));
            }
            account(&mut cases, manifest);
            run.problems
                .extend(manifest.deaths.iter().filter_map(orphaned));
        }
        run.cases = cases.into_values().collect();
        run
    }
}

impl Case {
    /// The limit of this name: `p99`, `events sqlx::query`.
    pub(crate) fn limit(&self, name: &str) -> Option<&Limit> {
        self.limits.iter().find(|limit| limit.metric == name)
    }

    /// Whether it turns the run red.
    pub(crate) fn fails(&self) -> bool {
        self.outcome == Verdict::Fail
            || self.failure.is_some()
            || self.limits.iter().any(Limit::fails)
    }

    /// Whether there is nothing to say of it beyond that every limit holds.
    pub(crate) fn is_plain_pass(&self) -> bool {
        self.outcome == Verdict::Pass
            && self.failure.is_none()
            && self.limits.iter().all(Limit::is_plain_pass)
    }

    fn of_record(record: Record, file: Option<String>) -> Case {
        let limits = record.limits.into_iter().map(Limit::of_record);
        let mut limits: Vec<Limit> = limits.collect();
        for limit in &mut limits {
            limit.explain(record.allocations.as_ref(), &record.case.file);
            limit.explain_events(record.trace.as_ref());
        }
        let mut case = Case {
            source: format!("{}:{}", record.case.file, record.case.line),
            target: target(&record.case.id, &record.case.test),
            id: record.case.id,
            record: file,
            package: record.case.package,
            class: record.case.class,
            group: record.case.group,
            requirement: record.case.requirement,
            tags: record.case.tags,
            outcome: verdict(record.outcome),
            failure: record.failure,
            limits,
            items: record.plan.as_ref().map_or(1, |plan| plan.items),
            false_pass: record.plan.as_ref().map(|plan| plan.false_pass),
            profile: record.plan.and_then(|plan| plan.profile),
            summary: record.summary,
            memory: record.memory,
            growth: record.growth,
            rss: record.rss,
            instructions: record.instructions,
            program: record.program,
            load: record.load,
            trace: record.trace,
            breakdown: record.breakdown,
            heaviest_site: record
                .allocations
                .and_then(|allocations| allocations.heaviest(&record.case.file)),
            histogram: record.histogram,
            timeline: record.timeline,
            disturbed: record.disturbed,
            environment: Some(record.environment),
            budget_file: record.budget_file,
            notes: record.notes,
            time_profile: None,
        };
        case.outcome = case.outcome.max(case.worst());
        case
    }

    /// A case that left no record: everything it declared is unmeasured.
    fn missing(listed: &Listed, why: &Reason) -> Case {
        let mut case = Case {
            id: listed.id.clone(),
            package: listed.id.split("::").next().unwrap_or_default().to_owned(),
            target: target(&listed.id, &listed.test),
            source: listed.source.clone(),
            class: listed.class.clone(),
            group: listed.group.clone(),
            requirement: listed.requirement.clone(),
            tags: listed.tags.clone(),
            outcome: Verdict::Unmeasured,
            limits: listed
                .limits
                .iter()
                .map(|limit| Limit::missing(limit, why))
                .collect(),
            items: 1,
            ..Case::default()
        };
        case.outcome = case.outcome.max(case.worst());
        case
    }

    /// A text of the case, with its beginning alone where it is very long.
    pub(crate) fn brief<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let whole = match &self.record {
            Some(file) => format!("the record {file}"),
            None => "it left no record".to_owned(),
        };
        perf_grammar::shortened(text, LONGEST_TEXT, &whole)
    }

    fn worst(&self) -> Verdict {
        let failure = self.failure.as_ref().map(|_| Verdict::Fail);
        self.limits
            .iter()
            .map(|limit| limit.verdict)
            .chain(failure)
            .max()
            .unwrap_or(Verdict::Pass)
    }
}

/// The test target of a case: its id without the path that its test has there.
fn target(id: &str, test: &str) -> String {
    let path = test.strip_suffix("::perf_budget").unwrap_or(test);
    let target = id.strip_suffix(path).and_then(|id| id.strip_suffix("::"));
    let parent = || Some(perf_grammar::without_argument(id).rsplit_once("::")?.0);
    target.or_else(parent).unwrap_or_default().to_owned()
}

/// Adds what the manifest expects and no record has, and puts deaths to the
/// cases they struck.
fn account(cases: &mut BTreeMap<String, Case>, manifest: &Manifest) {
    let struck: HashSet<&String> = manifest
        .deaths
        .iter()
        .flat_map(|death| &death.cases)
        .collect();
    for listed in &manifest.cases {
        if !cases.contains_key(&listed.id) {
            let why = match &listed.not_built {
                Some(text) => Reason {
                    kind: NOT_BUILT.to_owned(),
                    text: text.clone(),
                },
                None => missing_because(struck.contains(&listed.id), manifest),
            };
            cases.insert(listed.id.clone(), Case::missing(listed, &why));
        }
    }
    for death in &manifest.deaths {
        if let Some(case) = death.at.as_ref().and_then(|id| cases.get_mut(id)) {
            let mut text = format!("the process of {} {}", death.binary, death.how);
            for line in &death.stderr {
                text.push('\n');
                text.push_str(line);
            }
            case.failure.get_or_insert(Failure {
                kind: "died".to_owned(),
                text,
            });
            case.outcome = Verdict::Fail;
        }
    }
}

fn missing_because(dead: bool, manifest: &Manifest) -> Reason {
    let (kind, text) = match (dead, manifest.complete) {
        (true, _) => ("process_died", "the process died before it was measured"),
        (false, false) if manifest.interrupted => {
            (ENDED, "the run was interrupted before it was measured")
        }
        (false, false) => (ENDED, "the run was ended before it was measured"),
        (false, true) => ("no_record", "it left no record that can be read"),
    };
    Reason {
        kind: kind.to_owned(),
        text: text.to_owned(),
    }
}

/// A death that no case answers for.
fn orphaned(death: &Death) -> Option<String> {
    if death.at.is_some() {
        return None;
    }
    let mut text = format!(
        "the process of {} {} while no case was running",
        death.binary, death.how
    );
    for line in &death.stderr {
        text.push_str("\n    ");
        text.push_str(line);
    }
    Some(text)
}

/// The final verdict of a word; after [`join`] no candidate is left.
pub(crate) fn verdict(word: Word) -> Verdict {
    match word {
        Word::Pass => Verdict::Pass,
        Word::Warn => Verdict::Warn,
        Word::Fail => Verdict::Fail,
        Word::Waived => Verdict::Waived,
        Word::Undecided | Word::Candidate => Verdict::Undecided,
        Word::Unmeasured => Verdict::Unmeasured,
    }
}

#[cfg(test)]
mod tests;
