//! Published crates as `init` sees them: what of their manifests and layouts matters to
//! it, and the signatures of some functions; none of their code.

/// A crate without its code.
pub(crate) struct Skeleton {
    pub(crate) name: &'static str,
    /// What is asked for beside the repository.
    pub(crate) options: &'static str,
    /// Paths and texts.
    pub(crate) files: &'static [(&'static str, &'static str)],
}

pub(crate) const SKELETONS: &[Skeleton] = &[
    // Edition 2018, `no_std` without a feature, generic functions.
    Skeleton {
        name: "hex",
        options: "",
        files: &[
            (
                "Cargo.toml",
                "[package]\nname = \"hex\"\nversion = \"0.4.3\"\nedition = \"2018\"\n\n[features]\ndefault = [\"std\"]\nalloc = []\nstd = [\"alloc\"]\n\n[[bench]]\nname = \"hex\"\nharness = false\n\n[dev-dependencies]\nserde_json = \"1.0\" # of the tests\n\n[package.metadata.docs.rs]\nall-features = true\n",
            ),
            (
                "src/lib.rs",
                "#![cfg_attr(not(feature = \"std\"), no_std)]\n\npub fn encode<T: AsRef<[u8]>>(data: T) -> String {\n    String::new()\n}\n\npub fn decode<T: AsRef<[u8]>>(data: T) -> Result<Vec<u8>, FromHexError> {\n    Err(FromHexError)\n}\n\npub fn encode_to_slice<T: AsRef<[u8]>>(input: T, output: &mut [u8]) -> Result<(), FromHexError> {\n    Ok(())\n}\n\npub struct FromHexError;\n",
            ),
            ("benches/hex.rs", "fn main() {}\n"),
        ],
    },
    // Edition 2015, the library beside the manifest, nothing that can be called.
    Skeleton {
        name: "fnv",
        options: "",
        files: &[
            (
                "Cargo.toml",
                "[package]\nname = \"fnv\"\nversion = \"1.0.7\"\n\n[lib]\nname = \"fnv\"\npath = \"lib.rs\"\n\n[features]\ndefault = [\"std\"]\nstd = []\n",
            ),
            (
                "lib.rs",
                "#![cfg_attr(not(feature = \"std\"), no_std)]\npub struct FnvHasher(u64);\nimpl FnvHasher {\n    pub fn with_key(key: u64) -> FnvHasher { FnvHasher(key) }\n    pub fn finish(&self) -> u64 { self.0 }\n}\n",
            ),
        ],
    },
    // Edition 2015, functions of two texts, Windows' line ends.
    Skeleton {
        name: "strsim",
        options: "",
        files: &[
            (
                "Cargo.toml",
                "[package]\r\nname = \"strsim\"\r\nversion = \"0.11.1\"\r\nrust-version = \"1.56\"\r\n",
            ),
            (
                "src/lib.rs",
                "pub fn levenshtein(a: &str, b: &str) -> usize {\n    a.len()\n}\n\npub fn generic_jaro<'a, 'b, A, B>(a: &'a A, b: &'b B) -> f64 {\n    0.0\n}\n",
            ),
        ],
    },
    // As the registry has it: targets named one by one, `impl` of a type that is exported.
    Skeleton {
        name: "semver",
        options: "",
        files: &[
            (
                "Cargo.toml",
                "[package]\nedition = \"2021\"\nname = \"semver\"\nversion = \"1.0.28\"\nautobins = false\nautotests = false\n\n[features]\ndefault = [\"std\"]\nstd = []\n\n[lib]\nname = \"semver\"\npath = \"src/lib.rs\"\n\n[[test]]\nname = \"test_version\"\npath = \"tests/test_version.rs\"\n\n[target.'cfg(not(miri))'.dev-dependencies.criterion]\nversion = \"0.8\"\ndefault-features = false\n",
            ),
            (
                "src/lib.rs",
                "#![no_std]\nmod parse;\npub struct Version;\npub struct Error;\nimpl Version {\n    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {\n        Version\n    }\n\n    pub fn parse(text: &str) -> Result<Self, Error> {\n        Err(Error)\n    }\n}\n",
            ),
            (
                "src/parse.rs",
                "pub(crate) fn version(text: &str) -> usize {\n    text.len()\n}\n",
            ),
            ("tests/test_version.rs", ""),
        ],
    },
    // `[lints]`, the oldest compiler that it supports.
    Skeleton {
        name: "shlex",
        options: "",
        files: &[
            (
                "Cargo.toml",
                "[package]\nname = \"shlex\"\nversion = \"2.0.1\"\nrust-version = \"1.46.0\"\nedition = \"2018\"\n\n[features]\nstd = []\ndefault = [\"std\"]\n\n[lints.rust]\nunexpected_cfgs = { level = \"warn\", check-cfg = ['cfg(manual_codegen_check)'] }\n",
            ),
            (
                "src/lib.rs",
                "#![cfg_attr(not(feature = \"std\"), no_std)]\npub mod bytes;\n\npub fn split(in_str: &str) -> Option<Vec<String>> {\n    None\n}\n",
            ),
            (
                "src/bytes.rs",
                "pub fn split(in_bytes: &[u8]) -> Option<Vec<Vec<u8>>> {\n    None\n}\n",
            ),
        ],
    },
    // A procedural macro.
    Skeleton {
        name: "serde_derive",
        options: "",
        files: &[
            (
                "Cargo.toml",
                "[package]\nname = \"serde_derive\"\nversion = \"1.0.229\"\nedition = \"2021\"\n\n[lib]\nname = \"serde_derive\"\nproc-macro = true\n",
            ),
            (
                "src/lib.rs",
                "extern crate proc_macro;\nuse proc_macro::TokenStream;\n\n#[proc_macro_derive(Serialize, attributes(serde))]\npub fn derive_serialize(input: TokenStream) -> TokenStream {\n    input\n}\n",
            ),
        ],
    },
    // A virtual manifest; one of its packages is asked for, and an xtask.
    Skeleton {
        name: "rust-url",
        options: "--package idna --xtask",
        files: &[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"data-url\", \"idna\", \"percent_encoding\"]\nresolver = \"2\"\n",
            ),
            (
                "data-url/Cargo.toml",
                "[package]\nname = \"data-url\"\nversion = \"0.3.2\"\nedition = \"2018\"\nautotests = false\n",
            ),
            ("data-url/src/lib.rs", "#![no_std]\n"),
            (
                "idna/Cargo.toml",
                "[package]\nname = \"idna\"\nversion = \"1.1.0\"\nedition = \"2018\"\nautotests = false\n\n[lib]\ndoctest = false\n\n[dev-dependencies]\nassert_matches = \"1.3\"\n\n[[test]]\nname = \"tests\"\nharness = false\n",
            ),
            (
                "idna/src/lib.rs",
                "#![no_std]\nextern crate alloc;\nuse alloc::string::String;\npub mod punycode;\nmod uts46;\npub struct Errors;\n\npub fn domain_to_ascii(domain: &str) -> Result<String, Errors> {\n    Err(Errors)\n}\n",
            ),
            (
                "idna/src/punycode.rs",
                "use alloc::string::String;\n\npub fn decode_to_string(input: &str) -> Option<String> {\n    None\n}\n",
            ),
            ("idna/src/uts46.rs", ""),
            ("idna/tests/tests.rs", "fn main() {}\n"),
            (
                "percent_encoding/Cargo.toml",
                "[package]\nname = \"percent-encoding\"\nversion = \"2.3.2\"\nedition = \"2018\"\n",
            ),
            (
                "percent_encoding/src/lib.rs",
                "#![no_std]\npub fn percent_encode_byte(byte: u8) -> &'static str {\n    \"\"\n}\n",
            ),
        ],
    },
    // A program without a library, which is the root of a workspace and sets an
    // allocator on some systems.
    Skeleton {
        name: "ripgrep",
        options: "",
        files: &[
            (
                "Cargo.toml",
                "[package]\nname = \"ripgrep\"\nversion = \"15.1.0\"\nautotests = false\nedition = \"2024\"\n\n[[bin]]\nbench = false\npath = \"crates/core/main.rs\"\nname = \"rg\"\n\n[[test]]\nname = \"integration\"\npath = \"tests/tests.rs\"\n\n[workspace]\nmembers = [\n  \"crates/globset\",\n]\n",
            ),
            (
                "crates/core/main.rs",
                "mod flags;\nmod messages;\n\n#[cfg(all(target_env = \"musl\", target_pointer_width = \"64\"))]\n#[global_allocator]\nstatic ALLOC: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;\n\nfn main() {}\n",
            ),
            ("crates/core/flags/mod.rs", "mod parse;\n"),
            (
                "crates/core/flags/parse.rs",
                "pub(super) fn lookup(name: &str) -> Option<&'static str> {\n    None\n}\n",
            ),
            (
                "crates/core/messages.rs",
                "pub(crate) fn errored() -> bool {\n    false\n}\n",
            ),
            ("tests/tests.rs", ""),
            (
                "crates/globset/Cargo.toml",
                "[package]\nname = \"globset\"\nversion = \"0.4.18\"\nedition = \"2024\"\n",
            ),
            (
                "crates/globset/src/lib.rs",
                "pub fn escape(s: &str) -> String {\n    String::new()\n}\n",
            ),
        ],
    },
    // A program alone, with functions in modules.
    Skeleton {
        name: "hyperfine",
        options: "",
        files: &[
            (
                "Cargo.toml",
                "[package]\nname = \"hyperfine\"\nversion = \"1.20.0\"\nedition = \"2018\"\nbuild = false\n\n[features]\nwindows_process_extensions_main_thread_handle = []\n\n[dev-dependencies]\napprox = \"0.5\"\n\n[profile.release]\nlto = true\n",
            ),
            (
                "src/main.rs",
                "#![cfg_attr(windows, feature(windows_process_extensions_main_thread_handle))]\n\npub mod outlier_detection;\npub mod util;\n\nfn run() -> Result<(), ()> {\n    Ok(())\n}\n\nfn main() {\n    run().unwrap();\n}\n",
            ),
            (
                "src/outlier_detection.rs",
                "/// See <https://en.wikipedia.org/wiki/Outlier>.\npub fn modified_zscores(xs: &[f64]) -> Vec<f64> {\n    Vec::new()\n}\n",
            ),
            ("src/util/mod.rs", "pub mod units;\n"),
            ("src/util/units.rs", "pub type Scalar = f64;\n"),
        ],
    },
    // The library that its macro is for, in one workspace.
    Skeleton {
        name: "thiserror",
        options: "",
        files: &[
            (
                "Cargo.toml",
                "[package]\nname = \"thiserror\"\nversion = \"2.0.21\"\nedition = \"2021\"\n\n[features]\ndefault = [\"std\"]\nstd = []\n\n[dependencies]\nthiserror-impl = { version = \"=2.0.21\", path = \"impl\" }\n\n[workspace]\nmembers = [\"impl\", \"tests/no-std\"]\n",
            ),
            ("src/lib.rs", "#![no_std]\npub use thiserror_impl::*;\n"),
            (
                "impl/Cargo.toml",
                "[package]\nname = \"thiserror-impl\"\nversion = \"2.0.21\"\nedition = \"2021\"\n\n[lib]\nproc-macro = true\n",
            ),
            ("impl/src/lib.rs", ""),
            (
                "tests/no-std/Cargo.toml",
                "[package]\nname = \"thiserror_no_std_test\"\nversion = \"0.0.0\"\nedition = \"2021\"\npublish = false\n\n[lib]\npath = \"test.rs\"\n",
            ),
            ("tests/no-std/test.rs", "#![no_std]\n"),
        ],
    },
    // `no_std`, and nothing that is called without a value of that type; benchmarks
    // of criterion, one of them in a function that takes more than that.
    Skeleton {
        name: "itoa",
        options: "",
        files: &[
            (
                "Cargo.toml",
                "[package]\nedition = \"2021\"\nname = \"itoa\"\nversion = \"1.0.19\"\nautotests = false\nautobenches = false\n\n[lib]\nname = \"itoa\"\npath = \"src/lib.rs\"\n\n[[test]]\nname = \"test\"\npath = \"tests/test.rs\"\n\n[[bench]]\nname = \"bench\"\npath = \"benches/bench.rs\"\nharness = false\n",
            ),
            (
                "src/lib.rs",
                "#![no_std]\npub struct Buffer;\nimpl Buffer {\n    pub fn new() -> Buffer {\n        Buffer\n    }\n\n    pub fn format<I: Integer>(&mut self, i: I) -> &str {\n        \"\"\n    }\n}\n",
            ),
            ("tests/test.rs", ""),
            (
                "benches/bench.rs",
                "use criterion::{criterion_group, criterion_main, Criterion};\n\nfn do_bench(c: &mut Criterion, group_name: &str, int: impl itoa::Integer) {\n    let mut group = c.benchmark_group(group_name);\n    group.bench_function(\"itoa\", |b| b.iter(|| int));\n}\n\nfn bench(c: &mut Criterion) {\n    do_bench(c, \"u64[0]\", 0u64);\n    c.bench_function(\"new\", |b| b.iter(itoa::Buffer::new));\n}\n\ncriterion_group!(benches, bench);\ncriterion_main!(benches);\n",
            ),
        ],
    },
    // A program alone, with another global allocator behind a feature.
    Skeleton {
        name: "fd-find",
        options: "",
        files: &[
            (
                "Cargo.toml",
                "[package]\nedition = \"2024\"\nname = \"fd-find\"\nversion = \"10.5.0\"\nautobins = false\nautotests = false\n\n[features]\ndefault = [\"use-jemalloc\"]\nuse-jemalloc = []\n\n[[bin]]\nname = \"fd\"\npath = \"src/main.rs\"\n\n[[test]]\nname = \"tests\"\npath = \"tests/tests.rs\"\n",
            ),
            (
                "src/main.rs",
                "mod regex_helper;\n\n#[cfg(feature = \"use-jemalloc\")]\n#[global_allocator]\nstatic ALLOC: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;\n\nfn ensure_single_search_pattern_is_not_a_path(pattern: &str) -> Result<(), ()> {\n    Ok(())\n}\n\nfn main() {}\n",
            ),
            (
                "src/regex_helper.rs",
                "pub fn pattern_has_uppercase_char(hir: &Hir) -> bool {\n    false\n}\n",
            ),
            ("tests/tests.rs", ""),
        ],
    },
];
