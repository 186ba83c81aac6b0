//! The page around the data: what is there without a script as well.

use perf_grammar::{Tally, Verdict, harmless};

use super::embed::{address, block, link, text};
use super::section::{Cell, Column, Detail, Row};
use crate::analysis::report::Explanation;

const TEMPLATE: &str = include_str!("page.html");
pub(super) const STYLE: &str = include_str!("page.css");
/// Within a function, so that no name of it is one of the browser's.
pub(super) const SCRIPT: &str = concat!(
    "(() => {\n",
    include_str!("charts.js"),
    include_str!("page.js"),
    "})();\n"
);

/// What the content security policy allows: style sheet and script by their hashes,
/// a line each, which a test writes anew.
const HASHES: &str = include_str!("page.hashes");

/// Entries of a list that are shown; the table has all.
const LISTED: usize = 200;
/// A list of more is closed at first.
const OPEN: usize = 30;
/// A list of more shows a line an entry.
const UNFOLDED: usize = 3;

/// Everything that the page says, its details apart.
pub(super) struct Page<'a> {
    /// What the page is about: `Performance budgets`.
    pub(super) heading: &'a str,
    pub(super) verdict: Verdict,
    /// The whole in a few words.
    pub(super) status: String,
    /// Where and when: in one line.
    pub(super) about: Vec<String>,
    pub(super) tally: Tally,
    /// The lines in which everything adds up.
    pub(super) sum: Vec<String>,
    pub(super) lists: Vec<List>,
    /// What a row is: `case`.
    pub(super) noun: &'static str,
    /// The head of the table.
    pub(super) rows_head: String,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    /// The time and the code of each earlier run.
    pub(super) runs: Vec<[String; 2]>,
    pub(super) foot: Vec<Foot>,
}

/// What is reported above the table.
pub(super) struct List {
    pub(super) head: &'static str,
    pub(super) entries: Vec<Entry>,
}

pub(super) struct Entry {
    pub(super) verdict: Option<Verdict>,
    /// The case it is about, and its name.
    pub(super) case: Option<String>,
    pub(super) sentence: String,
    pub(super) lines: Vec<String>,
    /// Files to look at: what they are called, and their paths as seen from the page.
    pub(super) files: Vec<(&'static str, String)>,
}

/// What is reported below the table.
pub(super) struct Foot {
    pub(super) head: &'static str,
    pub(super) lines: Vec<String>,
}

/// What the lists hold for a reader without a script.
fn above(lists: &[List]) -> String {
    match lists.iter().any(|list| list.entries.len() > LISTED) {
        false => "Everything that is not a plain pass is above.".to_owned(),
        true => format!(
            "Of what is not a plain pass each list above has the first {LISTED}; <code>--format markdown</code> shows all."
        ),
    }
}

/// The data of the table.
#[derive(serde::Serialize)]
struct Data<'a> {
    noun: &'static str,
    columns: &'a [Column],
    rows: &'a [Row],
    runs: &'a [[String; 2]],
}

impl Page<'_> {
    /// A column in which no row has a value is none.
    fn drop_empty_columns(&mut self) {
        for column in (0..self.columns.len()).rev() {
            if self
                .rows
                .iter()
                .all(|row| row.4[column] == Cell::Number(None))
            {
                self.columns.remove(column);
                for row in &mut self.rows {
                    row.4.remove(column);
                }
            }
        }
    }
}

impl List {
    /// Sentences alone.
    pub(super) fn plain(head: &'static str, texts: &[String]) -> List {
        let entry = |text: &String| Entry {
            verdict: None,
            case: None,
            sentence: text.clone(),
            lines: Vec::new(),
            files: Vec::new(),
        };
        List {
            head,
            entries: texts.iter().map(entry).collect(),
        }
    }
}

impl Entry {
    /// An explanation.
    pub(super) fn of(one: &Explanation) -> Entry {
        Entry {
            verdict: Some(one.verdict),
            case: Some(one.case.clone()),
            sentence: one.sentence.clone(),
            lines: one.below(),
            files: Vec::new(),
        }
    }
}

/// The whole page. Details are written one after the other: together they may be many
/// times what the rows are.
pub(super) fn write<'a>(mut page: Page<'_>, details: impl Iterator<Item = Detail<'a>>) -> String {
    page.drop_empty_columns();
    let (style_hash, script_hash) = HASHES.trim_end().split_once('\n').unwrap_or_default();
    let status = format!("{} {}", symbol(page.verdict), page.status);
    let out = fill(
        &[
            ("style_hash", style_hash),
            ("script_hash", script_hash),
            (
                "title",
                &text(&harmless(&format!("{}: {}", page.heading, page.status))),
            ),
            ("style", STYLE),
            ("heading", &text(page.heading)),
            ("verdict", page.verdict.word()),
            ("status", &text(&status)),
            ("about", &text(&harmless(&page.about.join(" · ")))),
            ("tiles", &tiles(page.tally)),
            ("sum", &text(&page.sum.join("\n"))),
            ("lists", &page.lists.iter().map(list).collect::<String>()),
            ("above", &above(&page.lists)),
            ("rows", &text(&page.rows_head)),
            ("foot", &page.foot.iter().map(foot).collect::<String>()),
            ("script", SCRIPT),
        ],
        |out| data(out, &page, details),
    );
    String::from_utf8(out).expect("texts and JSON are UTF-8")
}

/// The blocks of data: of the table, and of each case.
fn data<'a>(out: &mut Vec<u8>, page: &Page<'_>, details: impl Iterator<Item = Detail<'a>>) {
    block(
        out,
        "id=\"data\"",
        &Data {
            noun: page.noun,
            columns: &page.columns,
            rows: &page.rows,
            runs: &page.runs,
        },
    );
    for detail in details {
        block(out, "class=\"d\"", &detail);
    }
}

/// The template with its places filled. What is put in is not looked at again. Data
/// are written where they stand: a second copy of them would be most of the memory.
fn fill(values: &[(&str, &str)], data: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut data = Some(data);
    let mut parts = TEMPLATE.split("{{");
    let mut out = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (name, rest) = part
            .split_once("}}")
            .expect("each place of the template ends");
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => out.extend_from_slice(value.as_bytes()),
            None if name == "data" => data.take().expect("data stand once")(&mut out),
            None => unreachable!("each place of the template has a value"),
        }
        out.extend_from_slice(rest.as_bytes());
    }
    out
}

/// What stands beside the word of a verdict, so that colour alone says nothing.
pub(super) fn symbol(verdict: Verdict) -> char {
    match verdict {
        Verdict::Pass => '✓',
        Verdict::Waived => '◇',
        Verdict::Warn => '▲',
        Verdict::Undecided => '?',
        Verdict::Unmeasured => '○',
        Verdict::Fail => '✕',
    }
}

fn badge(verdict: Verdict) -> String {
    let word = verdict.word();
    format!(
        "<span class=\"v v-{word}\">{} {word}</span>",
        symbol(verdict)
    )
}

/// The worst first. The script makes switches of them.
fn tiles(tally: Tally) -> String {
    let counts = [
        (Verdict::Fail, tally.failed),
        (Verdict::Unmeasured, tally.unmeasured),
        (Verdict::Undecided, tally.undecided),
        (Verdict::Warn, tally.warned),
        (Verdict::Waived, tally.waived),
        (Verdict::Pass, tally.passed),
    ];
    let tile = |(verdict, count): (Verdict, usize)| {
        format!(
            "<button type=\"button\" disabled class=\"tile{}\" data-verdict=\"{}\"><b>{}</b>{}</button>",
            if count == 0 { " none" } else { "" },
            verdict.word(),
            perf_grammar::format_count(count as f64),
            badge(verdict),
        )
    };
    counts.map(tile).concat()
}

fn list(list: &List) -> String {
    if list.entries.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "<section><details class=\"list\"{}><summary><h2>{} ({})</h2></summary><ul>",
        if list.entries.len() <= OPEN {
            " open"
        } else {
            ""
        },
        list.head,
        list.entries.len()
    );
    for entry in list.entries.iter().take(LISTED) {
        // Where they are many, what stands below each is folded.
        let folds = list.entries.len() > UNFOLDED && !entry.lines.is_empty();
        out.push_str(if folds {
            "<li><details class=\"entry\"><summary>"
        } else {
            "<li>"
        });
        out.push_str(&entry.verdict.map(badge).unwrap_or_default());
        if let Some(case) = &entry.case {
            let case = harmless(case);
            let (link, name) = (link(&case), text(&case));
            out.push_str(&format!(" <a class=\"name\" href=\"{link}\">{name}</a> "));
        }
        out.push_str(&text(&entry.sentence).replace('\n', "<br>"));
        if folds {
            out.push_str("</summary>");
        }
        lines(&mut out, &entry.lines);
        files(&mut out, &entry.files);
        out.push_str(if folds { "</details></li>" } else { "</li>" });
    }
    if let Some(more) = list
        .entries
        .len()
        .checked_sub(LISTED)
        .filter(|more| *more > 0)
    {
        let cases = list.entries.iter().all(|entry| entry.case.is_some());
        let place = if cases {
            ", which the table below has"
        } else {
            ""
        };
        out.push_str(&format!("<li>and {more} more{place}</li>"));
    }
    out.push_str("</ul></details></section>\n");
    out
}

fn foot(foot: &Foot) -> String {
    if foot.lines.is_empty() {
        return String::new();
    }
    let mut out = format!("<h3>{}</h3>", foot.head);
    lines(&mut out, &foot.lines);
    out
}

fn lines(out: &mut String, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    out.push_str("<ul>");
    for line in lines.iter().take(LISTED) {
        let line = text(line).replace('\n', "<br>");
        out.push_str(&format!("<li>{line}</li>"));
    }
    if let Some(more) = lines.len().checked_sub(LISTED).filter(|more| *more > 0) {
        out.push_str(&format!("<li>and {more} more</li>"));
    }
    out.push_str("</ul>");
}

fn files(out: &mut String, files: &[(&str, String)]) {
    let links = files.iter().map(|(name, path)| {
        let address = address(path);
        format!("<a href=\"{address}\">{}</a>", text(name))
    });
    let links: Vec<String> = links.collect();
    if !links.is_empty() {
        out.push_str(&format!("<p>{}</p>", links.join(" · ")));
    }
}
