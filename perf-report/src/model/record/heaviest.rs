//! The allocation site that weighs most in the call of a record that was captured.

use std::collections::BTreeMap;

use serde::Serialize;

use super::allocations::{Allocations, Frame, Site};

/// Parts of paths under which other people's code is built.
const FOREIGN: [&str; 4] = ["/rustc/", "/rustlib/", "/registry/src/", "/git/checkouts/"];

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
        let root = root(source, &self.sites);
        // Sites of one place are one.
        let mut places: BTreeMap<String, [u64; 3]> = BTreeMap::new();
        let mut all = [0; 3];
        for site in &self.sites {
            let weights = [site.total.allocations, site.total.bytes, site.at_peak.bytes];
            for (sum, weight) in all.iter_mut().zip(weights) {
                *sum += weight;
            }
            if let Some(place) = place(&site.frames, root) {
                let sums = places.entry(place).or_default();
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += weight;
                }
            }
        }
        (places, all)
    }
}

/// The first place of a stack in the user's own code, seen from `root`.
fn place(frames: &[Frame], root: &str) -> Option<String> {
    let own = |frame: &&Frame| {
        let file = frame.file.as_deref().unwrap_or_default();
        !file.is_empty() && !FOREIGN.iter().any(|foreign| file.contains(foreign))
    };
    let frame = frames.iter().find(own).or(frames.first())?;
    Some(match (&frame.file, frame.line) {
        (Some(file), Some(line)) => format!("{}:{line}", inside(file, root)),
        _ => frame.function.clone(),
    })
}

fn inside<'a>(file: &'a str, root: &str) -> &'a str {
    file.strip_prefix(root).unwrap_or(file)
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
