//! `init`: what it adds to projects of different kinds, and that it undoes itself.

use std::collections::BTreeMap;
use std::path::Path;

use crate::program::{Outcome, Workspace};
use crate::skeletons::{SKELETONS, Skeleton};

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "what is added to published crates is as recorded",
        published,
    ),
    (
        "what cannot be found or known of benchmarks is said",
        benchmarks,
    ),
    (
        "everything is written, judged, and then left alone",
        written_once,
    ),
    (
        "a budget that cannot be built leaves every file as it was",
        undone,
    ),
    ("a budget that is broken stays", broken),
    (
        "what cannot be followed is named before anything is written",
        refused,
    ),
];

/// Everything below a folder but for what is built.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(inner) = open.pop() {
        for entry in std::fs::read_dir(&inner).expect("a folder").flatten() {
            let path = entry.path();
            let name = path
                .strip_prefix(folder)
                .expect("inside")
                .display()
                .to_string();
            if path.is_dir() && name != "target" {
                all.insert(format!("{name}/"), Vec::new());
                open.push(path);
            } else if path.is_file()
                && !name.starts_with("cargo-")
                && !["turns", "building"].contains(&&*name)
            {
                all.insert(name, std::fs::read(&path).expect("it can be read"));
            }
        }
    }
    all
}

/// A library in the package `app`, as the fake cargo knows it.
pub(crate) fn fresh(scenario: &'static str) -> Workspace {
    let workspace = Workspace::new(scenario);
    std::fs::create_dir(workspace.path("app/src")).expect("made");
    workspace.write("Cargo.toml", "[workspace]\nmembers = [\"app\"]\n");
    workspace.write(
        "app/Cargo.toml",
        "[package]\r\nname = \"app\"\r\nedition = \"2021\"\r\n",
    );
    workspace.write(
        "app/src/lib.rs",
        "pub fn parse(text: &str) -> usize { text.len() }\n",
    );
    workspace
}

const INIT: &str = "perf init --git https://example.org/perf";

/// A crate's skeleton in a separate folder, asked with the real cargo, which reads
/// manifests alone.
fn published() {
    for skeleton in SKELETONS {
        let folder = laid(skeleton);
        let before = files(folder.path());
        let outcome = Workspace::elsewhere(
            folder.path(),
            &format!(
                "perf-budget init --git https://example.org/perf {}",
                skeleton.options
            ),
        );
        assert_eq!(outcome.code, 2, "{}: {outcome:?}", skeleton.name);
        assert_eq!(
            files(folder.path()),
            before,
            "{}: nothing is written",
            skeleton.name
        );
        let said = format!("{}{}", outcome.out, outcome.err);
        golden(skeleton.name, &said);
    }
}

fn laid(skeleton: &Skeleton) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in skeleton.files {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, text).expect("written");
    }
    folder
}

fn benchmarks() {
    let itoa = SKELETONS.iter().find(|one| one.name == "itoa");
    let folder = laid(itoa.expect("it is there"));
    let convert = || Workspace::elsewhere(folder.path(), "perf-budget init --from criterion");
    convert().shows(
        0,
        &[
            "benches/bench.rs: 1 budget in tests/bench_budgets.rs",
            "benches/bench.rs:3:1: it takes a `Criterion` of criterion and more",
            "Cargo.toml lists its tests; cargo finds tests/bench_budgets.rs by these lines there:\n[[test]]\nname = \"bench_budgets\"\n",
        ],
    );
    let written = folder.path().join("tests/bench_budgets.rs");
    assert!(written.is_file());
    let manifest = folder.path().join("Cargo.toml");
    let named = "[[test]]\nname = \"bench_budgets\"\npath = \"tests/bench_budgets.rs\"\n";
    let text = std::fs::read_to_string(&manifest).expect("it is there");
    std::fs::write(&manifest, format!("{text}\n{named}")).expect("written");
    let again = convert();
    assert!(!again.out.contains("[[test]]"), "{}", again.out);
    let text = "use criterion::*;\nfn all(c: &mut Criterion, n: u8) {}\ncriterion_main!(all);\n";
    std::fs::write(folder.path().join("benches/bench.rs"), text).expect("written");
    convert().shows(0, &["nothing to convert", "Nothing was written"]);
}

fn golden(name: &str, found: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/init/{name}.diff"));
    if std::env::var_os("PERF_REPORT_BLESS").is_some() {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(&file, found).expect("written");
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == expected,
        "{name} differs; if that is meant, set PERF_REPORT_BLESS=1\n{found}"
    );
}

fn written_once() {
    let workspace = fresh("fresh");
    workspace.call(INIT).shows(
        2,
        &[
            "+++ app/Cargo.toml",
            "nothing was written; `cargo xtask perf init --yes` with the same options writes it",
        ],
    );
    let outcome = workspace.call(&format!("{INIT} --yes --xtask --ci gitlab"));
    outcome.shows(
        0,
        &[
            "the first budget of app: app::parse(",
            "+++ app/tests/perf_budgets.rs",
            "+++ .gitlab/perf.yml",
            "6 limits = 6 passed",
            "next: `cargo xtask perf suggest`",
        ],
    );
    assert_eq!(
        workspace.read("app/Cargo.toml"),
        "[package]\r\nname = \"app\"\r\nedition = \"2021\"\r\n\r\n[dev-dependencies]\r\nperf-runtime = { git = \"https://example.org/perf\" }\r\n"
    );
    assert!(
        workspace
            .read("Cargo.toml")
            .contains("members = [\"app\", \"xtask\"]")
    );
    for file in [
        "perf-budgets.toml",
        ".config/nextest.toml",
        "xtask/src/main.rs",
        ".gitlab/perf.yml",
    ] {
        assert!(!workspace.read(file).is_empty(), "{file}");
    }
    let cargo = workspace.read("cargo-arguments");
    assert!(
        cargo.ends_with("--package app --test perf_budgets"),
        "{cargo}"
    );
    let before = files(&workspace.path(""));
    let again = workspace.call(&format!("{INIT} --yes --xtask --ci gitlab"));
    again.shows(0, &["nothing to do"]);
    assert_eq!(files(&workspace.path("")), before);
}

fn undone() {
    let workspace = fresh("fresh unbuilt");
    workspace.write("Cargo.lock", "# as it was\n");
    let before = files(&workspace.path(""));
    workspace.call(&format!("{INIT} --yes --xtask")).shows(
        4,
        &[
            "the tests could not be built",
            "every file is as it was before",
        ],
    );
    assert_eq!(files(&workspace.path("")), before);
}

fn broken() {
    let workspace = fresh("fresh fail");
    let outcome: Outcome = workspace.call(&format!("{INIT} --yes"));
    outcome.shows(1, &["1 failed", "next: "]);
    assert!(workspace.path("app/tests/perf_budgets.rs").is_file());
}

fn refused() {
    let workspace = fresh("fresh");
    let before = files(&workspace.path(""));
    for (options, parts) in [
        (
            "--package ap",
            &["no package of the workspace has this name; did you mean `app`?"][..],
        ),
        (
            "--function nothing",
            &[
                "--function nothing: no function of this path",
                "app::parse(",
            ],
        ),
        ("--path nowhere", &["cannot be used with"]),
    ] {
        workspace
            .call(&format!("{INIT} {options} --yes"))
            .shows(2, parts);
    }
    workspace.call("perf init --yes --path nowhere").shows(
        2,
        &["--path nowhere: there is no perf-runtime/Cargo.toml in it"],
    );
    std::fs::create_dir(workspace.path("app/tests")).expect("made");
    workspace.write("app/tests/perf_budgets.rs", "// mine\n");
    workspace.call(&format!("{INIT} --yes")).shows(
        2,
        &["app/tests/perf_budgets.rs: is there and declares no budget; rename it"],
    );
    std::fs::remove_dir_all(workspace.path("app/tests")).expect("it was there");
    assert_eq!(files(&workspace.path("")), before);
}
