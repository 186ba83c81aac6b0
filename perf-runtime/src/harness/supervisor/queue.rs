//! Which cases are still to be judged, and which of them end their process.
//!
//! A case at which a process ended is called again in a separate one. If that
//! ends as well, the case is what ends it. If it does not, another case may have
//! left something behind that did, such as a thread that aborts: then that one is
//! found in the same way, and the first keeps its verdict. If none is found, the
//! process ended under the first all the same, and it fails.

use super::Settled;
use crate::collections::mapped;
use crate::collections::names::Names;
use crate::harness::session::Lost;

/// The cases of a run that are not settled, and what is known of those at which
/// a process ended.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// All, in their order.
    all: Vec<String>,
    /// Measured in a process that measures no other case.
    isolated: Names<()>,
    /// Those that are not settled.
    open: Names<()>,
    /// Called by itself next: a process ended at it.
    suspect: Option<Lost>,
    /// They end their process, or hang: never called again.
    lost: Vec<Lost>,
    /// Called by themselves they did not end their process.
    cleared: Vec<Lost>,
    /// What came of those, until it is known which case it was.
    held: Vec<Settled>,
    /// Whether a case was found that ends its process.
    found: bool,
    /// Processes in a row that ended and settled nothing, at no case.
    fruitless: u32,
}

/// What comes next.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// A process for these cases; those that are lost are not called.
    Measure { cases: Vec<String>, lost: Vec<Lost> },
    /// These verdicts are final.
    Release(Vec<Settled>),
    /// Every case is settled.
    Done,
}

impl Queue {
    /// Of all cases; those that `isolated` names have a process each.
    pub(super) fn new(open: Vec<String>, isolated: &[String]) -> Queue {
        Queue {
            open: named(&open),
            isolated: named(isolated),
            all: open,
            ..Queue::default()
        }
    }

    /// Those that are not settled, in their order.
    pub(super) fn open(&self) -> Vec<String> {
        let mut open = Vec::new();
        for id in &self.all {
            if self.is_open(id) {
                open.push(id.clone());
            }
        }
        open
    }

    pub(super) fn is_open(&self, id: &str) -> bool {
        self.open.contains(id)
    }

    pub(super) fn next(&mut self) -> Next {
        if let Some(suspect) = &self.suspect {
            return Next::Measure {
                cases: vec![suspect.id.clone()],
                lost: Vec::new(),
            };
        }
        if self.open.len() == 0 && !self.cleared.is_empty() {
            let (cleared, held) = (
                std::mem::take(&mut self.cleared),
                std::mem::take(&mut self.held),
            );
            if self.found {
                return Next::Release(held);
            }
            self.all = mapped(&cleared, |lost| lost.id.clone());
            self.open = named(&self.all);
            for lost in &cleared {
                self.lost.push(Lost {
                    id: lost.id.clone(),
                    loss: lost.loss.clone().beside_others(),
                });
            }
        }
        if self.open.len() == 0 {
            return Next::Done;
        }
        let lost = self.lost.clone();
        let cases = self.together();
        Next::Measure { cases, lost }
    }

    /// The open cases that the next process measures: those that share one first.
    fn together(&self) -> Vec<String> {
        let (mut first, mut shared) = (Vec::new(), Vec::new());
        for id in &self.open() {
            if !self.isolated.contains(id) {
                shared.push(id.clone());
            } else if first.is_empty() {
                first.push(id.clone());
            }
        }
        if shared.is_empty() { first } else { shared }
    }

    /// A case is settled; it is given back unless it is to be held.
    pub(super) fn settled(&mut self, settled: Settled) -> Option<Settled> {
        self.fruitless = 0;
        // None that is settled already is taken again.
        self.open.remove(&settled.id)?;
        match self.suspect.take() {
            Some(suspect) if suspect.id == settled.id => {
                self.cleared.push(suspect);
                self.held.push(settled);
                None
            }
            suspect => {
                self.suspect = suspect;
                Some(settled)
            }
        }
    }

    /// A process ended before it was done. `at` is the case that it called last,
    /// `certain` whether it is known that it was this one. Says whether a further
    /// process may do better.
    pub(super) fn ended(&mut self, at: Option<Lost>, certain: bool) -> bool {
        let suspect = self.suspect.take();
        let alone = suspect.is_some() || self.together().len() == 1;
        match at {
            Some(lost) if self.open.contains(&lost.id) => {
                self.fruitless = 0;
                if alone || certain {
                    self.found = true;
                    self.lost.push(lost);
                } else {
                    self.suspect = Some(lost);
                }
                true
            }
            // It had settled the case it was at, and ended before the next one.
            at => {
                self.suspect = suspect;
                self.fruitless += 1;
                at.is_some() && self.fruitless < 2
            }
        }
    }
}

fn named(ids: &[String]) -> Names<()> {
    let mut names = Names::new();
    for id in ids {
        names.insert(id.clone(), ());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::test_output::TestOutput;
    use crate::model::sample::Loss;

    fn lost(id: &str) -> Lost {
        Lost {
            id: id.to_owned(),
            loss: Loss::Died {
                phase: "a round".to_owned(),
                how: "exit status: 0".to_owned(),
            },
        }
    }

    fn settled(id: &str) -> Settled {
        Settled {
            id: id.to_owned(),
            output: TestOutput {
                text: id.to_owned(),
                aloud: None,
                fails: false,
            },
            verdicts: Vec::new(),
            unoptimised: 0,
        }
    }

    fn queue(ids: &str) -> Queue {
        isolating(ids, "")
    }

    fn isolating(ids: &str, isolated: &str) -> Queue {
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        Queue::new(words(ids), &words(isolated))
    }

    #[track_caller]
    fn measures(queue: &mut Queue, cases: &str, without: &str) {
        let ids = |text: &str| -> Vec<String> {
            text.split(' ')
                .filter(|id| !id.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let expected = Next::Measure {
            cases: ids(cases),
            lost: ids(without).iter().map(|id| lost(id)).collect(),
        };
        assert_eq!(queue.next(), expected);
    }

    /// The process ends at this case.
    fn ends_at(queue: &mut Queue, id: &str) {
        assert!(queue.ended(Some(lost(id)), false));
    }

    #[test]
    fn a_case_that_ends_its_process_when_called_alone_is_lost_and_the_others_are_measured() {
        let mut queue = queue("a b c");
        measures(&mut queue, "a b c", "");
        assert_eq!(queue.settled(settled("c")), Some(settled("c")));
        ends_at(&mut queue, "a");
        measures(&mut queue, "a", "");
        ends_at(&mut queue, "a");
        measures(&mut queue, "a b", "a");
        assert_eq!(queue.settled(settled("a")), Some(settled("a")));
        assert_eq!(queue.settled(settled("b")), Some(settled("b")));
        assert_eq!(queue.next(), Next::Done);
    }

    #[test]
    fn a_case_that_another_ones_thread_ended_keeps_its_verdict() {
        let mut queue = queue("a b");
        ends_at(&mut queue, "b");
        measures(&mut queue, "b", "");
        assert_eq!(queue.settled(settled("b")), None, "held");
        measures(&mut queue, "a", "");
        ends_at(&mut queue, "a");
        measures(&mut queue, "a", "a");
        assert_eq!(queue.settled(settled("a")), Some(settled("a")));
        assert_eq!(queue.next(), Next::Release(vec![settled("b")]));
        assert_eq!(queue.next(), Next::Done);
    }

    #[test]
    fn a_process_that_ended_is_never_forgotten() {
        let mut queue = queue("a b");
        ends_at(&mut queue, "b");
        assert_eq!(queue.settled(settled("b")), None, "held");
        assert_eq!(queue.settled(settled("a")), Some(settled("a")));
        let Next::Measure { cases, lost } = queue.next() else {
            panic!("b is not judged");
        };
        assert_eq!(cases, ["b"]);
        let is_beside = matches!(lost[0].loss, Loss::DiedBesideOthers { .. });
        assert!(is_beside, "{lost:?}");
    }

    #[test]
    fn what_is_certain_or_alone_is_not_tried_again() {
        let mut hangs = queue("a b");
        assert!(hangs.ended(Some(lost("a")), true));
        measures(&mut hangs, "a b", "a");
        let mut alone = queue("a");
        ends_at(&mut alone, "a");
        measures(&mut alone, "a", "a");
    }

    #[test]
    fn an_isolated_case_has_a_separate_process() {
        let mut queue = isolating("a b c d", "b c");
        measures(&mut queue, "a d", "");
        queue.settled(settled("a"));
        queue.settled(settled("d"));
        measures(&mut queue, "b", "");
        // It is alone, so it is what ended its process.
        ends_at(&mut queue, "b");
        measures(&mut queue, "b", "b");
        assert_eq!(queue.settled(settled("b")), Some(settled("b")));
        measures(&mut queue, "c", "b");
        queue.settled(settled("c"));
        assert_eq!(queue.next(), Next::Done);
    }

    #[test]
    fn a_process_that_never_begins_ends_the_run() {
        assert!(!queue("a b").ended(None, false));
        let mut between = queue("a b");
        between.settled(settled("a"));
        assert!(between.ended(Some(lost("a")), false));
        measures(&mut between, "b", "");
        assert!(!between.ended(Some(lost("a")), false));
    }
}
