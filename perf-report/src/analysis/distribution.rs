//! The distribution of times, in as many bins as a chart can show.

use crate::model::record::Histogram;

/// Bins up to the 99th percentile, and beyond it.
const BODY: f64 = 72.0;
const TAIL: f64 = 24.0;

/// Numbers of calls by their time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Distribution {
    /// Lower edge in nanoseconds, and how many; ascending, none of them empty.
    pub(crate) bins: Vec<(f64, u64)>,
    /// The greatest time that is known, at least the last lower edge.
    pub(crate) max: f64,
}

impl Distribution {
    /// Of the histograms of some records, taken together.
    pub(crate) fn of<'a>(
        histograms: impl IntoIterator<Item = &'a Histogram>,
    ) -> Option<Distribution> {
        let buckets = histograms.into_iter().flat_map(|one| &one.buckets);
        let edges = buckets.map(|(edge, count)| (edge.0, *count));
        Distribution::of_buckets(edges.collect())
    }

    /// Of buckets in any order; `None` without a call.
    ///
    /// Bins are even by logarithms. Those of the body are narrower than those of the
    /// slowest hundredth, which may span decades.
    pub(crate) fn of_buckets(mut buckets: Vec<(f64, u64)>) -> Option<Distribution> {
        buckets.retain(|(edge, count)| *count > 0 && edge.is_finite());
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (max, _) = *buckets.last()?;
        let all: u64 = buckets.iter().map(|(_, count)| count).sum();
        let mut seen = 0;
        let (p99, _) = *buckets.iter().find(|(_, count)| {
            seen += count;
            seen as f64 >= 0.99 * all as f64
        })?;
        let least = buckets
            .iter()
            .map(|(edge, _)| *edge)
            .find(|edge| *edge > 0.0);
        let least = least.unwrap_or(1.0);
        let width = |from: f64, to: f64, bins: f64| ((to / from).ln() / bins).max(1e-3);
        let (body, tail) = (width(least, p99, BODY), width(p99.max(least), max, TAIL));
        let bin_of = |edge: f64| {
            if edge <= p99 {
                ((edge.max(least) / least).ln() / body) as i64
            } else {
                1_000 + ((edge / p99.max(least)).ln() / tail) as i64
            }
        };
        let mut bins: Vec<(f64, u64)> = Vec::new();
        let mut last = None;
        for (edge, count) in buckets {
            let bin = bin_of(edge);
            match bins.last_mut() {
                Some(open) if last == Some(bin) => open.1 += count,
                _ => bins.push((edge, count)),
            }
            last = Some(bin);
        }
        Some(Distribution { bins, max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_buckets_stay_as_they_are_and_many_lose_no_call() {
        let few = vec![(9e6, 600), (8.1e6, 300), (1e9, 1), (5.0, 0)];
        let few = Distribution::of_buckets(few).expect("calls");
        assert_eq!(few.bins, [(8.1e6, 300), (9e6, 600), (1e9, 1)]);
        assert_eq!(few.max, 1e9);
        let many: Vec<(f64, u64)> = (0..5_000)
            .map(|n| (100.0 * 1.001f64.powi(n), 1 + u64::from(n < 2_000) * 500))
            .collect();
        let calls: u64 = many.iter().map(|(_, count)| count).sum();
        let many = Distribution::of_buckets(many).expect("calls");
        assert!((70..=100).contains(&many.bins.len()), "{}", many.bins.len());
        assert_eq!(many.bins.iter().map(|(_, count)| count).sum::<u64>(), calls);
        assert!(many.bins.is_sorted_by(|a, b| a.0 < b.0));
        // The body is reported finely, however far the tail reaches.
        let body = many.bins.iter().filter(|(edge, _)| *edge < 740.0).count();
        assert!(body > 60, "{body}");
    }

    #[test]
    fn no_call_has_no_distribution_and_no_time_has_one() {
        assert_eq!(Distribution::of_buckets(vec![(1.0, 0)]), None);
        let nothing = Distribution::of_buckets(vec![(0.0, 7)]).expect("calls");
        assert_eq!(nothing.bins, [(0.0, 7)]);
    }
}
