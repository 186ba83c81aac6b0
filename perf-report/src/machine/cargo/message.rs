//! What cargo writes: the parts of its JSON that matter here.

use std::path::PathBuf;

use serde::Deserialize;

/// `cargo metadata --no-deps`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: PathBuf,
    pub(crate) workspace_root: PathBuf,
}

/// What a package depends on.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
}

/// One package of the workspace.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) authors: Vec<String>,
    pub(crate) description: Option<String>,
    pub(crate) homepage: Option<String>,
    pub(crate) repository: Option<String>,
    pub(crate) license: Option<String>,
    pub(crate) license_file: Option<PathBuf>,
    pub(crate) readme: Option<PathBuf>,
    pub(crate) rust_version: Option<String>,
    #[serde(default)]
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of `--message-format=json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub(crate) enum Message {
    /// Something was built.
    CompilerArtifact(Artifact),
    /// A build script was run.
    BuildScriptExecuted(BuildScript),
    /// Whatever else cargo has to say.
    #[serde(other)]
    Other,
}

/// Something that was built.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Artifact {
    pub(crate) package_id: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) target: Target,
    pub(crate) profile: Profile,
    pub(crate) executable: Option<PathBuf>,
    #[serde(default)]
    pub(crate) filenames: Vec<PathBuf>,
}

/// What it was built from.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) kind: Vec<String>,
    pub(crate) name: String,
}

/// How it was built.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Profile {
    pub(crate) test: bool,
}

/// A build script that was run.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct BuildScript {
    pub(crate) package_id: String,
    #[serde(default)]
    pub(crate) linked_paths: Vec<String>,
    #[serde(default)]
    pub(crate) env: Vec<(String, String)>,
    pub(crate) out_dir: PathBuf,
}

impl Metadata {
    /// The package of an id.
    pub(crate) fn package(&self, id: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.id == id)
    }

    /// Packages that run budgets and have none: an `xtask`. To build its tests
    /// optimised would be to build all of perf-report so, SQLite included.
    pub(crate) fn runners(&self) -> Vec<&str> {
        let depends = |package: &Package, on: &str| {
            let mut names = package.dependencies.iter();
            names.any(|dependency| dependency.name == on)
        };
        let is_runner = |package: &&Package| {
            depends(package, "perf-report") && !depends(package, "perf-runtime")
        };
        let runners: Vec<&str> = self
            .packages
            .iter()
            .filter(is_runner)
            .map(|package| &*package.name)
            .collect();
        // Of nothing but runners cargo could build nothing.
        if runners.len() == self.packages.len() {
            Vec::new()
        } else {
            runners
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(packages: &[(&str, &[&str])], expected: &[&str]) {
        let packages: Vec<serde_json::Value> = packages
            .iter()
            .map(|(name, on)| {
                let on: Vec<serde_json::Value> = on
                    .iter()
                    .map(|name| serde_json::json!({"name": name}))
                    .collect();
                serde_json::json!({"id": name, "name": name, "version": "0.1.0", "dependencies": on})
            })
            .collect();
        let text =
            serde_json::json!({"packages": packages, "target_directory": "", "workspace_root": ""});
        let metadata: Metadata = serde_json::from_value(text).expect("it is metadata");
        assert_eq!(metadata.runners(), expected);
    }

    #[test]
    fn a_package_that_only_runs_budgets_is_not_built() {
        let xtask: (&str, &[&str]) = ("xtask", &["perf-report", "serde"]);
        let app: (&str, &[&str]) = ("app", &["perf-runtime"]);
        check(&[app, xtask], &["xtask"]);
        check(&[app, ("tools", &["perf-report", "perf-runtime"])], &[]);
        check(&[app, ("plain", &[])], &[]);
        check(&[xtask], &[]);
    }
}
