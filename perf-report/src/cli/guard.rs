//! What stands between every verb and its streams: no text gets through that acts on a terminal, but for colours where they are wanted.

use std::io::{self, Write};

use perf_grammar::{acts_on_its_reader, harmless};

/// A stream of text for people.
pub(super) struct Guard<'a> {
    stream: &'a mut dyn Write,
    /// Whether the program's own colours pass.
    colour: bool,
}

impl Guard<'_> {
    pub(super) fn new(stream: &mut dyn Write, colour: bool) -> Guard<'_> {
        Guard { stream, colour }
    }
}

impl Write for Guard<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.iter().copied().all(is_plain) {
            return self.stream.write(bytes);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => self.guard(text)?,
            Err(_) => self.guard(&String::from_utf8_lossy(bytes))?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// What is written as it is without a further look. Pages of many megabytes are little else.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\t')
}

impl Guard<'_> {
    /// Writes a text, and what is long and plain of it without a copy.
    fn guard(&mut self, text: &str) -> io::Result<()> {
        const LONG: usize = 8192;
        let (mut out, mut rest) = (String::new(), text);
        loop {
            let plain = rest.bytes().position(|byte| !is_plain(byte));
            let (plain, others) = rest.split_at(plain.unwrap_or(rest.len()));
            rest = others;
            if out.len() + plain.len() > LONG {
                self.stream.write_all(out.as_bytes())?;
                self.stream.write_all(plain.as_bytes())?;
                out.clear();
            } else {
                out.push_str(plain);
            }
            let Some(c) = rest.chars().next() else { break };
            let length = match rest.strip_prefix("\u{1b}[").and_then(style) {
                Some(style) if self.colour => style + 2,
                _ => 0,
            };
            if length > 0 {
                out.push_str(&rest[..length]);
                rest = &rest[length..];
                continue;
            }
            let (one, others) = rest.split_at(c.len_utf8());
            match c {
                // Before a line end, as Windows has it.
                '\r' if others.starts_with('\n') => {}
                c if acts_on_its_reader(c) => out.push_str(&harmless(one)),
                c => out.push(c),
            }
            rest = others;
        }
        self.stream.write_all(out.as_bytes())
    }
}

/// The length of the rest of a sequence that colours: `1;31m`.
fn style(text: &str) -> Option<usize> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    text[end..].starts_with('m').then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(colour: bool, text: &str, expected: &str) {
        let mut out = Vec::new();
        let written = Guard::new(&mut out, colour).write_all(text.as_bytes());
        assert!(written.is_ok());
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn only_colours_pass_and_only_where_they_are_wanted() {
        let text = "\u{1b}[1;31mfail\u{1b}[0m µs\n\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}";
        check(
            true,
            text,
            "\u{1b}[1;31mfail\u{1b}[0m µs\n\\u{1b}]0;owned\\u{7}\\u{1b}[2J\\u{202e}",
        );
        check(false, "\u{1b}[31mx\r\n\ty", "\\u{1b}[31mx\n\ty");
        // However long what lies between is.
        let long = "plain ".repeat(5_000);
        check(
            false,
            &format!("µ{long}\u{202e}{long}\u{7}µ"),
            &format!("µ{long}\\u{{202e}}{long}\\u{{7}}µ"),
        );
    }
}
