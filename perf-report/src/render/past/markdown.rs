//! A history for a pull request, a job's summary, or a document that is kept.

use super::super::markdown::{code, list, table, text};
use super::{View, tables};
use crate::analysis::history::{SeriesAnalysis, Trend, sentence};

pub(crate) fn render(trend: &Trend, view: View) -> String {
    let title = match view {
        View::Runs => "History",
        View::Lines => "Trend",
    };
    let mut out = format!("## {title} of performance\n\n{}\n", trend.closing());
    match view {
        View::Runs => {
            for one in &trend.analyses {
                out.push_str(&format!(
                    "\n### {}\n\n{}\n\n",
                    code(&one.case),
                    text(&sentence::place(one))
                ));
                table(&mut out, &tables::runs(one), one.points.len());
                findings(&mut out, &[one]);
            }
        }
        View::Lines => {
            for group in trend.analyses.chunk_by(|a, b| a.place == b.place) {
                let group: Vec<&SeriesAnalysis> = group.iter().collect();
                out.push_str(&format!("\n### {}\n\n", text(&group[0].place.words)));
                table(&mut out, &tables::lines(&group), group.len());
                findings(&mut out, &group);
            }
        }
    }
    list(&mut out, "Notes", &trend.remarks);
    out
}

fn findings(out: &mut String, group: &[&SeriesAnalysis]) {
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
