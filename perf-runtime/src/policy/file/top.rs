//! `[top]`, also of a profile: from how much on `top` lists something first. The command line judges it;
//! here a mistake in it is found before anything is measured.

use perf_grammar::UnitError;
use toml::de::DeValue;

use super::read::{Entry, Reader};
use super::value::wrong;
use crate::collections::trim;
use crate::model::problem::Problem;

impl Reader<'_> {
    pub(super) fn thresholds(&mut self, table: &str, entry: &Entry<'_>) {
        for (key, entry) in self.table(table, entry) {
            let word = &**key.get_ref();
            if trim(word).is_empty() {
                self.mistake(key.span(), Problem::empty_threshold());
                continue;
            }
            let DeValue::String(text) = entry.get_ref() else {
                let expected = "a text with a number and its unit, such as \"500ms\" or, for `allocation`, \"10MB\"";
                self.wrong(wrong(entry, word, expected));
                continue;
            };
            if let Err(UnitError { error, .. }) = perf_grammar::read_threshold(word, text) {
                let problem = Problem::wrong_threshold(word, &error.text(), &error.help());
                self.mistake(entry.span(), problem);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::file::parse;

    #[test]
    fn what_is_no_threshold_is_refused_with_its_place() {
        #[track_caller]
        fn check(line: &str, expected: &str) {
            let mistakes = parse(&format!("schema = 1\n[top]\n{line}\n"), "f").unwrap_err();
            let shown: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            assert_eq!(shown.len(), 1, "{shown:?}");
            assert!(shown[0].contains(expected), "{shown:?}");
        }
        check("route = 500", "f:3:9: found 500 for `route`");
        check("route = \"500\"", "f:3:9: `route`: `500` has no unit");
        check("\"GET *\" = \"0s\"", "f:3:11: `GET *`: found 0 ns");
        check("allocation = \"5ms\"", "f:3:14: `allocation`: ");
        check("\" \" = \"5ms\"", "f:3:1: found an empty name");
        check("route.p99 = \"5ms\"", "found a table for `route`");
        let mistakes = parse("schema = 1\ntop = \"5ms\"\n", "f").unwrap_err();
        assert!(mistakes[0].to_string().contains("expected a table [top]"));
        let of_profile = "schema = 1\n[profile.ci.top]\nroute = \"500\"\n";
        let mistakes = parse(of_profile, "f").unwrap_err();
        assert!(mistakes[0].to_string().starts_with("f:3:9: `route`"));
    }
}
