//! Whether machine and project are set up to judge budgets: facts in, findings out.

mod budgets;
#[cfg(test)]
pub(crate) mod fixture;
mod machine;
mod project;

use serde::Serialize;

pub(crate) use self::budgets::{Budgets, OUT_OF_REACH, Rules};
pub(crate) use self::machine::{Machine, System};
pub(crate) use self::project::{Binary, Harness, Nextest, Package, Project, Tests, Versions};
pub(crate) use self::project::{NEXTEST_LINES, keeps_apart};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// As it should be, or not known and harmless.
    Ok,
    /// Budgets are judged, and would be judged better otherwise.
    Advice,
    /// Something is not judged, or judged by what does not hold, until it is changed.
    Wrong,
}

impl Level {
    pub(crate) const ALL: [Level; 3] = [Level::Ok, Level::Advice, Level::Wrong];

    /// The word that is shown.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Advice => "advice",
            Level::Wrong => "wrong",
        }
    }
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Area {
    Machine,
    Project,
    Budgets,
    Versions,
}

impl Area {
    /// The word that is shown.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Area::Machine => "machine",
            Area::Project => "project",
            Area::Budgets => "budgets",
            Area::Versions => "versions",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) level: Level,
    pub(crate) area: Area,
    /// What was looked at, a word for programs: `governor`, `waiver`.
    pub(crate) check: &'static str,
    pub(crate) found: String,
    pub(crate) expected: Option<String>,
    /// The command, or the line to change.
    pub(crate) fix: Option<String>,
}

impl Area {
    fn ok(self, check: &'static str, found: impl Into<String>) -> Finding {
        Finding {
            level: Level::Ok,
            area: self,
            check,
            found: found.into(),
            expected: None,
            fix: None,
        }
    }

    fn advice(
        self,
        check: &'static str,
        found: impl Into<String>,
        expected: impl Into<String>,
        fix: impl Into<String>,
    ) -> Finding {
        Finding {
            level: Level::Advice,
            expected: Some(expected.into()),
            fix: Some(fix.into()),
            ..self.ok(check, found)
        }
    }

    fn wrong(
        self,
        check: &'static str,
        found: impl Into<String>,
        expected: impl Into<String>,
        fix: impl Into<String>,
    ) -> Finding {
        Finding {
            level: Level::Wrong,
            ..self.advice(check, found, expected, fix)
        }
    }
}

/// Everything that is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Facts {
    pub(crate) machine: Machine,
    pub(crate) project: Project,
    /// `None` where the tests were not built.
    pub(crate) tests: Option<Tests>,
    pub(crate) budgets: Budgets,
    pub(crate) versions: Versions,
    /// What people start this program with.
    pub(crate) command: String,
}

/// What was found, in the order in which it was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    pub(crate) findings: Vec<Finding>,
}

impl Diagnosis {
    /// Looks at everything.
    pub(crate) fn of(facts: &Facts) -> Diagnosis {
        let mut findings = facts.machine.findings();
        findings.extend(facts.project.findings(&facts.command));
        match &facts.tests {
            Some(tests) => findings.extend(tests.findings()),
            None => findings.push(Area::Project.ok(
                "build",
                "the tests were not built: what they alone know was left out",
            )),
        }
        findings.extend(facts.budgets.findings(&facts.command));
        findings.extend(facts.versions.findings());
        Diagnosis { findings }
    }

    /// How many findings are of a level.
    pub(crate) fn count(&self, level: Level) -> usize {
        let of_level = |finding: &&Finding| finding.level == level;
        self.findings.iter().filter(of_level).count()
    }

    /// Whether nothing about the machine is to be changed before times are trusted;
    /// `None` where little is known of it.
    pub(crate) fn is_fit(&self) -> Option<bool> {
        let own = |finding: &&Finding| finding.area == Area::Machine;
        let own = || self.findings.iter().filter(own);
        own().find(|finding| finding.check == machine::PLACE)?;
        let mut judging = own().filter(|finding| finding.check != machine::EXPLAINS);
        Some(judging.all(|finding| finding.level == Level::Ok))
    }
}

#[cfg(test)]
mod tests;
