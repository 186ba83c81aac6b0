//! Where a call's memory goes: from the log of its allocations to the places in the user's code.

mod frame;
mod owner;
mod replay;
mod lines;

pub(crate) use frame::{Frame, parse};
pub(crate) use lines::{Home, backtrace, lines};
pub(crate) use owner::trim;
pub(crate) use replay::{Change, Event, replay};

use std::cmp::Reverse;

use perf_grammar::Metric;

use crate::model::sample::Scope;

/// Where one call allocated.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Allocations {
    /// Which threads were recorded.
    pub(crate) scope: Scope,
    /// Allocations, reallocations and frees that were recorded.
    pub(crate) events: u64,
    /// Whether the recorder kept every event: where it did not, all figures
    /// are those of the events it kept, the first ones.
    pub(crate) complete: bool,
    /// The event after which the most memory was live; 0 where none ever was.
    pub(crate) peak_event: u64,
    /// Each place that allocated, by its whole stack, in no order.
    pub(crate) sites: Vec<Site>,
    /// The stack of the first allocation.
    pub(crate) first: Option<Vec<Frame>>,
}

/// One place that allocated: a stack, and what was allocated with it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Site {
    pub(crate) tally: Tally,
    /// From the allocation to the measured call; empty where the stack is not
    /// known, or was not looked up because the site is too small.
    pub(crate) frames: Vec<Frame>,
}

/// What one place allocated. A reallocation counts for the place that
/// reallocates, with the whole new size, and its block lives there from then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
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
}

/// Memory that is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) bytes: u64,
    pub(crate) blocks: u64,
}

/// Memory that was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) bytes: u64,
    pub(crate) allocations: u64,
}

/// By what places are put in order: what a limit on memory weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Bytes live at the peak: `mem`.
    Peak,
    /// Bytes live at the end: `retained`.
    End,
    /// Allocations: `allocs`.
    Allocations,
    /// Bytes allocated in all: `alloc_bytes`.
    Bytes,
}

impl Weight {
    pub(crate) const ALL: [Weight; 4] = [
        Weight::Peak,
        Weight::End,
        Weight::Allocations,
        Weight::Bytes,
    ];

    /// What the sites of a limit on `metric` are put in order by; `None` where
    /// it limits no memory.
    #[must_use]
    pub(crate) fn of(metric: Metric) -> Option<Weight> {
        match metric {
            Metric::Mem => Some(Weight::Peak),
            Metric::Retained | Metric::Growth => Some(Weight::End),
            Metric::Allocs | Metric::DenyAlloc => Some(Weight::Allocations),
            Metric::AllocBytes => Some(Weight::Bytes),
            _ => None,
        }
    }

    /// What one place weighs.
    #[must_use]
    pub(crate) fn weigh(self, tally: &Tally) -> u64 {
        match self {
            Weight::Peak => tally.at_peak.bytes,
            Weight::End => tally.at_end.bytes,
            Weight::Allocations => tally.total.allocations,
            Weight::Bytes => tally.total.bytes,
        }
    }
}

impl Tally {
    /// Adds another place's figures. The most of two places together is not
    /// known: their sum, which it cannot be above.
    pub(crate) fn add(&mut self, other: &Tally) {
        for (held, more) in [
            (&mut self.at_peak, other.at_peak),
            (&mut self.at_end, other.at_end),
            (&mut self.most, other.most),
        ] {
            held.bytes += more.bytes;
            held.blocks += more.blocks;
        }
        self.total.bytes += other.total.bytes;
        self.total.allocations += other.total.allocations;
        self.lifetime += other.lifetime;
    }
}

/// Which of the places are among the `most` heaviest of some order.
#[must_use]
pub(crate) fn heaviest(tallies: &[Tally], most: usize) -> Vec<bool> {
    let mut heaviest = vec![false; tallies.len()];
    let mut order: Vec<usize> = (0..tallies.len()).collect();
    for weight in Weight::ALL {
        order.sort_by_key(|place| Reverse(weight.weigh(&tallies[*place])));
        for place in order.iter().take(most) {
            heaviest[*place] |= weight.weigh(&tallies[*place]) > 0;
        }
    }
    heaviest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_of_each_order_are_kept() {
        let tally = |bytes, allocations| Tally {
            total: Made { bytes, allocations },
            ..Tally::default()
        };
        let all = [tally(1, 9), tally(50, 2), tally(40, 3), tally(2, 1)];
        assert_eq!(heaviest(&all, 1), [true, true, false, false]);
        assert_eq!(heaviest(&all, 2), [true, true, true, false]);
    }

    #[test]
    fn limits_on_memory_have_an_order_and_others_none() {
        assert_eq!(Weight::of(Metric::Mem), Some(Weight::Peak));
        assert_eq!(Weight::of(Metric::Mean), None);
    }
}
