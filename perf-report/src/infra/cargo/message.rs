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

/// `cargo metadata` with everything that the workspace depends on.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Graph {
    pub(crate) packages: Vec<Named>,
    pub(crate) workspace_members: Vec<String>,
    pub(crate) resolve: Resolve,
}

/// A package of the graph.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) manifest_path: PathBuf,
}

/// What depends on what.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Resolve {
    pub(crate) nodes: Vec<Node>,
}

/// What one package depends on, in whatever way.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) dependencies: Vec<String>,
    #[serde(default)]
    pub(crate) features: Vec<String>,
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
    pub(crate) edition: String,
    #[serde(default)]
    pub(crate) manifest_path: PathBuf,
    #[serde(default)]
    pub(crate) dependencies: Vec<Dependency>,
    #[serde(default)]
    pub(crate) targets: Vec<Target>,
}

impl Package {
    /// Whether its manifest names another package, in whatever table.
    pub(crate) fn depends_on(&self, name: &str) -> bool {
        self.dependencies.iter().any(|one| one.name == name)
    }
}

/// A dependency as a manifest names it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Its folder, where that is named.
    #[serde(default)]
    pub(crate) path: Option<PathBuf>,
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
    #[serde(default)]
    pub(crate) src_path: PathBuf,
    /// Whether `cargo test` builds it without being asked to.
    #[serde(default)]
    pub(crate) test: bool,
    #[serde(default, rename = "required-features")]
    pub(crate) required_features: Vec<String>,
}

impl Target {
    /// The first of its kinds: `lib`, `test`, `bin`.
    pub(crate) fn kind(&self) -> &str {
        self.kind.first().map_or("lib", String::as_str)
    }
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
}
