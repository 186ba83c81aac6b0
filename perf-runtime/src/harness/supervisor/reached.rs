//! The verdicts that are reached, which the end of this process must not hide.

use std::sync::Weak;
use std::time::Duration;

use perf_grammar::{Tally, Verdict};

use super::{Listener, Settled};
use crate::collections::names::Names;
use crate::harness::session::Observer;
use crate::report::case_report::CaseReport;
use crate::system::exit::Unfinished;

/// Passes on what is reported about cases, and keeps it until every case is settled.
pub(super) struct Reached<L> {
    listener: L,
    unfinished: Weak<Unfinished>,
    verdicts: Vec<Verdict>,
    unoptimised: usize,
    noted: Names<()>,
}

impl<L: Listener> Reached<L> {
    pub(super) fn new(unfinished: Weak<Unfinished>, listener: L) -> Reached<L> {
        Reached {
            listener,
            unfinished,
            verdicts: Vec::new(),
            unoptimised: 0,
            noted: Names::new(),
        }
    }

    pub(super) fn take(&mut self, settled: Settled) {
        if let Some(unfinished) = self.unfinished.upgrade() {
            unfinished.reached(&settled.id, &settled.output.text);
        }
        self.verdicts.extend_from_slice(&settled.verdicts);
        self.unoptimised += settled.unoptimised;
        self.listener.settled(settled);
    }

    pub(super) fn waiting(&mut self, waited: Duration) {
        self.listener.waiting(waited);
    }

    /// A further process says it again.
    pub(super) fn note(&mut self, text: &str) {
        if self.noted.insert(text.to_owned(), ()).is_none() {
            self.listener.note(text);
        }
    }

    pub(super) fn finish(&mut self) {
        let tally = Tally::of(&self.verdicts);
        self.listener.done(&tally, self.unoptimised);
    }
}

/// Where the cases are measured in this process.
impl<L: Listener> Observer for Reached<L> {
    fn calls(&mut self, id: &str, phase: &'static str) {
        if let Some(unfinished) = self.unfinished.upgrade() {
            unfinished.at(&format!("{id} was called last: {phase}"));
        }
    }

    fn settled(&mut self, report: &CaseReport) {
        self.take(Settled::of(report));
    }

    fn waiting(&mut self, waited: Duration) {
        Reached::waiting(self, waited);
    }

    fn note(&mut self, text: &str) {
        Reached::note(self, text);
    }

    fn done(&mut self, _: &Tally) {
        self.finish();
    }
}
