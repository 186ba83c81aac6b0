//! A `tracing` subscriber that does nothing but record: of interest is what a
//! recording asks for, while it lasts.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

use super::recorder::{self, Key};
use super::{ARMED, ON, saying, store};
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::system::clock;

/// Whether ours is the global subscriber.
static INSTALLED: Mutex<bool> = Mutex::new(false);

/// Installs it for the whole process, unless it is.
///
/// # Errors
/// If the program has a global subscriber already.
pub(super) fn install() -> Result<(), Unmeasured> {
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if *installed {
        return Ok(());
    }
    let set = tracing::subscriber::set_global_default(Recorder);
    *installed = set.is_ok();
    set.map_err(|_| Cause::other_subscriber().into())
}

/// What is recorded began or ended: every callsite is asked about again, so
/// that none costs anything while nothing is recorded.
pub(super) fn interest_changed() {
    tracing::callsite::rebuild_interest_cache();
}

/// Whether a callsite is to be recorded, now or later in this recording.
pub(super) fn wants(metadata: &Metadata<'_>) -> bool {
    if !ARMED.load(Ordering::SeqCst) {
        return false;
    }
    let store = store();
    // A mere question, such as `tracing::enabled!`, is one about events.
    if metadata.is_span() {
        store.wants_span(metadata.name())
    } else {
        store.wants_event(metadata.target())
    }
}

struct Recorder;

impl Subscriber for Recorder {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if wants(metadata) {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        // Only what is wanted comes here; see `register_callsite`.
        ON.load(Ordering::Relaxed)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let armed = ARMED.load(Ordering::SeqCst) && store().traces();
        Some(if armed {
            LevelFilter::TRACE
        } else {
            LevelFilter::OFF
        })
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        Id::from_u64(store().opened(span.metadata().name()).number())
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        // Not while the store is locked: the program's own values are asked.
        let text = saying::of(event);
        store().event(event.metadata().target(), &text);
    }

    fn enter(&self, span: &Id) {
        recorder::entered(store, Key::of(span.into_u64()), clock::now_ns);
    }

    fn exit(&self, span: &Id) {
        let now_ns = clock::now_ns();
        recorder::left(store, Key::of(span.into_u64()), now_ns);
    }

    fn clone_span(&self, span: &Id) -> Id {
        store().cloned(Key::of(span.into_u64()));
        span.clone()
    }

    fn try_close(&self, span: Id) -> bool {
        store().dropped(Key::of(span.into_u64()))
    }
}
