//! The calls of one user whose starts are set by a clock.

use super::starts::Starts;
use super::time::Time;
use crate::measure::meter::{RoundPlan, Watched};
use crate::model::sample::{Call, Disturbed, Failure, Round};
use crate::model::subject::Subject;

/// Said of a call that was not made.
pub(super) const GIVEN_UP: &str = "given up: it was due, and no user was free";

/// What one user did: a round, and which of all calls each of its calls was.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) round: Round,
    pub(super) places: Vec<usize>,
}

/// Makes calls until none is left, or `is_over`. The time of each goes from
/// the moment at which it was to begin: where users come too late because the
/// calls before took too long, that is part of it, whatever clock is asked for.
///
/// A call that is due when patience has ended is not made. It is one that
/// failed, after at least so long.
pub(super) fn calls(
    subject: &mut dyn Subject,
    starts: &Starts,
    time: &impl Time,
    plan: &RoundPlan,
    is_over: &dyn Fn() -> bool,
) -> Done {
    let mut done = Done::default();
    let mut processor = plan.processor().map(Watched::new);
    let (mut made, mut inside_ns) = (0, 0.0);
    while !is_over() && done.round.failure.is_none() {
        // The input first: who is still making it takes no start.
        subject.prepare(1);
        let Some((at, begins_ns)) = starts.take() else {
            break;
        };
        let (end_ns, error) = if time.elapsed_ns() > starts.given_up_ns() {
            (time.elapsed_ns(), Some(Failure::Error(GIVEN_UP.to_owned())))
        } else {
            time.wait_until(begins_ns, starts.awake_ns());
            let begun_ns = time.elapsed_ns();
            let end_ns = watched(processor.as_mut(), || {
                subject.call();
                time.elapsed_ns()
            });
            made += 1;
            inside_ns += end_ns - begun_ns;
            let error = subject.finish().map(Failure::Error);
            if !plan.tolerates_errors {
                done.round.failure.clone_from(&error);
            }
            (end_ns, error)
        };
        let took_ns = (end_ns - begins_ns).max(0.0);
        done.places.push(at);
        done.round.calls.push(Call {
            judged_ns: took_ns,
            wall_ns: took_ns,
            disturbed: Disturbed::No,
            failed: error.is_some(),
        });
        if let Some(Failure::Error(text)) = error {
            done.round.error.get_or_insert(text);
        }
    }
    done.round.batch = 1;
    done.round.processor = processor.and_then(|watched| watched.total(made, inside_ns));
    done
}

/// Reads the clocks of the processor around a call, where they are asked for.
fn watched<T>(mut processor: Option<&mut Watched>, call: impl FnOnce() -> T) -> T {
    if let Some(processor) = &mut processor {
        processor.begin();
    }
    let made = call();
    if let Some(processor) = processor {
        processor.end();
    }
    made
}
