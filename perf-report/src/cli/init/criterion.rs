//! `init --from criterion`: writes budgets of what benchmarks measure, and lists what is left.

use std::path::Path;

use super::super::arguments::InitArguments;
use super::super::{Console, Exit, Stop, output};
use super::ci::{File, put};
use crate::analysis::criterion::{self, Converted};
use crate::analysis::scaffold::target;
use crate::infra::cargo::Workspace;
use crate::infra::store;

/// What the folder of benchmarks and that of tests are called.
const TESTS: &str = "tests";

/// A benchmark file, converted.
struct Made {
    /// Both from the workspace's folder.
    from: String,
    to: String,
    converted: Converted,
    /// Where cargo does not find it by itself: the manifest, and the lines that name it.
    unfound: Option<(String, String)>,
}

/// Runs the verb.
pub(super) fn run(arguments: &InitArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, world, .. } = console;
    let workspace = Workspace::find(world).map_err(Stop::usage)?;
    let root = workspace.root();
    let mut made = Vec::new();
    for bench in workspace.benchmarks(arguments.package.as_deref()) {
        let from = shown(&bench.source, root);
        let text = store::read_text(&bench.source)
            .map_err(|error| Stop::usage(format!("{from}: cannot be read: {error}")))?;
        let converted =
            criterion::convert(&text).map_err(|left| Stop::usage(format!("{from}:{left}")))?;
        if let Some(converted) = converted {
            let name = format!("{}_budgets", bench.name.replace('-', "_"));
            let file = bench.folder.join(TESTS).join(format!("{name}.rs"));
            let manifest = bench.folder.join("Cargo.toml");
            let text = std::fs::read_to_string(&manifest).unwrap_or_default();
            let lines = target(&text, &bench.edition, &name);
            made.push(Made {
                from,
                to: shown(&file, root),
                unfound: lines.map(|lines| (shown(&manifest, root), lines)),
                converted,
            });
        }
    }
    if made.is_empty() {
        return Err(Stop::usage(format!(
            "found no benchmark that uses criterion among those of {}; `cargo metadata` lists `benches/*.rs` and what `[[bench]]` names",
            root.display()
        )));
    }
    write(&made, root, arguments.force)?;
    output::print(out, &said(&made, world.command()))?;
    Ok(Exit::Passed)
}

/// Writes the files that hold budgets.
fn write(made: &[Made], root: &Path, force: bool) -> Result<(), Stop> {
    let wanted = made
        .iter()
        .filter(|made| !made.converted.budgets.is_empty());
    let files = wanted.map(|made| File {
        path: made.to.clone(),
        text: made.converted.text.clone(),
    });
    put(&files.collect::<Vec<_>>(), root, force).map(drop)
}

/// What was written, what is left, and what to do next.
fn said(made: &[Made], command: &str) -> String {
    let mut text = String::new();
    for made in made {
        let budgets = match made.converted.budgets.len() {
            0 => "nothing to convert".to_owned(),
            1 => format!("1 budget in {}", made.to),
            n => format!("{n} budgets in {}", made.to),
        };
        text += &format!("{}: {budgets}\n", made.from);
    }
    let left = made.iter().flat_map(|made| {
        let left = made.converted.left.iter();
        left.map(|left| format!("  {}:{left}\n", made.from))
    });
    let left: Vec<String> = left.collect();
    if !left.is_empty() {
        text += &format!("\nleft to you:\n{}", left.concat());
    }
    if made.iter().all(|made| made.converted.budgets.is_empty()) {
        return text + "\nNothing was written, and the benchmarks are as they were.\n";
    }
    for made in made
        .iter()
        .filter(|made| !made.converted.budgets.is_empty())
    {
        if let Some((manifest, lines)) = &made.unfound {
            text += &format!(
                "\n{manifest} lists its tests; cargo finds {} by these lines there:\n{lines}",
                made.to
            );
        }
    }
    text + &format!(
        "\nTheir limits are placeholders that only warn, and the benchmarks are as they were. Next:\n`{command} init` where perf-runtime is no dependency yet, `cargo test --no-run` to see that\nthe budgets compile, and `{command} suggest --write` for numbers that hold.\n"
    )
}

fn shown(file: &Path, root: &Path) -> String {
    let file = file.strip_prefix(root).unwrap_or(file);
    file.to_string_lossy().replace('\\', "/")
}
