//! What takes most over a whole run: its cases, spans, functions and places of
//! allocations, ranked, and held to thresholds.

mod threshold;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use perf_grammar::Ranked;
use serde::Serialize;

pub(crate) use self::threshold::{Threshold, Thresholds};
use crate::analysis::profile::{self, Spent};
use crate::analysis::recommendation::typical;
use crate::analysis::run::Case;
use crate::model::record::Span;
use crate::model::words::counted;

/// The ranking of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Top {
    pub(crate) run: String,
    pub(crate) cases: usize,
    /// One for each kind that there is something of.
    pub(crate) tables: Vec<Table>,
    /// What the tables lack, a sentence each.
    pub(crate) remarks: Vec<String>,
}

/// What is ranked of one kind: what is over its threshold first, then by size.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Table {
    pub(crate) kind: Ranked,
    pub(crate) rows: Vec<Row>,
    /// How many were left out.
    pub(crate) left_out: usize,
}

/// A case, a span, a function or a place; of one that several cases have, the figures
/// are those of the case in which it takes most.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// `file:line` of a case or a function.
    pub(crate) place: Option<String>,
    /// Of one call, or of one span on average: nanoseconds or bytes.
    pub(crate) value: f64,
    /// Of the call: a span without the spans inside it. Of a case: of one call of each.
    pub(crate) share: Option<f64>,
    /// Where the share lies with 95 % confidence, where it is one of samples.
    pub(crate) interval: Option<[f64; 2]>,
    /// How many spans a call has, or how often it allocates there.
    pub(crate) count: Option<f64>,
    pub(crate) case: String,
    /// Other cases that have it too.
    pub(crate) other_cases: usize,
    /// The threshold that it is over.
    #[serde(rename = "threshold")]
    pub(crate) over: Option<Threshold>,
}

/// The places that a case allocates at: allocations, bytes and bytes at the peak of
/// each, and of the whole call.
pub(crate) type Places = (BTreeMap<String, [u64; 3]>, [u64; 3]);

impl Top {
    /// Ranks cases, of which the spans, functions and places are ranked too; each table
    /// has at most `most` rows beside those that are over a threshold.
    pub(crate) fn of(
        run: &str,
        cases: &[&Case],
        places: &BTreeMap<String, Places>,
        thresholds: &Thresholds,
        most: usize,
    ) -> Top {
        let places = |case: &&Case| places.get(&case.id);
        let spans: Vec<Row> = cases.iter().flat_map(|case| spans(case)).collect();
        let functions = cases.iter().flat_map(|case| functions(case)).collect();
        let allocating = cases.iter().filter_map(|case| Some((case, places(case)?)));
        let allocations = allocating.flat_map(|(case, places)| allocations(case, places));
        let mut remarks = thresholds.unmatched(&spans);
        let found = [
            (Ranked::Case, of_cases(cases)),
            (Ranked::Span, spans),
            (Ranked::Function, functions),
            (Ranked::Allocation, allocations.collect()),
        ];
        let lacking = found.iter().filter(|(_, rows)| rows.is_empty());
        remarks.extend(lacking.map(|(kind, _)| without(*kind).to_owned()));
        let ranked = |(kind, rows): (Ranked, Vec<Row>)| {
            (!rows.is_empty()).then(|| Table::of(kind, rows, thresholds, most))
        };
        Top {
            run: run.to_owned(),
            cases: cases.len(),
            tables: found.into_iter().filter_map(ranked).collect(),
            remarks,
        }
    }

    /// How many are over their thresholds.
    pub(crate) fn over(&self) -> usize {
        let rows = self.tables.iter().flat_map(|table| &table.rows);
        rows.filter(|row| row.over.is_some()).count()
    }

    /// The sentence that closes every output.
    pub(crate) fn closing(&self) -> String {
        let cases = counted(self.cases, "case");
        match self.over() {
            0 => format!("{cases}; nothing is over a threshold"),
            over => format!("{cases}; {over} over a threshold"),
        }
    }
}

impl Table {
    fn of(kind: Ranked, rows: Vec<Row>, thresholds: &Thresholds, most: usize) -> Table {
        let mut rows = merged(rows);
        for row in &mut rows {
            row.over = thresholds.exceeded(kind, row);
        }
        rows.sort_by(|a, b| {
            (b.over.is_some().cmp(&a.over.is_some())).then(b.value.total_cmp(&a.value))
        });
        let over = rows.iter().filter(|row| row.over.is_some()).count();
        let shown = most.max(over).min(rows.len());
        let left_out = rows.len() - shown;
        rows.truncate(shown);
        Table {
            kind,
            rows,
            left_out,
        }
    }
}

/// One row a name, and of functions a file: the one of the case in which it takes most.
fn merged(rows: Vec<Row>) -> Vec<Row> {
    let mut merged: BTreeMap<(String, Option<String>), Row> = BTreeMap::new();
    for row in rows {
        let file = |place: &String| place.rsplit(':').nth(1).map(str::to_owned);
        match merged.entry((row.name.clone(), row.place.as_ref().and_then(file))) {
            Entry::Vacant(free) => {
                free.insert(row);
            }
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                let others = known.other_cases + usize::from(known.case != row.case);
                if row.value > known.value {
                    *known = row;
                }
                known.other_cases = others;
            }
        }
    }
    merged.into_values().collect()
}

fn of_cases(cases: &[&Case]) -> Vec<Row> {
    let all: f64 = cases.iter().filter_map(|case| typical(case)).sum();
    let row = |case: &&Case| {
        let value = typical(case)?;
        Some(Row {
            place: Some(case.source.clone()),
            share: (all > 0.0).then(|| value / all),
            ..of_case(case, case.id.clone(), value)
        })
    };
    cases.iter().filter_map(row).collect()
}

fn spans(case: &Case) -> Vec<Row> {
    let Some(breakdown) = &case.breakdown else {
        return Vec::new();
    };
    let recorded = breakdown.spans.iter().filter(|span| span.count > 0);
    let row = |span: &Span| Row {
        share: (breakdown.calls_ns > 0).then(|| span.self_ns as f64 / breakdown.calls_ns as f64),
        count: (breakdown.calls > 0).then(|| span.count as f64 / breakdown.calls as f64),
        ..of_case(
            case,
            span.name.clone(),
            span.total_ns as f64 / span.count as f64,
        )
    };
    recorded.map(row).collect()
}

fn functions(case: &Case) -> Vec<Row> {
    let (Some(profile), Some(typical)) = (&case.time_profile, typical(case)) else {
        return Vec::new();
    };
    let spent = profile::spent(profile, profile::root(profile, &case.source));
    let row = |Spent { what, place, share }: Spent| Row {
        place,
        share: Some(share.share),
        interval: Some([share.low, share.high]),
        ..of_case(case, what, typical * share.share)
    };
    spent.into_iter().map(row).collect()
}

fn allocations(case: &Case, (places, [_, all, _]): &Places) -> Vec<Row> {
    let row = |(place, [allocations, bytes, _]): (&String, &[u64; 3])| Row {
        share: (*all > 0).then(|| *bytes as f64 / *all as f64),
        count: Some(*allocations as f64),
        ..of_case(case, place.clone(), *bytes as f64)
    };
    places.iter().map(row).collect()
}

fn of_case(case: &Case, name: String, value: f64) -> Row {
    Row {
        name,
        value,
        case: case.id.clone(),
        ..Row::default()
    }
}

/// What brings a table that there is not.
fn without(kind: Ranked) -> &'static str {
    match kind {
        Ranked::Case => "no case has a time",
        Ranked::Span => {
            "no spans: they are recorded of cases with a limit on a span, and of every case under `--alone`"
        }
        Ranked::Function => {
            "no functions: a case is profiled where a time limit is broken, and by `profile CASE`"
        }
        Ranked::Allocation => {
            "no places of allocations: they are recorded where a limit on memory is broken, and by `--alloc-profile`"
        }
    }
}

#[cfg(test)]
mod tests;
