//! A program that was started: what it starts itself is ended with it, and both
//! where this process is interrupted.

use std::io::{self, IsTerminal as _};
use std::process::{
    self, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Output, Stdio,
};

use super::diagnose::{Program, Started};
use super::interrupt;

/// A program that was started.
#[derive(Debug)]
pub(crate) struct Child {
    inner: process::Child,
    /// Whether it leads a process group.
    leads: bool,
    /// Until its end was seen.
    started: Option<Started>,
}

impl Child {
    /// Starts a test binary in a new process group, where the system has those:
    /// it does not read from the terminal.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
        Child::start(Program::Worker, command, true)
    }

    /// Starts cargo, which may ask the person at the terminal, as git does for
    /// the password of a dependency: then it stays in the group of this process,
    /// to which the terminal is open and which Ctrl-C reaches.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(crate) fn spawn_interactive(command: &mut Command) -> io::Result<Child> {
        let at_terminal = io::stdin().is_terminal() || io::stderr().is_terminal();
        Child::start(Program::Cargo, command, !at_terminal)
    }

    fn start(program: Program, command: &mut Command, leads: bool) -> io::Result<Child> {
        #[cfg(unix)]
        if leads {
            use std::os::unix::process::CommandExt as _;
            command.process_group(0);
        }
        let inner = command.spawn()?;
        interrupt::started(inner.id(), leads);
        let started = Some(Started::new(program, command, Some(inner.id())));
        Ok(Child {
            inner,
            leads,
            started,
        })
    }

    pub(crate) fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.inner.stdin.take()
    }

    pub(crate) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.inner.stdout.take()
    }

    pub(crate) fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.inner.stderr.take()
    }

    pub(crate) fn id(&self) -> u32 {
        self.inner.id()
    }

    /// How it ended, if it has. What it started and left behind is ended too.
    ///
    /// # Errors
    /// If the system does not say.
    pub(crate) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        if !may_have_ended(self.inner.id()) {
            return Ok(None);
        }
        let status = self.inner.try_wait()?;
        if let Some(status) = status {
            self.forget(status);
        }
        Ok(status)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If the system does not say.
    pub(crate) fn wait(&mut self) -> io::Result<ExitStatus> {
        await_end(self.inner.id());
        let status = self.inner.wait()?;
        self.forget(status);
        Ok(status)
    }

    /// Ends it and what it started, if it has not ended.
    pub(crate) fn kill(&mut self) {
        interrupt::end(self.inner.id(), self.leads, true);
        // It may have ended in between.
        let _ = self.inner.kill();
    }

    fn forget(&mut self, status: ExitStatus) {
        if let Some(started) = self.started.take() {
            started.ended(status);
        }
        interrupt::ended(self.inner.id());
        if self.leads {
            interrupt::end(self.inner.id(), true, true);
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if matches!(self.try_wait(), Ok(None)) {
            self.kill();
            let _ = self.wait();
        }
    }
}

/// Whether it can be asked how it ended. While a process is sampled, its parent would
/// be told of a stop in the place of the end, and the sampler would miss that.
#[cfg(target_os = "linux")]
fn may_have_ended(id: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{id}/stat"));
    // The state stands behind the name, which may hold brackets.
    let state = status
        .as_deref()
        .ok()
        .and_then(|text| text.rsplit_once(") "));
    state.is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']))
}

#[cfg(not(target_os = "linux"))]
fn may_have_ended(_: u32) -> bool {
    true
}

/// Waits for its end, and leaves it to be asked for.
#[cfg(target_os = "linux")]
fn await_end(id: u32) {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    let Ok(number) = i32::try_from(id) else {
        return;
    };
    let process = nix::unistd::Pid::from_raw(number);
    while !may_have_ended(id) {
        // It returns at a stop, too.
        let _ = waitid(
            Id::Pid(process),
            WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT,
        );
        if !may_have_ended(id) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn await_end(_: u32) {}

/// Runs cargo to its end, and keeps what it prints; on standard error too, if
/// the command has a pipe there. It may ask at the terminal.
///
/// # Errors
/// If it cannot be started, or its output cannot be read.
pub(crate) fn output(command: &mut Command) -> io::Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = Child::spawn_interactive(command)?;
    let (stdout, stderr) = (child.take_stdout(), child.take_stderr());
    let (stdout, stderr) = std::thread::scope(|scope| {
        let errors = scope.spawn(|| read(stderr));
        (read(stdout), errors.join())
    });
    Ok(Output {
        status: child.wait()?,
        stdout: stdout?,
        stderr: stderr.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))?,
    })
}

fn read(pipe: Option<impl io::Read>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut all)?;
    }
    Ok(all)
}
