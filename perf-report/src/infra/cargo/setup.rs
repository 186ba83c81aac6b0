//! How packages are set up for budgets: what their manifests and sources say.

use std::path::Path;

use toml_edit::Item;

use super::Workspace;
use super::declared::{self, Declared};
use super::members::RUNTIME;
use super::message::{Graph, Package, Target};
use crate::analysis::budget_edit;
use crate::analysis::doctor::{self, Harness, Versions};
use crate::infra::world::World;

/// The attribute and the macro that starts the serial harness come from these.
const MACROS: &str = "perf-macros";

impl Workspace {
    /// The packages that name the runtime as a dependency, and which versions meet.
    pub(crate) fn setup(&self, world: &World) -> (Vec<doctor::Package>, Versions) {
        let graph = self.graph(world);
        let features = graph.as_ref().map(features);
        let packages = self
            .packages()
            .iter()
            .filter(|package| package.depends_on(RUNTIME))
            .map(|package| setup(package, self.root(), features.clone()))
            .collect();
        let versions = |name| graph.as_ref().map(|graph| versions(graph, name));
        let versions = Versions {
            runtime: versions(RUNTIME).unwrap_or_default(),
            macros: versions(MACROS).unwrap_or_default(),
            report: env!("CARGO_PKG_VERSION").to_owned(),
        };
        (packages, versions)
    }
}

/// The versions of a package that are linked.
fn versions(graph: &Graph, name: &str) -> Vec<String> {
    let named = graph.packages.iter().filter(|package| package.name == name);
    let mut versions: Vec<String> = named.map(|package| package.version.clone()).collect();
    versions.sort();
    versions.dedup();
    versions
}

/// The features of the runtime that are on; cargo builds it once for all members.
fn features(graph: &Graph) -> Vec<String> {
    let runtimes = graph
        .packages
        .iter()
        .filter(|package| package.name == RUNTIME);
    let ids: Vec<&String> = runtimes.map(|package| &package.id).collect();
    let nodes = graph.resolve.nodes.iter();
    let nodes = nodes.filter(|node| ids.contains(&&node.id));
    nodes
        .flat_map(|node| node.features.iter().cloned())
        .collect()
}

fn setup(package: &Package, root: &Path, features: Option<Vec<String>>) -> doctor::Package {
    let shown = |file: &Path| {
        file.strip_prefix(root)
            .unwrap_or(file)
            .display()
            .to_string()
    };
    let manifest = std::fs::read_to_string(&package.manifest_path).unwrap_or_default();
    let mut found = doctor::Package {
        name: package.name.clone(),
        manifest: shown(&package.manifest_path),
        features,
        keys: Vec::new(),
        harnesses: Vec::new(),
        budgets: 0,
    };
    let targets = package.targets.iter();
    for target in targets.filter(|target| target.kind() != "custom-build") {
        let budgets = declared::budgets(&target.src_path);
        found.budgets += budgets.len();
        if !budgets.is_empty() && runs_itself(&manifest, target) {
            found.harnesses.push(Harness {
                file: shown(&target.src_path),
                has_main: declared::has_main(&target.src_path),
            });
        }
        let place = |budget: &Declared| format!("{}:{}", shown(&budget.file), budget.line);
        for budget in &budgets {
            let keys = budget.keys.iter().map(|key| (key.clone(), place(budget)));
            found.keys.extend(keys);
        }
    }
    found
}

/// Whether the manifest says `harness = false` of a target.
fn runs_itself(manifest: &str, target: &Target) -> bool {
    let section = match target.kind() {
        kind @ ("test" | "bench" | "example" | "bin") => kind,
        _ => "lib",
    };
    let harness = |table: &dyn toml_edit::TableLike| table.get("harness").and_then(Item::as_bool);
    let found = budget_edit::at(manifest, &[section]);
    let found = found.as_ref();
    match found.and_then(Item::as_array_of_tables) {
        Some(tables) => tables
            .iter()
            .filter(|table| table.get("name").and_then(Item::as_str) == Some(&*target.name))
            .any(|table| harness(table) == Some(false)),
        None => found.and_then(Item::as_table_like).and_then(harness) == Some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_says_which_features_and_lines_its_budgets_need() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        let put = |path: &str, text: &str| {
            let file = root.join(path);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            std::fs::write(&file, text).expect("written");
            file
        };
        let manifest = put(
            "app/Cargo.toml",
            "[[test]]\nname = \"own\"\nharness = false\n[[test]]\nname = \"bare\"\nharness = false\n[[test]]\nname = \"plain\"\n",
        );
        let budget = "#[perf_budget(p50 = \"1us\", threads = 4)]\nfn f() {}\n";
        let own = format!("{budget}perf_runtime::main!();\n");
        let targets: Vec<_> = [
            ("own", own.as_str()),
            ("bare", budget),
            ("plain", budget),
            ("none", ""),
        ]
        .iter()
        .map(|(name, text)| {
            let file = put(&format!("app/tests/{name}.rs"), text);
            serde_json::json!({"kind": ["test"], "name": name, "test": true, "src_path": file})
        })
        .collect();
        let package = serde_json::json!({
            "id": "app", "name": "app", "version": "0.1.0", "manifest_path": manifest, "targets": targets,
            "dependencies": [{"name": "perf-runtime", "kind": "dev"}],
        });
        let package: Package = serde_json::from_value(package).expect("a package");
        assert!(package.depends_on(RUNTIME) && !package.depends_on("other"));
        let found = setup(&package, root, None);
        let harness = |file: &str, has_main| Harness {
            file: format!("app/tests/{file}.rs"),
            has_main,
        };
        assert_eq!(
            found.harnesses,
            [harness("own", true), harness("bare", false)]
        );
        assert_eq!((found.budgets, &*found.manifest), (3, "app/Cargo.toml"));
        let key = |key: &str, place: &str| (key.to_owned(), place.to_owned());
        assert_eq!(
            found.keys[..2],
            [
                key("p50", "app/tests/own.rs:2"),
                key("threads", "app/tests/own.rs:2")
            ]
        );
    }
}
