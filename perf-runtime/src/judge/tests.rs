//! Each metric's test on calls that are written down.

use perf_grammar::{Metric, Quantile};

use super::*;
use crate::judge::evidence::Evidence;
use crate::judge::summary::Sample;

const ALLOWED: Permits = Permits { fail: true };
const ERRORS: Errors = Errors {
    fail: 1e-3,
    limits: 1,
    pass: 0.05,
};
const P99: Metric = Metric::Quantile(Quantile::P99);

fn call(judged_ns: f64) -> Call {
    Call {
        judged_ns,
        wall_ns: judged_ns,
        disturbed: Disturbed::No,
        failed: false,
    }
}

/// A judge of calls in microseconds, and the sample they went into.
struct Bench {
    judge: Judge,
    sample: Sample,
    permits: Permits,
}

fn bench(metric: Metric, limit_us: f64) -> Bench {
    Bench {
        judge: Judge::new(metric, PerCall(limit_us * 1e3), ERRORS, 50),
        sample: Sample::new(1),
        permits: ALLOWED,
    }
}

impl Bench {
    /// Rounds of 50 calls until it is decided: how many calls that took.
    fn until_decided(&mut self, mut us: impl FnMut(u64) -> f64) -> (Standing, u64) {
        let mut made = 0;
        while self.judge.wants_more() {
            let round: Vec<f64> = (0..50).map(|at| us(made + at)).collect();
            self.round(&round, 1);
            made += 50;
        }
        (self.judge.standing(), made)
    }

    fn round(&mut self, us: &[f64], slot: usize) {
        let calls: Vec<Call> = us.iter().map(|us| call(us * 1e3)).collect();
        calls
            .iter()
            .for_each(|call| self.sample.record(call.judged_ns, call.wall_ns));
        self.judge.accept(&calls, slot, self.permits);
    }

    fn evidence(&self) -> Evidence {
        self.judge.evidence(&self.sample, 0)
    }
}

#[test]
fn a_clean_p99_passes_with_the_calls_it_needs_and_no_more() {
    let mut clean = bench(P99, 200.0);
    assert_eq!(clean.until_decided(|_| 100.0), (Standing::Holds, 350));
    let evidence = clean.evidence();
    assert_eq!(
        (
            evidence.calls,
            evidence.above,
            evidence.rounds,
            evidence.slots
        ),
        (350, 0, 7, 350)
    );
    assert!(evidence.log_e_pass.unwrap() >= evidence.threshold_pass);
    assert_eq!(evidence.needed_calls, Some(339));
    assert_eq!(
        evidence.upper,
        Some(PerCall(100_000.0)),
        "a constant is its own greatest value"
    );
    assert_eq!(evidence.proves.unwrap().0.unwrap().to_string(), "p99_1");
}

#[test]
fn a_broken_p99_fails_after_two_rounds() {
    let mut broken = bench(P99, 50.0);
    assert_eq!(broken.until_decided(|_| 100.0), (Standing::Broken, 100));
    assert!(broken.evidence().lower.unwrap() >= PerCall(50_000.0));
    assert!(broken.judge.agrees(&broken.sample));
}

#[test]
fn an_exceedance_in_every_slot_of_one_round_is_not_a_broken_limit() {
    let mut bad_phase = bench(P99, 200.0);
    for round in 0..20 {
        bad_phase.round(&[if round == 7 { 900.0 } else { 100.0 }; 50], 1);
    }
    assert_eq!(
        bad_phase.judge.standing(),
        Standing::Holds,
        "it had passed before the phase"
    );
    let mut early_phase = bench(P99, 200.0);
    for round in 0..20 {
        early_phase.round(&[if round == 0 { 900.0 } else { 100.0 }; 50], 1);
    }
    assert_eq!(early_phase.judge.standing(), Standing::Open);
}

#[test]
fn a_p50_needs_five_rounds_and_its_reason_says_what_is_missing() {
    let mut median = bench(Metric::Quantile(Quantile::P50), 200.0);
    assert_eq!(median.until_decided(|_| 100.0), (Standing::Holds, 250));
    let mut few = bench(P99, 200.0);
    few.round(&[100.0; 30], 1);
    assert_eq!(few.judge.reason(), Undecided::TooFewCalls);
    assert_eq!(few.evidence().proves.unwrap().0.unwrap().to_string(), "p90");
    let mut near = bench(P99, 200.0);
    assert_eq!(
        near.until_decided(|at| if at % 100 == 3 { 300.0 } else { 100.0 })
            .0,
        Standing::Open
    );
    assert_eq!(near.judge.reason(), Undecided::Boundary);
    assert_eq!(near.evidence().proves, None);
}

#[test]
fn a_median_that_so_few_rounds_could_not_have_broken_has_too_few() {
    let mut slow = bench(Metric::Quantile(Quantile::P50), 50.0);
    for _ in 0..11 {
        slow.round(&[100.0], 1);
    }
    assert_eq!(
        (slow.judge.standing(), slow.judge.reason()),
        (Standing::Open, Undecided::TooFewCalls)
    );
    slow.round(&[100.0], 1);
    assert_eq!(slow.judge.standing(), Standing::Broken, "12 of 12");
}

#[test]
fn a_slot_of_short_calls_counts_once_and_its_share_is_kept() {
    let mut slots = bench(P99, 2.0);
    for _ in 0..6 {
        slots.round(&[1.0; 500], 10);
    }
    assert_eq!(slots.evidence().slots, 300);
    assert_eq!(
        slots.judge.standing(),
        Standing::Open,
        "3,000 calls are 300 slots, not yet 339"
    );
    assert_eq!(slots.evidence().needed_calls, Some(3_390));
    slots.round(&[1.0; 507], 10);
    assert_eq!(
        slots.evidence().slots,
        350,
        "what is left over joins the last slot"
    );
    assert_eq!(slots.judge.standing(), Standing::Holds);
}

#[test]
fn calls_that_come_near_the_limit_together_count_for_less_and_others_do_not() {
    // Five calls in fifty are slow: in a row, or each by itself.
    let bursts = |at: u64| if at % 50 < 5 { 90.0 } else { 50.0 };
    let single = |at: u64| if at % 10 == 3 { 90.0 } else { 50.0 };
    let (standing, calls) = bench(P99, 100.0).until_decided(single);
    assert_eq!((standing, calls), (Standing::Holds, 350));
    let mut near = bench(P99, 100.0);
    let (standing, calls) = near.until_decided(bursts);
    assert_eq!(standing, Standing::Holds);
    assert!((339 * 4..=339 * 8 + 50).contains(&calls), "{calls}");
    assert!(
        near.evidence().slots < calls / 3,
        "{}",
        near.evidence().slots
    );
    let (standing, calls) = bench(P99, 150.0).until_decided(bursts);
    assert_eq!(
        (standing, calls),
        (Standing::Holds, 350),
        "far from the limit"
    );
}

#[test]
fn too_few_calls_that_come_together_are_said_to_be_too_few() {
    let mut near = bench(P99, 100.0);
    for _ in 0..10 {
        let round: Vec<f64> = (0..50)
            .map(|at| if at < 20 { 90.0 } else { 50.0 })
            .collect();
        near.round(&round, 1);
    }
    assert_eq!(
        (near.judge.standing(), near.judge.reason()),
        (Standing::Open, Undecided::TooFewCalls)
    );
    assert!(near.evidence().needed_calls > Some(1_000));
}

#[test]
fn a_constant_ten_percent_over_its_mean_fails_and_ten_under_passes() {
    let (standing, calls) = bench(Metric::Mean, 100.0).until_decided(|_| 110.0);
    assert!(
        standing == Standing::Broken && calls <= 1_000,
        "{standing:?} {calls}"
    );
    let (standing, calls) = bench(Metric::Throughput, 100.0).until_decided(|_| 90.0);
    assert!(
        standing == Standing::Holds && calls <= 300,
        "{standing:?} {calls}"
    );
}

#[test]
fn a_mean_that_rare_slow_calls_break_fails_and_counts_them() {
    let mut rare = bench(Metric::Mean, 100.0);
    // Mean 90 + 0.02 * 1910 = 128: most rounds of 50 hold one such call.
    let (standing, _) = rare.until_decided(|at| if at % 50 == 7 { 2_000.0 } else { 90.0 });
    assert_eq!(
        standing,
        Standing::Open,
        "min(t, 4M) has a mean of 96, which is no breach; t has 128, which is no pass"
    );
    assert!(rare.evidence().above > 100);
    let (standing, _) =
        bench(Metric::Mean, 100.0).until_decided(|at| if at % 10 == 7 { 2_000.0 } else { 90.0 });
    assert_eq!(standing, Standing::Broken);
}

#[test]
fn a_minimum_passes_at_the_first_call_below_and_fails_when_none_is() {
    let mut holds = bench(Metric::Min, 100.0);
    assert_eq!(
        holds.until_decided(|at| if at == 33 { 99.0 } else { 500.0 }),
        (Standing::Holds, 50)
    );
    let mut broken = bench(Metric::Min, 100.0);
    let (standing, calls) = broken.until_decided(|_| 101.0);
    assert_eq!(standing, Standing::Broken);
    assert!((500..=700).contains(&calls), "{calls}");
    assert_eq!(broken.evidence().log_e_pass, None);
    let mut few = bench(Metric::Min, 100.0);
    few.round(&[101.0; 5], 1);
    assert_eq!(few.judge.reason(), Undecided::TooFewCalls);
}

#[test]
fn a_maximum_is_broken_by_two_rounds_and_held_by_690_calls() {
    let mut once = bench(Metric::Max, 100.0);
    assert_eq!(
        once.until_decided(|at| if at < 40 { 101.0 } else { 50.0 })
            .0,
        Standing::Open
    );
    assert_eq!(once.judge.reason(), Undecided::SingleRound);
    let mut twice = bench(Metric::Max, 100.0);
    assert_eq!(
        twice.until_decided(|at| if at % 50 == 49 { 101.0 } else { 50.0 }),
        (Standing::Broken, 100)
    );
    let mut clean = bench(Metric::Max, 100.0);
    assert_eq!(clean.until_decided(|_| 50.0), (Standing::Holds, 700));
    clean.round(&[50.0, 500.0], 1);
    assert_eq!(
        clean.judge.standing(),
        Standing::Open,
        "a later call took the verdict back"
    );
    assert!(clean.judge.wants_more());
}

#[test]
fn a_maximum_of_a_slow_function_passes_when_the_time_is_up() {
    let mut slow = bench(Metric::Max, 100.0);
    slow.round(&[50.0; 4], 1);
    slow.judge.close();
    assert_eq!(
        (slow.judge.standing(), slow.judge.reason()),
        (Standing::Open, Undecided::TooFewCalls)
    );
    slow.round(&[50.0], 1);
    slow.judge.close();
    assert_eq!(slow.judge.standing(), Standing::Holds);
}

#[test]
fn dropped_calls_are_not_judged() {
    let mut judge = Judge::new(P99, PerCall(100e3), ERRORS, 50);
    let dropped = Call {
        disturbed: Disturbed::Dropped,
        ..call(1e9)
    };
    for _ in 0..10 {
        judge.accept(&[dropped, call(50e3), dropped, dropped], 2, ALLOWED);
    }
    let evidence = judge.evidence(&Sample::new(1), 0);
    assert_eq!(
        (evidence.calls, evidence.above, evidence.slots),
        (10, 0, 10)
    );
}

#[test]
fn nothing_is_decided_that_the_machine_does_not_permit() {
    let mut broken = bench(P99, 50.0);
    broken.permits = Permits { fail: false };
    assert_eq!(broken.until_decided(|_| 100.0).0, Standing::Open);
    let mut clean = bench(P99, 200.0);
    clean.permits = Permits { fail: false };
    assert_eq!(
        clean.until_decided(|_| 100.0).0,
        Standing::Holds,
        "nothing hinders a pass"
    );
    let mut disturbed = bench(Metric::Max, 50.0);
    disturbed.permits = Permits { fail: false };
    assert_eq!(disturbed.until_decided(|_| 100.0).0, Standing::Open);
}

#[test]
fn more_limits_in_the_run_need_more_evidence_to_fail_and_no_more_to_pass() {
    let many = Errors {
        limits: 50,
        ..ERRORS
    };
    assert!((many.threshold_fail() - ERRORS.threshold_fail() - 50_f64.ln()).abs() < 1e-12);
    assert_eq!(many.threshold_pass(), ERRORS.threshold_pass());
    let mut judge = Judge::new(P99, PerCall(50e3), many, 50);
    let mut rounds = 0;
    while judge.standing() == Standing::Open {
        judge.accept(&[call(100e3); 50], 1, ALLOWED);
        rounds += 1;
    }
    assert_eq!(rounds, 3);
}

#[test]
fn what_is_not_certain_of_a_call_is_evidence_for_neither_side() {
    let disturbed = |disturbed, judged_us: f64, wall_us: f64| Call {
        wall_ns: wall_us * 1e3,
        disturbed,
        ..call(judged_us * 1e3)
    };
    let stands = |metric, calls: &[Call]| {
        let mut judge = Judge::new(metric, PerCall(200e3), ERRORS, 50);
        let mut calls = calls.iter().copied().cycle();
        for _ in 0..100 {
            let round: Vec<Call> = (&mut calls).take(50).collect();
            judge.accept(&round, 1, ALLOWED);
        }
        judge.standing()
    };
    let p50 = Metric::Quantile(Quantile::P50);
    for metric in [P99, p50, Metric::Mean, Metric::Max, Metric::Min] {
        let row =
            |calls: &[Call], expected| assert_eq!(stands(metric, calls), expected, "{metric:?}");
        let dropped = |wall_us| disturbed(Disturbed::Dropped, wall_us, wall_us);
        // Whatever was waited, it took no longer than it took by the wall.
        row(&[call(100e3), dropped(150.0)], Standing::Holds);
        // How long it waited is not known: it may be sound or broken.
        row(&[dropped(900.0)], Standing::Open);
        // Being pre-empted costs a call up to 100 us that are not its own.
        let preempted = |us| disturbed(Disturbed::Preempted, us, 5_000.0);
        row(&[preempted(150.0)], Standing::Holds);
        // A function that yields is pre-empted each time.
        row(&[preempted(250.0)], Standing::Broken);
    }
    // One in ten is the machine's.
    let mixed = |us| {
        [
            &[call(100e3); 9][..],
            &[disturbed(Disturbed::Preempted, us, 5e3)],
        ]
        .concat()
    };
    for metric in [P99, Metric::Max] {
        assert_eq!(stands(metric, &mixed(250.0)), Standing::Open, "{metric:?}");
        assert_eq!(
            stands(metric, &mixed(350.0)),
            Standing::Broken,
            "{metric:?}"
        );
    }
    let unknown = disturbed(Disturbed::Dropped, 0.0, 150.0);
    assert_eq!(stands(P99, &[unknown]), Standing::Holds);
    // Slow calls are not lost among those whose waiting is unknown.
    let slow = [call(900e3), disturbed(Disturbed::Dropped, 900.0, 900.0)];
    assert_eq!(stands(P99, &slow), Standing::Broken);
}
