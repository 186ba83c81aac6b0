//! Libraries in two published versions: what an upgrade may cost, and what it
//! has to bring.
//!
//! Each case uses the newer version and is judged by the case of the same name
//! in `old`, which does the same with the older one. Both are measured in turns
//! in one process. A limit on `allocs` is exact, on every machine.

use std::hash::{Hash, Hasher};

use perf_runtime::{CountingAllocator, perf_budget};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::system();

/// The versions of 300 packages.
fn versions() -> Vec<String> {
    let numbered = |n: u32| format!("{}.{}.{n}", n % 3, n * 7 % 40);
    let text = |n: u32| match n % 5 {
        0 => numbered(n) + "-rc.1",
        _ => numbered(n),
    };
    (0..300).map(text).collect()
}

/// semver 0.9 to 1: the reason to upgrade, so the budget asks for it.
#[perf_budget(ratio = "0.5x old::versions_are_read", allocs = 8, setup = versions, tags = ["semver"], group = "faster")]
fn versions_are_read(versions: &[String]) -> Result<Vec<semver::Version>, semver::Error> {
    let versions = versions.iter();
    versions.map(|text| semver::Version::parse(text)).collect()
}

/// Names of packages, some of them nearly `package-with-a-name`.
fn names() -> Vec<String> {
    let name = |n: u32| format!("package-wiht-a-{}-name", n * 7919 % 50);
    (0..50).map(name).collect()
}

/// strsim 0.8 to 0.11: three allocations for a pair of names, not 35.
#[perf_budget(ratio = "0.5x old::look_alikes_are_found", allocs = 150, setup = names, tags = ["strsim"], group = "faster")]
fn look_alikes_are_found(names: &[String]) -> usize {
    let distance = |name: &String| strsim::damerau_levenshtein(name, "package-with-a-name");
    names.iter().filter(|name| distance(name) <= 3).count()
}

/// A long line.
fn line() -> Vec<u8> {
    let mut line = vec![b'x'; 65_536];
    line.push(b'\n');
    line
}

/// memchr 1 to 2: vectors of bytes instead of words.
#[perf_budget(ratio = "0.5x old::an_end_or_a_tab_is_found", allocs = 0, setup = line, tags = ["memchr"], group = "faster")]
fn an_end_or_a_tab_is_found(line: &[u8]) -> Option<usize> {
    memchr::memchr2(b'\n', b'\t', line)
}

/// Two hundred short lines.
fn lines() -> String {
    let line = |n: usize| "x".repeat(n * 37 % 80) + "\n";
    (0..200).map(line).collect()
}

/// The same upgrade where it costs: short lines were found faster by the C
/// library, how much faster depends on which one. The price is known, and has
/// a bound.
#[perf_budget(ratio = "3x old::lines_are_counted", allocs = 0, setup = lines, tags = ["memchr"], group = "slower")]
fn lines_are_counted(text: &str) -> usize {
    lines_by(text.as_bytes(), |rest| memchr::memchr(b'\n', rest))
}

fn lines_by(mut rest: &[u8], find: impl Fn(&[u8]) -> Option<usize>) -> usize {
    let mut lines = 0;
    while let Some(end) = find(rest) {
        rest = &rest[end + 1..];
        lines += 1;
    }
    lines
}

fn path() -> String {
    "a folder/naïve file #1 & its 100 % copy/".repeat(20)
}

/// percent-encoding 1 to 2: an upgrade for other reasons, which may cost a tenth.
#[perf_budget(ratio = "1.1x old::a_path_is_encoded", allocs = 9, setup = path, tags = ["percent-encoding"], group = "faster")]
fn a_path_is_encoded(path: &str) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const SET: &AsciiSet = &CONTROLS.add(b' ').add(b'#').add(b'%').add(b'&');
    utf8_percent_encode(path, SET).to_string()
}

fn prose() -> String {
    "The quick brown fox, 敏捷的棕色狐狸, l'été en forêt. ".repeat(20)
}

/// unicode-width 0.1 to 0.2: a table instead of a search.
#[perf_budget(ratio = "1.1x old::prose_is_measured", allocs = 0, setup = prose, tags = ["unicode-width"], group = "faster")]
fn prose_is_measured(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

fn plain() -> String {
    "The quick brown fox jumps over the lazy dog. ".repeat(20)
}

/// The same upgrade where it costs: this version also knows what characters
/// are together, which ASCII never needs. The price is known, and may not rise.
#[perf_budget(ratio = "2x old::plain_text_is_measured", allocs = 0, setup = plain, tags = ["unicode-width"], group = "slower")]
fn plain_text_is_measured(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

fn digest() -> Vec<u8> {
    let byte = |n: u32| n.wrapping_mul(2_654_435_761).to_be_bytes()[0];
    (0..4_096).map(byte).collect()
}

/// hex 0.3 to 0.4 is slower by more than a tenth. No budget forbids it, but every reader
/// should know: a soft budget warns and does not fail.
#[perf_budget(
    ratio = "1.1x old::a_digest_is_printed",
    allocs = 1,
    setup = digest,
    mode = "soft",
    message = "hex 0.4 is slower than 0.3: the example of an upgrade that costs",
    tags = ["hex"],
    group = "slower"
)]
fn a_digest_is_printed(digest: &[u8]) -> String {
    hex::encode(digest)
}

fn paths() -> Vec<String> {
    let path = |n: u32| format!("/some/user/projects/{n}/target/release/deps/libexample-{n}.rlib");
    (0..500).map(path).collect()
}

/// rustc-hash 1 to 2: another function, whose values differ.
#[perf_budget(ratio = "1.1x old::paths_are_hashed", allocs = 0, setup = paths, tags = ["rustc-hash"], group = "faster")]
fn paths_are_hashed(paths: &[String]) -> u64 {
    hashed_by::<rustc_hash::FxHasher>(paths)
}

fn hashed_by<H: Hasher + Default>(paths: &[String]) -> u64 {
    let hash = |path: &String| {
        let mut hasher = H::default();
        path.hash(&mut hasher);
        hasher.finish()
    };
    paths.iter().map(hash).fold(0, u64::wrapping_add)
}

fn numbers() -> Vec<u64> {
    (0..1_000).map(|n| 3_u64.pow(n % 40)).collect()
}

/// itoa 0.4 to 1: a little slower for these. The price is known, and may not
/// rise much.
#[perf_budget(ratio = "1.5x old::numbers_are_printed", allocs = 12, setup = numbers, tags = ["itoa"], group = "slower")]
fn numbers_are_printed(numbers: &[u64]) -> String {
    let mut text = String::new();
    for number in numbers {
        text.push_str(itoa::Buffer::new().format(*number));
        text.push(' ');
    }
    text
}

/// The older versions. What they allocate is all that is judged here: the time
/// of a case of these is measured where the newer one is judged by it.
mod old {
    use super::*;

    #[perf_budget(allocs = 128, setup = versions)]
    pub(super) fn versions_are_read(
        versions: &[String],
    ) -> Result<Vec<old_semver::Version>, old_semver::SemVerError> {
        let versions = versions.iter();
        versions
            .map(|text| old_semver::Version::parse(text))
            .collect()
    }

    #[perf_budget(allocs = 1_740, setup = names)]
    pub(super) fn look_alikes_are_found(names: &[String]) -> usize {
        let distance = |name: &String| old_strsim::damerau_levenshtein(name, "package-with-a-name");
        names.iter().filter(|name| distance(name) <= 3).count()
    }

    #[perf_budget(allocs = 0, setup = line)]
    pub(super) fn an_end_or_a_tab_is_found(line: &[u8]) -> Option<usize> {
        old_memchr::memchr2(b'\n', b'\t', line)
    }

    #[perf_budget(allocs = 0, setup = lines)]
    pub(super) fn lines_are_counted(text: &str) -> usize {
        lines_by(text.as_bytes(), |rest| old_memchr::memchr(b'\n', rest))
    }

    old_percent_encoding::define_encode_set! {
        /// As above.
        pub SET = [old_percent_encoding::SIMPLE_ENCODE_SET] | {' ', '#', '%', '&'}
    }

    #[perf_budget(allocs = 9, setup = path)]
    pub(super) fn a_path_is_encoded(path: &str) -> String {
        old_percent_encoding::utf8_percent_encode(path, SET).to_string()
    }

    #[perf_budget(allocs = 0, setup = prose)]
    pub(super) fn prose_is_measured(text: &str) -> usize {
        old_unicode_width::UnicodeWidthStr::width(text)
    }

    #[perf_budget(allocs = 0, setup = plain)]
    pub(super) fn plain_text_is_measured(text: &str) -> usize {
        old_unicode_width::UnicodeWidthStr::width(text)
    }

    #[perf_budget(allocs = 1, setup = digest)]
    pub(super) fn a_digest_is_printed(digest: &[u8]) -> String {
        old_hex::encode(digest)
    }

    #[perf_budget(allocs = 0, setup = paths)]
    pub(super) fn paths_are_hashed(paths: &[String]) -> u64 {
        hashed_by::<old_rustc_hash::FxHasher>(paths)
    }

    #[perf_budget(allocs = 12, setup = numbers)]
    pub(super) fn numbers_are_printed(numbers: &[u64]) -> String {
        let mut text = String::new();
        for number in numbers {
            text.push_str(old_itoa::Buffer::new().format(*number));
            text.push(' ');
        }
        text
    }
}

/// A version that does less is no faster way to do the same.
#[test]
fn both_versions_say_the_same() {
    let new = versions_are_read(&versions()).expect("they are versions");
    let old = old::versions_are_read(&versions()).expect("they were then");
    let told = |version: &old_semver::Version| version.to_string();
    assert_eq!(
        new.iter().map(ToString::to_string).collect::<Vec<_>>(),
        old.iter().map(told).collect::<Vec<_>>()
    );
    let found = look_alikes_are_found(&names());
    assert_eq!(found, old::look_alikes_are_found(&names()));
    assert_eq!(found, 10, "those with a short number");
    assert_eq!(an_end_or_a_tab_is_found(&line()), Some(65_536));
    assert_eq!(old::an_end_or_a_tab_is_found(&line()), Some(65_536));
    assert_eq!(lines_are_counted(&lines()), 200);
    assert_eq!(old::lines_are_counted(&lines()), 200);
    assert_eq!(a_path_is_encoded(&path()), old::a_path_is_encoded(&path()));
    assert_eq!(
        prose_is_measured(&prose()),
        old::prose_is_measured(&prose())
    );
    assert_eq!(plain_text_is_measured(&plain()), 900);
    assert_eq!(old::plain_text_is_measured(&plain()), 900);
    assert_eq!(
        a_digest_is_printed(&digest()),
        old::a_digest_is_printed(&digest())
    );
    assert_eq!(
        numbers_are_printed(&numbers()),
        old::numbers_are_printed(&numbers())
    );
}
