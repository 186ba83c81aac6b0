//! The history on a real PostgreSQL server, which the test starts itself.

mod tls;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::durability::eight_writers;
use crate::past::Records;
use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[(
    "a PostgreSQL server keeps a history as a file does",
    a_server_keeps_a_history,
)];

/// Where Debian puts the programs of a server, beside those on the `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The server refuses to run as root; this user is there wherever it was
/// installed by a package.
const USER: &str = "postgres";

/// A server in a separate folder, on a Unix socket in it and, with TLS, on this machine's
/// own network.
struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

impl Server {
    /// `None` where none is installed.
    fn start() -> Option<Server> {
        let programs = programs()?;
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server {
            folder,
            programs,
            port: free_port(),
        };
        if is_root() {
            own(Command::new("chown").arg(USER).arg(server.folder.path()));
        }
        let data = server.data();
        server.own(
            "initdb",
            &["--auth=trust", "--username=perf", "--no-sync", "-D", &data],
        );
        tls::prepare(&server);
        let options = format!(
            "-c listen_addresses=localhost -c port={} -c unix_socket_directories={} -c ssl=on",
            server.port,
            server.socket()
        );
        let log = server.folder.path().join("log").display().to_string();
        server.own(
            "pg_ctl",
            &[
                "start", "--wait", "--silent", "-D", &data, "-l", &log, "-o", &options,
            ],
        );
        Some(server)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn socket(&self) -> String {
        self.folder.path().display().to_string()
    }

    /// The URL of a database that is made.
    fn database(&self, name: &str) -> String {
        self.own("createdb", &["-h", &self.socket(), "-U", "perf", name]);
        let socket = self.socket().replace('/', "%2F");
        format!("postgres://perf:secret@{socket}:{}/{name}", self.port)
    }

    /// What a statement answers, bare.
    fn ask(&self, database: &str, sql: &str) -> String {
        let socket = self.socket();
        let asked = [
            "-h",
            &socket,
            "-U",
            "perf",
            "-d",
            database,
            "-v",
            "ON_ERROR_STOP=1",
            "-qAtc",
            sql,
        ];
        let output = self.own("psql", &asked);
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs one of the server's programs as its own user.
    fn own(&self, program: &str, arguments: &[&str]) -> Output {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid", USER, "--regid", USER, "--clear-groups"])
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        command.env("PGPORT", self.port.to_string());
        own(command.args(arguments).current_dir(self.folder.path()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.own(
            "pg_ctl",
            &["stop", "--mode=immediate", "--silent", "-D", &self.data()],
        );
    }
}

/// A port that nothing listens on, below those that the system gives away by itself: one of
/// those may be another's before the server is there. Two processes begin at two ports.
fn free_port() -> u16 {
    let first = 20_000 + (std::process::id() % 10_000) as u16;
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (first..32_000).find(is_free).expect("a port is free")
}

#[track_caller]
fn own(command: &mut Command) -> Output {
    // A server that inherits a pipe keeps its reader waiting.
    let output = command.stdin(Stdio::null()).output().expect("it starts");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).chain(debian).collect();
    folders.retain(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists());
    // All of its programs stand in one folder, the newest version last.
    folders.pop()
}

fn a_server_keeps_a_history() {
    let Some(server) = Server::start() else {
        println!(
            "SKIPPED: a history on a server: no PostgreSQL is installed (apt-get install postgresql)"
        );
        return;
    };
    says_what_a_file_says(&server);
    writers_take_turns(&server);
    older_and_newer_schemas(&server);
    errors_show_no_password(&server);
    tls::as_libpq_has_it(&server);
}

/// Everything that the verbs print is the same, but for the name of the place.
fn says_what_a_file_says(server: &Server) {
    let url = server.database("same");
    let workspace = Workspace::new("sound");
    for nth in 0..26 {
        let level = if nth < 20 { 1e6 } else { 1.3e6 };
        let mut records = Records::new(&format!("h{nth:03}"))
            .case("app::fast", level * (1.0 + 0.003 * f64::from(nth * 7 % 5)))
            .case("app::slow", 5e6);
        records.day(nth as u64);
        if nth == 25 {
            records.waive("it's #123; \"known\"", "2099-12-31");
        }
        records.write(&workspace.path(&format!("in/h{nth:03}")));
    }
    let file = "file.db".to_owned();
    let lines = [
        "perf merge in --history HERE",
        "perf merge in --history HERE",
        "perf trend --check --history HERE",
        "perf trend --format json --history HERE",
        "perf trend --metric allocs --since 2026-12-01 --history HERE",
        "perf history fast --format markdown --history HERE",
        "perf history fast slow --last 7 --history HERE",
        "perf history nothing --history HERE",
    ];
    for line in lines {
        let [in_file, on_server] = [&file, &url].map(|place| {
            let outcome = workspace.call(&line.replace("HERE", place));
            let place = place.replace("perf:secret@", "");
            let plain = |text: &str| text.replace(&place, "HERE");
            (outcome.code, plain(&outcome.out), plain(&outcome.err))
        });
        assert_eq!(in_file, on_server, "{line}");
    }
    // A run, and then its parts.
    workspace
        .call(&format!("perf --history {url}"))
        .shows(0, &["6 limits = 6 passed"]);
    for number in [2, 1] {
        workspace.forget_run();
        let line = format!("perf --shard {number}/2 --history {url}");
        workspace
            .with(&[("PERF_RUN_ID", "parted")])
            .call(&line)
            .shows(0, &[]);
        std::fs::remove_dir_all(workspace.path("target/perf/runs/parted")).expect("removed");
    }
    assert_eq!(
        server.ask(
            "same",
            "SELECT COUNT(*) FROM perf_result WHERE run = 'parted'"
        ),
        "3"
    );
    // From the server into a file: the same again.
    workspace
        .call(&format!("perf merge {url} --history back.db"))
        .shows(0, &["28 runs added"]);
    workspace
        .call(&format!("perf merge back.db --history {url}"))
        .shows(
            0,
            &["0 runs added, 0 extended, 28 already there, 0 in conflict"],
        );
}

fn writers_take_turns(server: &Server) {
    let url = server.database("eight");
    let stored = eight_writers(&url).to_string();
    assert_eq!(server.ask("eight", "SELECT COUNT(*) FROM perf_run"), stored);
    let whole =
        "SELECT COUNT(*) FROM (SELECT run FROM perf_result GROUP BY run HAVING COUNT(*) = 3) r";
    assert_eq!(server.ask("eight", whole), stored);
}

fn older_and_newer_schemas(server: &Server) {
    let url = server.database("older");
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/history-1.sql");
    let schema = std::fs::read_to_string(schema).expect("it is there");
    server.ask("older", &schema);
    server.ask(
        "older",
        "INSERT INTO perf_schema VALUES (1);
         INSERT INTO perf_run VALUES ('old', 1000, 'abc', NULL, false, 'perf-report 0.1.0', 0);
         INSERT INTO perf_place VALUES ('p', 'm', 'Old machine', 'rustc 1', 'release', false);
         INSERT INTO perf_result (run, case_id, outcome, place, clock, calls, p50_ns)
         VALUES ('old', 'app::fast', 'pass', 'p', 'clean', 9, 2e6);",
    );
    let workspace = Workspace::new("sound");
    let version = || server.ask("older", "SELECT version FROM perf_schema");
    // What stands in the way keeps all of it as it was.
    server.ask(
        "older",
        "CREATE VIEW in_the_way AS SELECT tool FROM perf_run",
    );
    workspace
        .call(&format!("perf history fast --history {url}"))
        .shows(2, &["cannot drop column"]);
    assert_eq!(version(), "1");
    server.ask(
        "older",
        "SELECT tool, exit_code FROM perf_run; DROP VIEW in_the_way",
    );
    workspace
        .call(&format!("perf merge {url} --history copy.db"))
        .shows(0, &["1 run added"]);
    assert_eq!(version(), "1", "a source is left as it is");
    workspace
        .call(&format!("perf history fast --history {url}"))
        .shows(0, &["Old machine", "2.00", "pass"]);
    assert_eq!(version(), "2");
    server.ask("older", "UPDATE perf_schema SET version = 3");
    workspace.call(&format!("perf --history {url}")).shows(
        0,
        &["is not kept: this history has schema 3, and this perf-report knows those up to 2"],
    );
}

fn errors_show_no_password(server: &Server) {
    let url = format!(
        "postgres://perf:secret@{}:{}/nowhere",
        server.socket().replace('/', "%2F"),
        server.port
    );
    let outcome = Workspace::new("sound").call(&format!("perf --history {url}"));
    outcome.shows(
        0,
        &[
            "warning: postgres://",
            "run r1 is not kept: ",
            "does not exist",
        ],
    );
    assert!(!outcome.err.contains("secret") && !outcome.out.contains("secret"));
}
