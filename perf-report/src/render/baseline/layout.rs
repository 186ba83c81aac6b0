//! How the files of a baseline are laid out: so that one number that changes is one
//! line that changes.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

/// Objects deeper than this stand on one line.
const DEEPEST: usize = 4;

/// The text of a file.
pub(crate) fn write(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let layout = Layout {
        pretty: PrettyFormatter::new(),
        objects: 0,
    };
    value
        .serialize(&mut Serializer::with_formatter(&mut bytes, layout))
        .expect("a baseline holds nothing that JSON cannot say");
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("JSON is text")
}

/// Indents objects, and keeps lists and what is deep on one line.
struct Layout<'a> {
    pretty: PrettyFormatter<'a>,
    /// Objects that are open.
    objects: usize,
}

impl Layout<'_> {
    fn is_deep(&self) -> bool {
        self.objects > DEEPEST
    }
}

impl Formatter for Layout<'_> {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.objects += 1;
        if self.is_deep() {
            CompactFormatter.begin_object(out)
        } else {
            self.pretty.begin_object(out)
        }
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        let end = if self.is_deep() {
            CompactFormatter.end_object(out)
        } else {
            self.pretty.end_object(out)
        };
        self.objects -= 1;
        end
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if !self.is_deep() {
            self.pretty.begin_object_key(out, first)
        } else if first {
            Ok(())
        } else {
            out.write_all(b", ")
        }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        if self.is_deep() {
            Ok(())
        } else {
            self.pretty.end_object_value(out)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::baseline::Document;

    const PORTABLE: &str = include_str!("../../../schema/baseline-1.portable.sample.json");
    const TIMES: &str = include_str!("../../../schema/baseline-1.times.sample.json");

    #[test]
    fn the_samples_are_read_and_written_without_loss() {
        let Document::Portable(portable) = Document::read(PORTABLE).expect("a baseline") else {
            panic!("not portable")
        };
        assert_eq!(write(&portable), PORTABLE);
        let Document::Times(times) = Document::read(TIMES).expect("a baseline") else {
            panic!("no times")
        };
        assert_eq!(write(&times), TIMES);
    }

    #[test]
    fn one_number_that_changes_is_one_line_that_changes() {
        let Document::Times(mut times) = Document::read(TIMES).expect("a baseline") else {
            panic!("no times")
        };
        let case = times.cases.values_mut().next().expect("a case");
        case.p50_ns[2].0 += 1.0;
        let changed = write(&times);
        let differ = TIMES.lines().zip(changed.lines()).filter(|(a, b)| a != b);
        assert_eq!(
            (differ.count(), TIMES.lines().count()),
            (1, changed.lines().count())
        );
    }
}
