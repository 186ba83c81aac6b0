//! `explain`: shows where each number of a case comes from.

use std::io::Write;

use super::arguments::{ExplainArguments, SelectArguments};
use super::list::close;
use super::output::print;
use super::survey::Survey;
use super::{Exit, Stop};
use crate::machine::world::World;
use crate::protocol::Listed;

/// Runs the verb.
pub(super) fn run(
    arguments: &ExplainArguments,
    out: &mut dyn Write,
    err: &mut dyn Write,
    world: &World,
) -> Result<Exit, Stop> {
    let select = SelectArguments {
        patterns: arguments.cases.clone(),
        ..SelectArguments::default()
    };
    let survey = Survey::build(&arguments.build, &arguments.policy, select, None, world)?;
    let catalogue = survey.catalogue()?;
    let texts: Vec<String> = catalogue
        .cases
        .iter()
        .map(|(binary, case)| explain(case, &survey.binaries[*binary].name))
        .collect();
    print(out, &texts.join("\n"))?;
    Ok(close(&catalogue, err))
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
    let width = case
        .limits
        .iter()
        .map(|limit| limit.metric.len() + limit.limit.chars().count())
        .max()
        .unwrap_or(0);
    for limit in &case.limits {
        let gap = " ".repeat(width - limit.metric.len() - limit.limit.chars().count());
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
