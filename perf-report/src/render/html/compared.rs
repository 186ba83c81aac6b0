//! The page of a comparison: both sides of every case.

use perf_grammar::{Verdict, harmless};

use super::page::{Entry, Foot, List, Page, write};
use super::section::{Cell, Column, Detail, Interval, Item, Place, Row, Section, Side};
use crate::analysis::compare::{Compared, Comparison, explanation, explanations};
use crate::analysis::report::Detail as Explained;
use crate::model::words::amount;
use crate::render::compared::{change, interval, one_sided, pair, status, tolerance};
use crate::render::flamegraph::{self, BUILDS, Viewer};

const COLUMNS: [Column; 7] = [
    Column::new("what", "text", 0),
    Column::new("before", "figure", 2),
    Column::new("after", "figure", 1),
    Column::new("change", "figure", 0),
    Column::new("interval", "interval", 3),
    Column::new("tolerance", "text", 4),
    Column::new("finding", "text", 2),
];

/// Renders everything.
pub(crate) fn render(compared: &Compared, explained: Explained) -> String {
    let cases: Vec<&[Comparison]> = compared.comparisons.chunk_by(|a, b| a.id == b.id).collect();
    let rows = cases.iter().enumerate();
    let rows = rows.flat_map(|(nth, case)| case.iter().map(move |one| row(one, nth)));
    let page = Page {
        heading: "Performance compared",
        verdict: verdict(compared),
        status: status(compared),
        about: vec![
            format!("before: {}", compared.before),
            format!("after: {}", compared.after),
        ],
        tally: compared.tally(),
        sum: compared.closing(),
        lists: lists(compared, explained),
        noun: "case",
        rows_head: format!(
            "{} of {}",
            amount(compared.comparisons.len() as u64, "comparison"),
            amount(cases.len() as u64, "case")
        ),
        columns: COLUMNS.to_vec(),
        rows: rows.collect(),
        runs: Vec::new(),
        foot: vec![Foot {
            head: "Notes",
            lines: compared
                .notes
                .iter()
                .chain(&compared.warnings)
                .cloned()
                .collect(),
        }],
    };
    write(page, cases.iter().map(|case| detail(compared, case)))
}

fn verdict(compared: &Compared) -> Verdict {
    if compared.fails() {
        Verdict::Fail
    } else if !compared.problems.is_empty() {
        Verdict::Unmeasured
    } else if !compared.all_judged() {
        Verdict::Undecided
    } else if compared
        .comparisons
        .iter()
        .any(|one| one.verdict == Verdict::Warn)
    {
        Verdict::Warn
    } else {
        Verdict::Pass
    }
}

fn lists(compared: &Compared, explained: Explained) -> Vec<List> {
    let explanations = explanations(compared, explained);
    let known = |id: &str| compared.comparisons.iter().any(|one| one.id == id);
    let of = |head, wanted: &[Verdict]| List {
        head,
        entries: (explanations
            .iter()
            .filter(|one| wanted.contains(&one.verdict)))
        .map(|one| {
            // What several have in common is about none of them alone.
            match known(&one.case) {
                true => Entry::of(one),
                false => Entry {
                    case: None,
                    sentence: format!(" {}: {}", one.case, one.sentence),
                    ..Entry::of(one)
                },
            }
        })
        .collect(),
    };
    vec![
        List::plain("Incomplete", &compared.problems),
        of("Not judged", &[Verdict::Unmeasured, Verdict::Undecided]),
        of("Worse", &[Verdict::Fail, Verdict::Warn, Verdict::Waived]),
        of("Other changes", &[Verdict::Pass]),
        List::plain("On one side only", &one_sided(compared)),
    ]
}

fn row(one: &Comparison, nth: usize) -> Row {
    let (before, after) = pair(one);
    let figure = |value: Option<f64>, shown: String| match value {
        Some(value) => Cell::Figure(value, shown),
        None => Cell::Number(None),
    };
    let ratio = one.effect.map(|effect| effect.ratio);
    let changed = match (change(one), ratio.or(one.after)) {
        (shown, Some(by)) if !shown.is_empty() => Cell::Figure(by, shown),
        _ => Cell::Number(None),
    };
    let width = one.effect.and_then(|effect| effect.interval);
    Row(
        Place(one.verdict),
        nth,
        harmless(&one.id).into_owned(),
        one.source.clone().unwrap_or_default(),
        vec![
            Cell::Text(one.subject.key().to_owned()),
            figure(one.before, before),
            figure(one.after, after),
            changed,
            figure(width.map(|width| width.high - width.low), interval(one)),
            Cell::Text(tolerance(one)),
            Cell::Text(one.finding.word(&one.subject).to_owned()),
        ],
    )
}

/// Everything of one case, whose comparisons these are.
fn detail<'a>(compared: &Compared, case: &[Comparison]) -> Detail<'a> {
    let worst = case
        .iter()
        .map(|one| one.verdict)
        .max()
        .unwrap_or(Verdict::Pass);
    let first = case.first();
    let mut sections = vec![Section::Limits {
        head: "Verdicts",
        items: case.iter().map(item).collect(),
    }];
    let id = first.map_or("", |one| &*one.id);
    let charts = compared.charts.get(id);
    let pairs = charts.map_or(&[][..], |charts| &charts.pairs);
    let intervals: Vec<Interval> = case
        .iter()
        .filter(|one| one.effect.is_some())
        .map(|one| interval_of(one, pairs))
        .collect();
    if !intervals.is_empty() {
        sections.push(Section::Intervals {
            head: "Changes",
            note: match pairs.len() {
                0 => "after over before; grey is what is tolerated".to_owned(),
                pairs => format!("after over before, and as dots {pairs} pairs of processes; grey is what is tolerated"),
            },
            items: intervals,
        });
    }
    let sides = charts.map(|charts| {
        let sides = [
            (&compared.before, &charts.before),
            (&compared.after, &charts.after),
        ];
        let side = sides
            .into_iter()
            .filter_map(|(name, times)| Some((name, times.as_ref()?)));
        side.map(|(name, times)| Side::of(name, times, None))
            .collect::<Vec<_>>()
    });
    if let Some(sides) = sides.filter(|sides| !sides.is_empty()) {
        sections.push(Section::Times {
            head: "Distribution",
            note: String::new(),
            sides,
            marks: Vec::new(),
        });
    }
    if let Some(stacks) = charts.and_then(|charts| charts.stacks.as_ref()) {
        sections.push(Section::Picture {
            head: "What changed",
            note: "a call after the change; red is what takes longer than before",
            svg: flamegraph::differential(id, BUILDS, stacks, Viewer::Page),
        });
    }
    sections.push(Section::Table {
        head: "Both sides",
        note: String::new(),
        columns: vec!["", "before", "after", "change", "tolerance"],
        rows: case
            .iter()
            .map(|one| {
                let (before, after) = pair(one);
                let what = one.subject.key().to_owned();
                vec![what, before, after, change(one), tolerance(one)]
            })
            .collect(),
    });
    Detail {
        id: harmless(id).into_owned(),
        verdict: Place(worst),
        facts: first
            .and_then(|one| one.source.clone())
            .into_iter()
            .collect(),
        sections,
    }
}

fn item(one: &Comparison) -> Item {
    Item {
        verdict: Place(one.verdict),
        sentence: one.sentence.clone(),
        lines: explanation(one).below(),
    }
}

fn interval_of(one: &Comparison, pairs: &[f64]) -> Interval {
    let width = one.effect.and_then(|effect| effect.interval);
    let tolerated = one
        .tolerance
        .as_ref()
        .map(|tolerated| 1.0 + tolerated.share());
    let text = [change(one), interval(one)]
        .into_iter()
        .filter(|text| !text.is_empty());
    Interval {
        label: one.subject.key().to_owned(),
        verdict: Place(one.verdict),
        ratio: one.effect.map(|effect| effect.ratio),
        low: width.map(|width| width.low),
        high: width.map(|width| width.high),
        tolerated,
        pairs: if one.is_typical() {
            pairs.to_vec()
        } else {
            Vec::new()
        },
        text: text.collect::<Vec<_>>().join(", "),
    }
}
