//! Profiles cases: a worker makes the calls of one, and is sampled from outside.

mod counted;
mod stack;
mod within;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use perf_grammar::{Feature, Task, Verdict, variable};

use self::stack::CaseName;
use self::within::{Observation, TimedCalls};
use super::discovery::Discovery;
use crate::analysis::profile::{Subject, tail_limit};
use crate::analysis::run::Run;
use crate::infra::diagnose::Phase;
use crate::infra::sampler::{Images, Options, Owners, Sampler, Symbols};
use crate::infra::worker::{Dispatcher, Refusal};
use crate::infra::world::World;
use crate::infra::{interrupt, store};
use crate::model::callgrind::Dump;
use crate::model::profile::{self, Profile};
use crate::model::protocol::{self, Message};
use crate::render::flamegraph;

/// The variable that chooses how cases are profiled, and its value for callgrind.
const SAMPLER: (&str, &str) = (variable::SAMPLER, "callgrind");
/// The most cases of a run that are profiled.
pub(super) const MOST_CASES: usize = 10;
/// Time between samples of a thread.
const INTERVAL: Duration = Duration::from_nanos(profile::INTERVAL_NS);
/// Samples of the calling thread that are enough.
const ENOUGH: u32 = 1_000;
/// For how long calls are made, beside a single one that takes longer: with what follows
/// until all has its names it is less than 3 s, beside a build too.
const MOST_TIME: Duration = Duration::from_millis(2_100);
/// How much of it the start of the worker and the warm-up may take.
const MOST_BEFORE: Duration = Duration::from_millis(600);
/// How often it is begun again where the sampler ends while others are waited for.
const MOST_TRIES: usize = 3;
/// How long the worker makes calls at one request.
const REQUEST: Duration = Duration::from_millis(100);
/// The most stretches of one request.
const MOST_UNITS: usize = 5_000;
/// The most stretches of a profile, each of which is stored.
const MOST_STRETCHES: usize = 50_000;
/// Shorter calls are timed in batches of this time.
const SHORTEST_NS: f64 = 50e3;

/// A case that can be profiled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    /// The place of its binary.
    pub(super) binary: usize,
    pub(super) id: &'a str,
    /// `file:line`.
    pub(super) source: &'a str,
}

/// Profiles a case; one that could not be profiled has a profile that says why.
pub(super) fn profile(
    discovery: &Discovery<'_>,
    target: Target<'_>,
    waits: &mut dyn FnMut(&str),
) -> Profile {
    let taken = Calls::new(target).take(discovery, waits);
    taken.unwrap_or_else(|why| Profile::without_samples(target.id, vec![why]))
}

/// Counts the instructions of one call of a case by function, under callgrind.
///
/// # Errors
/// Why they are not known.
pub(super) fn counted(
    discovery: &Discovery<'_>,
    target: Target<'_>,
    waits: &mut dyn FnMut(&str),
) -> Result<Profile, String> {
    Calls::new(target).count(discovery, waits)
}

/// Stores a profile and its views, of which one shows the calls above `limit`; why that
/// could not be done.
pub(super) fn store(profile: &Profile, limit: Option<f64>, folder: &Path) -> Option<String> {
    let name = perf_grammar::file_name(&profile.case) + ".json";
    let own = (folder.join(profile::FOLDER).join(name), profile.write());
    let views = flamegraph::views(profile, limit).into_iter();
    let views = views.map(|(view, text)| (folder.join(view.path(&profile.case)), text));
    std::iter::once(own).chain(views).find_map(|(file, text)| {
        let error = store::write(&file, &text).err()?;
        Some(format!("{}: cannot be written: {error}", file.display()))
    })
}

/// Profiles the cases of a run with a broken time limit, and stores that beside their
/// records; what could not be stored.
pub(super) fn broken(
    run: &mut Run,
    discovery: &Discovery<'_>,
    binaries: &BTreeMap<String, usize>,
    folder: &Path,
    err: &mut dyn Write,
) -> Vec<String> {
    // One that fails by itself would do so again.
    let sound = run.cases.iter().filter(|case| case.failure.is_none());
    let targets = sound.filter_map(|case| {
        let broken = case.limits.iter().filter(|limit| {
            matches!(limit.verdict, Verdict::Fail | Verdict::Warn)
                && Subject::of(limit.key()).is_some()
        });
        let verdict = broken.map(|limit| limit.verdict).max()?;
        let target = Target {
            binary: *binaries.get(&case.id)?,
            id: &case.id,
            source: &case.source,
        };
        Some((Reverse(verdict), target))
    });
    let mut targets: Vec<(Reverse<Verdict>, Target<'_>)> = targets.collect();
    if targets.is_empty() {
        return Vec::new();
    }
    let _profiling = Phase::new("profile");
    // The worst first; it is stable, and those that are as bad stay in order of id.
    targets.sort_by_key(|(verdict, _)| *verdict);
    let (command, all) = (discovery.world.command(), targets.len());
    // A log that cannot be written must not end a run.
    let mut tell = |text: &str| drop(writeln!(err, "{}", perf_grammar::harmless_lines(text)));
    let mut profiles = Vec::new();
    for (place, (_, target)) in targets.into_iter().enumerate() {
        let id = target.id;
        let profile = if place < MOST_CASES {
            tell(&format!("profiling {id}, whose time limit is broken"));
            let mut waits = |what: &str| tell(&protocol::waiting_for(what));
            profile(discovery, target, &mut waits)
        } else {
            let why = format!(
                "{all} cases have broken time limits, of which {MOST_CASES} were profiled; `{command} profile {id}` profiles this one"
            );
            Profile::without_samples(id, vec![why])
        };
        if interrupt::requested() {
            break;
        }
        profiles.push(profile);
    }
    run.add_profiles(profiles);
    let profiled = run.cases.iter();
    let profiled = profiled.filter_map(|case| Some((case, case.time_profile.as_ref()?)));
    profiled
        .filter_map(|(case, profile)| store(profile, tail_limit(case), folder))
        .collect()
}

impl<'a> Target<'a> {
    fn name(&self, symbols: &Symbols<'_>) -> CaseName<'a> {
        CaseName::new(self.id, self.source, symbols.annotated())
    }

    /// Why its worker did not do what it was asked to.
    fn refused(&self, discovery: &Discovery<'_>, refusal: &Refusal) -> String {
        match refusal {
            Refusal::Failed { .. } => refusal.to_string(),
            Refusal::Gone(how) => format!("{} {how}", discovery.binaries[self.binary].name),
        }
    }
}

/// Whether instructions are to be counted where time could be sampled.
///
/// # Errors
/// If the variable says something else.
fn wants_callgrind(world: &World) -> Result<bool, String> {
    let (name, callgrind) = SAMPLER;
    match world.variable(name) {
        None => Ok(false),
        Some(found) if found == callgrind => Ok(true),
        Some(found) => Err(format!(
            "found {name}={found:?}, expected {callgrind}; correct it or unset it"
        )),
    }
}

fn owners(discovery: &Discovery<'_>) -> Owners {
    Owners {
        root: discovery.root.clone(),
        crates: discovery.crates.clone(),
    }
}

/// The calls of a case that are profiled.
struct Calls<'a> {
    of: Target<'a>,
    typical_ns: f64,
    made: TimedCalls,
    /// For how long the worker waited for others that measure on this machine.
    queued: Duration,
    /// For how long calls are made.
    most_time: Duration,
}

impl<'a> Calls<'a> {
    fn new(of: Target<'a>) -> Calls<'a> {
        Calls {
            of,
            typical_ns: 0.0,
            made: TimedCalls::default(),
            queued: Duration::ZERO,
            most_time: MOST_TIME,
        }
    }

    /// Samples the case while it is called. Where that is not permitted, or not wanted, the
    /// instructions of one call are counted.
    ///
    /// # Errors
    /// Why nothing could be seen.
    fn take(
        mut self,
        discovery: &Discovery<'_>,
        waits: &mut dyn FnMut(&str),
    ) -> Result<Profile, String> {
        let options = Options {
            interval: INTERVAL,
            ..Options::default()
        };
        let begun = Instant::now();
        let is_sampled = !wants_callgrind(discovery.world)?;
        let mut dispatcher = self.start(discovery, waits)?;
        let of = self.of;
        let refused = |refusal: Refusal| of.refused(discovery, &refusal);
        let name = &discovery.binaries[self.of.binary].name;
        let process = dispatcher
            .process(0)
            .map_err(|why| format!("{name}: {why}"))?;
        let sampler = match is_sampled {
            true => Sampler::attach(process, options),
            false => Err(format!("{}={} says so", SAMPLER.0, SAMPLER.1)),
        };
        let mut sampler = match sampler {
            Ok(sampler) => sampler,
            Err(why) => return self.count_at(&mut dispatcher, discovery, Some(why)),
        };
        self.most_time = MOST_TIME.saturating_sub(begun.elapsed().min(MOST_BEFORE));
        let mut tries = 1;
        let (made, sampled) = loop {
            (self.made, self.queued) = (TimedCalls::of(process), Duration::ZERO);
            let made = self.make(&mut dispatcher, &sampler);
            let was_queued = sampler.is_finished() && 2 * self.queued > options.most_time;
            let sampled = sampler.detach();
            if made.is_err() || !was_queued || tries == MOST_TRIES {
                break (made, sampled);
            }
            sampler = Sampler::attach(process, options)?;
            tries += 1;
        };
        let mut unseen = sampled.unseen.clone();
        match made.map_err(refused) {
            Err(why) if self.made.timed.is_empty() => return Err(why),
            Err(why) => unseen.push(format!("its calls ended early: {why}")),
            Ok(()) => {}
        }
        if interrupt::requested() {
            return Err("interrupted".to_owned());
        }
        let mut symbols = sampled.symbols(owners(discovery));
        let seen = Observation {
            threads: &sampled.threads,
            samples: &sampled.samples,
            stacks: &sampled.stacks,
        };
        let mut profile = Profile::without_samples(self.of.id, unseen);
        profile.sampler = sampled.sampler;
        let name = self.of.name(&symbols);
        let mut frames = |address| symbols.frames(address).to_vec();
        seen.within(self.made, &name, &mut frames, &mut profile);
        profile.unseen.extend(symbols.unseen());
        Ok(profile)
    }

    /// Starts a worker, and counts a call.
    ///
    /// # Errors
    /// Why the instructions are not known.
    fn count(
        mut self,
        discovery: &Discovery<'_>,
        waits: &mut dyn FnMut(&str),
    ) -> Result<Profile, String> {
        let mut dispatcher = self.start(discovery, waits)?;
        self.count_at(&mut dispatcher, discovery, None)
    }

    /// Starts a worker and warms the case.
    fn start<'w>(
        &mut self,
        discovery: &Discovery<'_>,
        waits: &'w mut dyn FnMut(&str),
    ) -> Result<Dispatcher<'w>, String> {
        let name = &discovery.binaries[self.of.binary].name;
        let select = [format!("={}", self.of.id)];
        let command = discovery.command(self.of.binary, Task::Bursts, &select, false);
        let dispatcher = Dispatcher::start(vec![command], discovery.grace(), waits);
        let mut dispatcher = dispatcher.map_err(|(_, why)| format!("{name} {why}"))?;
        let warm = dispatcher.ask(0, &format!("warm {}", self.of.id));
        let warm = warm.map_err(|refusal| self.of.refused(discovery, &refusal))?;
        if let Message::Warm { typical_ns, .. } = warm {
            self.typical_ns = typical_ns;
        }
        Ok(dispatcher)
    }

    /// Counts the instructions of a call by function; `instead` is why it is not sampled.
    ///
    /// # Errors
    /// Why neither can be done.
    fn count_at(
        &self,
        dispatcher: &mut Dispatcher<'_>,
        discovery: &Discovery<'_>,
        instead: Option<String>,
    ) -> Result<Profile, String> {
        let both = |other: String| match &instead {
            Some(why) => format!("{why}; and its instructions were not counted: {other}"),
            None => other,
        };
        let dump = self.under_callgrind(dispatcher, discovery).map_err(both)?;
        let executable = &discovery.binaries[self.of.binary].executable;
        let images = Images::of_dump(&dump.objects, executable).map_err(both)?;
        let mut symbols = Symbols::new(&images, owners(discovery));
        let mut profile = Profile::without_samples(self.of.id, instead.iter().cloned().collect());
        let name = self.of.name(&symbols);
        let mut frames = |address| symbols.frames(address).to_vec();
        counted::put(&dump, self.typical_ns, &name, &mut frames, &mut profile);
        profile.unseen.extend(symbols.unseen());
        Ok(profile)
    }

    /// What callgrind counts of a call.
    ///
    /// # Errors
    /// Why it does not.
    fn under_callgrind(
        &self,
        dispatcher: &mut Dispatcher<'_>,
        discovery: &Discovery<'_>,
    ) -> Result<Dump, String> {
        if !dispatcher.knows(0, "callgrind") {
            return Err(format!(
                "callgrind, of valgrind, does that with {}",
                Feature::Instructions.off()
            ));
        }
        let answer = dispatcher.ask(0, &format!("callgrind {}", self.of.id));
        match answer.map_err(|refusal| self.of.refused(discovery, &refusal))? {
            Message::Callgrind {
                dump: Some(dump), ..
            } => Dump::read(&dump).map_err(|why| format!("callgrind's dump cannot be read: {why}")),
            Message::Callgrind { why, .. } => Err(why.unwrap_or_default()),
            other => Err(format!("its worker answered {other:?}")),
        }
    }

    /// Has calls made until there are enough samples of them, or it is late.
    fn make(&mut self, dispatcher: &mut Dispatcher<'_>, sampler: &Sampler) -> Result<(), Refusal> {
        let batch = (SHORTEST_NS / self.typical_ns.max(0.1)).ceil().max(1.0);
        let start = Instant::now();
        let mut units = 1;
        while !sampler.is_finished() {
            let asked = Instant::now();
            let queued = self.queued;
            let line = format!(
                "profile {units} {batch} {:.1} {}",
                self.typical_ns, self.of.id
            );
            if let Message::Profiled(calls) = dispatcher.ask(0, &line)? {
                self.queued += Duration::from_nanos(calls.queued_ns);
                self.made.add(calls);
            }
            let took = asked.elapsed().saturating_sub(self.queued - queued);
            let each = took / u32::try_from(units).unwrap_or(u32::MAX);
            let gone = start.elapsed().saturating_sub(self.queued);
            let is_late = gone + each > self.most_time;
            let left = MOST_STRETCHES.saturating_sub(self.made.timed.len());
            let inside = Duration::from_nanos(self.made.inside_ns());
            if is_late || left == 0 || inside >= INTERVAL * ENOUGH {
                break;
            }
            let fit = REQUEST.as_nanos() / each.as_nanos().max(1);
            let fit = usize::try_from(fit).unwrap_or(MOST_UNITS);
            units = fit.clamp(1, units * 10).min(MOST_UNITS).min(left);
        }
        Ok(())
    }
}
