//! The allocation site that weighs most in the call of a record that was captured.

use std::collections::BTreeMap;

use serde::Serialize;

use super::allocations::{Allocations, Frame, Site};

/// Parts of paths under which other people's code is built.
const FOREIGN: [&str; 4] = ["/rustc/", "/rustlib/", "/registry/src/", "/git/checkouts/"];

/// The crates of the standard library.
const STD: [&str; 3] = ["std::", "core::", "alloc::"];

/// The allocation site that weighs most in the call that was captured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct HeaviestSite {
    /// `src/parser.rs:42`, or a function where lines are not known.
    pub(crate) place: String,
    /// What it has the largest share of.
    pub(crate) of: Weight,
    pub(crate) share: f64,
    pub(crate) bytes: u64,
    pub(crate) allocations: u64,
}

/// What sites are weighed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Weight {
    /// Allocations and reallocations.
    Allocations,
    /// Bytes allocated in all.
    Bytes,
    /// Bytes that were live when the most memory was.
    Peak,
}

impl Allocations {
    /// The site with the largest share of anything; `source` is the file in which the
    /// case is annotated.
    pub(crate) fn heaviest(&self, source: &str) -> Option<HeaviestSite> {
        let (places, all) = self.places(source);
        let kinds = [Weight::Allocations, Weight::Bytes, Weight::Peak];
        let shares = places.into_iter().flat_map(|(place, sums)| {
            let share = move |at: usize| match all[at] {
                0 => 0.0,
                all => sums[at] as f64 / all as f64,
            };
            (0..kinds.len()).map(move |at| (share(at), at, place.clone(), sums))
        });
        // Of equal shares the first kind counts: it is the most telling.
        let (share, at, place, sums) =
            shares.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
        Some(HeaviestSite {
            place,
            of: kinds[at],
            share,
            bytes: sums[1],
            allocations: sums[0],
        })
    }

    /// Every place in the user's code that allocates, with its allocations, its bytes
    /// and its bytes at the peak; and the same of the whole call.
    pub(crate) fn places(&self, source: &str) -> (BTreeMap<String, [u64; 3]>, [u64; 3]) {
        // Sites of one place are one.
        let mut places: BTreeMap<String, [u64; 3]> = BTreeMap::new();
        let mut all = [0; 3];
        for (place, site) in self.located(source) {
            let weights = [site.total.allocations, site.total.bytes, site.at_peak.bytes];
            for (sum, weight) in all.iter_mut().zip(weights) {
                *sum += weight;
            }
            if let Some(place) = place {
                let sums = places.entry(place.name()).or_default();
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += weight;
                }
            }
        }
        (places, all)
    }

    /// The sites, each with its place in the user's code where its stack is known.
    pub(crate) fn located(&self, source: &str) -> impl Iterator<Item = (Option<Place<'_>>, &Site)> {
        let root = root(source, &self.sites);
        let sites = self.sites.iter();
        sites.map(move |site| (Place::of(&site.frames, root), site))
    }
}

/// A place in the user's code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place<'a> {
    pub(crate) function: &'a str,
    /// Seen from the folder of the workspace.
    pub(crate) file: Option<&'a str>,
    pub(crate) line: Option<u32>,
    /// What it calls there, of others' code.
    pub(crate) callee: Option<&'a str>,
}

impl Place<'_> {
    /// The first of a stack in the user's own code, seen from `root`.
    fn of<'a>(frames: &'a [Frame], root: &str) -> Option<Place<'a>> {
        let own = |frame: &Frame| {
            let file = frame.file.as_deref().unwrap_or_default();
            !file.is_empty() && !FOREIGN.iter().any(|foreign| file.contains(foreign))
        };
        let is_std = |frame: &Frame| {
            let function = frame.function.trim_start_matches('<');
            STD.iter().any(|of| function.starts_with(of))
        };
        let at = frames.iter().position(own);
        let at = at.or_else(|| frames.iter().position(|frame| !is_std(frame)));
        let at = at.unwrap_or(0);
        let frame = frames.get(at)?;
        // With line tables alone, a closure has lost the name of its function.
        let mut around = frames[at..].iter().filter(|one| one.file == frame.file);
        let named = around.find(|one| !one.function.starts_with('{'));
        Some(Place {
            function: &named.unwrap_or(frame).function,
            file: frame.file.as_deref().map(|file| inside(file, root)),
            line: frame.line,
            callee: at.checked_sub(1).map(|at| &*frames[at].function),
        })
    }

    /// `src/parser.rs:42`, or the function where that is not known.
    pub(crate) fn name(&self) -> String {
        match (self.file, self.line) {
            (Some(file), Some(line)) => format!("{file}:{line}"),
            _ => self.function.to_owned(),
        }
    }
}

/// A file seen from the root; of a dependency from its own folder.
fn inside<'a>(file: &'a str, root: &str) -> &'a str {
    let behind = |folder: &str| {
        file.split_once(folder)?
            .1
            .split_once('/')
            .map(|(_, rest)| rest)
    };
    let own = file.strip_prefix(root).filter(|_| !root.is_empty());
    own.or_else(|| FOREIGN[2..].iter().find_map(|folder| behind(folder)))
        .unwrap_or(file)
}

/// The folder from which the file of the case is written: a stack ends in it.
fn root<'a>(file: &str, sites: &'a [Site]) -> &'a str {
    let files = sites.iter().flat_map(|site| &site.frames);
    let mut roots = files.filter_map(|frame| frame.file.as_deref()?.strip_suffix(file));
    if file.is_empty() {
        return "";
    }
    roots.find(|root| root.ends_with('/')).unwrap_or("")
}
