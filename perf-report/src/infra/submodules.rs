//! The submodules of a commit that is checked out beside the tree: taken from the
//! repositories that the tree has of them, without a network.

use std::path::{Path, PathBuf};

use super::git::{self, Refusal};
use super::world::World;

/// How git lists a submodule in a tree.
const COMMIT: &str = "160000 commit ";

/// Fills the folders of a commit's submodules, and of theirs, in a tree that was
/// checked out. What the repository at `local` has no submodule of stays empty, as
/// it is there.
///
/// # Errors
/// If a submodule's repository lacks the commit, or cannot be read, in git's words.
pub(crate) fn check_out(
    local: &Path,
    commit: &str,
    tree: &Path,
    world: &World,
) -> Result<(), String> {
    let git_dir = git::run_within(
        local,
        &["rev-parse", "--path-format=absolute", "--git-common-dir"],
        world,
    )?;
    of_repository(Path::new(&git_dir), Some(local), commit, tree, world)
}

/// The same for a repository, of which a tree may be checked out at `local`.
fn of_repository(
    git_dir: &Path,
    local: Option<&Path>,
    commit: &str,
    tree: &Path,
    world: &World,
) -> Result<(), String> {
    // The folder that the repository's own settings name may be gone.
    let place = [
        format!("--git-dir={}", git_dir.display()),
        format!("--work-tree={}", tree.display()),
    ];
    let at_git_dir = |arguments: &[&str]| {
        let arguments = [&[&*place[0], &*place[1]], arguments].concat();
        git::run_within(tree, &arguments, world)
    };
    let listed = at_git_dir(&["ls-tree", "-r", "-z", "--full-tree", commit])?;
    for entry in listed.split('\0') {
        let Some((hash, path)) = entry
            .strip_prefix(COMMIT)
            .and_then(|rest| rest.split_once('\t'))
        else {
            continue;
        };
        let checked_out = local
            .map(|local| local.join(path))
            .filter(|folder| folder.join(".git").exists());
        let blob = format!("{commit}:.gitmodules");
        let name = at_git_dir(&["config", "--blob", &blob, "--get-regexp", r"\.path$"])
            .ok()
            .and_then(|lines| name_of(&lines, path));
        let kept = git_dir
            .join("modules")
            .join(name.as_deref().unwrap_or(path));
        let repository = match &checked_out {
            Some(folder) => {
                let words = ["rev-parse", "--path-format=absolute", "--git-common-dir"];
                PathBuf::from(git::run_within(folder, &words, world)?)
            }
            None if kept.is_dir() => kept,
            None => continue,
        };
        let folder = tree.join(path);
        fill(&repository, hash, &folder, world)
            .map_err(|why| format!("the submodule {path} cannot be checked out: {why}"))?;
        of_repository(&repository, checked_out.as_deref(), hash, &folder, world)?;
    }
    Ok(())
}

/// Writes the files of a commit into a folder, and nothing into its repository.
fn fill(repository: &Path, commit: &str, folder: &Path, world: &World) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let index = folder.join(".perf-index");
    let mut world = world.within(folder);
    git::forget_repository(&mut world);
    for (name, value) in [
        ("GIT_DIR", repository),
        ("GIT_WORK_TREE", folder),
        ("GIT_INDEX_FILE", &index),
    ] {
        world.variables.insert(name.into(), value.into());
    }
    let run =
        |arguments: &[&str]| git::run_with_repository(arguments, &world).map_err(Refusal::words);
    let known = run(&["cat-file", "-e", &format!("{commit}^{{commit}}")]);
    known.map_err(|_| {
        format!("its repository has no commit {commit}; `git submodule update --init` or `git fetch` in it brings it")
    })?;
    let filled =
        run(&["read-tree", commit]).and_then(|_| run(&["checkout-index", "--all", "--force"]));
    // It was needed for that only.
    let _ = std::fs::remove_file(&index);
    filled.map(drop)
}

/// The name of the submodule at a path, from lines such as
/// `submodule.NAME.path vendor/x`.
fn name_of(lines: &str, path: &str) -> Option<String> {
    let line = lines
        .lines()
        .find_map(|line| line.split_once(' ').filter(|(_, own)| *own == path))?;
    let name = line.0.strip_prefix("submodule.")?.strip_suffix(".path")?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(directory: &Path) -> World {
        let mut world = World::of_this_process().expect("a folder");
        world.directory = directory.to_owned();
        for (name, value) in [
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "a"),
            ("GIT_AUTHOR_EMAIL", "a@b"),
            ("GIT_COMMITTER_NAME", "a"),
            ("GIT_COMMITTER_EMAIL", "a@b"),
        ] {
            world.variables.insert(name.into(), value.into());
        }
        world
    }

    #[test]
    fn a_submodule_in_a_submodule_is_as_it_was_in_the_commit() {
        let folder = tempfile::tempdir().expect("a folder");
        let world = world(folder.path());
        let run = |at: &str, arguments: &[&str]| {
            let arguments = [&["-c", "protocol.file.allow=always"], arguments].concat();
            git::run_within(&folder.path().join(at), &arguments, &world).expect("git works")
        };
        let write = |file: &str, text: &str| {
            std::fs::write(folder.path().join(file), text).expect("written");
        };
        for name in ["inner", "outer", "main"] {
            run("", &["init", "--quiet", name]);
            write(&format!("{name}/file"), "old");
            run(name, &["add", "--all"]);
            run(name, &["commit", "--quiet", "--message=old"]);
        }
        let url = |name: &str| folder.path().join(name).display().to_string();
        run(
            "outer",
            &["submodule", "--quiet", "add", &url("inner"), "in"],
        );
        run("outer", &["commit", "--quiet", "--message=in"]);
        run(
            "main",
            &[
                "submodule",
                "--quiet",
                "add",
                "--name",
                "named",
                &url("outer"),
                "vendor/out",
            ],
        );
        run(
            "main",
            &["submodule", "--quiet", "update", "--init", "--recursive"],
        );
        run("main", &["commit", "--quiet", "--message=vendor"]);
        let commit = run("main", &["rev-parse", "HEAD"]);
        // The tree goes on: another commit is checked out in the submodule.
        write("main/vendor/out/file", "new");
        run(
            "main/vendor/out",
            &["commit", "--quiet", "--all", "--message=new"],
        );
        run("main", &["commit", "--quiet", "--all", "--message=new"]);
        let main = folder.path().join("main");
        let tree = folder.path().join("tree");
        run(
            "main",
            &[
                "worktree",
                "add",
                "--quiet",
                "--detach",
                &url("tree"),
                &commit,
            ],
        );
        check_out(&main, &commit, &tree, &world).expect("it is here");
        let text = |file: &str| std::fs::read_to_string(tree.join(file)).unwrap_or_default();
        assert_eq!(
            (&*text("vendor/out/file"), &*text("vendor/out/in/file")),
            ("old", "old")
        );
        let status = |at: &str| run(at, &["status", "--porcelain", "--untracked-files=no"]);
        assert_eq!(
            (
                &*status("tree"),
                &*status("main"),
                &*status("main/vendor/out")
            ),
            ("", "", "")
        );
        // Without its tree, the repository is still there.
        run(
            "main",
            &["submodule", "--quiet", "deinit", "--force", "--all"],
        );
        std::fs::remove_dir_all(tree.join("vendor")).expect("removed");
        check_out(&main, &commit, &tree, &world).expect("it is here");
        assert_eq!(text("vendor/out/file"), "old");
        // What it does not have is said.
        let gone = folder.path().join("main/.git/modules/named/objects");
        std::fs::remove_dir_all(&gone).expect("removed");
        std::fs::create_dir(gone).expect("made");
        let error = check_out(&main, &commit, &tree, &world).expect_err("it is gone");
        assert!(
            error.contains("vendor/out") && error.contains("submodule update"),
            "{error}"
        );
    }
}
