//! The layer of a running program, in a real subscriber: what it reports, and what it lets alone.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use perf_layer::BudgetLayer;
use tracing::field::{Field, Visit};
use tracing::span::Attributes;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Subscriber, debug_span, info_span, trace_span};
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;

/// What another layer of the program saw.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0 += &format!(" {}={value:?}", field.name());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> tracing_subscriber::Layer<S> for Seen {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let mut fields = Fields(format!("{} {}", metadata.level(), metadata.target()));
        event.record(&mut fields);
        self.0
            .lock()
            .expect("no test panics with it")
            .push(fields.0);
        // A layer may open spans itself while it writes.
        debug_span!("slow").in_scope(|| ());
    }

    fn on_new_span(&self, span: &Attributes<'_>, _: &tracing::Id, _: Context<'_, S>) {
        let name = span.metadata().name();
        self.0
            .lock()
            .expect("no test panics with it")
            .push(format!("span {name}"));
    }
}

/// Lets only what is at least so severe pass.
struct AtLeast(Level);

impl<S> Filter<S> for AtLeast {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: &Context<'_, S>) -> bool {
        *metadata.level() <= self.0
    }

    fn callsite_enabled(&self, metadata: &'static tracing::Metadata<'static>) -> Interest {
        if *metadata.level() <= self.0 {
            Interest::always()
        } else {
            Interest::never()
        }
    }
}

#[test]
fn a_broken_budget_is_reported_once_and_other_spans_stay_disabled() {
    let seen = Seen::default();
    let file = "schema = 1\n[span.slow]\nmax = \"1ms\"\n[span.quick]\nmax = \"1h\"";
    let file = file.replace("1h", "60min");
    let subscriber = tracing_subscriber::registry()
        .with(BudgetLayer::from_text(&file).unwrap())
        .with(seen.clone().with_filter(AtLeast(Level::WARN)));
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let work = || {
        let span = trace_span!("slow");
        span.in_scope(|| thread::sleep(Duration::from_millis(2)));
        info_span!("quick").in_scope(|| ());
    };
    // Worker threads are watched as well.
    thread::spawn(work).join().unwrap();
    work();
    work();
    assert!(trace_span!("another").is_disabled());
    assert!(!tracing::enabled!(Level::INFO));

    let seen = seen.0.lock().unwrap();
    assert_eq!(seen.len(), 1, "{seen:#?}");
    for part in [
        "WARN perf_budget",
        "message=a span is over its budget",
        "span=\"slow\"",
        "limit=max 1 ms",
        "measured=",
        "spans=1",
        "suppressed=0",
    ] {
        assert!(seen[0].contains(part), "{part}: {seen:#?}");
    }
}
