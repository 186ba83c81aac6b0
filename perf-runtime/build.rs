//! Passes the crate what it is compiled with; a record says so beside its figures.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=PERF_RUSTC_VERSION={}", rustc_version());
    for (name, of) in [
        ("PERF_OPT_LEVEL", "OPT_LEVEL"),
        ("PERF_PROFILE", "PROFILE"),
        ("PERF_TARGET", "TARGET"),
    ] {
        println!(
            "cargo::rustc-env={name}={}",
            std::env::var(of).unwrap_or_default()
        );
    }
}

/// The first line of `rustc --version`, or nothing: a version that cannot be
/// read must not stop a build.
fn rustc_version() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    let text = output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}
