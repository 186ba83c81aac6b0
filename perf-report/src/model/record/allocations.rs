//! Where one captured call allocated, as a record says it.

use serde::{Deserialize, Serialize};

/// The field `allocations` of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Allocations {
    /// `thread` or `process`: which threads were recorded.
    pub(crate) scope: String,
    /// Allocations, reallocations and frees that were recorded.
    pub(crate) events: u64,
    /// The event after which the most memory was live; 0 where none ever was.
    pub(crate) peak_event: u64,
    /// Whether every event was kept; else all figures are those of the first.
    pub(crate) complete: bool,
    pub(crate) sites: Vec<Site>,
    /// The stack of the first allocation.
    pub(crate) first: Option<Vec<Frame>>,
}

/// One place that allocated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Site {
    /// Live when the most memory was live.
    pub(crate) at_peak: Held,
    /// Live when the call ended.
    pub(crate) at_end: Held,
    /// The most that was live of this place alone.
    pub(crate) most: Held,
    /// Allocated in all.
    pub(crate) total: Made,
    /// For how many events its blocks lived, added up.
    pub(crate) lifetime: u64,
    /// From the allocation to the measured call; empty where the stack is not
    /// known, or where several light places are added up.
    pub(crate) frames: Vec<Frame>,
}

/// Memory that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) bytes: u64,
    pub(crate) blocks: u64,
}

/// Memory that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Made {
    pub(crate) bytes: u64,
    pub(crate) allocations: u64,
}

/// One function on a stack.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Frame {
    pub(crate) function: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) column: Option<u32>,
}
