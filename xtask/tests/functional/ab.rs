//! `cargo xtask perf ab` and `bisect` in a repository with a few commits.

use std::process::Command;

use crate::project::{HEAD, Project, Ran};
use crate::workspace::{UNTESTED_LIBRARY, runtime};

/// The library: `grows(n)` is called with what the constants say.
fn library(work: u32, boxes: usize) -> String {
    format!(
        "pub const CACHE: usize = {boxes} * 10_000;\npub fn works() -> u64 {{ (0..{work}_u64).fold(1, |a, b| std::hint::black_box(a ^ b).wrapping_mul(31)) }}\npub fn boxes() -> Vec<Box<usize>> {{ (0..{boxes}).map(Box::new).collect() }}\n"
    )
}

const BUDGETS: &str = "
#[perf_budget(p50 = \"1s\")]
fn works() -> u64 { two_builds::works() }
#[perf_budget(p50 = \"1s\", regression = \"50%\")]
fn boxes() -> usize { two_builds::boxes().len() }
#[perf_budget(p50 = \"1s\")]
fn finds_its_cache(b: &mut perf_runtime::Bencher) {
    let mut cache: Option<Vec<u8>> = None;
    b.iter(|| std::hint::black_box(cache.get_or_insert_with(|| Vec::with_capacity(two_builds::CACHE)).capacity()));
}
";
const GONE: &str = "#[perf_budget(p50 = \"1s\")]\nfn only_before() {}\n";
const NEW: &str = "#[perf_budget(p50 = \"1s\")]\nfn only_after() {}\n";

fn git(project: &Project, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=a", "-c", "user.email=a@b"]);
    command.args(arguments).current_dir(project.path());
    Ran::of(command).ended_with(0);
}

fn commit(project: &Project, title: &str) {
    git(project, &["add", "--all"]);
    git(project, &["commit", "--quiet", "--message", title]);
}

/// A repository whose first commit has no budgets, and whose second has some.
fn repository() -> Project {
    let project = Project::with_manifest(
        "two-builds",
        // What is proved here does not need the fastest of code, and is built three
        // times.
        &format!(
            "{UNTESTED_LIBRARY}[dev-dependencies]\n{}\n[profile.quick]\ninherits = \"release\"\nopt-level = 0\n[profile.quick.package.perf-runtime]\nopt-level = 0\n",
            runtime("[\"alloc-sites\"]")
        ),
        &[("src/lib.rs", &library(2_000, 4))],
    );
    project.write(".gitignore", "perf-out\n");
    git(&project, &["init", "--quiet", "--initial-branch=trunk"]);
    commit(&project, "Work without budgets");
    project.write("tests/budgets.rs", &format!("{HEAD}{BUDGETS}{GONE}"));
    commit(&project, "Budgets");
    project
}

const AB: &str = "ab --cargo-profile quick";

#[test]
fn a_tree_is_compared_with_another_commit() {
    let project = repository();
    let same = project.run_perf(&format!("{AB} HEAD")).ended_with(0);
    same.says("[4/4] ").says("0 worse").says("0 failed");
    project
        .run_perf(&format!("{AB} nowhere"))
        .ended_with(2)
        .says("no commit is called `nowhere`");
    project
        .run_perf(&format!("{AB} HEAD~1"))
        .ended_with(4)
        .says("HEAD~1 (")
        .says("cannot be compared with");

    // Ten times the work, which no busy machine hides, and one more allocation.
    project.write("src/lib.rs", &library(20_000, 5));
    project.write("tests/budgets.rs", &format!("{HEAD}{BUDGETS}{NEW}"));
    // What is so much slower needs no other layouts, which take time to link.
    let worse = project
        .run_perf(&format!("{AB} HEAD --one-layout"))
        .ended_with(1);
    let worse = worse
        .says("works  p50")
        .says("is slower than")
        .says("allocs 6 is more than 5 by 20 %")
        .says("two-builds::budgets::only_before")
        .says("two-builds::budgets::only_after");
    // What a state's first call takes is no call's that is timed.
    let below = worse.text();
    let below = |start: &str, part: &str| {
        let mut lines = below.lines().skip_while(|line| !line.starts_with(start));
        let said: Vec<&str> = lines.by_ref().skip(1).take(2).collect();
        assert!(
            said.iter().any(|line| line.contains(part)),
            "{part}: {said:?}\n{below}"
        );
    };
    if cfg!(target_os = "linux") {
        below(
            "fail  two-builds::budgets::works  p50",
            "works (src/lib.rs:2)",
        );
        let folder = project.path().join("perf-out/ab");
        let case = "two-builds.budgets.works";
        for views in [
            "profiles/change",
            "before/profiles/flamegraph",
            "after/profiles/flamegraph",
        ] {
            let file = folder.join(views).join(format!("{case}.svg"));
            assert!(file.is_file(), "{}", file.display());
        }
    }
    below(
        "fail  two-builds::budgets::boxes  allocs",
        "boxes (src/lib.rs:3) allocates",
    );
    let of_cache = |line: &&str| line.contains("finds_its_cache") && line.contains("is more than");
    assert_eq!(worse.text().lines().find(of_cache), None);
    drop(worse);
    project.write(
        "perf-budgets.toml",
        "schema = 1\n[[waive]]\ncase = \"works\"\nlimit = \"regression\"\nreason = \"#7 more work\"\nowner = \"ann\"\nuntil = 2999-12-31\n[budget.\"boxes\"]\nmode = \"soft\"\n",
    );
    project
        .run_perf(&format!("{AB} HEAD works boxes --one-layout --no-profile"))
        .ended_with(0)
        .says("#7 more work; owner: ann")
        .says("waived through 2999-12-31")
        .says("0 failed");
    std::fs::remove_file(project.path().join("perf-budgets.toml")).expect("it was written");

    commit(&project, "More work");
    project.write("notes.txt", "nothing to measure");
    commit(&project, "Notes");
    project
        .run_perf("bisect works --good HEAD~2 --cargo-profile quick --one-layout")
        .ended_with(0)
        .says("worse since")
        .says("More work");
}
