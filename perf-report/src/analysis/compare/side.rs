//! One side of a comparison: what several runs measured of each case, and what has
//! to agree before it is compared.

use std::collections::{BTreeMap, HashMap};

use perf_statistics::{LEAST_POINTS, LEAST_SPAN, deciding, slope};

use super::{Subject, layout};
use crate::model::record::{Record, Regression, Summary, Word};

/// What some runs measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Side {
    /// `run r1`, `the baseline`.
    pub(crate) name: String,
    pub(crate) cases: BTreeMap<String, CaseSide>,
}

/// What they measured of one case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CaseSide {
    /// `file:line`.
    pub(crate) source: Option<String>,
    /// How a comparison of it is judged; a baseline does not say.
    pub(crate) regression: Option<Regression>,
    pub(crate) figures: BTreeMap<Subject, Figure>,
    /// Whether calls of it waited for something else than a processor.
    pub(crate) waits: bool,
    /// How many other cases were measured in turns with it.
    pub(crate) beside: Option<usize>,
    /// Why it failed by itself, where it did.
    pub(crate) failure: Option<String>,
}

/// One thing of a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figure {
    /// In the base unit of its subject: one a run, in the order of the runs.
    pub(crate) values: Vec<f64>,
    pub(crate) basis: Basis,
    /// What does not even agree among these runs.
    pub(crate) mixed: Option<String>,
}

/// What has to agree before a figure is compared; `None` where it does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Basis {
    /// The machine class: processor, cores, architecture, system.
    pub(crate) machine: Option<String>,
    pub(crate) rustc: Option<String>,
    /// `release`, `debug`.
    pub(crate) profile: Option<String>,
    pub(crate) clock: Option<String>,
    /// Items that a call handles: times are those of one.
    pub(crate) items: Option<u64>,
    /// How many users call at the same time, and how often.
    pub(crate) load: Option<String>,
    /// Who counted: an allocator, a tier of instructions.
    pub(crate) counter: Option<String>,
}

impl Side {
    /// The records of runs, one list a run.
    pub(crate) fn of_runs(name: String, runs: &[Vec<&Record>]) -> Side {
        let mut side = Side {
            name,
            ..Side::default()
        };
        for run in runs {
            for record in run {
                let case = side.cases.entry(record.case.id.clone()).or_default();
                case.add(record, run.len() - 1);
            }
            for (id, exponent, basis) in growths(run) {
                let case = side.cases.entry(id).or_default();
                case.put(Subject::Growth, exponent, basis);
            }
        }
        side
    }
}

impl CaseSide {
    fn add(&mut self, record: &Record, beside: usize) {
        self.source = Some(format!("{}:{}", record.case.file, record.case.line));
        self.beside = Some(beside);
        if let Some(plan) = &record.plan {
            self.regression = Some(plan.regression.clone());
        }
        if let Some(failure) = &record.failure {
            let first = failure.first_line();
            self.failure = Some(format!("{}: {first}", failure.kind));
        }
        let disturbed = record.disturbed.as_ref();
        let calls = record.summary.as_ref().map_or(0, |summary| summary.calls);
        self.waits |= disturbed
            .is_some_and(|disturbed| layout::waits(disturbed.blocked as f64, calls as f64));
        self.times(record);
        self.counts(record);
    }

    fn times(&mut self, record: &Record) {
        let Some(basis) = Basis::of_times(record) else {
            return;
        };
        if let Some(summary) = &record.summary {
            for (subject, value) in times(summary) {
                self.put(subject, value, basis.clone());
            }
        }
        let cpu = record.limits.iter().find(|limit| limit.metric == "cpu");
        if let Some(value) = cpu.and_then(|limit| limit.measured) {
            self.put(Subject::Mean("cpu".to_owned()), value, basis);
        }
    }

    fn counts(&mut self, record: &Record) {
        let environment = &record.environment;
        if let Some(memory) = &record.memory {
            let basis = Basis {
                counter: Some(memory.by.clone()),
                ..Basis::of_build(environment.build())
            };
            for (key, value) in [
                ("mem", memory.peak_bytes.map(|bytes| bytes as f64)),
                ("allocs", Some(memory.allocs as f64)),
                ("alloc_bytes", Some(memory.alloc_bytes as f64)),
                ("retained", Some(memory.retained_bytes as f64)),
            ] {
                if let Some(value) = value {
                    self.put(Subject::counted(key), value, basis.clone());
                }
            }
        }
        if let Some(instructions) = &record.instructions {
            let of_machine = instructions.tier != "callgrind";
            let basis = Basis {
                machine: of_machine.then(|| environment.machine_class()),
                rustc: environment.rustc.clone(),
                counter: Some(instructions.tier.clone()),
                ..Basis::of_build(environment.build())
            };
            self.put(Subject::instructions(), instructions.count as f64, basis);
        }
        if let Some(trace) = &record.trace {
            let basis = Basis::of_build(environment.build());
            for (kind, seen) in [("count", &trace.counters), ("events", &trace.events)] {
                for one in seen {
                    let subject = Subject::counted(&format!("{kind} {}", one.name));
                    self.put(subject, one.count as f64, basis.clone());
                }
            }
        }
    }

    /// Adds the value of a further run.
    fn put(&mut self, subject: Subject, value: f64, basis: Basis) {
        let figure = self.figures.entry(subject).or_insert_with(|| Figure {
            basis: basis.clone(),
            ..Figure::default()
        });
        if let Some(difference) = figure.basis.difference(&basis) {
            figure.mixed.get_or_insert(difference);
        }
        figure.values.push(value);
    }
}

impl Basis {
    /// What rests on how the code was built alone.
    pub(crate) fn of_build(profile: String) -> Basis {
        Basis {
            profile: Some(profile),
            ..Basis::default()
        }
    }

    /// What times rest on; `None` without a plan.
    fn of_times(record: &Record) -> Option<Basis> {
        let plan = record.plan.as_ref()?;
        let environment = &record.environment;
        let load = record.load.as_ref().map(|load| match load.rate {
            Some(per_1000_s) => format!(
                "{} users, {}",
                load.threads,
                perf_grammar::format_rate(per_1000_s as f64)
            ),
            None => format!("{} users", load.threads),
        });
        Some(Basis {
            machine: Some(environment.machine_class()),
            rustc: environment.rustc.clone(),
            clock: Some(plan.clock.clone()),
            items: Some(plan.items),
            load: Some(load.unwrap_or_else(|| "one user".to_owned())),
            ..Basis::of_build(environment.build())
        })
    }

    /// The first thing in which two do not agree, in words.
    pub(crate) fn difference(&self, other: &Basis) -> Option<String> {
        let items = |items: Option<u64>| items.map(|items| items.to_string());
        let (one, two) = (items(self.items), items(other.items));
        let pairs = [
            ("machine", &self.machine, &other.machine),
            ("rustc", &self.rustc, &other.rustc),
            ("profile", &self.profile, &other.profile),
            ("clock", &self.clock, &other.clock),
            ("number of items", &one, &two),
            ("load", &self.load, &other.load),
            ("counter", &self.counter, &other.counter),
        ];
        let (what, one, two) = pairs.into_iter().find(|(_, one, two)| one != two)?;
        let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
        Some(format!(
            "other {what} ({} before, {} after)",
            word(one),
            word(two)
        ))
    }
}

/// The times that are compared. Where single calls are too short to be timed, the
/// mean of batches takes the median's place, and there is no tail.
fn times(summary: &Summary) -> Vec<(Subject, f64)> {
    let typical = match (summary.p50, summary.mean) {
        (Some(p50), _) => Some((Subject::Typical, p50)),
        (None, Some(mean)) => Some((Subject::Mean("mean".to_owned()), mean)),
        (None, None) => None,
    };
    let tail = summary
        .p99
        .map(|p99| (Subject::Tail("p99".to_owned()), p99));
    typical.into_iter().chain(tail).collect()
}

/// The growth of time over the arguments of a function, of each that limits it:
/// the case that speaks for its family, the exponent, and what it rests on.
fn growths(run: &[&Record]) -> Vec<(String, f64, Basis)> {
    let limits_it = |record: &&&Record| {
        record
            .limits
            .iter()
            .any(|limit| limit.metric == "complexity" && limit.verdict != Word::Unmeasured)
    };
    let mut families: HashMap<&str, Vec<(f64, f64)>> = HashMap::new();
    for record in run {
        if let Some((family, point)) = member(record) {
            families.entry(family).or_default().push(point);
        }
    }
    let exponents: HashMap<&str, f64> = families
        .into_iter()
        .filter_map(|(family, points)| Some((family, exponent(points)?)))
        .collect();
    let growth = |record: &&Record| {
        let (family, _) = record.case.id.rsplit_once('/')?;
        let exponent = *exponents.get(family)?;
        let basis = Basis::of_build(record.environment.build());
        Some((record.case.id.clone(), exponent, basis))
    };
    run.iter().filter(limits_it).filter_map(growth).collect()
}

/// The family of a case, and its argument and cost where both are numbers.
fn member(record: &Record) -> Option<(&str, (f64, f64))> {
    let (family, argument) = record.case.id.rsplit_once('/')?;
    let n: f64 = argument.replace('_', "").parse().ok()?;
    let summary = record.summary.as_ref()?;
    let ns = summary.p50.or(summary.mean)?;
    (n >= 1.0 && ns > 0.0).then_some((family, (n, ns)))
}

/// The slope of the logarithm of cost over that of n, by least squares over the
/// larger half of the arguments, because the small ones are ruled by what a call
/// costs anyway.
fn exponent(mut points: Vec<(f64, f64)>) -> Option<f64> {
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    points.dedup_by(|one, other| one.0 == other.0);
    let (first, last) = (points.first()?.0, points.last()?.0);
    if points.len() < LEAST_POINTS || last / first < LEAST_SPAN {
        return None;
    }
    let logs: Vec<(f64, f64)> = points[points.len() - deciding(points.len())..]
        .iter()
        .map(|(n, ns)| (n.ln(), ns.ln()))
        .collect();
    Some(slope(&logs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture;

    fn side(records: &[Record]) -> Side {
        let runs: Vec<Vec<&Record>> = records.iter().map(|record| vec![record]).collect();
        Side::of_runs("runs".to_owned(), &runs)
    }

    #[track_caller]
    fn values(case: &CaseSide, subject: &Subject) -> Vec<f64> {
        case.figures[subject].values.clone()
    }

    #[test]
    fn each_run_adds_a_value_to_each_figure() {
        let (one, mut two) = (fixture::record("a::b", 0.0), fixture::record("a::b", 0.0));
        two.summary.as_mut().expect("times").p50 = Some(9.5e6);
        let side = side(&[one, two]);
        let case = &side.cases["a::b"];
        assert_eq!(values(case, &Subject::Typical), [9e6, 9.5e6]);
        assert_eq!(values(case, &Subject::Tail("p99".to_owned())), [12.4e6; 2]);
        assert_eq!(values(case, &Subject::counted("allocs")), [412.0; 2]);
        assert_eq!(
            values(case, &Subject::counted("events sqlx::query")),
            [11.0; 2]
        );
        assert_eq!(values(case, &Subject::instructions()), [28_412_733.0; 2]);
        let basis = &case.figures[&Subject::Typical].basis;
        assert_eq!(
            basis.machine.as_deref(),
            Some("AMD EPYC 7763, 2 cores, x86_64, linux")
        );
        assert_eq!(basis.load.as_deref(), Some("2 users"));
        assert_eq!(case.figures[&Subject::counted("mem")].basis.machine, None);
    }

    #[test]
    fn batches_have_a_mean_and_no_tail() {
        let mut record = fixture::record("a::b", 0.0);
        let summary = record.summary.as_mut().expect("times");
        (summary.p50, summary.p99, summary.mean) = (None, None, Some(2.1));
        let side = side(&[record]);
        let figures = &side.cases["a::b"].figures;
        let timed: Vec<&str> = figures
            .keys()
            .filter(|subject| subject.is_timed())
            .map(Subject::key)
            .collect();
        assert_eq!(timed, ["mean"]);
    }

    #[test]
    fn runs_of_one_side_that_do_not_agree_are_marked() {
        let (one, mut two) = (fixture::record("a::b", 0.0), fixture::record("a::b", 0.0));
        two.environment.rustc = Some("rustc 1.96.0".to_owned());
        let side = side(&[one, two]);
        let figures = &side.cases["a::b"].figures;
        let mixed = figures[&Subject::Typical].mixed.as_deref();
        assert_eq!(
            mixed,
            Some("other rustc (rustc 1.95.0 before, rustc 1.96.0 after)")
        );
        assert_eq!(figures[&Subject::counted("allocs")].mixed, None);
    }

    #[test]
    fn growth_is_the_exponent_of_the_argument() {
        let member = |n: u32, ns: f64| {
            let mut record = fixture::record(&format!("a::sorts/{n}"), 0.0);
            record.summary.as_mut().expect("times").p50 = Some(ns);
            record
        };
        let mut records = vec![member(10, 900.0), member(100, 2e3), member(1_000, 2e5)];
        records.push(member(10_000, 2e7));
        let speaks = &mut records[3];
        speaks.limits[0].metric = "complexity".to_owned();
        let run: Vec<&Record> = records.iter().collect();
        let side = Side::of_runs("run".to_owned(), std::slice::from_ref(&run));
        let exponent = side.cases["a::sorts/10000"].figures[&Subject::Growth].values[0];
        assert!((exponent - 2.0).abs() < 1e-9, "{exponent}");
        // Two arguments show nothing.
        let side = Side::of_runs("run".to_owned(), &[run[2..].to_vec()]);
        assert!(
            !side.cases["a::sorts/10000"]
                .figures
                .contains_key(&Subject::Growth)
        );
    }
}
