//! What was built in one target folder, taken into another: the dependencies that
//! two trees of a project share are built once.
//!
//! Cargo names what it builds after what it was built from and how, and asks for
//! nothing more than that name and the fingerprint beside it. It leaves the place of
//! the workspace out of the name, so the packages of the trees themselves, which
//! have the same names and other code, are never taken.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// The folder of a profile that names each unit.
const FINGERPRINTS: &str = ".fingerprint";
/// How far below the target folder a profile lies: `release`, or `TRIPLE/release`.
const DEPTH: usize = 2;
/// Digits of the hash in a unit's name.
const DIGITS: usize = 16;

/// Copies every unit that `to` lacks, but for those of the packages in `own`; how
/// many these are. A unit that is not whole is built again by cargo.
///
/// # Errors
/// If a file cannot be copied.
pub(crate) fn units(from: &Path, to: &Path, own: &BTreeSet<String>) -> io::Result<usize> {
    let mut taken = 0;
    for profile in profiles(from, DEPTH) {
        let place = profile.strip_prefix(from).unwrap_or(Path::new(""));
        taken += take(&profile, &to.join(place), own)?;
    }
    Ok(taken)
}

/// The folders below one that hold what a profile built.
fn profiles(folder: &Path, depth: usize) -> Vec<PathBuf> {
    if folder.join(FINGERPRINTS).is_dir() {
        return vec![folder.to_owned()];
    }
    if depth == 0 {
        return Vec::new();
    }
    let below = entries(folder).into_iter().filter(|entry| entry.is_dir());
    below
        .flat_map(|entry| profiles(&entry, depth - 1))
        .collect()
}

fn take(from: &Path, to: &Path, own: &BTreeSet<String>) -> io::Result<usize> {
    let is_new = |unit: &str| !to.join(FINGERPRINTS).join(unit).exists();
    let units: Vec<(String, String)> = entries(&from.join(FINGERPRINTS))
        .iter()
        .filter_map(|entry| Some(entry.file_name()?.to_str()?.to_owned()))
        .filter_map(|unit| {
            let (package, hash) = unit.rsplit_once('-')?;
            let wanted = is_hash(hash) && !own.contains(package) && is_new(&unit);
            wanted.then(|| (unit.clone(), hash.to_owned()))
        })
        .collect();
    if units.is_empty() {
        return Ok(0);
    }
    let mut files: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in entries(&from.join("deps")) {
        let hash = file.file_name().and_then(|name| hash_of(name.to_str()?));
        if let Some(hash) = hash {
            files.entry(hash.to_owned()).or_default().push(file);
        }
    }
    for (unit, hash) in &units {
        for file in files
            .get(hash)
            .into_iter()
            .flatten()
            .filter(|file| file.is_file())
        {
            let name = file.file_name().unwrap_or_default();
            copy(file, &to.join("deps").join(name))?;
        }
        // Of a build script: itself, what it said and what it wrote.
        copy_folder(&from.join("build").join(unit), &to.join("build").join(unit))?;
        // Last: it says that the others are there.
        let fingerprint = Path::new(FINGERPRINTS).join(unit);
        copy_folder(&from.join(&fingerprint), &to.join(&fingerprint))?;
    }
    Ok(units.len())
}

/// The hash in a name such as `libserde-0123456789abcdef.rlib`.
fn hash_of(name: &str) -> Option<&str> {
    let stem = name.split('.').next()?;
    stem.rsplit('-').next().filter(|hash| is_hash(hash))
}

fn is_hash(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    for entry in entries(from) {
        let place = to.join(entry.file_name().unwrap_or_default());
        if entry.is_dir() {
            copy_folder(&entry, &place)?;
        } else if entry.is_file() {
            copy(&entry, &place)?;
        }
    }
    Ok(())
}

/// Copies a file with its time, by which cargo sees whether it is older than what
/// it was made from.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::copy(from, to)?;
    let changed = from.metadata()?.modified()?;
    let file = std::fs::File::options().append(true).open(to)?;
    file.set_modified(changed)
}

/// What is in a folder; nothing where there is none.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.flatten().map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_units_of_the_trees_themselves_are_taken_with_their_times() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        let write = |file: &str| {
            let path = from.join("release").join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(&path, file).expect("written");
            let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
            let file = std::fs::File::options().append(true).open(path);
            file.and_then(|file| file.set_modified(old)).expect("set");
        };
        for file in [
            ".fingerprint/serde-0123456789abcdef/lib-serde",
            "deps/libserde-0123456789abcdef.rlib",
            "deps/serde-0123456789abcdef.d",
            ".fingerprint/libc-00000000000000aa/run-build-script",
            "build/libc-00000000000000aa/out/x.rs",
            ".fingerprint/my-app-00000000000000bb/lib-my-app",
            "deps/libmy_app-00000000000000bb.rlib",
            "deps/other-00000000000000cc",
        ] {
            write(file);
        }
        let own = BTreeSet::from(["my-app".to_owned()]);
        assert_eq!(units(&from, &to, &own).expect("copied"), 2);
        let is_there = |file: &str| to.join("release").join(file).is_file();
        assert!(is_there("deps/libserde-0123456789abcdef.rlib"));
        assert!(is_there("deps/serde-0123456789abcdef.d"));
        assert!(is_there("build/libc-00000000000000aa/out/x.rs"));
        assert!(!is_there("deps/libmy_app-00000000000000bb.rlib"));
        assert!(!is_there(".fingerprint/my-app-00000000000000bb/lib-my-app"));
        assert!(!is_there("deps/other-00000000000000cc"));
        let time = |folder: &Path| {
            let file = folder.join("release/deps/libserde-0123456789abcdef.rlib");
            file.metadata()
                .and_then(|data| data.modified())
                .expect("a time")
        };
        assert_eq!(time(&from), time(&to));
        assert_eq!(units(&from, &to, &own).expect("nothing to do"), 0);
        assert_eq!(
            units(&folder.path().join("none"), &to, &own).expect("none"),
            0
        );
    }
}
