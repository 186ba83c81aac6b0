//! Walks up from a package to its output folder and its budget file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use perf_grammar::variable;

use super::Variables;
use crate::collections::owned;
use crate::model::problem::Problem;

/// The name of the budget file.
const BUDGETS: &str = "perf-budgets.toml";

/// A budget file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BudgetFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// The next one above it, which it hides.
    pub(crate) hidden: Option<PathBuf>,
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
    if let Some(out) = variables(variable::OUT_DIR) {
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
    let folder = exe.and_then(Path::parent);
    let marked = folder.and_then(|folder| above(folder, "CACHEDIR.TAG"));
    marked.unwrap_or(&target).join("perf")
}

/// The nearest folder from this one upwards in which something has this name.
fn above<'f>(folder: &'f Path, name: &str) -> Option<&'f Path> {
    let mut folder = Some(folder);
    while let Some(dir) = folder {
        if dir.join(name).exists() {
            break;
        }
        folder = dir.parent();
    }
    folder
}

/// The nearest folder from the package upwards that has a lock file beside a
/// `target` folder; else the nearest that has a lock file; else the package.
fn workspace_root(manifest_dir: &Path) -> &Path {
    let mut nearest = None;
    for dir in manifest_dir.ancestors() {
        if dir.join("Cargo.lock").is_file() {
            if dir.join("target").is_dir() {
                return dir;
            }
            nearest = nearest.or(Some(dir));
        }
    }
    nearest.unwrap_or(manifest_dir)
}

/// Finds and reads the budget file: the one `PERF_BUDGETS_FILE` names, else
/// the nearest one from the package upwards. No file is no error; one that is
/// there and cannot be read is.
///
/// # Errors
/// If the named file is missing, if the file cannot be read, or if the folder of
/// the package is gone, so that the file cannot be looked for.
pub(crate) fn budget_file(
    manifest_dir: &Path,
    variables: Variables<'_>,
) -> Result<Option<BudgetFile>, Problem> {
    if let Some(named) = variables(variable::BUDGETS_FILE) {
        let path = PathBuf::from(named);
        if is_absent(&path) {
            return Err(Problem::no_such_file(&shown(&path)));
        }
        let text = read(&path)?;
        let hidden = None;
        return Ok(Some(BudgetFile { path, text, hidden }));
    }
    let package = package(manifest_dir, variables)?;
    for folder in package.ancestors() {
        let path = folder.join(BUDGETS);
        if !is_absent(&path) {
            let hidden = hidden(&package, folder, &path);
            let text = read(&path)?;
            return Ok(Some(BudgetFile { path, text, hidden }));
        }
    }
    Ok(None)
}

/// The folder of the package: the one that was compiled in, or where the sources
/// moved since, the one that Cargo or nextest says.
fn package(manifest_dir: &Path, variables: Variables<'_>) -> Result<PathBuf, Problem> {
    if manifest_dir.is_dir() {
        return Ok(manifest_dir.to_owned());
    }
    let said = variables("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let folder = said.filter(|folder| folder.is_dir());
    folder.ok_or_else(|| Problem::no_package(&shown(manifest_dir)))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Whether nothing at all has this name: a link to nothing is something.
fn is_absent(path: &Path) -> bool {
    matches!(
        fs::symlink_metadata(path).map_err(|error| error.kind()),
        Err(io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
    )
}

/// The next file above the one that was found, up to the repository's folder, or
/// the workspace's where there is no repository.
fn hidden(package: &Path, folder: &Path, found: &Path) -> Option<PathBuf> {
    let top = above(package, ".git").unwrap_or_else(|| workspace_root(package));
    let mut above = folder.parent();
    while let Some(dir) = above
        && dir.starts_with(top)
    {
        let path = dir.join(BUDGETS);
        if !is_absent(&path) {
            let same = match (fs::canonicalize(&path), fs::canonicalize(found)) {
                (Ok(one), Ok(other)) => one == other,
                _ => false,
            };
            return (!same).then_some(path);
        }
        above = dir.parent();
    }
    None
}

/// Reads a budget file, and nothing else: a FIFO would be waited for, and a
/// device may have no end.
fn read(path: &Path) -> Result<String, Problem> {
    let bytes = bytes(path).map_err(|why| Problem::unreadable_file(&shown(path), &why))?;
    String::from_utf8(bytes).map_err(|error| {
        let (mut line, mut column) = (1, 1);
        for byte in &error.as_bytes()[..error.utf8_error().valid_up_to()] {
            match byte {
                b'\n' => (line, column) = (line + 1, 1),
                // Not the first byte of a character.
                0x80..0xC0 => {}
                _ => column += 1,
            }
        }
        Problem::file_not_utf8(&shown(path), &format!("{line}"), &format!("{column}"))
    })
}

/// What stands in a file, or why it cannot be read.
fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let data = fs::metadata(path).map_err(|error| match fs::read_link(path) {
        Ok(target) => format!("it is a link to {}: {error}", target.display()),
        Err(_) => error.to_string(),
    })?;
    if data.is_dir() {
        return Err(owned("it is a folder, expected a file"));
    }
    if !data.is_file() {
        return Err(owned("it is a pipe, a socket or a device, expected a file"));
    }
    fs::read(path).map_err(|error| error.to_string())
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
        fn check(files: &[&str], expected: Option<(&str, Option<&str>)>) {
            let root = workspace(files);
            let found = budget_file(&root.path().join("member"), &|_| None).unwrap();
            let expected = expected.map(|(file, hidden)| BudgetFile {
                path: root.path().join(file),
                text: format!("text of {file}"),
                hidden: hidden.map(|hidden| root.path().join(hidden)),
            });
            assert_eq!(found, expected);
        }
        let (near, far) = ("member/perf-budgets.toml", "perf-budgets.toml");
        check(&[], None);
        check(&[far], Some((far, None)));
        check(&[near, far], Some((near, Some(far))));
        check(&["member/src/perf-budgets.toml"], None);
        // What lies above the repository is another project's.
        check(&[near, far, "member/.git/HEAD"], Some((near, None)));
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
        let missing = find("missing.toml").unwrap_err().line();
        assert!(
            missing.contains("missing.toml: PERF_BUDGETS_FILE names this file, and there is none"),
            "{missing}"
        );
        let folder = find("member").unwrap_err().line();
        assert!(
            folder.contains("member: the budget file cannot be read: "),
            "{folder}"
        );
    }

    #[test]
    fn the_package_is_found_where_its_sources_moved() {
        let root = workspace(&["perf-budgets.toml"]);
        let gone = root.path().join("gone");
        let find = |said: Option<PathBuf>| {
            let said: Vec<_> = said
                .map(|dir| ("CARGO_MANIFEST_DIR", dir))
                .into_iter()
                .collect();
            budget_file(&gone, &variables(&said))
        };
        let found = find(Some(root.path().join("member"))).unwrap().unwrap();
        assert_eq!(found.path, root.path().join("perf-budgets.toml"));
        for said in [None, Some(root.path().join("gone too"))] {
            let error = find(said).unwrap_err().line();
            assert!(
                error.contains("gone: the folder in which this test was built is gone"),
                "{error}"
            );
            assert!(error.contains("PERF_BUDGETS_FILE"), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_there_and_cannot_be_read_is_an_error() {
        #[track_caller]
        fn check(make: impl Fn(&Path), part: &str) {
            let root = workspace(&[]);
            let path = root.path().join("perf-budgets.toml");
            make(&path);
            let found =
                |variables: Variables<'_>| budget_file(&root.path().join("member"), variables);
            let named = [("PERF_BUDGETS_FILE", path.clone())];
            let named = variables(&named);
            for error in [found(&|_| None), found(&named)] {
                let error = error.unwrap_err().line();
                assert!(error.contains("perf-budgets.toml"), "{error}");
                assert!(error.contains(part), "{error}");
            }
        }
        check(|path| fs::create_dir(path).unwrap(), "it is a folder");
        check(
            |path| fs::write(path, b"schema = 1\n# \xC3\xA9 \xFF\n").unwrap(),
            "perf-budgets.toml:2:5: found a byte that is no UTF-8",
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            check(
                |path| symlink("nowhere.toml", path).unwrap(),
                "it is a link to nowhere.toml",
            );
            check(
                |path| symlink("perf-budgets.toml", path).unwrap(),
                "it is a link to perf-budgets.toml",
            );
            check(
                |path| {
                    let made = std::process::Command::new("mkfifo").arg(path).status();
                    assert!(made.unwrap().success());
                },
                "it is a pipe",
            );
        }
    }
}
