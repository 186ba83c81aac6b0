//! What `suggest` found, for people.

use std::collections::BTreeMap;

use super::terminal::Look;
use crate::proposal::{Headroom, Proposal, Suggestions, in_source};
use crate::tally::Verdict;

/// What each case should hold and why, and what gets nothing.
pub(crate) fn suggestions(found: &Suggestions, headroom: Headroom, look: Look) -> String {
    let mut cases: BTreeMap<&str, (Option<&str>, Vec<String>)> = BTreeMap::new();
    let proposals = found
        .proposals
        .iter()
        .map(|one| (one, suggestion(one, look)));
    let stay = found.stay.iter().map(|one| (one, stays(one)));
    for (one, line) in proposals.chain(stay) {
        let (source, lines) = cases.entry(&one.case).or_default();
        *source = Some(&one.source);
        lines.push(line);
    }
    for nothing in &found.nothing {
        let (_, lines) = cases.entry(&nothing.case).or_default();
        let what = match &*nothing.what {
            "" => "nothing is suggested".to_owned(),
            what => format!("nothing for {what}"),
        };
        let what = look.paint(Verdict::Undecided, &what);
        lines.push(format!("{what}: {}", nothing.why));
    }
    let mut out = format!("headroom: {}\n", headroom.words());
    for (case, (source, lines)) in cases {
        let source = source.map_or(String::new(), |source| format!("  {}", look.dim(source)));
        out.push_str(&format!("\n{case}{source}\n"));
        for line in lines {
            out.push_str(&format!("    {line}\n"));
        }
    }
    out
}

/// What to paste into attributes, by their places.
pub(crate) fn pasted(proposals: &[Proposal], look: Look) -> String {
    let mut out = String::new();
    for paste in in_source(proposals) {
        out.push_str(&format!(
            "{}  {}\n    {}\n",
            paste.source,
            look.dim(&paste.cases.join(", ")),
            paste.limits.join(", ")
        ));
        for remark in paste.remarks {
            out.push_str(&format!("    {remark}\n"));
        }
    }
    out
}

/// A number, why, and what stands there now.
fn suggestion(one: &Proposal, look: Look) -> String {
    let was = one.now.as_ref().map_or(String::new(), |now| {
        let broken = if now.broken { ", which is broken" } else { "" };
        let (now, place) = (&now.value.text, now.origin.shown());
        format!("; now {now}{broken}, at {place}")
    });
    let number = look.paint(Verdict::Pass, &one.in_attribute());
    format!("{number}  {}{was}", one.why)
}

/// A limit that is as good as what would be suggested.
fn stays(one: &Proposal) -> String {
    let now = one.now.as_ref().map_or("", |now| &now.value.text);
    format!("{} {now} stays: {}", one.name(), one.why)
}
