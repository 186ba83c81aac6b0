//! What the process that counts is told, and what it answers.

use super::{Found, GrowthOptions, Options};
use crate::collections::{
    cut, fields, joined, mapped, numbers, of_word, owned, parsed, parts, words,
};
use crate::measure::driver::Repeats;
use crate::model::sample::{By, CallMemory, Growth, Memory, Scope, Spread, Spreads, Stretch};
use crate::model::unmeasured::Unmeasured;
use crate::probes::isolate;

pub(super) fn asked(options: Options) -> String {
    let mut words = Vec::new();
    if let Some(repeats) = options.memory {
        words.push(format!("memory={}", repeats.within_ns));
    }
    if let Some(growth) = options.growth {
        words.push(format!("growth={},{}", growth.limit_bytes, growth.cap_ns));
    }
    joined(&words, " ")
}

pub(super) fn read_options(words: &str) -> Option<Options> {
    let mut options = Options {
        memory: None,
        growth: None,
    };
    for word in fields(words) {
        if let Some(numbers) = word.strip_prefix("growth=") {
            let (limit, cap) = cut(numbers, ",")?;
            options.growth = Some(GrowthOptions {
                limit_bytes: parsed(limit)?,
                cap_ns: parsed(cap)?,
            });
        } else if let Some(within_ns) = word.strip_prefix("memory=") {
            options.memory = Some(Repeats {
                within_ns: parsed(within_ns)?,
            });
        } else {
            return None;
        }
    }
    Some(options)
}

/// `memory thread perf-runtime 3`, then the largest call, the first, and how calls
/// differ in each figure; `growth process 12 8:0 8:64`; both after each other. What is
/// not known or does not differ is `-`.
pub(super) fn written(found: &Result<Found, Unmeasured>) -> Vec<String> {
    match found {
        Ok(found) => words(&[&"counted", &figures(found)]),
        Err(why) => isolate::nothing(why),
    }
}

fn figures(found: &Found) -> String {
    let mut words = Vec::new();
    if let Some(memory) = &found.memory {
        let Memory {
            calls,
            scope,
            by,
            largest,
            spreads,
            first,
        } = memory;
        words.push(format!("memory {} {} {calls}", scope.word(), by.word()));
        words.push(written_call(Some(largest)));
        words.push(written_call(first.as_ref()));
        words.push(written_spread(spreads.peak_bytes));
        words.push(written_spread(spreads.allocs));
        words.push(written_spread(spreads.alloc_bytes));
        words.push(written_spread(spreads.retained_bytes));
    }
    if let Some(growth) = &found.growth {
        let stretches: Vec<String> = mapped(&growth.stretches, |stretch| {
            format!("{}:{}", stretch.calls, stretch.gained_bytes)
        });
        let (scope, before) = (growth.scope.word(), growth.before);
        words.push(format!(
            "growth {scope} {before} {}",
            joined(&stretches, ",")
        ));
    }
    joined(&words, " ")
}

fn written_call(call: Option<&CallMemory>) -> String {
    let Some(call) = call else {
        return owned(NOTHING);
    };
    let peak = call
        .peak_bytes
        .map_or(owned(NOTHING), |peak| peak.to_string());
    let CallMemory {
        allocs,
        alloc_bytes,
        retained_bytes,
        ..
    } = call;
    format!("{peak},{allocs},{alloc_bytes},{retained_bytes}")
}

fn written_spread(spread: Option<Spread>) -> String {
    match spread {
        Some(spread) => format!(
            "{},{},{},{}",
            spread.least, spread.median, spread.calls_at_least, spread.calls_at_largest
        ),
        None => owned(NOTHING),
    }
}

/// What is not known or does not differ.
const NOTHING: &str = "-";

fn call(word: &str) -> Option<CallMemory> {
    let words = parts(word, ",");
    let [peak, ref counts @ .., retained] = words[..] else {
        return None;
    };
    let [allocs, alloc_bytes] = numbers(counts)?;
    Some(CallMemory {
        peak_bytes: match peak {
            NOTHING => None,
            peak => Some(parsed(peak)?),
        },
        allocs,
        alloc_bytes,
        retained_bytes: parsed(retained)?,
    })
}

fn spread(word: &str) -> Option<Option<Spread>> {
    if word == NOTHING {
        return Some(None);
    }
    let words = parts(word, ",");
    isolate::spread(&words).map(Some)
}

pub(super) fn read(words: &[&str]) -> Option<Result<Found, Unmeasured>> {
    match *words {
        ["counted", figures] => read_figures(figures).map(Ok),
        _ => isolate::failed(words).map(Err),
    }
}

fn read_figures(line: &str) -> Option<Found> {
    let words = fields(line);
    let mut found = Found::default();
    let mut rest = &words[..];
    if let [
        "memory",
        scope,
        by,
        calls,
        largest,
        first,
        peak,
        allocs,
        bytes,
        retained,
        ref behind @ ..,
    ] = *rest
    {
        rest = behind;
        found.memory = Some(Memory {
            calls: parsed(calls)?,
            scope: read_scope(scope)?,
            by: of_word(&[By::Ours, By::StatsAlloc], By::word, by)?,
            largest: call(largest)?,
            first: match first {
                NOTHING => None,
                first => Some(call(first)?),
            },
            spreads: Spreads {
                peak_bytes: spread(peak)?,
                allocs: spread(allocs)?,
                alloc_bytes: spread(bytes)?,
                retained_bytes: spread(retained)?,
            },
        });
    }
    if let ["growth", scope, before, stretches, ref behind @ ..] = *rest {
        rest = behind;
        let mut growth = Growth {
            scope: read_scope(scope)?,
            before: parsed(before)?,
            stretches: Vec::new(),
        };
        for one in parts(stretches, ",") {
            growth.stretches.push(stretch(one)?);
        }
        found.growth = Some(growth);
    }
    rest.is_empty().then_some(found)
}

fn read_scope(word: &str) -> Option<Scope> {
    of_word(&[Scope::Thread, Scope::Process], Scope::word, word)
}

fn stretch(text: &str) -> Option<Stretch> {
    let (calls, gained) = cut(text, ":")?;
    Some(Stretch {
        calls: parsed(calls)?,
        gained_bytes: parsed(gained)?,
    })
}

/// Reads a line, as the one process and as the other: what is read is written the same.
///
/// # Panics
/// Where it is not.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(line: &str) {
    if let Some(options) = read_options(line) {
        assert_eq!(read_options(&asked(options)), Some(options), "{line}");
    }
    if let Some(found) = read_figures(line) {
        assert_eq!(read_figures(&figures(&found)), Some(found), "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::unmeasured::Cause;

    #[track_caller]
    fn check(found: Result<Found, Unmeasured>) {
        let words = written(&found);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(read(&words), Some(found));
    }

    #[test]
    fn what_the_child_writes_the_parent_reads() {
        let call = |peak_bytes, retained_bytes| CallMemory {
            peak_bytes,
            allocs: 7,
            alloc_bytes: 9,
            retained_bytes,
        };
        let memory = |calls: &[CallMemory], first| {
            Memory::of(calls, first, Scope::Process, By::Ours).unwrap()
        };
        let differs = memory(&[call(Some(1 << 40), -12), call(Some(5), -13)], None);
        let memory = memory(&[call(None, -12)], Some(call(None, 0)));
        let stretch = |calls, gained_bytes| Stretch {
            calls,
            gained_bytes,
        };
        let growth = Growth {
            scope: Scope::Thread,
            before: 12,
            stretches: vec![stretch(8, -64), stretch(20, 0), stretch(40, 1 << 40)],
        };
        for memory in [memory, differs] {
            check(Ok(Found {
                memory: Some(memory),
                growth: None,
            }));
        }
        check(Ok(Found {
            memory: Some(memory),
            growth: Some(growth.clone()),
        }));
        check(Ok(Found {
            memory: None,
            growth: Some(growth),
        }));
        check(Err(Cause::not_quiet().into()));
        assert_eq!(read_figures("memory thread 1 2 3"), None);
        assert_eq!(read_figures("nonsense thread 1 2 3 4 5"), None);
        assert_eq!(read_figures("growth thread 1 8"), None);
    }

    #[test]
    fn the_child_is_told_what_to_count() {
        for options in [
            Options {
                memory: Some(Repeats { within_ns: 7 }),
                growth: None,
            },
            Options {
                memory: Some(Repeats { within_ns: 7 }),
                growth: Some(GrowthOptions {
                    limit_bytes: 5,
                    cap_ns: 7,
                }),
            },
        ] {
            assert_eq!(read_options(&asked(options)), Some(options));
        }
        assert_eq!(read_options("memory tea"), None);
    }
}
