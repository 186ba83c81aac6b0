//! `explain`: shows where each number of a case comes from, and what the last run found of it.

use console::measure_text_width;

use super::arguments::{CaseArguments, SelectArguments};
use super::discovery::Discovery;
use super::list::close;
use super::output::{self, print};
use super::{Console, Exit, Stop};
use crate::analysis::report::{Detail, Report};
use crate::analysis::run::{Run, join};
use crate::infra::store;
use crate::infra::world::World;
use crate::model::protocol::{Listed, ListedLimit};
use crate::render::terminal;

/// Runs the verb.
pub(super) fn run(arguments: &CaseArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, err, world } = console;
    let select = SelectArguments::named(&arguments.cases);
    let discovery = Discovery::build(&arguments.build, &arguments.policy, select, None, world)?;
    let catalogue = discovery.catalogue()?;
    let mut last = last_run(&discovery, world);
    let style = output::style(world);
    let texts: Vec<String> = catalogue
        .cases
        .iter()
        .map(|(binary, case)| {
            let mut text = explain(case, &discovery.binaries[*binary].name);
            if let Some(run) = &mut last {
                text.push_str(&found(run, &case.id, style));
            }
            text
        })
        .collect();
    print(out, &texts.join("\n"))?;
    Ok(close(&catalogue, err))
}

/// The run that was stored last.
fn last_run(discovery: &Discovery<'_>, world: &World) -> Option<Run> {
    let folder = discovery.store.latest()?;
    let loaded = store::load(&folder).ok()?;
    let mut run = Run::assemble(join(loaded.filed), loaded.manifest.as_ref());
    run.add_profiles(store::profiles(&folder).0);
    // A folder without records has no name.
    run.id = output::shown(&folder, world);
    Some(run)
}

/// What a run found of a case: each limit in full, the distribution, the spans.
fn found(run: &mut Run, id: &str, style: terminal::Style) -> String {
    let Some(place) = run.cases.iter().position(|case| case.id == id) else {
        return format!("    not measured in the last run, {}\n", run.id);
    };
    let of_case = Run {
        id: run.id.clone(),
        cases: vec![run.cases.swap_remove(place)],
        ..Run::default()
    };
    let text = format!("    measured in {}:\n", run.id);
    text + &terminal::explained(&Report::of(of_case, None, Detail::All), style)
}

fn explain(case: &Listed, binary: &str) -> String {
    let mut text = format!(
        "{}\n    annotated at {}, test {} of {binary}\n",
        case.id, case.source, case.test
    );
    for (name, value) in [
        ("class", &case.class),
        ("group", &case.group),
        ("requirement", &case.requirement),
    ] {
        if let Some(value) = value {
            text.push_str(&format!("    {name} {value}\n"));
        }
    }
    if !case.tags.is_empty() {
        text.push_str(&format!("    tags {}\n", case.tags.join(", ")));
    }
    let width_of =
        |limit: &ListedLimit| measure_text_width(&limit.metric) + measure_text_width(&limit.limit);
    let width = case.limits.iter().map(width_of).max().unwrap_or(0);
    for limit in &case.limits {
        let gap = " ".repeat(width - width_of(limit));
        let source = limit
            .source
            .as_ref()
            .map_or(String::new(), |source| format!(" at {source}"));
        text.push_str(&format!(
            "    {} {}{gap}  {}, from {}{source}\n",
            limit.metric,
            limit.limit,
            limit.mode.word(),
            limit.layer
        ));
    }
    for line in &case.explain {
        text.push_str(&format!("    {line}\n"));
    }
    if case.ignored {
        text.push_str("    ignored; --include-ignored runs it\n");
    }
    text
}
