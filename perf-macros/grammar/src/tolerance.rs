//! How much more than before is tolerated: a percentage or a factor.

use crate::text::trim;
use crate::unit::{Unit, UnitError, parse};

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
    let whole = |message| UnitError {
        at: 0..text.len(),
        message,
    };
    let millionths = if trim(text).ends_with("x") {
        let thousandths = parse(Unit::Factor, text)?;
        thousandths.saturating_sub(1_000).saturating_mul(1_000)
    } else {
        let hint = |error: UnitError| UnitError {
            message: format!("{}, or a factor such as \"1.5x\"", error.message),
            ..error
        };
        parse(Unit::Share, text).map_err(hint)?
    };
    if millionths < LEAST_TOLERANCE {
        return Err(whole(format!(
            "`{text}` is below 2%, and two builds of the same code differ by as much; expected at least \"2%\" or \"1.02x\""
        )));
    }
    if millionths > MOST_TOLERANCE {
        return Err(whole(format!(
            "`{text}` is above 100,000%, which tolerates anything; expected at most \"100000%\" or \"1000x\""
        )));
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
            ("ten", "or a factor such as"),
        ] {
            let error = parse_tolerance(text).expect_err(text);
            assert!(error.message.contains(part), "{text}: {error}");
        }
    }
}
