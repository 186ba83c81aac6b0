//! Puts texts together, in functions that are compiled once.

use std::fmt;
use std::str::FromStr;

use crate::list::mapped;

/// Texts in a row, with something between them.
///
/// NOTE: the standard library's `join` was rejected: it compiles a copy for each length of
/// what stands between.
#[inline(never)]
#[must_use]
pub fn joined<T: AsRef<str>>(texts: &[T], between: &str) -> String {
    let (mut all, mut at) = (String::new(), 0);
    while at < texts.len() {
        if at > 0 {
            all.push_str(between);
        }
        all.push_str(texts[at].as_ref());
        at += 1;
    }
    all
}

/// Each value as it is shown.
#[inline(never)]
#[must_use]
pub fn words(values: &[&dyn fmt::Display]) -> Vec<String> {
    mapped(values, |value| value.to_string())
}

/// The value that a word is read as.
#[inline(never)]
#[must_use]
pub fn parsed<T: FromStr>(word: &str) -> Option<T> {
    word.parse().ok()
}

/// The numbers that words are read as, where there are as many words as numbers.
#[must_use]
pub fn numbers<const N: usize>(words: &[&str]) -> Option<[u64; N]> {
    let mut numbers = [0; N];
    fill(&mut numbers, words).then_some(numbers)
}

#[inline(never)]
fn fill(numbers: &mut [u64], words: &[&str]) -> bool {
    let mut at = 0;
    while at < numbers.len() && at < words.len() {
        let Some(number) = parsed(words[at]) else {
            return false;
        };
        numbers[at] = number;
        at += 1;
    }
    numbers.len() == words.len()
}

/// Whether each byte is of a kind.
#[inline(never)]
#[must_use]
pub fn all(text: &str, is_of: fn(&u8) -> bool) -> bool {
    for byte in text.as_bytes() {
        if !is_of(byte) {
            return false;
        }
    }
    true
}

/// The first blank of any kind, and where it stands.
#[inline(never)]
#[must_use]
pub fn blank(text: &str) -> Option<(usize, char)> {
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            return Some((at, c));
        }
    }
    None
}

/// A text without the blanks before and behind it.
#[inline(never)]
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim()
}

/// A text without the blanks before it.
#[inline(never)]
#[must_use]
pub fn trim_start(text: &str) -> &str {
    text.trim_start()
}

/// A text without the blanks behind it.
#[inline(never)]
#[must_use]
pub fn trim_end(text: &str) -> &str {
    text.trim_end()
}

/// The words between blanks of any kind.
#[inline(never)]
#[must_use]
pub fn fields(text: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    for field in text.split_whitespace() {
        fields.push(field);
    }
    fields
}

/// A text with a blank in the place of each control character.
#[inline(never)]
#[must_use]
pub fn without_controls(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

/// A text without all of these behind it.
#[inline(never)]
#[must_use]
pub fn trim_end_matches(text: &str, end: char) -> &str {
    text.trim_end_matches(end)
}

/// An owned copy of a text.
///
/// NOTE: `to_owned` is inlined wherever it stands before anything is optimised, and is
/// fifty instructions: where it stands several times, this is called.
#[inline(never)]
#[must_use]
pub fn owned(text: &str) -> String {
    text.to_owned()
}

/// What stands before and behind the first of these.
///
/// NOTE: `split_once`, `find` and `contains` are inlined down to their search, which is a
/// thousand instructions for a text and three hundred for a character.
#[inline(never)]
#[must_use]
pub fn cut<'t>(text: &'t str, at: &str) -> Option<(&'t str, &'t str)> {
    text.split_once(at)
}

/// What stands before and behind the last of these.
#[inline(never)]
#[must_use]
pub fn cut_last(text: &str, at: char) -> Option<(&str, &str)> {
    text.rsplit_once(at)
}

/// What stands before, between and behind all of these.
#[inline(never)]
#[must_use]
pub fn parts<'t>(text: &'t str, between: &str) -> Vec<&'t str> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((part, behind)) = cut(rest, between) {
        parts.push(part);
        rest = behind;
    }
    parts.push(rest);
    parts
}

/// Each line, without its end.
#[inline(never)]
#[must_use]
pub fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    for line in text.lines() {
        lines.push(line);
    }
    lines
}

/// A text with another one in place of each of these.
#[inline(never)]
#[must_use]
pub fn replaced(text: &str, from: &str, to: &str) -> String {
    joined(&parts(text, from), to)
}

/// What `format!` of this crate calls.
#[inline(never)]
#[must_use]
pub fn formatted(text: fmt::Arguments<'_>) -> String {
    fmt::format(text)
}
