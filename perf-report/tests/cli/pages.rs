//! Pages as people use them: rows sort, filter and are searched, links and keys work,
//! and no text of a test becomes markup.

use std::path::PathBuf;

use perf_statistics::Random;
use serde_json::{Value, json};

use crate::browser::{drive, open};
use crate::past::sample;
use crate::pieces::PIECES;
use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a page sorts, filters, is searched and opens its cases",
        a_page_is_used,
    ),
    (
        "a page opens under its own policy, on a phone too",
        a_page_under_its_policy,
    ),
    (
        "a page shows why a case is slow, as pictures too",
        a_profiled_case,
    ),
    (
        "no text of a test becomes markup in a page",
        no_text_becomes_markup,
    ),
    (
        "a page of a comparison shows both sides",
        a_comparison_has_two_sides,
    ),
    (
        "a page of two thousand cases stays usable",
        two_thousand_cases,
    ),
];

/// A record of a case that takes so long, with verdicts in turn.
fn record(run: &str, nth: usize, id: &str) -> Value {
    let mut record = sample();
    let verdict = ["pass", "fail", "pass", "undecided", "warn", "pass"][nth % 6];
    record["run"] = run.into();
    record["case"]["id"] = id.into();
    record["case"]["tags"] = json!([if nth.is_multiple_of(2) { "even" } else { "odd" }]);
    record["outcome"] = verdict.into();
    record["limits"][0]["verdict"] = verdict.into();
    record["limits"][0]["sentence"] = format!("p99 of {nth} is {verdict}").into();
    record["summary"]["p50"] = (1e6 * (nth * 7 % 23 + 1) as f64).into();
    record["summary"]["p99"] = (2e6 * (nth * 7 % 23 + 1) as f64).into();
    record["allocations"] = Value::Null;
    record
}

fn write(workspace: &Workspace, run: &str, records: &[Value]) {
    let folder = workspace.path("target/perf/runs").join(run);
    std::fs::create_dir_all(&folder).expect("a folder");
    for (nth, record) in records.iter().enumerate() {
        std::fs::write(folder.join(format!("{nth}.json")), record.to_string()).expect("written");
    }
}

/// A run of this many cases, `app::m0::case0`.
fn run(workspace: &Workspace, name: &str, cases: usize) {
    let id = |nth: usize| format!("app::m{}::case{nth}", nth % 3);
    let records = (0..cases).map(|nth| record(name, nth, &id(nth)));
    write(workspace, name, &records.collect::<Vec<_>>());
}

/// The page that a line of the command line writes.
#[track_caller]
fn page(workspace: &Workspace, line: &str) -> PathBuf {
    let line = format!("perf {line} --format html --output page.html");
    let outcome = workspace.call(&line);
    assert!(outcome.out.contains("the page is page.html"), "{outcome:?}");
    workspace.path("page.html")
}

#[track_caller]
fn has(found: &Value, name: &str, expected: Value) {
    assert_eq!(found[name], expected, "{name} of {found:#}");
}

fn a_page_is_used() {
    let workspace = Workspace::new("sound");
    run(&workspace, "r1", 40);
    #[cfg(feature = "history")]
    for day in 0..14 {
        let mut past = record("x", 0, "app::m0::case0");
        past["run"] = format!("p{day:02}").into();
        past["unix_time"] = (1_795_000_000 + day * 86_400).into();
        past["summary"]["p50"] = (if day < 8 { 1e6 } else { 1.3e6 } + day as f64).into();
        write(&workspace, &format!("p{day:02}"), &[past]);
        let folder = format!("perf merge target/perf/runs/p{day:02}");
        workspace.call(&folder).shows(0, &["1 run added"]);
    }
    let page = page(&workspace, "report r1");
    let found = drive(
        &page,
        "
        found.first = texts('#body .name')[0];
        found.rows = one('#grid').getAttribute('aria-rowcount');
        const numbers = () => all('#body .row').map((row) => row.children[3].textContent);
        all('#head button')[3].click();
        found.slowest = numbers()[0];
        all('#head button')[3].click();
        found.fastest = numbers()[0];
        found.sorted = one('#head [aria-sort=ascending]').textContent;
        search('m1 even');
        found.searched = texts('#body .name');
        search('');
        one('.tile[data-verdict=fail]').click();
        found.failed = [texts('#body .verdict .v'), one('#shown').textContent];
        one('.tile[data-verdict=fail]').click();
        press('/', document.body);
        found.focus = document.activeElement.id;
        search('case0');
        press('ArrowDown');
        press('Enter');
        await later();
        found.opened = [one('#detail h2').textContent, one('#detail').hidden, location.hash];
        found.heads = texts('#detail h3');
        found.charts = all('#detail figure svg').length;
        found.marks = texts('#detail svg text.f-pass');
        const zone = one('#detail .zone');
        zone.dispatchEvent(new PointerEvent('pointerenter'));
        found.said = one('#detail figcaption').textContent;
        press('Escape');
        found.closed = one('#detail').hidden;
        search('');
        one('.list a').click();
        await later();
        found.linked = one('#detail h2').textContent === one('.list a').textContent;
        press('ArrowDown');
        found.next = one('#detail h2').textContent === one('.row.on .name').textContent;
        const before = getComputedStyle(document.body).backgroundColor;
        one('#theme').click();
        found.themed = getComputedStyle(document.body).backgroundColor !== before;
        for (const row of all('#body .row')) row.click();
        ",
    );
    has(&found, "first", "app::m1::case1".into());
    has(&found, "rows", "41".into());
    has(&found, "slowest", "23 ms".into());
    has(&found, "fastest", "1 ms".into());
    has(&found, "sorted", "p50".into());
    let even_of_m1 = (0..40).filter(|nth| nth % 6 == 4);
    let mut searched: Vec<usize> = (found["searched"].as_array().expect("names").iter())
        .filter_map(|name| name.as_str()?.strip_prefix("app::m1::case")?.parse().ok())
        .collect();
    searched.sort_unstable();
    assert_eq!(searched, even_of_m1.collect::<Vec<_>>());
    has(&found, "failed", json!([vec!["✕ fail"; 7], "7 of 40"]));
    has(&found, "focus", "search".into());
    let opened = json!(["app::m0::case0", false, "#case=app%3A%3Am0%3A%3Acase0"]);
    has(&found, "opened", opened);
    let mut heads = vec![
        "Limits",
        "Distribution",
        "Quantiles",
        "Calls over time",
        "Times",
        "Memory",
        "Counts",
        "Users",
        "Spans",
    ];
    let charts = if cfg!(feature = "history") {
        heads.push("History");
        4
    } else {
        3
    };
    has(&found, "heads", json!(heads));
    has(&found, "charts", charts.into());
    assert!(
        found["marks"].to_string().contains("p99 10 ms"),
        "{found:#}"
    );
    assert!(
        found["said"]
            .as_str()
            .is_some_and(|said| said.contains("% of calls")),
        "{found:#}"
    );
    for name in ["closed", "linked", "next", "themed"] {
        has(&found, name, true.into());
    }
    #[cfg(feature = "history")]
    {
        let found = drive(
            &page,
            "
            location.hash = '#case=app%3A%3Am0%3A%3Acase0';
            await later();
            found.changes = texts('#detail svg text.f-fail');
            found.said = texts('#detail p.note').join(' ');
            ",
        );
        has(&found, "changes", json!(["+30 %"]));
        assert!(
            found["said"]
                .as_str()
                .is_some_and(|said| said.contains("p50 rose by 30 %"))
        );
    }
}

fn a_page_under_its_policy() {
    let workspace = Workspace::new("sound");
    run(&workspace, "r1", 40);
    let page = page(&workspace, "report r1");
    for size in ["--window-size=1400,900", "--window-size=360,740"] {
        let shown = open(&page, &["--dump-dom", size]);
        assert_eq!(shown.console, [""; 0]);
        assert!(shown.page.contains("data-ready=\"yes\""), "{}", shown.page);
        assert!(shown.page.matches("role=\"row\"").count() > 10);
    }
}

/// A profile of 60 calls, of which every tenth is slow; a name of it means harm.
fn profile(case: &str) -> Value {
    let sample = include_str!("../../schema/profile-1.sample.json");
    let mut profile: Value = serde_json::from_str(sample).expect("the sample is JSON");
    profile["case"] = case.into();
    profile["frames"][0]["function"] = "</text><script>wrong.push('run')</script>".into();
    let (mut now, mut timed, mut samples) = (0_u64, Vec::new(), Vec::new());
    for call in 0..60 {
        let start = now;
        // Slow ones sleep.
        let slow = call % 10 == 7;
        for nth in 0..if slow { 14 } else { 4 } {
            now += 1_000_000;
            let waits = (nth >= 4).then_some("clock_nanosleep");
            samples.push(json!({"at_ns": now, "thread": 0, "stack": usize::from(nth >= 4), "call": call, "waits": waits}));
        }
        timed.push(json!([start, now - start]));
    }
    profile["calls"]["timed"] = timed.into();
    profile["samples"] = samples.into();
    profile
}

fn a_profiled_case() {
    let workspace = Workspace::new("sound");
    run(&workspace, "r1", 3);
    let folder = workspace.path("target/perf/runs/r1/profiles");
    std::fs::create_dir_all(&folder).expect("a folder");
    let text = profile("app::m1::case1").to_string();
    std::fs::write(folder.join("1.json"), text).expect("written");
    let found = drive(
        &page(&workspace, "report r1"),
        "
        location.hash = '#case=app%3A%3Am1%3A%3Acase1';
        await later();
        found.heads = texts('#detail h3');
        const pictures = all('#detail img');
        await Promise.all(pictures.map((one) => one.decode()));
        found.pictures = pictures.map((one) => one.naturalWidth > 900 && one.naturalHeight > 50);
        found.why = texts('#detail .limit')[0];
        ",
    );
    let heads = found["heads"].as_array().expect("heads");
    for head in ["Functions", "Flamegraph", "Slow calls"] {
        assert!(heads.contains(&head.into()), "{found:#}");
    }
    has(&found, "pictures", json!([true, true]));
    let why = found["why"].as_str().expect("text");
    assert!(
        why.contains("checkout (orders/src/lib.rs:27) sleeps"),
        "{why}"
    );
}

/// Replaces every text but the words of closed sets, which the reader knows.
fn poison(value: &mut Value, random: &mut Random) {
    const CLOSED: [&str; 12] = [
        "undecided",
        "run",
        "phase",
        "outcome",
        "unit",
        "direction",
        "mode",
        "verdict",
        "metric",
        "until",
        "growth",
        "best",
    ];
    match value {
        Value::String(text) => {
            let pieces = 1 + random.below(5);
            *text = (0..pieces)
                .map(|_| PIECES[random.below(PIECES.len())])
                .collect();
        }
        Value::Array(values) => values.iter_mut().for_each(|value| poison(value, random)),
        Value::Object(fields) => {
            for (_, value) in fields
                .iter_mut()
                .filter(|(name, _)| !CLOSED.contains(&&***name))
            {
                poison(value, random);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Looks through the page: what is there that none of our files makes.
const LOOK: &str = "
    const known = new Set('HTML HEAD META TITLE LINK STYLE BODY HEADER DIV H1 STRONG P BUTTON MAIN SECTION B SPAN DETAILS SUMMARY H2 UL LI A BR NOSCRIPT LABEL INPUT KBD ASIDE H3 SCRIPT PRE TABLE THEAD TBODY TR TH TD FIGURE FIGCAPTION svg rect line text path circle'.split(' '));
    const look = () => {
      for (const node of all('*')) {
        if (!known.has(node.tagName)) wrong.push('element ' + node.outerHTML.slice(0, 200));
        for (const { name, value } of node.attributes)
          if (name.startsWith('on') || (['src', 'href'].includes(name) && !/^(#case=|data:,$)/.test(value))) wrong.push('attribute ' + name + '=' + value);
      }
      if (window.owned) wrong.push('a text was run');
    };
    look();
    found.scripts = all('script:not([type])').length;
    found.names = [];
    one('#cases').scrollIntoView();
    await scrolled();
    for (const row of all('#body .row')) {
      row.click();
      await later();
      found.names.push(one('#detail h2').textContent);
      look();
    }
    for (const link of all('.list a').slice(0, 12)) {
      link.click();
      await later();
      if (one('#detail h2').textContent !== link.textContent) wrong.push('link of ' + link.textContent);
    }
";

fn no_text_becomes_markup() {
    let workspace = Workspace::new("sound");
    let mut random = Random::new(17);
    let mut records = Vec::new();
    for nth in 0..12 {
        let mut record = sample();
        record["run"] = "r1".into();
        record["failure"] = json!({"kind": "panic", "text": "x"});
        record["notes"] = json!(["x"]);
        record["environment"]["unfit"] = json!(["x"]);
        record["limits"][1]["notes"] = json!(["x"]);
        record["limits"][1]["verdict"] = ["unmeasured", "warn", "undecided"][nth % 3].into();
        poison(&mut record, &mut random);
        let id = record["case"]["id"].as_str().expect("an id");
        record["case"]["id"] = format!("{nth}{id}/{}", PIECES[nth * 3 % PIECES.len()]).into();
        records.push(record);
    }
    write(&workspace, "r1", &records);
    let found = drive(&page(&workspace, "report r1"), LOOK);
    // Those of the page and of the driver.
    has(&found, "scripts", 3.into());
    let mut shown: Vec<&str> = (found["names"].as_array().expect("names").iter())
        .filter_map(Value::as_str)
        .collect();
    shown.sort_unstable();
    let ids = records
        .iter()
        .filter_map(|record| record["case"]["id"].as_str());
    let mut expected: Vec<_> = ids.map(perf_grammar::harmless).collect();
    expected.sort_unstable();
    assert_eq!(shown, expected);
    write(&workspace, "r2", &records);
    let folder = workspace.path("target/perf/runs/r2");
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let file = entry.expect("a file").path();
        let text = std::fs::read_to_string(&file).expect("a record");
        let mut record: Value = serde_json::from_str(&text).expect("JSON");
        record["run"] = "r2".into();
        record["memory"]["allocs"] = 500.into();
        record["failure"] = Value::Null;
        std::fs::write(&file, record.to_string()).expect("written");
    }
    drive(&page(&workspace, "compare r1 r2"), LOOK);
}

fn a_comparison_has_two_sides() {
    let workspace = Workspace::new("sound");
    run(&workspace, "r1", 9);
    run(&workspace, "r2", 9);
    let found = drive(
        &page(&workspace, "compare r1 r2"),
        "
        found.heads = texts('#head button');
        search('case3');
        all('#body .row')[0].click();
        await later();
        found.sections = texts('#detail h3');
        found.bars = [all('#detail .bar0').length > 0, all('#detail .bar1').length > 0];
        found.lines = [all('#detail .line0').length, all('#detail .line1').length];
        found.sides = one('#detail p.note .key1').parentNode.textContent;
        ",
    );
    let heads = [
        "verdict",
        "case",
        "what",
        "before",
        "after",
        "change",
        "tolerance",
        "finding",
    ];
    has(&found, "heads", json!(heads));
    has(
        &found,
        "sections",
        json!([
            "Verdicts",
            "Changes",
            "Distribution",
            "Quantiles",
            "Both sides"
        ]),
    );
    has(&found, "bars", json!([true, true]));
    has(&found, "lines", json!([1, 1]));
    has(&found, "sides", "run r1run r2".into());
}

fn two_thousand_cases() {
    let workspace = Workspace::new("sound");
    run(&workspace, "r1", 2_000);
    let found = drive(
        &page(&workspace, "report r1"),
        "
        const made = () => { found.most = Math.max(found.most, all('#body .row').length); };
        found.most = found.made = 0;
        const watch = new MutationObserver((changes) => { made(); changes.forEach((change) => { found.made += [...change.addedNodes].filter((node) => node.className?.includes('row')).length; }); });
        watch.observe(one('#body'), { childList: true, subtree: true });
        made();
        all('#head button')[3].click();
        search('case19');
        search('');
        all('#head button')[1].click();
        scrollTo(0, 60000);
        await scrolled();
        const top = one('#head').getBoundingClientRect().bottom;
        found.seen = all('#body .row').filter((row) => { const at = row.getBoundingClientRect(); return at.bottom > top && at.top < innerHeight; }).length;
        press('End', one('#grid'));
        await later();
        found.last = one('.row.on .name').textContent;
        ",
    );
    let number = |name: &str| found[name].as_f64().expect("a number");
    assert!((20.0..150.0).contains(&number("most")), "{found:#}");
    // Each step makes those that are seen, and not one for each case.
    assert!((20.0..750.0).contains(&number("made")), "{found:#}");
    assert!(
        number("seen") > 15.0,
        "rows are made where the page is scrolled to: {found:#}"
    );
    has(&found, "last", "app::m2::case998".into());
}
