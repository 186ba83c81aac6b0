//! `prove`: makes the code worse on purpose, and looks whether the right limits break.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::Duration;

use perf_grammar::Mode;

use super::arguments::{ProveArguments, words};
use super::discovery::{Discovery, Planted, TestList, push_new};
use super::run::{again, refuse_taken, run_id};
use super::{Console, Exit, Stop, output};
use crate::analysis::prove::{self, Alarms, Effort, Mutant, Proved, Runs};
use crate::analysis::run::Run;
use crate::infra::budgets::{self, BudgetFile};
use crate::infra::store::{self, Store};
use crate::infra::world::World;
use crate::model::record::Plan;
use crate::model::words::counted;
use crate::render::{Format, prove as render};

/// The longest a case measures with --quick, and beside a mutation that no limit of time
/// is to feel.
const QUICK: Duration = Duration::from_secs(2);
/// The longest all cases measure together with --quick, but for what is slow on purpose.
const QUICK_IN_ALL: Duration = Duration::from_secs(15);
/// Whether a limit holds again takes this part of the time: what is broken goes on.
const AGAIN_PART: u32 = 4;
/// How long a case goes on while its evidence points to broken, beside four times what
/// it may measure.
const DEADLINE: &str = "10s";
const QUICK_DEADLINE: &str = "2s";
/// Runs of unchanged code.
const AGAIN: u32 = 5;
const QUICK_AGAIN: u32 = 1;

/// Runs the verb.
pub(super) fn run(arguments: &ProveArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, err, world } = console;
    check(arguments, world)?;
    // A bar would show what is broken on purpose.
    let world = &World {
        stderr_is_terminal: false,
        ..world.clone()
    };
    let mut prover = Prover::build(arguments, world)?;
    let mut say = |text: String| drop(writeln!(err, "{text}"));
    say(format!(
        "measuring {} cases as they are",
        prover.list.cases.len()
    ));
    let before = prover.measure("before", None, Planted::default())?;
    let plans = before.plans;
    let passes = prove::plan(&before.run.cases, &plans, Effort::new(arguments.quick));
    let mut mutated = Vec::new();
    for (at, pass) in passes.passes.iter().enumerate() {
        let (number, of) = (at + 1, passes.passes.len());
        say(format!(
            "{} with mutations, {number} of {of}",
            counted(pass.len(), "case")
        ));
        mutated.push(prover.mutated(&number.to_string(), pass)?);
    }
    say("measuring them as they are again".to_owned());
    let soon = Planted {
        max_time: prover.quick.map(|quick| quick / AGAIN_PART),
        ..Planted::default()
    };
    let after = prover.measure("after", None, soon)?.run;
    let set = prove::quiet_limits(&before.run, arguments.factor);
    let runs = arguments
        .again
        .unwrap_or(if arguments.quick { QUICK_AGAIN } else { AGAIN });
    let mut again = Vec::new();
    for number in 1..=if set.is_empty() { 0 } else { runs } {
        say(format!("judging unchanged code again, {number} of {runs}"));
        again.push(prover.again(number, &set)?);
    }
    let off_everywhere = prover.off_everywhere(&before.run)?;
    let off =
        |case: &str, limit: &str| off_everywhere.contains(&(case.to_owned(), limit.to_owned()));
    let mut proved = Proved::of(&Runs {
        before: &before.run,
        plans: &plans,
        passes: &passes,
        mutated: &mutated,
        after: Some(&after),
        off_everywhere: &off,
    });
    proved.quick = arguments.quick;
    proved.alarms = Alarms::of(&again, arguments.factor, &set);
    proved.warnings.clone_from(&before.run.warnings);
    proved.problems = prover.problems.clone();
    show(&proved, arguments, out, world)?;
    let is_open = arguments.strict && !proved.is_complete();
    let exit = Exit::when(proved.fails(), &proved.problems, is_open);
    prover.clean_up(exit == Exit::Failed, err);
    Ok(exit)
}

/// Refuses a form that shows no proof, before anything is built.
fn check(arguments: &ProveArguments, world: &World) -> Result<(), Stop> {
    let shows =
        |format: Format| matches!(format, Format::Terminal | Format::Markdown | Format::Json);
    match arguments.show.formats().find(|format| !shows(*format)) {
        None => output::check(&arguments.show, world),
        Some(format) => Err(Stop::usage(format!(
            "found the format `{}`, which shows a run; a proof can be shown as {}",
            format.word(),
            words(shows)
        ))),
    }
}

fn show(
    proved: &Proved,
    arguments: &ProveArguments,
    out: &mut dyn Write,
    world: &World,
) -> Result<(), Stop> {
    let text = |format: Format, style| match format {
        Format::Markdown => render::markdown(proved),
        Format::Json => render::json(proved),
        _ => render::terminal(proved, style),
    };
    let show = &arguments.show;
    output::print(out, &text(show.printed(), output::style(world)))?;
    let text = |format: Option<Format>, style| text(format.unwrap_or(show.format), style);
    output::write(&text, show, world)
}

/// The tests that are measured again and again, in a separate folder.
struct Prover<'a> {
    discovery: Discovery<'a>,
    list: TestList,
    id: String,
    /// The longest a case measures with --quick.
    quick: Option<Duration>,
    /// The folders of its runs.
    made: Vec<String>,
    problems: Vec<String>,
}

/// A run without mutations.
struct Clean {
    run: Run,
    plans: BTreeMap<String, Plan>,
}

impl<'a> Prover<'a> {
    fn build(arguments: &'a ProveArguments, world: &'a World) -> Result<Prover<'a>, Stop> {
        let select = arguments.select.asked();
        let include_ignored = select.include_ignored;
        let mut discovery =
            Discovery::build(&arguments.build, &arguments.policy, select, None, world)?;
        let mut list = discovery.catalogue()?;
        list.leave_ignored(include_ignored)?;
        // Beside the runs that people ask for: nothing here is a measurement of the code.
        discovery.store = Store::new(discovery.store.root().join("prove"));
        let id = run_id(&discovery.store, world)?;
        refuse_taken(&discovery.store, &format!("{id}-before"), world)?;
        let each = QUICK_IN_ALL / u32::try_from(list.cases.len()).unwrap_or(u32::MAX).max(1);
        Ok(Prover {
            problems: list.problems.clone(),
            discovery,
            list,
            id,
            quick: arguments.quick.then_some(each.min(QUICK)),
            made: Vec::new(),
        })
    }

    /// Measures, or of the cases only some.
    fn measure(
        &mut self,
        name: &str,
        only: Option<&BTreeSet<String>>,
        mut planted: Planted,
    ) -> Result<Clean, Stop> {
        if let Some(quick) = self.quick {
            planted.max_time.get_or_insert(quick);
            planted.deadline.get_or_insert(QUICK_DEADLINE);
        }
        let mut list = self.list.clone();
        if let Some(only) = only {
            list.keep_only(|id| only.contains(id));
        }
        let id = format!("{}-{name}", self.id);
        self.discovery.planted = planted;
        self.made.push(id.clone());
        let (joined, manifest) = again(&self.discovery, &id, list, false, &mut std::io::sink())?;
        let plans = joined.records.iter().filter_map(|filed| {
            let record = &filed.record;
            Some((record.case.id.clone(), record.plan.clone()?))
        });
        let plans = plans.collect();
        let run = Run::assemble(joined, Some(&manifest));
        push_new(&mut self.problems, run.problems.iter().cloned());
        Ok(Clean { run, plans })
    }

    /// Measures the cases of a pass with their mutations.
    fn mutated(&mut self, name: &str, pass: &[Mutant]) -> Result<Run, Stop> {
        // How the heap grows is seen in a part of the time, and no limit of time is awaited
        // where none is to break.
        let grows = |one: &Mutant| one.targets.iter().any(|target| target == "growth");
        let is_none_slow = pass.iter().all(|one| !one.is_slow());
        let mut planted = Planted {
            deadline: Some(DEADLINE),
            max_time: match self.quick {
                Some(quick) if !pass.iter().any(grows) => Some(quick),
                Some(_) => Some(QUICK),
                None => is_none_slow.then_some(QUICK),
            },
            ..Planted::default()
        };
        for (id, mutation) in pass.iter().flat_map(|mutant| &mutant.planted) {
            let lines = planted.lines.entry(id.clone()).or_default();
            lines.push(mutation.line(id));
        }
        let ids = planted.lines.keys().cloned().collect();
        Ok(self.measure(name, Some(&ids), planted)?.run)
    }

    /// Judges unchanged code by limits at its figures.
    fn again(&mut self, number: u32, set: &BTreeMap<(String, String), u64>) -> Result<Run, Stop> {
        let mut planted = Planted::default();
        for ((id, limit), value) in set {
            let lines = planted.lines.entry(id.clone()).or_default();
            lines.push(format!("limit\t{value}\t{limit}\t{id}"));
        }
        let ids = planted.lines.keys().cloned().collect();
        Ok(self
            .measure(&format!("again-{number}"), Some(&ids), planted)?
            .run)
    }

    /// The limits that are `off` whatever profile is chosen.
    fn off_everywhere(&mut self, run: &Run) -> Result<BTreeSet<(String, String)>, Stop> {
        let limits = run.cases.iter().flat_map(|case| {
            let off = case.limits.iter().filter(|limit| limit.mode == Mode::Off);
            off.map(|limit| (case.id.clone(), limit.metric.clone()))
        });
        let mut off: BTreeSet<(String, String)> = limits.collect();
        if off.is_empty() {
            return Ok(off);
        }
        for profile in self.profiles() {
            self.discovery.planted = Planted {
                profile: Some(profile),
                ..Planted::default()
            };
            let listed = self.discovery.everything()?.cases;
            for (_, case) in &listed {
                for limit in case.limits.iter().filter(|limit| limit.mode != Mode::Off) {
                    off.remove(&(case.id.clone(), limit.metric.clone()));
                }
            }
        }
        Ok(off)
    }

    /// The names of the profiles of all budget files.
    fn profiles(&self) -> BTreeSet<String> {
        let discovery = &self.discovery;
        let paths: BTreeSet<_> = discovery
            .binaries
            .iter()
            .map(|binary| budgets::path(&binary.directory, &discovery.root, discovery.world))
            .collect();
        let texts = paths
            .into_iter()
            .filter_map(|path| BudgetFile::read(path).ok()?.text);
        let tables = texts.filter_map(|text| text.parse::<toml::Table>().ok());
        let profiles = tables.filter_map(|table| table.get("profile")?.as_table().cloned());
        profiles
            .flat_map(|profiles| profiles.into_iter().map(|(name, _)| name))
            .collect()
    }

    /// Removes the records of what is not the code; where something was not caught,
    /// they are evidence.
    fn clean_up(&self, keep: bool, err: &mut dyn Write) {
        if keep {
            let folder = output::shown(self.discovery.store.root(), self.discovery.world);
            let _ = writeln!(
                err,
                "the records of these runs are in {folder}/runs/{}-*",
                self.id
            );
            return;
        }
        for id in &self.made {
            store::remove(&self.discovery.store.run(id));
        }
    }
}
