//! What a thread waits for: from the functions on its stack and its system call.

use crate::model::profile::{Frame, Origin};

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum WaitKind {
    Sleep,
    Lock,
    /// Another thread's end.
    Thread,
    Message,
    /// A notification: a condition variable, a barrier, an unparked thread.
    Notification,
    /// What a future waits for, which no stack shows.
    Future,
    /// A value that another thread initialises.
    Initialisation,
    /// A program that was started.
    Program,
    Read,
    Write,
    /// Readiness of files, sockets or timers.
    Event,
    /// Another system call.
    Call,
}

/// Functions by a part of their names, and what who calls them waits for. The first
/// that fits counts: `Condvar` stands behind all that is built on it.
const FUNCTIONS: [(&[&str], WaitKind); 26] = [
    (&["thread::sleep"], WaitKind::Sleep),
    (&["Child", "wait"], WaitKind::Program),
    (&["process::Command", "output"], WaitKind::Program),
    (&["process::Command", "status"], WaitKind::Program),
    (&["JoinHandle", "join"], WaitKind::Thread),
    (&["JoinInner", "join"], WaitKind::Thread),
    (&["thread::scoped::scope"], WaitKind::Thread),
    (&["thread::scope"], WaitKind::Thread),
    (&["rayon"], WaitKind::Thread),
    (&["OnceLock"], WaitKind::Initialisation),
    (&["LazyLock"], WaitKind::Initialisation),
    (&["sync::once::Once"], WaitKind::Initialisation),
    (&["once_cell"], WaitKind::Initialisation),
    (&["Mutex", "lock"], WaitKind::Lock),
    (&["RwLock", "read"], WaitKind::Lock),
    (&["RwLock", "write"], WaitKind::Lock),
    (&["RwLock", "lock"], WaitKind::Lock),
    (&["lock_api"], WaitKind::Lock),
    (&["Receiver", "recv"], WaitKind::Message),
    (&["Sender", "send"], WaitKind::Message),
    (&["Select", "select"], WaitKind::Message),
    (&["Condvar", "wait"], WaitKind::Notification),
    (&["Barrier", "wait"], WaitKind::Notification),
    (&["thread::park"], WaitKind::Notification),
    (&["block_on"], WaitKind::Future),
    (&["park"], WaitKind::Notification),
];

/// System calls by name, and what who is blocked in them waits for.
const CALLS: [(&str, WaitKind); 7] = [
    ("nanosleep clock_nanosleep", WaitKind::Sleep),
    ("wait4 waitid", WaitKind::Program),
    (
        "read pread64 readv preadv recvfrom recvmsg recvmmsg getdents64 sendfile getrandom",
        WaitKind::Read,
    ),
    (
        "write pwrite64 writev pwritev sendto sendmsg sendmmsg fsync fdatasync \
         sync_file_range msync",
        WaitKind::Write,
    ),
    (
        "poll ppoll select pselect6 epoll_wait epoll_pwait epoll_pwait2 io_uring_enter \
         accept accept4 connect",
        WaitKind::Event,
    ),
    ("flock fcntl", WaitKind::Lock),
    ("futex futex_wait futex_waitv", WaitKind::Notification),
];

/// What a thread waits for that is blocked in `call`, and the frame that says so: its
/// place in the stack, innermost first. The frames inside the user's code are looked
/// at from the outermost, because a channel is made of locks and conditions.
pub(crate) fn classify<'a>(
    call: &str,
    inside: impl DoubleEndedIterator<Item = (usize, &'a Frame)> + Clone,
) -> (WaitKind, Option<usize>) {
    let of_kind = |calls: &str| calls.split(' ').any(|known| known == call);
    let by_call = CALLS.iter().find(|(calls, _)| of_kind(calls));
    let by_call = by_call.map_or(WaitKind::Call, |(_, kind)| *kind);
    // What reads, writes or sleeps does not wait for another thread, whatever called it.
    if matches!(
        by_call,
        WaitKind::Sleep | WaitKind::Read | WaitKind::Write | WaitKind::Program
    ) {
        return (by_call, None);
    }
    let foreign = inside.filter(|(_, frame)| frame.origin != Origin::User);
    for (place, frame) in foreign.rev() {
        let is = |parts: &&[&str]| parts.iter().all(|part| frame.function.contains(part));
        if let Some((_, kind)) = FUNCTIONS.iter().find(|(parts, _)| is(parts)) {
            return (*kind, Some(place));
        }
    }
    (by_call, None)
}

impl WaitKind {
    /// Whether what the other threads do meanwhile is what is waited for.
    pub(crate) fn is_for_threads(self) -> bool {
        match self {
            WaitKind::Thread
            | WaitKind::Message
            | WaitKind::Notification
            | WaitKind::Future
            | WaitKind::Initialisation
            | WaitKind::Event => true,
            WaitKind::Sleep
            | WaitKind::Lock
            | WaitKind::Program
            | WaitKind::Read
            | WaitKind::Write
            | WaitKind::Call => false,
        }
    }

    /// `waits for a lock`.
    pub(crate) fn words(self) -> &'static str {
        match self {
            WaitKind::Sleep => "sleeps",
            WaitKind::Lock => "waits for a lock",
            WaitKind::Thread => "waits for a thread to end",
            WaitKind::Message => "waits for a message",
            WaitKind::Notification => "waits to be woken",
            WaitKind::Future => "awaits",
            WaitKind::Initialisation => "waits for an initialisation",
            WaitKind::Program => "waits for a program",
            WaitKind::Read => "waits for a read",
            WaitKind::Write => "waits for a write",
            WaitKind::Event => "waits for an event",
            WaitKind::Call => "is blocked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(call: &str, functions: &[&str], expected: WaitKind) {
        let frames: Vec<Frame> = functions
            .iter()
            .map(|name| Frame {
                function: (*name).to_owned(),
                file: None,
                line: None,
                inlined: false,
                origin: Origin::Std,
            })
            .collect();
        let (kind, _) = classify(call, frames.iter().enumerate());
        assert_eq!(kind, expected, "{call} {functions:?}");
    }

    #[test]
    fn what_is_waited_for_is_said_by_the_outermost_function_and_the_call() {
        use WaitKind::*;
        check(
            "clock_nanosleep",
            &["clock_nanosleep", "std::thread::sleep"],
            Sleep,
        );
        check(
            "futex",
            &[
                "syscall",
                "std::sys::sync::mutex::futex::Mutex::lock_contended",
                "std::sync::poison::mutex::Mutex<T>::lock",
            ],
            Lock,
        );
        check(
            "futex",
            &[
                "std::thread::park",
                "std::sync::mpmc::context::Context::wait_until",
                "std::sync::mpsc::Receiver<T>::recv",
            ],
            Message,
        );
        check(
            "futex",
            &[
                "parking_lot_core::parking_lot::park",
                "lock_api::mutex::Mutex<R,T>::lock",
            ],
            Lock,
        );
        check(
            "futex",
            &["pthread_join", "std::thread::JoinHandle<T>::join"],
            Thread,
        );
        check(
            "futex",
            &[
                "std::sync::poison::condvar::Condvar::wait",
                "rayon_core::latch::LockLatch::wait",
            ],
            Thread,
        );
        check(
            "epoll_wait",
            &["mio::poll::Poll::poll", "tokio::runtime::context::block_on"],
            Future,
        );
        check(
            "pread64",
            &["sqlite3_step", "rusqlite::row::Rows::next"],
            Read,
        );
        check("fsync", &["std::fs::File::sync_all"], Write);
        check("futex", &[], Notification);
        check("openat", &["std::fs::File::open"], Call);
    }
}
