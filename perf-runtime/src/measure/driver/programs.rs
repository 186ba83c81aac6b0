//! Gathers what the programs of a case used, start by start.

use perf_statistics::median;

use crate::collections::mapped;
use crate::model::sample::{ChildUsage, Program};

/// Every timed start so far.
#[derive(Debug, Default)]
pub(super) struct Programs {
    starts: u64,
    user_ns: Vec<u64>,
    system_ns: Vec<u64>,
    max_rss_bytes: Vec<u64>,
    /// Units that were taken: starts, or batches of them.
    units: usize,
}

impl Programs {
    /// Adds the starts of a round.
    pub(super) fn take(&mut self, round: &[ChildUsage]) {
        for used in round {
            let each = |total: u64| total / used.starts.max(1);
            self.starts += used.starts;
            self.units += 1;
            self.user_ns.extend(used.user_ns.map(each));
            self.system_ns.extend(used.system_ns.map(each));
            self.max_rss_bytes.extend(used.own_rss_bytes());
        }
    }

    /// The medians; `None` where nothing was started.
    pub(super) fn medians(&self) -> Option<Program> {
        let of_all = |values: &[u64]| {
            let values: Vec<f64> = mapped(values, |value| *value as f64);
            (values.len() == self.units).then(|| median(&values))?
        };
        (self.starts > 0).then(|| Program {
            starts: self.starts,
            user_ns: of_all(&self.user_ns),
            system_ns: of_all(&self.system_ns),
            max_rss_bytes: of_all(&self.max_rss_bytes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(user_ns: u64, max_rss_bytes: u64, floor_bytes: u64) -> ChildUsage {
        ChildUsage {
            starts: 1,
            user_ns: Some(user_ns),
            system_ns: None,
            max_rss_bytes: Some(max_rss_bytes),
            floor_bytes,
            faults: None,
        }
    }

    #[test]
    fn the_median_start_stands_for_all() {
        let mut programs = Programs::default();
        assert_eq!(programs.medians(), None);
        programs.take(&[used(10, 50 << 20, 1 << 20), used(900, 60 << 20, 1 << 20)]);
        programs.take(&[used(20, 70 << 20, 1 << 20)]);
        let medians = programs.medians().unwrap();
        assert_eq!(medians.starts, 3);
        assert_eq!(medians.user_ns, Some(20.0));
        assert_eq!(medians.system_ns, None);
        assert_eq!(medians.max_rss_bytes, Some((60 << 20) as f64));
    }

    #[test]
    fn a_peak_that_may_be_the_starters_is_not_the_programs() {
        let mut programs = Programs::default();
        programs.take(&[used(10, 50 << 20, 1 << 20), used(10, 50 << 20, 50 << 20)]);
        assert_eq!(programs.medians().unwrap().max_rss_bytes, None);
    }
}
