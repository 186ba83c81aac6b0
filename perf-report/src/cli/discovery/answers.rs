//! What listing workers answer.

use std::collections::{BTreeMap, BTreeSet};

use crate::infra::worker::Observer;
use crate::model::protocol::{Listed, Message, Surroundings, UnmatchedRule};

/// Takes down what listing workers say.
#[derive(Default)]
pub(super) struct Answers {
    /// The place of the first binary of the pool that is speaking.
    pub(super) first: usize,
    pub(super) cases: Vec<(usize, Listed)>,
    pub(super) mistakes: BTreeSet<String>,
    pub(super) warnings: Vec<String>,
    /// What each binary is measured on and with, where it says so.
    pub(super) surroundings: Vec<(usize, Surroundings)>,
    /// Binaries that said hello.
    pub(super) greeted: usize,
    /// Patterns and waivers of the budget file that match nothing.
    unmatched: BTreeMap<String, Unmatched>,
    /// Binaries that were seen to be run by libtest.
    pub(super) standard_harness: BTreeSet<usize>,
}

/// A pattern of the budget file that matches no case of some binaries, or a waiver of a
/// limit that none of those it matches has.
pub(super) struct Unmatched {
    /// How many binaries say so.
    binaries: usize,
    /// How the one puts it that says most.
    pub(super) text: String,
    /// The pattern matches cases, and what it waives is none of their limits.
    pub(super) waives_nothing: bool,
    pub(super) rule: Option<UnmatchedRule>,
}

impl Answers {
    /// Patterns that match no case of any binary, and waivers that waive nothing in any.
    pub(super) fn unmatched(&self) -> impl Iterator<Item = &Unmatched> {
        let everywhere = |unmatched: &&Unmatched| unmatched.binaries == self.greeted;
        self.unmatched.values().filter(everywhere)
    }
}

impl Observer for Answers {
    fn message(&mut self, worker: usize, message: &Message) {
        match message {
            Message::Case(case) => self.cases.push((self.first + worker, Listed::clone(case))),
            Message::Surroundings(found) => {
                let found = Surroundings::clone(found);
                self.surroundings.push((self.first + worker, found));
            }
            Message::ConfigError { text } => {
                self.mistakes.insert(text.clone());
            }
            Message::Warning { text } => self.warnings.push(text.clone()),
            Message::Hello { .. } => self.greeted += 1,
            Message::Unmatched {
                what,
                text,
                waives_nothing,
                rule,
            } => {
                let known = self
                    .unmatched
                    .entry(what.clone())
                    .or_insert_with(|| Unmatched {
                        binaries: 0,
                        text: text.clone(),
                        waives_nothing: *waives_nothing,
                        rule: rule.as_deref().cloned(),
                    });
                known.binaries += 1;
                // A binary that has a case, or knows a name that is near, says so. Of two
                // the text decides, whichever speaks first.
                let says = (*waives_nothing, text.len(), text);
                if says > (known.waives_nothing, known.text.len(), &known.text) {
                    known.waives_nothing = *waives_nothing;
                    known.text.clone_from(text);
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
