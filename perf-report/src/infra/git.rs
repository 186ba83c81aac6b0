//! Git: what is checked out.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::infra::diagnose::{self, Program};
use crate::infra::world::World;
use crate::model::commit::Commit;

/// Variables with which a hook, or a command such as `git rebase --exec`, points
/// git at one repository, whatever the working directory is.
const REPOSITORY: [&str; 10] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// What is checked out in the working directory; `None` where there is no
/// commit, no repository, or no git.
///
/// # Errors
/// If there is a repository that git refuses to look at, in its own words.
pub(crate) fn commit(world: &World) -> Result<Option<Commit>, String> {
    let arguments = ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"];
    let hash = match run(&arguments, world) {
        Ok(hash) => hash,
        Err(Refusal::Failed(words)) if is_refused(&words) => {
            return Err(format!("the commit is not known: {words}"));
        }
        Err(Refusal::Failed(_) | Refusal::NotStarted(_)) => return Ok(None),
    };
    let branch = ask(&["symbolic-ref", "--short", "--quiet", "HEAD"], world);
    // A status that cannot be had is none to vouch for.
    let status = ask(&["status", "--porcelain"], world);
    Ok(Some(Commit {
        hash,
        branch,
        dirty: status.is_none_or(|status| !status.is_empty()),
    }))
}

/// Whether git found a repository and does not read it: with nothing to say there
/// is no commit.
fn is_refused(words: &str) -> bool {
    !words.is_empty() && !words.contains("not a git repository")
}

/// The full hash of the commit that a revision names.
pub(crate) fn resolve(revision: &str, world: &World) -> Option<String> {
    let commit = format!("{revision}^{{commit}}");
    let words = "rev-parse --verify --quiet --end-of-options".split(' ');
    ask(&words.chain([&*commit]).collect::<Vec<_>>(), world)
}

/// What a git command prints, without the last line's end; `None` where it fails.
pub(crate) fn ask(arguments: &[&str], world: &World) -> Option<String> {
    run(arguments, world).ok()
}

/// Why git did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no git.
    NotStarted(String),
    /// Its own words; there may be none.
    Failed(String),
}

impl Refusal {
    /// The sentence.
    pub(crate) fn words(self) -> String {
        match self {
            Refusal::NotStarted(words) | Refusal::Failed(words) => words,
        }
    }
}

/// What a git command prints about the repository of the working directory, without
/// the last line's end.
///
/// # Errors
/// If there is no git, or it fails.
pub(crate) fn run(arguments: &[&str], world: &World) -> Result<String, Refusal> {
    let mut world = world.clone();
    forget_repository(&mut world);
    run_with_repository(arguments, &world)
}

/// The same of another folder, with a sentence for an error.
///
/// # Errors
/// If there is no git, or it fails.
pub(crate) fn run_within(
    folder: &Path,
    arguments: &[&str],
    world: &World,
) -> Result<String, String> {
    run(arguments, &world.within(folder)).map_err(Refusal::words)
}

/// The same where variables name the repository.
///
/// # Errors
/// If there is no git, or it fails.
pub(crate) fn run_with_repository(arguments: &[&str], world: &World) -> Result<String, Refusal> {
    let mut command = Command::new("git");
    command
        // Another command may be at work: looking takes no lock.
        .arg("--no-optional-locks")
        .args(arguments)
        .current_dir(&world.directory)
        .env_clear()
        .envs(&world.variables)
        .stdin(Stdio::null());
    let output = diagnose::output(Program::Git, &mut command)
        .map_err(|error| Refusal::NotStarted(format!("git cannot be started: {error}")))?;
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.success() {
        // A line of `git status` begins with a blank.
        true => Ok(String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()),
        false => Err(Refusal::Failed(words(&output.stderr))),
    }
}

/// Takes out the variables that name a repository.
pub(crate) fn forget_repository(world: &mut World) {
    for name in REPOSITORY {
        world.variables.remove(OsStr::new(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(directory: &Path) -> World {
        let mut world = World::of_this_process().expect("a folder");
        world.directory = directory.to_owned();
        // Neither the user's settings nor a repository around the folder.
        for (name, value) in [
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CEILING_DIRECTORIES", &*directory.display().to_string()),
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
    fn a_repository_says_what_is_checked_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let world = world(folder.path());
        let run = |arguments: &[&str]| ask(arguments, &world).expect("git works");
        run(&["init", "--initial-branch=trunk"]);
        assert_eq!(commit(&world), Ok(None));
        run(&["commit", "--allow-empty", "--message=first"]);
        let first = commit(&world).expect("git works").expect("a commit");
        assert_eq!(first.hash.len(), 40);
        assert_eq!(
            (first.branch.as_deref(), first.dirty),
            (Some("trunk"), false)
        );
        std::fs::write(folder.path().join("new"), "file").expect("written");
        run(&["checkout", "--detach", "--quiet"]);
        let second = commit(&world).expect("git works").expect("a commit");
        assert_eq!(
            (second.hash, second.branch, second.dirty),
            (first.hash.clone(), None, true)
        );
        assert_eq!(resolve("trunk", &world), Some(first.hash));
        assert_eq!(resolve("--help", &world), None);
    }

    #[test]
    fn a_hook_of_another_repository_misleads_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut world = world(folder.path());
        let run = |arguments: &[&str], world: &World| ask(arguments, world).expect("git works");
        run(&["init"], &world);
        run(&["commit", "--allow-empty", "--message=first"], &world);
        let commit_here = commit(&world);
        let other = folder.path().join("other");
        run(&["init", &other.display().to_string()], &world);
        let git_dir = other.join(".git");
        world
            .variables
            .insert("GIT_DIR".into(), git_dir.clone().into());
        world
            .variables
            .insert("GIT_INDEX_FILE".into(), git_dir.join("index").into());
        world.variables.insert("GIT_WORK_TREE".into(), other.into());
        let found = commit(&world).map(|found| found.map(|found| found.hash));
        assert_eq!(
            found,
            commit_here.map(|found| found.map(|found| found.hash))
        );
    }

    #[test]
    fn a_repository_that_git_does_not_trust_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut world = world(folder.path());
        ask(&["init"], &world).expect("git works");
        // With this, git takes every repository for another user's.
        world
            .variables
            .insert("GIT_TEST_ASSUME_DIFFERENT_OWNER".into(), "1".into());
        let error = commit(&world).expect_err("it is not trusted");
        assert!(error.contains("dubious ownership"), "{error}");
        assert!(error.contains("safe.directory"), "{error}");
    }

    #[test]
    fn where_there_is_no_repository_there_is_no_commit() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut world = world(folder.path());
        assert_eq!(commit(&world), Ok(None));
        world.variables.insert("PATH".into(), "/nowhere".into());
        assert_eq!(commit(&world), Ok(None));
    }
}
