//! `init` and `doctor` in a package that has nothing yet.

use std::fs;

use crate::project::Project;
use crate::workspace::{DEPENDENCIES, FEATURES, runtime};

/// Strict about what is added, too; what other tests build is not built again.
fn project() -> Project {
    let manifest = format!(
        "[lints.rust]\nmissing_docs = \"deny\"\nunsafe_code = \"forbid\"\nwarnings = \"deny\"\n{DEPENDENCIES}\n[workspace.dependencies]\n{}",
        runtime(FEATURES)
    );
    Project::with_manifest("fresh", &manifest, &[])
}

#[test]
fn a_package_without_budgets_gets_its_first_verdict() {
    let project = project();
    // The text that is made up is no text of this kind: the test does not compile.
    project.write(
        "src/lib.rs",
        "//! Texts.\n/// A text.\npub struct String;\n/// Its length.\npub fn length(of: String) -> usize { let String = of; 0 }\n",
    );
    let read = |file: &str| fs::read(project.path().join(file)).ok();
    let before = ["Cargo.toml", "Cargo.lock"].map(read);
    project
        .run_perf("init --yes")
        .ended_with(4)
        .says("every file is as it was before");
    assert!(["Cargo.toml", "Cargo.lock"].map(read) == before);
    for made in ["tests", ".config", "perf-budgets.toml"] {
        assert!(!project.path().join(made).exists(), "{made}");
    }

    project.write(
        "src/lib.rs",
        "//! Texts.\n/// Its words.\npub fn count_words(text: &str) -> usize { text.split(' ').count() }\n",
    );
    project
        .run_perf("init --yes")
        .ended_with(0)
        .says("the first budget of fresh: fresh::count_words(")
        .says("+perf-runtime = { workspace = true }")
        .says("2 limits = 2 passed");
    project
        .run_perf("init --yes")
        .ended_with(0)
        .says("nothing to do");
    project
        .run_perf("doctor")
        .ended_with(0)
        .says("fresh declares 1 budget")
        .says("counts allocations (counting)")
        .says("keeps budgets and other tests apart")
        .says("0 wrong");
}
