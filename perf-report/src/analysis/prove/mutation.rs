//! What is added to the calls of a case on purpose, and which limits may feel it.

use std::fmt;

use perf_grammar::{Metric, Source, Unit, format, format_count};

/// What is added to each call of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mutation {
    pub(crate) kind: Kind,
    pub(crate) amount: u64,
    /// The counter, target or span that it is of.
    pub(crate) of: String,
}

/// Each is a word of the worker protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Processor time, nanoseconds.
    Spin,
    /// The same where several users call, and not where one calls alone.
    SpinTogether,
    /// Sleep, nanoseconds.
    Wait,
    /// Instructions, at least.
    Work,
    /// Allocations of one byte.
    Alloc,
    /// One allocation of so many bytes, freed at once.
    Spike,
    /// The same, written to.
    Touch,
    /// One allocation of so many bytes, never freed.
    Leak,
    /// A counter is raised.
    Count,
    /// Events of a target.
    Emit,
    /// Three spans of so many nanoseconds each.
    Span,
    /// An `Err`.
    Fail,
    /// A panic.
    Panic,
}

impl Kind {
    /// The word of the worker protocol.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Spin => "spin",
            Kind::SpinTogether => "spin_together",
            Kind::Wait => "wait",
            Kind::Work => "work",
            Kind::Alloc => "alloc",
            Kind::Spike => "spike",
            Kind::Touch => "touch",
            Kind::Leak => "leak",
            Kind::Count => "count",
            Kind::Emit => "emit",
            Kind::Span => "span",
            Kind::Fail => "fail",
            Kind::Panic => "panic",
        }
    }

    /// The kind of a failure that a record has of it; `None` where the case goes on.
    pub(crate) fn failure(self) -> Option<&'static str> {
        match self {
            Kind::Fail => Some("error"),
            Kind::Panic => Some("panic"),
            _ => None,
        }
    }

    /// Whether it makes calls slower.
    pub(crate) fn is_slow(self) -> bool {
        matches!(
            self,
            Kind::Spin | Kind::SpinTogether | Kind::Wait | Kind::Work | Kind::Span
        )
    }
}

impl Mutation {
    pub(crate) fn new(kind: Kind, amount: u64) -> Mutation {
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
        // What is a thousand times as slow may do other things: what it keeps has expired.
        let is_other = self.kind.is_slow() && self.amount as f64 > 1_000.0 * typical_ns;
        match (self.kind, metric.source()) {
            _ if is_other => true,
            (Kind::Fail | Kind::Panic, _) => true,
            // What a meter of another crate counts is not known.
            (_, Source::Meter) => true,
            (Kind::Span, Source::Spans) => of == self.of,
            (Kind::Emit | Kind::Count, Source::Trace) => of == self.of || self.is_above(of),
            (kind, Source::Instructions) => kind != Kind::Wait,
            (Kind::Spin | Kind::SpinTogether | Kind::Wait | Kind::Work, _) => is_timed,
            (
                Kind::Alloc | Kind::Spike | Kind::Touch | Kind::Leak | Kind::Emit | Kind::Span,
                Source::Allocator | Source::Trend | Source::System | Source::Family,
            ) => true,
            _ => is_timed && self.takes_ns() > typical_ns / 100.0,
        }
    }

    /// Events of a target are also events of the target above it.
    fn is_above(&self, target: &str) -> bool {
        let below = self.of.strip_prefix(target);
        self.kind == Kind::Emit && below.is_some_and(|rest| rest.starts_with("::"))
    }

    /// About how long what is not meant to take time takes: a page fault, an
    /// allocation, an event.
    fn takes_ns(&self) -> f64 {
        let amount = self.amount as f64;
        match self.kind {
            Kind::Alloc | Kind::Emit => 100.0 * amount,
            Kind::Touch => 2e3 + amount / 4.0,
            Kind::Spike | Kind::Leak => 2e3,
            Kind::Span => 3.0 * amount,
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
            Kind::Spin => format!("{} more of processor time", time()),
            Kind::SpinTogether => format!("{} more for each of several users", time()),
            Kind::Wait => format!("{} more of waiting", time()),
            Kind::Work => count("instruction", "instructions"),
            Kind::Alloc => count("allocation", "allocations"),
            Kind::Spike => format!("{} more for a moment", bytes()),
            Kind::Touch => format!("{} more, written to", bytes()),
            Kind::Leak => format!("a leak of {}", bytes()),
            Kind::Count => format!("{of} raised {}", count("time", "times")),
            Kind::Emit => count(&format!("event of {of}"), &format!("events of {of}")),
            Kind::Span => format!("three spans {of} of {}", time()),
            Kind::Fail => "an error".to_owned(),
            Kind::Panic => "a panic".to_owned(),
        })
    }
}
