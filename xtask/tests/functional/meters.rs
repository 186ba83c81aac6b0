//! Limits on a meter that the project itself adds.

use crate::project::Project;
use crate::workspace::Package;

const METER: &str = "
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use perf_runtime::meters::{self, Direction, Exactness, METERS, Meter};
use perf_runtime::perf_budget;
static STEPS: AtomicU64 = AtomicU64::new(0);
#[meters::distributed_slice(METERS)]
#[linkme(crate = meters::linkme)]
static METER: Meter = Meter {
    name: \"steps\",
    unit: \"steps\",
    direction: Direction::AtMost,
    exactness: Exactness::Exact,
    before: || Ok(STEPS.load(Relaxed)),
    value: |before| Ok(STEPS.load(Relaxed) - before),
};
";

const LIMITS: &str = "
#[perf_budget(meter(\"steps\", max = 3))]
fn within() { STEPS.fetch_add(3, Relaxed); }
#[perf_budget(meter(\"steps\", max = 2))]
fn beyond() { STEPS.fetch_add(3, Relaxed); }
";
const MISSPELT: &str = "#[perf_budget(meter(\"stops\", max = 3))]\nfn misspelt() {}\n";

pub(crate) fn package() -> Package {
    Package::new("meters")
        .counting_only()
        .test("limits", &format!("{METER}{LIMITS}"))
        .test("misspelt", &format!("{METER}{MISSPELT}"))
}

#[test]
fn a_meter_of_the_project_is_limited_by_its_name() {
    let project = Project::of("meters");
    project
        .run("test --release --test limits")
        .ended_with(101)
        .says("meter steps 3 is over its budget of 2")
        .says("2 limits = 1 passed + 0 waived + 0 warned + 1 failed");
    let limit = &project.record("::within")["limits"][0];
    assert_eq!(limit["of"], "steps");
    assert_eq!(limit["measured"], 3.0);
}

#[test]
fn a_meter_that_is_not_there_stops_everything() {
    let project = Project::of("meters");
    project
        .run("test --release --test misspelt")
        .ended_with(101)
        .says("found no meter `stops`, expected `steps`");
    assert!(project.records().is_empty());
}
