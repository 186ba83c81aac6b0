//! The process that is sampled, and why one cannot be.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use nix::errno::Errno;
use nix::unistd::Pid;

use super::tracer::{Ended, Tracer};
use crate::infra::sampler::{Options, Sampled};

/// A process that is sampled, until this is detached or dropped.
pub(crate) struct Sampler {
    is_over: Arc<AtomicBool>,
    tracer: Option<JoinHandle<Tracer>>,
}

impl Sampler {
    /// Begins to sample a process that this one has started.
    ///
    /// # Errors
    /// What is not allowed here, and how to allow it.
    pub(crate) fn attach(process: u32, options: Options) -> Result<Sampler, String> {
        let id = i32::try_from(process).map_err(|_| format!("there is no process {process}"))?;
        let tracer = Tracer::new(Pid::from_raw(id), options)?;
        // What a thread has stopped is let go by its end at the latest.
        let first = std::thread::spawn(move || tracer.first().map(|()| tracer));
        let mut tracer = join(first)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let rounds = move || loop {
            let over = Arc::clone(&over);
            let round = std::thread::spawn(move || {
                let ended = tracer.run(&over);
                (tracer, ended)
            });
            let ended;
            (tracer, ended) = join(round);
            match ended {
                Ended::Done => return tracer,
                Ended::HandOver => {}
            }
        };
        Ok(Sampler {
            is_over,
            tracer: Some(std::thread::spawn(rounds)),
        })
    }

    /// Whether it takes no more samples: the process has ended, or a bound is reached.
    pub(crate) fn is_finished(&self) -> bool {
        self.tracer.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Ends the sampling, and follows the stacks.
    pub(crate) fn detach(mut self) -> Sampled {
        self.is_over.store(true, Ordering::Relaxed);
        let tracer = self.tracer.take();
        join(tracer.expect("it is taken here alone")).finish()
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// What a thread returns; its panic goes on in this one.
fn join<T>(thread: JoinHandle<T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Why a process cannot be stopped, and what to do.
pub(super) fn refusal(process: Pid, code: Errno) -> String {
    match code {
        Errno::ENOENT | Errno::ESRCH => return format!("process {process} has ended"),
        Errno::EACCES | Errno::EPERM => {}
        code => return format!("process {process} cannot be stopped for a moment: {code}"),
    }
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let tracer = status
        .lines()
        .find_map(|line| line.strip_prefix("TracerPid:"));
    if let Some(tracer) = tracer.map(str::trim).filter(|tracer| *tracer != "0") {
        return format!(
            "process {process} is traced by process {tracer}, and no other can stop it"
        );
    }
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    match scope.trim() {
        scope @ ("2" | "3") => format!(
            "ptrace is not permitted: kernel.yama.ptrace_scope is {scope}; at 1 (`sudo sysctl kernel.yama.ptrace_scope=1`) a program can stop those that it has started"
        ),
        _ => "ptrace is not permitted: start the container with `--cap-add=SYS_PTRACE`, or with a seccomp profile that permits ptrace".to_owned(),
    }
}
