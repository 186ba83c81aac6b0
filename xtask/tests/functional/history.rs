//! The history of a real project under git.

use std::process::Command;

use crate::project::{HEAD, Project, Ran, SPIN};

const CASES: &str = "
#[perf_budget(p50 = \"10ms\", mem = \"1MB\")]
fn makes_a_box() -> Vec<u8> { spin(20_000); vec![1; 1000] }
#[perf_budget(p50 = \"10ms\")]
fn spins() { spin(30_000) }
";

/// What a git command prints.
fn git(project: &Project, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command
        .current_dir(project.path())
        .args(["-c", "user.name=a", "-c", "user.email=a@b"])
        .args(arguments);
    Ran::of(command).ended_with(0).stdout.trim().to_owned()
}

fn commit(project: &Project) -> String {
    git(project, &["add", "--all"]);
    git(project, &["commit", "--quiet", "--message=change"]);
    git(project, &["rev-parse", "HEAD"])
}

#[test]
fn every_run_is_kept_with_its_commit_and_partitions_of_nextest_are_one_run() {
    let project = Project::alone(
        "past",
        &[("tests/past.rs", &format!("{HEAD}{SPIN}{CASES}"))],
    );
    project.write(".gitignore", "/out*\n/perf-out\n/Cargo.lock\n");
    git(&project, &["init", "--quiet"]);
    let mut commits = Vec::new();
    for text in ["one", "two"] {
        project.write("notes.txt", text);
        commits.push(commit(&project));
        project.run_perf("").ended_with(0);
        assert_eq!(git(&project, &["status", "--porcelain"]), "");
    }
    let shown = project.run_perf("history makes_a_box").ended_with(0);
    for commit in &commits {
        let clean = format!("{}  ", &commit[..10]);
        assert!(shown.stdout.contains(&clean), "{commit}\n{}", shown.text());
    }
    // Two machines, each with half of the cases and with an output folder.
    for half in ["1", "2"] {
        let line = format!("nextest run --release --partition count:{half}/2");
        let mut command = project.cargo(&line);
        command
            .env("PERF_RUN_ID", "shared")
            .env("PERF_OUT_DIR", project.path().join(format!("out{half}")));
        Ran::of(command).ended_with(0).says("1 passed");
    }
    project
        .run_perf("merge out1/runs out2/runs/shared --commit HEAD")
        .ended_with(0)
        .says("1 run added, 1 extended, 0 already there, 0 in conflict");
    let trend = project.run_perf("trend --check --format json");
    let trend = trend.ended_with(0);
    let trend: serde_json::Value = serde_json::from_str(&trend.stdout).expect("it is JSON");
    let series = trend["series"].as_array().expect("a list");
    assert_eq!(series.len(), 2, "{trend}");
    for one in series {
        let runs = one["runs"].as_array().expect("a list");
        assert_eq!(runs.len(), 3, "{one}");
        assert_eq!(runs[2]["run"], "shared");
        assert_eq!(runs[2]["commit"], commits[1].as_str());
        assert!(
            runs.iter()
                .all(|run| run["p50_ns"].as_f64() > Some(10_000.0)),
            "{one}"
        );
    }
}
