//! No text of a proof acts on its reader.

use perf_statistics::Random;
use serde_json::Value;

use super::*;
use crate::analysis::prove::fixture::of_everything;
use crate::render::hostile::{LOOK, hostile, is_harmless, outside_code, without_colours};
use perf_grammar::Effect;

#[test]
fn no_text_of_a_proof_acts_on_its_reader() {
    let mut random = Random::new(18);
    for _ in 0..20 {
        let mut proved = of_everything();
        let mut text = || hostile(&mut random);
        (proved.machine, proved.warnings) = (Some(text()), vec![text()]);
        proved.problems = vec![text()];
        for limit in &mut proved.limits {
            (limit.case, limit.limit, limit.source) = (text(), text(), text());
            (limit.bound, limit.measured) = (text(), Some(text()));
            match &mut limit.proof {
                Proof::Caught { by, also } => {
                    by.iter_mut().for_each(|mutation| mutation.of = text());
                    *also = vec![text()];
                }
                Proof::NotCaught { by, found } | Proof::NotGreen { by, found } => {
                    by.kind = Effect::Emit;
                    (by.of, *found) = (text(), text());
                }
                Proof::Unproved(why) => *why = Unproved::LeftOut(text()),
            }
        }
        for failure in &mut proved.failures {
            (failure.case, failure.missed) = (text(), Some(text()));
        }
        for stray in &mut proved.stray {
            (stray.of, stray.moved.case) = (text(), text());
            (stray.moved.limit, stray.moved.sentence) = (text(), text());
        }
        is_harmless("terminal", &without_colours(terminal(&proved, LOOK)));
        is_harmless("markdown", &outside_code(&markdown(&proved)));
        let text = json(&proved);
        let read: Value = serde_json::from_str(&text).expect("it is JSON");
        let limits = read["limits"].as_array().map(Vec::len);
        assert_eq!(limits, Some(proved.limits.len()));
        is_harmless("json", &text);
    }
}
