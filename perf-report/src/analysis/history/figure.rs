//! The figures of a case that can be followed over time.

use super::archived::{ArchivedCase, Measured};
use crate::model::scale::Kind;

/// One number a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    Min,
    P50,
    P90,
    P95,
    P99,
    Max,
    Mean,
    WallP50,
    Mem,
    Allocs,
    AllocBytes,
    Retained,
    Instructions,
}

/// Where a figure comes from: what a waiver on one limit says of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Time,
    Memory,
    Instructions,
}

impl Figure {
    pub(crate) const ALL: [Figure; 13] = [
        Figure::Min,
        Figure::P50,
        Figure::P90,
        Figure::P95,
        Figure::P99,
        Figure::Max,
        Figure::Mean,
        Figure::WallP50,
        Figure::Mem,
        Figure::Allocs,
        Figure::AllocBytes,
        Figure::Retained,
        Figure::Instructions,
    ];

    /// The word it is asked for with; where there is a limit on it, its key.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Figure::Min => "min",
            Figure::P50 => "p50",
            Figure::P90 => "p90",
            Figure::P95 => "p95",
            Figure::P99 => "p99",
            Figure::Max => "max",
            Figure::Mean => "mean",
            Figure::WallP50 => "wall_p50",
            Figure::Mem => "mem",
            Figure::Allocs => "allocs",
            Figure::AllocBytes => "alloc_bytes",
            Figure::Retained => "retained",
            Figure::Instructions => "instructions",
        }
    }

    /// What its numbers count.
    pub(crate) fn kind(self) -> Kind {
        match self.origin() {
            Origin::Time => Kind::Duration,
            Origin::Memory if self != Figure::Allocs => Kind::Bytes,
            Origin::Memory | Origin::Instructions => Kind::Count,
        }
    }

    pub(crate) fn origin(self) -> Origin {
        match self {
            Figure::Min
            | Figure::P50
            | Figure::P90
            | Figure::P95
            | Figure::P99
            | Figure::Max
            | Figure::Mean
            | Figure::WallP50 => Origin::Time,
            Figure::Mem | Figure::Allocs | Figure::AllocBytes | Figure::Retained => Origin::Memory,
            Figure::Instructions => Origin::Instructions,
        }
    }

    /// What a run says of it.
    pub(crate) fn of(self, case: &ArchivedCase) -> Option<f64> {
        let measured = case.measured.as_ref()?;
        let times = measured.times.as_ref();
        let memory = measured.memory.as_ref();
        match self {
            Figure::Min => times?.min,
            Figure::P50 => times?.p50,
            Figure::P90 => times?.p90,
            Figure::P95 => times?.p95,
            Figure::P99 => times?.p99,
            Figure::Max => times?.max,
            Figure::Mean => times?.mean,
            Figure::WallP50 => times?.wall_p50,
            Figure::Mem => memory?.peak_bytes.map(|bytes| bytes as f64),
            Figure::Allocs => Some(memory?.allocs as f64),
            Figure::AllocBytes => Some(memory?.alloc_bytes as f64),
            Figure::Retained => Some(memory?.retained_bytes as f64),
            Figure::Instructions => Some(measured.instructions.as_ref()?.count as f64),
        }
    }

    /// How it was taken, where that can differ from run to run: figures that were
    /// taken otherwise are not compared.
    pub(crate) fn basis(self, measured: &Measured) -> String {
        match self.origin() {
            Origin::Time => format!("{} clock", measured.clock),
            Origin::Memory => match &measured.memory {
                Some(memory) => format!("counted by {}", memory.by),
                None => String::new(),
            },
            Origin::Instructions => match &measured.instructions {
                Some(counted) => format!("counted by {}", counted.tier),
                None => String::new(),
            },
        }
    }
}

/// The figure of how long a call usually takes: its median, or the mean
/// where single calls are too short to be timed.
pub(crate) fn typical<'a>(mut cases: impl Iterator<Item = &'a ArchivedCase>) -> Figure {
    if cases.any(|case| Figure::P50.of(case).is_some()) {
        Figure::P50
    } else {
        Figure::Mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::history::fixture;

    #[test]
    fn every_figure_has_a_word_and_a_value() {
        let run = fixture::archived_run("r1", 1000, &[("a::b", 2e6)]);
        let mut words: Vec<&str> = Figure::ALL.iter().map(|figure| figure.word()).collect();
        for figure in Figure::ALL {
            assert!(figure.of(&run.cases[0]).is_some(), "{figure:?}");
        }
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Figure::ALL.len());
        assert_eq!(Figure::P50.of(&run.cases[0]), Some(2e6));
    }

    #[test]
    fn the_mean_stands_in_where_no_single_call_was_timed() {
        let mut run = fixture::archived_run("r1", 1000, &[("a::b", 20.0)]);
        assert_eq!(typical(run.cases.iter()), Figure::P50);
        let measured = run.cases[0].measured.as_mut().expect("it was measured");
        measured.times.as_mut().expect("it was timed").p50 = None;
        assert_eq!(typical(run.cases.iter()), Figure::Mean);
    }
}
