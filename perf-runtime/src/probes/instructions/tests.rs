//! Counting, with this test binary as the one that is started again.

use std::hint::black_box;
use std::io::{self, Write as _};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, OnceLock};
use std::thread;

use super::*;
use crate::harness::worker::{Served, serve_once};
use crate::measure::registry::{Entry, registered};
use crate::model::case::Place;
use crate::model::subject::{Bencher, Body, Calls, Subject};

/// Registers cases in this test binary, each with the test through which the
/// started process becomes a worker.
macro_rules! cases {
    ($($name:ident: $body:expr;)*) => {$(
        mod $name {
            use super::*;

            pub(super) static CASE: Case = Case {
                package: "perf-runtime",
                module_path: module_path!(),
                place: Place { file: file!(), line: line!(), column: 1 },
                build: crate::model::case::Build { opt_level: None, debug_assertions: cfg!(debug_assertions) },
                ..Case::fixture($body)
            };

            inventory::submit! { Entry(&CASE) }

            #[test]
            fn perf_budget() {
                assert!(!matches!(serve_once(), Served::Refused(_)));
                assert!(registered().iter().any(|case| case.id() == CASE.id()));
            }
        }
    )*};
}

const LOOP: u64 = 100_000;

fn work(turns: u64) {
    for number in 0..turns {
        black_box(number);
    }
}

fn call(f: fn()) -> Box<dyn Subject> {
    Box::new(Calls::new(|| (), move |()| f(), |(): &()| None))
}

/// The work done by a thread that was started long before the counted call.
fn ask_the_pool() {
    static POOL: OnceLock<Mutex<Sender<Sender<()>>>> = OnceLock::new();
    let pool = POOL.get_or_init(|| {
        let (sender, asked) = channel::<Sender<()>>();
        thread::spawn(move || {
            for done in asked {
                work(LOOP);
                let _ = done.send(());
            }
        });
        Mutex::new(sender)
    });
    let (sender, done) = channel();
    pool.lock().unwrap().send(sender).unwrap();
    done.recv().unwrap();
}

/// What no processor and no valgrind knows.
fn unknown_instruction() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: it ends the process.
    unsafe {
        std::arch::asm!("ud2");
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: it ends the process.
    unsafe {
        std::arch::asm!("udf #0");
    }
}

cases! {
    once: Body::Calls(|| call(|| work(LOOP)));
    twice: Body::Calls(|| call(|| work(2 * LOOP)));
    nothing: Body::Calls(|| call(|| ()));
    prepared: Body::Calls(|| Box::new(Calls::new(|| work(5 * LOOP), |()| work(LOOP), |(): &()| None)));
    marked: Body::Bencher(|b: &mut Bencher<'_>| {
        work(5 * LOOP);
        b.iter_with_setup(|| work(3 * LOOP), |()| work(LOOP));
        None
    });
    threads: Body::Calls(|| call(|| {
        thread::scope(|scope| {
            scope.spawn(|| work(LOOP));
            scope.spawn(|| work(LOOP));
        });
    }));
    pool: Body::Calls(|| call(ask_the_pool));
    panics: Body::Calls(|| call(|| panic!("the cat is out")));
    errs: Body::Calls(|| Box::new(Calls::new(|| (), |()| Err::<(), _>(7), |out: &Result<(), i32>| {
        out.as_ref().err().map(ToString::to_string)
    })));
    aborts: Body::Calls(|| call(|| process::abort()));
    unknown: Body::Calls(|| call(unknown_instruction));
    forgets: Body::Bencher(|_: &mut Bencher<'_>| None);
    asks: Body::Calls(|| call(|| crate::system::counters::callgrind::dump(c"mine")));
    touches: Body::Calls(|| Box::new(Calls::new(|| vec![1_u8; 8 << 20], |input| (vec![1_u8; 16 << 20], input), |_: &(Vec<u8>, Vec<u8>)| None)));
}

fn id(name: &str) -> String {
    format!("perf-runtime::probes::instructions::tests::{name}")
}

/// Whether valgrind is here; a test that needs it is skipped loudly.
fn has_valgrind() -> bool {
    let there = Command::new("valgrind")
        .arg("--version")
        .output()
        .is_ok_and(|out| out.status.success());
    if !there {
        // Straight to the stream: the harness would swallow a line of print.
        let test = thread::current();
        let test = test.name().unwrap_or_default();
        let line = format!("SKIPPED: {test}: valgrind is not installed\n");
        let _ = io::stderr().write_all(line.as_bytes());
    }
    // Under valgrind itself (as `ci` runs modules with `unsafe`) nothing is nested.
    there && !crate::system::counters::callgrind::running()
}

#[test]
fn callgrind_counts_the_call_and_nothing_else() {
    if !has_valgrind() {
        return;
    }
    let cases: [&'static Case; 8] = [
        &once::CASE,
        &twice::CASE,
        &nothing::CASE,
        &prepared::CASE,
        &marked::CASE,
        &threads::CASE,
        &pool::CASE,
        &errs::CASE,
    ];
    let counted = under_callgrind(&cases);
    assert_eq!(counted.len(), cases.len());
    let count = |name: &str| {
        let one = counted.get(&id(name)).unwrap().as_ref().unwrap();
        assert_eq!((one.tier, one.calls), (Tier::Callgrind, 3));
        one.count
    };
    let once = count("once");
    assert!(once >= LOOP, "{once}");
    assert!(count("nothing") < 20, "{}", count("nothing"));
    // Start-up, warm-up, inputs and what surrounds a marked part are left out.
    for (name, factor) in [("twice", 2), ("prepared", 1), ("marked", 1)] {
        let off = count(name).abs_diff(once * factor);
        assert!(off < 100, "{name}: {} for {once}", count(name));
    }
    // What threads cost themselves comes on top: some ten thousand.
    for (name, factor) in [("threads", 2), ("pool", 1)] {
        let over = count(name).checked_sub(once * factor);
        assert!(
            over.is_some_and(|over| over < once / 2),
            "{name}: {} for {once}",
            count(name)
        );
    }
    let why = counted.get(&id("errs")).unwrap().as_ref().unwrap_err();
    assert_eq!(why.line(), "the function returned an error: 7");
}

#[test]
fn callgrind_counts_the_same_in_every_process() {
    if !has_valgrind() {
        return;
    }
    let cases: [&'static Case; 2] = [&once::CASE, &twice::CASE];
    let first = under_callgrind(&cases);
    for _ in 0..4 {
        assert_eq!(under_callgrind(&cases), first);
    }
}

#[test]
fn the_dump_of_the_least_call_is_kept_for_its_reader() {
    if !has_valgrind() {
        return;
    }
    let dump = dumped(&once::CASE).unwrap();
    let count = under_callgrind(&[&once::CASE]);
    let count = count.get(&id("once")).unwrap().as_ref().unwrap().count;
    let totals = dump.lines().find_map(|line| line.strip_prefix("totals: "));
    let totals: u64 = totals.unwrap().trim().parse().unwrap();
    // What surrounds the call is taken off of the count.
    assert!((count..count + 100).contains(&totals), "{totals} {count}");
    let has = |start: &str| dump.lines().any(|line| line.starts_with(start));
    assert!(has("positions: instr") && has("0x"), "{dump}");
    let why = dumped(&panics::CASE).unwrap_err();
    assert_eq!(why.line(), "the function panicked: the cat is out");
}

#[test]
fn a_case_that_ends_badly_is_named_and_takes_no_other_with_it() {
    if !has_valgrind() {
        return;
    }
    let counted = under_callgrind(&[
        &panics::CASE,
        &aborts::CASE,
        &once::CASE,
        &unknown::CASE,
        &asks::CASE,
        &forgets::CASE,
        &twice::CASE,
    ]);
    let why = |name: &str| counted.get(&id(name)).unwrap().as_ref().unwrap_err().line();
    assert_eq!(why("panics"), "the function panicked: the cat is out");
    assert!(why("aborts").contains("SIGABRT"), "{}", why("aborts"));
    assert!(why("unknown").contains("AVX-512"), "{}", why("unknown"));
    assert!(
        why("asks").contains("dump its counts itself"),
        "{}",
        why("asks")
    );
    assert!(why("forgets").contains("b.iter"), "{}", why("forgets"));
    assert!(
        counted.get(&id("once")).unwrap().is_ok() && counted.get(&id("twice")).unwrap().is_ok()
    );
}

#[test]
fn the_processor_counts_in_a_fresh_process_or_says_why_not() {
    let counted = on_hardware(&[&once::CASE, &pool::CASE]);
    assert_eq!(counted.len(), 2);
    for (id, one) in counted.iter() {
        match one {
            Ok(one) => assert!(
                one.count >= LOOP && one.tier == Tier::Hardware,
                "{id}: {one:?}"
            ),
            Err(why) => {
                let why = why.line();
                assert!(
                    why.contains("instruction counter") || why.contains("count instructions"),
                    "{id}: {why}"
                );
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn resident_memory_is_that_of_the_call_and_not_of_its_input() {
    const MIB: u64 = 1 << 20;
    let seen = crate::probes::rss::in_fresh_process(&touches::CASE).unwrap();
    let grown = seen.peak_bytes - seen.before_bytes;
    assert!(seen.before_bytes > 8 * MIB, "{seen:?}");
    assert!((14 * MIB..18 * MIB).contains(&grown), "{seen:?}");
    // As many as fit into its time.
    assert!(seen.faults > 0, "{seen:?}");
    let warm = seen.usage.calls;
    assert!((3..=100).contains(&warm), "{seen:?}");
    // The peak is that of all calls.
    assert!((warm + 2..=120).contains(&seen.calls), "{seen:?}");
    assert_eq!(seen.reset, crate::system::counters::resident::reset());
    let why = crate::probes::rss::in_fresh_process(&panics::CASE)
        .unwrap_err()
        .line();
    assert_eq!(why, "the function panicked: the cat is out");
    let why = crate::probes::rss::in_fresh_process(&aborts::CASE)
        .unwrap_err()
        .line();
    assert!(why.contains("SIGABRT"), "{why}");
}

#[test]
fn after_a_death_the_cases_behind_it_get_a_process_of_their_own() {
    let fine = Instructions {
        tier: Tier::Callgrind,
        count: 5,
        calls: 3,
    };
    let cases: [&'static Case; 4] = [&once::CASE, &aborts::CASE, &twice::CASE, &nothing::CASE];
    let longest = Duration::from_secs(360);
    let mut runs = Vec::new();
    let counted = gather(&cases, longest, |rest| {
        runs.push(rest.len());
        let mut heard = Heard::default();
        for case in rest {
            heard.at = Some(case.id());
            match case.function() {
                "aborts" => {
                    heard.end = Cause::function_failed("it died").into();
                    return heard;
                }
                "twice" => {
                    heard.end = Cause::process_killed("").into();
                    heard.late = true;
                    return heard;
                }
                _ => {
                    heard.counted.insert(case.id(), Ok(fine));
                }
            }
        }
        heard
    });
    assert_eq!(runs, [4, 2]);
    assert_eq!(counted.get(&id("once")), Some(&Ok(fine)));
    let why = |name: &str| counted.get(&id(name)).unwrap().as_ref().unwrap_err().line();
    assert!(why("aborts").ends_with("it died"));
    assert!(why("twice").ends_with("took too long and was killed"));
    assert!(why("nothing").contains("360 s") && why("nothing").contains("twice"));
}

#[test]
fn where_nothing_starts_every_case_has_the_reason() {
    let cases: [&'static Case; 2] = [&once::CASE, &twice::CASE];
    let counted = gather(&cases, Duration::from_secs(1), |_| Heard {
        end: not_started(&io::Error::from(io::ErrorKind::NotFound), Tier::Callgrind),
        ..Heard::default()
    });
    assert_eq!(counted.len(), 2);
    for (_, one) in counted.iter() {
        let why = one.as_ref().unwrap_err().line();
        assert!(why.contains("apt-get install valgrind"), "{why}");
    }
}
