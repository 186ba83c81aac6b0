//! Another commit of the repository, checked out beside the tree and kept.

use std::path::{Path, PathBuf};

use super::git::{self, Refusal};
use super::submodules;
use super::world::World;

/// A commit that is to be compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revision {
    /// As it was asked for: `main`, `HEAD~3`.
    pub(crate) asked: String,
    /// The whole hash.
    pub(crate) hash: String,
}

/// How many commits stay checked out.
const KEPT: usize = 4;

impl Revision {
    /// Finds the commit that a revision names.
    ///
    /// # Errors
    /// If there is no git, no repository, or no such commit.
    pub(crate) fn find(asked: &str, world: &World) -> Result<Revision, String> {
        if asked.starts_with('-') {
            return Err(format!("`{asked}` is no revision"));
        }
        let commit = format!("{asked}^{{commit}}");
        let hash = git(&["rev-parse", "--verify", "--quiet", &commit], world).map_err(|error| {
            if error.is_empty() {
                format!("no commit is called `{asked}`; a branch of a server is `origin/main`, and `git fetch` brings it")
            } else {
                error
            }
        })?;
        Ok(Revision {
            asked: asked.to_owned(),
            hash,
        })
    }

    /// The first letters of the hash, as many as people use.
    pub(crate) fn short(&self) -> &str {
        &self.hash[..self.hash.len().min(12)]
    }

    /// What it is called: `main (1a2b3c4d5e6f)`.
    pub(crate) fn name(&self) -> String {
        if self.hash.starts_with(&self.asked) {
            self.short().to_owned()
        } else {
            format!("{} ({})", self.asked, self.short())
        }
    }

    /// The folder that holds this commit's tree.
    pub(crate) fn folder(&self, root: &Path) -> PathBuf {
        root.join(self.short())
    }

    /// Checks the commit out, if that was not done before, with links to its
    /// `neighbours`, and says where the working directory is in it.
    ///
    /// # Errors
    /// If git cannot, in its own words.
    pub(crate) fn check_out<'a>(
        &self,
        root: &Path,
        neighbours: impl Iterator<Item = &'a Path>,
        world: &World,
    ) -> Result<PathBuf, String> {
        let top = PathBuf::from(git(&["rev-parse", "--show-toplevel"], world)?);
        let inside = git(&["rev-parse", "--show-prefix"], world)?;
        let tree = self.folder(root).join("tree");
        if !self.is_there(&tree, world) {
            // What an interrupted attempt left is neither a tree nor in the way.
            let _ = std::fs::remove_dir_all(&tree);
            let repository = world.within(&*top);
            git(&["worktree", "prune"], &repository)?;
            let path = tree.display().to_string();
            git(
                &["worktree", "add", "--detach", "--force", &path, &self.hash],
                &repository,
            )?;
            submodules::check_out(&top, &self.hash, &tree, world).inspect_err(|_| {
                // Half a tree is none.
                let _ = std::fs::remove_dir_all(&tree);
            })?;
        }
        for neighbour in neighbours {
            link_neighbour(neighbour, &top, &tree, root);
        }
        let directory = tree.join(inside);
        if directory.join("Cargo.toml").is_file() {
            Ok(directory)
        } else {
            Err(format!(
                "{} has no Cargo.toml in this folder, so it cannot be compared from here",
                self.name()
            ))
        }
    }

    /// Whether the tree is this commit's, unchanged.
    fn is_there(&self, tree: &Path, world: &World) -> bool {
        if !tree.join(".git").exists() {
            return false;
        }
        let inside = world.within(tree);
        git(&["rev-parse", "HEAD"], &inside).as_ref() == Ok(&self.hash)
            // What building adds, a lock file perhaps, changes nothing of the commit.
            && git(&["status", "--porcelain", "--untracked-files=no"], &inside).is_ok_and(|changes| changes.is_empty())
    }
}

/// The folders of `ab` that are no commits.
const OWN: [&str; 4] = ["before", "after", "this", "aligned"];

/// Links a folder outside of the repository, of which `top` is the folder, where a `tree`
/// below `root` finds it by the path that this tree has to it: `../neighbour`. Paths that
/// lead further up than the folders of this program do stay as they are.
pub(crate) fn link_neighbour(neighbour: &Path, top: &Path, tree: &Path, root: &Path) {
    let shared: PathBuf = (top.components().zip(neighbour.components()))
        .take_while(|(one, other)| one == other)
        .map(|(one, _)| one)
        .collect();
    let Ok(up) = top.strip_prefix(&shared) else {
        return;
    };
    let Some(first) = neighbour
        .strip_prefix(&shared)
        .ok()
        .and_then(|below| below.components().next())
    else {
        return;
    };
    let Some(folder) = tree.ancestors().nth(up.components().count()) else {
        return;
    };
    let is_own = OWN.iter().any(|own| first.as_os_str() == *own);
    // Without a step up it is in the repository.
    if folder == tree || !folder.starts_with(root) || (folder == root && is_own) {
        return;
    }
    let (link, target) = (folder.join(first), shared.join(first));
    if link.is_symlink() && std::fs::read_link(&link).is_ok_and(|old| old != target) {
        let _ = std::fs::remove_file(&link);
    }
    // Where it cannot be made, cargo says which path leads nowhere.
    #[cfg(unix)]
    let _ = std::os::unix::fs::symlink(target, link);
    #[cfg(windows)]
    let _ = std::os::windows::fs::symlink_dir(target, link);
}

/// The commits after one up to another, along its first parents, oldest first.
///
/// # Errors
/// If git cannot, in its own words.
pub(crate) fn between(
    good: &Revision,
    bad: &Revision,
    world: &World,
) -> Result<Vec<Revision>, String> {
    let range = format!("{}..{}", good.hash, bad.hash);
    let hashes = git(&["rev-list", "--first-parent", "--reverse", &range], world)?;
    let revision = |hash: &str| Revision {
        asked: hash.to_owned(),
        hash: hash.to_owned(),
    };
    Ok(hashes.lines().map(revision).collect())
}

/// A commit for people: its hash, its day and its title.
pub(crate) fn describe(revision: &Revision, world: &World) -> String {
    let format = "--format=%ad  %s";
    let words = git(
        &["show", "--no-patch", "--date=short", format, &revision.hash],
        world,
    );
    match words {
        Ok(words) => format!("{}  {words}", revision.short()),
        Err(_) => revision.short().to_owned(),
    }
}

/// Whether the tree differs from its commit.
pub(crate) fn is_dirty(world: &World) -> bool {
    git(&["status", "--porcelain"], world).is_ok_and(|changes| !changes.is_empty())
}

/// Whether a file is one of the commit's.
pub(crate) fn is_tracked(file: &Path, world: &World) -> bool {
    let file = file.display().to_string();
    git(&["ls-files", "--error-unmatch", "--", &file], world).is_ok()
}

/// The folder in which the tree begins.
pub(crate) fn top(world: &World) -> Option<PathBuf> {
    let top = git(&["rev-parse", "--show-toplevel"], world).ok()?;
    Some(PathBuf::from(top))
}

/// The commit that is checked out, in as many letters as people use.
pub(crate) fn head(world: &World) -> Option<String> {
    let hash = git(&["rev-parse", "HEAD"], world).ok()?;
    Some(hash.chars().take(12).collect())
}

/// Removes all but the commits that were used last. A folder that cannot be removed
/// costs room and nothing else.
pub(crate) fn tidy_up(root: &Path, world: &World) {
    let Ok(entries) = std::fs::read_dir(root) else {
        return;
    };
    let mut commits: Vec<(std::time::SystemTime, PathBuf)> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| !path.is_symlink() && path.join("tree").is_dir())
        .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
        .collect();
    commits.sort();
    let old = commits.len().saturating_sub(KEPT);
    for (_, path) in &commits[..old] {
        let _ = std::fs::remove_dir_all(path);
    }
    if old > 0 {
        let _ = git(&["worktree", "prune"], world);
    }
}

/// Marks a commit as used last.
pub(crate) fn touch(folder: &Path) {
    // Its age decides only when it is removed.
    let _ = std::fs::write(folder.join("used"), "");
}

/// What git prints.
fn git(arguments: &[&str], world: &World) -> Result<String, String> {
    git::run(arguments, world).map_err(Refusal::words)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_the_repository_is_found_from_a_checked_out_tree() {
        #[track_caller]
        fn check(path: &str, expected: Option<(&str, &str)>) {
            let folder = tempfile::tempdir().expect("a folder");
            let at = |path: &str| folder.path().join(path);
            let (top, root) = (at("parent/near/app"), at("parent/near/app/target/perf/ab"));
            let tree = root.join("0123/tree");
            std::fs::create_dir_all(&tree).expect("made");
            std::fs::create_dir_all(at(path)).expect("made");
            // Twice: a link that is there stays.
            link_neighbour(&at(path), &top, &tree, &root);
            link_neighbour(&at(path), &top, &tree, &root);
            let links = |folder: &Path| {
                let entries = std::fs::read_dir(folder).expect("read").flatten();
                let links = entries.map(|entry| entry.path());
                links.filter(|path| path.is_symlink()).collect::<Vec<_>>()
            };
            let made: Vec<PathBuf> = (tree.ancestors().take(6)).flat_map(links).collect();
            match expected {
                None => assert_eq!(made, [] as [PathBuf; 0]),
                Some((link, target)) => {
                    assert_eq!(made, [root.join(link)]);
                    assert_eq!(std::fs::read_link(&made[0]).expect("a link"), at(target));
                }
            }
        }
        // `../runtime/perf`, `../../other`, and what is inside or too far away.
        check(
            "parent/near/runtime/perf",
            Some(("0123/runtime", "parent/near/runtime")),
        );
        check("parent/other", Some(("other", "parent/other")));
        check("parent/this", None);
        check("parent/near/app/member", None);
        check("elsewhere", None);
    }
}
