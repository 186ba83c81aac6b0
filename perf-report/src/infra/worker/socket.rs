//! The socket at which a worker is awaited, a stream that only it is told of.

use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempDir};

/// The longest path of a socket on any system, less the end of the text.
const LONGEST_PATH: usize = 103;

/// Where a worker is awaited.
pub(super) struct Socket {
    listener: UnixListener,
    /// Only this user may enter it. It goes as soon as the worker is there, so that
    /// a program that the test starts cannot connect in its place.
    folder: TempDir,
}

/// Ends the wait for a worker that has ended.
pub(super) struct GiveUp {
    folder: PathBuf,
}

impl Socket {
    /// Listens at a path of its own.
    ///
    /// # Errors
    /// If there is no folder for it, or no socket.
    pub(super) fn new() -> io::Result<Socket> {
        let mut builder = Builder::new();
        builder.prefix("perf-");
        let mut folder = builder.tempdir()?;
        if path(folder.path()).as_os_str().len() > LONGEST_PATH {
            folder = builder.tempdir_in("/tmp")?;
        }
        Ok(Socket {
            listener: UnixListener::bind(path(folder.path()))?,
            folder,
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
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("worker")
}
