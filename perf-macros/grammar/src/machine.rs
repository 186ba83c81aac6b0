//! The class of a machine, within which times are compared, and governors that make it slow.

/// The machine class: processor model, number of processors, architecture and
/// operating system, `AMD EPYC 7763, 4 cores, x86_64, linux`.
#[must_use]
pub fn machine_class(processor: Option<&str>, cores: u64, arch: &str, os: &str) -> String {
    let processor = processor.unwrap_or("unknown processor");
    format!("{processor}, {cores} cores, {arch}, {os}")
}

/// Whether the frequency governor keeps processors at their lowest frequency.
///
/// NOTE: with the drivers `intel_pstate` and `amd-pstate`, `powersave` is the ordinary
/// governor that follows the load.
#[must_use]
pub fn saves_power(governor: Option<&str>, driver: Option<&str>) -> bool {
    let follows_load =
        |driver: &str| driver.starts_with("intel_pstate") || driver.starts_with("amd-pstate");
    governor == Some("powersave") && !driver.is_some_and(follows_load)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_made_of_processor_cores_architecture_and_system() {
        assert_eq!(
            machine_class(Some("AMD EPYC 7763"), 4, "x86_64", "linux"),
            "AMD EPYC 7763, 4 cores, x86_64, linux"
        );
        assert_eq!(
            machine_class(None, 8, "aarch64", "macos"),
            "unknown processor, 8 cores, aarch64, macos"
        );
    }
}
