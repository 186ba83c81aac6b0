//! One call and one round, as the machine measured them.

mod call;
mod failure;
mod load;
mod memory;
mod process;

use perf_grammar::Metric;

pub(crate) use self::call::{Call, Disturbed};
pub(crate) use self::failure::{Failure, Loss, caught};
pub(crate) use self::load::{LoadFigures, UserTimes};
pub(crate) use self::memory::{CallMemory, Memory, Spread, Spreads};
pub(crate) use self::process::{Resident, Rss, Usage, Used};
#[cfg(feature = "instructions")]
use crate::collections::of_word;
use crate::model::unmeasured::Unmeasured;

/// What is done in a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Each call is timed by itself.
    #[default]
    Single,
    /// Batches of calls are timed.
    Batched,
    /// Spans are timed while calls are made.
    Watched,
    /// Calls are made in turns with those of the case of a `ratio`.
    AgainstOther,
    /// Calls of all users are made in turns with calls of one.
    AgainstAlone,
    /// One call is made, the first of a fresh process.
    Cold,
}

/// What a round is to be, from the engine to the meter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RoundSpec {
    /// What is done in it.
    pub(crate) kind: Kind,
    /// Units to time: calls, or batches of calls where `batch` is above 1.
    pub(crate) calls: usize,
    /// Calls that a unit holds; 1: each call is timed by itself.
    pub(crate) batch: usize,
    /// Calls to make first, untimed, to warm up again.
    pub(crate) rewarm: usize,
    /// Build the subject anew before anything else.
    pub(crate) fresh: bool,
    /// Read the clocks of the processor around the calls.
    pub(crate) processor: bool,
}

/// One round: a few calls in a row of one case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Round {
    /// What was done.
    pub(crate) kind: Kind,
    /// The calls, in order. In a round of batches, each stands for one batch
    /// and its times are those of one call, the batch's time divided by
    /// `batch`.
    pub(crate) calls: Vec<Call>,
    /// Calls that each element of `calls` stands for: 1 where every call was
    /// timed by itself.
    pub(crate) batch: u64,
    /// Wall time from the start of the round to its end, everything included.
    pub(crate) elapsed_ns: u64,
    /// Of the time spent inside calls, how much was spent waiting for a
    /// processor.
    pub(crate) waiting_ns: u64,
    /// Of `elapsed_ns`, how much the measuring thread waited for a processor,
    /// between the calls too; of several users, each of them on average. 0 where
    /// it is not known.
    pub(crate) waited_ns: u64,
    /// What a call took with its input made and its output dropped, and without
    /// waiting for a processor; `None` where the round does not say.
    pub(crate) each_ns: Option<f64>,
    /// Processor time of other threads of the process during the round, those
    /// that the calls started included; 0 where it is not known.
    pub(crate) others_ns: u64,
    /// What the calls cost on processors, where that was asked for and this
    /// system reports.
    pub(crate) processor: Option<Processor>,
    /// The typical time of a call over that of a call it was compared with.
    pub(crate) ratio: Option<f64>,
    /// The spans of the calls, in a round that watches them.
    pub(crate) spans: Vec<SpanTimes>,
    /// Calls in which spans were watched.
    pub(crate) watched: usize,
    /// The text of the first `Err` or panic, which ends the case.
    pub(crate) failure: Option<Failure>,
    /// The text of the first `Err` that is tolerated.
    pub(crate) error: Option<String>,
    /// Of a round of several users, the calls of each.
    pub(crate) users: Vec<UserTimes>,
    /// Of a round of several users, the wall time that all its calls took side
    /// by side, nanoseconds: the calls by this time are the throughput.
    ///
    /// In a closed loop it is the time that the busiest user spent inside
    /// calls, so that inputs, outputs and the reading of counters are no part
    /// of it; in an open loop it goes from the first intended start to the
    /// last end.
    pub(crate) span_ns: Option<f64>,
}

impl Round {
    /// The calls that can be used, in order.
    pub(crate) fn usable(&self) -> impl Iterator<Item = &Call> {
        let usable = |call: &&Call| call.disturbed != Disturbed::Dropped;
        self.calls.iter().filter(usable)
    }

    /// The median judged time of the calls that can be used, nanoseconds.
    pub(crate) fn median_ns(&self) -> Option<f64> {
        let mut judged = Vec::new();
        for call in self.usable() {
            judged.push(call.judged_ns);
        }
        perf_statistics::median(&judged)
    }

    /// About how long a call takes, nanoseconds, to plan by: the median of the most that
    /// each may have taken, and without calls the whole round. What is planned by a time
    /// that is too short, such as a batch, is as many times too long.
    pub(crate) fn typical_ns(&self) -> f64 {
        let mut most = Vec::new();
        for call in &self.calls {
            most.push(call.most_ns());
        }
        perf_statistics::median(&most).unwrap_or(self.elapsed_ns as f64)
    }
}

/// The spans of one name in a round.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SpanTimes {
    pub(crate) name: String,
    /// The time of each, nanoseconds, in the order in which they closed: from
    /// entering it first to leaving it last.
    pub(crate) ns: Vec<f64>,
    /// Spans of other threads that were left out, because they may be those of
    /// another test.
    pub(crate) elsewhere: u64,
}

/// Processor time of the calls of a round, nanoseconds a call.
///
/// Other threads of the process may belong to the call or not. Where nothing
/// else can run in the process they do, and both figures are the same;
/// otherwise the truth lies between the two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Processor {
    /// Calls that were timed.
    pub(crate) calls: u64,
    /// At least: that of the calling thread.
    pub(crate) least_ns: f64,
    /// At most: that of every thread of the process.
    pub(crate) most_ns: f64,
    /// Wall time less the time spent waiting for a processor.
    pub(crate) clean_ns: f64,
}

/// Whether events and spans can be seen: what only they make is compiled where it is so.
pub(crate) const SEES_SPANS: bool = cfg!(any(test, feature = "tracing"));

/// What calls did beside taking time and memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traced {
    /// Calls that were recorded one by one; each count is the largest of them.
    pub(crate) calls: u64,
    /// Counters that a call raised.
    pub(crate) counters: Vec<(String, u64)>,
    /// Targets of events that were asked for, and of which a call made some.
    pub(crate) events: Vec<(String, u64)>,
    /// How calls differ in them, where they do.
    pub(crate) spreads: Vec<(Named, String, Spread)>,
    /// What events of such a target said most often in a call.
    pub(crate) repeated: Vec<Repeated>,
    /// Why no events and spans could be seen.
    pub(crate) blind: Option<Unmeasured>,
    /// Where the time went; `None` where no call opened a span.
    pub(crate) breakdown: Option<Breakdown>,
}

impl Traced {
    /// How often a call raised the counter, or made an event of the target, of this name;
    /// `None` if none did.
    pub(crate) fn count(&self, metric: Metric, of: &str) -> Option<u64> {
        let counts = match metric {
            Metric::Events => &self.events,
            _ => &self.counters,
        };
        for (name, count) in counts {
            if name == of {
                return Some(*count);
            }
        }
        None
    }
}

/// What has a name and is counted in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    Counter,
    Events,
}

/// What the events of a target said again and again, such as one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repeated {
    pub(crate) target: String,
    pub(crate) text: String,
    pub(crate) count: u64,
}

/// The spans of some calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Breakdown {
    /// Calls that were recorded.
    pub(crate) calls: u64,
    /// Wall time of these calls.
    pub(crate) calls_ns: u64,
    /// Whether everything was kept.
    pub(crate) complete: bool,
    /// A row for each name, in the order in which they were opened first.
    pub(crate) spans: Vec<SpanRow>,
}

/// The spans of one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SpanRow {
    pub(crate) name: String,
    /// Spans that were around the first of them.
    pub(crate) depth: u64,
    /// Spans in all calls.
    pub(crate) count: u64,
    /// From entering first to leaving last, added up: of a future the latency.
    pub(crate) total_ns: u64,
    /// Spent inside, added up: of a future its polls.
    pub(crate) busy_ns: u64,
    /// Spent inside, but not in spans inside.
    pub(crate) self_ns: u64,
    /// Of the single spans.
    pub(crate) p99_ns: u64,
    pub(crate) max_ns: u64,
}

/// Whose figures of memory they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// `perf_runtime::CountingAllocator`.
    Ours,
    /// `stats_alloc::StatsAlloc`: all threads of the process, no peak, and of
    /// the bytes of a reallocation the growth only.
    StatsAlloc,
}

impl By {
    /// The word records use.
    #[must_use]
    pub(crate) const fn word(self) -> &'static str {
        match self {
            By::Ours => "perf-runtime",
            By::StatsAlloc => "stats_alloc",
        }
    }
}

/// How the live heap went while a function was called again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Growth {
    /// Whose allocations were counted.
    pub(crate) scope: Scope,
    /// Calls that were made before, since the state of the case began.
    pub(crate) before: u64,
    /// One after the other; each doubles the calls made so far.
    pub(crate) stretches: Vec<Stretch>,
}

/// Some calls in a row, and what they left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Calls.
    pub(crate) calls: u64,
    /// Live bytes after the last call, its output dropped, less those before
    /// the first.
    pub(crate) gained_bytes: i64,
}

impl Growth {
    /// Calls in all.
    pub(crate) fn calls(&self) -> u64 {
        let mut calls = 0;
        for stretch in &self.stretches {
            calls += stretch.calls;
        }
        calls
    }
}

/// Which threads were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The calling thread; no other thread allocated meanwhile.
    Thread,
    /// Every thread of the process; nothing else ran in it.
    Process,
}

impl Scope {
    /// The word records use.
    #[must_use]
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Scope::Thread => "thread",
            Scope::Process => "process",
        }
    }
}

/// What counted instructions. Counts of two tiers are never compared: they do
/// not mean quite the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "instructions"),
    expect(dead_code, reason = "nothing counts them")
)]
pub(crate) enum Tier {
    /// The processor.
    Hardware,
    /// Valgrind's callgrind, which executes the instructions itself.
    Callgrind,
}

impl Tier {
    /// The word records use.
    #[must_use]
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Tier::Hardware => "hardware",
            Tier::Callgrind => "callgrind",
        }
    }

    /// The tier of a word.
    #[cfg(feature = "instructions")]
    #[must_use]
    pub(crate) fn from_word(word: &str) -> Option<Tier> {
        of_word(&[Tier::Hardware, Tier::Callgrind], Tier::word, word)
    }
}

/// The instructions of one call, those of the threads that it used included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instructions {
    /// What counted them.
    pub(crate) tier: Tier,
    /// The least of the counted calls; the count of an empty call taken off.
    pub(crate) count: u64,
    /// Calls that were counted.
    pub(crate) calls: u64,
}

/// What programs used that were started and have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChildUsage {
    /// Programs.
    pub(crate) starts: u64,
    /// Processor time of theirs, nanoseconds; `None` where the system does not
    /// say.
    pub(crate) user_ns: Option<u64>,
    /// Processor time of the kernel for them, nanoseconds.
    pub(crate) system_ns: Option<u64>,
    /// The most memory that one of them held at a time, bytes, as the system
    /// reports it.
    pub(crate) max_rss_bytes: Option<u64>,
    /// The system reports at least this, whatever the program held.
    pub(crate) floor_bytes: u64,
    /// Page faults of the one that had most.
    pub(crate) faults: Option<u64>,
}

impl ChildUsage {
    /// Kernels count pages for each processor and add them up now and then: a
    /// peak so close to the floor may be the floor.
    const BLUR_BYTES: u64 = 1 << 20;

    /// Processor time of all of them, nanoseconds.
    pub(crate) fn cpu_ns(&self) -> Option<u64> {
        Some(self.user_ns? + self.system_ns?)
    }

    /// The peak of the program, where it can be told from that of its starter.
    pub(crate) fn own_rss_bytes(&self) -> Option<u64> {
        let least = self.floor_bytes.saturating_add(Self::BLUR_BYTES);
        let peak = self.max_rss_bytes?;
        (peak > least).then_some(peak)
    }

    /// What both used.
    pub(crate) fn and(self, other: ChildUsage) -> ChildUsage {
        let plus = |a: Option<u64>, b: Option<u64>| Some(a? + b?);
        let most = |a: Option<u64>, b: Option<u64>| Some(a?.max(b?));
        ChildUsage {
            starts: self.starts + other.starts,
            user_ns: plus(self.user_ns, other.user_ns),
            system_ns: plus(self.system_ns, other.system_ns),
            max_rss_bytes: most(self.max_rss_bytes, other.max_rss_bytes),
            floor_bytes: self.floor_bytes.max(other.floor_bytes),
            faults: most(self.faults, other.faults),
        }
    }
}

/// What the programs of a case used: the medians of their starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Program {
    /// Timed starts.
    pub(crate) starts: u64,
    /// Its processor time, nanoseconds; `None` where it is not known of
    /// every start.
    pub(crate) user_ns: Option<f64>,
    /// Processor time of the kernel for it, nanoseconds.
    pub(crate) system_ns: Option<f64>,
    /// The most memory it held, bytes; `None` where it cannot be told from that
    /// of the process that started it.
    pub(crate) max_rss_bytes: Option<f64>,
}

/// What a meter of another crate, or the system, said of a few calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Metered {
    /// The smallest value of a call.
    pub(crate) smallest: u64,
    /// The largest.
    pub(crate) largest: u64,
    /// Calls that were made.
    pub(crate) calls: u64,
    /// Whether the worst of them stands for all.
    pub(crate) exact: bool,
    /// What its numbers count.
    pub(crate) unit: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_call_can_be_used_the_wall_clock_says_how_long_one_takes() {
        let call = |judged_ns, disturbed| Call {
            judged_ns,
            wall_ns: 2e6,
            disturbed,
            failed: false,
        };
        let mut round = Round {
            elapsed_ns: 7_000_000,
            ..Round::default()
        };
        assert_eq!(round.typical_ns(), 7e6);
        // None of them can be used, as on a busy machine.
        round.calls = vec![call(0.0, Disturbed::Dropped); 3];
        assert_eq!((round.median_ns(), round.typical_ns()), (None, 2e6));
        round.calls = vec![call(1e6, Disturbed::Preempted); 3];
        assert_eq!(round.typical_ns(), 1e6);
    }
}
