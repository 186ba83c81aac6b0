//! Why a case could not go on.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::collections::owned;
use crate::model::misuse::Misuse;

/// Why a case could not go on: it fails whatever the mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The function panicked; the text of the panic.
    Panic(String),
    /// The function returned `Err`; its `Debug` text.
    Error(String),
    /// It cannot be measured so, such as with a `Bencher` that was never used.
    Misuse(Misuse),
    /// It did not return: what it was called for, and how long.
    Hung(String),
    /// The process ended while it was called: how; and whether only beside other cases.
    Died(String, bool),
    /// The case with this id failed that it is compared with: its kind, and its text.
    OfOther(String, [&'static str; 2], String),
}

/// Runs code of the user; a panic becomes a failure.
///
/// # Errors
/// If it panics.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).map_err(Failure::panic)
}

impl Failure {
    /// The `kind` of records, and how a sentence about the function begins.
    pub(crate) const fn kind(&self) -> [&'static str; 2] {
        match self {
            Failure::Panic(_) => ["panic", "the function panicked: "],
            Failure::Error(_) => ["error", "the function returned an error: "],
            Failure::Misuse(_) => ["misuse", ""],
            Failure::Hung(_) => ["hung", "the function hangs: "],
            Failure::Died(..) => ["died", ""],
            Failure::OfOther(_, kind, _) => *kind,
        }
    }

    /// The `kind` of records.
    pub(crate) fn code(&self) -> &'static str {
        self.kind()[0]
    }

    /// What happened.
    pub(crate) fn text(&self) -> String {
        match self {
            Failure::Misuse(misuse) => misuse.line(),
            Failure::Died(text, true) => format!(
                "{text}; in a separate process it did not: something that another case left behind may have"
            ),
            Failure::Panic(text) | Failure::Error(text) => text.clone(),
            Failure::Hung(text) | Failure::Died(text, false) => text.clone(),
            Failure::OfOther(id, _, text) => {
                format!("{text} (in `{id}`, which it is compared with)")
            }
        }
    }

    /// What happened, as a sentence about the function.
    pub(crate) fn sentence(&self) -> String {
        format!("{}{}", self.kind()[1], self.text())
    }

    /// A panic, from what was thrown.
    pub(crate) fn panic(payload: Box<dyn Any + Send>) -> Failure {
        let text = match (
            payload.downcast_ref::<&str>(),
            payload.downcast_ref::<String>(),
        ) {
            (Some(text), _) => text,
            (None, Some(text)) => text.as_str(),
            (None, None) => "a panic whose payload is no text",
        };
        let failure = Failure::Panic(owned(text));
        // A payload may panic when it is dropped, and what that throws as well.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(again);
        }
        failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_a_kind_a_text_and_a_sentence() {
        #[track_caller]
        fn check(failure: &Failure, expected: [&str; 3]) {
            let found = (failure.code(), failure.text(), failure.sentence());
            let [code, text, sentence] = expected;
            assert_eq!(found, (code, text.to_owned(), sentence.to_owned()));
        }
        let panic = Failure::Panic("no".to_owned());
        check(&panic, ["panic", "no", "the function panicked: no"]);
        let of_other = Failure::OfOther("a::b".to_owned(), panic.kind(), panic.text());
        let text = "no (in `a::b`, which it is compared with)";
        check(
            &of_other,
            ["panic", text, &format!("the function panicked: {text}")],
        );
        check(
            &Failure::Hung("so".to_owned()),
            ["hung", "so", "the function hangs: so"],
        );
        let died = |beside| Failure::Died("signal: 9".to_owned(), beside);
        check(&died(false), ["died", "signal: 9", "signal: 9"]);
        let beside = "signal: 9; in a separate process it did not: something that another case left behind may have";
        check(&died(true), ["died", beside, beside]);
        let wrong = "one more";
        check(
            &Failure::Error(wrong.to_owned()),
            ["error", wrong, "the function returned an error: one more"],
        );
        let misuse = Misuse::no_such_case();
        let line = misuse.line();
        check(&Failure::Misuse(misuse), ["misuse", &line, &line]);
    }
}
