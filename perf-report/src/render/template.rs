//! Documents by template: a run in, a document as its users have them out.
//!
//! Templates are in the language of Jinja. What stands in a document's variables was
//! written by others, so every value that is printed is made harmless for the form of
//! the document, whatever the template does.

mod context;
mod filters;
mod mistake;

use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, Value};

pub(crate) use self::context::Document;
use super::markdown;

/// The templates that come with the program, by name; those of users may extend them.
const BUILT_IN: [(&str, &str); 2] = [
    ("baseline", include_str!("template/baseline.md.j2")),
    ("report", include_str!("template/report.md.j2")),
];

/// How a document in Markdown escapes.
const MARKDOWN: &str = "markdown";

/// A template and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    /// The name of a built-in one, or the path of a file.
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Template {
    /// The template that comes with the program under this name.
    pub(crate) fn built_in(name: &str) -> Option<Template> {
        let (name, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
        Some(Template {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
        })
    }

    /// The names of the templates that come with the program.
    pub(crate) fn names() -> [&'static str; 2] {
        BUILT_IN.map(|(name, _)| name)
    }

    /// Renders a document.
    ///
    /// # Errors
    /// A mistake in the template: file, line, column, what was found there.
    pub(crate) fn render(&self, document: &Document<'_>) -> Result<String, String> {
        let context = document.context();
        let explain = |error| mistake::explain(&error, self, &context);
        let environment = self.environment().map_err(explain)?;
        let template = environment.get_template(&self.name).map_err(explain)?;
        let mut text = template.render(&context).map_err(explain)?;
        if !text.ends_with('\n') {
            text.push('\n');
        }
        // What the template itself says acts on no reader either.
        Ok(perf_grammar::harmless_lines(&text).into_owned())
    }

    fn environment(&self) -> Result<Environment<'_>, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.set_auto_escape_callback(escaping);
        environment.set_formatter(print);
        filters::add(&mut environment);
        for (name, text) in BUILT_IN {
            environment.add_template(name, text)?;
        }
        // A built-in one that was written out is one of the user's under that name.
        environment.add_template(&self.name, &self.text)?;
        Ok(environment)
    }
}

/// The form of a document, by the name of its template: `page.html.j2` is HTML, and
/// what says nothing else is Markdown.
fn escaping(name: &str) -> AutoEscape {
    let name = name.strip_suffix(".j2").unwrap_or(name);
    let name = name.strip_suffix(".jinja").unwrap_or(name);
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("html" | "htm" | "xml") => AutoEscape::Html,
        Some("txt") => AutoEscape::None,
        _ => AutoEscape::Custom(MARKDOWN),
    }
}

/// Prints one value. What a filter calls safe is made of harmless text already.
fn print(
    out: &mut Output<'_>,
    state: &State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    if value.is_none() {
        return Ok(());
    }
    if value.is_safe() {
        out.write_str(&value.to_string())?;
        return Ok(());
    }
    let text = value.to_string();
    match state.auto_escape() {
        AutoEscape::Html => {
            let text = Value::from(perf_grammar::harmless(&text).into_owned());
            return minijinja::escape_formatter(out, state, &text);
        }
        AutoEscape::None => out.write_str(&perf_grammar::harmless(&text))?,
        _ => out.write_str(&paragraph(&text))?,
    }
    Ok(())
}

/// Text of Markdown that may stand at the beginning of a line, where it is no heading,
/// no quotation and no list.
fn paragraph(text: &str) -> String {
    let text = markdown::text(text.trim_start_matches([' ', '\t']));
    let rest = text.trim_start_matches(['#', '>', '-', '+', '=']);
    let is_markup = text.starts_with('>') || rest.is_empty() || rest.starts_with([' ', '<']);
    if rest.len() < text.len() && is_markup {
        format!("\\{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests;
