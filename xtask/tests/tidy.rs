//! Holds the rules of ARCHITECTURE.md about the source itself.
//!
//! Rules: a module names only modules that its crate's `lib.rs` lists before
//! it; the first line of each file says what the room is for; pure rooms do no
//! input or output and read no clock; `unsafe` stays in its rooms; a file of
//! more than 500 lines needs a written reason. Each rule is tested against a
//! planted violation.

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms of perf-runtime that may hold `unsafe`.
const UNSAFE_ROOMS: &[&str] = &["alloc", "clock", "counters", "exit"];

/// The floors whose rooms are pure, as their headings in `lib.rs` begin.
const PURE_FLOORS: &[&str] = &[
    "// Floor 0",
    "// Floor 1",
    "// Floor 2",
    "// Thought",
    "// Render",
];

/// What a pure room does not name.
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
    "std::io",
    "std::thread",
];

/// Files that are longer than 500 lines, and why.
const LONG: &[(&str, &str)] = &[];

struct Source {
    /// The module as `lib.rs` lists it.
    room: String,
    path: String,
    text: String,
}

/// A crate as the rules see it: its list of rooms and its files.
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
                let first = inside
                    .iter()
                    .next()
                    .expect("a file has a name")
                    .to_string_lossy();
                Source {
                    room: first.trim_end_matches(".rs").to_owned(),
                    path: format!("{name}/src/{}", inside.display()),
                    text: fs::read_to_string(&file).expect("a listed file can be read"),
                }
            })
            .collect();
        Crate { lib, sources }
    }

    /// The rooms in order, each with whether its floor is pure.
    fn rooms(&self) -> Vec<(String, bool)> {
        let mut pure = false;
        let mut rooms = Vec::new();
        for line in self.lib.lines() {
            if line.starts_with("// ") && (line.contains("Floor") || line.ends_with('.')) {
                pure = PURE_FLOORS.iter().any(|floor| line.starts_with(floor));
            }
            let words = line
                .trim_start_matches("pub(crate) ")
                .trim_start_matches("pub ");
            if let Some(room) = words
                .strip_prefix("mod ")
                .and_then(|rest| rest.strip_suffix(';'))
            {
                rooms.push((room.to_owned(), pure));
            }
        }
        rooms
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
        let rooms = self.rooms();
        let place = |room: &str| rooms.iter().position(|(name, _)| name == room);
        let mut found = Vec::new();
        for source in &self.sources {
            if self.is_test(source) {
                continue;
            }
            let code = without_tests(&source.text);
            if !source.text.starts_with("//!") {
                found.push(format!(
                    "{}: the first line does not say what the room is for",
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
            if !UNSAFE_ROOMS.contains(&&*source.room)
                && code_lines(&code).any(|(_, line)| line.contains("unsafe {"))
            {
                found.push(format!("{}: `unsafe` outside its rooms", source.path));
            }
            let Some(own) = place(&source.room) else {
                continue;
            };
            for (number, line) in code_lines(&code) {
                for room in named_rooms(line) {
                    if place(&room).is_some_and(|other| other > own) {
                        found.push(format!(
                            "{}:{number}: names `{room}`, which stands above it",
                            source.path
                        ));
                    }
                }
                if rooms[own].1 {
                    for word in IMPURE {
                        if line.contains(word) {
                            found
                                .push(format!("{}:{number}: `{word}` in a pure room", source.path));
                        }
                    }
                }
            }
        }
        found
    }
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

/// The rooms that a line names as `crate::room`.
fn named_rooms(line: &str) -> Vec<String> {
    line.split("crate::")
        .skip(1)
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask stands in the workspace")
        .to_owned()
}

#[test]
fn every_crate_keeps_its_floors() {
    let mut found = Vec::new();
    for name in [
        "perf-macros/grammar",
        "perf-macros",
        "perf-runtime/statistics",
        "perf-runtime/layer",
        "perf-runtime",
        "perf-report",
    ] {
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
    assert!(
        !normal("perf-report").contains("perf-runtime"),
        "perf-report and perf-runtime meet in files only"
    );
    assert!(
        !normal("perf-runtime").contains("perf-report"),
        "perf-runtime knows no report"
    );
    assert!(
        !normal("perf-macros").contains("perf-runtime"),
        "perf-macros computes no verdict"
    );
    assert!(
        !normal("perf-runtime/layer").contains("perf-runtime"),
        "production links nothing that measures"
    );
    assert!(
        !normal("perf-macros/grammar").contains("[dependencies]"),
        "perf-grammar depends on nothing"
    );
    assert!(
        !normal("perf-runtime/statistics").contains("[dependencies]"),
        "perf-statistics depends on nothing"
    );
}

#[test]
fn every_room_stands_in_the_architecture() {
    let map = fs::read_to_string(workspace().join("ARCHITECTURE.md")).expect("there is a map");
    for name in [
        "perf-macros/grammar",
        "perf-macros",
        "perf-runtime/statistics",
        "perf-runtime/layer",
        "perf-runtime",
        "perf-report",
    ] {
        for (room, _) in Crate::read(&workspace(), name).rooms() {
            assert!(
                map.contains(&format!("`{room}`")),
                "ARCHITECTURE.md does not name `{room}` of {name}"
            );
        }
    }
}

fn planted(room: &str, text: &str) -> Vec<String> {
    let lib = "//! x\n// Floor 0: words.\nmod low;\nmod next;\n// Floor 3: machine.\nmod high;\n"
        .to_owned();
    let source = Source {
        room: room.to_owned(),
        path: format!("x/src/{room}.rs"),
        text: text.to_owned(),
    };
    Crate {
        lib,
        sources: vec![source],
    }
    .violations()
}

#[test]
fn a_planted_violation_is_seen() {
    assert_eq!(
        planted("next", "//! Good.\nuse crate::low::Thing;\n"),
        [] as [&str; 0]
    );
    assert_eq!(
        planted("high", "//! Good.\nuse std::fs;\nuse crate::next::Thing;\n"),
        [] as [&str; 0]
    );
    assert!(planted("low", "//! Up.\nuse crate::high::Thing;\n")[0].contains("names `high`"));
    assert!(
        planted("low", "//! Sideways.\nfn f() { crate::next::f() }\n")[0].contains("names `next`")
    );
    assert!(
        planted("low", "//! Reads a clock.\nuse std::time::Instant;\n")[0].contains("pure room")
    );
    assert!(planted("high", "//! Unsafe.\nfn f() { unsafe { g() } }\n")[0].contains("`unsafe`"));
    assert!(planted("high", "fn f() {}\n")[0].contains("first line"));
    assert!(planted("high", &format!("//! Long.\n{}", "\n".repeat(600)))[0].contains("601 lines"));
}
