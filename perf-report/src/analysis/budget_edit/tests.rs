//! Changes to files as people write them.

use super::*;

fn text(text: &str) -> Literal {
    Literal {
        text: text.to_owned(),
        bare: false,
    }
}

fn number(text: &str) -> Literal {
    Literal {
        text: text.to_owned(),
        bare: true,
    }
}

fn put(pattern: &str, key: &str, literal: Literal) -> Change {
    Change::Put {
        profile: None,
        pattern: pattern.to_owned(),
        keys: key.split('/').map(str::to_owned).collect(),
        literal,
    }
}

fn put_in(profile: &str, pattern: &str, key: &str, literal: Literal) -> Change {
    Change::Put {
        profile: Some(profile.to_owned()),
        pattern: pattern.to_owned(),
        keys: key.split('/').map(str::to_owned).collect(),
        literal,
    }
}

/// A change of the value that starts where `part` does.
fn set(file: &str, part: &str, literal: Literal) -> Change {
    let at = file.find(part).expect(part);
    Change::Set {
        place: Lines(file).place(at),
        literal,
    }
}

/// The outcome is the old text with these lines taken out and put in: the
/// form of a diff, so that what stays need not be said.
#[track_caller]
fn check(file: &str, changes: &[Change], expected: &str) {
    match apply(file, changes) {
        Ok(new) => assert_eq!(
            new, expected,
            "\n--- found\n{new}\n--- expected\n{expected}"
        ),
        Err(wrong) => panic!("{wrong}\n{file}"),
    }
}

const FILE: &str = r##"# Budgets, see the wiki.
schema = 1   # the only one

[budget."parser::*"]   # the parser team
# raised on 2026-03-01
p99   =   '10ms'   # was 8
  mem = "2MB"
# p50 = "5ms"

# ---- builds ----
[profile.ci]
slack = 1.5

[[waive]] # known
case = "parser::big"
limit = "p99"
reason = "#123"
until = 2026-12-31
"##;

#[test]
fn a_value_changes_and_nothing_beside_it() {
    check(
        FILE,
        &[
            set(FILE, "'10ms'", text("12ms")),
            set(FILE, "\"2MB\"", text("1.5MB")),
        ],
        &FILE
            .replace("'10ms'", "'12ms'")
            .replace("\"2MB\"", "\"1.5MB\""),
    );
}

#[test]
fn a_new_table_stands_below_its_siblings_and_their_remarks() {
    check(
        FILE,
        &[
            put("app::fast", "p99", text("13ms")),
            put("app::fast", "allocs", number("412")),
            put("app::slow", "p50", text("1s")),
        ],
        &FILE.replace(
            "# p50 = \"5ms\"\n",
            "# p50 = \"5ms\"\n\n[budget.\"app::fast\"]\np99 = \"13ms\"\nallocs = 412\n\n[budget.\"app::slow\"]\np50 = \"1s\"\n",
        ).replace("[budget.\"app::fast\"]\np99", "[budget.\"app::fast\"]\n  p99")
        .replace("\nallocs", "\n  allocs")
        .replace("\np50 = \"1s\"", "\n  p50 = \"1s\""),
    );
}

#[test]
fn a_key_joins_the_table_that_is_there() {
    let file =
        "schema = 1\n[budget.'a::b'] # hot\n\tp99 = \"1ms\" # tail\n\n\n[class.x]\np50 = \"1s\"\n";
    check(
        file,
        &[
            put("a::b", "mem", text("1MB")),
            put("a::b", "p99", text("2ms")),
        ],
        "schema = 1\n[budget.'a::b'] # hot\n\tp99 = \"2ms\" # tail\n\tmem = \"1MB\"\n\n\n[class.x]\np50 = \"1s\"\n",
    );
    check(
        "schema = 1\n[budget.\"a::b\"]\n# nothing yet\n",
        &[put("a::b", "mem", text("1MB"))],
        "schema = 1\n[budget.\"a::b\"]\nmem = \"1MB\"\n# nothing yet\n",
    );
    check(
        "schema = 1\n[budget.\"a::b\"]",
        &[put("a::b", "mem", text("1MB"))],
        "schema = 1\n[budget.\"a::b\"]\nmem = \"1MB\"\n",
    );
    check(
        "schema = 1\n[budget.\"a::b\"]\np99 = \"1s\"",
        &[put("a::b", "mem", text("1MB"))],
        "schema = 1\n[budget.\"a::b\"]\np99 = \"1s\"\nmem = \"1MB\"\n",
    );
}

#[test]
fn dotted_keys_and_inline_tables_stay_what_they_are() {
    check(
        "schema = 1\nbudget . \"a::b\" . p99 = '1ms' # x\nmode = \"soft\"\n",
        &[
            put("a::b", "mem", text("1MB")),
            put("a::b", "p99", text("3ms")),
        ],
        "schema = 1\nbudget . \"a::b\" . p99 = '3ms' # x\nbudget . \"a::b\" . mem = \"1MB\"\nmode = \"soft\"\n",
    );
    check(
        "schema = 1\n[budget]\n\"a::b\".p99 = \"1ms\"\n\"c::d\" = { p50 = \"1ms\" } # one line\nempty = {}\n",
        &[
            put("a::b", "allocs", number("12_460")),
            put("c::d", "mem", text("1MB")),
            put("c::d", "p50", text("9ms")),
            put("empty", "p50", text("1s")),
            put("e::f", "p99", text("2ms")),
        ],
        "schema = 1\n[budget]\n\"a::b\".p99 = \"1ms\"\n\"a::b\".allocs = 12_460\n\"c::d\" = { p50 = \"9ms\", mem = \"1MB\" } # one line\nempty = { p50 = \"1s\" }\n\n[budget.\"e::f\"]\np99 = \"2ms\"\n",
    );
    check(
        "schema = 1\nbudget = { \"a::b\" = { p99 = \"1ms\" } }\n",
        &[
            put("c::d", "p99", text("2ms")),
            put("c::d", "mem", text("1MB")),
            put("a::b", "p50", text("1ms")),
        ],
        "schema = 1\nbudget = { \"a::b\" = { p99 = \"1ms\", p50 = \"1ms\" }, \"c::d\" = { p99 = \"2ms\", mem = \"1MB\" } }\n",
    );
    check(
        "schema = 1\n[profile]\nci = { slack = 2 }\n",
        &[
            put_in("ci", "a::b", "p99", text("2ms")),
            put_in("ci", "c::d", "p99", text("3ms")),
        ],
        "schema = 1\n[profile]\nci = { slack = 2, budget = { \"a::b\" = { p99 = \"2ms\" }, \"c::d\" = { p99 = \"3ms\" } } }\n",
    );
}

#[test]
fn a_limit_on_something_with_a_name_joins_its_like() {
    let events = |of: &str, most: &str| put("a::b", &format!("events/{of}/max"), number(most));
    check(
        "schema = 1\n[budget.\"a::b\"]\np99 = \"1ms\"\n",
        &[
            events("sqlx::query", "3"),
            put("a::b", "span/draw/p99", text("2ms")),
        ],
        "schema = 1\n[budget.\"a::b\"]\np99 = \"1ms\"\nevents.\"sqlx::query\".max = 3\nspan.draw.p99 = \"2ms\"\n",
    );
    check(
        "schema = 1\n",
        &[events("sqlx::query", "3"), events("x", "4")],
        "schema = 1\n\n[budget.\"a::b\"]\nevents.\"sqlx::query\".max = 3\nevents.x.max = 4\n",
    );
    check(
        "schema = 1\n[budget.\"a::b\".events]\nx.max = 5 # five\n",
        &[events("x", "4"), events("y", "3")],
        "schema = 1\n[budget.\"a::b\".events]\nx.max = 4 # five\ny.max = 3\n",
    );
    check(
        "schema = 1\n[budget.\"a::b\"]\nevents = { x = { max = 5 } }\n",
        &[events("x", "4"), events("y", "3")],
        "schema = 1\n[budget.\"a::b\"]\nevents = { x = { max = 4 }, y = { max = 3 } }\n",
    );
    check(
        "schema = 1\nbudget.\"a::b\".events.x.max = 5\n",
        &[
            events("x", "4"),
            events("y", "3"),
            put("a::b", "p99", text("2ms")),
        ],
        "schema = 1\nbudget.\"a::b\".events.x.max = 4\nbudget.\"a::b\".events.y.max = 3\nbudget.\"a::b\".p99 = \"2ms\"\n",
    );
}

#[test]
fn a_number_in_quotes_stays_in_quotes() {
    let file = "schema = 1\n[budget.\"a::b\"]\nallocs = \"500\"\nalloc_bytes = '''2MB'''\ninstructions = 1_000_000\n";
    check(
        file,
        &[
            set(file, "\"500\"", number("412")),
            set(file, "1_000", number("900_000")),
        ],
        "schema = 1\n[budget.\"a::b\"]\nallocs = \"412\"\nalloc_bytes = '''2MB'''\ninstructions = 900_000\n",
    );
    check(
        file,
        &[put("a::b", "alloc_bytes", text("3MB"))],
        &file.replace("'''2MB'''", "'3MB'"),
    );
}

#[test]
fn a_profile_gets_its_own_table() {
    check(
        FILE,
        &[put_in("ci", "app::fast", "p99", text("13ms"))],
        &FILE.replace(
            "slack = 1.5\n",
            "slack = 1.5\n\n[profile.ci.budget.\"app::fast\"]\np99 = \"13ms\"\n",
        ),
    );
    let file = "schema = 1\n[profile.ci]\nslack = 2\n[profile.ci.budget.\"b\"]\np99 = \"1s\"\n[profile.local]\nmode = \"soft\"\n";
    check(
        file,
        &[put_in("ci", "a::c", "p99", text("2s"))],
        &file.replace(
            "p99 = \"1s\"\n",
            "p99 = \"1s\"\n\n[profile.ci.budget.\"a::c\"]\np99 = \"2s\"\n\n",
        ),
    );
}

#[test]
fn lines_end_as_they_did() {
    let file = FILE.replace('\n', "\r\n");
    let changes = [
        set(FILE, "'10ms'", text("12ms")),
        put("app::fast", "p99", text("13ms")),
        put("parser::*", "allocs", number("7")),
    ];
    let plain = apply(FILE, &changes).expect("it can be changed");
    check(&file, &changes, &plain.replace('\n', "\r\n"));
}

#[test]
fn an_empty_file_is_filled() {
    check(
        EMPTY,
        &[put("a::b", "p99", text("1ms"))],
        "schema = 1\n\n[budget.\"a::b\"]\np99 = \"1ms\"\n",
    );
}

#[test]
fn names_that_need_it_are_quoted() {
    check(
        EMPTY,
        &[
            put("a::b/\"x\"", "p99", text("1ms")),
            put("a::b/\\", "p99", text("2ms")),
        ],
        "schema = 1\n\n[budget.'a::b/\"x\"']\np99 = \"1ms\"\n\n[budget.'a::b/\\']\np99 = \"2ms\"\n",
    );
}

#[test]
fn a_waiver_goes_with_what_was_said_of_it() {
    let file = "schema = 1\n\n# all waivers\n\n# of the parser\n[[waive]]\ncase = \"a\"\nlimit = \"p99\"\nreason = \"r\" # why\nuntil = 2026-01-01\n# ask ann\n\n[[waive]]\ncase = \"b\"\nlimit = \"*\"\nreason = \"s\"\nuntil = 2026-02-01\n\n[budget.\"c\"]\np99 = \"1s\"\n";
    let found = waivers(file).expect("TOML");
    let first = Waiver {
        place: Place { line: 6, column: 1 },
        case: "a".to_owned(),
        limit: "p99".to_owned(),
        reason: "r".to_owned(),
        until: "2026-01-01".to_owned(),
        own: true,
    };
    assert_eq!(found[0], first);
    let rest = "schema = 1\n\n# all waivers\n\n";
    let second = "[[waive]]\ncase = \"b\"\nlimit = \"*\"\nreason = \"s\"\nuntil = 2026-02-01\n\n";
    let budget = "[budget.\"c\"]\np99 = \"1s\"\n";
    let drop = |at: usize| Change::Drop {
        place: found[at].place,
    };
    check(file, &[drop(0)], &format!("{rest}{second}{budget}"));
    check(file, &[drop(0), drop(1)], &format!("{rest}{budget}"));
    let at_end = &FILE[..FILE.find("\n[[waive]]").expect("a waiver")];
    let place = waivers(FILE).expect("TOML")[0].place;
    check(FILE, &[Change::Drop { place }], at_end);
}

#[test]
fn a_waiver_in_a_list_is_seen_and_left_to_its_owner() {
    let file = "schema = 1\nwaive = [\n  { case = \"a\", limit = \"p99\", reason = \"r\", until = 2026-01-01 },\n]\n";
    let found = waivers(file).expect("TOML");
    assert_eq!((found[0].own, found[0].place.line), (false, 3));
    refuses(
        file,
        &[Change::Drop {
            place: found[0].place,
        }],
        "3:3: ",
        "by hand",
    );
}

#[track_caller]
fn refuses(file: &str, changes: &[Change], place: &str, part: &str) {
    let wrong = apply(file, changes).expect_err("it is refused").to_string();
    assert!(wrong.starts_with(place) && wrong.contains(part), "{wrong}");
}

#[test]
fn what_cannot_be_changed_is_refused_with_its_place() {
    refuses("schema = 1\np99 = [", &[], "2:8: ", "not TOML");
    let gone = Change::Set {
        place: Place { line: 2, column: 7 },
        literal: text("1ms"),
    };
    refuses(EMPTY, &[gone], "2:7: ", "no value starts here any more");
    let put = put("a::b", "p99", text("1ms"));
    refuses(
        "schema = 1\nbudget = 7\n",
        std::slice::from_ref(&put),
        "2:10: ",
        "expected a table",
    );
    refuses(
        "schema = 1\nbudget = { \"a::b\" = 1 }\n",
        &[put],
        "2:21: ",
        "expected a table",
    );
}
