//! The packages that the tests share: one Cargo workspace, built once.
//!
//! Each package is compiled with the same dependencies and features, so that
//! perf-runtime is built once for all of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::project::{PROFILES, Ran, cargo, repository};

/// Everything that perf-runtime can do, and what some package needs beside it: a
/// feature more or less would build perf-runtime again.
pub(crate) const DEPENDENCIES: &str = "
[dev-dependencies]
rayon = \"1\"
stats_alloc = \"0.1\"
tokio = { version = \"1\", default-features = false, features = [\"rt-multi-thread\", \"sync\", \"time\"] }
tracing = { version = \"0.1\", default-features = false }
";
pub(crate) const FEATURES: &str = "[\"alloc-sites\", \"harness\", \"instructions\", \"load\", \"meters\", \"stats_alloc\", \"tokio\", \"tracing\"]";

/// A library without tests to link, and without examples to look for.
pub(crate) const UNTESTED_LIBRARY: &str = "[lib]\ntest = false\ndoctest = false\n";

/// The package that the release build of all leaves out.
const LEFT_OUT: &str = "inside-jemalloc";

/// A package: a library and test targets.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    manifest: String,
    files: Vec<(String, String)>,
    /// Whether its release build is optimised.
    is_optimised: bool,
}

impl Package {
    pub(crate) fn new(name: &'static str) -> Package {
        Package {
            name,
            manifest: String::new(),
            files: Vec::new(),
            is_optimised: true,
        }
    }

    /// Without optimisation in the release build as well, for limits on counts alone.
    pub(crate) fn counting_only(mut self) -> Package {
        self.is_optimised = false;
        self
    }

    pub(crate) fn library(self, source: &str) -> Package {
        self.file("src/lib.rs", source)
    }

    /// A test target of the standard harness.
    pub(crate) fn test(self, target: &str, source: &str) -> Package {
        self.file(&format!("tests/{target}.rs"), source)
    }

    /// A test target of the serial harness.
    pub(crate) fn serial(self, target: &str, source: &str) -> Package {
        self.with_main(target, &format!("{source}\nperf_runtime::main!();\n"))
    }

    /// A benchmark, which no test builds.
    pub(crate) fn bench(self, target: &str, source: &str) -> Package {
        self.file(&format!("benches/{target}.rs"), source)
    }

    /// A test target without the standard harness.
    pub(crate) fn with_main(mut self, target: &str, source: &str) -> Package {
        self.manifest += &format!("\n[[test]]\nname = \"{target}\"\nharness = false\n");
        self.test(target, source)
    }

    /// The same source under both harnesses, in targets of these names.
    pub(crate) fn both(self, source: &str) -> Package {
        self.test("ordinary", source).serial("serial", source)
    }

    /// A dependency that the other packages do without.
    pub(crate) fn dependency(mut self, line: &str) -> Package {
        self.manifest.insert_str(0, &format!("{line}\n"));
        self
    }

    fn file(mut self, path: &str, text: &str) -> Package {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    fn write(&self, folder: &Path) {
        let name = self.name;
        let is_library = self.files.iter().any(|(path, _)| path == "src/lib.rs");
        let library = if is_library { "" } else { UNTESTED_LIBRARY };
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{library}{DEPENDENCIES}{}{}",
            runtime(FEATURES),
            self.manifest
        );
        write(&folder.join("Cargo.toml"), &manifest);
        if !is_library {
            write(&folder.join("src/lib.rs"), "");
        }
        for (path, text) in &self.files {
            write(&folder.join(path), text);
        }
    }
}

/// The line of a manifest that names perf-runtime.
pub(crate) fn runtime(features: &str) -> String {
    let path = repository().join("perf-runtime");
    format!(
        "perf-runtime = {{ path = {path:?}, default-features = false, features = {features} }}\n"
    )
}

/// Writes a file, and leaves it as it is where it says so already: Cargo builds
/// what is newer than what was built.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
    fs::write(path, text).expect("a file can be written");
}

/// The folder of a package. The first caller writes the workspace.
///
/// # Panics
/// If `packages` does not list it.
pub(crate) fn folder(name: &str) -> PathBuf {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    let root = ROOT.get_or_init(prepare);
    let folder = root.join(name);
    assert!(
        folder.is_dir(),
        "no package of the workspace is called {name}"
    );
    folder
}

/// Writes the workspace, and builds all of it where all tests are run.
fn prepare() -> PathBuf {
    let root = repository().join("target/functional/workspace");
    fs::create_dir_all(&root).expect("a folder can be made");
    // Another process may be about to do the same.
    let turn = fs::File::create(root.join("turn")).expect("a file can be made");
    turn.lock().expect("a file can be locked");
    let packages = crate::packages();
    let names: Vec<&str> = packages.iter().map(|package| package.name).collect();
    for entry in fs::read_dir(&root).expect("the workspace can be listed") {
        let path = entry.expect("an entry can be read").path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        if path.is_dir() && !name.is_some_and(|name| names.contains(&&*name)) {
            fs::remove_dir_all(&path).expect("a package that is gone can be removed");
        }
    }
    let members: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    let mut manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n{PROFILES}",
        members.join(", ")
    );
    for Package { name, .. } in packages.iter().filter(|package| !package.is_optimised) {
        manifest += &format!("[profile.release.package.{name}]\nopt-level = 0\n");
    }
    write(&root.join("Cargo.toml"), &manifest);
    for package in &packages {
        package.write(&root.join(package.name));
    }
    lock(&root);
    let everything = std::env::args().skip(1).all(|word| word.starts_with("--"));
    if everything {
        let mut build = cargo(&root, "test --release --workspace --no-run");
        build.args(["--exclude", LEFT_OUT]);
        Ran::of(build).ended_with(0);
    }
    root
}

/// Depends on the versions that the repository depends on, and fetches what is
/// not there yet. Cargo takes out of the file what is not needed here, so it is
/// copied once for each version of the original.
fn lock(root: &Path) {
    let original = fs::read_to_string(repository().join("Cargo.lock"))
        .expect("the repository has a lock file");
    let copied = root.join("copied.lock");
    let manifests = fs::read_to_string(root.join("Cargo.toml")).expect("it was written");
    let now = format!("{manifests}\n{original}");
    if fs::read_to_string(&copied).is_ok_and(|before| before == now) {
        return;
    }
    fs::write(root.join("Cargo.lock"), original).expect("a file can be written");
    let mut fetch = cargo(root, "fetch");
    fetch.env_remove("CARGO_NET_OFFLINE");
    Ran::of(fetch).ended_with(0);
    fs::write(copied, now).expect("a file can be written");
}
