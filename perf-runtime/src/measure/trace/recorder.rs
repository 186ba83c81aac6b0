//! Keeps what was seen, in buffers with an end; told the time by its callers.

use std::cell::RefCell;
use std::thread::{self, ThreadId};

use super::{Options, Others, Recorded, SpanSeries, Spans};
use crate::model::sample::{Repeated, SEES_SPANS};
use crate::system::counters;

/// The most spans that are open at a time, that have their time kept, and the
/// most names of counters or spans.
const OPEN: usize = 1 << 16;
const TIMES: usize = 1 << 20;
const NAMES: usize = 1 << 9;
/// The most different texts that are told apart of the events of a target.
const TEXTS: usize = 1 << 8;
/// The most other threads that are known by their number in the system.
const THREADS: usize = 1 << 8;

/// Which span of which recording; a number that is never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(u64);

impl Key {
    /// That of a span for which no room was left: nothing is known of it.
    pub(super) const LOST: Key = Key(u64::MAX);

    #[cfg(feature = "tracing")]
    pub(super) const fn number(self) -> u64 {
        self.0
    }

    #[cfg(feature = "tracing")]
    pub(super) const fn of(number: u64) -> Key {
        Key(number)
    }

    fn new(generation: u32, place: usize) -> Key {
        Key((u64::from(generation) << 32) | (place as u64 + 1))
    }
}

/// A span that was opened and not closed.
#[derive(Debug)]
struct Open {
    series: usize,
    /// Handles to it; it closes with the last.
    handles: u32,
    first_ns: Option<u64>,
    last_ns: u64,
    busy_ns: u64,
    self_ns: u64,
}

/// A stretch inside a span, on this thread.
#[derive(Debug)]
struct Stretch {
    key: Key,
    since_ns: u64,
    /// Spent in spans that were entered inside.
    inner_ns: u64,
}

thread_local! {
    static INSIDE: RefCell<Vec<Stretch>> = const { RefCell::new(Vec::new()) };
}

/// The events of a target.
#[derive(Clone, Debug, Default)]
struct Events {
    count: u64,
    /// What they said, and how many did.
    texts: Vec<(String, u64)>,
}

/// What a recording has seen so far.
#[derive(Debug)]
pub(super) struct Store {
    /// Of the recording, so that spans of an earlier one are known as such.
    generation: u32,
    options: Option<Options>,
    caller: Option<ThreadId>,
    counters: Vec<(&'static str, u64)>,
    /// One for each target of the options.
    events: Vec<Events>,
    spans: Vec<(&'static str, SpanSeries)>,
    /// Other threads that opened a span.
    openers: Vec<(ThreadId, Option<u64>)>,
    open: Vec<Option<Open>>,
    free: Vec<usize>,
    times: usize,
    full: bool,
}

impl Events {
    fn add(&mut self, text: &str) {
        self.count += 1;
        if let Some((_, count)) = self.texts.iter_mut().find(|(known, _)| known == text) {
            *count += 1;
        } else if !text.is_empty() && self.texts.len() < TEXTS {
            self.texts.push((text.to_owned(), 1));
        }
    }

    /// The text that was said most often, the first of several.
    fn repeated(&self, target: &str) -> Option<Repeated> {
        let most = self.texts.iter().rev().max_by_key(|(_, count)| *count);
        let (text, count) = most.filter(|(_, count)| *count > 1)?;
        Some(Repeated {
            target: target.to_owned(),
            text: text.clone(),
            count: *count,
        })
    }
}

impl Store {
    pub(super) const fn new() -> Store {
        Store {
            generation: 0,
            options: None,
            caller: None,
            counters: Vec::new(),
            events: Vec::new(),
            spans: Vec::new(),
            openers: Vec::new(),
            open: Vec::new(),
            free: Vec::new(),
            times: 0,
            full: false,
        }
    }

    /// Forgets everything and gets ready for a recording by this thread.
    pub(super) fn begin(&mut self, options: Options) {
        self.clear();
        if SEES_SPANS {
            self.caller = (options.others != Others::Recorded).then(|| thread::current().id());
            self.events = vec![Events::default(); options.events.len()];
        }
        self.options = Some(options);
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        let generation = self.generation.wrapping_add(1) & (u32::MAX >> 1);
        *self = Store {
            generation,
            ..Store::new()
        };
    }

    /// What was seen; begins anew with the same options.
    pub(super) fn taken(&mut self) -> Recorded {
        let mut recorded = Recorded {
            full: self.full,
            ..Recorded::default()
        };
        for (name, n) in self.counters.iter() {
            recorded.counters.push(((*name).to_owned(), *n));
        }
        if SEES_SPANS {
            self.take_seen(&mut recorded);
        }
        if let Some(options) = self.options.take() {
            self.begin(options);
        }
        recorded
    }

    /// Events and spans.
    fn take_seen(&mut self, recorded: &mut Recorded) {
        let targets: &[String] = self.options.as_ref().map_or(&[], |options| &options.events);
        for (target, seen) in targets.iter().zip(&self.events) {
            if seen.count > 0 {
                recorded.events.push((target.clone(), seen.count));
                recorded.repeated.extend(seen.repeated(target));
            }
        }
        for (_, series) in std::mem::take(&mut self.spans) {
            if series.count + series.elsewhere > 0 {
                recorded.spans.push(series);
            }
        }
        for (_, thread) in self.openers.iter() {
            recorded.openers.extend(*thread);
        }
    }

    /// Whether more than counters is asked for.
    #[cfg(feature = "tracing")]
    pub(super) fn traces(&self) -> bool {
        self.options.as_ref().is_some_and(Options::traces)
    }

    /// Whether spans of this name are timed.
    pub(super) fn wants_span(&self, name: &str) -> bool {
        match self.options.as_ref().map(|options| &options.spans) {
            Some(Spans::All) => true,
            Some(Spans::Named(names)) => names.iter().any(|wanted| wanted == name),
            Some(Spans::None) | None => false,
        }
    }

    /// Whether events of this target are counted.
    pub(super) fn wants_event(&self, target: &str) -> bool {
        let mut targets = self.options.iter().flat_map(|options| &options.events);
        targets.any(|wanted| is_below(target, wanted))
    }

    /// A counter was raised.
    pub(super) fn count(&mut self, name: &'static str, n: u64) {
        for (other, sum) in &mut self.counters {
            if *other == name {
                *sum = sum.saturating_add(n);
                return;
            }
        }
        if self.options.is_some() && self.counters.len() < NAMES {
            self.counters.push((name, n));
        } else {
            self.full = true;
        }
    }

    /// An event was seen, which says this.
    pub(super) fn event(&mut self, target: &str, text: &str) {
        if self.is_elsewhere() && self.leaves_out() {
            return;
        }
        let targets = self.options.iter().flat_map(|options| &options.events);
        for (wanted, seen) in targets.zip(&mut self.events) {
            if is_below(target, wanted) {
                seen.add(text);
            }
        }
    }

    /// A span was opened.
    pub(super) fn opened(&mut self, name: &'static str) -> Key {
        if !self.wants_span(name) {
            return Key::LOST;
        }
        let Some(series) = self.series(name) else {
            self.full = true;
            return Key::LOST;
        };
        if self.is_elsewhere() {
            self.spans[series].1.elsewhere += 1;
            if self.leaves_out() {
                return Key::LOST;
            }
            self.opened_by(thread::current().id());
        }
        let open = Some(Open {
            series,
            handles: 1,
            first_ns: None,
            last_ns: 0,
            busy_ns: 0,
            self_ns: 0,
        });
        let place = match self.free.pop() {
            Some(place) => {
                self.open[place] = open;
                place
            }
            None if self.open.len() < OPEN => {
                self.open.push(open);
                self.open.len() - 1
            }
            None => {
                self.full = true;
                return Key::LOST;
            }
        };
        Key::new(self.generation, place)
    }

    /// This other thread, the calling one, opened a span.
    fn opened_by(&mut self, thread: ThreadId) {
        let known = |(other, _): &(ThreadId, _)| *other == thread;
        if self.openers.len() < THREADS && !self.openers.iter().any(known) {
            self.openers.push((thread, counters::thread_id()));
        }
    }

    /// There is one more handle to a span.
    pub(super) fn cloned(&mut self, key: Key) {
        if let Some(open) = self.find(key) {
            open.handles += 1;
        }
    }

    /// A handle to a span is gone; whether that was the last.
    pub(super) fn dropped(&mut self, key: Key) -> bool {
        let Some(open) = self.find(key) else {
            return false;
        };
        open.handles -= 1;
        if open.handles == 0 {
            self.closed(key);
            return true;
        }
        false
    }

    /// A span is over.
    pub(super) fn closed(&mut self, key: Key) {
        let Some(place) = self.place(key) else {
            return;
        };
        let Some(open) = self.open[place].take() else {
            return;
        };
        self.free.push(place);
        let Some(first_ns) = open.first_ns else {
            // No thread entered it, so that it took no time.
            return;
        };
        let ns = open.last_ns.saturating_sub(first_ns);
        let series = &mut self.spans[open.series].1;
        series.count += 1;
        series.total_ns += ns;
        series.busy_ns += open.busy_ns;
        series.self_ns += open.self_ns;
        if self.times < TIMES {
            self.times += 1;
            series.ns.push(ns);
        } else {
            self.full = true;
        }
    }

    fn entered(&mut self, key: Key, depth: usize, now: impl FnOnce() -> u64) -> Option<u64> {
        let place = self.place(key)?;
        let open = self.open[place].as_mut()?;
        let series = &mut self.spans[open.series].1;
        if open.first_ns.is_none() && series.count == 0 {
            series.depth = series.depth.min(depth);
        }
        // The clock is read last, so that none of this is the span's.
        let now = now();
        open.first_ns.get_or_insert(now);
        Some(now)
    }

    fn left(&mut self, stretch: &Stretch, now_ns: u64) {
        if let Some(open) = self.find(stretch.key) {
            let busy_ns = now_ns.saturating_sub(stretch.since_ns);
            open.last_ns = open.last_ns.max(now_ns);
            open.busy_ns += busy_ns;
            open.self_ns += busy_ns.saturating_sub(stretch.inner_ns);
        }
    }

    fn series(&mut self, name: &'static str) -> Option<usize> {
        // Nearly always it is the same text at the same place.
        let known = |other: &str| std::ptr::eq(other, name) || other == name;
        let found = self.spans.iter().position(|(other, _)| known(other));
        found.or_else(|| {
            (self.spans.len() < NAMES).then(|| {
                let series = SpanSeries {
                    name: name.to_owned(),
                    depth: usize::MAX,
                    count: 0,
                    ns: Vec::new(),
                    total_ns: 0,
                    busy_ns: 0,
                    self_ns: 0,
                    elsewhere: 0,
                };
                self.spans.push((name, series));
                self.spans.len() - 1
            })
        })
    }

    fn is_elsewhere(&self) -> bool {
        self.caller
            .is_some_and(|caller| caller != thread::current().id())
    }

    fn leaves_out(&self) -> bool {
        let options = self.options.as_ref();
        options.is_some_and(|options| options.others == Others::LeftOut)
    }

    fn find(&mut self, key: Key) -> Option<&mut Open> {
        let place = self.place(key)?;
        self.open[place].as_mut()
    }

    /// Where a span is; `None` for one that was lost or is of an earlier
    /// recording.
    fn place(&self, key: Key) -> Option<usize> {
        let place = (key.0 & u64::from(u32::MAX)).checked_sub(1)? as usize;
        (key.0 >> 32 == u64::from(self.generation) && place < self.open.len()).then_some(place)
    }
}

/// A thread entered a span.
pub(super) fn entered(
    store: impl FnOnce() -> std::sync::MutexGuard<'static, Store>,
    key: Key,
    now: impl FnOnce() -> u64,
) {
    // A thread that is ending has no list any more; its spans are left out.
    let _ = INSIDE.try_with(|inside| {
        let mut inside = inside.borrow_mut();
        let depth = inside.len();
        inside.reserve(1);
        if let Some(since_ns) = store().entered(key, depth, now) {
            inside.push(Stretch {
                key,
                since_ns,
                inner_ns: 0,
            });
        }
    });
}

/// A thread left a span, at `now_ns`.
pub(super) fn left(
    store: impl FnOnce() -> std::sync::MutexGuard<'static, Store>,
    key: Key,
    now_ns: u64,
) {
    let _ = INSIDE.try_with(|inside| {
        let mut inside = inside.borrow_mut();
        let Some(place) = inside.iter().rposition(|stretch| stretch.key == key) else {
            return;
        };
        let stretch = inside.remove(place);
        if let Some(around) = place.checked_sub(1) {
            inside[around].inner_ns += now_ns.saturating_sub(stretch.since_ns);
        }
        store().left(&stretch, now_ns);
    });
}

/// Whether a target is another one, or below it.
fn is_below(target: &str, above: &str) -> bool {
    target
        .strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
