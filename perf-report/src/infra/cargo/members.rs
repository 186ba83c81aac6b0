//! Which members of a workspace can have budgets: those that link the runtime.

use std::collections::{BTreeMap, BTreeSet};

use super::message::Graph;

/// The crate without which there is no budget.
pub(crate) const RUNTIME: &str = "perf-runtime";

/// The ids of the members that depend on the runtime, directly or through others;
/// the runtime itself is one.
pub(crate) fn with_budgets(graph: &Graph) -> Vec<String> {
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for node in &graph.resolve.nodes {
        for dependency in &node.dependencies {
            users.entry(dependency).or_default().push(&node.id);
        }
    }
    let runtimes = graph
        .packages
        .iter()
        .filter(|package| package.name == RUNTIME);
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut next: Vec<&str> = runtimes.map(|package| &*package.id).collect();
    while let Some(id) = next.pop() {
        if reached.insert(id) {
            next.extend(users.get(id).into_iter().flatten());
        }
    }
    let members = graph.workspace_members.iter();
    members
        .filter(|id| reached.contains(&***id))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infra::cargo::message::{Named, Node, Resolve};

    #[test]
    fn members_are_found_through_whatever_lies_between() {
        let named = |id: &str| Named {
            id: id.to_owned(),
            name: id.split('#').next().unwrap_or_default().to_owned(),
            version: "0.1.0".to_owned(),
            manifest_path: Default::default(),
        };
        let node = |id: &str, dependencies: &[&str]| Node {
            id: id.to_owned(),
            dependencies: dependencies.iter().map(|id| (*id).to_owned()).collect(),
            features: Vec::new(),
        };
        let graph = Graph {
            packages: ["app", "xtask", "kit", "perf-runtime#0.1"]
                .map(named)
                .to_vec(),
            workspace_members: vec!["app".to_owned(), "xtask".to_owned()],
            resolve: Resolve {
                nodes: vec![
                    node("app", &["kit"]),
                    node("kit", &["perf-runtime#0.1", "app"]),
                    node("perf-runtime#0.1", &[]),
                    node("xtask", &["clap"]),
                ],
            },
        };
        assert_eq!(with_budgets(&graph), ["app"]);
    }
}
