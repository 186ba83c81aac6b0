//! What a number of calls can prove, and what they proved.

use perf_grammar::Quantile;

use crate::model::figure::PerCall;
pub(crate) use perf_statistics::needed;
use perf_statistics::{Side, log_e_of};

/// All that stands behind one verdict on a time limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Evidence {
    /// The value of the limited metric itself; `None` where nothing was timed.
    pub(crate) measured: Option<PerCall>,
    /// Calls that were judged; dropped ones are not among them.
    pub(crate) calls: u64,
    /// Calls a timed unit holds: 1 where every call was timed by itself.
    pub(crate) batch: u64,
    /// Units above the limit; of a mean or throughput, units above four times
    /// the limit, which the test counts as four times.
    pub(crate) above: u64,
    /// Rounds that held at least one judged call.
    pub(crate) rounds: u64,
    /// Units of evidence: slots of at least about 100 µs; where those are seen
    /// to depend on each other, as many as they are worth.
    pub(crate) slots: u64,
    /// The least value the metric can have, at the run's false-fail rate.
    /// Quantiles and first calls only.
    pub(crate) lower: Option<PerCall>,
    /// The greatest value it can have, at the false-pass rate. Quantiles and
    /// first calls only, and only once there are enough for one.
    pub(crate) upper: Option<PerCall>,
    /// Logarithm of the evidence that it is broken: the lesser of the process
    /// over slots and the process over rounds. `None` where the metric is not
    /// judged by a process.
    pub(crate) log_e_fail: Option<f64>,
    /// Logarithm of the evidence that it holds.
    pub(crate) log_e_pass: Option<f64>,
    /// What `log_e_fail` must reach.
    pub(crate) threshold_fail: f64,
    /// What `log_e_pass` must reach.
    pub(crate) threshold_pass: f64,
    /// Calls that would be enough to prove that it holds, with as many above
    /// as there were. Quantiles, maxima and first calls only.
    pub(crate) needed_calls: Option<u64>,
    /// Calls that would be enough to prove that it is broken, one a round, if they
    /// went on as those so far; `None` where no number would.
    pub(crate) breaking_calls: Option<u64>,
    /// The highest quantiles these calls prove to be at or below the limit, at
    /// 95 % and at 99.9 %. Quantiles only, and only while no call is above.
    pub(crate) proves: Option<(Option<Quantile>, Option<Quantile>)>,
    /// Wall time from the first to the last judged round, nanoseconds.
    pub(crate) span_ns: u64,
    /// The least, some quantiles and the greatest of what was observed, where
    /// that is something else than the timed calls of the case: spans, first
    /// calls.
    pub(crate) spread: Vec<(&'static str, PerCall)>,
}

impl Evidence {
    /// Nothing was observed.
    pub(crate) const fn none() -> Evidence {
        Evidence {
            measured: None,
            calls: 0,
            batch: 1,
            above: 0,
            rounds: 0,
            slots: 0,
            lower: None,
            upper: None,
            log_e_fail: None,
            log_e_pass: None,
            threshold_fail: 0.0,
            threshold_pass: 0.0,
            needed_calls: None,
            breaking_calls: None,
            proves: None,
            span_ns: 0,
            spread: Vec::new(),
        }
    }
}

/// The interval of a quantile that `n` independent calls give, at any time:
/// the quantile with the share `p0` above it lies between the `f`-th and the
/// `(s + 1)`-th largest call, for the returned `(s, f)`. Wrong with
/// probability at most `beta` above and `alpha` below.
///
/// `s` is the largest count above a limit at which these calls would prove that
/// it holds, `f` the smallest at which they would prove it broken (the
/// confidence sequence of Howard and Ramdas, *Bernoulli* 28(3), 2022, from
/// these e-processes); `None` where no count does.
#[cfg(test)]
pub(crate) fn interval(n: u64, p0: f64, alpha: f64, beta: f64) -> (Option<u64>, Option<u64>) {
    let (sound, broken) = bounds(n as f64, p0, alpha, beta);
    (
        sound.map(|s| s.floor() as u64),
        broken.map(|s| s.ceil() as u64),
    )
}

/// As [`interval`], for a sum of slots, which need not be whole: what the
/// closed form concludes is true for fractional slots too.
pub(crate) fn bounds(n: f64, p0: f64, alpha: f64, beta: f64) -> (Option<f64>, Option<f64>) {
    let proves = |s: f64| log_e_of(Side::Pass, p0, n, s) >= -beta.ln();
    let breaks = |s: f64| log_e_of(Side::Fail, p0, n, s) >= -alpha.ln();
    (
        proves(0.0).then(|| edge(0.0, n, proves).0),
        (n > 0.0 && breaks(n)).then(|| edge(n, 0.0, breaks).0),
    )
}

/// The fewest observations of the mean `y` that prove a mean above `p0`, where the
/// evidence must reach `log_threshold`; `None` where that is more than a million.
pub(crate) fn breaking(p0: f64, y: f64, log_threshold: f64) -> Option<u64> {
    let breaks = |n: u64| log_e_of(Side::Fail, p0, n as f64, n as f64 * y) >= log_threshold;
    let enough = (0..=20).map(|power| 1_u64 << power).find(|n| breaks(*n))?;
    let (mut low, mut high) = (enough / 2, enough);
    while high - low > 1 {
        let middle = low.midpoint(high);
        if breaks(middle) {
            high = middle
        } else {
            low = middle
        }
    }
    Some(high)
}

/// The highest quantile that `n` observations prove to lie at or below a limit
/// when none of them is above; in whole percents up to p99, in tenths and
/// hundredths beyond.
///
/// This is the likelihood ratio of "never" against `p0`, itself an
/// e-process and so good at any time; it needs 12 % fewer calls than the mixture that
/// gives verdicts, and is worth nothing as soon as one call is above.
pub(crate) fn provable(n: u64, beta: f64) -> Option<Quantile> {
    let share = (beta.ln() / n as f64).exp();
    let (mut proved, mut rung) = (None, 10_000);
    while rung <= 999_900 && f64::from(rung) / 1e6 <= share {
        proved = Some(Quantile::from_millionths(rung));
        rung += match rung {
            ..990_000 => 10_000,
            990_000..999_000 => 1_000,
            _ => 100,
        };
    }
    proved
}

/// Where `holds` changes between a place where it is true and one where it may
/// not be: the last true place of a bisection, and the first that is not.
fn edge(mut yes: f64, mut no: f64, holds: impl Fn(f64) -> bool) -> (f64, f64) {
    if holds(no) {
        return (no, no);
    }
    for _ in 0..44 {
        let middle = f64::midpoint(yes, no);
        if holds(middle) {
            yes = middle
        } else {
            no = middle
        }
    }
    (yes, no)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RARE: f64 = 1e-3;

    #[test]
    fn the_interval_is_that_of_the_published_rows() {
        for (n, s, f) in [
            (745, 0, 22),
            (1_000, 0, 26),
            (3_000, 10, 55),
            (10_000, 60, 145),
        ] {
            assert_eq!(interval(n, 0.01, RARE, RARE), (Some(s), Some(f)), "{n}");
        }
        assert_eq!(interval(744, 0.01, RARE, RARE).0, None);
        assert_eq!(interval(1, 0.01, RARE, RARE), (None, None));
        assert_eq!(interval(0, 0.01, RARE, RARE), (None, None));
        assert_eq!(interval(2, 0.01, RARE, RARE).1, Some(2));
    }

    #[test]
    fn a_proof_needs_as_many_calls_as_the_published_rows_say() {
        for (s, n) in [745, 1229, 1439, 1643, 1840].into_iter().enumerate() {
            assert_eq!(needed(0.01, s as f64, RARE), Some(n), "{s} above, 99.9 %");
        }
        for (s, n) in [339, 728, 923, 1110, 1290].into_iter().enumerate() {
            assert_eq!(needed(0.01, s as f64, 0.05), Some(n), "{s} above, 95 %");
        }
        for (p0, n) in [(0.5, 11), (0.1, 72), (0.05, 146), (0.001, 7477)] {
            assert_eq!(needed(p0, 0.0, RARE), Some(n), "p0 {p0}");
        }
    }

    #[test]
    fn a_few_clean_calls_prove_a_low_quantile() {
        let percent = |n: u64, beta: f64| provable(n, beta).map_or(0, |q| q.millionths() / 10_000);
        // Never rounded up: 5 calls prove p54.9 and p25.1.
        let rows = [
            (5, 54, 25),
            (10, 74, 50),
            (20, 86, 70),
            (30, 90, 79),
            (50, 94, 87),
            (100, 97, 93),
        ];
        for (n, likely, rare) in rows {
            assert_eq!((percent(n, 0.05), percent(n, RARE)), (likely, rare), "{n}");
        }
        assert_eq!(provable(688, RARE), Some(Quantile::P99));
        assert_eq!(
            provable(687, RARE),
            Some(Quantile::from_millionths(980_000))
        );
        assert_eq!(
            provable(6_905, RARE),
            Some(Quantile::from_millionths(999_000))
        );
        assert_eq!(provable(1, RARE), None);
        assert_eq!(provable(0, 0.05), None);
    }
}
