//! The options of a verb: `--name value`, or `--name` for a switch.

use std::str::FromStr;

use crate::step::Stopped;

/// What was asked for, as it was written.
#[derive(Debug)]
pub(crate) struct Options {
    given: Vec<(String, Option<String>)>,
}

impl Options {
    /// Reads arguments; `known` are the names that may be used, a switch with
    /// `!` after it.
    ///
    /// # Errors
    /// Names what is unknown, or has no value.
    pub(crate) fn read(arguments: &[String], known: &[&str]) -> Result<Options, Stopped> {
        let mut given = Vec::new();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let name = argument.strip_prefix("--").unwrap_or_default();
            let is_switch = known.contains(&&*format!("{name}!"));
            if !is_switch && !known.contains(&name) {
                let names: Vec<String> = known
                    .iter()
                    .map(|name| format!("--{}", name.trim_end_matches('!')))
                    .collect();
                return Err(format!(
                    "found `{argument}`, expected one of {}",
                    names.join(", ")
                ));
            }
            let value = if is_switch {
                None
            } else {
                Some(
                    rest.next()
                        .ok_or_else(|| format!("`{argument}` needs a value"))?
                        .clone(),
                )
            };
            given.push((name.to_owned(), value));
        }
        Ok(Options { given })
    }

    /// Whether a switch was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| given == name)
    }

    /// The value of an option, as it was written.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let last = self.given.iter().rev().find(|(given, _)| given == name);
        last.and_then(|(_, value)| value.as_deref())
    }

    /// The value of an option, or its default.
    ///
    /// # Errors
    /// If the value cannot be read.
    pub(crate) fn value<T: FromStr>(&self, name: &str, default: T) -> Result<T, Stopped> {
        match self.text(name) {
            None => Ok(default),
            Some(text) => text
                .parse()
                .map_err(|_| format!("found `--{name} {text}`, expected a number")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Options, Stopped> {
        let arguments: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        Options::read(&arguments, &["load", "quick!"])
    }

    #[test]
    fn the_last_of_two_values_counts_and_a_switch_has_none() {
        let options = read("--load 1 --quick --load 2").expect("all are known");
        assert_eq!(
            (options.value("load", 0), options.has("quick")),
            (Ok(2), true)
        );
        let options = read("").expect("nothing is fine");
        assert_eq!(
            (options.value("load", 7), options.has("quick")),
            (Ok(7), false)
        );
    }

    #[test]
    fn a_mistake_is_named() {
        assert_eq!(
            read("--laod 1").expect_err("no such option"),
            "found `--laod`, expected one of --load, --quick"
        );
        assert_eq!(
            read("--load").expect_err("no value"),
            "`--load` needs a value"
        );
        assert_eq!(
            read("--load much")
                .expect("it is read later")
                .value("load", 0),
            Err("found `--load much`, expected a number".to_owned())
        );
    }
}
