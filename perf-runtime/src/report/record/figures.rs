//! The figures that no test judges, as a record holds them.

use super::load;
use super::program;
use crate::model::sample::{
    Breakdown, CallMemory, Growth, Instructions, Memory, Rss, SEES_SPANS, Spread, Spreads, Traced,
};
use crate::model::unmeasured::Unmeasured;
use crate::report::json::Json;
use crate::verdict::figures::Figures;

/// Writes a member for each; `null` where there is no figure.
pub(super) fn write(json: &mut Json, figures: &Figures) {
    json.maybe_object("memory", figures.memory.as_ref().ok(), &memory);
    json.maybe_object("growth", known(figures.growth.as_ref()), &growth);
    json.maybe_object("rss", known(figures.resident.as_ref()), &rss);
    json.maybe_object(
        "instructions",
        known(figures.instructions.as_ref()),
        &instructions,
    );
    json.maybe_object("program", figures.program.as_ref(), &program::program);
    json.maybe_object("load", figures.load.as_ref(), &load::load);
    let traced = known(figures.trace.as_ref()).map(|traced| &**traced);
    // A case that did nothing of the kind has nothing to say of it.
    let counted = match traced {
        Some(traced) if traced.counters.is_empty() && traced.events.is_empty() => None,
        traced => traced,
    };
    json.maybe_object("trace", counted, &trace);
    match traced.and_then(|traced| traced.breakdown.as_ref()) {
        Some(of) if SEES_SPANS => json.object("breakdown", &|json| breakdown(json, of)),
        _ => json.member("breakdown", &"null"),
    }
}

fn known<T>(figure: Option<&Result<T, Unmeasured>>) -> Option<&T> {
    figure?.as_ref().ok()
}

fn memory(json: &mut Json, memory: &Memory) {
    json.whole("calls", memory.calls);
    json.text("scope", memory.scope.word());
    json.text("by", memory.by.word());
    of_call(json, &memory.largest);
    let Spreads {
        peak_bytes,
        allocs,
        alloc_bytes,
        retained_bytes,
    } = memory.spreads;
    json.object("spread", &|json| {
        for (key, spread) in &[
            ("peak_bytes", peak_bytes),
            ("allocs", allocs),
            ("alloc_bytes", alloc_bytes),
            ("retained_bytes", retained_bytes),
        ] {
            if let Some(spread) = spread {
                json.object(key, &|json| of_calls(json, *spread));
            }
        }
    });
    json.maybe_object("first", memory.first.as_ref(), &of_call);
}

/// What one call took, or the largest of several.
pub(crate) fn of_call(json: &mut Json, call: &CallMemory) {
    json.maybe_whole("peak_bytes", call.peak_bytes);
    json.whole("allocs", call.allocs);
    json.whole("alloc_bytes", call.alloc_bytes);
    json.member("retained_bytes", &call.retained_bytes);
}

fn of_calls(json: &mut Json, spread: Spread) {
    json.member("least", &spread.least);
    json.member("median", &spread.median);
    json.whole("calls_at_least", spread.calls_at_least);
    json.whole("calls_at_largest", spread.calls_at_largest);
}

fn growth(json: &mut Json, growth: &Growth) {
    json.text("scope", growth.scope.word());
    json.whole("calls", growth.calls());
    json.maybe_number("bytes_per_1000_calls", growth.rate());
    json.list("stretches", &|json| {
        for stretch in &growth.stretches {
            let (calls, bytes) = (stretch.calls, stretch.gained_bytes);
            json.element();
            json.raw(&format_args!("[{calls}, {bytes}]"));
        }
    });
}

fn rss(json: &mut Json, rss: &Rss) {
    json.whole("calls", rss.calls);
    json.whole("before_bytes", rss.before_bytes);
    json.whole("peak_bytes", rss.peak_bytes);
    json.whole("faults", rss.faults);
    json.truth("reset", rss.reset);
    json.text("of", rss.of.word());
}

fn instructions(json: &mut Json, instructions: &Instructions) {
    json.text("tier", instructions.tier.word());
    json.whole("count", instructions.count);
    json.whole("calls", instructions.calls);
}

fn trace(json: &mut Json, traced: &Traced) {
    json.whole("calls", traced.calls);
    for (word, counts) in &[("counters", &traced.counters), ("events", &traced.events)] {
        json.objects(word, counts, &|json, (name, count)| {
            json.text("name", name);
            json.whole("count", *count);
        });
    }
    if SEES_SPANS && !traced.repeated.is_empty() {
        json.objects("repeated", &traced.repeated, &|json, one| {
            json.text("target", &one.target);
            json.text("text", &one.text);
            json.whole("count", one.count);
        });
    }
}

fn breakdown(json: &mut Json, breakdown: &Breakdown) {
    json.whole("calls", breakdown.calls);
    json.whole("calls_ns", breakdown.calls_ns);
    json.truth("complete", breakdown.complete);
    json.objects("spans", &breakdown.spans, &|json, row| {
        json.text("name", &row.name);
        json.whole("depth", row.depth);
        json.whole("count", row.count);
        json.whole("total_ns", row.total_ns);
        json.whole("busy_ns", row.busy_ns);
        json.whole("self_ns", row.self_ns);
        json.whole("p99_ns", row.p99_ns);
        json.whole("max_ns", row.max_ns);
    });
}
