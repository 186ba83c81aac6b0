//! Budget files: found where the tests find them, read once, and written only if they have not changed since.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use perf_grammar::variable;

use crate::infra::world::World;
use crate::infra::{diagnose, store};

/// The name of the budget file.
const NAME: &str = "perf-budgets.toml";

/// A budget file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BudgetFile {
    pub(crate) path: PathBuf,
    /// `None` where there is none yet.
    pub(crate) text: Option<String>,
}

/// The file that speaks for a package: the one `PERF_BUDGETS_FILE` names, else
/// the nearest one upwards; where there is none, the one that will be made at
/// the workspace's root, or beside a package that stands outside of it.
pub(crate) fn path(package: &Path, root: &Path, world: &World) -> PathBuf {
    let path = find(package, root, world);
    diagnose::budget_file(package, &path);
    path
}

fn find(package: &Path, root: &Path, world: &World) -> PathBuf {
    if let Some(named) = world.variable(variable::BUDGETS_FILE) {
        return world.directory.join(named);
    }
    let nearest = package
        .ancestors()
        .map(|folder| folder.join(NAME))
        .find(|path| path.is_file());
    nearest.unwrap_or_else(|| {
        let home = if package.starts_with(root) {
            root
        } else {
            package
        };
        home.join(NAME)
    })
}

/// Folders in which people look for rules of their tests, and no budget file is read.
const ELSEWHERE: [&str; 5] = ["tests", "src", "benches", ".config", ".cargo"];

/// Files that are meant to be budget files and that no test reads, a sentence each: they
/// are called nearly so, or lie beside sources or settings.
pub(crate) fn overlooked<'a>(
    packages: impl Iterator<Item = &'a Path>,
    root: &'a Path,
    world: &World,
) -> Vec<String> {
    // It is where the variable says.
    if world.variable(variable::BUDGETS_FILE).is_some() {
        return Vec::new();
    }
    let folders: BTreeSet<&Path> = packages.chain([root]).collect();
    let mut found = Vec::new();
    let shown = |path: &Path| {
        let path = path.strip_prefix(&world.directory).unwrap_or(path);
        path.display().to_string()
    };
    for folder in folders {
        let proper = folder.join(NAME);
        // Beside the file that is read, another one is a copy.
        if !proper.exists() {
            let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let names = names.map(|entry| entry.file_name());
            let mut near: Vec<_> = names.filter(|name| is_near(name)).collect();
            near.sort();
            for name in near {
                let path = shown(&folder.join(name));
                found.push(format!(
                    "{path} is not read: a budget file is called {NAME}; rename it"
                ));
            }
        }
        for other in ELSEWHERE {
            let path = folder.join(other).join(NAME);
            if path.is_file() {
                let (path, proper) = (shown(&path), shown(&proper));
                found.push(format!(
                    "{path} is not read: a budget file stands beside a Cargo.toml or in a folder above it; move it to {proper}"
                ));
            }
        }
    }
    found
}

/// Whether a file is called like the budget file but for case, signs, a plural and what
/// editors add.
fn is_near(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    let letters = |text: &str| -> String { text.split(['-', '_', '.', ' ']).collect() };
    let Some(stem) = name
        .strip_suffix(".txt")
        .unwrap_or(&name)
        .strip_suffix(".toml")
    else {
        return false;
    };
    name != NAME && matches!(&*letters(stem), "perfbudgets" | "perfbudget")
}

impl BudgetFile {
    /// Reads a file; that there is none is no error.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub(crate) fn read(path: PathBuf) -> io::Result<BudgetFile> {
        let text = read(&path)?;
        Ok(BudgetFile { path, text })
    }

    /// Writes another text under a temporary name and renames it, unless the
    /// file no longer holds what was read. It keeps its permissions, and a link
    /// to it stays a link.
    ///
    /// # Errors
    /// If it has changed since, or cannot be written: a sentence.
    pub(crate) fn write(&self, new: &str) -> Result<(), String> {
        let now = read(&self.path).map_err(|error| format!("it cannot be read again: {error}"))?;
        if now != self.text {
            return Err(
                "it has changed since it was read, so nothing was written; run the command again"
                    .to_owned(),
            );
        }
        self.replace(new)
            .map_err(|error| format!("it cannot be written: {error}"))
    }

    fn replace(&self, new: &str) -> io::Result<()> {
        let (path, permissions) = match &self.text {
            Some(_) => {
                let path = self.path.canonicalize()?;
                let permissions = std::fs::metadata(&path)?.permissions();
                (path, Some(permissions))
            }
            None => (self.path.clone(), None),
        };
        store::replace(&path, new, permissions)
    }
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::UNIX_EPOCH;

    use super::*;

    fn world(directory: &Path, named: Option<&str>) -> World {
        let named = named.map(|file| ("PERF_BUDGETS_FILE".into(), file.into()));
        World {
            variables: named.into_iter().collect::<BTreeMap<_, _>>(),
            directory: directory.to_owned(),
            width: None,
            stderr_is_terminal: false,
            stdin_is_terminal: false,
            now: UNIX_EPOCH,
            process: 1,
        }
    }

    #[test]
    fn a_file_that_no_test_reads_is_named() {
        #[track_caller]
        fn check(files: &[&str], named: Option<&str>, expected: &[&str]) {
            let folder = tempfile::tempdir().expect("a folder");
            for file in files {
                let path = folder.path().join(file);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
                std::fs::write(path, "").expect("written");
            }
            let world = world(folder.path(), named);
            let package = folder.path().join("member");
            let found = overlooked([&*package].into_iter(), folder.path(), &world);
            assert_eq!(found, expected);
        }
        let all = [
            "perf_budgets.toml",
            "perf-budgets.toml.txt",
            "member/.perf-budget.toml",
            "member/tests/perf-budgets.toml",
            "member/other.toml",
            "member/perf-budgets.md",
            "perf-budgets.toml.orig",
        ];
        let expected = [
            "perf-budgets.toml.txt is not read: a budget file is called perf-budgets.toml; rename it",
            "perf_budgets.toml is not read: a budget file is called perf-budgets.toml; rename it",
            "member/.perf-budget.toml is not read: a budget file is called perf-budgets.toml; rename it",
            "member/tests/perf-budgets.toml is not read: a budget file stands beside a Cargo.toml or in a folder above it; move it to member/perf-budgets.toml",
        ];
        check(&all, None, &expected);
        check(&all, Some("member/tests/perf-budgets.toml"), &[]);
        check(&["perf-budgets.toml", "perf_budgets.toml"], None, &[]);
    }

    #[test]
    fn the_file_is_found_where_the_tests_find_it_or_made_at_the_root() {
        #[track_caller]
        fn check(files: &[&str], package: &str, named: Option<&str>, expected: &str) {
            let folder = tempfile::tempdir().expect("a folder");
            let at = |path: &str| folder.path().join(path);
            for file in files {
                let path = at(file);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
                std::fs::write(path, "schema = 1\n").expect("written");
            }
            let found = path(&at(package), &at("work"), &world(folder.path(), named));
            assert_eq!(found, at(expected));
        }
        let (root, own) = ("work/perf-budgets.toml", "work/member/perf-budgets.toml");
        check(&[], "work/member", None, root);
        check(&[], "outside", None, "outside/perf-budgets.toml");
        check(&[root], "work/member", None, root);
        check(&[root, own], "work/member", None, own);
        check(
            &["perf-budgets.toml"],
            "work/member",
            None,
            "perf-budgets.toml",
        );
        check(&[root], "work/member", Some("strict.toml"), "strict.toml");
    }

    #[test]
    fn a_file_is_written_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(NAME);
        let absent = BudgetFile::read(path.clone()).expect("no file is no error");
        assert_eq!(absent.text, None);
        absent.write("one").expect("it can be made");
        let first = BudgetFile::read(path.clone()).expect("it is there");
        assert!(
            absent
                .write("two")
                .expect_err("it is there now")
                .contains("has changed since")
        );
        first.write("two").expect("it is as it was");
        assert!(
            first
                .write("three")
                .expect_err("it changed")
                .contains("nothing was written")
        );
        assert_eq!(std::fs::read_to_string(&path).ok().as_deref(), Some("two"));
        let names = std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(names, 1, "no temporary file is left");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let (real, link) = (folder.path().join("real.toml"), folder.path().join(NAME));
        std::fs::write(&real, "one").expect("written");
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).expect("set");
        std::os::unix::fs::symlink(&real, &link).expect("linked");
        let file = BudgetFile::read(link.clone()).expect("it is there");
        file.write("two").expect("it can be written");
        assert!(link.is_symlink());
        let mode = std::fs::metadata(&real)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(
            (std::fs::read_to_string(&real).ok().as_deref(), mode & 0o777),
            (Some("two"), 0o640)
        );
    }
}
