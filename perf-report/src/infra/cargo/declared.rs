//! The budgets that stand in sources: what a target declares that was not built.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use perf_grammar::{Metric, Role};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Item, ItemFn, Lit, Meta, Token, UseTree, Visibility};

use crate::analysis::scaffold::{Source, is_seen};

/// The attribute.
const ATTRIBUTE: &str = "perf_budget";
/// Modules within modules; deeper ones are a path that leads back to itself.
const DEPTH: usize = 32;

/// One budget as the source declares it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Declared {
    /// The path within its target: `tests::parses`.
    pub(crate) path: String,
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
    /// What is limited and by how much, as it is written.
    pub(crate) limits: Vec<(String, String)>,
    /// Every word of the attribute that is a key.
    pub(crate) keys: Vec<String>,
    pub(crate) class: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) requirement: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) mode: Option<String>,
    pub(crate) ignored: bool,
}

/// Every budget of the target whose root this file is, in its modules too; what
/// cannot be read or is no Rust is the compiler's to refuse.
pub(crate) fn budgets(root: &Path) -> Vec<Declared> {
    let mut scan = Scan::default();
    let folder = root.parent().unwrap_or(Path::new("")).to_owned();
    scan.file(root, &folder, &[], 0);
    scan.found
}

/// Every item of the target whose root this file is, in its modules too, but for those
/// of tests.
pub(crate) fn sources(root: &Path) -> Vec<Source> {
    let mut scan = Scan {
        sources: Some(Vec::new()),
        ..Scan::default()
    };
    let folder = root.parent().unwrap_or(Path::new("")).to_owned();
    scan.file(root, &folder, &[], 0);
    scan.sources.unwrap_or_default()
}

/// Whether the file calls `perf_runtime::main!`.
pub(crate) fn has_main(root: &Path) -> bool {
    let text = std::fs::read_to_string(root).unwrap_or_default();
    let parsed = syn::parse_file(&text);
    let is_main = |item: &Item| matches!(item, Item::Macro(call) if call.mac.path.segments.last().is_some_and(|last| last.ident == "main"));
    parsed.is_ok_and(|file| file.items.iter().any(is_main))
}

#[derive(Default)]
struct Scan {
    found: Vec<Declared>,
    /// What the attribute is called beside its own name.
    aliases: BTreeSet<String>,
    /// Every item, where that is asked for.
    sources: Option<Vec<Source>>,
    /// The modules around are private, hidden from the root, and depend on a feature or
    /// flag.
    is_private: bool,
    is_hidden: bool,
    is_gated: bool,
}

impl Scan {
    /// A file whose modules lie in `folder`.
    fn file(&mut self, file: &Path, folder: &Path, path: &[String], depth: usize) {
        let Ok(text) = std::fs::read_to_string(file) else {
            return;
        };
        let Ok(parsed) = syn::parse_file(&text) else {
            return;
        };
        if depth < DEPTH && is_possible(&parsed.attrs) {
            let text: Rc<str> = text.into();
            let place = Place {
                file,
                text: &text,
                folder,
                inline: false,
            };
            self.items(&parsed.items, &place, path, depth);
        }
    }

    fn items(&mut self, items: &[Item], place: &Place<'_>, path: &[String], depth: usize) {
        for item in items {
            if let Item::Use(item) = item {
                self.imports(&item.tree);
            }
        }
        for item in items {
            if let Some(sources) = &mut self.sources {
                sources.push(Source {
                    modules: path.to_vec(),
                    is_public: !self.is_private,
                    is_seen: !self.is_hidden,
                    is_gated: self.is_gated,
                    item: item.clone(),
                    file: place.file.to_owned(),
                    text: Rc::clone(place.text),
                });
            }
            match item {
                Item::Fn(item) if is_possible(&item.attrs) => self.function(item, place, path),
                Item::Mod(item) if is_possible(&item.attrs) => {
                    let name = item.ident.to_string();
                    let name = name.strip_prefix("r#").unwrap_or(&name);
                    let around = path.len();
                    let path = [path, &[name.to_owned()]].concat();
                    let named = path_of(&item.attrs);
                    if self.sources.is_some() && is_test(&item.attrs) {
                        continue;
                    }
                    let outside = (self.is_private, self.is_hidden, self.is_gated);
                    self.is_private |= !matches!(item.vis, Visibility::Public(_));
                    self.is_hidden |= !is_seen(&item.vis, around);
                    self.is_gated |= item.attrs.iter().any(|one| one.path().is_ident("cfg"));
                    match &item.content {
                        Some((_, items)) => {
                            let folder = place.folder.join(named.as_deref().unwrap_or(name));
                            let place = Place {
                                folder: &folder,
                                inline: true,
                                ..*place
                            };
                            self.items(items, &place, &path, depth);
                        }
                        None => self.module(name, named, place, &path, depth),
                    }
                    (self.is_private, self.is_hidden, self.is_gated) = outside;
                }
                _ => {}
            }
        }
    }

    /// A module in a separate file.
    fn module(
        &mut self,
        name: &str,
        named: Option<String>,
        place: &Place<'_>,
        path: &[String],
        depth: usize,
    ) {
        if let Some(named) = named {
            // Beside the file; inside of an inline module, in the module's folder.
            let beside = place.file.parent().unwrap_or(Path::new(""));
            let from = if place.inline { place.folder } else { beside };
            let file = from.join(named);
            let folder = file.parent().unwrap_or(Path::new("")).to_owned();
            return self.file(&file, &folder, path, depth + 1);
        }
        let folder = place.folder.join(name);
        let plain = place.folder.join(format!("{name}.rs"));
        let file = match plain.is_file() {
            true => plain,
            false => folder.join("mod.rs"),
        };
        self.file(&file, &folder, path, depth + 1);
    }

    fn imports(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.imports(&path.tree),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.imports(tree)),
            UseTree::Rename(rename) if rename.ident == ATTRIBUTE => {
                self.aliases.insert(rename.rename.to_string());
            }
            UseTree::Rename(_) | UseTree::Name(_) | UseTree::Glob(_) => {}
        }
    }

    fn function(&mut self, item: &ItemFn, place: &Place<'_>, path: &[String]) {
        let metas = item
            .attrs
            .iter()
            .flat_map(|attribute| metas(&attribute.meta));
        for meta in metas {
            let last = meta.path().segments.last();
            let is_own = last.is_some_and(|last| {
                last.ident == ATTRIBUTE || self.aliases.contains(&last.ident.to_string())
            });
            if !is_own {
                continue;
            }
            let name = item.sig.ident.to_string();
            let name = name.strip_prefix("r#").unwrap_or(&name);
            let mut declared = Declared {
                path: [path, &[name.to_owned()]].concat().join("::"),
                file: place.file.to_owned(),
                line: line_of(place.text, name),
                ..Declared::default()
            };
            if let Meta::List(list) = &meta {
                let entries = Punctuated::<Meta, Token![,]>::parse_terminated;
                let entries = list.parse_args_with(entries).unwrap_or_default();
                entries.iter().for_each(|entry| declared.take(entry));
            }
            if declared.limits.is_empty() {
                // Its class gives it limits, or it is not understood here.
                let class = declared.class.clone().unwrap_or_default();
                declared.limits.push(("class".to_owned(), class));
            }
            self.found.push(declared);
            return;
        }
    }
}

/// Where items stand.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a Path,
    text: &'a Rc<str>,
    /// Where the files of modules lie.
    folder: &'a Path,
    /// Whether an inline module is around them.
    inline: bool,
}

impl Declared {
    /// Takes one entry of the attribute.
    fn take(&mut self, entry: &Meta) {
        let Some(word) = entry.path().get_ident().map(ToString::to_string) else {
            return;
        };
        self.keys.push(word.clone());
        let text = match entry {
            Meta::NameValue(entry) => written(&entry.value),
            Meta::Path(_) | Meta::List(_) => String::new(),
        };
        match (&*word, entry) {
            ("class", _) => self.class = Some(text),
            ("group", _) => self.group = Some(text),
            ("id", _) => self.requirement = Some(text),
            ("mode", _) => self.mode = Some(text),
            ("ignore", _) => self.ignored = true,
            ("tags", Meta::NameValue(entry)) => {
                if let Expr::Array(tags) = &entry.value {
                    self.tags = tags.elems.iter().map(written).collect();
                }
            }
            (_, Meta::List(list)) if is_limit(&word) => {
                let entries = Punctuated::<Expr, Token![,]>::parse_terminated;
                let entries = list.parse_args_with(entries).unwrap_or_default();
                let of = entries.first().map(written).unwrap_or_default();
                for entry in &entries {
                    if let Expr::Assign(limit) = entry {
                        self.limits
                            .push((format!("{word} {of}"), written(&limit.right)));
                    }
                }
            }
            _ if is_limit(&word) => self.limits.push((word, text)),
            _ => {}
        }
    }
}

fn is_limit(word: &str) -> bool {
    let by_table = perf_grammar::find(word).is_some_and(|key| matches!(key.role, Role::Limit(_)));
    by_table || Metric::from_key(word).is_some()
}

/// A literal as it is written, without quotes; nothing for another expression.
fn written(value: &Expr) -> String {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => text.value(),
            Lit::Int(number) => number.base10_digits().to_owned(),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// An attribute, or those that a `cfg_attr` stands for.
fn metas(meta: &Meta) -> Vec<Meta> {
    let Meta::List(list) = meta else {
        return vec![meta.clone()];
    };
    if !list.path.is_ident("cfg_attr") {
        return vec![meta.clone()];
    }
    let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    let mut parts = parts.unwrap_or_default().into_iter();
    match parts.next() {
        Some(condition) if holds(&condition) != Some(false) => {
            parts.flat_map(|part| metas(&part)).collect()
        }
        _ => Vec::new(),
    }
}

/// The file that `#[path = ".."]` names.
fn path_of(attributes: &[Attribute]) -> Option<String> {
    let metas = attributes
        .iter()
        .flat_map(|attribute| metas(&attribute.meta));
    let mut paths = metas.filter_map(|meta| match meta {
        Meta::NameValue(entry) if entry.path.is_ident("path") => Some(written(&entry.value)),
        _ => None,
    });
    paths.next()
}

/// Whether some build of the tests on this system has the item.
fn is_possible(attributes: &[Attribute]) -> bool {
    attributes.iter().all(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.parse_args::<Meta>();
            condition.map_or(true, |condition| holds(&condition) != Some(false))
        }
        _ => true,
    })
}

/// Whether the item is there in tests alone.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.parse_args::<Meta>();
            condition.is_ok_and(|condition| condition.path().is_ident("test"))
        }
        _ => false,
    })
}

/// Whether a condition holds; `None` where features or flags decide.
fn holds(condition: &Meta) -> Option<bool> {
    let word = condition.path().get_ident()?.to_string();
    match condition {
        Meta::Path(_) => match &*word {
            "test" => Some(true),
            "unix" => Some(cfg!(unix)),
            "windows" => Some(cfg!(windows)),
            "miri" => Some(false),
            _ => None,
        },
        Meta::NameValue(entry) => {
            let value = written(&entry.value);
            match &*word {
                "target_os" => Some(value == std::env::consts::OS),
                "target_family" => Some(value == std::env::consts::FAMILY),
                "target_arch" => Some(value == std::env::consts::ARCH),
                _ => None,
            }
        }
        Meta::List(list) => {
            let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            let parts: Vec<Option<bool>> = parts.ok()?.iter().map(holds).collect();
            let decided = |by: bool| parts.contains(&Some(by)).then_some(by);
            let every = |value: bool| parts.iter().all(|part| *part == Some(value));
            match &*word {
                "all" => decided(false).or_else(|| every(true).then_some(true)),
                "any" => decided(true).or_else(|| every(false).then_some(false)),
                "not" => parts.first().copied().flatten().map(|holds| !holds),
                _ => None,
            }
        }
    }
}

/// The line on which a function of this name begins.
fn line_of(text: &str, name: &str) -> usize {
    let begins = |line: &str| {
        line.match_indices("fn ").any(|(at, _)| {
            let rest = line[at + 3..].trim_start();
            let rest = rest.strip_prefix("r#").unwrap_or(rest);
            rest.strip_prefix(name)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    text.lines().position(begins).map_or(1, |line| line + 1)
}

#[cfg(test)]
mod tests;
