//! The lines of made-up captures.

use super::*;
use crate::model::sample::Scope;
use crate::report::alloc_sites::{Held, Made};

const HOME: Home<'_> = Home {
    folder: "/code/app",
    crates: &["app"],
};

fn frame(function: &str, place: Option<(&str, u32)>) -> Frame {
    Frame {
        function: function.to_owned(),
        file: place.map(|(file, _)| file.to_owned()),
        line: place.map(|(_, line)| line),
        column: None,
    }
}

fn std(function: &str) -> Frame {
    frame(function, Some(("/rustc/1/library/alloc/src/a.rs", 9)))
}

/// A site with the same figures at the peak, at the end and in all.
fn site(bytes: u64, blocks: u64, frames: &[Frame]) -> Site {
    let held = Held { bytes, blocks };
    Site {
        tally: Tally {
            at_peak: held,
            at_end: held,
            most: held,
            total: Made {
                bytes,
                allocations: blocks,
            },
            lifetime: 0,
        },
        frames: frames.to_vec(),
    }
}

fn captured(sites: Vec<Site>) -> Allocations {
    Allocations {
        scope: Scope::Thread,
        events: 0,
        complete: true,
        peak_event: 0,
        sites,
        first: None,
    }
}

#[track_caller]
fn check(allocations: &Allocations, weight: Weight, expected: &[&str]) {
    assert_eq!(lines(allocations, weight, HOME, 3), expected);
}

fn read_all() -> Frame {
    frame(
        "app::parser::read_all",
        Some(("/code/app/src/parser.rs", 42)),
    )
}

#[test]
fn each_weight_says_what_it_weighs() {
    let captured = captured(vec![
        site(
            2_000_000,
            1,
            &[
                std("alloc::fmt::format"),
                frame("other::f", Some(("/code/other/src/f.rs", 7))),
            ],
        ),
        site(
            48_000_000,
            3,
            &[std("alloc::vec::Vec<T>::with_capacity"), read_all()],
        ),
    ]);
    let first = "src/parser.rs:42 app::parser::read_all (via Vec::with_capacity)";
    let second = "../other/src/f.rs:7 other::f (via fmt::format)";
    for (weight, title) in [
        (Weight::Peak, "largest at the peak"),
        (Weight::End, "largest kept at the end"),
        (Weight::Bytes, "most bytes allocated"),
    ] {
        check(
            &captured,
            weight,
            &[
                &format!("{title}: 48 MB in 3 allocations (96 %)  {first}"),
                &format!("then 2 MB in 1 allocation (4 %)  {second}"),
            ],
        );
    }
    check(
        &captured,
        Weight::Allocations,
        &[
            &format!("most allocations: 3 allocations of 48 MB in all (75 %)  {first}"),
            &format!("then 1 allocation of 2 MB in all (25 %)  {second}"),
        ],
    );
}

#[test]
fn stacks_that_meet_in_the_users_code_are_one_place() {
    check(
        &captured(vec![
            site(
                60,
                1,
                &[
                    std("alloc::vec::Vec<T>::push"),
                    read_all(),
                    frame("app::a", None),
                ],
            ),
            site(
                30,
                1,
                &[
                    std("alloc::vec::Vec<T>::extend"),
                    read_all(),
                    frame("app::b", None),
                ],
            ),
            site(10, 2, &[read_all()]),
        ]),
        Weight::Peak,
        &[
            "largest at the peak: 100 B in 4 allocations (100 %)  src/parser.rs:42 app::parser::read_all (via Vec::push and others)",
        ],
    );
}

#[test]
fn what_does_not_fit_is_added_up() {
    let place = |line| frame("app::f", Some(("/code/app/src/f.rs", line)));
    let mut sites: Vec<Site> = (1..=3).map(|line| site(30, 1, &[place(line)])).collect();
    sites.push(site(8, 4, &[place(4)]));
    sites.push(site(2, 1, &[place(5)]));
    check(
        &captured(sites),
        Weight::Peak,
        &[
            "largest at the peak: 30 B in 1 allocation (30 %)  src/f.rs:1 app::f",
            "then 30 B in 1 allocation (30 %)  src/f.rs:2 app::f",
            "then 30 B in 1 allocation (30 %)  src/f.rs:3 app::f",
            "and 2 further places, 10 B (10 %)",
        ],
    );
}

#[test]
fn what_cannot_be_known_is_said() {
    let mut cut = captured(vec![
        site(
            999,
            999,
            &[
                std("alloc::vec::Vec<T>::push"),
                frame("app::parser::read_all", None),
            ],
        ),
        site(1, 1, &[]),
    ]);
    cut.complete = false;
    check(
        &cut,
        Weight::Peak,
        &[
            "largest at the peak: 999 B in 999 allocations (more than 99 %)  app::parser::read_all (via Vec::push)",
            "then 1 B in 1 allocation (less than 1 %)  places that were not looked up",
            "these are the first 1,000 allocations; the recorder holds no more",
            "for files and lines, set `debug = \"line-tables-only\"` and `strip = \"none\"` in the profile of this build",
        ],
    );
    check(
        &captured(vec![site(5, 1, &[])]),
        Weight::Peak,
        &[
            "largest at the peak: 5 B in 1 allocation (100 %)  places that were not looked up",
            "for files and lines, set `debug = \"line-tables-only\"` and `strip = \"none\"` in the profile of this build",
        ],
    );
    check(
        &captured(Vec::new()),
        Weight::End,
        &["largest kept at the end: nothing, in the call that was captured"],
    );
}

#[test]
fn a_place_without_code_of_the_users_is_the_dependencys() {
    let dependency = frame(
        "dep::go",
        Some(("/u/.cargo/registry/src/m/dep-1.0.0/src/lib.rs", 3)),
    );
    check(
        &captured(vec![site(
            5,
            1,
            &[std("alloc::boxed::Box<T>::new"), dependency],
        )]),
        Weight::Peak,
        &[
            "largest at the peak: 5 B in 1 allocation (100 %)  dep-1.0.0/src/lib.rs:3 dep::go (via Box::new)",
        ],
    );
}
