//! The process that measures: what it is asked to do, and what it says of it.

use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::{MARK, Settled, words};
use crate::collections::mapped;
use crate::engine::Confirm;
use crate::harness::session::{Lost, Observer, Options, Recorded, Session};
use crate::harness::watchdog;
use crate::harness::watchdog::Watchdog;
use crate::measure::registry::by_id;
use crate::model::case::Case;
use crate::model::problem::{Mistakes, Problem};
use crate::policy::DEFAULT_MAX_TIME_NS;
use crate::report::case_report::CaseReport;
use crate::system::files::Unwritten;
use crate::system::mailbox::mailbox;
use crate::system::worker_env::WorkerEnv;
use crate::system::{channel, lock, threads};

/// How often it is looked whether a case hangs, and how many looks apart the
/// process says that it lives.
const LOOK: Duration = Duration::from_millis(250);
const LOOKS: u32 = 4;
/// The exit code of a process that ended itself because a case hangs, or because
/// its supervisor is gone.
pub(super) const ENDED: i32 = 124;

/// The end of the channel on which this process talks.
#[derive(Clone, Debug)]
struct Speaker(Arc<Mutex<UnixStream>>);

impl Speaker {
    /// Says something. A process that no one listens to any more ends.
    fn say(&self, words: &[&str]) {
        let said = {
            let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            words::write(&mut *out, words)
        };
        if said.is_err() {
            lock::unlock();
            process::exit(ENDED);
        }
    }
}

/// Whether this process was started to measure for another one. It measures what
/// that one names, and says `bye`.
pub(crate) fn serve(surroundings: &Arc<WorkerEnv>) -> bool {
    // A program that a case starts inherits the variables, and is not meant.
    let parent = std::os::unix::process::parent_id();
    if surroundings.supervisor != Some(parent) {
        return false;
    }
    let Ok(own) = std::io::stdin().as_fd().try_clone_to_owned() else {
        return false;
    };
    let stream = channel::out_of_reach(UnixStream::from(own));
    let task = Task::read(&stream);
    let speaker = Speaker(Arc::new(Mutex::new(stream)));
    let marks = task.as_ref().is_ok_and(|task| task.marks);
    let task = task.map_err(Mistakes::from);
    if let Err(mistakes) = task.and_then(|task| measure(task, surroundings, &speaker)) {
        speaker.say(&["refused", &mistakes.lines()]);
    }
    speaker.say(&["bye"]);
    if marks {
        // The harness would print the result of a test.
        process::exit(0);
    }
    true
}

/// What the supervisor wants.
struct Task {
    cases: Vec<&'static Case>,
    lost: Vec<Lost>,
    /// This process runs under the standard harness.
    marks: bool,
}

impl Task {
    fn read(mut stream: &UnixStream) -> Result<Task, Problem> {
        let mut next = || match words::read(&mut |piece| stream.read(piece)) {
            Ok(Some(words)) => Ok(words),
            Ok(None) => Err(Problem::no_task()),
            Err(error) => Err(Problem::unreadable_task(&format!("{error}"))),
        };
        let (marks, cases, lost) = (next()?, next()?, next()?);
        let (mut known, mut not_called, mut lost) = (Vec::new(), Vec::new(), &lost[..]);
        for id in &cases {
            if let Some(case) = by_id(id) {
                known.push(case);
            }
        }
        while let Some((words, more)) = lost.split_at_checked(Lost::WORDS) {
            if let Some(lost) = Lost::read(words) {
                not_called.push(lost);
            }
            lost = more;
        }
        Ok(Task {
            cases: known,
            lost: not_called,
            marks: marks.first().is_some_and(|word| word == MARK),
        })
    }
}

fn measure(task: Task, surroundings: &Arc<WorkerEnv>, speaker: &Speaker) -> Result<(), Mistakes> {
    if task.marks {
        // What the harness printed before ends here.
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(MARK.as_bytes()).and_then(|()| out.flush());
    }
    speaker.say(&["hello"]);
    let options = Options {
        cases: task.cases,
        alone: true,
        confirm: Confirm::InProcess,
        default_max_time_ns: DEFAULT_MAX_TIME_NS,
        lost: task.lost,
    };
    let watchdog = Watchdog::default();
    watch(watchdog.clone(), speaker.clone())?;
    let (around, mut observer) = (Arc::clone(surroundings), speaker.clone());
    let (tell, output) = mailbox(1);
    let measure = move || {
        let measured = Session::new(&options, &around).map(|mut session| {
            session.watch(watchdog);
            session.run(&mut observer);
        });
        tell.send(measured);
    };
    let session = threads::start("perf-budgets", Box::new(measure))
        .map_err(|error| Problem::no_thread("to measure on", &format!("{error}")))?;
    let panicked = session.join().is_err();
    match output.receive(Duration::ZERO) {
        Ok(measured) if !panicked => measured,
        // It panicked outside of any case; its message is on standard error.
        _ => process::exit(ENDED),
    }
}

/// Says now and then that the process lives, and ends it where a case hangs:
/// nothing else ends a thread.
fn watch(watchdog: Watchdog, speaker: Speaker) -> Result<(), Problem> {
    let look = move || {
        for look in 0_u32.. {
            thread::sleep(LOOK);
            if look % LOOKS == 0 {
                speaker.say(&["alive"]);
            }
            if let Some(watchdog::Overdue { id, phase, seconds }) = watchdog.overdue() {
                speaker.say(&["hung", &*id, phase, &*format!("{seconds}")]);
                lock::unlock();
                process::exit(ENDED);
            }
        }
    };
    threads::start("perf-heartbeat", Box::new(look))
        .map(drop)
        .map_err(|error| Problem::no_thread("to watch", &format!("{error}")))
}

impl Observer for Speaker {
    fn calls(&mut self, id: &str, phase: &'static str) {
        self.say(&["calls", id, phase]);
    }

    /// The supervisor writes it: a case may have taken from this process what that
    /// needs, such as the size of its files.
    fn record(&mut self, record: &Recorded) -> Result<(), Unwritten> {
        let folder = record.folder.to_string_lossy();
        self.say(&["record", &*folder, &record.file, &record.text]);
        Ok(())
    }

    fn settled(&mut self, report: &CaseReport) {
        let words = Settled::of(report).words();
        self.say(&mapped(&words, String::as_str));
    }

    fn note(&mut self, text: &str) {
        self.say(&["note", text]);
    }

    fn waiting(&mut self, waited: Duration) {
        self.say(&["waiting", &format!("{}", waited.as_secs())]);
    }
}
