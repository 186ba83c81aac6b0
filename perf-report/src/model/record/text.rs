//! Records as text: read with care, written to be read by people too.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{Record, SCHEMA};

/// Why a text is no record, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadError {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
}

impl ReadError {
    /// About a text as a whole.
    pub(crate) fn of_all(message: String) -> ReadError {
        ReadError {
            line: 1,
            column: 1,
            message,
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl From<serde_json::Error> for ReadError {
    fn from(error: serde_json::Error) -> Self {
        let text = error.to_string();
        let message = text
            .rfind(" at line ")
            .map_or(&*text, |at| &text[..at])
            .to_owned();
        ReadError {
            line: error.line(),
            column: error.column(),
            message,
        }
    }
}

impl Record {
    /// Reads a record.
    ///
    /// # Errors
    /// Says where the text stops being a record of schema 1.
    pub(crate) fn read(text: &str) -> Result<Record, ReadError> {
        #[derive(Deserialize)]
        struct Versioned {
            #[serde(deserialize_with = "known_schema", rename = "schema")]
            _schema: u32,
        }
        let read = serde_json::from_str(text);
        let mut record: Record = read.map_err(|error| {
            // In a record of another schema, whatever else is strange is so for that reason.
            let schema = serde_json::from_str::<Versioned>(text);
            schema.err().unwrap_or(error)
        })?;
        // There is room for four of them, of 600 bytes each; most cases have one.
        record.limits.shrink_to_fit();
        Ok(record)
    }

    /// The text of a record, indented, with a line end.
    pub(crate) fn write(&self) -> String {
        let mut text = serde_json::to_string_pretty(self)
            .expect("a record holds nothing that JSON cannot say");
        text.push('\n');
        text
    }
}

/// Refuses a schema that is not read here.
pub(super) fn known_schema<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        SCHEMA => Ok(SCHEMA),
        other => Err(D::Error::custom(format!(
            "record schema {other} is not known, this perf-report reads schema {SCHEMA}; use the same version of perf-runtime and perf-report"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../../../perf-runtime/schema/record-1.sample.json");

    #[track_caller]
    fn refuses(from: &str, to: &str, at_line: usize, part: &str) {
        assert!(SAMPLE.contains(from), "{from}");
        let error = Record::read(&SAMPLE.replacen(from, to, 1)).expect_err(to);
        assert_eq!(error.line, at_line, "{error}");
        assert!(error.message.contains(part), "{error}");
    }

    #[test]
    fn the_sample_is_read_and_written_without_loss() {
        let record = Record::read(SAMPLE).expect("the sample is a record");
        let before: serde_json::Value = serde_json::from_str(SAMPLE).expect("JSON");
        let after: serde_json::Value = serde_json::from_str(&record.write()).expect("JSON");
        assert_eq!(before, after);
    }

    #[test]
    fn what_cannot_be_trusted_is_refused_with_its_line() {
        refuses(
            "\"schema\": 1",
            "\"schema\": 2",
            2,
            "record schema 2 is not known",
        );
        refuses(
            "\"outcome\": \"fail\"",
            "\"outcome\": \"broken\"",
            20,
            "unknown variant `broken`",
        );
        refuses(
            "\"verdict\": \"pass\"",
            "\"verdict\": \"green\"",
            61,
            "unknown variant `green`",
        );
        refuses(
            "\"phase\": \"whole\"",
            "\"phase\": \"half\"",
            7,
            "unknown variant `half`",
        );
        refuses(
            "\"mode\": \"hard\"",
            "\"mode\": \"loud\"",
            30,
            "unknown variant `loud`",
        );
    }

    #[test]
    fn another_schema_is_told_before_anything_else_that_is_wrong() {
        let text = "{\n  \"outcome\": 7,\n  \"schema\": 2,\n  \"limits\": []\n}";
        let error = Record::read(text).expect_err("schema 2");
        assert_eq!((error.line, &error.message[..15]), (3, "record schema 2"));
    }

    #[test]
    fn a_field_that_is_not_known_is_passed_over() {
        let text = SAMPLE.replacen("\"schema\": 1,", "\"schema\": 1, \"later\": [1],", 1);
        assert_eq!(Record::read(&text), Record::read(SAMPLE));
    }
}
