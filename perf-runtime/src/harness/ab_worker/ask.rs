//! What the command line asks for, a line at a time.

use perf_grammar::Metric;

use super::MOST_UNITS;
use crate::collections::{cut, parsed, parts};

/// Between the ids of a list: no id holds one.
const BETWEEN_IDS: &str = "\t";

/// One line of the input.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ask<'l> {
    /// What is to be done with one case.
    One(Command<'l>),
    /// Count the instructions of a call of each of these cases.
    Instructions(Vec<&'l str>),
    /// Count those of one case under callgrind, by the place in the code.
    Callgrind(&'l str),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Command<'l> {
    pub(super) verb: Verb,
    pub(super) id: &'l str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verb {
    /// Call the case until its caches are warm, and say how long a call takes.
    Warm,
    /// Time some units, each of `batch` calls.
    Burst {
        units: usize,
        batch: usize,
        /// What both builds take a call for, nanoseconds: how the counters are
        /// read depends on it.
        typical_ns: f64,
    },
    /// Make calls as for a burst, and say when each ran.
    Profile {
        units: usize,
        batch: usize,
        typical_ns: f64,
    },
    /// Count the memory of a call.
    Count,
    /// Capture where a call allocates that is as heavy as the largest, by what the metric
    /// weighs.
    Sites(Metric),
    /// Drop what was built.
    Drop,
}

impl Verb {
    pub(super) fn phase(self) -> &'static str {
        match self {
            Verb::Warm => "its warm-up",
            Verb::Burst { .. } => "a burst of calls",
            Verb::Profile { .. } => "calls that are profiled",
            Verb::Count => "the count of its memory",
            Verb::Sites(_) => "the capture of its allocations",
            Verb::Drop => "its end",
        }
    }
}

impl Ask<'_> {
    /// Reads `burst 100 1 350.0 parser::tokens`; `None` for any other word, which
    /// ends the worker.
    pub(super) fn read(line: &str) -> Option<Ask<'_>> {
        let (verb, rest) = cut(line, " ")?;
        let (verb, id) = match verb {
            "warm" => (Verb::Warm, rest),
            "count" => (Verb::Count, rest),
            "instructions" => return Some(Ask::Instructions(parts(rest, BETWEEN_IDS))),
            "callgrind" => return Some(Ask::Callgrind(rest)),
            "sites" => {
                let (key, id) = cut(rest, " ")?;
                (Verb::Sites(Metric::from_key(key)?), id)
            }
            "drop" => (Verb::Drop, rest),
            "burst" | "profile" => {
                let (units, rest) = cut(rest, " ")?;
                let (batch, rest) = cut(rest, " ")?;
                let (typical_ns, id) = cut(rest, " ")?;
                let units = parsed::<usize>(units)?.clamp(1, MOST_UNITS);
                let batch = parsed::<usize>(batch)?.max(1);
                let typical_ns = parsed::<f64>(typical_ns)?.max(0.1);
                let verb = match verb {
                    "burst" => Verb::Burst {
                        units,
                        batch,
                        typical_ns,
                    },
                    _ => Verb::Profile {
                        units,
                        batch,
                        typical_ns,
                    },
                };
                (verb, id)
            }
            _ => return None,
        };
        Some(Ask::One(Command { verb, id }))
    }
}

/// Reads a line: what is asked for can be done.
///
/// # Panics
/// Where it cannot.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(line: &str) {
    let Some(Ask::One(Command { verb, id })) = Ask::read(line) else {
        return;
    };
    assert!(line.ends_with(id));
    if let Verb::Burst {
        units,
        batch,
        typical_ns,
    }
    | Verb::Profile {
        units,
        batch,
        typical_ns,
    } = verb
    {
        assert!(
            (1..=MOST_UNITS).contains(&units) && batch >= 1 && typical_ns >= 0.1,
            "{line}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_what_to_do_and_with_which_case() {
        let one = |verb, id| Some(Ask::One(Command { verb, id }));
        assert_eq!(
            Ask::read("warm a::b/two words"),
            one(Verb::Warm, "a::b/two words")
        );
        let burst = Verb::Burst {
            units: 100,
            batch: 1,
            typical_ns: 350.5,
        };
        assert_eq!(Ask::read("burst 100 1 350.5 a::b"), one(burst, "a::b"));
        let profile = Verb::Profile {
            units: MOST_UNITS,
            batch: 7,
            typical_ns: 350.5,
        };
        let line = "profile 100000 7 350.5 a::b/two words";
        assert_eq!(Ask::read(line), one(profile, "a::b/two words"));
        assert_eq!(
            Ask::read("instructions a::b/two words\ta::c"),
            Some(Ask::Instructions(vec!["a::b/two words", "a::c"]))
        );
        assert_eq!(
            Ask::read("callgrind a::b/two words"),
            Some(Ask::Callgrind("a::b/two words"))
        );
        assert_eq!(
            Ask::read("sites alloc_bytes a::b/two words"),
            one(Verb::Sites(Metric::AllocBytes), "a::b/two words")
        );
        for wrong in [
            "sites a::b",
            "burst 100 1 a::b",
            "burst x 1 1 a::b",
            "go",
            "dance a::b",
        ] {
            assert_eq!(Ask::read(wrong), None, "{wrong}");
        }
    }
}
