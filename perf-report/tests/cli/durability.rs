//! A history under processes that are killed, and under many that write.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant, SystemTime};

use perf_report::cli::{self, World};

use crate::past::Records;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a writer that is killed a thousand times loses no run and corrupts nothing",
        killed_writers_lose_nothing,
    ),
    (
        "eight processes write to one new history at once",
        eight_writers_at_once,
    ),
];

/// The variable that makes a writer of this executable: the name of the first
/// run, how many there are, and the history.
const WRITER: &str = "PERF_WRITER";

/// How many writers are killed, unless `PERF_KILLS` says so.
const KILLS: u64 = 1000;
const CASES: [&str; 3] = ["app::fast", "app::slow", "web::page"];
/// Each case of the sample has two.
const LIMITS: i64 = 2;

/// Whether this process is to write.
pub(crate) fn is_writer() -> bool {
    std::env::var_os(WRITER).is_some()
}

/// Merges one run after the other, and says before and after each that it does.
pub(crate) fn write() -> ExitCode {
    let asked = std::env::var(WRITER).expect("it is set");
    let mut asked = asked.splitn(3, ' ');
    let name = asked.next().expect("a name");
    let count: u64 = asked.next().and_then(|n| n.parse().ok()).expect("a number");
    let history = asked.next().expect("a history");
    // Beside the history: a process that is killed removes nothing.
    let beside = Path::new(history).parent().filter(|path| path.is_dir());
    let folder = beside.map_or_else(tempfile::tempdir, tempfile::tempdir_in);
    let folder = folder.expect("a folder");
    let say = |text: String| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{text}")
            .and_then(|()| out.flush())
            .expect("somebody listens");
    };
    for nth in 0..count {
        let run = format!("{name}-{nth}");
        let records = CASES
            .iter()
            .fold(Records::new(&run), |records, case| records.case(case, 1e6));
        records.write(&folder.path().join(&run));
        say(format!("begins {run}"));
        let world = World {
            variables: BTreeMap::new(),
            directory: folder.path().to_owned(),
            width: None,
            stderr_is_terminal: false,
            stdin_is_terminal: false,
            now: SystemTime::UNIX_EPOCH,
            process: 1,
        };
        let line = ["perf", "merge", &run, "--history", history].map(Into::into);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = cli::run(line, &mut out, &mut err, &world);
        if exit.code() != 0 {
            say(format!("fails {}", String::from_utf8_lossy(&err)));
            return ExitCode::FAILURE;
        }
        say(format!("stored {run}"));
    }
    ExitCode::SUCCESS
}

pub(crate) fn writer(name: &str, count: u64, history: &str) -> Child {
    let this = std::env::current_exe().expect("this test");
    Command::new(this)
        .env(WRITER, format!("{name} {count} {history}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts")
}

/// A folder in memory where the system has one. What a killed process had
/// written is in the system's hands either way, and without a disk to wait for
/// a thousand processes get much further.
fn quick_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a folder")
}

fn killed_writers_lose_nothing() {
    let folder = quick_folder();
    let start = Instant::now();
    let file = folder.path().join("history.sqlite3");
    let kills: u64 = std::env::var("PERF_KILLS")
        .map_or(KILLS, |text| text.parse().expect("PERF_KILLS is a number"));
    let (mut stored, mut cut_short, mut journals) = (Vec::new(), 0_u64, 0_u64);
    // Where the dice fall is the same each time; what the machine does is not.
    let mut dice = Dice(0x9E37_79B9_97F4_A7C1);
    // How long a run takes to be written, as seen so far: the kill comes within
    // the next. Where that is long the machine is busy, and it is not waited for.
    let mut typical = Duration::from_millis(5);
    for kill in 0..kills {
        // Of the writer before: the next one that stores a run removes it.
        let left = journal(&file).exists();
        let mut child = writer(&format!("k{kill}"), 1000, &file.display().to_string());
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut begun = vec![lines.next().expect("it begins").expect("text")];
        // Most are killed at their first run, some get one or two done before.
        let whole = [0, 0, 0, 0, 0, 0, 0, 1, 1, 2][dice.below(10)];
        for _ in 0..whole {
            let since = Instant::now();
            let two = lines.by_ref().take(2).map(|line| line.expect("text"));
            begun.extend(two);
            typical = (typical * 7 + since.elapsed()) / 8;
        }
        let share = dice.below(1024) as u32;
        if whole > 0 {
            // However busy the machine is: while it writes.
            let since = Instant::now();
            while !journal(&file).exists() && since.elapsed() < Duration::from_secs(1) {
                std::thread::yield_now();
            }
        } else {
            std::thread::sleep(typical.min(Duration::from_millis(10)) * share / 1024);
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it is gone");
        journals += u64::from(journal(&file).exists() && (whole > 0 || !left));
        begun.extend(lines.map_while(Result::ok));
        for line in &begun {
            match line.split_once(' ') {
                Some(("stored", run)) => stored.push(run.to_owned()),
                Some(("begins", _)) => {}
                _ => panic!("{line}"),
            }
        }
        cut_short += u64::from(begun.last().is_some_and(|line| line.starts_with("begins")));
        if kill % 250 == 0 {
            assert_sound(&file);
        }
    }
    // A test in which no writer is killed while writing would prove nothing.
    assert!(
        journals * 50 > kills && cut_short * 10 > kills && stored.len() as u64 * 10 > kills,
        "{journals} killed with a journal open, {cut_short} before they were done, {} runs stored",
        stored.len()
    );
    println!(
        "{kills} writers killed in {:?}: {journals} with a journal open, {} runs stored",
        start.elapsed(),
        stored.len()
    );
    assert_sound(&file);
    let kept = whole_runs(&file);
    for run in stored {
        assert!(
            kept.contains(&run),
            "{run} was reported as stored and is lost"
        );
    }
}

/// A small seeded generator: the constants are Knuth's, for MMIX.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = (self.0)
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

fn journal(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-journal");
    name.into()
}

fn assert_sound(file: &Path) {
    let connection = rusqlite::Connection::open(file).expect("it opens");
    let said: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("it says so");
    assert_eq!(said, "ok");
}

/// The runs of a history, each of which must be whole, announced or not.
fn whole_runs(file: &Path) -> Vec<String> {
    let connection = rusqlite::Connection::open(file).expect("it opens");
    let mut statement = connection
        .prepare(
            "SELECT id,
                 (SELECT COUNT(*) FROM perf_result WHERE run = id AND place IN (SELECT id FROM perf_place)),
                 (SELECT COUNT(*) FROM perf_limit WHERE run = id)
             FROM perf_run",
        )
        .expect("it is SQL");
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("it can be read");
    let runs = rows.map(|row| {
        let (run, cases, limits): (String, i64, i64) = row.expect("a row");
        assert_eq!((cases, limits), (3, 3 * LIMITS), "{run} is not whole");
        run
    });
    runs.collect()
}

/// Starts eight writers and waits for them; how many runs they stored.
pub(crate) fn eight_writers(history: &str) -> u64 {
    const RUNS: u64 = 12;
    let start = Instant::now();
    let children: Vec<Child> = (0..8)
        .map(|writer_nth| writer(&format!("w{writer_nth}"), RUNS, history))
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        assert_eq!(said.matches("stored").count() as u64, RUNS, "{said}");
    }
    println!(
        "eight writers stored {} runs in {:?}",
        8 * RUNS,
        start.elapsed()
    );
    8 * RUNS
}

fn eight_writers_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("history.sqlite3");
    let stored = eight_writers(&file.display().to_string());
    assert_sound(&file);
    assert_eq!(whole_runs(&file).len() as u64, stored);
}
