//! `prove`: a gate that catches what is made worse, and one that cannot.

use crate::project::{HEAD, Project, SPIN};
use crate::workspace::Package;

const CASES: &str = "#[perf_budget(p99 = \"300us\", allocs = 1, mem = \"2KB\")]
fn is_well() -> Vec<u8> { spin(20_000); vec![1; 1000] }
#[perf_budget(p50 = \"10s\", allocs = 3, events(\"db::query\", max = 3))]
fn is_deaf() { spin(20_000) }
#[perf_budget(count(\"cache.miss\", max = 2), errors = \"10%\")]
fn is_counted() -> Result<(), u8> { perf_runtime::count(\"cache.miss\", 2); Ok(()) }
";

pub(crate) fn package() -> Package {
    Package::new("prove").test("ordinary", &format!("{HEAD}{SPIN}{CASES}"))
}

#[test]
fn a_gate_proves_itself_and_is_left_alone_otherwise() {
    let good = Project::of("prove");
    let ran = good
        .run_perf("prove is_well --quick --again 1")
        .ended_with(0)
        .says("proved: 3 limits = ")
        .says("panics and errors, all seen")
        .says("unchanged code, judged once more by limits of 1.5 times its quiet figures: 0 of ");
    assert!(!ran.stdout.contains("could never fire"), "{}", ran.text());
    assert!(good.records().is_empty(), "nothing of it is a run");
    // Where nothing asks for it, the tests know no mutation.
    let mut tests = good.cargo("test --release -p prove is_well");
    tests.env("PERF_WORKER_MUTATE", "panic\t0\t\tprove::ordinary::is_well");
    let ran = crate::project::Ran::of(tests);
    assert_ne!(ran.code, Some(0), "{}", ran.text());
    ran.says("found PERF_WORKER_MUTATE").says("unset it");
}

#[test]
#[ignore = "holds the machine for a minute; ci --all runs it"]
fn a_gate_says_which_limit_could_never_fire() {
    let bad = Project::under(
        "prove",
        "schema = 1\n[budget.\"is_deaf\"]\nallocs = 3\n[budget.\"is_counted\"]\nmode = \"off\"\n",
    );
    let ran = bad
        .run_perf("prove is_deaf is_counted --quick --again 0")
        .ended_with(1)
        .says("NOT PROVED")
        .says("Could never fire:")
        .says("times what is measured")
        .says("its mode is `off` under every profile");
    ran.says("events db::query");
}
