//! `bench verdicts --clocks`: whether the clean clock and processor time come to the same verdict beside many neighbours.
//!
//! Functions that never wait by themselves take as much processor time as they take
//! time less what they waited, so both clocks have to agree.

use super::Options;
use super::spin::SPIN;
use crate::bench::neighbour::beside;
use crate::bench::program::Program;
use crate::bench::records::{self, Verdict};
use crate::bench::table::Table;
use crate::bench::target;
use crate::step::Stopped;

/// A function, its limits, and whether it is over them.
struct Row {
    name: &'static str,
    limits: &'static str,
    time: &'static str,
    broken: bool,
}

/// Ramps, humps and spikes whose tails are over their limits where the typical call
/// is far below, and constant times that are not. A ramp begins again after 20 ms, so
/// that no verdict is reached before its end was seen.
const ROWS: [Row; 8] = [
    Row {
        name: "ramp_to_60us",
        limits: "p99 = \"40us\"",
        time: "5_000 + 55_000 * (n % 600) / 600",
        broken: true,
    },
    Row {
        name: "ramp_to_85us",
        limits: "p99 = \"55us\"",
        time: "5_000 + 80_000 * (n % 600) / 600",
        broken: true,
    },
    Row {
        name: "ramp_to_400ns",
        limits: "mean = \"150ns\"",
        time: "110 + 290 * (n % 60_000) / 60_000",
        broken: true,
    },
    Row {
        name: "humps_of_8_and_50us",
        limits: "p95 = \"30.5us\"",
        time: "if n % 3 == 0 { 50_000 } else { 8_000 }",
        broken: true,
    },
    Row {
        name: "spikes_of_60us",
        limits: "p99 = \"30us\"",
        time: "if n % 50 == 7 { 60_000 } else { 5_000 }",
        broken: true,
    },
    Row {
        name: "constant_2us",
        limits: "p99 = \"30us\"",
        time: "2_000 + n * 0",
        broken: false,
    },
    Row {
        name: "constant_16us",
        limits: "p99 = \"24us\"",
        time: "16_000 + n * 0",
        broken: false,
    },
    Row {
        name: "constant_60us",
        limits: "p99 = \"90us\"",
        time: "60_000 + n * 0",
        broken: false,
    },
];

const CLOCKS: [&str; 2] = ["clean", "cpu"];

/// Measures, prints the table, and says whether the clocks agree.
///
/// # Errors
/// If something cannot be built or run to its end.
pub(super) fn run(options: &Options) -> Result<bool, Stopped> {
    let (load, runs) = (options.load.or_spin(5), options.runs.unwrap_or(20));
    let mut program = Program::build("clocks", &source(), &[])?;
    let seen = beside(load, || seen(&mut program, runs))?;
    println!("\n{load}:\n{}", table(&seen));
    Ok(judge(&seen))
}

/// The verdicts of each row, run by run, by both clocks.
type Seen = Vec<Vec<[Option<Verdict>; 2]>>;

fn seen(program: &mut Program, runs: usize) -> Result<Seen, Stopped> {
    let mut seen = vec![Vec::new(); ROWS.len()];
    for run in 0..runs {
        seen.iter_mut()
            .for_each(|row: &mut Vec<_>| row.push([None, None]));
        for record in program.run(&[], None, 2 * ROWS.len())?.all {
            let id = records::id(&record)?;
            let row = ROWS.iter().position(|row| id.ends_with(row.name));
            let clock = CLOCKS
                .iter()
                .position(|clock| id.contains(&format!("::{clock}::")));
            let (row, clock) = row
                .zip(clock)
                .ok_or_else(|| format!("`{id}` is no case of this program"))?;
            seen[row][run][clock] = Some(records::verdict(&record["limits"][0])?);
        }
        eprint!("\r{} of {runs} runs ", run + 1);
    }
    eprintln!();
    Ok(seen)
}

fn source() -> String {
    let mut text = SPIN.to_owned();
    for clock in CLOCKS {
        text.push_str(&format!("\nmod {clock} {{\n    use super::*;\n"));
        for Row {
            name, limits, time, ..
        } in &ROWS
        {
            text.push_str(&format!("\n    #[perf_budget({limits}, clock = \"{clock}\")]\n    fn {name}() {{\n        static CALLS: Count = Count::new();\n        let n = CALLS.next();\n        busy({time});\n    }}\n"));
        }
        text.push_str("}\n");
    }
    text
}

fn table(seen: &[Vec<[Option<Verdict>; 2]>]) -> Table {
    let mut table = Table::new(&["red/green/undecided", "limit", "clean", "cpu", "the same"]);
    for (row, runs) in ROWS.iter().zip(seen) {
        let of_clock = |clock: usize| {
            let count = |is: fn(&Verdict) -> bool| {
                let verdicts = runs.iter().filter_map(|run| run[clock].as_ref());
                verdicts.filter(|verdict| is(verdict)).count()
            };
            format!(
                "{}/{}/{}",
                count(|verdict| *verdict == Verdict::Fail),
                count(|verdict| *verdict == Verdict::Pass),
                count(|verdict| matches!(verdict, Verdict::Undecided(_)))
            )
        };
        table.row(vec![
            row.name.to_owned(),
            row.limits.to_owned(),
            of_clock(0),
            of_clock(1),
            format!("{} of {}", agreeing(runs), runs.len()),
        ]);
    }
    table
}

/// Runs in which both clocks came to the same verdict.
fn agreeing(runs: &[[Option<Verdict>; 2]]) -> usize {
    let agrees = |run: &&[Option<Verdict>; 2]| match run {
        [Some(Verdict::Undecided(_)), Some(Verdict::Undecided(_))] => true,
        [clean, cpu] => clean == cpu,
    };
    runs.iter().filter(agrees).count()
}

fn judge(seen: &[Vec<[Option<Verdict>; 2]>]) -> bool {
    let of = |broken: bool| {
        let rows = ROWS
            .iter()
            .zip(seen)
            .filter(move |(row, _)| row.broken == broken);
        rows.map(|(_, runs)| runs)
    };
    let runs: usize = of(true).map(Vec::len).sum();
    let both_red =
        |run: &&[Option<Verdict>; 2]| run.iter().all(|verdict| *verdict == Some(Verdict::Fail));
    let agree: usize = of(true)
        .map(|runs| runs.iter().filter(both_red).count())
        .sum();
    let is_red = |run: &&[Option<Verdict>; 2]| run.contains(&Some(Verdict::Fail));
    let red: usize = of(false)
        .map(|runs| runs.iter().filter(is_red).count())
        .sum();
    let agreed = target(
        agree == runs,
        &format!(
            "{agree} of {runs} verdicts on functions over their limits are red by both clocks; all have to be"
        ),
    );
    let sound = target(red == 0, &format!("{red} runs of sound functions are red"));
    agreed && sound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_differ_break_the_target() {
        let all = |broken: [Verdict; 2], sound: [Verdict; 2]| -> Vec<Vec<[Option<Verdict>; 2]>> {
            let of = |row: &Row| {
                let verdicts = if row.broken { &broken } else { &sound };
                vec![verdicts.clone().map(Some)]
            };
            ROWS.iter().map(of).collect()
        };
        use Verdict::{Fail, Pass};
        let open = || Verdict::Undecided("boundary".to_owned());
        assert!(judge(&all([Fail, Fail], [Pass, open()])));
        assert!(!judge(&all([Pass, Fail], [Pass, Pass])));
        assert!(!judge(&all([open(), open()], [Pass, Pass])));
        assert!(!judge(&all([Fail, Fail], [Fail, Pass])));
        let shown = table(&all([Fail, Fail], [Pass, open()])).to_string();
        assert!(
            shown.contains("1 of 1") && shown.contains("0 of 1"),
            "{shown}"
        );
    }
}
