//! What listing workers answer.

use std::collections::{BTreeMap, BTreeSet};

use crate::machine::worker::Observer;
use crate::protocol::{Listed, Message};

/// Takes down what listing workers say.
#[derive(Default)]
pub(super) struct Answers {
    /// The place of the first binary of the pool that is speaking.
    pub(super) first: usize,
    pub(super) cases: Vec<(usize, Listed)>,
    pub(super) mistakes: BTreeSet<String>,
    pub(super) warnings: Vec<String>,
    /// Binaries that said hello.
    pub(super) greeted: usize,
    /// Patterns of the budget file that match nothing, each with how many
    /// binaries say so, and how the one puts it that says most.
    unmatched: BTreeMap<String, (usize, String)>,
    /// Binaries that were seen to be run by libtest.
    pub(super) standard_harness: BTreeSet<usize>,
}

impl Answers {
    /// Patterns that match no case of any binary.
    pub(super) fn unmatched(&self) -> Vec<String> {
        let everywhere = self
            .unmatched
            .values()
            .filter(|(binaries, _)| *binaries == self.greeted);
        everywhere.map(|(_, text)| text.clone()).collect()
    }
}

impl Observer for Answers {
    fn message(&mut self, worker: usize, message: &Message) {
        match message {
            Message::Case(case) => self.cases.push((self.first + worker, Listed::clone(case))),
            Message::ConfigError { text } => {
                self.mistakes.insert(text.clone());
            }
            Message::Warning { text } => self.warnings.push(text.clone()),
            Message::Hello { .. } => self.greeted += 1,
            Message::Unmatched { what, text } => {
                let known = self
                    .unmatched
                    .entry(what.clone())
                    .or_insert_with(|| (0, text.clone()));
                known.0 += 1;
                // Whoever knows a name that is near says so.
                if text.len() > known.1.len() {
                    known.1.clone_from(text);
                }
            }
            _ => {}
        }
    }

    fn output(&mut self, worker: usize, line: &str) {
        if line.starts_with("running ") && line.contains(" test") {
            self.standard_harness.insert(self.first + worker);
        }
    }

    fn tick(&mut self) {}
}
