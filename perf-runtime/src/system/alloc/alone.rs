//! Tests that need a separate process, where no other test allocates beside them.

use std::process::Command;
use std::{fs, thread};

/// Runs a test by itself in a separate process. `module` is that of the
/// test, as `module_path!` says it.
pub(crate) fn alone(module: &str, function: &str, body: impl FnOnce()) {
    const ALONE: &str = "PERF_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        wait_for_the_harness();
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

/// The harness's main thread still has things to do when it has started the test:
/// waits until it sleeps, where the system reports that.
pub(crate) fn wait_for_the_harness() {
    let Ok(own) = fs::read_link("/proc/thread-self") else {
        return thread::sleep(std::time::Duration::from_millis(50));
    };
    let main = std::process::id().to_string();
    let stat = format!("/proc/self/task/{main}/stat");
    let works = || {
        let stat = fs::read_to_string(&stat).unwrap_or_default();
        // The state stands behind the name, which may hold brackets.
        let state = stat.rsplit_once(") ").map(|(_, rest)| rest.chars().next());
        state.flatten() != Some('S')
    };
    while !own.ends_with(&main) && works() {
        thread::yield_now();
    }
}
