//! What the system says of itself that no test needs for its measurements: files of Linux; other systems have none of them.

use std::path::Path;

use crate::analysis::doctor::System;
use crate::infra::world::World;

/// Asks the system.
pub(crate) fn read() -> System {
    read_below(Path::new("/"))
}

/// Reads the files below another root than `/`, for tests.
fn read_below(root: &Path) -> System {
    let text = |path: &str| {
        let text = std::fs::read_to_string(root.join(path)).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let number = |path: &str| text(path)?.parse().ok();
    let clock = |file: &str| {
        text(&format!(
            "sys/devices/system/clocksource/clocksource0/{file}"
        ))
    };
    let limits = text("proc/self/limits").unwrap_or_default();
    System {
        smt: text("sys/devices/system/cpu/smt/active").map(|active| active == "1"),
        clock_source: clock("current_clocksource"),
        clock_sources: clock("available_clocksource")
            .map(|all| all.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default(),
        aslr: number("proc/sys/kernel/randomize_va_space"),
        ptrace_scope: number("proc/sys/kernel/yama/ptrace_scope"),
        perf_event_paranoid: number("proc/sys/kernel/perf_event_paranoid"),
        address_space: limits
            .lines()
            .find_map(|line| line.strip_prefix("Max address space"))
            .and_then(|limits| limits.split_whitespace().next()?.parse().ok()),
        frequency_driver: text("sys/devices/system/cpu/cpu0/cpufreq/scaling_driver"),
        has_boost_file: root.join("sys/devices/system/cpu/cpufreq/boost").exists(),
    }
}

/// Whether a program is on the path, or among those that cargo installs.
pub(crate) fn has_program(name: &str, world: &World) -> bool {
    let path = world.variable("PATH").unwrap_or_default();
    let installed = world.cargo_home().map(|home| home.join("bin"));
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path)
        .chain(installed)
        .any(|folder| folder.join(&file).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_read_from_its_files() {
        let root = tempfile::tempdir().expect("a folder");
        let put = |path: &str, text: &str| {
            let file = root.path().join(path);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            std::fs::write(file, text).expect("written");
        };
        assert_eq!(read_below(root.path()), System::default());
        put("sys/devices/system/cpu/smt/active", "1\n");
        put("sys/devices/system/cpu/cpufreq/boost", "1\n");
        put(
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_driver",
            "acpi-cpufreq\n",
        );
        let clock = "sys/devices/system/clocksource/clocksource0";
        put(&format!("{clock}/current_clocksource"), "hpet\n");
        put(
            &format!("{clock}/available_clocksource"),
            "tsc hpet acpi_pm \n",
        );
        put("proc/sys/kernel/randomize_va_space", "2\n");
        put("proc/sys/kernel/yama/ptrace_scope", "3\n");
        put("proc/sys/kernel/perf_event_paranoid", "-1\n");
        put(
            "proc/self/limits",
            "Limit                     Soft Limit           Hard Limit           Units\nMax file size             unlimited            unlimited            bytes\nMax address space         2147483648           unlimited            bytes\n",
        );
        let expected = System {
            smt: Some(true),
            clock_source: Some("hpet".to_owned()),
            clock_sources: ["tsc", "hpet", "acpi_pm"].map(str::to_owned).to_vec(),
            aslr: Some(2),
            ptrace_scope: Some(3),
            perf_event_paranoid: Some(-1),
            address_space: Some(2 << 30),
            frequency_driver: Some("acpi-cpufreq".to_owned()),
            has_boost_file: true,
        };
        assert_eq!(read_below(root.path()), expected);
        put(
            "proc/self/limits",
            "Max address space         unlimited            unlimited            bytes\n",
        );
        assert_eq!(read_below(root.path()).address_space, None);
    }
}
