//! What a profile says: which functions and waits take the time of calls, and why slow
//! calls are slow.

mod cause;
mod change;
mod counted;
mod functions;
mod part;
mod stacks;
mod tail;
mod wait;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use perf_grammar::{Metric, format_count, format_duration};

use self::cause::Key;

pub(crate) use self::change::{Slower, changed, stacks as changed_stacks};
pub(crate) use self::counted::changed as changed_instructions;
pub(crate) use self::functions::CaseTable;
use self::part::Part;
pub(crate) use self::stacks::{Stacks, stacks, tail as tail_stacks};
use self::tail::{Sort, Tail};
use crate::analysis::cause::{Cause, Kind, MIN_SHARE, SHOWN};
use crate::analysis::run::{Case, Limit};
use crate::analysis::share::{FEW_CALLS, FEW_SAMPLES, Share};
use crate::model::profile::{Profile, Sampler};
use crate::model::words::amount;

/// With fewer samples in slow calls they are not held against typical ones.
const FEW_SLOW: f64 = 20.0;

/// What a limit measures of the time of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// All calls: what the typical one spends.
    Calls,
    /// The slow ones.
    Tail,
    /// Processor time, of all threads.
    Processor,
}

/// A broken limit, as far as a profile is asked about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Question<'a> {
    pub(crate) subject: Subject,
    /// In nanoseconds, where it is a time.
    pub(crate) measured: Option<f64>,
    /// The time of a call that it allows, nanoseconds.
    pub(crate) limit: Option<f64>,
    /// The argument of the case.
    pub(crate) argument: Option<&'a str>,
    /// What files are seen from.
    pub(crate) root: &'a str,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    /// The greatest first.
    pub(crate) causes: Vec<Cause>,
    /// What else there is to say, and how sure it is.
    pub(crate) lines: Vec<String>,
}

impl Subject {
    /// What a limit of this key measures; `None` where a profile of calls says nothing
    /// of it.
    pub(crate) fn of(key: &str) -> Option<Subject> {
        Some(match Metric::from_key(key)? {
            Metric::Quantile(quantile) if quantile.share() >= 0.95 => Subject::Tail,
            Metric::Max => Subject::Tail,
            Metric::Quantile(_)
            | Metric::Min
            | Metric::Mean
            | Metric::Throughput
            | Metric::Ratio
            | Metric::Degradation
            | Metric::Complexity => Subject::Calls,
            Metric::Cpu | Metric::CpuShare => Subject::Processor,
            _ => return None,
        })
    }
}

/// The time that no call of a case should exceed, nanoseconds: the least of its broken
/// limits on the tail.
pub(crate) fn tail_limit(case: &Case) -> Option<f64> {
    let of_tail = |limit: &&Limit| {
        limit.verdict.is_broken() && Subject::of(limit.key()) == Some(Subject::Tail)
    };
    let limits = case.limits.iter().filter(of_tail);
    let least = limits
        .filter_map(|limit| limit.bound)
        .min_by(f64::total_cmp);
    least.map(|ns| ns * case.items.max(1) as f64)
}

/// What a profile says of a limit.
pub(crate) fn explain(profile: &Profile, question: &Question<'_>) -> Answer {
    let parts = match question.subject {
        Subject::Calls | Subject::Tail => part::parts(profile),
        Subject::Processor => running(profile),
    };
    let mut answer = Answer::default();
    if parts.is_empty() {
        answer.lines.push(nothing(profile));
        return answer;
    }
    let tail = (question.subject == Subject::Tail)
        .then(|| Tail::of(profile, question.limit))
        .flatten();
    match tail.and_then(|tail| of_slow(profile, &parts, &tail, question)) {
        Some(of_tail) => answer = of_tail,
        None => answer.causes = of_all(profile, &parts, question),
    }
    faults(profile, &mut answer.causes);
    if question.subject == Subject::Tail {
        answer.lines.extend(tail::worst(profile, question.argument));
        answer.lines.extend(tail::cold(profile));
    }
    answer.lines.push(samples(profile, &parts));
    answer
}

/// The functions of a profile.
pub(crate) fn table(profile: &Profile, root: &str) -> Option<CaseTable<4>> {
    let parts = part::parts(profile);
    let functions = functions::functions(profile, &parts, root);
    let number = format_count(parts.iter().map(|part| part.weight).sum::<f64>().round());
    let caption = match profile.sampler {
        Sampler::Ptrace => format!("functions, by {number} samples"),
        Sampler::Callgrind => format!("functions, by {number} instructions of one call"),
    };
    functions::table(&profile.case, caption, &functions)
}

/// A function in which calls spend time, or which waits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spent {
    /// `check_part`, `back_off sleeps`
    pub(crate) what: String,
    /// `src/store.rs:40`, of the user's code.
    pub(crate) place: Option<String>,
    /// Of the time of calls.
    pub(crate) share: Share,
}

/// Every function that the time of calls is put down to; none where no time was sampled.
pub(crate) fn spent(profile: &Profile, root: &str) -> Vec<Spent> {
    if profile.is_counted() {
        return Vec::new();
    }
    let parts = part::parts(profile);
    let calls = Whole::of(profile, parts.iter());
    let groups = cause::groups(profile, parts.iter());
    let spent = groups.iter().filter_map(|group| {
        Some(Spent {
            what: group.what(),
            place: group.place(profile, root),
            share: group.share(&calls)?,
        })
    });
    spent.collect()
}

/// The samples of all threads that ran.
fn running(profile: &Profile) -> Vec<Part> {
    let runs = profile.samples.iter().enumerate();
    let runs = runs.filter(|(_, sample)| sample.waits.is_none());
    runs.map(|(place, sample)| Part::of(profile, place, sample))
        .collect()
}

/// What parts are a share of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Whole {
    /// The samples of each call, or its instructions.
    calls: HashMap<usize, f64>,
    /// Whether they were counted, and not sampled.
    is_exact: bool,
}

impl Whole {
    fn of<'a>(profile: &Profile, parts: impl Iterator<Item = &'a Part>) -> Whole {
        let mut calls: HashMap<usize, f64> = HashMap::new();
        for part in parts {
            *calls.entry(part.call).or_default() += part.weight;
        }
        Whole {
            calls,
            is_exact: profile.is_counted(),
        }
    }
}

/// The causes over all calls.
fn of_all(profile: &Profile, parts: &[Part], question: &Question<'_>) -> Vec<Cause> {
    let calls = Whole::of(profile, parts.iter());
    let of = match question.subject {
        _ if profile.is_counted() => "of the instructions",
        Subject::Calls | Subject::Tail => "of the time",
        Subject::Processor => "of the processor time",
    };
    // How much time instructions take is not known.
    let measured = question.measured.filter(|_| !profile.is_counted());
    let mut causes = Vec::new();
    for group in cause::groups(profile, parts.iter()).iter().take(SHOWN) {
        let Some(share) = group.share(&calls) else {
            continue;
        };
        if !causes.is_empty() && share.share < MIN_SHARE {
            break;
        }
        let saves = measured.map(|measured| measured * share.share);
        let saving = saves
            .zip(measured)
            .map_or(String::new(), |(saves, measured)| {
                let (saves, all) = (format_duration(saves), format_duration(measured));
                format!(", up to {saves} of {all}")
            });
        causes.push(Cause {
            share: Some(share),
            saves,
            figures: format!("{} {of}{saving}", share.words()),
            ..group.cause(profile, question.root)
        });
    }
    causes
}

/// The causes by what slow calls spend more than typical ones.
fn of_slow(
    profile: &Profile,
    parts: &[Part],
    tail: &Tail,
    question: &Question<'_>,
) -> Option<Answer> {
    let of = |wanted: Sort| {
        parts
            .iter()
            .filter(move |part| tail.sorts[part.call] == wanted)
    };
    let calls_slow = Whole::of(profile, of(Sort::Slow));
    let all = |wanted: Sort| of(wanted).map(|part| part.weight).sum::<f64>();
    let (all_slow, all_typical) = (all(Sort::Slow), all(Sort::Typical));
    if all_slow < FEW_SLOW {
        return None;
    }
    let typical: HashMap<Key<'_>, f64> = cause::groups(profile, of(Sort::Typical))
        .iter()
        .map(|group| (group.key, group.weight / all_typical))
        .collect();
    let more = tail.slow.1 - tail.typical.1;
    // What all calls spend their time on is the other way to make slow ones faster.
    let always = of_all(profile, parts, question).into_iter().next();
    let mut ranked = Vec::new();
    for group in cause::groups(profile, of(Sort::Slow)) {
        let share = group.share(&calls_slow)?;
        let cause = group.cause(profile, question.root);
        let in_typical = typical.get(&group.key).copied().unwrap_or_default();
        let (slow, typical) = (
            group.weight / all_slow * tail.slow.1,
            in_typical * tail.typical.1,
        );
        ranked.push((slow - typical, slow, typical, share, cause));
    }
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let shown = ranked.into_iter().take(SHOWN).enumerate();
    let shown =
        shown.filter(|(nth, (difference, ..))| *nth == 0 || *difference >= MIN_SHARE * more);
    let mut causes: Vec<Cause> = shown
        .map(|(_, (difference, slow, typical, share, cause))| Cause {
            figures: format!(
                "{} of slow calls, {} there and {} in a typical call",
                share.words(),
                format_duration(slow),
                format_duration(typical)
            ),
            share: Some(share),
            saves: question
                .measured
                .map(|measured| difference.max(0.0).min(measured)),
            ..cause
        })
        .collect();
    if let Some(always) =
        always.filter(|always| causes.iter().all(|cause| cause.headline != always.headline))
    {
        causes.insert(1.min(causes.len()), always);
    }
    Some(Answer {
        causes,
        lines: vec![tail.words()],
    })
}

/// Says of the first function that runs how many page faults there are, where they may
/// be what takes the time.
fn faults(profile: &Profile, causes: &mut [Cause]) {
    let runs = causes.iter_mut().find(|cause| cause.kind == Kind::Function);
    if let (Some(cause), Some(line)) = (runs, cause::page_faults(profile)) {
        cause.lines.insert(0, line);
    }
}

/// That nothing was sampled, and why.
fn nothing(profile: &Profile) -> String {
    match (&*profile.unseen, &*profile.calls.timed) {
        ([_, ..], []) => format!("not profiled: {}", profile.unseen.join("; ")),
        _ => format!("no sample was taken in its calls{}", unseen(profile)),
    }
}

/// On how many samples all rests, and what was not seen.
fn samples(profile: &Profile, parts: &[Part]) -> String {
    let number = parts.iter().map(|part| part.weight).sum::<f64>().round();
    if profile.is_counted() {
        return counted::words(profile, number);
    }
    let calls = Whole::of(profile, parts.iter()).calls.len();
    let what = match (profile.calls.batch, calls) {
        (0 | 1, _) => amount(calls as u64, "call"),
        (_, 1) => "1 batch".to_owned(),
        _ => format!("{} batches", format_count(calls as f64)),
    };
    let mut text = format!(
        "from {} in {what}, one every {} by ptrace",
        amount(number as u64, "sample"),
        format_duration(profile.interval_ns as f64)
    );
    if number < FEW_SAMPLES as f64 {
        text += &format!("; fewer than {FEW_SAMPLES} samples, so shares are rough");
    }
    if calls < FEW_CALLS {
        text += "; of so few calls it is not known how much calls differ";
    }
    text + &unseen(profile)
}

fn unseen(profile: &Profile) -> String {
    match &*profile.unseen {
        [] => String::new(),
        unseen => format!("; not seen: {}", unseen.join("; ")),
    }
}

/// The folder that the case's own file is seen from, where files of the profile have
/// their whole paths: `source` is the case's `file:line`.
pub(crate) fn root<'a>(profile: &'a Profile, source: &str) -> &'a str {
    let file = source.rsplit_once(':').map_or(source, |(file, _)| file);
    let files = profile
        .frames
        .iter()
        .filter_map(|frame| frame.file.as_deref());
    let mut roots = files.filter_map(|found| found.strip_suffix(file));
    roots.find(|root| root.ends_with('/')).unwrap_or("")
}
