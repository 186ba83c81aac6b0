//! What stands behind the options in the help: patterns, and what the exit codes mean.

use super::super::exit::Exit;

const PATTERNS: &str = "\
Patterns match a case's whole id or any tail of it that starts at a `::`; `*` stands for
anything within a part, `**` for any number of parts. `class:NAME`, `group:NAME`, `tag:NAME`
and `id:NAME` select the cases that say so, here and in perf-budgets.toml.";

/// What stands behind the options: patterns, and what the exit codes mean.
pub(super) fn after_help() -> String {
    let codes = Exit::ALL.map(|exit| row(exit.code(), exit.meaning()));
    format!("{PATTERNS}\n\nExit codes:\n{}", codes.join("\n"))
}

/// A code and its meaning, in lines of at most 90 characters.
fn row(code: u8, meaning: &str) -> String {
    const INDENT: &str = "       ";
    let mut lines = vec![format!("  {code:<3} ")];
    for word in meaning.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < 90 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{INDENT}{word}")),
        }
    }
    lines.join("\n")
}
