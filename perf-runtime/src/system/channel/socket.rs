//! Connects to a Unix domain socket.

use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Code under test that closes descriptors closes the first ones: its own, or
/// all from 3 on up to some number.
const OUT_OF_REACH: i32 = 200;

/// Both directions of the connection. The descriptor is closed in programs
/// that are started from here on, as with every stream of the standard library.
pub(super) fn connect(path: &Path) -> io::Result<(&'static UnixStream, &'static UnixStream)> {
    let stream: &'static UnixStream = Box::leak(Box::new(out_of_reach(UnixStream::connect(path)?)));
    Ok((stream, stream))
}

/// The same connection at a descriptor with a high number, if the process may
/// have that many.
///
/// NOTE: `fcntl(F_DUPFD_CLOEXEC)` does it in one call, and is `unsafe`; two
/// hundred calls of the safe one take 50 µs.
pub(crate) fn out_of_reach(mut stream: UnixStream) -> UnixStream {
    let mut below = Vec::new();
    while stream.as_raw_fd() < OUT_OF_REACH {
        let Ok(next) = stream.try_clone() else { break };
        below.push(std::mem::replace(&mut stream, next));
    }
    stream
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_connection_has_a_descriptor_that_a_loop_over_the_first_ones_does_not_close() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let listener = UnixListener::bind(&path).unwrap();
        let (mut commands, mut out) = connect(&path).unwrap();
        assert!(out.as_raw_fd() >= OUT_OF_REACH, "{}", out.as_raw_fd());
        let (mut other, _) = listener.accept().unwrap();
        out.write_all(b"up").unwrap();
        other.write_all(b"down").unwrap();
        let (mut up, mut down) = ([0; 2], [0; 4]);
        other.read_exact(&mut up).unwrap();
        commands.read_exact(&mut down).unwrap();
        assert_eq!((&up, &down), (b"up", b"down"));
    }
}
