//! Text of others, made harmless: nothing in it moves a cursor, colours, reorders or hides what stands around it.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::list::mapped;
use crate::text::{joined, parts, replaced};

/// What stands for the end of a line where text stays on one.
pub(crate) const LINE_END: &str = " ⏎ ";

/// A text on one line, with every character that could act on its reader written
/// as Rust writes it: `\u{1b}[31m`. Letters, marks and emoji of all scripts stay.
///
/// A line end becomes ` ⏎ `, a tab `\t`. What is made once is not changed
/// by being made again.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !has_acting(text, false) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    for (at, c) in text.char_indices() {
        match c {
            '\n' => out.push_str(LINE_END),
            '\r' if text.as_bytes().get(at + 1) == Some(&b'\n') => {}
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if acts(c) => push_escaped(&mut out, c),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The same of a text of several lines, whose line ends stay; a tab is four
/// blanks.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    if !has_acting(text, true) {
        return Cow::Borrowed(text);
    }
    let lines = mapped(&parts(text, "\n"), |line| {
        let line = line.strip_suffix("\r").unwrap_or(line);
        one_line(&replaced(line, "\t", "    ")).into_owned()
    });
    Cow::Owned(joined(&lines, "\n"))
}

/// Whether a character acts on its reader; ends of lines may be none of them.
fn has_acting(text: &str, has_lines: bool) -> bool {
    for c in text.chars() {
        if acts(c) && !(has_lines && c == '\n') {
            return true;
        }
    }
    false
}

/// The beginning of a text that is longer than `most` bytes, and how long it is.
/// `whole` says where all of it stands: `the record a.json`.
#[must_use]
pub fn shortened<'a>(text: &'a str, most: usize, whole: &str) -> Cow<'a, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let bytes = crate::format_count(text.len() as f64);
    let beginning = &text[..end];
    Cow::Owned(format!("{beginning}… (all {bytes} bytes: {whole})"))
}

/// Whether a character acts on its reader instead of being read, or is none: the
/// controls (ESC, BEL, CSI among them), what reorders, ends or hides text, and what
/// Unicode says is never a character.
///
/// The joiners (U+200C, U+200D) and selectors of variants stay: words of many
/// scripts and emoji are spelt with them.
#[must_use]
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

fn push_escaped(out: &mut String, c: char) {
    // Writing to a text never fails.
    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(one_line(text), expected);
        assert_eq!(one_line(expected), expected, "made again");
    }

    #[test]
    fn what_acts_on_its_reader_is_written_out() {
        check(
            "\u{1b}[31mred\u{1b}]0;t\u{7}",
            r"\u{1b}[31mred\u{1b}]0;t\u{7}",
        );
        check("\u{9b}2J\u{7f}\u{0}", r"\u{9b}2J\u{7f}\u{0}");
        check(
            "\u{202e}rtl\u{2066}\u{200f}",
            r"\u{202e}rtl\u{2066}\u{200f}",
        );
        check(
            "a\u{2028}b\u{feff}\u{fffe}\u{1ffff}\u{fdd0}",
            r"a\u{2028}b\u{feff}\u{fffe}\u{1ffff}\u{fdd0}",
        );
        check("tag\u{e0041}\u{200b}", r"tag\u{e0041}\u{200b}");
    }

    #[test]
    fn a_line_end_stays_visible_on_one_line() {
        check("a\nb\r\nc\rd\te", r"a ⏎ b ⏎ c\rd\te");
        assert_eq!(lines("a\n\tb\r\n\u{1b}c\n"), "a\n    b\n\\u{1b}c\n");
        assert_eq!(lines("a\r\nb"), "a\nb");
        assert_eq!(lines("plain\ntext"), "plain\ntext");
    }

    #[test]
    fn a_long_text_says_where_the_whole_of_it_is() {
        let long = "é".repeat(1000);
        assert_eq!(
            shortened(&long, 5, "the record a.json"),
            "éé… (all 2,000 bytes: the record a.json)"
        );
        assert_eq!(shortened("short", 5, ""), "short");
    }

    #[test]
    fn other_scripts_and_emoji_stay() {
        for text in [
            "übergröße µs",
            "日本語",
            "שלום",
            "می‌خواهم",
            "👩‍👩‍👧 ❤️ 🇺🇳",
            "naïve",
            "a\\b",
        ] {
            check(text, text);
            assert!(matches!(one_line(text), Cow::Borrowed(_)));
            assert!(matches!(lines(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn no_character_gets_through_that_acts() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let made = one_line(c.encode_utf8(&mut [0; 4])).into_owned();
            assert!(!made.contains(acts), "{c:?} became {made:?}");
        }
    }
}
