//! What `prove` changes of workers: calls, limits, and how long they are measured.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use perf_grammar::variable;

use crate::cli::Stop;
use crate::cli::arguments::PolicyArguments;
use crate::infra::world::World;

/// Changes of workers.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Planted {
    /// Lines of the worker protocol, by case.
    pub(in crate::cli) lines: BTreeMap<String, Vec<String>>,
    /// The longest a case may measure, where the command line does not say.
    pub(in crate::cli) max_time: Option<Duration>,
    /// How long a case goes on beside four times that, while its evidence points to
    /// broken.
    pub(in crate::cli) deadline: Option<&'static str>,
    pub(in crate::cli) profile: Option<String>,
}

impl Planted {
    /// Says what was asked for on the command line, or here.
    pub(super) fn shape(&self, policy: &PolicyArguments, command: &mut Command) {
        let own = self.max_time.map(|most| format!("{}us", most.as_micros()));
        for (name, value) in [
            (
                variable::WORKER_MAX_TIME,
                policy.max_time.as_deref().or(own.as_deref()),
            ),
            (variable::DEADLINE, self.deadline),
            (
                variable::BUDGETS_PROFILE,
                self.profile.as_deref().or(policy.profile.as_deref()),
            ),
        ] {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
    }

    /// Adds the changes of some cases.
    pub(in crate::cli) fn change(&self, cases: &[String], command: &mut Command) {
        let lines = cases.iter().filter_map(|id| self.lines.get(id)).flatten();
        let lines: Vec<&str> = lines.map(String::as_str).collect();
        if !lines.is_empty() {
            command.env(variable::WORKER_MUTATE, lines.join("\n"));
        }
    }
}

/// Nothing but `prove` changes workers: what its variable says here was forgotten.
pub(super) fn refuse(world: &World) -> Result<(), Stop> {
    match world.variable(variable::WORKER_MUTATE) {
        None => Ok(()),
        Some(_) => Err(Stop::usage(format!(
            "found {}, which makes calls slower on purpose and is set by `prove` for its own workers alone; unset it",
            variable::WORKER_MUTATE
        ))),
    }
}
