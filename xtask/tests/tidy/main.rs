//! Holds the rules of ARCHITECTURE.md about the source itself.
//!
//! Rules: a module names only modules that its crate lists before it, in `lib.rs` and
//! in the file of each folder that `lib.rs` lists; the headings of `lib.rs` are known;
//! the first line of each file says what the module is for; pure modules do no input or
//! output and read no clock; `unsafe` stays in its modules; a file of more than 500
//! lines needs a written reason; comments name what acts. Each rule is tested against a
//! planted violation.

mod paths;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use paths::named_modules;

/// Modules of perf-runtime that may hold `unsafe`.
const UNSAFE_MODULES: &[&str] = &[
    "system::alloc",
    "system::clock",
    "system::counters",
    "system::exit",
];

/// The headings in a `lib.rs`, and whether the modules below them are pure.
const HEADINGS: &[(&str, bool)] = &[
    ("// Pure: no input or output, no clock.", true),
    ("// Impure: the process and the machine.", false),
    ("// Impure: files, processes, databases, terminals.", false),
    (
        "// Lowest layer first: each imports only from those above it.",
        false,
    ),
];

/// What a pure module does not name. The traits of `std::io` do nothing by themselves.
const IMPURE: &[&str] = &[
    "std::fs",
    "env::var",
    "env::args",
    "env::current",
    "std::process",
    "std::net",
    "std::time::Instant",
    "SystemTime",
    "println!",
    "io::stdin",
    "io::stdout",
    "io::stderr",
    "std::thread",
];

/// Files that are longer than 500 lines, and why.
const LONG: &[(&str, &str)] = &[];

struct Source {
    /// The module as `lib.rs` lists it, or a folder and the module in it.
    module: String,
    path: String,
    text: String,
}

/// A module, in the order of the lists.
struct Module {
    path: String,
    is_pure: bool,
}

/// A crate as the rules see it: its list of modules and its files.
struct Crate {
    lib: String,
    sources: Vec<Source>,
}

impl Crate {
    fn read(root: &Path, name: &str) -> Crate {
        let src = root.join(name).join("src");
        let lib = fs::read_to_string(src.join("lib.rs")).expect("every crate has a lib.rs");
        let mut files = Vec::new();
        collect(&src, &mut files);
        let sources = files
            .into_iter()
            .map(|file| {
                let inside = file.strip_prefix(&src).expect("it was found there");
                let names: Vec<String> = inside
                    .iter()
                    .take(2)
                    .map(|name| name.to_string_lossy().trim_end_matches(".rs").to_owned())
                    .collect();
                Source {
                    module: names.join("::"),
                    path: format!("{name}/src/{}", inside.display()),
                    text: fs::read_to_string(&file).expect("a listed file can be read"),
                }
            })
            .collect();
        Crate { lib, sources }
    }

    /// The modules in order: those of a folder before the folder's own file.
    fn modules(&self) -> Vec<Module> {
        let mut is_pure = false;
        let mut modules: Vec<Module> = Vec::new();
        let mut add = |path: String, is_pure| {
            // One that a feature replaces is listed twice.
            if !modules.iter().any(|module| module.path == path) {
                modules.push(Module { path, is_pure });
            }
        };
        for line in self.lib.lines() {
            if let Some((_, pure)) = HEADINGS.iter().find(|(heading, _)| line == *heading) {
                is_pure = *pure;
            }
            let Some(module) = declared(line) else {
                continue;
            };
            let own = self.sources.iter().find(|source| source.module == module);
            let inner = own.map_or("", |source| &*source.text);
            for inner in inner.lines().filter(|line| line.starts_with("pub(crate) ")) {
                if let Some(inner) = declared(inner) {
                    add(format!("{module}::{inner}"), is_pure);
                }
            }
            add(module.to_owned(), is_pure);
        }
        modules
    }

    /// Headings that are not known: what stands below them would be held by no rule.
    fn unknown_headings(&self) -> Vec<String> {
        let lines: Vec<&str> = self.lib.lines().collect();
        lines
            .windows(2)
            .filter(|pair| pair[0].starts_with("// ") && declared(pair[1]).is_some())
            .map(|pair| pair[0].to_owned())
            .filter(|line| !HEADINGS.iter().any(|(heading, _)| line == heading))
            .collect()
    }

    /// Whether the file's module is declared for tests only.
    fn is_test(&self, source: &Source) -> bool {
        let path = source.path.trim_end_matches(".rs");
        let Some((folder, stem)) = path.rsplit_once('/') else {
            return false;
        };
        let parents = [format!("{folder}.rs"), format!("{folder}/lib.rs")];
        let declared = format!("#[cfg(test)]\nmod {stem};");
        let text_of = |parent: &String| {
            let own = self.sources.iter().find(|other| other.path == *parent);
            own.map_or("", |other| &*other.text)
        };
        parents
            .iter()
            .any(|parent| text_of(parent).contains(&declared))
    }

    fn violations(&self) -> Vec<String> {
        let modules = self.modules();
        let place = |path: &str| modules.iter().position(|module| module.path == path);
        let mut found: Vec<String> = self
            .unknown_headings()
            .into_iter()
            .map(|heading| format!("lib.rs: `{heading}` is no known heading"))
            .collect();
        for source in &self.sources {
            if self.is_test(source) {
                continue;
            }
            let code = without_tests(&source.text);
            if !source.text.starts_with("//!") {
                found.push(format!(
                    "{}: the first line does not say what the module is for",
                    source.path
                ));
            }
            let lines = source.text.lines().count();
            if lines > 500 && !LONG.iter().any(|(path, _)| *path == source.path) {
                found.push(format!(
                    "{}: {lines} lines, and no reason for more than 500",
                    source.path
                ));
            }
            if !UNSAFE_MODULES.contains(&&*source.module)
                && code_lines(&code).any(|(_, line)| line.contains("unsafe {"))
            {
                found.push(format!("{}: `unsafe` outside its modules", source.path));
            }
            // A private module of a folder's own file stands where that file does.
            let folder = source.module.split("::").next().unwrap_or_default();
            let Some(own) = place(&source.module).or_else(|| place(folder)) else {
                continue;
            };
            for (path, number) in named_modules(&code) {
                // What is in a folder's own file is there for the modules of the folder.
                let of = path.split("::").next().unwrap_or_default();
                let other = place(&path).or_else(|| place(of));
                let other =
                    other.filter(|_| of != folder || place(&path).is_some() && path != folder);
                if other.is_some_and(|other| other > own) {
                    found.push(format!(
                        "{}:{number}: names `{path}`, which stands above it",
                        source.path
                    ));
                }
            }
            for (number, line) in code_lines(&code) {
                for word in IMPURE.iter().filter(|_| modules[own].is_pure) {
                    if line.contains(word) {
                        found.push(format!(
                            "{}:{number}: `{word}` in a pure module",
                            source.path
                        ));
                    }
                }
            }
        }
        found
    }
}

/// The module that a line declares.
fn declared(line: &str) -> Option<&str> {
    let words = line
        .trim_start_matches("pub(crate) ")
        .trim_start_matches("pub ");
    words.strip_prefix("mod ")?.strip_suffix(';')
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a source folder can be listed") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
}

/// The text up to its test module; files that are test modules have no code.
fn without_tests(text: &str) -> String {
    text.split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask stands in the workspace")
        .to_owned()
}

/// The crates that have layers, in the order in which they may know each other.
const CRATES: [&str; 6] = [
    "perf-macros/grammar",
    "perf-macros",
    "perf-runtime/statistics",
    "perf-runtime/layer",
    "perf-runtime",
    "perf-report",
];

#[test]
fn every_crate_keeps_its_layers() {
    let mut found = Vec::new();
    for name in CRATES {
        found.extend(Crate::read(&workspace(), name).violations());
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_arrows_between_the_crates_hold() {
    let manifest = |name: &str| {
        fs::read_to_string(workspace().join(name).join("Cargo.toml"))
            .expect("a crate has a manifest")
    };
    let normal = |name: &str| {
        let text = manifest(name);
        let from = text.find("[dependencies]").unwrap_or(text.len());
        text[from..]
            .split("[dev-dependencies]")
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    for (name, other, why) in [
        ("perf-report", "perf-runtime", "the two meet in files only"),
        ("perf-runtime", "perf-report", "the runtime knows no report"),
        ("perf-macros", "perf-runtime", "a macro computes no verdict"),
        (
            "perf-runtime/layer",
            "perf-runtime",
            "production links nothing that measures",
        ),
        (
            "perf-macros/grammar",
            "[dependencies]",
            "it depends on nothing",
        ),
        (
            "perf-runtime/statistics",
            "[dependencies]",
            "it depends on nothing",
        ),
    ] {
        assert!(!normal(name).contains(other), "{name} names {other}: {why}");
    }
}

#[test]
fn every_module_stands_in_the_architecture() {
    let map = fs::read_to_string(workspace().join("ARCHITECTURE.md")).expect("there is a map");
    for name in CRATES {
        for module in Crate::read(&workspace(), name).modules() {
            let own = module.path.rsplit("::").next().unwrap_or_default();
            assert!(
                map.contains(&format!("`{own}`")),
                "ARCHITECTURE.md does not name `{own}` of {name}"
            );
        }
    }
}

/// The fuzz target is built by `cargo xtask ci --all` alone.
#[test]
fn the_fuzz_target_of_the_attribute_has_the_modules_of_the_macro() {
    let modules = |path: &str| -> Vec<String> {
        let text = fs::read_to_string(workspace().join(path)).expect("a source");
        text.lines()
            .filter_map(declared)
            .map(str::to_owned)
            .collect()
    };
    let of_the_macro = modules("perf-macros/src/lib.rs");
    assert!(of_the_macro.len() > 10, "{of_the_macro:?}");
    assert_eq!(
        modules("xtask/fuzz/targets/attribute.rs"),
        of_the_macro,
        "xtask/fuzz/targets/attribute.rs has the sources of perf-macros by their paths"
    );
}

fn planted(module: &str, text: &str) -> Vec<String> {
    let lib = "//! x\n// Pure: no input or output, no clock.\nmod low;\nmod next;\n// Impure: the process and the machine.\nmod high;\n";
    let source = |module: &str, text: &str| Source {
        module: module.to_owned(),
        path: format!("x/src/{}.rs", module.replace("::", "/")),
        text: text.to_owned(),
    };
    let folder = "//! A folder.\npub(crate) mod one;\npub(crate) mod two;\n";
    let mut sources = vec![source(module, text)];
    if module != "next" {
        sources.push(source("next", folder));
    }
    Crate {
        lib: lib.to_owned(),
        sources,
    }
    .violations()
}

#[test]
fn a_planted_violation_is_seen() {
    let good = [
        ("next", "//! Good.\nuse crate::low::Thing;\n"),
        (
            "high",
            "//! Good.\nuse std::fs;\nuse crate::next::one::Thing;\n",
        ),
        (
            "next::two",
            "//! Good.\nuse crate::{low::Thing, next::{one}};\n",
        ),
    ];
    for (module, text) in good {
        assert_eq!(planted(module, text), [] as [&str; 0]);
    }
    #[track_caller]
    fn check(module: &str, text: &str, expected: &str) {
        let found = planted(module, text);
        assert!(
            found.iter().any(|text| text.contains(expected)),
            "{found:?}"
        );
    }
    check(
        "low",
        "//! Up.\nuse crate::high::Thing;\n",
        "names `high::Thing`",
    );
    check(
        "low",
        "//! Sideways.\nfn f() { crate::next::f() }\n",
        "names `next::f`",
    );
    check(
        "low",
        "//! In braces.\nuse crate::{\n    low::A,\n    next::one::B,\n};\n",
        ":2: names `next::one`",
    );
    check(
        "next::one",
        "//! In the folder.\nuse crate::next::{two, one};\n",
        "names `next::two`",
    );
    check(
        "low",
        "//! Reads a clock.\nuse std::time::Instant;\n",
        "pure module",
    );
    check(
        "next::one",
        "//! Reads a file.\nuse std::fs;\n",
        "pure module",
    );
    check(
        "high",
        "//! Unsafe.\nfn f() { unsafe { g() } }\n",
        "`unsafe`",
    );
    check("high", "fn f() {}\n", "first line");
    check(
        "high",
        &format!("//! Long.\n{}", "\n".repeat(600)),
        "601 lines",
    );
}

#[test]
fn a_heading_that_is_not_known_is_seen() {
    let of = |lib: &str| Crate {
        lib: lib.to_owned(),
        sources: Vec::new(),
    };
    assert!(
        of("// Thought.\nmod a;\n").violations()[0].contains("`// Thought.` is no known heading")
    );
    assert_eq!(
        of("// Pure: no input or output, no clock.\nmod a;\n").violations(),
        [] as [&str; 0]
    );
}
