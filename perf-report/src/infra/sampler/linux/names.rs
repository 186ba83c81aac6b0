//! Names of functions as people read them, and whose code a function is.

use std::path::Path;

use crate::infra::sampler::Owners;
use crate::model::profile::{Frame, Origin};

/// How deep generic arguments are shown.
const DEEPEST: usize = 3;
/// Names that are longer are shown with fewer generic arguments.
const LONGEST: usize = 120;

/// The crates of a Rust toolchain.
const STD: [&str; 8] = [
    "alloc",
    "core",
    "panic_unwind",
    "proc_macro",
    "std",
    "std_detect",
    "test",
    "__rustc",
];
const RUNTIME: [&str; 5] = [
    "perf_grammar",
    "perf_layer",
    "perf_macros",
    "perf_runtime",
    "perf_statistics",
];
/// Folders of crates that are not the workspace's.
const DOWNLOADED: [&str; 2] = ["/registry/src/", "/git/checkouts/"];

/// A function at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// As the linker knows it.
    pub(super) name: String,
    pub(super) file: Option<String>,
    pub(super) line: Option<u32>,
}

/// The frame of a function; `is_program` if it is not a library's.
pub(super) fn frame(place: Place, is_program: bool, owners: &Owners) -> Frame {
    let demangled = rustc_demangle::try_demangle(&place.name);
    let is_rust = demangled.is_ok() || place.name.contains("::");
    // Without the hash.
    let full = demangled.map_or_else(|_| place.name.clone(), |name| format!("{name:#}"));
    let origin = origin(&full, is_rust, place.file.as_deref(), is_program, owners);
    Frame {
        function: shortened(&full),
        file: place.file.map(|file| file_name(&file, &owners.root)),
        line: place.line.filter(|line| *line > 0),
        inlined: false,
        origin,
    }
}

/// The annotated function of a static case, by the name that the linker knows.
pub(super) fn annotated(symbol: &str) -> Option<String> {
    let name = format!("{:#}", rustc_demangle::try_demangle(symbol).ok()?);
    let hidden = name.strip_suffix("::__PERF_BUDGET_CASE")?;
    let (path, function) = hidden.rsplit_once("::")?;
    let function = function.strip_prefix("__perf_budget_")?;
    Some(format!("{path}::{function}"))
}

/// Whether there are functions of the workspace, and not one of them has a file.
pub(super) fn without_lines<'f>(frames: impl Iterator<Item = &'f Frame>) -> bool {
    let mut own = frames
        .filter(|frame| frame.origin == Origin::User)
        .peekable();
    own.peek().is_some() && own.all(|frame| frame.file.is_none())
}

/// Whose code a function is.
fn origin(
    function: &str,
    is_rust: bool,
    file: Option<&str>,
    is_program: bool,
    owners: &Owners,
) -> Origin {
    let file = file.unwrap_or_default();
    let own = krate(function);
    if RUNTIME.contains(&own) || is_runtime(file, &owners.root) {
        return Origin::Runtime;
    }
    if is_std(file) {
        return Origin::Std;
    }
    if DOWNLOADED.iter().any(|folder| file.contains(folder)) {
        return Origin::Dependency;
    }
    if !file.is_empty() && owned(file, &owners.root).is_some() {
        return Origin::User;
    }
    match own {
        own if owners
            .crates
            .iter()
            .any(|name| name.replace('-', "_") == own) =>
        {
            Origin::User
        }
        own if STD.contains(&own)
            || function.starts_with("__rust")
            || function.starts_with("rust_") =>
        {
            Origin::Std
        }
        _ if is_rust => Origin::Dependency,
        "main" | "_start" => Origin::System,
        _ if is_program => Origin::Dependency,
        _ => Origin::System,
    }
}

/// The crate of a function, by the first path in its name: `app` of
/// `<app::Parser as core::iter::Iterator>::next`. Its generic arguments are others'.
fn krate(function: &str) -> &str {
    let generic = function[1.min(function.len())..].find('<');
    let own = match generic {
        Some(end) if !function.starts_with('<') => &function[..=end],
        _ => function,
    };
    let before = own.find("::").map_or(own, |end| &own[..end]);
    let is_inside = |letter: char| letter.is_alphanumeric() || letter == '_';
    let start = before.trim_end_matches(is_inside).len();
    &before[start..]
}

/// Whether a file is one of perf-runtime or of perf-macros, wherever that lies.
fn is_runtime(file: &str, root: &Path) -> bool {
    let path = Path::new(file);
    let inside = path.strip_prefix(root).unwrap_or(path);
    let is_it = |folder: &str| {
        let version = ["perf-runtime", "perf-macros"]
            .iter()
            .find_map(|name| folder.strip_prefix(name));
        version.is_some_and(|rest| {
            let digit = rest.strip_prefix('-').and_then(|rest| rest.chars().next());
            rest.is_empty() || digit.is_some_and(|digit| digit.is_ascii_digit())
        })
    };
    inside
        .iter()
        .any(|folder| folder.to_str().is_some_and(is_it))
}

fn is_std(file: &str) -> bool {
    file.starts_with("/rustc/") || file.starts_with("/rust/deps/") || file.contains("/rustlib/src/")
}

/// The path of a file from the workspace's root, if it is a member's.
fn owned<'f>(file: &'f str, root: &Path) -> Option<&'f str> {
    let path = Path::new(file);
    let inside = match path.is_absolute() {
        true => path.strip_prefix(root).ok()?.to_str()?,
        false => file,
    };
    let is_foreign = |folder: &&str| Path::new(inside).starts_with(folder);
    (!["target", "vendor"].iter().any(is_foreign)).then_some(inside)
}

/// The path as short as it says enough: from the workspace's root, from the crate, or
/// from the folder of the standard library.
fn file_name(file: &str, root: &Path) -> String {
    if let Some(inside) = owned(file, root) {
        return inside.to_owned();
    }
    // The folder behind it is that of the registry, of the repository, of the compiler.
    let behind = |folder: &str| {
        file.split_once(folder)?
            .1
            .split_once('/')
            .map(|(_, rest)| rest)
    };
    let shorter = DOWNLOADED.iter().find_map(|folder| behind(folder));
    let shorter = shorter.or_else(|| behind("/rustlib/src/rust/"));
    let shorter = shorter.or_else(|| file.starts_with("/rustc/").then(|| behind("/rustc/"))?);
    let shorter = shorter.unwrap_or(file);
    shorter
        .strip_prefix("library/")
        .unwrap_or(shorter)
        .to_owned()
}

/// A name with the last words of the paths between `<` and `>`, and those not too deep.
fn shortened(full: &str) -> String {
    let full = &*inherent(full).unwrap_or_else(|| full.to_owned());
    let fits = |name: &String| name.chars().count() <= LONGEST;
    let shorter = [DEEPEST, 1].iter().map(|deepest| written(full, *deepest));
    shorter
        .into_iter()
        .find(fits)
        .unwrap_or_else(|| written(full, 0))
}

/// `std::thread::Thread::park` of `<std::thread::Thread>::park`: an inherent function
/// of a type that has a path.
fn inherent(full: &str) -> Option<String> {
    let rest = full.strip_prefix('<')?;
    let end = perf_grammar::closing_bracket(rest)?;
    let (of, function) = (&rest[..end], &rest[end + 1..]);
    let starts = |letter: char| letter.is_alphabetic() || letter == '_';
    let is_path = of.starts_with(starts) && !of.starts_with("dyn ") && !of.contains(" as ");
    is_path.then(|| format!("{of}{function}"))
}

/// A name with generic arguments down to a depth.
fn written(full: &str, deepest: usize) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    // Where the path begins that is being written.
    let mut path = 0;
    let mut rest = full;
    while let Some(letter) = rest.chars().next() {
        let before = rest;
        rest = &rest[letter.len_utf8()..];
        let is_shown = depth <= deepest;
        match letter {
            '-' if rest.starts_with('>') => {
                rest = &rest[1..];
                if is_shown {
                    out.push_str("->");
                }
                path = out.len();
            }
            '<' => {
                if is_shown {
                    out.push_str(if depth == deepest { "<.." } else { "<" });
                }
                depth += 1;
                path = out.len();
            }
            '>' => {
                depth = depth.saturating_sub(1);
                if depth <= deepest {
                    out.push('>');
                }
                path = out.len();
            }
            ':' if rest.starts_with(':') => {
                rest = &rest[1..];
                if !is_shown {
                    continue;
                }
                let is_turbofish = rest.starts_with('<');
                // `<T as Iterator>::Item` has no path before it, and `{closure}` says
                // nothing without its function.
                if depth > 0 && path < out.len() && !is_turbofish && !rest.starts_with('{') {
                    out.truncate(path);
                } else if !is_turbofish {
                    out.push_str("::");
                }
            }
            '{' => {
                let end = before.find('}').map_or(before.len(), |end| end + 1);
                let end = if before[end..].starts_with('}') {
                    end + 1
                } else {
                    end
                };
                rest = &before[end..];
                if is_shown {
                    out.push_str(&braces(&before[..end]));
                }
            }
            letter if is_shown => {
                out.push(letter);
                if !letter.is_alphanumeric() && letter != '_' {
                    path = out.len();
                }
            }
            _ => {}
        }
    }
    out
}

/// `{closure}` of `{{closure}}` and `{closure#0}`; `{vtable.shim}` of its two forms.
fn braces(text: &str) -> String {
    let inner = text.trim_matches(['{', '}']);
    let inner = inner.split('#').next().unwrap_or_default();
    match inner {
        "shim:vtable" => "{vtable.shim}".to_owned(),
        "closure_env" => "{closure}".to_owned(),
        inner => format!("{{{inner}}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(full: &str, expected: &str) {
        assert_eq!(shortened(full), expected);
    }

    #[test]
    fn names_are_short_and_say_enough() {
        check("app::parse", "app::parse");
        check("app::parse::{{closure}}", "app::parse::{closure}");
        check(
            "app::parse::{closure#0}::{closure#1}",
            "app::parse::{closure}::{closure}",
        );
        check(
            "<alloc::vec::Vec<T> as core::iter::traits::collect::FromIterator<app::Item>>::from_iter",
            "<Vec<T> as FromIterator<Item>>::from_iter",
        );
        check("app::sort::<u32>", "app::sort<u32>");
        check(
            "core::ops::function::FnOnce::call_once{{vtable.shim}}",
            "core::ops::function::FnOnce::call_once{vtable.shim}",
        );
        check(
            "<app::run::{closure#0} as core::ops::function::FnOnce<()>>::call_once::{shim:vtable#0}",
            "<run::{closure} as FnOnce<()>>::call_once::{vtable.shim}",
        );
        check(
            "std::sys::backtrace::__rust_begin_short_backtrace::<fn() -> core::result::Result<(), std::io::Error>, ()>",
            "std::sys::backtrace::__rust_begin_short_backtrace<fn() -> Result<(), Error>, ()>",
        );
        check(
            "<<app::A as app::B>::Item as core::fmt::Debug>::fmt",
            "<<A as B>::Item as Debug>::fmt",
        );
        check(
            "core::ptr::drop_in_place::<[alloc::string::String]>",
            "core::ptr::drop_in_place<[String]>",
        );
        check("a::f::<b::C<b::D<b::E<b::F<b::G>>>>>", "a::f<C<D<E<..>>>>");
        check("clock_gettime", "clock_gettime");
        check("<std::thread::Thread>::park", "std::thread::Thread::park");
        check("<app::Queue<app::Item>>::pop", "app::Queue<Item>::pop");
        check("<[app::Item]>::sort", "<[Item]>::sort");
        check("<dyn app::Shape>::area", "<dyn Shape>::area");
        check(
            "catch_unwind<app::run::{closure_env#0}, ()>",
            "catch_unwind<run::{closure}, ()>",
        );
    }

    #[test]
    fn an_annotated_function_is_known_by_its_case() {
        let check = |symbol: &str, expected: Option<&str>| {
            assert_eq!(annotated(symbol).as_deref(), expected, "{symbol}");
        };
        check(
            "_ZN3app5names20__perf_budget_parses18__PERF_BUDGET_CASE17h0123456789abcdefE",
            Some("app::names::parses"),
        );
        check("_ZN3app5names6parses17h0123456789abcdefE", None);
        check("__PERF_BUDGET_CASE", None);
    }

    #[test]
    fn an_endless_name_is_cut() {
        let long = format!(
            "app::f::<({})>",
            "alloc::collections::BTreeMap<u8, u8>, ".repeat(20)
        );
        check(&long, "app::f<..>");
    }

    #[test]
    fn each_function_has_an_owner() {
        let owners = Owners {
            root: "/shop".into(),
            crates: vec!["shop-core".to_owned()],
        };
        let check = |function: &str, file: Option<&str>, is_program, expected| {
            let is_rust = function.contains("::");
            assert_eq!(
                origin(function, is_rust, file, is_program, &owners),
                expected,
                "{function}"
            );
        };
        check(
            "shop_core::sum",
            Some("/shop/core/src/lib.rs"),
            true,
            Origin::User,
        );
        check(
            "shop_core::sum",
            Some("core/src/lib.rs"),
            true,
            Origin::User,
        );
        check("shop_core::sum", None, true, Origin::User);
        check(
            "<shop_core::A as core::fmt::Debug>::fmt",
            None,
            true,
            Origin::User,
        );
        check(
            "orders::sum",
            Some("/shop/tests/orders.rs"),
            true,
            Origin::User,
        );
        check(
            "perf_runtime::run",
            Some("/shop/perf-runtime/src/lib.rs"),
            true,
            Origin::Runtime,
        );
        check(
            "timed<perf_runtime::Bencher>",
            Some("/shop/core/src/lib.rs"),
            true,
            Origin::User,
        );
        check(
            "burst",
            Some("/cargo/registry/src/index-1949/perf-runtime-0.1.0/src/measure.rs"),
            true,
            Origin::Runtime,
        );
        let registry = "/cargo/registry/src/index-1949/serde-1.0.1/src/lib.rs";
        check("serde::from_str", Some(registry), true, Origin::Dependency);
        check("serde::from_str", None, true, Origin::Dependency);
        check(
            "serde::from_str",
            Some("/shop/vendor/serde/src/lib.rs"),
            true,
            Origin::Dependency,
        );
        check(
            "core::slice::sort",
            Some("/rustc/abc/library/core/src/slice/sort.rs"),
            true,
            Origin::Std,
        );
        check("<i32 as core::fmt::Display>::fmt", None, true, Origin::Std);
        check("__rust_alloc", None, true, Origin::Std);
        check("sqlite3_step", None, true, Origin::Dependency);
        check("memcpy", None, false, Origin::System);
        check("_start", None, true, Origin::System);
    }

    #[test]
    fn code_without_line_tables_is_noticed() {
        let owners = Owners {
            root: "/shop".into(),
            crates: vec!["shop".to_owned()],
        };
        let of = |name: &str, file: Option<&str>| {
            let place = Place {
                name: name.to_owned(),
                file: file.map(str::to_owned),
                line: Some(3),
            };
            frame(place, true, &owners)
        };
        let std = of(
            "core::slice::sort",
            Some("/rustc/ab/library/core/src/slice.rs"),
        );
        let bare = of("shop::sum", None);
        let whole = of("shop::sum", Some("/shop/src/lib.rs"));
        assert!(!without_lines([&std].into_iter()));
        assert!(without_lines([&std, &bare].into_iter()));
        assert!(!without_lines([&std, &bare, &whole].into_iter()));
    }

    #[test]
    fn files_are_named_from_their_crate() {
        let check = |file: &str, expected: &str| {
            assert_eq!(file_name(file, Path::new("/shop")), expected);
        };
        check("/shop/core/src/lib.rs", "core/src/lib.rs");
        check(
            "/cargo/registry/src/index-1949/serde-1.0.1/src/lib.rs",
            "serde-1.0.1/src/lib.rs",
        );
        check(
            "/cargo/git/checkouts/serde-ab12/cd34/src/lib.rs",
            "cd34/src/lib.rs",
        );
        check(
            "/rustc/ab12/library/core/src/slice/sort.rs",
            "core/src/slice/sort.rs",
        );
        check(
            "/rustup/toolchains/stable/lib/rustlib/src/rust/library/core/src/ops.rs",
            "core/src/ops.rs",
        );
        check("/usr/src/glibc/malloc.c", "/usr/src/glibc/malloc.c");
    }
}
