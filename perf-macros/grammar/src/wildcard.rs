//! Names with stars: `*` stands for any characters, none included.

use crate::text::{cut, cut_last, parts};

/// Whether a name fits a pattern: the parts between the stars must stand in the
/// name in this order; the first and the last are tied to its ends.
#[must_use]
pub fn name_matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = cut(pattern, "*") else {
        return pattern == name;
    };
    let (middle, tail) = cut_last(rest, '*').unwrap_or(("", rest));
    let Some(mut left) = name
        .strip_prefix(head)
        .and_then(|left| left.strip_suffix(tail))
    else {
        return false;
    };
    for part in parts(middle, "*") {
        match cut(left, part) {
            Some((_, behind)) => left = behind,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_characters() {
        #[track_caller]
        fn check(pattern: &str, name: &str, expected: bool) {
            assert_eq!(name_matches(pattern, name), expected, "{pattern} on {name}");
        }
        check("slow", "slow", true);
        check("slow", "slower", false);
        check("slow*", "slower", true);
        check("*", "", true);
        check("a*b*c", "axbxc", true);
        check("a*b*c", "axcxb", false);
        check("ab*ba", "aba", false);
    }
}
