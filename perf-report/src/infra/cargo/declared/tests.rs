//! Sources, and what is found in them.

use super::*;

fn scan(files: &[(&str, &str)]) -> Vec<Declared> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, text).expect("written");
    }
    budgets(&folder.path().join(files[0].0))
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    let found: Vec<String> = scan(files).into_iter().map(|found| found.path).collect();
    assert_eq!(found, expected);
}

#[test]
fn an_attribute_is_found_by_each_of_its_names() {
    check(
        &[(
            "a.rs",
            "use perf_runtime::{perf_budget as budget, main};\n#[perf_runtime::perf_budget(p50 = \"1us\")]\nfn one() {}\n#[perf_budget(p50 = \"1us\")] fn two() {}\n#[budget(p50 = \"1us\")] fn three() {}\n#[cfg_attr(test, perf_budget(p50 = \"1us\"))] fn four() {}\n#[other(p50 = \"1us\")] fn five() {}",
        )],
        &["one", "two", "three", "four"],
    );
}

#[test]
fn what_only_looks_like_one_is_none() {
    check(
        &[(
            "a.rs",
            "// #[perf_budget(p50 = \"1us\")]\n/// #[perf_budget(p50 = \"1us\")]\n/* #[perf_budget] fn x() {} */\nfn one() { let _ = \"#[perf_budget(p50)] fn x() {}\"; }\n",
        )],
        &[],
    );
}

#[test]
fn modules_are_followed_wherever_they_stand() {
    let budget = "#[perf_budget(p50 = \"1us\")] fn f() {}";
    let root = format!(
        "mod plain;\nmod folder;\n#[path = \"else/where.rs\"] mod named;\nmod inline {{ mod deep; {budget} }}\nmod gone;"
    );
    check(
        &[
            ("src/lib.rs", &root),
            ("src/plain.rs", &format!("mod below; {budget}")),
            ("src/plain/below.rs", budget),
            ("src/folder/mod.rs", &format!("mod below; {budget}")),
            ("src/folder/below.rs", budget),
            ("src/else/where.rs", &format!("mod beside; {budget}")),
            ("src/else/beside.rs", budget),
            ("src/inline/deep.rs", budget),
        ],
        &[
            "plain::below::f",
            "plain::f",
            "folder::below::f",
            "folder::f",
            "named::beside::f",
            "named::f",
            "inline::deep::f",
            "inline::f",
        ],
    );
}

#[test]
fn what_no_build_here_has_is_not_declared() {
    let other = if cfg!(windows) { "unix" } else { "windows" };
    let text = format!(
        "#[cfg({other})] #[perf_budget(p50 = \"1us\")] fn a() {{}}\n#[cfg(all(test, not({other})))] #[perf_budget(p50 = \"1us\")] fn b() {{}}\n#[cfg(feature = \"x\")] mod m {{ #[perf_budget(p50 = \"1us\")] fn c() {{}} }}\n#[cfg(not(test))] mod n {{ #[perf_budget(p50 = \"1us\")] fn d() {{}} }}"
    );
    check(&[("a.rs", &text)], &["b", "m::c"]);
}

#[test]
fn limits_and_labels_are_read_as_they_are_written() {
    let found = scan(&[(
        "a.rs",
        "\n#[perf_budget(p99 = \"2us\", allocs = 0, span(\"render\", p99 = \"2ms\", max = \"5ms\"), setup = || vec![1, 2], tags = [\"slow\"], group = \"g\", ignore = \"why\", mode = \"soft\")]\nfn f(v: &Vec<u8>) {}\n#[perf_budget(class = \"critical\")]\nasync fn g() {}",
    )]);
    let limits = |at: usize| -> Vec<(&str, &str)> {
        let limits = found[at].limits.iter();
        limits.map(|(key, value)| (&**key, &**value)).collect()
    };
    assert_eq!(
        limits(0),
        [
            ("p99", "2us"),
            ("allocs", "0"),
            ("span render", "2ms"),
            ("span render", "5ms")
        ]
    );
    assert_eq!((found[0].line, found[1].line), (3, 5));
    assert_eq!(
        (
            found[0].tags.as_slice(),
            found[0].group.as_deref(),
            found[0].ignored
        ),
        (&["slow".to_owned()][..], Some("g"), true)
    );
    assert_eq!(found[0].mode.as_deref(), Some("soft"));
    assert_eq!(limits(1), [("class", "critical")]);
}
