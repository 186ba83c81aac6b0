//! A lock file in the temporary folder keeps processes from measuring at the same time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use crate::model::note::Note;
use crate::system::clock::Stopwatch;
use crate::system::mailbox::{Nothing, mailbox};
use crate::system::threads;

/// The file that this process has locked.
static LOCKED: Mutex<Weak<File>> = Mutex::new(Weak::new());

/// Unlocks what this process has locked, because it is about to end.
///
/// The end of a process closes its files, but a process that a case forked has
/// them open too, and keeps the lock for as long as it lives.
pub(super) fn unlock() {
    // The holder is about to lock or to unlock; to wait for it might
    // be to wait for the thread that ends the process.
    let file = LOCKED.try_lock().ok().and_then(|locked| locked.upgrade());
    if let Some(file) = file {
        let _ = file.unlock();
    }
}

/// The machine is this process's until this is dropped. A process that is
/// killed gives it back too: the system unlocks the files of a dead process.
#[must_use = "the lock is given back when it is dropped"]
#[derive(Debug)]
pub(crate) struct MachineLock {
    file: Option<Arc<File>>,
    note: Option<Note>,
}

impl MachineLock {
    /// Why the machine is not locked, where it could not be.
    pub(crate) fn note(&self) -> Option<&Note> {
        self.note.as_ref()
    }

    /// Another thread of this process has it, and will keep it.
    pub(super) const fn held_already() -> MachineLock {
        MachineLock {
            file: None,
            note: None,
        }
    }

    pub(super) fn acquire(
        path: &Path,
        long: Duration,
        on_long_wait: &mut dyn FnMut(Duration),
    ) -> MachineLock {
        match open(path).and_then(|file| lock(file, long, on_long_wait)) {
            Ok(file) => {
                let file = Arc::new(file);
                *LOCKED.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&file);
                MachineLock {
                    file: Some(file),
                    note: None,
                }
            }
            Err(error) => MachineLock {
                file: None,
                note: Some(Note::not_locked(
                    &path.display().to_string(),
                    &error.to_string(),
                )),
            },
        }
    }

    #[cfg(test)]
    fn is_locked(&self) -> bool {
        self.file.is_some()
    }
}

impl Drop for MachineLock {
    /// Closing the file would not do: a process that a case forked has it open
    /// too.
    #[inline(never)]
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            // Where it fails, the file is closed already, by the case.
            let _ = file.unlock();
        }
    }
}

/// Where the lock file of this machine is.
///
/// Its name contains the number of the system's start, where there is one:
/// containers that share a temporary folder and a kernel share it, machines
/// that share a network folder don't.
pub(super) fn path() -> PathBuf {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let name = match boot.trim() {
        "" => "perf-budgets.lock".to_owned(),
        boot => format!("perf-budgets-{boot}.lock"),
    };
    std::env::temp_dir().join(name)
}

/// Opens the file, and makes it where it is not there. Nothing is ever written to
/// it, so another user's file, which only opens for reading, is as good.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    no_links(&mut options);
    options.open(path).or_else(|error| {
        let mut options = OpenOptions::new();
        options.read(true);
        no_links(&mut options);
        // The first error says more: the file may not even exist.
        options.open(path).map_err(|_| error)
    })
}

/// A link in a folder that every user can write to is not
/// followed.
#[cfg(unix)]
fn no_links(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.custom_flags(libc::O_NOFOLLOW).mode(0o666);
}

#[cfg(not(unix))]
fn no_links(_: &mut OpenOptions) {}

fn lock(file: File, long: Duration, on_long_wait: &mut dyn FnMut(Duration)) -> io::Result<File> {
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::Error(error)) => return Err(error),
        Err(TryLockError::WouldBlock) => {}
    }
    // A thread sleeps in the system until the lock is free. To ask again and
    // again would disturb the very process that measures.
    let start = Stopwatch::start();
    let (sender, receiver) = mailbox(1);
    let wait = move || {
        let locked = loop {
            match file.lock() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        // The receiver lives until it has received.
        sender.send(locked.map(|()| file));
    };
    let waiter = threads::start("perf-lock", Box::new(wait))?;
    let locked = loop {
        match receiver.receive(long) {
            Ok(locked) => break locked,
            Err(Nothing::Timeout) => on_long_wait(start.elapsed()),
            Err(Nothing::Disconnected) => {
                break Err(io::Error::other("the waiting thread ended"));
            }
        }
    };
    // Its end must not fall into a measurement.
    let _ = waiter.join();
    locked
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_millis(20);

    fn acquire(path: &Path) -> MachineLock {
        MachineLock::acquire(path, LONG, &mut |_| ())
    }

    #[test]
    fn the_second_waits_for_the_first_and_is_told_how_long() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let first = acquire(&path);
        assert!(first.is_locked() && first.note().is_none());
        let mut first = Some(first);
        let mut told = Vec::new();
        let second = MachineLock::acquire(&path, LONG, &mut |waited| {
            told.push(waited);
            if told.len() == 3 {
                first = None;
            }
        });
        assert!(second.is_locked());
        assert!(
            told.len() >= 3 && told[0] >= LONG && told.is_sorted(),
            "{told:?}"
        );
        drop(second);
        let mut told = 0;
        let third = MachineLock::acquire(&path, LONG, &mut |_| told += 1);
        assert!(third.is_locked());
        assert_eq!(told, 0, "a free lock is not waited for");
    }

    #[cfg(unix)]
    #[test]
    fn the_lock_is_given_back_although_another_process_has_the_file_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let open_elsewhere = |lock: &MachineLock| {
            let file = lock.file.as_ref().unwrap().try_clone().unwrap();
            let mut child = std::process::Command::new("sleep");
            child.arg("60").stdin(file).spawn().unwrap()
        };
        let free = || File::open(&path).unwrap().try_lock().is_ok();
        let first = acquire(&path);
        let mut child = open_elsewhere(&first);
        assert!(!free());
        drop(first);
        assert!(free(), "dropping it unlocks it");
        child.kill().unwrap();
        child.wait().unwrap();
        let second = acquire(&path);
        let mut child = open_elsewhere(&second);
        // A lock of another test may have taken its place meanwhile.
        *LOCKED.lock().unwrap() = Arc::downgrade(second.file.as_ref().unwrap());
        unlock();
        assert!(free(), "the end of the process unlocks it");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_lock_that_cannot_be_had_is_noted_and_does_not_stop_anything() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no/such/folder/a.lock");
        let lock = acquire(&path);
        assert!(!lock.is_locked());
        let note = lock.note().unwrap().to_string();
        assert!(note.contains("a.lock could not be locked: "), "{note}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_opens_only_for_reading_is_locked_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let reader = {
            std::fs::write(&path, "").unwrap();
            File::open(&path).unwrap()
        };
        reader.lock().unwrap();
        assert!(matches!(
            File::open(&path).unwrap().try_lock(),
            Err(TryLockError::WouldBlock)
        ));
        drop(reader);
        assert!(acquire(&path).is_locked());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (link, target) = (folder.path().join("a.lock"), folder.path().join("target"));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(!acquire(&link).is_locked());
        assert!(!target.exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_file_is_called_after_the_machines_start() {
        let name = path().file_name().unwrap().to_string_lossy().into_owned();
        assert!(
            name.starts_with("perf-budgets-") && name.ends_with(".lock"),
            "{name}"
        );
        assert_eq!(path(), path());
    }
}
