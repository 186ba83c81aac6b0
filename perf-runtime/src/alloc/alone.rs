//! Tests that need a process of their own, where no other test allocates beside them.

use std::process::Command;
use std::thread;
use std::time::Duration;

/// Runs a test by itself in a process of its own. `module` is that of the
/// test, as `module_path!` says it.
pub(crate) fn alone(module: &str, function: &str, body: impl FnOnce()) {
    const ALONE: &str = "PERF_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        // The harness's main thread still has things to do when it has
        // started the test.
        thread::sleep(Duration::from_millis(50));
        return body();
    }
    let (_, module) = module.split_once("::").unwrap();
    let name = format!("{module}::{function}");
    let exe = std::env::current_exe().unwrap();
    let output = Command::new(exe)
        .args(["--exact", &name, "--test-threads=1", "--nocapture"])
        .arg("--include-ignored")
        .env(ALONE, "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        told.contains("1 passed"),
        "the child ran no test named {name}: {told}"
    );
    print!("{told}");
}
