//! Which packages can have a budget, on which functions, and where the runtime comes from.

use std::path::{Component, Path, PathBuf};

use crate::analysis::scaffold::{self, Candidate, Home, Tool, candidates, global_allocator};
use crate::cli::arguments::InitArguments;
use crate::cli::{Stop, output};
use crate::infra::cargo::{Package, Target, Workspace, declared};
use crate::infra::world::World;

/// The crates that are added.
const RUNTIME: &str = "perf-runtime";
const REPORT: &str = "perf-report";
/// More functions than anyone reads about.
const MOST: usize = 20;

/// A package and a function of it.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) package: scaffold::Package,
    /// By which cargo knows it: another version may have its name.
    pub(super) id: String,
    /// Its folder.
    pub(super) folder: PathBuf,
    pub(super) candidate: Option<Candidate>,
    /// The program whose source gets the budget.
    pub(super) target: Option<String>,
    pub(super) has_dependency: bool,
}

/// Everything that can be chosen.
pub(super) struct Choices {
    root: PathBuf,
    choices: Vec<Choice>,
    /// There is a budget already: no other is added.
    pub(super) has_budget: bool,
}

impl Choices {
    pub(super) fn of(
        workspace: &Workspace,
        arguments: &InitArguments,
        world: &World,
    ) -> Result<Choices, Stop> {
        let root = workspace.root().to_owned();
        let mut choices = Choices {
            root: root.clone(),
            choices: Vec::new(),
            has_budget: false,
        };
        let mut left_out: Vec<String> = Vec::new();
        let packages = wanted(workspace, arguments, world)?;
        let has_budget = |package: &&&Package| {
            package.depends_on(RUNTIME) && package.targets.iter().any(declares)
        };
        if let Some(package) = packages.iter().find(has_budget) {
            choices.has_budget = true;
            choices.choices.push(Choice {
                candidate: None,
                ..bare(package, &root)
            });
            return Ok(choices);
        }
        for package in packages {
            match home(package) {
                Ok((home, target)) => choices.add(package, home, target),
                Err(why) => left_out.push(format!("{}: {why}", package.name)),
            }
        }
        if choices.choices.is_empty() {
            let why = match &*left_out {
                [] => "the workspace has no package that can have one".to_owned(),
                left_out => left_out.join("\n"),
            };
            return Err(Stop::usage(format!("no package gets a budget: {why}")));
        }
        let weight = |choice: &Choice| choice.candidate.as_ref().map(|one| one.weight);
        choices
            .choices
            .sort_by_key(|choice| std::cmp::Reverse(weight(choice)));
        if let Some(function) = &arguments.function {
            choices.keep(function)?;
        }
        Ok(choices)
    }

    /// Takes a package with each of its functions, or without one.
    fn add(&mut self, package: &Package, home: Home, target: &Target) {
        let bare = Choice {
            target: (target.kind() == "bin").then(|| target.name.clone()),
            ..bare(package, &self.root)
        };
        let sources = declared::sources(&target.src_path);
        let root = match &home {
            Home::Test => target.name.replace('-', "_"),
            Home::Module { .. } => "crate".to_owned(),
        };
        let allocator =
            global_allocator(&sources).map(|(file, line)| format!("{}:{line}", self.shown(&file)));
        let package = scaffold::Package {
            allocator,
            library: matches!(home, Home::Test).then(|| root.clone()),
            home,
            ..bare.package.clone()
        };
        let found = candidates(&sources, &root, MOST);
        let with = |candidate| Choice {
            candidate,
            package: package.clone(),
            ..bare.clone()
        };
        match found.is_empty() {
            true => self.choices.push(with(None)),
            false => self
                .choices
                .extend(found.into_iter().map(|one| with(Some(one)))),
        }
    }

    /// Keeps the function that is asked for.
    fn keep(&mut self, function: &str) -> Result<(), Stop> {
        let is_it = |path: &str| path == function || path.ends_with(&format!("::{function}"));
        let is_it = |choice: &Choice| {
            choice
                .candidate
                .as_ref()
                .is_some_and(|one| is_it(&one.path))
        };
        let known = self.all();
        self.choices.retain(is_it);
        if !self.choices.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let known = match &*names {
            [] => "; there is none that could be called".to_owned(),
            names => format!("; there are:\n  {}", names.join("\n  ")),
        };
        Err(Stop::usage(format!(
            "--function {function}: no function of this path can be called with made-up arguments{known}"
        )))
    }

    /// Each function, as a question shows it.
    fn all(&self) -> Vec<String> {
        let found = self
            .choices
            .iter()
            .filter_map(|choice| choice.candidate.as_ref());
        found
            .map(|one| format!("{}  {}:{}", one.call(), self.shown(&one.file), one.line))
            .collect()
    }

    /// The function that is answered with its place; those without one come last.
    pub(super) fn choose(
        &self,
        mut answer: impl FnMut(&[String]) -> Result<usize, Stop>,
    ) -> Result<Choice, Stop> {
        let functions: Vec<&Choice> = (self.choices.iter())
            .filter(|choice| choice.candidate.is_some())
            .collect();
        if functions.is_empty() {
            return Ok(self.choices[0].clone());
        }
        let place = answer(&self.all())?;
        Ok(functions[place.min(functions.len() - 1)].clone())
    }

    /// A file from the workspace's folder.
    pub(super) fn shown(&self, file: &Path) -> String {
        let file = file.strip_prefix(&self.root).unwrap_or(file);
        file.to_string_lossy().replace('\\', "/")
    }
}

/// The packages that may get a budget: the one asked for, the one of the working
/// folder, or all.
fn wanted<'a>(
    workspace: &'a Workspace,
    arguments: &InitArguments,
    world: &World,
) -> Result<Vec<&'a Package>, Stop> {
    let packages = workspace.packages();
    if let Some(name) = &arguments.package {
        let names: Vec<&str> = packages.iter().map(|package| &*package.name).collect();
        let found = packages.iter().find(|package| package.name == *name);
        return match found {
            Some(package) => Ok(vec![package]),
            None => {
                let near = perf_grammar::nearest(name, &names);
                let help = near.map_or_else(
                    || format!("there are: {}", names.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                Err(Stop::usage(format!(
                    "--package {name}: no package of the workspace has this name; {help}"
                )))
            }
        };
    }
    let here = world.directory.canonicalize();
    let here = here.as_deref().unwrap_or(&world.directory);
    let around = packages
        .iter()
        .filter(|package| here.starts_with(folder(package)))
        .max_by_key(|package| folder(package).components().count());
    Ok(match around {
        Some(package) => vec![package],
        None => packages
            .iter()
            .filter(|package| package.name != "xtask")
            .collect(),
    })
}

fn folder(package: &Package) -> PathBuf {
    let folder = package.manifest_path.parent().unwrap_or(Path::new(""));
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

fn declares(target: &Target) -> bool {
    !declared::budgets(&target.src_path).is_empty()
}

/// A package without anything that its sources say.
fn bare(package: &Package, root: &Path) -> Choice {
    let folder = folder(package);
    let inside = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    // A member may lie elsewhere.
    let inside = folder.strip_prefix(inside).unwrap_or(&folder);
    Choice {
        package: scaffold::Package {
            name: package.name.clone(),
            folder: inside.to_owned(),
            edition: package.edition.clone(),
            manifest: std::fs::read_to_string(&package.manifest_path).unwrap_or_default(),
            library: None,
            home: Home::Test,
            allocator: None,
        },
        id: package.id.clone(),
        folder,
        candidate: None,
        target: None,
        has_dependency: package.depends_on(RUNTIME),
    }
}

/// Where a budget of a package goes, and the target whose functions it can call.
fn home<'a>(package: &'a Package) -> Result<(Home, &'a Target), String> {
    let is =
        |target: &&Target, kinds: &[&str]| target.kind.iter().any(|kind| kinds.contains(&&**kind));
    // Of several programs the first that cargo tests.
    let find = |kinds: &[&str]| {
        let of_kind = || package.targets.iter().filter(|target| is(target, kinds));
        of_kind().find(|target| target.test).or(of_kind().next())
    };
    if let Some(library) = find(&["lib", "rlib", "dylib"]) {
        return Ok((Home::Test, library));
    }
    let inside = |target: &'a Target| {
        if !target.test {
            return Err(format!(
                "its {} `{}` has `test = false`, so that cargo builds no tests in it; take that line out of Cargo.toml, or move what matters into a library",
                if target.kind() == "bin" {
                    "program"
                } else {
                    "library"
                },
                target.name
            ));
        }
        let text = std::fs::read_to_string(&target.src_path).unwrap_or_default();
        if text.contains("#![no_main]") {
            return Err("its program has `#![no_main]`: the standard harness cannot run tests in it; move what matters into a library".to_owned());
        }
        let file = target
            .src_path
            .canonicalize()
            .unwrap_or_else(|_| target.src_path.clone());
        let file = file.strip_prefix(folder(package)).map(Path::to_owned);
        let file = file.map_err(|_| {
            format!(
                "its source {} lies outside of it",
                target.src_path.display()
            )
        })?;
        Ok((Home::Module { file }, target))
    };
    if let Some(library) = find(&["cdylib", "staticlib"]) {
        return inside(library);
    }
    if let Some(program) = find(&["bin"]) {
        return inside(program);
    }
    Err(match find(&["proc-macro"]) {
        Some(_) => "it is a procedural macro, whose functions run in the compiler alone: a test cannot call them; move what matters into a library that the macro uses, and give that a budget".to_owned(),
        None => "it has neither a library nor a program".to_owned(),
    })
}

/// Where the runtime and this program come from, as values of a manifest.
pub(super) fn tool(
    arguments: &InitArguments,
    root: &Path,
    package: &Path,
    world: &World,
) -> Result<Tool, Stop> {
    if let Some(url) = &arguments.git {
        let value = format!("{{ git = {url:?} }}");
        return Ok(Tool {
            runtime: value.clone(),
            report: value,
        });
    }
    let checkout = match &arguments.path {
        Some(path) => {
            let checkout = world.directory.join(path);
            let manifest = checkout.join(RUNTIME).join("Cargo.toml");
            if !manifest.is_file() {
                return Err(Stop::usage(format!(
                    "--path {}: there is no {RUNTIME}/Cargo.toml in it; it names a checkout of the repository of {RUNTIME}",
                    path.display()
                )));
            }
            Some(checkout)
        }
        None => built_from(world),
    };
    Ok(match checkout {
        Some(checkout) => {
            let value = |from: &Path, name: &str| {
                let path = relative(from, &checkout.join(name));
                format!(
                    "{{ path = {:?} }}",
                    path.to_string_lossy().replace('\\', "/")
                )
            };
            Tool {
                runtime: value(package, RUNTIME),
                report: value(&root.join("xtask"), REPORT),
            }
        }
        None => {
            let version = env!("CARGO_PKG_VERSION");
            let version = version
                .rsplit_once('.')
                .map_or(version, |(release, _)| release);
            let value = format!("{version:?}");
            Tool {
                runtime: value.clone(),
                report: value,
            }
        }
    })
}

/// The checkout that this program was built from, while it is there; what cargo keeps for
/// itself is none.
fn built_from(world: &World) -> Option<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let is_kept = world
        .cargo_home()
        .is_some_and(|home| checkout.starts_with(home));
    let is_there = checkout.join(RUNTIME).join("Cargo.toml").is_file();
    (is_there && !is_kept).then(|| checkout.to_owned())
}

/// A path from a folder; absolute where both have nothing in common but the root.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (from, to) = (
        // The folder of an `xtask` is made later.
        whole(from.parent().unwrap_or(from)).join(from.file_name().unwrap_or_default()),
        whole(to),
    );
    let shared = from.components().zip(to.components());
    let mut shared = shared.take_while(|(one, other)| one == other);
    match shared.any(|(one, _)| matches!(one, Component::Normal(_))) {
        true => output::relative(&from, &to).into(),
        false => to,
    }
}
