//! What a process prints, passed on as its harness would have done.

use std::io::Write as _;
use std::mem;

use super::MARK;
use crate::collections::{lines, owned, trim_end};

/// The most that is passed on of a stream that the harness keeps in memory.
const MOST: usize = 1 << 20;
/// The longest part of a line that is waited for to become a whole one.
const LONGEST: usize = 64 << 10;
/// The end of standard error that is kept, and how many of its lines are told.
const KEPT: usize = 8 << 10;
const SHOWN_LINES: usize = 4;

/// One of the streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Out,
    Err,
}

/// Both streams of a process.
#[derive(Debug)]
pub(super) struct Output {
    /// The harness captures what tests print.
    captures: bool,
    out: Passed,
    err: Passed,
    /// The end of standard error.
    end: Vec<u8>,
}

/// What was passed on of a stream.
#[derive(Debug)]
struct Passed {
    /// What the harness of the process prints comes before this.
    mark: Option<&'static [u8]>,
    /// The start of a line.
    rest: Vec<u8>,
    /// Bytes that may still be passed on.
    left: usize,
}

impl Output {
    pub(super) fn new(captures: bool) -> Output {
        let passed = |mark| Passed {
            mark,
            rest: Vec::new(),
            left: if captures { MOST } else { usize::MAX },
        };
        Output {
            captures,
            out: passed(Some(MARK.as_bytes())),
            err: passed(None),
            end: Vec::new(),
        }
    }

    /// Passes on what was printed.
    pub(super) fn take(&mut self, stream: Stream, bytes: &[u8]) {
        let passed = match stream {
            Stream::Out => &mut self.out,
            Stream::Err => {
                self.end.extend_from_slice(bytes);
                forget(&mut self.end, KEPT);
                &mut self.err
            }
        };
        let text = passed.take(bytes, !self.captures);
        pass_on(stream, self.captures, &text);
    }

    /// Passes on what has no line end, and gives the last words of the process.
    pub(super) fn last_words(&self) -> Vec<String> {
        if self.out.mark.is_none() {
            pass_on(Stream::Out, self.captures, &self.out.rest);
        }
        pass_on(Stream::Err, self.captures, &self.err.rest);
        let text = String::from_utf8_lossy(&self.end);
        let mut last = Vec::new();
        for line in &lines(&text) {
            let line = trim_end(line);
            if !line.is_empty() {
                last.push(owned(line));
            }
        }
        last.split_off(last.len().saturating_sub(SHOWN_LINES))
    }
}

impl Passed {
    /// What can be passed on: whole lines, or at once.
    fn take(&mut self, bytes: &[u8], at_once: bool) -> Vec<u8> {
        self.rest.extend_from_slice(bytes);
        if let Some(mark) = self.mark {
            let mut place = 0;
            while !self.rest[place..].starts_with(mark) {
                if place == self.rest.len() {
                    forget(&mut self.rest, mark.len());
                    return Vec::new();
                }
                place += 1;
            }
            self.mark = None;
            self.rest = self.rest.split_off(place + mark.len());
        }
        let mut until = self.rest.len();
        if !at_once {
            while until > 0 && self.rest[until - 1] != b'\n' {
                until -= 1;
            }
            if until == 0 && self.rest.len() >= LONGEST {
                until = self.rest.len();
            }
        }
        let rest = self.rest.split_off(until);
        let mut text = mem::replace(&mut self.rest, rest);
        if self.left == 0 {
            text.clear();
        } else if text.len() >= self.left {
            text.truncate(self.left);
            text.extend_from_slice(b"\n(more was printed, and left out)\n");
            self.left = 0;
        } else if self.left != usize::MAX {
            self.left -= text.len();
        }
        text
    }
}

/// Keeps no more than the end.
fn forget(bytes: &mut Vec<u8>, most: usize) {
    if bytes.len() > most {
        *bytes = bytes.split_off(bytes.len() - most);
    }
}

fn pass_on(stream: Stream, captures: bool, text: &[u8]) {
    if text.is_empty() {
        return;
    }
    // The macros are what a harness captures.
    match (stream, captures) {
        (Stream::Out, true) => print!("{}", String::from_utf8_lossy(text)),
        (Stream::Err, true) => eprint!("{}", String::from_utf8_lossy(text)),
        (Stream::Out, false) => {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(text).and_then(|()| out.flush());
        }
        (Stream::Err, false) => {
            let _ = std::io::stderr().write_all(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tests_print_begins_behind_the_mark() {
        let mut output = Output::new(true);
        let mut passed = Vec::new();
        let text = format!("\nrunning 1 test\ntest a ... {MARK}one\ntw");
        for byte in text.as_bytes() {
            passed.extend(output.out.take(&[*byte], false));
        }
        assert_eq!(passed, b"one\n");
        assert_eq!(output.out.take(b"o\n", false), b"two\n");
    }

    #[test]
    fn a_stream_without_lines_or_an_end_is_bounded() {
        let mut output = Output::new(true);
        let mut passed = 0;
        for _ in 0..2_000 {
            passed += output.err.take(&[b'x'; 1_000], false).len();
            assert!(output.err.rest.len() <= LONGEST);
        }
        assert!(passed < MOST + 100, "{passed}");
    }

    #[test]
    fn the_last_lines_are_told() {
        let mut output = Output::new(true);
        output.take(Stream::Err, "x\n".repeat(KEPT).as_bytes());
        output.take(Stream::Err, b"a\n\nb\nc\nd");
        assert_eq!(output.last_words(), ["a", "b", "c", "d"]);
    }
}
