//! Texts and values made fit to stand in a page.

use std::borrow::Cow;
use std::io;

use perf_grammar::{acts_on_its_reader, harmless, harmless_lines};
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

/// A text between tags or in a quoted attribute. Its lines stay.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    let text = harmless_lines(text);
    if !text.contains(['<', '>', '&', '"', '\'']) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The address within the page of a case, whose name is on one line.
pub(super) fn link(id: &str) -> String {
    format!("#case={}", encoded(id, &[]))
}

/// The address of a file by its path, which does not begin with a scheme.
pub(super) fn address(path: &str) -> String {
    encoded(path, b"/")
}

fn encoded(text: &str, plain: &[u8]) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(byte.into()),
            byte if plain.contains(&byte) => out.push(byte.into()),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A block of data, which the script finds by `attribute`.
pub(super) fn block(out: &mut Vec<u8>, attribute: &str, value: &impl Serialize) {
    out.extend_from_slice(b"<script type=\"application/json\" ");
    out.extend_from_slice(attribute.as_bytes());
    out.push(b'>');
    value
        .serialize(&mut Serializer::with_formatter(&mut *out, InPage))
        .expect("what is rendered holds nothing that JSON cannot say");
    out.extend_from_slice(b"</script>\n");
}

/// JSON in which no text ends its element, and none acts on a reader: what would is
/// written out, as at a terminal. Numbers have five digits, more than a chart shows.
struct InPage;

impl Formatter for InPage {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !b"<>&".contains(&byte);
        if fragment.bytes().all(is_plain) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut written = 0;
        let special = |c: char| matches!(c, '<' | '>' | '&') || acts_on_its_reader(c);
        for (at, c) in fragment.char_indices().filter(|(_, c)| special(*c)) {
            writer.write_all(&fragment.as_bytes()[written..at])?;
            match c {
                '<' | '>' | '&' => write!(writer, "\\u{:04x}", u32::from(c))?,
                c => {
                    let shown = harmless(c.encode_utf8(&mut [0; 4])).replace('\\', "\\\\");
                    writer.write_all(shown.as_bytes())?;
                }
            }
            written = at + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        let text = match escape {
            CharEscape::Quote => "\\\"",
            CharEscape::ReverseSolidus => "\\\\",
            CharEscape::Solidus => "/",
            CharEscape::LineFeed => "\\n",
            CharEscape::Tab => "    ",
            CharEscape::CarriageReturn => "\\\\r",
            CharEscape::Backspace => "\\\\u{8}",
            CharEscape::FormFeed => "\\\\u{c}",
            CharEscape::AsciiControl(byte) => return write!(writer, "\\\\u{{{byte:x}}}"),
        };
        writer.write_all(text.as_bytes())
    }

    /// NOTE: most of a page are such numbers. The shortest digits that are a number are
    /// expensive to find, and five are known.
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let size = value.abs();
        if value.fract() == 0.0 && size < WHOLE {
            return self.write_i64(writer, value as i64);
        }
        let places = 4 - size.log10().floor() as i32;
        let power = POWERS.get(places.unsigned_abs() as usize);
        let Some(power) = power.filter(|_| size < WHOLE) else {
            return write!(writer, "{value:.4e}");
        };
        if places < 0 {
            return self.write_i64(writer, ((value / power).round() * power) as i64);
        }
        let (mut digits, mut places) = ((size * power).round() as u64, places as usize);
        while places > 0 && digits.is_multiple_of(10) {
            (digits, places) = (digits / 10, places - 1);
        }
        let mut behind = [b'0'; POWERS.len()];
        for digit in behind[..places].iter_mut().rev() {
            *digit += (digits % 10) as u8;
            digits /= 10;
        }
        if value < 0.0 {
            writer.write_all(b"-")?;
        }
        self.write_u64(writer, digits)?;
        if places > 0 {
            writer.write_all(b".")?;
            writer.write_all(&behind[..places])?;
        }
        Ok(())
    }
}

/// Whole numbers below this are written as they are.
const WHOLE: f64 = 9e18;
/// The powers of ten that a float holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_element_or_acts_on_its_reader() {
        let mut out = Vec::new();
        let texts = [
            "</script><b>&amp;",
            "\u{1b}[31m\u{202e}\u{2028}\r\u{0}\u{8}\u{c}\t|\n\\\"",
            "名前 é",
        ];
        block(&mut out, "id=\"data\"", &texts);
        let out = String::from_utf8(out).expect("text");
        let inside = out
            .strip_prefix("<script type=\"application/json\" id=\"data\">")
            .and_then(|rest| rest.strip_suffix("</script>\n"))
            .expect("one element");
        assert!(!inside.contains(['<', '>', '&']), "{inside}");
        assert!(!inside.contains(acts_on_its_reader), "{inside}");
        let read: Vec<String> = serde_json::from_str(inside).expect("JSON");
        assert_eq!(
            read,
            [
                "</script><b>&amp;",
                "\\u{1b}[31m\\u{202e}\\u{2028}\\r\\u{0}\\u{8}\\u{c}    |\n\\\"",
                "名前 é"
            ]
        );
        assert_eq!(
            text("<a href='x'>\u{202e}\"&"),
            "&lt;a href=&#39;x&#39;&gt;\\u{202e}&quot;&amp;"
        );
    }

    #[test]
    fn a_number_keeps_five_digits() {
        let mut out = Vec::new();
        block(
            &mut out,
            "",
            &[
                0.123_456_7,
                1234.5678,
                12_400_000.0,
                1_234_567.8,
                999_999.5,
                -0.999_996,
                -2.5e-9,
                0.0,
                -0.0,
                1.5e-20,
                1e22,
            ],
        );
        let out = String::from_utf8(out).expect("text");
        assert!(
            out.contains("[0.12346,1234.6,12400000,1234600,1000000,-1,-0.0000000025,0,0,1.5000e-20,1.0000e22]"),
            "{out}"
        );
    }

    #[test]
    fn a_link_is_what_a_browser_reads_back() {
        assert_eq!(link("a::b/<10> é"), "#case=a%3A%3Ab%2F%3C10%3E%20%C3%A9");
    }
}
