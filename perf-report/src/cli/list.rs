//! `list`: shows the cases and their limits.

use std::io::Write;

use perf_grammar::harmless;

use super::arguments::ListArguments;
use super::discovery::{Discovery, TestList};
use super::output::{print, report_problems};
use super::{Console, Exit, Stop};
use crate::model::protocol::Listed;

/// Runs the verb.
pub(super) fn run(arguments: &ListArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, err, world } = console;
    let discovery = Discovery::build(
        &arguments.build,
        &arguments.policy,
        arguments.select.clone(),
        None,
        world,
    )?;
    let catalogue = discovery.catalogue()?;
    let text: String = catalogue
        .cases
        .iter()
        .map(|(_, case)| harmless(&line(case)).into_owned() + "\n")
        .collect();
    let limits: usize = catalogue
        .cases
        .iter()
        .map(|(_, case)| case.limits.len())
        .sum();
    let mut text = format!("{text}\n{} cases, {limits} limits\n", catalogue.cases.len());
    for case in &catalogue.unbuilt {
        let why = case.not_built.as_deref().unwrap_or_default();
        text += &format!("\n{}    {}: {why}\n", line(case), case.source);
    }
    print(out, &text)?;
    Ok(close(&catalogue, err))
}

/// Reports what went wrong beside the list; a list with a gap is not complete.
pub(super) fn close(catalogue: &TestList, err: &mut dyn Write) -> Exit {
    for warning in &catalogue.warnings {
        let _ = writeln!(err, "warning: {warning}");
    }
    report_problems(&catalogue.problems, err)
}

fn line(case: &Listed) -> String {
    let limits: Vec<String> = case
        .limits
        .iter()
        .map(|limit| format!("{} {}", limit.metric, limit.limit))
        .collect();
    let mut labels: Vec<String> = Vec::new();
    for (name, value) in [
        ("class", &case.class),
        ("group", &case.group),
        ("id", &case.requirement),
    ] {
        labels.extend(value.iter().map(|value| format!("{name} {value}")));
    }
    labels.extend(case.tags.iter().map(|tag| format!("#{tag}")));
    if case.ignored {
        labels.push("ignored".to_owned());
    }
    let labels = if labels.is_empty() {
        String::new()
    } else {
        format!("  ({})", labels.join(", "))
    };
    format!("{}  {}{labels}", case.id, limits.join(", "))
}
