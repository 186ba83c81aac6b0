//! Gathers what the programs of a case used, start by start.

use perf_statistics::median;

use crate::model::sample::{ChildUsage, Program};

/// Every timed unit so far: a start, or a batch of them.
#[derive(Debug, Default)]
pub(super) struct Programs(Vec<ChildUsage>);

impl Programs {
    /// Adds the starts of a round.
    pub(super) fn take(&mut self, round: &[ChildUsage]) {
        self.0.extend_from_slice(round);
    }

    /// The medians; `None` where nothing was started.
    pub(super) fn medians(&self) -> Option<Program> {
        let mut starts = 0;
        for used in &self.0 {
            starts += used.starts;
        }
        let each = |used: &ChildUsage, total: u64| total / used.starts.max(1);
        (starts > 0).then(|| Program {
            starts,
            user_ns: self.median(&|used| Some(each(used, used.user_ns?))),
            system_ns: self.median(&|used| Some(each(used, used.system_ns?))),
            max_rss_bytes: self.median(&ChildUsage::own_rss_bytes),
        })
    }

    /// The median of a figure; `None` where it is not known of every unit.
    fn median(&self, figure: &dyn Fn(&ChildUsage) -> Option<u64>) -> Option<f64> {
        let mut values = Vec::new();
        for used in &self.0 {
            values.push(figure(used)? as f64);
        }
        median(&values)
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
