//! Metrics that other crates add: what a meter is, and which there are.
//!
//! ```
//! # #[cfg(feature = "meters")]
//! # mod target {
//! use perf_runtime::meters::{self, Direction, Exactness, METERS, Meter};
//!
//! #[meters::distributed_slice(METERS)]
//! #[linkme(crate = meters::linkme)]
//! static OPEN_FILES: Meter = Meter {
//!     name: "open_files",
//!     unit: "open files",
//!     direction: Direction::AtMost,
//!     exactness: Exactness::Exact,
//!     before: open_files,
//!     value: |before| Ok(open_files()?.saturating_sub(before)),
//! };
//! # fn open_files() -> Result<u64, String> { Ok(3) }
//! # }
//! ```
//!
//! A budget names it: `#[perf_budget(meter("open_files", max = 0))]`.
//!
//! The table is made by the linker, of every crate that is linked into the test
//! binary: a crate that no source names is not linked, so name it (`use
//! my_meters as _;`). It does not hold across dynamic libraries: of a crate that
//! is linked as a `dylib`, meters may be missing from it without a word.

#[cfg(feature = "meters")]
pub use linkme::{self, distributed_slice};
pub use perf_grammar::Direction;
use perf_grammar::{Feature, Metric};

use crate::collections::joined;
use crate::model::plan::Budget;
use crate::model::problem::{Mistakes, Problem};
use crate::model::unmeasured::Cause;

/// Something that can be read in front of a call and behind it.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    /// What budgets call it: one word, such as `open_files`.
    pub name: &'static str,
    /// What its numbers count, in the plural: `open files`.
    pub unit: &'static str,
    /// Which side of a limit is sound: a limit is written with `max` or `min`.
    pub direction: Direction,
    /// Whether a call has the same value each time.
    pub exactness: Exactness,
    /// Reads in front of a call, its input made.
    pub before: fn() -> Result<u64, String>,
    /// The value of the call, from what was read in front of it; asked for when
    /// the call has returned, its output still there.
    pub value: fn(u64) -> Result<u64, String>,
}

/// How the values of a meter are compared with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// Each call has the same value, or nearly: the worst of a few calls is
    /// compared.
    Exact,
    /// Calls differ. A limit that all of many calls keep is kept, one that all
    /// of them break is broken, and any other is undecided.
    Noisy,
}

/// Every meter that is linked into this program.
#[cfg(feature = "meters")]
#[distributed_slice]
pub static METERS: [Meter];

#[cfg(feature = "meters")]
fn all() -> &'static [Meter] {
    &METERS
}

#[cfg(not(feature = "meters"))]
fn all() -> &'static [Meter] {
    &[]
}

/// The meter of this name that is limited on this side.
///
/// # Errors
/// What is wrong with the name or with the side, and what is right.
pub(crate) fn find(name: &str, direction: Direction) -> Result<&'static Meter, Cause> {
    if cfg!(not(feature = "meters")) {
        let what = format!("a limit on the meter `{name}` needs");
        return Err(Cause::without(Feature::Meters, &what));
    }
    among(all(), name, direction)
}

/// Adds what is wrong with the meters that a budget names.
pub(crate) fn add_mistakes(budget: &Budget, mistakes: &mut Mistakes) {
    for limit in &budget.limits {
        if let Metric::Meter(direction) = limit.metric
            && let Err(why) = find(limit.of.as_deref().unwrap_or_default(), direction)
        {
            let problem = Problem::wrong_meter(&why.text(), &why.help());
            mistakes.add(problem.at(limit.source.place.clone()));
        }
    }
}

fn among<'a>(all: &'a [Meter], name: &str, direction: Direction) -> Result<&'a Meter, Cause> {
    let mut found = all.iter().filter(|meter| meter.name == name);
    let Some(meter) = found.next() else {
        return Err(unknown(all, name));
    };
    if found.next().is_some() {
        return Err(Cause::two_meters(name));
    }
    if meter.direction != direction {
        let (right, wrong) = match meter.direction {
            Direction::AtMost => ("max", "min"),
            Direction::AtLeast => ("min", "max"),
        };
        return Err(Cause::wrong_side(wrong, name, right));
    }
    Ok(meter)
}

/// What else keeps every meter away: GNU's linker for Windows takes the slice for unused
/// (dtolnay/linkme, issue 25).
const DROPPED: &str = if cfg!(all(windows, target_env = "gnu")) {
    "; this system's linker drops it all the same, unless the compiler is called with `-C link-arg=-Wl,--no-gc-sections`"
} else {
    ""
};

fn unknown(all: &[Meter], name: &str) -> Cause {
    let mut names: Vec<String> = all
        .iter()
        .map(|meter| format!("`{}`", meter.name))
        .collect();
    crate::collections::order::insertion(&mut names, |one, other| one < other);
    if names.is_empty() {
        let next = format!(
            "name the crate that defines it in this target, `use that_crate as _;`, or it is not linked{DROPPED}"
        );
        return Cause::no_meter(name, &next);
    }
    Cause::unknown_meter(name, &joined(&names, " or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn meter(name: &'static str, direction: Direction) -> Meter {
        Meter {
            name,
            unit: "things",
            direction,
            exactness: Exactness::Exact,
            before: || Ok(0),
            value: Ok,
        }
    }

    #[track_caller]
    fn check(name: &str, direction: Direction, expected: Result<(), &str>) {
        let all = [
            meter("open_files", Direction::AtMost),
            meter("hits", Direction::AtLeast),
            meter("twice", Direction::AtMost),
            meter("twice", Direction::AtLeast),
        ];
        let found = among(&all, name, direction).map(|meter| assert_eq!(meter.name, name));
        match (found, expected) {
            (Ok(()), Ok(())) => {}
            (Err(found), Err(expected)) => assert!(found.line().contains(expected), "{found:?}"),
            (found, _) => panic!("{found:?}"),
        }
    }

    #[test]
    fn a_meter_is_found_by_its_name_and_limited_on_its_side() {
        check("open_files", Direction::AtMost, Ok(()));
        check("hits", Direction::AtLeast, Ok(()));
        let wrong = "found `max` for the meter `hits`, expected `min`";
        check("hits", Direction::AtMost, Err(wrong));
        let unknown = "found no meter `files`, expected `hits` or `open_files` or";
        check("files", Direction::AtMost, Err(unknown));
        check("twice", Direction::AtMost, Err("two meters are called"));
        assert!(super::unknown(&[], "x").line().contains("and no other;"));
    }

    #[test]
    #[cfg(not(feature = "meters"))]
    fn without_the_feature_a_limit_says_which_it_needs() {
        let why = find("open_files", Direction::AtMost).unwrap_err();
        assert!(
            why.line()
                .contains("the Cargo feature `meters` of perf-runtime"),
            "{why:?}"
        );
    }
}
