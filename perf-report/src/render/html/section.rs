//! What a page shows, as data: rows of its table, and the sections of a case.

use perf_grammar::Verdict;
use serde::{Serialize, Serializer};

use crate::analysis::distribution::Distribution;

/// A verdict as its place in [`Verdict::ALL`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place(pub(super) Verdict);

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = Verdict::ALL.iter().position(|verdict| *verdict == self.0);
        serializer.serialize_u64(place.unwrap_or_default() as u64)
    }
}

/// A column after the verdict and the name.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Column {
    pub(super) head: &'static str,
    /// What its cells are: `ns`, `bytes`, `count`, `change`, `share`, `trend`,
    /// `figure`, `interval`, `text`.
    pub(super) kind: &'static str,
    /// When columns do not fit, those of the greatest rank go first; 0 stays.
    pub(super) rank: u8,
}

impl Column {
    pub(super) const fn new(head: &'static str, kind: &'static str, rank: u8) -> Column {
        Column { head, kind, rank }
    }
}

/// A row: its verdict, which details it opens, its name, what else is searched.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row(
    pub(super) Place,
    pub(super) usize,
    pub(super) String,
    pub(super) String,
    pub(super) Vec<Cell>,
);

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Cell {
    Number(Option<f64>),
    Text(String),
    /// The share of a limit, its name, and its verdict's place.
    Share(f64, String, u8),
    /// What it is sorted by, and how it reads.
    Figure(f64, String),
    /// The last over the first, then every value from 0 to 99.
    Trend(Vec<f64>),
}

/// Everything about one case.
#[derive(Debug, Serialize)]
pub(super) struct Detail<'a> {
    pub(super) id: String,
    pub(super) verdict: Place,
    pub(super) facts: Vec<String>,
    pub(super) sections: Vec<Section<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Section<'a> {
    Text {
        head: &'static str,
        pre: bool,
        lines: Vec<String>,
    },
    /// Verdicts, each in a sentence and lines.
    Limits {
        head: &'static str,
        items: Vec<Item>,
    },
    Table {
        head: &'static str,
        note: String,
        /// Without heads, each row is a word and its value.
        columns: Vec<&'static str>,
        rows: Vec<Vec<String>>,
    },
    /// An SVG that is shown as a picture.
    Picture {
        head: &'static str,
        note: &'static str,
        svg: String,
    },
    /// Distribution and quantiles, of one side or two.
    Times {
        head: &'static str,
        note: String,
        sides: Vec<Side>,
        marks: Vec<Mark>,
    },
    Timeline {
        head: &'static str,
        note: String,
        /// What is counted on the axis: `calls`, `batches`.
        unit: &'static str,
        /// Five numbers a stretch.
        points: Vec<f64>,
        marks: Vec<Mark>,
    },
    /// Cost over an argument.
    Growth {
        head: String,
        note: String,
        unit: &'static str,
        points: &'a [(f64, f64)],
    },
    /// Changes, and what is tolerated.
    Intervals {
        head: &'static str,
        note: String,
        items: Vec<Interval>,
    },
    History {
        head: &'static str,
        note: String,
        /// Their places among the runs of the page.
        runs: Vec<usize>,
        verdicts: Values<Place>,
        figures: Vec<Figure>,
    },
}

#[derive(Debug, Serialize)]
pub(super) struct Item {
    pub(super) verdict: Place,
    pub(super) sentence: String,
    pub(super) lines: Vec<String>,
}

/// One side of a distribution.
#[derive(Debug, Serialize)]
pub(super) struct Side {
    pub(super) name: String,
    /// Lower edge and number, one after the other.
    pub(super) bins: Vec<f64>,
    pub(super) max: f64,
}

/// A limit on time that is drawn into charts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Mark {
    pub(super) label: String,
    pub(super) value: f64,
    /// The quantile that is limited, from 0 to 1.
    pub(super) q: Option<f64>,
    pub(super) verdict: u8,
}

#[derive(Debug, Serialize)]
pub(super) struct Interval {
    pub(super) label: String,
    pub(super) verdict: Place,
    pub(super) ratio: Option<f64>,
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
    /// The greatest ratio that is allowed.
    pub(super) tolerated: Option<f64>,
    /// A ratio for each pair of processes.
    pub(super) pairs: Vec<f64>,
    pub(super) text: String,
}

/// One figure over the runs of a series.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    pub(super) metric: &'static str,
    pub(super) unit: &'static str,
    pub(super) values: Values<Option<f64>>,
    pub(super) changes: Vec<Change>,
    /// Sentences on changes, drift and regressions.
    pub(super) said: Vec<String>,
}

/// A new level of a figure.
#[derive(Debug, Serialize)]
pub(super) struct Change {
    /// The first run at it, by its place in the series.
    pub(super) at: usize,
    pub(super) label: String,
    pub(super) worse: bool,
}

/// One value a run; said once where all are the same.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Values<T> {
    Same(T),
    Each(Vec<T>),
}

pub(super) fn place(verdict: Verdict) -> u8 {
    let place = Verdict::ALL.iter().position(|other| *other == verdict);
    place.unwrap_or_default() as u8
}

impl<T: PartialEq> Values<T> {
    pub(super) fn of(mut values: Vec<T>) -> Values<T> {
        let is_same = values.windows(2).all(|pair| pair[0] == pair[1]);
        match values.pop() {
            Some(value) if is_same => Values::Same(value),
            last => {
                values.extend(last);
                Values::Each(values)
            }
        }
    }
}

impl Side {
    pub(super) fn of(name: &str, times: &Distribution, max: Option<f64>) -> Side {
        let bins = times.bins.iter();
        Side {
            name: name.to_owned(),
            bins: bins
                .flat_map(|(edge, count)| [*edge, *count as f64])
                .collect(),
            max: max.unwrap_or(times.max).max(times.max),
        }
    }
}
