//! Of what callgrind counted, the instructions inside the call, by stack.

use super::stack::{CaseName, Stack};
use super::within::Known;
use crate::model::callgrind::Dump;
use crate::model::profile::{Calls, Frame, Profile, Sample, Sampler, Thread};

/// Puts the instructions of a call into a profile, those of the threads that it starts among
/// them. `frames` names an address; `typical_ns` is what the call takes where it is not
/// counted.
pub(super) fn put(
    dump: &Dump,
    typical_ns: f64,
    case: &CaseName<'_>,
    frames: &mut dyn FnMut(u64) -> Vec<Frame>,
    profile: &mut Profile,
) {
    profile.sampler = Sampler::Callgrind;
    profile.interval_ns = 0;
    profile.calls = Calls {
        batch: 1,
        timed: vec![[0, typical_ns.max(0.0).round() as u64]],
        worst: None,
    };
    profile.threads = vec![Thread {
        id: 0,
        name: "all threads".to_owned(),
        is_caller: true,
    }];
    let mut known = Known::default();
    // By the place of a stack: of how many instructions each is.
    let mut counts: Vec<u64> = Vec::new();
    for (stack, instructions) in &dump.stacks {
        let named = stack.iter().flat_map(|address| frames(*address)).collect();
        let stack = match case.stack(named) {
            Stack::Call(stack) | Stack::Other(stack) => stack,
            Stack::Runtime => continue,
        };
        let place = known.stack(stack, profile);
        counts.resize(profile.stacks.len(), 0);
        counts[place] += instructions;
    }
    let samples = counts.into_iter().enumerate();
    profile.samples = samples
        .map(|(stack, instructions)| Sample {
            at_ns: 0,
            thread: 0,
            stack,
            call: 0,
            waits: None,
            instructions: Some(instructions),
        })
        .collect();
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::profile::Origin;

    /// An address is a place in this list: functions of which the first of two is inlined
    /// into the second.
    const CODE: [&[(Origin, &str)]; 7] = [
        &[(Origin::User, "app::price"), (Origin::User, "app::case")],
        &[(Origin::User, "app::total"), (Origin::User, "app::case")],
        &[(Origin::System, "malloc")],
        &[(
            Origin::Runtime,
            "<perf_runtime::model::subject::Calls as Subject>::call",
        )],
        &[(
            Origin::Runtime,
            "perf_runtime::probes::instructions::counter::Dumps::count",
        )],
        &[
            (Origin::User, "app::worker"),
            (Origin::Std, "std::thread::start"),
        ],
        &[(Origin::Runtime, "perf_runtime::harness::watchdog::watch")],
    ];

    fn named(address: u64) -> Vec<Frame> {
        let frames = CODE[address as usize].iter();
        let frames = frames.map(|(origin, function)| Frame {
            function: (*function).to_owned(),
            file: None,
            line: None,
            inlined: false,
            origin: *origin,
        });
        frames.collect()
    }

    #[test]
    fn instructions_go_to_inlined_functions_and_those_of_the_runtime_do_not_count() {
        let stacks = [
            (vec![0, 3, 4], 40),
            (vec![1, 3, 4], 2),
            (vec![2, 1, 3, 4], 30),
            (vec![2, 4], 500),
            (vec![3, 4], 7),
            (vec![4], 9),
            (vec![5], 20),
            (vec![6], 1_000),
        ];
        let dump = Dump {
            objects: Vec::new(),
            stacks: BTreeMap::from(stacks),
        };
        let case = CaseName::new("app::case", "src/lib.rs:1", Vec::new());
        let mut profile = Profile::without_samples("app::case", Vec::new());
        put(&dump, 1_234.4, &case, &mut named, &mut profile);
        // What is written can be read.
        let profile = Profile::read(&profile.write()).expect("every place leads somewhere");
        let shown = profile.samples.iter().map(|sample| {
            let frames = profile.stacks[sample.stack].iter();
            let names: Vec<&str> = frames
                .map(|frame| &*profile.frames[*frame].function)
                .collect();
            (names.join(" < "), sample.instructions.expect("a count"))
        });
        let expected = [
            ("app::price < app::case", 40),
            ("app::total < app::case", 2),
            ("malloc < app::total < app::case", 30),
            // By a case that is inlined whole into what makes its call.
            ("malloc", 500),
            ("app::worker < std::thread::start", 20),
        ];
        let expected = expected.map(|(names, count)| (names.to_owned(), count));
        assert_eq!(shown.collect::<Vec<_>>(), expected);
        assert_eq!(profile.calls.timed, [[0, 1_234]]);
    }
}
