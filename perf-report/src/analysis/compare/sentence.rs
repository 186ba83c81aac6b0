//! Every sentence about a comparison.

use perf_grammar::{Mode, Verdict};

use super::{Compared, Effect, Finding, Measured, Subject};
use crate::model::record::{Regression, Tolerated};
use crate::model::words::counted;

/// The finding in one sentence: a lowercase fragment that starts with the metric.
pub(super) fn of(measured: &Measured, tolerance: Option<&Tolerated>) -> String {
    let subject = &measured.subject;
    let key = subject.key();
    let (before, after) = subject.pair(measured.before, measured.after);
    let tolerated =
        tolerance.map(|tolerated| perf_grammar::format_share(tolerated.millionths as f64));
    let by = measured.effect.map(by).unwrap_or_default();
    let changed = measured.effect.map(changed).unwrap_or_default();
    let (worse, better) = if subject.is_timed() {
        ("slower", "faster")
    } else {
        ("more", "less")
    };
    match &measured.finding {
        Finding::Same if *subject == Subject::Growth => {
            format!("{key} {after} grows no faster than {before}")
        }
        Finding::Same => match tolerated {
            Some(tolerated) => format!("{key} {after} is within {tolerated} of {before}{changed}"),
            None if measured.before == measured.after => {
                format!("{key} {after} is the same as before")
            }
            None => format!("{key} {after} is as near {before} as its runs are to each other"),
        },
        Finding::Better => format!("{key} {after} is {better} than {before}{by}"),
        Finding::Worse => match tolerated {
            Some(tolerated) => {
                format!("{key} {after} is {worse} than {before}{by}, and {tolerated} is tolerated")
            }
            None => format!("{key} {after} is {worse} than {before}{by}"),
        },
        Finding::Layout => {
            format!("{key} {after} differs from {before}{by}, by the layout of the code alone")
        }
        Finding::Undecided(why) => {
            format!("{key} {after} against {before}{changed} is not decided: {why}")
        }
        Finding::Unenforceable(why) => format!(
            "{key} cannot be held to {}, because its runs differ by more: {why}",
            tolerated.as_deref().unwrap_or("its tolerance")
        ),
        Finding::Unmeasured(why) => format!("{key} is not compared: {why}"),
        Finding::Failed(why) => why.clone(),
    }
}

/// From here on a difference is written as a factor, as perf-runtime writes it.
const A_FACTOR: f64 = 3.0;

/// ` by 25 %`, or ` (41 times)`: how much of what was before it differs.
fn by(effect: Effect) -> String {
    match effect.ratio {
        ratio if ratio >= A_FACTOR => format!(" ({} times)", number(ratio)),
        ratio if ratio > 0.0 && 1.0 / ratio >= A_FACTOR => {
            format!(" by a factor of {}", number(1.0 / ratio))
        }
        ratio => format!(" by {}", percent((ratio - 1.0).abs())),
    }
}

/// ` (+1.2 %)`.
fn changed(effect: Effect) -> String {
    if effect.ratio >= A_FACTOR {
        return format!(" ({} times)", number(effect.ratio));
    }
    let change = effect.ratio - 1.0;
    let sign = if change < 0.0 { "-" } else { "+" };
    format!(" ({sign}{})", percent(change.abs()))
}

pub(super) fn percent(share: f64) -> String {
    perf_grammar::format_share(share * 1e6)
}

fn number(value: f64) -> String {
    if value >= 9.95 {
        return perf_grammar::format_count(value.round());
    }
    format!("{value:.1}").trim_end_matches(".0").to_owned()
}

/// Who decides what it means, where that is not the tolerance alone.
pub(super) fn why(
    verdict: Verdict,
    regression: &Regression,
    tolerance: Option<(&Subject, &Tolerated)>,
) -> Vec<String> {
    let mut lines = Vec::new();
    match verdict {
        Verdict::Waived => lines.extend(regression.waiver.as_ref().map(|waiver| {
            format!(
                "waived through {}: {} ({})",
                waiver.until,
                waiver.why(),
                waiver.source
            )
        })),
        Verdict::Warn => lines.push(match &regression.mode_source {
            Some(source) => format!("only a warning: mode is soft at {source}"),
            None => "only a warning: mode is soft".to_owned(),
        }),
        Verdict::Unmeasured if regression.mode == Mode::Off => {
            lines.push("not judged: mode is off".to_owned());
        }
        Verdict::Fail => lines.extend(tolerance.map(|(subject, tolerated)| {
            let (key, layer) = (subject.tolerance_key(), &tolerated.layer);
            match &tolerated.source {
                Some(source) => format!("tolerance at {source}"),
                None => format!(
                    "tolerance {layer}; `{key} = \"30%\"` beside the function or in perf-budgets.toml sets another"
                ),
            }
        })),
        Verdict::Pass | Verdict::Undecided | Verdict::Unmeasured => {}
    }
    if matches!(verdict, Verdict::Fail | Verdict::Warn) {
        lines.extend(regression.notes.iter().cloned());
    }
    lines
}

/// The lines that add up.
pub(super) fn closing(compared: &Compared) -> Vec<String> {
    let count = |wanted: fn(&Finding) -> bool| {
        let findings = compared.comparisons.iter();
        findings.filter(|one| wanted(&one.finding)).count()
    };
    let all = counted(compared.comparisons.len(), "comparison");
    let one_sided = compared.only_before.len() + compared.only_after.len();
    let mut found = format!(
        "{all}: {} same, {} better, {} worse, {} by code layout alone, {} without an answer",
        count(|finding| *finding == Finding::Same),
        count(|finding| *finding == Finding::Better),
        count(|finding| *finding == Finding::Worse),
        count(|finding| *finding == Finding::Layout),
        count(|finding| matches!(
            finding,
            Finding::Undecided(_)
                | Finding::Unenforceable(_)
                | Finding::Unmeasured(_)
                | Finding::Failed(_)
        )),
    );
    if one_sided > 0 {
        found += &format!("; {} on one side only", counted(one_sided, "case"));
    }
    vec![found, format!("{all} = {}", compared.tally().sum())]
}
