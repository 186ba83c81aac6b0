//! What to do: the command that shows it again, and the waiver that accepts it.

use std::path::Path;

use perf_grammar::{Date, Verdict, acts_on_its_reader, harmless};

use super::page::{Block, Rank};
use crate::analysis::compare::{Compared, Finding};
use crate::analysis::report::Report;
use crate::analysis::run::{Case, Limit};
use crate::model::words::shell_word;

/// Cases that stand in a command, and limits that are waived.
const SHOWN: usize = 10;
/// A waiver that is proposed ends after this many days.
const DAYS: u64 = 30;
/// The name of the budget file, where there is none yet.
const FILE: &str = "perf-budgets.toml";

/// What can be done about a run, and what was found against another commit.
pub(super) fn of_report(report: &Report, against: Option<&Compared>) -> Vec<Block> {
    let failing =
        |case: &&Case| case.fails() || case.limits.iter().any(|limit| limit.verdict.is_open());
    let cases: Vec<&Case> = report.cases.iter().filter(failing).collect();
    let mut commands = Vec::new();
    if !cases.is_empty() {
        let profile = cases.iter().find_map(|case| case.profile.as_deref());
        let profile = profile.map(|name| format!(" --profile {}", word(name)));
        let start = format!("{}{}", report.command, profile.unwrap_or_default());
        commands.push(command(&start, cases.iter().map(|case| &*case.id)));
    }
    commands.extend(against.and_then(again));
    let mut waivers = waivers(report);
    waivers.extend(against.map(regressions).unwrap_or_default());
    let file = report.budget_files.first().map_or(FILE, |file| file);
    blocks(commands, &waivers, file, until(report.unix_time))
}

/// What can be done about a comparison.
pub(super) fn of_comparison(compared: &Compared) -> Vec<Block> {
    let commands = again(compared).into_iter().collect();
    blocks(
        commands,
        &regressions(compared),
        FILE,
        until(compared.unix_time),
    )
}

/// The last day of a waiver that is proposed.
fn until(unix_time: Option<u64>) -> Date {
    Date::of_unix(unix_time.unwrap_or(0) + DAYS * 86_400)
}

/// What shows it again.
fn again(compared: &Compared) -> Option<String> {
    let start = compared.command.as_deref()?;
    let shown = compared.comparisons.iter().filter(|one| {
        matches!(one.verdict, Verdict::Fail | Verdict::Undecided) && one.before.is_some()
    });
    let mut ids: Vec<&str> = shown.map(|one| &*one.id).collect();
    ids.dedup();
    (!ids.is_empty()).then(|| command(start, ids.into_iter()))
}

fn command<'a>(start: &str, ids: impl Iterator<Item = &'a str>) -> String {
    let ids: Vec<&str> = ids.collect();
    let words = ids.iter().take(SHOWN).map(|id| format!(" {}", word(id)));
    let mut line = harmless(start).into_owned() + &words.collect::<String>();
    if ids.len() > SHOWN {
        line.push_str(&format!("   # and {} more cases", ids.len() - SHOWN));
    }
    line
}

/// A word of a shell, in which nothing acts on its reader.
fn word(text: &str) -> String {
    shell_word(&harmless(text))
}

/// A limit that can be waived.
struct Waiver<'a> {
    case: &'a str,
    limit: &'a str,
    /// Where it is written, if that is known.
    source: Option<&'a str>,
}

fn waivers(report: &Report) -> Vec<Waiver<'_>> {
    let broken = |limit: &&Limit| {
        limit.verdict == Verdict::Fail || (limit.verdict == Verdict::Undecided && limit.fails())
    };
    let cases = report.cases.iter();
    let all = cases.flat_map(|case| {
        case.limits.iter().filter(broken).map(|limit| Waiver {
            case: &case.id,
            limit: limit.key(),
            source: limit.source.as_deref(),
        })
    });
    all.collect()
}

fn regressions(compared: &Compared) -> Vec<Waiver<'_>> {
    let worse = |one: &&crate::analysis::compare::Comparison| {
        one.verdict == Verdict::Fail && !matches!(one.finding, Finding::Failed(_))
    };
    let mut waivers: Vec<Waiver<'_>> = Vec::new();
    for one in compared.comparisons.iter().filter(worse) {
        // One waiver is for everything that is compared of a case.
        if waivers.last().is_none_or(|last| last.case != one.id) {
            waivers.push(Waiver {
                case: &one.id,
                limit: "regression",
                source: None,
            });
        }
    }
    waivers
}

fn blocks(commands: Vec<String>, waivers: &[Waiver<'_>], file: &str, until: Date) -> Vec<Block> {
    let mut blocks = Vec::new();
    if !commands.is_empty() {
        let fence = fence(&commands.join("\n"));
        let text = format!(
            "**Reproduce:**\n\n{fence}sh\n{}\n{fence}\n",
            commands.join("\n")
        );
        blocks.push(Block::whole(Rank::Advice, text, "command"));
    }
    if !waivers.is_empty() {
        blocks.push(Block::whole(
            Rank::Advice,
            accept(waivers, file, until),
            "waiver",
        ));
    }
    blocks
}

fn accept(waivers: &[Waiver<'_>], file: &str, until: Date) -> String {
    let shown = &waivers[..waivers.len().min(SHOWN)];
    let tables = shown.iter().map(|waiver| {
        format!(
            "[[waive]]\ncase = {}\nlimit = {}\nreason = \"why it may be so for now\"\nuntil = {until}\n",
            toml(waiver.case),
            toml(waiver.limit)
        )
    });
    let tables = tables.collect::<Vec<_>>().join("\n");
    let mut places: Vec<&str> = shown.iter().filter_map(|waiver| waiver.source).collect();
    places.dedup();
    let places: Vec<String> = places.iter().map(|place| super::code(place)).collect();
    let change = match &*places {
        [] => "Change what is tolerated beside the function".to_owned(),
        places => format!("Change the budget where it stands ({})", places.join(", ")),
    };
    let name = Path::new(file)
        .file_name()
        .map_or(FILE.into(), |name| name.to_string_lossy());
    let more = match waivers.len() - shown.len() {
        0 => String::new(),
        more => format!("\n{more} more need the same.\n"),
    };
    let fence = fence(&tables);
    format!(
        "<details><summary>Accept it</summary>\n\n{change}; or let it be for a time, by this in {}, with a reason:\n\n{fence}toml\n{tables}{fence}\n{more}\n</details>\n",
        super::code(&name)
    )
}

/// A fence that nothing within ends.
fn fence(text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(3.max(longest + 1))
}

/// A string of TOML, in which nothing acts on its reader.
fn toml(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if acts_on_its_reader(c) => out.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_of_a_shell() {
        assert_eq!(word("parser::sorts/10"), "parser::sorts/10");
        assert_eq!(word("a | b's"), "'a | b'\\''s'");
        assert_eq!(word(""), "''");
    }

    #[test]
    fn a_string_means_in_toml_what_it_meant() {
        for text in [
            "a::b",
            "a \"b\" \\ c",
            "line\nend\r\t",
            "\u{202e}x\u{1b}[31m\u{0}",
            "日本 é",
        ] {
            let written = format!("a = {}", toml(text));
            assert!(!written.contains(acts_on_its_reader), "{written}");
            let read: toml::Table = written.parse().expect(&written);
            assert_eq!(read["a"].as_str(), Some(text));
        }
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("a"), "```");
        assert_eq!(fence("a ```` b"), "`````");
    }
}
