//! Where a history is kept.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The folder beside the project.
const FOLDER: &str = "perf-history";
/// The file in it, and in any folder that is named.
const FILE: &str = "history.sqlite3";

/// A file or a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// An SQLite file.
    File {
        file: PathBuf,
        /// Its folder is ours: made where it is missing, and hidden from git.
        own_folder: bool,
    },
    /// The URL of a PostgreSQL server.
    Server(String),
}

impl Location {
    /// Beside the project whose root this is.
    pub(crate) fn beside(root: &Path) -> Location {
        Location::File {
            file: root.join(FOLDER).join(FILE),
            own_folder: true,
        }
    }

    /// What was named: a URL, a file, or a folder that holds the file.
    ///
    /// A path need not be UTF-8, and stays what it is.
    pub(crate) fn named(name: impl AsRef<OsStr>, directory: &Path) -> Location {
        let name = name.as_ref();
        let is_server =
            |text: &&str| text.starts_with("postgres://") || text.starts_with("postgresql://");
        if let Some(url) = name.to_str().filter(is_server) {
            return Location::Server(url.to_owned());
        }
        let path = directory.join(name);
        let last = name.as_encoded_bytes().last().copied();
        let is_folder =
            last.is_some_and(|last| std::path::is_separator(char::from(last))) || path.is_dir();
        Location::File {
            file: if is_folder { path.join(FILE) } else { path },
            own_folder: false,
        }
    }

    /// For people: relative to the working directory, and without a password.
    pub(crate) fn shown(&self, directory: &Path) -> String {
        match self {
            Location::File { file, .. } => file
                .strip_prefix(directory)
                .unwrap_or(file)
                .display()
                .to_string(),
            Location::Server(url) => without_secrets(url),
        }
    }
}

/// A URL without whom it is opened as, and without its parameters, which may
/// hold a password too.
fn without_secrets(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    // A password may hold an `@` itself: the last one ends it.
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}://{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, file: &str) {
        let expected = Location::File {
            file: PathBuf::from(file),
            own_folder: false,
        };
        assert_eq!(Location::named(text, Path::new("/project")), expected);
    }

    #[test]
    fn a_name_is_a_file_a_folder_or_a_server() {
        check("a.sqlite3", "/project/a.sqlite3");
        check("some/where/", "/project/some/where/history.sqlite3");
        check("/else/a.db", "/else/a.db");
        for url in ["postgres://a/b", "postgresql://a/b"] {
            let server = Location::Server(url.to_owned());
            assert_eq!(Location::named(url, Path::new("/project")), server);
        }
        let folder = tempfile::tempdir().expect("a folder");
        let named = Location::named(".", folder.path());
        assert_eq!(named.shown(folder.path()), "history.sqlite3");
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_not_utf_8_stays_what_it_is() {
        use std::os::unix::ffi::OsStrExt as _;
        let name = OsStr::from_bytes(b"hist\xff.sqlite3");
        let Location::File { file, .. } = Location::named(name, Path::new("/project")) else {
            panic!("it is a file")
        };
        assert_eq!(file.file_name(), Some(name));
    }

    #[track_caller]
    fn shows(url: &str, expected: &str) {
        let shown = Location::Server(url.to_owned()).shown(Path::new("/"));
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_password_is_never_shown() {
        shows(
            "postgres://me:se@cr/et@db.example:5432/perf?password=x",
            "postgres://db.example:5432/perf",
        );
        shows("postgres://db/perf", "postgres://db/perf");
        shows(
            "postgresql:///perf?host=/run/postgresql&user=me",
            "postgresql:///perf",
        );
    }
}
