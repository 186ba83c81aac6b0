//! What can be said, a row each: a code, a text, and what to do next.

pub(crate) use perf_grammar::{Coded, coded};

#[cfg(test)]
pub(crate) mod tests {
    use perf_grammar::{Coded, Row};

    /// What a table shows of these rows: `| code | text | help |`, parts by their names.
    ///
    /// # Panics
    /// If a code is no plain word, or a text names what is no part.
    pub(crate) fn table(rows: &[&'static Row]) -> Vec<String> {
        rows.iter().map(|row| shown(row)).collect()
    }

    fn shown(row: &'static Row) -> String {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(row.code.chars().all(plain), "{}", row.code);
        let names: Vec<String> = row.parts.iter().map(|part| format!("{{{part}}}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let coded = Coded::new(row, &names);
        // A name that is no part's is left out.
        assert_eq!(
            (coded.to_string(), coded.help()),
            (row.text.to_owned(), row.help.to_owned())
        );
        let line = format!("| `{}` | {coded} | {}", coded.code(), coded.help());
        format!("{} |", line.trim_end())
    }
}
