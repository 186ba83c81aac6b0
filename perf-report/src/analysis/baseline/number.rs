//! Numbers as they stand in a baseline: whole ones without a point, one where all
//! runs agree.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number, written without a point where it is whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub(crate) struct Number(pub(crate) f64);

/// What the runs of a save came to: one number where all agree, else one a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Runs {
    Same(Number),
    Each(Vec<Number>),
}

/// Whole numbers above this are not exact any more.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Number {
    /// Rounded to four digits: a time has no more.
    pub(crate) fn rounded(value: f64) -> Number {
        if value == 0.0 || !value.is_finite() {
            return Number(value);
        }
        let places = 3 - value.abs().log10().floor() as i32;
        if places <= 0 {
            let scale = 10f64.powi(-places);
            return Number((value / scale).round() * scale);
        }
        // A power of ten that is exact, and a division that rounds once.
        let scale = 10f64.powi(places);
        Number((value * scale).round() / scale)
    }
}

impl Runs {
    pub(crate) fn of(values: &[f64]) -> Runs {
        match values {
            [first, rest @ ..] if rest.iter().all(|value| value == first) => {
                Runs::Same(Number(*first))
            }
            values => Runs::Each(values.iter().copied().map(Number).collect()),
        }
    }

    /// One value a run.
    pub(crate) fn values(&self, runs: usize) -> Vec<f64> {
        match self {
            Runs::Same(number) => vec![number.0; runs],
            Runs::Each(numbers) => numbers.iter().map(|number| number.0).collect(),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.0;
        if value.fract() == 0.0 && value.abs() < EXACT {
            serializer.serialize_i64(value as i64)
        } else {
            serializer.serialize_f64(value)
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn written(number: Number, text: &str) {
        assert_eq!(serde_json::to_string(&number).expect("JSON"), text);
        assert_eq!(
            serde_json::from_str::<Number>(text).expect("a number"),
            number
        );
    }

    #[test]
    fn a_time_has_four_digits_and_a_whole_number_no_point() {
        written(Number(412.0), "412");
        written(Number(-24.0), "-24");
        written(Number::rounded(9_012_345.6), "9012000");
        written(Number::rounded(41.456_78), "41.46");
        written(Number::rounded(0.030_412_3), "0.03041");
        written(Number::rounded(0.0), "0");
        written(Number::rounded(999_960.0), "1000000");
    }

    #[test]
    fn runs_that_agree_are_one_number() {
        let json = |values: &[f64]| serde_json::to_string(&Runs::of(values)).expect("JSON");
        assert_eq!(json(&[4.0, 4.0]), "4");
        assert_eq!(json(&[4.0, 5.0]), "[4,5]");
        assert_eq!(Runs::of(&[4.0, 4.0]).values(3), [4.0; 3]);
        assert_eq!(Runs::of(&[4.0, 5.0]).values(2), [4.0, 5.0]);
    }
}
