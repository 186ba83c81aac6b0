//! How a run fits into a store that may hold it already, or a part of it.

use super::archived::{self, ArchivedCase, ArchivedRun, Part};
use crate::model::shard::Shard;
use crate::model::words::{counted, named};

/// What is to be done with a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fit {
    /// The store does not hold it.
    New,
    /// The store holds all of it.
    Same,
    /// The store holds the run; this is what it lacks of it.
    Adds {
        parts: Vec<Part>,
        cases: Vec<ArchivedCase>,
    },
    /// The store holds another run of this name: why they cannot be one.
    Conflict(String),
}

/// Holds a run against what the store has under its name.
///
/// Machines that share a run bring cases that the others do not have. What both
/// have must be the same; a run is never changed.
pub(crate) fn fit(stored: Option<&ArchivedRun>, run: &ArchivedRun) -> Fit {
    let Some(stored) = stored else {
        return Fit::New;
    };
    if let Some(why) = conflict(stored, run) {
        return Fit::Conflict(why);
    }
    let parts: Vec<Part> = run
        .parts
        .iter()
        .filter(|part| !stored.parts.contains(part))
        .cloned()
        .collect();
    let cases: Vec<ArchivedCase> = run
        .cases
        .iter()
        .filter(|case| stored.cases.iter().all(|other| other.id != case.id))
        .cloned()
        .collect();
    if parts.is_empty() && cases.is_empty() {
        Fit::Same
    } else {
        Fit::Adds { parts, cases }
    }
}

/// Which parts lack when the run has been added.
pub(crate) fn lacking(stored: Option<&ArchivedRun>, run: &ArchivedRun) -> Vec<Shard> {
    let parts = stored.map_or(&[][..], |stored| &stored.parts).iter();
    let shards: Vec<Shard> = parts.chain(&run.parts).map(|part| part.shard).collect();
    archived::missing(&shards)
}

fn conflict(stored: &ArchivedRun, run: &ArchivedRun) -> Option<String> {
    if let (Some(ours), Some(theirs)) = (&stored.commit, &run.commit)
        && ours.hash != theirs.hash
    {
        return Some(format!(
            "it is kept as measured at {}, and this one was at {}",
            ours.short(),
            theirs.short()
        ));
    }
    for part in &run.parts {
        for other in &stored.parts {
            if other.shard.total != part.shard.total {
                let parts = counted(other.shard.total as usize, "part");
                return Some(format!(
                    "it is kept in {parts}, and this is part {}",
                    part.shard
                ));
            }
        }
    }
    let differs = |case: &&ArchivedCase| {
        stored
            .cases
            .iter()
            .any(|other| other.id == case.id && other != *case)
    };
    let different: Vec<&str> = run
        .cases
        .iter()
        .filter(differs)
        .map(|case| &*case.id)
        .collect();
    if !different.is_empty() {
        let cases = named(&different, 1);
        return Some(format!("it is kept with other figures of {cases}"));
    }
    // Equal numbers, and neither a case of both: two whole runs of one name.
    let again = run.parts.iter().find(|part| {
        let same = |other: &&Part| other.shard == part.shard;
        stored
            .parts
            .iter()
            .find(same)
            .is_some_and(|other| other != *part)
    });
    again.map(|part| {
        format!(
            "part {} of it is kept already, and ended otherwise",
            part.shard
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::history::fixture;

    fn run(cases: &[(&str, f64)], shard: Option<(u32, u32)>) -> ArchivedRun {
        let mut run = fixture::archived_run("r1", 1000, cases);
        run.parts = shard
            .map(|(number, total)| Part {
                shard: Shard { number, total },
                tool: "perf-report 0.1.0".to_owned(),
                exit: 0,
            })
            .into_iter()
            .collect();
        run
    }

    #[test]
    fn a_run_that_is_not_there_is_new_and_one_that_is_there_the_same() {
        let one = run(&[("a::b", 1.0)], Some((1, 1)));
        assert_eq!(fit(None, &one), Fit::New);
        assert_eq!(fit(Some(&one), &one), Fit::Same);
    }

    #[test]
    fn parts_of_one_run_add_up() {
        let one = run(&[("a::b", 1.0)], Some((1, 2)));
        let two = run(&[("a::c", 1.0)], Some((2, 2)));
        let Fit::Adds { parts, cases } = fit(Some(&one), &two) else {
            panic!("they fit");
        };
        assert_eq!((parts, &*cases[0].id), (two.parts.clone(), "a::c"));
        assert_eq!(
            lacking(None, &one),
            [Shard {
                number: 2,
                total: 2
            }]
        );
        assert_eq!(lacking(Some(&one), &two), []);
        // Records of nextest's partitions come without a part.
        let loose = run(&[("a::d", 1.0)], None);
        assert!(matches!(fit(Some(&one), &loose), Fit::Adds { parts, .. } if parts.is_empty()));
        assert_eq!(loose.missing(), []);
        // An empty part is a part.
        let empty = run(&[], Some((2, 2)));
        assert!(matches!(fit(Some(&one), &empty), Fit::Adds { cases, .. } if cases.is_empty()));
    }

    #[track_caller]
    fn refuses(stored: &ArchivedRun, run: &ArchivedRun, why: &str) {
        assert_eq!(fit(Some(stored), run), Fit::Conflict(why.to_owned()));
    }

    #[test]
    fn what_contradicts_is_a_conflict() {
        let one = run(&[("a::b", 1.0), ("a::c", 1.0)], Some((1, 2)));
        let mut other = one.clone();
        other.cases[0] = fixture::archived_run("r1", 1000, &[("a::b", 2.0)])
            .cases
            .remove(0);
        refuses(&one, &other, "it is kept with other figures of a::b");
        let mut commit = one.clone();
        commit.commit.as_mut().expect("it has one").hash = "f".repeat(40);
        refuses(
            &one,
            &commit,
            "it is kept as measured at 0123456789, and this one was at ffffffffff",
        );
        let whole = run(&[("a::d", 1.0)], Some((1, 1)));
        refuses(&one, &whole, "it is kept in 2 parts, and this is part 1/1");
        let mut ended = run(&[("a::d", 1.0)], Some((1, 2)));
        ended.parts[0].exit = 1;
        refuses(
            &one,
            &ended,
            "part 1/2 of it is kept already, and ended otherwise",
        );
        let again = run(&[("a::d", 1.0)], Some((1, 2)));
        assert!(matches!(fit(Some(&one), &again), Fit::Adds { .. }));
    }
}
