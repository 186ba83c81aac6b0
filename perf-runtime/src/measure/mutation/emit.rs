//! Events and spans of `tracing` whose target or name is known only at run time.

use std::sync::{Mutex, OnceLock, PoisonError};

use tracing::callsite::Identifier;
use tracing::field::FieldSet;
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Callsite, Event, Level, Metadata, Span, dispatcher};

/// A separate callsite for each name: it is never asked to cache an interest.
struct Site(OnceLock<Metadata<'static>>);

impl Callsite for Site {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.0.get().expect("it is set before the site is used")
    }
}

/// One event of a target.
pub(super) fn event(target: &'static str) {
    let metadata = metadata("planted", target, false);
    if is_enabled(metadata) {
        Event::dispatch(metadata, &metadata.fields().value_set(&[]));
    }
}

/// One span of a name around some work.
pub(super) fn span(name: &'static str, work: impl FnOnce()) {
    let metadata = metadata(name, "perf_runtime", true);
    let span = match is_enabled(metadata) {
        true => Span::new(metadata, &metadata.fields().value_set(&[])),
        false => Span::none(),
    };
    span.in_scope(work);
}

fn is_enabled(metadata: &'static Metadata<'static>) -> bool {
    dispatcher::get_default(|dispatch| dispatch.enabled(metadata))
}

fn metadata(name: &'static str, target: &'static str, span: bool) -> &'static Metadata<'static> {
    static MADE: Mutex<Vec<&'static Metadata<'static>>> = Mutex::new(Vec::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let is_same =
        |one: &&Metadata<'_>| one.name() == name && one.target() == target && one.is_span() == span;
    if let Some(known) = made.iter().copied().find(is_same) {
        return known;
    }
    let site: &'static Site = Box::leak(Box::new(Site(OnceLock::new())));
    let metadata = site.0.get_or_init(|| {
        Metadata::new(
            name,
            target,
            Level::INFO,
            None,
            None,
            None,
            FieldSet::new(&[], Identifier(site)),
            if span { Kind::SPAN } else { Kind::EVENT },
        )
    });
    made.push(metadata);
    metadata
}
