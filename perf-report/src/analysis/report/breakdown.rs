//! Where the time of a case goes: its spans in a table, ready to be printed.

use perf_grammar::Unit;

use crate::analysis::profile::CaseTable;
use crate::model::record::{Breakdown, Span};
use crate::model::words::{amount, percent};

/// The columns, the name first; times of one call, but for the last two, which are of
/// single spans.
const HEADS: [&str; 7] = ["span", "a call", "total", "self", "share", "p99", "max"];

/// Spans that are shown; a record has all of them.
const SHOWN: usize = 20;

/// Makes the table. The spans stand as they were opened, those inside others
/// indented; where they are too many, those with the least self time are left out.
pub(super) fn table(case: &str, breakdown: &Breakdown) -> Option<CaseTable<7>> {
    let mut chosen: Vec<(usize, &Span)> = breakdown.spans.iter().enumerate().collect();
    chosen.sort_by_key(|(_, span)| std::cmp::Reverse(span.self_ns));
    let left_out = chosen.len().saturating_sub(SHOWN);
    chosen.truncate(SHOWN);
    chosen.sort_by_key(|(place, _)| *place);
    if chosen.is_empty() || breakdown.calls == 0 {
        return None;
    }
    let mut caption = format!(
        "spans of {}, of which each took {} on average; self time is without the spans inside",
        amount(breakdown.calls, "call"),
        time(breakdown.calls_ns as f64 / breakdown.calls as f64)
    );
    if left_out > 0 {
        caption += &format!("; {left_out} with less self time are left out");
    }
    if !breakdown.complete {
        caption += "; there were more than could be kept";
    }
    Some(CaseTable {
        case: case.to_owned(),
        caption,
        heads: HEADS,
        rows: chosen
            .into_iter()
            .map(|(_, span)| row(span, breakdown))
            .collect(),
    })
}

fn row(span: &Span, of: &Breakdown) -> [String; 7] {
    let calls = of.calls as f64;
    let share = match of.calls_ns {
        0 => String::new(),
        all => percent(span.self_ns as f64 / all as f64),
    };
    [
        format!("{}{}", "  ".repeat(span.depth.min(8) as usize), span.name),
        perf_grammar::format_count(span.count as f64 / calls),
        time(span.total_ns as f64 / calls),
        time(span.self_ns as f64 / calls),
        share,
        time(span.p99_ns as f64),
        time(span.max_ns as f64),
    ]
}

fn time(ns: f64) -> String {
    perf_grammar::format(Unit::Duration, ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(name: &str, depth: u64, self_ns: u64) -> Span {
        Span {
            name: name.to_owned(),
            depth,
            count: 30,
            total_ns: 4_000_000,
            busy_ns: 4_000_000,
            self_ns,
            p99_ns: 200_000,
            max_ns: 300_000,
        }
    }

    #[test]
    fn a_row_shows_what_one_call_spends() {
        let breakdown = Breakdown {
            calls: 10,
            calls_ns: 8_000_000,
            complete: false,
            spans: vec![span("load", 0, 1_000_000), span("parse", 1, 2_000_000)],
        };
        let table = table("a::b", &breakdown).expect("there are spans");
        let cells: Vec<&str> = table.rows[1].iter().map(String::as_str).collect();
        assert_eq!(
            cells,
            [
                "  parse", "3", "400 µs", "200 µs", "25 %", "200 µs", "300 µs"
            ]
        );
        assert!(
            table
                .caption
                .starts_with("spans of 10 calls, of which each took 800 µs")
        );
        assert!(table.caption.ends_with("more than could be kept"));
    }

    #[test]
    fn of_many_spans_those_with_most_self_time_are_shown_in_their_order() {
        let spans = (0..30).map(|n| span(&format!("s{n}"), 0, n)).collect();
        let breakdown = Breakdown {
            calls: 1,
            calls_ns: 1,
            complete: true,
            spans,
        };
        let table = table("a", &breakdown).expect("there are spans");
        let names: Vec<&str> = table.rows.iter().map(|row| &*row[0]).collect();
        assert_eq!((names.len(), names[0], names[19]), (20, "s10", "s29"));
        assert!(
            table
                .caption
                .ends_with("10 with less self time are left out")
        );
    }
}
