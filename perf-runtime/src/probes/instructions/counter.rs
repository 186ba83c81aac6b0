//! Counts the instructions of one call, by the processor or by callgrind.

use std::ffi::CString;
use std::fs;

use super::dump;
use crate::model::sample::Tier;
use crate::model::subject::{Calls, Subject};
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::system::counters::callgrind;
use crate::system::counters::hardware::Hardware;

/// What `PERF_WORKER_COUNT` says where the dump of the call with the least instructions is
/// to be kept.
pub(crate) const KEEPS: &str = "dump";

/// The file of the dump that is kept, by how the names of callgrind's files begin.
pub(crate) fn kept(files: &str) -> String {
    format!("{files}.kept")
}

/// What counts in this process.
#[derive(Debug)]
pub(crate) enum Counter {
    /// The processor.
    Hardware(Hardware),
    /// Callgrind, in which this process runs.
    Callgrind(Dumps),
}

/// Where callgrind writes.
#[derive(Debug)]
pub(crate) struct Dumps {
    /// How the names of its files begin.
    path: String,
    /// Files that were read.
    files: u32,
    /// Calls that were counted.
    calls: u32,
    /// The text of the last of them.
    last: String,
}

impl Counter {
    /// Opens the counter of a process that was started for it; `callgrind` is
    /// how the names of dump files begin, where it was started under callgrind.
    ///
    /// # Errors
    /// Says why nothing can be counted.
    pub(crate) fn open(callgrind: Option<&str>) -> Result<Counter, Unmeasured> {
        let Some(path) = callgrind else {
            return Ok(Counter::Hardware(Hardware::open()?));
        };
        if !callgrind::running() {
            return Err(Cause::not_under_valgrind().into());
        }
        Ok(Counter::Callgrind(Dumps {
            path: path.to_owned(),
            files: 0,
            calls: 0,
            last: String::new(),
        }))
    }

    pub(crate) fn tier(&self) -> Tier {
        match self {
            Counter::Hardware(_) => Tier::Hardware,
            Counter::Callgrind(_) => Tier::Callgrind,
        }
    }

    /// The instructions of one prepared call, and of what surrounds it.
    ///
    /// # Errors
    /// Says why there is no count.
    pub(crate) fn count(&mut self, subject: &mut dyn Subject) -> Result<u64, Unmeasured> {
        match self {
            Counter::Hardware(hardware) => hardware.count(&mut || subject.call()),
            Counter::Callgrind(dumps) => dumps.count(subject),
        }
    }

    /// Keeps the dump of the call that was counted last, for the parent.
    ///
    /// # Errors
    /// If its file cannot be written.
    pub(crate) fn keep(&self) -> Result<(), Unmeasured> {
        match self {
            Counter::Hardware(_) => Ok(()),
            Counter::Callgrind(dumps) => {
                let file = kept(&dumps.path);
                fs::write(&file, &dumps.last)
                    .map_err(|error| Cause::dump_not_kept(&file, &error.to_string()).into())
            }
        }
    }

    /// The least count of an empty call: what surrounds every call.
    ///
    /// # Errors
    /// As [`count`](Counter::count).
    pub(crate) fn overhead(&mut self) -> Result<u64, Unmeasured> {
        let mut empty = Calls::new(|| (), |()| (), |(): &()| None);
        let mut least = u64::MAX;
        for _ in 0..3 {
            empty.prepare(1);
            least = least.min(self.count(&mut empty)?);
            empty.finish();
        }
        Ok(least)
    }
}

impl Dumps {
    fn count(&mut self, subject: &mut dyn Subject) -> Result<u64, Unmeasured> {
        self.calls += 1;
        let name = format!("perf-budget call {}", self.calls);
        // There is no zero in it.
        let c_name = CString::new(name.clone()).unwrap_or_default();
        callgrind::start();
        callgrind::zero();
        subject.call();
        callgrind::dump(&c_name);
        callgrind::stop();
        let mut texts = self.written_since();
        match (texts.pop(), &*texts) {
            (Some(text), []) => {
                let counted = dump::instructions(&text, &name);
                self.last = text;
                counted
            }
            (Some(_), _) => Err(Cause::dumps_itself().into()),
            (None, _) => {
                let file = format!("{}.{}", self.path, self.files + 1);
                Err(Cause::no_dump(&file).into())
            }
        }
    }

    /// The texts of the dumps that are new. Callgrind numbers them, from 1.
    fn written_since(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        loop {
            let path = format!("{}.{}", self.path, self.files + 1);
            let Ok(text) = fs::read_to_string(&path) else {
                return texts;
            };
            // The parent removes the folder; this keeps it small meanwhile.
            let _ = fs::remove_file(&path);
            self.files += 1;
            texts.push(text);
        }
    }
}
