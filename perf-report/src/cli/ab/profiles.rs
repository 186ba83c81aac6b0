//! Profiles both builds of the cases that are slower, one after the other.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use super::super::discovery::Discovery;
use super::super::profiling::{self, MOST_CASES, Target};
use super::super::{Stop, output};
use super::sides::{Pair, Surveys};
use crate::analysis::compare::Compared;
use crate::analysis::profile::{Answer, changed, changed_instructions, changed_stacks, root};
use crate::infra::diagnose::Phase;
use crate::infra::{machine, store};
use crate::model::profile::{FOLDER, Profile, View};
use crate::render::flamegraph::{self, BUILDS, Viewer};

/// The folders of the profiles of either build, below that of the comparison.
const FOLDERS: [&str; 2] = ["before", "after"];

/// Counting the instructions of a further case by function begins before so long, all
/// others taken together.
const MOST_COUNTING: Duration = Duration::from_secs(60);

/// Says of each case that is slower than is allowed which functions take longer. What
/// cannot be stored is a warning.
///
/// # Errors
/// If it is interrupted.
pub(super) fn explain(
    compared: &mut Compared,
    discoveries: &Surveys<'_>,
    pairs: &[Pair],
    err: &mut dyn Write,
) -> Result<(), Stop> {
    let mut slower: Vec<usize> = Vec::new();
    for (place, one) in compared.comparisons.iter().enumerate() {
        // The typical call comes before the slow ones, and explains them too.
        let is_known = |known: &usize| compared.comparisons[*known].id == one.id;
        if one.slower().is_some() && !slower.iter().any(is_known) {
            slower.push(place);
        }
    }
    if slower.is_empty() {
        return Ok(());
    }
    let _profiling = Phase::new("profile");
    let all = slower.len();
    let mut counter = Counter::new(discoveries);
    for (nth, place) in slower.into_iter().enumerate() {
        let one = &compared.comparisons[place];
        let id = one.id.clone();
        let (Some(slower), Some(builds)) = (one.slower(), Builds::of(&id, discoveries, pairs))
        else {
            continue;
        };
        if nth >= MOST_CASES {
            compared.comparisons[place].about.push(format!(
                "{all} cases are slower, of which {MOST_CASES} were profiled; name this one to have it profiled"
            ));
            continue;
        }
        // A log that cannot be written must not end a comparison.
        let _ = writeln!(
            err,
            "profiling both builds of {}",
            perf_grammar::harmless(&id)
        );
        let profiles = builds.profile(err);
        Stop::if_interrupted()?;
        let [before, after] = &profiles;
        let both = [before, after];
        let Answer { causes, lines } = changed(both, &slower, root(after, builds.sources[1]));
        let stacks = changed_stacks(both, &slower);
        let folder = discoveries.root;
        let mut unstored: Vec<String> = (profiles.iter().zip(FOLDERS))
            .filter_map(|(profile, name)| profiling::store(profile, None, &folder.join(name)))
            .collect();
        let one = &mut compared.comparisons[place];
        one.causes = causes;
        one.about.extend(lines);
        if profiles.iter().all(|profile| !profile.is_counted()) {
            let Answer { causes, lines } = counter.count(&builds, err);
            one.causes.extend(causes);
            one.about.extend(lines);
            Stop::if_interrupted()?;
        }
        if let Some(stacks) = &stacks {
            let svg = flamegraph::differential(&id, BUILDS, stacks, Viewer::Browser);
            let file = folder.join(View::Change.path(&id));
            let shown = |file: &Path| output::shown(file, discoveries.after.world);
            let [before, after] = FOLDERS.map(|name| shown(&folder.join(name).join(FOLDER)));
            match store::write(&file, &svg) {
                Ok(()) => one.about.push(format!(
                    "differential flamegraph: {}; profiles: {before} and {after}",
                    shown(&file)
                )),
                Err(error) => {
                    unstored.push(format!("{}: cannot be written: {error}", file.display()));
                }
            }
        }
        compared.warnings.extend(unstored);
        compared.charts.entry(id).or_default().stacks = stacks;
    }
    Ok(())
}

/// A case in both builds.
struct Builds<'a> {
    discoveries: &'a Surveys<'a>,
    pair: &'a Pair,
    id: &'a str,
    /// `file:line` in either tree.
    sources: [&'a str; 2],
}

impl<'a> Builds<'a> {
    fn of(id: &'a str, discoveries: &'a Surveys<'a>, pairs: &'a [Pair]) -> Option<Builds<'a>> {
        pairs.iter().find_map(|pair| {
            let case = pair.cases.iter().find(|case| case.id == id)?;
            let before = pair.sources_before.get(id)?;
            Some(Builds {
                discoveries,
                pair,
                id,
                sources: [before, &case.source],
            })
        })
    }

    fn profile(&self, err: &mut dyn Write) -> [Profile; 2] {
        let mut waits = output::waits(err);
        let sides = self.sides();
        sides.map(|(discovery, target)| profiling::profile(discovery, target, &mut waits))
    }

    fn sides(&self) -> [(&'a Discovery<'a>, Target<'a>); 2] {
        let sides = [
            (&self.discoveries.before, self.pair.before, self.sources[0]),
            (&self.discoveries.after, self.pair.after, self.sources[1]),
        ];
        sides.map(|(discovery, binary, source)| {
            let target = Target {
                binary,
                id: self.id,
                source,
            };
            (discovery, target)
        })
    }
}

/// Counts instructions by function, where valgrind is there.
struct Counter {
    is_there: bool,
    took: Duration,
}

impl Counter {
    fn new(discoveries: &Surveys<'_>) -> Counter {
        Counter {
            is_there: machine::has_program("valgrind", discoveries.after.world),
            took: Duration::ZERO,
        }
    }

    /// Says which functions execute more instructions of a call than before.
    fn count(&mut self, builds: &Builds<'_>, err: &mut dyn Write) -> Answer {
        if !self.is_there {
            return Answer::default();
        }
        let line = |line: String| Answer {
            causes: Vec::new(),
            lines: vec![line],
        };
        if self.took >= MOST_COUNTING {
            return line(format!(
                "its instructions were not counted by function: those of the cases before it took {} s; name this one to have them counted",
                self.took.as_secs()
            ));
        }
        let mut waits = output::waits(err);
        let start = Instant::now();
        let [before, after] = builds
            .sides()
            .map(|(discovery, target)| profiling::counted(discovery, target, &mut waits));
        self.took += start.elapsed();
        match (before, after) {
            (Ok(before), Ok(after)) => {
                changed_instructions([&before, &after], root(&after, builds.sources[1]))
            }
            (Err(why), _) | (_, Err(why)) => line(format!(
                "its instructions were not counted by function: {why}"
            )),
        }
    }
}
