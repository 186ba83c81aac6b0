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

use std::io::{self, BufRead, BufReader, Write};
use std::process;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

#[cfg(unix)]
pub(crate) use self::socket::out_of_reach;
use crate::system::worker_env::WorkerEnv;

/// What stands before a message on standard output.
const SEPARATOR: char = '\u{1e}';
/// How a process ends that is a fork of a worker, when it comes to speak.
const FORKED: i32 = 125;

struct Channel {
    /// What stands before each message.
    prefix: String,
    out: Mutex<Box<dyn Write + Send>>,
    commands: Mutex<Box<dyn BufRead + Send>>,
    /// The process that opened it: a fork of it has copies of the descriptors,
    /// and is no worker.
    owner: u32,
}

static CHANNEL: OnceLock<Channel> = OnceLock::new();

/// Connects to the command line that started this process.
pub(crate) fn open(surroundings: &WorkerEnv) {
    CHANNEL.get_or_init(|| Channel::new(surroundings));
}

/// Sends one message, a line of JSON, in one write.
///
/// # Errors
/// If the command line does not listen any more.
pub(crate) fn send(json: &str) -> io::Result<()> {
    let channel = opened();
    let line = format!("{}{json}\n", channel.prefix);
    let mut out = lock(&channel.out);
    out.write_all(line.as_bytes())?;
    out.flush()
}

/// The next line of the command line; `None` where it says no more.
pub(crate) fn next_command() -> Option<String> {
    let mut line = String::new();
    let read = lock(&opened().commands).read_line(&mut line);
    // Others may have forked this process while it waited.
    opened();
    match read {
        Ok(1..) => Some(line.trim_end_matches(['\n', '\r']).to_owned()),
        Ok(0) | Err(_) => None,
    }
}

fn opened() -> &'static Channel {
    let channel = CHANNEL.get_or_init(|| Channel::over_standard_streams(SEPARATOR.to_string()));
    if channel.owner != process::id() {
        // The function under test forked, and the copy has returned from the
        // call as the worker did. What it measures is not asked for.
        process::exit(FORKED);
    }
    channel
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Channel {
    fn new(surroundings: &WorkerEnv) -> Channel {
        let path = surroundings.channel.as_deref();
        match path.map(socket::connect) {
            Some(Ok((commands, out))) => Channel {
                prefix: String::new(),
                out: Mutex::new(Box::new(out)),
                commands: Mutex::new(Box::new(BufReader::new(commands))),
                owner: process::id(),
            },
            Some(Err(_)) | None => {
                let token = surroundings.token.as_deref();
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
            out: Mutex::new(Box::new(io::stdout())),
            commands: Mutex::new(Box::new(BufReader::new(io::stdin()))),
            owner: process::id(),
        }
    }
}
