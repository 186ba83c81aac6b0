//! One more call, to learn where it allocates.

use super::Driver;
use crate::alloc::{Capture, Log};
use crate::culprits::Allocations;
use crate::sample::{Failure, Scope};
use crate::subject::{Runner, Subject};

impl Driver {
    /// Makes one call, and says where it allocated: the `most` heaviest places
    /// of each order, and all others as one; `None` if the function ended
    /// without a call.
    ///
    /// # Errors
    /// If the function panics, or returns an `Err`.
    pub(crate) fn capture(
        &mut self,
        scope: Scope,
        most: usize,
    ) -> Result<Option<Allocations>, Failure> {
        let mut runner = CaptureRunner {
            scope,
            log: None,
            error: None,
        };
        self.enter(&mut runner)?;
        if let Some(error) = runner.error {
            return Err(Failure::Error(error));
        }
        Ok(runner.log.map(|log| log.resolve(most)))
    }
}

/// Records a call instead of timing it.
struct CaptureRunner {
    scope: Scope,
    log: Option<Log>,
    error: Option<String>,
}

impl Runner for CaptureRunner {
    fn run(&mut self, subject: &mut dyn Subject) {
        subject.prepare(1);
        let capture = Capture::start(self.scope);
        subject.call();
        self.log = Some(capture.finish());
        self.error = subject.finish();
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;
    use crate::case::{Case, Clock};
    use crate::culprits::{Home, Weight, lines};
    use crate::subject::Body;

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
        Driver::new(case, Clock::Wall).capture(Scope::Thread, 100)
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
        // The release profile has no debug information, and tells less.
        let place = if cfg!(debug_assertions) {
            "src/driver/capture.rs:"
        } else {
            "perf_runtime::driver::capture::"
        };
        let start = "largest kept at the end: 800 B in 1 allocation (100 %)  ";
        assert!(told[0].starts_with(&format!("{start}{place}")), "{told:?}");
        assert!(
            told[0].contains("driver::capture::tests::reads_all"),
            "{told:?}"
        );
    }

    #[test]
    fn a_call_that_fails_is_a_failure() {
        assert_eq!(capture(&PANICS), Err(Failure::Panic("no 50".to_owned())));
        let nothing = Failure::Error("nothing to do".to_owned());
        assert_eq!(capture(&NO_CALL), Err(nothing));
        assert!(capture(&CALLS).is_ok(), "nothing was left on");
    }
}
