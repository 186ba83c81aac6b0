//! Whether a gate proves itself, as text: terminal, Markdown, JSON.

use std::collections::BTreeMap;

use perf_grammar::Verdict;
use serde::Serialize;

use super::markdown;
use super::table::{Align, Column};
use super::terminal::{Style, dimmed, lay_out, paragraph};
use crate::analysis::doctor::OUT_OF_REACH;
use crate::analysis::prove::{
    Alarms, Counts, MISS, NeverFires, Proof, Proved, ProvedLimit, Smallest, Unproved,
};

/// The schema of what programs are given.
const SCHEMA: u32 = 1;

/// For people at a terminal; what needs attention stands last.
pub(crate) fn terminal(proved: &Proved, style: Style) -> String {
    let mut out = String::new();
    let paint = |row: usize, head: &str, text: &str| match head {
        "proof" => style.paint(colour(&proved.limits[row]), text),
        _ => text.to_owned(),
    };
    lay_out(&mut out, columns(proved), proved.limits.len(), style, paint);
    out.push('\n');
    for note in notes(proved) {
        dimmed(&mut out, &note, style);
    }
    for section in sections(proved) {
        out.push('\n');
        let title = format!("{}:", section.title);
        let word = section.verdict.map(|verdict| (verdict, &*title));
        paragraph(&mut out, word, &title, style);
        for line in &section.lines {
            paragraph(&mut out, None, &format!("    {line}"), style);
        }
    }
    out.push('\n');
    paragraph(&mut out, None, &closing(proved), style);
    out
}

/// For a pull request or a document.
pub(crate) fn markdown(proved: &Proved) -> String {
    let mut out = format!(
        "## Does the gate prove itself?\n\n{}\n",
        markdown::text(&closing(proved))
    );
    for section in sections(proved) {
        let title = markdown::text(&section.title);
        markdown::list(&mut out, &title, &section.lines);
    }
    out.push_str("\n<details><summary>Every limit</summary>\n\n");
    markdown::table(&mut out, &columns(proved), proved.limits.len());
    out.push_str("\n</details>\n\n");
    for note in notes(proved) {
        out.push_str(&format!("{}\n\n", markdown::text(&note)));
    }
    out
}

/// For programs.
pub(crate) fn json(proved: &Proved) -> String {
    super::to_json(&Wire {
        schema: SCHEMA,
        kind: "perf-prove",
        run: &proved.id,
        quick: proved.quick,
        machine: proved.machine.as_deref(),
        cases: proved.cases,
        fails: proved.fails(),
        counts: WireCounts {
            limits: proved.limits.len(),
            counts: proved.counts(),
        },
        limits: proved.limits.iter().map(wire).collect(),
        failures: proved
            .failures
            .iter()
            .map(|failure| WireFailure {
                case: &failure.case,
                mutation: failure.by.to_string(),
                seen: failure.missed.is_none(),
                found: failure.missed.as_deref(),
            })
            .collect(),
        stray: proved
            .stray
            .iter()
            .map(|stray| WireStray {
                case: &stray.moved.case,
                limit: &stray.moved.limit,
                mutation: stray.by.to_string(),
                sentence: &stray.moved.sentence,
            })
            .collect(),
        unchanged: (proved.alarms.runs > 0).then(|| WireAlarms {
            alarms: &proved.alarms,
            at_most: proved.alarms.at_most(),
        }),
        warnings: &proved.warnings,
        problems: &proved.problems,
    })
}

#[derive(Serialize)]
struct Wire<'a> {
    schema: u32,
    kind: &'static str,
    run: &'a str,
    quick: bool,
    machine: Option<&'a str>,
    cases: usize,
    fails: bool,
    counts: WireCounts,
    limits: Vec<WireLimit<'a>>,
    failures: Vec<WireFailure<'a>>,
    stray: Vec<WireStray<'a>>,
    unchanged: Option<WireAlarms<'a>>,
    warnings: &'a [String],
    problems: &'a [String],
}

#[derive(Serialize)]
struct WireCounts {
    limits: usize,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Serialize)]
struct WireLimit<'a> {
    case: &'a str,
    source: &'a str,
    limit: &'a str,
    bound: &'a str,
    measured: Option<&'a str>,
    headroom: Option<f64>,
    /// `caught`, `not_caught`, `not_green`, `red`, `unmeasured`, `off`, `not_applicable`
    /// or `left_out`.
    proof: &'static str,
    mutations: Vec<String>,
    also: &'a [String],
    why: Option<&'a str>,
    never_fires: Option<String>,
    /// The smallest slowdown that is caught, as a share; of what is counted none.
    slowdown: Option<f64>,
    smallest: String,
}

#[derive(Serialize)]
struct WireFailure<'a> {
    case: &'a str,
    mutation: String,
    seen: bool,
    found: Option<&'a str>,
}

#[derive(Serialize)]
struct WireStray<'a> {
    case: &'a str,
    limit: &'a str,
    mutation: String,
    sentence: &'a str,
}

#[derive(Serialize)]
struct WireAlarms<'a> {
    #[serde(flatten)]
    alarms: &'a Alarms,
    at_most: f64,
}

fn wire(limit: &ProvedLimit) -> WireLimit<'_> {
    let (mutations, also, why): (Vec<String>, &[String], _) = match &limit.proof {
        Proof::Caught { by, also } => (by.iter().map(ToString::to_string).collect(), also, None),
        Proof::NotCaught { by, found } | Proof::NotGreen { by, found } => {
            (vec![by.to_string()], &[], Some(&**found))
        }
        Proof::Unproved(
            Unproved::Red(why)
            | Unproved::Unmeasured(why)
            | Unproved::NotApplicable(why)
            | Unproved::LeftOut(why),
        ) => (Vec::new(), &[], Some(&**why)),
        Proof::Unproved(Unproved::Off { .. }) => (Vec::new(), &[], None),
    };
    WireLimit {
        case: &limit.case,
        source: &limit.source,
        limit: &limit.limit,
        bound: &limit.bound,
        measured: limit.measured.as_deref(),
        headroom: limit.headroom,
        proof: word(&limit.proof),
        mutations,
        also,
        why,
        never_fires: limit.never_fires().map(|why| why.to_string()),
        slowdown: match limit.smallest {
            Smallest::Slowdown(factor) => Some(((factor - 1.0) * 1e4).round() / 1e4),
            _ => None,
        },
        smallest: smallest(&limit.smallest),
    }
}

fn word(proof: &Proof) -> &'static str {
    match proof {
        Proof::Caught { .. } => "caught",
        Proof::NotCaught { .. } => "not_caught",
        Proof::NotGreen { .. } => "not_green",
        Proof::Unproved(Unproved::Red(_)) => "red",
        Proof::Unproved(Unproved::Unmeasured(_)) => "unmeasured",
        Proof::Unproved(Unproved::Off { .. }) => "off",
        Proof::Unproved(Unproved::NotApplicable(_)) => "not_applicable",
        Proof::Unproved(Unproved::LeftOut(_)) => "left_out",
    }
}

fn colour(limit: &ProvedLimit) -> Verdict {
    match &limit.proof {
        Proof::Caught { .. } => Verdict::Pass,
        Proof::NotCaught { .. } | Proof::NotGreen { .. } => Verdict::Fail,
        Proof::Unproved(Unproved::Red(_) | Unproved::Unmeasured(_)) => Verdict::Fail,
        Proof::Unproved(_) => Verdict::Unmeasured,
    }
}

/// The smallest change that is caught, for a cell.
fn smallest(smallest: &Smallest) -> String {
    match smallest {
        Smallest::Slowdown(factor) if *factor >= 3.0 => {
            format!(
                "{} times",
                perf_grammar::format_count((factor * 10.0).ceil() / 10.0)
            )
        }
        Smallest::Slowdown(factor) => format!("+{} %", ((factor - 1.0) * 100.0).ceil()),
        Smallest::None => "no slowdown".to_owned(),
        Smallest::Exact(more) => more.clone(),
        Smallest::Unknown(_) => String::new(),
    }
}

fn columns(proved: &Proved) -> Vec<Column> {
    type Cell<'a> = &'a dyn Fn(&ProvedLimit) -> String;
    let column =
        |head, align, rank, cell: Cell<'_>| Column::of(head, align, rank, &proved.limits, cell);
    vec![
        column("case", Align::Name, 0, &|limit| limit.case.clone()),
        column("limit", Align::Left, 0, &|limit| limit.limit.clone()),
        column("at", Align::Right, 1, &|limit| limit.bound.clone()),
        column("measured", Align::Right, 2, &|limit| {
            limit.measured.clone().unwrap_or_default()
        }),
        column("catches from", Align::Right, 1, &|limit| {
            smallest(&limit.smallest)
        }),
        column("proof", Align::Left, 0, &|limit| {
            word(&limit.proof).replace('_', " ")
        }),
    ]
}

/// Lines about limits under a title.
struct Section {
    title: String,
    verdict: Option<Verdict>,
    lines: Vec<String>,
}

/// What is to be said beside the table, what matters most last.
fn sections(proved: &Proved) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut add = |title: &str, verdict, lines: Vec<String>| {
        if !lines.is_empty() {
            sections.push(Section {
                title: title.to_owned(),
                verdict,
                lines,
            });
        }
    };
    let reasons = |of: &dyn Fn(&Unproved) -> Option<String>| {
        let limits = proved.limits.iter();
        let with_reason = limits.filter_map(|limit| match &limit.proof {
            Proof::Unproved(why) => Some((name(limit), of(why)?)),
            _ => None,
        });
        grouped(with_reason)
    };
    add("Notes", None, proved.warnings.clone());
    add(
        "Left out",
        None,
        reasons(&|why| match why {
            Unproved::LeftOut(why) => Some(why.clone()),
            _ => None,
        }),
    );
    add(
        "Not applicable",
        None,
        reasons(&|why| match why {
            Unproved::NotApplicable(why) => Some(why.clone()),
            Unproved::Off { everywhere: false } => Some("its mode is `off`".to_owned()),
            _ => None,
        }),
    );
    let never = proved.limits.iter();
    let never = never.filter_map(|limit| {
        Some(match limit.never_fires()? {
            NeverFires::Far(far) => (name(limit) + &format!(" ({far})"), far_above()),
            why => (name(limit), why.to_string()),
        })
    });
    add("Could never fire", Some(Verdict::Warn), grouped(never));
    let alarms = proved.alarms.names.iter();
    let alarms = alarms.map(|moved| format!("{}  {}", moved.case, moved.sentence));
    add(
        "Called broken although nothing changed",
        Some(Verdict::Warn),
        alarms.collect(),
    );
    let stray = proved.stray.iter().map(|stray| {
        format!(
            "{}  {} of {} broke it too: {}",
            stray.moved.case, stray.by, stray.of, stray.moved.sentence
        )
    });
    add(
        "Broken by what should not break it",
        Some(Verdict::Fail),
        stray.collect(),
    );
    add(
        "Red without a mutation",
        Some(Verdict::Fail),
        reasons(&|why| match why {
            Unproved::Red(why) => Some(why.clone()),
            _ => None,
        }),
    );
    let missed = proved.limits.iter().filter_map(|limit| match &limit.proof {
        Proof::NotCaught { by, found } => Some(format!(
            "{}  {} {}, {by}: {found} ({})",
            limit.case, limit.limit, limit.bound, limit.source
        )),
        Proof::NotGreen { by, found } => Some(format!(
            "{}  {} {}, red with {by} and still red without: {found} ({})",
            limit.case, limit.limit, limit.bound, limit.source
        )),
        _ => None,
    });
    let failures = proved.missed_failures().map(|failure| {
        let found = failure.missed.as_deref().unwrap_or_default();
        format!("{}  {}: {found}", failure.case, failure.by)
    });
    add(
        "Not caught",
        Some(Verdict::Fail),
        missed.chain(failures).collect(),
    );
    add("Problems", Some(Verdict::Fail), proved.problems.clone());
    sections
}

fn name(limit: &ProvedLimit) -> String {
    format!("{} {}", limit.case, limit.limit)
}

fn far_above() -> String {
    format!("more than {OUT_OF_REACH} times what is measured")
}

/// Names by why: one line a reason.
fn grouped(limits: impl Iterator<Item = (String, String)>) -> Vec<String> {
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, why) in limits {
        reasons.entry(why).or_default().push(name);
    }
    let line = |(why, names): (String, Vec<String>)| format!("{}: {why}", names.join(", "));
    reasons.into_iter().map(line).collect()
}

/// What the figures mean.
fn notes(proved: &Proved) -> Vec<String> {
    let mut notes = vec![format!(
        "catches from: calls that take so much longer are called broken in {} of 100 runs, at the error rates of perf-budgets.toml, as times were distributed here",
        (100.0 * (1.0 - MISS)).round()
    )];
    notes.extend(alarms(&proved.alarms));
    if let Some(machine) = &proved.machine {
        notes.push(format!("measured on {machine}"));
    }
    notes
}

fn alarms(alarms: &Alarms) -> Option<String> {
    if alarms.runs == 0 {
        return None;
    }
    Some(format!(
        "unchanged code, judged {} by limits of {} times its quiet figures: {} of {} verdicts red, at most {} % at 95 % confidence; {} undecided",
        match alarms.runs {
            1 => "once more".to_owned(),
            runs => format!("{runs} times more"),
        },
        alarms.factor,
        alarms.broken,
        alarms.verdicts,
        perf_grammar::format_count((alarms.at_most() * 1e3).ceil() / 10.0),
        alarms.undecided
    ))
}

fn closing(proved: &Proved) -> String {
    let counts = proved.counts();
    let parts = [
        (counts.caught, "caught"),
        (counts.not_caught, "not caught"),
        (counts.not_applicable, "not applicable"),
        (counts.left_out, "left out"),
        (counts.off, "off"),
    ];
    let parts = parts
        .into_iter()
        .filter(|(count, word)| *count > 0 || *word == "caught");
    let parts: Vec<String> = parts
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let never = proved
        .limits
        .iter()
        .filter(|limit| limit.never_fires().is_some());
    let never = match never.count() {
        0 => String::new(),
        never => format!("; {never} could never fire"),
    };
    let (planted, missed) = (proved.failures.len(), proved.missed_failures().count());
    let failures = match (planted, missed) {
        (0, _) => String::new(),
        (planted, 0) => format!("; {planted} panics and errors, all seen"),
        (planted, missed) => format!("; {missed} of {planted} panics and errors not seen"),
    };
    let stray = match proved.stray.len() {
        0 => String::new(),
        stray => format!("; {stray} broken by what should not break them"),
    };
    format!(
        "{}: {} limits = {}{failures}{stray}{never}",
        if proved.fails() {
            "NOT PROVED"
        } else {
            "proved"
        },
        proved.limits.len(),
        parts.join(" + ")
    )
}

#[cfg(test)]
mod tests;
