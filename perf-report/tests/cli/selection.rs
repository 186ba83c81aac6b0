//! `list`, `explain`, and which cases a run takes.

use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "list shows every case and measures nothing",
        list_measures_nothing,
    ),
    (
        "explain shows where each number comes from",
        explain_shows_sources,
    ),
    (
        "patterns, tags and ignored cases are chosen by the workers",
        selection_is_passed_on,
    ),
    (
        "a pattern that matches nothing is refused with what is near",
        no_match_is_refused,
    ),
    (
        "finding no case at all says why that happens",
        no_case_says_why,
    ),
    (
        "a binary that links the runtime and is mute is told of main!()",
        a_mute_binary_is_told,
    ),
    (
        "an id that two binaries claim is refused",
        twins_are_refused,
    ),
    (
        "a binary without budgets is not started",
        plain_binaries_are_not_started,
    ),
    (
        "flags of the build are passed on to cargo",
        build_flags_are_passed_on,
    ),
    #[cfg(unix)]
    (
        "variables and runner of cargo's configuration are those of the tests",
        configuration_is_followed,
    ),
    (
        "a configuration of cargo that cannot be read is named",
        broken_configuration_is_named,
    ),
    (
        "a budget in a target that was not built is named and is not judged",
        unbuilt_budgets_are_named,
    ),
    (
        "a misspelt verb is refused before anything is built",
        a_misspelt_verb_is_refused,
    ),
    (
        "help is no error and a wrong flag is one",
        help_and_mistakes,
    ),
];

/// The fakes behind a runner, which hands them to a shell that knows `[env]`.
#[cfg(unix)]
fn configuration_is_followed() {
    let workspace = Workspace::new("sound");
    std::fs::create_dir(workspace.path(".cargo")).expect("made");
    workspace.write(
        ".cargo/config.toml",
        "[env]\nSOME_SIZE = \"7\"\nSOME_DATA = { value = \"data\", relative = true }\nPERF_FAKE = { value = \"unknown\" }\n[target.'cfg(all())']\nrunner = [\"sh\", \"-c\", 'echo \"$SOME_SIZE $SOME_DATA $CARGO_PKG_NAME\" >> ../started; exec \"$@\"', \"sh\"]\n",
    );
    workspace.call("perf list").shows(0, &["4 cases, 8 limits"]);
    let started = workspace.read("started");
    let data = workspace.path("data").display().to_string();
    for package in ["app", "web"] {
        let line = started.lines().find(|line| line.ends_with(package));
        let line = line.unwrap_or_else(|| panic!("{package} is not in\n{started}"));
        assert!(line.starts_with("7 ") && line.contains(&data), "{line}");
    }
}

fn unbuilt_budgets_are_named() {
    let workspace = Workspace::new("sound");
    workspace.write(
        "app/gated.rs",
        "#[perf_runtime::perf_budget(p99 = \"1ms\", allocs = 3)]\nfn in_gated() {}\n",
    );
    let why = "the test `gated` was not built, because it needs the feature net; --features net builds it";
    let place = "app/gated.rs:2";
    let outcome = workspace.call("perf list");
    outcome.shows(
        0,
        &[
            "4 cases, 8 limits",
            "app::gated::in_gated  p99 1 ms, allocs 3",
            place,
            why,
        ],
    );
    let sum = "8 limits = 6 passed + 0 waived + 0 warned + 0 failed + 0 undecided + 2 unmeasured";
    let shown = ["app::gated::in_gated", place, why, sum];
    workspace.call_as("r1", "perf").shows(0, &shown);
    workspace.call_as("r2", "perf --strict").shows(3, &shown);
    for (run, format) in [("r3", "markdown"), ("r4", "json"), ("r5", "junit")] {
        let line = format!("perf --format {format}");
        let outcome = workspace.call_as(run, &line);
        assert!(
            outcome.out.contains("app::gated::in_gated"),
            "{format}: {outcome:?}"
        );
        assert!(
            outcome.out.contains("--features net"),
            "{format}: {outcome:?}"
        );
    }
    workspace.call("perf report r2 --strict").shows(3, &[sum]);
    let all = workspace.call_as("r9", "perf --all-targets --strict");
    all.shows(3, &shown);
    // What was not asked for is not missed.
    let outcome = workspace.call_as("r6", "perf fast --strict");
    outcome.shows(0, &["2 limits = 2 passed"]);
    workspace
        .call_as("r7", "perf --test web --strict")
        .shows(0, &["6 limits = 6 passed"]);
    let outcome = workspace.call_as("r8", "perf in_gated");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(outcome.err.contains(why), "{outcome:?}");
}

fn broken_configuration_is_named() {
    let workspace = Workspace::new("sound");
    std::fs::create_dir(workspace.path(".cargo")).expect("made");
    workspace.write(".cargo/config.toml", "[env\n");
    let outcome = workspace.call("perf list");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(outcome.err.contains("config.toml"), "{outcome:?}");
}

fn list_measures_nothing() {
    let workspace = Workspace::new("sound");
    let outcome = workspace.call("perf list");
    outcome.shows(
        0,
        &[
            "app::fast  p99 10 ms, mem 50 MB  (class critical, group config, id PERF001, #quick)",
            "app::slow  p99 10 ms, mem 50 MB  (class critical, group config, #",
            "web::old",
            "ignored",
            "4 cases, 8 limits",
        ],
    );
    assert_eq!(workspace.read("turns"), "");
}

fn explain_shows_sources() {
    let parts = [
        "app::fast\n",
        "p99 10 ms  hard, from attribute at src/lib.rs:3:15",
        "p99 = 10 ms, from the attribute",
    ];
    let outcome = Workspace::new("sound").call("perf explain fast");
    outcome.shows(0, &parts);
    assert!(!outcome.out.contains("app::slow"), "{}", outcome.out);
}

fn selection_is_passed_on() {
    Workspace::new("sound")
        .call("perf fast page")
        .shows(0, &["4 limits = 4 passed"]);
    Workspace::new("sound")
        .call("perf --skip-tag network")
        .shows(0, &["4 limits = 4 passed"]);
    Workspace::new("sound")
        .call("perf --tag network --include-ignored")
        .shows(0, &["4 limits = 4 passed"]);
    Workspace::new("sound")
        .call("perf web::old")
        .shows(2, &["--include-ignored runs them"]);
    Workspace::new("sound")
        .call("perf --class critical --id PERF001 --group config")
        .shows(0, &["2 limits = 2 passed"]);
    Workspace::new("sound")
        .call("perf --skip-tag netwrok fast")
        .shows(
            0,
            &["--skip-tag: no case of the 4 has the tag `netwrok`; did you mean `network`?"],
        );
}

fn no_match_is_refused() {
    let workspace = Workspace::new("sound");
    workspace.call("perf fast slwo").shows(
        2,
        &["`slwo` matches none of the 4 cases; near it:\n  app::slow"],
    );
    workspace
        .call("perf --tag nowhere")
        .shows(2, &["no case of the 4 has the tag `nowhere`; there are: "]);
    for (arguments, near) in [
        (
            "--class critcal",
            "no case of the 4 has the class `critcal`; did you mean `critical`?",
        ),
        (
            "--id PERF01",
            "no case of the 4 has the id `PERF01`; did you mean `PERF001`?",
        ),
        (
            "--group confg",
            "no case of the 4 has the group `confg`; did you mean `config`?",
        ),
        (
            "--tag quikc",
            "no case of the 4 has the tag `quikc`; did you mean `quick`?",
        ),
        (
            "fast class:critcal",
            "has the class `critcal`; did you mean `critical`?",
        ),
    ] {
        workspace
            .call(&format!("perf {arguments}"))
            .shows(2, &[near]);
    }
    workspace
        .call("perf --id PERF001 --tag slow")
        .shows(2, &["none of the 4 cases has all of the labels asked for"]);
    workspace
        .call("perf fast --tag slow")
        .shows(2, &["`fast` matches none of the 4 cases with the labels"]);
    assert_eq!(workspace.read("turns"), "");
}

fn no_case_says_why() {
    let why = [
        "no case was found",
        "use mylib as _;",
        "perf_runtime::main!()",
    ];
    Workspace::new("empty").call("perf").shows(4, &why);
    Workspace::new("plain").call("perf").shows(4, &why);
}

fn a_mute_binary_is_told() {
    Workspace::new("mute").call("perf").shows(
        4,
        &[
            "app (lib) exited with code 0 before it introduced itself",
            "perf_runtime::main!();",
        ],
    );
}

fn twins_are_refused() {
    Workspace::new("twins").call("perf").shows(
        2,
        &[
            "`app::twin` names a case of ",
            "app (lib)",
            "an id names one case",
        ],
    );
}

fn plain_binaries_are_not_started() {
    // `plain-test` is no program: starting it could only fail.
    Workspace::new("sound").call("perf --verbose").shows(
        0,
        &["skipped, no budgets: app (lib)", "6 limits = 6 passed"],
    );
}

fn build_flags_are_passed_on() {
    let workspace = Workspace::new("sound");
    workspace
        .call("perf -p app --cargo-profile bench --all-features --test it")
        .shows(0, &[]);
    assert_eq!(
        workspace.read("cargo-arguments"),
        "test --no-run --message-format=json-render-diagnostics --profile bench --package app --all-features --test it"
    );
}

fn a_misspelt_verb_is_refused() {
    let workspace = Workspace::new("sound");
    workspace
        .call("perf comapre r1 r2")
        .shows(2, &["`comapre` is no verb; did you mean `compare`?"]);
    assert_eq!(workspace.read("cargo-arguments"), "");
    workspace
        .call("perf run comapre")
        .shows(2, &["`comapre` matches none of the 4 cases"]);
}

fn help_and_mistakes() {
    let workspace = Workspace::new("sound");
    workspace.call("perf --help").shows(
        0,
        &[
            "Usage: cargo xtask perf",
            "Exit codes:",
            "--include-ignored",
            "--instructions",
            "--alloc-profile",
        ],
    );
    workspace
        .call("perf-budget --help")
        .shows(0, &["Usage: cargo perf-budget"]);
    workspace
        .call("perf --no-such-flag")
        .shows(2, &["--no-such-flag"]);
}
