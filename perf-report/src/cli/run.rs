//! `run`: measures every budget that is asked for, and judges it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use perf_grammar::variable;

use super::arguments::RunArguments;
use super::discovery::{Discovery, TestList};
use super::heap::Profiles;
use super::measure::{self, Measuring};
use super::progress::Progress;
use super::{Console, Exit, Stop, archiving, output, page, profiling, since};
use crate::analysis::report::Report;
use crate::analysis::run::{Joined, Run, join};
use crate::infra::diagnose::Phase;
use crate::infra::store::{self, Loaded, Store};
use crate::infra::worker::Sent;
use crate::infra::world::World;
use crate::infra::{git, interrupt};
use crate::model::manifest::{self, Death, Manifest};
use crate::model::protocol::Listed;

/// Runs the verb.
pub(super) fn run(arguments: &RunArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, err, world } = console;
    output::check(&arguments.show, world)?;
    let mut against = output::against(&arguments.changes, &arguments.show, false, world)?;
    // Before anything is built: a seed that is passed over repeats nothing.
    world.number(variable::SEED).map_err(Stop::usage)?;
    let verbose = arguments.verbose.then_some(&mut *err as &mut dyn Write);
    let discovery = Discovery::build(
        &arguments.build,
        &arguments.policy,
        arguments.select.asked(),
        verbose,
        world,
    )?;
    let run = run_id(&discovery.store, world)?;
    let mut catalogue = discovery.catalogue()?;
    let ignored = catalogue.leave_ignored(arguments.select.asked().include_ignored)?;
    if let Some(shard) = arguments.keep.shard {
        catalogue.take_part(shard);
    }
    let measured = measure(arguments, &discovery, &run, catalogue, ignored, err)?;
    let folder = discovery.store.run(&run);
    let (mut report, exit, profiles) =
        put_together(&folder, measured, arguments, &discovery, &mut *err);
    let fails = report.fails();
    let show = page::settled(&arguments.show, "report", world)?;
    let history = (!arguments.keep.no_history).then_some(arguments.keep.history.as_deref());
    since::add(&mut report, history, world);
    if let Some(history) = history {
        page::add_past(&mut report, &show, history, world);
    }
    let shown = output::show(&mut report, against.as_mut(), &show, out, world);
    let shown = shown.map_err(|stop| {
        // A budget that failed says more than a report that cannot be written.
        let exit = if fails { Exit::Failed } else { stop.exit };
        Stop { exit, ..stop }
    });
    if let Some(profiles) = profiles {
        // A closed standard error is no failure.
        let _ = err.write_all(profiles.described(&folder, world).as_bytes());
    }
    shown?;
    Ok(exit)
}

/// A run that was measured.
struct Measured {
    manifest: Manifest,
    /// The records as the tests sent them.
    records: Vec<Sent>,
    /// The binary of each case, by its place.
    binaries: BTreeMap<String, usize>,
}

impl Measured {
    /// Its records, from its folder and from what the tests sent.
    fn load(&self, folder: &Path) -> Loaded {
        store::load_sent(folder, &self.records)
    }
}

/// Measures what was listed; its records lie in the survey's store then.
fn measure(
    arguments: &RunArguments,
    discovery: &Discovery<'_>,
    run: &str,
    catalogue: TestList,
    ignored: usize,
    err: &mut dyn Write,
) -> Result<Measured, Stop> {
    let world = discovery.world;
    // What is measured now is this state of the code, whatever is checked out
    // by the end.
    let (commit, unknown) = match git::commit(world) {
        Ok(commit) => (commit, None),
        Err(why) => (None, Some(why)),
    };
    let seed = world.number(variable::SEED).map_err(Stop::usage)?;
    let seed = seed.unwrap_or_else(|| world.new_seed()).to_string();
    let measuring = Measuring {
        discovery,
        run,
        seed,
        limits: catalogue.time_limits(),
        alone: arguments.alone,
        by_name: catalogue.narrowed || catalogue.share.is_some(),
        instructions: arguments.instructions,
        alloc_profile: arguments.alloc_profile,
    };
    let cases = catalogue.cases.iter().map(|(_, case)| case.clone());
    let mut manifest = Manifest {
        schema: manifest::SCHEMA,
        run: run.to_owned(),
        cases: cases.chain(catalogue.unbuilt.clone()).collect(),
        ignored,
        deaths: Vec::new(),
        warnings: catalogue.warnings.clone(),
        problems: catalogue.problems.clone(),
        tool: Some(concat!("perf-report ", env!("CARGO_PKG_VERSION")).to_owned()),
        unix_time: Some(world.unix_time()),
        commit,
        share: catalogue.share,
        complete: false,
        interrupted: false,
        exit: None,
    };
    let folder = discovery.store.run(run);
    // Before the first call: however this process ends, a part of the run does
    // not look like the whole. What cannot be written now is reported at the end.
    let _ = write_manifest(&folder, &manifest);
    let mut progress = Progress::new(catalogue.cases.len(), world.stderr_is_terminal, err);
    let measured = measuring.measure(&catalogue, &mut progress);
    manifest.warnings.extend(progress.finish());
    manifest.warnings.extend(unknown);
    let measured = measured.inspect_err(|_| store::forget(&folder))?;
    manifest.warnings.extend(unwritten(&measured.records));
    manifest.interrupted = interrupt::requested();
    manifest.complete = !manifest.interrupted;
    if manifest.interrupted {
        let interrupted = interrupted(&catalogue.cases, &measured);
        manifest.problems.push(interrupted);
    }
    manifest.deaths = measured.deaths;
    if let Err(why) = write_manifest(&folder, &manifest) {
        manifest.warnings.push(why);
    }
    let binaries = catalogue.cases.into_iter();
    Ok(Measured {
        manifest,
        records: measured.records,
        binaries: binaries.map(|(place, case)| (case.id, place)).collect(),
    })
}

/// Measures once more for a verb that takes several runs: the records, joined, with what
/// keeps them from being all, and what the run says of itself.
pub(super) fn again(
    discovery: &Discovery<'_>,
    id: &str,
    catalogue: TestList,
    instructions: bool,
    err: &mut dyn Write,
) -> Result<(Joined, Manifest), Stop> {
    let arguments = RunArguments {
        instructions,
        ..RunArguments::default()
    };
    let measured = measure(&arguments, discovery, id, catalogue, 0, err)?;
    Stop::if_interrupted()?;
    let loaded = measured.load(&discovery.store.run(id));
    let mut joined = join(loaded.filed);
    joined.problems.extend(loaded.problems);
    Ok((joined, measured.manifest))
}

fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<(), String> {
    let text = serde_json::to_string_pretty(manifest)
        .expect("a manifest holds nothing that JSON cannot say");
    store::write(&folder.join(manifest::FILE), &(text + "\n"))
        .map_err(|error| format!("{}: cannot be written: {error}", manifest::FILE))
}

/// What tests could not write, which is reported here all the same.
fn unwritten(records: &[Sent]) -> Option<String> {
    let mut whys = records.iter().filter_map(|sent| sent.unwritten.as_deref());
    let first = whys.next()?;
    let more = match whys.count() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Some(format!(
        "a record was not written: {first}{more}; its verdicts are here, and stand"
    ))
}

fn interrupted(cases: &[(usize, Listed)], measured: &measure::Measured) -> String {
    let of = |id: &str| {
        let settled = |death: &Death| death.cases.iter().any(|case| case == id);
        measured.settled.contains(id) || measured.deaths.iter().any(settled)
    };
    let judged = cases.iter().filter(|(_, case)| of(&case.id)).count();
    format!(
        "the run was interrupted: {judged} of {} cases were measured",
        cases.len()
    )
}

/// Joins the records of a run, stores what was joined and what was asked for
/// beside it, and keeps the run in the history.
fn put_together(
    folder: &Path,
    measured: Measured,
    arguments: &RunArguments,
    discovery: &Discovery<'_>,
    err: &mut dyn Write,
) -> (Report, Exit, Option<Profiles>) {
    let reporting = Phase::new("report");
    let world = discovery.world;
    let loaded = measured.load(folder);
    let mut manifest = measured.manifest;
    let joined = join(loaded.filed);
    for filed in joined.records.iter().filter(|filed| filed.changed) {
        if let Err(error) = store::write(filed.file.as_ref(), &filed.record.write()) {
            manifest
                .warnings
                .push(format!("{}: cannot be written: {error}", filed.file));
        }
    }
    let profiles = (arguments.alloc_profile)
        .then(|| Profiles::write(&joined.records, folder, &mut manifest.warnings));
    let figures = archiving::Figures::of(&joined.records);
    let mut run = Run::assemble(joined, Some(&manifest));
    run.problems.extend(loaded.problems);
    let cases = figures.cases(&run);
    drop(reporting);
    if !arguments.no_profile && !manifest.interrupted {
        let binaries = &measured.binaries;
        let unwritten = profiling::broken(&mut run, discovery, binaries, folder, err);
        run.warnings.extend(unwritten);
    }
    let _reporting = Phase::new("report");
    let detail = output::detail(arguments.verbose, arguments.passes);
    let mut report = Report::of(run, Some(output::shown(folder, world)), detail);
    world.command().clone_into(&mut report.command);
    let interrupted = manifest.interrupted;
    let exit = match interrupted {
        true => Exit::Interrupted,
        false => Exit::of(&report, arguments.strict),
    };
    manifest.exit = Some(exit.code());
    if let Err(why) = write_manifest(folder, &manifest)
        && !report.warnings.contains(&why)
    {
        report.warnings.push(why);
    }
    if interrupted {
        // Less than a run is none to compare others with.
        return (report, exit, profiles);
    }
    let kept = archiving::archived_run(&manifest, cases);
    let warning = archiving::keep(&kept, &arguments.keep, &discovery.root, err, world);
    report.warnings.extend(warning);
    (report, exit, profiles)
}

/// The name of this run; one that is taken is refused.
pub(super) fn run_id(store: &Store, world: &World) -> Result<String, Stop> {
    let Some(asked) = world.variable(variable::RUN_ID) else {
        return Ok(world.new_run_id());
    };
    let id = asked.to_string_lossy();
    perf_grammar::check_run_name(&id)
        .map_err(|error| Stop::usage(format!("PERF_RUN_ID: {}", error.line())))?;
    refuse_taken(store, &id, world)?;
    Ok(id.into_owned())
}

/// Old records would be joined with new ones.
pub(super) fn refuse_taken(store: &Store, id: &str, world: &World) -> Result<(), Stop> {
    if store.is_taken(id) {
        let folder = output::shown(&store.run(id), world);
        return Err(Stop::usage(format!(
            "PERF_RUN_ID={id}: {folder} already holds a run; choose another name or remove it"
        )));
    }
    Ok(())
}
