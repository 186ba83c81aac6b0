//! The one rule for a change of time that comes of where the code lies in memory.

/// An effect of less than this factor, either way, needs something deterministic
/// beside it: the layout of the code alone makes as much.
const LAYOUT: f64 = 1.25;
/// Counts of instructions that differ by less are the same: hash maps with random
/// keys and the state of the heap make as much.
const SAME_INSTRUCTIONS: f64 = 0.005;
/// Calls wait if this many of them give the processor up by themselves: fewer than
/// one in a hundred move neither the median nor the p99.
const WAITING: f64 = 0.01;

/// What is known of the code for certain, whatever the time says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Facts {
    /// The instructions of a call before and after, by one tier.
    pub(crate) instructions: Option<(f64, f64)>,
    /// Whether counts of memory differ; `None` where nothing counted.
    pub(crate) memory_differs: Option<bool>,
    /// Whether calls wait for something else than a processor: their instructions
    /// do not account for their time.
    pub(crate) waits: bool,
    /// Whether several layouts of both sides were measured, so that a change is not
    /// that of one layout.
    pub(crate) layouts_vary: bool,
}

impl Facts {
    /// Whether something deterministic changed; `None` where nothing is known that
    /// would have shown it.
    pub(crate) fn changed(&self) -> Option<bool> {
        let instructions = self
            .instructions
            .map(|(before, after)| (after / before - 1.0).abs() >= SAME_INSTRUCTIONS);
        match (instructions, self.memory_differs) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            // Equal counts of memory alone say nothing: most changes keep them.
            // Nor do equal instructions where time passes outside of them.
            (Some(false), _) if self.waits => None,
            (same, _) => same,
        }
    }

    /// Whether a change of time by this factor is one of the layout alone.
    pub(crate) fn is_layout(&self, ratio: f64) -> bool {
        is_small(ratio) && self.changed() == Some(false)
    }
}

/// Whether the layout of the code alone may make an effect of this factor.
pub(crate) fn is_small(ratio: f64) -> bool {
    ratio.ln().abs() < LAYOUT.ln()
}

/// Whether calls wait for something else than a processor, of which this many gave it
/// up by themselves.
pub(crate) fn waits(blocked: f64, calls: f64) -> bool {
    blocked > 0.0 && blocked >= WAITING * calls
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(after: f64, memory_differs: Option<bool>, waits: bool) -> Facts {
        Facts {
            instructions: Some((1e6, after)),
            memory_differs,
            waits,
            layouts_vary: false,
        }
    }

    #[test]
    fn slower_and_faster_have_one_border() {
        // 22 % faster is further from 1 than 25 % slower: 1 / 0.78 is 1.28.
        for (ratio, small) in [
            (1.24, true),
            (1.26, false),
            (0.81, true),
            (0.79, false),
            (0.78, false),
        ] {
            assert_eq!(is_small(ratio), small, "{ratio}");
            assert_eq!(facts(1e6, Some(false), false).is_layout(ratio), small);
        }
    }

    #[test]
    fn layout_is_claimed_only_where_nothing_else_can_have_changed() {
        assert!(facts(1.004e6, None, false).is_layout(1.1));
        assert!(!facts(1.006e6, None, false).is_layout(1.1));
        assert!(!facts(1e6, Some(true), false).is_layout(1.1));
        assert!(!facts(1e6, Some(false), true).is_layout(1.1));
        assert!(!Facts::default().is_layout(1.1));
        assert_eq!(facts(2e6, None, true).changed(), Some(true));
    }

    #[test]
    fn calls_wait_where_one_in_a_hundred_does() {
        assert!(waits(10.0, 1_000.0) && waits(1.0, 1.0));
        assert!(!waits(9.0, 1_000.0) && !waits(0.0, 0.0));
    }
}
