//! Whose code a frame is, and which frame of a stack is the one that its reader can change.

use perf_grammar::{closing_bracket, split_as, without_generics};

use super::Frame;

/// Whose code a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// The recorder, the allocator, and what the compiler puts between.
    Machinery,
    /// The standard library, what it is built with, and the system's libraries.
    Std,
    /// A crate from a registry or a git checkout.
    Dependency,
    /// Anything else: the package under test and its neighbours.
    User,
}

/// Parts of paths under which the standard library is built.
const STD_PLACES: &[&str] = &[
    "/rustc/",
    "/rust/deps/",
    "/lib/rustlib/src/rust/library/",
    "/sysdeps/",
    "/csu/",
];
const DEPENDENCY_PLACES: &[&str] = &[
    "/.cargo/registry/",
    "/registry/src/",
    "/.cargo/git/",
    "/git/checkouts/",
];
const STD_CRATES: &[&str] = &[
    "std",
    "alloc",
    "core",
    "hashbrown",
    "test",
    "proc_macro",
    "backtrace_rs",
    "gimli",
    "addr2line",
    "__rustc",
];
/// What stands between a call that allocates and the recorder.
const MACHINERY: &[&str] = &[
    "std::backtrace::",
    "std::backtrace_rs::",
    "__rustc::__rust_",
    "__rustc::__rdl_",
    "__rustc::__rg_",
    "__rust_",
    "__rdl_",
    "__rg_",
    "perf_runtime::system::alloc::allocator::",
    "perf_runtime::system::alloc::capture::took",
    "perf_runtime::system::alloc::capture::resized",
    "perf_runtime::system::alloc::capture::recorder::",
    "perf_runtime::system::alloc::capture::unwind::",
];
/// What stands between this crate and the function that it measures.
const BELOW_THE_CALL: &[&str] = &[
    "perf_runtime::model::subject::",
    "perf_runtime::measure::driver::",
    "perf_runtime::private::",
];

/// The same two, by this crate's own files: with line tables alone, functions
/// have names without paths.
const MACHINERY_FILES: &[&str] = &["system/alloc/allocator.rs", "system/alloc/capture"];
const BELOW_THE_CALL_FILES: &[&str] = &["model/subject.rs", "measure/driver", "private.rs"];

/// A stack without what recorded it above and what made the call below.
#[must_use]
pub(crate) fn trim(mut frames: Vec<Frame>) -> Vec<Frame> {
    let is_machinery = |frame: &Frame| is_of(frame, MACHINERY, MACHINERY_FILES);
    let is_below = |frame: &Frame| {
        is_of(frame, BELOW_THE_CALL, BELOW_THE_CALL_FILES)
            && !plain(&frame.function).contains("::tests::")
    };
    let start = frames.iter().position(|frame| !is_machinery(frame));
    let start = start.unwrap_or(0);
    if let Some(below) = frames[start..].iter().position(is_below) {
        frames.truncate(start + below);
    }
    frames.drain(..start);
    frames
}

/// Whether a function's path begins like one of these; where it has none,
/// whether it stands in one of these files of this crate.
fn is_of(frame: &Frame, paths: &[&str], files: &[&str]) -> bool {
    let plain = plain(&frame.function);
    if paths.iter().any(|path| plain.starts_with(path)) {
        return true;
    }
    let Some(file) = frame.file.as_ref().filter(|_| !plain.contains("::")) else {
        return false;
    };
    let (file, own) = (file.replace('\\', "/"), own_folder());
    let mut files = files.iter();
    files.any(|part| file.contains(&format!("{own}{part}")))
}

/// The folder of this crate's source, as the compiler calls it in debug
/// information too.
fn own_folder() -> String {
    let this = file!().replace('\\', "/");
    this.trim_end_matches("report/alloc_sites/owner.rs")
        .to_owned()
}

/// The frame that a list shows for a stack: the first of the user's own code,
/// else the first of a dependency, else the first.
///
/// Without debug information names have to tell: then the first of `crates`
/// comes before what may be a dependency's.
#[must_use]
pub(super) fn shown(frames: &[Frame], crates: &[&str]) -> Option<usize> {
    let own = |frame: &Frame| {
        let plain = plain(&frame.function);
        plain
            .split_once("::")
            .is_some_and(|(first, _)| crates.contains(&first))
    };
    let user = |frame: &Frame| owner(frame) == Owner::User;
    let by_file = frames
        .iter()
        .position(|frame| user(frame) && frame.file.is_some());
    let by_name = || frames.iter().position(|frame| user(frame) && own(frame));
    by_file
        .or_else(by_name)
        .or_else(|| {
            [Owner::User, Owner::Dependency, Owner::Std]
                .into_iter()
                .find_map(|wanted| frames.iter().position(|frame| owner(frame) == wanted))
        })
        .or(if frames.is_empty() { None } else { Some(0) })
}

pub(super) fn owner(frame: &Frame) -> Owner {
    if is_of(frame, MACHINERY, MACHINERY_FILES) {
        return Owner::Machinery;
    }
    let plain = plain(&frame.function);
    if let Some(file) = &frame.file {
        let file = file.replace('\\', "/");
        let within = |places: &[&str]| places.iter().any(|place| file.contains(place));
        // Where paths are shortened, the standard library's begin so. What is
        // not written in Rust is the system's: `start_thread`.
        let foreign = !plain.contains("::") && !file.ends_with(".rs");
        if within(STD_PLACES) || file.starts_with("library/") || foreign {
            return Owner::Std;
        }
        return if within(DEPENDENCY_PLACES) {
            Owner::Dependency
        } else {
            Owner::User
        };
    }
    // Without debug information there is only the name, and it cannot tell a
    // dependency from the user's code.
    match plain.split_once("::") {
        Some((first, _)) if STD_CRATES.contains(&first) => Owner::Std,
        Some(_) => Owner::User,
        // `main`, `_start`, `malloc`, `<unknown>`: no Rust path.
        None => Owner::Std,
    }
}

/// A function's path without generics and without the trait that it comes
/// from: `alloc::vec::Vec::push`; of a type that is no path, such as `[T]`, the
/// trait's: `core::iter::Iterator::collect`.
#[must_use]
pub(super) fn plain(function: &str) -> String {
    let Some(inside) = function.strip_prefix('<') else {
        return without_generics(function).replace("{{closure}}", "{closure}");
    };
    let Some(end) = closing_bracket(inside) else {
        return function.to_owned();
    };
    let (qualified, rest) = (&inside[..end], &inside[end + 1..]);
    let (own, of) = match split_as(qualified) {
        Some((own, of)) => (own, Some(of)),
        None => (qualified, None),
    };
    let own = own
        .trim_start_matches(['&', '*'])
        .trim_start_matches("mut ")
        .trim_start_matches("dyn ");
    let own = if own.starts_with('<') {
        plain(own)
    } else {
        without_generics(own)
    };
    let named = own.contains("::") && !own.contains([' ', '(', '[']);
    let path = match of {
        Some(of) if !named => without_generics(of),
        _ => own,
    };
    format!("{path}{}", without_generics(rest)).replace("{{closure}}", "{closure}")
}

/// A function's path as a list shows it: of the standard library the last two
/// words, `Vec::push`, of all else the whole path.
#[must_use]
pub(super) fn short(frame: &Frame) -> String {
    let path = plain(&frame.function);
    if owner(frame) != Owner::Std {
        return path;
    }
    let mut words: Vec<&str> = path
        .split("::")
        .filter(|word| !word.starts_with('{'))
        .collect();
    words.drain(..words.len().saturating_sub(2));
    words.join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str, file: Option<&str>) -> Frame {
        Frame {
            function: function.to_owned(),
            file: file.map(str::to_owned),
            line: file.map(|_| 1),
            column: None,
        }
    }

    #[test]
    fn the_folder_of_this_crate_is_where_its_root_stands() {
        assert!(own_folder().ends_with("src/"), "{}", own_folder());
    }

    #[test]
    fn a_file_or_a_name_shows_whose_code_it_is() {
        #[track_caller]
        fn check(function: &str, file: Option<&str>, expected: Owner) {
            assert_eq!(owner(&frame(function, file)), expected);
        }
        let rustc = Some("/rustc/59807/library/alloc/src/vec/mod.rs");
        check("alloc::vec::Vec<T,A>::push", rustc, Owner::Std);
        check("app::f", Some("/code/app/src/f.rs"), Owner::User);
        // The user's own closure may be given to a function of the library.
        check(
            "core::ops::FnOnce::call_once",
            Some("/code/app/src/f.rs"),
            Owner::User,
        );
        check(
            "serde_json::de::from_str",
            Some("/code/.cargo/registry/src/mirror-1f2e/serde_json-1.0.1/src/de.rs"),
            Owner::Dependency,
        );
        check(
            "a::f",
            Some("/x/git/checkouts/a-12/34/src/f.rs"),
            Owner::Dependency,
        );
        check(
            "a::f",
            Some("C:\\u\\.cargo\\registry\\src\\a\\f.rs"),
            Owner::Dependency,
        );
        check(
            "hashbrown::raw::RawTable<T,A>::reserve",
            Some("/rust/deps/hashbrown-0.16.1/src/raw.rs"),
            Owner::Std,
        );
        check(
            "core::iter::f",
            Some("/code/.rustup/toolchains/x/lib/rustlib/src/rust/library/core/src/iter.rs"),
            Owner::Std,
        );
        check(
            "__rustc::__rust_alloc",
            Some("/code/app/src/main.rs"),
            Owner::Machinery,
        );
        check("app::f", None, Owner::User);
        check(
            "<alloc::vec::Vec<app::T> as core::ops::Drop>::drop",
            None,
            Owner::Std,
        );
        check("<app::T as core::ops::Drop>::drop", None, Owner::User);
        check("<[T] as alloc::slice::Join<V>>::join", None, Owner::Std);
        check("_start", None, Owner::Std);
        let libc = Some("./nptl/pthread_create.c");
        check("start_thread", libc, Owner::Std);
        let exported = Some("/code/app/src/ffi.rs");
        check("app_read", exported, Owner::User);
        check("<unknown>", None, Owner::Std);
    }

    #[test]
    fn the_users_frame_comes_before_any_other() {
        #[track_caller]
        fn check(frames: &[(&str, Option<&str>)], expected: Option<usize>) {
            let frames: Vec<Frame> = frames.iter().map(|(f, file)| frame(f, *file)).collect();
            assert_eq!(shown(&frames, &["app"]), expected);
        }
        let (std, dep) = (
            Some("/rustc/1/library/a.rs"),
            Some("/registry/src/m/a/a.rs"),
        );
        let own = Some("/code/app/src/a.rs");
        check(&[], None);
        check(
            &[
                ("alloc::a", std),
                ("dep::a", dep),
                ("app::a", own),
                ("app::b", own),
            ],
            Some(2),
        );
        check(
            &[("alloc::a", std), ("dep::a", dep), ("main", None)],
            Some(1),
        );
        check(&[("__rust_alloc", None), ("alloc::a", std)], Some(1));
        check(&[("__rust_alloc", None)], Some(0));
        check(&[("alloc::a", None), ("app::a", None)], Some(1));
        check(
            &[("alloc::a", std), ("dep::a", None), ("app::a", None)],
            Some(2),
        );
        check(&[("alloc::a", std), ("neighbour::a", None)], Some(1));
    }

    #[test]
    fn a_stack_is_cut_to_the_call() {
        let names = |frames: Vec<Frame>| -> Vec<String> {
            frames.into_iter().map(|frame| frame.function).collect()
        };
        let stack = [
            "std::backtrace::Backtrace::force_capture",
            "perf_runtime::system::alloc::capture::recorder::record",
            "<perf_runtime::system::alloc::allocator::CountingAllocator<A> as core::alloc::global::GlobalAlloc>::alloc",
            "__rustc::__rust_alloc",
            "alloc::vec::Vec<T>::with_capacity",
            "app::f",
            "perf_runtime::private::calls::{{closure}}",
            "<perf_runtime::model::subject::Calls<T,O,S,F,J> as perf_runtime::model::subject::Subject>::call",
            "main",
        ];
        let frames: Vec<Frame> = stack.iter().map(|name| frame(name, None)).collect();
        assert_eq!(
            names(trim(frames)),
            ["alloc::vec::Vec<T>::with_capacity", "app::f"]
        );
        // With line tables alone there are files, and names without paths.
        let (own, user) = (own_folder(), "/code/app/tests/a.rs");
        let short = [
            (
                "std::backtrace::Backtrace::force_capture",
                "/rustc/1/library/std/src/backtrace.rs".to_owned(),
            ),
            ("record", format!("{own}system/alloc/capture/recorder.rs")),
            (
                "alloc<perf_runtime::System>",
                format!("{own}system/alloc/allocator.rs"),
            ),
            ("__rust_alloc", user.to_owned()),
            (
                "alloc::vec::Vec<T>::with_capacity",
                "/rustc/1/library/alloc/src/vec/mod.rs".to_owned(),
            ),
            ("record", user.to_owned()),
            ("{closure#0}", format!("{own}private.rs")),
            ("call", format!("{own}model/subject.rs")),
            ("main", user.to_owned()),
        ];
        let short = short.map(|(name, file)| frame(name, Some(&file)));
        assert_eq!(
            names(trim(short.to_vec())),
            ["alloc::vec::Vec<T>::with_capacity", "record"]
        );
        let other_thread = vec![frame("app::g", None), frame("clone", None)];
        assert_eq!(names(trim(other_thread)), ["app::g", "clone"]);
        assert!(trim(Vec::new()).is_empty());
    }

    #[test]
    fn names_are_shown_without_generics_and_traits() {
        #[track_caller]
        fn check(function: &str, expected: &str) {
            assert_eq!(plain(function), expected);
        }
        check("a::f", "a::f");
        check(
            "a::f::<alloc::vec::Vec<u8>>::{closure#0}",
            "a::f::{closure#0}",
        );
        check("alloc::vec::Vec<T,A>::push", "alloc::vec::Vec::push");
        check("<alloc::vec::Vec<u8>>::push", "alloc::vec::Vec::push");
        check(
            "<alloc::vec::Vec<T> as alloc::vec::spec_from_iter::SpecFromIter<T,I>>::from_iter",
            "alloc::vec::Vec::from_iter",
        );
        check("<a::S<T> as a::X>::go::{{closure}}", "a::S::go::{closure}");
        check(
            "<[T] as alloc::slice::Join<V>>::join",
            "alloc::slice::Join::join",
        );
        check(
            "<fn(u8) -> a::B as core::ops::function::FnOnce<()>>::call_once",
            "core::ops::function::FnOnce::call_once",
        );
        check("<&mut dyn a::X as b::Y>::go", "a::X::go");
        check("<<a::S as a::X>::T as b::Y>::go", "a::S::T::go");
        check("a::f::<fn(u8) -> u8>", "a::f");
    }

    #[test]
    fn the_librarys_functions_are_shown_by_two_words() {
        #[track_caller]
        fn check(function: &str, expected: &str) {
            assert_eq!(short(&frame(function, None)), expected);
        }
        check("alloc::vec::Vec<T>::with_capacity", "Vec::with_capacity");
        check("alloc::fmt::format::{{closure}}", "fmt::format");
        check("app::parser::read_all", "app::parser::read_all");
        check("_start", "_start");
    }
}
