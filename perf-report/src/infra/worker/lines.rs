//! Lines of a pipe, of which no more is kept than can be made use of.

use std::io::{BufRead, BufReader, Read};

/// The most that is kept of what a test prints on one line.
pub(crate) const PRINTED: usize = 64 << 10;
/// The most that is kept of a message: a record of a large case is a hundredth of it.
pub(crate) const MESSAGE: usize = 64 << 20;

/// Calls `each` with every line of a pipe, line ends included, and how many bytes
/// of it were dropped. More than [`PRINTED`] bytes are kept only of a line that
/// holds `mark` among those.
pub(crate) fn read(pipe: impl Read, mark: &[u8], mut each: impl FnMut(&[u8], usize)) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    let (mut dropped, mut longest) = (0, PRINTED);
    loop {
        let more = match pipe.fill_buf() {
            Ok([]) => break,
            Ok(more) => more,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let end = memchr::memchr(b'\n', more);
        let part = &more[..end.map_or(more.len(), |at| at + 1)];
        let exceeds = line.len() + part.len() > longest;
        if exceeds && dropped == 0 && memchr::memmem::find(&line, mark).is_some() {
            longest = MESSAGE;
        }
        let kept = part.len().min(longest.saturating_sub(line.len()));
        line.extend_from_slice(&part[..kept]);
        dropped += part.len() - kept;
        let used = part.len();
        pipe.consume(used);
        if end.is_some() {
            each(&line, dropped);
            line.clear();
            (dropped, longest) = (0, PRINTED);
        }
    }
    if !line.is_empty() {
        each(&line, dropped);
    }
}

/// A line as text, no longer than `longest` bytes, with how much is missing.
pub(crate) fn text(line: &[u8], dropped: usize, longest: usize) -> String {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let kept = &line[..line.len().min(longest)];
    let missing = line.len() - kept.len() + dropped;
    let text = String::from_utf8_lossy(kept);
    match missing {
        0 => text.trim_end().to_owned(),
        missing => format!("{}.. and {missing} more bytes", text.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<(usize, usize)> {
        let mut lines = Vec::new();
        read(text, b"\x1e", |line, dropped| {
            lines.push((line.len(), dropped));
        });
        lines
    }

    #[test]
    fn a_line_without_an_end_is_not_kept_whole() {
        let mut text = vec![b'x'; 3 * PRINTED];
        text.extend_from_slice(b"\nshort\nlast");
        assert_eq!(lines(&text), [(PRINTED, 2 * PRINTED + 1), (6, 0), (4, 0)]);
        text[7] = 0x1E;
        assert_eq!(lines(&text)[0], (3 * PRINTED + 1, 0));
    }

    #[test]
    fn what_is_missing_of_a_line_is_counted() {
        assert_eq!(text(b"all of it \r\n", 0, 100), "all of it");
        assert_eq!(text(b"some of it\n", 20, 4), "some.. and 26 more bytes");
    }
}
