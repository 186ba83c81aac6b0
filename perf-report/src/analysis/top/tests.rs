use super::*;
use crate::analysis::fixture;
use crate::model::record::{Breakdown, Span};

fn span(name: &str, count: u64, total_ns: u64, self_ns: u64) -> Span {
    Span {
        name: name.to_owned(),
        depth: 0,
        count,
        total_ns,
        busy_ns: total_ns,
        self_ns,
        p99_ns: total_ns,
        max_ns: total_ns,
    }
}

/// A case with these spans in ten calls of 1 ms.
fn case(id: &str, spans: Vec<Span>) -> Case {
    let mut case = fixture::quiet_run().cases.remove(0);
    case.id = id.to_owned();
    case.breakdown = Some(Breakdown {
        calls: 10,
        calls_ns: 10_000_000,
        complete: true,
        spans,
    });
    case
}

fn top(cases: &[Case], budgets: &str, most: usize) -> Top {
    let thresholds = Thresholds::read(&format!("schema = 1\n[top]\n{budgets}"), "b.toml", None);
    let cases: Vec<&Case> = cases.iter().collect();
    let thresholds = thresholds.expect("sound");
    Top::of("r1", &cases, &BTreeMap::new(), &thresholds, most)
}

fn names(top: &Top, kind: Ranked) -> Vec<&str> {
    let tables = top.tables.iter().filter(|table| table.kind == kind);
    let rows = tables.flat_map(|table| &table.rows);
    rows.map(|row| &*row.name).collect()
}

#[test]
fn a_span_of_several_cases_is_one_row_of_the_case_in_which_it_takes_most() {
    let cases = [
        case("a", vec![span("load", 10, 1_000_000, 500_000)]),
        case("b", vec![span("load", 20, 6_000_000, 6_000_000)]),
        case(
            "c",
            vec![span("load", 10, 2_000_000, 1), span("check", 10, 1, 1)],
        ),
    ];
    let top = top(&cases, "", 10);
    assert_eq!(names(&top, Ranked::Span), ["load", "check"]);
    let load = &top.tables[1].rows[0];
    assert_eq!((&*load.case, load.other_cases), ("b", 2));
    assert_eq!(
        (load.value, load.share, load.count),
        (300_000.0, Some(0.6), Some(2.0))
    );
}

#[test]
fn what_is_over_its_threshold_stands_first_and_is_never_left_out() {
    let routes = |number: u64| span(&format!("GET /{number}"), 1, number * 1_000_000, 0);
    let cases = [case("a", (1..9).map(routes).collect())];
    let all = top(&cases, "", 3);
    assert_eq!(names(&all, Ranked::Span), ["GET /8", "GET /7", "GET /6"]);
    assert_eq!((all.tables[1].left_out, all.over()), (5, 0));
    // The name before the pattern, the pattern before the kind.
    let text =
        "span = \"1ms\"\n\"GET *\" = \"6500us\"\n\"GET /2\" = \"1ms\"\n\"GET /8\" = \"1s\"\n";
    let some = top(&cases, text, 2);
    assert_eq!(names(&some, Ranked::Span), ["GET /7", "GET /2"]);
    assert_eq!(some.over(), 2);
    let over = some.tables[1].rows[0].over.as_ref().expect("over");
    assert_eq!((&*over.key, &*over.place), ("GET *", "b.toml:4:11"));
    assert_eq!(some.closing(), "1 case; 2 over a threshold");
}

#[test]
fn cases_have_shares_of_one_call_of_each() {
    let mut cases = [case("a", vec![]), case("b", vec![])];
    for (case, p50) in cases.iter_mut().zip([3e6, 1e6]) {
        case.summary.as_mut().expect("a summary").p50 = Some(p50);
        case.items = 1;
    }
    let top = top(&cases, "case = \"2ms\"", 10);
    let rows = &top.tables[0].rows;
    let shares: Vec<_> = rows.iter().map(|row| (&*row.name, row.share)).collect();
    assert_eq!(shares, [("a", Some(0.75)), ("b", Some(0.25))]);
    assert_eq!(top.over(), 1);
    assert!(
        top.remarks
            .iter()
            .any(|remark| remark.starts_with("no spans"))
    );
}

#[test]
fn a_name_that_no_span_has_is_said() {
    let cases = [case("a", vec![span("load", 1, 1, 1)])];
    let top = top(
        &cases,
        "loads = \"1ms\"\nfunctions = \"1ms\"\nload = \"1ms\"",
        10,
    );
    assert_eq!(
        top.remarks[..2],
        [
            "b.toml:3:9: [top] `loads` is the name of no span of this run; did you mean `load`?",
            "b.toml:4:13: [top] `functions` is the name of no span of this run; did you mean `function`?",
        ]
    );
}
