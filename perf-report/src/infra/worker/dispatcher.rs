//! Workers that make bursts of calls, each when it is asked to.

use std::collections::{BTreeMap, VecDeque};
use std::process::Command;
use std::time::Duration;

use super::{Heard, Workers, is_answer, process};
use crate::model::protocol::Message;

/// Workers that stand ready beside each other, of which one works at a time.
pub(crate) struct Dispatcher<'a> {
    workers: Workers,
    /// What others said while one was listened to.
    unheard: Vec<VecDeque<Message>>,
    /// The number of each in the system, where it says that it can be profiled; and the
    /// later commands that it knows.
    said: Vec<(Option<u32>, Vec<String>)>,
    /// Called with what a worker says that it waits for.
    waits: &'a mut dyn FnMut(&str),
}

/// Of each case the tier and the number of its instructions, or why there is none.
pub(crate) type Instructed = BTreeMap<String, Result<(String, u64), String>>;

/// Why a worker did not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The case failed: its words.
    Failed { kind: String, text: String },
    /// The process is no worker that can do it, or has ended: a predicate to go
    /// behind its name.
    Gone(String),
}

impl<'a> Dispatcher<'a> {
    /// Starts every command, and waits until all are ready. `waits` is called with
    /// what a worker waits for, whenever it says so. One that is silent for longer
    /// than the grace while something is awaited of it is ended.
    ///
    /// # Errors
    /// The first that cannot be started or is no worker of bursts: its place, and
    /// why.
    pub(crate) fn start(
        commands: Vec<Command>,
        grace: Duration,
        waits: &'a mut dyn FnMut(&str),
    ) -> Result<Dispatcher<'a>, (usize, String)> {
        let unheard = commands.iter().map(|_| VecDeque::new()).collect();
        let workers = Workers::start(commands, grace)
            .map_err(|(place, error)| (place, format!("cannot be started: {error}")))?;
        let mut dispatcher = Dispatcher {
            workers,
            unheard,
            said: Vec::new(),
            waits,
        };
        for place in 0..dispatcher.workers.processes.len() {
            let ready = |message: Message| match message {
                Message::Ready { process, knows } => Ok(Some((process, knows))),
                Message::ConfigError { text } => Err(text),
                _ => Ok(None),
            };
            let said = dispatcher
                .listen(place, ready)
                .map_err(|refusal| (place, refusal.to_string()))?;
            dispatcher.said.push(said);
        }
        Ok(dispatcher)
    }

    /// The number of the process of a worker that can be profiled: the one that was
    /// started, or one that this has started, such as a runner of cargo.
    ///
    /// # Errors
    /// Why it cannot be profiled.
    pub(crate) fn process(&self, place: usize) -> Result<u32, String> {
        let started = self.workers.processes[place].id();
        let said = self.said[place].0.ok_or_else(|| match cfg!(target_os = "linux") {
            true => "its perf-runtime is older than profiles: use the version that belongs to this perf-report".to_owned(),
            false => "profiles are taken on Linux alone".to_owned(),
        })?;
        let mut ancestors = std::iter::successors(Some(said), |id| process::parent(*id));
        match ancestors.any(|id| id == started) {
            true => Ok(said),
            // In a separate container, the number may be that of any other here.
            false => Err(format!(
                "it says that it is process {said}, which is none that process {started} has started: it runs in a container, or on another machine"
            )),
        }
    }

    /// Whether a worker knows a command that came after the first version.
    pub(crate) fn knows(&self, place: usize, command: &str) -> bool {
        self.said[place].1.iter().any(|known| known == command)
    }

    /// Sends a worker a command about a case, and waits for its answer.
    ///
    /// # Errors
    /// If the case fails, or the process ends.
    pub(crate) fn ask(&mut self, place: usize, command: &str) -> Result<Message, Refusal> {
        self.say(place, command)?;
        match self.answer(place)? {
            Message::Failed { kind, text, .. } => Err(Refusal::Failed { kind, text }),
            message => Ok(message),
        }
    }

    /// Has a worker count the instructions of several cases, and waits for its
    /// answers: the numbers, or why there are none, by id.
    pub(crate) fn instructions(&mut self, place: usize, ids: &[&str]) -> Instructed {
        let mut instructed = Instructed::new();
        let asked = self.say(place, &format!("instructions {}", ids.join("\t")));
        let mut gone = asked.err();
        while gone.is_none() && instructed.len() < ids.len() {
            let (id, counted) = match self.answer(place) {
                Ok(Message::Instructed {
                    id,
                    tier: Some(tier),
                    count: Some(count),
                    ..
                }) => (id, Ok((tier, count))),
                Ok(Message::Instructed { id, why, .. }) => (id, Err(why.unwrap_or_default())),
                Ok(Message::Failed { id, text, .. }) => (id, Err(text)),
                Ok(_) => continue,
                Err(refusal) => {
                    gone = Some(refusal);
                    continue;
                }
            };
            if !ids.contains(&&*id) {
                // It is older, and took the list for the name of one case.
                return self.instructions_one_by_one(place, ids);
            }
            instructed.insert(id, counted);
        }
        if let Some(gone) = gone {
            for id in ids {
                let why = || Err(gone.to_string());
                instructed.entry((*id).to_owned()).or_insert_with(why);
            }
        }
        instructed
    }

    fn instructions_one_by_one(&mut self, place: usize, ids: &[&str]) -> Instructed {
        let of_one = |id: &&str| self.instructions(place, &[*id]);
        ids.iter().flat_map(of_one).collect()
    }

    fn say(&mut self, place: usize, command: &str) -> Result<(), Refusal> {
        let process = &mut self.workers.processes[place];
        if process.is_over() {
            return Err(Refusal::Gone(process.exit_report().how()));
        }
        process.ask(command);
        Ok(())
    }

    fn answer(&mut self, place: usize) -> Result<Message, Refusal> {
        self.listen(place, |message| Ok(Some(message).filter(is_answer)))
    }

    /// Sends a worker a message that it does not answer.
    pub(crate) fn tell(&mut self, place: usize, command: &str) {
        self.workers.processes[place].tell(command);
    }

    /// Takes in events until one worker has said what is waited for.
    fn listen<T>(
        &mut self,
        place: usize,
        mut wanted: impl FnMut(Message) -> Result<Option<T>, String>,
    ) -> Result<T, Refusal> {
        while let Some(message) = self.unheard[place].pop_front() {
            if let Some(found) = wanted(message).map_err(Refusal::Gone)? {
                return Ok(found);
            }
        }
        loop {
            match self.workers.next() {
                (from, Heard::Ended) if from == place => return Err(self.gone(place)),
                (_, Heard::Message(Message::Waiting { what })) => (self.waits)(&what),
                (from, Heard::Message(message)) if from == place => {
                    if let Some(found) = wanted(message).map_err(Refusal::Gone)? {
                        return Ok(found);
                    }
                }
                (from, Heard::Message(message)) => self.unheard[from].push_back(message),
                (_, Heard::Ended | Heard::Output(_) | Heard::Nothing) => {}
            }
        }
    }

    fn gone(&mut self, place: usize) -> Refusal {
        let exit_report = self.workers.processes[place].exit_report();
        let mut how = exit_report.how();
        for line in &exit_report.stderr {
            how.push_str("\n    ");
            how.push_str(line);
        }
        Refusal::Gone(how)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::Failed { kind, text } if kind == "panic" => {
                write!(f, "the function panicked: {text}")
            }
            Refusal::Failed { kind, text } if kind == "error" => {
                write!(f, "the function returned an error: {text}")
            }
            Refusal::Failed { text, .. } => f.write_str(text),
            Refusal::Gone(how) => f.write_str(how),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(60);

    /// What a shell script answers that is asked for the instructions of two cases;
    /// `answer` is what it does with the ids in `$ids`.
    fn instructed(answer: &str) -> Instructed {
        let script = format!(
            r#"
            printf '\036{{"t":"hello","protocol":1}}\n\036{{"t":"ready"}}\n'
            counted() {{
                printf '\036{{"t":"instructed","id":"%s","tier":"callgrind","count":%s}}\n' "$1" "$2"
            }}
            while IFS= read -r line; do
                ids=$(printf '%s' "${{line#instructions }}" | tr '\t' '+')
                {answer}
            done"#
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script]);
        let waits = &mut |what: &str| panic!("it waits for {what}");
        let mut dispatcher =
            Dispatcher::start(vec![command], GRACE, waits).expect("a shell that runs this");
        dispatcher.instructions(0, &["a", "b"])
    }

    fn counted(count: u64) -> Result<(String, u64), String> {
        Ok(("callgrind".to_owned(), count))
    }

    #[test]
    fn instructions_of_all_cases_are_asked_for_at_once() {
        let found = instructed(r#"[ "$ids" = a+b ] && counted b 2 && counted a 1"#);
        let expected = [("a", counted(1)), ("b", counted(2))];
        assert_eq!(
            found,
            Instructed::from(expected.map(|(id, it)| (id.to_owned(), it)))
        );
    }

    #[test]
    fn a_worker_that_knows_no_lists_is_asked_one_by_one() {
        let found = instructed(
            r#"case "$ids" in
                a) counted a 7;;
                *) printf '\036{"t":"failed","id":"%s","kind":"misuse","text":"no such case"}\n' "$ids"
            esac"#,
        );
        assert_eq!(found["a"], counted(7));
        assert_eq!(found["b"], Err("no such case".to_owned()));
    }

    #[test]
    fn what_a_worker_waits_for_is_told_before_its_answer() {
        let script = r#"
            printf '\036{"t":"hello","protocol":1}\n\036{"t":"ready"}\n'
            read -r line
            printf '\036{"t":"waiting","for":"lock"}\n'
            printf '\036{"t":"burst","id":"a","queued_ns":7,"ns":[2.5]}\n'"#;
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let mut sent = Vec::new();
        let waits = &mut |what: &str| sent.push(what.to_owned());
        let mut dispatcher =
            Dispatcher::start(vec![command], GRACE, waits).expect("a shell that runs this");
        let Ok(Message::Burst(burst)) = dispatcher.ask(0, "burst 1 1 1.0 a") else {
            panic!("no burst");
        };
        assert_eq!((burst.ns, burst.queued_ns), (vec![2.5], 7.0));
        assert_eq!(sent, ["lock"]);
    }

    #[test]
    fn what_a_worker_counted_before_it_died_is_kept() {
        let found = instructed("counted a 1; exit 3");
        assert_eq!(found["a"], counted(1));
        let why = found["b"].as_ref().expect_err("it is gone");
        assert!(why.contains("code 3"), "{why}");
    }
}
