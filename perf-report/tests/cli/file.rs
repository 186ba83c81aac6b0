//! The budget file, as the played tests read it: limits of whole ids only.

use std::path::PathBuf;

use toml_edit::{Document, Item};

/// A limit that the file sets.
pub(crate) struct Limit {
    pub(crate) text: String,
    /// `file:line:column`.
    pub(crate) place: String,
}

/// Where the file is: named by the variable, or the nearest one upwards.
pub(crate) fn path() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("PERF_BUDGETS_FILE") {
        return Some(named.into());
    }
    let here = std::env::current_dir().expect("a folder");
    let mut files = here
        .ancestors()
        .map(|folder| folder.join("perf-budgets.toml"));
    files.find(|file| file.is_file())
}

/// What the file says of a limit of a case.
pub(crate) fn limit(id: &str, key: &str) -> Option<Limit> {
    let path = path()?;
    let text = std::fs::read_to_string(&path).expect("a budget file");
    let document = Document::parse(&*text).expect("a budget file is TOML");
    let item: &Item = document.get("budget")?.get(id)?.get(key)?;
    let start = item.span().expect("a parsed value has a place").start;
    let before = &text[..start];
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    Some(Limit {
        text: item.as_str().expect("a limit is a text").to_owned(),
        place: format!("{}:{line}:{column}", path.display()),
    })
}

/// The place of the first waiver.
pub(crate) fn waiver() -> String {
    let path = path().expect("a budget file");
    let text = std::fs::read_to_string(&path).expect("a budget file");
    let at = text.find("[[waive]]").expect("a waiver");
    let line = text[..at].matches('\n').count() + 1;
    format!("{}:{line}:1", path.display())
}
