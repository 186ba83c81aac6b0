//! For a pull request: a comment that says first what was decided, opens only what is
//! not a plain pass, and says how to see it again and how to accept it; and, with
//! more room, the summary of a job.

mod advice;
mod page;

use std::collections::{BTreeMap, HashMap};

use perf_grammar::{Metric, Noise, Verdict, format_count, shortened};

use self::page::{Block, Rank, page};
use super::compared;
use super::markdown::{code, label, text};
use crate::analysis::compare::{Compared, Comparison, Finding, explanations};
use crate::analysis::report::{Detail, Explanation, Report};
use crate::analysis::run::{Case, Limit};
use crate::model::words::{self, amount, counted, percent};

/// What the comment is found again by, so that it is changed instead of written anew.
const MARKER: &str = "<!-- perf-budgets -->";
/// GitHub takes 65,536 characters for a comment; a byte is one at most.
const COMMENT: usize = 65_535;
/// The longest name of a side that stands in a head line, bytes.
const LONGEST_SIDE: usize = 200;
/// Lines that say what was not judged.
const REASONS: usize = 20;
/// Above the lines of that.
const RESERVE: &str = "**Not judged, or with reserve:**\n\n";
/// Cases that are named of those that share a reason.
const NAMED: usize = 3;

/// Renders a comment, with what was found against another commit.
pub(crate) fn render(report: &Report, against: Option<&Compared>) -> String {
    summary(report, against, COMMENT)
}

/// The same with room for this many bytes.
pub(crate) fn summary(report: &Report, against: Option<&Compared>, most: usize) -> String {
    let changes = against.map(Changes::of);
    let [rows, passes] = limits(report, changes.as_ref());
    let mut blocks = vec![not_judged(report), rows];
    let mut folded = vec![passes];
    let mut shown: Vec<&Explanation> = report.explanations.iter().collect();
    if let Some(changes) = &changes {
        let [rows, passes] = changes.blocks();
        blocks.push(rows);
        folded.push(passes);
        shown.extend(&changes.explanations);
    }
    blocks.extend(advice::of_report(report, against));
    blocks.push(explained(&shown));
    blocks.extend(folded);
    page(&head(report, against), blocks, &foot(report), most)
}

/// Renders a comparison.
pub(crate) fn comparison(compared: &Compared) -> String {
    comparison_summary(compared, COMMENT)
}

/// The same with room for this many bytes.
pub(crate) fn comparison_summary(compared: &Compared, most: usize) -> String {
    let changes = Changes::of(compared);
    let icon = icon(
        compared.fails() || !compared.problems.is_empty(),
        compared.all_judged(),
    );
    let head = format!(
        "## {icon} Performance against {}: {} · {}\n",
        side(&compared.before),
        compared::status(compared),
        sum(compared)
    );
    let [rows, passes] = changes.blocks();
    let mut blocks = vec![open_questions(compared), rows];
    blocks.extend(advice::of_comparison(compared));
    blocks.push(explained(&changes.explanations.iter().collect::<Vec<_>>()));
    blocks.push(passes);
    let foot = format!(
        "Before: {}. After: {}.{}\n\n{MARKER}\n",
        side(&compared.before),
        side(&compared.after),
        artifacts(compared.artifacts.as_deref())
    );
    page(&head, blocks, &foot, most)
}

/// Verdict and counts.
fn head(report: &Report, against: Option<&Compared>) -> String {
    let worse = against.filter(|compared| compared.fails() || !compared.problems.is_empty());
    let icon = icon(
        report.fails() || !report.problems.is_empty() || worse.is_some(),
        report.all_judged() && report.tally.warned == 0 && against.is_none_or(Compared::all_judged),
    );
    let of_change = against.map(|compared| {
        format!(
            "; {} against {}",
            compared::status(compared),
            side(&compared.before)
        )
    });
    format!(
        "## {icon} Performance budgets: {}{} · {}\n",
        report.status().1,
        of_change.unwrap_or_default(),
        report.tally
    )
}

fn icon(is_red: bool, is_plain: bool) -> &'static str {
    match (is_red, is_plain) {
        (true, _) => "❌",
        (false, true) => "✅",
        (false, false) => "⚠️",
    }
}

/// The verdicts of a comparison, added up.
fn sum(compared: &Compared) -> String {
    compared.closing().pop().unwrap_or_default()
}

/// What a side of a comparison is called.
fn side(name: &str) -> String {
    text(&shortened(name, LONGEST_SIDE, "the comparison"))
}

fn foot(report: &Report) -> String {
    let mut out = format!("Run {}", code(&report.run));
    if let Some(commit) = &report.commit {
        out.push_str(&format!(" of {}", code(&commit.short())));
    }
    if let Some(machine) = &report.machine {
        out.push_str(&format!(" on {}", text(machine)));
    }
    let artifacts = artifacts(report.artifacts.as_deref());
    format!("{out}.{artifacts}\n\n{MARKER}\n")
}

/// A link to what the job keeps.
fn artifacts(page: Option<&str>) -> String {
    page.map_or(String::new(), |page| {
        format!(" [Pages, records and profiles]({page}).")
    })
}

/// What was not judged, and what makes the run less than it should be.
fn not_judged(report: &Report) -> Block {
    let mut rows = list("Incomplete: ", &report.problems);
    let mut reasons: BTreeMap<(Verdict, &str), Vec<&Case>> = BTreeMap::new();
    for case in &report.cases {
        for limit in case.limits.iter().filter(|limit| limit.verdict.is_open()) {
            let reason = limit
                .reason
                .as_ref()
                .map_or("no reason is known", |reason| &reason.text);
            reasons
                .entry((limit.verdict, reason))
                .or_default()
                .push(case);
        }
    }
    let all = reasons.len();
    for ((verdict, reason), cases) in reasons.into_iter().rev().take(REASONS) {
        let limits = counted(cases.len(), "limit");
        let named = named(cases.iter().map(|case| &*case.id));
        rows.push(format!(
            "- {limits} {}: {} ({named})\n",
            verdict.word(),
            text(reason)
        ));
    }
    if all > REASONS {
        rows.push(format!("- and for {} further reasons\n", all - REASONS));
    }
    // The first line is the sum, which stands above.
    rows.extend(list("", &report.closing()[1..]));
    rows.extend(list("Unfit environment: ", &report.unfit));
    Block::new(Rank::NotJudged, RESERVE, rows, "line")
}

/// The same of a comparison.
fn open_questions(compared: &Compared) -> Block {
    let mut rows = list("Incomplete: ", &compared.problems);
    let open = compared
        .comparisons
        .iter()
        .filter(|one| one.verdict.is_open())
        .count();
    if open > 0 {
        rows.push(format!(
            "- {open} of {} were not decided; why stands below\n",
            compared.comparisons.len()
        ));
    }
    rows.extend(list("", &compared::one_sided(compared)));
    rows.extend(list("Warning: ", &compared.warnings));
    Block::new(Rank::NotJudged, RESERVE, rows, "line")
}

fn list(word: &str, lines: &[String]) -> Vec<String> {
    let row = |line: &String| format!("- {word}{}\n", text(line));
    lines.iter().map(row).collect()
}

/// The first of some cases, and how many more there are.
fn named<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let mut ids: Vec<&str> = ids.collect();
    ids.dedup();
    let names: Vec<String> = ids.into_iter().map(code).collect();
    words::named(&names, NAMED)
}

/// The limits: what is not a plain pass, and the others folded.
fn limits(report: &Report, changes: Option<&Changes<'_>>) -> [Block; 2] {
    let mut shown: Vec<(Verdict, String)> = Vec::new();
    let mut plain = Vec::new();
    for case in &report.cases {
        if let Some(failure) = &case.failure {
            let cells = [
                code(&case.id),
                "the call itself".to_owned(),
                text(&case.brief(failure.first_line())),
            ];
            shown.push((
                Verdict::Fail,
                line(
                    Verdict::Fail,
                    cells,
                    Default::default(),
                    changes.map(|_| String::new()),
                ),
            ));
        }
        for limit in &case.limits {
            let change = changes.map(|changes| changes.of_limit(case, limit));
            let row = row(case, limit, change);
            match limit.verdict == Verdict::Pass && limit.notes.is_empty() {
                true => plain.push(row),
                false => shown.push((limit.verdict, row)),
            }
        }
    }
    // Stable: within a verdict the cases stay in order of id.
    shown.sort_by_key(|(verdict, _)| std::cmp::Reverse(*verdict));
    let shown = shown.into_iter().map(|(_, row)| row).collect();
    let change = changes.map(|changes| format!(" against {} |", side(&changes.of.before)));
    let head = format!(
        "| verdict | case | budget | measured | interval | calls | used |{}\n|---|---|---|---:|---:|---:|---:|{}\n",
        change.unwrap_or_default(),
        changes.map(|_| "---:|").unwrap_or_default()
    );
    let summary = format!("{} passed", amount(plain.len() as u64, "limit"));
    [
        Block::new(Rank::Rows, &head, shown, "row"),
        Block::folded(Rank::Passes, &summary, &head, plain, "passed limit"),
    ]
}

fn row(case: &Case, limit: &Limit, change: Option<String>) -> String {
    let relation = limit.relation();
    let cells = [
        code(&case.id),
        format!("{} {relation} {}", text(&limit.metric), text(&limit.limit)),
        limit.measured().unwrap_or_default(),
    ];
    let evidence = limit.evidence.as_ref();
    let calls = match evidence {
        Some(evidence) => Some(evidence.calls),
        None => case
            .memory
            .as_ref()
            .map(|memory| memory.calls)
            .filter(|_| is_exact(limit)),
    };
    let numbers = [
        interval(limit),
        calls
            .map(|calls| format_count(calls as f64))
            .unwrap_or_default(),
        limit.share.map(percent).unwrap_or_default(),
    ];
    line(limit.verdict, cells, numbers, change)
}

fn line(
    verdict: Verdict,
    cells: [String; 3],
    numbers: [String; 3],
    change: Option<String>,
) -> String {
    let [case, budget, measured] = cells;
    let [interval, calls, used] = numbers;
    let change = change
        .map(|change| format!(" {change} |"))
        .unwrap_or_default();
    format!(
        "| {} | {case} | {budget} | {measured} | {interval} | {calls} | {used} |{change}\n",
        label(verdict)
    )
}

/// Where the value lies, as far as that was tested.
fn interval(limit: &Limit) -> String {
    let shown = |value: f64| {
        limit
            .unit
            .map(|unit| perf_grammar::format(unit, value))
            .unwrap_or_default()
    };
    let evidence = limit.evidence.as_ref().filter(|_| limit.measured.is_some());
    let bounds = evidence.map(|evidence| (evidence.lower, evidence.upper));
    match bounds {
        _ if is_exact(limit) => "exact".to_owned(),
        Some((Some(lower), Some(upper))) => format!("{} to {}", shown(lower), shown(upper)),
        Some((Some(lower), None)) => format!("≥ {}", shown(lower)),
        Some((None, Some(upper))) => format!("≤ {}", shown(upper)),
        Some((None, None)) | None => String::new(),
    }
}

/// Whether it was measured and is counted, not timed.
fn is_exact(limit: &Limit) -> bool {
    let metric = Metric::from_key(limit.key());
    limit.measured.is_some() && metric.is_some_and(|metric| metric.noise() == Noise::Exact)
}

/// The explanations, folded.
fn explained(explanations: &[&Explanation]) -> Block {
    let rows = explanations.iter().map(|one| {
        let lines = one.below();
        let gap = if lines.is_empty() { "" } else { "\n" };
        let lines = lines.iter().map(|line| format!("- {}\n", text(line)));
        format!(
            "{} {}: {}\n{gap}{}\n",
            label(one.verdict),
            code(&one.case),
            text(&one.sentence),
            lines.collect::<String>()
        )
    });
    Block::folded(Rank::Explanations, "Why", "", rows.collect(), "explanation")
}

/// A comparison, as it stands in a comment.
struct Changes<'a> {
    of: &'a Compared,
    by_limit: HashMap<(&'a str, &'a str), &'a Comparison>,
    explanations: Vec<Explanation>,
}

impl Changes<'_> {
    fn of(compared: &Compared) -> Changes<'_> {
        let keys = compared.comparisons.iter();
        Changes {
            of: compared,
            by_limit: keys
                .map(|one| ((&*one.id, one.subject.key()), one))
                .collect(),
            explanations: explanations(compared, Detail::NotPlain),
        }
    }

    /// What changed of what a limit holds.
    fn of_limit(&self, case: &Case, limit: &Limit) -> String {
        match self.by_limit.get(&(&*case.id, &*limit.metric)) {
            Some(one) => change(one),
            None => String::new(),
        }
    }

    /// The changes: what is not a plain pass, and the others folded.
    fn blocks(&self) -> [Block; 2] {
        let is_plain =
            |one: &&Comparison| one.verdict == Verdict::Pass && one.finding != Finding::Layout;
        let (plain, mut shown): (Vec<&Comparison>, Vec<&Comparison>) =
            self.of.comparisons.iter().partition(is_plain);
        shown.sort_by_key(|one| std::cmp::Reverse(one.verdict));
        let rows = |some: Vec<&Comparison>| some.into_iter().map(changed).collect();
        let head = "| verdict | case | what | before | after | change | tolerated | finding |\n|---|---|---|---:|---:|---:|---:|---|\n";
        let title = format!("**Against {}:**\n\n{head}", side(&self.of.before));
        let summary = format!("{} comparisons passed", format_count(plain.len() as f64));
        [
            Block::new(Rank::Changes, &title, rows(shown), "row"),
            Block::folded(
                Rank::Passes,
                &summary,
                head,
                rows(plain),
                "passed comparison",
            ),
        ]
    }
}

fn changed(one: &Comparison) -> String {
    let (before, after) = compared::pair(one);
    format!(
        "| {} | {} | {} | {before} | {after} | {} | {} | {} |\n",
        label(one.verdict),
        code(&one.id),
        text(one.subject.key()),
        change(one),
        compared::tolerance(one),
        one.finding.word(&one.subject)
    )
}

/// `+25 % (+21 to +29 %)`.
fn change(one: &Comparison) -> String {
    match (compared::change(one), compared::interval(one)) {
        (change, interval) if interval.is_empty() => change,
        (change, interval) => format!("{change} ({interval})"),
    }
}

#[cfg(test)]
mod tests;
