//! `bisect`: names the commit after which a case is worse, by comparing commits of a
//! range with its start, both builds in turns.

use std::io::Write;

use super::ab::{self, Sides};
use super::arguments::BisectArguments;
use super::{Console, Exit, Stop, output};
use crate::analysis::bisection::{Halving, Shown};
use crate::analysis::compare::{Compared, Comparison, Finding};
use crate::infra::worktree::{self, Revision};

/// Runs the verb.
pub(super) fn run(arguments: &BisectArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, err, world } = console;
    let good = Revision::find(&arguments.good, world).map_err(Stop::usage)?;
    let bad = Revision::find(&arguments.bad, world).map_err(Stop::usage)?;
    let commits = worktree::between(&good, &bad, world).map_err(Stop::usage)?;
    let mut halving = Halving::new(commits.len()).ok_or_else(|| {
        Stop::usage(format!(
            "no commit lies between {} and {}; --good comes before --bad on its first parents",
            good.name(),
            bad.name()
        ))
    })?;
    let look = |commit: &Revision, err: &mut dyn Write| -> Result<Compared, Stop> {
        let sides = Sides::new(
            good.clone(),
            Some(commit.clone()),
            arguments.one_layout,
            world,
        )?;
        ab::compare(&sides, &arguments.ab(), err)
    };
    // A closed standard error is no failure.
    let _ = writeln!(
        err,
        "{} commits, about {} comparisons",
        commits.len(),
        halving.left() + 1
    );
    let last = look(&bad, err)?;
    if shown(&last) != Shown::Bad {
        let sentences: Vec<&str> = last.comparisons.iter().map(|one| &*one.sentence).collect();
        return Err(Stop::usage(format!(
            "at {} the case is not worse than at {}, so no commit made it so: {}\n    a smaller --tolerance may show it",
            bad.name(),
            good.name(),
            sentences.join("; ")
        )));
    }
    let mut worse = said(&last);
    while let Some(at) = halving.next() {
        let commit = &commits[at];
        let found = look(commit, err);
        let (what, words) = match &found {
            Ok(compared) => (shown(compared), said(compared).join("; ")),
            // A commit that does not build is passed over.
            Err(stop) => (Shown::Nothing, stop.message.clone()),
        };
        let word = match what {
            Shown::Good => "good",
            Shown::Bad => "bad",
            Shown::Nothing => "skipped",
        };
        let _ = writeln!(
            err,
            "{word}  {}  {words}",
            worktree::describe(commit, world)
        );
        if let (Shown::Bad, Ok(compared)) = (what, &found) {
            worse = said(compared);
        }
        halving.take(at, what);
    }
    let suspects: Vec<String> = halving
        .suspects()
        .map(|at| worktree::describe(&commits[at], world))
        .collect();
    output::print(out, &conclusion(&suspects, &worse))?;
    Ok(Exit::Passed)
}

/// What a comparison with the start of the range shows.
fn shown(compared: &Compared) -> Shown {
    let findings = || compared.comparisons.iter().map(|one| &one.finding);
    let is_bad = |finding: &Finding| matches!(finding, Finding::Worse | Finding::Failed(_));
    if findings().any(is_bad) {
        return Shown::Bad;
    }
    let is_open = |finding: &Finding| {
        matches!(
            finding,
            Finding::Undecided(_) | Finding::Unenforceable(_) | Finding::Unmeasured(_)
        )
    };
    // The tail is often not decided where the typical call is.
    let typical = compared.comparisons.iter().filter(|one| one.is_typical());
    if compared.comparisons.is_empty() || typical.map(|one| &one.finding).any(is_open) {
        Shown::Nothing
    } else {
        Shown::Good
    }
}

/// The sentences about what is worse, or all where nothing is.
fn said(compared: &Compared) -> Vec<String> {
    let worse = |one: &&Comparison| matches!(one.finding, Finding::Worse | Finding::Failed(_));
    let sentences = |all: Vec<&Comparison>| all.iter().map(|one| one.sentence.clone()).collect();
    let bad: Vec<&Comparison> = compared.comparisons.iter().filter(worse).collect();
    if bad.is_empty() {
        sentences(
            compared
                .comparisons
                .iter()
                .filter(|one| one.is_typical())
                .collect(),
        )
    } else {
        sentences(bad)
    }
}

fn conclusion(suspects: &[String], worse: &[String]) -> String {
    let mut text = match suspects {
        [one] => format!("worse since {one}\n"),
        several => format!(
            "worse since one of these; those between showed nothing:\n    {}\n",
            several.join("\n    ")
        ),
    };
    for sentence in worse {
        text += &format!("    {sentence}\n");
    }
    text
}
