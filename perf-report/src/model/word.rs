//! Values of the grammar as records and reports write them, each by its word:
//! `#[serde(with = "word")]`.

use perf_grammar::{Direction, Mode, Phase, Tally, Verdict, WhenUndecided};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value that is written as one word.
pub(crate) trait AsWord: Copy + 'static {
    /// All.
    const VALUES: &'static [Self];

    /// The word of this one.
    fn written(self) -> &'static str;
}

macro_rules! words {
    ($($type:ty)*) => {$(
        impl AsWord for $type {
            const VALUES: &'static [Self] = &<$type>::ALL;

            fn written(self) -> &'static str {
                self.word()
            }
        }
    )*};
}

words!(Direction Mode Phase Verdict WhenUndecided);

pub(crate) fn serialize<T: AsWord, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(value.written())
}

pub(crate) fn deserialize<'de, T: AsWord, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    let word = String::deserialize(from)?;
    let all = T::VALUES.iter().copied();
    let mut meant = all.clone().filter(|value| value.written() == word);
    meant.next().ok_or_else(|| {
        let expected: Vec<String> = all.map(|value| format!("`{}`", value.written())).collect();
        D::Error::custom(format_args!(
            "unknown variant `{word}`, expected one of {}",
            expected.join(", ")
        ))
    })
}

/// How a tally is written: how many limits ended in each verdict.
#[derive(Serialize)]
#[serde(remote = "Tally")]
pub(crate) struct Verdicts {
    passed: usize,
    waived: usize,
    warned: usize,
    failed: usize,
    undecided: usize,
    unmeasured: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Judged {
        #[serde(with = "super")]
        verdict: Verdict,
        #[serde(with = "super")]
        direction: Direction,
    }

    #[test]
    fn values_are_written_as_words_and_read_back() {
        for verdict in Verdict::ALL {
            let judged = Judged {
                verdict,
                direction: Direction::AtLeast,
            };
            let text = serde_json::to_string(&judged).expect("two words");
            let expected = format!(
                r#"{{"verdict":"{}","direction":"at_least"}}"#,
                verdict.word()
            );
            assert_eq!(text, expected);
            assert_eq!(serde_json::from_str::<Judged>(&text).ok(), Some(judged));
        }
    }

    #[test]
    fn another_word_is_refused_with_those_that_there_are() {
        let text = r#"{"verdict":"green","direction":"at_most"}"#;
        let error = serde_json::from_str::<Judged>(text).expect_err("no verdict");
        assert!(
            error.to_string().starts_with(
                "unknown variant `green`, expected one of `pass`, `waived`, `warn`, `undecided`, `unmeasured`, `fail`"
            ),
            "{error}"
        );
    }
}
