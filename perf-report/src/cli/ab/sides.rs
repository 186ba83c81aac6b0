//! The two builds, and which cases both have.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::super::arguments::{AbArguments, SelectArguments};
use super::super::survey::{self, Catalogue, Survey};
use super::super::{Exit, Stop};
use crate::machine::cargo::Workspace;
use crate::machine::layouts;
use crate::machine::worktree::{self, Revision};
use crate::machine::world::World;
use crate::protocol::Listed;

/// Where both builds are made.
pub(in crate::cli) struct Sides {
    before: Tree,
    after: Tree,
    /// Why the layout of the code cannot be varied.
    one_layout: Option<String>,
    root: PathBuf,
}

/// One of the two trees.
struct Tree {
    /// What it is called: `main (1a2b3c4d5e6f)`, `this tree`.
    name: String,
    world: World,
}

/// Both builds, built.
pub(super) struct Surveys<'a> {
    pub(super) before: Survey<'a>,
    pub(super) after: Survey<'a>,
    pub(super) one_layout: Option<&'a str>,
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
        let root = survey::root(&workspace, world).join("ab");
        // Kept in any case: with another linker cargo would build everything again.
        let keeper = layouts::keeper(&root, world);
        let tree = |name: String, directory: &Path, target: PathBuf| {
            let mut world = world.clone();
            world.directory = directory.to_owned();
            let mut set = |name: &str, value: OsString| world.variables.insert(name.into(), value);
            set("CARGO_TARGET_DIR", target.clone().into());
            // Where somebody keeps what all projects build in one place, the two
            // sides would be one.
            set("CARGO_BUILD_BUILD_DIR", target.into());
            for (name, value) in keeper.iter().flatten() {
                set(name, value.clone().into());
            }
            Tree { name, world }
        };
        // Each side has a target folder of its own, whatever commit it is: what both
        // depend on is built once a side, and a program that a test starts is that of
        // its own side.
        let commit = |revision: &Revision, side: &str| {
            let directory = revision.check_out(&root, world).map_err(Stop::not_run)?;
            worktree::touch(&revision.folder(&root));
            let target = root.join(side).join("target");
            Ok(tree(revision.name(), &directory, target))
        };
        let before = commit(&before, "before")?;
        let after = match &after {
            Some(after) => commit(after, "after")?,
            None => tree(this_tree(world), &world.directory, root.join("this/target")),
        };
        worktree::tidy_up(&root, world);
        Ok(Sides {
            before,
            after,
            one_layout: match one_layout {
                true => Some("--one-layout was asked for".to_owned()),
                false => keeper.err(),
            },
            root,
        })
    }

    /// What the sides are called.
    pub(super) fn names(&self) -> (String, String) {
        (self.before.name.clone(), self.after.name.clone())
    }

    /// Builds both.
    pub(super) fn build<'a>(&'a self, arguments: &'a AbArguments) -> Result<Surveys<'a>, Stop> {
        let build = |tree: &'a Tree, select: SelectArguments| {
            Survey::build(
                &arguments.build,
                &arguments.policy,
                select,
                None,
                &tree.world,
            )
        };
        let after = build(&self.after, arguments.select.asked())?;
        let everything = SelectArguments {
            include_ignored: arguments.select.asked().include_ignored,
            ..SelectArguments::default()
        };
        let before = build(&self.before, everything).map_err(|stop| self.blame(stop))?;
        Ok(Surveys {
            before,
            after,
            one_layout: self.one_layout.as_deref(),
            root: &self.root,
        })
    }

    /// Says that it is the other commit that cannot be built, and how to go on.
    fn blame(&self, stop: Stop) -> Stop {
        Stop {
            message: format!(
                "{} cannot be compared with: {}\n    its tree is at {}; compare with a commit that builds with this toolchain and has budgets, or name its packages with -p",
                self.before.name,
                stop.message,
                self.before.world.directory.display()
            ),
            exit: Exit::NotRun,
        }
    }
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
    surveys: &Surveys<'_>,
    sides: &Sides,
    arguments: &AbArguments,
) -> Result<Joined, Stop> {
    let ignored = arguments.select.asked().include_ignored;
    let mut asked = surveys.after.catalogue()?;
    asked.cases.retain(|(_, case)| ignored || !case.ignored);
    let everything = surveys
        .before
        .everything()
        .map_err(|stop| sides.blame(stop))?;
    if everything.cases.is_empty() {
        return Err(sides.blame(Stop::not_run("none of its tests has a budget")));
    }
    // A case that is only there is news where all were asked for.
    let all_were_asked_for = arguments.select.patterns.is_empty()
        && arguments.select.tag.is_empty()
        && arguments.select.skip_tag.is_empty()
        && arguments.select.group.is_empty();
    Ok(join(asked, everything, all_were_asked_for))
}

fn join(after: Catalogue, before: Catalogue, whole: bool) -> Joined {
    let mut left: BTreeMap<String, (usize, bool)> = before
        .cases
        .into_iter()
        .map(|(place, case)| (case.id, (place, case.ignored)))
        .collect();
    let mut pairs: BTreeMap<(usize, usize), Vec<Listed>> = BTreeMap::new();
    let mut only_after = Vec::new();
    for (place, case) in after.cases {
        match left.remove(&case.id) {
            Some((before, _)) => pairs.entry((before, place)).or_default().push(case),
            None => only_after.push(case.id),
        }
    }
    let only_before = left
        .into_iter()
        .filter(|(_, (_, ignored))| whole && !ignored);
    let mut warnings = after.warnings;
    warnings.extend(after.problems);
    warnings.extend(before.problems);
    Joined {
        only_before: only_before.map(|(id, _)| id).collect(),
        only_after,
        pairs: pairs
            .into_iter()
            .map(|((before, after), cases)| Pair {
                before,
                after,
                cases,
            })
            .collect(),
        warnings,
    }
}
