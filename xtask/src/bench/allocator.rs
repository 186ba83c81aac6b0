//! `bench allocator`: what the counting allocator costs, beside others that count.
//!
//! Every allocator is in a separate program, as a user's would be. They take
//! turns in short processes, in a new random order for every workload of every
//! repetition, and a ratio is taken between times of the same repetition: what
//! else the machine does falls on all alike.

mod candidates;
mod ratios;
#[cfg(test)]
mod workloads;

use perf_statistics::Random;

use self::candidates::{Candidate, Programs};
use self::ratios::{THREADS, Times, WORKLOADS};
use super::neighbour::machine;
use super::target;
use crate::step::{Stopped, skipped};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Repetitions; 25 if left out
    #[arg(long, value_parser = super::at_least_one())]
    times: Option<usize>,
    /// Leave out all but ours and the bare one
    #[arg(long)]
    no_peers: bool,
    /// A look: 5 repetitions
    #[arg(long)]
    quick: bool,
}

/// Builds, measures, prints the tables, and says whether every target is met.
///
/// # Errors
/// If a program cannot be built or run to its end.
pub(crate) fn run(options: &Options) -> Result<bool, Stopped> {
    let times = options.times.unwrap_or(if options.quick { 5 } else { 25 });
    let peers = !options.no_peers;
    let candidates = Candidate::all(peers);
    eprintln!("building {} allocators ..", candidates.len());
    let programs = Programs::build(&candidates)?;
    println!("{}", machine("to begin with"));
    let measured = measure(&programs, &candidates, times)?;
    println!("{}", machine("in the end"));
    println!(
        "\nratio to the bare allocator, an empty wrapper around the system's: median of {times} repetitions (and the middle half of them)\n"
    );
    for threads in 0..THREADS.len() {
        println!("{}", measured.table(threads));
    }
    if !peers {
        skipped("ahead of every peer", "no peer was asked for");
    }
    let mut kept = true;
    for promise in measured.promises() {
        kept &= target(promise.kept, &promise.text);
    }
    Ok(kept)
}

fn measure(programs: &Programs, candidates: &[Candidate], times: usize) -> Result<Times, Stopped> {
    let mut measured = Times::new(candidates);
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let mut random = Random::new(u64::from(std::process::id()));
    for time in 1..=times {
        for (threads, number) in THREADS.iter().enumerate() {
            for (workload, text) in WORKLOADS.iter().enumerate() {
                random.shuffle(&mut order);
                for &at in &order {
                    let took = programs.run(candidates[at], text.name, *number)?;
                    measured.push(at, threads, workload, took);
                }
            }
        }
        eprintln!("{time}/{times}");
    }
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workload_of_the_table_is_known_to_the_programs() {
        for workload in &WORKLOADS {
            let (work, rounds) = workloads::work(workload.name).expect("it is known");
            assert!(rounds > 0);
            for threads in THREADS {
                let took = workloads::measure(work, 1, threads, "", |_, _, work| work());
                assert!(took > 0.0, "{} took {took}", workload.name);
            }
        }
        assert!(workloads::work("8-B").is_none());
    }
}
