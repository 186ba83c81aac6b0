//! Walks up from a package to its output folder and its budget file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Variables;

/// The name of the budget file.
const BUDGETS: &str = "perf-budgets.toml";

/// A budget file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BudgetFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// The folder for everything that is written: `target/perf`.
///
/// `PERF_OUT_DIR` is that folder itself; the command line sets it, because only
/// Cargo knows for sure where `target` is. Otherwise it is `perf` in
/// `CARGO_TARGET_DIR`; else in the `target` folder of the package's workspace;
/// else, where that has none because a configuration file names another, in
/// the folder that Cargo marked above the test binary `exe`.
pub(crate) fn out_dir(
    manifest_dir: &Path,
    exe: Option<&Path>,
    variables: Variables<'_>,
) -> PathBuf {
    if let Some(out) = variables("PERF_OUT_DIR") {
        return PathBuf::from(out);
    }
    let root = workspace_root(manifest_dir);
    if let Some(target) = variables("CARGO_TARGET_DIR") {
        // Cargo takes a relative one from where it was started, which is not
        // known here; nearly always that is the workspace.
        return root.join(target).join("perf");
    }
    let target = root.join("target");
    if target.is_dir() {
        return target.join("perf");
    }
    let marked = exe.and_then(|exe| {
        exe.ancestors()
            .skip(1)
            .find(|dir| dir.join("CACHEDIR.TAG").is_file())
    });
    marked.unwrap_or(&target).join("perf")
}

/// The nearest folder from the package upwards that has a lock file beside a
/// `target` folder; else the nearest that has a lock file; else the package.
fn workspace_root(manifest_dir: &Path) -> &Path {
    let locked = || {
        manifest_dir
            .ancestors()
            .filter(|dir| dir.join("Cargo.lock").is_file())
    };
    locked()
        .find(|dir| dir.join("target").is_dir())
        .or_else(|| locked().next())
        .unwrap_or(manifest_dir)
}

/// Finds and reads the budget file: the one `PERF_BUDGETS_FILE` names, else
/// the nearest one from `start` upwards. No file is no error.
///
/// # Errors
/// If the named file is missing, or the file cannot be read; the text names it.
pub(crate) fn budget_file(
    start: &Path,
    variables: Variables<'_>,
) -> Result<Option<BudgetFile>, String> {
    let (path, named) = match variables("PERF_BUDGETS_FILE") {
        Some(named) => (PathBuf::from(named), true),
        None => match start
            .ancestors()
            .map(|dir| dir.join(BUDGETS))
            .find(|path| path.is_file())
        {
            Some(path) => (path, false),
            None => return Ok(None),
        },
    };
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(BudgetFile { path, text })),
        Err(error) if named && error.kind() == io::ErrorKind::NotFound => Err(format!(
            "{}: PERF_BUDGETS_FILE names this file, and there is none; correct the variable or unset it",
            path.display()
        )),
        Err(error) => Err(format!(
            "{}: the budget file cannot be read: {error}",
            path.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    /// A workspace with a member; `at` makes paths in it.
    fn workspace(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in ["Cargo.lock", "member/Cargo.toml"].iter().chain(files) {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("text of {file}")).unwrap();
        }
        root
    }

    fn variables(pairs: &[(&'static str, PathBuf)]) -> impl Fn(&str) -> Option<OsString> {
        move |name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.clone().into_os_string())
        }
    }

    #[test]
    fn output_goes_to_the_target_folder_as_far_as_it_is_known() {
        #[track_caller]
        fn check(files: &[&str], set: &[(&'static str, &str)], expected: &str) {
            let root = workspace(files);
            let at = |path: &str| root.path().join(path);
            let set: Vec<(&'static str, PathBuf)> = set
                .iter()
                .map(|(name, value)| {
                    (
                        *name,
                        value
                            .strip_prefix('@')
                            .map_or_else(|| PathBuf::from(value), at),
                    )
                })
                .collect();
            let exe = at("elsewhere/debug/deps/test-1");
            let found = out_dir(&at("member"), Some(&exe), &variables(&set));
            assert_eq!(found, at(expected));
        }
        let tag = "elsewhere/CACHEDIR.TAG";
        check(&[], &[], "target/perf");
        check(&["target/x"], &[], "target/perf");
        check(&["target/x", tag], &[], "target/perf");
        check(&[tag], &[], "elsewhere/perf");
        // An old lock file in a member does not mislead.
        check(&["target/x", "member/Cargo.lock"], &[], "target/perf");
        check(
            &["target/x"],
            &[("CARGO_TARGET_DIR", "@other")],
            "other/perf",
        );
        check(
            &["target/x"],
            &[("CARGO_TARGET_DIR", "relative")],
            "relative/perf",
        );
        check(
            &["target/x"],
            &[("CARGO_TARGET_DIR", "@other"), ("PERF_OUT_DIR", "@out")],
            "out",
        );
    }

    #[test]
    fn the_nearest_budget_file_upwards_is_read() {
        #[track_caller]
        fn check(files: &[&str], expected: Option<&str>) {
            let root = workspace(files);
            let found = budget_file(&root.path().join("member"), &|_| None).unwrap();
            let expected = expected.map(|file| BudgetFile {
                path: root.path().join(file),
                text: format!("text of {file}"),
            });
            assert_eq!(found, expected);
        }
        check(&[], None);
        check(&["perf-budgets.toml"], Some("perf-budgets.toml"));
        check(
            &["perf-budgets.toml", "member/perf-budgets.toml"],
            Some("member/perf-budgets.toml"),
        );
        check(&["member/src/perf-budgets.toml"], None);
    }

    #[test]
    fn a_named_budget_file_is_read_and_must_exist() {
        let root = workspace(&["perf-budgets.toml", "strict.toml"]);
        let find = |file: &str| {
            budget_file(
                root.path(),
                &variables(&[("PERF_BUDGETS_FILE", root.path().join(file))]),
            )
        };
        assert_eq!(
            find("strict.toml").unwrap().unwrap().text,
            "text of strict.toml"
        );
        let missing = find("missing.toml").unwrap_err();
        assert!(
            missing.contains("missing.toml: PERF_BUDGETS_FILE names this file, and there is none"),
            "{missing}"
        );
        let folder = find("member").unwrap_err();
        assert!(
            folder.contains("member: the budget file cannot be read: "),
            "{folder}"
        );
    }
}
