//! Functions that do harm: to their process, to what runs them, to the machine. Each is
//! named, the others are judged, nothing is lost, nothing is left behind, nothing hangs.

mod machine;
mod table;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Once;
use std::time::{Duration, Instant};

use crate::project::{HEAD, Project, Ran};
use crate::workspace::Package;
use table::Victim::{self, Accounted, Fails, Passes};

const ATTACKS: &str = include_str!("chaos/attacks.rs");

/// Each place where a case can be attacked, between two that are not.
const CASES: &str = r#"
#[perf_budget(p50 = "10ms", allocs = 4)]
fn before() -> Vec<u8> { vec![1; 100] }
#[perf_budget(p50 = "60s")]
fn victim() { attack("CHAOS") }
#[perf_budget(p50 = "1s", setup = || { attack("CHAOS_SETUP"); 5 })]
fn prepared(n: u32) -> u32 { n + 1 }
struct Dropped;
impl Drop for Dropped { fn drop(&mut self) { attack("CHAOS_DROP") } }
#[perf_budget(p50 = "1s")]
fn returns() -> Dropped { Dropped }
#[perf_budget(p50 = "10ms", allocs = 4)]
fn later() -> Vec<u8> { vec![1; 100] }
"#;

const MAIN: &str = r#"
mod entry { perf_runtime::main!(); pub(crate) fn go() -> std::process::ExitCode { main() } }
fn main() -> std::process::ExitCode { attack("CHAOS_MAIN"); entry::go() }
"#;

/// Another target, which no attack of the first one reaches.
const BESIDE: &str = r#"
#[perf_budget(p50 = "10ms", allocs = 4)]
fn elsewhere() -> Vec<u8> { vec![1; 100] }
"#;

/// Texts that mean harm wherever a case has one.
const NAMES: &str = r##"
#[perf_budget(allocs = 0, group = "g|r<b>\u{1b}[31m\u{202e}", id = "ID\"'\n&<>|`\u{1b}[2J", tags = ["t|\u{1b}[31m", "a\nb"], message = "<script>alert(1)</script> | `x` \u{1b}]0;owned\u{7}\n## FORGED\n\u{202e}", max_time = "100ms")]
fn breaks() -> Vec<u8> { vec![1; 100] }
#[perf_budget(allocs = 9, max_time = "50ms", args = ["a|b", "<b>x</b>", "\u{1b}[31mred", "new\nline", "q\"'&`", "\u{202e}rtl", "a::b", "../../../elsewhere", "..", "", "*", "**", "a/b", "con", "\u{0}nul"])]
fn takes(text: &str) -> String { text.to_owned() + "x" }
#[perf_budget(p50 = "1s", max_time = "50ms")]
fn errs() -> Result<(), String> { Err("e|<b>\u{1b}[31mred\u{1b}]0;t\u{7}\n| FORGED | b |\n\u{202e}".to_owned()) }
#[perf_budget(p50 = "1s", max_time = "50ms")]
fn errs_at_length() -> Result<(), String> { Err("x".repeat(200_000)) }
#[perf_budget(count("c|\u{1b}[31m<b>", max = 0), max_time = "50ms")]
fn counts() { perf_runtime::count("c|\u{1b}[31m<b>", 1); }
#[perf_budget(p50 = "1s", max_time = "50ms")]
fn r#type() {}
#[perf_budget(p50 = "1s", max_time = "50ms")]
fn übergröße() {}
"##;

pub(crate) fn package() -> Package {
    // Whatever a call of the system answers is dropped.
    let harmful = format!("#![allow(dropping_copy_types)]\n{HEAD}{ATTACKS}{CASES}");
    Package::new("chaos")
        .test("attacked", &harmful)
        .with_main("serial_attacked", &format!("{harmful}{MAIN}"))
        .test("beside", &format!("{HEAD}{BESIDE}"))
        .test("names", &format!("{HEAD}{NAMES}"))
}

/// The longest that a run may take once it is built, on a machine as busy as that of a
/// CI: a fifth of what the programs live that attacks leave behind.
const LONGEST: Duration = Duration::from_secs(600);

/// How long a case may take. What is decided ends sooner; but on a busy machine a
/// process that does no harm may have to wait for a processor, too.
#[derive(Clone, Copy, Debug)]
enum Patience {
    /// Nothing hangs: as long as no call takes minutes, it is waited for.
    Long,
    /// Something hangs, which is to be found out soon.
    Short,
}

impl Patience {
    fn max_time(self) -> &'static str {
        match self {
            Patience::Long => "60s",
            Patience::Short => "1s",
        }
    }

    fn deadline(self) -> &'static str {
        match self {
            Patience::Long => "60s",
            Patience::Short => "5s",
        }
    }
}

/// One run of the command line, with a temporary folder and its own mark.
struct Attack {
    project: Project,
    mark: String,
    temporary: PathBuf,
    patience: Patience,
    /// What a test itself leaves in the temporary folder.
    of_the_test: &'static [&'static str],
}

impl Attack {
    fn new(name: &str, patience: Patience) -> Attack {
        let budgets = format!(
            "schema = 1\n[defaults]\nmax_time = {:?}\n",
            patience.max_time()
        );
        let project = Project::under("chaos", &budgets);
        // What is timed is not how long building takes.
        static BUILT: Once = Once::new();
        BUILT.call_once(|| {
            let targets = "--test attacked --test serial_attacked --test beside --test names";
            project.run_perf(&format!("list {targets}")).ended_with(0);
        });
        let temporary = project.path().join("tmp");
        std::fs::create_dir_all(&temporary).expect("a folder can be made");
        Attack {
            mark: format!("{}-{name}", std::process::id()),
            project,
            temporary,
            patience,
            of_the_test: &["of-the-test"],
        }
    }

    fn perf(&self, arguments: &str, variables: &[(&str, &str)]) -> Command {
        let mut command = self.project.perf(arguments);
        command
            .envs(variables.iter().copied())
            .env("PERF_DEADLINE", self.patience.deadline())
            .env("PERF_LOG", "perf_report::run=info")
            .env("TMPDIR", &self.temporary)
            .env("CHAOS_MARK", &self.mark);
        command
    }

    /// Runs all cases, in a bounded time; the report, and what was printed.
    fn run(&self, variables: &[(&str, &str)]) -> (serde_json::Value, Ran) {
        let page = self.project.path().join("report.json");
        let arguments = format!(
            "run --test attacked --test beside --output json={}",
            page.display()
        );
        let ran = in_time(self.perf(&arguments, variables));
        let text = std::fs::read_to_string(&page);
        let text = text.unwrap_or_else(|error| panic!("no report: {error}\n{}", ran.text()));
        (
            serde_json::from_str(&text).expect("the report is JSON"),
            ran,
        )
    }

    /// Nothing that the run started is alive, and nothing that it made lies about.
    fn leaves_nothing(&self, ran: &Ran) {
        let began = Instant::now();
        // Who was killed may take a moment to be gone.
        while !self.alive().is_empty() && began.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let alive = self.alive();
        for (pid, _) in &alive {
            let _ = Command::new("kill").args(["-9", pid]).status();
        }
        assert!(alive.is_empty(), "left behind: {alive:?}\n{}", ran.text());
        let entries = std::fs::read_dir(&self.temporary).expect("the folder is there");
        let names = entries.map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        });
        let own = |name: &String| {
            !name.starts_with("perf-budgets") && !self.of_the_test.contains(&&**name)
        };
        let left: Vec<String> = names.filter(own).collect();
        assert!(left.is_empty(), "left behind: {left:?}\n{}", ran.text());
        for folder in std::fs::read_dir(self.project.out_dir().join("runs"))
            .into_iter()
            .flatten()
        {
            let files = std::fs::read_dir(folder.expect("an entry").path()).expect("a run");
            let files = files.map(|file| file.expect("an entry").path());
            let half: Vec<PathBuf> = files
                .filter(|file| file.extension().is_some_and(|end| end == "tmp"))
                .collect();
            assert!(half.is_empty(), "{half:?}\n{}", ran.text());
        }
    }

    /// Processes that were started with the mark, and what they are.
    fn alive(&self) -> Vec<(String, String)> {
        let mark = format!("CHAOS_MARK={}", self.mark);
        let processes = std::fs::read_dir("/proc")
            .expect("there are processes")
            .flatten();
        let marked = processes.filter(|process| {
            let variables = std::fs::read(process.path().join("environ")).unwrap_or_default();
            let mut variables = variables.split(|byte| *byte == 0);
            variables.any(|variable| variable == mark.as_bytes())
        });
        let named = marked.map(|process| {
            let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            (process.file_name().to_string_lossy().into_owned(), line)
        });
        named.collect()
    }
}

/// Runs a command of [`Attack::perf`] in a bounded time. What cargo takes is not counted:
/// it may wait for what other tests build.
fn in_time(command: Command) -> Ran {
    let began = Instant::now();
    let ran = Ran::of(command);
    let built = ran
        .stderr
        .lines()
        .find(|line| line.contains("phase=\"build\""));
    let built = built.and_then(|line| line.split("elapsed_ms=").nth(1)?.parse().ok());
    let built =
        built.unwrap_or_else(|| panic!("it is not said how long it was built\n{}", ran.text()));
    let took = began.elapsed().saturating_sub(Duration::from_millis(built));
    assert!(took < LONGEST, "{took:?}\n{}", ran.text());
    ran
}

fn case<'a>(report: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    let cases = report["cases"].as_array().expect("there are cases");
    let end = format!("::{name}");
    let found = cases
        .iter()
        .find(|case| case["id"].as_str().is_some_and(|id| id.ends_with(&end)));
    found.unwrap_or_else(|| panic!("{name} is lost: {report:#}"))
}

/// All cases are accounted for, and those that do no harm pass.
fn others_are_judged(report: &serde_json::Value, harmful: &[&str], ran: &Ran) {
    let cases = report["cases"].as_array().expect("there are cases");
    let ids: BTreeSet<&str> = cases
        .iter()
        .filter_map(|case| case["id"].as_str())
        .collect();
    assert_eq!((cases.len(), ids.len()), (6, 6), "{ids:?}");
    for name in [
        "before",
        "victim",
        "prepared",
        "returns",
        "later",
        "elsewhere",
    ] {
        if !harmful.contains(&name) {
            let outcome = &case(report, name)["outcome"];
            assert_eq!(outcome, "pass", "{name}\n{}", ran.text());
        }
    }
    let tally = &report["tally"];
    let kinds = [
        "passed",
        "waived",
        "warned",
        "failed",
        "undecided",
        "unmeasured",
    ];
    let sum: u64 = kinds.iter().filter_map(|kind| tally[*kind].as_u64()).sum();
    assert_eq!((tally["limits"].as_u64(), sum), (Some(9), 9), "{tally}");
}

/// What becomes of a case, and the exit code that follows.
fn is(victim: Victim, name: &str, report: &serde_json::Value, ran: &Ran) {
    let case = case(report, name);
    match victim {
        Fails(words) => {
            assert_eq!(case["outcome"], "fail", "{}", ran.text());
            let said = format!(
                "{}{}",
                case["failure"]["text"].as_str().unwrap_or_default(),
                ran.text()
            );
            assert!(said.contains(words), "`{words}` is not in\n{said}");
            assert_eq!(ran.code, Some(1), "{}", ran.text());
        }
        Passes => {
            assert_eq!(case["outcome"], "pass", "{}", ran.text());
            assert_eq!(ran.code, Some(0), "{}", ran.text());
        }
        // Green means that nothing failed; a process that ends badly is red by itself.
        Accounted => {
            let failed = !matches!(case["outcome"].as_str(), Some("pass" | "undecided"));
            let died = ran
                .text()
                .contains("error: the process of chaos (test attacked)");
            assert_eq!(ran.code != Some(0), failed || died, "{}", ran.text());
        }
    }
    assert!(!ran.text().contains('\u{1b}'), "{}", ran.text());
}

#[test]
fn three_attacks_at_once_are_each_named_and_the_others_are_judged() {
    let attack = Attack::new("three", Patience::Short);
    let (report, ran) = attack.run(&[
        ("CHAOS", "late:kill"),
        ("CHAOS_SETUP", "panic-in-colour"),
        ("CHAOS_DROP", "sleep"),
    ]);
    is(Fails("SIGKILL"), "victim", &report, &ran);
    is(Fails("\\u{1b}[31mred"), "prepared", &report, &ran);
    is(Fails("hangs"), "returns", &report, &ran);
    others_are_judged(&report, &["victim", "prepared", "returns"], &ran);
    attack.leaves_nothing(&ran);
}

#[test]
fn two_runs_at_once_lose_nothing_and_what_one_leaves_behind_is_ended() {
    at_once(&["start-a-program", "forge-a-sweep"]);
}

/// Runs at the same time, which share the lock of the machine.
fn at_once(words: &[&str]) {
    let mut attacks: Vec<Attack> = words
        .iter()
        .map(|word| Attack::new(word, Patience::Long))
        .collect();
    let shared = attacks[0].temporary.clone();
    for attack in &mut attacks {
        attack.temporary.clone_from(&shared);
    }
    let run = |attack: &Attack, word: &str| {
        let (report, ran) = attack.run(&[("CHAOS", word)]);
        is(Passes, "victim", &report, &ran);
        others_are_judged(&report, &[], &ran);
        ran
    };
    let ran: Vec<Ran> = std::thread::scope(|scope| {
        let started = attacks.iter().zip(words);
        let threads: Vec<_> = started
            .map(|(attack, word)| scope.spawn(move || run(attack, word)))
            .collect();
        let ended = threads.into_iter().map(|thread| thread.join());
        ended.map(|ran| ran.expect("its run is right")).collect()
    });
    for (attack, ran) in attacks.iter().zip(&ran) {
        attack.leaves_nothing(ran);
    }
}

#[test]
#[ignore = "takes minutes: each attack in a separate run"]
fn four_runs_at_once_lose_nothing() {
    at_once(&[
        "start-a-program",
        "flood",
        "fork-and-stay",
        "remove-the-records",
    ]);
}

/// Tries all of them before it fails.
fn each<T: Copy + std::fmt::Debug>(all: &[T], tried: impl Fn(T)) {
    let fails = |one: &&T| {
        let tried = std::panic::AssertUnwindSafe(|| tried(**one));
        std::panic::catch_unwind(tried).is_err()
    };
    let wrong: Vec<&T> = all.iter().filter(fails).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
#[ignore = "takes minutes: each attack in a separate run"]
fn every_attack_is_named_and_harms_no_other_case() {
    each(table::ALL, |(word, victim)| {
        let patience = match victim {
            Fails("hangs" | "stopped by a signal") | Accounted => Patience::Short,
            Fails(_) | Passes => Patience::Long,
        };
        let attack = Attack::new(word, patience);
        let (report, ran) = attack.run(&[("CHAOS", word)]);
        is(victim, "victim", &report, &ran);
        others_are_judged(&report, &["victim"], &ran);
        attack.leaves_nothing(&ran);
    });
}

#[test]
#[ignore = "takes minutes: each attack in a separate run"]
fn what_makes_and_what_drops_is_named_as_well() {
    let words = [
        "abort",
        "exit-0",
        "late:exit-at-once",
        "panic",
        "panic-with-a-bomb",
        "sleep",
        "stop",
    ];
    let places = [("CHAOS_SETUP", "prepared"), ("CHAOS_DROP", "returns")];
    let all: Vec<_> = places
        .iter()
        .flat_map(|place| words.map(|word| (*place, word)))
        .collect();
    each(&all, |((variable, name), word)| {
        let patience = match word {
            "sleep" | "stop" => Patience::Short,
            _ => Patience::Long,
        };
        let attack = Attack::new(&format!("{name}-{word}"), patience);
        let (report, ran) = attack.run(&[(variable, word)]);
        is(Fails(""), name, &report, &ran);
        others_are_judged(&report, &[name], &ran);
        attack.leaves_nothing(&ran);
    });
}

/// Before `main` is reached there is no case to be named: the target is. What is closed
/// there was not opened yet, and nothing is lost.
#[test]
#[ignore = "takes minutes: each attack in a separate run"]
fn a_target_that_ends_or_hangs_before_its_cases_are_known_is_named() {
    let words = [
        ("abort", 4),
        ("exit-0", 4),
        ("sleep", 4),
        ("stop", 4),
        ("panic", 4),
        ("close-everything", 0),
    ];
    each(&words, |(word, code)| {
        let attack = Attack::new(&format!("main-{word}"), Patience::Short);
        let ran = in_time(attack.perf(
            "run --test serial_attacked --test beside",
            &[("CHAOS_MAIN", word)],
        ));
        let ran = ran.ended_with(code).says("serial_attacked");
        if code == 0 {
            assert!(ran.text().contains("9 limits = 9 passed"), "{}", ran.text());
        }
        attack.leaves_nothing(&ran);
    });
}

#[test]
#[ignore = "takes minutes: each attack in a separate run"]
fn no_name_acts_on_its_reader_in_any_form() {
    for format in [
        "terminal",
        "markdown",
        "comment",
        "github",
        "junit",
        "html",
        "json",
        "csv",
        "openmetrics",
    ] {
        let attack = Attack::new(format, Patience::Long);
        let ran = Ran::of(attack.perf(&format!("run --test names --format {format}"), &[]));
        assert_eq!(ran.code, Some(1), "{}", ran.text());
        for text in [&ran.stdout, &ran.stderr] {
            let acts = text
                .find(|c: char| !matches!(c, '\n' | '\t') && (c.is_control() || c == '\u{202e}'));
            assert!(acts.is_none(), "{format} at {acts:?}: {text:?}");
            assert!(
                !text
                    .lines()
                    .any(|line| line.starts_with("## FORGED") || line.starts_with("| FORGED")),
                "{text}"
            );
        }
        let text = ran.text();
        for name in ["errs_at_length", "übergröße", "takes/"] {
            assert!(
                format == "openmetrics" || text.contains(name),
                "{format} has no {name}: {text}"
            );
        }
        let folder = attack.project.path();
        assert!(
            !folder
                .parent()
                .is_some_and(|above| above.join("elsewhere.json").exists())
        );
        attack.leaves_nothing(&ran);
    }
}
