//! Broken time limits that explain themselves: the planted slowdowns of the examples.

use std::fs;

use crate::planted::{PLANTED, explained};
use crate::project::{Project, unlike};

/// One run of all of them: of each the explanation, the profile and its flamegraph.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "profiles are taken on Linux")]
fn ten_slow_functions_are_named_by_their_explanations() {
    let project = Project::of_examples();
    let ran = project
        .run_perf("--test slow --include-ignored --no-history")
        .ended_with(1);
    let found = explained(&ran.stdout, "examples::slow");
    let missed: Vec<String> = PLANTED
        .iter()
        .filter_map(|one| {
            let explained = found.iter().find(|found| found.case == one.case);
            let named = explained.and_then(|explained| explained.names(one.cause));
            named
                .is_none()
                .then(|| format!("{}: {explained:?}", one.cause))
        })
        .collect();
    assert!(missed.is_empty(), "{missed:#?}\n{}", ran.text());
    let profiles = project.profiles();
    let json = profiles
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "json"));
    let mut profiled = 0;
    for file in json {
        let text = fs::read_to_string(file).expect("a profile can be read");
        let profile = serde_json::from_str(&text).expect("a profile is JSON");
        let schema = include_str!("../../../perf-report/schema/profile-1.schema.json");
        assert_eq!(
            unlike(schema, &[profile]),
            [] as [String; 0],
            "{}",
            file.display()
        );
        profiled += 1;
    }
    assert_eq!(profiled, PLANTED.len(), "{profiles:?}");
    let flamegraphs = profiles.iter().filter(|path| path.ends_with("flamegraph"));
    let files = flamegraphs.flat_map(|folder| fs::read_dir(folder).expect("a folder"));
    assert_eq!(files.count(), PLANTED.len(), "{profiles:?}");
}

#[test]
fn without_profiles_a_broken_limit_has_none() {
    let project = Project::of_examples();
    let line =
        "sleep::a_checksum_is_fetched --test slow --include-ignored --no-history --no-profile";
    let ran = project.run_perf(line).ended_with(1);
    assert!(!ran.text().contains("back_off"), "{}", ran.text());
    assert_eq!(project.profiles(), [] as [std::path::PathBuf; 0]);
}
