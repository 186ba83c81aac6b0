//! Records the counters, events and spans of a case in a separate process:
//! recording covers a whole process, and no other test may be in it.

use std::time::Duration;

use crate::measure::driver::{Driver, RoundAsk, TraceOptions};
use crate::measure::meter::Threads;
use crate::measure::trace::Others;
use crate::model::case::{Case, Clock};
use crate::model::sample::{
    Breakdown, Kind, Named, Repeated, Round, RoundSpec, SpanRow, SpanTimes, Spread, Traced,
};
use crate::model::unmeasured::Unmeasured;
use crate::probes::isolate::{self, Isolated};
use crate::system::clock::Stopwatch;
use crate::system::worker_env::WorkerEnv;

/// How long the process may take.
const LONGEST: Duration = Duration::from_secs(180);
/// A line of an answer is not endless.
const TIMES_A_LINE: usize = 500;

/// Starts this binary again for one case, and reads what it recorded.
///
/// # Errors
/// Says why nothing is known.
pub(crate) fn in_fresh_process(
    case: &'static Case,
    wish: &TraceOptions,
) -> Result<Traced, Unmeasured> {
    let isolated = Isolated {
        task: "trace",
        cases: &[case],
        details: Some(("PERF_WORKER_COUNT", asked(wish))),
        longest: LONGEST,
    };
    let mut heard = Heard::default();
    let mut read = |words: &[&str]| {
        heard.hear(words);
        heard.found.take()
    };
    isolated
        .result(&mut read)
        .map_err(|why| why.so("nothing was recorded"))?
}

/// Makes a round of calls in a process that calls this case alone, and times the spans
/// of these names. As many calls as are timed come first, because it is new.
///
/// # Errors
/// Why nothing is known.
pub(crate) fn round_in_fresh_process(
    case: &'static Case,
    names: &[String],
    round: RoundSpec,
) -> Result<Round, Unmeasured> {
    let start = Stopwatch::start();
    let rewarm = round.rewarm.max(round.calls);
    let names = names.iter().map(|name| format!("\n{name}"));
    let isolated = Isolated {
        task: "trace",
        cases: &[case],
        details: Some((
            "PERF_WORKER_COUNT",
            format!(
                "round {} {rewarm}{}",
                round.calls,
                names.collect::<String>()
            ),
        )),
        longest: LONGEST,
    };
    let mut spans = Vec::new();
    let spans = isolated
        .result(&mut |words| heard_times(words, &mut spans))
        .map_err(|why| why.so("no span was timed"))??;
    Ok(Round {
        kind: Kind::Watched,
        batch: 1,
        watched: round.calls,
        elapsed_ns: start.elapsed_ns(),
        spans,
        ..Round::default()
    })
}

/// The child's side of it: the calls and those before them, and the names.
fn asked_round(lines: &str) -> Option<(RoundSpec, Vec<String>)> {
    let (first, names) = lines.split_once('\n')?;
    let (calls, rewarm) = first.strip_prefix("round ")?.split_once(' ')?;
    let round = RoundSpec {
        kind: Kind::Watched,
        calls: calls.parse().ok()?,
        batch: 1,
        rewarm: rewarm.parse().ok()?,
        ..RoundSpec::default()
    };
    Some((round, names.lines().map(str::to_owned).collect()))
}

fn answer_round(case: &'static Case, round: RoundSpec, names: &[String]) -> Result<(), String> {
    let ask = RoundAsk {
        round,
        typical_ns: None,
        threads: Threads::All,
        crowd: None,
    };
    let made = Driver::new(case, Clock::Wall).watched_round(ask, names, Others::Recorded);
    for words in written_times(&made) {
        isolate::answer(&words)?;
    }
    Ok(())
}

/// Some times an answer; the last says that it is all.
fn written_times(made: &Result<Round, Unmeasured>) -> Vec<Vec<String>> {
    let round = match made {
        Ok(round) => round,
        Err(why) => return vec![isolate::nothing(why)],
    };
    if let Some(failure) = &round.failure {
        return vec![isolate::nothing(&failure.sentence().into())];
    }
    let mut answers = Vec::new();
    for one in &round.spans {
        for ns in one.ns.chunks(TIMES_A_LINE) {
            let mut words = vec!["times".to_owned(), one.name.clone()];
            words.extend(ns.iter().map(f64::to_string));
            answers.push(words);
        }
    }
    answers.push(vec!["timed".to_owned()]);
    answers
}

/// The result, once it is whole.
fn heard_times(
    words: &[&str],
    spans: &mut Vec<SpanTimes>,
) -> Option<Result<Vec<SpanTimes>, Unmeasured>> {
    match *words {
        ["failed", ..] => Some(Err(isolate::failed(words)?)),
        ["timed"] => Some(Ok(std::mem::take(spans))),
        ["times", name, ref ns @ ..] => {
            let ns: Result<Vec<f64>, _> = ns.iter().map(|ns| ns.parse()).collect();
            let Ok(ns) = ns else {
                return Some(Err(format!("the process gave no times of {name}").into()));
            };
            match spans.iter_mut().find(|one| one.name == name) {
                Some(one) => one.ns.extend(ns),
                None => spans.push(SpanTimes {
                    name: name.to_owned(),
                    ns,
                    elsewhere: 0,
                }),
            }
            None
        }
        _ => {
            let said = words.join(" ");
            Some(Err(format!(
                "the process said `{said}`, which is no answer"
            )
            .into()))
        }
    }
}

/// The child's side: records the one case that it was told.
///
/// # Errors
/// If no case was named, or the connection is closed.
pub(crate) fn serve(surroundings: &WorkerEnv) -> Result<(), String> {
    let case = isolate::entrusted_case(surroundings)?;
    let asked = surroundings.count.as_deref().unwrap_or_default();
    if let Some((round, names)) = asked_round(asked) {
        return answer_round(case, round, &names);
    }
    let wish = wished(asked);
    let traced = Driver::new(case, Clock::Wall).traced(&wish);
    for words in written(&traced.map_err(|failure| failure.sentence().into())) {
        isolate::answer(&words)?;
    }
    Ok(())
}

/// One word a line, because a target may hold anything else.
fn asked(wish: &TraceOptions) -> String {
    let mut lines = Vec::new();
    lines.extend(wish.counts.then(|| "counts".to_owned()));
    lines.extend(wish.breakdown.then(|| "breakdown".to_owned()));
    lines.extend(wish.events.iter().map(|target| format!("events {target}")));
    lines.join("\n")
}

fn wished(lines: &str) -> TraceOptions {
    let events = lines
        .lines()
        .filter_map(|line| line.strip_prefix("events "));
    TraceOptions {
        counts: lines.lines().any(|line| line == "counts"),
        breakdown: lines.lines().any(|line| line == "breakdown"),
        events: events.map(str::to_owned).collect(),
    }
}

/// One answer a figure; the last says that it is all.
fn written(traced: &Result<Traced, Unmeasured>) -> Vec<Vec<String>> {
    let traced = match traced {
        Ok(traced) => traced,
        Err(why) => return vec![isolate::nothing(why)],
    };
    let mut answers = Vec::new();
    for (word, counts) in [("count", &traced.counters), ("events", &traced.events)] {
        for (name, n) in counts {
            answers.push(vec![word.to_owned(), name.clone(), n.to_string()]);
        }
    }
    for (named, name, spread) in &traced.spreads {
        let word = match named {
            Named::Counter => "counts_differ",
            Named::Events => "events_differ",
        };
        let mut words = vec![word.to_owned(), name.clone()];
        words.extend([spread.least, spread.median].map(|count| count.to_string()));
        let calls = [spread.calls_at_least, spread.calls_at_largest];
        words.extend(calls.map(|count| count.to_string()));
        answers.push(words);
    }
    for Repeated {
        target,
        text,
        count,
    } in &traced.repeated
    {
        let count = count.to_string();
        answers.push(vec![
            "repeated".to_owned(),
            target.clone(),
            count,
            text.clone(),
        ]);
    }
    if let Some(breakdown) = &traced.breakdown {
        answers.push(vec![
            "breakdown".to_owned(),
            breakdown.calls.to_string(),
            breakdown.calls_ns.to_string(),
            breakdown.complete.to_string(),
        ]);
        for row in &breakdown.spans {
            let mut words = vec!["span".to_owned(), row.name.clone()];
            words.extend(numbers(row).map(|number| number.to_string()));
            answers.push(words);
        }
    }
    if let Some(why) = &traced.blind {
        let [reason, help] = why.words();
        answers.push(vec!["blind".to_owned(), reason, help]);
    }
    answers.push(vec!["traced".to_owned(), traced.calls.to_string()]);
    answers
}

fn numbers(row: &SpanRow) -> [u64; 7] {
    [
        row.depth,
        row.count,
        row.total_ns,
        row.busy_ns,
        row.self_ns,
        row.p99_ns,
        row.max_ns,
    ]
}

/// What was heard of the child so far.
#[derive(Default)]
struct Heard {
    traced: Traced,
    found: Option<Result<Traced, Unmeasured>>,
}

impl Heard {
    fn hear(&mut self, words: &[&str]) {
        if self.read(words).is_none() {
            let reason = format!("the process said `{}`, which is no answer", words.join(" "));
            self.found = Some(Err(reason.into()));
        }
    }

    fn read(&mut self, words: &[&str]) -> Option<()> {
        let traced = &mut self.traced;
        match *words {
            ["failed", ..] => self.found = Some(Err(isolate::failed(words)?)),
            ["count", name, n] => traced.counters.push((name.to_owned(), n.parse().ok()?)),
            ["events", name, n] => traced.events.push((name.to_owned(), n.parse().ok()?)),
            [
                word @ ("counts_differ" | "events_differ"),
                name,
                least,
                median,
                at_least,
                at_largest,
            ] => {
                let named = match word {
                    "counts_differ" => Named::Counter,
                    _ => Named::Events,
                };
                let spread = Spread {
                    least: least.parse().ok()?,
                    median: median.parse().ok()?,
                    calls_at_least: at_least.parse().ok()?,
                    calls_at_largest: at_largest.parse().ok()?,
                };
                traced.spreads.push((named, name.to_owned(), spread));
            }
            ["repeated", target, count, text] => traced.repeated.push(Repeated {
                target: target.to_owned(),
                text: text.to_owned(),
                count: count.parse().ok()?,
            }),
            ["blind", reason, help] => traced.blind = Some(Unmeasured::from_words(reason, help)),
            ["breakdown", calls, calls_ns, complete] => {
                traced.breakdown = Some(Breakdown {
                    calls: calls.parse().ok()?,
                    calls_ns: calls_ns.parse().ok()?,
                    complete: complete.parse().ok()?,
                    spans: Vec::new(),
                });
            }
            ["span", name, ref rest @ ..] => {
                let numbers: Option<Vec<u64>> = rest.iter().map(|n| n.parse().ok()).collect();
                let numbers: [u64; 7] = numbers?.try_into().ok()?;
                let [depth, count, total_ns, busy_ns, self_ns, p99_ns, max_ns] = numbers;
                traced.breakdown.as_mut()?.spans.push(SpanRow {
                    name: name.to_owned(),
                    depth,
                    count,
                    total_ns,
                    busy_ns,
                    self_ns,
                    p99_ns,
                    max_ns,
                });
            }
            ["traced", calls] => {
                traced.calls = calls.parse().ok()?;
                self.found = Some(Ok(std::mem::take(traced)));
            }
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(traced: Result<Traced, Unmeasured>) {
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
            blind: Some(Unmeasured::said("it was dark", "light it")),
            ..Traced::default()
        }));
        check(Err("it panicked".into()));
        let mut heard = Heard::default();
        heard.hear(&["span", "a", "1"]);
        assert!(heard.found.is_some_and(|found| found.is_err()));
    }

    #[test]
    fn a_round_that_the_child_timed_the_parent_reads() {
        let times = |name: &str, calls: u32| SpanTimes {
            name: name.to_owned(),
            ns: (0..calls).map(|ns| f64::from(ns) / 3.0).collect(),
            elsewhere: 0,
        };
        let spans = vec![times("render the page", 1_234), times("save", 1)];
        let made = Round {
            spans: spans.clone(),
            ..Round::default()
        };
        let mut heard = Vec::new();
        let mut results = written_times(&Ok(made)).into_iter().filter_map(|words| {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            heard_times(&words, &mut heard)
        });
        assert_eq!(results.next(), Some(Ok(spans)));
        assert_eq!(
            heard_times(&["times", "a", "b"], &mut Vec::new()).map(|one| one.is_err()),
            Some(true)
        );
        let (round, names) = asked_round("round 12 34\na b\nc").unwrap();
        assert_eq!(
            (round.calls, round.rewarm, round.kind),
            (12, 34, Kind::Watched)
        );
        assert_eq!(names, ["a b", "c"]);
        assert!(asked_round("counts\nevents a").is_none());
    }

    #[test]
    fn the_child_is_told_what_to_record() {
        for (counts, breakdown, events) in [
            (true, false, vec!["sqlx::query", "an odd target"]),
            (false, true, vec![]),
        ] {
            let wish = TraceOptions {
                counts,
                events: events.into_iter().map(str::to_owned).collect(),
                breakdown,
            };
            assert_eq!(wished(&asked(&wish)), wish);
        }
    }
}
