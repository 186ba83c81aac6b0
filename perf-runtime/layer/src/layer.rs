//! The layer: watches spans, and reports those that are over their budgets.

#![allow(
    clippy::disallowed_methods,
    reason = "reads the budget file and the clock"
)]

use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use perf_grammar::{Metric, Statistic, Unit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::{Context, Filter, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::file::{self, SpanBudget};
use crate::mistake::{BudgetLayerError, Problem};
use crate::window::{Breach, Window};

/// How seldom a broken budget is reported where the file does not say.
const EVERY_NS: u64 = 60_000_000_000;

/// Watches the spans of a running program, and reports each budget of
/// `perf-budgets.toml` that does not hold as a `tracing` event.
///
/// ```toml
/// [span."render"]
/// p99 = "2ms"
/// max = "50ms"
/// every = "1min"    # at most one report a minute of each limit; the default
/// ```
///
/// ```
/// use perf_layer::BudgetLayer;
/// use tracing_subscriber::prelude::*;
///
/// # const FILE: &str = "schema = 1\n[span.render]\np99 = \"2ms\"";
/// # fn main() -> Result<(), perf_layer::BudgetLayerError> {
/// // `from_file("perf-budgets.toml")` reads it when the program starts;
/// // `from_text(include_str!(..))` takes it along.
/// tracing_subscriber::registry()
///     .with(BudgetLayer::from_text(FILE)?)
///     .init();
/// # Ok(())
/// # }
/// ```
///
/// A report is an event of level `WARN` and target `perf_budget`, with the
/// fields `span`, `limit`, `measured`, `spans` (by how many it was found) and
/// `suppressed` (spans that found the budget broken since the last report, and
/// were not reported).
///
/// The time of a span is that from entering it first to leaving it last: of a
/// future that is instrumented, its latency. `max` is held against each span.
/// A quantile and `mean` are those of the last spans of the name, as they are,
/// with no bound of error: a window of 1,000 spans, or of as many as leave ten
/// above the quantile (10,000 for p99.9), 100,000 at most. Nothing is said
/// before the quantile has a span above it (100 spans for p99 and `mean`).
/// A rare span therefore keeps an old window: judge it by `max`.
///
/// Spans without a budget are not opened for this layer, which filters by name:
/// where no other layer wants one, it costs 1 ns. A span with a p99 and a `max`
/// took about 340 ns from opening to closing, where a `Registry` alone takes
/// about 110 ns, so that the layer adds about 230 ns, as much while its budget is
/// broken. (The lower quartile of 4,000 runs of 500 spans, five processes each, one
/// thread, a virtual machine with two processors of an AMD EPYC, release build.)
#[derive(Debug)]
pub struct BudgetLayer {
    spans: Vec<(String, Mutex<Window>)>,
}

/// Lets [`BudgetLayer`] see the spans that have a budget, and nothing else.
#[derive(Debug)]
pub struct BreachFilter {
    names: Vec<String>,
}

impl BudgetLayer {
    /// Reads the budgets from a file: `perf-budgets.toml`, or its path.
    ///
    /// # Errors
    /// If the file cannot be read, has a mistake, or has no span in it.
    pub fn from_file<S>(
        path: impl AsRef<Path>,
    ) -> Result<Filtered<BudgetLayer, BreachFilter, S>, BudgetLayerError>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let path = path.as_ref();
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            BudgetLayerError::of_file(&shown, Problem::unreadable_file(&error.to_string()))
        })?;
        BudgetLayer::read(&text, &shown)
    }

    /// Reads the budgets from the text of such a file.
    ///
    /// # Errors
    /// If it has a mistake, or no span in it.
    pub fn from_text<S>(
        text: &str,
    ) -> Result<Filtered<BudgetLayer, BreachFilter, S>, BudgetLayerError>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        BudgetLayer::read(text, "perf-budgets.toml")
    }

    fn read<S>(
        text: &str,
        path: &str,
    ) -> Result<Filtered<BudgetLayer, BreachFilter, S>, BudgetLayerError>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let spans = file::spans(text, path)?;
        if spans.is_empty() {
            return Err(BudgetLayerError::of_file(path, Problem::no_span()));
        }
        let names = spans.iter().map(|span| span.name.clone()).collect();
        let spans = spans.into_iter().map(watched).collect();
        Ok(BudgetLayer { spans }.with_filter(BreachFilter { names }))
    }
}

fn watched(span: SpanBudget) -> (String, Mutex<Window>) {
    let window = Window::new(&span.limits, span.every_ns.unwrap_or(EVERY_NS));
    (span.name, Mutex::new(window))
}

/// Nanoseconds since the first call.
fn now_ns() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let elapsed = START.get_or_init(Instant::now).elapsed();
    u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
}

impl<S> Filter<S> for BreachFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        metadata.is_span() && self.names.iter().any(|name| name == metadata.name())
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.is_span() && self.names.iter().any(|name| name == metadata.name()) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // The level of a span is not in the file.
        Some(LevelFilter::TRACE)
    }
}

/// Beside each span that has a budget.
struct Watched {
    place: usize,
    first_ns: Option<u64>,
    last_ns: u64,
}

impl<S> Layer<S> for BudgetLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, span: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let name = span.metadata().name();
        let place = self.spans.iter().position(|(budgeted, _)| budgeted == name);
        if let (Some(place), Some(span)) = (place, ctx.span(id)) {
            span.extensions_mut().insert(Watched {
                place,
                first_ns: None,
                last_ns: 0,
            });
        }
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        if let Some(watched) = span.extensions_mut().get_mut::<Watched>()
            && watched.first_ns.is_none()
        {
            watched.first_ns = Some(now_ns());
        }
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        let now_ns = now_ns();
        let Some(span) = ctx.span(id) else { return };
        if let Some(watched) = span.extensions_mut().get_mut::<Watched>() {
            watched.last_ns = now_ns;
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(&id) else { return };
        let ended = span.extensions().get::<Watched>().and_then(|watched| {
            let ns = watched.last_ns.saturating_sub(watched.first_ns?);
            Some((watched.place, ns, watched.last_ns))
        });
        let Some((name, window, ns, now_ns)) = ended.and_then(|(place, ns, now_ns)| {
            let (name, window) = self.spans.get(place)?;
            Some((name, window, ns, now_ns))
        }) else {
            return;
        };
        // The window is free again when the report is made: the program that prints it
        // may open spans.
        let breaches = window
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(ns, now_ns);
        for breach in breaches {
            report(name, &breach);
        }
    }
}

fn report(span: &str, breach: &Breach) {
    let word = match breach.statistic {
        Statistic::Quantile(quantile) => Metric::Quantile(quantile).key(),
        Statistic::Mean => Metric::Mean.key(),
        Statistic::Max => Metric::Max.key(),
    };
    let shown = |ns: u64| perf_grammar::format(Unit::Duration, ns as f64);
    tracing::warn!(
        target: "perf_budget",
        span,
        limit = format_args!("{word} {}", shown(breach.limit_ns)),
        measured = shown(breach.measured_ns),
        spans = breach.spans,
        suppressed = breach.suppressed,
        "a span is over its budget"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::Registry;

    #[track_caller]
    fn refused(text: &str, part: &str) {
        let error = BudgetLayer::from_text::<Registry>(text)
            .map(|_| ())
            .unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }

    #[test]
    fn a_file_that_watches_nothing_is_refused() {
        refused("schema = 1", "perf-budgets.toml: found no budget of a span");
        refused(
            "schema = 1\n[span.a]\np99 = 3",
            "perf-budgets.toml:3:7: found 3 for `p99`",
        );
        let missing = BudgetLayer::from_file::<Registry>("no/such.toml").map(|_| ());
        let error = missing.unwrap_err().to_string();
        assert!(error.contains("no/such.toml"), "{error}");
    }
}
