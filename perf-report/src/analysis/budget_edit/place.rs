//! Bytes, lines and columns of a text, and the line ends it uses.

use std::ops::Range;

use super::Place;

/// A text, by its lines.
#[derive(Clone, Copy)]
pub(super) struct Lines<'t>(pub(super) &'t str);

impl<'t> Lines<'t> {
    /// Line and column of a byte.
    pub(super) fn place(self, at: usize) -> Place {
        let before = self.0.get(..at).unwrap_or(self.0);
        Place {
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().unwrap_or("").chars().count() + 1,
        }
    }

    /// The bytes of the line that holds a byte, its end included.
    pub(super) fn around(self, at: usize) -> Range<usize> {
        // The byte may be within a character.
        let (before, after) = self.0.as_bytes().split_at(at);
        let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', after).map_or(self.0.len(), |end| at + end + 1);
        start..end
    }

    /// The line that starts at a byte; nothing at the end of the text.
    pub(super) fn at(self, start: usize) -> Option<Range<usize>> {
        (start < self.0.len()).then(|| self.around(start))
    }

    /// The line before the one that starts at a byte.
    pub(super) fn before(self, start: usize) -> Option<Range<usize>> {
        start.checked_sub(1).map(|last| self.around(last))
    }

    /// A line without what surrounds its text.
    pub(super) fn text(self, line: &Range<usize>) -> &'t str {
        self.0[line.clone()].trim()
    }

    /// What a line begins with before its text.
    pub(super) fn indent(self, line: &Range<usize>) -> &'t str {
        let line = &self.0[line.clone()];
        let end = line.len() - line.trim_start_matches([' ', '\t']).len();
        &line[..end]
    }

    /// How lines end here: as the one that a byte stands in, or the first one.
    pub(super) fn end_near(self, at: usize) -> &'static str {
        let near = &self.0[self.around(at.min(self.0.len()))];
        let sample = if near.ends_with('\n') { near } else { self.0 };
        let first = sample.find('\n').map_or("", |end| &sample[..=end]);
        if first.ends_with("\r\n") {
            "\r\n"
        } else {
            "\n"
        }
    }

    /// Where the remarks below a line end that belong to it: comments up to a
    /// blank line. Comments up to a header belong to that.
    pub(super) fn end_of_remarks(self, from: usize) -> usize {
        let mut end = from;
        while let Some(line) = self.at(end) {
            let text = self.text(&line);
            if text.is_empty() {
                return end;
            } else if !text.starts_with('#') {
                return from;
            }
            end = line.end;
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        let text = "a = 1\r\nµ = \"x\"\n";
        for (part, line, column) in [("a", 1, 1), ("1", 1, 5), ("\"x\"", 2, 5)] {
            let at = text.find(part).expect(part);
            assert_eq!(Lines(text).place(at), Place { line, column }, "{part}");
        }
        assert_eq!(
            Place::of("/a:b/x.toml:12:7"),
            Some(Place {
                line: 12,
                column: 7
            })
        );
        assert_eq!(Place::of("src/lib.rs"), None);
    }

    #[test]
    fn lines_end_as_their_neighbours_do() {
        let text = "a = 1\r\nb = 2\nc = 3";
        assert_eq!(Lines(text).end_near(0), "\r\n");
        assert_eq!(Lines(text).end_near(8), "\n");
        assert_eq!(Lines(text).end_near(text.len()), "\r\n");
        assert_eq!(Lines("").end_near(0), "\n");
    }

    #[test]
    fn remarks_belong_to_the_line_above_unless_a_header_follows() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let from = text.find('\n').expect("a line") + 1;
            assert_eq!(&text[from..Lines(text).end_of_remarks(from)], expected);
        }
        check("a = 1\n# was 2\n\n[b]\n", "# was 2\n");
        check("a = 1\n# was 2\n", "# was 2\n");
        check("a = 1\n# of b\n[b]\n", "");
        check("a = 1\n\n# of b\n[b]\n", "");
    }
}
