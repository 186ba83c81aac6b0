//! The guide says what the program says: what its pages take from elsewhere is made
//! again and compared, and every link leads somewhere.
//!
//! `PERF_REPORT_BLESS=1 cargo test -p perf-report --test guide` writes the pages anew.

mod links;
mod page;
mod source;
mod tables;
mod variables;

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Tag};

/// The folder of the repository.
fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("the package lies in the workspace")
}

fn read(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file of Markdown in a folder and below, by its path in the repository.
fn markdown(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the repository") {
            let path = entry.expect("it can be listed").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_ours = !name.starts_with('.') && !name.starts_with("target");
            if path.is_dir() && is_ours && !is_left_out(&path) {
                folders.push(path);
            } else if name.ends_with(".md") {
                let inside = path.strip_prefix(root()).expect("it was found there");
                found.push(inside.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

/// Folders whose Markdown is what renderers write, or what mdBook made.
fn is_left_out(folder: &Path) -> bool {
    folder.ends_with("tests/golden") || folder.ends_with("docs/guide/book")
}

const PAGES: &str = "docs/guide/src";

/// Other documents that take something from elsewhere: the attribute's own, and the
/// README.
const OTHERS: [&str; 2] = ["perf-macros/src/perf_budget.md", "README.md"];

#[test]
fn pages_hold_what_their_sources_say() {
    let mut stale = Vec::new();
    for path in markdown(PAGES).into_iter().chain(OTHERS.map(str::to_owned)) {
        let text = read(&path);
        let made = page::made_again(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        if made == text {
            continue;
        }
        if std::env::var_os("PERF_REPORT_BLESS").is_some() {
            fs::write(root().join(&path), made).expect("the page can be written");
        } else {
            stale.push(path);
        }
    }
    assert!(
        stale.is_empty(),
        "{} do not hold what their sources say; `PERF_REPORT_BLESS=1 cargo test -p perf-report --test guide` writes them anew",
        stale.join(", ")
    );
}

#[test]
fn a_page_that_says_something_else_is_noticed() {
    let page = "<!-- from examples/tests/users.rs: ten_users_sign_in -->\n```rust\nstale\n```\n\n<!-- table exit-codes -->\nstale\n<!-- end -->\n";
    let made = page::made_again(page).expect("both sources are there");
    assert!(!made.contains("stale"), "{made}");
    assert!(
        made.contains("fn ten_users_sign_in(accounts: &Accounts)"),
        "{made}"
    );
    assert!(made.contains("| 3 | something was not judged"), "{made}");
    assert_eq!(page::made_again(&made).as_deref(), Ok(&*made));
    for (page, error) in [
        (
            "<!-- from examples/tests/users.rs: eleven_users -->\n```rust\n```\n",
            "no `eleven_users`",
        ),
        (
            "<!-- from examples/tests/user.rs: a -->\n```rust\n```\n",
            "examples/tests/user.rs",
        ),
        (
            "<!-- table exit-code -->\n<!-- end -->\n",
            "no table `exit-code`",
        ),
        ("<!-- table exit-codes -->\n", "no `<!-- end -->`"),
    ] {
        let found = page::made_again(page).expect_err(page);
        assert!(found.contains(error), "{found}");
    }
}

#[test]
fn the_summary_lists_every_page_once() {
    let summary = read(&format!("{PAGES}/SUMMARY.md"));
    let mut listed: Vec<String> = pulldown_cmark::Parser::new(&summary)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. }) => Some(format!("{PAGES}/{dest_url}")),
            _ => None,
        })
        .collect();
    listed.sort();
    let mut pages = markdown(PAGES);
    pages.retain(|page| !page.ends_with("/SUMMARY.md"));
    assert_eq!(listed, pages);
}

#[test]
fn every_link_leads_somewhere() {
    let files = markdown("");
    assert!(files.len() > 40, "{files:?}");
    let broken: Vec<String> = files.iter().flat_map(|file| links::broken(file)).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Every schema and format that is published is named by the page of files.
#[test]
fn every_published_format_stands_on_the_page_of_files() {
    let page = read(&format!("{PAGES}/reference/files.md"));
    for folder in ["perf-runtime/schema", "perf-report/schema"] {
        for entry in fs::read_dir(root().join(folder)).expect("a folder") {
            let path: PathBuf = entry.expect("it can be listed").path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            assert!(
                page.contains(&name),
                "{folder}/{name} stands nowhere on the page"
            );
        }
    }
}
