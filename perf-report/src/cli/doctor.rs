//! `doctor`: says whether machine and project are set up to judge budgets, and what to change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use perf_grammar::Feature;

use super::arguments::{DoctorArguments, DoctorForm, PolicyArguments, SelectArguments};
use super::discovery::{self, Discovery};
use super::output::{print, shown, style};
use super::{Console, Exit, Stop};
use crate::analysis::budget_edit;
use crate::analysis::doctor::{
    Binary, Budgets, Diagnosis, Facts, Level, Machine, Nextest, Project, Rules, Tests,
};
use crate::analysis::proposal::idle;
use crate::analysis::run::join;
use crate::infra::baselines::{FOLDER, Stored};
use crate::infra::budgets;
use crate::infra::cargo::Workspace;
use crate::infra::machine;
use crate::infra::store::{self, Store};
use crate::infra::world::World;
use crate::model::protocol::Listed;
use crate::model::record::Record;
use crate::render::doctor;

/// Runs the verb.
pub(super) fn run(arguments: &DoctorArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, world, .. } = console;
    let workspace = Workspace::find(world).map_err(Stop::not_run)?;
    let facts = facts(&workspace, arguments, world)?;
    let diagnosis = Diagnosis::of(&facts);
    let text = match arguments.format {
        DoctorForm::Terminal => doctor::terminal(&diagnosis, style(world)),
        DoctorForm::Json => doctor::json(&diagnosis),
    };
    print(out, &text)?;
    Ok(if diagnosis.count(Level::Wrong) > 0 {
        Exit::Failed
    } else if arguments.strict && diagnosis.count(Level::Advice) > 0 {
        Exit::NotJudged
    } else {
        Exit::Passed
    })
}

fn facts(workspace: &Workspace, arguments: &DoctorArguments, world: &World) -> Result<Facts, Stop> {
    let (packages, versions) = workspace.setup(world);
    // Without a package that links the runtime there is nothing to ask.
    let asked = match packages.is_empty() || arguments.no_build {
        true => None,
        false => Some(ask(arguments, world)?),
    };
    let asked_is_whole = asked.as_ref().is_some_and(|asked| asked.is_whole);
    let Asked {
        tests,
        unmatched,
        waives_nothing,
        folders,
        environment,
        ..
    } = asked.unwrap_or_default();
    let cases: Vec<&Listed> = tests.iter().flat_map(Tests::cases).collect();
    let ids: BTreeSet<String> = cases.iter().map(|case| case.id.clone()).collect();
    let limits = cases.iter().flat_map(|case| &case.limits);
    let counts_instructions = limits
        .map(|limit| &*limit.metric)
        .any(|one| one == "instructions");
    let folders = match folders.is_empty() {
        true => vec![workspace.root().to_owned()],
        false => folders,
    };
    let has_callgrind = packages
        .iter()
        .any(|package| package.has_feature(Feature::Instructions.name()));
    Ok(Facts {
        machine: Machine {
            environment: environment.clone(),
            system: machine::read(),
            counts_instructions,
            valgrind: machine::has_program("valgrind", world),
            has_callgrind,
        },
        project: Project {
            packages,
            nextest: nextest(workspace, world),
        },
        budgets: Budgets {
            unmatched,
            waives_nothing,
            rules: rules(workspace, &folders, &ids, world),
            run: latest(workspace, world),
            baseline: Stored::load(&workspace.root().join(FOLDER))
                .map(|stored| (stored != Stored::default()).then_some(stored.baseline))
                .transpose(),
            ids: asked_is_whole.then_some(ids),
            environment,
        },
        tests,
        versions,
        command: world.command().to_owned(),
    })
}

/// What the built tests said.
#[derive(Default)]
struct Asked {
    tests: Option<Tests>,
    unmatched: Vec<String>,
    waives_nothing: Vec<String>,
    /// The folders of the packages that were built.
    folders: Vec<PathBuf>,
    environment: Option<crate::model::record::Environment>,
    /// Every target was built and has answered.
    is_whole: bool,
}

/// Builds the tests and asks them; that they cannot be built is a finding.
fn ask(arguments: &DoctorArguments, world: &World) -> Result<Asked, Stop> {
    let policy = PolicyArguments::default();
    let discovery = Discovery::build(
        &arguments.build,
        &policy,
        SelectArguments::default(),
        None,
        world,
    );
    let discovery = match discovery {
        Ok(discovery) => discovery,
        Err(stop) => return unasked(stop),
    };
    let list = match discovery.everything() {
        Ok(list) => list,
        Err(stop) => return unasked(stop),
    };
    let mut cases: BTreeMap<usize, Vec<Listed>> = BTreeMap::new();
    for (place, case) in list.cases {
        cases.entry(place).or_default().push(case);
    }
    let surroundings: BTreeMap<usize, _> = list.surroundings.into_iter().collect();
    let binary = |(place, binary): (usize, &crate::infra::cargo::Binary)| Binary {
        name: binary.name.clone(),
        allocator: surroundings
            .get(&place)
            .map(|found| found.allocator.clone()),
        cases: cases.remove(&place).unwrap_or_default(),
    };
    let binaries: Vec<Binary> = discovery.binaries.iter().enumerate().map(binary).collect();
    let mut folders: Vec<PathBuf> = (discovery.binaries.iter())
        .map(|binary| binary.directory.clone())
        .collect();
    folders.dedup();
    let mut warnings = list.warnings;
    warnings.retain(|text| !list.unmatched.contains(text) && !list.waives_nothing.contains(text));
    let mut unbuilt = discovery.unbuilt().to_vec();
    unbuilt.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Asked {
        is_whole: discovery.is_whole() && list.problems.is_empty() && unbuilt.is_empty(),
        tests: Some(Tests {
            problems: list.problems,
            binaries,
            unbuilt,
            warnings,
        }),
        unmatched: list.unmatched,
        waives_nothing: list.waives_nothing,
        folders,
        environment: (surroundings.into_values().next()).map(|found| found.environment),
    })
}

fn unasked(stop: Stop) -> Result<Asked, Stop> {
    if stop.exit == Exit::Interrupted {
        return Err(stop);
    }
    Ok(Asked {
        tests: Some(Tests {
            problems: vec![stop.message],
            ..Tests::default()
        }),
        ..Asked::default()
    })
}

fn nextest(workspace: &Workspace, world: &World) -> Nextest {
    let config = workspace.root().join(".config/nextest.toml");
    Nextest {
        is_installed: machine::has_program("cargo-nextest", world),
        config: std::fs::read_to_string(config).ok(),
    }
}

/// The budget files that speak for these packages, and their waivers that have ended.
fn rules(
    workspace: &Workspace,
    folders: &[PathBuf],
    ids: &BTreeSet<String>,
    world: &World,
) -> Vec<Rules> {
    let files: BTreeSet<PathBuf> = folders
        .iter()
        .map(|folder| budgets::path(folder, workspace.root(), world))
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let read = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).ok()?;
        Some(Rules {
            file: shown(&file, world),
            ended: budget_edit::waivers(&text)
                .map(|waivers| idle(&waivers, 0, &[], &ids, &[], &world.today())),
        })
    };
    files.into_iter().filter_map(read).collect()
}

/// The records of the run that was stored last; one that cannot be read says nothing
/// here, and `report` says why.
fn latest(workspace: &Workspace, world: &World) -> Option<(String, Vec<Record>)> {
    let folder = Store::new(discovery::root(workspace, world)).latest()?;
    let joined = join(store::load(&folder).ok()?.filed);
    let records: Vec<Record> = (joined.records.into_iter())
        .map(|filed| *filed.record)
        .collect();
    let run = records.first()?.run.clone();
    Some((run, records))
}
