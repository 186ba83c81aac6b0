//! The guard itself: a lock file in, a report of findings out.

use std::cell::LazyCell;
use std::fmt;

use crate::cache::{Cache, Record};
use crate::lockfile::{Lockfile, Package, ParseError};
use crate::typosquat::{Patterns, Resemblance};

/// Looks at lock files, and remembers what was accepted.
#[derive(Debug)]
pub struct Guard {
    cache: Cache,
    patterns: Patterns,
}

/// What was found in one lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many packages were looked at.
    pub packages: usize,
    /// What is odd, in the order of the file.
    pub findings: Vec<Finding>,
}

/// One oddity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The package's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// A package that needs it, if one does.
    pub needed_by: Option<String>,
    /// What is odd about it.
    pub oddity: Oddity,
}

/// What can be odd about a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// Its name looks like a popular one.
    Lookalike(Resemblance),
    /// The same version had another checksum.
    Changed,
    /// All that is known under this name came from elsewhere.
    Moved {
        /// Where the known releases came from.
        from: String,
    },
    /// Other packages were accepted before, this one was not.
    New,
}

/// Why a lock file could not be judged.
#[derive(Debug)]
pub enum Error {
    /// It could not be read.
    Lockfile(ParseError),
    /// The cache could not be read or written.
    Cache(rusqlite::Error),
}

impl Guard {
    /// A guard with the knowledge of `cache`.
    #[must_use]
    pub fn new(cache: Cache) -> Guard {
        Guard {
            cache,
            patterns: Patterns::popular(),
        }
    }

    /// Looks at every package that comes from outside the workspace.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub fn check(&mut self, lockfile: &Lockfile) -> Result<Report, Error> {
        let _span = tracing::info_span!("check").entered();
        let nothing_known = self.cache.is_empty()?;
        // Most lock files have nothing odd: then it is not asked.
        let needed_by = LazyCell::new(|| lockfile.needed_by_index());
        let mut report = Report {
            packages: 0,
            findings: Vec::new(),
        };
        for package in lockfile.foreign() {
            report.packages += 1;
            let known = self.cache.lookup(&package.name)?;
            let oddity = match known.as_deref() {
                Some(record) => compare(record, package),
                None => match self.patterns.resembles(&package.name) {
                    Some(resemblance) => Some(Oddity::Lookalike(resemblance)),
                    None => (!nothing_known).then_some(Oddity::New),
                },
            };
            report.findings.extend(oddity.map(|oddity| Finding {
                name: package.name.clone(),
                version: package.version.clone(),
                needed_by: needed_by.get(&*package.name).map(|&name| name.to_owned()),
                oddity,
            }));
        }
        Ok(report)
    }

    /// Accepts every package that comes from outside the workspace: what is
    /// accepted is not odd the next time, whatever its name.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub fn accept(&mut self, lockfile: &Lockfile) -> Result<(), Error> {
        let _span = tracing::info_span!("accept").entered();
        Ok(self.cache.accept(lockfile.foreign())?)
    }

    /// Forgets what is kept in memory, not what was accepted.
    pub fn forget_recent(&mut self) {
        self.cache.forget_recent();
    }
}

impl Report {
    /// Whether anything but new packages was found.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.oddity != Oddity::New)
    }
}

/// What differs from the releases that are known under the same name.
fn compare(record: &Record, package: &Package) -> Option<Oddity> {
    let source = package.source.as_deref().unwrap_or("");
    let mut here = record
        .releases
        .iter()
        .filter(|release| release.source == source)
        .peekable();
    if here.peek().is_none() {
        return record.releases.first().map(|release| Oddity::Moved {
            from: release.source.clone(),
        });
    }
    let same = here.find(|release| release.version == package.version)?;
    (same.checksum != package.checksum).then_some(Oddity::Changed)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        write!(
            f,
            "{} packages, {} findings",
            self.packages,
            self.findings.len()
        )
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {} ", self.name, self.version)?;
        match &self.oddity {
            Oddity::Lookalike(Resemblance { popular, trick }) => {
                write!(f, "looks like `{popular}`: {trick}")?
            }
            Oddity::Changed => {
                f.write_str("has another checksum than before under the same version")?
            }
            Oddity::Moved { from } => {
                write!(f, "comes from another source than before, which was {from}")?
            }
            Oddity::New => f.write_str("is new here")?,
        }
        match &self.needed_by {
            Some(package) => write!(f, " (needed by `{package}`)"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Lockfile(error) => error.fmt(f),
            Error::Cache(error) => write!(f, "the cache: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match self {
            Error::Lockfile(error) => error,
            Error::Cache(error) => error,
        })
    }
}

impl From<ParseError> for Error {
    fn from(error: ParseError) -> Error {
        Error::Lockfile(error)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        Error::Cache(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typosquat::Trick;

    const SMALL: &str = include_str!("../fixtures/service-50.lock");
    const TAMPERED: &str = include_str!("../fixtures/tampered-12.lock");

    fn oddities(report: &Report) -> Vec<(&str, &Oddity)> {
        report
            .findings
            .iter()
            .map(|finding| (&*finding.name, &finding.oddity))
            .collect()
    }

    #[test]
    fn an_honest_lock_file_has_no_findings() {
        for text in [
            SMALL,
            include_str!("../fixtures/platform-300.lock"),
            include_str!("../../Cargo.lock"),
        ] {
            let report = Guard::new(Cache::in_memory().unwrap())
                .check(&Lockfile::parse(text).unwrap())
                .unwrap();
            assert_eq!(oddities(&report), []);
        }
    }

    #[test]
    fn a_tampered_lock_file_is_seen_through() {
        let mut guard = Guard::new(Cache::in_memory().unwrap());
        guard.accept(&Lockfile::parse(SMALL).unwrap()).unwrap();
        let report = guard.check(&Lockfile::parse(TAMPERED).unwrap()).unwrap();
        let registry = "registry+https://github.com/rust-lang/crates.io-index";
        let like = |popular, trick| Oddity::Lookalike(Resemblance { popular, trick });
        assert_eq!(
            oddities(&report),
            [
                ("bytes", &Oddity::Changed),
                (
                    "itoa",
                    &Oddity::Moved {
                        from: registry.to_owned()
                    }
                ),
                ("left-pad", &Oddity::New),
                ("reqest", &like("reqwest", Trick::Dropped)),
                ("rustdecimal", &like("rust_decimal", Trick::Confusable)),
                ("tokoi", &like("tokio", Trick::Swapped)),
            ]
        );
        assert!(report.is_suspicious());
        assert_eq!(
            report.findings[3].needed_by.as_deref(),
            Some("report-mailer")
        );
    }

    #[test]
    fn what_was_accepted_is_not_odd_again() {
        let tampered = Lockfile::parse(TAMPERED).unwrap();
        let mut guard = Guard::new(Cache::in_memory().unwrap());
        guard.accept(&tampered).unwrap();
        assert_eq!(
            guard.check(&tampered).unwrap().to_string(),
            "11 packages, 0 findings"
        );
    }

    #[test]
    fn a_new_package_alone_is_not_suspicious() {
        let mut guard = Guard::new(Cache::in_memory().unwrap());
        let mut lockfile = Lockfile::parse(SMALL).unwrap();
        let last = lockfile.packages.pop().expect("there are 50");
        guard.accept(&lockfile).unwrap();
        lockfile.packages.push(last);
        let report = guard.check(&lockfile).unwrap();
        assert_eq!(report.findings.len(), 1, "{report}");
        assert!(!report.is_suspicious());
    }
}
