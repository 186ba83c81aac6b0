//! What is added to the calls of a case on purpose, and which limits may feel it.

use std::fmt;

use perf_grammar::{Effect, Metric, Source, Unit, format, format_count};

/// What is added to each call of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mutation {
    pub(crate) kind: Effect,
    pub(crate) amount: u64,
    /// The counter, target or span that it is of.
    pub(crate) of: String,
}

impl Mutation {
    pub(crate) fn new(kind: Effect, amount: u64) -> Mutation {
        Mutation {
            kind,
            amount,
            of: String::new(),
        }
    }

    /// The line that asks a worker for it.
    pub(crate) fn line(&self, id: &str) -> String {
        format!("{}\t{}\t{}\t{id}", self.kind.word(), self.amount, self.of)
    }

    /// Whether a limit may be broken by it; `typical_ns` is what a call takes.
    pub(crate) fn may_break(&self, metric: Metric, of: &str, typical_ns: f64) -> bool {
        let is_timed = matches!(
            metric.source(),
            Source::Time | Source::Processor | Source::Pairs | Source::Family
        );
        // What is a thousand times as slow finds that what it keeps has expired, and makes
        // it anew.
        let expires = self.kind.is_slow() && self.amount as f64 > 1_000.0 * typical_ns;
        match (self.kind, metric.source()) {
            (_, Source::Allocator | Source::Trace) if expires => true,
            (Effect::Fail | Effect::Panic, _) => true,
            // What a meter of another crate counts is not known.
            (_, Source::Meter) => true,
            (Effect::Span, Source::Spans) => of == self.of,
            (Effect::Emit | Effect::Count, Source::Trace) => of == self.of || self.is_above(of),
            (kind, Source::Instructions) => kind != Effect::Wait,
            (Effect::Wait, Source::Usage) => true,
            (Effect::Spin | Effect::SpinTogether | Effect::Wait | Effect::Work, _) => is_timed,
            (
                Effect::Alloc
                | Effect::Spike
                | Effect::Touch
                | Effect::Leak
                | Effect::Emit
                | Effect::Span,
                Source::Allocator | Source::Trend | Source::System | Source::Usage | Source::Family,
            ) => true,
            _ => is_timed && self.takes_ns() > typical_ns / 100.0,
        }
    }

    /// Events of a target are also events of the target above it.
    fn is_above(&self, target: &str) -> bool {
        let below = self.of.strip_prefix(target);
        self.kind == Effect::Emit && below.is_some_and(|rest| rest.starts_with("::"))
    }

    /// About how long what is not meant to take time takes: a page fault, an
    /// allocation, an event.
    fn takes_ns(&self) -> f64 {
        let amount = self.amount as f64;
        match self.kind {
            Effect::Alloc | Effect::Emit => 100.0 * amount,
            Effect::Touch => 2e3 + amount / 4.0,
            Effect::Spike | Effect::Leak => 2e3,
            Effect::Span => 3.0 * amount,
            _ => 100.0,
        }
    }
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = self.amount as f64;
        let time = || format(Unit::Duration, amount);
        let bytes = || format(Unit::Bytes, amount);
        let count = |one: &str, many: &str| match self.amount {
            1 => format!("one more {one}"),
            _ => format!("{} more {many}", format_count(amount)),
        };
        let of = &self.of;
        f.write_str(&match self.kind {
            Effect::Spin => format!("{} more of processor time", time()),
            Effect::SpinTogether => format!("{} more for each of several users", time()),
            Effect::Wait => format!("{} more of waiting", time()),
            Effect::Work => count("instruction", "instructions"),
            Effect::Alloc => count("allocation", "allocations"),
            Effect::Spike => format!("{} more for a moment", bytes()),
            Effect::Touch => format!("{} more, written to", bytes()),
            Effect::Leak => format!("a leak of {}", bytes()),
            Effect::Count => format!("{of} raised {}", count("time", "times")),
            Effect::Emit => count(&format!("event of {of}"), &format!("events of {of}")),
            Effect::Span => format!("three spans {of} of {}", time()),
            Effect::Fail => "an error".to_owned(),
            Effect::Panic => "a panic".to_owned(),
        })
    }
}
