//! Benchmarks of criterion as budgets: the source of one in, that of a test target out.
//!
//! What is converted keeps its own words: the setup in front of a measured closure and
//! the closure itself are copied, and everything else of the file stays as it is.

mod source;
mod loops;
mod scope;
mod body;

use std::collections::BTreeSet;
use std::fmt;

use syn::spanned::Spanned as _;
use syn::{FnArg, Item, ItemFn, ItemMacro, Pat, Type, UseTree};

use self::body::Suite;
use self::source::Source;

/// A benchmark file, converted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Converted {
    /// The source of the test target.
    pub(crate) text: String,
    /// The names of its budgets.
    pub(crate) budgets: Vec<String>,
    /// What is not in it, in the order of the source.
    pub(crate) left: Vec<Left>,
}

/// Something that was not converted, or only in part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Left {
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// What was found, and what to write instead.
    pub(crate) why: String,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.why)
    }
}

/// The limit that a budget begins with: a benchmark has none. It only warns, and
/// `suggest` finds one that holds.
const LIMIT: &str = "mean = \"1ms\", mode = \"soft\"";

/// The budgets of a benchmark file; `None` where it does not use criterion.
///
/// # Errors
/// If it is no Rust.
pub(crate) fn convert(text: &str) -> Result<Option<Converted>, Left> {
    let source = Source::new(text);
    let file = syn::parse_file(source.text).map_err(|error| {
        let start = error.span().start();
        Left {
            line: start.line,
            column: start.column + 1,
            why: error.to_string(),
        }
    })?;
    if !file.items.iter().any(|item| uses_criterion(item, &source)) {
        return Ok(None);
    }
    let mut suite = Suite::new(&source, &file.items);
    let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    let mut from_criterion = BTreeSet::new();
    for item in &file.items {
        let range = source.range(item.span());
        match item {
            Item::Use(item) if root_is_criterion(&item.tree) => {
                imported(&item.tree, &mut from_criterion);
                edits.push((range, String::new()));
            }
            Item::Macro(item) if is_of_criterion(item) => {
                if source.tokens(item.span()).contains("config") {
                    suite.leave(item.span(), "`config` has no counterpart: the evidence decides how many calls are made; `warmup`, `samples` and `max_time` of a budget say otherwise");
                }
                edits.push((range, String::new()));
            }
            Item::Fn(function) => match takes(function) {
                Some((name, "Criterion")) if function.sig.inputs.len() == 1 => {
                    edits.push((range, suite.function(function, name)));
                }
                Some((_, taken)) => {
                    let more = if taken == "Criterion" {
                        " and more"
                    } else {
                        ""
                    };
                    suite.leave(function.sig.span(), &format!("it takes a `{taken}` of criterion{more}, and what it measures is known where it is called only; write a budget for each call"));
                    edits.push((range, String::new()));
                }
                None if function.sig.ident == "main" => {
                    suite.leave(
                        function.sig.span(),
                        "`main` is the harness's; what it sets up belongs into `setup`",
                    );
                    edits.push((range, String::new()));
                }
                None => {}
            },
            Item::Mod(module) if source.slice(range.clone()).contains("Criterion") => {
                suite.leave(
                    module.span(),
                    "a module with benchmarks; move them to the top of the file",
                );
                edits.push((range, String::new()));
            }
            _ => {}
        }
    }
    let uses = |word: &str| suite.words.contains(word);
    let black_box =
        uses("black_box") && (from_criterion.contains("black_box") || from_criterion.contains("*"));
    let mut head = String::from("use perf_runtime::{Bencher, perf_budget};\n");
    if black_box {
        head.insert_str(0, "use std::hint::black_box;\n\n");
    }
    let kept = source
        .with(&edits)
        .replace("criterion::black_box", "std::hint::black_box");
    let text = source::tidy(&insert_head(&kept, &head));
    suite.left.sort();
    Ok(Some(Converted {
        text,
        budgets: suite.budgets,
        left: suite.left,
    }))
}

/// Puts imports behind the comments and attributes of the file.
fn insert_head(text: &str, head: &str) -> String {
    let is_inner =
        |line: &str| line.starts_with("//!") || line.starts_with("#![") || line.trim().is_empty();
    let inner: usize = text
        .split_inclusive('\n')
        .take_while(|line| is_inner(line))
        .map(str::len)
        .sum();
    let (inner, rest) = text.split_at(inner);
    let blank = if rest.starts_with("use ") { "" } else { "\n" };
    format!("{inner}\n{head}{blank}{rest}")
}

fn uses_criterion(item: &Item, source: &Source<'_>) -> bool {
    match item {
        Item::Use(item) => root_is_criterion(&item.tree),
        Item::Macro(item) => is_of_criterion(item),
        Item::Fn(_) => source
            .slice(source.range(item.span()))
            .contains("criterion::"),
        _ => false,
    }
}

fn root_is_criterion(tree: &UseTree) -> bool {
    match tree {
        UseTree::Path(path) => {
            path.ident == "criterion" || path.ident == "codspeed_criterion_compat"
        }
        UseTree::Group(group) => group.items.iter().any(root_is_criterion),
        UseTree::Name(name) => name.ident == "criterion",
        _ => false,
    }
}

fn imported(tree: &UseTree, names: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => imported(&path.tree, names),
        UseTree::Group(group) => group.items.iter().for_each(|tree| imported(tree, names)),
        UseTree::Name(name) => {
            names.insert(name.ident.to_string());
        }
        UseTree::Rename(name) => {
            names.insert(name.rename.to_string());
        }
        UseTree::Glob(_) => {
            names.insert("*".to_owned());
        }
    }
}

fn is_of_criterion(item: &ItemMacro) -> bool {
    let name = item.mac.path.segments.last();
    name.is_some_and(|name| name.ident == "criterion_group" || name.ident == "criterion_main")
}

/// The argument of criterion that a function takes, and its type.
fn takes(function: &ItemFn) -> Option<(String, &'static str)> {
    function.sig.inputs.iter().find_map(|argument| {
        let FnArg::Typed(argument) = argument else {
            return None;
        };
        let Type::Reference(reference) = &*argument.ty else {
            return None;
        };
        let Type::Path(path) = &*reference.elem else {
            return None;
        };
        let last = path.path.segments.last()?;
        let known = ["Criterion", "BenchmarkGroup", "Bencher"];
        let known = known.into_iter().find(|known| last.ident == known)?;
        let name = match &*argument.pat {
            Pat::Ident(name) => name.ident.to_string(),
            _ => String::new(),
        };
        Some((name, known))
    })
}

#[cfg(test)]
mod tests;
