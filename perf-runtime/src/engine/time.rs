//! The time that a trial may take, and what it has taken.

use crate::model::plan::deadline_ns;

/// By the wall, a case on a busy machine takes at most this many times what it may
/// measure.
const MOST_BY_THE_WALL: u64 = 5;

/// `max_time`, the deadline, and what was used of both.
///
/// `max_time` counts the time in which the case could run: that in which it waited
/// for a processor is not its own. The deadline counts all time. Neither counts
/// what other cases take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    max_ns: u64,
    deadline_ns: u64,
    wall_ns: u64,
    waited_ns: u64,
    used_up: bool,
}

impl Time {
    /// Nothing was taken yet. The deadline is `effort` times as far off as that of a
    /// limit that takes the least evidence.
    pub(super) fn new(max_ns: u64, grace_ns: u64, effort: f64) -> Time {
        Time {
            max_ns,
            deadline_ns: (deadline_ns(max_ns, grace_ns) as f64 * effort) as u64,
            wall_ns: 0,
            waited_ns: 0,
            used_up: false,
        }
    }

    /// So much was taken by the wall, of which so much was waiting.
    pub(super) fn take(&mut self, wall_ns: u64, waited_ns: u64) {
        self.wall_ns += wall_ns;
        self.waited_ns += waited_ns.min(wall_ns);
    }

    /// Nothing would come of more.
    pub(super) fn use_up(&mut self) {
        self.used_up = true;
    }

    /// What it may take.
    pub(super) fn max_ns(&self) -> u64 {
        self.max_ns
    }

    /// How long it may go on while its evidence points to broken.
    pub(super) fn deadline_ns(&self) -> u64 {
        self.deadline_ns
    }

    /// What is left of `max_time`.
    pub(super) fn left_ns(&self) -> u64 {
        let able_ns = self.wall_ns - self.waited_ns;
        let by_the_wall = self.max_ns.saturating_mul(MOST_BY_THE_WALL);
        let most_ns = by_the_wall.min(self.deadline_ns);
        self.unless_used_up(
            self.max_ns
                .saturating_sub(able_ns)
                .min(most_ns.saturating_sub(self.wall_ns)),
        )
    }

    /// What is left until the deadline.
    pub(super) fn before_deadline_ns(&self) -> u64 {
        self.unless_used_up(self.deadline_ns.saturating_sub(self.wall_ns))
    }

    /// What was used, by the wall.
    pub(super) fn used_ns(&self) -> u64 {
        self.wall_ns
    }

    /// The share of `max_time` that was used, from 0 to 1.
    pub(super) fn share(&self) -> f64 {
        1.0 - self.left_ns() as f64 / self.max_ns.max(1) as f64
    }

    fn unless_used_up(&self, left_ns: u64) -> u64 {
        if self.used_up { 0 } else { left_ns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    #[test]
    fn waiting_for_a_processor_is_no_use_of_max_time_up_to_five_times_by_the_wall() {
        let mut time = Time::new(3 * S, 60 * S, 1.0);
        assert_eq!((time.left_ns(), time.before_deadline_ns()), (3 * S, 72 * S));
        time.take(10 * S, 9 * S);
        assert_eq!((time.left_ns(), time.before_deadline_ns()), (2 * S, 62 * S));
        time.take(4 * S, 4 * S);
        assert_eq!(time.left_ns(), S, "15 s by the wall");
        time.take(2 * S, 2 * S);
        assert_eq!((time.left_ns(), time.before_deadline_ns()), (0, 56 * S));
        let mut calm = Time::new(3 * S, 60 * S, 1.0);
        calm.take(2 * S, 0);
        assert_eq!((calm.left_ns(), calm.share() > 0.66), (S, true));
        calm.use_up();
        assert_eq!((calm.left_ns(), calm.before_deadline_ns()), (0, 0));
    }

    #[test]
    fn a_long_max_time_on_a_busy_machine_ends_at_the_deadline() {
        let mut time = Time::new(100 * S, 60 * S, 1.0);
        time.take(450 * S, 440 * S);
        assert_eq!(
            (time.left_ns(), time.before_deadline_ns()),
            (10 * S, 10 * S)
        );
        let time = Time::new(3 * S, 60 * S, 1.5);
        assert_eq!(
            (time.left_ns(), time.before_deadline_ns()),
            (3 * S, 108 * S)
        );
    }
}
