//! How often each word was said of functions that are unchanged, and of slower ones.

use std::collections::BTreeMap;

use perf_statistics::at_most;

use super::super::statistics::{median, quantile};
use super::super::table::Table;
use super::found::{Figure, Found, Word};
use super::plan::{Case, Kind, SLOWER};
use crate::step::Stopped;

/// Everything that was found at one tolerance.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) tolerance: f64,
    /// By how many percent the function was made slower.
    typical: BTreeMap<usize, Said>,
    /// Of unchanged functions.
    tails: Said,
    counted: Said,
    /// Seconds a case, one a comparison, of each kind.
    pub(crate) took: [Vec<f64>; 3],
    /// What ought not to have been said.
    pub(crate) wrong: Vec<String>,
}

/// How often each word was said, and the ratios that were seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    words: BTreeMap<Word, u64>,
    pub(crate) ratios: Vec<f64>,
}

impl Said {
    pub(crate) fn add(&mut self, found: &Found) {
        *self.words.entry(found.word).or_default() += 1;
        self.ratios.extend(found.ratio);
    }

    pub(crate) fn all(&self) -> u64 {
        self.words.values().sum()
    }

    pub(crate) fn of(&self, which: Word) -> u64 {
        self.words.get(&which).copied().unwrap_or(0)
    }

    /// Slower or faster, more or less.
    pub(crate) fn changed(&self) -> u64 {
        self.of(Word::Worse) + self.of(Word::Better)
    }

    /// How many ratios lie farther than so much from none, either way.
    pub(crate) fn beyond(&self, share: f64) -> u64 {
        let far = |ratio: &&f64| ratio.ln().abs() > share.ln_1p();
        self.ratios.iter().filter(far).count() as u64
    }

    /// The ratio that is farthest from 1, in percent.
    pub(crate) fn farthest(&self) -> f64 {
        let far = |a: &&f64, b: &&f64| a.ln().abs().total_cmp(&b.ln().abs());
        let ratio = self.ratios.iter().max_by(far).copied().unwrap_or(1.0);
        100.0 * (ratio - 1.0)
    }

    /// Adds what was said of others.
    pub(crate) fn join(&mut self, other: &Said) {
        for (word, count) in &other.words {
            *self.words.entry(*word).or_default() += count;
        }
        self.ratios.extend(&other.ratios);
    }

    /// One cell for each word, in the order of [`WORDS`].
    pub(crate) fn cells(&self) -> Vec<String> {
        let cell = |which| self.of(which).to_string();
        let mut cells = vec![self.all().to_string()];
        cells.extend(WORDS.map(cell));
        cells
    }
}

/// The heads of [`Said::cells`].
pub(crate) const HEADS: [&str; 7] = [
    "comparisons",
    "same",
    "slower",
    "faster",
    "layout",
    "undecided",
    "unenforceable",
];
const WORDS: [Word; 6] = [
    Word::Same,
    Word::Worse,
    Word::Better,
    Word::Layout,
    Word::Undecided,
    Word::Unenforceable,
];

impl Counts {
    pub(crate) fn new(tolerance: f64) -> Counts {
        Counts {
            tolerance,
            ..Counts::default()
        }
    }

    /// Adds one comparison of this many cases, which took so long.
    ///
    /// # Errors
    /// If a case was compared that was not planned, or one was not.
    pub(crate) fn add(&mut self, all: &[Found], kind: Kind, seconds: f64) -> Result<(), Stopped> {
        let mut cases = 0;
        for found in all {
            let case = Case::find(&found.id)
                .ok_or_else(|| format!("`{}` is no case of this program", found.id))?;
            let is_wrong = match (found.figure, case.slower) {
                (Figure::Typical, slower) => {
                    cases += 1;
                    self.typical.entry(slower).or_default().add(found);
                    self.is_wrong(slower, found.word)
                }
                (Figure::Tail, 0) => {
                    self.tails.add(found);
                    self.is_wrong(0, found.word)
                }
                (Figure::Counted, 0) => {
                    self.counted.add(found);
                    self.is_wrong(0, found.word)
                }
                (Figure::Tail | Figure::Counted, _) => false,
            };
            if is_wrong {
                self.wrong.push(format!("{}: {}", found.id, found.said));
            }
        }
        let expected = kind.cases(self.tolerance).len();
        if cases != expected {
            return Err(format!("{cases} of {expected} cases were compared"));
        }
        self.took[kind as usize].push(seconds / cases as f64);
        Ok(())
    }

    /// A slowdown that is clearly beyond the tolerance has to be found; nothing that
    /// is clearly within it may be called a change.
    fn is_wrong(&self, slower: usize, word: Word) -> bool {
        let by = slower as f64 / 100.0;
        match word {
            Word::Better => true,
            Word::Worse => by < self.tolerance - 1e-9,
            _ => by > self.tolerance + 1e-9,
        }
    }

    /// Of functions that were made slower by this many percent.
    pub(crate) fn slower(&self, percent: usize) -> Said {
        self.typical.get(&percent).cloned().unwrap_or_default()
    }

    /// Rows for the table of unchanged functions.
    pub(crate) fn unchanged_rows(&self, table: &mut Table) {
        let all = [
            ("typical time", &self.slower(0)),
            ("slowest calls", &self.tails),
            ("allocations", &self.counted),
        ];
        for (name, said) in all {
            let mut row = vec![format!("{name}, {} tolerated", percent(self.tolerance))];
            row.extend(said.cells());
            row.push(match said.all() {
                0 => String::new(),
                all => format!("{:.1}", 1000.0 * at_most(said.changed(), all)),
            });
            table.row(row);
        }
    }

    /// Rows for the table of planted slowdowns.
    pub(crate) fn slower_rows(&self, table: &mut Table) {
        for slower in SLOWER {
            let said = self.slower(slower);
            if said.all() == 0 {
                continue;
            }
            let mut row = vec![format!(
                "{slower} % slower, {} tolerated",
                percent(self.tolerance)
            )];
            row.extend(said.cells());
            let seen = |q| format!("{:+.1}", 100.0 * (quantile(&said.ratios, q) - 1.0));
            row.push(format!("{} ({} to {})", seen(0.5), seen(0.05), seen(0.95)));
            table.row(row);
        }
    }

    /// Seconds a case of a kind, the median of all comparisons; none took any.
    pub(crate) fn seconds(&self, kind: Kind) -> f64 {
        median(&self.took[kind as usize])
    }
}

fn percent(share: f64) -> String {
    format!("{} %", (share * 1000.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(word_of: impl Fn(Case) -> Word) -> Vec<Found> {
        let found = |case: Case| Found {
            id: format!("measured::planted::{}", case.name()),
            figure: Figure::Typical,
            word: word_of(case),
            ratio: Some(1.0 + case.slower as f64 / 100.0),
            said: String::new(),
        };
        Case::all().into_iter().map(found).collect()
    }

    #[track_caller]
    fn check(tolerance: f64, word_of: impl Fn(Case) -> Word, wrong: usize) {
        let mut counts = Counts::new(tolerance);
        let all = all(word_of);
        for kind in [Kind::Unchanged, Kind::Within, Kind::Beyond] {
            let cases = kind.cases(tolerance);
            let is_of =
                |found: &&Found| Case::find(&found.id).is_some_and(|it| cases.contains(&it));
            let some: Vec<Found> = all.iter().filter(is_of).cloned().collect();
            let seconds = 2.0 * cases.len() as f64;
            counts.add(&some, kind, seconds).expect("all are there");
            assert_eq!(counts.seconds(kind), 2.0);
        }
        assert_eq!(counts.wrong.len(), wrong, "{:?}", counts.wrong);
    }

    #[test]
    fn what_is_at_the_boundary_may_be_called_either() {
        let right = |case: Case| match case.slower {
            0 => Word::Same,
            3 => Word::Undecided,
            _ => Word::Worse,
        };
        check(0.03, right, 0);
        // Of 5 workloads, 5 % slower is not beyond 10 %.
        check(0.1, right, 5);
        check(0.03, |_| Word::Same, 15);
        check(0.1, |_| Word::Same, 5);
        check(0.03, |_| Word::Worse, 10);
        check(0.03, |_| Word::Better, 30);
    }

    #[test]
    fn ratios_are_far_from_one_either_way() {
        let mut said = Said::default();
        for ratio in [0.94, 0.985, 1.0, 1.02, 1.06, 1.2] {
            said.ratios.push(ratio);
        }
        assert_eq!(
            (said.beyond(0.01), said.beyond(0.05), said.beyond(0.1)),
            (5, 3, 1)
        );
        assert!((said.farthest() - 20.0).abs() < 1e-9);
        said.join(&said.clone());
        assert_eq!(said.beyond(0.05), 6);
    }

    #[test]
    fn a_comparison_that_lacks_a_case_is_none() {
        let mut some = all(|_| Word::Same);
        some.retain(|found| Case::find(&found.id).is_some_and(|case| case.slower == 0));
        let add = |some: &[Found]| Counts::new(0.1).add(some, Kind::Unchanged, 1.0);
        assert!(add(&some).is_ok());
        let last = some.pop().expect("there are ten");
        assert!(add(&some).is_err());
        some.push(Found {
            id: "measured::planted::other".to_owned(),
            ..last
        });
        assert!(add(&some).is_err());
    }
}
