//! Linux, by its files under `/proc` and `/sys`.

use std::fs;
use std::path::Path;

use super::{cgroup, contents};
use crate::collections::{cut, lines, owned, parsed, parts, trim};
use crate::report::host::{Environment, Steal};

pub(super) fn read() -> Environment {
    read_below(Path::new("/"))
}

/// Reads the files below another root than `/`, for tests.
fn read_below(root: &Path) -> Environment {
    let text = |path: &str| one_line(&root.join(path));
    let cpuinfo = contents(&root.join("proc/cpuinfo")).unwrap_or_default();
    let frequency = |file: &str| text(&format!("sys/devices/system/cpu/cpu0/cpufreq/{file}"));
    Environment {
        kernel: text("proc/sys/kernel/osrelease"),
        processor: processor(&cpuinfo).or_else(|| text("sys/firmware/devicetree/base/model")),
        governor: frequency("scaling_governor"),
        frequency_driver: frequency("scaling_driver"),
        turbo: turbo(root),
        cgroup_quota: cgroup::quota(root),
        load: text("proc/loadavg").and_then(|text| parsed(parts(&text, " ")[0])),
        steal: text("proc/stat").as_deref().and_then(steal),
        virtual_machine: virtual_machine(root, &cpuinfo),
        throttled: throttled(root),
        ..Environment::of_build(cores(root))
    }
}

/// The first line of a file, where there is something on it.
fn one_line(path: &Path) -> Option<String> {
    let text = contents(path)?;
    let line = lines(&text).first()?.trim_matches(['\0', ' ', '\t']);
    (!line.is_empty()).then(|| owned(line))
}

/// The value of a key of `/proc/cpuinfo`, in its first block that has it.
fn field<'text>(cpuinfo: &'text str, key: &str) -> Option<&'text str> {
    for line in lines(cpuinfo) {
        if let Some((name, value)) = cut(line, ":")
            && trim(name) == key
        {
            return Some(trim(value));
        }
    }
    None
}

/// The model's name; where the system has numbers only, as on most ARM
/// machines, the numbers.
fn processor(cpuinfo: &str) -> Option<String> {
    match field(cpuinfo, "model name") {
        None | Some("") => {}
        Some(name) => return Some(owned(name)),
    }
    let implementer = field(cpuinfo, "CPU implementer")?;
    let (part, variant) = (field(cpuinfo, "CPU part")?, field(cpuinfo, "CPU variant")?);
    Some(format!(
        "implementer {implementer} part {part} variant {variant}"
    ))
}

/// Counts a list such as `0-3,6`. Neither affinity nor a control group changes
/// it, so it belongs to the machine.
fn cores(root: &Path) -> usize {
    let count = |list: String| {
        let mut sum = 0;
        for range in parts(&list, ",") {
            let (first, last) = cut(range, "-").unwrap_or((range, range));
            let (first, last): (usize, usize) = (parsed(first)?, parsed(last)?);
            sum += last.checked_sub(first)? + 1;
        }
        Some(sum)
    };
    one_line(&root.join("sys/devices/system/cpu/online"))
        .and_then(count)
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

fn turbo(root: &Path) -> Option<bool> {
    let cpu = root.join("sys/devices/system/cpu");
    if let Some(boost) = one_line(&cpu.join("cpufreq/boost")) {
        return Some(boost != "0");
    }
    one_line(&cpu.join("intel_pstate/no_turbo")).map(|no_turbo| no_turbo == "0")
}

/// The eighth number of `/proc/stat`'s first line is the stolen time. Guest
/// time, behind it, is contained in user time already.
fn steal(line: &str) -> Option<Steal> {
    let mut numbers = line.strip_prefix("cpu ")?.split_ascii_whitespace();
    let mut steal = Steal {
        stolen: 0,
        total: 0,
    };
    for _ in 0..8 {
        steal.stolen = parsed(numbers.next()?)?;
        steal.total += steal.stolen;
    }
    Some(steal)
}

/// The flag is the processor's own word; the product's name says which kind.
fn virtual_machine(root: &Path, cpuinfo: &str) -> Option<String> {
    const KINDS: &[(&str, &str)] = &[
        ("KVM", "kvm"),
        ("QEMU", "qemu"),
        ("VMware", "vmware"),
        ("VirtualBox", "virtualbox"),
        ("HVM domU", "xen"),
        ("Google Compute Engine", "gce"),
        ("Amazon EC2", "ec2"),
        ("Firecracker", "firecracker"),
    ];
    let dmi = |file: &str| one_line(&root.join("sys/class/dmi/id").join(file)).unwrap_or_default();
    let flags = field(cpuinfo, "flags");
    let mut flagged = false;
    for flag in parts(flags.unwrap_or_default(), " ") {
        flagged |= flag == "hypervisor";
    }
    let (vendor, product) = (dmi("sys_vendor"), dmi("product_name"));
    for (mark, kind) in KINDS {
        // Bare metal of a cloud has its vendor's name, and no flag.
        let may_be = flagged || flags.is_none();
        if may_be && (cut(&product, mark).is_some() || cut(&vendor, mark).is_some()) {
            return Some(owned(kind));
        }
    }
    // Hyper-V's product is called as any other of its vendor.
    let kind = match &*vendor {
        "Microsoft Corporation" => "hyperv",
        _ => "yes",
    };
    flagged.then(|| owned(kind))
}

/// Heat is counted for each core and each package; a sum over processors
/// counts shared counters several times, but from 0 it only moves if one does.
fn throttled(root: &Path) -> Option<u64> {
    let entries = fs::read_dir(root.join("sys/devices/system/cpu")).ok()?;
    let mut sum = None;
    for entry in entries.flatten() {
        let folder = entry.path().join("thermal_throttle");
        let count = one_line(&folder.join("core_throttle_count"));
        if let Some(count) = count.and_then(|count| parsed::<u64>(&count)) {
            sum = Some(sum.unwrap_or(0) + count);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes files below a temporary root.
    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn a_laptop_is_read_completely() {
        let files = [
            (
                "proc/cpuinfo",
                "processor\t: 0\nmodel name\t: Some Core i7 @ 2.80GHz\nflags\t\t: fpu vme\n\nprocessor\t: 1\n",
            ),
            ("proc/sys/kernel/osrelease", "6.1.0-9-amd64\n"),
            ("proc/loadavg", "0.52 0.58 0.59 2/1033 4242\n"),
            (
                "proc/stat",
                "cpu  100 5 50 1000 10 1 2 32 7 0\ncpu0 1 2 3\n",
            ),
            ("sys/devices/system/cpu/online", "0-3,6\n"),
            (
                "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
                "powersave\n",
            ),
            (
                "sys/devices/system/cpu/cpu0/cpufreq/scaling_driver",
                "intel_pstate\n",
            ),
            ("sys/devices/system/cpu/intel_pstate/no_turbo", "0\n"),
            (
                "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count",
                "3\n",
            ),
            (
                "sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count",
                "4\n",
            ),
            ("sys/class/dmi/id/product_name", "Notebook 13\n"),
        ];
        let expected = Environment {
            kernel: Some("6.1.0-9-amd64".into()),
            processor: Some("Some Core i7 @ 2.80GHz".into()),
            governor: Some("powersave".into()),
            frequency_driver: Some("intel_pstate".into()),
            turbo: Some(true),
            load: Some(0.52),
            steal: Some(Steal {
                stolen: 32,
                total: 1200,
            }),
            throttled: Some(7),
            ..Environment::of_build(5)
        };
        assert_eq!(read_below(tree(&files).path()), expected);
    }

    #[test]
    fn a_machine_that_reports_nothing_gives_no_figures() {
        let read = read_below(tree(&[]).path());
        assert_eq!(read, Environment::of_build(read.cores));
        assert!(read.cores >= 1);
    }

    #[test]
    fn an_arm_processor_is_known_by_its_numbers_or_its_board() {
        #[track_caller]
        fn check(files: &[(&str, &str)], expected: Option<&str>) {
            assert_eq!(
                read_below(tree(files).path()).processor.as_deref(),
                expected
            );
        }
        let cpuinfo = "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\n";
        check(
            &[("proc/cpuinfo", cpuinfo)],
            Some("implementer 0x41 part 0xd0c variant 0x3"),
        );
        let board = ("sys/firmware/devicetree/base/model", "Small Board 4\0");
        check(
            &[("proc/cpuinfo", "processor\t: 0\n"), board],
            Some("Small Board 4"),
        );
    }

    #[test]
    fn a_virtual_machine_is_known_by_flag_and_product() {
        #[track_caller]
        fn check(flags: &str, vendor: &str, product: &str, expected: Option<&str>) {
            let cpuinfo = format!("flags\t\t: {flags}\n");
            let files = [
                ("proc/cpuinfo", cpuinfo.as_str()),
                ("sys/class/dmi/id/sys_vendor", vendor),
                ("sys/class/dmi/id/product_name", product),
            ];
            assert_eq!(
                read_below(tree(&files).path()).virtual_machine.as_deref(),
                expected
            );
        }
        check("fpu vme", "Some Maker", "Notebook 13", None);
        check("fpu hypervisor", "", "", Some("yes"));
        check("fpu hypervisor", "Red Hat", "KVM", Some("kvm"));
        check("fpu hypervisor", "QEMU", "Standard PC", Some("qemu"));
        check(
            "fpu hypervisor",
            "Microsoft Corporation",
            "Virtual Machine",
            Some("hyperv"),
        );
        check("fpu", "Microsoft Corporation", "Surface", None);
        check("fpu", "Amazon EC2", "metal", None);
        check("fpu hypervisor", "Amazon EC2", "m7i.large", Some("ec2"));
    }

    #[test]
    fn boost_is_read_from_either_driver() {
        #[track_caller]
        fn check(file: &str, text: &str, expected: Option<bool>) {
            let path = format!("sys/devices/system/cpu/{file}");
            assert_eq!(read_below(tree(&[(&path, text)]).path()).turbo, expected);
        }
        check("cpufreq/boost", "1\n", Some(true));
        check("cpufreq/boost", "0\n", Some(false));
        check("intel_pstate/no_turbo", "1\n", Some(false));
        check("nothing", "1\n", None);
    }
}
