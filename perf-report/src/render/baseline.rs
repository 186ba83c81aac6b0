//! A saved baseline as a document: Markdown for people, JSON for programs.

mod layout;

use std::collections::BTreeSet;

use serde::Serialize;

pub(crate) use self::layout::write;
use perf_grammar::Verdict;

use super::markdown::{label, table, text};
use crate::analysis::baseline::{
    Baseline, Budget, Portable, PortableCase, SCHEMA, Times, TimesCase,
};
use crate::analysis::compare::Subject;
use crate::analysis::compare::stored::{ALPHA, Reference};
use crate::analysis::run::{used, verdict};
use crate::analysis::statistics::quantile::median;
use crate::model::commit::Commit;
use crate::model::words::percent;
use crate::render::table::{Align, Column};

/// Everything as one object.
pub(crate) fn json(baseline: &Baseline) -> String {
    #[derive(Serialize)]
    struct Wire<'a> {
        kind: &'static str,
        portable: Option<&'a Portable>,
        schema: u32,
        times: &'a [Times],
    }
    let wire = Wire {
        kind: "perf-baseline",
        portable: baseline.portable.as_ref(),
        schema: SCHEMA,
        times: &baseline.times,
    };
    crate::render::to_json(&wire)
}

/// A document.
pub(crate) fn markdown(baseline: &Baseline) -> String {
    let mut out = "# Performance baseline\n".to_owned();
    for times in &baseline.times {
        out.push_str(&format!("\n## {}\n\n", text(&times.machine.class())));
        let cases: Vec<(&String, &TimesCase)> = times.cases.iter().collect();
        if cases.is_empty() {
            out.push_str("No case is kept.\n");
            continue;
        }
        out.push_str(&environment(&cases));
        budgets(&mut out, &cases);
        quantiles(&mut out, &cases);
    }
    if let Some(portable) = &baseline.portable {
        on_every_machine(&mut out, portable);
    }
    out
}

/// What the cases were measured with, when, and at which commit.
fn environment(cases: &[(&String, &TimesCase)]) -> String {
    let distinct = |of: &dyn Fn(&TimesCase) -> Option<String>| {
        let values: BTreeSet<String> = cases.iter().filter_map(|(_, case)| of(case)).collect();
        let values: Vec<String> = values.into_iter().map(|value| text(&value)).collect();
        if values.is_empty() {
            "unknown".to_owned()
        } else {
            values.join(", ")
        }
    };
    let lines = [
        ("Saved", distinct(&|case| Some(case.saved.clone()))),
        (
            "Commit",
            distinct(&|case| Some(commit(case.commit.as_ref()?, case.dirty))),
        ),
        ("Compiler", distinct(&|case| case.rustc.clone())),
        ("Build", distinct(&|case| Some(case.profile.clone()))),
        ("Clock", distinct(&|case| Some(case.clock.clone()))),
        ("Runs", distinct(&|case| Some(case.runs.to_string()))),
        ("Cases", cases.len().to_string()),
    ];
    lines
        .map(|(name, value)| format!("- {name}: {value}\n"))
        .concat()
}

/// A commit for people, and whether files differed from it.
fn commit(hash: &str, dirty: bool) -> String {
    let commit = Commit {
        hash: hash.to_owned(),
        branch: None,
        dirty,
    };
    let changes = if dirty { " (files differed)" } else { "" };
    format!("{}{changes}", commit.short())
}

fn budgets(out: &mut String, cases: &[(&String, &TimesCase)]) {
    type Cell = fn(&str, &Budget) -> String;
    let columns: [(&'static str, Align, Cell); 5] = [
        ("metric", Align::Left, |name, _| name.to_owned()),
        ("budget", Align::Right, |_, budget| {
            let relation = if budget.floor { "≥" } else { "≤" };
            let limit = perf_grammar::format_exact(budget.unit, budget.limit as f64);
            format!("{relation} {limit}")
        }),
        ("baseline", Align::Right, |_, budget| {
            let value = budget.measured.map(|number| number.0);
            value.map_or_else(String::new, |value| {
                perf_grammar::format_exact(budget.unit, value)
            })
        }),
        ("used", Align::Right, |_, budget| {
            let measured = budget.measured.as_ref().map(|measured| measured.0);
            measured
                .and_then(|measured| used(budget.floor, measured, budget.limit as f64))
                .map_or_else(String::new, percent)
        }),
        ("status", Align::Left, |_, budget| {
            verdict(budget.verdict).word().to_owned()
        }),
    ];
    let rows: Vec<(&String, &String, &Budget)> = cases
        .iter()
        .flat_map(|(id, case)| {
            case.budgets
                .iter()
                .map(move |(name, budget)| (*id, name, budget))
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    let mut table_of = vec![Column::of("case", Align::Left, 0, &rows, |(id, ..)| {
        (*id).clone()
    })];
    table_of.extend(columns.map(|(head, align, cell)| {
        Column::of(head, align, 0, &rows, |(_, name, budget)| {
            cell(name, budget)
        })
    }));
    out.push_str("\n### Budgets\n\n");
    table(out, &table_of, rows.len());
    let broken = rows.iter().map(|(.., budget)| verdict(budget.verdict));
    if let Some(worst) = broken.max().filter(|worst| *worst != Verdict::Pass) {
        out.push_str(&format!("\nThe worst of them: {}.\n", label(worst)));
    }
}

fn quantiles(out: &mut String, cases: &[(&String, &TimesCase)]) {
    let mut columns = vec![
        Column::of("case", Align::Left, 0, cases, |(id, _)| (*id).clone()),
        Column::of("calls", Align::Right, 0, cases, |(_, case)| {
            perf_grammar::format_count(case.calls as f64)
        }),
    ];
    for name in [
        "min", "p25", "p50", "p75", "p90", "p95", "p99", "max", "mean", "cpu",
    ] {
        let one = Column::of(name, Align::Right, 0, cases, |(_, case)| {
            quantile(case, name).map_or_else(String::new, perf_grammar::format_time)
        });
        if one.cells.iter().any(|cell| !cell.is_empty()) {
            columns.push(one);
        }
    }
    columns.push(Column::of(
        "seen from",
        Align::Right,
        0,
        cases,
        |(_, case)| {
            seen_from(case).map_or_else(String::new, |share| {
                format!("+{}", perf_grammar::format_share(share * 1e6))
            })
        },
    ));
    out.push_str("\n### Times\n\n");
    table(out, &columns, cases.len());
    out.push_str("\nMedians over the runs. `seen from`: the least change of the typical call that stands out from the noise between these runs.\n");
}

fn quantile(case: &TimesCase, name: &str) -> Option<f64> {
    let runs = match name {
        "p50" => &case.p50_ns,
        "p99" => &case.p99_ns,
        "mean" => &case.mean_ns,
        "cpu" => &case.cpu_ns,
        _ => return case.quantiles_ns.get(name).map(|number| number.0),
    };
    let values: Vec<f64> = runs.iter().map(|number| number.0).collect();
    (!values.is_empty()).then(|| median(&values))
}

fn seen_from(case: &TimesCase) -> Option<f64> {
    let typical = if case.p50_ns.is_empty() {
        &case.mean_ns
    } else {
        &case.p50_ns
    };
    let logs: Vec<f64> = typical.iter().map(|number| number.0.ln()).collect();
    Some(Reference::of(&logs, ALPHA)?.reach.exp_m1())
}

fn on_every_machine(out: &mut String, portable: &Portable) {
    let cases: Vec<(&String, &PortableCase)> = portable.cases.iter().collect();
    out.push_str("\n## On every machine\n\n");
    if cases.is_empty() {
        out.push_str("No case is kept.\n");
        return;
    }
    let mut columns = vec![Column::of("case", Align::Left, 0, &cases, |(id, _)| {
        (*id).clone()
    })];
    for (head, key) in [
        ("peak", "mem"),
        ("allocs", "allocs"),
        ("allocated", "alloc_bytes"),
        ("retained", "retained"),
    ] {
        columns.push(Column::of(head, Align::Right, 0, &cases, |(_, case)| {
            let subject = Subject::counted(key);
            let values = case.counts.get(key).map(|runs| runs.values(case.runs));
            values.map_or_else(String::new, |values| subject.show(median(&values)))
        }));
    }
    columns.push(Column::of(
        "instructions",
        Align::Right,
        0,
        &cases,
        |(_, case)| {
            let counted = case.instructions.as_ref();
            let values = counted.map(|counted| counted.count.values(case.runs));
            values.map_or_else(String::new, |values| {
                Subject::instructions().show(median(&values))
            })
        },
    ));
    columns.push(Column::of(
        "time grows with",
        Align::Right,
        0,
        &cases,
        |(_, case)| {
            let values = case.growth.as_ref().map(|growth| growth.values(case.runs));
            values.map_or_else(String::new, |values| Subject::Growth.show(median(&values)))
        },
    ));
    columns.push(Column::of(
        "counted",
        Align::Left,
        0,
        &cases,
        |(_, case)| {
            let named = case.counts.iter().filter(|(key, _)| key.contains(' '));
            let shown = named.map(|(key, runs)| {
                let subject = Subject::counted(key);
                format!("{key} {}", subject.show(median(&runs.values(case.runs))))
            });
            shown.collect::<Vec<_>>().join(", ")
        },
    ));
    columns.push(Column::of("saved", Align::Left, 0, &cases, |(_, case)| {
        let at = case.commit.as_ref().map(|hash| commit(hash, case.dirty));
        at.map_or_else(|| case.saved.clone(), |at| format!("{} {at}", case.saved))
    }));
    columns.retain(|column| column.cells.iter().any(|cell| !cell.is_empty()));
    table(out, &columns, cases.len());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::baseline::Document;
    use crate::render::golden::check;

    fn sample() -> Baseline {
        let mut baseline = Baseline::default();
        for file in [
            include_str!("../../schema/baseline-1.portable.sample.json"),
            include_str!("../../schema/baseline-1.times.sample.json"),
        ] {
            let document = Document::read(file).expect("a baseline");
            baseline.add(document).expect("one of each");
        }
        baseline
    }

    #[test]
    fn a_baseline_is_a_document() {
        check("baseline.md", &markdown(&sample()));
        check("baseline.json", &json(&sample()));
    }

    #[test]
    fn an_empty_baseline_is_one_too() {
        assert_eq!(markdown(&Baseline::default()), "# Performance baseline\n");
        assert!(json(&Baseline::default()).contains("\"times\": []"));
    }
}
