//! Made-up histories for tests.

use std::sync::Arc;

use perf_grammar::{Mode, Verdict};

use super::archived::{
    ArchivedCase, ArchivedLimit, ArchivedRun, Counted, Counts, Measured, Part, Place, Times,
};
use crate::model::commit::Commit;
use crate::model::shard::Shard;

/// A whole run whose cases have these medians, in nanoseconds.
pub(crate) fn archived_run(id: &str, unix_time: u64, cases: &[(&str, f64)]) -> ArchivedRun {
    ArchivedRun {
        id: id.to_owned(),
        unix_time,
        commit: Some(Commit {
            hash: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            branch: Some("trunk".to_owned()),
            dirty: false,
        }),
        parts: vec![Part {
            shard: Shard::WHOLE,
            tool: "perf-report 0.1.0".to_owned(),
            exit: 0,
        }],
        cases: cases.iter().map(|(id, p50)| kept_case(id, *p50)).collect(),
    }
}

/// The place where [`archived_run`] is measured.
pub(crate) fn place() -> Place {
    Place {
        machine: "EPYC, 2 cores, x86_64, linux".to_owned(),
        words: "EPYC, 2 processors, linux x86_64".to_owned(),
        rustc: "rustc 1.95.0".to_owned(),
        profile: "release".to_owned(),
        unoptimised: false,
    }
}

fn kept_case(id: &str, p50: f64) -> ArchivedCase {
    ArchivedCase {
        id: id.to_owned(),
        outcome: Verdict::Pass,
        failure: None,
        measured: Some(Measured {
            place: Arc::new(place()),
            clock: "clean".to_owned(),
            runtime: "perf-runtime 0.1.0".to_owned(),
            times: Some(Times {
                calls: 1200,
                min: Some(p50 * 0.9),
                p50: Some(p50),
                p90: Some(p50 * 1.1),
                p95: Some(p50 * 1.2),
                p99: Some(p50 * 1.3),
                max: Some(p50 * 2.0),
                mean: Some(p50 * 1.05),
                wall_p50: Some(p50),
                waiting: Some(0.01),
            }),
            memory: Some(Counts {
                by: "perf-runtime".to_owned(),
                peak_bytes: Some(4096),
                allocs: 12,
                alloc_bytes: 8192,
                retained_bytes: 0,
            }),
            instructions: Some(Counted {
                tier: "callgrind".to_owned(),
                count: 1_000_000,
            }),
        }),
        limits: vec![ArchivedLimit {
            metric: "p99".to_owned(),
            of: None,
            unit: Some("ns".to_owned()),
            floor: false,
            mode: Mode::Hard,
            limit: Some(1e9),
            measured: Some(p50 * 1.3),
            verdict: Verdict::Pass,
            reason: None,
            waiver: None,
        }],
    }
}

/// A history of one case: runs a day apart, with these medians, each at another
/// commit.
pub(crate) fn history(case: &str, medians: &[f64]) -> Vec<ArchivedRun> {
    let of = |(nth, median): (usize, &f64)| {
        let mut run = archived_run(
            &format!("r{nth:03}"),
            1_795_000_000 + 86_400 * nth as u64,
            &[(case, *median)],
        );
        run.commit.as_mut().expect("it has one").hash =
            format!("{:010x}{}", 0xC0_0000 + nth, "0".repeat(30));
        run
    };
    medians.iter().enumerate().map(of).collect()
}
