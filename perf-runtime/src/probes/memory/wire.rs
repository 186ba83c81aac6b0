//! What the process that counts is told, and what it answers.

use super::{Found, GrowthOptions, Options};
use crate::collections::mapped;
use crate::measure::driver::Repeats;
use crate::model::sample::{By, CallMemory, Growth, Memory, Scope, Spread, Spreads, Stretch};
use crate::model::unmeasured::Unmeasured;
use crate::probes::isolate;

pub(super) fn asked(wish: Options) -> String {
    let mut words = Vec::new();
    words.extend(
        wish.memory
            .map(|repeats| format!("memory={}", repeats.within_ns)),
    );
    words.extend(
        wish.growth
            .map(|growth| format!("growth={},{}", growth.limit_bytes, growth.cap_ns)),
    );
    words.join(" ")
}

pub(super) fn wished(words: &str) -> Option<Options> {
    let mut wish = Options {
        memory: None,
        growth: None,
    };
    for word in words.split_whitespace() {
        if let Some(numbers) = word.strip_prefix("growth=") {
            let (limit, cap) = numbers.split_once(',')?;
            wish.growth = Some(GrowthOptions {
                limit_bytes: limit.parse().ok()?,
                cap_ns: cap.parse().ok()?,
            });
        } else if let Some(within_ns) = word.strip_prefix("memory=") {
            wish.memory = Some(Repeats {
                within_ns: within_ns.parse().ok()?,
            });
        } else {
            return None;
        }
    }
    Some(wish)
}

/// `memory thread perf-runtime 3`, then the largest call, the first, and how calls
/// differ in each figure; `growth process 12 8:0 8:64`; both after each other. What is
/// not known or does not differ is `-`.
pub(super) fn written(found: &Result<Found, Unmeasured>) -> Vec<String> {
    match found {
        Ok(found) => vec!["counted".to_owned(), figures(found)],
        Err(why) => isolate::nothing(why),
    }
}

fn figures(found: &Found) -> String {
    let memory = found.memory.as_ref().map(|memory| {
        let Memory {
            calls,
            scope,
            by,
            largest,
            spreads,
            first,
        } = memory;
        let differs = [
            spreads.peak_bytes,
            spreads.allocs,
            spreads.alloc_bytes,
            spreads.retained_bytes,
        ]
        .map(|spread| or_dash(spread.map(written_spread)));
        format!(
            "memory {} {} {calls} {} {} {}",
            scope.word(),
            by.word(),
            written_call(largest),
            or_dash(first.as_ref().map(written_call)),
            differs.join(" ")
        )
    });
    let growth = found.growth.as_ref().map(|growth| {
        let stretches: Vec<String> = mapped(&growth.stretches, |stretch| {
            format!("{}:{}", stretch.calls, stretch.gained_bytes)
        });
        let scope = growth.scope.word();
        format!("growth {scope} {} {}", growth.before, stretches.join(","))
    });
    memory
        .into_iter()
        .chain(growth)
        .collect::<Vec<_>>()
        .join(" ")
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}

fn written_call(call: &CallMemory) -> String {
    format!(
        "{},{},{},{}",
        or_dash(call.peak_bytes.map(|peak| peak.to_string())),
        call.allocs,
        call.alloc_bytes,
        call.retained_bytes
    )
}

fn written_spread(spread: Spread) -> String {
    format!(
        "{},{},{},{}",
        spread.least, spread.median, spread.calls_at_least, spread.calls_at_largest
    )
}

/// What may be `-`.
fn maybe<T>(word: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    match word {
        "-" => Some(None),
        word => read(word).map(Some),
    }
}

fn call(word: &str) -> Option<CallMemory> {
    let mut figures = word.split(',');
    Some(CallMemory {
        peak_bytes: maybe(figures.next()?, |peak| peak.parse().ok())?,
        allocs: figures.next()?.parse().ok()?,
        alloc_bytes: figures.next()?.parse().ok()?,
        retained_bytes: figures.next()?.parse().ok()?,
    })
}

fn spread(word: &str) -> Option<Spread> {
    let mut figures = word.split(',');
    Some(Spread {
        least: figures.next()?.parse().ok()?,
        median: figures.next()?.parse().ok()?,
        calls_at_least: figures.next()?.parse().ok()?,
        calls_at_largest: figures.next()?.parse().ok()?,
    })
}

pub(super) fn read(words: &[&str]) -> Option<Result<Found, Unmeasured>> {
    match *words {
        ["counted", figures] => read_figures(figures).map(Ok),
        _ => isolate::failed(words).map(Err),
    }
}

fn read_figures(line: &str) -> Option<Found> {
    let mut found = Found::default();
    let mut words = line.split_whitespace();
    while let Some(word) = words.next() {
        let scope = scope(words.next()?)?;
        match word {
            "memory" => {
                let by = by(words.next()?)?;
                let calls = words.next()?.parse().ok()?;
                let largest = call(words.next()?)?;
                let first = maybe(words.next()?, call)?;
                let mut differs = || maybe(words.next()?, spread);
                found.memory = Some(Memory {
                    calls,
                    scope,
                    by,
                    largest,
                    first,
                    spreads: Spreads {
                        peak_bytes: differs()?,
                        allocs: differs()?,
                        alloc_bytes: differs()?,
                        retained_bytes: differs()?,
                    },
                });
            }
            "growth" => {
                found.growth = Some(Growth {
                    scope,
                    before: words.next()?.parse().ok()?,
                    stretches: words
                        .next()?
                        .split(',')
                        .map(stretch)
                        .collect::<Option<_>>()?,
                });
            }
            _ => return None,
        }
    }
    Some(found)
}

fn scope(word: &str) -> Option<Scope> {
    [Scope::Thread, Scope::Process]
        .into_iter()
        .find(|scope| scope.word() == word)
}

fn by(word: &str) -> Option<By> {
    [By::Ours, By::StatsAlloc]
        .into_iter()
        .find(|by| by.word() == word)
}

fn stretch(text: &str) -> Option<Stretch> {
    let (calls, gained) = text.split_once(':')?;
    Some(Stretch {
        calls: calls.parse().ok()?,
        gained_bytes: gained.parse().ok()?,
    })
}

/// Reads a line, as the one process and as the other: what is read is written the same.
///
/// # Panics
/// Where it is not.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(line: &str) {
    if let Some(wish) = wished(line) {
        assert_eq!(wished(&asked(wish)), Some(wish), "{line}");
    }
    if let Some(found) = read_figures(line) {
        assert_eq!(read_figures(&figures(&found)), Some(found), "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        check(Err(Unmeasured::said("it is not quiet; so", "make it so")));
        assert_eq!(read_figures("memory thread 1 2 3"), None);
        assert_eq!(read_figures("nonsense thread 1 2 3 4 5"), None);
        assert_eq!(read_figures("growth thread 1 8"), None);
    }

    #[test]
    fn the_child_is_told_what_to_count() {
        for wish in [
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
            assert_eq!(wished(&asked(wish)), Some(wish));
        }
        assert_eq!(wished("memory tea"), None);
    }
}
