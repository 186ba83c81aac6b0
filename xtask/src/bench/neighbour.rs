//! Busy neighbours: processes that keep the machine's processors from the one that is measured.

use std::fmt;
use std::hint::black_box;
use std::io::{self, Read};
use std::process::{self, Child, Stdio};
use std::str::FromStr;
use std::thread;

use super::options::Options;
use super::project::myself;
use crate::step::Stopped;

/// What a neighbour does all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noise {
    /// Counts: takes processor time and nothing else.
    Spin,
    /// Walks through 32 MiB: takes caches and memory bandwidth, too.
    Memory,
}

impl FromStr for Noise {
    type Err = Stopped;

    fn from_str(word: &str) -> Result<Noise, Stopped> {
        match word {
            "spin" => Ok(Noise::Spin),
            "memory" => Ok(Noise::Memory),
            other => Err(format!("found noise `{other}`, expected spin or memory")),
        }
    }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    a_core: usize,
    noise: Noise,
}

impl Load {
    /// This many a core, which count.
    pub(crate) const fn spin(a_core: usize) -> Load {
        Load {
            a_core,
            noise: Noise::Spin,
        }
    }

    /// What `--load` and `--noise` ask for, `most` a processor; none where neither does.
    ///
    /// # Errors
    /// If that is more.
    pub(crate) fn read(options: &Options, most: usize) -> Result<Load, Stopped> {
        let load = Load {
            a_core: options.value("load", 0)?,
            noise: options.value("noise", Noise::Spin)?,
        };
        if load.a_core > most {
            return Err(format!(
                "found --load {}, expected 0 to {most} neighbours a processor",
                load.a_core
            ));
        }
        Ok(load)
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.noise.word();
        match self.a_core {
            0 => write!(f, "no busy neighbours"),
            1 => write!(f, "1 busy neighbour ({kind}) a processor"),
            n => write!(f, "{n} busy neighbours ({kind}) a processor"),
        }
    }
}

/// Neighbours that are busy until this is dropped.
pub(crate) struct Neighbours {
    children: Vec<Child>,
}

impl Neighbours {
    /// Starts them.
    ///
    /// # Errors
    /// If one cannot be started.
    pub(crate) fn start(load: Load) -> Result<Neighbours, Stopped> {
        let mut neighbours = Neighbours {
            children: Vec::new(),
        };
        for _ in 0..load.a_core * cores() {
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
    ///
    /// # Errors
    /// If one of them has ended.
    pub(crate) fn still_busy(&mut self) -> Result<(), Stopped> {
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

/// Processors that this process may use.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Is a neighbour. It ends when its standard input does, and that is when
/// its parent is gone, however that ended.
///
/// # Errors
/// If it is not known what to do.
pub(crate) fn be_one(arguments: &[String]) -> Result<bool, Stopped> {
    let noise: Noise = arguments.first().map_or("spin", String::as_str).parse()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noise_is_called_by_its_word() {
        for noise in [Noise::Spin, Noise::Memory] {
            assert_eq!(noise.word().parse(), Ok(noise));
        }
        assert_eq!(
            "sleep".parse::<Noise>().expect_err("no noise"),
            "found noise `sleep`, expected spin or memory"
        );
    }
}
