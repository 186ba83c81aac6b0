//! Figures of one call and of one item: two types, so that they are compared with their own kind only.

use perf_grammar::Metric;

/// A figure of one call: nanoseconds, of a throughput too, or the metric's own unit.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct PerCall(pub(crate) f64);

/// A figure of one item, in the unit of the limit: of a throughput items in 1000 seconds.
/// Of what no item is known it is the figure of the call.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct PerItem(pub(crate) f64);

impl PerCall {
    /// What a limit is compared with.
    pub(crate) fn per_item(self, metric: Metric, items: u64) -> PerItem {
        match metric {
            Metric::Throughput if self.0 > 0.0 => PerItem(items as f64 * 1e12 / self.0),
            Metric::Throughput => PerItem(f64::INFINITY),
            metric if metric.is_per_item() => self.time_per_item(items),
            _ => PerItem(self.0),
        }
    }

    /// The same of a time.
    pub(crate) fn time_per_item(self, items: u64) -> PerItem {
        PerItem(self.0 / items as f64)
    }
}

impl PerItem {
    /// What calls are compared with.
    pub(crate) fn per_call(self, metric: Metric, items: u64) -> PerCall {
        PerCall(match metric {
            // This many items in 1000 s, which is 1e12 ns.
            Metric::Throughput => items as f64 * 1e12 / self.0,
            metric if metric.is_per_item() => items as f64 * self.0,
            _ => self.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_holds_as_many_items_as_the_case_says() {
        #[track_caller]
        fn check(key: &str, items: u64, call: f64, item: f64) {
            let metric = Metric::from_key(key).unwrap();
            let (call, item) = (PerCall(call), PerItem(item));
            assert_eq!(call.per_item(metric, items), item, "{key}");
            assert_eq!(item.per_call(metric, items), call, "{key}");
        }
        check("mean", 1_000, 9.3e6, 9_300.0);
        check("cpu", 10, 1e6, 1e5);
        check("ratio", 10, 1.5, 1.5);
        // 10 items in 1 ms are 10,000 a second.
        check("throughput", 10, 1e6, 10_000_000.0);
        let instant = PerCall(0.0).per_item(Metric::Throughput, 10);
        assert_eq!(instant, PerItem(f64::INFINITY));
    }
}
