//! Names with stars: `*` stands for any characters, none included.

/// Whether a name fits a pattern: the parts between the stars must stand in the
/// name in this order; the first and the last are tied to its ends.
#[must_use]
pub fn name_matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut left) = name
        .strip_prefix(head)
        .and_then(|left| left.strip_suffix(tail))
    else {
        return false;
    };
    for part in middle.split('*') {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
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
