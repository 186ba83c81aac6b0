//! Sources and manifests, and what is made of them.

use std::path::Path;
use std::rc::Rc;

use super::*;

/// The items of one file, each in the module of the second text's `mod`s.
fn sources(text: &str) -> Vec<Source> {
    fn walk(
        items: &[syn::Item],
        modules: &[String],
        (is_public, is_inside): (bool, bool),
        text: &Rc<str>,
        all: &mut Vec<Source>,
    ) {
        for item in items {
            all.push(Source {
                modules: modules.to_vec(),
                is_public,
                is_seen: is_inside,
                is_gated: false,
                item: item.clone(),
                file: "src/lib.rs".into(),
                text: Rc::clone(text),
            });
            if let syn::Item::Mod(module) = item
                && let Some((_, inner)) = &module.content
            {
                let is_inside = is_inside && is_seen(&module.vis, modules.len());
                let modules = [modules, &[module.ident.to_string()]].concat();
                let is_public = is_public && matches!(module.vis, Visibility::Public(_));
                walk(inner, &modules, (is_public, is_inside), text, all);
            }
        }
    }
    let file = syn::parse_file(text).expect("it is Rust");
    let mut all = Vec::new();
    walk(&file.items, &[], (true, true), &text.into(), &mut all);
    all
}

#[track_caller]
fn check(root: &str, text: &str, expected: &[&str]) {
    let found = candidates(&sources(text), root, 20);
    let found: Vec<String> = found.iter().map(Candidate::call).collect();
    assert_eq!(found, expected);
}

const TEXT: &str = "\"The quick brown fox\"";

#[test]
fn a_function_is_called_with_arguments_of_its_types() {
    for (signature, argument) in [
        ("text: &str", TEXT.to_owned()),
        ("text: String", format!("{TEXT}.to_owned()")),
        ("bytes: &[u8]", format!("b{TEXT}.as_slice()")),
        ("numbers: &[u32]", "[3, 1, 2].as_slice()".to_owned()),
        ("numbers: Vec<i64>", "vec![3, 1, 2]".to_owned()),
        ("n: usize", "10".to_owned()),
        ("x: f64", "1.5".to_owned()),
        ("text: impl AsRef<str>", TEXT.to_owned()),
        ("a: bool, b: char", "true, 'a'".to_owned()),
    ] {
        check(
            "app",
            &format!("pub fn value({signature}) -> u8 {{ 1 }}"),
            &[&format!("app::value({argument})")],
        );
    }
    check(
        "app",
        "pub fn value<T: AsRef<[u8]>>(of: T) -> u8 { 1 }",
        &[&format!("app::value({TEXT})")],
    );
    check(
        "app",
        "pub fn value<T>(of: &T) -> u8 where T: AsRef<str> + ?Sized { 1 }",
        &[&format!("app::value(&{TEXT})")],
    );
    check(
        "app",
        "pub fn parse_version(text: &str) -> u8 { 1 }",
        &["app::parse_version(\"1.2.3\")"],
    );
}

#[test]
fn what_cannot_be_called_so_or_does_more_than_compute_is_none() {
    for text in [
        "fn private(text: &str) -> u8 { 1 }",
        "pub(crate) fn inner(text: &str) -> u8 { 1 }",
        "pub fn nothing(text: &str) {}",
        "pub fn new() -> u8 { 1 }",
        "pub fn never() -> ! { loop {} }",
        "pub async fn later(text: &str) -> u8 { 1 }",
        "pub unsafe fn odd(text: &str) -> u8 { 1 }",
        "pub fn change(text: &mut String) -> u8 { 1 }",
        "pub fn other(thing: Thing) -> u8 { 1 }",
        "pub fn any<T>(thing: T) -> u8 { 1 }",
        "pub fn typed<T: Default>() -> T { T::default() }",
        "pub fn of_path(path: impl AsRef<Path>) -> u8 { 1 }",
        "pub fn lazily(text: &str) -> impl Iterator<Item = char> { text.chars() }",
        "pub fn remove_all(name: &str) -> bool { true }",
        "pub fn loads(name: &str) -> String {\n    std::fs::read_to_string(name).unwrap()\n}",
        "#[deprecated] pub fn old(text: &str) -> u8 { 1 }",
        "#[doc(hidden)] pub fn hidden(text: &str) -> u8 { 1 }",
        "#[cfg(test)] pub fn helper(text: &str) -> u8 { 1 }",
        "mod inner { pub fn f(text: &str) -> u8 { 1 } }",
        "pub struct S<T>(T); impl<T> S<T> { pub fn of(text: &str) -> u8 { 1 } }",
        "pub struct S; impl S { pub fn value(&self) -> u8 { 1 } }",
    ] {
        check("app", text, &[]);
    }
}

#[test]
fn what_returns_before_its_work_is_done_is_none() {
    for text in [
        "pub fn chars(text: &str) -> std::str::Chars<'_> { text.chars() }",
        "pub fn boxed(text: &str) -> Box<dyn Iterator<Item = char> + '_> { Box::new(text.chars()) }",
        "pub fn later(text: &str) -> Pin<Box<dyn Future<Output = u8>>> { todo() }",
        "pub fn words(text: &str) -> Words { Words } pub struct Words; impl Iterator for Words {}",
        "pub fn try_words(text: &str) -> Result<Words, E> { Words } struct Words; impl core::iter::Iterator for Words {}",
        "pub fn configure(text: &str) -> ParserBuilder { ParserBuilder }",
        "pub struct Request; impl Request { pub fn get(url: &str) -> Self { Request } pub fn build(self) -> u8 { 1 } }",
        "pub struct Tokens; impl Tokens { pub fn of(text: &str) -> Self { Tokens } } impl Iterator for Tokens {}",
    ] {
        check("app", text, &[]);
    }
    // A type of the package that does its work at once, by the name of a lazy one.
    check(
        "app",
        "pub struct Lines(Vec<String>); pub fn lines(text: &str) -> Lines { Lines(vec![]) }",
        &[&format!("app::lines({TEXT})")],
    );
}

#[test]
fn a_function_is_found_where_it_is_public() {
    check(
        "app",
        "pub mod a { pub fn f(n: u8) -> u8 { n } }",
        &["app::a::f(10)"],
    );
    check(
        "app",
        "mod a { pub fn f(n: u8) -> u8 { n } } pub use a::f;",
        &["app::f(10)"],
    );
    check(
        "app",
        "mod a { pub fn f(n: u8) -> u8 { n } } pub use crate::a::{f, g};",
        &["app::f(10)"],
    );
    check(
        "app",
        "mod a { pub fn f(n: u8) -> u8 { n } } pub use self::a::*;",
        &["app::f(10)"],
    );
    check(
        "app",
        "pub struct V; impl V { pub fn parse(text: &str) -> V { V } }",
        &[&format!("app::V::parse({TEXT})")],
    );
    check(
        "app",
        "struct V; impl V { pub fn parse(text: &str) -> V { V } }",
        &[],
    );
    // A module of the crate sees more.
    check(
        "crate",
        "fn f(n: u8) -> u8 { n } mod a { pub fn g(n: u8) -> u8 { n } fn h(n: u8) -> u8 { n } }",
        &["crate::f(10)", "crate::a::g(10)"],
    );
    // And what modules in it hide from its root, it does not.
    check(
        "crate",
        "mod a { pub(super) fn f(n: u8) -> u8 { n } mod b { pub fn g(n: u8) -> u8 { n } } pub(crate) mod c { pub(super) fn h(n: u8) -> u8 { n } pub(crate) fn i(n: u8) -> u8 { n } } }",
        &["crate::a::f(10)", "crate::a::c::i(10)"],
    );
}

#[test]
fn what_works_through_more_comes_first() {
    check(
        "app",
        "pub fn zero(of: bool) -> u8 { 0 }\npub fn add(a: u8, b: u8) -> u8 { a + b }\npub fn decode(bytes: &[u8]) -> u8 {\n    1\n}\npub fn length(text: &str) -> usize { text.len() }\n",
        &[
            &format!("app::decode(b{TEXT}.as_slice())"),
            &format!("app::length({TEXT})"),
            "app::add(10, 10)",
            "app::zero(true)",
        ],
    );
}

#[test]
fn of_two_functions_with_one_name_each_has_its_own_line() {
    let text = "pub struct A;\npub struct B;\nimpl A {\n    pub fn parse(of: &str) -> u8 { 1 }\n}\nimpl B {\n    pub fn parse(of: &str) -> u8 {\n        std::fs::read(of)\n    }\n    pub fn scan(of: &str) -> u8 { 1 }\n}\n";
    let found = candidates(&sources(text), "app", 20);
    let found: Vec<(&str, usize)> = found.iter().map(|one| (&*one.path, one.line)).collect();
    assert_eq!(found, [("app::A::parse", 4), ("app::B::scan", 10)]);
}

#[test]
fn an_allocator_is_found_where_it_is_installed() {
    let found = sources("use a::B;\n\n#[global_allocator]\nstatic ALLOC: B = B;\n");
    assert_eq!(global_allocator(&found), Some(("src/lib.rs".into(), 3)));
    assert_eq!(global_allocator(&sources("static A: u8 = 1;")), None);
}

fn package() -> Package {
    Package {
        name: "app".to_owned(),
        folder: PathBuf::new(),
        edition: "2021".to_owned(),
        manifest: "[package]\nname = \"app\"\n".to_owned(),
        library: Some("app".to_owned()),
        home: Home::Test,
        allocator: None,
    }
}

/// The plan for files of these names and texts.
fn planned(
    package: &Package,
    files: &[(&str, &str)],
    change: impl FnOnce(&mut Runtime<'_>),
) -> Result<files::Plan, String> {
    let read = |path: &str| {
        let file = files.iter().find(|(name, _)| *name == path);
        file.map(|(_, text)| (*text).to_owned())
    };
    let tool = Tool {
        runtime: "{ path = \"../p/perf-runtime\" }".to_owned(),
        report: "{ path = \"../../p/perf-report\" }".to_owned(),
    };
    let mut runtime = Runtime {
        read: &read,
        tool: &tool,
        has_dependency: false,
        has_budget: false,
        has_budget_file: false,
        xtask: false,
        command: "cargo perf-budget",
    };
    change(&mut runtime);
    plan(package, None, &runtime)
}

fn paths(plan: &files::Plan) -> Vec<&str> {
    plan.drafts.iter().map(|draft| &*draft.path).collect()
}

#[test]
fn what_is_there_is_left_as_it_is() {
    let manifest = package().manifest;
    let files = [("Cargo.toml", &*manifest)];
    let all = planned(&package(), &files, |_| {}).expect("a plan");
    assert_eq!(
        paths(&all),
        [
            "Cargo.toml",
            "tests/perf_budgets.rs",
            "perf-budgets.toml",
            ".config/nextest.toml"
        ]
    );
    let none = |runtime: &mut Runtime<'_>| {
        runtime.has_dependency = true;
        runtime.has_budget = true;
        runtime.has_budget_file = true;
    };
    let nextest = &*all.drafts[3].new;
    let there = [files[0], (".config/nextest.toml", nextest)];
    assert_eq!(
        planned(&package(), &there, none),
        Ok(files::Plan::default())
    );
    let taken = [files[0], ("tests/perf_budgets.rs", "")];
    let error = planned(&package(), &taken, |_| {}).expect_err("it is in the way");
    assert!(
        error.starts_with("tests/perf_budgets.rs: is there"),
        "{error}"
    );
}

#[test]
fn a_shared_dependency_is_named_as_such() {
    let package = Package {
        folder: Path::new("crates/app").to_owned(),
        ..package()
    };
    let files = [
        (
            "Cargo.toml",
            "[workspace.dependencies]\nperf-runtime = { path = \"x\" }\n",
        ),
        ("crates/app/Cargo.toml", "[package]\n"),
    ];
    let plan = planned(&package, &files, |_| {}).expect("a plan");
    assert_eq!(
        paths(&plan)[..2],
        ["crates/app/Cargo.toml", "crates/app/tests/perf_budgets.rs"]
    );
    assert!(
        plan.drafts[0]
            .new
            .ends_with("perf-runtime = { workspace = true }\n")
    );
}

#[test]
fn an_xtask_is_added_where_there_is_none() {
    let files = [("Cargo.toml", "[package]\nname = \"app\"\n")];
    let with = |runtime: &mut Runtime<'_>| {
        runtime.has_dependency = true;
        runtime.has_budget = true;
        runtime.has_budget_file = true;
        runtime.xtask = true;
    };
    let plan = planned(&package(), &files, with).expect("a plan");
    assert_eq!(
        paths(&plan),
        [
            ".config/nextest.toml",
            "xtask/Cargo.toml",
            "xtask/src/main.rs",
            "Cargo.toml",
            ".cargo/config.toml"
        ]
    );
    assert!(
        plan.drafts[3]
            .new
            .ends_with("\n[workspace]\nmembers = [\"xtask\"]\n"),
        "{}",
        plan.drafts[3].new
    );
    assert_eq!(
        plan.drafts[4].new,
        "[alias]\nxtask = \"run --quiet --package xtask --\"\n"
    );
    // For one with other chores, the lines to add are printed.
    let files = [
        files[0],
        ("xtask/Cargo.toml", "[dependencies]\nclap = \"4\"\n"),
    ];
    let plan = planned(&package(), &files, with).expect("a plan");
    assert_eq!(paths(&plan), [".config/nextest.toml"]);
    assert!(
        plan.notes[0].starts_with("xtask is there: add `perf-report"),
        "{:?}",
        plan.notes
    );
}

#[test]
fn a_program_gets_a_module_at_its_end() {
    let package = Package {
        library: None,
        home: Home::Module {
            file: "src/main.rs".into(),
        },
        allocator: Some("src/main.rs:3".to_owned()),
        ..package()
    };
    let manifest = package.manifest.clone();
    let files = [
        ("Cargo.toml", &*manifest),
        ("src/main.rs", "fn main() {}\r\n"),
    ];
    let plan = planned(&package, &files, |_| {}).expect("a plan");
    let new = &plan.drafts[1].new;
    assert!(
        new.starts_with("fn main() {}\r\n\r\n#[cfg(test)]\r\nmod perf_budgets {\r\n    use std::hint::black_box;\r\n\r\n    use perf_runtime::perf_budget;\r\n\r\n    // Wide"),
        "{new:?}"
    );
    assert!(
        new.contains("    #[perf_budget(p99 = \"10ms\")]\r\n") && new.ends_with("    }\r\n}\r\n"),
        "{new:?}"
    );
    assert!(!new.replace("\r\n", "").contains('\n') && !new.contains("global_allocator"));
    assert!(
        plan.notes[0].starts_with("src/main.rs:3 installs an allocator"),
        "{:?}",
        plan.notes
    );
}
