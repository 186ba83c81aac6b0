//! The power is proved by simulation: trials as the runtime makes them, of calls drawn
//! from the distribution that was measured.

use perf_statistics::{EProcess, Random};

use super::*;

const TRIALS: u32 = 100;

/// A limit at `factor` times the quantile or mean of calls with a tail.
fn power(metric: Metric, factor: f64) -> Power {
    // 100 µs, 2 % of them half as slow again, 1 in 300 three times.
    let times = vec![
        (95e3, 400.0),
        (100e3, 400.0),
        (105e3, 177.0),
        (150e3, 20.0),
        (300e3, 3.0),
    ];
    let all: f64 = times.iter().map(|(_, count)| count).sum();
    let of_share = |share: f64| {
        let mut above = 0.0;
        let mut from_the_top = times.iter().rev();
        let found = from_the_top.find(|(_, count)| {
            above += count;
            above > (1.0 - share) * all
        });
        found.map_or(0.0, |(ns, _)| *ns)
    };
    let base = match metric {
        Metric::Quantile(quantile) => of_share(quantile.share()),
        Metric::Min => 95e3,
        Metric::Max => 300e3,
        _ => times.iter().map(|(ns, count)| ns * count).sum::<f64>() / all,
    };
    Power {
        metric,
        limit_ns: factor * base,
        times,
        threshold: (50.0_f64 / 1e-3).ln(),
        calls_per_slot: 1.0,
        slots_per_round: 50.0,
        most_ns: 100e9,
        items: 1.0,
    }
}

/// How many of the trials call it broken, each with its confirmation.
fn red(power: &Power, factor: f64, random: &mut Random) -> f64 {
    let red = (0..TRIALS)
        .filter(|_| trial_is_red(power, factor, random) && trial_is_red(power, factor, random));
    red.count() as f64 / f64::from(TRIALS)
}

fn trial_is_red(power: &Power, factor: f64, random: &mut Random) -> bool {
    let fail = |p0| EProcess::new(Side::Fail, p0);
    let trial = power.trial(factor);
    let of_round = (trial.slots / trial.rounds).round();
    let (p0, of_mean, of_sign) = match power.metric {
        Metric::Quantile(quantile) => (share_above(quantile), true, None),
        Metric::Min => (MIN_SHARE, false, Some(MIN_SHARE.powf(of_round).max(0.5))),
        _ => (0.25, true, Some(0.5)),
    };
    let (mut slots, mut means, mut signs) = (fail(p0), fail(p0), fail(of_sign.unwrap_or(0.5)));
    let all: f64 = power.times.iter().map(|(_, count)| count).sum();
    let mut rounds_above = 0;
    for round in 1..=trial.rounds as usize {
        let (mut sum, mut total, mut least) = (0.0, 0.0, f64::INFINITY);
        let mut greatest: f64 = 0.0;
        for _ in 0..of_round as usize {
            let mut at = random.unit() * all;
            let drawn = power.times.iter().find(|(_, count)| {
                at -= count;
                at < 0.0
            });
            let ns = drawn.map_or(0.0, |(ns, _)| ns * factor);
            let reach = MEAN_REACH * power.limit_ns;
            let y = match power.metric {
                Metric::Mean => ns.min(reach) / reach,
                _ => f64::from(u8::from(ns > power.limit_ns)),
            };
            slots.add(y);
            sum += y;
            total += ns;
            (least, greatest) = (least.min(ns), greatest.max(ns));
        }
        means.add(sum / of_round);
        let above = match power.metric {
            Metric::Min => least > power.limit_ns,
            _ => total / of_round > power.limit_ns,
        };
        signs.add(f64::from(u8::from(above)));
        rounds_above += usize::from(greatest > power.limit_ns);
        if power.metric == Metric::Max {
            if rounds_above >= 2 {
                return true;
            }
            continue;
        }
        let rounds = match (of_mean, of_sign) {
            (true, None) => means.log_e(),
            (false, _) => signs.log_e(),
            (true, Some(_)) => {
                let (one, other) = (means.log_e(), signs.log_e());
                let greater = one.max(other);
                greater + ((one - greater).exp() + (other - greater).exp()).ln() - LN_2
            }
        };
        if round >= 2 && slots.reaches(power.threshold) && rounds >= power.threshold {
            return true;
        }
    }
    false
}

#[test]
fn the_smallest_slowdown_is_caught_as_often_as_is_said_and_no_much_smaller_one_is() {
    let mut random = Random::new(17);
    // Four standard deviations of a share of 95 % in this many trials.
    let slack = 4.0 * (MISS * (1.0 - MISS) / f64::from(TRIALS)).sqrt();
    for (metric, headroom) in [
        (Metric::Quantile(Quantile::P50), 1.2),
        (Metric::Quantile(Quantile::from_millionths(900_000)), 1.2),
        (Metric::Quantile(Quantile::P99), 1.5),
        (Metric::Mean, 1.1),
        (Metric::Mean, 1.5),
        (Metric::Min, 1.3),
        (Metric::Max, 1.5),
    ] {
        let power = power(metric, headroom);
        let smallest = power.smallest().expect("a slowdown is caught");
        assert!(
            smallest > 1.0 && smallest < 2.5 * headroom,
            "{metric}: {smallest}"
        );
        let at = red(&power, smallest * 1.000_001, &mut random);
        assert!(at >= 1.0 - MISS - slack, "{metric}: {at} at {smallest}");
        // Of a fifth of it there is no such certainty: the figure is no empty promise.
        let less = 1.0 + (smallest - 1.0) / 5.0;
        let below = red(&power, less, &mut random);
        assert!(
            below < 1.0 - MISS,
            "{metric}: {below} at {less} of {smallest}"
        );
    }
}

#[test]
fn where_no_call_fits_no_slowdown_is_caught() {
    let mut slow = power(Metric::Quantile(Quantile::P50), 2.0);
    for (ns, _) in &mut slow.times {
        *ns *= 1e5;
    }
    (slow.limit_ns, slow.slots_per_round) = (2e10, 1.0);
    assert_eq!(
        slow.smallest(),
        None,
        "ten calls of ten seconds prove no median"
    );
    slow.metric = Metric::Quantile(Quantile::P99);
    assert!(
        slow.smallest()
            .is_some_and(|factor| (1.9..2.2).contains(&factor))
    );
}

#[test]
fn a_limit_with_more_room_catches_less() {
    let smallest = |headroom| {
        let power = power(Metric::Quantile(Quantile::P99), headroom);
        power.smallest().expect("a slowdown is caught")
    };
    let found = [1.2, 2.0, 10.0, 45.0].map(smallest);
    assert!(found.is_sorted() && found[3] > 20.0, "{found:?}");
}
