//! What a reader should know beside the figures and the verdicts.

use std::fmt;

use crate::model::coded::coded;

coded! {
    /// One of these, of a case or of a whole run.
    pub(crate) struct Note;

    /// No second call fitted into the time; the figures are those of the first.
    only_first_call() = "only the first call was made: what it left of the time was too short for a second";
    /// The first call was slow and later ones were not.
    cold_first_call() = "the first call was cold: a later one took less than two thirds of its time, so it counts for nothing but a limit on `first`";
    warmup_cut() = "the warm-up was ended when it had used half of `max_time`";
    fewer_calls(made, asked) = "{made} of the {asked} calls that `samples` asks for were timed: `max_time` was up";
    mutated() = "calls or limits were changed by `prove`: this says nothing of the code";
    /// The lock file that keeps processes apart.
    not_locked(file, why) = "other processes may measure at the same time: {file} could not be locked: {why}";
    not_written(why) = "the record was not written: {why}";
    /// A case that asks for a separate process.
    not_isolated(id) = "{id} has `isolate` and was measured in one process with others: this system or PERF_IN_PROCESS=1 starts no further one; cargo nextest run does";
    hides_another(file, hidden) = "{file} judges, the nearest to its package, and {hidden} above it does not: its rules do not add up with those of the other";
    /// A waiver of what it cannot waive; the place is `file:line:column`, and `limits` are
    /// those of one of the cases that it matches.
    waives_nothing(place, limit, pattern, case, limits) = "{place}: found `limit = \"{limit}\"` in [[waive]] case = \"{pattern}\", and no case that it matches has that limit, so it waives nothing; `{case}` has {limits}" [; "name a limit that the case has, or remove the waiver"];
    /// The place is `file:line:column`.
    old_key(place, word, name) = "{place}: `{word}` is called `{name}` now; the old name will not be read by a later version";
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::coded::tests::table;

    #[test]
    fn every_note_names_its_parts() {
        let _ = table(rows::ALL);
        let note = Note::fewer_calls("3", "10");
        let text = "3 of the 10 calls that `samples` asks for were timed: `max_time` was up";
        assert_eq!(note.to_string(), text);
    }
}
