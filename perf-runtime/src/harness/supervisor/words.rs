//! What a process that measures and the one that supervises it say to each
//! other: lists of words over a socket that only these two know.
//!
//! The socket is the child's standard input, which nothing else uses: no fixed
//! number, name or variable has to be agreed on, and what a test prints cannot
//! reach it. A test that reads its standard input finds it at its end.

use std::io::{self, Write};

use crate::system::stream;

/// The longest word, and the most of them, that are read: more is no message.
const LONGEST: u32 = 1 << 26;
const MOST: u32 = 1 << 20;
/// How much of a word is read at a time.
const PIECE: usize = 64 << 10;

/// Writes one message, in one call.
///
/// # Errors
/// If it cannot be written.
pub(super) fn write(out: &mut dyn Write, words: &[&str]) -> io::Result<()> {
    let size = |length: usize| u32::try_from(length).map_err(io::Error::other);
    let mut message = size(words.len())?.to_le_bytes().to_vec();
    for word in words {
        let word = word.as_bytes();
        message.extend_from_slice(&size(word.len())?.to_le_bytes());
        message.extend_from_slice(word);
    }
    out.write_all(&message)
}

/// Reads one message; `None` at the end.
///
/// # Errors
/// If it cannot be read, or is none.
pub(super) fn read(
    from: &mut dyn FnMut(&mut [u8]) -> io::Result<usize>,
) -> io::Result<Option<Vec<String>>> {
    let mut first = [0; 4];
    if stream::once(from, &mut first[..1])? == 0 {
        return Ok(None);
    }
    stream::fill(from, &mut first[1..])?;
    let count = bounded(first, MOST)?;
    let mut words = Vec::new();
    for _ in 0..count {
        let mut size = [0; 4];
        stream::fill(from, &mut size)?;
        let mut left = bounded(size, LONGEST)? as usize;
        // Grows with what is there: the size may be anything.
        let mut word = Vec::new();
        while left > 0 {
            let start = word.len();
            word.resize(start + left.min(PIECE), 0);
            left -= word.len() - start;
            stream::fill(from, &mut word[start..])?;
        }
        words.push(String::from_utf8(word).map_err(io::Error::other)?);
    }
    Ok(Some(words))
}

fn bounded(size: [u8; 4], most: u32) -> io::Result<u32> {
    let size = u32::from_le_bytes(size);
    if size > most {
        return Err(io::Error::other(format!(
            "{size} is more than the {most} of a message"
        )));
    }
    Ok(size)
}

/// Reads messages until one cannot be read; each is written as it was read.
///
/// # Panics
/// Where it is not.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(bytes: &[u8]) {
    let mut rest = bytes;
    loop {
        let before = rest;
        let Ok(Some(words)) = read(&mut |piece| io::Read::read(&mut rest, piece)) else {
            return;
        };
        let mut written = Vec::new();
        write(
            &mut written,
            &crate::collections::mapped(&words, String::as_str),
        )
        .expect("memory takes anything");
        assert_eq!(written, before[..before.len() - rest.len()]);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn words_come_through_whatever_they_hold() {
        let mut line = Vec::new();
        let messages: [&[&str]; 3] = [&["at", "a::b\n\u{1e}", ""], &[], &["bye"]];
        for words in messages {
            write(&mut line, words).unwrap();
        }
        let mut from = &line[..];
        for words in messages {
            assert_eq!(read(&mut |piece| from.read(piece)).unwrap().unwrap(), words);
        }
        assert_eq!(read(&mut |piece| from.read(piece)).unwrap(), None);
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        let mut half = Vec::new();
        write(&mut half, &["settled", "a"]).unwrap();
        half.pop();
        for bytes in [
            &half[..],
            &[1],
            b"\x1e{\"t\":\"bye\"}\n",
            &[1, 0, 0, 0, 1, 0, 0, 0, 0xff],
        ] {
            let mut from = bytes;
            let read = read(&mut |piece| from.read(piece));
            assert!(read.is_err(), "{bytes:?}");
        }
    }
}
