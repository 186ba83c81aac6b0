//! The budgets that stand in sources: what a target declares that was not built.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use perf_grammar::{Metric, Role};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Item, ItemFn, Lit, Meta, Token, UseTree};

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

#[derive(Default)]
struct Scan {
    found: Vec<Declared>,
    /// What the attribute is called beside its own name.
    aliases: BTreeSet<String>,
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
            match item {
                Item::Fn(item) if is_possible(&item.attrs) => self.function(item, place, path),
                Item::Mod(item) if is_possible(&item.attrs) => {
                    let name = item.ident.to_string();
                    let name = name.strip_prefix("r#").unwrap_or(&name);
                    let path = [path, &[name.to_owned()]].concat();
                    let named = path_of(&item.attrs);
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
                }
                _ => {}
            }
        }
    }

    /// A module in a file of its own.
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
    text: &'a str,
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
mod tests {
    use super::*;

    fn scan(files: &[(&str, &str)]) -> Vec<Declared> {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            std::fs::write(file, text).expect("written");
        }
        budgets(&folder.path().join(files[0].0))
    }

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let found: Vec<String> = scan(files).into_iter().map(|found| found.path).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn an_attribute_is_found_by_each_of_its_names() {
        check(
            &[(
                "a.rs",
                "use perf_runtime::{perf_budget as budget, main};\n#[perf_runtime::perf_budget(p50 = \"1us\")]\nfn one() {}\n#[perf_budget(p50 = \"1us\")] fn two() {}\n#[budget(p50 = \"1us\")] fn three() {}\n#[cfg_attr(test, perf_budget(p50 = \"1us\"))] fn four() {}\n#[other(p50 = \"1us\")] fn five() {}",
            )],
            &["one", "two", "three", "four"],
        );
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        check(
            &[(
                "a.rs",
                "// #[perf_budget(p50 = \"1us\")]\n/// #[perf_budget(p50 = \"1us\")]\n/* #[perf_budget] fn x() {} */\nfn one() { let _ = \"#[perf_budget(p50)] fn x() {}\"; }\n",
            )],
            &[],
        );
    }

    #[test]
    fn modules_are_followed_wherever_they_stand() {
        let budget = "#[perf_budget(p50 = \"1us\")] fn f() {}";
        let root = format!(
            "mod plain;\nmod folder;\n#[path = \"else/where.rs\"] mod named;\nmod inline {{ mod deep; {budget} }}\nmod gone;"
        );
        check(
            &[
                ("src/lib.rs", &root),
                ("src/plain.rs", &format!("mod below; {budget}")),
                ("src/plain/below.rs", budget),
                ("src/folder/mod.rs", &format!("mod below; {budget}")),
                ("src/folder/below.rs", budget),
                ("src/else/where.rs", &format!("mod beside; {budget}")),
                ("src/else/beside.rs", budget),
                ("src/inline/deep.rs", budget),
            ],
            &[
                "plain::below::f",
                "plain::f",
                "folder::below::f",
                "folder::f",
                "named::beside::f",
                "named::f",
                "inline::deep::f",
                "inline::f",
            ],
        );
    }

    #[test]
    fn what_no_build_here_has_is_not_declared() {
        let other = if cfg!(windows) { "unix" } else { "windows" };
        let text = format!(
            "#[cfg({other})] #[perf_budget(p50 = \"1us\")] fn a() {{}}\n#[cfg(all(test, not({other})))] #[perf_budget(p50 = \"1us\")] fn b() {{}}\n#[cfg(feature = \"x\")] mod m {{ #[perf_budget(p50 = \"1us\")] fn c() {{}} }}\n#[cfg(not(test))] mod n {{ #[perf_budget(p50 = \"1us\")] fn d() {{}} }}"
        );
        check(&[("a.rs", &text)], &["b", "m::c"]);
    }

    #[test]
    fn limits_and_labels_are_read_as_they_are_written() {
        let found = scan(&[(
            "a.rs",
            "\n#[perf_budget(p99 = \"2us\", allocs = 0, span(\"render\", p99 = \"2ms\", max = \"5ms\"), setup = || vec![1, 2], tags = [\"slow\"], group = \"g\", ignore = \"why\", mode = \"soft\")]\nfn f(v: &Vec<u8>) {}\n#[perf_budget(class = \"critical\")]\nasync fn g() {}",
        )]);
        let limits = |at: usize| -> Vec<(&str, &str)> {
            let limits = found[at].limits.iter();
            limits.map(|(key, value)| (&**key, &**value)).collect()
        };
        assert_eq!(
            limits(0),
            [
                ("p99", "2us"),
                ("allocs", "0"),
                ("span render", "2ms"),
                ("span render", "5ms")
            ]
        );
        assert_eq!((found[0].line, found[1].line), (3, 5));
        assert_eq!(
            (
                found[0].tags.as_slice(),
                found[0].group.as_deref(),
                found[0].ignored
            ),
            (&["slow".to_owned()][..], Some("g"), true)
        );
        assert_eq!(found[0].mode.as_deref(), Some("soft"));
        assert_eq!(limits(1), [("class", "critical")]);
    }
}
