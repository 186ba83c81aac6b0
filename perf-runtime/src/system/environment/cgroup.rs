//! How many processors the control group grants, in both versions of Linux's interface.

use std::path::{Path, PathBuf};

use super::contents;
use crate::collections::{cut, lines, parsed, parts, trim};

/// The least quota of the process's control group and those above it, in
/// processors; `None` where there is none.
pub(super) fn quota(root: &Path) -> Option<f64> {
    let own = contents(&root.join("proc/self/cgroup"))?;
    let mut least = None;
    for line in lines(&own) {
        least = smaller(least, quota_of_line(root, line));
    }
    least
}

/// A line is `0::/path` for version 2, `4:cpu,cpuacct:/path` for version 1.
fn quota_of_line(root: &Path, line: &str) -> Option<f64> {
    let (_, rest) = cut(line, ":")?;
    let (controllers, path) = cut(rest, ":")?;
    let mounts = root.join("sys/fs/cgroup");
    if controllers.is_empty() {
        // Mounted by itself, or beside version 1.
        let mount = first_with(
            "cgroup.controllers",
            [mounts.clone(), mounts.join("unified")],
        );
        return least(&mount?, path, second_version);
    }
    for controller in parts(controllers, ",") {
        if controller == "cpu" {
            // The folder is called after all its controllers, or after one.
            let mount = first_with("", [mounts.join(controllers), mounts.join("cpu")]);
            return least(&mount?, path, first_version);
        }
    }
    None
}

/// The first of two folders in which a file is; without a name, the first that is there.
fn first_with(file: &str, [first, second]: [PathBuf; 2]) -> Option<PathBuf> {
    if first.join(file).exists() {
        return Some(first);
    }
    second.join(file).exists().then_some(second)
}

/// Asks each group from `path` up to the mount itself. In a container the path
/// may be the host's and not exist: then the mount is all there is.
fn least(mount: &Path, path: &str, quota_in: fn(&Path) -> Option<f64>) -> Option<f64> {
    let own: PathBuf = mount.join(path.trim_start_matches('/'));
    let mut least = None;
    for dir in own.ancestors() {
        if !dir.starts_with(mount) {
            break;
        }
        least = smaller(least, quota_in(dir));
    }
    least
}

fn smaller(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        _ => one.or(other),
    }
}

/// `max 100000`, or quota and period in microseconds.
fn second_version(dir: &Path) -> Option<f64> {
    let text = contents(&dir.join("cpu.max"))?;
    let (quota, period) = cut(trim(&text), " ")?;
    share(parsed(quota)?, parsed(period)?)
}

/// A quota of -1 is none.
fn first_version(dir: &Path) -> Option<f64> {
    let number = |file: &str| parsed(trim(&contents(&dir.join(file))?));
    share(number("cpu.cfs_quota_us")?, number("cpu.cfs_period_us")?)
}

fn share(quota_us: f64, period_us: f64) -> Option<f64> {
    (quota_us > 0.0 && period_us > 0.0).then(|| quota_us / period_us)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[track_caller]
    fn check(own: &str, files: &[(&str, &str)], expected: Option<f64>) {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [("proc/self/cgroup", own)].iter().chain(files) {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        assert_eq!(quota(root.path()), expected);
    }

    #[test]
    fn the_second_version_is_read_up_to_its_mount() {
        let controllers = ("sys/fs/cgroup/cgroup.controllers", "cpu io\n");
        let own = "0::/work.slice/job\n";
        check(
            own,
            &[
                controllers,
                ("sys/fs/cgroup/work.slice/job/cpu.max", "150000 100000\n"),
            ],
            Some(1.5),
        );
        check(
            own,
            &[
                controllers,
                ("sys/fs/cgroup/work.slice/job/cpu.max", "max 100000\n"),
            ],
            None,
        );
        let above = ("sys/fs/cgroup/work.slice/cpu.max", "50000 100000\n");
        check(
            own,
            &[
                controllers,
                above,
                ("sys/fs/cgroup/work.slice/job/cpu.max", "150000 100000\n"),
            ],
            Some(0.5),
        );
        check(
            "0::/../../elsewhere\n",
            &[controllers, ("sys/fs/cgroup/cpu.max", "200000 100000\n")],
            Some(2.0),
        );
        check(own, &[controllers], None);
    }

    #[test]
    fn the_first_version_is_read_under_either_name() {
        let own = "7:memory:/\n4:cpu,cpuacct:/docker/12\n0::/\n";
        let files = |mount: &str, quota: &'static str| {
            let dir = format!("sys/fs/cgroup/{mount}/docker/12");
            [
                (format!("{dir}/cpu.cfs_quota_us"), quota),
                (format!("{dir}/cpu.cfs_period_us"), "100000\n"),
            ]
        };
        for (mount, quota, expected) in [
            ("cpu,cpuacct", "250000\n", Some(2.5)),
            ("cpu", "50000\n", Some(0.5)),
            ("cpu", "-1\n", None),
        ] {
            let files = files(mount, quota);
            let files: Vec<(&str, &str)> = files
                .iter()
                .map(|(path, text)| (path.as_str(), *text))
                .collect();
            check(own, &files, expected);
        }
    }

    #[test]
    fn no_control_group_is_no_quota() {
        check("", &[], None);
        check("7:memory:/\n", &[], None);
        check("not a line\n", &[], None);
    }
}
