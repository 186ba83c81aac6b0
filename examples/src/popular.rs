//! The names that are worth imitating: crates that nearly everybody uses.

/// Popular crates, sorted by name; chosen by hand, not by a count of downloads.
/// A static table: it costs no heap.
#[rustfmt::skip] // One name a line would be three hundred lines.
pub static NAMES: &[&str] = &[
    "addr2line", "adler2", "aead", "aes", "ahash", "aho-corasick", "android_system_properties",
    "anstream", "anstyle", "anyhow", "approx", "arbitrary", "arc-swap", "arrayvec",
    "async-stream", "async-trait", "atomic-waker", "autocfg", "axum", "axum-core", "backtrace",
    "base64", "bincode", "bit-set", "bit-vec", "bitflags", "bitvec", "block-buffer", "bstr",
    "bumpalo", "bytemuck", "byteorder", "bytes", "cc", "cfg-if", "chrono", "clap", "clap_builder",
    "clap_derive", "clap_lex", "colorchoice", "console", "const-oid", "core-foundation",
    "cpufeatures", "crc32fast", "criterion", "crossbeam", "crossbeam-channel", "crossbeam-deque",
    "crossbeam-epoch", "crossbeam-utils", "crypto-common", "csv", "ctor", "darling", "dashmap",
    "der", "deranged", "derive_more", "diesel", "digest", "dirs", "displaydoc", "dotenvy",
    "dyn-clone", "either", "encoding_rs", "env_logger", "equivalent", "errno", "fastrand",
    "filetime", "fixedbitset", "flate2", "fnv", "foldhash", "form_urlencoded", "futures",
    "futures-channel", "futures-core", "futures-executor", "futures-io", "futures-macro",
    "futures-sink", "futures-task", "futures-util", "generic-array", "getrandom", "gimli", "glob",
    "half", "hashbrown", "heck", "hermit-abi", "hex", "hmac", "http", "http-body", "httparse",
    "httpdate", "humantime", "hyper", "hyper-rustls", "hyper-util", "iana-time-zone",
    "icu_collections", "icu_locale_core", "icu_normalizer", "icu_properties", "icu_provider",
    "ident_case", "idna", "indexmap", "indicatif", "insta", "instant", "ipnet", "itertools",
    "itoa", "jobserver", "js-sys", "lazy_static", "libc", "libloading", "libm", "linux-raw-sys",
    "litemap", "lock_api", "log", "lru", "matchers", "matchit", "memchr", "memmap2", "memoffset",
    "mime", "miniz_oxide", "mio", "native-tls", "nix", "nom", "num", "num-bigint", "num-complex",
    "num-conv", "num-integer", "num-rational", "num-traits", "num_cpus", "object", "once_cell",
    "openssl", "openssl-probe", "openssl-sys", "ordered-float", "parking_lot", "parking_lot_core",
    "paste", "percent-encoding", "petgraph", "phf", "pin-project", "pin-project-lite",
    "pin-utils", "pkg-config", "portable-atomic", "potential_utf", "powerfmt", "ppv-lite86",
    "prettyplease", "proc-macro-crate", "proc-macro2", "proptest", "prost", "prost-derive",
    "quick-xml", "quickcheck", "quote", "rand", "rand_chacha", "rand_core", "rayon", "rayon-core",
    "redox_syscall", "regex", "regex-automata", "regex-syntax", "reqwest", "ring", "rusqlite",
    "rust_decimal", "rustc-demangle", "rustc-hash", "rustc_version", "rustix", "rustls",
    "rustls-pki-types", "rustls-webpki", "rustversion", "ryu", "same-file", "schannel",
    "scopeguard", "security-framework", "semver", "serde", "serde_core", "serde_derive",
    "serde_json", "serde_path_to_error", "serde_spanned", "serde_urlencoded", "serde_yaml",
    "sha1", "sha2", "sharded-slab", "shlex", "signal-hook-registry", "simd-adler32", "slab",
    "smallvec", "socket2", "sqlx", "stable_deref_trait", "static_assertions", "strsim",
    "structopt", "strum", "strum_macros", "subtle", "syn", "sync_wrapper", "synstructure", "tar",
    "target-lexicon", "tempfile", "termcolor", "textwrap", "thiserror", "thiserror-impl",
    "thread_local", "time", "time-core", "time-macros", "tinystr", "tinyvec", "tokio",
    "tokio-macros", "tokio-rustls", "tokio-stream", "tokio-util", "toml", "toml_datetime",
    "toml_edit", "tonic", "tower", "tower-http", "tower-layer", "tower-service", "tracing",
    "tracing-attributes", "tracing-core", "tracing-log", "tracing-subscriber", "try-lock",
    "typenum", "unicode-ident", "unicode-normalization", "unicode-segmentation", "unicode-width",
    "unicode-xid", "untrusted", "url", "utf8_iter", "utf8parse", "uuid", "valuable", "vcpkg",
    "version_check", "walkdir", "want", "wasm-bindgen", "web-sys", "webpki-roots", "which",
    "winapi", "windows", "windows-sys", "windows-targets", "winnow", "writeable", "yoke",
    "zerocopy", "zerofrom", "zeroize", "zerovec", "zstd", "zstd-safe",
];

/// What the table takes in the program's data: the texts and the references.
#[must_use]
pub const fn table_bytes() -> usize {
    let mut bytes = size_of_val(NAMES);
    let mut place = 0;
    while place < NAMES.len() {
        bytes += NAMES[place].len();
        place += 1;
    }
    bytes
}

// A size that is known when the program is built needs no test to hold it.
const _: () = assert!(table_bytes() < 100_000);

#[cfg(test)]
mod tests {
    use perf_runtime::perf_budget;

    use super::*;

    /// The table as it would be on the heap: the constant above is the better
    /// promise where the table is static, this one where it is loaded.
    #[perf_budget(retained = "100KB", group = "memory", id = "PERF016")]
    fn a_copy_of_the_table_is_small() -> Vec<String> {
        NAMES.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_table_is_sorted_and_no_name_stands_twice() {
        assert!(NAMES.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn every_name_is_one_a_registry_accepts() {
        for name in NAMES {
            assert!(name.len() <= 64, "{name}");
            assert!(
                name.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
                "{name}"
            );
        }
    }
}
