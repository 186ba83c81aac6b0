//! Links between the documents of the repository.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::{read, root};

/// What is wrong with the links of a file, a line each.
pub(crate) fn broken(file: &str) -> Vec<String> {
    let text = read(file);
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let wrong = |link: &String| {
        why_broken(&text, folder, link).map(|why| format!("{file}: `{link}`: {why}"))
    };
    links(&text).iter().filter_map(wrong).collect()
}

fn why_broken(text: &str, folder: &Path, link: &str) -> Option<String> {
    let is_elsewhere = ["https://", "http://", "mailto:"];
    if is_elsewhere.iter().any(|scheme| link.starts_with(scheme)) {
        return None;
    }
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = root().join(folder).join(path);
    if !path.is_empty() && !target.exists() {
        return Some("there is no such file".to_owned());
    }
    if heading.is_empty() {
        return None;
    }
    let other = (!path.is_empty()).then(|| fs::read_to_string(&target).unwrap_or_default());
    let there = anchors(other.as_deref().unwrap_or(text));
    (!there.contains(&heading.to_owned())).then(|| format!("no such heading; there are {there:?}"))
}

fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
}

/// Where links and pictures lead.
fn links(text: &str) -> Vec<String> {
    parser(text)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.into_string())
            }
            _ => None,
        })
        .collect()
}

/// The anchors of headings, as mdBook and GitHub make them.
fn anchors(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut times = HashMap::<String, usize>::new();
    let mut heading: Option<String> = None;
    for event in parser(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let anchor = anchor(&heading.take().unwrap_or_default());
                let seen = times.entry(anchor.clone()).or_default();
                found.push(match *seen {
                    0 => anchor,
                    n => format!("{anchor}-{n}"),
                });
                *seen += 1;
            }
            _ => {}
        }
    }
    found
}

fn anchor(heading: &str) -> String {
    let kept = |c: char| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
        _ => None,
    };
    heading.to_lowercase().chars().filter_map(kept).collect()
}

#[test]
fn a_link_that_leads_nowhere_is_seen() {
    let text = "# What it is: a `page`\n\n[a](#what-it-is-a-page) [b](#what) [c](README.md) [d](READ.md)\n[e](https://example.com) [f](README.md#in-your-own-crate) [g](README.md#nowhere) ![h](no.webp)\n";
    let broken: Vec<String> = links(text)
        .into_iter()
        .filter(|link| why_broken(text, Path::new(""), link).is_some())
        .collect();
    assert_eq!(broken, ["#what", "READ.md", "README.md#nowhere", "no.webp"]);
}
