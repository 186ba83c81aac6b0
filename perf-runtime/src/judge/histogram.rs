//! The distribution of times at three significant digits.

/// Buckets an octave: each is at most 1/1024 of its lower bound wide, so its
/// middle is off by less than 0.05 %.
const PER_OCTAVE: u32 = 1 << MANTISSA_BITS;
const MANTISSA_BITS: u32 = 10;
/// What is below 2⁻¹⁰ ns counts as zero, and what is above 2⁶³ ns (292 years)
/// as that: it bounds the memory a wild value can cost.
const LOWEST: f64 = 1.0 / 1024.0;
const HIGHEST: f64 = (1_u64 << 63) as f64;

/// A log-linear histogram of nanoseconds.
///
/// The bucket of a value is the exponent and the first ten bits of the
/// mantissa of its `f64`: the layout of Gil Tene's HdrHistogram without its
/// integer unit. Least and greatest value are kept exactly.
///
/// NOTE: keeping every call was rejected: a 75 ns function makes millions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Histogram {
    /// Counts of the buckets `first..first + counts.len()`.
    counts: Vec<u64>,
    first: u32,
    total: u64,
    min: f64,
    max: f64,
}

impl Histogram {
    /// Counts one value; what is no number counts as zero.
    pub(crate) fn record(&mut self, ns: f64) {
        // `f64::max` returns the other side where one is no number.
        let ns = ns.max(0.0);
        self.add(bucket_of(ns), 1);
        self.min = if self.total == 0 {
            ns
        } else {
            self.min.min(ns)
        };
        self.max = if self.total == 0 {
            ns
        } else {
            self.max.max(ns)
        };
        self.total += 1;
    }

    /// The least value, exactly.
    pub(crate) fn min(&self) -> Option<f64> {
        (self.total > 0).then_some(self.min)
    }

    /// The greatest value, exactly.
    pub(crate) fn max(&self) -> Option<f64> {
        (self.total > 0).then_some(self.max)
    }

    /// The least value that has at least the share `q` of all values at or
    /// below it (the nearest-rank quantile, Hyndman and Fan 1996, type 1), to
    /// three digits.
    pub(crate) fn quantile(&self, q: f64) -> Option<f64> {
        // Without the small step back, 0.99 * 100 would ask for rank 100.
        let rank = (q * self.total as f64 - 1e-9).ceil().max(1.0) as u64;
        self.ranked(rank).map(|bucket| self.clamped(middle(bucket)))
    }

    /// The lower edge of the bucket of the value with `above` values above it
    /// (0: the greatest): at most that value.
    pub(crate) fn low_from_top(&self, above: u64) -> Option<f64> {
        let rank = self.total.checked_sub(above)?;
        self.ranked(rank)
            .map(|bucket| self.clamped(lower_edge(bucket)))
    }

    /// The upper edge of the bucket of the value with `above` values above it
    /// (0: the greatest): at least that value.
    pub(crate) fn high_from_top(&self, above: u64) -> Option<f64> {
        let rank = self.total.checked_sub(above)?;
        self.ranked(rank)
            .map(|bucket| self.clamped(lower_edge(bucket + 1)))
    }

    /// The buckets that are not empty: lower bound and count, ascending.
    pub(crate) fn buckets(&self) -> Vec<(f64, u64)> {
        let mut buckets = Vec::new();
        for at in 0..self.counts.len() {
            let (bucket, count) = (self.first + at as u32, self.counts[at]);
            if count > 0 {
                buckets.push((lower_edge(bucket), count));
            }
        }
        buckets
    }

    /// The bucket of the value with this rank, counted from 1.
    fn ranked(&self, rank: u64) -> Option<u32> {
        if rank == 0 || rank > self.total {
            return None;
        }
        let (mut seen, mut bucket) = (0, self.first);
        for count in &self.counts {
            seen += count;
            if seen >= rank {
                return Some(bucket);
            }
            bucket += 1;
        }
        None
    }

    fn clamped(&self, ns: f64) -> f64 {
        ns.clamp(self.min, self.max)
    }

    fn add(&mut self, bucket: u32, count: u64) {
        if self.counts.is_empty() {
            self.first = bucket;
        }
        if bucket < self.first {
            let missing = (self.first - bucket) as usize;
            let mut counts = vec![0; missing];
            counts.append(&mut self.counts);
            self.counts = counts;
            self.first = bucket;
        }
        let at = (bucket - self.first) as usize;
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += count;
    }
}

/// Bucket 0 is everything below [`LOWEST`]; the others follow without a gap.
fn bucket_of(ns: f64) -> u32 {
    if ns < LOWEST {
        0
    } else {
        leading_bits(ns.min(HIGHEST)) - leading_bits(LOWEST) + 1
    }
}

fn lower_edge(bucket: u32) -> f64 {
    if bucket == 0 {
        return 0.0;
    }
    let bits = u64::from(bucket - 1 + leading_bits(LOWEST)) << (52 - MANTISSA_BITS);
    f64::from_bits(bits)
}

fn middle(bucket: u32) -> f64 {
    f64::midpoint(lower_edge(bucket), lower_edge(bucket + 1))
}

/// Exponent and first bits of the mantissa: they order positive numbers.
fn leading_bits(ns: f64) -> u32 {
    (ns.to_bits() >> (52 - MANTISSA_BITS)) as u32
}

const _: () = assert!(
    PER_OCTAVE >= 1_000,
    "three significant digits need a thousand buckets an octave"
);

#[cfg(test)]
mod tests {
    use super::*;
    use perf_statistics::Random;

    fn of(values: &[f64]) -> Histogram {
        let mut histogram = Histogram::default();
        values.iter().for_each(|&value| histogram.record(value));
        histogram
    }

    #[test]
    fn every_value_is_kept_to_three_digits() {
        let mut random = Random::new(11);
        for _ in 0..20_000 {
            let value = (random.unit() * 35.0 - 5.0).exp();
            let bucket = bucket_of(value);
            let (low, high) = (lower_edge(bucket), lower_edge(bucket + 1));
            assert!(low <= value && value < high, "{low} {value} {high}");
            assert!((middle(bucket) / value - 1.0).abs() < 0.000_5, "{value}");
        }
    }

    #[test]
    fn quantiles_are_nearest_ranks() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        let histogram = of(&hundred);
        for (q, expected) in [
            (0.0, 1.0),
            (0.01, 1.0),
            (0.5, 50.0),
            (0.99, 99.0),
            (0.991, 100.0),
            (1.0, 100.0),
        ] {
            let found = histogram.quantile(q).unwrap();
            assert!((found / expected - 1.0).abs() < 0.001, "q {q}: {found}");
        }
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn quantiles_agree_with_the_sorted_calls() {
        let mut random = Random::new(5);
        let mut values: Vec<f64> = (0..9_999)
            .map(|_| 1e5 * (random.unit() * 4.0).exp())
            .collect();
        let histogram = of(&values);
        values.sort_by(f64::total_cmp);
        for q in [0.05, 0.25, 0.5, 0.9, 0.99, 0.999] {
            let exact = values[(q * 9_999.0_f64).ceil() as usize - 1];
            assert!(
                (histogram.quantile(q).unwrap() / exact - 1.0).abs() < 0.000_5,
                "{q}"
            );
        }
        for above in [0, 1, 99, 9_998] {
            let exact = values[values.len() - 1 - above];
            let (low, high) = (
                histogram.low_from_top(above as u64),
                histogram.high_from_top(above as u64),
            );
            assert!(low.unwrap() <= exact && exact <= high.unwrap(), "{above}");
        }
        assert_eq!(histogram.low_from_top(9_999), None);
    }

    #[test]
    fn ends_are_exact_and_a_constant_is_itself() {
        let histogram = of(&[1234.567, 1234.567, 1234.567]);
        assert_eq!(histogram.quantile(0.5), Some(1234.567));
        assert_eq!(
            (histogram.min(), histogram.max()),
            (Some(1234.567), Some(1234.567))
        );
    }

    #[test]
    fn wild_values_neither_break_it_nor_fill_the_memory() {
        let histogram = of(&[0.0, f64::NAN, -3.0, 0.3, f64::INFINITY, 1e300]);
        assert_eq!(histogram.total, 6);
        let buckets = histogram.buckets();
        assert_eq!(buckets.iter().map(|(_, count)| count).sum::<u64>(), 6);
        assert_eq!(buckets.first(), Some(&(0.0, 3)));
        assert!(histogram.counts.len() < 80_000);
    }
}
