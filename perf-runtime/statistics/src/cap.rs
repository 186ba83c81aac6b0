//! How much evidence a limit is given, and how much it needs.

use crate::eprocess::{Side, log_e_of};

/// A limit stays open for this many times the slots that a clean one needs at
/// 99.9 %.
pub const CAP: u64 = 20;
/// It also stays open for this many rounds: the process over rounds gains at
/// most -ln(p0) from each, which is little for a median.
pub const CAP_ROUNDS: u64 = 100;
/// The chance of being wrong at which a limit counts as clean.
pub const RARE: f64 = 1e-3;
/// A mean is judged on times up to this multiple of its limit.
pub const MEAN_REACH: f64 = 4.0;

/// The chance of a false FAIL that deadlines are made for.
const USUAL_FAIL: f64 = 1e-3;

/// What the evidence for FAIL must reach, as a logarithm: the chance of error is divided
/// among the time limits of a run (Bonferroni: good under any dependence, and cheap
/// because thresholds are logarithms).
pub fn fail_threshold(limits: u64, fail: f64) -> f64 {
    (limits.max(1) as f64 / fail).ln()
}

/// By how much more evidence a threshold takes than that of the only limit of a run at a
/// chance of error of 1 in 1,000, as a factor of 1 or more: a slow function is as broken
/// among a hundred others, and has to have the time to show it.
pub fn effort(threshold: f64) -> f64 {
    (threshold / fail_threshold(1, USUAL_FAIL)).max(1.0)
}

/// The fewest observations that prove a share of at most `p0` when `s` of them
/// are above; `None` where that is more than a million million.
pub fn needed(p0: f64, s: f64, beta: f64) -> Option<u64> {
    let proves = |n: f64| log_e_of(Side::Pass, p0, n, s) >= -beta.ln();
    let mut enough = s.ceil().max(1.0);
    while enough < 1e12 && !proves(enough) {
        enough *= 2.0;
    }
    if enough >= 1e12 {
        return None;
    }
    // Between the last power that was not enough and the first that was.
    let (mut low, mut high) = ((enough / 2.0).floor(), enough);
    while high - low > 1.0 {
        let middle = f64::midpoint(low, high).floor();
        if middle >= s && proves(middle) {
            high = middle
        } else {
            low = middle
        }
    }
    Some(high as u64)
}
