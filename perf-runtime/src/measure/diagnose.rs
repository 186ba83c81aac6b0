//! What the runtime does, as `tracing` events of the target `perf_runtime`;
//! nothing where the feature `tracing` is off.

use std::time::Duration;

use crate::model::sample::Round;

/// A round was measured.
pub(crate) fn round(id: &str, round: &Round) {
    #[cfg(feature = "tracing")]
    tracing::trace!(
        target: "perf_runtime",
        case = id,
        calls = round.calls.len(),
        batch = round.batch,
        elapsed_ns = round.elapsed_ns,
        waiting_ns = round.waiting_ns,
        "round"
    );
    #[cfg(not(feature = "tracing"))]
    let _ = (id, round);
}

/// A case was settled.
pub(crate) fn settled(id: &str, verdict: &str) {
    #[cfg(feature = "tracing")]
    tracing::debug!(target: "perf_runtime", case = id, verdict, "settled");
    #[cfg(not(feature = "tracing"))]
    let _ = (id, verdict);
}

/// Another process holds the machine.
pub(crate) fn waiting(waited: Duration) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "perf_runtime", waited_s = waited.as_secs(), "waiting for another performance run");
    #[cfg(not(feature = "tracing"))]
    let _ = waited;
}
