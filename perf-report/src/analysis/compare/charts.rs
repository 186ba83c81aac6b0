//! What charts show of a case on both sides, beyond what is compared of it.

use std::collections::{BTreeMap, HashMap};

use crate::analysis::distribution::Distribution;
use crate::analysis::profile::Stacks;
use crate::model::record::Record;

/// The times of a case before and after.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Charts {
    pub(crate) before: Option<Distribution>,
    pub(crate) after: Option<Distribution>,
    /// Of builds that took turns, after over before: one for each pair of processes.
    pub(crate) pairs: Vec<f64>,
    /// Of a case that is slower and was profiled: the stacks of a call before and after,
    /// with their nanoseconds.
    pub(crate) stacks: Option<[Stacks; 2]>,
}

/// The charts of the cases that either side has records of.
pub(crate) fn charts(before: &[Vec<Record>], after: &[Vec<Record>]) -> BTreeMap<String, Charts> {
    let mut charts: BTreeMap<String, Charts> = BTreeMap::new();
    for (id, times) in distributions(before) {
        charts.entry(id.to_owned()).or_default().before = Some(times);
    }
    for (id, times) in distributions(after) {
        charts.entry(id.to_owned()).or_default().after = Some(times);
    }
    charts
}

/// Of each case, its times in all runs together.
fn distributions(runs: &[Vec<Record>]) -> impl Iterator<Item = (&str, Distribution)> {
    let mut histograms: HashMap<&str, Vec<_>> = HashMap::new();
    for record in runs.iter().flatten() {
        let of_case = histograms.entry(&record.case.id).or_default();
        of_case.extend(&record.histogram);
    }
    let all = histograms.into_iter();
    all.filter_map(|(id, histograms)| Some((id, Distribution::of(histograms)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture;

    #[test]
    fn the_runs_of_a_side_are_put_together() {
        let run = || vec![fixture::record("a::b", 0.0)];
        let charts = charts(&[run(), run()], &[run()]);
        let both = &charts["a::b"];
        let calls = |times: &Option<Distribution>| -> u64 {
            let times = times.as_ref().expect("there are calls");
            times.bins.iter().map(|(_, count)| count).sum()
        };
        assert_eq!((calls(&both.before), calls(&both.after)), (2_400, 1_200));
    }
}
