//! One look at the cases of two binaries: a number of processes a side, each with
//! another layout, sweep by sweep until every case is over.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use perf_grammar::Task;
use perf_statistics::{Random, median};

use super::super::super::Stop;
use super::super::super::discovery::Discovery;
use super::super::sides::{Pair, Surveys};
use super::counts::{self, Counts};
use super::{Broken, Observation, Times};
use crate::analysis::compare::{Charts, Finding, layout};
use crate::analysis::paired::{PairedTest, Side};
use crate::infra::layouts;
use crate::infra::worker::{Dispatcher, Refusal};
use crate::model::protocol::{Listed, Message};
use crate::model::record::Allocations;

/// Processes of a side that count memory: two, to see whether counts vary from
/// process to process.
const COUNTING: usize = 2;

/// Who looks.
pub(super) struct Style<'a> {
    discoveries: &'a Surveys<'a>,
    pair: &'a Pair,
    most_ns: u64,
    finer: f64,
    random: Random,
    /// Side and executable of each process, both sides in turns.
    processes: Vec<(Side, PathBuf)>,
    one_layout: Option<String>,
}

/// Which of the two looks it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Which {
    /// Processes of either side.
    pub(super) pairs: usize,
    /// The seed of the first layout.
    pub(super) layouts: u64,
    /// How much more exactly than the tolerance each pair is to be known.
    pub(super) finer: f64,
}

/// A case that is being compared.
struct Pairing {
    case: Listed,
    test: Option<PairedTest>,
    waiting: Waiting,
    broken: Option<Broken>,
}

/// How many of the units of a case waited for something else than a processor.
#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    blocked: f64,
    units: f64,
}

impl<'a> Style<'a> {
    /// Links what the processes need.
    pub(super) fn new(
        discoveries: &'a Surveys<'a>,
        pair: &'a Pair,
        most_ns: u64,
        seed: u64,
        which: Which,
    ) -> Style<'a> {
        let Which {
            pairs,
            layouts,
            finer,
        } = which;
        let seeds: Vec<u64> = (layouts..).take(pairs).collect();
        let mut look = Style {
            discoveries,
            pair,
            most_ns,
            finer,
            random: Random::new(seed),
            processes: Vec::new(),
            one_layout: discoveries.one_layout.map(str::to_owned),
        };
        // One thread a side: there are two of them, and cores enough for that.
        let (before, after) = std::thread::scope(|scope| {
            let other = scope.spawn(|| look.linked(Side::Before, &seeds));
            let after = look.linked(Side::After, &seeds);
            let panicked = || Err("a thread that linked has ended".to_owned());
            (other.join().unwrap_or_else(|_| panicked()), after)
        });
        let plain = |side| vec![look.executable(side); pairs];
        let (before, after) = match (before, after) {
            (Ok(before), Ok(after)) => (before, after),
            // Both sides vary, or none does: else one would be luckier.
            (Err(why), _) | (_, Err(why)) => {
                let both = (plain(Side::Before), plain(Side::After));
                look.one_layout.get_or_insert(why);
                both
            }
        };
        look.processes = before
            .into_iter()
            .zip(after)
            .flat_map(|(before, after)| [(Side::Before, before), (Side::After, after)])
            .collect();
        look
    }

    /// Whether each process has another layout.
    pub(super) fn layouts_vary(&self) -> bool {
        self.one_layout.is_none()
    }

    /// Why not.
    pub(super) fn why_one_layout(&self) -> Option<&str> {
        self.one_layout.as_deref()
    }

    /// Looks at these cases. `waits` is told what a process waits for; `suspect` says
    /// whose instructions are counted.
    ///
    /// # Errors
    /// If no process can be started.
    pub(super) fn at(
        &mut self,
        cases: Vec<Listed>,
        waits: &mut dyn FnMut(&str),
        suspect: impl Fn(&Listed, &Times) -> bool,
    ) -> Result<Vec<Observation>, Stop> {
        let mut open: Vec<Pairing> = cases
            .into_iter()
            .map(|case| Pairing {
                case,
                test: None,
                waiting: Waiting::default(),
                broken: None,
            })
            .collect();
        let mut seen = Vec::new();
        // Where a process dies of a case, the others are looked at without it.
        while !open.is_empty() {
            let mut dispatcher = self.start(&open, waits)?;
            let died = self.play(&mut dispatcher, &mut open).err();
            match died {
                None => {
                    let done = std::mem::take(&mut open);
                    let done = done.into_iter().map(ended).collect();
                    seen.extend(self.conclude(&mut dispatcher, done, &suspect));
                }
                Some((id, broken)) => {
                    let place = open.iter().position(|one| one.case.id == id);
                    if let Some(place) = place {
                        let mut one = open.remove(place);
                        one.broken = Some(broken);
                        seen.push(ended(one));
                    }
                    for one in &mut open {
                        one.test = None;
                        one.waiting = Waiting::default();
                    }
                }
            }
        }
        Ok(seen)
    }

    fn discovery(&self, side: Side) -> &'a Discovery<'a> {
        match side {
            Side::Before => &self.discoveries.before,
            Side::After => &self.discoveries.after,
        }
    }

    fn place(&self, side: Side) -> usize {
        match side {
            Side::Before => self.pair.before,
            Side::After => self.pair.after,
        }
    }

    fn executable(&self, side: Side) -> PathBuf {
        self.discovery(side).binaries[self.place(side)]
            .executable
            .clone()
    }

    fn linked(&self, side: Side, seeds: &[u64]) -> Result<Vec<PathBuf>, String> {
        if let Some(why) = &self.one_layout {
            return Err(why.clone());
        }
        let executable = self.executable(side);
        let world = self.discovery(side).world;
        seeds
            .iter()
            .map(|seed| layouts::link(&executable, *seed, self.discoveries.root, world))
            .collect()
    }

    fn start<'b>(
        &self,
        open: &[Pairing],
        waits: &'b mut dyn FnMut(&str),
    ) -> Result<Dispatcher<'b>, Stop> {
        let select: Vec<String> = open.iter().map(|one| format!("={}", one.case.id)).collect();
        let command = |(side, executable): &(Side, PathBuf)| -> Command {
            self.discovery(*side).command_of(
                executable,
                self.place(*side),
                Task::Bursts,
                &select,
                false,
            )
        };
        let commands = self.processes.iter().map(command).collect();
        Stop::if_interrupted()?;
        let grace = self.discoveries.after.grace();
        Dispatcher::start(commands, grace, waits).map_err(|(place, why)| {
            let side = self.processes[place].0;
            let binary = &self.discovery(side).binaries[self.place(side)].name;
            let whose = match side {
                Side::Before => format!(
                    "{binary} of the other commit {why}\n    if its perf-runtime is older than `ab`, compare with a later commit"
                ),
                Side::After => format!("{binary} {why}"),
            };
            Stop::not_run(whose)
        })
    }

    /// Sweeps until every case is over; the case that a process died of.
    fn play(
        &mut self,
        dispatcher: &mut Dispatcher<'_>,
        open: &mut [Pairing],
    ) -> Result<(), (String, Broken)> {
        let pairs = self.processes.len() / 2;
        for one in open.iter_mut() {
            match self.warm(dispatcher, &one.case)? {
                Ok(typical_ns) => {
                    let tolerance = one.case.regression.typical.millionths as f64 / 1e6;
                    one.test = Some(PairedTest::new(
                        pairs,
                        typical_ns,
                        tolerance,
                        self.finer,
                        self.most_ns,
                    ));
                }
                Err(broken) => one.broken = Some(broken),
            }
        }
        loop {
            let mut turns: Vec<usize> = (0..open.len())
                .filter(|place| {
                    let test = open[*place].test.as_ref();
                    open[*place].broken.is_none() && test.is_some_and(|test| !test.is_over())
                })
                .collect();
            if turns.is_empty() {
                return Ok(());
            }
            self.random.shuffle(&mut turns);
            for place in turns {
                let one = &mut open[place];
                if let Some(test) = &mut one.test
                    && let Err(broken) = sweep(
                        dispatcher,
                        &self.processes,
                        &mut self.random,
                        &one.case.id,
                        test,
                        &mut one.waiting,
                    )?
                {
                    one.broken = Some(broken);
                }
            }
        }
    }

    /// The typical time of a call, over both sides.
    fn warm(
        &self,
        dispatcher: &mut Dispatcher<'_>,
        case: &Listed,
    ) -> Result<Result<f64, Broken>, (String, Broken)> {
        let mut typical: BTreeMap<Side, Vec<f64>> = BTreeMap::new();
        for (place, (side, _)) in self.processes.iter().enumerate() {
            match dispatcher.ask(place, &format!("warm {}", case.id)) {
                Ok(Message::Warm { typical_ns, .. }) => {
                    typical.entry(*side).or_default().push(typical_ns);
                }
                Ok(_) => {}
                Err(refusal) => return refused(*side, &case.id, refusal).map(Err),
            }
        }
        let slowest = typical.values().filter_map(|times| median(times));
        Ok(Ok(slowest.fold(0.1, f64::max)))
    }

    /// Counts what there is to count of the cases.
    fn conclude(
        &self,
        dispatcher: &mut Dispatcher<'_>,
        mut done: Vec<Observation>,
        suspect: &impl Fn(&Listed, &Times) -> bool,
    ) -> Vec<Observation> {
        let mut all: BTreeMap<String, Counts> = BTreeMap::new();
        let mut suspects = Vec::new();
        for seen in &done {
            let Ok(times) = &seen.outcome else { continue };
            let counts = all.entry(seen.case.id.clone()).or_default();
            for (place, (side, _)) in self.processes.iter().enumerate().take(2 * COUNTING) {
                counts.memory(
                    *side,
                    dispatcher.ask(place, &format!("count {}", seen.case.id)),
                );
                dispatcher.tell(place, &format!("drop {}", seen.case.id));
            }
            if suspect(&seen.case, times) {
                suspects.push(seen.case.id.as_str());
            }
        }
        if !suspects.is_empty() {
            for (place, (side, _)) in self.processes.iter().enumerate().take(2) {
                for (id, counted) in dispatcher.instructions(place, &suspects) {
                    all.entry(id).or_default().instructions(*side, counted);
                }
            }
        }
        for seen in &mut done {
            if let Some(counts) = all.remove(&seen.case.id) {
                seen.counted = counts::measured(&counts, &seen.case);
                seen.instructions = counts.of_one_tier();
                seen.said = counts.said();
            }
            seen.sites = self.sites(dispatcher, seen);
        }
        done
    }

    /// Where either side allocates, where this one allocates more.
    fn sites(
        &self,
        dispatcher: &mut Dispatcher<'_>,
        seen: &Observation,
    ) -> Option<[Allocations; 2]> {
        let mut counted = seen.counted.iter();
        let worse = counted.find(|measured| measured.finding == Finding::Worse)?;
        let (key, id) = (worse.subject.key(), &seen.case.id);
        let mut of = |wanted: Side| {
            let place = self
                .processes
                .iter()
                .position(|(side, _)| *side == wanted)?;
            if !dispatcher.knows(place, "sites") {
                return None;
            }
            let answer = dispatcher.ask(place, &format!("sites {key} {id}"));
            dispatcher.tell(place, &format!("drop {id}"));
            match answer {
                Ok(Message::Sites { allocations, .. }) => allocations,
                _ => None,
            }
        };
        Some([of(Side::Before)?, of(Side::After)?])
    }
}

/// One burst of every process, in a random order.
fn sweep(
    dispatcher: &mut Dispatcher<'_>,
    processes: &[(Side, PathBuf)],
    random: &mut Random,
    id: &str,
    test: &mut PairedTest,
    waiting: &mut Waiting,
) -> Result<Result<(), Broken>, (String, Broken)> {
    let burst = test.burst();
    let command = format!(
        "burst {} {} {:.1} {id}",
        burst.units, burst.batch, burst.typical_ns
    );
    let mut times = vec![Vec::new(); processes.len()];
    let mut queued_ns = 0.0;
    let start = Instant::now();
    for place in test.order(random) {
        match dispatcher.ask(place, &command) {
            Ok(Message::Burst(burst)) => {
                times[place] = burst.ns;
                queued_ns += burst.queued_ns;
                waiting.blocked += burst.blocked;
                waiting.units += times[place].len() as f64;
            }
            Ok(_) => {}
            Err(refusal) => return refused(processes[place].0, id, refusal).map(Err),
        }
    }
    let took_ns = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    // Other measurements on this machine do not use up a case's time.
    test.accept(&times, took_ns.saturating_sub(queued_ns as u64));
    Ok(Ok(()))
}

/// A case that fails is broken; one that its process died of takes the process
/// along.
fn refused(side: Side, id: &str, refusal: Refusal) -> Result<Broken, (String, Broken)> {
    let broken = match side {
        Side::Before => Broken::Before(refusal.to_string()),
        Side::After => Broken::After(refusal.to_string()),
    };
    match refusal {
        Refusal::Failed { .. } => Ok(broken),
        Refusal::Gone(_) => Err((id.to_owned(), broken)),
    }
}

/// What is known of a case when its sweeps are over.
fn ended(one: Pairing) -> Observation {
    let outcome = match (one.broken, one.test) {
        (Some(broken), _) => Err(broken),
        (None, None) => Err(Broken::Before("it was never called".to_owned())),
        (None, Some(test)) => {
            let burst = test.burst();
            let units = match burst.batch {
                1 => format!("{} calls", burst.units),
                batch => format!("{} batches of {batch} calls", burst.units),
            };

            let typical = test.typical();
            Ok(Times {
                charts: Charts {
                    before: test.distribution(Side::Before),
                    after: test.distribution(Side::After),
                    pairs: typical.iter().map(|log| log.exp()).collect(),
                    stacks: None,
                },
                typical,
                tail: test.tail(),
                before_ns: test.typical_ns(Side::Before),
                after_ns: test.typical_ns(Side::After),
                waits: layout::waits(one.waiting.blocked, one.waiting.units),
                details: format!(
                    "{} processes a side in {} turns, each with bursts of {units}",
                    test.pairs(),
                    test.sweeps()
                ),
            })
        }
    };
    Observation {
        case: one.case,
        outcome,
        counted: Vec::new(),
        instructions: None,
        said: Vec::new(),
        sites: None,
    }
}
