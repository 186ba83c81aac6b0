//! Why a case could not go on.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::collections::owned;
use crate::model::misuse::Misuse;
use crate::model::unmeasured::Cause;

/// Why a case could not go on: it fails whatever the mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The function panicked; the text of the panic.
    Panic(String),
    /// The function returned `Err`; its `Debug` text.
    Error(String),
    /// It cannot be measured so, such as with a `Bencher` that was never used.
    Misuse(Misuse),
    /// It took the process along that called it.
    Lost(Loss),
    /// The case with this id failed that it is compared with: its kind, and its text.
    OfOther(String, [&'static str; 2], String),
}

/// How a case took its process along. The `phase` is what it was called for.
#[cfg_attr(not(unix), allow(dead_code, reason = "cases share a process there"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// It did not return by its deadline, in seconds.
    Hung { phase: String, seconds: u64 },
    /// The process ended while it was called: how.
    Died { phase: String, how: String },
    /// The same, and only where it was called beside other cases.
    DiedBesideOthers { phase: String, how: String },
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
            Failure::Lost(Loss::Hung { .. }) => ["hung", "the function hangs: "],
            Failure::Lost(_) => ["died", ""],
            Failure::OfOther(_, kind, _) => *kind,
        }
    }

    /// The `kind` of records.
    pub(crate) fn code(&self) -> &'static str {
        self.kind()[0]
    }

    /// What happened, and what is known of it beyond that.
    pub(crate) fn line(&self) -> String {
        match self {
            Failure::Misuse(misuse) => misuse.line(),
            Failure::Lost(loss) => loss.line(),
            Failure::Panic(text) | Failure::Error(text) => text.clone(),
            Failure::OfOther(id, _, text) => {
                format!("{text} (in `{id}`, which it is compared with)")
            }
        }
    }

    /// What happened, as a sentence about the function.
    pub(crate) fn sentence(&self) -> String {
        format!("{}{}", self.kind()[1], self.line())
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

impl From<&Failure> for Cause {
    fn from(failure: &Failure) -> Cause {
        Cause::function_failed(&failure.sentence())
    }
}

impl Loss {
    /// What is known beyond what happened: what stands before it in one line, and it.
    pub(crate) fn help(&self) -> [&'static str; 2] {
        match self {
            Loss::Hung { .. } => [
                ", ",
                "which is its deadline: four times its `max_time` and a grace that PERF_DEADLINE sets",
            ],
            Loss::Died { .. } => ["", ""],
            Loss::DiedBesideOthers { .. } => [
                "; ",
                "in a separate process it did not: something that another case left behind may have",
            ],
        }
    }

    /// Both in one line.
    pub(crate) fn line(&self) -> String {
        let [joint, help] = self.help();
        format!("{self}{joint}{help}")
    }

    /// The same, where the case ends no process in which it is alone.
    #[cfg_attr(not(unix), allow(dead_code, reason = "cases share a process there"))]
    pub(crate) fn beside_others(self) -> Loss {
        match self {
            Loss::Died { phase, how } => Loss::DiedBesideOthers { phase, how },
            other => other,
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loss::Hung { phase, seconds } => write!(f, "{phase} had not ended after {seconds} s"),
            Loss::Died { phase, how } | Loss::DiedBesideOthers { phase, how } => {
                write!(f, "the process ended during {phase}: {how}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_a_kind_a_text_and_a_sentence() {
        #[track_caller]
        fn check(failure: &Failure, expected: [&str; 3]) {
            let found = (failure.code(), failure.line(), failure.sentence());
            let [code, text, sentence] = expected;
            assert_eq!(found, (code, text.to_owned(), sentence.to_owned()));
        }
        let panic = Failure::Panic("no".to_owned());
        check(&panic, ["panic", "no", "the function panicked: no"]);
        let of_other = Failure::OfOther("a::b".to_owned(), panic.kind(), panic.line());
        let text = "no (in `a::b`, which it is compared with)";
        check(
            &of_other,
            ["panic", text, &format!("the function panicked: {text}")],
        );
        let phase = || "a round".to_owned();
        let hung = Loss::Hung {
            phase: phase(),
            seconds: 9,
        };
        let text = "a round had not ended after 9 s, which is its deadline: four times its `max_time` and a grace that PERF_DEADLINE sets";
        check(
            &Failure::Lost(hung.clone()),
            ["hung", text, &format!("the function hangs: {text}")],
        );
        assert_eq!(hung.clone().beside_others(), hung);
        let died = Loss::Died {
            phase: phase(),
            how: "signal: 9".to_owned(),
        };
        let text = "the process ended during a round: signal: 9";
        check(&Failure::Lost(died.clone()), ["died", text, text]);
        let text = format!(
            "{text}; in a separate process it did not: something that another case left behind may have"
        );
        let beside = Failure::Lost(died.beside_others());
        check(&beside, ["died", &text, &text]);
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
