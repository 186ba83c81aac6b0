//! What a profile says that counts the instructions of one call: all of them, and so exactly.

use std::collections::HashMap;

use perf_grammar::{format_count, format_duration};

use super::cause::{self, Group, Key};
use super::part::{self, Part};
use super::{Answer, nothing};
use crate::analysis::cause::{Cause, SHOWN};
use crate::model::profile::Profile;

/// A function that executes less of a call more than before is left out.
const LEAST: f64 = 0.01;
/// A processor takes no longer for each instruction, on average, unless the call waits or
/// the system works for it: nanoseconds.
const SLOWEST_NS: f64 = 100.0;

/// What was counted, and what that leaves out.
pub(super) fn words(profile: &Profile, instructions: f64) -> String {
    let mut text = format!(
        "by instructions, not time: {} of one call, counted by callgrind, which sees no waiting and nothing that the system does",
        format_count(instructions)
    );
    let time = profile.calls.timed.first();
    let time = time
        .map(|[_, ns]| *ns as f64)
        .filter(|ns| *ns > SLOWEST_NS * instructions);
    if let Some(ns) = time {
        text += &format!(
            "; so few do not take the {} of a call, which waits or has the system work for it",
            format_duration(ns)
        );
    }
    match &*profile.unseen {
        [] => text,
        unseen => format!("{text}; not sampled: {}", unseen.join("; ")),
    }
}

/// The functions that execute more instructions of a call than before, by how many more.
pub(crate) fn changed(profiles: [&Profile; 2], root: &str) -> Answer {
    let mut answer = Answer::default();
    for (profile, name) in profiles.iter().zip(["before", "after"]) {
        if !profile.is_counted() {
            let why = match profile.samples.is_empty() {
                true => nothing(profile),
                false => {
                    "its time was sampled, and the other's instructions were counted".to_owned()
                }
            };
            answer.lines.push(format!("{name}: {why}"));
        }
    }
    if !answer.lines.is_empty() {
        return answer;
    }
    let parts = profiles.map(part::parts);
    let [known, groups] = [0, 1].map(|side| cause::groups(profiles[side], parts[side].iter()));
    let known: HashMap<Key<'_>, f64> = known
        .iter()
        .map(|group| (group.key, group.weight))
        .collect();
    let [before, after] = parts.each_ref().map(|parts| all(parts));
    let gained = groups.iter().map(|group| {
        let was = known.get(&group.key).copied().unwrap_or_default();
        (group, was, group.weight - was)
    });
    let mut gained: Vec<(&Group<'_>, f64, f64)> = gained
        .filter(|(_, _, more)| *more >= 1.0 && *more >= LEAST * after)
        .collect();
    gained.sort_by(|a, b| b.2.total_cmp(&a.2));
    let shown = gained.iter().take(SHOWN);
    answer.causes = shown
        .map(|(group, was, more)| Cause {
            figures: format!(
                "{} more instructions, {} a call and {} before",
                format_count(*more),
                format_count(group.weight),
                format_count(*was)
            ),
            ..group.cause(profiles[1], root)
        })
        .collect();
    let mut line = format!(
        "instructions by function: those of one call of either build, {} before and {} after, counted by callgrind",
        format_count(before),
        format_count(after)
    );
    if answer.causes.is_empty() {
        line += "; no function executes more than before by 1 % of them, so what takes longer is no more work: waiting, the system, caches";
    }
    answer.lines.push(line);
    for (profile, name) in profiles.iter().zip(["before", "after"]) {
        if !profile.unseen.is_empty() {
            let why = profile.unseen.join("; ");
            answer.lines.push(format!("{name}: not sampled: {why}"));
        }
    }
    answer
}

fn all(parts: &[Part]) -> f64 {
    parts.iter().map(|part| part.weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::cause::Kind;
    use crate::analysis::profile::fixture::{Made, runs};
    use crate::analysis::profile::{Question, Slower, Subject, explain, spent, table};

    const CASE: &str = "user app::case src/case.rs:1";

    /// Of functions inlined into the case, and one of a dependency that both call.
    fn profile(price: u64, total: u64, ns: u64) -> Profile {
        let mut made = Made::new("app::case");
        made.call(&[
            (
                1,
                &[runs(&format!(
                    "inlined user app::price src/lib.rs:7 < {CASE}"
                ))],
            ),
            (
                1,
                &[runs(&format!(
                    "crate regex::find < inlined user app::price src/lib.rs:8 < {CASE}"
                ))],
            ),
            (
                1,
                &[runs(&format!(
                    "inlined user app::total src/lib.rs:20 < {CASE}"
                ))],
            ),
        ]);
        let mut profile = made.profile;
        profile.sampler = crate::model::profile::Sampler::Callgrind;
        profile.interval_ns = 0;
        profile.calls.timed = vec![[0, ns]];
        profile.calls.worst = None;
        for (sample, count) in profile
            .samples
            .iter_mut()
            .zip([price / 4, price - price / 4, total])
        {
            sample.instructions = Some(count);
        }
        profile
    }

    fn question(subject: Subject) -> Question<'static> {
        Question {
            subject,
            measured: Some(12e6),
            limit: Some(10e6),
            argument: None,
            root: "",
        }
    }

    #[test]
    fn shares_of_instructions_are_exact_and_promise_no_time() {
        let mut profile = profile(30_000_000, 10_000_000, 12_000_000);
        profile.unseen.push("ptrace is not permitted".to_owned());
        for subject in [Subject::Calls, Subject::Tail, Subject::Processor] {
            let answer = explain(&profile, &question(subject));
            let shown: Vec<String> = answer.causes.iter().map(Cause::text).collect();
            assert_eq!(
                shown,
                [
                    "price (src/lib.rs:8) in regex::find: 75 % of the instructions",
                    "total (src/lib.rs:20): 25 % of the instructions"
                ]
            );
            assert!(answer.causes.iter().all(|cause| cause.saves.is_none()));
            assert_eq!(
                answer.lines,
                [
                    "by instructions, not time: 40,000,000 of one call, counted by callgrind, which sees no waiting and nothing that the system does; not sampled: ptrace is not permitted"
                ]
            );
        }
        let table = table(&profile, "").expect("functions");
        assert_eq!(
            table.caption,
            "functions, by 40,000,000 instructions of one call"
        );
        assert_eq!(table.rows[1][..3], ["price", "19 %", "75 %"]);
        // It ranks no times.
        assert_eq!(spent(&profile, ""), []);
    }

    #[test]
    fn a_call_of_few_instructions_is_said_to_wait() {
        let answer = explain(
            &profile(30_000, 10_000, 12_000_000),
            &question(Subject::Calls),
        );
        assert!(
            answer.lines[0].ends_with("; so few do not take the 12 ms of a call, which waits or has the system work for it"),
            "{answer:?}"
        );
    }

    #[test]
    fn functions_are_ranked_by_the_instructions_that_they_gained() {
        let before = profile(10_000_000, 10_000_000, 5);
        let after = profile(30_000_000, 10_100_000, 5);
        let slower = Slower {
            subject: Subject::Calls,
            before_ns: 1e6,
            after_ns: 2e6,
            error: 0.01,
        };
        let answer = crate::analysis::profile::changed([&before, &after], &slower, "");
        let shown: Vec<String> = answer.causes.iter().map(Cause::text).collect();
        assert_eq!(
            shown,
            [
                "price (src/lib.rs:8) in regex::find: 20,000,000 more instructions, 30,000,000 a call and 10,000,000 before"
            ]
        );
        assert_eq!(answer.causes[0].kind, Kind::Instructions);
        assert_eq!(
            answer.lines,
            [
                "instructions by function: those of one call of either build, 20,000,000 before and 40,100,000 after, counted by callgrind"
            ]
        );
        let same = changed([&before, &before], "");
        assert_eq!(same.causes, []);
        assert!(
            same.lines[0].contains("no function executes more"),
            "{same:?}"
        );
        let unknown = Profile::without_samples("app::case", vec!["it rained".to_owned()]);
        let answer = changed([&unknown, &after], "");
        assert_eq!(answer.lines, ["before: not profiled: it rained"]);
    }
}
