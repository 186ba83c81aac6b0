//! The text of a baseline, read with care.

use serde::Deserialize;

use super::file::{Kind, Portable, Times};
use super::{Baseline, SCHEMA};
use crate::model::record::ReadError;

/// One file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Document {
    Portable(Portable),
    Times(Times),
}

impl Document {
    /// Reads a file.
    ///
    /// # Errors
    /// Says where the text stops being a baseline of schema 1.
    pub(crate) fn read(text: &str) -> Result<Document, ReadError> {
        // Looked at first and alone: in a file of another schema, whatever else
        // is strange is so for that reason.
        #[derive(Deserialize)]
        struct Versioned {
            schema: u32,
            kind: Kind,
        }
        let versioned: Versioned = serde_json::from_str(text)?;
        if versioned.schema != SCHEMA {
            return Err(ReadError {
                line: line_of(text, "\"schema\""),
                column: 1,
                message: format!(
                    "baseline schema {} is not known, this perf-report reads schema {SCHEMA}; use the version that wrote it, or save it anew",
                    versioned.schema
                ),
            });
        }
        Ok(match versioned.kind {
            Kind::Portable => Document::Portable(serde_json::from_str(text)?),
            Kind::Times => Document::Times(serde_json::from_str(text)?),
        })
    }
}

impl Baseline {
    /// Takes a file in.
    ///
    /// # Errors
    /// If there is one of the same kind and machine.
    pub(crate) fn add(&mut self, document: Document) -> Result<(), String> {
        match document {
            Document::Portable(portable) => match self.portable {
                Some(_) => Err("there are two of kind `portable`".to_owned()),
                None => {
                    self.portable = Some(portable);
                    Ok(())
                }
            },
            Document::Times(times) => {
                if self
                    .times
                    .iter()
                    .any(|other| other.machine == times.machine)
                {
                    return Err(format!("there are two of {}", times.machine.class()));
                }
                self.times.push(times);
                Ok(())
            }
        }
    }
}

fn line_of(text: &str, part: &str) -> usize {
    let before = text.find(part).map_or("", |at| &text[..at]);
    before.matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTABLE: &str = include_str!("../../../schema/baseline-1.portable.sample.json");
    const TIMES: &str = include_str!("../../../schema/baseline-1.times.sample.json");

    #[track_caller]
    fn refuses(from: &str, to: &str, line: usize, part: &str) {
        assert!(PORTABLE.contains(from), "{from}");
        let error = Document::read(&PORTABLE.replacen(from, to, 1)).expect_err(to);
        assert!(error.message.contains(part), "{error}");
        assert_eq!(error.line, line, "{error}");
    }

    #[test]
    fn what_cannot_be_trusted_is_refused_with_its_line() {
        let lines = PORTABLE.lines().count();
        refuses(
            "\"schema\": 1",
            "\"schema\": 2",
            lines - 1,
            "baseline schema 2 is not known",
        );
        refuses(
            "\"portable\"",
            "\"other\"",
            lines - 2,
            "unknown variant `other`",
        );
        refuses("\"runs\": 7", "\"rums\": 7", 20, "unknown field `rums`");
        refuses(
            "\"allocs\": 412,",
            "\"mem\": 412,",
            10,
            "`mem` stands here twice",
        );
    }

    #[test]
    fn two_files_of_one_kind_or_machine_are_refused() {
        let mut baseline = Baseline::default();
        for text in [PORTABLE, TIMES] {
            baseline
                .add(Document::read(text).expect("a baseline"))
                .expect("the first");
        }
        for (text, part) in [
            (PORTABLE, "two of kind `portable`"),
            (TIMES, "two of AMD EPYC"),
        ] {
            let second = Document::read(text).expect("a baseline");
            assert!(
                baseline
                    .add(second)
                    .is_err_and(|error| error.contains(part))
            );
        }
    }
}
