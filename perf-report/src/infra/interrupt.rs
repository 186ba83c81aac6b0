//! SIGINT and SIGTERM: remembered, and passed on to the programs that were started.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The exit code of a program that was interrupted, as shells have it.
pub(crate) const EXIT_CODE: u8 = 130;

static REQUESTED: AtomicBool = AtomicBool::new(false);
/// The processes that run, each with whether it leads a process group.
static RUNNING: Mutex<BTreeMap<u32, bool>> = Mutex::new(BTreeMap::new());

/// What is done before the process is ended at once.
type Last = Box<dyn FnOnce() + Send>;
static LAST: Mutex<Option<Last>> = Mutex::new(None);

/// Does this before the process is ended by a second signal, which leaves no time for
/// anything else; `None` once there is nothing left to do.
pub(crate) fn before_the_end(last: Option<Last>) {
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = last;
}

/// From here on Ctrl-C, SIGINT, SIGTERM and SIGHUP end the programs that were
/// started; this one goes on to say what was judged. The second time they end it.
pub(crate) fn listen() {
    // A program that has set a handler keeps it.
    let _ = ctrlc::set_handler(|| {
        let again = REQUESTED.swap(true, Ordering::SeqCst);
        for (id, leads) in running().iter() {
            end(*id, *leads, again);
        }
        if again {
            let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(last) = last {
                last();
            }
            std::process::exit(i32::from(EXIT_CODE));
        }
    });
}

/// Whether this process was asked to end.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// A program was started.
pub(super) fn started(id: u32, leads: bool) {
    running().insert(id, leads);
    // The signal may have come before it was known.
    if requested() {
        end(id, leads, false);
    }
}

/// It has ended.
pub(super) fn ended(id: u32) {
    running().remove(&id);
}

fn running() -> MutexGuard<'static, BTreeMap<u32, bool>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends a process, or the group that it leads; `surely` if it has no say in it.
#[cfg(unix)]
pub(super) fn end(id: u32, leads: bool, surely: bool) {
    use nix::sys::signal::{Signal, kill, killpg};
    use nix::unistd::Pid;
    let Ok(id) = i32::try_from(id) else { return };
    let signal = if surely {
        Signal::SIGKILL
    } else {
        Signal::SIGTERM
    };
    let send = if leads { killpg } else { kill };
    // Those that have ended in between need no signal.
    let _ = send(Pid::from_raw(id), signal);
}

/// Without process groups, the owner of the process ends it.
#[cfg(not(unix))]
pub(super) fn end(_: u32, _: bool, _: bool) {}
