//! Worker protocol 1: what a test process and the command line say to each other.
//!
//! The published description is `perf-runtime/schema/worker-protocol-1.md`.

use perf_grammar::Mode;
use serde::{Deserialize, Serialize};

use crate::model::profile::Worst;
use crate::model::record::{Allocations, Environment, Regression};
use crate::model::word;

/// The version spoken here.
pub(crate) const VERSION: u32 = 1;
/// The text that stands in every executable that can be a worker.
pub(crate) const MARKER: &str = "perf-budget-worker-protocol-1";
/// What stands behind [`MARKER`] in one that connects to the channel it is given, or puts
/// the token that it is given before its messages.
const AUTHENTIC: &str = ".1";
/// What stands before a message, and its token, on a line of standard output.
const SEPARATOR: u8 = 0x1E;
/// The most that is shown of a message that cannot be read.
const SHOWN: usize = 200;

/// How an executable speaks that can be a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dialect {
    /// On standard output; what a test prints can be taken for a message.
    Open,
    /// Through a connection, or behind a token.
    Authentic,
}

impl Dialect {
    /// The bytes that say it, at most.
    pub(crate) const LONGEST: usize = MARKER.len() + AUTHENTIC.len();

    /// The dialect of an executable, by its bytes; `None` if it is no worker.
    pub(crate) fn of(executable: &[u8]) -> Option<Dialect> {
        let mut dialect = None;
        for at in memchr::memmem::find_iter(executable, MARKER) {
            if executable[at + MARKER.len()..].starts_with(AUTHENTIC.as_bytes()) {
                return Some(Dialect::Authentic);
            }
            dialect = Some(Dialect::Open);
        }
        dialect
    }
}

/// What stands before a message on standard output.
pub(crate) fn mark(token: Option<&str>) -> Vec<u8> {
    let mut mark = vec![SEPARATOR];
    mark.extend_from_slice(token.unwrap_or_default().as_bytes());
    mark
}

/// What a worker says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub(crate) enum Message {
    /// The first message.
    Hello {
        protocol: u32,
        #[serde(default)]
        runtime: String,
        #[serde(default)]
        package: Option<String>,
        #[serde(default)]
        target: Option<String>,
        /// At least this often it says that it is alive, while it calls a case.
        #[serde(default)]
        heartbeat_ms: Option<u64>,
    },
    /// A case is being called that has time left.
    Alive,
    /// List: what the tests are measured on and with.
    Surroundings(Box<Surroundings>),
    /// List: one case.
    Case(Box<Listed>),
    /// The budget file or the command line cannot be followed; nothing was measured.
    ConfigError { text: String },
    /// Something to be told beside the results.
    Warning { text: String },
    /// List: a pattern of the budget file that matches no case of this binary, or a
    /// waiver of a limit that none of those it matches has.
    Unmatched {
        what: String,
        text: String,
        /// It is such a waiver.
        #[serde(default)]
        waives_nothing: bool,
        /// The `[budget]` as if it were a case: its limits are not judged.
        #[serde(default)]
        rule: Option<Box<UnmatchedRule>>,
    },
    /// The first call of a case comes next.
    Begin { id: String },
    /// A round of a case starts.
    At { id: String },
    /// Every open case had its round.
    Swept {
        open: usize,
        #[serde(default)]
        done: usize,
        #[serde(default)]
        total: usize,
        #[serde(default)]
        left_ms: u64,
    },
    /// A case is settled.
    Verdict {
        id: String,
        outcome: String,
        #[serde(default)]
        sentence: String,
        #[serde(flatten)]
        record: SentRecord,
    },
    /// A case is settled but for a fresh process.
    Candidate {
        id: String,
        #[serde(flatten)]
        record: SentRecord,
    },
    /// A case did not return before its deadline; the process ends itself.
    Hung { id: String, text: String },
    /// Bursts: it waits for commands.
    Ready {
        /// Its number in the system, where it can be profiled.
        #[serde(default)]
        process: Option<u32>,
        /// Commands that came after the first version.
        #[serde(default)]
        knows: Vec<String>,
    },
    /// Bursts: a case is warm.
    Warm { id: String, typical_ns: f64 },
    /// Bursts: a burst was made.
    Burst(Burst),
    /// Bursts: when calls ran that are profiled.
    Profiled(Profiled),
    /// Bursts: the memory of a call, or why it is not known.
    Counted {
        id: String,
        memory: Option<CountedMemory>,
        #[serde(default)]
        why: Option<String>,
    },
    /// Bursts: the instructions of a call, or why they are not known.
    Instructed {
        id: String,
        tier: Option<String>,
        count: Option<u64>,
        #[serde(default)]
        why: Option<String>,
    },
    /// Bursts: where a call allocates.
    Sites {
        id: String,
        allocations: Option<Allocations>,
    },
    /// Bursts: what callgrind wrote of a call, or why it did not.
    Callgrind {
        id: String,
        dump: Option<String>,
        #[serde(default)]
        why: Option<String>,
    },
    /// Bursts: a command could not be done; the case is built anew if it is told
    /// to go on.
    Failed {
        id: String,
        kind: String,
        text: String,
    },
    /// The worker waits for something outside.
    Waiting {
        #[serde(rename = "for")]
        what: String,
    },
    /// The last message; the worker exits with 0.
    Bye,
    /// A message of a later version that may be passed over.
    #[serde(other)]
    Unknown,
}

/// The record of a case, of which the file is a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SentRecord {
    /// The name of its file.
    #[serde(default)]
    pub(crate) file: Option<String>,
    /// The text of it.
    #[serde(default)]
    pub(crate) record: Option<String>,
    /// Why there is no such file.
    #[serde(default)]
    pub(crate) unwritten: Option<String>,
}

/// A burst of calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Burst {
    pub(crate) id: String,
    /// The judged times, nanoseconds of a call, or of an item where the case has
    /// items.
    pub(crate) ns: Vec<f64>,
    #[serde(default)]
    pub(crate) calls_ns: f64,
    #[serde(default)]
    pub(crate) waiting_ns: f64,
    /// How long the worker waited before it for others that measure on this machine.
    #[serde(default)]
    pub(crate) queued_ns: f64,
    /// How many of its units gave the processor up by themselves; a worker of an
    /// older version does not say.
    #[serde(default)]
    pub(crate) blocked: f64,
}

/// When calls ran that are profiled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profiled {
    pub(crate) id: String,
    /// The thread that made them; `None` where several did.
    pub(crate) thread: Option<u32>,
    /// When the first timed stretch began, by CLOCK_MONOTONIC.
    pub(crate) start_ns: u64,
    /// Calls in each of them.
    pub(crate) batch: u64,
    /// How long the worker waited before it for others that measure on this machine.
    #[serde(default)]
    pub(crate) queued_ns: u64,
    /// Of each when it began since `start_ns`, and how long it took.
    pub(crate) timed: Vec<[u64; 2]>,
    pub(crate) worst: Option<Worst>,
}

/// The memory of a call, as a worker counted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CountedMemory {
    /// `thread` or `process`.
    pub(crate) scope: String,
    pub(crate) by: String,
    pub(crate) peak_bytes: Option<u64>,
    pub(crate) allocs: u64,
    pub(crate) alloc_bytes: u64,
    pub(crate) retained_bytes: i64,
}

/// What a test process is measured on and with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Surroundings {
    /// What counts allocations, where something does.
    pub(crate) allocator: Option<String>,
    /// Its steal is that since boot.
    pub(crate) environment: Environment,
}

/// One case of the list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) test: String,
    /// `file:line`.
    pub(crate) source: String,
    /// How many of its limits share the run's error rate.
    #[serde(default)]
    pub(crate) time_limits: u64,
    pub(crate) limits: Vec<ListedLimit>,
    /// How a comparison with another build is judged.
    #[serde(default)]
    pub(crate) regression: Regression,
    #[serde(default)]
    pub(crate) class: Option<String>,
    #[serde(default)]
    pub(crate) group: Option<String>,
    #[serde(default)]
    pub(crate) requirement: Option<String>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) ignored: bool,
    /// It is measured in a process that measures no other case.
    #[serde(default)]
    pub(crate) isolated: bool,
    /// Why it could not be measured: it stands in a target that was not built. No
    /// worker says this; the command line finds it in the sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) not_built: Option<String>,
    /// Where each number came from, for `explain`.
    #[serde(default)]
    pub(crate) explain: Vec<String>,
}

/// A `[budget]` of the budget file that matches no case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct UnmatchedRule {
    /// `[budget."parsr::*"]`
    pub(crate) id: String,
    /// `file:line:column`.
    pub(crate) source: String,
    pub(crate) limits: Vec<ListedLimit>,
}

/// One limit of a case of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ListedLimit {
    pub(crate) metric: String,
    /// For people: `10 ms`.
    pub(crate) limit: String,
    #[serde(with = "word")]
    pub(crate) mode: Mode,
    #[serde(default)]
    pub(crate) layer: String,
    #[serde(default)]
    pub(crate) source: Option<String>,
}

/// A line of a worker.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Line {
    /// What its harness prints.
    Output(String),
    /// A message.
    Message(Message),
    /// A message that cannot be read: the text, and what is wrong with it.
    Garbled(String, String),
}

impl Line {
    /// Reads a message, of which `dropped` bytes are missing.
    pub(crate) fn message(json: &[u8], dropped: usize) -> Line {
        let garbled = |error: String| {
            let shown = &json[..json.len().min(SHOWN)];
            let more = if json.len() > SHOWN { ".." } else { "" };
            let text = String::from_utf8_lossy(shown).trim_end().to_owned();
            Line::Garbled(text + more, error)
        };
        match read(json) {
            _ if dropped > 0 => garbled(format!("{} bytes are too many", json.len() + dropped)),
            Ok(message) => Line::Message(message),
            Err(error) => garbled(error.to_string()),
        }
    }
}

/// Reads a message. One whose kind is found out first holds every value twice, which
/// for the numbers of a burst takes longer than all else there is to do between two
/// bursts.
fn read(json: &[u8]) -> serde_json::Result<Message> {
    if json.starts_with(br#"{"t":"burst","#) {
        serde_json::from_slice(json).map(Message::Burst)
    } else if json.starts_with(br#"{"t":"profiled","#) {
        serde_json::from_slice(json).map(Message::Profiled)
    } else {
        serde_json::from_slice(json)
    }
}

/// The words for what a worker waits for.
pub(crate) fn waiting_for(what: &str) -> String {
    let what = match what {
        "lock" => "another measurement on this machine to end",
        other => other,
    };
    format!("waiting for {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(line: &str, expected: Message) {
        assert_eq!(Line::message(line.as_bytes(), 0), Line::Message(expected));
    }

    #[test]
    fn a_message_says_what_it_is() {
        reads("{\"t\":\"bye\"}\n", Message::Bye);
        reads(
            "{\"t\":\"waiting\",\"for\":\"lock\"}",
            Message::Waiting {
                what: "lock".to_owned(),
            },
        );
        let burst = Burst {
            id: "a::b".to_owned(),
            ns: vec![1.5, 2.0],
            calls_ns: 3.5,
            waiting_ns: 0.0,
            queued_ns: 0.0,
            blocked: 0.0,
        };
        for line in [
            "{\"t\":\"burst\",\"id\":\"a::b\",\"calls_ns\":3.5,\"waiting_ns\":0,\"queued_ns\":0,\"ns\":[1.5,2]}",
            "{\"id\":\"a::b\",\"calls_ns\":3.5,\"t\":\"burst\",\"ns\":[1.5,2]}",
        ] {
            reads(line, Message::Burst(burst.clone()));
        }
        let profiled = Profiled {
            id: "a::b".to_owned(),
            thread: None,
            start_ns: 7,
            batch: 64,
            queued_ns: 1,
            timed: vec![[0, 12_000]],
            worst: None,
        };
        reads(
            "{\"t\":\"profiled\",\"id\":\"a::b\",\"thread\":null,\"start_ns\":7,\"batch\":64,\"queued_ns\":1,\"timed\":[[0,12000]],\"worst\":null}",
            Message::Profiled(profiled),
        );
        let old = Message::Ready {
            process: None,
            knows: Vec::new(),
        };
        reads("{\"t\":\"ready\"}", old);
        reads("{\"t\":\"from_later\",\"x\":1}", Message::Unknown);
        reads(
            "{\"t\":\"candidate\",\"id\":\"a::b\",\"outcome\":\"fail\",\"file\":\"a.b.json\",\"record\":\"{}\"}",
            Message::Candidate {
                id: "a::b".to_owned(),
                record: SentRecord {
                    file: Some("a.b.json".to_owned()),
                    record: Some("{}".to_owned()),
                    unwritten: None,
                },
            },
        );
    }

    #[test]
    fn what_is_no_message_is_called_garbled_and_shown_in_part() {
        assert!(
            matches!(Line::message(b"{\"t\":\"at\"}\n", 0), Line::Garbled(_, error) if error.contains("id"))
        );
        let deep = vec![b'['; 100_000];
        assert!(
            matches!(Line::message(&deep, 0), Line::Garbled(text, _) if text.len() == SHOWN + 2)
        );
        assert!(
            matches!(Line::message(b"{\"t\":\"bye\"", 7), Line::Garbled(_, error) if error == "17 bytes are too many")
        );
    }

    #[test]
    fn an_executable_says_in_its_bytes_how_it_speaks() {
        let check = |bytes: &[u8], expected| assert_eq!(Dialect::of(bytes), expected);
        check(b"..perf-budget-worker-protocol", None);
        check(b"..perf-budget-worker-protocol-1\0", Some(Dialect::Open));
        check(
            b"perf-budget-worker-protocol-1 perf-budget-worker-protocol-1.1",
            Some(Dialect::Authentic),
        );
    }

    #[test]
    fn a_case_needs_no_more_than_its_name_and_limits() {
        let line = b"{\"t\":\"case\",\"id\":\"a::b\",\"test\":\"b::perf_budget\",\"source\":\"src/a.rs:3\",\
            \"limits\":[{\"metric\":\"p99\",\"limit\":\"10 ms\",\"mode\":\"hard\"}]}\n";
        let Line::Message(Message::Case(case)) = Line::message(line, 0) else {
            panic!("a case")
        };
        assert_eq!(
            (&*case.id, &*case.limits[0].limit, case.ignored),
            ("a::b", "10 ms", false)
        );
    }
}
