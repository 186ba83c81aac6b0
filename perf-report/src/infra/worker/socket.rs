//! The socket at which a worker is awaited, a stream that is named to it alone.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use tempfile::{Builder, TempDir};

/// The longest path of a socket on any system, less the end of the text.
const LONGEST_PATH: usize = 103;
/// What the names of the folders begin with, and what a socket is called.
const PREFIX: &str = "perf-worker-";
const NAME: &str = "worker";
/// A folder that is newer than this may be about to be locked.
const ABANDONED_AFTER: Duration = Duration::from_secs(60);

/// Where a worker is awaited.
pub(super) struct Socket {
    listener: UnixListener,
    /// Only this user may enter it. It goes as soon as the worker is there, so that
    /// a program that the test starts cannot connect in its place.
    folder: TempDir,
    /// The folder, locked: it is in use while this process lives.
    _lock: File,
}

/// Ends the wait for a worker that has ended.
pub(super) struct GiveUp {
    folder: PathBuf,
}

impl Socket {
    /// Listens at a new path. The first of a process removes the folders of
    /// processes that were killed before they could do so.
    ///
    /// # Errors
    /// If there is no folder for it, or no socket.
    pub(super) fn new() -> io::Result<Socket> {
        static SWEPT: Once = Once::new();
        let temporary = std::env::temp_dir();
        let longest = path(&temporary.join(PREFIX.to_owned() + "123456"));
        let temporary = match longest.as_os_str().len() > LONGEST_PATH {
            true => Path::new("/tmp"),
            false => &*temporary,
        };
        let socket = Socket::within(temporary)?;
        SWEPT.call_once(|| {
            if let Ok(own) = socket.folder.path().metadata() {
                remove_abandoned(temporary, own.uid(), ABANDONED_AFTER);
            }
        });
        Ok(socket)
    }

    fn within(temporary: &Path) -> io::Result<Socket> {
        let folder = Builder::new().prefix(PREFIX).tempdir_in(temporary)?;
        let lock = File::open(folder.path())?;
        // Where folders cannot be locked, none is taken for abandoned either.
        let _ = lock.lock();
        Ok(Socket {
            listener: UnixListener::bind(path(folder.path()))?,
            folder,
            _lock: lock,
        })
    }

    pub(super) fn path(&self) -> PathBuf {
        path(self.folder.path())
    }

    pub(super) fn give_up(&self) -> GiveUp {
        GiveUp {
            folder: self.folder.path().to_owned(),
        }
    }

    /// Waits for the worker; where that is given up, for a stream that is at its end.
    pub(super) fn accept(self) -> Option<UnixStream> {
        let (stream, _) = self.listener.accept().ok()?;
        Some(stream)
    }
}

impl Drop for GiveUp {
    fn drop(&mut self) {
        // A worker that has connected has taken the path away; one that connects
        // and ends is accepted before this connection.
        if UnixStream::connect(path(&self.folder)).is_ok() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Removes the folders of a user that have been there for as long and that no living
/// process has locked: a lock ends with its process, however that ends. What holds
/// anything else stays.
fn remove_abandoned(temporary: &Path, user: u32, after: Duration) {
    let entries = fs::read_dir(temporary).into_iter().flatten().flatten();
    for entry in entries {
        let is_named = (entry.file_name().to_str()).is_some_and(|name| name.starts_with(PREFIX));
        // A link is not followed.
        if !is_named || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let Ok(folder) = File::open(entry.path()) else {
            continue;
        };
        let is_old_and_own = folder.metadata().is_ok_and(|found| {
            let made = found.modified().ok();
            let age = made.and_then(|made| made.elapsed().ok());
            found.uid() == user && age.is_some_and(|age| age >= after)
        });
        if is_old_and_own && folder.try_lock().is_ok() {
            let _ = fs::remove_file(path(&entry.path()));
            let _ = fs::remove_dir(entry.path());
        }
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Other command lines remove what they take for abandoned at any moment.
    #[test]
    fn a_folder_that_is_not_locked_yet_is_not_taken_away() {
        let temporary = tempfile::tempdir().expect("a folder");
        let user = temporary.path().metadata().expect("it is there").uid();
        let made = std::sync::atomic::AtomicBool::new(false);
        let is_made = || made.load(std::sync::atomic::Ordering::Relaxed);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_made() {
                    remove_abandoned(temporary.path(), user, ABANDONED_AFTER);
                }
            });
            let sockets: Vec<io::Result<Socket>> =
                (0..400).map(|_| Socket::within(temporary.path())).collect();
            made.store(true, std::sync::atomic::Ordering::Relaxed);
            for socket in sockets {
                assert!(socket.expect("a socket").path().exists());
            }
        });
    }

    #[test]
    fn what_no_living_process_holds_is_removed_and_nothing_else() {
        let temporary = tempfile::tempdir().expect("a folder");
        let inside = |name: &str| temporary.path().join(name);
        let user = temporary.path().metadata().expect("it is there").uid();
        let used = Socket::within(temporary.path()).expect("a socket");
        let dead = Socket::within(temporary.path()).expect("a socket");
        let left = dead.folder.path().to_owned();
        // As a process leaves it that is killed: the lock goes, the folder stays.
        let Socket {
            listener,
            folder,
            _lock: lock,
        } = dead;
        assert_eq!(folder.keep(), left);
        drop((listener, lock));
        fs::create_dir(inside("perf-worker-empty")).expect("made");
        for other in ["perf-worker-of-others", "perf-data"] {
            fs::create_dir(inside(other)).expect("made");
            fs::write(inside(other).join("file"), "").expect("written");
        }
        std::os::unix::fs::symlink(&left, inside("perf-worker-link")).expect("linked");
        remove_abandoned(temporary.path(), user + 1, Duration::ZERO);
        remove_abandoned(temporary.path(), user, ABANDONED_AFTER);
        assert!(left.exists(), "it is another user's, and new");
        // A process that another test starts has a copy of the lock until it executes
        // its program.
        let is_gone = |_| {
            remove_abandoned(temporary.path(), user, Duration::ZERO);
            let is_gone = !left.exists() && !inside("perf-worker-empty").exists();
            if !is_gone {
                std::thread::sleep(Duration::from_millis(1));
            }
            is_gone
        };
        assert!((0..10_000).any(is_gone));
        assert!(used.path().exists(), "it is in use");
        assert!(inside("perf-worker-of-others").exists() && inside("perf-data").exists());
        assert!(inside("perf-worker-link").is_symlink());
        let give_up = used.give_up();
        drop(give_up);
        assert!(!used.path().exists());
    }
}
