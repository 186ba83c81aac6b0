//! Documents by template: what `report --template` writes.

use std::io::Write;
use std::sync::Arc;

use super::arguments::{DocumentArguments, ShowArguments};
use super::comparison_inputs::Source;
use super::{Stop, archiving, compare, output};
use crate::analysis::compare::Compared;
use crate::analysis::recommendation::OnlyWarns;
use crate::analysis::report::Report;
use crate::infra::world::World;
use crate::render::Format;
use crate::render::template::{Document, Template};

/// What a document says beside the run itself.
pub(super) struct Around {
    template: Template,
    compared: Option<Compared>,
    warned: Vec<OnlyWarns>,
    /// What could not be read for it.
    pub(super) warning: Option<String>,
}

/// The template that was asked for, where one was.
pub(super) fn template(
    arguments: &DocumentArguments,
    world: &World,
) -> Result<Option<Template>, Stop> {
    arguments
        .template
        .as_deref()
        .map(|asked| find(asked, world))
        .transpose()
}

fn find(asked: &str, world: &World) -> Result<Template, Stop> {
    if let Some(template) = Template::built_in(asked) {
        return Ok(template);
    }
    let text = std::fs::read_to_string(world.directory.join(asked)).map_err(|error| {
        let names = Template::names();
        let near = perf_grammar::nearest(asked, &names)
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        Stop::usage(format!(
            "--template {asked}: expected one of {}, or a file that can be read: {error}{near}",
            names.join(", ")
        ))
    })?;
    Ok(Template {
        name: asked.to_owned(),
        text,
    })
}

impl Around {
    /// Reads what the document of the run `after` compares with, and what the history
    /// knows.
    pub(super) fn read(
        template: Template,
        before: Option<&str>,
        after: &str,
        world: &World,
    ) -> Result<Around, Stop> {
        let compared = before
            .map(|before| -> Result<Compared, Stop> {
                let sides = (Source::of(before, world)?, Source::of(after, world)?);
                Ok(compare::held(&sides.0, &sides.1, world))
            })
            .transpose()?;
        // What is not known of other runs is no reason to write nothing of this one.
        let (warned, warning) = match archiving::always_warned(world) {
            Ok(warned) => (warned, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        Ok(Around {
            template,
            compared,
            warned,
            warning,
        })
    }

    /// Writes the document, with what was found `against` another commit.
    pub(super) fn show(
        &self,
        report: Report,
        against: Option<&Compared>,
        show: &ShowArguments,
        out: &mut dyn Write,
        world: &World,
    ) -> Result<(), Stop> {
        let report = Arc::new(report);
        let document = Document {
            report: Arc::clone(&report),
            compared: self.compared.as_ref().or(against),
            warned: &self.warned,
        };
        let text = self.template.render(&document).map_err(Stop::usage)?;
        let text = |format: Option<Format>, style| match format {
            None => text.clone(),
            Some(format) => format.report(&report, against, style),
        };
        let is_written = show.output.iter().any(|output| output.format.is_none());
        let printed = is_written.then_some(Format::Terminal);
        output::print(out, &text(printed, output::style(world)))?;
        output::write(&text, show, world)
    }
}
