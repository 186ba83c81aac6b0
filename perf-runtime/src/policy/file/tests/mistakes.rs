//! Rows for every mistake in a file.

use super::*;

/// Each line of `expected` is `line:column: a part of the message`.
#[track_caller]
fn mistakes(text: &str, expected: &[&str]) {
    let found = parse(text, "f").expect_err(text);
    let shown: Vec<String> = found.iter().map(|mistake| mistake.to_string()).collect();
    assert_eq!(shown.len(), expected.len(), "{shown:#?}");
    for (shown, expected) in shown.iter().zip(expected) {
        let (place, part) = expected.split_once(": ").expect("a place and a part");
        assert!(
            shown.starts_with(&format!("f:{place}: ")) && shown.contains(part),
            "{shown}\nexpected {expected}"
        );
    }
}

#[test]
fn every_mistake_is_told_with_its_place() {
    mistakes(
        "schema = 1\nmoed = \"hard\"\n[defaults]\nfals_fail = 0.1\nmax_time = \"3 sec\"\n[budget.\"a:b\"]\np99 = 10\n",
        &[
            "2:1: found `moed`, expected a key of the top of the file; did you mean `mode`?",
            "4:1: found `fals_fail`, expected a key of [defaults]; did you mean `false_fail`?",
            "5:15: unknown unit `sec` in `3 sec`",
            "6:9: a single `:`",
            "7:7: found 10 for `p99`, expected a text with a number and its unit, such as \"10ms\"",
        ],
    );
}

#[test]
fn text_that_is_no_toml_ends_at_its_first_mistake() {
    mistakes("schema = 1\nmode = hard\n", &["2:8: this is not TOML: "]);
    mistakes("schema = 1\n[defaults\n", &["2:10: this is not TOML: "]);
    mistakes(
        "schema = 1\nschema = 1\n",
        &["2:1: this is not TOML: duplicate key"],
    );
}

#[test]
fn the_schema_is_required_and_must_be_known() {
    mistakes("", &["1:1: expected `schema = 1` as the first line"]);
    mistakes("schema = 2", &["1:10: found schema 2, expected 1"]);
    for (text, found) in [
        ("\"1\"", "the string \"1\""),
        ("1.0", "1.0"),
        ("0", "0"),
        ("[1]", "a list"),
    ] {
        let expected = format!(
            "1:10: found {found} for `schema`, expected the number 1, without quotes: write `schema = 1`"
        );
        mistakes(&format!("schema = {text}"), &[&expected]);
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_refused() {
    let rows = [
        ("warmup = true", "2:10: found true for `warmup`"),
        ("samples = 0", "2:11: a whole number from 1 to"),
        ("samples = \"5\"", "2:11: found \"5\" for `samples`"),
        ("items = -1", "2:9: found -1 for `items`"),
        ("max_time = 3", "2:12: such as \"10ms\""),
        (
            "clock = \"wal\"",
            "2:9: expected one of \"clean\", \"wall\", \"cpu\"; did you mean `wall`?",
        ),
        ("near = 90", "2:8: a share of at most one, such as \"90%\""),
        ("near = \"120%\"", "2:8: a share of at most one"),
        (
            "false_fail = 0",
            "2:14: a probability from 0.000000001 to 0.5",
        ),
        (
            "false_pass = 1.0",
            "2:14: a probability from 0.000000001 to 0.5",
        ),
        ("message = \"\"", "2:11: that is not empty"),
        ("clock = [1]", "2:9: found a list for `clock`"),
    ];
    for (line, expected) in rows {
        mistakes(
            &format!("schema = 1\ndefaults.{line}"),
            &[&shifted(expected, "defaults.".len())],
        );
    }
    mistakes(
        "schema = 1\ndefaults = 1\nwaive = 1",
        &[
            "2:12: expected a table [defaults]",
            "3:9: [[waive]] with two brackets",
        ],
    );
    mistakes(
        "schema = 1\n[profile.ci]\nslack = \"1.5\"",
        &["3:9: a factor from 0.01 to 1000, such as 1.5"],
    );
    mistakes(
        "schema = 1\n[profile.ci]\nslack = 0",
        &["3:9: a factor from 0.01 to 1000"],
    );
    mistakes(
        "schema = 1\n[budget.a]\nallocs = 1.5",
        &["3:10: found 1.5 for `allocs`"],
    );
    mistakes(
        "schema = 1\n[budget.a]\nmem = \"µ5 mb\"",
        &["3:8: is not a size"],
    );
}

#[test]
fn zero_is_refused_where_it_makes_no_budget() {
    mistakes(
        "schema = 1\n[budget.a]\np99 = \"0ns\"",
        &["3:7: found zero for `p99`; no call takes no time at all"],
    );
    mistakes(
        "schema = 1\n[budget.a]\nthroughput = \"0/s\"",
        &["3:14: a floor of zero always holds"],
    );
    mistakes(
        "schema = 1\n[budget.a]\nmax_time = \"0s\"",
        &["3:12: it leaves no time to measure in"],
    );
    let none = parse(
        "schema = 1\n[budget.a]\nallocs = 0\nretained = \"0B\"\nwarmup = 0",
        "f",
    )
    .expect("zero is a number");
    assert_eq!(none.budgets[0].settings.limits.len(), 2);
}

fn shifted(expected: &str, by: usize) -> String {
    let (place, part) = expected.split_once(": ").expect("a place");
    let (line, column) = place.split_once(':').expect("line and column");
    let column: usize = column.parse().expect("a column");
    format!("{line}:{}: {part}", column + by)
}

#[test]
fn a_key_in_the_wrong_table_is_sent_to_the_right_one() {
    let rows = [
        (
            "p99 = \"1ms\"",
            "2:1: write it in [defaults], or for some cases in [budget.\"PATTERN\"]",
        ),
        (
            "defaults.p99 = \"1ms\"",
            "2:10: write it in [budget.\"**\"] to hold every case",
        ),
        (
            "defaults.mode = \"soft\"",
            "2:10: write it at the top of the file",
        ),
        ("defaults.slack = 2", "2:10: write it in [profile.NAME]"),
        (
            "class.a.false_fail = 0.1",
            "2:9: it is the chance of the whole run: write it in [defaults]",
        ),
        ("class.a.slack = 2", "2:9: write it in [profile.NAME]"),
        (
            "budget.a.setup = \"x\"",
            "2:10: expected it in #[perf_budget(..)], beside the function",
        ),
        (
            "budget.a.isolate = \"process\"",
            "2:10: expected it in #[perf_budget(..)], beside the function",
        ),
        ("budget.a.regression = \"1%\"", "2:24: `1%` is below 2%"),
        (
            "budget.a.regression_tail = 10",
            "2:28: expected a tolerance in quotes",
        ),
        ("budget.a.p100 = \"1ms\"", "2:10: write `max` or `p99_9`"),
        (
            "budget.a.p999 = \"1ms\"",
            "2:10: such as `p50`, `p99` or `p99_9`",
        ),
        ("budget.a.xyzzy = 1", "2:10: one of min, mean, max"),
        (
            "profile.ci.max_time = \"1s\"",
            "2:12: write it in [profile.ci.defaults]",
        ),
        (
            "profile.ci.defaults.slack = 2",
            "2:21: write it in [profile.ci] itself",
        ),
        (
            "profile.ci.defaults.mem = \"1MB\"",
            "2:21: write it in [profile.ci.budget.\"**\"]",
        ),
        (
            "profile.ci.budgt.a.p99 = \"1ms\"",
            "2:12: did you mean `budget`?",
        ),
    ];
    for (line, expected) in rows {
        mistakes(&format!("schema = 1\n{line}"), &[expected]);
    }
    mistakes(
        "schema = 1\n[class.critical]\n[profile.ci.class.critcal]\np95 = \"1s\"",
        &[
            "3:19: found class `critcal`, expected one that [class.critcal] makes outside the profile; did you mean `critical`?",
        ],
    );
}

#[test]
fn a_waiver_must_be_named_owned_and_end() {
    mistakes(
        "schema = 1\n[[waive]]\ncase = \"a\"\n",
        &[
            "2:1: without `limit`",
            "2:1: without `reason`",
            "2:1: without `until`",
        ],
    );
    let with = |limit: &str, until: &str| {
        format!(
            "schema = 1\n[[waive]]\ncase = \"a\"\nlimit = \"{limit}\"\nreason = \"#1\"\nuntil = {until}\n"
        )
    };
    mistakes(
        &with("p99", "\"2026-12-31\""),
        &["6:9: the last day it holds, without quotes, such as 2026-12-31"],
    );
    mistakes(
        &with("p99", "2026-12-31T10:00:00Z"),
        &["6:9: found 2026-12-31T10:00:00Z for `until`"],
    );
    mistakes(
        &with("men", "2026-12-31"),
        &["4:9: expected a limit such as"],
    );
    let file = parse(&with("*", "2026-12-31"), "f").expect("a waiver of every limit");
    assert_eq!(file.waivers[0].limit, Waived::All);
    assert_eq!(file.waivers[0].owner, None);
    let owned = format!("{}owner = \"ann\"\n", with("*", "2026-12-31"));
    let file = parse(&owned, "f").expect("a waiver with an owner");
    assert_eq!(file.waivers[0].owner.as_deref(), Some("ann"));
    mistakes(
        &owned.replace("\"ann\"", "7"),
        &["7:9: found 7 for `owner`"],
    );
}

#[test]
fn what_the_attribute_refuses_of_several_users_the_file_refuses_too() {
    for (line, part) in [
        ("errors = \"0%\"", "leave it out"),
        ("errors = \"100%\"", "below 100%"),
        ("degradation = \"0x\"", "above zero"),
        ("rate = \"0/s\"", "begins no call"),
        ("threads = 0", "from 1 to 10,000"),
        ("ratio = \"0.5x\"", "names no other case"),
        ("ratio = 0.5", "a factor and another case"),
        ("complexity = \"n lgo n\"", "did you mean `n log n`?"),
        ("args = [1]", "beside the function"),
        ("runtime = \"multi_thread\"", "beside the function"),
        ("events = 5", "write `events.\"sqlx::query\".max = 5`"),
    ] {
        let text = format!("schema = 1\n[budget.a]\n{line}");
        let mistakes = parse(&text, "f").expect_err(line);
        assert_eq!(mistakes.len(), 1, "{line}: {mistakes:?}");
        assert!(
            mistakes[0].to_string().contains(part),
            "{line}: {}",
            mistakes[0]
        );
    }
    let mistakes = parse("schema = 1\n[defaults]\nthreads = 4", "f").expect_err("defaults");
    assert!(mistakes[0].to_string().contains("[budget.\"PATTERN\"]"));
}

#[test]
fn a_value_outside_of_its_bounds_is_refused_with_them() {
    for (line, expected) in [
        ("max_time = \"9000000000s\"", "2:12: from 1 ms to 1440 min"),
        ("max_time = \"999us\"", "2:12: from 1 ms to 1440 min"),
        ("warmup = \"9000000000s\"", "2:10: from 0 ns to 1440 min"),
        ("warmup = 1_000_000_001", "2:10: from 0 to 1,000,000,000"),
        (
            "samples = 99999999999999999999",
            "2:11: from 1 to 1,000,000,000",
        ),
        ("samples = -1", "2:11: from 1 to 1,000,000,000"),
        ("items = 0", "2:9: from 1 to 1,000,000,000"),
        ("threads = 10_001", "2:11: from 1 to 10,000"),
        ("rate = \"1000000000000000/s\"", "2:8: a rate from"),
        ("p99 = \"1441min\"", "2:7: from 1 ns to 1440 min"),
        ("mem = \"1000001GB\"", "2:7: from 0 B to 1000000 GB"),
        (
            "allocs = 1.5",
            "2:10: found 1.5 for `allocs`, expected a whole number, such as 5",
        ),
        (
            "allocs = -1",
            "2:10: found -1 for `allocs`, expected a whole number",
        ),
        ("allocs = \"1.5\"", "2:12: is not a whole number"),
        ("cpu_share = \"1000001%\"", "2:13: a share from"),
        ("degradation = \"1000001x\"", "2:15: a factor from"),
        ("ratio = \"1000001x a::b\"", "2:10: a factor from"),
        ("regression = \"100001%\"", "2:15: tolerates anything"),
        ("near = \"101%\"", "2:8: a share of at most one"),
        (
            "false_pass = 1e-300",
            "2:14: a probability from 0.000000001 to 0.5",
        ),
        (
            "false_pass = 0.9",
            "2:14: a probability from 0.000000001 to 0.5",
        ),
        ("false_pass = nan", "2:14: a probability from"),
    ] {
        let text = format!("schema = 1\nbudget.a.{line}");
        mistakes(&text, &[&shifted(expected, "budget.a.".len())]);
    }
    for slack in ["1e300", "inf", "nan", "0", "-1.5", "0.009", "1000.5"] {
        let text = format!("schema = 1\n[profile.ci]\nslack = {slack}");
        mistakes(&text, &["3:9: a factor from 0.01 to 1000"]);
    }
    mistakes(
        "schema = 1\n[span.a]\nmax = \"1s\"\nevery = \"9000000000s\"",
        &["4:9: from 0 ns to 1440 min"],
    );
    mistakes(
        "schema = 1\n[defaults]\nfalse_fail = 0.51",
        &["3:14: a probability from"],
    );
}

#[test]
fn a_key_that_is_set_twice_is_refused() {
    mistakes(
        "schema = 1\n[defaults]\nrounds = 20\nsamples = 30\n",
        &["4:11: found `samples` a second time, expected it once; the other one stands at f:3:10"],
    );
}

#[test]
fn every_mistake_has_a_code() {
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mistakes = parse(&format!("schema = 1\n{text}"), "f").expect_err(text);
        assert_eq!(
            mistakes.codes(),
            expected.split(' ').collect::<Vec<_>>(),
            "{text}"
        );
    }
    let first = parse("schema 1", "f").expect_err("no TOML");
    assert_eq!(first.codes(), ["not_toml"]);
    let none = parse("mode = \"hard\"", "f").expect_err("no schema");
    assert_eq!(none.codes(), ["no_schema"]);
    check(
        "moed = \"hard\"\n[defaults]\nnear = 90",
        "unknown_key wrong_value",
    );
    check(
        "p99 = \"1ms\"\nargs = [1]\nwaive = 1",
        "key_of_other_table key_of_attribute waive_not_a_list",
    );
    check(
        "[budget.a]\np100 = \"1ms\"\np95 = \"1 sec\"",
        "wrong_quantile wrong_amount",
    );
    check(
        "[budget.a]\np99 = \"0ns\"\ndeny_alloc = 1",
        "out_of_bounds wrong_flag",
    );
    check("[budget.a]\nspan = 1\nevents = {}", "not_names no_name");
    check(
        "[budget.a]\nspan.\" \".p99 = \"1ms\"\nspan.a = 1\nspan.b = {}",
        "empty_name not_limits no_limit_of_name",
    );
    check(
        "[budget.a]\nevents.a.mx = 1\nevents.a.quantile = 1",
        "mistyped_statistic unknown_statistic",
    );
    check(
        "[span.a]\n[top]\n\"\" = \"1ms\"\na = \"1\"",
        "no_limit_of_span empty_threshold wrong_threshold",
    );
    check(
        "[[waive]]\ncase = \"a\"\nlimit = \"x\"\nreason = \"r\"",
        "incomplete_waiver unknown_waived",
    );
    check(
        "[budget.\"a:b\"]\n[budget.\"tag:\"]\n[budget.\"a::***\"]",
        "unknown_label no_name_of_label wrong_pattern",
    );
    check(
        "budget = 1\n[profile.ci.class.a]",
        "not_a_table unknown_class_of_profile",
    );
}
