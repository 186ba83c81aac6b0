//! What a save keeps of several runs.

use std::collections::BTreeMap;

use perf_grammar::{Direction, Unit};

use super::file::{Budget, Instructions, Machine, PortableCase, TimesCase};
use super::number::{Number, Runs};
use crate::analysis::compare::stored::LEAST_RUNS;
use crate::analysis::compare::{CaseSide, Figure, Side, Subject};
use crate::analysis::run::verdict;
use crate::analysis::statistics::quantile::median;
use crate::model::record::{Record, Summary};

/// Where and when it is saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Saved {
    /// In full.
    pub(crate) commit: Option<String>,
    pub(crate) dirty: bool,
    /// The day: `2026-12-31`.
    pub(crate) day: String,
}

/// The new entries.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Captured {
    pub(crate) machine: Machine,
    pub(crate) portable: BTreeMap<String, PortableCase>,
    pub(crate) times: BTreeMap<String, TimesCase>,
}

impl Captured {
    /// Of the records of runs, one list a run, and what they come to together.
    ///
    /// # Errors
    /// If there is no record.
    pub(crate) fn of(
        runs: &[Vec<&Record>],
        side: &Side,
        saved: &Saved,
    ) -> Result<Captured, String> {
        let last = runs.iter().rev().flatten().next();
        let machine = last.map(|record| Machine::of(&record.environment));
        let mut captured = Captured {
            machine: machine.ok_or("nothing was measured")?,
            portable: BTreeMap::new(),
            times: BTreeMap::new(),
        };
        for (id, case) in &side.cases {
            let records: Vec<&Record> = runs
                .iter()
                .flatten()
                .copied()
                .filter(|record| record.case.id == *id)
                .collect();
            let Some(last) = records.last() else { continue };
            let portable = portable(case, last, records.len(), saved);
            captured
                .portable
                .extend(portable.map(|case| (id.clone(), case)));
            let times = times(case, &records, last, saved);
            captured.times.extend(times.map(|case| (id.clone(), case)));
        }
        Ok(captured)
    }
}

/// What each run says; a figure that only some runs have is none to rely on.
fn whole(figure: &Figure, runs: usize) -> Option<&[f64]> {
    (figure.values.len() == runs && figure.mixed.is_none()).then_some(&*figure.values)
}

fn portable(case: &CaseSide, record: &Record, runs: usize, saved: &Saved) -> Option<PortableCase> {
    let mut counts = BTreeMap::new();
    let mut counter = None;
    for (subject, figure) in &case.figures {
        let is_count =
            matches!(subject, Subject::Counted(..)) && *subject != Subject::instructions();
        if let (true, Some(values)) = (is_count, whole(figure, runs)) {
            counter = counter.or_else(|| figure.basis.counter.clone());
            counts.insert(subject.key().to_owned(), Runs::of(values));
        }
    }
    let of = |subject: &Subject| {
        let figure = case.figures.get(subject)?;
        Some((whole(figure, runs)?, &figure.basis))
    };
    let growth = of(&Subject::Growth).map(|(values, _)| {
        let hundredths: Vec<f64> = values
            .iter()
            .map(|exponent| (exponent * 100.0).round() / 100.0)
            .collect();
        Runs::of(&hundredths)
    });
    let instructions = of(&Subject::instructions()).and_then(|(values, basis)| {
        // What a processor counts holds on no other.
        let tier = basis.counter.clone().filter(|tier| tier == "callgrind")?;
        Some(Instructions {
            count: Runs::of(values),
            rustc: basis.rustc.clone(),
            tier,
        })
    });
    if counts.is_empty() && growth.is_none() && instructions.is_none() {
        return None;
    }
    Some(PortableCase {
        commit: saved.commit.clone(),
        counter,
        counts,
        dirty: saved.dirty,
        growth,
        instructions,
        profile: record.environment.build(),
        runs,
        saved: saved.day.clone(),
    })
}

fn times(case: &CaseSide, records: &[&Record], last: &Record, saved: &Saved) -> Option<TimesCase> {
    let plan = last.plan.as_ref()?;
    let of = |subject: Subject| -> Vec<Number> {
        let figure = case.figures.get(&subject);
        // A function near the reach of the clock is timed one way in one run and
        // another way in the next; what most runs agree on will do.
        let enough =
            figure.filter(|figure| figure.values.len() >= LEAST_RUNS && figure.mixed.is_none());
        let values = enough.map(|figure| figure.values.iter().copied());
        values.map_or_else(Vec::new, |values| values.map(Number::rounded).collect())
    };
    let load = case
        .figures
        .iter()
        .find(|(subject, _)| subject.is_timed())
        .and_then(|(_, figure)| figure.basis.load.clone());
    let calls: Vec<f64> = records
        .iter()
        .filter_map(|record| Some(record.summary.as_ref()?.calls as f64))
        .collect();
    Some(TimesCase {
        beside: case.beside.unwrap_or_default(),
        budgets: budgets(records),
        calls: if calls.is_empty() {
            0
        } else {
            median(&calls) as u64
        },
        clock: plan.clock.clone(),
        commit: saved.commit.clone(),
        cpu_ns: of(Subject::Mean("cpu".to_owned())),
        dirty: saved.dirty,
        items: plan.items,
        load: load.filter(|load| load != "one user"),
        mean_ns: of(Subject::Mean("mean".to_owned())),
        p50_ns: of(Subject::Typical),
        p99_ns: of(Subject::Tail("p99".to_owned())),
        profile: last.environment.build(),
        quantiles_ns: quantiles(records),
        runs: records.len(),
        rustc: last.environment.rustc.clone(),
        saved: saved.day.clone(),
    })
}

/// The quantiles that are not judged, medians over the runs.
fn quantiles(records: &[&Record]) -> BTreeMap<String, Number> {
    type Value = fn(&Summary) -> Option<f64>;
    let all: [(&str, Value); 6] = [
        ("max", |times| times.max),
        ("min", |times| times.min),
        ("p25", |times| times.p25),
        ("p75", |times| times.p75),
        ("p90", |times| times.p90),
        ("p95", |times| times.p95),
    ];
    let value = |(name, value): (&str, Value)| {
        let values: Vec<f64> = records
            .iter()
            .filter_map(|record| value(record.summary.as_ref()?))
            .collect();
        (!values.is_empty()).then(|| (name.to_owned(), Number::rounded(median(&values))))
    };
    all.into_iter().filter_map(value).collect()
}

/// The limits, as the last run has them, with what all runs made of them.
fn budgets(records: &[&Record]) -> BTreeMap<String, Budget> {
    let mut budgets = BTreeMap::new();
    for limit in records.last().iter().flat_map(|record| &record.limits) {
        let name = limit.name();
        let all = records.iter().flat_map(|record| &record.limits);
        let same: Vec<_> = all.filter(|other| other.name() == name).collect();
        let measured: Vec<f64> = same.iter().filter_map(|other| other.measured).collect();
        let worst = same
            .iter()
            .map(|other| other.verdict)
            .max_by_key(|word| verdict(*word));
        // What is counted is compared as it is, and a time has no more than four digits.
        let number = match limit.unit {
            Unit::Bytes | Unit::Count => Number,
            _ => Number::rounded,
        };
        let budget = Budget {
            floor: limit.direction == Direction::AtLeast,
            limit: limit.limit,
            measured: (!measured.is_empty()).then(|| number(median(&measured))),
            unit: limit.unit,
            verdict: worst.unwrap_or(limit.verdict),
        };
        budgets.insert(name, budget);
    }
    budgets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::baseline::Baseline;
    use crate::analysis::baseline::file::{Portable, Times};
    use crate::analysis::compare::{Question, compare};
    use crate::analysis::fixture;
    use crate::model::record::Word;
    use perf_grammar::Verdict;

    fn runs(number: usize) -> Vec<Record> {
        let run = |n: usize| {
            let mut record = fixture::record("a::b", 0.0);
            let summary = record.summary.as_mut().expect("times");
            summary.p50 = Some(9e6 + n as f64 * 1e4);
            record
        };
        (0..number).map(run).collect()
    }

    fn captured(records: &[Record]) -> Captured {
        let runs: Vec<Vec<&Record>> = records.iter().map(|record| vec![record]).collect();
        let side = Side::of_runs("now".to_owned(), &runs);
        let saved = Saved {
            commit: Some("0123456789".to_owned()),
            dirty: false,
            day: "2026-11-27".to_owned(),
        };
        Captured::of(&runs, &side, &saved).expect("records")
    }

    #[test]
    fn what_is_kept_is_the_same_as_what_was_measured() {
        let records = runs(7);
        let captured = captured(&records);
        let mut portable = Portable::new();
        portable.cases = captured.portable;
        let mut times = Times::new(captured.machine);
        times.cases = captured.times;
        let class = times.machine.class();
        let baseline = Baseline {
            portable: Some(portable),
            times: vec![times],
        };
        let after = Side::of_runs("now".to_owned(), &[vec![&records[3]]]);
        let before = baseline.side(Some(&class));
        let question = Question {
            before: &before,
            after: &after,
            again: None,
            today: "2026-11-27",
        };
        let compared = compare(question);
        assert!(compared.only_after.is_empty() && compared.only_before.is_empty());
        let verdicts: Vec<(&str, Verdict)> = compared
            .comparisons
            .iter()
            .map(|one| (one.subject.key(), one.verdict))
            .collect();
        let keys = [
            "p50",
            "p99",
            "alloc_bytes",
            "allocs",
            "mem",
            "retained",
            "count cache.miss",
            "events sqlx::query",
            "instructions",
        ];
        for key in keys {
            assert!(
                verdicts.contains(&(key, Verdict::Pass)),
                "{key}: {verdicts:?}"
            );
        }
        assert_eq!(verdicts.len(), keys.len());
    }

    #[test]
    fn budgets_keep_their_worst_verdict_and_their_median() {
        let mut records = runs(5);
        records[1].limits[1].verdict = Word::Undecided;
        records[4].limits[1].measured = Some(9e9);
        let captured = captured(&records);
        let budget = &captured.times["a::b"].budgets["mem"];
        assert_eq!(budget.verdict, Word::Undecided);
        assert_eq!(budget.measured, Some(Number(2_097_152.0)));
        assert_eq!(captured.times["a::b"].load.as_deref(), Some("2 users"));
    }

    #[test]
    fn a_figure_that_some_runs_lack_is_not_kept() {
        let mut records = runs(5);
        records[2].memory = None;
        records[2].summary.as_mut().expect("times").p50 = None;
        let captured = captured(&records);
        let keys: Vec<&String> = captured.portable["a::b"].counts.keys().collect();
        assert_eq!(keys, ["count cache.miss", "events sqlx::query"]);
        assert_eq!(captured.portable["a::b"].counter, None);
        // Four medians and a mean: too few of either.
        let times = &captured.times["a::b"];
        assert!(times.p50_ns.is_empty() && times.mean_ns.is_empty() && times.p99_ns.len() == 5);
    }
}
