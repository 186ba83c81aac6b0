//! `bench formats`: what a large run costs in each format, document and page.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use super::program::executable;
use super::project::{myself, temporary};
use super::table::Table;
use super::target;
use crate::step::{Stopped, cargo, workspace};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Cases of the run
    #[arg(long, default_value_t = 10_000, value_parser = super::at_least_one())]
    cases: usize,
    /// Runs of the history
    #[arg(long, default_value_t = 30)]
    runs: u64,
}

/// A process that is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Process {
    /// Where its standard output goes
    out: PathBuf,
    program: PathBuf,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// What each may cost: seconds of processor time, and MB of resident memory.
const MOST: (f64, f64) = (5.0, 300.0);
/// A page with all its history, which is most of it.
const MOST_WITH_HISTORY: (f64, f64) = (5.0, 500.0);

/// Every form of a report: what `report` is given.
const FORMS: [&str; 15] = [
    "--format terminal",
    "--format markdown",
    "--format comment",
    "--format github",
    "--format html",
    "--format json",
    "--format junit",
    "--format csv",
    "--format openmetrics",
    "--format bmf",
    "--format github-action-benchmark",
    "--format pytest-benchmark",
    "--format go-bench",
    "--template report",
    "--template baseline",
];

const SAMPLE: &str = "perf-runtime/schema/record-1.sample.json";
const DAY: u64 = 86_400;

/// What a process used.
struct Used {
    seconds: f64,
    cpu: f64,
    peak_mb: f64,
}

/// Renders a run of this many cases in every form, then as a page with a history of
/// this many runs, prints the table, and says whether every target is met.
///
/// # Errors
/// If the command line cannot be built, or one of its reports fails.
pub(crate) fn run(options: &Options) -> Result<bool, Stopped> {
    let Options { cases, runs } = *options;
    let program = build()?;
    let folder = temporary()?;
    let bench = Bench {
        program,
        folder: folder.path().to_owned(),
        sample: sample()?,
    };
    let records = bench.write("r9999", cases, runs * DAY, true)?;
    let mut table = Table::new(&["form", "seconds", "CPU-s", "peak MB", "output MB"]);
    let mut met = true;
    for form in FORMS {
        met &= bench.measure(form, &records, "off", MOST, &mut table)?;
    }
    if runs > 0 {
        let history = bench.history(cases, runs)?;
        met &= bench.measure(
            "--format html",
            &records,
            &history,
            MOST_WITH_HISTORY,
            &mut table,
        )?;
    }
    println!("\n{cases} cases, the last with a history of {runs} runs:\n\n{table}");
    Ok(met)
}

fn build() -> Result<PathBuf, Stopped> {
    let mut command = cargo();
    let arguments = "build --release --package perf-report --message-format=json";
    let output = command
        .args(arguments.split(' '))
        .stderr(Stdio::inherit())
        .output();
    let output = output.map_err(|error| format!("cargo could not be started: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    executable(&said)
        .filter(|_| output.status.success())
        .ok_or_else(|| "perf-report was not built".to_owned())
}

fn sample() -> Result<Value, Stopped> {
    let path = workspace().join(SAMPLE);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

struct Bench {
    program: PathBuf,
    folder: PathBuf,
    sample: Value,
}

impl Bench {
    /// Writes a run; its times and timelines, which are most of a record, where asked.
    fn write(&self, run: &str, cases: usize, time: u64, whole: bool) -> Result<String, Stopped> {
        let folder = self.folder.join(run);
        let write = |nth| {
            let record = record(&self.sample, run, nth, time, whole);
            fs::write(folder.join(format!("{nth}.json")), record.to_string())
        };
        let made = fs::create_dir_all(&folder);
        let wrote = made.and_then(|()| (0..cases).try_for_each(write));
        wrote.map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder.display().to_string())
    }

    /// Keeps this many runs, and says where.
    fn history(&self, cases: usize, runs: u64) -> Result<String, Stopped> {
        let history = self.folder.join("history").display().to_string();
        for run in 0..runs {
            let folder = self.write(&format!("r{run:04}"), cases, run * DAY, false)?;
            let used = self.used(&["merge", &folder], &history, "/dev/null".as_ref())?;
            eprintln!("{}/{runs}  kept in {:.1} s", run + 1, used.seconds);
            fs::remove_dir_all(&folder).map_err(|error| format!("{folder}: {error}"))?;
        }
        Ok(history)
    }

    fn measure(
        &self,
        form: &str,
        records: &str,
        history: &str,
        (most_seconds, most_mb): (f64, f64),
        table: &mut Table,
    ) -> Result<bool, Stopped> {
        let out = self.folder.join("out");
        let arguments: Vec<&str> = ["report", records]
            .into_iter()
            .chain(form.split(' '))
            .collect();
        let used = self.used(&arguments, history, &out)?;
        let form = match history {
            "off" => form.to_owned(),
            _ => format!("{form}, with history"),
        };
        let size = fs::metadata(&out).map_or(0, |file| file.len());
        let text = format!(
            "{form}: {:.1} CPU-s of {most_seconds}, {:.0} MB of {most_mb}",
            used.cpu, used.peak_mb
        );
        table.row(vec![
            form,
            format!("{:.1}", used.seconds),
            format!("{:.1}", used.cpu),
            format!("{:.0}", used.peak_mb),
            format!("{:.1}", size as f64 / 1e6),
        ]);
        Ok(target(
            used.cpu < most_seconds && used.peak_mb < most_mb,
            &text,
        ))
    }

    fn used(&self, arguments: &[&str], history: &str, out: &Path) -> Result<Used, Stopped> {
        let mut command = myself("bench used")?;
        command
            .args([out, &self.program])
            .args(arguments)
            .env("PERF_HISTORY", history)
            .current_dir(&self.folder);
        let output = command
            .output()
            .map_err(|error| format!("{command:?}: {error}"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let numbers: Vec<f64> = said
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        match *numbers {
            [seconds, cpu, peak_mb] => Ok(Used {
                seconds,
                cpu,
                peak_mb,
            }),
            _ => Err(format!(
                "{command:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            )),
        }
    }
}

/// Cases differ in their times, verdicts and places.
fn record(sample: &Value, run: &str, nth: usize, time: u64, whole: bool) -> Value {
    let mut record = sample.clone();
    let verdict = ["pass", "fail", "pass", "undecided", "warn", "pass"][nth % 6];
    let typical = 1e6 * (nth * 7 % 23 + 1) as f64;
    record["run"] = run.into();
    record["unix_time"] = (1_795_000_000 + time).into();
    record["case"]["id"] = format!("app::module_{}::case_{nth}", nth % 97).into();
    record["case"]["file"] = format!("src/module_{}.rs", nth % 97).into();
    record["outcome"] = verdict.into();
    record["limits"][0]["verdict"] = verdict.into();
    record["limits"][0]["sentence"] = format!("p99 of case {nth} is {verdict}").into();
    // A tenth of the cases became slower in the middle of the history.
    let slower = nth.is_multiple_of(10) && time > 15 * DAY;
    let drift = 1.0 + 0.002 * ((time / DAY * 7 + nth as u64) % 5) as f64;
    let typical = typical * drift * if slower { 1.3 } else { 1.0 };
    for (name, factor) in [("p50", 1.0), ("p95", 1.4), ("p99", 2.0), ("mean", 1.1)] {
        record["summary"][name] = (typical * factor).into();
    }
    if !nth.is_multiple_of(100) {
        record["allocations"] = Value::Null;
    }
    // As records of real runs have them.
    let bins = if whole { 170 } else { 0 };
    let bin = |at: u64| json!([(typical * (0.7 + at as f64 / 130.0)).round(), 1 + at % 17]);
    record["histogram"]["buckets"] = (0..bins).map(bin).collect();
    let stretches = if whole { 54 } else { 0 };
    let stretch = |at: u64| {
        let ns = typical * (1.0 + (at % 9) as f64 / 100.0);
        json!([at * 40_000_000, 27, ns * 0.9, ns, ns * 1.8])
    };
    record["timeline"] = (0..stretches).map(stretch).collect();
    record
}

/// Starts a program, and prints what it used: seconds, seconds of processor time, and
/// its peak of resident memory. It is the only child of this process, of whose children
/// the system knows the largest.
///
/// # Errors
/// If it cannot be started, or ends as no report does.
#[cfg(unix)]
pub(crate) fn used(process: &Process) -> Result<bool, Stopped> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike as _;

    let out = &process.out;
    let file = File::create(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let start = Instant::now();
    let mut command = Command::new(&process.program);
    let ended = command
        .args(&process.arguments)
        .stdout(file)
        .stderr(Stdio::piped())
        .output();
    let ended = ended.map_err(|error| format!("{command:?}: {error}"))?;
    let seconds = start.elapsed().as_secs_f64();
    // A broken budget is no error.
    if !matches!(ended.status.code(), Some(0 | 1)) {
        return Err(format!(
            "{}: {}",
            ended.status,
            String::from_utf8_lossy(&ended.stderr)
        ));
    }
    let used = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    let cpu = (used.user_time() + used.system_time()).num_microseconds() as f64 / 1e6;
    // Kibibytes, but on macOS bytes.
    let unit = if cfg!(target_os = "macos") {
        1.0
    } else {
        1024.0
    };
    println!("{seconds} {cpu} {}", used.max_rss() as f64 * unit / 1e6);
    Ok(true)
}

#[cfg(not(unix))]
pub(crate) fn used(_: &Process) -> Result<bool, Stopped> {
    let _ = (File::open, Instant::now);
    Err("what a process used is read on Unix alone".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_record_is_one() {
        let schema =
            fs::read_to_string(workspace().join("perf-runtime/schema/record-1.schema.json"));
        let schema: Value = serde_json::from_str(&schema.expect("the schema")).expect("JSON");
        let mut schemas = boon::Schemas::new();
        let mut compiler = boon::Compiler::new();
        compiler.add_resource("record", schema).expect("a schema");
        let at = compiler.compile("record", &mut schemas).expect("a schema");
        for (nth, whole) in [(0, true), (7, false)] {
            let record = record(&sample().expect("a sample"), "r1", nth, 3 * DAY, whole);
            schemas.validate(&record, at).expect("a record");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_a_process_used_is_seen_where_it_ends_as_it_is_to() {
        let call = |script: &str| {
            used(&Process {
                out: "/dev/null".into(),
                program: "sh".into(),
                arguments: vec!["-c".to_owned(), script.to_owned()],
            })
        };
        assert_eq!(call("exit 1"), Ok(true));
        let error = call("echo no >&2; exit 2").expect_err("no report");
        assert!(error.contains("exit status: 2: no"), "{error}");
    }
}
