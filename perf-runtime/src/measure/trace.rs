//! What calls do beside taking time: counters that are raised, events and spans of `tracing`.
//!
//! Recording covers the whole process, one recording at a time. Events and
//! spans are seen by the `tracing` subscriber of this crate (feature `tracing`), or
//! through a layer in the program's (feature `layer`).
//!
//! NOTE: A global subscriber can be set once a process, and makes a later
//! `tracing_subscriber::fmt().init()` panic. So ours is installed when the
//! first recording asks for events or spans, and not before.

#[cfg(feature = "layer")]
mod layer;
#[cfg_attr(
    not(any(test, feature = "tracing")),
    expect(dead_code, reason = "events and spans need the feature")
)]
mod recorder;
#[cfg(feature = "tracing")]
mod saying;
#[cfg(feature = "tracing")]
mod subscriber;

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "layer")]
pub use self::layer::{RecordingFilter, RecordingLayer, recording_layer};
use self::recorder::Store;
use crate::model::sample::Repeated;
use crate::model::unmeasured::{Cause, Unmeasured};

/// Whether something is recorded at this moment.
static ON: AtomicBool = AtomicBool::new(false);
/// Whether a recording exists, be it paused: what is recorded stays of interest.
static ARMED: AtomicBool = AtomicBool::new(false);
static STORE: Mutex<Store> = Mutex::new(Store::new());

/// Raises a counter of the program by `n`, for budgets such as
/// `count("cache.miss", max = 3)`.
///
/// While no budget test records, which is always so in production, this is one
/// relaxed load. A counter that no counted call raises leaves its limit
/// unmeasured, because a misspelt name never breaks a limit either; raising it
/// by zero makes it known, so that zero is a number.
///
/// ```
/// fn look_up(key: &str) -> Option<u32> {
///     perf_runtime::count("cache.miss", 0);
///     perf_runtime::count("cache.miss", 1);
///     None
/// }
/// # look_up("a");
/// ```
#[inline]
pub fn count(name: &'static str, n: u64) {
    if ON.load(Ordering::Relaxed) {
        store().count(name, n);
    }
}

/// What a recording is to see. Counters are always seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Targets of events: each is counted with everything below it.
    pub(crate) events: Vec<String>,
    /// Which spans are timed.
    pub(crate) spans: Spans,
    /// What becomes of spans and events of other threads than the caller's.
    pub(crate) others: Others,
}

/// What becomes of spans and events of other threads than the caller's.
#[cfg_attr(
    not(feature = "tracing"),
    expect(dead_code, reason = "events and spans need the feature")
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Others {
    /// They belong to the call.
    #[default]
    Recorded,
    /// They are recorded and their spans are counted: a thread that another call
    /// has left behind may have opened them.
    Counted,
    /// They are left out and their spans are counted: in a process where something
    /// else runs they may belong to that.
    LeftOut,
}

/// Which spans are timed.
#[cfg_attr(
    not(feature = "tracing"),
    expect(dead_code, reason = "spans need the feature")
)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Spans {
    #[default]
    None,
    /// Those with one of these names.
    Named(Vec<String>),
    All,
}

/// What was seen between start and finish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// Each counter that was raised, be it by zero.
    pub(crate) counters: Vec<(String, u64)>,
    /// Each target of the options of which an event was seen.
    pub(crate) events: Vec<(String, u64)>,
    /// Of each of these targets what its events said most often, where they did
    /// so more than once.
    pub(crate) repeated: Vec<Repeated>,
    /// Each name of a span that was seen, in the order in which the first of
    /// each was opened.
    pub(crate) spans: Vec<SpanSeries>,
    /// The other threads that opened such spans, by their number in the system, where
    /// they are [counted](Others::Counted).
    pub(crate) openers: Vec<u64>,
    /// Whether there was more than the buffers hold.
    pub(crate) full: bool,
}

/// The spans of one name.
///
/// The time of a span is that from entering it first to leaving it last: for a
/// span of a plain function the time inside, for one of a future its latency,
/// waiting included. Busy is only what was spent inside, polls added up; self
/// time is the busy time less that of spans entered inside on the same thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpanSeries {
    pub(crate) name: String,
    /// Spans that were around the first of them on its thread.
    pub(crate) depth: usize,
    /// Spans that came to an end.
    pub(crate) count: u64,
    /// The time of each, nanoseconds, in the order in which they closed; not
    /// more of them than the buffers hold.
    pub(crate) ns: Vec<u64>,
    /// All their times together.
    pub(crate) total_ns: u64,
    pub(crate) busy_ns: u64,
    pub(crate) self_ns: u64,
    /// Spans that other threads opened, where that is of interest.
    pub(crate) elsewhere: u64,
}

/// A recording of the whole process; one at a time.
#[derive(Debug)]
pub(crate) struct Recording(());

impl Options {
    /// Whether more than counters is to be seen.
    pub(crate) fn traces(&self) -> bool {
        !self.events.is_empty() || self.spans != Spans::None
    }
}

impl Recording {
    /// Gets ready to record; nothing is recorded outside [`during`](Recording::during).
    ///
    /// # Errors
    /// If another recording is under way, or events and spans cannot be seen:
    /// why, and what to do.
    pub(crate) fn start(options: Options) -> Result<Recording, Unmeasured> {
        if options.traces() {
            ensure_subscribed()?;
        }
        if ARMED.swap(true, Ordering::SeqCst) {
            return Err(Cause::recorded_twice().into());
        }
        store().begin(options);
        #[cfg(feature = "tracing")]
        subscriber::interest_changed();
        Ok(Recording(()))
    }

    /// Records what happens while `f` runs, in every thread.
    pub(crate) fn during<T>(&mut self, f: impl FnOnce() -> T) -> T {
        struct Off;
        impl Drop for Off {
            fn drop(&mut self) {
                ON.store(false, Ordering::SeqCst);
            }
        }
        let _off = Off;
        ON.store(true, Ordering::SeqCst);
        f()
    }

    /// What was seen since the start or the last taking; then begins anew. A span that
    /// is still open is no part of it.
    pub(crate) fn take(&mut self) -> Recorded {
        store().taken()
    }

    /// The same, and ends it.
    #[cfg(test)]
    pub(crate) fn finish(mut self) -> Recorded {
        self.take()
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        ON.store(false, Ordering::SeqCst);
        store().clear();
        ARMED.store(false, Ordering::SeqCst);
        #[cfg(feature = "tracing")]
        subscriber::interest_changed();
    }
}

/// Makes sure that events and spans can be seen, which may install our
/// subscriber.
///
/// # Errors
/// Why they cannot, and what to do.
#[cfg(feature = "tracing")]
pub(crate) fn ensure_subscribed() -> Result<(), Unmeasured> {
    #[cfg(feature = "layer")]
    if layer::is_attached() {
        return Ok(());
    }
    subscriber::install()
}

/// Makes sure that events and spans can be seen.
///
/// # Errors
/// Always: without the feature nothing sees them.
#[cfg(not(feature = "tracing"))]
pub(crate) fn ensure_subscribed() -> Result<(), Unmeasured> {
    Err(feature_off())
}

#[cfg(not(feature = "tracing"))]
pub(crate) fn feature_off() -> Unmeasured {
    Cause::without(perf_grammar::Feature::Tracing, "events and spans need").into()
}

fn store() -> MutexGuard<'static, Store> {
    // Nothing in it is left half done by a panic.
    STORE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub(crate) mod tests;
