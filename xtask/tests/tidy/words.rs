//! Words that comments do without.

use std::fs;

use super::{collect, workspace};

/// What a comment says in the place of the subject that acts, and what to write.
const VAGUE: [(&str, &str); 5] = [
    ("nobody", "what does not happen: `by default`, `is not set`"),
    ("somebody", "who or what it is: the caller, another process"),
    (
        "whoever",
        "who or what it is: the thread that holds the lock",
    ),
    ("tells", "`reports`, `shows`, `notifies`, `distinguishes`"),
    ("vigil", "`watchdog`"),
];

/// Vague words in the comments of a text, each with its line; what stands in backticks
/// is code.
fn vague(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let comment = match line.trim_start().strip_prefix("//") {
            Some(comment) => comment,
            None => continue,
        };
        let prose = comment.split('`').step_by(2);
        for word in prose.flat_map(|part| part.split(|letter: char| !letter.is_alphanumeric())) {
            let known = VAGUE
                .iter()
                .find(|(vague, _)| word.eq_ignore_ascii_case(vague));
            found.extend(
                known.map(|(vague, instead)| format!("{}: `{vague}`: write {instead}", at + 1)),
            );
        }
    }
    found
}

#[test]
fn comments_name_what_acts() {
    let mut files = Vec::new();
    for folder in [
        "perf-macros",
        "perf-runtime",
        "perf-report",
        "examples",
        "xtask",
    ] {
        collect(&workspace().join(folder), &mut files);
    }
    let found: Vec<String> = (files.iter().filter(|file| !file.ends_with("tidy/words.rs")))
        .flat_map(|file| {
            let text = fs::read_to_string(file).expect("a source can be read");
            let shown = file
                .strip_prefix(workspace())
                .unwrap_or(file)
                .display()
                .to_string();
            vague(&text)
                .into_iter()
                .map(move |one| format!("{shown}:{one}"))
        })
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
    assert!(files.len() > 500, "only {} files were read", files.len());
}

#[test]
fn a_vague_word_is_seen_in_comments_only() {
    for (text, is_vague) in [
        ("/// Where Nobody says.\n", true),
        ("    // It tells the user.\n", true),
        ("/// `nobody` is a user of Unix.\n", false),
        ("let nobody = \"tells\";\n", false),
        ("/// It foretells.\n", false),
    ] {
        assert_eq!(!vague(text).is_empty(), is_vague, "{text}");
    }
}
