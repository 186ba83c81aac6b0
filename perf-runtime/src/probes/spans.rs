//! Records the counters, events and spans of a case in a separate process:
//! recording covers a whole process, and no other test may be in it.

#[cfg(feature = "tracing")]
mod rounds;

use std::sync::Arc;
use std::time::Duration;

use perf_grammar::{Task, variable};

use crate::collections::{joined, lines, numbers, owned, parsed, words};
use crate::measure::driver::{Driver, TraceOptions};
use crate::model::case::{Case, Clock};
use crate::model::problem::Mistakes;
use crate::model::sample::{Breakdown, Named, Repeated, SEES_SPANS, SpanRow, Traced};
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::probes::isolate::{self, Isolated};
use crate::system::worker_env::WorkerEnv;

/// How long the process may take.
const LONGEST: Duration = Duration::from_secs(180);

#[cfg(feature = "tracing")]
pub(crate) use self::rounds::round_in_fresh_process;

/// Starts this binary again for one case, and reads what it recorded.
///
/// # Errors
/// Says why nothing is known.
pub(crate) fn in_fresh_process(
    case: &'static Case,
    options: &TraceOptions,
) -> Result<Arc<Traced>, Unmeasured> {
    let isolated = Isolated {
        task: Task::Trace,
        cases: &[case],
        details: Some((variable::WORKER_COUNT, asked(options))),
        longest: LONGEST,
    };
    let mut heard = Heard::default();
    let mut read = |words: &[&str]| {
        heard.hear(words);
        heard.found.take()
    };
    isolated.result("nothing was recorded", &mut read)
}

/// The child's side: records the one case that it was asked for.
///
/// # Errors
/// If no case was named.
pub(crate) fn serve(surroundings: &WorkerEnv) -> Result<(), Mistakes> {
    let case = isolate::entrusted_case(surroundings)?;
    let asked = surroundings.count.as_deref().unwrap_or_default();
    #[cfg(feature = "tracing")]
    if let Some((round, names)) = rounds::asked(asked) {
        rounds::answer(surroundings, case, round, &names);
        return Ok(());
    }
    let options = read_options(asked);
    let traced = Driver::new(case, Clock::Wall).traced(&options);
    for words in written(&traced.map_err(|failure| Cause::from(&failure).into())) {
        if !isolate::answer(surroundings, &words) {
            break;
        }
    }
    Ok(())
}

/// One word a line, because a target may hold anything else.
fn asked(options: &TraceOptions) -> String {
    let mut lines = Vec::new();
    if options.counts {
        lines.push(owned("counts"));
    }
    if options.breakdown {
        lines.push(owned("breakdown"));
    }
    for target in &options.events {
        lines.push(format!("events {target}"));
    }
    joined(&lines, "\n")
}

fn read_options(text: &str) -> TraceOptions {
    let mut options = TraceOptions::default();
    for line in lines(text) {
        match line {
            "counts" => options.counts = true,
            "breakdown" => options.breakdown = true,
            line => {
                if let Some(target) = line.strip_prefix("events ") {
                    options.events.push(owned(target));
                }
            }
        }
    }
    options
}

/// One answer a figure; the last says that it is all.
fn written(traced: &Result<Arc<Traced>, Unmeasured>) -> Vec<Vec<String>> {
    let traced = match traced {
        Ok(traced) => traced,
        Err(why) => return vec![isolate::nothing(why)],
    };
    let mut answers = Vec::new();
    for (name, n) in &traced.counters {
        answers.push(words(&[&"count", name, n]));
    }
    for (named, name, spread) in &traced.spreads {
        let word = match named {
            Named::Counter => "counts_differ",
            Named::Events => "events_differ",
        };
        answers.push(words(&[
            &word,
            name,
            &spread.least,
            &spread.median,
            &spread.calls_at_least,
            &spread.calls_at_largest,
        ]));
    }
    if SEES_SPANS {
        write_seen(traced, &mut answers);
    }
    if let Some(why) = &traced.blind {
        let mut words = vec![owned("blind")];
        why.add_words(&mut words);
        answers.push(words);
    }
    answers.push(words(&[&"traced", &traced.calls]));
    answers
}

/// Events and spans.
fn write_seen(traced: &Traced, answers: &mut Vec<Vec<String>>) {
    for (target, n) in &traced.events {
        answers.push(words(&[&"events", target, n]));
    }
    for Repeated {
        target,
        text,
        count,
    } in &traced.repeated
    {
        answers.push(words(&[&"repeated", target, count, text]));
    }
    if let Some(breakdown) = &traced.breakdown {
        answers.push(words(&[
            &"breakdown",
            &breakdown.calls,
            &breakdown.calls_ns,
            &breakdown.complete,
        ]));
        for row in &breakdown.spans {
            answers.push(words(&[
                &"span",
                &row.name,
                &row.depth,
                &row.count,
                &row.total_ns,
                &row.busy_ns,
                &row.self_ns,
                &row.p99_ns,
                &row.max_ns,
            ]));
        }
    }
}

/// What was heard of the child so far.
#[derive(Default)]
struct Heard {
    traced: Traced,
    found: Option<Result<Arc<Traced>, Unmeasured>>,
}

impl Heard {
    fn hear(&mut self, words: &[&str]) {
        if self.read(words).is_none() {
            let why = Cause::no_answer(&joined(words, " "));
            self.found = Some(Err(why.into()));
        }
    }

    fn read(&mut self, words: &[&str]) -> Option<()> {
        let traced = &mut self.traced;
        match *words {
            ["failed", ..] => self.found = Some(Err(isolate::failed(words)?)),
            ["count", name, n] => traced.counters.push((owned(name), parsed(n)?)),
            [
                word @ ("counts_differ" | "events_differ"),
                name,
                ref rest @ ..,
            ] => {
                let named = match word {
                    "counts_differ" => Named::Counter,
                    _ => Named::Events,
                };
                let spread = isolate::spread(rest)?;
                traced.spreads.push((named, owned(name), spread));
            }
            ["blind", ref why @ ..] => traced.blind = Some(Unmeasured::from_words(why)?),
            ["traced", calls] => {
                traced.calls = parsed(calls)?;
                self.found = Some(Ok(Arc::new(std::mem::take(traced))));
            }
            _ if SEES_SPANS => return read_seen(traced, words),
            _ => return None,
        }
        Some(())
    }
}

/// Events and spans.
fn read_seen(traced: &mut Traced, words: &[&str]) -> Option<()> {
    match *words {
        ["events", name, n] => traced.events.push((owned(name), parsed(n)?)),
        ["repeated", target, count, text] => traced.repeated.push(Repeated {
            target: owned(target),
            text: owned(text),
            count: parsed(count)?,
        }),
        ["breakdown", calls, calls_ns, complete] => {
            traced.breakdown = Some(Breakdown {
                calls: parsed(calls)?,
                calls_ns: parsed(calls_ns)?,
                complete: parsed(complete)?,
                spans: Vec::new(),
            });
        }
        ["span", name, ref rest @ ..] => {
            let [depth, count, total_ns, busy_ns, self_ns, p99_ns, max_ns] = numbers(rest)?;
            traced.breakdown.as_mut()?.spans.push(SpanRow {
                name: owned(name),
                depth,
                count,
                total_ns,
                busy_ns,
                self_ns,
                p99_ns,
                max_ns,
            });
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::Spread;

    #[track_caller]
    fn check(traced: Result<Traced, Unmeasured>) {
        let traced = traced.map(Arc::new);
        let mut heard = Heard::default();
        for words in written(&traced) {
            heard.hear(&words.iter().map(String::as_str).collect::<Vec<_>>());
        }
        assert_eq!(heard.found, Some(traced));
    }

    #[test]
    fn what_the_child_recorded_the_parent_reads() {
        let spread = |least| Spread {
            least,
            median: 3,
            calls_at_least: 86,
            calls_at_largest: 14,
        };
        let row = SpanRow {
            name: "render the page".to_owned(),
            depth: 1,
            count: 2,
            total_ns: 3,
            busy_ns: 4,
            self_ns: 5,
            p99_ns: 6,
            max_ns: 7,
        };
        check(Ok(Traced::default()));
        check(Ok(Traced {
            calls: 3,
            counters: vec![("cache.miss".to_owned(), 2), ("b c".to_owned(), 0)],
            events: vec![("sqlx::query".to_owned(), 11)],
            spreads: vec![
                (Named::Counter, "b c".to_owned(), spread(-1)),
                (Named::Events, "sqlx::query".to_owned(), spread(2)),
            ],
            repeated: vec![Repeated {
                target: "sqlx::query".to_owned(),
                text: "SELECT name FROM items WHERE id = ?".to_owned(),
                count: 10,
            }],
            blind: None,
            breakdown: Some(Breakdown {
                calls: 9,
                calls_ns: 1 << 40,
                complete: false,
                spans: vec![row.clone(), row],
            }),
        }));
        check(Ok(Traced {
            blind: Some(Cause::other_subscriber().into()),
            ..Traced::default()
        }));
        check(Err(Cause::function_failed("it panicked").into()));
        let mut heard = Heard::default();
        heard.hear(&["span", "a", "1"]);
        assert!(heard.found.is_some_and(|found| found.is_err()));
    }

    #[test]
    fn the_child_is_told_what_to_record() {
        for (counts, breakdown, events) in [
            (true, false, vec!["sqlx::query", "an odd target"]),
            (false, true, vec![]),
        ] {
            let options = TraceOptions {
                counts,
                events: events.into_iter().map(str::to_owned).collect(),
                breakdown,
            };
            assert_eq!(read_options(&asked(&options)), options);
        }
    }
}
