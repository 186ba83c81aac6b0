//! The ten kinds of slowness that a profile has to name, and what is said of them.

use super::fixture::{Doing, Made, runs, waits};
use super::*;

const HARNESS: &str =
    "user app::orders::case src/orders.rs:90 < runtime perf_runtime::measure::meter::call";
/// What every call does besides.
const REST: &str = "user app::orders::totals src/orders.rs:70";

fn question(subject: Subject) -> Question<'static> {
    Question {
        subject,
        measured: Some(12.4e6),
        limit: Some(10e6),
        argument: None,
        root: "",
    }
}

/// The lines of an answer as a terminal shows them.
fn shown(answer: &Answer) -> Vec<String> {
    let causes = answer.causes.iter();
    let causes = causes.flat_map(|cause| [vec![cause.text()], cause.lines.clone()].concat());
    causes.chain(answer.lines.iter().cloned()).collect()
}

/// What is said where calls do this nine times of ten.
fn of(main: &[Doing<'_>], threads: &[&str]) -> Vec<String> {
    let mut made = Made::new("app::orders::case");
    for thread in threads {
        made.thread(thread);
    }
    let rest = format!("{REST} < {HARNESS}");
    for _ in 0..100 {
        made.call(&[(9, main), (1, &[runs(&rest)])]);
    }
    shown(&explain(&made.profile, &question(Subject::Calls)))
}

#[track_caller]
fn check(main: &[Doing<'_>], threads: &[&str], expected: &[&str]) {
    let said = of(main, threads);
    let found: Vec<&str> = said
        .iter()
        .take(expected.len())
        .map(String::as_str)
        .collect();
    assert_eq!(found, expected, "{said:#?}");
}

const SHARE: &str = "90 % (88 to 92 %) of the time, up to 11.2 ms of 12.4 ms";
const REST_SHARE: &str = "10 % (8 to 12 %) of the time, up to 1.24 ms of 12.4 ms";

#[test]
fn a_quadratic_loop_is_named_by_its_function() {
    let stack = format!(
        "inlined user app::orders::duplicates::{{{{closure}}}} src/orders.rs:14 < std core::slice::iter::Iter<T>::any < user app::orders::duplicates src/orders.rs:12 < {HARNESS}"
    );
    check(
        &[runs(&stack)],
        &[],
        &[
            &format!("duplicates (src/orders.rs:14): {SHARE}"),
            &format!("totals (src/orders.rs:70): {REST_SHARE}"),
        ],
    );
}

#[test]
fn a_clone_in_a_loop_is_named_with_what_is_cloned() {
    let stack = format!(
        "system malloc < runtime perf_runtime::alloc::Counting::alloc < std alloc::alloc::alloc < std <alloc::vec::Vec<T,A> as core::clone::Clone>::clone < user app::orders::price src/orders.rs:31 < {HARNESS}"
    );
    check(
        &[runs(&stack)],
        &[],
        &[
            &format!("price (src/orders.rs:31) in <Vec as Clone>::clone: {SHARE}"),
            "100 % of it allocates and frees memory",
        ],
    );
}

#[test]
fn a_regex_compiled_in_each_call_is_named_by_who_compiles_it() {
    let stack = format!(
        "crate regex_automata::nfa::Compiler::build < crate regex::builders::Builder::build < crate regex::regex::string::Regex::new < std core::option::Option<T>::map_or < user app::name::is_valid src/name.rs:12 < {HARNESS}"
    );
    check(
        &[runs(&stack)],
        &[],
        &[&format!(
            "is_valid (src/name.rs:12) in regex::Regex::new: {SHARE}"
        )],
    );
}

#[test]
fn a_lock_held_too_long_names_who_waits_and_who_holds_it() {
    let waiter = format!(
        "system syscall < std std::sys::sync::mutex::futex::Mutex::lock_contended < std std::sync::poison::mutex::Mutex<T>::lock < user app::store::Store::update src/store.rs:40 < {HARNESS}"
    );
    let holder = "user app::store::rebuild src/store.rs:60 < user app::store::refresher src/store.rs:52 < std std::thread::spawn";
    check(
        &[waits(&waiter, "futex"), runs(holder).on(1)],
        &["refresher"],
        &[
            &format!(
                "Store::update (src/store.rs:40) waits for a lock in Mutex::lock (futex): {SHARE}"
            ),
            "meanwhile rebuild (src/store.rs:60) runs, in thread \"refresher\", 100 % of it",
        ],
    );
}

#[test]
fn a_sleep_is_named_by_who_sleeps() {
    let stack = format!(
        "system clock_nanosleep < std std::thread::sleep < user app::client::retry src/client.rs:8 < {HARNESS}"
    );
    check(
        &[waits(&stack, "clock_nanosleep")],
        &[],
        &[&format!(
            "retry (src/client.rs:8) sleeps in std::thread::sleep (clock_nanosleep): {SHARE}"
        )],
    );
}

#[test]
fn a_read_is_named_with_its_system_call() {
    let stack = format!(
        "system pread64 < std <std::fs::File as std::io::Read>::read < user app::load src/load.rs:8 < {HARNESS}"
    );
    check(
        &[waits(&stack, "pread64")],
        &[],
        &[&format!(
            "load (src/load.rs:8) waits for a read in <File as Read>::read (pread64): {SHARE}"
        )],
    );
}

#[test]
fn a_cold_cache_is_named_by_who_fills_it_and_by_the_first_call() {
    let mut made = Made::new("app::orders::case");
    let fill = format!(
        "std std::collections::hash::map::HashMap<K,V,S>::insert < user app::cache::fill src/cache.rs:20 < {HARNESS}"
    );
    let rest = format!("{REST} < {HARNESS}");
    made.call(&[(60, &[runs(&fill)]), (1, &[runs(&rest)])]);
    for _ in 0..60 {
        made.call(&[(1, &[runs(&rest)])]);
    }
    let said = shown(&explain(&made.profile, &question(Subject::Tail)));
    assert!(
        said[0].starts_with("fill (src/cache.rs:20) in HashMap::insert: 98 % "),
        "{said:#?}"
    );
    for line in [
        "why the tail: the 1 of 61 calls above the limit take 61 ms on average, typical ones 1 ms",
        "the slowest call took 61 ms, number 1 of 61, the first: 61 ms on a processor, 3 page faults, 1 pre-emption",
        "cold: the first call took 61 ms, the median 1 ms",
    ] {
        assert!(said.contains(&line.to_owned()), "{line}: {said:#?}");
    }
}

#[test]
fn a_storm_of_page_faults_is_named_with_their_number() {
    let mut made = Made::new("app::orders::case");
    let stack = format!(
        "system __memset_avx2_unaligned < std alloc::vec::from_elem < user app::frame::clear src/frame.rs:5 < {HARNESS}"
    );
    for _ in 0..100 {
        made.call(&[(10, &[runs(&stack)])]);
    }
    let worst = made.profile.calls.worst.as_mut().expect("a call");
    worst.page_faults = Some(8_192);
    let said = shown(&explain(&made.profile, &question(Subject::Calls)));
    assert!(
        said[0].starts_with("clear (src/frame.rs:5) in alloc::vec::from_elem: 100 %"),
        "{said:#?}"
    );
    assert_eq!(
        said[1],
        "8,192 page faults in the slowest call, one every 1.22 µs: memory is touched for the first time"
    );
}

#[test]
fn a_storm_of_allocations_is_named_by_who_allocates() {
    let stack = |callee: &str| {
        format!(
            "system _int_malloc < system malloc < std {callee} < user app::words::split src/words.rs:9 < {HARNESS}"
        )
    };
    let (string, vec) = (
        stack("alloc::string::String::from"),
        stack("alloc::vec::Vec<T>::push"),
    );
    let mut made = Made::new("app::orders::case");
    for nth in 0..100 {
        made.call(&[(5, &[runs(if nth % 2 == 0 { &string } else { &vec })])]);
    }
    let own = format!("user app::words::split src/words.rs:9 < {HARNESS}");
    made.call(&[(100, &[runs(&own)])]);
    let said = shown(&explain(&made.profile, &question(Subject::Calls)));
    assert!(
        said[0].starts_with("split (src/words.rs:9): 100 %"),
        "{said:#?}"
    );
    assert_eq!(
        said[1],
        "of it 42 % in String::from, 42 % in Vec::push, 17 % by itself"
    );
    assert_eq!(said[2], "83 % of it allocates and frees memory");
}

#[test]
fn a_slow_query_is_named_by_who_asks() {
    let stack = format!(
        "system sqlite3VdbeExec < system sqlite3_step < crate rusqlite::raw_statement::RawStatement::step < crate rusqlite::row::Rows::next < user app::db::orders_of src/db.rs:30 < {HARNESS}"
    );
    check(
        &[runs(&stack)],
        &[],
        &[&format!(
            "orders_of (src/db.rs:30) in rusqlite::Rows::next: {SHARE}"
        )],
    );
}

#[test]
fn a_slow_thread_is_named_with_what_it_runs() {
    let caller = format!(
        "system futex_wait < std std::thread::JoinHandle<T>::join < user app::batch::run_all src/batch.rs:50 < {HARNESS}"
    );
    let slow = "user app::batch::crunch src/batch.rs:20 < std std::thread::spawn";
    let idle = "system syscall < std std::thread::park < crate pool::worker";
    check(
        &[
            waits(&caller, "futex"),
            runs(slow).on(1),
            waits(idle, "futex").on(2),
        ],
        &["worker-3", "pool-0"],
        &[
            &format!("crunch (src/batch.rs:20), in thread \"worker-3\": {SHARE}"),
            "meanwhile run_all (src/batch.rs:50) waits for a thread to end in JoinHandle::join",
        ],
    );
    // A thread that sleeps is as slow.
    let sleeps = "system clock_nanosleep < std std::thread::sleep < user app::batch::throttle src/batch.rs:9";
    check(
        &[
            waits(&caller, "futex"),
            waits(sleeps, "clock_nanosleep").on(1),
        ],
        &["worker-3"],
        &[&format!(
            "throttle (src/batch.rs:9) sleeps in std::thread::sleep (clock_nanosleep), in thread \"worker-3\": {SHARE}"
        )],
    );
}

#[test]
fn a_thread_that_stopped_late_for_its_sample_is_what_was_waited_for() {
    let caller = format!(
        "system futex_wait < std std::thread::JoinHandle<T>::join < user app::batch::run_all src/batch.rs:50 < {HARNESS}"
    );
    let slow = "user app::batch::crunch src/batch.rs:20 < std std::thread::spawn";
    let mut made = Made::new("app::batch");
    made.thread("worker-3");
    for _ in 0..20 {
        // Seen once in a call, ten samples of the caller later.
        let waiting = waits(&caller, "futex");
        made.call(&[(10, &[waiting]), (1, &[runs(slow).on(1)])]);
    }
    let said = shown(&explain(&made.profile, &question(Subject::Calls)));
    assert!(
        said[0].starts_with("crunch (src/batch.rs:20), in thread"),
        "{said:?}"
    );
}

#[test]
fn who_waits_for_idle_threads_waits() {
    let caller = format!(
        "system syscall < std std::sync::mpsc::Receiver<T>::recv < user app::batch::next src/batch.rs:70 < {HARNESS}"
    );
    let idle = "system syscall < std std::sync::mpsc::Receiver<T>::recv < user app::batch::worker src/batch.rs:7";
    check(
        &[waits(&caller, "futex"), waits(idle, "futex").on(1)],
        &["worker"],
        &[&format!(
            "next (src/batch.rs:70) waits for a message in Receiver::recv (futex): {SHARE}"
        )],
    );
}

#[test]
fn slow_calls_are_explained_by_what_typical_ones_do_not_do() {
    let mut made = Made::new("app::log/10");
    let parse = format!("user app::log::parse src/log.rs:5 < {HARNESS}");
    let flush = format!(
        "system fsync < std std::fs::File::sync_all < user app::log::flush src/log.rs:30 < {HARNESS}"
    );
    for nth in 0..200 {
        match nth % 20 {
            13 => made.call(&[(6, &[runs(&parse)]), (5, &[waits(&flush, "fsync")])]),
            _ => made.call(&[(6, &[runs(&parse)])]),
        }
    }
    let asked = Question {
        argument: Some("10"),
        ..question(Subject::Tail)
    };
    let said = shown(&explain(&made.profile, &asked));
    assert_eq!(
        said[0],
        "flush (src/log.rs:30) waits for a write in File::sync_all (fsync): 45 % (35 to 56 %) of slow calls, 5 ms there and 0 ns in a typical call"
    );
    assert!(
        said.contains(&"why the tail: the 10 of 200 calls above the limit take 11 ms on average, typical ones 6 ms".to_owned()),
        "{said:#?}"
    );
    assert!(
        said.iter().any(|line| line
            .starts_with("the slowest call took 11 ms, number 14 of 200, with the argument 10: ")),
        "{said:#?}"
    );
    // The median spends its time otherwise.
    let typical = shown(&explain(&made.profile, &question(Subject::Calls)));
    assert!(
        typical[0].starts_with("parse (src/log.rs:5): 96 %"),
        "{typical:#?}"
    );
}

#[test]
fn few_samples_and_what_was_not_seen_are_said() {
    let mut made = Made::new("app::orders::case");
    let rest = format!("{REST} < {HARNESS}");
    made.call(&[(40, &[runs(&rest)])]);
    made.profile.unseen = vec!["the kernel".to_owned()];
    let said = shown(&explain(&made.profile, &question(Subject::Calls)));
    assert_eq!(
        said.last().map(String::as_str),
        Some(
            "from 40 samples in 1 call, one every 1 ms by ptrace; fewer than 100 samples, so shares are rough; of so few calls it is not known how much calls differ; not seen: the kernel"
        )
    );
    let none = Made::new("app::orders::case").profile;
    assert_eq!(
        shown(&explain(&none, &question(Subject::Calls))),
        ["no sample was taken in its calls"]
    );
}

#[test]
fn of_processor_time_what_waits_is_no_part() {
    let mut made = Made::new("app::orders::case");
    let worker = made.thread("worker");
    let caller = format!(
        "system futex_wait < std std::thread::JoinHandle<T>::join < user app::batch::run_all src/batch.rs:50 < {HARNESS}"
    );
    let work = "user app::batch::crunch src/batch.rs:20";
    for _ in 0..100 {
        made.call(&[(2, &[waits(&caller, "futex"), runs(work).on(worker)])]);
    }
    let said = shown(&explain(&made.profile, &question(Subject::Processor)));
    assert!(
        said[0].starts_with("crunch (src/batch.rs:20): 100 % (98 to 100 %) of the processor time"),
        "{said:#?}"
    );
}

#[test]
fn a_function_counts_once_a_stack_and_user_code_stands_first() {
    let mut made = Made::new("app::orders::case");
    let deep = format!(
        "system malloc < inlined user app::tree::depth src/tree.rs:7 < user app::tree::depth src/tree.rs:9 < user app::tree::depth src/tree.rs:9 < {HARNESS}"
    );
    let own = format!("user app::tree::depth src/tree.rs:9 < {HARNESS}");
    for _ in 0..20 {
        made.call(&[(1, &[runs(&deep)]), (3, &[runs(&own)])]);
    }
    let table = table(&made.profile, "").expect("functions");
    let cells = |row: usize| -> Vec<&str> { table.rows[row].iter().map(String::as_str).collect() };
    assert_eq!(cells(0), ["depth", "75 %", "100 %", "src/tree.rs:9"]);
    assert_eq!(cells(1), ["case", "0 %", "100 %", "src/orders.rs:90"]);
    assert_eq!(cells(2), ["malloc", "25 %", "25 %", ""]);
    assert_eq!(table.rows.len(), 3);
    assert_eq!(table.caption, "functions, by 80 samples");
}

#[test]
fn whole_paths_are_seen_from_the_folder_of_the_case() {
    let mut made = Made::new("app::orders::case");
    made.call(&[(1, &[runs("user app::orders::case /app/src/orders.rs:90")])]);
    assert_eq!(root(&made.profile, "src/orders.rs:90"), "/app/");
    assert_eq!(root(&made.profile, "orders.rs:90"), "/app/src/");
    assert_eq!(root(&made.profile, "tests/x.rs:90"), "");
}
