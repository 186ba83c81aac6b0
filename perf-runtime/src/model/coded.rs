//! What can be said, a row each: a code, a text, and what to do next.

use std::fmt;

use crate::collections::{cut, mapped, owned};

/// One thing that can be said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The word that stands for it, which later versions keep.
    pub(crate) code: &'static str,
    /// What the braces of text and help name.
    pub(crate) parts: &'static [&'static str],
    pub(crate) text: &'static str,
    /// What stands between text and help in one line.
    pub(crate) joint: &'static str,
    pub(crate) help: &'static str,
}

/// A row with its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Coded {
    row: &'static Row,
    parts: Vec<String>,
}

/// Makes a type of its rows, with a function for each: `code(parts) = "text";`, or with
/// what to do next behind the mark that joins both in one line:
/// `no_name(key, example) = "found `{key}` without a name" [: "write `{example}`"];`.
///
/// NOTE: an enum with a `write!` for each row is 16,000 lines more of what the compiler makes
/// of this crate.
macro_rules! coded {
    (
        $(#[$meta:meta])*
        struct $Name:ident;
        $(
            $(#[$doc:meta])*
            $code:ident($($part:ident),*) = $text:literal $([$joint:tt $help:literal])?;
        )+
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $Name($crate::model::coded::Coded);

        impl $Name {
            $(
                $(#[$doc])*
                pub(crate) fn $code($($part: &str),*) -> $Name {
                    $Name($crate::model::coded::Coded::new(&rows::$code, &[$($part),*]))
                }
            )+
        }

        #[allow(non_upper_case_globals, reason = "rows have the names of their functions")]
        pub(crate) mod rows {
            use $crate::model::coded::Row;

            $($(#[$doc])* pub(super) static $code: Row = Row {
                code: stringify!($code),
                parts: &[$(stringify!($part)),*],
                text: $text,
                joint: concat!($(stringify!($joint), " ")?),
                help: concat!($($help)?),
            };)+

            #[cfg_attr(not(test), allow(dead_code, reason = "of those that are read again"))]
            #[allow(unused_doc_comments, reason = "a row may have a condition as well")]
            pub(crate) static ALL: &[&Row] = &[$($(#[$doc])* &$code),+];
        }

        impl std::ops::Deref for $Name {
            type Target = $crate::model::coded::Coded;

            fn deref(&self) -> &$crate::model::coded::Coded {
                &self.0
            }
        }
    };
}
pub(crate) use coded;

impl Coded {
    pub(crate) fn new(row: &'static Row, parts: &[&str]) -> Coded {
        let parts = mapped(parts, |part| owned(part));
        Coded { row, parts }
    }

    /// The row of this code among some, with as many parts as it names.
    pub(crate) fn found(rows: &[&'static Row], code: &str, parts: &[&str]) -> Option<Coded> {
        for row in rows {
            if row.code == code && row.parts.len() == parts.len() {
                return Some(Coded::new(row, parts));
            }
        }
        None
    }

    /// Adds its code, and what stands in the place of the names.
    pub(crate) fn add_words(&self, words: &mut Vec<String>) {
        words.push(owned(self.row.code));
        for part in &self.parts {
            words.push(owned(part));
        }
    }

    /// The word that stands for it, which later versions keep.
    pub(crate) fn code(&self) -> &'static str {
        self.row.code
    }

    /// What to do next; empty where the text says all, or where a part of it is not known.
    pub(crate) fn help(&self) -> String {
        match self.filled(self.row.help) {
            (help, true) => help,
            (_, false) => String::new(),
        }
    }

    /// Text and help in one line.
    pub(crate) fn line(&self) -> String {
        let (mut line, _) = self.filled(self.row.text);
        let help = self.help();
        if !help.is_empty() {
            line += self.row.joint;
            line += &help;
        }
        line
    }

    /// A text with the parts in place of their names, and whether none of them is empty.
    fn filled(&self, text: &str) -> (String, bool) {
        let (mut filled, mut is_whole, mut rest) = (String::new(), true, text);
        while let Some((before, behind)) = cut(rest, "{")
            && let Some((name, behind)) = cut(behind, "}")
        {
            filled += before;
            for at in 0..self.row.parts.len() {
                if self.row.parts[at] == name {
                    filled += &self.parts[at];
                    is_whole &= !self.parts[at].is_empty();
                }
            }
            rest = behind;
        }
        filled += rest;
        (filled, is_whole)
    }
}

impl fmt::Display for Coded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.filled(self.row.text).0)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What a table shows of these rows: `| code | text | help |`, parts by their names.
    ///
    /// # Panics
    /// If a code is there twice or is no plain word, or a row does not name its parts.
    pub(crate) fn table(rows: &[&'static Row]) -> Vec<String> {
        let mut codes: Vec<&str> = rows.iter().map(|row| row.code).collect();
        codes.sort_unstable();
        for pair in codes.windows(2) {
            assert_ne!(pair[0], pair[1]);
        }
        rows.iter().map(|row| shown(row)).collect()
    }

    fn shown(row: &'static Row) -> String {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(row.code.chars().all(plain), "{}", row.code);
        let names: Vec<String> = row.parts.iter().map(|part| format!("{{{part}}}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for name in &names {
            assert!(
                row.text.contains(name) || row.help.contains(name),
                "{row:?}"
            );
        }
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
