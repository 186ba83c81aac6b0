//! `cargo xtask perf baseline` in a git repository: saved, checked, and what turns it red.

use std::process::{Command, Stdio};

use crate::project::{HEAD, Project};

fn git(project: &Project, arguments: &str) {
    let done = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b"])
        .args(arguments.split_whitespace())
        .current_dir(project.path())
        .stdout(Stdio::null())
        .status()
        .expect("git can be started");
    assert!(done.success(), "git {arguments}");
}

/// What a busy machine does to so short a measurement is not what is tested.
const TOLERANT: &str = "#[perf_budget(p50 = \"1s\", allocs = 9, regression = \"20x\")]\n";

#[test]
fn a_saved_baseline_finds_an_allocation_more_on_every_machine() {
    let case = format!("{HEAD}{TOLERANT}fn fills() -> Vec<u8> {{ vec![1; 1000] }}\n");
    let project = Project::alone("kept", &[("tests/ordinary.rs", &case)]);
    project.write(".gitignore", "perf-out\n");
    project
        .run_perf("baseline check")
        .ended_with(2)
        .says("no baseline is saved there");
    // The lock file is settled once the tests are built.
    project.run_perf("list").ended_with(0);
    git(&project, "init --quiet");
    git(&project, "add .");
    git(&project, "commit --quiet --message=first");

    let save = "baseline save --runs 5 --max-time 100ms --allow-unsettled";
    project.write("src/lib.rs", "// not committed\n");
    project
        .run_perf(save)
        .ended_with(2)
        .says("files differ from the commit")
        .says("src/lib.rs");
    project.write("src/lib.rs", "");
    project
        .run_perf(save)
        .ended_with(0)
        .says("saved 1 case of 5 runs");
    project
        .run_perf("baseline check --max-time 100ms")
        .ended_with(0)
        .says("1 case measured; none looked worse")
        .says("0 worse");
    project
        .run_perf("baseline show")
        .ended_with(0)
        .says("| `kept::ordinary::fills` | allocs | ≤ 9 | 1 |");

    // On another machine, and with an allocation more.
    let folder = project.path().join("perf-baselines");
    let files = std::fs::read_dir(&folder).expect("it was saved");
    for file in files.map(|entry| entry.expect("an entry").path()) {
        let text = std::fs::read_to_string(&file).expect("a file");
        std::fs::write(&file, text.replace("\"os\": \"", "\"os\": \"another ")).expect("written");
    }
    let one_more = "drop(std::hint::black_box(vec![2; 10])); vec![1; 1000]";
    project.write(
        "tests/ordinary.rs",
        &case.replace("vec![1; 1000]", one_more),
    );
    project
        .run_perf("baseline check --max-time 100ms")
        .ended_with(1)
        .says("allocs 2 is more than 1 by 100 %")
        .says("other machine (");
}
