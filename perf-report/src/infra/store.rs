//! The folder of records: read with care, written by renaming.

use std::fs::Permissions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::analysis::run::Filed;
use crate::infra::diagnose;
use crate::infra::worker::Sent;
use crate::model::manifest::{self, Manifest};
use crate::model::profile::{self, Profile};
use crate::model::record::Record;

/// `target/perf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Store {
    root: PathBuf,
}

/// What a folder of one run holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Loaded {
    pub(crate) filed: Vec<Filed>,
    pub(crate) manifest: Option<Manifest>,
    /// Files that cannot be read, each with its line.
    pub(crate) problems: Vec<String>,
}

impl Store {
    /// The store of a target directory.
    pub(crate) fn new(root: PathBuf) -> Store {
        Store { root }
    }

    /// The root, which workers are told.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of a run.
    pub(crate) fn run(&self, id: &str) -> PathBuf {
        self.root.join("runs").join(id)
    }

    /// The folder of the run that was written last.
    pub(crate) fn latest(&self) -> Option<PathBuf> {
        let folders = std::fs::read_dir(self.root.join("runs")).ok()?.flatten();
        let dated = folders.filter_map(|entry| {
            let data = entry.metadata().ok()?;
            data.is_dir().then(|| (data.modified().ok(), entry.path()))
        });
        dated.max().map(|(_, path)| path)
    }

    /// Whether a run already has records.
    pub(crate) fn is_taken(&self, id: &str) -> bool {
        std::fs::read_dir(self.run(id)).is_ok_and(|mut entries| entries.next().is_some())
    }
}

/// Reads everything in the folder of a run. A file that is no record is a
/// problem and is named; the others still load.
///
/// # Errors
/// If the folder itself cannot be read.
pub(crate) fn load(folder: &Path) -> io::Result<Loaded> {
    let mut unread = Vec::new();
    let mut loaded = load_but(folder, &mut unread)?;
    loaded.note(unread);
    Ok(loaded)
}

/// The same; files that are no record go to a list, each with why.
fn load_but(folder: &Path, unread: &mut Vec<(String, String)>) -> io::Result<Loaded> {
    let mut loaded = Loaded::default();
    for file in json_files(folder)? {
        let name = file.display().to_string();
        let text = match read_file(&file) {
            Ok(text) => text,
            Err(error) => {
                unread.push((name, format!(" cannot be read: {error}")));
                continue;
            }
        };
        if file.file_name().is_some_and(|name| name == manifest::FILE) {
            match read_manifest(&text) {
                Ok(manifest) => loaded.manifest = Some(manifest),
                Err(error) => unread.push((name, error)),
            }
            continue;
        }
        let read = Record::read(&text);
        diagnose::record(&name, false, read.as_ref());
        match read {
            Ok(record) => loaded.filed.push(Filed {
                file: name,
                record: Box::new(record),
                changed: false,
            }),
            Err(error) => unread.push((name, error.to_string())),
        }
    }
    Ok(loaded)
}

/// Reads the folder of a run that was just measured. What its tests sent counts:
/// the files are copies of that, and may lack, or be of another run.
pub(crate) fn load_sent(folder: &Path, sent: &[Sent]) -> Loaded {
    let mut unread = Vec::new();
    // No folder means no file.
    let mut loaded = load_but(folder, &mut unread).unwrap_or_default();
    for sent in sent {
        let file = folder.join(&sent.file).display().to_string();
        let read = Record::read(&sent.text);
        diagnose::record(&file, true, read.as_ref());
        match read {
            Ok(record) => {
                unread.retain(|(name, _)| *name != file);
                let lacks = !loaded.filed.iter().any(|filed| filed.file == file);
                loaded.filed.retain(|filed| filed.file != file);
                loaded.filed.push(Filed {
                    file,
                    record: Box::new(record),
                    changed: lacks,
                });
            }
            Err(error) => unread.push((file, format!(" as sent: {error}"))),
        }
    }
    loaded.note(unread);
    loaded
}

impl Loaded {
    /// Names the files that are no record.
    fn note(&mut self, unread: Vec<(String, String)>) {
        let named = unread
            .into_iter()
            .map(|(file, why)| format!("{file}:{why}"));
        self.problems.extend(named);
    }
}

/// Reads the profiles of a run. One that cannot be read is named; it changes no verdict.
pub(crate) fn profiles(run: &Path) -> (Vec<Profile>, Vec<String>) {
    let (mut profiles, mut warnings) = (Vec::new(), Vec::new());
    // No folder means no profile.
    for file in json_files(&run.join(profile::FOLDER)).unwrap_or_default() {
        let name = file.display();
        match read_file(&file).map(|text| Profile::read(&text)) {
            Ok(Ok(profile)) => profiles.push(profile),
            Ok(Err(error)) => warnings.push(format!("{name}:{error}")),
            Err(error) => warnings.push(format!("{name}: cannot be read: {error}")),
        }
    }
    (profiles, warnings)
}

/// Writes a record that a test sent under the name that the test gives it.
///
/// # Errors
/// If it cannot be written; the text names the file.
pub(crate) fn write_record(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let path = folder.join(name);
    if path.file_name() != Some(name.as_ref()) {
        return Err(format!("found {name:?}, expected the name of a file"));
    }
    write(&path, text)
        .map_err(|error| format!("{}: the file cannot be written: {error}", path.display()))
}

/// Reads what is a file: a pipe or a device would be waited for without end.
fn read_file(file: &Path) -> io::Result<String> {
    if !std::fs::metadata(file)?.is_file() {
        return Err(io::Error::other("it is no regular file; remove it"));
    }
    std::fs::read_to_string(file)
}

/// Writes a file under a temporary name and renames it, so that no reader ever
/// sees half of it. A link to a file stays a link; a device or a pipe, `/dev/stdout`
/// too, is written to: renamed over, it would be gone.
///
/// # Errors
/// If the folder or the file cannot be written.
pub(crate) fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let kind = std::fs::symlink_metadata(file).map(|there| there.file_type());
    if kind.map_or(true, |kind| kind.is_file() || kind.is_dir()) {
        return replace(file, text, None);
    }
    match file.canonicalize() {
        Ok(target) if target.is_file() && !is_stream(file) => replace(&target, text, None),
        _ => append(file, text),
    }
}

/// Whether a path leads to what a process has open, as `/dev/stdout` does by a link to
/// `/proc/self/fd/1` or `/dev/fd/1`, even where that is a regular file.
fn is_stream(file: &Path) -> bool {
    const MOST_LINKS: usize = 40;
    let next = |path: &PathBuf| {
        let target = std::fs::read_link(path).ok()?;
        Some(path.parent()?.join(target))
    };
    let mut links = std::iter::successors(Some(file.to_owned()), next).take(MOST_LINKS);
    links.any(|path| ["/proc", "/dev/fd"].iter().any(|one| path.starts_with(one)))
}

/// The same in a folder that is there, with these permissions.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn replace(file: &Path, text: &str, permissions: Option<Permissions>) -> io::Result<()> {
    let mut temporary = file.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let written = std::fs::write(&temporary, text)
        .and_then(|()| match permissions {
            Some(permissions) => std::fs::set_permissions(&temporary, permissions),
            None => Ok(()),
        })
        .and_then(|()| std::fs::rename(&temporary, file));
    if written.is_err() {
        // Half a file is of no use; the first error is the one that counts.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// The text of a file.
pub(crate) fn read_text(file: &Path) -> io::Result<String> {
    std::fs::read_to_string(file)
}

/// Adds to a file, which is made where there is none.
pub(crate) fn append(file: &Path, text: &str) -> io::Result<()> {
    let mut file = std::fs::File::options()
        .append(true)
        .create(true)
        .open(file)?;
    file.write_all(text.as_bytes())
}

/// How long a file is, bytes; 0 where there is none.
pub(crate) fn length(file: &Path) -> usize {
    let length = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// Removes the folder of a run, with all that is in it.
pub(crate) fn remove(folder: &Path) {
    // What cannot be removed is in the way of that name only.
    let _ = std::fs::remove_dir_all(folder);
}

/// Takes the folder of a run away again in which nothing was recorded, so that
/// its name is free.
pub(crate) fn forget(folder: &Path) {
    let only_manifest = std::fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == manifest::FILE))
    });
    if only_manifest {
        // What cannot be removed is in the way of that name only.
        let _ = std::fs::remove_dir_all(folder);
    }
}

/// The JSON files of a folder in the order of their names, but for hidden ones.
///
/// # Errors
/// If the folder cannot be read.
pub(crate) fn json_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let is_json = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        !name.as_encoded_bytes().starts_with(b".")
            && path.extension().is_some_and(|end| end == "json")
    };
    let paths = std::fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path());
    let mut files: Vec<PathBuf> = paths.filter(is_json).collect();
    files.sort();
    Ok(files)
}

fn read_manifest(text: &str) -> Result<Manifest, String> {
    let manifest: Manifest = serde_json::from_str(text).map_err(|error| {
        let error = crate::model::record::ReadError::from(error);
        error.to_string()
    })?;
    if manifest.schema == manifest::SCHEMA {
        Ok(manifest)
    } else {
        let (found, known) = (manifest.schema, manifest::SCHEMA);
        Err(format!(
            "1:1: schema {found} is not known, this perf-report reads schema {known}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture;

    #[test]
    fn a_broken_record_names_its_file_and_line_and_the_others_load() {
        let folder = tempfile::tempdir().expect("a folder");
        write(
            &folder.path().join("a.json"),
            &fixture::record("a::b", 0.0).write(),
        )
        .expect("written");
        write(
            &folder.path().join("b.json"),
            "{\n  \"schema\": 1,\n  oops\n}",
        )
        .expect("written");
        write(&folder.path().join("c.json.17.tmp"), "half").expect("written");
        let loaded = load(folder.path()).expect("the folder is there");
        assert_eq!(loaded.filed.len(), 1);
        assert_eq!(loaded.problems.len(), 1);
        assert!(
            loaded.problems[0].contains("b.json:3:3: "),
            "{:?}",
            loaded.problems
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_written_to_and_stays() {
        use std::os::unix::fs::{FileTypeExt as _, symlink};

        // In memory, where files are regular ones although they are below `/dev`.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("kept.md"), "a longer text of before").expect("written");
        for (link, target) in [
            ("report.md", at("kept.md")),
            ("nothing", "/dev/null".into()),
            ("later.md", at("later")),
        ] {
            symlink(target, at(link)).expect("linked");
            write(&at(link), "new").expect("written");
            assert!(at(link).is_symlink(), "{link}");
        }
        for file in ["kept.md", "later"] {
            assert_eq!(read_text(&at(file)).expect("a file"), "new");
        }
        assert!(is_stream(Path::new("/dev/stdout")));
        symlink("/dev/stdout", at("stream")).expect("linked");
        assert!(is_stream(&at("stream")) && !is_stream(&at("report.md")));
        // As root a rename would succeed.
        let null = std::fs::metadata("/dev/null").expect("there");
        assert!(null.file_type().is_char_device());
        // It cannot be opened, and stays what it is.
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).expect("bound");
        write(&at("socket"), "new").expect_err("no file");
        let socket = std::fs::symlink_metadata(at("socket")).expect("there");
        assert!(socket.file_type().is_socket());
    }

    #[test]
    fn a_broken_profile_names_its_file_and_the_others_load() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(profiles(folder.path()), (Vec::new(), Vec::new()));
        let sample = include_str!("../../schema/profile-1.sample.json");
        let file = |name: &str| folder.path().join(profile::FOLDER).join(name);
        write(&file("a.json"), sample).expect("written");
        write(&file("b.json"), "{\"schema\": 7}").expect("written");
        let (profiles, warnings) = profiles(folder.path());
        assert_eq!(profiles[0].case, "orders::tests::checkout");
        assert_eq!((profiles.len(), warnings.len()), (1, 1));
        assert!(
            warnings[0].contains("b.json:1:1: schema 7 is not known"),
            "{warnings:?}"
        );
    }

    #[test]
    fn a_manifest_of_another_schema_is_refused() {
        let text = |schema| {
            serde_json::to_string(&Manifest {
                schema,
                ..Manifest::default()
            })
            .expect("JSON")
        };
        assert!(read_manifest(&text(1)).is_ok());
        assert!(
            read_manifest(&text(2)).is_err_and(|error| error.contains("schema 2 is not known"))
        );
    }

    #[test]
    fn a_store_knows_its_runs() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path().to_owned());
        assert_eq!((store.latest(), store.is_taken("r1")), (None, false));
        write(&store.run("r1").join("x.json"), "{}").expect("written");
        assert_eq!(
            (store.latest(), store.is_taken("r1")),
            (Some(store.run("r1")), true)
        );
    }
}
