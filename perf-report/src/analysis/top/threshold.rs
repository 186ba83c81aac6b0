//! Thresholds: `[top]` of a budget file and of its profiles.

use perf_grammar::{Ranked, name_matches, nearest, read_threshold};
use serde::Serialize;

use super::Row;
use crate::analysis::budget_edit::{Entry, entries};

/// The thresholds of a budget file, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Thresholds(Vec<(Ranked, Threshold)>);

/// From how much on something is listed first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Threshold {
    /// The word of a kind, or the name of a span, which may have stars.
    pub(crate) key: String,
    /// Base units.
    #[serde(rename = "value")]
    pub(crate) amount: u64,
    /// `file:line:column`
    #[serde(rename = "source")]
    pub(crate) place: String,
}

impl Thresholds {
    /// Reads `[top]` of a budget file, and that of the profile of the run, whose entries
    /// stand in the place of others of the same name; `path` is how messages call the file.
    ///
    /// # Errors
    /// What cannot be read, with its place.
    pub(crate) fn read(
        text: &str,
        path: &str,
        profile: Option<&str>,
    ) -> Result<Thresholds, String> {
        let Thresholds(mut all) = Thresholds::table(text, path, &["top"])?;
        if let Some(profile) = profile {
            let Thresholds(own) = Thresholds::table(text, path, &["profile", profile, "top"])?;
            let is_own = |key: &str| own.iter().any(|(_, threshold)| threshold.key == key);
            all.retain(|(_, threshold)| !is_own(&threshold.key));
            all.extend(own);
        }
        Ok(Thresholds(all))
    }

    fn table(text: &str, path: &str, table: &[&str]) -> Result<Thresholds, String> {
        let entries = entries(text, table).map_err(|wrong| format!("{path}:{wrong}"))?;
        let threshold = |(key, place, written): Entry| {
            let place = format!("{path}:{place}");
            let read = match &written {
                Some(written) => read_threshold(&key, written).map_err(|error| error.to_string()),
                None => Err("found no text, expected one such as \"500ms\"".to_owned()),
            };
            let (kind, amount) = read.map_err(|why| format!("{place}: `{key}`: {why}"))?;
            Ok((kind, Threshold { key, amount, place }))
        };
        let thresholds = entries.into_iter().map(threshold);
        thresholds.collect::<Result<_, String>>().map(Thresholds)
    }

    /// The threshold that a row is over. Of a span the one of its name holds, else that
    /// of the longest pattern, else that of all spans.
    pub(super) fn exceeded(&self, kind: Ranked, row: &Row) -> Option<Threshold> {
        let of_kind = self.0.iter().filter(|(of, _)| *of == kind);
        let holds = of_kind.filter_map(|(_, threshold)| {
            let key = &*threshold.key;
            let rank = match key {
                _ if key == kind.word() => (0, 0),
                _ if key == row.name => (2, 0),
                _ if name_matches(key, &row.name) => (1, key.len()),
                _ => return None,
            };
            Some((rank, threshold))
        });
        let (_, threshold) = holds.max_by_key(|(rank, _)| *rank)?;
        (row.value > threshold.amount as f64).then(|| threshold.clone())
    }

    /// The names that no span has.
    pub(super) fn unmatched(&self, spans: &[Row]) -> Vec<String> {
        let is_name = |(kind, threshold): &&(Ranked, Threshold)| {
            *kind == Ranked::Span && threshold.key != kind.word()
        };
        let matches_none = |(_, threshold): &&(Ranked, Threshold)| {
            !spans
                .iter()
                .any(|row| name_matches(&threshold.key, &row.name))
        };
        let shown = |(_, threshold): &(Ranked, Threshold)| {
            let (key, place) = (&threshold.key, &threshold.place);
            let words = Ranked::ALL.map(Ranked::word);
            let names = spans.iter().map(|row| &*row.name).chain(words);
            let near = nearest(key, &names.collect::<Vec<_>>());
            let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            format!("{place}: [top] `{key}` is the name of no span of this run{near}")
        };
        self.0
            .iter()
            .filter(is_name)
            .filter(matches_none)
            .map(shown)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_knows_its_place_and_a_mistake_too() {
        let text = "schema = 1\n[top]\nroute = \"500ms\"\nallocation = \"1MB\"\n";
        let Thresholds(found) = Thresholds::read(text, "b.toml", Some("ci")).expect("sound");
        let found: Vec<_> = found
            .iter()
            .map(|(kind, threshold)| (*kind, threshold.amount, &*threshold.place))
            .collect();
        assert_eq!(
            found,
            [
                (Ranked::Span, 500_000_000, "b.toml:3:9"),
                (Ranked::Allocation, 1_000_000, "b.toml:4:14"),
            ]
        );
        #[track_caller]
        fn check(line: &str, expected: &str) {
            let text = format!("schema = 1\n{line}\n");
            let mistake = Thresholds::read(&text, "b.toml", None).expect_err(line);
            assert!(mistake.starts_with(expected), "{mistake}");
        }
        check("top = 3", "b.toml:2:7: found a single value");
        check("top.route = 3", "b.toml:2:13: `route`: found no text");
        check("top.route = \"3\"", "b.toml:2:13: `route`: `3` has no unit");
        check("top =", "b.toml:2:6: this is not TOML");
        assert_eq!(
            Thresholds::read("schema = 1\n", "b", None),
            Ok(Thresholds::default())
        );
    }

    #[test]
    fn a_threshold_of_the_profile_stands_above_the_one_outside() {
        let text = "[top]\nroute = \"500ms\"\ncase = \"1s\"\n[profile.ci.top]\nroute = \"2s\"\n";
        let read = |profile| {
            let Thresholds(found) = Thresholds::read(text, "b.toml", profile).expect("sound");
            let found = found.into_iter();
            let found = found.map(|(_, threshold)| (threshold.key, threshold.amount));
            found.collect::<Vec<_>>()
        };
        let (route, case) = ("route".to_owned(), "case".to_owned());
        let outside = [(route.clone(), 500_000_000), (case.clone(), 1_000_000_000)];
        assert_eq!(read(None), outside);
        assert_eq!(read(Some("nightly")), outside);
        assert_eq!(
            read(Some("ci")),
            [(case, 1_000_000_000), (route, 2_000_000_000)]
        );
    }
}
