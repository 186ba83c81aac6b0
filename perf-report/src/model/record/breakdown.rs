//! What calls did beside taking time, as a record says it: counters, events, spans.

use serde::{Deserialize, Serialize};

/// The field `trace` of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trace {
    /// Calls that were recorded; each count is the largest of them.
    pub(crate) calls: u64,
    pub(crate) counters: Vec<NamedCount>,
    pub(crate) events: Vec<NamedCount>,
    /// What the events of a target said most often.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) repeated: Vec<Repeated>,
}

/// What the events of a target said again and again in one call, such as a statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Repeated {
    pub(crate) target: String,
    pub(crate) text: String,
    pub(crate) count: u64,
}

/// How often a call did something that has a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct NamedCount {
    pub(crate) name: String,
    pub(crate) count: u64,
}

/// The field `breakdown` of a record: the spans of some calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Breakdown {
    pub(crate) calls: u64,
    /// Wall time of these calls.
    pub(crate) calls_ns: u64,
    /// Whether every span was kept.
    pub(crate) complete: bool,
    pub(crate) spans: Vec<Span>,
}

/// The spans of one name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) name: String,
    /// Spans that were around the first of them.
    pub(crate) depth: u64,
    /// In all calls.
    pub(crate) count: u64,
    /// From entering first to leaving last, added up.
    pub(crate) total_ns: u64,
    /// Spent inside, added up.
    pub(crate) busy_ns: u64,
    /// Spent inside, and not in spans inside.
    pub(crate) self_ns: u64,
    pub(crate) p99_ns: u64,
    pub(crate) max_ns: u64,
}
