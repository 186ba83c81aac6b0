//! What sentences are made of: counts with their nouns, and the first of many names.

/// A count and its noun, in the plural where it is one: `1 case`, `3 cases`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The same of what may be many: `1,200 calls`.
pub(crate) fn amount(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!(
        "{} {noun}{plural}",
        perf_grammar::format_count(number as f64)
    )
}

/// The first few of some names, and how many more there are.
pub(crate) fn named(names: &[impl AsRef<str>], few: usize) -> String {
    let first: Vec<&str> = names.iter().take(few).map(AsRef::as_ref).collect();
    match names.len() - first.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// A share of one as a percentage: `84 %`, `<1 %`.
pub(crate) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.005 {
        return "<1 %".to_owned();
    }
    format!("{} %", perf_grammar::format_count((share * 100.0).round()))
}

/// A text as one word of a shell.
pub(crate) fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-:/.,=+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
