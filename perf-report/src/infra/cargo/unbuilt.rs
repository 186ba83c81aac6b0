//! What cargo did not build though it stands in the workspace: budgets in targets
//! that need a feature or a flag.

use std::collections::BTreeSet;

use super::declared::{self, Declared};
use super::message::{Message, Metadata, Package, Target};

/// A budget in a target that was not built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unbuilt {
    pub(crate) id: String,
    pub(crate) package: String,
    /// `file:line`, from the workspace's folder.
    pub(crate) source: String,
    pub(crate) declared: Declared,
    /// Why it was not built, and which flag builds it.
    pub(crate) why: String,
}

/// The budgets of all targets of some packages (ids or names; all where there is
/// none) from which no test executable was built.
pub(crate) fn budgets(
    metadata: &Metadata,
    packages: &[String],
    messages: &[Message],
) -> Vec<Unbuilt> {
    let built: BTreeSet<(&str, &str, &str)> = messages
        .iter()
        .filter_map(|message| match message {
            Message::CompilerArtifact(artifact) if artifact.profile.test => Some((
                &*artifact.package_id,
                artifact.target.kind(),
                &*artifact.target.name,
            )),
            _ => None,
        })
        .collect();
    let mut unbuilt = Vec::new();
    let wanted = metadata.packages.iter();
    for package in wanted.filter(|package| is_named(package, packages)) {
        for target in &package.targets {
            let name = (&*package.id, target.kind(), &*target.name);
            if target.kind() == "custom-build" || built.contains(&name) {
                continue;
            }
            let why = why(target);
            let declared = declared::budgets(&target.src_path).into_iter();
            unbuilt.extend(declared.map(|declared| {
                let root = &metadata.workspace_root;
                let file = declared.file.strip_prefix(root).unwrap_or(&declared.file);
                Unbuilt {
                    id: id(package, target, &declared.path),
                    package: package.name.clone(),
                    source: format!("{}:{}", file.display(), declared.line),
                    why: why.clone(),
                    declared,
                }
            }));
        }
    }
    unbuilt.sort_by(|a, b| a.id.cmp(&b.id));
    unbuilt.dedup_by(|a, b| a.id == b.id);
    unbuilt
}

fn is_named(package: &Package, packages: &[String]) -> bool {
    let is_it = |spec: &String| {
        let name = spec.rsplit(['/', '#']).next().unwrap_or(spec);
        let name = name.split('@').next().unwrap_or(name);
        *spec == package.id || name == package.name
    };
    packages.is_empty() || packages.iter().any(is_it)
}

/// The id that the case has where it is built.
fn id(package: &Package, target: &Target, path: &str) -> String {
    let plain = |name: &str| name.replace('-', "_");
    let is_program = target.kind() == "bin";
    if !is_program && plain(&target.name) == plain(&package.name) {
        return format!("{}::{path}", package.name);
    }
    let name = if is_program {
        target.name.clone()
    } else {
        plain(&target.name)
    };
    format!("{}::{name}::{path}", package.name)
}

fn why(target: &Target) -> String {
    let name = &target.name;
    let (what, flag) = match target.kind() {
        "test" => (format!("the test `{name}`"), format!("--test {name}")),
        "bench" => (format!("the benchmark `{name}`"), "--benches".to_owned()),
        "example" => (format!("the example `{name}`"), "--examples".to_owned()),
        "bin" => (format!("the program `{name}`"), format!("--bin {name}")),
        _ => ("the library".to_owned(), "--lib".to_owned()),
    };
    let by_default = matches!(target.kind(), "bench" | "example");
    let mut reasons = Vec::new();
    let mut flags = Vec::new();
    if !target.required_features.is_empty() {
        let features = target.required_features.join(",");
        reasons.push(format!("it needs the feature {features}"));
        flags.push(format!("--features {features}"));
    }
    if !target.test {
        reasons.push(match by_default {
            true => "cargo builds it on request only".to_owned(),
            false => "the manifest says `test = false`".to_owned(),
        });
        flags.push(flag);
    }
    if reasons.is_empty() {
        reasons.push("cargo left it out".to_owned());
        flags.push("--all-targets".to_owned());
    }
    format!(
        "{what} was not built, because {}; {} builds it",
        reasons.join(" and "),
        flags.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_that_was_not_built_is_named_with_the_flag_that_builds_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let budget = "#[perf_budget(p50 = \"1us\")] fn f() {}";
        let targets = [
            ("lib", "my-app", false, ""),
            ("bin", "my-tool", true, ""),
            ("test", "gated", true, "net"),
            ("test", "off", false, ""),
            ("test", "on-time", true, ""),
            ("bench", "speed", false, ""),
            ("example", "demo", false, "net"),
            ("custom-build", "build-script-build", false, ""),
        ];
        let targets: Vec<_> = targets
            .iter()
            .map(|(kind, name, test, feature)| {
                let file = folder.path().join(format!("{kind}-{name}.rs"));
                std::fs::write(&file, budget).expect("written");
                let features: Vec<&str> = feature.split_terminator(' ').collect();
                serde_json::json!({"kind": [kind], "name": name, "test": test, "src_path": file, "required-features": features})
            })
            .collect();
        let metadata = serde_json::json!({
            "packages": [{"id": "path+file:///w#my-app@0.1.0", "name": "my-app", "version": "0.1.0", "targets": targets}],
            "target_directory": "/t", "workspace_root": folder.path(),
        });
        let metadata: Metadata = serde_json::from_value(metadata).expect("metadata");
        let artifact = |kind: &str, name: &str| {
            let text = serde_json::json!({
                "reason": "compiler-artifact", "package_id": "path+file:///w#my-app@0.1.0", "manifest_path": "/w/Cargo.toml",
                "target": {"kind": [kind], "name": name}, "profile": {"test": true}, "executable": "/t/x",
            });
            serde_json::from_value(text).expect("a message")
        };
        let messages: [Message; 2] = [artifact("test", "on-time"), artifact("bin", "my-tool")];
        let found = budgets(&metadata, &["my-app@0.1.0".to_owned()], &messages);
        let found: Vec<(&str, &str)> = found.iter().map(|one| (&*one.id, &*one.why)).collect();
        assert_eq!(
            found,
            [
                (
                    "my-app::demo::f",
                    "the example `demo` was not built, because it needs the feature net and cargo builds it on request only; --features net --examples builds it"
                ),
                (
                    "my-app::f",
                    "the library was not built, because the manifest says `test = false`; --lib builds it"
                ),
                (
                    "my-app::gated::f",
                    "the test `gated` was not built, because it needs the feature net; --features net builds it"
                ),
                (
                    "my-app::off::f",
                    "the test `off` was not built, because the manifest says `test = false`; --test off builds it"
                ),
                (
                    "my-app::speed::f",
                    "the benchmark `speed` was not built, because cargo builds it on request only; --benches builds it"
                ),
            ]
        );
        assert_eq!(budgets(&metadata, &["other".to_owned()], &messages), []);
        assert_eq!(budgets(&metadata, &[], &[]).len(), 7);
    }
}
