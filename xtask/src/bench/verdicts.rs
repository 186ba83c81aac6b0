//! `bench verdicts`: how often a verdict is wrong or missing, and how long one takes.
//!
//! Each function is measured in peace first. Then the same, unchanged function
//! is judged again and again under the chosen load: against a limit a little
//! above its quiet figure, where every failure is false, and against one so
//! far below that it must fail.

mod calibration;
mod clocks;
mod counts;
mod matrix;
mod spin;

use std::path::Path;

use perf_statistics::at_most;

use self::calibration::Quiet;
use self::counts::{Count, Direction};
use super::kind::KINDS;
use super::neighbour::{Load, beside, machine};
use super::statistics::{median, quantile};
use super::suite::{COPIES, Suite, Which};
use super::table::Table;
use super::target;
use crate::step::Stopped;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    load: Load,
    /// Suites on unchanged code, and half as many with the code too slow; 50 if left out,
    /// 3 runs of a cell of the matrix, and 20 of the clocks
    #[arg(long, value_parser = super::at_least_one())]
    runs: Option<usize>,
    /// The limit of unchanged code, times its quiet figure
    #[arg(long, default_value_t = 1.2)]
    limit: f64,
    /// How many times slower than its limit the other code is
    #[arg(long, default_value_t = 1.5)]
    slower: f64,
    /// A look: 8 suites
    #[arg(long)]
    quick: bool,
    /// Nothing but how often unchanged code is red
    #[arg(long)]
    unchanged: bool,
    /// Functions of known times against limits of known factors: red where they have to
    /// be, and nowhere else
    #[arg(long)]
    matrix: bool,
    /// The loads of the matrix
    #[arg(long, value_delimiter = ',', default_value = "0,1,4")]
    loads: Vec<usize>,
    /// Lengths of calls in the matrix: `10ns,1us`; all if left out
    #[arg(long, value_delimiter = ',', value_parser = matrix::length)]
    lengths: Vec<matrix::Length>,
    /// After so long no process of the matrix is started
    #[arg(long, default_value_t = 120)]
    minutes: u64,
    /// Whether a call's time without its waiting and its processor time come to the same
    /// verdict; beside 5 neighbours a processor if --load is left out
    #[arg(long)]
    clocks: bool,
}

/// False hard failures of unchanged code: at most this share.
const FALSE_RED: f64 = 0.001;
/// Failures of code that is too slow: at least this share.
const CAUGHT: f64 = 0.99;
/// The median time to a verdict for functions below 100 µs, seconds.
const SECONDS: f64 = 0.5;

/// Suites between two looks at the machine in peace.
const SUITES_BETWEEN: usize = 6;

/// Measures, prints the tables, and says whether every target is met.
///
/// # Errors
/// If something cannot be built or run to its end.
pub(crate) fn run(options: &Options) -> Result<bool, Stopped> {
    if options.limit < 1.0 || options.slower <= 1.0 {
        return Err("expected --limit of at least 1 and --slower above it".to_owned());
    }
    if options.matrix {
        return matrix::run(options);
    }
    if options.clocks {
        return clocks::run(options);
    }
    eprintln!("building the suite ..");
    let mut suite = Suite::build()?;
    println!("{}", machine("in peace, to begin with"));
    let quiet = Quiet::measure(&mut suite)?;
    println!("\n{}", quiet.table());
    println!("{}", quiet.others().unwrap_or_else(|note| note));

    if options.unchanged {
        return only_unchanged(options, &mut suite, quiet);
    }
    let loose = quiet.budgets(&suite, "unchanged", options.limit)?;
    let tight = quiet.budgets(&suite, "slower", 1.0 / options.slower)?;
    let runs = options.runs();
    let (unchanged, slower, alone, alone_red) = beside(options.load, || {
        Ok((
            Count::of(&mut suite, &loose, runs, Direction::Unchanged)?,
            Count::of(&mut suite, &tight, runs.div_ceil(2), Direction::Slower)?,
            alone(&mut suite, &loose, if options.quick { 5 } else { 15 })?,
            alone_red(&mut suite, &tight)?,
        ))
    })?;
    let load = options.load;
    println!(
        "\nunchanged code, limit {} times its quiet figure, {load}:\n{unchanged}",
        options.limit
    );
    println!(
        "\ncode {} times slower than its limit, {load}:\n{slower}",
        options.slower
    );
    println!(
        "\none case in a process, from start to verdict, {load}:\n{}",
        alone.table(&alone_red)
    );
    if let Err(note) = quiet.others() {
        println!("\n{note}");
    }
    Ok(judge(options, &unchanged, &slower, &alone))
}

/// How often unchanged code is red. Machines change within an hour, so that the same
/// code takes half as long again for minutes: every few suites the quiet figures are
/// measured anew, which sets the next limits and shows what has changed meanwhile.
fn only_unchanged(options: &Options, suite: &mut Suite, mut quiet: Quiet) -> Result<bool, Stopped> {
    let mut all: Option<Count> = None;
    let mut left = options.runs();
    while left > 0 {
        let suites = left.min(SUITES_BETWEEN);
        left -= suites;
        let loose = quiet.budgets(suite, "unchanged", options.limit)?;
        let mut some = beside(options.load, || {
            Count::of(suite, &loose, suites, Direction::Unchanged)
        })?;
        let now = Quiet::measure(suite)?;
        some.set_aside(&now.moved_since(&quiet));
        quiet = now;
        match &mut all {
            Some(all) => all.add_all(some),
            None => all = Some(some),
        }
        if let Err(note) = quiet.others() {
            println!("\n{note}");
        }
    }
    let unchanged = all.expect("there is at least one suite");
    let load = options.load;
    println!(
        "\nunchanged code, limit {} times its quiet figure, {load}:\n{unchanged}",
        options.limit
    );
    Ok(options.judge_unchanged(&unchanged))
}

impl Options {
    fn runs(&self) -> usize {
        self.runs.unwrap_or(if self.quick { 8 } else { 50 })
    }

    fn judge_unchanged(&self, unchanged: &Count) -> bool {
        let (wrong, n) = (unchanged.failed(), unchanged.verdicts());
        target(
            wrong as f64 <= FALSE_RED * n as f64,
            &format!(
                "{wrong} false failures in {n} verdicts at {} times the quiet figure ({} suites of {} cases; at most {:.1} in 1,000 at 95 %); the target is at most 1 in 1,000",
                self.limit,
                self.runs(),
                COPIES * KINDS.len(),
                1000.0 * at_most(wrong, n)
            ),
        )
    }
}

/// Times of single cases, by kind.
struct Alone {
    start: f64,
    seconds: Vec<Vec<f64>>,
}

impl Alone {
    /// The median over every short function.
    fn short_median(&self) -> f64 {
        let all = KINDS.iter().zip(&self.seconds);
        let short = all.filter(|(kind, _)| kind.is_short());
        let seconds = short.flat_map(|(_, seconds)| seconds.iter().copied());
        median(&seconds.collect::<Vec<f64>>())
    }

    fn table(&self, red: &[f64]) -> Table {
        let mut table = Table::new(&[
            "seconds to a verdict",
            "limit",
            "median",
            "p95",
            "when it fails",
        ]);
        for ((kind, seconds), red) in KINDS.iter().zip(&self.seconds).zip(red) {
            table.row([
                kind.function.to_owned(),
                kind.metric.to_owned(),
                format!("{:.2}", median(seconds)),
                format!("{:.2}", quantile(seconds, 0.95)),
                format!("{red:.2}"),
            ]);
        }
        let all = self.seconds.concat();
        table.row(vec![
            "all".to_owned(),
            String::new(),
            format!("{:.2}", median(&all)),
            format!("{:.2}", quantile(&all, 0.95)),
            format!("{:.2}", median(red)),
        ]);
        table
    }
}

fn alone(suite: &mut Suite, budgets: &Path, times: usize) -> Result<Alone, Stopped> {
    let starts = (0..5)
        .map(|_| Ok(suite.start_takes()?.as_secs_f64()))
        .collect::<Result<Vec<_>, Stopped>>()?;
    let mut alone = Alone {
        start: median(&starts),
        seconds: vec![Vec::new(); KINDS.len()],
    };
    for _ in 0..times {
        for kind in 0..KINDS.len() {
            let took = suite.run(Which::One(kind), budgets)?.took.as_secs_f64();
            alone.seconds[kind].push((took - alone.start).max(0.0));
        }
    }
    Ok(alone)
}

/// Seconds to a failure, its confirmation included; one process a kind.
fn alone_red(suite: &mut Suite, budgets: &Path) -> Result<Vec<f64>, Stopped> {
    (0..KINDS.len())
        .map(|kind| Ok(suite.run(Which::One(kind), budgets)?.took.as_secs_f64()))
        .collect()
}

fn judge(options: &Options, unchanged: &Count, slower: &Count, alone: &Alone) -> bool {
    let (caught, tried) = (slower.failed(), slower.verdicts());
    let seconds = alone.short_median();
    println!();
    let kept = [
        options.judge_unchanged(unchanged),
        target(
            caught as f64 >= CAUGHT * tried as f64,
            &format!(
                "{caught} of {tried} caught ({:.1} %) when {} times too slow; the target is at least 99 %",
                100.0 * caught as f64 / tried.max(1) as f64,
                options.slower
            ),
        ),
        target(
            seconds < SECONDS,
            &format!(
                "{seconds:.2} s to a verdict, median of the functions below 100 µs; the target is less than {SECONDS} s"
            ),
        ),
    ];
    kept.iter().all(|kept| *kept)
}
