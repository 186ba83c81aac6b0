//! The variables that `cargo test` gives a test, so that it finds its files and
//! libraries as it does there.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::configuration::Configuration;
use super::message::{Artifact, BuildScript, Message, Package};
use crate::infra::diagnose::{self, Program};
use crate::infra::world::World;

/// Where the dynamic linker looks, in the words of this system.
const LIBRARY_PATH: &str = if cfg!(windows) {
    "PATH"
} else if cfg!(target_os = "macos") {
    "DYLD_FALLBACK_LIBRARY_PATH"
} else {
    "LD_LIBRARY_PATH"
};

/// The value of the library path: what build scripts link from inside the target
/// directory, the folders of what was built, the toolchain's own libraries, and
/// what was there before.
pub(crate) fn libraries(
    messages: &[Message],
    target: &Path,
    toolchain: Option<PathBuf>,
    world: &World,
) -> OsString {
    let mut paths: Vec<PathBuf> = Vec::new();
    for message in messages {
        match message {
            Message::BuildScriptExecuted(script) => {
                let linked = script.linked_paths.iter().map(|path| {
                    PathBuf::from(path.split_once('=').map_or(&**path, |(_, path)| path))
                });
                paths.extend(linked.filter(|path| path.starts_with(target)));
            }
            Message::CompilerArtifact(artifact) => {
                let dynamic = artifact.filenames.iter().filter(|file| {
                    file.extension()
                        .is_some_and(|e| e == std::env::consts::DLL_EXTENSION)
                });
                let executable = artifact.executable.iter().filter(|_| artifact.profile.test);
                for folder in dynamic.chain(executable).filter_map(|file| file.parent()) {
                    paths.push(folder.to_owned());
                    // Beside `deps` stand the libraries under their plain names.
                    paths.extend(
                        folder
                            .parent()
                            .filter(|_| folder.ends_with("deps"))
                            .map(Path::to_owned),
                    );
                }
            }
            Message::Other => {}
        }
    }
    paths.extend(toolchain);
    paths.extend(
        world
            .variable(LIBRARY_PATH)
            .iter()
            .flat_map(std::env::split_paths),
    );
    let mut known = std::collections::BTreeSet::new();
    paths.retain(|path| known.insert(path.clone()));
    // A path that cannot stand in the variable cannot be searched either.
    std::env::join_paths(paths).unwrap_or_default()
}

/// Where the toolchain keeps the libraries of the target.
pub(crate) fn toolchain(configuration: &Configuration, world: &World) -> Option<PathBuf> {
    let mut command = Command::new(configuration.compiler());
    command
        .args(["--print", "target-libdir", "--target"])
        .arg(configuration.triple())
        .env_clear()
        .envs(&world.variables)
        .current_dir(&world.directory);
    let output = diagnose::output(Program::Cargo, &mut command)
        .ok()
        .filter(|output| output.status.success())?;
    let path = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(path.trim_end()))
}

/// All variables of one test.
pub(crate) fn variables(
    artifact: &Artifact,
    package: Option<&Package>,
    messages: &[Message],
    libraries: &OsStr,
    cargo: &OsStr,
) -> Vec<(OsString, OsString)> {
    let mut variables: Vec<(OsString, OsString)> = Vec::new();
    let mut set = |name: &str, value: &OsStr| variables.push((name.into(), value.to_owned()));
    set(LIBRARY_PATH, libraries);
    set("CARGO", cargo);
    set("CARGO_MANIFEST_PATH", artifact.manifest_path.as_os_str());
    if let Some(folder) = artifact.manifest_path.parent() {
        set("CARGO_MANIFEST_DIR", folder.as_os_str());
    }
    if let Some(package) = package {
        describe(package, &mut set);
    }
    for message in messages {
        match message {
            Message::BuildScriptExecuted(script) if script.package_id == artifact.package_id => {
                scripted(script, &mut set)
            }
            Message::CompilerArtifact(other)
                if other.package_id == artifact.package_id && is_program(other) =>
            {
                if let Some(executable) = &other.executable {
                    set(
                        &format!("CARGO_BIN_EXE_{}", other.target.name),
                        executable.as_os_str(),
                    );
                }
            }
            Message::BuildScriptExecuted(_) | Message::CompilerArtifact(_) | Message::Other => {}
        }
    }
    variables
}

fn is_program(artifact: &Artifact) -> bool {
    !artifact.profile.test && artifact.target.kind.iter().any(|kind| kind == "bin")
}

fn scripted(script: &BuildScript, set: &mut impl FnMut(&str, &OsStr)) {
    set("OUT_DIR", script.out_dir.as_os_str());
    for (name, value) in &script.env {
        set(name, value.as_ref());
    }
}

fn describe(package: &Package, set: &mut impl FnMut(&str, &OsStr)) {
    let (core, pre) = package
        .version
        .split_once('-')
        .unwrap_or((&package.version, ""));
    let pre = pre.split('+').next().unwrap_or_default();
    let mut numbers = core.split('+').next().unwrap_or_default().split('.');
    let mut number = || numbers.next().unwrap_or_default().to_owned();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let path = |path: &Option<PathBuf>| {
        let path = path.as_deref().unwrap_or(Path::new(""));
        path.display().to_string()
    };
    let values = [
        ("NAME", package.name.clone()),
        ("VERSION", package.version.clone()),
        ("VERSION_MAJOR", number()),
        ("VERSION_MINOR", number()),
        ("VERSION_PATCH", number()),
        ("VERSION_PRE", pre.to_owned()),
        ("AUTHORS", package.authors.join(":")),
        ("DESCRIPTION", text(&package.description)),
        ("HOMEPAGE", text(&package.homepage)),
        ("REPOSITORY", text(&package.repository)),
        ("LICENSE", text(&package.license)),
        ("LICENSE_FILE", path(&package.license_file)),
        ("README", path(&package.readme)),
        ("RUST_VERSION", text(&package.rust_version)),
    ];
    for (name, value) in values {
        set(&format!("CARGO_PKG_{name}"), value.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(json: &str) -> Message {
        serde_json::from_str(json).expect("a message")
    }

    #[test]
    fn a_test_gets_what_cargo_would_give_it() {
        let messages = [
            message(
                r#"{"reason":"build-script-executed","package_id":"p","linked_paths":["native=/t/out/lib","/usr/lib"],"env":[["GIT_REV","abc"]],"out_dir":"/t/out"}"#,
            ),
            message(
                r#"{"reason":"compiler-artifact","package_id":"p","manifest_path":"/w/p/Cargo.toml","target":{"kind":["bin"],"name":"tool"},"profile":{"test":false},"executable":"/t/release/tool","filenames":[]}"#,
            ),
            message(
                r#"{"reason":"compiler-artifact","package_id":"p","manifest_path":"/w/p/Cargo.toml","target":{"kind":["test"],"name":"it"},"profile":{"test":true},"executable":"/t/release/deps/it-1","filenames":[]}"#,
            ),
            message(r#"{"reason":"build-finished","success":true}"#),
        ];
        let Message::CompilerArtifact(artifact) = &messages[2] else {
            panic!("an artifact")
        };
        let package: Package = serde_json::from_str(
            r#"{"id":"p","name":"p-p","version":"1.2.3-rc.1+x","authors":["A","B"]}"#,
        )
        .expect("a package");
        let all = variables(
            artifact,
            Some(&package),
            &messages,
            OsStr::new("/t/release/deps"),
            OsStr::new("cargo"),
        );
        let value = |name: &str| {
            all.iter()
                .find(|(n, _)| n == name)
                .and_then(|(_, value)| value.to_str())
        };
        assert_eq!(value("CARGO_MANIFEST_DIR"), Some("/w/p"));
        assert_eq!(value("CARGO_PKG_NAME"), Some("p-p"));
        assert_eq!(
            (
                value("CARGO_PKG_VERSION_PATCH"),
                value("CARGO_PKG_VERSION_PRE")
            ),
            (Some("3"), Some("rc.1"))
        );
        assert_eq!(value("CARGO_PKG_AUTHORS"), Some("A:B"));
        assert_eq!(value("CARGO_BIN_EXE_tool"), Some("/t/release/tool"));
        assert_eq!(
            (value("OUT_DIR"), value("GIT_REV")),
            (Some("/t/out"), Some("abc"))
        );
    }
}
