//! Describes each comparison that is not a plain pass in full, and what many have in
//! common once.

use std::collections::HashMap;

use perf_grammar::Verdict;

use super::{Compared, Comparison, Finding};
use crate::analysis::report::{Detail, Explanation};
use crate::model::words::counted;

/// How many cases are named of those that share a reason.
const NAMED: usize = 3;

/// The explanations of a comparison, the worst first.
pub(crate) fn explanations(compared: &Compared, detail: Detail) -> Vec<Explanation> {
    let mut alike: HashMap<(Verdict, String), Vec<&Comparison>> = HashMap::new();
    for one in &compared.comparisons {
        if let Some(reason) = shared_reason(one) {
            alike.entry((one.verdict, reason)).or_default().push(one);
        }
    }
    let mut explanations: Vec<Explanation> = Vec::new();
    for one in &compared.comparisons {
        if detail == Detail::NotPlain && is_plain(one) {
            continue;
        }
        match shared_reason(one) {
            None => explanations.push(explanation(one)),
            // The first of those that share it speaks for all.
            Some(reason) => explanations.extend(
                alike
                    .remove(&(one.verdict, reason.clone()))
                    .map(|alike| shared(one, &reason, &alike)),
            ),
        }
    }
    // Stable: within a verdict they stay in order of id.
    explanations.sort_by_key(|explanation| std::cmp::Reverse(explanation.verdict));
    explanations
}

/// One comparison in full.
pub(crate) fn explanation(one: &Comparison) -> Explanation {
    let (place, sentence) = (one.source.clone(), one.sentence.clone());
    Explanation {
        causes: one.causes.clone(),
        about: one.about.clone(),
        lines: one.details.clone(),
        ..Explanation::new(one.verdict, &one.id, place, sentence)
    }
}

/// Whether there is nothing to say beyond its row.
fn is_plain(one: &Comparison) -> bool {
    one.verdict == Verdict::Pass && one.finding != Finding::Layout
}

/// What many that cannot be enforced have in common; what would be seen of each
/// stands below.
const NOISY: &str = "runs differ by more than is tolerated";

/// The reason of something that was not judged, which others may have too.
fn shared_reason(one: &Comparison) -> Option<String> {
    match &one.finding {
        Finding::Undecided(why) => Some(why.to_string()),
        Finding::Unmeasured(why) => Some(why.clone()),
        Finding::Unenforceable(_) => Some(NOISY.to_owned()),
        Finding::Same | Finding::Better | Finding::Worse | Finding::Layout | Finding::Failed(_) => {
            None
        }
    }
}

fn shared(one: &Comparison, reason: &str, alike: &[&Comparison]) -> Explanation {
    if let [_] = alike {
        return explanation(one);
    }
    let mut keys: Vec<&str> = alike.iter().map(|other| other.subject.key()).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut cases: Vec<&str> = alike.iter().map(|other| &*other.id).collect();
    cases.dedup();
    let case = match &*cases {
        [case] => (*case).to_owned(),
        [first, rest @ ..] => format!("{first} and {}", counted(rest.len(), "more case")),
        [] => String::new(),
    };
    let what = match &one.finding {
        Finding::Undecided(_) => "not decided",
        Finding::Unenforceable(_) => "not enforceable",
        _ => "not compared",
    };
    let are = if keys.len() == 1 { "is" } else { "are" };
    let lines = match &one.finding {
        // Each has another number.
        Finding::Unenforceable(_) => alike.iter().map(|other| seen(other)).collect(),
        _ => named(&cases),
    };
    let sentence = format!("{} {are} {what}: {reason}", keys.join(", "));
    Explanation {
        lines,
        ..Explanation::new(one.verdict, &case, one.source.clone(), sentence)
    }
}

/// The first of many cases, beside the one that is named anyway.
fn named(cases: &[&str]) -> Vec<String> {
    let some = cases.iter().skip(1).take(NAMED);
    let mut lines: Vec<String> = some.map(|case| (*case).to_owned()).collect();
    let rest = cases.len().saturating_sub(1 + NAMED);
    if rest > 0 {
        lines.push(format!("and {rest} more"));
    }
    lines
}

/// What would be seen of one that cannot be enforced.
fn seen(one: &Comparison) -> String {
    let Finding::Unenforceable(why) = &one.finding else {
        return one.id.clone();
    };
    // The advice is the same for all.
    format!("{}  {} {}", one.id, one.subject.key(), why.what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::{Measured, Reason, Subject};
    use crate::model::record::Regression;

    fn comparison(id: &str, subject: Subject, finding: Finding) -> Comparison {
        let measured = Measured {
            id: id.to_owned(),
            source: None,
            subject,
            before: Some(1e6),
            after: Some(2e6),
            effect: None,
            finding,
            details: Vec::new(),
        };
        measured.judge(&Regression::built_in())
    }

    #[test]
    fn what_many_have_in_common_is_told_once_and_the_worst_first() {
        let other = || Finding::Unmeasured("other machine".to_owned());
        let compared = Compared {
            comparisons: vec![
                comparison("a::one", Subject::Typical, other()),
                comparison("a::one", Subject::counted("allocs"), Finding::Same),
                comparison("a::two", Subject::Typical, other()),
                comparison("a::two", Subject::Tail("p99".to_owned()), other()),
                comparison("a::two", Subject::counted("allocs"), Finding::Worse),
            ],
            ..Compared::default()
        };
        let shown: Vec<(String, String)> = explanations(&compared, Detail::NotPlain)
            .into_iter()
            .map(|one| (one.case, one.sentence))
            .collect();
        assert_eq!(shown.len(), 2, "{shown:?}");
        assert_eq!(shown[0].0, "a::two");
        let shared = "p50, p99 are not compared: other machine".to_owned();
        assert_eq!(shown[1], ("a::one and 1 more case".to_owned(), shared));
        assert_eq!(explanations(&compared, Detail::All).len(), 3);
    }

    #[test]
    fn what_cannot_be_enforced_is_told_together_with_a_number_each() {
        let noisy = |id: &str, percent: u32| {
            let what = format!("only a change of {percent} % would be seen");
            let why = Reason::new(what, Some("save again"));
            comparison(id, Subject::Typical, Finding::Unenforceable(why))
        };
        let compared = Compared {
            comparisons: vec![noisy("a::one", 20), noisy("a::two", 30)],
            ..Compared::default()
        };
        let shown = explanations(&compared, Detail::NotPlain);
        assert_eq!(shown.len(), 1);
        assert_eq!(
            shown[0].sentence,
            "p50 is not enforceable: runs differ by more than is tolerated"
        );
        assert_eq!(
            shown[0].lines,
            [
                "a::one  p50 only a change of 20 % would be seen",
                "a::two  p50 only a change of 30 % would be seen",
            ]
        );
    }

    #[test]
    fn a_reason_of_one_case_keeps_its_sentence() {
        let why = Finding::Undecided(Reason::new("too few runs", None));
        let compared = Compared {
            comparisons: vec![comparison("a::one", Subject::Typical, why)],
            ..Compared::default()
        };
        let shown = explanations(&compared, Detail::NotPlain);
        assert_eq!(
            shown[0].sentence,
            "p50 2 ms against 1 ms is not decided: too few runs"
        );
    }
}
