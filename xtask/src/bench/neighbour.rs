//! Busy neighbours: processes that keep the machine's processors from the one that is measured.

use std::fmt;
use std::fs;
use std::hint::black_box;
use std::io::{self, Read};
use std::process::{self, Child, Stdio};
use std::thread;

use clap::builder::RangedU64ValueParser;

use super::project::myself;
use crate::step::Stopped;

/// What a neighbour does all the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Noise {
    /// Counts: takes processor time and nothing else.
    #[default]
    Spin,
    /// Walks through 32 MiB: takes caches and memory bandwidth, too.
    Memory,
}

impl Noise {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Noise::Spin => "spin",
            Noise::Memory => "memory",
        }
    }
}

/// How many neighbours a processor are busy, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Args)]
pub(crate) struct Load {
    /// Busy neighbours a processor; none if left out
    #[arg(long = "load", value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(..=8))]
    a_core: Option<usize>,
    /// What they do all the time
    #[arg(long, value_enum, default_value_t)]
    noise: Noise,
}

impl Load {
    /// This many a core, which count.
    pub(crate) const fn spin(a_core: usize) -> Load {
        Load {
            a_core: Some(a_core),
            noise: Noise::Spin,
        }
    }

    /// The same; with this many neighbours a core where no number was asked for.
    pub(crate) fn or_spin(self, a_core: usize) -> Load {
        Load {
            a_core: self.a_core.or(Some(a_core)),
            ..self
        }
    }

    fn a_core(self) -> usize {
        self.a_core.unwrap_or(0)
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.noise.word();
        match self.a_core() {
            0 => write!(f, "no busy neighbours"),
            1 => write!(f, "1 busy neighbour ({kind}) a processor"),
            n => write!(f, "{n} busy neighbours ({kind}) a processor"),
        }
    }
}

/// Neighbours that are busy until this is dropped.
struct Neighbours {
    children: Vec<Child>,
}

impl Neighbours {
    fn start(load: Load) -> Result<Neighbours, Stopped> {
        let mut neighbours = Neighbours {
            children: Vec::new(),
        };
        for _ in 0..load.a_core() * cores() {
            let mut command = myself("bench neighbour")?;
            command
                .arg(load.noise.word())
                .stdin(Stdio::piped())
                .stdout(Stdio::null());
            let child = command
                .spawn()
                .map_err(|error| format!("no neighbour could be started: {error}"))?;
            neighbours.children.push(child);
        }
        Ok(neighbours)
    }

    /// Makes sure that the machine was as busy as the tables will say.
    fn still_busy(&mut self) -> Result<(), Stopped> {
        for child in &mut self.children {
            if let Ok(Some(status)) = child.try_wait() {
                return Err(format!(
                    "a neighbour ended before its time ({status}): the load was not what was asked for"
                ));
            }
        }
        Ok(())
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Does something beside neighbours, and says how busy the machine was.
///
/// # Errors
/// If that fails, or a neighbour cannot be started or ended before the work did.
pub(crate) fn beside<T>(
    load: Load,
    work: impl FnOnce() -> Result<T, Stopped>,
) -> Result<T, Stopped> {
    println!("{}", machine("to begin with"));
    let mut neighbours = Neighbours::start(load)?;
    let done = work()?;
    neighbours.still_busy()?;
    println!("{}", machine("in the end"));
    Ok(done)
}

/// How busy the machine is, by its own account.
pub(crate) fn machine(when: &str) -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    format!("{} processors, load {load} {when}", cores())
}

/// Processors that this process may use.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Is a neighbour. It ends when its standard input does, and that is when
/// its parent is gone, however that ended.
pub(crate) fn be_one(noise: Noise) -> ! {
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(0);
    });
    let mut memory = match noise {
        Noise::Spin => vec![0_u64; 1],
        Noise::Memory => vec![0_u64; 4 << 20],
    };
    loop {
        // One word of each cache line, so that even an unoptimised walk asks
        // for as much memory as it can.
        for word in memory.iter_mut().step_by(8) {
            *word = black_box(*word + 1);
        }
    }
}
