//! Words that comments and names of functions do without.

use std::fs;

use super::{collect, workspace};

/// What a comment says in the place of the subject that acts, and what to write.
const VAGUE: [(&str, &str); 6] = [
    ("nobody", "what does not happen: `by default`, `is not set`"),
    ("somebody", "who or what it is: the caller, another process"),
    (
        "whoever",
        "who or what it is: the thread that holds the lock",
    ),
    ("tells", "`reports`, `shows`, `notifies`, `distinguishes`"),
    ("vigil", "`watchdog`"),
    ("of its own", "`separate`, `another`, `its`"),
];

/// Vague words in the comments of a text and in the names of its functions, each with its
/// line; what stands in backticks is code. A phrase may go on in the next line of its comment.
fn vague(text: &str) -> Vec<String> {
    let mut words: Vec<(usize, &str)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let function = line.split_once("fn ").map(|(_, name)| name);
        let name = function.and_then(|name| name.split(['(', '<']).next());
        let comment = line.strip_prefix("//").or(name).unwrap_or("``");
        for (nth, part) in comment.split('`').enumerate() {
            let prose = part.split(|letter: char| !letter.is_alphanumeric());
            match nth % 2 {
                0 => words.extend(prose.filter(|word| !word.is_empty()).map(|word| (at, word))),
                // Code ends a phrase.
                _ => words.push((at, "")),
            }
        }
    }
    let mut found = Vec::new();
    for (vague, instead) in VAGUE {
        let phrase: Vec<&str> = vague.split(' ').collect();
        let is_it = |place: &&[(usize, &str)]| {
            let mut pairs = place.iter().zip(&phrase);
            pairs.all(|((_, word), wanted)| word.eq_ignore_ascii_case(wanted))
        };
        let places = words.windows(phrase.len()).filter(is_it);
        found.extend(places.map(|place| format!("{}: `{vague}`: write {instead}", place[0].0 + 1)));
    }
    found
}

#[test]
fn comments_and_functions_name_what_acts() {
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
fn a_vague_word_is_seen_in_comments_and_in_names_of_functions() {
    for (text, is_vague) in [
        ("/// Where Nobody says.\n", true),
        ("    // It tells the user.\n", true),
        ("/// `nobody` is a user of Unix.\n", false),
        ("let nobody = \"tells\";\n", false),
        ("    pub fn nobody_waits<T>(tells: T) {\n", true),
        ("    fn a_folder_of_its_own() {\n", true),
        ("fn one() { nobody(); }\n", false),
        ("/// It foretells.\n", false),
        ("/// A folder of its own.\n", true),
        ("    // A folder of\n    // its own.\n", true),
        ("// A part of\nlet its = own;\n", false),
        ("/// The sum of `its` own.\n", false),
    ] {
        assert_eq!(!vague(text).is_empty(), is_vague, "{text}");
    }
}
