//! Keys whose Cargo feature of perf-runtime is off.

use perf_grammar::Feature;

use crate::attribute::Spec;
use crate::mistakes::Mistakes;
use crate::problem::Problem;

/// Whether a feature is on: perf-runtime passes its own on to this crate.
pub(crate) fn is_on(feature: Feature) -> bool {
    match feature {
        Feature::Load => cfg!(feature = "load"),
        Feature::Instructions => cfg!(feature = "instructions"),
        Feature::Meters => cfg!(feature = "meters"),
        Feature::Tracing => cfg!(feature = "tracing"),
        // No key needs it.
        Feature::AllocSites => true,
    }
}

/// Notes every key that needs a feature which is off. What is wrong by itself comes
/// first: a key that is misspelt needs no feature.
pub(crate) fn check(spec: &Spec, is_on: fn(Feature) -> bool, mistakes: &mut Mistakes) {
    if !mistakes.is_empty() {
        return;
    }
    for given in spec.given() {
        if let Some(feature) = given.key.feature().filter(|feature| !is_on(*feature)) {
            let (word, off) = (given.word.to_string(), feature.is_off());
            let problem = Problem::feature_off(&word, &off, &feature.switch_on());
            mistakes.at(given.word.span(), problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(attribute: &str, is_on: fn(Feature) -> bool, expected: &[&str]) {
        let mut mistakes = Mistakes::default();
        let spec = Spec::read(attribute.parse().expect("tokens"), &mut mistakes);
        super::check(&spec, is_on, &mut mistakes);
        let found = mistakes.texts();
        assert_eq!(found.len(), expected.len(), "{attribute}: {found:#?}");
        for (found, part) in found.iter().zip(expected) {
            assert!(found.contains(part), "{attribute}: {found}");
        }
    }

    #[test]
    fn each_key_names_the_feature_that_is_off() {
        let all = "p99 = \"1s\", threads = 2, rate = \"5/s\", degradation = \"2x\", instructions = 9, \
                   events(\"sql\", max = 1), span(\"render\", p99 = \"1ms\"), meter(\"files\", max = 0)";
        check(all, |_| true, &[]);
        check(
            all,
            |_| false,
            &[
                "`threads` needs the Cargo feature `load`",
                "`rate` needs the Cargo feature `load`",
                "`degradation` needs the Cargo feature `load`",
                "`instructions` needs the Cargo feature `instructions`",
                "`events` needs the Cargo feature `tracing`",
                "`span` needs the Cargo feature `tracing`",
                "`meter` needs the Cargo feature `meters`",
            ],
        );
        check(
            all,
            |feature| feature == Feature::Load,
            &["instr", "events", "span", "meter"],
        );
        check(
            "p99 = \"1s\", mem = \"1MB\", count(\"n\", max = 1)",
            |_| false,
            &[],
        );
        check("thraeds = 2", |_| false, &["did you mean"]);
    }
}
