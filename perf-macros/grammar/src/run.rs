//! What a run may be called: its name is that of a folder on every machine that
//! takes part in it.

/// The longest name, in bytes.
const LONGEST: usize = 100;

/// Checks the name of a run.
///
/// # Errors
/// Says what was found and what was expected, in one line.
pub fn check_run_name(name: &str) -> Result<(), String> {
    let fit = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_name =
        (1..=LONGEST).contains(&name.len()) && name.chars().all(fit) && !name.starts_with('.');
    if is_name {
        return Ok(());
    }
    Err(format!(
        "found {name:?}, expected a name for a folder: 1 to {LONGEST} letters from a to z or A to Z, digits, `-`, `_` and `.`, and no `.` at the start"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, fits: bool) {
        let checked = check_run_name(name);
        assert_eq!(checked.is_ok(), fits, "{name:?}");
        if let Err(text) = checked {
            assert!(!text.contains(char::is_control), "{text:?}");
        }
    }

    #[test]
    fn a_name_is_fit_for_a_folder_anywhere() {
        for name in ["mine", "v1.2", "20261120T130512Z-17", "a", "0b6c-11_x"] {
            check(name, true);
        }
        for name in [
            "",
            "a b",
            "größe",
            "a:b",
            "a\nb",
            "a/b",
            "a\\b",
            "..",
            ".a",
            "a\u{1b}[31m",
        ] {
            check(name, false);
        }
        check(&"x".repeat(LONGEST), true);
        check(&"x".repeat(LONGEST + 1), false);
    }
}
