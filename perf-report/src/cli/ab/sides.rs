//! The two builds, and which cases both have.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::super::arguments::{AbArguments, SelectArguments};
use super::super::discovery::{self, Discovery, TestList};
use super::super::{Exit, Stop};
use crate::analysis::allocation;
use crate::analysis::compare::{Comparison, Finding};
use crate::infra::cargo::{Workspace, lock, reuse};
use crate::infra::worktree::{self, Revision};
use crate::infra::world::World;
use crate::infra::{git, layouts};
use crate::model::protocol::Listed;
use crate::model::record::Allocations;

/// Where both builds are made.
pub(in crate::cli) struct Sides {
    before: Tree,
    after: Tree,
    /// Why the layout of the code cannot be varied.
    one_layout: Option<String>,
    /// The lock file of the tree as it stands.
    this_lock: PathBuf,
    root: PathBuf,
}

/// One of the two trees.
struct Tree {
    /// What it is called: `main (1a2b3c4d5e6f)`, `this tree`.
    name: String,
    world: World,
    workspace: Workspace,
    target: PathBuf,
    /// Why the layout of its code cannot be varied.
    one_layout: Option<String>,
}

/// Both builds, built.
pub(super) struct Surveys<'a> {
    pub(super) before: Discovery<'a>,
    pub(super) after: Discovery<'a>,
    pub(super) one_layout: Option<&'a str>,
    /// Dependencies of which the sides have other versions.
    pub(super) dependencies: Option<String>,
    /// Where everything is kept.
    pub(super) root: &'a Path,
}

/// Two binaries that have cases in common.
pub(super) struct Pair {
    /// Places of the binaries.
    pub(super) before: usize,
    pub(super) after: usize,
    /// The cases, as this tree lists them.
    pub(super) cases: Vec<Listed>,
    /// Where each is annotated in the other tree, by id: `file:line`.
    pub(super) sources_before: BTreeMap<String, String>,
}

impl Pair {
    /// Puts a comparison that is worse down to the places that allocate more, where it is
    /// about memory.
    pub(super) fn blame(&self, one: &mut Comparison, sites: [&Allocations; 2]) {
        let sources = [self.sources_before.get(&one.id), one.source.as_ref()];
        let files = sources.map(|source| {
            let source = source.map_or("", String::as_str);
            source.rsplit_once(':').map_or(source, |(file, _)| file)
        });
        if one.finding == Finding::Worse {
            one.causes = allocation::changed(sites, one.subject.key(), files);
        }
    }
}

/// What both sides have, and what only one has.
pub(super) struct Joined {
    pub(super) pairs: Vec<Pair>,
    pub(super) only_before: Vec<String>,
    pub(super) only_after: Vec<String>,
    pub(super) warnings: Vec<String>,
}

impl Sides {
    /// Checks the commits out; the tree as it stands where there is no second one.
    pub(in crate::cli) fn new(
        before: Revision,
        after: Option<Revision>,
        one_layout: bool,
        world: &World,
    ) -> Result<Sides, Stop> {
        let workspace = Workspace::find(world).map_err(Stop::not_run)?;
        let root = discovery::root(&workspace, world).join("ab");
        let check_out = |revision: &Revision| {
            let neighbours = workspace.folders_needed();
            let directory =
                (revision.check_out(&root, neighbours, world)).map_err(Stop::not_run)?;
            worktree::touch(&revision.folder(&root));
            Ok(directory)
        };
        // Each side has a separate target folder, whatever commit it is: a program
        // that a test starts is that of the same side.
        let before = Tree::new(
            before.name(),
            &check_out(&before)?,
            root.join("before/target"),
            &root,
            world,
        )
        .map_err(|why| Stop::not_run(blamed(&before.name(), &before.folder(&root), &why)))?;
        let after = match &after {
            Some(after) => Tree::new(
                after.name(),
                &check_out(after)?,
                root.join("after/target"),
                &root,
                world,
            ),
            None => Tree::new(
                this_tree(world),
                &world.directory,
                root.join("this/target"),
                &root,
                world,
            ),
        }
        .map_err(Stop::not_run)?;
        worktree::tidy_up(&root, world);
        let one_layout = match one_layout {
            true => Some("--one-layout was asked for".to_owned()),
            false => [&after, &before]
                .into_iter()
                .find_map(|tree| tree.one_layout.clone()),
        };
        Ok(Sides {
            before,
            after,
            one_layout,
            this_lock: workspace.root().join(lock::FILE),
            root,
        })
    }

    /// What the sides are called.
    pub(super) fn names(&self) -> (String, String) {
        (self.before.name.clone(), self.after.name.clone())
    }

    /// Builds both, and says on `err` what it builds.
    pub(super) fn build<'a>(
        &'a self,
        arguments: &'a AbArguments,
        err: &mut dyn Write,
    ) -> Result<Surveys<'a>, Stop> {
        let build = |tree: &'a Tree, select: SelectArguments| {
            Discovery::build(
                &arguments.build,
                &arguments.policy,
                select,
                None,
                &tree.world,
            )
        };
        let mut begin = |tree: &Tree, others: &Tree, lock: &Path| -> Result<(), Stop> {
            // A closed standard error is no failure.
            let _ = writeln!(err, "building {}", tree.name);
            let lent = tree.borrow_lock(lock)?;
            if lent {
                let _ = writeln!(err, "  with the versions of {}", lock.display());
            }
            let shared = tree.take_built(others)?;
            if shared > 0 {
                let _ = writeln!(
                    err,
                    "  {shared} units are those that {} was built with",
                    others.name
                );
            }
            Ok(())
        };
        begin(&self.after, &self.before, &self.this_lock)?;
        let after = build(&self.after, arguments.select.asked())?;
        let everything = SelectArguments {
            include_ignored: arguments.select.asked().include_ignored,
            ..SelectArguments::default()
        };
        // The build has made a lock file where there was none.
        let lock = match self.this_lock.is_file() {
            true => self.this_lock.clone(),
            false => self.after.lock(),
        };
        begin(&self.before, &self.after, &lock)?;
        let before = build(&self.before, everything).map_err(|stop| self.blame(stop))?;
        Ok(Surveys {
            dependencies: lock::differences(&self.before.lock(), &self.after.lock()),
            before,
            after,
            one_layout: self.one_layout.as_deref(),
            root: &self.root,
        })
    }

    /// Says that it is the other commit that cannot be built, and how to go on.
    fn blame(&self, stop: Stop) -> Stop {
        let tree = &self.before;
        Stop {
            message: blamed(&tree.name, &tree.world.directory, &stop.message),
            exit: Exit::NotRun,
        }
    }
}

impl Tree {
    /// A tree that is built into `target`; what is kept of its linking is kept by a
    /// script under `root`.
    ///
    /// # Errors
    /// If cargo finds no workspace there, or is configured in a way that cannot be
    /// followed.
    fn new(
        name: String,
        directory: &Path,
        target: PathBuf,
        root: &Path,
        world: &World,
    ) -> Result<Tree, String> {
        let mut world = world.within(directory);
        // A hook that runs this points git at one repository; a build script that
        // asks git means the one of that tree.
        git::forget_repository(&mut world);
        let workspace = Workspace::find(&world)?;
        let mut set = |name: &str, value: OsString| world.variables.insert(name.into(), value);
        set("CARGO_TARGET_DIR", target.clone().into());
        // Where one target folder is set for all projects, the two sides
        // would be one: cargo names a package's programs after its place in the
        // workspace, wherever that lies.
        set("CARGO_BUILD_BUILD_DIR", target.clone().into());
        // Kept in any case: with another linker cargo would build everything again.
        let keeper = layouts::keeper(root, workspace.configuration(), workspace.root());
        for (name, value) in keeper.iter().flatten() {
            set(name, value.clone());
        }
        Ok(Tree {
            name,
            world,
            workspace,
            target,
            one_layout: keeper.err(),
        })
    }

    /// Its lock file.
    fn lock(&self) -> PathBuf {
        self.workspace.root().join(lock::FILE)
    }

    /// Takes another lock file where its commit has none; whether it did.
    fn borrow_lock(&self, from: &Path) -> Result<bool, Stop> {
        let own = self.lock();
        if own == from || !from.is_file() || worktree::is_tracked(&own, &self.world) {
            return Ok(false);
        }
        std::fs::copy(from, &own).map_err(|error| {
            Stop::not_run(format!("{}: cannot be written: {error}", own.display()))
        })?;
        Ok(true)
    }

    /// Takes what another tree was built with and both share; how many units.
    fn take_built(&self, other: &Tree) -> Result<usize, Stop> {
        let inside = worktree::top(&self.world).unwrap_or_else(|| self.workspace.root().to_owned());
        let Some(own) = self.workspace.packages_inside(&inside, &self.world) else {
            // What is not known is not shared, and is built.
            return Ok(0);
        };
        reuse::units(&other.target, &self.target, &own).map_err(|error| {
            let target = self.target.display();
            Stop::not_run(format!("{target}: cannot be written: {error}"))
        })
    }
}

fn blamed(name: &str, tree: &Path, why: &str) -> String {
    format!(
        "{name} cannot be compared with: {why}\n    its tree is at {}; compare with a commit that builds with this toolchain and has budgets, or name its packages with -p",
        tree.display()
    )
}

fn this_tree(world: &World) -> String {
    match (worktree::head(world), worktree::is_dirty(world)) {
        (Some(head), false) => format!("this tree ({head})"),
        (Some(head), true) => format!("this tree ({head} and what is not committed)"),
        (None, _) => "this tree".to_owned(),
    }
}

/// Asks both sides for their cases.
pub(super) fn joined(
    discoveries: &Surveys<'_>,
    sides: &Sides,
    arguments: &AbArguments,
) -> Result<Joined, Stop> {
    let ignored = arguments.select.asked().include_ignored;
    let mut asked = discoveries.after.catalogue()?;
    asked.cases.retain(|(_, case)| ignored || !case.ignored);
    let everything = discoveries
        .before
        .everything()
        .map_err(|stop| sides.blame(stop))?;
    if everything.cases.is_empty() {
        return Err(sides.blame(Stop::not_run("none of its tests has a budget")));
    }
    // A case that is only there is news where all were asked for.
    Ok(join(asked, everything, arguments.select.is_everything()))
}

fn join(after: TestList, before: TestList, whole: bool) -> Joined {
    let mut left: BTreeMap<String, (usize, Listed)> = before
        .cases
        .into_iter()
        .map(|(place, case)| (case.id.clone(), (place, case)))
        .collect();
    let mut pairs: BTreeMap<(usize, usize), Pair> = BTreeMap::new();
    let mut only_after = Vec::new();
    for (place, case) in after.cases {
        match left.remove(&case.id) {
            Some((before, other)) => {
                let pair = pairs.entry((before, place)).or_insert_with(|| Pair {
                    before,
                    after: place,
                    cases: Vec::new(),
                    sources_before: BTreeMap::new(),
                });
                pair.sources_before.insert(other.id, other.source);
                pair.cases.push(case);
            }
            None => only_after.push(case.id),
        }
    }
    let only_before = left
        .into_iter()
        .filter(|(_, (_, case))| whole && !case.ignored);
    let mut warnings = after.warnings;
    warnings.extend(after.problems);
    warnings.extend(before.problems);
    Joined {
        only_before: only_before.map(|(id, _)| id).collect(),
        only_after,
        pairs: pairs.into_values().collect(),
        warnings,
    }
}
