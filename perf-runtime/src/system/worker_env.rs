//! What the surroundings ask of a run: the environment variables, in one place.

#![allow(clippy::disallowed_methods, reason = "reads the environment")]

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use perf_grammar::{Task, variable};

use crate::collections::{cut, lines, mapped, owned, parsed};
use crate::model::problem::Problem;

/// What the environment variables of this process say.
#[derive(Debug, Default)]
pub(crate) struct WorkerEnv {
    /// `PERF_WORKER`, `PERF_WORKER_TASK`: the command line drives this process.
    pub(crate) task: Option<Task>,
    /// `PERF_WORKER_CHANNEL`: the socket at which the command line listens.
    pub(crate) channel: Option<PathBuf>,
    /// `PERF_WORKER_TOKEN`: what stands before a message on a standard stream.
    pub(crate) token: Option<String>,
    /// `PERF_TIME_LIMITS`: time limits of the whole run, over all binaries.
    pub(crate) time_limits: Option<u64>,
    /// `PERF_SEED`.
    pub(crate) seed: Option<u64>,
    /// `PERF_BUDGETS_PROFILE`.
    pub(crate) profile: Option<String>,
    /// `PERF_BUDGETS_MODE`.
    pub(crate) mode: Option<String>,
    /// `PERF_WORKER_MODE`: what the command line said.
    pub(crate) command_line_mode: Option<String>,
    /// `PERF_WORKER_MAX_TIME`.
    pub(crate) max_time: Option<String>,
    /// `PERF_WORKER_SELECT`, one pattern a line.
    pub(crate) select: Vec<String>,
    /// `PERF_WORKER_TAGS`, one a line; `-tag` leaves out.
    pub(crate) tags: Vec<String>,
    /// `PERF_WORKER_GROUPS`, one a line.
    pub(crate) groups: Vec<String>,
    /// `PERF_WORKER_CLASSES`, one a line.
    pub(crate) classes: Vec<String>,
    /// `PERF_WORKER_IDS`, requirements, one a line.
    pub(crate) requirements: Vec<String>,
    /// `PERF_INSTRUCTIONS=callgrind`: count the instructions of every case.
    pub(crate) instructions: bool,
    /// `PERF_ALLOC_PROFILE`: write down where every case allocates.
    pub(crate) alloc_profile: bool,
    /// The command line writes the records.
    pub(crate) only_sends: bool,
    /// `PERF_DEADLINE`: the grace of a round or count, `"60s"` by default.
    pub(crate) deadline: Option<String>,
    /// `PERF_WORKER_COUNT`: what a worker with the task `count`, `trace`, `first` or
    /// `instructions` is to count, or how.
    pub(crate) count: Option<String>,
    /// `PERF_WORKER_METERS`: which meters a worker with the task `meters` is to
    /// read, one a line.
    #[cfg_attr(
        not(feature = "meters"),
        expect(dead_code, reason = "no meter is read")
    )]
    pub(crate) meters: Vec<String>,
    /// `PERF_WORKER_IGNORED`.
    pub(crate) ignored: bool,
    /// `PERF_WORKER_MUTATE`: what `prove` adds to calls, one mutation a line.
    pub(crate) mutated: Vec<Mutated>,
    /// `PERF_WORKER_CALLGRIND`: this process runs under callgrind, and this is
    /// how the names of its dump files begin.
    #[cfg_attr(
        not(feature = "instructions"),
        expect(dead_code, reason = "nothing is counted under callgrind")
    )]
    pub(crate) callgrind: Option<String>,
    /// `PERF_WORKER_SUPERVISOR`: the process that started this one to measure.
    #[cfg_attr(
        not(unix),
        expect(dead_code, reason = "no other process measures there")
    )]
    pub(crate) supervisor: Option<u32>,
    /// `PERF_IN_PROCESS`: measure in the process of the tests.
    #[cfg_attr(
        not(unix),
        expect(dead_code, reason = "no other process measures there")
    )]
    pub(crate) in_process: bool,
    /// `RUST_TEST_NOCAPTURE`, as libtest reads it.
    pub(crate) nocapture: bool,
    /// `CI` is set, and not to `false` or `0`.
    pub(crate) ci: bool,
    /// `NEXTEST`: one process a test.
    pub(crate) nextest: bool,
    /// `RUST_TEST_THREADS`.
    pub(crate) test_threads: Option<usize>,
}

/// What is added to each call of a case, or changed of one of its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mutated {
    /// What it is: `spin`, `alloc`, .., or `limit`.
    pub(crate) kind: String,
    /// How much of it; of a limit, its value in base units.
    pub(crate) amount: u64,
    /// The counter, target, span or limit that it is of.
    pub(crate) of: String,
    /// The id of the case.
    pub(crate) id: String,
}

impl Mutated {
    fn read(line: &str) -> Option<Mutated> {
        let (kind, rest) = cut(line, "\t")?;
        let (amount, rest) = cut(rest, "\t")?;
        let (of, id) = cut(rest, "\t")?;
        Some(Mutated {
            amount: parsed(amount)?,
            kind: owned(kind),
            of: owned(of),
            id: owned(id),
        })
    }
}

/// Whether another process started this one as a worker, or a worker did: it is given one
/// of these, which a `PERF_WORKER` that is left over in a shell does not have beside it.
pub(crate) fn is_worker() -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    is_set(variable::WORKER)
        && (is_set(variable::WORKER_TOKEN)
            || is_set(variable::WORKER_CHANNEL)
            || is_set(variable::WORKER_SUPERVISOR))
}

/// The version of the worker protocol that this runtime speaks.
pub(crate) const PROTOCOL: &str = "1";

/// What people start the command line with, for hints.
pub(crate) fn command_line() -> String {
    let given = env::var(variable::WORKER_COMMAND).ok();
    let given = given.filter(|name| !name.is_empty());
    given.unwrap_or_else(|| owned("cargo perf-budget"))
}

impl WorkerEnv {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// If a variable holds what it cannot, or a worker is asked for in words that
    /// this runtime does not know.
    pub(crate) fn read() -> Result<Arc<WorkerEnv>, Problem> {
        WorkerEnv::of(&|name| env::var_os(name)).map(Arc::new)
    }

    /// How the command line is reached that drives this process, whatever the other variables
    /// hold; `None` where none does.
    pub(crate) fn of_driven() -> Option<WorkerEnv> {
        let way = [
            variable::WORKER,
            variable::WORKER_TASK,
            variable::WORKER_CHANNEL,
            variable::WORKER_TOKEN,
        ];
        let read = |name: &str| match way.contains(&name) {
            true => env::var_os(name),
            false => None,
        };
        let env = WorkerEnv::of(&read).ok()?;
        env.task?.is_of_the_command_line().then_some(env)
    }

    fn of(variables: &dyn Fn(&str) -> Option<OsString>) -> Result<WorkerEnv, Problem> {
        let mut from = Variables {
            variables,
            wrong: None,
        };
        let asked = (
            from.text(variable::WORKER),
            from.text(variable::WORKER_TASK),
        );
        let channel = variables(variable::WORKER_CHANNEL).filter(|value| !value.is_empty());
        let token = from.text(variable::WORKER_TOKEN);
        let is_heard = channel.is_some() || token.is_some();
        let task = from.sound(task(asked.0, asked.1, is_heard)).flatten();
        let mutations = from.lines(variable::WORKER_MUTATE);
        let mutated = from.sound(mutated(&mutations, task)).unwrap_or_default();
        let env = WorkerEnv {
            task,
            mutated,
            channel: channel.map(PathBuf::from),
            token,
            time_limits: from.number(variable::TIME_LIMITS),
            seed: from.number(variable::SEED),
            profile: from.text(variable::BUDGETS_PROFILE),
            mode: from.text(variable::BUDGETS_MODE),
            command_line_mode: from.text(variable::WORKER_MODE),
            max_time: from.text(variable::WORKER_MAX_TIME),
            select: from.lines(variable::WORKER_SELECT),
            tags: from.lines(variable::WORKER_TAGS),
            groups: from.lines(variable::WORKER_GROUPS),
            classes: from.lines(variable::WORKER_CLASSES),
            requirements: from.lines(variable::WORKER_IDS),
            instructions: {
                let asked = from.text(variable::INSTRUCTIONS);
                from.sound(instructions(asked.as_deref())) == Some(true)
            },
            alloc_profile: from.is_set(variable::ALLOC_PROFILE),
            only_sends: from.text(variable::WORKER_RECORDS).as_deref() == Some("sent"),
            deadline: from.text(variable::DEADLINE),
            count: from.text(variable::WORKER_COUNT),
            meters: from.lines(variable::WORKER_METERS),
            ignored: from.is_set(variable::WORKER_IGNORED),
            callgrind: from.text(variable::WORKER_CALLGRIND),
            ci: from
                .text(variable::CI)
                .is_some_and(|value| value != "false" && value != "0"),
            nextest: from.is_set(variable::NEXTEST),
            test_threads: {
                let asked = from.number(variable::TEST_THREADS);
                from.sound(test_threads(asked)).flatten()
            },
            supervisor: from
                .number(variable::WORKER_SUPERVISOR)
                .and_then(|pid| u32::try_from(pid).ok()),
            in_process: cfg!(miri) || from.is_set(variable::IN_PROCESS),
            nocapture: from
                .text(variable::TEST_NOCAPTURE)
                .is_some_and(|value| value != "0"),
        };
        from.wrong.map_or(Ok(env), Err)
    }
}

/// The variables, and the first of them that holds what it cannot.
///
/// NOTE: a `?` at each variable was a seventieth of what the compiler made of this
/// crate: each drops what was read before.
struct Variables<'v> {
    variables: &'v dyn Fn(&str) -> Option<OsString>,
    wrong: Option<Problem>,
}

impl Variables<'_> {
    /// The value, unless it is wrong, which is noted.
    fn sound<T>(&mut self, read: Result<T, Problem>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(why) => {
                self.note(why);
                None
            }
        }
    }

    fn note(&mut self, why: Problem) {
        if self.wrong.is_none() {
            self.wrong = Some(why);
        }
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let text = (self.variables)(name)?.into_string();
        let text = text.map_err(|bytes| Problem::not_utf8(name, &format!("{}", bytes.display())));
        self.sound(text).filter(|text| !text.is_empty())
    }

    fn is_set(&mut self, name: &str) -> bool {
        self.text(name).is_some()
    }

    fn lines(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        mapped(&lines(&text), |line| owned(line))
    }

    fn number(&mut self, name: &str) -> Option<u64> {
        let text = self.text(name)?;
        let number = perf_grammar::read_variable(name, &text);
        self.sound(number.map_err(|why| Problem::wrong_number(&why.text(), &why.help())))
    }
}

/// Reads mutations, a line each: kind, amount, of what and id, with tabs between them.
/// Only a worker that measures has some: nothing else may be judged with them.
fn mutated(lines: &[String], task: Option<Task>) -> Result<Vec<Mutated>, Problem> {
    if !lines.is_empty() && matches!(task, None | Some(Task::Session | Task::Bursts)) {
        return Err(Problem::mutations_elsewhere(
            variable::WORKER_MUTATE,
            &command_line(),
        ));
    }
    let mut mutated = Vec::new();
    for line in lines {
        let read = Mutated::read(line)
            .ok_or_else(|| Problem::wrong_mutation(&format!("{line:?}"), variable::WORKER_MUTATE));
        mutated.push(read?);
    }
    Ok(mutated)
}

fn instructions(word: Option<&str>) -> Result<bool, Problem> {
    match word {
        None => Ok(false),
        Some("callgrind") => Ok(true),
        Some(found) => Err(Problem::unknown_counting(&format!("{found:?}"))),
    }
}

/// As libtest reads it.
fn test_threads(threads: Option<u64>) -> Result<Option<usize>, Problem> {
    match threads {
        Some(0) => Err(Problem::no_test_threads()),
        threads => Ok(threads.map(|threads| usize::try_from(threads).unwrap_or(usize::MAX))),
    }
}

/// What a worker is asked for; `is_heard`, whether it is given a way to answer. Variables
/// that are left over in a shell must not end in a process that judges nothing and is green.
fn task(
    protocol: Option<String>,
    task: Option<String>,
    is_heard: bool,
) -> Result<Option<Task>, Problem> {
    let Some(protocol) = protocol else {
        return Ok(None);
    };
    if protocol != PROTOCOL {
        return Err(Problem::unknown_protocol(&protocol, PROTOCOL));
    }
    let task = task.as_deref().unwrap_or("(nothing)");
    match Task::from_word(task) {
        None => Err(Problem::unknown_task(task)),
        // It is known by its parent, and is else an ordinary process.
        Some(Task::Session) => Ok(Some(Task::Session)),
        Some(known) if !is_heard => Err(Problem::not_heard(known.word(), &command_line())),
        task => Ok(task),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_holds_what_it_cannot_is_named() {
        let read = |name: &'static str, value: &'static str| {
            let read = WorkerEnv::of(&move |asked| (asked == name).then(|| value.into()));
            read.map_err(|problem| problem.line())
        };
        assert_eq!(read("PERF_SEED", "7").map(|s| s.seed), Ok(Some(7)));
        assert_eq!(read("PERF_SEED", "").map(|s| s.seed), Ok(None));
        let counts = read("PERF_INSTRUCTIONS", "callgrind").map(|s| s.instructions);
        assert_eq!(counts, Ok(true));
        for (name, value) in [
            ("PERF_SEED", "abc"),
            ("PERF_TIME_LIMITS", "-1"),
            ("PERF_INSTRUCTIONS", "perf"),
            ("RUST_TEST_THREADS", "0"),
            ("RUST_TEST_THREADS", "many"),
        ] {
            let error = read(name, value).err().unwrap_or_default();
            assert!(error.starts_with(&format!("found {name}=")), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf_8_is_not_passed_over() {
        use std::os::unix::ffi::OsStringExt;
        let bytes = || OsString::from_vec(vec![b'c', 0xFF]);
        let read =
            WorkerEnv::of(&|asked| (asked == "PERF_BUDGETS_PROFILE").then(bytes)).map(|_| ());
        let error = read.expect_err("a profile that is no text").line();
        assert!(error.contains("PERF_BUDGETS_PROFILE=c"), "{error}");
    }

    #[test]
    fn mutations_are_read_for_workers_that_measure_and_refused_elsewhere() {
        let read = |text: &'static str, task: Option<&'static str>| {
            WorkerEnv::of(&move |asked| match asked {
                "PERF_WORKER_MUTATE" => Some(text.into()),
                "PERF_WORKER" => task.map(|_| PROTOCOL.into()),
                "PERF_WORKER_TASK" => task.map(Into::into),
                "PERF_WORKER_TOKEN" => task.map(|_| "t".into()),
                _ => None,
            })
            .map(|env| env.mutated)
            .map_err(|problem| problem.line())
        };
        let text = "spin\t1500\t\ta::b\ncount\t2\tdb.query\ta::c/x y";
        for task in ["list", "measure", "confirm", "count", "first"] {
            let read = read(text, Some(task)).expect("two mutations");
            let [spin, count] = &*read else {
                panic!("{read:?}")
            };
            assert_eq!(
                (&*spin.kind, spin.amount, &*spin.id),
                ("spin", 1500, "a::b")
            );
            assert_eq!((&*count.of, &*count.id), ("db.query", "a::c/x y"));
        }
        for task in [None, Some("session"), Some("bursts")] {
            let error = read(text, task).expect_err("refused");
            assert!(error.contains("unset it"), "{error}");
        }
        for text in ["spin", "spin\tmuch\t\ta::b", "spin\t1\ta::b"] {
            let error = read(text, Some("measure")).expect_err("no mutation");
            assert!(error.contains("same version"), "{error}");
        }
    }

    #[test]
    fn a_worker_is_asked_for_in_known_words_only() {
        let read = |protocol: Option<&str>, name: Option<&str>, is_heard| {
            let read = task(
                protocol.map(str::to_owned),
                name.map(str::to_owned),
                is_heard,
            );
            read.map_err(|problem| problem.line())
        };
        let words = |protocol, name| read(protocol, name, true);
        assert_eq!(words(None, Some("list")), Ok(None));
        assert_eq!(words(Some("1"), Some("measure")), Ok(Some(Task::Measure)));
        assert!(
            words(Some("2"), Some("measure")).is_err_and(|error| error.contains("same version"))
        );
        assert!(
            words(Some("1"), Some("dance")).is_err_and(|error| error.contains("expected list"))
        );
        assert!(words(Some("1"), None).is_err());
        for task in Task::ALL {
            let alone = read(Some("1"), Some(task.word()), false);
            match task {
                Task::Session => assert_eq!(alone, Ok(Some(task))),
                _ => assert!(
                    alone.is_err_and(|error| error.ends_with("; unset PERF_WORKER")),
                    "{task:?}"
                ),
            }
        }
    }
}
