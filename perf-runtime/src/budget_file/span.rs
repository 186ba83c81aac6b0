//! `[span."NAME"]`: what the spans of a running program must hold.

use perf_grammar::{Metric, Role, Statistic};
use toml::de::DeValue;

use super::read::{Entry, Reader, Word};
use super::value::{self, Found, wrong};
use super::{Set, SpanBudget};

/// The words of such a table, for the nearest one; any other quantile is one
/// as well.
const WORDS: &[&str] = &[
    "p50", "p75", "p90", "p95", "p99", "p99_9", "mean", "max", "every",
];

impl Reader<'_> {
    pub(super) fn spans(&mut self, entry: &Entry<'_>) -> Vec<SpanBudget> {
        let mut spans = Vec::new();
        for (key, entry) in self.table("[span.\"NAME\"]", entry) {
            let name = key.get_ref().to_string();
            let table = format!("[span.\"{name}\"]");
            let mut span = SpanBudget {
                name,
                limits: Vec::new(),
                every_ns: None,
            };
            let mistakes = self.mistakes_so_far();
            for (key, entry) in self.table(&table, entry) {
                self.span_setting(&mut span, &table, key, entry);
            }
            if span.limits.is_empty() && self.mistakes_so_far() == mistakes {
                self.mistake(
                    &key.span(),
                    format!(
                        "found {table} without a limit, expected at least one such as p99 = \"2ms\""
                    ),
                );
            }
            spans.push(span);
        }
        spans
    }

    fn span_setting(
        &mut self,
        span: &mut SpanBudget,
        table: &str,
        key: &Word<'_>,
        entry: &Entry<'_>,
    ) {
        let word = &**key.get_ref();
        let place = self.place(entry.span().start);
        if word == "every" {
            match every(entry) {
                Ok(ns) => span.every_ns = Set::at(ns, place),
                Err(wrong) => self.wrong(wrong),
            }
            return;
        }
        let known = perf_grammar::find(word);
        let limit = known.as_ref().and_then(|known| match known.role {
            Role::Limit(metric) => Some((known, statistic(metric)?)),
            _ => None,
        });
        let Some((known, statistic)) = limit else {
            return self.unknown(key, word, &format!("a key of {table}"), WORDS);
        };
        match value::read(known, word, entry) {
            Ok(Found::Number(value)) => span.limits.push((
                statistic,
                Set {
                    value,
                    place: Some(place),
                },
            )),
            Ok(_) => self.unknown(key, word, &format!("a key of {table}"), WORDS),
            Err(wrong) => self.wrong(wrong),
        }
    }
}

/// What a limit of a case means for spans, where it means anything.
fn statistic(metric: Metric) -> Option<Statistic> {
    match metric {
        Metric::Quantile(quantile) => Some(Statistic::Quantile(quantile)),
        Metric::Mean => Some(Statistic::Mean),
        Metric::Max => Some(Statistic::Max),
        _ => None,
    }
}

fn every(entry: &Entry<'_>) -> Result<u64, value::Wrong> {
    let expected = "a text with a number and its unit, such as \"1min\"";
    let DeValue::String(text) = entry.get_ref() else {
        return Err(wrong(entry, "every", expected));
    };
    perf_grammar::EVERY
        .read_duration(text)
        .map_err(|error| (entry.span(), format!("`every`: {error}")))
}

#[cfg(test)]
mod tests {
    use crate::budget_file::parse;

    #[test]
    fn budgets_of_spans_are_read_in_the_order_of_the_file() {
        let text = "schema = 1\n[span.\"render page\"]\np99 = \"2ms\"\nmax = \"50ms\"\nevery = \"10s\"\n[span.b]\nmean = \"1us\"";
        let spans = parse(text, "f").unwrap().spans;
        let shown: Vec<_> = spans
            .iter()
            .map(|span| {
                let limits: Vec<_> = span.limits.iter().map(|(_, limit)| limit.value).collect();
                let every = span.every_ns.as_ref().map(|every| every.value);
                (&*span.name, limits, every)
            })
            .collect();
        assert_eq!(
            shown,
            [
                (
                    "render page",
                    vec![2_000_000, 50_000_000],
                    Some(10_000_000_000)
                ),
                ("b", vec![1_000], None)
            ]
        );
        assert_eq!(spans[0].limits[1].1.place.as_deref(), Some("f:4:7"));
    }

    #[test]
    fn what_no_span_can_hold_is_refused() {
        #[track_caller]
        fn check(line: &str, expected: &str) {
            let mistakes = parse(&format!("schema = 1\n[span.a]\n{line}"), "f").unwrap_err();
            let shown: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            assert_eq!(shown.len(), 1, "{shown:?}");
            assert!(shown[0].contains(expected), "{shown:?}");
        }
        check("", "f:2:7: found [span.\"a\"] without a limit");
        check(
            "mem = \"2MB\"",
            "f:3:1: found `mem`, expected a key of [span.\"a\"]",
        );
        check("p99 = 3", "f:3:7: found 3 for `p99`");
        check("p99 = \"0s\"", "found zero for `p99`");
        check("meen = \"1ms\"", "did you mean `mean`?");
        check("max = \"1s\"\nevery = 3", "f:4:9: found 3 for `every`");
        check("max = \"1s\"\nevery = \"3 fortnights\"", "fortnights");
    }
}
