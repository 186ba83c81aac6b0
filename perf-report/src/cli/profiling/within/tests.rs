use super::*;
use crate::cli::profiling::stack::name_closures;
use crate::model::profile::Origin;

/// An address is a place in this list.
const CODE: &[(Origin, &str)] = &[
    (Origin::User, "app::work"),
    (Origin::User, "app::case"),
    (Origin::Runtime, "perf_runtime::model::subject::Calls::call"),
    (Origin::Runtime, "perf_runtime::system::clock::time_call"),
    (
        Origin::Runtime,
        "perf_runtime::measure::driver::profile::stretches",
    ),
    (Origin::User, "app::perf_budget"),
    (Origin::Std, "std::sys::thread::start"),
    (Origin::Runtime, "perf_runtime::system::threads::start"),
    (Origin::Runtime, "perf_runtime::system::alloc::count"),
    (Origin::System, "clock_nanosleep"),
    (Origin::User, "{closure}"),
    (Origin::Dependency, "tokio::runtime::Runtime::block_on"),
];
const CALLER: u32 = 12;
const PROCESS: u32 = 10;

fn named(address: u64) -> Vec<Frame> {
    let (origin, function) = CODE[address as usize];
    vec![Frame {
        function: function.to_owned(),
        file: (function == "{closure}").then(|| "src/lib.rs".to_owned()),
        line: Some(26),
        inlined: false,
        origin,
    }]
}

/// A call of a thread, outside of which is the runtime.
fn call(inside: &[u64]) -> Vec<u64> {
    [inside, &[3, 4, 5, 6]].concat()
}

fn calls(thread: Option<u32>, timed: &[[u64; 2]]) -> TimedCalls {
    let mut calls = TimedCalls::of(PROCESS);
    calls.add(profiled(thread, timed, None));
    calls
}

fn profiled(thread: Option<u32>, timed: &[[u64; 2]], worst: Option<Worst>) -> Profiled {
    Profiled {
        id: "app::case".to_owned(),
        thread,
        start_ns: 1_000,
        batch: 1,
        queued_ns: 0,
        timed: timed.to_vec(),
        worst,
    }
}

fn worst(index: usize, ns: u64) -> Worst {
    Worst {
        index,
        ns,
        cpu_ns: None,
        waited_ns: None,
        page_faults: None,
        voluntary_switches: Some(9),
        involuntary_switches: Some(2),
    }
}

/// What a profile holds of samples: moment, thread, stack, and what it waits for.
fn within(calls: TimedCalls, samples: &[(u64, u32, Vec<u64>, Option<&str>)]) -> Profile {
    let ids = [PROCESS, 11, CALLER];
    let threads = ids.map(|id| Thread {
        id,
        name: format!("t{id}"),
    });
    let place = |id: u32| ids.iter().position(|one| *one == id).expect("a thread");
    let stacks: Vec<Vec<u64>> = samples.iter().map(|sample| sample.2.clone()).collect();
    let samples: Vec<Sample> = (samples.iter().enumerate())
        .map(|(stack, (at_ns, thread, _, waits))| Sample {
            at_ns: *at_ns,
            thread: place(*thread),
            stack,
            waits: waits.map(str::to_owned),
        })
        .collect();
    let seen = Observation {
        threads: &threads,
        samples: &samples,
        stacks: &stacks,
    };
    let mut profile = Profile::without_samples("app::case", Vec::new());
    let case = CaseName::new("app::case", "src/lib.rs:26", Vec::new());
    seen.within(calls, &case, &mut named, &mut profile);
    // What is written can be read.
    Profile::read(&profile.write()).expect("every place leads somewhere")
}

/// Each sample as `moment thread call functions`.
fn shown(profile: &Profile) -> Vec<String> {
    let one = |sample: &profile::Sample| {
        let stack = profile.stacks[sample.stack].iter();
        let functions: Vec<&str> = stack
            .map(|frame| profile.frames[*frame].function.as_str())
            .collect();
        let thread = &profile.threads[sample.thread];
        format!(
            "{} {}{} {} {}",
            sample.at_ns,
            thread.name,
            if thread.is_caller { "*" } else { "" },
            sample.call,
            functions.join(" < ")
        )
    };
    profile.samples.iter().map(one).collect()
}

#[test]
fn samples_count_within_stretches_and_are_cut_at_the_call() {
    let profile = within(
        calls(Some(CALLER), &[[0, 100], [200, 100]]),
        &[
            (999, CALLER, call(&[0, 1, 2]), None),
            (1_000, CALLER, call(&[0, 1, 10, 2]), None),
            (1_099, CALLER, call(&[8, 0, 1, 2]), None),
            (1_100, CALLER, call(&[0, 1, 2]), None),
            (1_250, CALLER, call(&[9, 2]), Some("clock_nanosleep")),
            // The runtime itself, before or after the call.
            (1_251, CALLER, vec![4, 5, 6], None),
            (1_252, CALLER, call(&[2]), None),
            // A stack that was not followed to its end.
            (1_253, CALLER, vec![0, 0, 0], None),
            (1_300, CALLER, call(&[0, 1, 2]), None),
        ],
    );
    let expected = [
        "0 t12* 0 app::work < app::case",
        // An allocator of the user's choice is the user's.
        "99 t12* 0 perf_runtime::system::alloc::count < app::work < app::case",
        "250 t12* 1 clock_nanosleep",
        "253 t12* 1 app::work < app::work < app::work",
    ];
    assert_eq!(shown(&profile), expected);
    assert_eq!(profile.samples[2].waits.as_deref(), Some("clock_nanosleep"));
    assert_eq!(profile.calls.timed, [[0, 100], [200, 100]]);
    assert_eq!(profile.frames.len(), 4);
}

#[test]
fn threads_of_the_case_count_and_those_of_runtime_and_harness_do_not() {
    let samples = [
        (1_010, PROCESS, vec![9, 6, 5], Some("futex")),
        (1_020, 11, vec![0, 6], None),
        (1_025, 11, vec![9, 0, 6], Some("read")),
        (1_026, 11, vec![9, 6], Some("clock_nanosleep")),
        (1_030, 11, vec![9, 7, 6], None),
        (1_040, 11, vec![8, 0, 6], None),
    ];
    let shown_of = |thread| shown(&within(calls(thread, &[[0, 100]]), &samples));
    let others = [
        "20 t11 0 app::work < std::sys::thread::start",
        "25 t11 0 clock_nanosleep < app::work < std::sys::thread::start",
        "40 t11 0 perf_runtime::system::alloc::count < app::work < std::sys::thread::start",
    ];
    assert_eq!(shown_of(Some(CALLER)), others);
}

#[test]
fn what_a_runtime_waits_for_is_awaited_by_the_case() {
    let profile = within(
        calls(Some(CALLER), &[[0, 2_000]]),
        &[(1_500, CALLER, call(&[9, 11, 10]), Some("futex"))],
    );
    let stack = &profile.stacks[profile.samples[0].stack];
    let outermost = &profile.frames[*stack.last().expect("frames")];
    let place = (outermost.file.as_deref(), outermost.line);
    assert_eq!(
        (&*outermost.function, outermost.origin, place),
        ("app::case", Origin::User, (Some("src/lib.rs"), Some(26)))
    );
}

#[test]
fn the_watchdog_is_no_thread_of_a_call() {
    let threads = [(CALLER, "t"), (11, "perf-heartbeat")].map(|(id, name)| Thread {
        id,
        name: name.to_owned(),
    });
    let sample = |thread| Sample {
        at_ns: 1_500,
        thread,
        stack: thread,
        waits: None,
    };
    let seen = Observation {
        threads: &threads,
        samples: &[sample(0), sample(1)],
        stacks: &[call(&[0]), vec![9, 6]],
    };
    let mut profile = Profile::without_samples("app::case", Vec::new());
    let calls = calls(Some(CALLER), &[[0, 2_000]]);
    let case = CaseName::new("app::case", "src/lib.rs:26", Vec::new());
    seen.within(calls, &case, &mut named, &mut profile);
    assert_eq!(profile.samples.len(), 1);
}

#[test]
fn of_several_users_each_thread_that_is_in_a_call_makes_some() {
    let profile = within(
        calls(None, &[[0, 100]]),
        &[
            // Waits for the users, and a user for the others.
            (1_010, PROCESS, vec![9, 4, 5, 6], Some("futex")),
            (1_020, 11, vec![9, 4, 6], Some("futex")),
            (1_025, PROCESS, vec![9, 6, 5], Some("futex")),
            (1_026, 11, vec![9], None),
            (1_030, 11, call(&[0, 1, 2]), None),
            (1_040, CALLER, call(&[0, 1, 2]), None),
        ],
    );
    let expected = [
        "30 t11* 0 app::work < app::case",
        "40 t12* 0 app::work < app::case",
    ];
    assert_eq!(shown(&profile), expected);
}

#[test]
fn the_slowest_of_all_requests_is_told_without_the_switches_of_sampling() {
    let mut calls = calls(Some(CALLER), &[[0, 100]]);
    calls.add(profiled(
        Some(CALLER),
        &[[200, 50], [300, 400]],
        Some(worst(1, 400)),
    ));
    calls.add(profiled(Some(CALLER), &[[800, 60]], Some(worst(0, 60))));
    // One that leads nowhere is not believed.
    calls.add(profiled(Some(CALLER), &[[900, 1]], Some(worst(7, 9_000))));
    let wait = || call(&[9, 2]);
    let mut samples = vec![
        (1_310, CALLER, call(&[0, 1, 2]), None),
        (1_320, CALLER, wait(), Some("read")),
        (1_330, 11, vec![0, 6], None),
        (1_900, CALLER, call(&[0, 1, 2]), None),
    ];
    let counted = |samples: &[_]| {
        let found = within(calls.clone(), samples)
            .calls
            .worst
            .expect("the slowest");
        (
            found.index,
            found.voluntary_switches,
            found.involuntary_switches,
        )
    };
    assert_eq!(counted(&samples), (2, Some(9 - 1 - 2), Some(2)));
    samples.truncate(1);
    assert_eq!(counted(&samples), (2, Some(9 - 1), Some(2)));
}

#[test]
fn a_closure_has_the_name_of_the_function_that_it_stands_in() {
    let frame = |(origin, function, file): (Origin, &str, &str)| Frame {
        function: function.to_owned(),
        file: Some(file.to_owned()),
        line: Some(3),
        inlined: true,
        origin,
    };
    let stack = [
        (Origin::User, "{closure}", "src/fold.rs"),
        (Origin::Std, "any<char, fold::{closure}>", "std/iter.rs"),
        (Origin::User, "{closure}<char>", "src/fold.rs"),
        (Origin::User, "app::fold", "src/fold.rs"),
        (Origin::User, "{closure}", "src/lib.rs"),
        (
            Origin::Std,
            "short_backtrace<Result<(), app::Odd>, app::run::{closure}, ()>",
            "std/thread.rs",
        ),
        (Origin::Std, "{closure}", "std/thread.rs"),
        (Origin::User, "{closure}", "src/lib.rs"),
        (
            Origin::Std,
            "next<Range<u32>, app::close_to::{closure}>",
            "std/iter.rs",
        ),
        (Origin::User, "app::nearest", "src/lib.rs"),
    ];
    let mut stack = stack.map(frame);
    name_closures(&mut stack);
    let names = stack.map(|frame| frame.function);
    assert_eq!(
        [0, 2, 4, 6, 7].map(|place| &*names[place]),
        [
            "app::fold::{closure}<char>::{closure}",
            "app::fold::{closure}<char>",
            "app::run::{closure}",
            "{closure}",
            "app::close_to::{closure}",
        ]
    );
}
