//! `[span."NAME"]`: what the spans of a running program must hold. perf-layer reads it;
//! here a mistake in it is found before anything is measured.

use perf_grammar::{Metric, Role, UnitError};
use toml::de::DeValue;

use super::read::{Entry, Reader, Word};
use super::value::{self, Found, wrong};
use crate::model::problem::Problem;

/// The words of such a table, for the nearest one; any other quantile is one
/// as well.
const WORDS: &[&str] = &[
    "p50", "p75", "p90", "p95", "p99", "p99_9", "mean", "max", "every",
];

impl Reader<'_> {
    pub(super) fn spans(&mut self, entry: &Entry<'_>) {
        for (key, entry) in self.table("[span.\"NAME\"]", entry) {
            let table = format!("[span.\"{}\"]", key.get_ref());
            let mut has_limit = false;
            let mistakes = self.mistakes_so_far();
            for (key, entry) in self.table(&table, entry) {
                has_limit |= self.span_setting(&table, key, entry);
            }
            if !has_limit && self.mistakes_so_far() == mistakes {
                self.mistake(key.span(), Problem::no_limit_of_span(&table));
            }
        }
    }

    /// Whether it is a limit; what is wrong with it is noted.
    fn span_setting(&mut self, table: &str, key: &Word<'_>, entry: &Entry<'_>) -> bool {
        let word = &**key.get_ref();
        if word == "every" {
            if let Err(wrong) = every(entry) {
                self.wrong(wrong);
            }
            return false;
        }
        let known = perf_grammar::find(word);
        if let Some(known) = known
            && let Role::Limit(Metric::Quantile(_) | Metric::Mean | Metric::Max) = known.role
        {
            match value::read(&known, word, entry) {
                Ok(Found::Number(_)) => return true,
                Err(wrong) => {
                    self.wrong(wrong);
                    return false;
                }
                Ok(_) => {}
            }
        }
        self.unknown(key, word, &format!("a key of {table}"), WORDS);
        false
    }
}

fn every(entry: &Entry<'_>) -> Result<u64, value::Wrong> {
    let expected = "a text with a number and its unit, such as \"1min\"";
    let DeValue::String(text) = entry.get_ref() else {
        return Err(wrong(entry, "every", expected));
    };
    perf_grammar::EVERY
        .read_duration(text)
        .map_err(|UnitError { error, .. }| {
            let problem = Problem::wrong_threshold("every", &error.text(), &error.help());
            (entry.span(), problem)
        })
}

#[cfg(test)]
mod tests {
    use crate::policy::file::parse;

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
