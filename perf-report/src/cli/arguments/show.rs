//! In which forms something is shown, and where it goes.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, ValueEnum as _};

use crate::render::Format;

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "What is shown")]
pub(in crate::cli) struct ShowArguments {
    /// The form of what is printed, or of --output FILE
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub(in crate::cli) format: Format,
    /// Write the report to FILE, and show the terminal's form as well; FORMAT=FILE writes
    /// another form beside what is printed, and can be given several times
    #[arg(long, value_name = "[FORMAT=]FILE", value_parser = OsStringValueParser::new().try_map(Output::parse))]
    pub(in crate::cli) output: Vec<Output>,
}

/// What is shown of a comparison beside a run.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "What is shown")]
pub(in crate::cli) struct ChangesArguments {
    /// Show beside the limits what `ab REV --output json=FILE` found: in the forms `comment` and `github`, and in documents
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) compared: Option<PathBuf>,
}

/// One file that a report is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Output {
    /// Its form; that of `--format` where none is named.
    pub(in crate::cli) format: Option<Format>,
    pub(in crate::cli) file: PathBuf,
}

impl Output {
    /// Reads `FILE` or `FORMAT=FILE`. What stands before the first `=` and looks like
    /// a word is a form, or a mistake; `./a=b` is a file.
    fn parse(text: OsString) -> Result<Output, String> {
        let named = text.to_str().and_then(|text| text.split_once('='));
        let named = named.filter(|(word, _)| {
            let is_of_words = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            !word.is_empty() && word.chars().all(is_of_words)
        });
        let Some((word, file)) = named else {
            return Ok(Output {
                format: None,
                file: text.into(),
            });
        };
        let format = Format::from_str(word, true).map_err(|_| {
            format!(
                "found `{word}` before the `=`, expected one of {}; a file whose name has a `=` is given as `./{word}={file}`",
                words(|_| true)
            )
        })?;
        if file.is_empty() {
            return Err(format!("found no file behind `{word}=`"));
        }
        Ok(Output {
            format: Some(format),
            file: file.into(),
        })
    }
}

impl ShowArguments {
    /// The form that is printed: the terminal's, where `--format` is for a file.
    pub(in crate::cli) fn printed(&self) -> Format {
        match self.output.iter().any(|output| output.format.is_none()) {
            true => Format::Terminal,
            false => self.format,
        }
    }

    /// Every form that is asked for, the printed one first.
    pub(in crate::cli) fn formats(&self) -> impl Iterator<Item = Format> {
        let written = self.output.iter();
        let written = written.map(|output| output.format.unwrap_or(self.format));
        std::iter::once(self.printed()).chain(written)
    }
}

/// The words of forms, for a message.
pub(in crate::cli) fn words(wanted: impl Fn(Format) -> bool) -> String {
    let formats = Format::value_variants().iter().copied();
    let words: Vec<String> = formats
        .filter(|format| wanted(*format))
        .map(Format::word)
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_a_file_or_a_form_and_a_file() {
        let parse = |text: &str| Output::parse(text.into());
        let output = |format, file: &str| {
            Ok(Output {
                format,
                file: file.into(),
            })
        };
        assert_eq!(parse("a.json"), output(None, "a.json"));
        assert_eq!(parse("./json=a"), output(None, "./json=a"));
        assert_eq!(
            parse("junit=out/a=b.xml"),
            output(Some(Format::Junit), "out/a=b.xml")
        );
        assert_eq!(
            parse("json="),
            Err("found no file behind `json=`".to_owned())
        );
        let wrong = parse("jsn=a").expect_err("no form");
        assert!(
            wrong.contains("found `jsn`") && wrong.contains("terminal, markdown"),
            "{wrong}"
        );
    }

    #[test]
    fn a_file_without_a_form_leaves_the_terminal_s_to_what_is_printed() {
        let of = |format, outputs: &[&str]| {
            let output = outputs.iter().map(|text| Output::parse((*text).into()));
            let show = ShowArguments {
                format,
                output: output.collect::<Result<_, _>>().expect("outputs"),
            };
            show.formats().collect::<Vec<_>>()
        };
        assert_eq!(of(Format::Json, &[]), [Format::Json]);
        assert_eq!(of(Format::Json, &["a"]), [Format::Terminal, Format::Json]);
        assert_eq!(
            of(Format::Json, &["junit=a", "markdown=b"]),
            [Format::Json, Format::Junit, Format::Markdown]
        );
    }
}
