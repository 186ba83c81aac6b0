//! What a run may be called, and the files of its cases: names of a folder and of
//! files on every machine that takes part in it.

use crate::error::GrammarError;
use crate::list::mapped;
use crate::text::{all, joined, parts};

/// The longest name, in bytes.
const LONGEST: usize = 100;
/// The longest file name that is taken over as it is. Systems stop at 255
/// bytes; the temporary name is a little longer than the final one.
const LONGEST_FILE: usize = 180;

/// Checks the name of a run.
///
/// # Errors
/// Says what was found and what was expected, in one line.
pub fn check_run_name(name: &str) -> Result<(), GrammarError> {
    let fit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_name = (1..=LONGEST).contains(&name.len()) && all(name, fit) && !name.starts_with(".");
    if is_name {
        return Ok(());
    }
    let (found, longest) = (format!("{name:?}"), LONGEST.to_string());
    Err(GrammarError::no_run_name(&found, &longest))
}

/// A file name for a case's identity: `parser::big/10` becomes
/// `parser.big%2F10`. Different identities have different names, also where
/// the system does not tell capital letters from small ones.
#[must_use]
pub fn file_name(id: &str) -> String {
    let mut name = joined(&mapped(&parts(id, "::"), |part| escaped(part)), ".");
    if name.len() > LONGEST_FILE {
        name.truncate(LONGEST_FILE);
    } else if all(id, |byte| !byte.is_ascii_uppercase()) {
        return name;
    }
    format!("{name}~{:016x}", fnv1a(id.as_bytes()))
}

/// A text with each byte that has no place in the name of a file as `%2F`.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => out.push(char::from(*byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The 64-bit hash of Fowler, Noll and Vo (FNV-1a), which is the same on every machine.
#[must_use]
pub fn fnv1a(bytes: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[track_caller]
    fn check(name: &str, fits: bool) {
        let checked = check_run_name(name);
        assert_eq!(checked.is_ok(), fits, "{name:?}");
        if let Err(error) = checked {
            let text = error.line();
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

    #[test]
    fn names_of_cases_are_fit_for_files_and_differ() {
        #[track_caller]
        fn check(id: &str, expected: &str) {
            assert_eq!(file_name(id), expected);
        }
        check("parser::big_file", "parser.big_file");
        check("my-crate::tests::sorts/10", "my-crate.tests.sorts%2F10");
        check("a::b/1.5", "a.b%2F1%2E5");
        let long = "module::".repeat(60);
        let ids = [
            "a::b",
            "a.b",
            "a:b",
            "a/b",
            "a::B",
            "A::b",
            &format!("{long}a"),
            &format!("{long}b"),
        ];
        let names: HashSet<String> = ids.iter().map(|id| file_name(id).to_lowercase()).collect();
        assert_eq!(names.len(), ids.len());
        assert!(names.iter().all(|name| name.len() < 200));
    }
}
