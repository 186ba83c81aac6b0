//! How much more than before is tolerated: a percentage or a factor.

use crate::error::{GrammarError, UnitError};
use crate::text::trim;
use crate::unit::{Unit, parse, parse_share_or_factor};

/// The least tolerance, millionths: two compiled copies of the same source differ
/// by as much, because their code lies elsewhere.
const LEAST_TOLERANCE: u64 = 20_000;
/// The largest, millionths: a thousand times as much.
const MOST_TOLERANCE: u64 = 1_000_000_000;

/// Reads how much more than before is tolerated, `10%` or `1.1x`, into millionths
/// of what was before.
///
/// # Errors
/// If the text is neither a percentage nor a factor above one, or below 2%.
pub fn parse_tolerance(text: &str) -> Result<u64, UnitError> {
    let whole = |error| UnitError {
        at: 0..text.len(),
        error,
    };
    let millionths = if trim(text).ends_with("x") {
        let thousandths = parse(Unit::Factor, text)?;
        thousandths.saturating_sub(1_000).saturating_mul(1_000)
    } else {
        parse_share_or_factor(text)?
    };
    if millionths < LEAST_TOLERANCE {
        return Err(whole(GrammarError::tolerance_too_low(text)));
    }
    if millionths > MOST_TOLERANCE {
        return Err(whole(GrammarError::tolerance_too_high(text)));
    }
    Ok(millionths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerances_are_percentages_or_factors_of_at_least_two_percent() {
        assert_eq!(parse_tolerance("10%"), Ok(100_000));
        assert_eq!(parse_tolerance("1.5x"), Ok(500_000));
        assert_eq!(parse_tolerance("2%"), Ok(20_000));
        for (text, part) in [
            ("1%", "below 2%"),
            ("1x", "below 2%"),
            ("100001%", "tolerates anything"),
            ("1e3x", "e3x"),
            ("9999999x", "tolerates anything"),
            ("0.5x", "below 2%"),
            ("10", "has no unit"),
            (
                "ten",
                "`ten` is not a percentage; expected a number and %, as in \"80%\", or a factor such as \"1.5x\"",
            ),
            (
                "10 percent",
                "unknown unit `percent` in `10 percent`; a percentage ends in %, or a factor such as \"1.5x\"",
            ),
            (
                "10p",
                "ends in %, or a factor such as \"1.5x\"; did you mean `%`?",
            ),
        ] {
            let error = parse_tolerance(text).expect_err(text);
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
    }
}
