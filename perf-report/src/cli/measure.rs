//! Measures: all workers in turns, then each candidate again in a fresh process.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use super::Stop;
use super::progress::Progress;
use super::survey::{Catalogue, Survey};
use crate::machine::store;
use crate::machine::worker::{Ended, Pool};
use crate::manifest::Death;
use crate::protocol::{Listed, Task};
use crate::record::{Phase, Word};

/// A candidate is measured again this long after the run, so that whatever
/// disturbed it may be over.
const BEFORE_CONFIRMING: Duration = Duration::from_secs(1);

/// One measuring of a catalogue.
pub(super) struct Measuring<'a> {
    pub(super) survey: &'a Survey<'a>,
    pub(super) run: &'a str,
    pub(super) seed: String,
    /// Each case in a process of its own.
    pub(super) alone: bool,
    /// Ask for the cases by their names: not all that match are measured.
    pub(super) by_name: bool,
    /// Count instructions under callgrind.
    pub(super) instructions: bool,
    /// Capture where each case allocates.
    pub(super) alloc_profile: bool,
}

/// What one worker is to do.
struct Job {
    binary: usize,
    cases: Vec<String>,
    /// Ask for the cases by their names instead of as the user did.
    exact: bool,
}

impl Measuring<'_> {
    /// Measures everything, writes the records, and tells who died.
    pub(super) fn measure(
        &self,
        catalogue: &Catalogue,
        progress: &mut Progress<'_>,
    ) -> Result<Vec<Death>, Stop> {
        let limits = catalogue.time_limits();
        let (all, by_name) = (&catalogue.cases, self.by_name);
        let mut deaths = self.run_task(Task::Measure, all, by_name, limits, progress)?;
        let candidates = self.candidates(catalogue);
        if !candidates.is_empty() {
            progress.confirming(candidates.len());
            std::thread::sleep(BEFORE_CONFIRMING);
            deaths.extend(self.run_task(Task::Confirm, &candidates, true, limits, progress)?);
        }
        Ok(deaths)
    }

    fn run_task(
        &self,
        task: Task,
        cases: &[(usize, Listed)],
        by_name: bool,
        limits: u64,
        progress: &mut Progress<'_>,
    ) -> Result<Vec<Death>, Stop> {
        let exact = self.alone || by_name;
        if self.alone {
            let mut deaths = Vec::new();
            for (binary, case) in cases {
                let job = Job {
                    binary: *binary,
                    cases: vec![case.id.clone()],
                    exact,
                };
                deaths.extend(self.run_all(task, vec![job], limits, progress)?);
            }
            return Ok(deaths);
        }
        let mut jobs: BTreeMap<usize, Job> = BTreeMap::new();
        for (binary, case) in cases {
            let job = jobs.entry(*binary).or_insert_with(|| Job {
                binary: *binary,
                cases: Vec::new(),
                exact,
            });
            job.cases.push(case.id.clone());
        }
        self.run_all(task, jobs.into_values().collect(), limits, progress)
    }

    /// Runs the jobs, and starts again for what a process left behind that died
    /// of one of its cases: the others are measured without it.
    fn run_all(
        &self,
        task: Task,
        mut jobs: Vec<Job>,
        limits: u64,
        progress: &mut Progress<'_>,
    ) -> Result<Vec<Death>, Stop> {
        let mut deaths = Vec::new();
        while !jobs.is_empty() {
            let mut left = Vec::new();
            for (death, rest) in self.run_jobs(task, &jobs, limits, progress)? {
                deaths.push(death);
                left.extend(rest);
            }
            jobs = left;
        }
        Ok(deaths)
    }

    fn run_jobs(
        &self,
        task: Task,
        jobs: &[Job],
        limits: u64,
        progress: &mut Progress<'_>,
    ) -> Result<Vec<(Death, Option<Job>)>, Stop> {
        let commands = jobs
            .iter()
            .map(|job| self.command(task, job, limits))
            .collect();
        let pool = Pool::start(commands)
            .map_err(|error| Stop::not_run(format!("cannot start a test: {error}")))?;
        let ended = pool.take_turns(progress);
        if let Some(mistake) = progress.mistake() {
            return Err(Stop::usage(mistake));
        }
        let dead = jobs
            .iter()
            .zip(ended)
            .filter(|(_, ended)| !ended.is_sound());
        Ok(dead.map(|(job, ended)| self.bury(job, ended)).collect())
    }

    fn command(&self, task: Task, job: &Job, limits: u64) -> Command {
        let select = if job.exact {
            job.cases.iter().map(|id| format!("={id}")).collect()
        } else {
            self.survey.patterns().to_vec()
        };
        let mut command = self.survey.command(job.binary, task, &select, !job.exact);
        command
            .env("PERF_RUN_ID", self.run)
            .env("PERF_TIME_LIMITS", limits.to_string())
            .env("PERF_SEED", &self.seed);
        // Neither is judged with an error rate: there is nothing to confirm.
        for (name, asked, value) in [
            ("PERF_INSTRUCTIONS", self.instructions, "callgrind"),
            ("PERF_ALLOC_PROFILE", self.alloc_profile, "1"),
        ] {
            if task == Task::Confirm {
                command.env_remove(name);
            } else if asked {
                command.env(name, value);
            }
        }
        command
    }

    /// What is told of a process that died, and what is left of its job. A
    /// process that died of no case would die again, so its job is over.
    fn bury(&self, job: &Job, ended: Ended) -> (Death, Option<Job>) {
        let lost: Vec<String> = job
            .cases
            .iter()
            .filter(|id| !ended.settled.contains(id))
            .cloned()
            .collect();
        let guilty = ended.at.clone().filter(|at| lost.contains(at));
        let (cases, rest) = match guilty {
            Some(guilty) => {
                let rest: Vec<String> = lost.into_iter().filter(|id| *id != guilty).collect();
                (vec![guilty], rest)
            }
            None => (job.cases.clone(), Vec::new()),
        };
        let death = Death {
            binary: self.survey.binaries[job.binary].name.clone(),
            how: ended.how(),
            at: ended.at,
            cases,
            stderr: ended.stderr,
        };
        let rest = (!rest.is_empty()).then_some(Job {
            binary: job.binary,
            cases: rest,
            exact: true,
        });
        (death, rest)
    }

    /// The cases with a limit that awaits a fresh process, as their records say.
    fn candidates(&self, catalogue: &Catalogue) -> Vec<(usize, Listed)> {
        // What cannot be read is told when the run is put together.
        let loaded = store::load(&self.survey.store.run(self.run)).unwrap_or_default();
        let waits = |id: &str| {
            loaded
                .filed
                .iter()
                .map(|filed| &filed.record)
                .any(|record| {
                    record.case.id == id
                        && record.phase == Phase::First
                        && record
                            .limits
                            .iter()
                            .any(|limit| limit.verdict == Word::Candidate)
                })
        };
        catalogue
            .cases
            .iter()
            .filter(|(_, case)| waits(&case.id))
            .cloned()
            .collect()
    }
}
