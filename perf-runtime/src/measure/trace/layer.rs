//! Records through a layer in the subscriber of the program.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::{Context, Filter, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::recorder::{self, Key};
use super::subscriber::wants;
use super::{ARMED, ON, saying, store};
use crate::system::clock;

/// Whether a subscriber with the layer exists.
static ATTACHED: AtomicBool = AtomicBool::new(false);

/// A layer through which budgets on events and spans are measured, for tests
/// of a program that sets a global `tracing` subscriber:
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// tracing_subscriber::registry()
///     .with(perf_runtime::recording_layer())
///     .init();
/// ```
///
/// Without such a subscriber it is not needed: perf-runtime then installs one
/// when the first budget asks for it. While no budget test records, the layer
/// is interested in nothing. A filter that is a layer of the subscriber itself,
/// such as `.with(EnvFilter::from_default_env())`, hides from this layer too
/// what it lets not pass: give it to the layer that prints, with `with_filter`.
#[must_use]
pub fn recording_layer<S>() -> Filtered<RecordingLayer, RecordingFilter, S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    RecordingLayer(()).with_filter(RecordingFilter(()))
}

/// What [`recording_layer`] makes.
#[derive(Debug)]
pub struct RecordingLayer(());

/// Lets [`RecordingLayer`] see what is recorded, and nothing else.
#[derive(Debug)]
pub struct RecordingFilter(());

/// Whether the program's subscriber has the layer.
pub(super) fn is_attached() -> bool {
    ATTACHED.load(Ordering::SeqCst)
}

/// Beside each span that is recorded.
struct Recorded(Key);

impl<S> Filter<S> for RecordingFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        // Where another layer listens, this is asked about its spans as well.
        ON.load(Ordering::Relaxed) && wants(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if wants(metadata) {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let armed = ARMED.load(Ordering::SeqCst) && store().traces();
        Some(if armed {
            LevelFilter::TRACE
        } else {
            LevelFilter::OFF
        })
    }
}

impl<S> Layer<S> for RecordingLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_register_dispatch(&self, _: &Dispatch) {
        ATTACHED.store(true, Ordering::SeqCst);
    }

    fn on_new_span(&self, span: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let key = store().opened(span.metadata().name());
        if key != Key::LOST
            && let Some(span) = ctx.span(id)
        {
            span.extensions_mut().insert(Recorded(key));
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // Not while the store is locked: the program's own values are asked.
        let text = saying::of(event);
        store().event(event.metadata().target(), &text);
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        if let Some(key) = key(id, &ctx) {
            recorder::entered(store, key, clock::now_ns);
        }
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        let now_ns = clock::now_ns();
        if let Some(key) = key(id, &ctx) {
            recorder::left(store, key, now_ns);
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        if let Some(key) = key(&id, &ctx) {
            store().closed(key);
        }
    }
}

fn key<S>(id: &Id, ctx: &Context<'_, S>) -> Option<Key>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let span = ctx.span(id)?;
    let extensions = span.extensions();
    extensions.get::<Recorded>().map(|recorded| recorded.0)
}
