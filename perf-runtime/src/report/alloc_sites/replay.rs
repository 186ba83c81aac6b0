//! Goes through the log of a call once more: what was live when, and since when.

use std::collections::HashMap;

use super::{Held, Tally};

/// One thing that happened to the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// Which of the distinct stacks it came from; of no meaning for
    /// [`Change::Gave`].
    pub(crate) stack: u32,
    /// The address of the block, afterwards where it moved.
    pub(crate) block: usize,
    pub(crate) change: Change,
}

/// What happened to a block; sizes in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It was allocated.
    Took { size: usize },
    /// It was reallocated, and stood at `from` before.
    Moved {
        from: usize,
        old: usize,
        size: usize,
    },
    /// It was freed.
    Gave { size: usize },
}

/// What a replay found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replay {
    /// For each stack, in order.
    pub(crate) tallies: Vec<Tally>,
    /// The number of the event after which the most was live, from 1; 0 where
    /// the level was never above the one at entry.
    pub(crate) peak_event: u64,
}

/// Goes through a log in which `stacks` distinct stacks occur.
///
/// The peak is the first moment at which the level was highest, counted from
/// the level at entry: freeing what was allocated before the log lowers it, as
/// it does in the figure that a budget limits.
#[must_use]
pub(crate) fn replay(events: &[Event], stacks: usize) -> Replay {
    let peak_event = peak(events);
    let mut heap = Heap {
        now: vec![Held::default(); stacks],
        tallies: vec![Tally::default(); stacks],
        live: HashMap::new(),
        displaced: HashMap::new(),
    };
    for (at, event) in (1_u64..).zip(events) {
        heap.apply(event, at);
        if at == peak_event {
            for (tally, now) in heap.tallies.iter_mut().zip(&heap.now) {
                tally.at_peak = *now;
            }
        }
    }
    heap.end(events.len() as u64);
    Replay {
        tallies: heap.tallies,
        peak_event,
    }
}

fn peak(events: &[Event]) -> u64 {
    let (mut level, mut highest, mut found) = (0_i64, 0_i64, 0);
    for (at, event) in (1_u64..).zip(events) {
        level += match event.change {
            Change::Took { size } => size as i64,
            Change::Moved { old, size, .. } => size as i64 - old as i64,
            Change::Gave { size } => -(size as i64),
        };
        if level > highest {
            (highest, found) = (level, at);
        }
    }
    found
}

/// A block that is live.
#[derive(Clone, Copy)]
struct Block {
    stack: u32,
    size: u64,
    since: u64,
}

struct Heap {
    now: Vec<Held>,
    tallies: Vec<Tally>,
    live: HashMap<usize, Block>,
    /// Blocks whose address another has by now: another thread was given
    /// the place that a reallocation had left, before the reallocation itself
    /// was written down.
    displaced: HashMap<usize, Vec<Block>>,
}

impl Heap {
    fn apply(&mut self, event: &Event, at: u64) {
        match event.change {
            Change::Took { size } => self.take(event, size as u64, size as u64, at),
            Change::Moved { from, old, size } => {
                // Of a block from before the log, what it grew by is new.
                let live = match self.moved_from(from) {
                    Some(block) => {
                        self.leave(&block, at);
                        size as u64
                    }
                    None => size.saturating_sub(old) as u64,
                };
                self.take(event, size as u64, live, at);
            }
            Change::Gave { .. } => {
                if let Some(block) = self.live.remove(&event.block) {
                    self.leave(&block, at);
                    // The block that was displaced by it stands there again.
                    if let Some(earlier) = self.displaced.get_mut(&event.block).and_then(Vec::pop) {
                        self.live.insert(event.block, earlier);
                    }
                }
            }
        }
    }

    fn take(&mut self, event: &Event, size: u64, live: u64, at: u64) {
        let stack = event.stack as usize;
        let (now, tally) = (&mut self.now[stack], &mut self.tallies[stack]);
        tally.total.allocations += 1;
        tally.total.bytes += size;
        now.bytes += live;
        now.blocks += 1;
        tally.most.bytes = tally.most.bytes.max(now.bytes);
        tally.most.blocks = tally.most.blocks.max(now.blocks);
        let block = Block {
            stack: event.stack,
            size: live,
            since: at,
        };
        if let Some(earlier) = self.live.insert(event.block, block) {
            self.displaced.entry(event.block).or_default().push(earlier);
        }
    }

    /// The block that a reallocation moved away from `address`: the one that
    /// was there first.
    fn moved_from(&mut self, address: usize) -> Option<Block> {
        match self.displaced.get_mut(&address) {
            Some(blocks) if !blocks.is_empty() => Some(blocks.remove(0)),
            _ => self.live.remove(&address),
        }
    }

    fn leave(&mut self, block: &Block, at: u64) {
        let stack = block.stack as usize;
        self.now[stack].bytes -= block.size;
        self.now[stack].blocks -= 1;
        self.tallies[stack].lifetime += at - block.since;
    }

    fn end(&mut self, events: u64) {
        for (tally, now) in self.tallies.iter_mut().zip(&self.now) {
            tally.at_end = *now;
        }
        for block in self.live.values().chain(self.displaced.values().flatten()) {
            self.tallies[block.stack as usize].lifetime += events - block.since;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Made;
    use super::*;

    fn took(stack: u32, block: usize, size: usize) -> Event {
        let change = Change::Took { size };
        Event {
            stack,
            block,
            change,
        }
    }

    fn moved(stack: u32, from: usize, block: usize, old: usize, size: usize) -> Event {
        let change = Change::Moved { from, old, size };
        Event {
            stack,
            block,
            change,
        }
    }

    fn gave(block: usize, size: usize) -> Event {
        let change = Change::Gave { size };
        Event {
            stack: 0,
            block,
            change,
        }
    }

    /// At the peak, at the end: bytes and blocks. In all: bytes and
    /// allocations. Then the lifetime.
    type Row = [(u64, u64); 3];

    #[track_caller]
    fn check(events: &[Event], peak_event: u64, expected: &[(Row, u64)]) {
        let found = replay(events, expected.len());
        assert_eq!(found.peak_event, peak_event);
        let rows: Vec<(Row, u64)> = found
            .tallies
            .iter()
            .map(|tally| {
                let Made { bytes, allocations } = tally.total;
                let row = [
                    (tally.at_peak.bytes, tally.at_peak.blocks),
                    (tally.at_end.bytes, tally.at_end.blocks),
                    (bytes, allocations),
                ];
                (row, tally.lifetime)
            })
            .collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn what_was_live_at_the_peak_and_at_the_end_is_known_by_place() {
        check(&[], 0, &[]);
        check(&[took(0, 1, 10)], 1, &[([(10, 1), (10, 1), (10, 1)], 0)]);
        // Freed before the peak: in the total only.
        check(
            &[took(0, 1, 10), gave(1, 10), took(1, 1, 30), took(0, 2, 5)],
            4,
            &[
                ([(5, 1), (5, 1), (15, 2)], 1),
                ([(30, 1), (30, 1), (30, 1)], 1),
            ],
        );
        // The first of two equal peaks.
        check(
            &[took(0, 1, 10), gave(1, 10), took(1, 1, 10), gave(1, 10)],
            1,
            &[
                ([(10, 1), (0, 0), (10, 1)], 1),
                ([(0, 0), (0, 0), (10, 1)], 1),
            ],
        );
    }

    #[test]
    fn a_reallocated_block_belongs_to_who_reallocated_it_last() {
        check(
            &[
                took(0, 1, 10),
                moved(1, 1, 2, 10, 40),
                moved(1, 2, 2, 40, 20),
            ],
            2,
            &[
                ([(0, 0), (0, 0), (10, 1)], 1),
                ([(40, 1), (20, 1), (60, 2)], 1),
            ],
        );
    }

    #[test]
    fn memory_from_before_lowers_the_level_and_has_no_place() {
        // Without the free, the second would be the peak.
        check(
            &[took(0, 1, 10), gave(1, 10), gave(9, 100), took(0, 1, 30)],
            1,
            &[([(10, 1), (30, 1), (40, 2)], 1)],
        );
        // What a block from before grew by.
        check(
            &[moved(0, 9, 8, 100, 150), gave(8, 150)],
            1,
            &[([(50, 1), (0, 0), (150, 1)], 1)],
        );
    }

    #[test]
    fn an_address_that_another_thread_has_already_is_no_mix_up() {
        // 0 moves away from 1; before that is written down, 1 is given to 1.
        check(
            &[
                took(0, 1, 10),
                took(1, 1, 7),
                moved(0, 1, 2, 10, 20),
                gave(1, 7),
            ],
            3,
            &[
                ([(20, 1), (20, 1), (30, 2)], 3),
                ([(7, 1), (0, 0), (7, 1)], 2),
            ],
        );
        check(
            &[
                took(0, 1, 10),
                took(1, 1, 7),
                gave(1, 7),
                moved(0, 1, 2, 10, 12),
            ],
            2,
            &[
                ([(10, 1), (12, 1), (22, 2)], 3),
                ([(7, 1), (0, 0), (7, 1)], 1),
            ],
        );
    }

    #[test]
    fn the_most_of_one_place_need_not_be_at_the_peak() {
        let found = replay(
            &[took(0, 1, 10), took(0, 2, 10), gave(1, 10), took(1, 1, 90)],
            2,
        );
        let most = |bytes, blocks| Held { bytes, blocks };
        assert_eq!(found.tallies[0].most, most(20, 2));
        assert_eq!(found.tallies[0].at_peak, most(10, 1));
    }
}
