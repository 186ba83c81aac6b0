//! One thread of the process: looked at, and stopped where its stack is not known.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

use super::registers::Registers;
use super::syscalls;

/// A thread.
pub(super) struct Thread {
    pub(super) id: Pid,
    /// Its place among all that were seen.
    pub(super) place: usize,
    folder: PathBuf,
    /// What it is blocked in.
    call: File,
    /// What the scheduler counts, where it does.
    times: Option<File>,
    /// The wait whose stack is known.
    pub(super) wait: Option<Wait>,
    /// It is to stop.
    pub(super) stop: Option<Stop>,
    /// How often it had got a processor when it stopped last.
    pub(super) arrivals: Option<u64>,
}

/// What the scheduler counts of a thread, nanoseconds and times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// How long it ran; that of a thread that runs is some milliseconds old.
    ran: u64,
    /// How long it was ready without a processor.
    pub(super) delayed: u64,
    /// How often it got one.
    pub(super) arrivals: u64,
}

/// A wait whose stack is known.
pub(super) struct Wait {
    blocked: Blocked,
    /// How long the thread had run when it was last seen in it; `None` after the stop,
    /// which has had it run for a moment.
    ran: Option<u64>,
    pub(super) name: String,
    /// The place of its stack.
    pub(super) stack: usize,
}

/// A thread that is to stop.
#[derive(Default)]
pub(super) struct Stop {
    pub(super) looked: Option<Blocked>,
    /// Whether the kernel was asked to.
    pub(super) is_asked: bool,
    /// The ticks since it is to.
    pub(super) at_ns: Vec<u64>,
    /// How long it had been ready without a processor by then, nanoseconds.
    pub(super) delayed: u64,
}

/// A thread that is blocked, as `/proc/PID/task/TID/syscall` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blocked {
    /// Negative in a wait for memory.
    pub(super) call: i64,
    pub(super) arguments: [u64; 6],
    pub(super) stack_pointer: u64,
    pub(super) program_counter: u64,
}

/// What a look shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Running,
    Blocked(Blocked),
    Gone,
}

/// Whether a thread has stopped that was asked to.
pub(super) enum Stopped {
    NotYet,
    Yes,
    /// By a signal that it is about to get.
    Signal(Signal),
    /// By a signal that has no name: that of an application.
    Unnamed,
    Gone,
}

impl Thread {
    /// A thread, where it has not ended.
    pub(super) fn open(process: Pid, id: i32, place: usize) -> Option<Thread> {
        let folder = PathBuf::from(format!("/proc/{process}/task/{id}"));
        Some(Thread {
            id: Pid::from_raw(id),
            place,
            call: File::open(folder.join("syscall")).ok()?,
            times: File::open(folder.join("schedstat")).ok(),
            folder,
            wait: None,
            stop: None,
            arrivals: None,
        })
    }

    pub(super) fn name(&self) -> Option<String> {
        let name = fs::read(self.folder.join("comm")).ok()?;
        Some(
            String::from_utf8_lossy(&name)
                .trim_end_matches('\n')
                .to_owned(),
        )
    }

    pub(super) fn look(&self) -> Look {
        read(&self.call).map_or(Look::Gone, |text| look(&text))
    }

    pub(super) fn times(&self) -> Option<Times> {
        let text = read(self.times.as_ref()?).ok()?;
        let mut words = text.split_ascii_whitespace().map(|word| word.parse().ok());
        Some(Times {
            ran: words.next()??,
            delayed: words.next()??,
            arrivals: words.next()??,
        })
    }

    /// The wait in which it still is, if its stack is known.
    pub(super) fn known_wait(&mut self, blocked: &Blocked) -> Option<&Wait> {
        let ran = self.times().map(|times| times.ran);
        let wait = self.wait.as_mut().filter(|wait| {
            wait.blocked.is_same(blocked) && (wait.ran.is_none() || wait.ran == ran)
        })?;
        wait.ran = ran;
        Some(wait)
    }

    /// Asks the kernel to stop it.
    ///
    /// # Errors
    /// If that is not allowed, or it has ended.
    pub(super) fn ask(&self) -> Result<(), Errno> {
        ptrace::seize(self.id, ptrace::Options::empty())?;
        ptrace::interrupt(self.id)
    }

    /// Whether it has stopped. The end of the process stays for its parent to see,
    /// which is in this process too.
    pub(super) fn stopped(&self, process: Pid) -> Stopped {
        let flags = WaitPidFlag::WEXITED
            | WaitPidFlag::WSTOPPED
            | WaitPidFlag::WNOHANG
            | WaitPidFlag::__WALL;
        match waitid(Id::Pid(self.id), flags | WaitPidFlag::WNOWAIT) {
            Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => Stopped::NotYet,
            Ok(WaitStatus::PtraceEvent(_, signal, 0)) => Stopped::Signal(signal),
            Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)) => {
                if self.id != process {
                    let _ = waitid(Id::Pid(self.id), flags);
                }
                Stopped::Gone
            }
            Ok(_) => Stopped::Yes,
            Err(Errno::EINVAL) => Stopped::Unnamed,
            Err(_) => Stopped::Gone,
        }
    }

    /// Whether a signal is on its way to it.
    fn has_signal(&self) -> bool {
        let Ok(status) = fs::read_to_string(self.folder.join("status")) else {
            return true;
        };
        let set = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            u64::from_str_radix(line.trim(), 16).ok()
        };
        let sets = [set("SigPnd:"), set("ShdPnd:"), set("SigBlk:")];
        let [Some(own), Some(shared), Some(blocked)] = sets else {
            return true;
        };
        (own | shared) & !blocked != 0
    }

    /// Lets it go on as if it had not stopped. Some system calls report a stop as
    /// EINTR, `epoll_wait` and `recv` with a timeout: those are made again, unless a
    /// signal is the reason.
    pub(super) fn release(
        &self,
        registers: Registers,
        looked: Option<&Blocked>,
        signal: Option<Signal>,
    ) {
        if signal.is_none() && registers.is_interrupted(looked) && !self.has_signal() {
            // Else the call fails as it does under any debugger.
            let _ = registers.make_again(self.id, looked);
        }
        // It may have been killed.
        let _ = ptrace::detach(self.id, signal);
    }
}

impl Wait {
    pub(super) fn new(blocked: Blocked, before: Option<&Wait>, stack: usize) -> Wait {
        // A call that was interrupted goes on by another number.
        let name = match before.filter(|before| before.blocked.is_same(&blocked)) {
            Some(before) if blocked.call == syscalls::RESTART => before.name.clone(),
            _ => syscalls::name(blocked.call),
        };
        Wait {
            blocked,
            ran: None,
            name,
            stack,
        }
    }
}

impl Blocked {
    fn is_same(&self, other: &Blocked) -> bool {
        let same_call =
            self.call == other.call || [self.call, other.call].contains(&syscalls::RESTART);
        same_call
            && self.arguments == other.arguments
            && self.stack_pointer == other.stack_pointer
            && self.program_counter == other.program_counter
    }
}

/// `running`, `-1 0x7ffe 0x55d0`, or the number of the call, its six arguments, and
/// both pointers.
pub(super) fn look(text: &str) -> Look {
    let mut words = text.split_ascii_whitespace();
    let call = words.next().and_then(|word| word.parse().ok());
    let rest: Option<Vec<u64>> = words
        .map(|word| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok())
        .collect();
    match (call, rest.as_deref()) {
        (Some(call), Some(&[ref arguments @ .., stack_pointer, program_counter])) => {
            Look::Blocked(Blocked {
                call,
                arguments: arguments.try_into().unwrap_or_default(),
                stack_pointer,
                program_counter,
            })
        }
        _ => Look::Running,
    }
}

fn read(file: &File) -> io::Result<String> {
    let mut bytes = [0; 256];
    let length = file.read_at(&mut bytes, 0)?;
    Ok(String::from_utf8_lossy(&bytes[..length]).into_owned())
}
