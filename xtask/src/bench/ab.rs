//! `bench ab`: how often a comparison of two builds is wrong, what it finds, and how
//! long it takes.
//!
//! Two commits of a project that is made up: in the second some functions do a little
//! more, others the same. They are compared again and again, with other orders and
//! other layouts of the code.

mod counts;
mod crates;
pub(crate) mod found;
pub(crate) mod pair;
pub(crate) mod plan;
#[cfg(test)]
#[expect(unreachable_pub, reason = "elsewhere it is a crate")]
mod workloads;

use perf_statistics::at_most;

use self::counts::{Counts, HEADS};
use self::found::Word;
use self::pair::{Ask, Pair};
use self::plan::{Case, Kind};
use super::neighbour::{Load, beside};
use super::project::{HARNESS, HEAD, perf_runtime};
use super::table::Table;
use super::target;
use crate::step::Stopped;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    load: Load,
    /// Comparisons at each tolerance; 30 if left out
    #[arg(long, value_parser = super::at_least_one())]
    runs: Option<usize>,
    /// Different sets of layouts, taken in turns; 4 if left out
    #[arg(long, value_parser = super::at_least_one())]
    layouts: Option<usize>,
    /// The tolerance in percent; first 10, then 3 if left out
    #[arg(long, value_name = "PERCENT")]
    tolerance: Option<f64>,
    /// Only functions that are unchanged
    #[arg(long)]
    unchanged: bool,
    /// Functions of real crates, which are the same in two published versions
    #[arg(long)]
    crates: bool,
    /// A look: 2 comparisons with one set of layouts
    #[arg(long)]
    quick: bool,
}

/// Unchanged functions that are called slower or faster, at most this share: at a
/// tolerance of 10 %, and at 3 %.
const FALSE_ALARMS: f64 = 0.001;
const FALSE_ALARMS_AT_3: f64 = 0.01;
/// Slowdowns beyond the tolerance that are found, at least this share.
const CAUGHT: f64 = 0.95;
/// Seconds a case.
const SECONDS: f64 = 5.0;
/// What a tolerance is at least; planted slowdowns get a second look then.
const LEAST_TOLERANCE: f64 = 0.02;
/// Of this many comparisons of unchanged functions, one is followed by one of those that
/// were made slower: there are two of them for each that is unchanged, and they take
/// longer.
const SLOWER_EVERY: usize = 4;
/// Layouts of one comparison: those of both looks.
const LAYOUTS: u64 = 30;

/// The crate of what is called, and the lines that depend on it.
pub(crate) const WORKLOADS: &str = "[dependencies]\nworkloads = { path = \"workloads\" }\n";
pub(crate) const WORKLOADS_MANIFEST: &str =
    "[package]\nname = \"workloads\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n";

/// Measures, prints the tables, and says whether every target is met.
///
/// # Errors
/// If something cannot be built or compared.
pub(crate) fn run(options: &Options) -> Result<bool, Stopped> {
    if options
        .tolerance
        .is_some_and(|one| !(one > 0.0 && one <= 100.0))
    {
        return Err("expected --tolerance in percent: 3".to_owned());
    }
    if options.crates {
        return crates::run(options.runs(), options.load);
    }
    let pair = planted()?;
    // Built and linked once, in peace, at either look.
    eprintln!("building both commits ..");
    for set in 0..options.layouts() {
        pair.compare(&Ask {
            brief: true,
            ..options.ask(LEAST_TOLERANCE, set)
        })?;
    }
    let all = beside(options.load, || measure(options, &pair))?;
    println!("{}", tables(options, &all));
    Ok(judge(&all))
}

/// Compares again and again, at each tolerance in turns.
fn measure(options: &Options, pair: &Pair) -> Result<Vec<Counts>, Stopped> {
    let tolerances = match options.tolerance {
        None => vec![0.1, 0.03],
        Some(percent) => vec![percent / 100.0],
    };
    let mut all: Vec<Counts> = tolerances.into_iter().map(Counts::new).collect();
    for number in 0..options.runs() {
        for counts in &mut all {
            let mut kinds = vec![Kind::Unchanged];
            if !options.unchanged && number % SLOWER_EVERY == 0 {
                kinds.extend([Kind::Beyond, Kind::Within]);
            }
            for kind in kinds {
                let cases = kind.cases(counts.tolerance);
                if cases.is_empty() {
                    continue;
                }
                let ask = Ask {
                    patterns: cases.iter().map(|case| case.name()).collect(),
                    ..options.ask(counts.tolerance, number)
                };
                let compared = pair.compare(&ask)?;
                let before = counts.wrong.len();
                counts.add(&compared.found, kind, compared.took.as_secs_f64())?;
                for wrong in &counts.wrong[before..] {
                    eprintln!("wrong: {wrong}");
                }
            }
        }
        let wrong: usize = all.iter().map(|counts| counts.wrong.len()).sum();
        eprintln!("{} of {}, {wrong} wrong so far", number + 1, options.runs());
    }
    Ok(all)
}

impl Options {
    fn runs(&self) -> usize {
        self.runs.unwrap_or(if self.quick { 2 } else { 30 })
    }

    fn layouts(&self) -> usize {
        self.layouts.unwrap_or(if self.quick { 1 } else { 4 })
    }

    fn ask(&self, tolerance: f64, number: usize) -> Ask {
        Ask {
            tolerance,
            seed: number as u64 + 1,
            layouts: Some(1 + (number % self.layouts()) as u64 * LAYOUTS),
            patterns: Vec::new(),
            brief: false,
        }
    }
}

/// The project whose second commit is slower in some functions.
pub(crate) fn planted() -> Result<Pair, Stopped> {
    let cases = Case::all();
    let manifest = format!(
        "{HEAD}{WORKLOADS}\n[dev-dependencies]\n{}\n[[test]]\nname = \"planted\"\nharness = false\n",
        perf_runtime(HARNESS)
    );
    let before = [
        ("Cargo.toml", manifest),
        ("src/lib.rs", plan::library(&cases, false)),
        ("workloads/Cargo.toml", WORKLOADS_MANIFEST.to_owned()),
        (
            "workloads/src/lib.rs",
            include_str!("ab/workloads.rs").to_owned(),
        ),
        ("tests/planted.rs", plan::budgets(&cases)),
    ];
    let after = [("src/lib.rs", plan::library(&cases, true))];
    Pair::new("planted", &before, &after)
}

fn tables(options: &Options, all: &[Counts]) -> String {
    let load = options.load;
    let table = |last| {
        let mut heads = vec![""];
        heads.extend(HEADS);
        heads.push(last);
        Table::new(&heads)
    };
    let mut unchanged = table("changes in 1,000, at most");
    let mut slower = table("seen %, median (5th to 95th of 100)");
    let mut text = String::new();
    for counts in all {
        counts.unchanged_rows(&mut unchanged);
        counts.slower_rows(&mut slower);
    }
    text.push_str(&format!("\nunchanged functions, {load}:\n{unchanged}"));
    if !options.unchanged {
        text.push_str(&format!(
            "\nfunctions that were made slower, {load}:\n{slower}"
        ));
    }
    text
}

fn judge(all: &[Counts]) -> bool {
    let mut kept = true;
    for counts in all {
        let tolerance = counts.tolerance * 100.0;
        let said = counts.slower(0);
        let (wrong, n) = (said.changed(), said.all());
        let most = if counts.tolerance < 0.1 {
            FALSE_ALARMS_AT_3
        } else {
            FALSE_ALARMS
        };
        kept &= target(
            wrong as f64 <= most * n as f64,
            &format!(
                "{wrong} of {n} comparisons of unchanged functions called slower or faster at {tolerance} % (at most {:.1} in 1,000 at 95 %); the target is at most {} in 1,000",
                1000.0 * at_most(wrong, n),
                1000.0 * most
            ),
        );
        let beyond = plan::SLOWER
            .into_iter()
            .filter(|slower| *slower as f64 > tolerance + 1e-9);
        for slower in beyond {
            let said = counts.slower(slower);
            let (caught, n) = (said.of(Word::Worse), said.all());
            if n == 0 {
                continue;
            }
            kept &= target(
                caught as f64 >= CAUGHT * n as f64,
                &format!(
                    "{caught} of {n} found that are {slower} % slower, at {tolerance} %; the target is at least 95 %"
                ),
            );
        }
        for (kind, name) in [
            (Kind::Unchanged, "unchanged functions"),
            (Kind::Beyond, "those slower than that"),
        ] {
            let comparisons = counts.took[kind as usize].len();
            if comparisons == 0 {
                continue;
            }
            let seconds = counts.seconds(kind);
            kept &= target(
                seconds < SECONDS,
                &format!(
                    "{seconds:.2} s a case of {name} at {tolerance} %, the median of {comparisons} comparisons; the target is less than {SECONDS} s"
                ),
            );
        }
        if !counts.took[Kind::Within as usize].is_empty() {
            println!(
                "      {:.2} s a case of functions slower by that much or less",
                counts.seconds(Kind::Within)
            );
        }
    }
    kept
}
