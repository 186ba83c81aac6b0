//! Where a report goes.

use std::io::Write;
use std::path::Path;

use perf_grammar::variable;

use super::arguments::{ChangesArguments, ShowArguments, words};
use super::{Exit, Stop, github, page};
use crate::analysis::compare::Compared;
use crate::analysis::report::{Detail, Report};
use crate::infra::store;
use crate::infra::world::World;
use crate::model::protocol;
use crate::render::{Format, comment, terminal};

/// Refuses a file that cannot be written, before anything is measured.
pub(super) fn check(show: &ShowArguments, world: &World) -> Result<(), Stop> {
    for (place, output) in show.output.iter().enumerate() {
        check_file(Some(&output.file), world)?;
        let earlier = &show.output[..place];
        if earlier.iter().any(|other| other.file == output.file) {
            return Err(Stop::usage(format!(
                "--output {}: found twice; each format needs its own file",
                output.file.display()
            )));
        }
    }
    Ok(())
}

/// Reads what was found against another commit, where that is to be shown too: in a
/// form that has a place for it, or in a document.
pub(super) fn against(
    changes: &ChangesArguments,
    show: &ShowArguments,
    in_document: bool,
    world: &World,
) -> Result<Option<Compared>, Stop> {
    let Some(file) = &changes.compared else {
        return Ok(None);
    };
    if !in_document && !show.formats().any(Format::shows_changes) {
        return Err(Stop::usage(format!(
            "--compared {}: is shown by the formats {} alone; add `--format` or `--output` with one of them",
            file.display(),
            words(Format::shows_changes)
        )));
    }
    let wrong = |why: String| Stop::usage(format!("--compared {}{why}", file.display()));
    let text = store::read_text(&world.directory.join(file))
        .map_err(|error| wrong(format!(": cannot be read: {error}")))?;
    Compared::read(&text)
        .map(Some)
        .map_err(|error| wrong(format!(":{error}")))
}

/// The same, and refuses a form that shows no comparison.
pub(super) fn check_comparison(show: &ShowArguments, world: &World) -> Result<(), Stop> {
    match show.formats().find(|format| !format.shows_comparisons()) {
        None => check(show, world),
        Some(format) => Err(Stop::usage(format!(
            "found the format `{}`, which shows a run; a comparison can be shown as {}",
            format.word(),
            words(Format::shows_comparisons)
        ))),
    }
}

/// The same of a file alone.
pub(super) fn check_file(file: Option<&Path>, world: &World) -> Result<(), Stop> {
    let Some(file) = file else {
        return Ok(());
    };
    if world.directory.join(file).is_dir() {
        return Err(Stop::usage(format!(
            "--output {}: is a folder, a file is needed",
            file.display()
        )));
    }
    match file.parent() {
        Some(folder) if !world.directory.join(folder).is_dir() => Err(Stop::usage(format!(
            "--output {}: the folder {} does not exist",
            file.display(),
            folder.display()
        ))),
        _ => Ok(()),
    }
}

/// Shows a report, and what was found against another commit; and writes them where
/// that was asked for.
pub(super) fn show(
    report: &mut Report,
    against: Option<&mut Compared>,
    show: &ShowArguments,
    out: &mut dyn Write,
    world: &World,
) -> Result<(), Stop> {
    report.artifacts = artifacts(world);
    report.records_from_page = from_page(report.records.as_deref(), show, world);
    let is_on_github = show.formats().any(|format| format == Format::Github);
    if is_on_github {
        github::name_places(report, world);
    }
    let against = against.map(|compared| {
        if is_on_github {
            github::name_places_compared(compared, world);
        }
        &*compared
    });
    let text = |format: Format, style| format.report(report, against, style);
    show_text(&text, show, out, world)?;
    let summary = |most| comment::summary(report, against, most);
    github::summarise(&summary, show, out, world)
}

/// Shows a comparison, and writes it where it was asked for.
pub(super) fn show_compared(
    compared: &mut Compared,
    show: &ShowArguments,
    detail: Detail,
    out: &mut dyn Write,
    world: &World,
) -> Result<(), Stop> {
    compared.artifacts = artifacts(world);
    if show.formats().any(|format| format == Format::Github) {
        github::name_places_compared(compared, world);
    }
    let text = |format: Format, style| format.comparison(compared, detail, style);
    show_text(&text, show, out, world)?;
    let summary = |most| comment::comparison_summary(compared, most);
    github::summarise(&summary, show, out, world)
}

/// To standard output, and to each file in its form.
fn show_text(
    text: &dyn Fn(Format, terminal::Style) -> String,
    show: &ShowArguments,
    out: &mut dyn Write,
    world: &World,
) -> Result<(), Stop> {
    print(out, &text(show.printed(), style(world)))?;
    let text = |format: Option<Format>, style| text(format.unwrap_or(show.format), style);
    write(&text, show, world)?;
    page::show_page(show, out, world)
}

/// To each file in its form; `text` knows the one of files for which none is named.
pub(super) fn write(
    text: &dyn Fn(Option<Format>, terminal::Style) -> String,
    show: &ShowArguments,
    world: &World,
) -> Result<(), Stop> {
    let plain = terminal::Style {
        width: None,
        colour: false,
    };
    for output in &show.output {
        let text = text(output.format, plain);
        store::write(&world.directory.join(&output.file), &text).map_err(|error| {
            Stop::not_run(format!("--output {}: {error}", output.file.display()))
        })?;
    }
    Ok(())
}

/// The folder of the records as seen from that of the page, where one is written: both
/// may lie elsewhere later.
fn from_page(records: Option<&str>, show: &ShowArguments, world: &World) -> Option<String> {
    let mut pages = show.output.iter();
    let page = pages.find(|output| output.format.unwrap_or(show.format) == Format::Html)?;
    let page = world.directory.join(&page.file);
    Some(relative(page.parent()?, &world.directory.join(records?)))
}

/// How `to` is reached from a folder, where both are whole paths.
pub(super) fn relative(from: &Path, to: &Path) -> String {
    let shared = from.iter().zip(to.iter());
    let shared = shared.take_while(|(one, other)| one == other).count();
    let up = from.iter().skip(shared).map(|_| "..".into());
    let down = to.iter().skip(shared).map(|name| name.to_string_lossy());
    let path: Vec<std::borrow::Cow<'_, str>> = up.chain(down).collect();
    path.join("/")
}

/// The page on which GitHub or GitLab shows what this job keeps.
fn artifacts(world: &World) -> Option<String> {
    let of = |name: &str| world.variable(name)?.to_str();
    let page = match (of("GITHUB_RUN_ID"), of("CI_JOB_URL")) {
        (Some(run), _) => {
            let (server, repository) = (of("GITHUB_SERVER_URL")?, of("GITHUB_REPOSITORY")?);
            format!("{server}/{repository}/actions/runs/{run}#artifacts")
        }
        (None, job) => format!("{}/artifacts/browse", job?),
    };
    let is_plain = |c: char| c.is_ascii_graphic() && !"<>()[]\"'`\\".contains(c);
    (page.starts_with("http") && page.chars().all(is_plain)).then_some(page)
}

/// What is shown of passes, as the arguments ask for it.
pub(super) fn detail(verbose: bool, passes: bool) -> Detail {
    match (verbose, passes) {
        (true, _) => Detail::All,
        (false, true) => Detail::Rows,
        (false, false) => Detail::NotPlain,
    }
}

/// How the terminal is. What a job of a CI system prints is a log, whatever it is
/// printed to.
pub(super) fn style(world: &World) -> terminal::Style {
    terminal::Style {
        width: world
            .width
            .filter(|_| world.variable(variable::CI).is_none()),
        colour: world.colour(),
    }
}

/// Prints to standard output; a reader that has gone away is no error.
pub(super) fn print(out: &mut dyn Write, text: &str) -> Result<(), Stop> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Stop::not_run(format!("cannot write the report: {error}")))
        }
        _ => Ok(()),
    }
}

/// Reports what a worker waits for.
pub(super) fn waits(err: &mut dyn Write) -> impl FnMut(&str) {
    |what| drop(writeln!(err, "{}", protocol::waiting_for(what)))
}

/// Says what kept a verb from being complete; how it ends because of that.
pub(super) fn report_problems(problems: &[String], err: &mut dyn Write) -> Exit {
    for problem in problems {
        let _ = writeln!(err, "error: {problem}");
    }
    Exit::when(false, problems, false)
}

/// A path as it reads best: relative to the working directory, if it is inside.
pub(super) fn shown(path: &Path, world: &World) -> String {
    path.strip_prefix(&world.directory)
        .unwrap_or(path)
        .display()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reaches_the_records_wherever_the_two_are_taken_together() {
        let reached = |from: &str| relative(Path::new(from), Path::new("/w/target/perf/runs/r1"));
        assert_eq!(reached("/w/target/perf/ci"), "../runs/r1");
        assert_eq!(reached("/w"), "target/perf/runs/r1");
        assert_eq!(reached("/elsewhere"), "../w/target/perf/runs/r1");
    }
}
