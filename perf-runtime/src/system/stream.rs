//! What comes in from other processes: lines, and exact numbers of bytes.
//!
//! NOTE: `dyn Read` and `BufRead` were rejected: for each kind of stream the compiler
//! makes all of their methods anew, a fiftieth of what it makes of this crate.

use std::io;

/// Fills a part of a buffer, as `Read::read` does.
pub(crate) type Source = dyn FnMut(&mut [u8]) -> io::Result<usize> + Send;

/// How much is read at a time.
const PIECE: usize = 8 << 10;

/// The lines of a stream.
pub(crate) struct Lines {
    source: Box<Source>,
    /// What was read last, and how much of it was given out.
    piece: Vec<u8>,
    given: usize,
}

impl Lines {
    pub(crate) fn new(source: Box<Source>) -> Lines {
        Lines {
            source,
            piece: Vec::new(),
            given: 0,
        }
    }

    /// Reads a line with its end, or its first `longest` bytes, and passes over the rest;
    /// `false` at the end of the stream.
    ///
    /// # Errors
    /// If the stream cannot be read.
    pub(crate) fn next(&mut self, line: &mut Vec<u8>, longest: usize) -> io::Result<bool> {
        line.clear();
        loop {
            if self.given == self.piece.len() {
                self.given = 0;
                self.piece.resize(PIECE, 0);
                let read = once(&mut *self.source, &mut self.piece);
                self.piece.truncate(*read.as_ref().unwrap_or(&0));
                if read? == 0 {
                    return Ok(!line.is_empty());
                }
            }
            let rest = &self.piece[self.given..];
            let mut end = 0;
            let mut is_whole = false;
            while end < rest.len() && !is_whole {
                is_whole = rest[end] == b'\n';
                end += 1;
            }
            let part = &rest[..end];
            let room = longest - line.len();
            line.extend_from_slice(&part[..room.min(part.len())]);
            self.given += part.len();
            if is_whole {
                return Ok(true);
            }
        }
    }
}

/// A line without its end.
pub(crate) fn without_end(line: &str) -> &str {
    line.trim_end_matches(['\n', '\r'])
}

/// Reads what is there, at least a byte unless it is the end.
///
/// # Errors
/// If the stream cannot be read.
#[inline(never)]
pub(crate) fn once(
    source: &mut dyn FnMut(&mut [u8]) -> io::Result<usize>,
    into: &mut [u8],
) -> io::Result<usize> {
    loop {
        match source(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// Fills a buffer.
///
/// # Errors
/// If the stream cannot be read, or ends before.
#[cfg(unix)]
pub(crate) fn fill(
    source: &mut dyn FnMut(&mut [u8]) -> io::Result<usize>,
    mut into: &mut [u8],
) -> io::Result<()> {
    while !into.is_empty() {
        match once(source, into)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => into = &mut into[read..],
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn of_a_line_without_an_end_only_the_beginning_is_kept() {
        let mut text = vec![b'x'; 3 * PIECE];
        text.extend_from_slice(b"\nshort\n\nlast");
        let text: &'static [u8] = text.leak();
        let mut from = text;
        let mut lines = Lines::new(Box::new(move |piece| from.read(piece)));
        let (mut line, mut read) = (Vec::new(), Vec::new());
        while lines.next(&mut line, PIECE + 1).unwrap() {
            read.push(line.len());
        }
        assert_eq!(read, [PIECE + 1, 6, 1, 4]);
    }
}
