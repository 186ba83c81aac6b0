//! What a capture recorded, and the looking up of the stacks that matter.

#![allow(
    clippy::disallowed_methods,
    reason = "paths are shown from the working directory"
)]

use std::backtrace::Backtrace;
use std::env;

use super::recorder::{Muted, Tape};
use crate::model::sample::Scope;
use crate::report::alloc_sites::{
    Allocations, Change, Frame, Site, Tally, heaviest, parse, replay, trim,
};

/// What a capture recorded. Its memory is the recorder's own: no count sees it
/// come or go.
#[derive(Debug)]
pub(crate) struct Log {
    scope: Scope,
    tape: Tape,
}

impl Log {
    pub(super) fn new(scope: Scope, tape: Tape) -> Log {
        Log { scope, tape }
    }

    /// What happened, in order.
    #[cfg(test)]
    pub(super) fn events(&self) -> &[crate::report::alloc_sites::Event] {
        &self.tape.events
    }

    /// Adds up what each place allocated, and looks up where the `most`
    /// heaviest of each order are; what is lighter than all of them is one
    /// site without a place.
    ///
    /// The first lookup in a process reads its debug information.
    pub(crate) fn resolve(&self, most: usize) -> Allocations {
        let events = &self.tape.events;
        let replayed = replay(events, self.tape.traces.len());
        let first = events
            .iter()
            .find(|event| !matches!(event.change, Change::Gave { .. }))
            .map(|event| event.stack as usize);
        let here = env::current_dir().unwrap_or_default();
        let here = here.to_string_lossy();
        let look_up = |stack: usize| frames(self.tape.traces[stack].as_ref(), &here);
        let chosen = heaviest(&replayed.tallies, most);
        let mut rest = Tally::default();
        let mut sites = Vec::new();
        for (stack, tally) in replayed.tallies.iter().enumerate() {
            if chosen[stack] {
                sites.push(Site {
                    tally: *tally,
                    frames: look_up(stack),
                });
            } else {
                rest.add(tally);
            }
        }
        if rest != Tally::default() {
            sites.push(Site {
                tally: rest,
                frames: Vec::new(),
            });
        }
        Allocations {
            scope: self.scope,
            events: events.len() as u64,
            complete: !self.tape.cut,
            peak_event: replayed.peak_event,
            sites,
            first: first.map(look_up),
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let _muted = Muted::enter();
        self.tape = Tape::default();
    }
}

fn frames(trace: Option<&Backtrace>, here: &str) -> Vec<Frame> {
    let text = trace.map(Backtrace::to_string).unwrap_or_default();
    trim(parse(&text, here))
}
