//! What a run did not prove: steps that were left out, and tests that were skipped or ignored.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many tests of one reason are named; of more, the number says enough.
const NAMED: usize = 4;

/// What starts the line of a test that cannot run here.
const SKIPPED: &str = "SKIPPED: ";

/// Everything that was left out so far.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    /// Steps and tests, each with its reason.
    skipped: Vec<String>,
    /// Ignored tests by their reason.
    ignored: BTreeMap<String, Vec<String>>,
}

impl LeftOut {
    pub(super) const fn new() -> LeftOut {
        LeftOut {
            skipped: Vec::new(),
            ignored: BTreeMap::new(),
        }
    }

    pub(super) fn step(&mut self, title: &str, reason: &str) {
        self.skipped.push(format!("{title}: {reason}"));
    }

    /// Reads a line that tests printed.
    pub(super) fn read(&mut self, line: &str) {
        if let Some(what) = line.strip_prefix(SKIPPED) {
            self.skipped.push(what.to_owned());
        } else if let Some((name, rest)) = line
            .strip_prefix("test ")
            .and_then(|line| line.split_once(" ... ignored"))
        {
            let reason = rest.strip_prefix(", ").unwrap_or("no reason is given");
            let tests = self.ignored.entry(reason.to_owned()).or_default();
            tests.push(name.to_owned());
        }
    }

    /// How many steps and tests were skipped, and how many are ignored.
    pub(super) fn counts(&self) -> (usize, usize) {
        let ignored = self.ignored.values().map(Vec::len).sum();
        (self.skipped.len(), ignored)
    }
}

/// A line for each that was skipped, and one for each reason to ignore tests.
impl std::fmt::Display for LeftOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for what in &self.skipped {
            writeln!(f, "skipped: {what}")?;
        }
        for (reason, tests) in &self.ignored {
            let mut named = tests
                .iter()
                .take(NAMED)
                .map(|name| &**name)
                .collect::<Vec<_>>()
                .join(", ");
            if tests.len() > NAMED {
                write!(named, " and {} more", tests.len() - NAMED)?;
            }
            writeln!(f, "ignored: {reason}: {named}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_skipped_and_ignored_is_counted_and_named() {
        let mut left = LeftOut::new();
        left.step("spelling", "typos is not installed");
        for line in [
            "test a::b ... ok",
            "test a::live ... ignored, live: it needs a machine",
            "test c ... ignored",
            "SKIPPED: counts under valgrind: it is not installed",
            "a test says SKIPPED: nothing",
        ] {
            left.read(line);
        }
        for n in 0..6 {
            left.read(&format!("test many::t{n} ... ignored, on purpose"));
        }
        assert_eq!(left.counts(), (2, 8));
        assert_eq!(
            left.to_string(),
            "skipped: spelling: typos is not installed
skipped: counts under valgrind: it is not installed
ignored: live: it needs a machine: a::live
ignored: no reason is given: c
ignored: on purpose: many::t0, many::t1, many::t2, many::t3 and 2 more
"
        );
    }
}
