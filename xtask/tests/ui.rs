//! What the compiler says to wrong annotations; the right ones are in `right.rs`.
//!
//! `PERF_UI=overwrite cargo test -p xtask --test ui` writes the `.stderr`
//! files anew.
//!
//! NOTE: all files of `ui/wrong` are modules of one crate, and the compiler says
//! everything in one go. Each built by itself took a second, and there are many.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The compiler whose words the `.stderr` files hold.
const COMPILER: &str = "rustc 1.95";

/// A folder of the crate's own below that of the tests.
fn crate_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong")
}

/// The files of wrong annotations, by name.
fn wrong() -> BTreeMap<String, PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/wrong");
    let entries = fs::read_dir(folder).expect("the folder of wrong annotations is there");
    let files = entries
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let name = |path: &Path| {
        let stem = path.file_stem().expect("a file has a name");
        stem.to_string_lossy().into_owned()
    };
    files.map(|path| (name(&path), path)).collect()
}

/// Writes a crate with a module for each file.
fn write_crate(files: &BTreeMap<String, PathBuf>) {
    let folder = crate_folder();
    fs::create_dir_all(folder.join("src")).expect("a folder can be made");
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../perf-runtime");
    let manifest = format!(
        "[package]\nname = \"wrong\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nperf-runtime = {{ path = {runtime:?}, features = [\"tokio\"] }}\n\n[workspace]\n\n[profile.dev.package.\"*\"]\ndebug = false\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("a file can be written");
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    fs::copy(lock, folder.join("Cargo.lock")).expect("the workspace has a lock file");
    let mut library = "#![allow(unused)]\n".to_owned();
    for (name, path) in files {
        library += &format!("#[path = {path:?}]\nmod {name};\n");
    }
    fs::write(folder.join("src/lib.rs"), library).expect("a file can be written");
}

/// The file of a span; of what another crate's macro wrote, the one that calls it.
fn place(span: &serde_json::Value) -> Option<&Path> {
    let call = &span["expansion"]["span"];
    let is_foreign = span["file_name"].as_str()?.contains("perf-runtime");
    let own = if is_foreign { call } else { span };
    own["file_name"].as_str().map(Path::new)
}

/// What the compiler says of each file, by name, in the order it says it.
fn said(files: &BTreeMap<String, PathBuf>) -> BTreeMap<String, Vec<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["check", "--quiet", "--offline", "--message-format=json"])
        .current_dir(crate_folder())
        .env("CARGO_TARGET_DIR", crate_folder().join("target"))
        // What has been checked for the workspace is not checked again.
        .env("CARGO_BUILD_BUILD_DIR", crate_folder().join("../.."))
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null())
        .output()
        .expect("cargo can be started");
    let here = format!("{}/", env!("CARGO_MANIFEST_DIR"));
    let mut said: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(line) = serde_json::from_str::<serde_json::Value>(line) else {
            continue;
        };
        let message = &line["message"];
        let place = place(&message["spans"][0]);
        let file = files.iter().find(|(_, path)| place == Some(path));
        if let (Some((name, _)), Some(text)) = (file, message["rendered"].as_str()) {
            let text = text.replace(&here, "");
            said.entry(name.clone())
                .or_default()
                .push(text.trim_end().to_owned());
        }
    }
    assert!(
        !said.is_empty(),
        "the compiler said nothing:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

#[test]
fn the_compiler_points_at_the_wrong_word() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .expect("tests are built by a rustc");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if !version.starts_with(COMPILER) {
        // Straight to the stream: the harness would swallow a line of print.
        let text = format!(
            "SKIPPED: tests/ui/wrong, {} files: they hold the words of {COMPILER}; this is {version}",
            wrong().len()
        );
        std::io::stderr()
            .write_all(text.as_bytes())
            .expect("a line can be written to stderr");
        return;
    }
    let files = wrong();
    write_crate(&files);
    let said = said(&files);
    let overwrite = std::env::var_os("PERF_UI").is_some_and(|value| value == "overwrite");
    let mut wrong = Vec::new();
    for (name, path) in &files {
        let found = said
            .get(name)
            .map_or(String::new(), |all| all.join("\n\n") + "\n");
        let expected = path.with_extension("stderr");
        if overwrite {
            fs::write(&expected, found).expect("a file can be written");
        } else if fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("{name}: the compiler says\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_text_belongs_to_a_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/wrong");
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry can be read").path();
        assert!(
            path.with_extension("rs").is_file() && path.with_extension("stderr").is_file(),
            "{} stands alone",
            path.display()
        );
    }
}
