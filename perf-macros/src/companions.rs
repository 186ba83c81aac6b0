//! The attributes that stand below `#[perf_budget]`, and which it gets along with.
//!
//! `cfg` and `cfg_attr` are not among them: the compiler has settled those, in
//! whatever order they stand, before it asks us.

use crate::mistakes::Mistakes;
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

fn refusal(segments: &[String]) -> Option<String> {
    let text = match segments.last()?.as_str() {
        "should_panic" => {
            "a panic ends the measuring: remove `#[should_panic]`, and catch the panic in the function, with `std::panic::catch_unwind`"
        }
        "ignore" => {
            "the budget's own test replaces this one: remove `#[ignore]`, and write `ignore` in `#[perf_budget(..)]`"
        }
        "bench" => {
            "`#[perf_budget]` and `#[bench]` exclude each other: remove `#[bench]`, and take a `&mut perf_runtime::Bencher`"
        }
        "perf_budget" => {
            "`#[perf_budget]` stands on this function twice: write the keys of both into one"
        }
        "target_feature" => {
            "a function with `#[target_feature]` cannot be called from safe code: annotate a function that checks for the feature and calls it"
        }
        "rstest" => {
            "`#[rstest]` belongs above `#[perf_budget]`, so that each of its cases gets a budget: swap the two"
        }
        // The path that wrappers such as tokio's write into their expansion.
        "test" if segments.len() == 4 => {
            "another test attribute stands above `#[perf_budget]`, which would measure what that one puts around the function, such as the building of a runtime: remove it, and let `#[perf_budget]` drive the `async fn` itself, with `runtime = \"current_thread\"` or `\"multi_thread\"`"
        }
        "test" => {
            return Some(format!(
                "`#[perf_budget]` and `#[{}]` exclude each other: remove the latter; `#[perf_budget]` drives an `async fn` itself, with `runtime = \"current_thread\"` or `\"multi_thread\"`",
                segments.join("::")
            ));
        }
        word @ ("test_case" | "test_matrix" | "parameterized" | "quickcheck" | "proptest"
        | "wasm_bindgen_test") => {
            return Some(format!(
                "`#[perf_budget]` and `#[{word}]` exclude each other: annotate a plain function for each case"
            ));
        }
        _ => return None,
    };
    Some(text.to_owned())
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
