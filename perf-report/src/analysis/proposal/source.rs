//! What to paste into attributes: one line for each, for all the cases it makes.

use super::limit::is_looser;
use super::{Origin, Proposal};

/// The limits of one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paste {
    /// `file:line`.
    pub(crate) source: String,
    pub(crate) cases: Vec<String>,
    /// `p99 = "12ms"`
    pub(crate) limits: Vec<String>,
    /// What keeps a number from having an effect.
    pub(crate) remarks: Vec<String>,
}

/// Sorts proposals by attributes. Where several cases come from one, which has
/// `args`, the number that holds for all of them is meant.
pub(crate) fn in_source(proposals: &[Proposal]) -> Vec<Paste> {
    let mut chosen: Vec<&Proposal> = Vec::new();
    for one in proposals {
        let same = chosen.iter_mut().find(|other| {
            other.source == one.source && other.metric == one.metric && other.of == one.of
        });
        match same {
            None => chosen.push(one),
            Some(other) if is_looser(one.metric, one.value.value, other.value.value) => {
                *other = one;
            }
            Some(_) => {}
        }
    }
    let mut pastes: Vec<Paste> = Vec::new();
    for one in chosen {
        let known = pastes.iter().position(|paste| paste.source == one.source);
        let at = known.unwrap_or_else(|| {
            pastes.push(Paste {
                source: one.source.clone(),
                cases: cases(proposals, &one.source),
                limits: Vec::new(),
                remarks: Vec::new(),
            });
            pastes.len() - 1
        });
        pastes[at].limits.push(one.in_attribute());
        let origin = one.now.as_ref().map(|now| &now.origin);
        if let Some(Origin::Rule(spot)) = origin {
            pastes[at].remarks.push(format!(
                "{} has no effect there while {} overrides it",
                one.name(),
                spot.shown
            ));
        }
    }
    pastes
}

fn cases(proposals: &[Proposal], source: &str) -> Vec<String> {
    let mut cases: Vec<String> = Vec::new();
    for one in proposals.iter().filter(|one| one.source == source) {
        for case in std::iter::once(&one.case).chain(&one.others) {
            if !cases.contains(case) {
                cases.push(case.clone());
            }
        }
    }
    cases
}
