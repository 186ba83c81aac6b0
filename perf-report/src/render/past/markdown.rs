//! A history for a pull request, a job's summary, or a document that is kept.

use super::super::markdown::{code, list, table, text};
use super::{View, tables};
use crate::analysis::history::{Followed, Trend, sentence};

pub(crate) fn render(picture: &Trend, view: View) -> String {
    let title = match view {
        View::Runs => "History",
        View::Lines => "Trend",
    };
    let mut out = format!("## {title} of performance\n\n{}\n", picture.closing());
    match view {
        View::Runs => {
            for one in &picture.followed {
                out.push_str(&format!(
                    "\n### {}\n\n{}\n\n",
                    code(&one.case),
                    text(&sentence::place(one))
                ));
                table(&mut out, &tables::runs(one), one.points.len());
                told(&mut out, &[one]);
            }
        }
        View::Lines => {
            for group in picture.followed.chunk_by(|a, b| a.place == b.place) {
                let group: Vec<&Followed> = group.iter().collect();
                out.push_str(&format!("\n### {}\n\n", text(&group[0].place.words)));
                table(&mut out, &tables::lines(&group), group.len());
                told(&mut out, &group);
            }
        }
    }
    list(&mut out, "Notes", &picture.remarks);
    out
}

fn told(out: &mut String, group: &[&Followed]) {
    let mut lines = Vec::new();
    for one in group {
        let case = code(&one.case);
        if let Some(alarm) = &one.alarm {
            let word = match &alarm.waiver {
                Some(_) => "waived",
                None => "**REGRESSION**",
            };
            lines.push(format!(
                "{word} {case}: {}",
                text(&sentence::alarming(one, alarm))
            ));
        }
        for change in &one.changes {
            lines.push(format!(
                "change {case}: {}",
                text(&sentence::changed(one, change))
            ));
        }
        if let Some(drift) = &one.drift {
            lines.push(format!(
                "**drift** {case}: {}",
                text(&sentence::drifting(one, drift))
            ));
        }
    }
    if !lines.is_empty() {
        out.push_str(&format!("\n- {}\n", lines.join("\n- ")));
    }
}
