//! A made-up proof, for tests: of a run in which all is well.

use std::collections::BTreeMap;

use perf_grammar::{Mode, Verdict};

use super::{Alarms, Effort, Mutant, Proved, Runs, plan, quiet_limits};
use crate::analysis::fixture;
use crate::analysis::run::{Case, Run};
use crate::model::record::{Failure, Plan, Record};

/// The plan of every case of a run.
pub(crate) fn plans(run: &Run) -> BTreeMap<String, Plan> {
    let record: Record = fixture::record("a::b", 0.0);
    let plan = record.plan.expect("the sample has one");
    let ids = run.cases.iter().map(|case| case.id.clone());
    ids.map(|id| (id, plan.clone())).collect()
}

/// A run in which every mutation of a pass did what it was meant to do.
pub(crate) fn mutated(before: &Run, pass: &[Mutant]) -> Run {
    let mut run = before.clone();
    for mutant in pass {
        let case = found(&mut run, &mutant.case);
        match mutant.mutation.kind.failure() {
            Some(kind) if mutant.targets.is_empty() => {
                case.failure = Some(Failure {
                    kind: kind.to_owned(),
                    text: "planted by `prove`".to_owned(),
                });
            }
            _ => {
                for limit in &mut case.limits {
                    if mutant.targets.contains(&limit.metric) {
                        limit.verdict = Verdict::Fail;
                    }
                }
            }
        }
    }
    run
}

/// A case of a run.
pub(crate) fn found<'a>(run: &'a mut Run, id: &str) -> &'a mut Case {
    let case = run.cases.iter_mut().find(|case| case.id == id);
    case.expect("it is there")
}

/// What is proved of a run where each pass found this.
pub(crate) fn proved(before: &Run, effort: Effort, change: impl Fn(&Mutant, &mut Run)) -> Proved {
    let plans = plans(before);
    let passes = plan(&before.cases, &plans, effort);
    let runs: Vec<Run> = passes
        .passes
        .iter()
        .map(|pass| {
            let mut run = mutated(before, pass);
            pass.iter().for_each(|mutant| change(mutant, &mut run));
            run
        })
        .collect();
    let mut proved = Proved::of(&Runs {
        before,
        plans: &plans,
        passes: &passes,
        mutated: &runs,
        after: Some(before),
        off_everywhere: &|_, _| true,
    });
    let set = quiet_limits(before, 1.5);
    proved.alarms = Alarms::of(&[before.clone(), before.clone()], 1.5, &set);
    proved.quick = effort.quick;
    proved
}

/// One of everything that is shown.
pub(crate) fn of_everything() -> Proved {
    let mut before = fixture::quiet_run();
    // Far above what is measured.
    let lines = found(&mut before, "parser::lines");
    lines.limits[1].measured = Some(1_000_000.0);
    lines.limits[1].bound = Some(50_000_000.0);
    let tokens = found(&mut before, "parser::tokens");
    tokens.limits[1].verdict = Verdict::Unmeasured;
    tokens.limits[1].reason = Some(crate::model::record::Reason {
        kind: "no_allocator".to_owned(),
        text: "no allocator is installed that counts".to_owned(),
    });
    let sorts = found(&mut before, "parser::sorts/1000");
    sorts.limits[1].mode = Mode::Off;
    let mut proved = proved(&before, Effort::new(false), |mutant, run| {
        let case = found(run, &mutant.case);
        // The time of one is not seen, and a spike of another breaks its time.
        if mutant.case == "parser::tokens" && !mutant.targets.is_empty() {
            case.limits[0].verdict = Verdict::Pass;
        }
        if mutant.targets == ["mem"] {
            case.limits[0].verdict = Verdict::Fail;
        }
    });
    proved.warnings = vec!["perf-budgets.toml:9:1: [budget.\"a\"] matches no case".to_owned()];
    proved.problems = vec!["web.page.json:3:1: no record".to_owned()];
    proved
}
