//! Git: what is checked out.

use std::process::{Command, Stdio};

use crate::commit::Commit;
use crate::machine::world::World;

/// What is checked out in the working directory; `None` where there is no
/// commit, or no git.
pub(crate) fn commit(world: &World) -> Option<Commit> {
    let hash = resolve("HEAD", world)?;
    let branch = ask(&["symbolic-ref", "--short", "--quiet", "HEAD"], world);
    // A status that cannot be had is none to vouch for.
    let status = ask(&["status", "--porcelain"], world);
    Some(Commit {
        hash,
        branch,
        dirty: status.is_none_or(|status| !status.is_empty()),
    })
}

/// The full hash of the commit that a revision names.
pub(crate) fn resolve(revision: &str, world: &World) -> Option<String> {
    let commit = format!("{revision}^{{commit}}");
    ask(
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ],
        world,
    )
}

/// What a git command prints, without the last line's end; `None` where it fails.
pub(crate) fn ask(arguments: &[&str], world: &World) -> Option<String> {
    let output = Command::new("git")
        // Somebody else's command may be at work: looking takes no lock.
        .arg("--no-optional-locks")
        .args(arguments)
        .current_dir(&world.directory)
        .env_clear()
        .envs(&world.variables)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

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
        assert_eq!(commit(&world), None);
        run(&["commit", "--allow-empty", "--message=first"]);
        let first = commit(&world).expect("a commit");
        assert_eq!(first.hash.len(), 40);
        assert_eq!(
            (first.branch.as_deref(), first.dirty),
            (Some("trunk"), false)
        );
        std::fs::write(folder.path().join("new"), "file").expect("written");
        run(&["checkout", "--detach", "--quiet"]);
        let second = commit(&world).expect("a commit");
        assert_eq!(
            (second.hash, second.branch, second.dirty),
            (first.hash.clone(), None, true)
        );
        assert_eq!(resolve("trunk", &world), Some(first.hash));
        assert_eq!(resolve("--help", &world), None);
    }

    #[test]
    fn where_there_is_no_repository_there_is_no_commit() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut world = world(folder.path());
        assert_eq!(commit(&world), None);
        world.variables.insert("PATH".into(), "/nowhere".into());
        assert_eq!(commit(&world), None);
    }
}
