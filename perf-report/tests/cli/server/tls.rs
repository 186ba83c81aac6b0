//! Connections that are encrypted, and what of the server is verified.

use std::fs;
use std::process::Command;

use super::{Server, USER, is_root, own};
use crate::program::Workspace;

/// Makes an authority, another one, and the server's certificate by the first; and two
/// databases, of which one is reached with TLS alone and one without alone.
pub(super) fn prepare(server: &Server) {
    for authority in ["ca", "other"] {
        let key = format!("{authority}.key");
        let certificate = format!("{authority}.pem");
        let subject = format!("/CN=perf {authority}");
        let asked = ["-x509", "-days", "2", "-subj", &subject, "-out"];
        request(server, &key, &[&asked[..], &[&certificate]].concat());
    }
    let name = [
        "-subj",
        "/CN=perf",
        "-addext",
        "subjectAltName=DNS:localhost",
    ];
    request(
        server,
        "server.key",
        &[&name[..], &["-out", "server.csr"]].concat(),
    );
    openssl(
        server,
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -copy_extensions copy -days 2 -out data/server.crt",
    );
    let place = |name: &str| server.folder.path().join(name);
    fs::rename(place("server.key"), place("data/server.key")).expect("moved");
    let rules = place("data/pg_hba.conf");
    let usual = fs::read_to_string(&rules).expect("initdb wrote it");
    let ours = "hostnossl encrypted all all reject\nhostssl plain all all reject\n";
    fs::write(&rules, format!("{ours}{usual}")).expect("written");
    if is_root() {
        for file in ["data/server.key", "data/server.crt", "data/pg_hba.conf"] {
            own(Command::new("chown").arg(USER).arg(place(file)));
        }
    }
}

/// A key, and what is asked for with it.
fn request(server: &Server, key: &str, more: &[&str]) {
    let mut command = Command::new("openssl");
    command.args([
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
    ]);
    command.args(["-nodes", "-keyout", key]).args(more);
    own(command.current_dir(server.folder.path()));
}

fn openssl(server: &Server, arguments: &str) {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' '));
    own(command.current_dir(server.folder.path()));
}

pub(super) fn as_libpq_has_it(server: &Server) {
    let workspace = Workspace::new("sound");
    for database in ["encrypted", "plain"] {
        server.database(database);
    }
    let reaches = |database: &str, host: &str, parameters: &str, expected: Result<(), &str>| {
        let url = format!(
            "postgres://perf@{host}:{}/{database}?{parameters}",
            server.port
        );
        let outcome = workspace.call(&format!("perf trend --history {url}"));
        match expected {
            // It is reached, and holds no history yet.
            Ok(()) => outcome.shows(2, &["no history"]),
            Err(why) => outcome.shows(2, &[why]),
        };
    };
    let folder = server.socket().replace('/', "%2F");
    let by = |mode: &str, authority: &str| {
        format!("connect_timeout=5&sslmode={mode}&sslrootcert={folder}%2F{authority}.pem")
    };
    let encrypted = |mode: &str, expected| reaches("encrypted", "127.0.0.1", mode, expected);
    encrypted("sslmode=disable", Err("no encryption"));
    for mode in ["", "sslmode=allow", "sslmode=prefer", "sslmode=require"] {
        encrypted(mode, Ok(()));
    }
    encrypted(&by("require", "ca"), Ok(()));
    encrypted(&by("verify-ca", "ca"), Ok(()));
    encrypted(
        &by("verify-full", "ca"),
        Err("or `sslmode=verify-ca`, which looks at none"),
    );
    reaches("encrypted", "localhost", &by("verify-full", "ca"), Ok(()));
    for mode in ["require", "verify-ca", "verify-full"] {
        encrypted(
            &by(mode, "other"),
            Err("name the file of the authority that certifies it with `sslrootcert=FILE`"),
        );
        encrypted(&by(mode, "absent"), Err("absent.pem: "));
    }
    encrypted("sslrootcert=system", Err("name the file of the authority"));
    encrypted(
        "sslmode=require&sslrootcert=system",
        Err("expected `sslmode=verify-full`"),
    );
    encrypted(
        "sslmode=yes",
        Err(
            "found `sslmode=yes`, expected one of disable, allow, prefer, require, verify-ca, verify-full",
        ),
    );
    for mode in ["", "sslmode=disable", "sslmode=allow", "sslmode=prefer"] {
        reaches("plain", "localhost", mode, Ok(()));
    }
    reaches(
        "plain",
        "localhost",
        "sslmode=require",
        Err("SSL encryption"),
    );
}
