//! Made-up facts, for tests.

use perf_grammar::{Direction, Mode};

use super::*;
use crate::model::protocol::{Listed, ListedLimit};
use crate::model::record::{Environment, Record};

const SAMPLE: &str = include_str!("../../../../perf-runtime/schema/record-1.sample.json");

pub(crate) fn sample() -> Record {
    Record::read(SAMPLE).expect("the sample is a record")
}

/// A machine about which nothing is to be changed.
pub(crate) fn environment() -> Environment {
    Environment {
        governor: Some("performance".into()),
        turbo: Some(false.into()),
        cgroup_quota: None,
        steal_percent: Some(0.1),
        load: Some(0.4),
        unfit: Vec::new(),
        unfit_kinds: None,
        ..sample().environment
    }
}

/// A project and a machine in order.
pub(crate) fn facts() -> Facts {
    let limit = |metric: &str| ListedLimit {
        metric: metric.to_owned(),
        limit: "1".to_owned(),
        mode: Mode::Hard,
        layer: "attribute".to_owned(),
        source: None,
    };
    let case = Listed {
        id: "app::parses".to_owned(),
        source: "src/lib.rs:7".to_owned(),
        limits: vec![limit("p99"), limit("mem")],
        ..Listed::default()
    };
    Facts {
        machine: Machine {
            environment: Some(environment()),
            system: System {
                smt: Some(false),
                clock_source: Some("tsc".to_owned()),
                aslr: Some(2),
                ptrace_scope: Some(1),
                ..System::default()
            },
            ..Machine::default()
        },
        project: Project {
            packages: vec![Package {
                name: "app".to_owned(),
                manifest: "Cargo.toml".to_owned(),
                features: Some(Vec::new()),
                keys: vec![("p99".to_owned(), "src/lib.rs:7".to_owned())],
                harnesses: Vec::new(),
                budgets: 1,
            }],
            nextest: Nextest::default(),
        },
        tests: Some(Tests {
            binaries: vec![Binary {
                name: "app (lib)".to_owned(),
                allocator: Some(Some("counting".to_owned())),
                cases: vec![case],
            }],
            ..Tests::default()
        }),
        budgets: Budgets {
            rules: vec![Rules {
                file: "perf-budgets.toml".to_owned(),
                ended: Ok(Vec::new()),
            }],
            environment: Some(environment()),
            ..Budgets::default()
        },
        versions: Versions {
            runtime: vec!["0.1.0".to_owned()],
            macros: vec!["0.1.0".to_owned()],
            report: "0.1.0".to_owned(),
        },
        command: "cargo perf-budget".to_owned(),
    }
}

/// The sample's first limit, this many times above what was measured.
pub(crate) fn run(times: f64, floor: bool) -> Option<(String, Vec<Record>)> {
    let mut record = sample();
    record.limits.truncate(1);
    let limit = &mut record.limits[0];
    limit.measured = Some(1_000_000.0);
    limit.limit = (1_000_000.0 * times) as u64;
    if floor {
        limit.direction = Direction::AtLeast;
        limit.limit = (1_000_000.0 / times) as u64;
    }
    Some(("r1".to_owned(), vec![record]))
}

/// One of each level and area, for renderers.
pub(crate) fn spoilt() -> Facts {
    let mut facts = facts();
    if let Some(environment) = &mut facts.machine.environment {
        environment.governor = Some("powersave".into());
        environment.turbo = Some(true.into());
    }
    facts.machine.system.frequency_driver = Some("amd-pstate-epp".to_owned());
    facts.project.nextest.is_installed = true;
    facts.tests.as_mut().expect("built").binaries[0].allocator = Some(None);
    facts.budgets.unmatched =
        vec!["perf-budgets.toml:2:9: [budget.\"gone\"] matches no case".to_owned()];
    facts.budgets.run = run(50.0, false);
    facts.versions.report = "0.2.0".to_owned();
    facts
}
