//! Reads the clocks of the processor around calls, and takes off what that costs.

use std::sync::LazyLock;

use super::Threads;
use crate::model::sample::{ChildUsage, Processor};
use crate::system::clock;
use crate::system::counters::{cpu_ns, process_cpu_ns};

/// Processor time around the calls of a round.
pub(crate) struct Watched {
    threads: Threads,
    before: Option<Clocks>,
    own_ns: f64,
    all_ns: f64,
    /// Units that both clocks told of.
    units: f64,
    /// That of programs which the calls started: it is what is asked for then,
    /// not what starting them costs here.
    programs_ns: Option<f64>,
    /// A clock did not answer: nothing is known of the round.
    silent: bool,
}

/// Both clocks at one moment, nanoseconds.
#[derive(Clone, Copy)]
struct Clocks {
    own: u64,
    all: u64,
}

/// What both clocks say of an empty call, nanoseconds.
#[derive(Clone, Copy)]
struct Cost {
    own: f64,
    all: f64,
}

impl Watched {
    pub(crate) fn new(threads: Threads) -> Watched {
        let mut watched = Watched::empty(threads);
        // Found out before the round, so that it is no part of it.
        watched.silent = cost().is_none();
        watched
    }

    const fn empty(threads: Threads) -> Watched {
        Watched {
            threads,
            before: None,
            own_ns: 0.0,
            all_ns: 0.0,
            units: 0.0,
            programs_ns: None,
            silent: false,
        }
    }

    /// A call or batch begins.
    pub(crate) fn begin(&mut self) {
        // The clock of the thread last, so that reading the other is not in it.
        self.before = clocks(process_cpu_ns(), cpu_ns());
    }

    /// It is over.
    pub(crate) fn end(&mut self) {
        let own = cpu_ns();
        let all = process_cpu_ns();
        let (Some(after), Some(before)) = (clocks(all, own), self.before.take()) else {
            self.silent = true;
            return;
        };
        self.own_ns += after.own.saturating_sub(before.own) as f64;
        self.all_ns += after.all.saturating_sub(before.all) as f64;
        self.units += 1.0;
    }

    /// The call or batch started programs, which used this.
    pub(super) fn started(&mut self, used: &ChildUsage) {
        match used.cpu_ns() {
            Some(ns) => *self.programs_ns.get_or_insert(0.0) += ns as f64,
            None => self.silent = true,
        }
    }

    /// What it comes to for each of `calls` calls that took `clean_ns`
    /// together; `None` where this system does not tell.
    pub(crate) fn total(self, calls: usize, clean_ns: f64) -> Option<Processor> {
        self.less(cost(), calls, clean_ns)
    }

    fn less(self, cost: Option<Cost>, calls: usize, clean_ns: f64) -> Option<Processor> {
        if self.silent || calls == 0 {
            return None;
        }
        let calls_made = calls as f64;
        if let Some(ns) = self.programs_ns {
            return Some(Processor {
                calls: calls as u64,
                least_ns: ns / calls_made,
                most_ns: ns / calls_made,
                clean_ns: clean_ns / calls_made,
            });
        }
        let cost = cost?;
        let own = (self.own_ns - cost.own * self.units).max(0.0) / calls_made;
        // A thread is one of the process's, whatever the steps of their clocks.
        let all = ((self.all_ns - cost.all * self.units).max(0.0) / calls_made).max(own);
        Some(Processor {
            calls: calls as u64,
            least_ns: match self.threads {
                Threads::All => all,
                Threads::Others => own,
            },
            most_ns: all,
            clean_ns: clean_ns / calls_made,
        })
    }
}

fn clocks(all: Option<u64>, own: Option<u64>) -> Option<Clocks> {
    Some(Clocks {
        own: own?,
        all: all?,
    })
}

/// Measured once a process; `None` where a clock is missing.
fn cost() -> Option<Cost> {
    static COST: LazyLock<Option<Cost>> = LazyLock::new(|| {
        clocks(process_cpu_ns(), cpu_ns())?;
        let one = |pick: fn(&Watched) -> f64| {
            clock::least_typical(&mut |subject| {
                let mut watched = Watched::empty(Threads::All);
                watched.begin();
                clock::time_call(subject);
                watched.end();
                pick(&watched)
            })
        };
        Some(Cost {
            own: one(|watched| watched.own_ns),
            all: one(|watched| watched.all_ns),
        })
    });
    *COST
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: Option<Cost> = Some(Cost {
        own: 50.0,
        all: 400.0,
    });

    fn watched(threads: Threads) -> Watched {
        Watched {
            own_ns: 3_000.0 + 50.0 * 10.0,
            all_ns: 9_000.0 + 400.0 * 10.0,
            units: 10.0,
            ..Watched::empty(threads)
        }
    }

    #[test]
    fn what_reading_costs_is_taken_off_and_a_call_has_its_share() {
        let total = watched(Threads::Others).less(COST, 30, 6_000.0).unwrap();
        assert_eq!(total.calls, 30);
        let shown = [total.least_ns, total.most_ns, total.clean_ns].map(f64::round);
        assert_eq!(shown, [100.0, 300.0, 200.0]);
        let alone = watched(Threads::All).less(COST, 30, 6_000.0).unwrap();
        assert_eq!(alone.least_ns, alone.most_ns);
    }

    #[test]
    fn the_time_of_programs_is_theirs_alone() {
        let used = |user_ns, system_ns| ChildUsage {
            starts: 1,
            user_ns,
            system_ns,
            ..ChildUsage::default()
        };
        let mut watched = watched(Threads::Others);
        watched.started(&used(Some(500), Some(100)));
        watched.started(&used(Some(300), Some(100)));
        let total = watched.less(COST, 2, 4_000.0).unwrap();
        let expected = [500.0, 500.0, 2_000.0];
        assert_eq!([total.least_ns, total.most_ns, total.clean_ns], expected);

        let mut unknown = Watched::empty(Threads::All);
        unknown.started(&used(Some(1), None));
        assert_eq!(unknown.less(COST, 1, 1.0), None);
    }

    #[test]
    fn a_silent_clock_says_nothing_of_the_round() {
        let mut silent = watched(Threads::All);
        silent.silent = true;
        assert_eq!(silent.less(COST, 30, 1.0), None);
        assert_eq!(watched(Threads::All).less(COST, 0, 1.0), None);
    }
}
