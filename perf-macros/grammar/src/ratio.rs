//! A factor and the case it is a factor of: `"0.5x naive::parse"`.

use crate::error::{GrammarError, UnitError};
use crate::key::{Key, find};
use crate::list::first;
use crate::pattern::has_colon;
use crate::text::{blank, cut, parts, trim, trim_start};
use crate::unit::{Unit, parse};

/// Reads a factor, a blank and the path of a case, into thousandths and the
/// path.
///
/// # Errors
/// Says which part of the text is wrong, what was found and what was expected.
pub fn parse_ratio(text: &str) -> Result<(u64, &str), UnitError> {
    let start = text.len() - trim_start(text).len();
    let trimmed = trim(text);
    let wrong = |at: std::ops::Range<usize>, error| UnitError { at, error };
    let Some((factor_end, _)) = blank(trimmed) else {
        let error = match parse(Unit::Factor, trimmed) {
            Ok(_) => GrammarError::factor_alone(text),
            Err(_) => GrammarError::no_ratio(text),
        };
        return Err(wrong(0..text.len(), error));
    };
    let (factor, path) = trimmed.split_at(factor_end);
    let factor_at = start..start + factor_end;
    let thousandths = match parse(Unit::Factor, factor) {
        Ok(thousandths) => match key().check("ratio", Unit::Factor, thousandths) {
            Ok(()) => thousandths,
            Err(error) => return Err(wrong(factor_at, error)),
        },
        Err(_) => return Err(wrong(factor_at, GrammarError::no_factor(factor))),
    };
    let path = trim_start(path);
    let path_start = start + trimmed.len() - path.len();
    match why_no_path(path) {
        None => Ok((thousandths, path)),
        Some((at, error)) => {
            let at = path_start + at.start..path_start + at.end;
            Err(wrong(at, error))
        }
    }
}

fn key() -> Key {
    find("ratio").expect("the table of keys has it")
}

/// What is wrong with the path of a case, and where.
fn why_no_path(path: &str) -> Option<(std::ops::Range<usize>, GrammarError)> {
    if let Some((at, _)) = blank(path) {
        return Some((at..path.len(), GrammarError::several_cases(path)));
    }
    if let Some((before, _)) = cut(path, "*") {
        let at = before.len()..before.len() + 1;
        return Some((at, GrammarError::star_in_case(path)));
    }
    first(&parts(path, "::"), |name| {
        name.is_empty() || has_colon(name)
    })?;
    Some((0..path.len(), GrammarError::no_path(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuses(text: &str, at: &str, part: &str) {
        let error = parse_ratio(text).expect_err(text);
        assert_eq!(&text[error.at.clone()], at, "{text}: {error}");
        assert!(error.to_string().contains(part), "{text}: {error}");
    }

    #[test]
    fn a_ratio_is_a_factor_and_a_case() {
        assert_eq!(parse_ratio("0.5x naive::parse"), Ok((500, "naive::parse")));
        assert_eq!(parse_ratio(" 2x  parses/10 "), Ok((2000, "parses/10")));
    }

    #[test]
    fn what_is_no_ratio_is_refused_at_the_wrong_part() {
        refuses("0.5x", "0.5x", "names no other case");
        refuses("naive::parse", "naive::parse", "not a factor and a case");
        refuses("0.5 naive::parse", "0.5", "is not a factor");
        refuses("naive::parse 0.5x", "naive::parse", "is not a factor");
        refuses("0x naive", "0x", "above zero");
        refuses("1x a b", " b", "more than one case");
        refuses("1x a::*", "*", "names one case");
        refuses("1x a::", "a::", "no path");
        refuses("1x a:b", "a:b", "no path");
    }
}
