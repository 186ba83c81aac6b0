//! Files that are changed together: all of them, or none.

use std::io;
use std::path::{Path, PathBuf};

/// What was changed, and what stood there before.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Files, each with its bytes and permissions, where it was there.
    files: Vec<(PathBuf, Option<Before>)>,
    /// Folders that were made, outermost first.
    folders: Vec<PathBuf>,
}

#[derive(Debug)]
struct Before {
    bytes: Vec<u8>,
    permissions: std::fs::Permissions,
}

impl Changes {
    /// Remembers a file that others may change, so that it is restored too.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub(crate) fn watch(&mut self, file: &Path) -> io::Result<()> {
        let before = match std::fs::read(file) {
            Ok(bytes) => Some(Before {
                bytes,
                permissions: std::fs::metadata(file)?.permissions(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        self.files.push((file.to_owned(), before));
        Ok(())
    }

    /// Writes a file that still holds `old`, folders included.
    ///
    /// # Errors
    /// If it holds something else, or cannot be written.
    pub(crate) fn write(&mut self, file: &Path, old: Option<&str>, new: &str) -> io::Result<()> {
        self.watch(file)?;
        let found = self.files.last().and_then(|(_, before)| before.as_ref());
        if found.map(|before| &*before.bytes) != old.map(str::as_bytes) {
            self.files.pop();
            return Err(io::Error::other("it has changed since it was read"));
        }
        let mut missing: Vec<PathBuf> = Vec::new();
        for folder in file
            .ancestors()
            .skip(1)
            .take_while(|folder| !folder.exists())
        {
            missing.push(folder.to_owned());
        }
        for folder in missing.into_iter().rev() {
            std::fs::create_dir(&folder)?;
            self.folders.push(folder);
        }
        // In place: links, permissions and owners stay.
        std::fs::write(file, new)
    }

    /// Restores everything, byte for byte; what cannot be restored is named.
    ///
    /// # Errors
    /// Names each file that is not as it was.
    pub(crate) fn undo(self) -> Result<(), String> {
        let mut failed: Vec<String> = Vec::new();
        for (file, before) in self.files.iter().rev() {
            let restored = match before {
                Some(before) => match std::fs::read(file) {
                    Ok(bytes) if bytes == before.bytes => Ok(()),
                    _ => std::fs::write(file, &before.bytes)
                        .and_then(|()| std::fs::set_permissions(file, before.permissions.clone())),
                },
                None => match std::fs::remove_file(file) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                    _ => Ok(()),
                },
            };
            failed.extend(
                restored
                    .err()
                    .map(|error| format!("{}: {error}", file.display())),
            );
        }
        for folder in self.folders.iter().rev() {
            // What others have put there meanwhile stays.
            let _ = std::fs::remove_dir(folder);
        }
        match failed.is_empty() {
            true => Ok(()),
            false => Err(failed.join("\n")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undone_is_as_it_was_byte_for_byte() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a.toml"), "a = 1\r\n").expect("written");
        std::fs::write(path("Cargo.lock"), "old").expect("written");
        let mut changes = Changes::default();
        changes.watch(&path("Cargo.lock")).expect("it can be read");
        changes.watch(&path("none.lock")).expect("it is not there");
        changes
            .write(&path("a.toml"), Some("a = 1\r\n"), "a = 2\r\n")
            .expect("written");
        changes
            .write(&path("x/y/b.rs"), None, "fn b() {}\n")
            .expect("written");
        let other = changes.write(&path("a.toml"), Some("a = 3"), "a = 4");
        assert!(other.is_err_and(|error| error.to_string().contains("changed since")));
        std::fs::write(path("Cargo.lock"), "new").expect("written");
        std::fs::write(path("none.lock"), "new").expect("written");
        assert!(path("x/y/b.rs").is_file());
        changes.undo().expect("undone");
        let read = |name: &str| std::fs::read_to_string(path(name)).ok();
        assert_eq!(read("a.toml").as_deref(), Some("a = 1\r\n"));
        assert_eq!(read("Cargo.lock").as_deref(), Some("old"));
        assert!(!path("none.lock").exists() && !path("x").exists());
    }
}
