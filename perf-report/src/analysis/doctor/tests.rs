//! Scripted facts, and what is found in them.

mod machine;

use super::fixture::{environment, facts, run, sample};
use super::*;
use crate::analysis::baseline::Baseline;
use crate::analysis::budget_edit::{Place, Wrong};
use crate::analysis::proposal::Idle;
use crate::model::record::Environment;

/// What a change of the facts adds to the findings that are not `ok`: level, check,
/// and what to do.
#[track_caller]
fn check(change: impl FnOnce(&mut Facts), expected: &[(Level, &str, &str)]) {
    let mut facts = facts();
    change(&mut facts);
    let diagnosis = Diagnosis::of(&facts);
    let found: Vec<(Level, &str, &str)> = (diagnosis.findings.iter())
        .filter(|finding| finding.level != Level::Ok)
        .map(|finding| {
            (
                finding.level,
                finding.check,
                finding.fix.as_deref().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(found, expected, "{:#?}", diagnosis.findings);
}

fn machine(change: impl FnOnce(&mut Environment)) -> impl FnOnce(&mut Facts) {
    move |facts| change(facts.machine.environment.as_mut().expect("it is known"))
}

fn system(change: impl FnOnce(&mut System)) -> impl FnOnce(&mut Facts) {
    move |facts| change(&mut facts.machine.system)
}

use Level::{Advice, Wrong as Bad};

#[test]
fn nothing_is_found_where_all_is_in_order() {
    check(|_| {}, &[]);
    assert_eq!(Diagnosis::of(&facts()).is_fit(), Some(true));
}

#[test]
fn a_project_that_does_not_run_its_budgets_is_wrong() {
    check(
        |facts| facts.project.packages.clear(),
        &[(Bad, "dependency", "cargo perf-budget init")],
    );
    check(
        |facts| facts.project.packages[0].budgets = 0,
        &[(Advice, "budget", "cargo perf-budget init --package app")],
    );
    let harness = |has_main| Harness {
        file: "tests/own.rs".to_owned(),
        has_main,
    };
    check(
        |facts| facts.project.packages[0].harnesses = vec![harness(false)],
        &[(
            Bad,
            "harness",
            "echo 'perf_runtime::main!();' >> tests/own.rs",
        )],
    );
    let feature = |name| format!("cargo add --package app --dev perf-runtime --features {name}");
    check(
        |facts| facts.project.packages[0].harnesses = vec![harness(true)],
        &[(Bad, "feature", &feature("harness"))],
    );
    check(
        |facts| {
            facts.project.packages[0].harnesses = vec![harness(true)];
            facts.project.packages[0].features = Some(vec!["all".to_owned()]);
        },
        &[],
    );
}

#[test]
fn each_feature_that_a_key_needs_is_asked_for_once() {
    let keys = |features: Option<Vec<String>>| {
        move |facts: &mut Facts| {
            let package = &mut facts.project.packages[0];
            let key = |key: &&str| ((*key).to_owned(), "src/lib.rs:7".to_owned());
            package.keys = ["threads", "rate", "events", "p99", "setup"]
                .iter()
                .map(key)
                .collect();
            package.features = features;
        }
    };
    let line = |name| format!("cargo add --package app --dev perf-runtime --features {name}");
    check(
        keys(Some(Vec::new())),
        &[
            (Bad, "feature", &line("load")),
            (Bad, "feature", &line("tracing")),
        ],
    );
    check(
        keys(Some(vec!["load".to_owned(), "tracing".to_owned()])),
        &[],
    );
    check(keys(None), &[]);
}

#[test]
fn nextest_keeps_budgets_apart_by_threads_or_by_a_group() {
    #[track_caller]
    fn check(config: &str, expected: bool) {
        assert_eq!(keeps_apart(config), expected, "{config}");
    }
    let one = |more: &str| {
        format!("[[profile.default.overrides]]\nfilter = 'test(/::perf_budget$/)'\n{more}\n")
    };
    check(NEXTEST_LINES, true);
    check(
        &one("test-group = 'serial'\n[test-groups]\nserial = { max-threads = 1 }"),
        true,
    );
    check(
        &one("test-group = 'serial'\n[test-groups]\nserial = { max-threads = 2 }"),
        false,
    );
    check(&one("retries = 2"), false);
    check("[profile.default]\nretries = 2\n", false);
    check(&NEXTEST_LINES.replace("default", "ci"), false);
    check("no toml", false);
}

#[test]
fn nextest_is_of_no_concern_where_there_is_none() {
    let fix = format!("these lines in .config/nextest.toml:\n{}", NEXTEST_LINES);
    check(
        |facts| facts.project.nextest.is_installed = true,
        &[(Advice, "nextest", &fix)],
    );
    check(
        |facts| facts.project.nextest.config = Some("retries = 1".to_owned()),
        &[(Advice, "nextest", &fix)],
    );
}

#[test]
fn a_limit_on_memory_needs_an_allocator_that_counts() {
    fn allocator(facts: &mut Facts) -> &mut Binary {
        &mut facts.tests.as_mut().expect("built").binaries[0]
    }
    let mut wrong = facts();
    allocator(&mut wrong).allocator = Some(None);
    let diagnosis = Diagnosis::of(&wrong);
    let wrong = diagnosis.findings.iter().find(|one| one.level == Bad);
    let wrong = wrong.expect("it is found");
    assert_eq!(
        wrong.found,
        "app (lib): nothing counts allocations, so `mem` of app::parses (src/lib.rs:7) has no value"
    );
    assert!(
        wrong
            .fix
            .as_deref()
            .is_some_and(|fix| fix.contains("#[global_allocator]\n"))
    );
    // Nothing is limited that needs one, or an older runtime does not say.
    check(
        |facts| {
            allocator(facts).allocator = Some(None);
            allocator(facts).cases[0].limits.truncate(1);
        },
        &[],
    );
    check(|facts| allocator(facts).allocator = None, &[]);
}

#[test]
fn tests_that_cannot_be_built_are_a_finding_beside_the_others() {
    check(
        |facts| {
            facts.tests = Some(Tests {
                problems: vec!["the tests could not be built".to_owned()],
                ..Tests::default()
            });
            facts.project.nextest.is_installed = true;
        },
        &[
            (
                Advice,
                "nextest",
                &format!("these lines in .config/nextest.toml:\n{}", NEXTEST_LINES),
            ),
            (Bad, "build", "cargo test --release --no-run"),
        ],
    );
    check(|facts| facts.tests = None, &[]);
}

#[test]
fn rules_that_concern_nothing_any_more_are_wrong() {
    check(
        |facts| {
            facts.budgets.unmatched =
                vec!["b.toml:2:9: [budget.\"gone\"] matches no case".to_owned()]
        },
        &[(
            Bad,
            "unmatched",
            "cargo perf-budget list shows the cases; correct the pattern or take it out",
        )],
    );
    check(
        |facts| facts.budgets.waives_nothing = vec!["b.toml:2:1: it waives nothing".to_owned()],
        &[(
            Bad,
            "waiver",
            "cargo perf-budget list shows the limits of each case; correct `limit` or take the waiver out",
        )],
    );
    let place = Place { line: 9, column: 1 };
    let ended = Idle {
        place,
        what: "p99 of app::parses (#1)".to_owned(),
        why: "it ended on 2026-01-01".to_owned(),
        own: true,
    };
    check(
        |facts| facts.budgets.rules[0].ended = Ok(vec![ended]),
        &[(Bad, "waiver", "cargo perf-budget ratchet --waivers --write")],
    );
    let broken = Wrong {
        place,
        message: "no value".to_owned(),
    };
    check(
        |facts| facts.budgets.rules[0].ended = Err(broken),
        &[(Bad, "budget-file", "correct that line")],
    );
}

#[test]
fn a_limit_that_nothing_can_break_is_named() {
    let fix = format!("cargo perf-budget suggest '{}' --write", sample().case.id);
    for floor in [false, true] {
        check(|facts| facts.budgets.run = run(39.0, floor), &[]);
        check(
            |facts| facts.budgets.run = run(50.0, floor),
            &[(Advice, "reach", &fix)],
        );
    }
    check(
        |facts| {
            facts.budgets.run = run(50.0, false);
            facts.budgets.ids = Some(Default::default());
        },
        &[],
    );
    let mut far = facts();
    far.budgets.run = run(50.0, false);
    let found = Diagnosis::of(&far);
    let found = found.findings.iter().find(|one| one.level == Advice);
    assert_eq!(
        found.expect("it is found").found,
        format!(
            "{}: p99 is 1 ms, its limit 50 ms (50 times)",
            sample().case.id
        )
    );
}

#[test]
fn a_baseline_of_cases_that_are_gone_is_stale() {
    const SAVE: &str = "cargo perf-budget baseline save";
    let mut baseline = Baseline::default();
    for text in [
        include_str!("../../../schema/baseline-1.portable.sample.json"),
        include_str!("../../../schema/baseline-1.times.sample.json"),
    ] {
        let document = crate::analysis::baseline::Document::read(text).expect("the sample");
        baseline.add(document).expect("they go together");
    }
    let portable = baseline.portable.as_ref().expect("it is there");
    let ids: std::collections::BTreeSet<String> = (portable.cases.keys())
        .chain(baseline.times[0].cases.keys())
        .cloned()
        .collect();
    let saved = |ids, here: Environment| {
        let baseline = baseline.clone();
        move |facts: &mut Facts| {
            facts.budgets.baseline = Some(Ok(baseline));
            facts.budgets.ids = ids;
            facts.budgets.environment = Some(here);
        }
    };
    let elsewhere = || Environment {
        fingerprint: Some("another machine".to_owned()),
        ..environment()
    };
    check(saved(Some(ids.clone()), elsewhere()), &[]);
    check(saved(None, elsewhere()), &[]);
    check(
        saved(Some(Default::default()), elsewhere()),
        &[(Advice, "baseline", SAVE)],
    );
    // The same machine with another compiler.
    let here = Environment {
        fingerprint: Some(baseline.times[0].machine.class()),
        rustc: Some("rustc 1.99.0".to_owned()),
        ..environment()
    };
    check(saved(Some(ids), here), &[(Advice, "baseline", SAVE)]);
    check(
        |facts| facts.budgets.baseline = Some(Err("a.json:1:1: no baseline".to_owned())),
        &[(Bad, "baseline", "git checkout -- perf-baselines")],
    );
}

#[test]
fn versions_that_do_not_go_together_are_named() {
    let versions = |runtime: &[&str], macros: &str, report: &str| {
        let runtime = runtime.iter().map(|one| (*one).to_owned()).collect();
        let versions = Versions {
            runtime,
            macros: vec![macros.to_owned()],
            report: report.to_owned(),
        };
        move |facts: &mut Facts| facts.versions = versions
    };
    check(versions(&["0.1.0"], "0.1.0", "0.1.0"), &[]);
    check(
        versions(&["0.1.2"], "0.1.2", "0.1.0"),
        &[(
            Advice,
            "versions",
            "cargo install perf-report --version 0.1.2",
        )],
    );
    check(
        versions(&["0.2.0"], "0.2.0", "0.1.0"),
        &[(Bad, "versions", "cargo install perf-report --version 0.2.0")],
    );
    check(
        versions(&["0.1.0"], "0.1.1", "0.1.0"),
        &[(
            Bad,
            "versions",
            "cargo update --package perf-macros --precise 0.1.0",
        )],
    );
    check(
        versions(&["0.1.0", "0.2.0"], "0.1.0", "0.1.0"),
        &[(
            Bad,
            "versions",
            "cargo tree --invert perf-runtime --edges all, then the same version in each Cargo.toml",
        )],
    );
    check(versions(&[], "0.1.0", "0.1.0"), &[]);
}
