//! How a played test binary speaks to the command line: through the socket at which
//! it is awaited, or on its standard streams.

use std::io::{BufRead, BufReader, Write};
use std::sync::{LazyLock, Mutex};

use serde_json::Value;

use crate::fake::{SCENARIO, variable};

struct Connection {
    prefix: String,
    out: Box<dyn Write + Send>,
    commands: Box<dyn BufRead + Send>,
}

static CONNECTION: LazyLock<Mutex<Connection>> = LazyLock::new(|| {
    Mutex::new(match &*variable(SCENARIO) {
        // As one does that cannot reach the socket.
        "behind a token" => standard_streams(),
        _ => connected(),
    })
});

#[cfg(unix)]
fn connected() -> Connection {
    let stream = std::os::unix::net::UnixStream::connect(variable("PERF_WORKER_CHANNEL"));
    let stream = stream.expect("a worker of this version is awaited");
    let commands = BufReader::new(stream.try_clone().expect("two directions"));
    Connection {
        prefix: String::new(),
        out: Box::new(stream),
        commands: Box::new(commands),
    }
}

#[cfg(not(unix))]
fn connected() -> Connection {
    standard_streams()
}

fn standard_streams() -> Connection {
    Connection {
        // What a test prints may stand on the same line, without an end.
        prefix: format!("printed by a test\x1e{}", variable("PERF_WORKER_TOKEN")),
        out: Box::new(std::io::stdout()),
        commands: Box::new(BufReader::new(std::io::stdin())),
    }
}

pub(crate) fn say(message: &Value) {
    let mut connection = CONNECTION.lock().expect("one thread");
    let line = format!("{}{message}\n", connection.prefix);
    let out = &mut connection.out;
    out.write_all(line.as_bytes())
        .and_then(|()| out.flush())
        .expect("somebody listens");
}

/// The next line of the command line.
pub(crate) fn next_command() -> Option<String> {
    let mut line = String::new();
    let mut connection = CONNECTION.lock().expect("one thread");
    let read = connection.commands.read_line(&mut line).expect("a line");
    (read > 0).then(|| line.trim_end().to_owned())
}
