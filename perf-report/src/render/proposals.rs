//! What `suggest` and `ratchet` found, for people.

use std::collections::BTreeMap;

use perf_grammar::{Verdict, harmless};

use super::terminal::Style;
use crate::analysis::proposal::{Headroom, Idle, Proposal, Row, Suggestions, Tightened, in_source};
use crate::model::words::percent;

/// A limit of which less than this is used is far from it.
const FAR: f64 = 0.1;

/// What each case should hold and why, and what gets nothing.
pub(crate) fn suggestions(found: &Suggestions, headroom: Headroom, style: Style) -> String {
    let mut cases: BTreeMap<&str, (Option<&str>, Vec<String>)> = BTreeMap::new();
    let proposals = found
        .proposals
        .iter()
        .map(|one| (one, suggestion(one, None, style)));
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
        let what = style.paint(Verdict::Undecided, &what);
        lines.push(format!("{what}: {}", harmless(&nothing.why)));
    }
    let mut out = format!("headroom: {}\n", headroom.words());
    for (case, (source, lines)) in cases {
        let source = source.map_or(String::new(), |source| format!("  {}", style.dim(source)));
        out.push_str(&format!("\n{}{source}\n", harmless(case)));
        for line in lines {
            out.push_str(&format!("    {line}\n"));
        }
    }
    out
}

/// What to paste into attributes, by their places.
pub(crate) fn pasted(proposals: &[Proposal], style: Style) -> String {
    let mut out = String::new();
    for paste in in_source(proposals) {
        out.push_str(&format!(
            "{}  {}\n    {}\n",
            paste.source,
            style.dim(&paste.cases.join(", ")),
            paste.limits.join(", ")
        ));
        for remark in paste.remarks {
            out.push_str(&format!("    {remark}\n"));
        }
    }
    out
}

/// What can be tighter, what is far from its limit, and what is left alone.
pub(crate) fn tightened(found: &Tightened, headroom: Headroom, style: Style) -> String {
    let mut out = format!("headroom: {}\n", headroom.words());
    let mut last: Option<(&str, usize)> = None;
    for one in &found.proposals {
        let heading = (&*one.case, one.others.len());
        if last.replace(heading) != Some(heading) {
            let case = harmless(&one.case);
            out.push_str(&format!("\n{case}{}\n", others(heading.1)));
        }
        let mut rows = found.rows.iter();
        let row = rows.find(|row| row.case == one.case && row.name == one.name());
        let share = row.and_then(|row| row.share);
        out.push_str(&format!("    {}\n", suggestion(one, share, style)));
    }
    let mut far: Vec<&Row> = found.rows.iter().filter(|row| is_far(row)).collect();
    far.sort_by(|a, b| a.share.unwrap_or(0.0).total_cmp(&b.share.unwrap_or(0.0)));
    if !far.is_empty() {
        out.push_str("\nfar from their limits, less than 10 % used:\n");
        for row in far {
            let share = percent(row.share.unwrap_or(0.0));
            out.push_str(&format!(
                "    {share:>4}  {} {}  {}{}  {}\n",
                harmless(&row.name),
                row.limit,
                harmless(&row.case),
                others(row.others),
                style.dim(&row.place)
            ));
        }
    }
    let left: Vec<(&Row, &String)> = found
        .rows
        .iter()
        .filter_map(|row| Some((row, row.left.as_ref()?)))
        .collect();
    if !left.is_empty() {
        out.push_str("\nleft alone:\n");
        for (row, why) in &left {
            out.push_str(&format!(
                "    {}  {} {}: {why}\n",
                harmless(&row.case),
                harmless(&row.name),
                row.limit
            ));
        }
    }
    let tight = found.rows.len() - left.len() - found.proposals.len();
    if tight > 0 {
        let (limits, are) = match tight {
            1 => ("limit", "is"),
            _ => ("limits", "are"),
        };
        out.push_str(&format!(
            "\n{tight} {limits} {are} as tight as the headroom allows\n"
        ));
    }
    out
}

/// Waivers of a file that can go.
pub(crate) fn waivers(file: &str, idle: &[Idle], style: Style) -> String {
    let mut out = String::new();
    for one in idle {
        let place = format!("{file}:{}:{}", one.place.line, one.place.column);
        let word = style.paint(Verdict::Waived, "waiver");
        let by_hand = if one.own {
            ""
        } else {
            "; it stands in a list, so remove it by hand"
        };
        out.push_str(&format!(
            "{word} of {}: {}{by_hand}  {}\n",
            one.what,
            one.why,
            style.dim(&place)
        ));
    }
    out
}

/// A number, why, and what stands there now.
fn suggestion(one: &Proposal, share: Option<f64>, style: Style) -> String {
    let was = one.now.as_ref().map_or(String::new(), |now| {
        let used = share.map_or(String::new(), |share| format!(" ({} used)", percent(share)));
        let broken = if now.broken { ", which is broken" } else { "" };
        let (now, place) = (&now.value.text, now.origin.shown());
        format!("; now {now}{used}{broken}, at {place}")
    });
    let number = style.paint(Verdict::Pass, &one.in_attribute());
    format!("{number}  {}{was}", one.why)
}

/// A limit that is as good as what would be suggested.
fn stays(one: &Proposal) -> String {
    let now = one.now.as_ref().map_or("", |now| &now.value.text);
    format!("{} {now} stays: {}", one.name(), one.why)
}

fn is_far(row: &Row) -> bool {
    row.share.is_some_and(|share| share < FAR)
}

fn others(number: usize) -> String {
    match number {
        0 => String::new(),
        1 => " and 1 other".to_owned(),
        number => format!(" and {number} others"),
    }
}
