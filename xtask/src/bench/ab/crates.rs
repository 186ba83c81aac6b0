//! `bench ab --crates`: functions of real crates, which are the same in two published
//! versions.
//!
//! The code that each case exercises was compared by reading: between its two
//! versions nothing of it changed but comments, attributes and the likes. So every
//! difference that is seen is the layout of the code, or noise.

use perf_statistics::at_most;

use super::super::neighbour::{Load, beside};
use super::super::project::{HARNESS, HEAD, perf_runtime};
use super::super::statistics::median;
use super::super::table::Table;
use super::super::target;
use super::counts::Said;
use super::found::{Figure, Word};
use super::pair::{Ask, Pair};
use super::{LAYOUTS, plan};
use crate::step::Stopped;

/// A crate in two versions, and a function that calls it.
pub(crate) struct Published {
    name: &'static str,
    before: &'static str,
    after: &'static str,
    /// The body of its case; it has a `&'static str` of some 300 characters, `TEXT`.
    body: &'static str,
}

const fn published(
    name: &'static str,
    versions: [&'static str; 2],
    body: &'static str,
) -> Published {
    Published {
        name,
        before: versions[0],
        after: versions[1],
        body,
    }
}

const CRATES: [Published; 12] = [
    published(
        "adler",
        ["1.0.1", "1.0.2"],
        "adler::adler32_slice(black_box(TEXT).as_bytes())",
    ),
    published(
        "base64",
        ["0.22.0", "0.22.1"],
        "use base64::Engine as _;\n    base64::prelude::BASE64_STANDARD.encode(black_box(TEXT))",
    ),
    published(
        "bytecount",
        ["0.6.7", "0.6.8"],
        "bytecount::count(black_box(TEXT).as_bytes(), b'e')",
    ),
    published(
        "crc32fast",
        ["1.4.0", "1.4.2"],
        "crc32fast::hash(black_box(TEXT).as_bytes())",
    ),
    published(
        "fnv",
        ["1.0.6", "1.0.7"],
        "use std::hash::Hasher as _;\n    let mut hasher = fnv::FnvHasher::default();\n    hasher.write(black_box(TEXT).as_bytes());\n    hasher.finish()",
    ),
    published(
        "itoa",
        ["1.0.9", "1.0.11"],
        "let mut buffer = itoa::Buffer::new();\n    (0..40_u64).map(|at| buffer.format(black_box(at * 7_919 * 104_729)).len()).sum::<usize>()",
    ),
    published(
        "memchr",
        ["2.7.1", "2.7.4"],
        "memchr::memchr_iter(b'e', black_box(TEXT).as_bytes()).count()",
    ),
    published(
        "percent-encoding",
        ["2.3.0", "2.3.1"],
        "percent_encoding::utf8_percent_encode(black_box(TEXT), percent_encoding::NON_ALPHANUMERIC).to_string()",
    ),
    published(
        "semver",
        ["1.0.22", "1.0.23"],
        "semver::Version::parse(black_box(\"12.34.56-beta.7+build.2026\"))",
    ),
    published(
        "siphasher",
        ["1.0.0", "1.0.1"],
        "siphasher::sip::SipHasher13::new_with_keys(1, 2).hash(black_box(TEXT).as_bytes())",
    ),
    published(
        "smallvec",
        ["1.13.1", "1.13.2"],
        "let mut all: smallvec::SmallVec<[u64; 8]> = smallvec::SmallVec::new();\n    for at in 0..200 {\n        all.push(black_box(at));\n    }\n    all.iter().sum::<u64>()",
    ),
    published(
        "strsim",
        ["0.11.0", "0.11.1"],
        "strsim::jaro_winkler(black_box(&TEXT[..60]), black_box(&TEXT[40..100]))",
    ),
];

const TEXT: &str = "It was a quiet evening, and nobody in the house spoke of the letter; 27 of them had come since March, each with the same stamp, the same hand, & no name. \\\"Leave it\\\", said the eldest. The clock struck 9, the dog rose, turned around twice and lay down again; then somebody laughed, and the rest of us did too.";

/// The tolerance that false alarms are counted at, and how many are meant to be.
const TOLERANCE: f64 = 0.05;
const FALSE_ALARMS: f64 = 0.01;

/// What was seen of one crate.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// In ordinary builds: one layout, as the linker made it.
    ordinary: Said,
    ours: Said,
}

/// Compares this many times, each time with some other code beside it and with other
/// layouts; whether false alarms are few enough.
///
/// # Errors
/// If something cannot be fetched, built or compared.
pub(crate) fn run(runs: usize, load: Load) -> Result<bool, Stopped> {
    let pair = pair()?;
    beside(load, || {
        let (seen, seconds) = measure(&pair, runs)?;
        println!("\n{}", table(&seen, load));
        Ok(judge(&seen, &seconds))
    })
}

/// What was seen of each crate, and the seconds a case of each comparison.
fn measure(pair: &Pair, runs: usize) -> Result<(Vec<Seen>, Vec<f64>), Stopped> {
    let mut seen = vec![Seen::default(); CRATES.len()];
    let mut seconds = Vec::new();
    for (first, is_ours) in [(1, false), (1 + runs, true)] {
        for number in 0..runs {
            // Whatever else a commit changes moves this code.
            pair.change(&[("src/lib.rs", plan::more(first + number))])?;
            let ask = Ask {
                tolerance: TOLERANCE,
                seed: number as u64 + 1,
                layouts: is_ours.then_some(1 + number as u64 * LAYOUTS),
                patterns: Vec::new(),
                brief: false,
            };
            // Linking is not what is timed.
            if is_ours {
                pair.compare(&Ask {
                    brief: true,
                    ..ask.clone()
                })?;
            }
            let compared = pair.compare(&ask)?;
            let typical = compared
                .found
                .iter()
                .filter(|found| found.figure == Figure::Typical);
            for found in typical {
                let place = place(&found.id)?;
                let said = match is_ours {
                    true => &mut seen[place].ours,
                    false => &mut seen[place].ordinary,
                };
                said.add(found);
                if is_ours && matches!(found.word, Word::Worse | Word::Better) {
                    println!("wrong: {}: {}", found.id, found.said);
                }
            }
            if is_ours {
                seconds.push(compared.took.as_secs_f64() / CRATES.len() as f64);
            }
            eprintln!("{} of {runs}", number + 1);
        }
    }
    Ok((seen, seconds))
}

fn pair() -> Result<Pair, Stopped> {
    let manifest = |is_after: bool| {
        let mut text = format!("{HEAD}[dev-dependencies]\n{}", perf_runtime(HARNESS));
        for one in &CRATES {
            let version = if is_after { one.after } else { one.before };
            text.push_str(&format!("{} = \"={version}\"\n", one.name));
        }
        text.push_str("\n[[test]]\nname = \"published\"\nharness = false\n");
        text
    };
    let before = [
        ("Cargo.toml", manifest(false)),
        ("src/lib.rs", plan::more(0)),
        ("tests/published.rs", budgets()),
    ];
    Pair::new("published", &before, &[("Cargo.toml", manifest(true))])
}

fn budgets() -> String {
    let mut text = format!(
        "//! Functions of crates in two versions.\n\nuse std::hint::black_box;\n\nuse perf_runtime::perf_budget;\n\nperf_runtime::main!();\n\nconst TEXT: &str = \"{TEXT}\";\n"
    );
    for one in &CRATES {
        text.push_str(&format!(
            "\n#[perf_budget(p50 = \"1s\")]\nfn {}() -> impl Sized {{\n    {}\n}}\n",
            function(one),
            one.body
        ));
    }
    text.push_str(plan::MORE_IS_LINKED);
    text
}

fn function(one: &Published) -> String {
    format!("calls_{}", one.name.replace('-', "_"))
}

fn place(id: &str) -> Result<usize, Stopped> {
    let name = id.rsplit("::").next().unwrap_or_default();
    CRATES
        .iter()
        .position(|one| function(one) == name)
        .ok_or_else(|| format!("`{id}` is no case of this program"))
}

fn table(seen: &[Seen], load: Load) -> String {
    let mut table = Table::new(&[
        "unchanged functions of",
        "comparisons",
        "ordinary: beyond 1 %",
        "5 %",
        "10 %",
        "farthest",
        "ours: beyond 1 %",
        "5 %",
        "10 %",
        "farthest",
        "called slower or faster",
        "undecided",
    ]);
    let row = |name: String, seen: &Seen| {
        let mut row = vec![name, seen.ours.all().to_string()];
        for said in [&seen.ordinary, &seen.ours] {
            row.extend([0.01, 0.05, 0.1].map(|share| said.beyond(share).to_string()));
            row.push(format!("{:+.1} %", said.farthest()));
        }
        row.push(seen.ours.changed().to_string());
        let open = seen.ours.of(Word::Undecided) + seen.ours.of(Word::Unenforceable);
        row.push(open.to_string());
        row
    };
    for (one, seen) in CRATES.iter().zip(seen) {
        let name = format!("{} {} and {}", one.name, one.before, one.after);
        table.row(row(name, seen));
    }
    table.row(row("all".to_owned(), &all(seen)));
    format!("functions that are the same in two builds, {load}:\n{table}")
}

fn all(seen: &[Seen]) -> Seen {
    let mut all = Seen::default();
    for one in seen {
        all.ordinary.join(&one.ordinary);
        all.ours.join(&one.ours);
    }
    all
}

fn judge(seen: &[Seen], seconds: &[f64]) -> bool {
    let ours = all(seen).ours;
    let (wrong, n) = (ours.changed(), ours.all());
    println!(
        "{:.2} s a case, median of {} comparisons",
        median(seconds),
        seconds.len()
    );
    target(
        wrong as f64 <= FALSE_ALARMS * n as f64,
        &format!(
            "{wrong} of {n} comparisons of unchanged functions called slower or faster at 5 % (at most {:.1} in 1,000 at 95 %); the target is at most 1 in 100",
            1000.0 * at_most(wrong, n)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crate_has_a_case() {
        let text = budgets();
        for (number, one) in CRATES.iter().enumerate() {
            assert_ne!(one.before, one.after);
            let name = function(one);
            assert_eq!(text.matches(&format!("fn {name}()")).count(), 1, "{name}");
            assert_eq!(place(&format!("measured::published::{name}")), Ok(number));
        }
        assert!(place("measured::published::more").is_err());
    }
}
