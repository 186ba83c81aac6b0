//! Vectors, exact error rates and exact expected calls of the e-process.

use super::*;

#[track_caller]
fn check(side: Side, p0: f64, n: u32, s: u32, expected: f64) {
    let mut process = EProcess::new(side, p0);
    for call in 0..n {
        process.add(if call < s { 1.0 } else { 0.0 });
    }
    assert!(
        (process.log_e() - expected).abs() < 1e-6,
        "{side:?} p0 {p0} ({n}, {s}): {}",
        process.log_e()
    );
    let closed = log_e_of(side, p0, f64::from(n), f64::from(s));
    assert!(
        (closed - expected).abs() < 1e-6,
        "closed form, {side:?} p0 {p0} ({n}, {s}): {closed}"
    );
    assert!(process.reaches(expected - 1e-5) && !process.reaches(expected + 1e-5));
}

#[track_caller]
fn check_sum(side: Side, p0: f64, ys: &[f64], expected: f64) {
    let mut process = EProcess::new(side, p0);
    ys.iter().for_each(|&y| process.add(y));
    assert!(
        (process.log_e() - expected).abs() < 1e-6,
        "{side:?} p0 {p0}: {}",
        process.log_e()
    );
}

#[test]
fn the_evidence_is_that_of_the_published_vectors() {
    check(Side::Pass, 0.01, 744, 0, 6.904494);
    check(Side::Pass, 0.01, 745, 0, 6.914315);
    check(Side::Pass, 0.01, 1000, 1, 5.086212);
    check(Side::Pass, 0.01, 3000, 15, 3.058156);
    check(Side::Fail, 0.01, 2, 2, 6.928962);
    check(Side::Fail, 0.01, 4, 3, 9.409055);
    check(Side::Fail, 0.01, 30, 4, 5.118297);
    check(Side::Fail, 0.01, 1000, 25, 6.214247);
    check(Side::Pass, 0.05, 146, 0, 6.913003);
    check(Side::Pass, 0.5, 11, 0, 7.009081);
    check(Side::Fail, 0.5, 12, 12, 6.984768);
    check(Side::Pass, 0.5, 63, 12, 11.310813);
    check(Side::Pass, 0.001, 7477, 0, 6.908284);
    check_sum(Side::Fail, 0.01, &[0.0, 0.02, 1.0, 0.5, 0.02], 5.609567);
    check_sum(Side::Pass, 0.25, &[0.2; 140], 8.407108);
}

#[test]
fn no_observation_is_no_evidence() {
    for side in [Side::Fail, Side::Pass] {
        assert!(EProcess::new(side, 0.3).log_e().abs() < 1e-12);
        assert!(log_e_of(side, 0.3, 0.0, 0.0).abs() < 1e-12);
    }
}

#[test]
fn the_expected_factor_never_exceeds_one_under_the_hypothesis() {
    for p0 in [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.95] {
        for step in 0..=100 {
            let share = f64::from(step) / 100.0;
            let (sound, broken) = (p0 * share, p0 + (1.0 - p0) * share);
            for (side, p) in [(Side::Fail, sound), (Side::Pass, broken)] {
                let factors = factors(side, p0);
                for (zero, one) in factors.zero.into_iter().zip(factors.one) {
                    let expected = (1.0 - p) * zero + p * one;
                    assert!(
                        expected <= 1.0 + 1e-12,
                        "{side:?} p0 {p0} p {p}: {expected}"
                    );
                    // The same mean from halves and from three unequal steps.
                    let at = |y: f64| (1.0 - y) * zero + y * one;
                    let spread = p.min(1.0 - p) / 2.0;
                    let halves = f64::midpoint(at(p - spread), at(p + spread));
                    let steps = (at(p - spread) * 2.0 + at(p + 2.0 * spread)) / 3.0;
                    assert!(
                        halves <= 1.0 + 1e-12 && steps <= 1.0 + 1e-12,
                        "{side:?} p0 {p0} p {p}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_two_sides_mirror_each_other_where_their_grids_agree() {
    // Both grids hold the shifts 0.35, 0.7 and 1.4; FAIL at p0 sees Y as PASS
    // at 1 - p0 sees 1 - Y.
    let (fail, pass) = (factors(Side::Fail, 0.2), factors(Side::Pass, 0.8));
    for part in 0..4 {
        assert!((fail.zero[part] - pass.one[part]).abs() < 1e-12);
        assert!((fail.one[part] - pass.zero[part]).abs() < 1e-12);
    }
    for grid in [FAIL_GRID, PASS_GRID] {
        assert!((grid.iter().map(|(weight, _)| weight).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn slots_never_give_less_evidence_than_the_closed_form_says() {
    let slots = [0.0, 0.1, 0.02, 0.5, 0.0, 0.3, 0.0, 0.04];
    for (side, p0) in [
        (Side::Fail, 0.01),
        (Side::Fail, 0.1),
        (Side::Pass, 0.25),
        (Side::Pass, 0.5),
    ] {
        let mut process = EProcess::new(side, p0);
        let mut sum = 0.0;
        for (count, y) in slots.into_iter().cycle().take(80).enumerate() {
            process.add(y);
            sum += y;
            let bound = log_e_of(side, p0, count as f64 + 1.0, sum);
            assert!(
                process.log_e() >= bound - 1e-9,
                "{side:?} {p0} after {count}"
            );
        }
    }
}

/// What happens to a process of independent calls of which the share `p` is
/// above the limit, exactly: by dynamic programming over (n, S).
struct Exact {
    passed: f64,
    failed: f64,
    expected_calls: f64,
}

fn exact(p0: f64, p: f64, alpha: Option<f64>, beta: Option<f64>, horizon: u32) -> Exact {
    let at_least = |side, n: u32, s: usize, rate: Option<f64>| {
        rate.is_some_and(|rate| log_e_of(side, p0, f64::from(n), s as f64) >= -rate.ln())
    };
    // The undecided are S = low .. low + mass.len(); what is below passed.
    let (mut low, mut mass) = (0_usize, vec![1.0_f64]);
    let mut found = Exact {
        passed: 0.0,
        failed: 0.0,
        expected_calls: 0.0,
    };
    for n in 1..=horizon {
        found.expected_calls += mass.iter().sum::<f64>();
        let mut next = vec![0.0; mass.len() + 1];
        for (at, &share) in mass.iter().enumerate() {
            next[at] += share * (1.0 - p);
            next[at + 1] += share * p;
        }
        while !next.is_empty() && at_least(Side::Pass, n, low, beta) {
            found.passed += next.remove(0);
            low += 1;
        }
        while next
            .last()
            .is_some_and(|_| at_least(Side::Fail, n, low + next.len() - 1, alpha))
        {
            found.failed += next.pop().unwrap_or_default();
        }
        // Shares too small to matter are dropped, so that the band stays narrow.
        while next.last().is_some_and(|&share| share < 1e-15) {
            next.pop();
        }
        mass = next;
        if mass.iter().sum::<f64>() < 1e-9 {
            break;
        }
    }
    found
}

#[test]
fn a_limit_at_its_true_quantile_is_misjudged_at_most_at_the_stated_rate() {
    for rate in [0.05, 0.01, 0.001] {
        let fail = exact(0.01, 0.01, Some(rate), None, 20_000).failed;
        let pass = exact(0.01, 0.01, None, Some(rate), 20_000).passed;
        assert!(
            fail <= rate && fail > rate * 0.3,
            "false FAIL {fail} at {rate}"
        );
        assert!(
            pass <= rate && pass > rate * 0.5,
            "false PASS {pass} at {rate}"
        );
    }
    for p0 in [0.1, 0.5] {
        assert!(exact(p0, p0, Some(1e-3), None, 5_000).failed <= 1e-3);
        assert!(exact(p0, p0, None, Some(1e-3), 5_000).passed <= 1e-3);
    }
}

#[test]
fn a_verdict_takes_the_expected_number_of_calls() {
    let rows = [
        (0.0, 745.0),
        (0.001, 1121.0),
        (0.005, 5231.0),
        (0.02, 2080.0),
        (0.05, 211.0),
        (0.5, 6.0),
        (1.0, 2.0),
    ];
    for (p, expected) in rows {
        let found = exact(0.01, p, Some(1e-3), Some(1e-3), 60_000);
        let off = (found.expected_calls / expected - 1.0).abs();
        // Whole numbers in the table: half a call matters only for the last rows.
        assert!(
            off < 0.01 || (found.expected_calls - expected).abs() < 0.5,
            "p {p}: {}",
            found.expected_calls
        );
        let right = if p < 0.01 { found.passed } else { found.failed };
        assert!(right > 0.998, "p {p}: {right}");
    }
}

#[test]
fn at_the_cap_the_three_verdicts_have_the_expected_shares() {
    let rows = [
        (3_000, 0.003, 0.78, 0.0),
        (3_000, 0.005, 0.19, 0.0),
        (3_000, 0.02, 0.0, 0.81),
        (10_000, 0.005, 0.95, 0.0),
        (10_000, 0.02, 0.0, 1.0),
    ];
    for (cap, p, passed, failed) in rows {
        let found = exact(0.01, p, Some(1e-3), Some(1e-3), cap);
        assert!(
            (found.passed - passed).abs() < 0.01 && (found.failed - failed).abs() < 0.01,
            "{cap} {p}: {} {}",
            found.passed,
            found.failed
        );
    }
}
