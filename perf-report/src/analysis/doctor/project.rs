//! Whether the project is set up so that every budget is built, run and counted.

use perf_grammar::{Feature, Metric, Source};
use toml_edit::Item;

use super::{Area, Finding, Level};
use crate::analysis::budget_edit;
use crate::model::protocol::Listed;
use crate::model::words::counted;

const HERE: Area = Area::Project;

/// What the manifests and sources say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Project {
    /// The packages that name the runtime as a dependency.
    pub(crate) packages: Vec<Package>,
    pub(crate) nextest: Nextest,
}

/// A package with budgets, or ready for some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Its manifest, from the workspace's folder.
    pub(crate) manifest: String,
    /// The features of the runtime that are on in it; `None` where cargo did not say.
    pub(crate) features: Option<Vec<String>>,
    /// The keys that its budgets use, each with the place of one.
    pub(crate) keys: Vec<(String, String)>,
    /// Its targets with `harness = false` that have budgets.
    pub(crate) harnesses: Vec<Harness>,
    pub(crate) budgets: usize,
}

/// A target with `harness = false`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Harness {
    /// Its source, from the workspace's folder.
    pub(crate) file: String,
    /// It ends in `perf_runtime::main!();`.
    pub(crate) has_main: bool,
}

/// What is known of cargo-nextest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Nextest {
    pub(crate) is_installed: bool,
    /// The text of `.config/nextest.toml`, where there is one.
    pub(crate) config: Option<String>,
}

/// The lines that keep budgets apart under nextest.
pub(crate) const NEXTEST_LINES: &str = "[[profile.default.overrides]]\nfilter = 'test(/::perf_budget$/)'\nthreads-required = \"num-test-threads\"\n";
const ALLOCATOR_LINES: &str = "#[global_allocator]\nstatic ALLOC: perf_runtime::CountingAllocator = perf_runtime::CountingAllocator::system();";

impl Project {
    pub(super) fn findings(&self, command: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.packages.is_empty() {
            findings.push(HERE.wrong(
                "dependency",
                "no package of the workspace depends on perf-runtime",
                "perf-runtime among the dev-dependencies of one",
                format!("{command} init"),
            ));
        }
        for package in &self.packages {
            findings.extend(package.findings(command));
        }
        findings.push(self.nextest.finding());
        findings
    }
}

impl Package {
    fn findings(&self, command: &str) -> Vec<Finding> {
        let name = &self.name;
        let mut findings = vec![match self.budgets {
            0 => HERE.advice(
                "budget",
                format!("{name} depends on perf-runtime and declares no budget"),
                "#[perf_budget(..)] on a function",
                format!("{command} init --package {name}"),
            ),
            budgets => {
                let budgets = counted(budgets, "budget");
                HERE.ok("budget", format!("{name} declares {budgets}"))
            }
        }];
        for harness in &self.harnesses {
            findings.push(match harness.has_main {
                true => HERE.ok("harness", format!("{} runs its own budgets", harness.file)),
                false => HERE.wrong(
                    "harness",
                    format!(
                        "{}: `harness = false`, and nothing runs its budgets",
                        harness.file
                    ),
                    "`perf_runtime::main!();` as its last line",
                    format!("echo 'perf_runtime::main!();' >> {}", harness.file),
                ),
            });
        }
        findings.extend(self.missing_features());
        findings
    }

    /// Whether a feature of the runtime is known to be on.
    pub(crate) fn has_feature(&self, name: &str) -> bool {
        let on = self.features.iter().flatten();
        on.into_iter().any(|on| on == name || on == "all")
    }

    /// Features that keys or `main!` need and that are off.
    fn missing_features(&self) -> Vec<Finding> {
        if self.features.is_none() {
            return Vec::new();
        }
        let by_keys = self
            .keys
            .iter()
            .filter_map(|(key, place)| Some((feature(key)?.name(), format!("`{key}`"), place)));
        let mains = self.harnesses.iter().filter(|harness| harness.has_main);
        let by_mains =
            mains.map(|harness| ("harness", "`perf_runtime::main!`".to_owned(), &harness.file));
        let mut findings: Vec<Finding> = Vec::new();
        let mut known: Vec<&str> = Vec::new();
        for (name, what, place) in by_keys.chain(by_mains) {
            if self.has_feature(name) || known.contains(&name) {
                continue;
            }
            known.push(name);
            findings.push(HERE.wrong(
                "feature",
                format!("{place}: {what} needs the feature `{name}` of perf-runtime, which is off"),
                format!("features = [\"{name}\"] in {}", self.manifest),
                format!(
                    "cargo add --package {} --dev perf-runtime --features {name}",
                    self.name
                ),
            ));
        }
        findings
    }
}

/// The feature without which a key says nothing.
fn feature(key: &str) -> Option<Feature> {
    let by_table = perf_grammar::find(key).and_then(|key| key.feature());
    by_table.or_else(|| Metric::from_key(key)?.feature())
}

impl Nextest {
    fn finding(&self) -> Finding {
        let file = ".config/nextest.toml";
        match (&self.config, self.is_installed) {
            (None, false) => HERE.ok("nextest", "cargo-nextest is not installed, nor configured"),
            (Some(config), _) if keeps_apart(config) => HERE.ok(
                "nextest",
                format!("{file} keeps budgets and other tests apart"),
            ),
            (config, _) => HERE.advice(
                "nextest",
                match config {
                    Some(_) => format!("{file}: nothing keeps budgets and other tests apart"),
                    None => format!("cargo-nextest is installed, and there is no {file}"),
                },
                "an override for budgets in the default profile",
                format!("these lines in {file}:\n{NEXTEST_LINES}"),
            ),
        }
    }
}

/// Whether an override of the default profile gives budgets the machine to themselves.
pub(crate) fn keeps_apart(config: &str) -> bool {
    let overrides = budget_edit::at(config, &["profile", "default", "overrides"]);
    let overrides = overrides.as_ref().and_then(Item::as_array_of_tables);
    let one_at_a_time = |group: &str| {
        let most = budget_edit::at(config, &["test-groups", group, "max-threads"]);
        most.and_then(|most| most.as_integer()) == Some(1)
    };
    overrides.into_iter().flatten().any(|one| {
        let word = |key: &str| one.get(key).and_then(Item::as_str);
        let is_for_budgets = word("filter").is_some_and(|filter| filter.contains("perf_budget"));
        let takes_all = word("threads-required") == Some("num-test-threads");
        is_for_budgets && (takes_all || word("test-group").is_some_and(one_at_a_time))
    })
}

/// What the built tests said.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tests {
    /// Why they could not be built or asked.
    pub(crate) problems: Vec<String>,
    pub(crate) binaries: Vec<Binary>,
    /// Cases in targets that were not built.
    pub(crate) unbuilt: Vec<Listed>,
    /// What they warn of, but for patterns that match nothing.
    pub(crate) warnings: Vec<String>,
}

/// A test executable.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Binary {
    /// For people: `parser (test budgets)`.
    pub(crate) name: String,
    /// What counts allocations: `None` where it did not say, the inner one where
    /// nothing does.
    pub(crate) allocator: Option<Option<String>>,
    pub(crate) cases: Vec<Listed>,
}

impl Tests {
    /// Every case that is built.
    pub(crate) fn cases(&self) -> impl Iterator<Item = &Listed> {
        self.binaries.iter().flat_map(|binary| &binary.cases)
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        for problem in &self.problems {
            findings.push(HERE.wrong(
                "build",
                problem.clone(),
                "tests that can be built and asked for their budgets",
                "cargo test --release --no-run",
            ));
        }
        let cases = self.cases().count();
        if self.problems.is_empty() {
            let binaries = self.binaries.len();
            findings.push(HERE.ok(
                "build",
                format!(
                    "the tests are built: {} in {}",
                    counted(cases, "case"),
                    counted(binaries, "executable")
                ),
            ));
        }
        for warning in &self.warnings {
            findings.push(advised("warning", warning.clone()));
        }
        findings.extend(self.binaries.iter().filter_map(Binary::finding));
        for case in &self.unbuilt {
            let why = case.not_built.as_deref().unwrap_or_default();
            let found = format!("{} is not measured: {why}", case.id);
            findings.push(advised("unbuilt", found));
        }
        findings
    }
}

impl Binary {
    /// Whether allocations are counted where a limit is on them.
    fn finding(&self) -> Option<Finding> {
        let allocator = self.allocator.as_ref()?;
        let needs = |metric: &str| {
            let metric = Metric::from_key(metric);
            metric
                .is_some_and(|metric| matches!(metric.source(), Source::Allocator | Source::Trend))
        };
        let first = self.cases.iter().find_map(|case| {
            let limit = case.limits.iter().find(|limit| needs(&limit.metric))?;
            Some((case, limit))
        });
        Some(match (allocator, first) {
            (Some(allocator), _) => HERE.ok(
                "allocator",
                format!("{} counts allocations ({allocator})", self.name),
            ),
            (None, None) => return None,
            (None, Some((case, limit))) => HERE.wrong(
                "allocator",
                format!(
                    "{}: nothing counts allocations, so `{}` of {} ({}) has no value",
                    self.name, limit.metric, case.id, case.source
                ),
                "the counting allocator, once in each test target",
                format!("these lines in that target:\n{ALLOCATOR_LINES}"),
            ),
        })
    }
}

/// Which versions of the crates meet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Versions {
    /// Of `perf-runtime` and `perf-macros`, as cargo resolved them.
    pub(crate) runtime: Vec<String>,
    pub(crate) macros: Vec<String>,
    /// Of this program.
    pub(crate) report: String,
}

impl Versions {
    pub(super) fn findings(&self) -> Vec<Finding> {
        let [runtime] = &*self.runtime else {
            return match &*self.runtime {
                [] => Vec::new(),
                several => vec![Area::Versions.wrong("versions",
                    format!(
                        "{} versions of perf-runtime are linked: {}",
                        several.len(),
                        several.join(", ")
                    ),
                    "one: budgets of the others are not found",
                    "cargo tree --invert perf-runtime --edges all, then the same version in each Cargo.toml",
                )],
            };
        };
        if self.macros.iter().any(|macros| macros != runtime) {
            return vec![Area::Versions.wrong(
                "versions",
                format!(
                    "perf-runtime {runtime} is linked with perf-macros {}",
                    self.macros.join(", ")
                ),
                format!("perf-macros {runtime}: they are made for each other"),
                format!("cargo update --package perf-macros --precise {runtime}"),
            )];
        }
        let report = &self.report;
        let install = || format!("cargo install perf-report --version {runtime}");
        vec![
            match (release(runtime) == release(report), runtime == report) {
                (_, true) => Area::Versions.ok("versions",
                    format!("perf-runtime, perf-macros and perf-report are {report}"),
                ),
                (true, false) => Area::Versions.advice("versions",
                    format!("perf-runtime is {runtime}, this program {report}"),
                    "the same",
                    install(),
                ),
                (false, false) => Area::Versions.wrong("versions",
                    format!(
                        "perf-runtime is {runtime}, this program {report}: records of the one may say what the other does not know"
                    ),
                    "the same",
                    install(),
                ),
            },
        ]
    }
}

/// The part of a version within which nothing incompatible changes: `1`, `0.4`.
fn release(version: &str) -> String {
    let parts: Vec<&str> = version.split('.').collect();
    match &*parts {
        ["0", minor, ..] => format!("0.{minor}"),
        [major, ..] => (*major).to_owned(),
        [] => String::new(),
    }
}

/// A sentence of others, which says itself what to do.
fn advised(check: &'static str, found: String) -> Finding {
    Finding {
        level: Level::Advice,
        ..HERE.ok(check, found)
    }
}
