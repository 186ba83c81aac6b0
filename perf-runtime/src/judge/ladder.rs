//! The evidence for a pass, counted in slots and in longer and longer runs of
//! them.

use perf_statistics::{EProcess, Side};

/// The longest run is of two to the power of one less.
const RUNGS: usize = 7;

/// One process over slots, one over pairs of slots, one over pairs of pairs,
/// and so on. Each is an e-process if what it counts is independent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ladder {
    rungs: [Rung; RUNGS],
}

#[derive(Clone, Copy, Debug)]
struct Rung {
    process: EProcess,
    /// The first half of a pair that is not complete.
    half: Option<f64>,
}

impl Ladder {
    pub(super) fn new(p0: f64) -> Ladder {
        let rung = Rung {
            process: EProcess::new(Side::Pass, p0),
            half: None,
        };
        Ladder {
            rungs: [rung; RUNGS],
        }
    }

    /// Takes the mean Y of a slot.
    pub(super) fn add(&mut self, mut y: f64) {
        for rung in &mut self.rungs {
            rung.process.add(y);
            match rung.half.take() {
                Some(half) => y = f64::midpoint(half, y),
                None => {
                    rung.half = Some(y);
                    break;
                }
            }
        }
    }

    /// The evidence where `slots` in a row depend on each other: the least of
    /// all processes over runs up to that length.
    pub(super) fn log_e(&self, slots: u64) -> f64 {
        let mut least = f64::INFINITY;
        for rung in self.up_to(slots) {
            least = least.min(rung.process.log_e());
        }
        least
    }

    /// Whether that is at least `threshold`.
    pub(super) fn reaches(&self, slots: u64, threshold: f64) -> bool {
        for rung in self.up_to(slots) {
            if !rung.process.reaches(threshold) {
                return false;
            }
        }
        true
    }

    fn up_to(&self, slots: u64) -> &[Rung] {
        let top = slots.next_power_of_two().trailing_zeros() as usize;
        &self.rungs[..=top.min(RUNGS - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_slots_are_counted_by_their_mean() {
        let ys = [0.0, 0.4, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.3];
        let mut ladder = Ladder::new(0.1);
        ys.into_iter().for_each(|y| ladder.add(y));
        let least = |lengths: &[usize]| {
            let log_e = |&length: &usize| {
                let mut process = EProcess::new(Side::Pass, 0.1);
                ys.chunks_exact(length)
                    .for_each(|run| process.add(run.iter().sum::<f64>() / length as f64));
                process.log_e()
            };
            lengths.iter().map(log_e).fold(f64::INFINITY, f64::min)
        };
        for (slots, lengths) in [
            (1, &[1][..]),
            (2, &[1, 2]),
            (3, &[1, 2, 4]),
            (8, &[1, 2, 4, 8]),
        ] {
            let found = ladder.log_e(slots);
            assert!((found - least(lengths)).abs() < 1e-12, "{slots}: {found}");
            assert!(ladder.reaches(slots, found) && !ladder.reaches(slots, found + 1e-9));
        }
    }

    #[test]
    fn the_longest_run_is_of_64_slots() {
        let mut ladder = Ladder::new(0.01);
        (0..339 * 64).for_each(|_| ladder.add(0.0));
        assert!(ladder.reaches(64, 20_f64.ln()) && ladder.reaches(10_000, 20_f64.ln()));
        let mut ladder = Ladder::new(0.01);
        (0..339 * 64 - 1).for_each(|_| ladder.add(0.0));
        assert!(!ladder.reaches(64, 20_f64.ln()) && ladder.reaches(32, 20_f64.ln()));
    }
}
