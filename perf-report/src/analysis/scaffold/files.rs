//! The files that a first budget adds or changes.

use super::{Candidate, Home, Package};
use crate::analysis::budget_edit::{self, Wrong, append, push, put};
use crate::analysis::doctor::{NEXTEST_LINES, keeps_apart};

/// A file that is added or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// From the workspace's folder.
    pub(crate) path: String,
    /// What stands there; `None` where there is no file yet.
    pub(crate) old: Option<String>,
    pub(crate) new: String,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) drafts: Vec<Draft>,
    /// What is left alone, and why: a sentence each.
    pub(crate) notes: Vec<String>,
}

/// Where the crates of this program come from, as values of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tool {
    pub(crate) runtime: String,
    pub(crate) report: String,
}

/// What is there and what is wanted beside the package.
pub(crate) struct Runtime<'a> {
    /// A file by its path from the workspace's folder, where it is there.
    pub(crate) read: &'a dyn Fn(&str) -> Option<String>,
    pub(crate) tool: &'a Tool,
    /// The package depends on the runtime already.
    pub(crate) has_dependency: bool,
    /// Some package of the workspace declares a budget already.
    pub(crate) has_budget: bool,
    /// A budget file speaks for the package already.
    pub(crate) has_budget_file: bool,
    pub(crate) xtask: bool,
    /// What people start this program with.
    pub(crate) command: &'a str,
}

/// The name of the target or module that holds the budget.
pub(crate) const NAME: &str = "perf_budgets";
const NEXTEST: &str = ".config/nextest.toml";
const CONFIGURATION: &str = ".cargo/config.toml";
const ROOT: &str = "Cargo.toml";
const ALLOCATOR: &str = "#[global_allocator]
static ALLOC: perf_runtime::CountingAllocator = perf_runtime::CountingAllocator::system();
";
const BUDGETS: &str = "# Rules for all budgets: https://docs.rs/perf-runtime; a number here overrides that of an attribute.
schema = 1
mode = \"hard\" # a broken budget fails; \"soft\" warns, \"off\" measures only

# [budget.\"parser::*\"]
# p99 = \"8ms\"
";
const XTASK: &str = include_str!("xtask.txt");

/// Every file that is added or changed, and what is left alone.
///
/// # Errors
/// If a file stands in the way, or a manifest cannot be changed: a sentence.
pub(crate) fn plan(
    package: &Package,
    candidate: Option<&Candidate>,
    runtime: &Runtime<'_>,
) -> Result<Plan, String> {
    let mut work = Work {
        runtime,
        plan: Plan::default(),
    };
    if !runtime.has_dependency {
        work.dependency(package)?;
    }
    if !runtime.has_budget {
        work.budget(package, candidate)?;
    }
    if !runtime.has_budget_file {
        work.create("perf-budgets.toml", BUDGETS);
    }
    work.nextest()?;
    if runtime.xtask {
        work.xtask()?;
    }
    Ok(work.plan)
}

struct Work<'a> {
    runtime: &'a Runtime<'a>,
    plan: Plan,
}

impl Work<'_> {
    /// What stands at a path by now.
    fn text(&self, path: &str) -> Option<String> {
        let draft = self.plan.drafts.iter().find(|draft| draft.path == path);
        draft.map_or_else(
            || (self.runtime.read)(path),
            |draft| Some(draft.new.clone()),
        )
    }

    fn create(&mut self, path: &str, text: &str) {
        self.plan.drafts.push(Draft {
            path: path.to_owned(),
            old: None,
            new: text.to_owned(),
        });
    }

    /// Changes a file, or makes it.
    fn edit(
        &mut self,
        path: &str,
        change: impl FnOnce(&str) -> Result<String, Wrong>,
    ) -> Result<(), String> {
        let text = self.text(path);
        let new = change(text.as_deref().unwrap_or_default())
            .map_err(|wrong| format!("{path}:{wrong}"))?;
        match self.plan.drafts.iter_mut().find(|draft| draft.path == path) {
            Some(draft) => draft.new = new,
            None => self.plan.drafts.push(Draft {
                path: path.to_owned(),
                old: text,
                new,
            }),
        }
        Ok(())
    }

    fn dependency(&mut self, package: &Package) -> Result<(), String> {
        let root = self.text(ROOT).unwrap_or_default();
        let is_shared = budget_edit::at(&root, &["workspace", "dependencies", "perf-runtime"]);
        let value = match is_shared {
            Some(_) => "{ workspace = true }",
            None => &*self.runtime.tool.runtime,
        };
        let value = value.to_owned();
        self.edit(&package.path(ROOT), |text| {
            put(text, &["dev-dependencies"], "perf-runtime", &value)
        })
    }

    fn budget(&mut self, package: &Package, candidate: Option<&Candidate>) -> Result<(), String> {
        if let Some(place) = &package.allocator {
            self.plan.notes.push(format!(
                "{place} installs an allocator, and a program has one: memory is not limited; `CountingAllocator::new(..)` around it counts"
            ));
        }
        let body = body(package, candidate, self.runtime.command);
        match &package.home {
            Home::Test => {
                let path = package.path(format!("tests/{NAME}.rs"));
                if self.text(&path).is_some() {
                    return Err(format!(
                        "{path}: is there and declares no budget; rename it, or annotate a function in it"
                    ));
                }
                let externs = match &*package.edition {
                    "2015" => {
                        let library = package.library.as_deref().unwrap_or_default();
                        let mut crates = ["perf_runtime", library];
                        crates.sort_unstable();
                        format!(
                            "extern crate {};\nextern crate {};\n\n",
                            crates[0], crates[1]
                        )
                    }
                    _ => String::new(),
                };
                let command = self.runtime.command;
                self.create(
                    &path,
                    &format!("//! Performance budgets: `{command}` runs them all, `cargo test --release` too.\n\n{externs}{body}"),
                );
                if let Some(lines) = target(&package.manifest, &package.edition, NAME) {
                    self.edit(&package.path(ROOT), |text| append(text, &lines))?;
                }
            }
            Home::Module { file } => {
                let path = package.path(file);
                let text = self
                    .text(&path)
                    .ok_or_else(|| format!("{path}: cannot be read"))?;
                let externs = match &*package.edition {
                    "2015" => "#[cfg(test)]\nextern crate perf_runtime;\n\n",
                    _ => "",
                };
                let inner: String = body
                    .lines()
                    .map(|line| match line {
                        "" => "\n".to_owned(),
                        line => format!("    {line}\n"),
                    })
                    .collect();
                let module = format!("\n{externs}#[cfg(test)]\nmod {NAME} {{\n{inner}}}\n");
                let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
                let open = if text.ends_with('\n') { "" } else { end };
                let new = format!("{text}{open}{}", module.replace('\n', end));
                self.edit(&path, |_| Ok(new))?;
            }
        }
        Ok(())
    }

    fn nextest(&mut self) -> Result<(), String> {
        match self.text(NEXTEST) {
            Some(text) if keeps_apart(&text) => Ok(()),
            _ => self.edit(NEXTEST, |text| append(text, NEXTEST_LINES)),
        }
    }

    fn xtask(&mut self) -> Result<(), String> {
        let configuration = self.text(CONFIGURATION).unwrap_or_default();
        let has_alias = budget_edit::at(&configuration, &["alias", "xtask"]).is_some();
        if self.text("xtask/Cargo.toml").is_some() {
            let has_report = self
                .text("xtask/Cargo.toml")
                .is_some_and(|text| text.contains("perf-report"));
            if !has_report {
                self.plan.notes.push(format!(
                    "xtask is there: add `perf-report = {}` to its dependencies, and call `perf_report::cli::main()` for `perf`",
                    self.runtime.tool.report
                ));
            }
            return Ok(());
        }
        let report = &self.runtime.tool.report;
        let manifest = format!(
            "[package]\nname = \"xtask\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\nperf-report = {report}\n"
        );
        self.create("xtask/Cargo.toml", &manifest);
        self.create("xtask/src/main.rs", XTASK);
        self.edit(ROOT, |text| {
            match push(text, &["workspace", "members"], "xtask")? {
                Some(new) => Ok(new),
                None => put(text, &["workspace"], "members", "[\"xtask\"]"),
            }
        })?;
        if has_alias {
            return Ok(());
        }
        self.edit(CONFIGURATION, |text| {
            put(
                text,
                &["alias"],
                "xtask",
                "\"run --quiet --package xtask --\"",
            )
        })
    }
}

/// The lines that name `tests/NAME.rs` where cargo does not find it by itself.
pub(crate) fn target(manifest: &str, edition: &str, name: &str) -> Option<String> {
    let at = |path: &[&str]| budget_edit::at(manifest, path);
    let is_off = at(&["package", "autotests"]).and_then(|item| item.as_bool()) == Some(false);
    let path = format!("\"tests/{name}.rs\"");
    let is_needed = is_off || edition == "2015" && at(&["test"]).is_some();
    (is_needed && !manifest.contains(&path))
        .then(|| format!("[[test]]\nname = \"{name}\"\npath = {path}\n"))
}

/// The function with its budget, and what stands before it.
fn body(package: &Package, candidate: Option<&Candidate>, command: &str) -> String {
    let (allocator, limits) = match package.allocator {
        None => (&*format!("{ALLOCATOR}\n"), "p99 = \"10ms\", mem = \"10MB\""),
        Some(_) => ("", "p99 = \"10ms\""),
    };
    let function = match candidate {
        Some(candidate) => {
            // Short lines, which rustfmt leaves as they are.
            let names: &[&str] = match &*candidate.arguments {
                [_] => &["input"],
                _ => &["a", "b", "c"],
            };
            let arguments = || candidate.arguments.iter().zip(names);
            let inputs: String = arguments()
                .map(|(argument, name)| format!("    let {name} = black_box({argument});\n"))
                .collect();
            let names: Vec<&str> = arguments().map(|(_, name)| *name).collect();
            format!(
                "fn {}_is_fast() {{\n{inputs}    let _ = black_box({}({}));\n}}\n",
                candidate.name,
                candidate.path,
                names.join(", ")
            )
        }
        None => "fn what_matters_is_fast() {\n    // Call here what has to be fast.\n    black_box(black_box(\"1, 2, 3\").split(',').count());\n}\n".to_owned(),
    };
    format!(
        "use std::hint::black_box;\n\nuse perf_runtime::perf_budget;\n\n{allocator}// Wide limits to begin with: `{command} suggest` measures some that fit.\n#[perf_budget({limits})]\n{function}"
    )
}
