//! Measures: all workers in turns, then each candidate again in a fresh process.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Duration;

use perf_grammar::{Phase, Task, variable};

use super::Stop;
use super::discovery::{Discovery, TestList};
use super::progress::Progress;
use crate::infra::worker::{Ended, Pool, Sent};
use crate::infra::{diagnose, interrupt, store};
use crate::model::manifest::Death;
use crate::model::protocol::Listed;
use crate::model::record::Word;

/// A candidate is measured again this long after the run, so that whatever
/// disturbed it may be over.
const BEFORE_CONFIRMING: Duration = Duration::from_secs(1);

/// How many processes are started at once for what others left behind.
const AT_ONCE: usize = 16;

/// One measuring of a catalogue.
pub(super) struct Measuring<'a> {
    pub(super) discovery: &'a Discovery<'a>,
    pub(super) run: &'a str,
    pub(super) seed: String,
    /// Time limits of the whole run, which share its error rate.
    pub(super) limits: u64,
    /// Each case in a separate process.
    pub(super) alone: bool,
    /// Ask for the cases by their names: not all that match are measured.
    pub(super) by_name: bool,
    /// Count instructions under callgrind.
    pub(super) instructions: bool,
    /// Capture where each case allocates.
    pub(super) alloc_profile: bool,
}

/// All workers once: to measure, or to confirm.
struct Pass<'p, 'a> {
    task: Task,
    progress: &'p mut Progress<'a>,
    measured: Measured,
}

/// What one worker is to do.
struct Job {
    binary: usize,
    cases: Vec<String>,
    /// Ask for the cases by their names instead of as the user did.
    exact: bool,
}

/// What came of it, beside the records that lie in the store.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Measured {
    pub(super) deaths: Vec<Death>,
    /// The records as the tests sent them, of which the files are copies.
    pub(super) records: Vec<Sent>,
    /// The cases that have their verdicts, or await them from a fresh process.
    pub(super) settled: BTreeSet<String>,
}

impl Measuring<'_> {
    /// Measures everything. Where that is interrupted, what was measured by then.
    pub(super) fn measure(
        &self,
        catalogue: &TestList,
        progress: &mut Progress<'_>,
    ) -> Result<Measured, Stop> {
        let mut pass = Pass {
            task: Task::Measure,
            progress,
            measured: Measured::default(),
        };
        let measuring = diagnose::Phase::new("measure");
        self.run_task(&mut pass, &catalogue.cases, self.by_name)?;
        drop(measuring);
        let candidates = self.candidates(catalogue, &pass.measured);
        if !candidates.is_empty() && !interrupt::requested() {
            let _confirming = diagnose::Phase::new("confirm");
            for (_, case) in &candidates {
                diagnose::candidate(&case.id);
            }
            pass.progress.confirming(candidates.len());
            std::thread::sleep(BEFORE_CONFIRMING);
            pass.task = Task::Confirm;
            self.run_task(&mut pass, &candidates, true)?;
        }
        Ok(pass.measured)
    }

    fn run_task(
        &self,
        pass: &mut Pass<'_, '_>,
        cases: &[(usize, Listed)],
        by_name: bool,
    ) -> Result<(), Stop> {
        let exact = self.alone || by_name;
        if self.alone {
            for (binary, case) in cases {
                let job = Job {
                    binary: *binary,
                    cases: vec![case.id.clone()],
                    exact,
                };
                self.run_all(pass, vec![job])?;
            }
            return Ok(());
        }
        // A pattern would select the isolated cases of a binary as well.
        let isolating: BTreeSet<usize> = cases
            .iter()
            .filter(|(_, case)| case.isolated)
            .map(|(binary, _)| *binary)
            .collect();
        let mut jobs: BTreeMap<(usize, Option<&str>), Job> = BTreeMap::new();
        for (binary, case) in cases {
            let of = (*binary, case.isolated.then_some(&*case.id));
            let job = jobs.entry(of).or_insert_with(|| Job {
                binary: *binary,
                cases: Vec::new(),
                exact: exact || isolating.contains(binary),
            });
            job.cases.push(case.id.clone());
        }
        self.run_all(pass, jobs.into_values().collect())
    }

    /// Runs the jobs, and starts again for what a process left behind that died:
    /// the others are measured without the case that it died of.
    fn run_all(&self, pass: &mut Pass<'_, '_>, mut jobs: Vec<Job>) -> Result<(), Stop> {
        let mut at_once = jobs.len();
        while !jobs.is_empty() && !interrupt::requested() {
            let mut left = Vec::new();
            for some in jobs.chunks(at_once) {
                left.extend(self.run_jobs(pass, some)?);
            }
            jobs = left;
            at_once = AT_ONCE;
        }
        Ok(())
    }

    /// Runs the jobs beside each other; what is left of them.
    fn run_jobs(&self, pass: &mut Pass<'_, '_>, jobs: &[Job]) -> Result<Vec<Job>, Stop> {
        if interrupt::requested() {
            return Ok(Vec::new());
        }
        let commands = jobs
            .iter()
            .map(|job| self.command(pass.task, job))
            .collect();
        let pool = Pool::start(commands, self.discovery.grace())
            .map_err(|error| Stop::not_run(format!("cannot start a test: {error}")))?;
        let folder = self.discovery.store.run(self.run);
        let write = move |file: &str, text: &str| store::write_record(&folder, file, text);
        let mut ended = pool.take_turns(Box::new(write), pass.progress);
        if let Some(mistake) = pass.progress.mistake() {
            return Err(Stop::usage(mistake));
        }
        for ended in &mut ended {
            pass.measured.records.append(&mut ended.records);
            pass.measured.settled.extend(ended.settled.iter().cloned());
        }
        if interrupt::requested() {
            // They did not die by themselves.
            return Ok(Vec::new());
        }
        let dead = jobs
            .iter()
            .zip(ended)
            .filter(|(_, ended)| !ended.is_sound());
        let mut left = Vec::new();
        for (job, ended) in dead {
            let (death, rest) = self.reap(job, ended);
            diagnose::died(&death.binary, &death.how, rest.len());
            pass.measured.deaths.push(death);
            left.extend(rest);
        }
        Ok(left)
    }

    fn command(&self, task: Task, job: &Job) -> Command {
        let select = if job.exact {
            job.cases.iter().map(|id| format!("={id}")).collect()
        } else {
            self.discovery.patterns().to_vec()
        };
        let mut command = self
            .discovery
            .command(job.binary, task, &select, !job.exact);
        command
            .env(variable::RUN_ID, self.run)
            .env(variable::WORKER_RECORDS, "sent")
            .env(variable::TIME_LIMITS, self.limits.to_string())
            .env(variable::SEED, &self.seed);
        self.discovery.planted.change(&job.cases, &mut command);
        // Neither is judged with an error rate: there is nothing to confirm.
        for (name, asked, value) in [
            (variable::INSTRUCTIONS, self.instructions, "callgrind"),
            (variable::ALLOC_PROFILE, self.alloc_profile, "1"),
        ] {
            if task == Task::Confirm {
                command.env_remove(name);
            } else if asked {
                command.env(name, value);
            }
        }
        command
    }

    /// What is said of a process that died, and what is left of its job. One that
    /// died between its cases, so that none is known to be the cause, is followed by
    /// a process for each that is left. One that never introduced itself would not
    /// the next time, so its job is over.
    fn reap(&self, job: &Job, mut ended: Ended) -> (Death, Vec<Job>) {
        let lost: Vec<String> = job
            .cases
            .iter()
            .filter(|id| !ended.settled.contains(id))
            .cloned()
            .collect();
        let alone = match (&*job.cases, ended.hello) {
            ([only], true) => Some(only),
            _ => None,
        };
        let guilty = ended.at.as_ref().or(alone);
        let guilty = guilty.filter(|id| lost.contains(id)).cloned();
        let jobs = |cases: Vec<String>| Job {
            binary: job.binary,
            cases,
            exact: true,
        };
        let (cases, rest) = match &guilty {
            Some(guilty) => {
                let rest: Vec<String> = lost.into_iter().filter(|id| id != guilty).collect();
                let rest = (!rest.is_empty()).then(|| jobs(rest));
                (vec![guilty.clone()], rest.into_iter().collect())
            }
            None if ended.hello => {
                let each = lost.into_iter().map(|id| jobs(vec![id]));
                (Vec::new(), each.collect())
            }
            None => (job.cases.clone(), Vec::new()),
        };
        ended.at = ended.at.or(guilty);
        let death = Death {
            binary: self.discovery.binaries[job.binary].name.clone(),
            how: ended.how(),
            at: ended.at,
            cases,
            stderr: ended.stderr,
        };
        (death, rest)
    }

    /// The cases with a limit that awaits a fresh process, as their records say.
    fn candidates(&self, catalogue: &TestList, measured: &Measured) -> Vec<(usize, Listed)> {
        // What cannot be read is reported when the run is put together.
        let folder = self.discovery.store.run(self.run);
        let loaded = store::load_sent(&folder, &measured.records);
        let waits = |id: &str| {
            loaded
                .filed
                .iter()
                .map(|filed| &*filed.record)
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
