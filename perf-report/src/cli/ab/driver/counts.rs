//! What is counted of a case on both sides: memory, and instructions as evidence.

use std::collections::BTreeMap;

use crate::analysis::compare::{self, CountedUnit, Effect, Finding, Measured, Subject};
use crate::analysis::paired::Side;
use crate::infra::worker::Refusal;
use crate::model::protocol::{CountedMemory, Listed, Message};

/// The counts of a few processes of each side.
#[derive(Default)]
pub(super) struct Counts {
    memory: BTreeMap<Side, Vec<CountedMemory>>,
    /// Tier and number.
    instructions: BTreeMap<Side, (String, u64)>,
    /// Why there are none.
    without_instructions: Option<String>,
}

/// A key, what its numbers count, and where they stand.
type Counted = (&'static str, CountedUnit, fn(&CountedMemory) -> Option<f64>);

/// What is compared of memory.
const MEMORY: [Counted; 4] = [
    ("allocs", CountedUnit::Count, |memory| {
        Some(memory.allocs as f64)
    }),
    ("alloc_bytes", CountedUnit::Bytes, |memory| {
        Some(memory.alloc_bytes as f64)
    }),
    ("mem", CountedUnit::Bytes, |memory| {
        memory.peak_bytes.map(|bytes| bytes as f64)
    }),
    ("retained", CountedUnit::Bytes, |memory| {
        Some(memory.retained_bytes as f64)
    }),
];

impl Counts {
    /// Takes what a process counted; what it could not is left out.
    pub(super) fn memory(&mut self, side: Side, answer: Result<Message, Refusal>) {
        if let Ok(Message::Counted {
            memory: Some(memory),
            ..
        }) = answer
        {
            self.memory.entry(side).or_default().push(memory);
        }
    }

    /// Takes the instructions of a side.
    pub(super) fn instructions(&mut self, side: Side, counted: Result<(String, u64), String>) {
        match counted {
            Ok(counted) => {
                self.instructions.insert(side, counted);
            }
            Err(why) => self.without_instructions = Some(why),
        }
    }

    /// Instructions before and after, where one tier counted both.
    pub(super) fn of_one_tier(&self) -> Option<(f64, f64)> {
        let before = self.instructions.get(&Side::Before)?;
        let after = self.instructions.get(&Side::After)?;
        (before.0 == after.0).then_some((before.1 as f64, after.1 as f64))
    }

    /// The sentence on instructions.
    pub(super) fn said(&self) -> Vec<String> {
        if let Some((before, after)) = self.of_one_tier() {
            let tier = &self.instructions[&Side::Before].0;
            let change = match before > 0.0 {
                true => format!(", {:+.2} %", (after / before - 1.0) * 100.0),
                false => String::new(),
            };
            return vec![format!(
                "instructions of a call: {} before, {} after{change} ({tier})",
                perf_grammar::format_count(before),
                perf_grammar::format_count(after)
            )];
        }
        let why = self.without_instructions.as_ref();
        why.map(|why| format!("its instructions are not known: {why}"))
            .into_iter()
            .collect()
    }
}

/// Everything that both sides counted. Counts that vary from process to process are
/// compared by their ranges.
pub(super) fn measured(counts: &Counts, case: &Listed) -> Vec<Measured> {
    let empty = Vec::new();
    let before = counts.memory.get(&Side::Before).unwrap_or(&empty);
    let after = counts.memory.get(&Side::After).unwrap_or(&empty);
    // Two ways of counting are not compared.
    let by = |all: &[CountedMemory]| all.first().map(|memory| memory.by.clone());
    if by(before).is_none() || by(before) != by(after) {
        return Vec::new();
    }
    let one = |(key, unit, value): &Counted| {
        let values = |all: &[CountedMemory]| all.iter().map(value).collect::<Option<Vec<f64>>>();
        let (before, after) = (range(&values(before)?)?, range(&values(after)?)?);
        let (finding, effect) = ranges(before, after);
        Some(Measured {
            id: case.id.clone(),
            source: Some(case.source.clone()),
            subject: Subject::Counted((*key).to_owned(), *unit),
            before: Some(before.1),
            after: Some(after.1),
            effect,
            finding,
            details: Vec::new(),
        })
    };
    MEMORY.iter().filter_map(one).collect()
}

fn range(values: &[f64]) -> Option<(f64, f64)> {
    let least = values.iter().copied().min_by(f64::total_cmp)?;
    let most = values.iter().copied().max_by(f64::total_cmp)?;
    Some((least, most))
}

/// Compares counts that may vary: only where no process of the one side counts as
/// little as the other is it more.
fn ranges(before: (f64, f64), after: (f64, f64)) -> (Finding, Option<Effect>) {
    if before.0 == before.1 && after.0 == after.1 {
        return compare::counted(before.0, after.0);
    }
    if after.0 > before.1 {
        return compare::counted(before.1, after.0);
    }
    if after.1 < before.0 {
        return compare::counted(before.0, after.1);
    }
    (Finding::Same, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: (f64, f64), after: (f64, f64), expected: Finding) {
        assert_eq!(ranges(before, after).0, expected, "{before:?} {after:?}");
    }

    #[test]
    fn counts_that_vary_are_compared_by_their_ranges() {
        check((4.0, 4.0), (4.0, 4.0), Finding::Same);
        check((4.0, 4.0), (5.0, 5.0), Finding::Worse);
        check((0.0, 0.0), (1.0, 1.0), Finding::Worse);
        check((4.0, 6.0), (5.0, 7.0), Finding::Same);
        check((4.0, 6.0), (7.0, 8.0), Finding::Worse);
        check((4.0, 6.0), (3.0, 3.0), Finding::Better);
    }

    #[test]
    fn tiers_are_not_mixed() {
        let answer = |tier: &str, count| Ok((tier.to_owned(), count));
        let mut counts = Counts::default();
        counts.instructions(Side::Before, answer("callgrind", 1_000));
        counts.instructions(Side::After, answer("hardware", 1_100));
        assert_eq!(counts.of_one_tier(), None);
        counts.instructions(Side::After, answer("callgrind", 1_100));
        assert_eq!(counts.of_one_tier(), Some((1_000.0, 1_100.0)));
        assert_eq!(
            counts.said(),
            ["instructions of a call: 1,000 before, 1,100 after, +10.00 % (callgrind)"]
        );
    }
}
