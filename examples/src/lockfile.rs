//! What a `Cargo.lock` says: packages, where they come from, who needs them.

use std::collections::HashMap;
use std::fmt;

use toml::de::{DeTable, DeValue};

/// A lock file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lockfile {
    /// The packages, in the order of the file.
    pub packages: Vec<Package>,
}

/// One `[[package]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// The name.
    pub name: String,
    /// The version, as it is written.
    pub version: String,
    /// Where it comes from; `None` for a package of the workspace itself.
    pub source: Option<String>,
    /// The SHA-256 of the package's file; registries have it, git does not.
    pub checksum: Option<String>,
    /// The names of the packages it needs.
    pub dependencies: Vec<String>,
}

/// Why a text is no lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// What was found, and what was expected.
    pub message: String,
}

impl Lockfile {
    /// Reads the text of a `Cargo.lock` of version 3 or 4.
    ///
    /// # Errors
    /// If it is not TOML, is of another version, or a package lacks its name
    /// or version.
    pub fn parse(text: &str) -> Result<Lockfile, ParseError> {
        let _span = tracing::info_span!("parse").entered();
        let error = |at: usize, message: String| ParseError {
            line: line_of(text, at),
            message,
        };
        let document = DeTable::parse(text).map_err(|e| {
            error(
                e.span().map_or(0, |span| span.start),
                e.message().to_owned(),
            )
        })?;
        let document = document.into_inner();
        check_version(&document).map_err(|(at, message)| error(at, message))?;
        let mut packages = Vec::new();
        if let Some(list) = document.get("package") {
            let tables = list
                .get_ref()
                .as_array()
                .ok_or_else(|| error(list.span().start, "expected `[[package]]`".to_owned()))?;
            packages.reserve_exact(tables.len());
            for table in tables.iter() {
                packages.push(
                    package(table.get_ref())
                        .map_err(|message| error(table.span().start, message))?,
                );
            }
        }
        Ok(Lockfile { packages })
    }

    /// The packages that come from outside the workspace.
    pub fn foreign(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| package.source.is_some())
    }

    /// For each name that is needed, the name of a package that needs it, the
    /// first in the file. Made once, it answers for all what
    /// [`needed_by`](Lockfile::needed_by) answers for one.
    #[must_use]
    pub fn needed_by_index(&self) -> HashMap<&str, &str> {
        let mut index = HashMap::with_capacity(self.packages.len());
        for package in &self.packages {
            for needed in &package.dependencies {
                index.entry(&**needed).or_insert(&*package.name);
            }
        }
        index
    }

    /// The name of a package that needs `name`, the first in the file.
    #[must_use]
    pub fn needed_by(&self, name: &str) -> Option<&str> {
        let needs = |package: &&Package| {
            package
                .dependencies
                .iter()
                .any(|dependency| dependency == name)
        };
        self.packages
            .iter()
            .find(needs)
            .map(|package| &*package.name)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

fn check_version(document: &DeTable<'_>) -> Result<(), (usize, String)> {
    let Some(version) = document.get("version") else {
        return Err((
            0,
            "there is no `version`; run `cargo update --workspace` to bring the file up to date"
                .into(),
        ));
    };
    match version.get_ref().as_integer().map(|number| number.as_str()) {
        Some("3" | "4") => Ok(()),
        _ => Err((
            version.span().start,
            "this version is not known; 3 and 4 are".into(),
        )),
    }
}

fn package(table: &DeValue<'_>) -> Result<Package, String> {
    let text = |key: &str| {
        table
            .get(key)
            .and_then(|value| value.get_ref().as_str())
            .map(str::to_owned)
    };
    let required = |key: &str| text(key).ok_or_else(|| format!("a package has no `{key}`"));
    let dependencies = table
        .get("dependencies")
        .and_then(|list| list.get_ref().as_array());
    Ok(Package {
        name: required("name")?,
        version: required("version")?,
        source: text("source"),
        checksum: text("checksum"),
        dependencies: dependencies
            .into_iter()
            .flat_map(|list| list.iter())
            .filter_map(|dependency| dependency.get_ref().as_str())
            .map(|dependency| name_of(dependency).to_owned())
            .collect(),
    })
}

/// The name of a dependency: version and source follow where it is ambiguous.
fn name_of(dependency: &str) -> &str {
    dependency.split(' ').next().unwrap_or(dependency)
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use perf_runtime::perf_budget;

    use super::*;

    const TWO: &str = r#"# This file is automatically @generated by Cargo.
version = 4

[[package]]
name = "app"
version = "0.1.0"
dependencies = [
 "rand 0.9.2 (registry+https://github.com/rust-lang/crates.io-index)",
]

[[package]]
name = "rand"
version = "0.9.2"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "6db2770f06117d490610c7488547d543617b21bfa07796d7a12f6f1bd53850d1"
"#;

    #[track_caller]
    fn refuses(text: &str, line: usize, part: &str) {
        let error = Lockfile::parse(text).expect_err(text);
        assert_eq!(error.line, line, "{error}");
        assert!(error.message.contains(part), "{error}");
    }

    #[test]
    fn packages_are_read_with_what_they_need() {
        let lockfile = Lockfile::parse(TWO).unwrap();
        assert_eq!(lockfile.packages.len(), 2);
        assert_eq!(lockfile.packages[0].dependencies, ["rand"]);
        assert_eq!(
            lockfile
                .foreign()
                .map(|package| &*package.name)
                .collect::<Vec<_>>(),
            ["rand"]
        );
        assert_eq!(lockfile.needed_by("rand"), Some("app"));
        assert_eq!(lockfile.needed_by("app"), None);
    }

    #[test]
    fn the_lock_file_of_this_workspace_is_read() {
        let text = include_str!("../../Cargo.lock");
        let lockfile = Lockfile::parse(text).unwrap();
        assert_eq!(lockfile.packages.len(), text.matches("[[package]]").count());
        assert_eq!(lockfile.needed_by("rusqlite"), Some("examples"));
    }

    #[test]
    fn what_is_no_lock_file_says_where_and_why() {
        refuses("version = 4\n[[package]\n", 2, "");
        refuses("", 1, "no `version`");
        refuses("\nversion = 5\n", 2, "3 and 4 are");
        refuses("version = 4\npackage = 1\n", 2, "[[package]]");
        refuses(
            "version = 4\n\n[[package]]\nname = \"a\"\n",
            3,
            "no `version`",
        );
        refuses(
            "version = 4\n\n[[package]]\nversion = \"1.0.0\"\n",
            3,
            "no `name`",
        );
    }

    /// A function that returns a `Result` is a budget as it stands: what it
    /// returns is dropped outside the timing, and an `Err` is a failure.
    #[perf_budget(
        p50 = "20ms",
        p95 = "40ms",
        mem = "1.5MB",
        alloc_bytes = "1.7MB",
        group = "check"
    )]
    fn a_lock_file_of_300_packages_is_read() -> Result<Lockfile, ParseError> {
        Lockfile::parse(include_str!("../fixtures/platform-300.lock"))
    }
}
