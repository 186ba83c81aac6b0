//! Real programs: this test binary itself, told by a variable what to do.

use super::*;
use crate::measure::meter::{Meter, RoundPlan, Threads};
use crate::model::case::Clock;
use crate::model::sample::{Failure, RoundSpec};

const DO: &str = "PERF_TEST_PROGRAM";

/// The program. It does nothing where it is run as a test.
#[test]
fn program() {
    match std::env::var(DO).as_deref() {
        Ok("fail") => {
            for line in 1..=12 {
                eprintln!("line {line}");
            }
            std::process::exit(3);
        }
        Ok("hold") => {
            let memory = vec![1_u8; 50 << 20];
            std::hint::black_box(&memory);
        }
        Ok("work") => {
            for n in 0..100_000_000_u64 {
                std::hint::black_box(n);
            }
        }
        Ok("hang") => std::thread::sleep(Duration::from_secs(600)),
        _ => {}
    }
}

fn to(what: &'static str) -> impl FnMut() -> Command {
    move || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "measure::command::tests::program", "--nocapture"]);
        command.env(DO, what);
        command
    }
}

fn once(subject: &mut dyn Subject) -> (Option<ChildUsage>, Option<String>) {
    subject.prepare(1);
    subject.call();
    (subject.child(), subject.finish())
}

#[test]
fn a_program_that_ends_well_is_no_error_and_says_what_it_used() {
    let mut subject = command(to("hold"));
    for _ in 0..2 {
        let (used, error) = once(&mut *subject);
        assert_eq!(error, None);
        let used = used.unwrap();
        assert_eq!(used.starts, 1);
        if cfg!(any(target_os = "linux", target_vendor = "apple")) {
            assert!(used.max_rss_bytes > Some(50 << 20), "{used:?}");
            assert!(used.cpu_ns() > Some(1_000_000), "{used:?}");
            assert!(used.faults > Some(100), "{used:?}");
        }
        assert_eq!(subject.child(), None);
    }
    subject.prepare(3);
    subject.call_all();
    assert_eq!(subject.child().unwrap().starts, 3);
    assert_eq!(subject.finish(), None);
}

#[test]
fn a_program_that_fails_is_an_error_that_shows_its_last_words() {
    let mut subject = command(to("fail"));
    let (_, error) = once(&mut *subject);
    let error = error.unwrap();
    assert!(
        error.starts_with("the program ended with exit code 3, where exit code 0"),
        "{error}"
    );
    assert!(error.contains("command::tests::program"), "{error}");
    assert!(error.contains("PERF_TEST_PROGRAM=\"fail\""), "{error}");
    assert!(error.ends_with("standard error:\nline 3\nline 4\nline 5\nline 6\nline 7\nline 8\nline 9\nline 10\nline 11\nline 12"), "{error}");
    // An error ends the case; another call would be judged by itself.
    let (_, again) = once(&mut *subject);
    assert_eq!(again, Some(error));
}

#[test]
fn a_program_that_is_missing_is_an_error_that_names_it() {
    let mut subject = command(|| Command::new("/nowhere/to be found"));
    let (used, error) = once(&mut *subject);
    assert_eq!(used, None);
    let error = error.unwrap();
    assert!(
        error.starts_with("the program could not be started: "),
        "{error}"
    );
    assert!(error.ends_with("`\"/nowhere/to be found\"`"), "{error}");
}

#[test]
fn a_program_that_hangs_is_killed_and_named() {
    let mut subject = Starts::new(to("hang"), Duration::from_millis(100));
    let (_, error) = once(&mut subject);
    let error = error.unwrap();
    assert!(
        error.starts_with("the program did not end within 100 ms and was killed; "),
        "{error}"
    );
    assert!(error.contains("command::tests::program"), "{error}");
}

#[test]
fn a_round_of_starts_reports_the_processor_time_of_the_programs() {
    let plan = RoundPlan {
        round: RoundSpec {
            calls: 3,
            batch: 1,
            processor: true,
            ..RoundSpec::default()
        },
        clock: Clock::Clean,
        typical_ns: None,
        threads: Threads::Others,
        tolerates_errors: false,
        crowded: false,
    };
    let mut meter = Meter::new();
    let round = meter.measure(&mut *command(to("work")), &plan);
    assert_eq!(round.failure, None);
    assert_eq!(meter.programs().len(), 3);
    if cfg!(any(target_os = "linux", target_vendor = "apple")) {
        let processor = round.processor.unwrap();
        let used: u64 = meter.programs().iter().filter_map(ChildUsage::cpu_ns).sum();
        // One step a nanosecond at most: no processor does it faster.
        assert!(used > 3 * 10_000_000, "{used} ns");
        assert_eq!(processor.least_ns, used as f64 / 3.0);
        assert_eq!(processor.most_ns, processor.least_ns);
        assert!(processor.clean_ns > 0.0);
    }

    let round = meter.measure(&mut *command(to("fail")), &plan);
    assert!(matches!(round.failure, Some(Failure::Error(_))));
    assert_eq!(meter.programs().len(), 1);
}
