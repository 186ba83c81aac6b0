//! Further calls, to learn where the heaviest allocates.

use super::{Driver, Repeats, WarmUp};
use crate::model::sample::{CallMemory, Failure, Memory, Scope};
use crate::model::subject::{Runner, Subject};
use crate::report::alloc_sites::{Allocations, Weight};
use crate::system::alloc::{Capture, Log, Watch};
use crate::system::clock::Stopwatch;

impl Driver {
    /// Makes a call that is as heavy as the largest that was `counted`, and says where
    /// it allocated: the `most` heaviest places of each order, and all others as one;
    /// `None` if the function ended without a call. Where calls differ, as many are
    /// made as were counted, and the heaviest of them stands for all.
    ///
    /// # Errors
    /// If the function panics, or returns an `Err`.
    pub(crate) fn capture(
        &mut self,
        scope: Scope,
        counted: &Memory,
        weight: Option<Weight>,
        most: usize,
    ) -> Result<Option<Allocations>, Failure> {
        let mut runner = CaptureRunner {
            scope,
            warm_up: self.warm_up(),
            tries: Tries::of(counted, weight),
            log: None,
            heaviest: i64::MIN,
            made: 0,
            error: None,
        };
        let entered = self.enter(&mut runner);
        self.made += runner.made;
        entered?;
        if let Some(error) = runner.error {
            return Err(Failure::Error(error));
        }
        Ok(runner.log.map(|log| log.resolve(most)))
    }
}

/// Which call is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tries {
    /// What is looked at, where calls differ in it.
    weight: Weight,
    /// As much as the largest call took.
    enough: i64,
    /// Calls that are made for it at most.
    most: u64,
}

impl Tries {
    /// `weight` is what is broken; a profile of a sound case is of its peak.
    fn of(counted: &Memory, weight: Option<Weight>) -> Tries {
        let weight = weight.unwrap_or(Weight::Peak);
        let spreads = &counted.spreads;
        let spread = match weight {
            Weight::Peak => spreads.peak_bytes,
            Weight::Allocations => spreads.allocs,
            Weight::Bytes => spreads.alloc_bytes,
            Weight::End => spreads.retained_bytes,
        };
        Tries {
            weight,
            enough: figure(weight, &counted.largest),
            most: spread.map_or(1, |_| counted.calls),
        }
    }
}

fn figure(weight: Weight, call: &CallMemory) -> i64 {
    match weight {
        Weight::Peak => call.peak_bytes.unwrap_or(0).cast_signed(),
        Weight::Allocations => call.allocs.cast_signed(),
        Weight::Bytes => call.alloc_bytes.cast_signed(),
        Weight::End => call.retained_bytes,
    }
}

/// Records a call instead of timing it.
struct CaptureRunner {
    scope: Scope,
    warm_up: WarmUp,
    tries: Tries,
    log: Option<Log>,
    /// What the recorded call took.
    heaviest: i64,
    made: u64,
    error: Option<String>,
}

impl CaptureRunner {
    /// Captures one call; what it took.
    fn one(&mut self, subject: &mut dyn Subject) -> (Log, i64) {
        subject.prepare(1);
        let capture = Capture::start(self.scope);
        let counts = Watch::Ours(self.scope)
            .counted(&mut || subject.call())
            .counts;
        let log = capture.finish();
        self.error = subject.finish();
        self.made += 1;
        let call = CallMemory {
            peak_bytes: Some(counts.peak_bytes),
            allocs: counts.allocs,
            alloc_bytes: counts.alloc_bytes,
            retained_bytes: counts.retained_bytes,
        };
        (log, figure(self.tries.weight, &call))
    }
}

impl Runner for CaptureRunner {
    fn run(&mut self, subject: &mut dyn Subject) {
        let start = Stopwatch::start();
        while self
            .warm_up
            .goes_on(self.made, start.elapsed_ns(), Repeats::OF_A_LIMIT)
        {
            subject.prepare(1);
            subject.call();
            self.error = subject.finish();
            self.made += 1;
            if self.error.is_some() {
                return;
            }
        }
        for _ in 0..self.tries.most {
            let (log, took) = self.one(subject);
            if self.log.is_none() || took > self.heaviest {
                (self.log, self.heaviest) = (Some(log), took);
            }
            if self.error.is_some() || self.heaviest >= self.tries.enough {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;
    use crate::model::case::{Case, Clock};
    use crate::model::sample::By;
    use crate::model::subject::Body;
    use crate::report::alloc_sites::{Home, Weight, lines};

    #[inline(never)]
    fn reads_all() -> Vec<u64> {
        black_box(Vec::with_capacity(100))
    }

    static CALLS: Case = Case::fixture(Body::Calls(|| {
        crate::private::calls(|| black_box(vec![1_u8; 5000]), |_| reads_all(), |_| None)
    }));
    static PANICS: Case = Case::fixture(Body::Bencher(|b| {
        b.iter(|| -> Vec<u8> { panic!("no {}", black_box(vec![1_u8; 50]).len()) });
        None
    }));
    static NO_CALL: Case = Case::fixture(Body::Bencher(|_| Some("nothing to do".to_owned())));

    fn capture(case: &'static Case) -> Result<Option<Allocations>, Failure> {
        capture_as(case, &[CallMemory::default()], Weight::Peak)
    }

    fn capture_as(
        case: &'static Case,
        counted: &[CallMemory],
        weight: Weight,
    ) -> Result<Option<Allocations>, Failure> {
        let counted = Memory::of(counted, None, Scope::Thread, By::Ours).unwrap();
        Driver::new(case, Clock::Wall).capture(Scope::Thread, &counted, Some(weight), 100)
    }

    #[test]
    fn one_call_is_captured_and_neither_its_input_nor_the_harness() {
        let found = capture(&CALLS).unwrap().unwrap();
        assert_eq!(found.sites.len(), 1, "{found:#?}");
        let site = &found.sites[0];
        assert_eq!(
            (site.tally.total.bytes, site.tally.at_end.bytes),
            (800, 800)
        );
        let below = &site.frames.last().unwrap().function;
        assert!(below.contains("driver::capture::tests"), "{below}");
        assert_eq!(found.first.as_ref(), Some(&site.frames));
        let home = Home {
            folder: CALLS.manifest_dir,
            crates: &["perf_runtime"],
        };
        let told = lines(&found, Weight::End, home, 5);
        // The release profile has no debug information, and shows less.
        let place = if cfg!(debug_assertions) {
            "src/measure/driver/capture.rs:"
        } else {
            "perf_runtime::measure::driver::capture::"
        };
        let start = "largest kept at the end: 800 B in 1 allocation (100 %)  ";
        assert!(told[0].starts_with(&format!("{start}{place}")), "{told:?}");
        assert!(
            told[0].contains("driver::capture::tests::reads_all"),
            "{told:?}"
        );
    }

    /// Takes 4,000 bytes in every seventh call, and 80 in the first.
    static SELDOM: Case = Case::fixture(Body::Bencher(|b| {
        let mut calls = 0;
        b.iter(|| {
            calls += 1;
            let size = match calls {
                1 => 80,
                n if n % 7 == 0 => 4_000,
                _ => 0,
            };
            black_box(Vec::<u8>::with_capacity(size))
        });
        None
    }));

    #[test]
    fn the_call_that_breaks_the_budget_is_captured_and_no_other() {
        let call = |peak: u64| CallMemory {
            peak_bytes: Some(peak),
            allocs: u64::from(peak > 0),
            alloc_bytes: peak,
            retained_bytes: peak.cast_signed(),
        };
        let counted: Vec<CallMemory> = (0..100)
            .map(|n| call(if n % 7 == 0 { 4_000 } else { 0 }))
            .collect();
        for weight in Weight::ALL {
            let found = capture_as(&SELDOM, &counted, weight).unwrap().unwrap();
            let sizes: Vec<u64> = found
                .sites
                .iter()
                .map(|site| site.tally.total.bytes)
                .collect();
            assert_eq!(sizes, [4_000], "{weight:?}");
        }
    }

    #[test]
    fn a_call_that_fails_is_a_failure() {
        assert_eq!(capture(&PANICS), Err(Failure::Panic("no 50".to_owned())));
        let nothing = Failure::Error("nothing to do".to_owned());
        assert_eq!(capture(&NO_CALL), Err(nothing));
        assert!(capture(&CALLS).is_ok(), "nothing was left on");
    }
}
