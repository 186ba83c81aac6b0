//! The attributes that stand below `#[perf_budget]`, and which it gets along with.
//!
//! `cfg` and `cfg_attr` are not among them: the compiler has settled those, in
//! whatever order they stand, before it asks us.

use crate::mistakes::Mistakes;
use crate::problem::Problem;
use crate::signature::Attribute;

/// Notes the attributes that exclude a budget.
pub(crate) fn refuse(attributes: &[Attribute], mistakes: &mut Mistakes) {
    for attribute in attributes.iter().filter(|attribute| !is_test(attribute)) {
        if let Some(why) = refusal(&attribute.path) {
            mistakes.over(attribute.tokens.clone(), why);
        }
    }
}

/// Whether it is the plain `#[test]`, which the budget's own test replaces.
pub(crate) fn is_test(attribute: &Attribute) -> bool {
    attribute.path == ["test"] && attribute.is_alone
}

fn refusal(segments: &[String]) -> Option<Problem> {
    Some(match segments.last()?.as_str() {
        "should_panic" => Problem::should_panic(),
        "ignore" => Problem::ignore(),
        "bench" => Problem::bench(),
        "perf_budget" => Problem::budget_twice(),
        "target_feature" => Problem::target_feature(),
        "rstest" => Problem::rstest(),
        // The path that wrappers such as tokio's write into their expansion.
        "test" if segments.len() == 4 => Problem::test_above(),
        "test" => Problem::other_test(&segments.join("::")),
        word @ ("test_case" | "test_matrix" | "parameterized" | "quickcheck" | "proptest"
        | "wasm_bindgen_test") => Problem::test_of_cases(word),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature;
    use crate::tokens::{Tokens, row};

    #[track_caller]
    fn check(attribute: &str, expected: Option<&str>) {
        let tokens = row(attribute.parse().expect("the row is made of tokens"));
        let attributes = signature::attributes(&mut Tokens::new(&tokens));
        assert_eq!(attributes.len(), 1, "{attribute}");
        let mut mistakes = Mistakes::default();
        refuse(&attributes, &mut mistakes);
        let found = mistakes.texts();
        match expected {
            Some(part) => assert!(
                found.len() == 1 && found[0].contains(part),
                "{attribute}: {found:?}"
            ),
            None => assert_eq!(found, [""; 0], "{attribute}"),
        }
    }

    #[test]
    fn only_what_excludes_a_budget_is_refused() {
        check("#[test]", None);
        check("#[inline(never)]", None);
        check("/// A comment.", None);
        check("#[should_panic(expected = \"x\")]", Some("catch_unwind"));
        check("#[ignore]", Some("write `ignore`"));
        check(
            "#[tokio::test(flavor = \"multi_thread\")]",
            Some("`#[tokio::test]` exclude"),
        );
        check("#[::core::prelude::v1::test]", Some("stands above"));
        check("#[rstest]", Some("swap the two"));
        check("#[test_case::test_case(1)]", Some("`#[test_case]` exclude"));
        check("#[perf_runtime::perf_budget(p99 = \"1ms\")]", Some("twice"));
    }
}
