//! `top`: what takes most over a stored run.

use serde_json::Value;

use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[(
    "a stored run is ranked, and held to the thresholds of the budget file",
    a_run_is_ranked,
)];

fn a_run_is_ranked() {
    let workspace = Workspace::new("sound");
    workspace
        .call("perf top")
        .shows(2, &["no run is stored yet"]);
    workspace.call("perf").shows(0, &[]);
    workspace.call("perf top --check").shows(
        0,
        &[
            "cases by their typical call",
            "app::slow",
            "spans by their mean time",
            "places by what they allocate in a call",
            "src/parser.rs:42",
            "run r1: 3 cases; nothing is over a threshold",
        ],
    );
    let outcome = workspace.call("perf top app::* --run r1 --most 1 --format json");
    outcome.shows(0, &[]);
    let json: Value = serde_json::from_str(&outcome.out).expect("JSON");
    assert_eq!(
        (&json["kind"], &json["cases"]),
        (&"perf-top".into(), &2.into())
    );
    let cases = &json["tables"][0];
    assert_eq!(
        (&cases["of"], &cases["left_out"]),
        (&"case".into(), &1.into())
    );
    workspace
        .call("perf top --format markdown")
        .shows(0, &["## What takes most", "| `app::slow` |"]);
    workspace.call("perf top app::slows").shows(
        2,
        &["`app::slows` matches none of the 3 cases", "app::slow"],
    );
    // What is over its threshold stands first, and a name that no span has is said.
    let budgets = |text: &str| workspace.write("perf-budgets.toml", text);
    budgets("schema = 1\n[top]\nparse = \"1us\"\nload = \"1s\"\nroutes = \"1s\"\n");
    let words = [
        "over 1 µs",
        "perf-budgets.toml:5:10: [top] `routes` is the name of no span of this run",
        "1 over a threshold",
    ];
    workspace.call("perf top").shows(0, &words);
    let outcome = workspace.call("perf top --check");
    outcome.shows(1, &words);
    let (parse, load) = (outcome.out.find("\nparse "), outcome.out.find("\nload "));
    assert!(parse.is_some() && parse < load, "{}", outcome.out);
    budgets("schema = 1\n[top]\nload = 500\n");
    let part = "perf-budgets.toml:3:8: `load`: found no text, expected one such as \"500ms\"";
    workspace.call("perf top").shows(2, &[part]);
}
