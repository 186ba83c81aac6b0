//! How each kind of cost grows, as a record tells it.

use perf_grammar::COMPLEXITIES;

use crate::judge::complexity::Fit;
use crate::report::json::Json;

/// The kinds, a list of objects.
pub(super) fn list(json: &mut Json, fits: &[Fit]) {
    json.array(|json| {
        for fit in fits {
            json.element(|json| json.object(|json| one(json, fit)));
        }
    });
}

fn one(json: &mut Json, fit: &Fit) {
    json.text("of", fit.of);
    json.maybe_text("best", COMPLEXITIES.get(fit.best).copied());
    json.number("excess", fit.excess);
    json.number("residual", fit.residual);
    json.text("growth", fit.growth.word());
    json.field("points", |json| {
        json.array(|json| {
            for (n, cost) in &fit.points {
                json.element(|json| {
                    json.array(|json| {
                        json.element(|json| json.float(*n));
                        json.element(|json| json.float(*cost));
                    });
                });
            }
        });
    });
}
