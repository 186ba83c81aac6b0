//! The connection of a worker to the command line, which what a test prints cannot reach.
//!
//! Where the system has Unix domain sockets, the command line listens at
//! `PERF_WORKER_CHANNEL` and the worker connects to it: its standard streams
//! are the test's alone. Elsewhere, and where that path cannot be reached (as
//! from within a container), messages go over the standard streams, each
//! behind the token of `PERF_WORKER_TOKEN`, which a test does not print by accident.

#![allow(
    clippy::disallowed_methods,
    reason = "talks to the process that started this one"
)]

#[cfg(unix)]
mod socket;
#[cfg(not(unix))]
#[path = "channel/none.rs"]
mod socket;

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

#[cfg(unix)]
pub(crate) use self::socket::out_of_reach;
use crate::collections::owned;
use crate::system::stream::{Lines, without_end};
use crate::system::worker_env::WorkerEnv;

/// What stands before a message on standard output.
const SEPARATOR: char = '\u{1e}';
/// How a process ends that is a fork of a worker, when it comes to speak.
const FORKED: i32 = 125;

/// Writes a line, and all that was written before.
type Out = dyn FnMut(&[u8]) -> io::Result<()> + Send;

struct Channel {
    /// What stands before each message.
    prefix: String,
    out: Mutex<Box<Out>>,
    commands: Mutex<Lines>,
    /// The process that opened it: a fork of it has copies of the descriptors,
    /// and is no worker.
    owner: u32,
}

static CHANNEL: OnceLock<Channel> = OnceLock::new();

/// Connects to the command line that started this process.
pub(crate) fn open(surroundings: &WorkerEnv) {
    opened_as(
        surroundings.channel.as_deref(),
        surroundings.token.as_deref(),
    );
}

/// Sends one message, a line of JSON, in one write.
///
/// # Errors
/// If the command line does not listen any more.
pub(crate) fn send(json: &str) -> io::Result<()> {
    let channel = opened();
    let line = format!("{}{json}\n", channel.prefix);
    let mut out = lock(&channel.out);
    out(line.as_bytes())
}

/// The next line of the command line; `None` where it says no more.
pub(crate) fn next_command() -> Option<String> {
    let mut line = Vec::new();
    let read = lock(&opened().commands).next(&mut line, usize::MAX);
    // Others may have forked this process while it waited.
    opened();
    let line = read.ok()?.then(|| String::from_utf8(line).ok())??;
    Some(owned(without_end(&line)))
}

fn opened() -> &'static Channel {
    let channel = opened_as(None, None);
    if channel.owner != process::id() {
        // The function under test forked, and the copy has returned from the
        // call as the worker did. What it measures is not asked for.
        process::exit(FORKED);
    }
    channel
}

fn opened_as(path: Option<&Path>, token: Option<&str>) -> &'static Channel {
    CHANNEL.get_or_init(|| Channel::new(path, token))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Channel {
    fn new(path: Option<&Path>, token: Option<&str>) -> Channel {
        match path.map(socket::connect) {
            Some(Ok((mut commands, mut out))) => Channel {
                prefix: String::new(),
                out: Mutex::new(Box::new(move |line| {
                    out.write_all(line)?;
                    out.flush()
                })),
                commands: Mutex::new(Lines::new(Box::new(move |piece| commands.read(piece)))),
                owner: process::id(),
            },
            Some(Err(_)) | None => {
                // Whatever a test printed, it is no part of a line without an end.
                Channel::over_standard_streams(match token {
                    Some(token) => format!("\n{SEPARATOR}{token}"),
                    None => SEPARATOR.to_string(),
                })
            }
        }
    }

    fn over_standard_streams(prefix: String) -> Channel {
        Channel {
            prefix,
            out: Mutex::new(Box::new(|line| {
                let mut out = io::stdout();
                out.write_all(line)?;
                out.flush()
            })),
            commands: Mutex::new(Lines::new(Box::new(|piece| io::stdin().read(piece)))),
            owner: process::id(),
        }
    }
}
