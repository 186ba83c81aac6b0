//! What the compiler says to right and to wrong annotations.
//!
//! `TRYBUILD=overwrite cargo test -p perf-macros --test ui` writes the
//! `.stderr` files anew.

use std::io::Write;
use std::process::Command;

/// The compiler whose words the `.stderr` files hold.
const COMPILER: &str = "rustc 1.95";

#[test]
fn the_compiler_points_at_the_wrong_word() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .expect("whoever builds tests has a rustc");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/right/*.rs");
    if version.starts_with(COMPILER) {
        cases.compile_fail("tests/ui/wrong/*.rs");
    } else {
        // Straight to the stream: the harness would swallow a line of print.
        let text = format!(
            "SKIPPED: tests/ui/wrong, which holds the words of {COMPILER}; this is {version}"
        );
        std::io::stderr()
            .write_all(text.as_bytes())
            .expect("a line can be written to stderr");
    }
}
