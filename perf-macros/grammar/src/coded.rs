//! What can be said, a row each: a code, a text, and what to do next.

use std::fmt;

/// One thing that can be said.
pub struct Row {
    /// The word that stands for it, which later versions keep.
    pub code: &'static str,
    /// What the braces of text and help name.
    pub parts: &'static [&'static str],
    /// What is the case.
    pub text: &'static str,
    /// What stands between text and help in one line.
    pub joint: &'static str,
    /// What to do next.
    pub help: &'static str,
}

/// A row with its parts.
#[derive(Clone)]
pub struct Coded {
    row: &'static Row,
    parts: Vec<String>,
}

impl PartialEq for Coded {
    fn eq(&self, other: &Coded) -> bool {
        self.row.code == other.row.code && self.parts == other.parts
    }
}

impl Eq for Coded {}

impl fmt::Debug for Coded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())
    }
}

/// Makes a type of its rows, with a function for each: `code(parts) = "text";`, or with
/// what to do next behind the mark that joins both in one line:
/// `no_name(key, example) = "found `{key}` without a name" [: "write `{example}`"];`. A test
/// beside it looks whether a code is there twice, or a part is not said.
///
/// NOTE: an enum with a `write!` for each row is 16,000 lines more of what the compiler makes
/// of perf-runtime.
#[doc(hidden)]
#[macro_export]
macro_rules! coded {
    (
        $(#[$meta:meta])*
        $vis:vis struct $Name:ident;
        $(
            $(#[$doc:meta])*
            $code:ident($($part:ident),*) = $text:literal $([$joint:tt $help:literal])?;
        )+
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis struct $Name($crate::Coded);

        impl $Name {
            $(
                $(#[$doc])*
                pub(crate) fn $code($($part: &str),*) -> $Name {
                    $Name($crate::Coded::new(&rows::$code, &[$($part),*]))
                }
            )+
        }

        #[allow(non_upper_case_globals, reason = "rows have the names of their functions")]
        pub(crate) mod rows {
            use $crate::Row;

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

        #[test]
        fn no_code_is_there_twice_and_every_part_is_said() {
            for (at, row) in rows::ALL.iter().enumerate() {
                let is_same = |other: &&$crate::Row| other.code == row.code;
                assert!(!rows::ALL[..at].iter().any(is_same), "{}", row.code);
                for part in row.parts {
                    let name = format!("{{{part}}}");
                    let is_said = row.text.contains(&name) || row.help.contains(&name);
                    assert!(is_said, "{}: {name}", row.code);
                }
            }
        }

        impl From<$Name> for $crate::Coded {
            fn from(value: $Name) -> $crate::Coded {
                value.0
            }
        }

        impl std::ops::Deref for $Name {
            type Target = $crate::Coded;

            fn deref(&self) -> &$crate::Coded {
                &self.0
            }
        }
    };
}

impl Coded {
    /// The row with these in the place of the names.
    #[must_use]
    pub fn new(row: &'static Row, parts: &[&str]) -> Coded {
        let mut owned = Vec::new();
        for part in parts {
            owned.push((*part).to_owned());
        }
        Coded { row, parts: owned }
    }

    /// The row of this code among some, with as many parts as it names.
    #[must_use]
    pub fn found(rows: &[&'static Row], code: &str, parts: &[&str]) -> Option<Coded> {
        for row in rows {
            if row.code == code && row.parts.len() == parts.len() {
                return Some(Coded::new(row, parts));
            }
        }
        None
    }

    /// Adds its code, and what stands in the place of the names.
    pub fn add_words(&self, words: &mut Vec<String>) {
        words.push(self.row.code.to_owned());
        for part in &self.parts {
            words.push(part.clone());
        }
    }

    /// The word that stands for it, which later versions keep.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.row.code
    }

    /// What is the case.
    #[must_use]
    pub fn text(&self) -> String {
        self.filled(self.row.text).0
    }

    /// What to do next; empty where the text says all, or where a part of it is not known.
    #[must_use]
    pub fn help(&self) -> String {
        match self.filled(self.row.help) {
            (help, true) => help,
            (_, false) => String::new(),
        }
    }

    /// Text and help in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = self.text();
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
        while let Some((before, behind)) = rest.split_once('{')
            && let Some((name, behind)) = behind.split_once('}')
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
        f.write_str(&self.text())
    }
}

#[cfg(test)]
mod tests {
    crate::coded! {
        struct Found;
        plain(text) = "found `{text}`";
        near(text, near) = "found `{text}`" [; "did you mean `{near}`?"];
    }

    #[test]
    fn a_help_is_left_out_where_a_part_of_it_is_not_known() {
        assert_eq!(Found::plain("{text}").line(), "found `{text}`");
        assert_eq!(Found::near("a", "").line(), "found `a`");
        let near = Found::near("a", "b");
        assert_eq!(near.line(), "found `a`; did you mean `b`?");
        assert_eq!((near.code(), &*near.help()), ("near", "did you mean `b`?"));
        assert_eq!(rows::ALL.len(), 2);
    }
}
