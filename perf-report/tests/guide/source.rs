//! Items of source files, as they stand there.

use std::fs;

use crate::root;

/// The item of this name, its attributes and comments included, moved to the left; of
/// `*` the whole file.
///
/// # Errors
/// If the file cannot be read, or has no such item.
pub(crate) fn item(file: &str, name: &str) -> Result<String, String> {
    let text = fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))?;
    if name == "*" {
        return Ok(text);
    }
    let lines: Vec<&str> = text.lines().collect();
    let declared = lines.iter().position(|line| declares(line, name));
    let declared = declared.ok_or_else(|| format!("{file}: no `{name}`"))?;
    let indent = lines[declared].len() - lines[declared].trim_start().len();
    let inside = |line: &str| line.len() - line.trim_start().len() >= indent;
    let above = lines[..declared].iter().rev();
    let above = above.take_while(|line| !line.is_empty() && inside(line) && !line.ends_with("{"));
    let first = declared - above.count();
    let closing = format!("{}}}", " ".repeat(indent));
    let is_value = ["static ", "const "]
        .iter()
        .any(|word| lines[declared].contains(word));
    let ends = |line: &&str| {
        line.starts_with(&closing) || (is_value && line.ends_with(';')) || line.ends_with("{}")
    };
    let last = lines[declared..].iter().position(ends);
    let last = declared + last.ok_or_else(|| format!("{file}: `{name}` does not end"))?;
    let moved = lines[first..=last].iter();
    Ok(moved
        .map(|line| format!("{}\n", line.get(indent..).unwrap_or("")))
        .collect())
}

fn declares(line: &str, name: &str) -> bool {
    let words = ["fn", "static", "const", "struct", "enum", "mod"];
    words.iter().any(|word| {
        let Some((before, rest)) = line.split_once(&format!("{word} {name}")) else {
            return false;
        };
        let is_whole = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '(' | ')');
        is_whole && before.chars().all(plain)
    })
}
