//! Budget files: found where the tests find them, read once, and written only if they have not changed since.

use std::io;
use std::path::{Path, PathBuf};

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
    if let Some(named) = world.variable("PERF_BUDGETS_FILE") {
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
