//! How each kind of cost grows, as a record states it.

use perf_grammar::COMPLEXITIES;

use crate::judge::complexity::Fit;
use crate::report::json::Json;

/// One of the kinds.
pub(super) fn one(json: &mut Json, fit: &Fit) {
    json.text("of", fit.of);
    json.maybe_text("best", COMPLEXITIES.get(fit.best).copied());
    json.number("excess", fit.excess);
    json.number("residual", fit.residual);
    json.text("growth", fit.growth.word());
    json.list("points", &|json| {
        for (n, cost) in &fit.points {
            json.element();
            json.floats(&[*n, *cost]);
        }
    });
}
