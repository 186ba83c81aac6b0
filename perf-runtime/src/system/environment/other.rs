//! Systems that tell less: what is not known is `None`.

use std::process::Command;

use crate::report::host::Environment;

pub(super) fn read() -> Environment {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Environment {
        processor: processor(),
        ..Environment::of_build(cores)
    }
}

fn processor() -> Option<String> {
    if cfg!(target_os = "windows") {
        return std::env::var("PROCESSOR_IDENTIFIER").ok();
    }
    if !cfg!(target_os = "macos") {
        return None;
    }
    let output = Command::new("/usr/sbin/sysctl")
        .args(["-n", "machdep.cpu.brand_string"])
        .output()
        .ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!name.is_empty()).then_some(name)
}
