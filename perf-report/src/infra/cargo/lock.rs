//! Lock files: by which dependencies two builds differ.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::{Table, Value};

/// What cargo calls it.
pub(crate) const FILE: &str = "Cargo.lock";
/// How many dependencies are named.
const NAMED: usize = 12;
/// Letters of a commit's hash.
const SHORT: usize = 8;

/// A sentence that names the dependencies of which two lock files have other
/// versions; `None` where there is none.
pub(crate) fn differences(before: &Path, after: &Path) -> Option<String> {
    // Cargo has just built with both: what cannot be read is not there.
    let read = |file: &Path| std::fs::read_to_string(file).unwrap_or_default();
    let changes = changes(&versions(&read(before)), &versions(&read(after)));
    if changes.is_empty() {
        return None;
    }
    let mut named = changes[..changes.len().min(NAMED)].join(", ");
    if changes.len() > NAMED {
        named += &format!(" and {} more", changes.len() - NAMED);
    }
    Some(format!("the dependencies of the two sides differ: {named}"))
}

type Versions = BTreeMap<String, BTreeSet<String>>;

/// The versions of each package that comes from elsewhere; those of the trees
/// themselves are what is compared.
fn versions(text: &str) -> Versions {
    let mut versions = Versions::new();
    let table: Table = text.parse().unwrap_or_default();
    let packages = table.get("package").and_then(Value::as_array);
    for package in packages.into_iter().flatten() {
        let word = |key: &str| Some(package.get(key)?.as_str()?.to_owned());
        if let (Some(name), Some(version), Some(source)) =
            (word("name"), word("version"), word("source"))
        {
            // Of a git repository the commit says more than the version.
            let commit = source.rsplit_once('#').map(|(_, hash)| hash);
            let version = match commit.and_then(|hash| hash.get(..SHORT)) {
                Some(commit) => format!("{version} ({commit})"),
                None => version,
            };
            versions.entry(name).or_default().insert(version);
        }
    }
    versions
}

fn changes(before: &Versions, after: &Versions) -> Vec<String> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let none = BTreeSet::new();
    let of = |versions: &Versions, name: &String, other: &Versions| {
        let own = versions.get(name).unwrap_or(&none);
        let shared = other.get(name).unwrap_or(&none);
        let only: Vec<&str> = own.difference(shared).map(String::as_str).collect();
        only.join(" and ")
    };
    let mut changes = Vec::new();
    for name in names {
        let (old, new) = (of(before, name, after), of(after, name, before));
        match (&*old, &*new) {
            ("", "") => {}
            (old, "") => changes.push(format!("{name} {old} only before")),
            ("", new) => changes.push(format!("{name} {new} only after")),
            (old, new) => changes.push(format!("{name} {old} → {new}")),
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

    #[track_caller]
    fn check(before: &[(&str, &str, &str)], after: &[(&str, &str, &str)], expected: &[&str]) {
        let text = |packages: &[(&str, &str, &str)]| -> String {
            let package = |(name, version, source): &(&str, &str, &str)| {
                let source = match *source {
                    "" => String::new(),
                    source => format!("source = \"{source}\"\n"),
                };
                format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{source}\n")
            };
            packages.iter().map(package).collect()
        };
        let found = changes(&versions(&text(before)), &versions(&text(after)));
        assert_eq!(found, expected);
    }

    #[test]
    fn what_differs_is_named_with_both_versions() {
        let serde = |version| ("serde", version, REGISTRY);
        check(&[serde("1.0.1")], &[serde("1.0.1")], &[]);
        check(
            &[serde("1.0.1")],
            &[serde("1.0.2")],
            &["serde 1.0.1 → 1.0.2"],
        );
        check(&[serde("1.0.1")], &[], &["serde 1.0.1 only before"]);
        check(
            &[serde("1.0.1")],
            &[serde("1.0.1"), serde("0.9.0")],
            &["serde 0.9.0 only after"],
        );
    }

    #[test]
    fn what_is_compared_itself_is_no_dependency() {
        check(&[("app", "0.1.0", "")], &[("app", "0.2.0", "")], &[]);
    }

    #[test]
    fn a_dependency_from_git_has_its_commit() {
        let git = |hash| format!("git+https://example.org/x?branch=main#{hash}");
        let (old, new) = (git("0123456789abcdef"), git("fedcba9876543210"));
        check(
            &[("x", "0.1.0", &old)],
            &[("x", "0.1.0", &new)],
            &["x 0.1.0 (01234567) → 0.1.0 (fedcba98)"],
        );
    }
}
