//! The codes, texts and helps are what `schema/problems.md` says.

use super::*;
use crate::model::coded::tests::table;

const KNOWN: &str = include_str!("../../../schema/problems.md");

/// Run it with PERF_REPORT_BLESS=1 to write the table anew.
#[test]
#[allow(clippy::disallowed_methods, reason = "writes the table where asked to")]
fn every_problem_stands_in_the_published_table() {
    let (head, known) = KNOWN.split_at(KNOWN.find("| `").unwrap_or(KNOWN.len()));
    let rows = table(rows::ALL);
    if std::env::var_os("PERF_REPORT_BLESS").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/problems.md");
        std::fs::write(file, format!("{head}{}\n", rows.join("\n"))).expect("the table");
        return;
    }
    assert_eq!(known.lines().collect::<Vec<_>>(), rows);
}

#[test]
fn help_follows_behind_its_mark_and_only_where_there_is_some() {
    let found =
        "found class `critcal`, expected one that [class.critcal] makes outside the profile";
    let line = |near| Problem::unknown_class_of_profile("critcal", near).line();
    assert_eq!(line(""), found);
    let near = near("critcal", &["critical", "slow"]);
    assert_eq!(line(near), format!("{found}; did you mean `critical`?"));
    let list = Problem::waive_not_a_list();
    assert_eq!(list.help(), "write [[waive]] with two brackets");
    assert_eq!(
        list.at(Some("f:1:2".to_owned())).to_string(),
        "f:1:2: found `waive` as a single table, expected a list: write [[waive]] with two brackets"
    );
}

#[test]
fn braces_of_the_file_are_left_alone() {
    let problem = Problem::unknown_key("{near}", "{key}", "}{");
    assert_eq!(
        problem.line(),
        "found `{near}`, expected {key}; did you mean `}{`?"
    );
}
