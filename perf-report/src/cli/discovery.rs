//! Before anything is measured: builds the tests and asks them for their cases.

mod answers;
mod left_out;
pub(super) mod empty_selection;
mod planted;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use perf_grammar::{Task, Unit, variable};

use self::answers::Answers;
use self::empty_selection::{Label, NO_CASES, no_binary, no_label, no_match, not_there};
pub(super) use self::planted::Planted;
use super::Stop;
use super::arguments::{BuildArguments, PolicyArguments, SelectArguments};
use crate::infra::budgets;
use crate::infra::cargo::{Binary, BuildOptions, Workspace};
use crate::infra::diagnose::Phase;
use crate::infra::store::Store;
use crate::infra::worker::{Ended, Pool};
use crate::infra::world::World;
use crate::model::manifest::Share;
use crate::model::protocol::{Dialect, Listed, Surroundings, VERSION};
use crate::model::shard::Shard;

/// How many binaries are asked at once.
const AT_ONCE: usize = 16;

/// How long a worker may be silent, unless PERF_DEADLINE says it.
const GRACE: Duration = Duration::from_secs(60);

/// Who is asked, and in which terms.
pub(super) struct Discovery<'a> {
    pub(super) world: &'a World,
    pub(super) binaries: Vec<Binary>,
    pub(super) store: Store,
    /// The root of the workspace.
    pub(super) root: PathBuf,
    /// The names of its packages and their targets.
    pub(super) crates: Vec<String>,
    /// What `prove` changes of workers.
    pub(super) planted: Planted,
    /// Budget files that binaries are to read instead of the ones they find.
    pub(super) drafts: BTreeMap<usize, PathBuf>,
    policy: &'a PolicyArguments,
    select: SelectArguments,
    /// Cases in targets that were not built.
    unbuilt: Vec<Listed>,
    /// Every binary of the workspace was built: what matches none of their
    /// cases matches nothing.
    whole: bool,
}

/// What the binaries answered.
#[derive(Clone, Debug, Default)]
pub(super) struct TestList {
    /// The cases in order of id, each with the place of its binary.
    pub(super) cases: Vec<(usize, Listed)>,
    /// Whether there are fewer than the patterns match.
    pub(super) narrowed: bool,
    pub(super) warnings: Vec<String>,
    pub(super) problems: Vec<String>,
    /// Cases that were asked for and stand in targets that were not built.
    pub(super) unbuilt: Vec<Listed>,
    /// Patterns of the budget file that match no case; they are warnings too.
    pub(super) unmatched: Vec<String>,
    /// Waivers of limits that none of their cases has; they are warnings too.
    pub(super) waives_nothing: Vec<String>,
    /// What each binary is measured on and with, where it says so.
    pub(super) surroundings: Vec<(usize, Surroundings)>,
    /// Where machines share the run: which part of it this is.
    pub(super) share: Option<Share>,
    /// Time limits of the cases that others measure.
    elsewhere: u64,
}

impl TestList {
    /// Leaves the cases to other machines that are not in this part of the run.
    pub(super) fn take_part(&mut self, shard: Shard) {
        let all = self.time_limits();
        self.share = Some(Share {
            shard,
            of_cases: self.cases.len(),
        });
        self.cases.retain(|(_, case)| shard.holds(&case.id));
        self.unbuilt.retain(|case| shard.holds(&case.id));
        self.elsewhere = all - self.time_limits();
    }

    /// Keeps some of the cases; the error rate stays that of all.
    pub(super) fn keep_only(&mut self, wanted: impl Fn(&str) -> bool) {
        let all = self.time_limits();
        self.cases.retain(|(_, case)| wanted(&case.id));
        self.unbuilt.clear();
        self.narrowed = true;
        self.elsewhere += all - self.time_limits();
    }

    /// Time limits of the whole run, on all machines together: they share its
    /// error rate.
    pub(super) fn time_limits(&self) -> u64 {
        let here = self.cases.iter().map(|(_, case)| case.time_limits);
        here.sum::<u64>() + self.elsewhere
    }

    /// Leaves out what is marked `ignore`, unless that was asked for; how many
    /// cases these are.
    pub(super) fn leave_ignored(&mut self, include: bool) -> Result<usize, Stop> {
        let listed = self.cases.len();
        self.cases.retain(|(_, case)| include || !case.ignored);
        let ignored = listed - self.cases.len();
        if self.cases.is_empty() {
            return Err(Stop::usage(format!(
                "all {ignored} cases that match are ignored; --include-ignored runs them"
            )));
        }
        Ok(ignored)
    }
}

impl<'a> Discovery<'a> {
    /// Builds the tests.
    pub(super) fn build(
        build: &BuildArguments,
        policy: &'a PolicyArguments,
        select: SelectArguments,
        verbose: Option<&mut dyn Write>,
        world: &'a World,
    ) -> Result<Discovery<'a>, Stop> {
        planted::refuse(world)?;
        let _building = Phase::new("build");
        let workspace = Workspace::find(world).map_err(Stop::not_run)?;
        let build_options = build_options(build);
        let built = workspace
            .build(&build_options, world)
            .map_err(Stop::not_run);
        Stop::if_interrupted()?;
        let built = built?;
        if let Some(err) = verbose {
            for name in &built.without {
                let _ = writeln!(err, "skipped, no budgets: {name}");
            }
        }
        if built.binaries.is_empty() {
            let mut message = no_binary(&built.without);
            message += &left_out::named(&left_out::listed(&built.unbuilt));
            return Err(Stop::not_run(message));
        }
        let store = Store::new(root(&workspace, world));
        Ok(Discovery {
            root: workspace.root().to_owned(),
            crates: workspace.crates(),
            world,
            binaries: built.binaries,
            store,
            planted: Planted::default(),
            drafts: BTreeMap::new(),
            policy,
            select,
            unbuilt: left_out::listed(&built.unbuilt),
            whole: build.package.is_empty() && !build_options.names_targets,
        })
    }

    /// Asks every binary for the cases that were asked for.
    pub(super) fn catalogue(&self) -> Result<TestList, Stop> {
        let _listing = Phase::new("list");
        let mut catalogue = TestList::default();
        let mut cases: BTreeMap<String, (usize, Listed)> = BTreeMap::new();
        self.check_labels(&mut catalogue)?;
        // Each pattern is asked for by itself, so that one that matches
        // nothing is not hidden behind one that does.
        let questions: Vec<Vec<String>> = match &*self.select.patterns {
            [] => vec![Vec::new()],
            patterns => patterns
                .iter()
                .map(|pattern| vec![pattern.clone()])
                .collect(),
        };
        for patterns in questions {
            let found = self.ask(&patterns, true, &mut catalogue)?;
            let unbuilt = left_out::asked_for(&self.unbuilt, &patterns, &self.select);
            if found.is_empty() && unbuilt.is_empty() {
                return Err(self.nothing(&patterns, &mut catalogue));
            }
            let known = |case: &Listed| catalogue.unbuilt.iter().any(|one| one.id == case.id);
            let new: Vec<Listed> = unbuilt.into_iter().filter(|case| !known(case)).collect();
            catalogue.unbuilt.extend(new);
            cases.extend(
                found
                    .into_iter()
                    .map(|(place, case)| (case.id.clone(), (place, case))),
            );
        }
        catalogue.cases = cases.into_values().collect();
        if catalogue.cases.is_empty() {
            let named = left_out::named(&catalogue.unbuilt);
            return Err(Stop::not_run(format!("nothing was measured{named}")));
        }
        Ok(catalogue)
    }

    /// Every case there is, whatever was asked for; there may be none.
    pub(super) fn everything(&self) -> Result<TestList, Stop> {
        let mut catalogue = TestList::default();
        catalogue.cases = self.ask(&[], false, &mut catalogue)?;
        Ok(catalogue)
    }

    /// A command that starts a binary as a worker.
    pub(super) fn command(
        &self,
        place: usize,
        task: Task,
        select: &[String],
        filtered: bool,
    ) -> Command {
        let executable = &self.binaries[place].executable;
        self.command_of(executable, place, task, select, filtered)
    }

    /// The same for another executable of a binary.
    pub(super) fn command_of(
        &self,
        executable: &Path,
        place: usize,
        task: Task,
        select: &[String],
        filtered: bool,
    ) -> Command {
        let binary = &self.binaries[place];
        let mut command = binary.command(executable, self.world);
        command.args(["::perf_budget", "--test-threads=1", "--nocapture"]);
        if let Some(file) = self.world.variable(variable::BUDGETS_FILE) {
            command.env(variable::BUDGETS_FILE, self.world.directory.join(file));
        }
        if let Some(draft) = self.drafts.get(&place) {
            command.env(variable::BUDGETS_FILE, draft);
        }
        // A list shows ignored cases as such, so that they can be counted.
        let ignored = task == Task::List || self.select.include_ignored;
        if ignored {
            command.arg("--include-ignored");
            command.env(variable::WORKER_IGNORED, "1");
        }
        command
            .env(variable::WORKER, VERSION.to_string())
            .env(variable::WORKER_TASK, task.word())
            .env(variable::OUT_DIR, self.store.root())
            .env(variable::WORKER_SELECT, select.join("\n"));
        if binary.dialect == Dialect::Authentic {
            command.env(variable::WORKER_TOKEN, token());
        }
        self.planted.shape(self.policy, &mut command);
        if let Some(mode) = &self.policy.mode {
            command.env(variable::WORKER_MODE, mode);
        }
        if filtered {
            let without = self.select.skip_tag.iter().map(|tag| format!("-{tag}"));
            let tags: Vec<String> = self.select.tag.iter().cloned().chain(without).collect();
            command.env(variable::WORKER_TAGS, tags.join("\n"));
            command.env(variable::WORKER_GROUPS, self.select.group.join("\n"));
            command.env(variable::WORKER_CLASSES, self.select.class.join("\n"));
            command.env(variable::WORKER_IDS, self.select.id.join("\n"));
        }
        command
    }

    /// How long a worker may be silent: as long as a call may last, at the least.
    pub(super) fn grace(&self) -> Duration {
        let asked = self.world.variable(variable::DEADLINE);
        let asked = asked.and_then(OsStr::to_str);
        // One that cannot be read is refused by the workers.
        let asked = asked.and_then(|text| perf_grammar::parse(Unit::Duration, text).ok());
        asked.map_or(GRACE, Duration::from_nanos)
    }

    /// Every case of targets that were not built.
    pub(super) fn unbuilt(&self) -> &[Listed] {
        &self.unbuilt
    }

    /// Whether every target of the workspace was built.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// What was asked for on the command line.
    pub(super) fn patterns(&self) -> &[String] {
        &self.select.patterns
    }

    fn ask(
        &self,
        patterns: &[String],
        filtered: bool,
        catalogue: &mut TestList,
    ) -> Result<Vec<(usize, Listed)>, Stop> {
        let mut answers = Answers::default();
        let places: Vec<usize> = (0..self.binaries.len()).collect();
        for some in places.chunks(AT_ONCE) {
            answers.first = some.first().copied().unwrap_or_default();
            let commands = some
                .iter()
                .map(|place| self.command(*place, Task::List, patterns, filtered))
                .collect();
            let pool = Pool::start(commands, self.grace())
                .map_err(|error| Stop::not_run(format!("cannot start a test: {error}")))?;
            let ended = pool.listen(&mut answers);
            Stop::if_interrupted()?;
            for (place, ended) in some.iter().zip(&ended) {
                self.note_end(*place, ended, &answers, catalogue);
            }
        }
        if !answers.mistakes.is_empty() {
            return Err(Stop::usage(
                answers.mistakes.into_iter().collect::<Vec<_>>().join("\n"),
            ));
        }
        self.refuse_duplicates(&answers.cases)?;
        if self.whole {
            for unmatched in answers.unmatched() {
                let kind = match unmatched.waives_nothing {
                    true => &mut catalogue.waives_nothing,
                    false => &mut catalogue.unmatched,
                };
                push_new(kind, [unmatched.text.clone()]);
                push_new(&mut catalogue.warnings, [unmatched.text.clone()]);
            }
            if patterns.is_empty() && self.select.is_everything() {
                let unmatched = left_out::unmatched(answers.unmatched());
                catalogue.unbuilt.extend(unmatched);
            }
        }
        push_new(&mut catalogue.warnings, answers.warnings);
        let folders = self.binaries.iter().map(|binary| &*binary.directory);
        let overlooked = budgets::overlooked(folders, &self.root, self.world);
        push_new(&mut catalogue.warnings, overlooked);
        catalogue.surroundings = answers.surroundings;
        Ok(answers.cases)
    }

    fn note_end(&self, place: usize, ended: &Ended, answers: &Answers, catalogue: &mut TestList) {
        let name = &self.binaries[place].name;
        if ended.is_sound() {
            return;
        }
        // Under the standard harness no test is left by the filter, and none answers.
        let no_budgets = !ended.hello
            && ended.fault.is_none()
            && ended.status.is_some_and(|status| status.success())
            && answers.standard_harness.contains(&place);
        if no_budgets {
            return;
        }
        let mut problem = format!("asked for its budgets, {name} {}", ended.how());
        if !ended.hello && ended.fault.is_none() {
            problem.push_str(
                "; nothing of it was judged: a target with `harness = false` needs `perf_runtime::main!();`, and what runs before that must not end the process",
            );
        }
        for line in &ended.stderr {
            problem.push_str("\n    ");
            problem.push_str(line);
        }
        push_new(&mut catalogue.problems, [problem]);
    }

    fn refuse_duplicates(&self, cases: &[(usize, Listed)]) -> Result<(), Stop> {
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        for (place, case) in cases {
            if let Some(other) = known.insert(&case.id, *place) {
                let (one, two) = (&self.binaries[other].name, &self.binaries[*place].name);
                return Err(Stop::usage(format!(
                    "`{}` names a case of {one} and one of {two}; an id names one case, so rename one function",
                    case.id
                )));
            }
        }
        Ok(())
    }

    /// Why there is no case to be measured.
    fn nothing(&self, patterns: &[String], catalogue: &mut TestList) -> Stop {
        let all = match self.ask(&[], false, catalogue) {
            Ok(all) => all,
            Err(stop) => return stop,
        };
        if all.is_empty() {
            let mut message = NO_CASES.to_owned();
            for more in catalogue.warnings.iter().chain(&catalogue.problems) {
                message.push('\n');
                message.push_str(more);
            }
            return Stop::not_run(message);
        }
        let all: Vec<&Listed> = all.iter().map(|(_, case)| case).collect();
        let message = match patterns {
            [pattern] => no_match(pattern, &all, self.select.names_labels()),
            _ => format!(
                "none of the {} cases has all of the labels asked for",
                all.len()
            ),
        };
        not_there(message, &catalogue.problems)
    }

    /// A label that no case has is most likely misspelt; one that nothing is to
    /// have leaves nothing out.
    fn check_labels(&self, catalogue: &mut TestList) -> Result<(), Stop> {
        if !self.select.names_labels() {
            return Ok(());
        }
        let all = self.ask(&[], false, catalogue)?;
        let all: Vec<&Listed> = all.iter().map(|(_, case)| case).collect();
        if all.is_empty() {
            return Ok(());
        }
        let missing = |label: Label, names: &[String]| -> Vec<String> {
            let sink = |name: &&String| !all.iter().any(|case| label.is_of(case, name));
            let missing = names.iter().filter(sink);
            missing.map(|name| no_label(label, name, &all)).collect()
        };
        let wanted: Vec<String> = Label::wanted(&self.select)
            .into_iter()
            .flat_map(|(label, names)| missing(label, names))
            .collect();
        if !wanted.is_empty() {
            return Err(not_there(wanted.join("\n"), &catalogue.problems));
        }
        let unwanted = missing(Label::Tag, &self.select.skip_tag);
        push_new(
            &mut catalogue.warnings,
            unwanted.iter().map(|text| format!("--skip-tag: {text}")),
        );
        Ok(())
    }
}

/// What no test prints by accident.
fn token() -> String {
    // The standard library seeds it from the system.
    let random = || std::hash::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

/// Adds the texts that a list does not have.
pub(super) fn push_new(list: &mut Vec<String>, texts: impl IntoIterator<Item = String>) {
    for text in texts {
        if !list.contains(&text) {
            list.push(text);
        }
    }
}

pub(super) fn root(workspace: &Workspace, world: &World) -> PathBuf {
    match world.variable(variable::OUT_DIR) {
        Some(folder) => world.directory.join(folder),
        None => workspace.target_directory().join("perf"),
    }
}

/// The store of the working directory's workspace; nothing is built.
pub(super) fn store(world: &World) -> Result<Store, Stop> {
    let workspace = Workspace::find(world).map_err(Stop::not_run)?;
    Ok(Store::new(root(&workspace, world)))
}

fn build_options(build: &BuildArguments) -> BuildOptions {
    let features = [
        ("--all-features", build.all_features),
        ("--no-default-features", build.no_default_features),
    ];
    let mut passed_on = Vec::new();
    for (flag, given) in features.iter().chain(&build.kinds()) {
        if *given {
            passed_on.push((*flag).to_owned());
        }
    }
    let features = [("--features", &build.features)];
    for (flag, values) in features.iter().chain(&build.targets()) {
        for value in *values {
            passed_on.extend([(*flag).to_owned(), value.clone()]);
        }
    }
    BuildOptions {
        profile: build.cargo_profile.clone(),
        packages: build.package.clone(),
        passed_on,
        names_targets: build.names_targets(),
    }
}
