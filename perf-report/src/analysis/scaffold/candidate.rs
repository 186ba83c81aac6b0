//! Functions of a package that can be called with made-up arguments, the likeliest first.

use std::collections::BTreeSet;

use syn::{Attribute, FnArg, Generics, Item, ReturnType, Signature, Type, UseTree, Visibility};

use super::lazy::Lazy;
use super::sample::sample;
use super::{Source, is_seen};

/// A function for the first budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The path by which a test calls it: `parser::parse`.
    pub(crate) path: String,
    /// Its own name.
    pub(crate) name: String,
    pub(crate) arguments: Vec<String>,
    /// Where it stands.
    pub(crate) file: std::path::PathBuf,
    pub(crate) line: usize,
    /// How likely it is to matter.
    pub(crate) weight: i32,
}

impl Candidate {
    /// The call, as a question shows it.
    pub(crate) fn call(&self) -> String {
        format!("{}({})", self.path, self.arguments.join(", "))
    }
}

/// Words of names whose functions do more than compute.
const ACTS: &str = "\
    abort assert bench clean connect create delete download drop exit fetch fuzz \
    init install kill listen log main open panic print read remove reset run \
    save send serve set setup shutdown sleep spawn start stop test uninstall \
    upload wait write";
/// Words of names whose functions are likely to matter.
const COMPUTES: &str = "\
    compile compute convert decode encode escape find format hash normalize \
    parse render search sort split tokenize validate width";
/// What a function does that touches more than its arguments.
const TOUCHES: &str = "\
    fs:: File:: process:: Command:: net:: TcpStream UdpSocket sleep( spawn( \
    stdin( stdout( println print! unimplemented! todo! set_var env::";
/// Attributes of functions that are not for callers, or that something else calls.
const HIDES: &str = "deprecated test perf_budget bench proc_macro no_mangle track_caller";
const MOST_ARGUMENTS: usize = 3;
/// A function without arguments that is shorter makes something that is always the same.
const LEAST_LINES_ALONE: usize = 8;
const MOST_LINES: usize = 20;

/// The functions that can be called as `root::path` (`crate` from within), at most
/// this many.
pub(crate) fn candidates(sources: &[Source], root: &str, most: usize) -> Vec<Candidate> {
    let exported = exports(sources);
    let lazy = Lazy::of(sources);
    let mut found: Vec<Candidate> = Vec::new();
    for source in sources {
        match &source.item {
            Item::Fn(item) => {
                let name = item.sig.ident.to_string();
                let Some(path) = path(source, &item.vis, &name, root, &exported) else {
                    continue;
                };
                if has_work(&item.sig.output, &lazy, None) {
                    let one = of(source, &item.attrs, &item.sig, path, &Generics::default());
                    found.extend(one);
                }
            }
            Item::Impl(item) if item.trait_.is_none() => {
                // Of a plain type.
                let Type::Path(kind) = &*item.self_ty else {
                    continue;
                };
                let Some(kind) = kind.path.get_ident().map(ToString::to_string) else {
                    continue;
                };
                let public = public();
                let Some(owner) = path(source, &public, &kind, root, &exported) else {
                    continue;
                };
                for one in &item.items {
                    let syn::ImplItem::Fn(one) = one else {
                        continue;
                    };
                    let is_visible = matches!(one.vis, Visibility::Public(_))
                        && has_work(&one.sig.output, &lazy, Some(&kind));
                    if is_visible && is_public_type(sources, source, &kind) {
                        let path = format!("{owner}::{}", one.sig.ident);
                        found.extend(of(source, &one.attrs, &one.sig, path, &item.generics));
                    }
                }
            }
            _ => {}
        }
    }
    // Of those that are as likely, the one that its author put first.
    found.sort_by_key(|one| std::cmp::Reverse(one.weight));
    let mut known = BTreeSet::new();
    found.retain(|one| known.insert(one.path.clone()));
    found.truncate(most);
    found
}

/// Where the package installs an allocator.
pub(crate) fn global_allocator(sources: &[Source]) -> Option<(std::path::PathBuf, usize)> {
    sources.iter().find_map(|source| {
        let Item::Static(item) = &source.item else {
            return None;
        };
        let mut attributes = item.attrs.iter();
        let installs = attributes.find(|one| one.path().is_ident("global_allocator"))?;
        Some((source.file.clone(), installs.pound_token.span.start().line))
    })
}

fn public() -> Visibility {
    Visibility::Public(Default::default())
}

/// Whether a type of this name that is public stands beside an `impl`.
fn is_public_type(sources: &[Source], beside: &Source, name: &str) -> bool {
    sources.iter().any(|source| {
        let (ident, vis, generics) = match &source.item {
            Item::Struct(item) => (&item.ident, &item.vis, &item.generics),
            Item::Enum(item) => (&item.ident, &item.vis, &item.generics),
            _ => return false,
        };
        ident == name
            && matches!(vis, Visibility::Public(_))
            && generics.type_params().next().is_none()
            && source.modules == beside.modules
    })
}

/// What the root makes public under another path: `lower::f` as `f`, or all of `lower`.
fn exports(sources: &[Source]) -> BTreeSet<String> {
    fn flat(tree: &UseTree, path: &mut Vec<String>, all: &mut BTreeSet<String>) {
        match tree {
            UseTree::Path(inner) => {
                let name = inner.ident.to_string();
                let is_root = path.is_empty() && (name == "crate" || name == "self");
                if !is_root {
                    path.push(name);
                }
                flat(&inner.tree, path, all);
                if !is_root {
                    path.pop();
                }
            }
            UseTree::Name(name) => {
                all.insert(format!("{}::{}", path.join("::"), name.ident));
            }
            UseTree::Glob(_) => {
                all.insert(format!("{}::*", path.join("::")));
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| flat(tree, path, all)),
            UseTree::Rename(_) => {}
        }
    }
    let mut all = BTreeSet::new();
    for source in sources.iter().filter(|source| source.modules.is_empty()) {
        if let Item::Use(item) = &source.item
            && matches!(item.vis, Visibility::Public(_))
        {
            flat(&item.tree, &mut Vec::new(), &mut all);
        }
    }
    all
}

/// The path by which a test calls an item, where it can.
fn path(
    source: &Source,
    vis: &Visibility,
    name: &str,
    root: &str,
    exported: &BTreeSet<String>,
) -> Option<String> {
    let whole = [root]
        .into_iter()
        .chain(source.modules.iter().map(String::as_str))
        .chain([name])
        .collect::<Vec<_>>()
        .join("::");
    let is_public = matches!(vis, Visibility::Public(_));
    if root == "crate" {
        // From a module at the root of the crate.
        let is_seen = source.is_seen && is_seen(vis, source.modules.len());
        return is_seen.then_some(whole);
    }
    if !is_public {
        return None;
    }
    if source.is_public {
        return Some(whole);
    }
    let modules = source.modules.join("::");
    let is_exported = exported.contains(&format!("{modules}::{name}"))
        || exported.contains(&format!("{modules}::*"));
    is_exported.then(|| format!("{root}::{name}"))
}

fn of(
    source: &Source,
    attributes: &[Attribute],
    signature: &Signature,
    path: String,
    outer: &Generics,
) -> Option<Candidate> {
    let name = signature.ident.to_string();
    let words: Vec<&str> = name.split('_').collect();
    let computes = signature.asyncness.is_none()
        && !matches!(signature.safety, syn::Safety::Unsafe(_))
        && signature.abi.is_none()
        && signature.variadic.is_none()
        && outer.type_params().next().is_none()
        && !words.iter().any(|word| is_among(ACTS, word))
        && !name.starts_with("r#");
    let hides = |one: &Attribute| {
        let path = one.path();
        let last = path.segments.last().map(|last| last.ident.to_string());
        last.is_some_and(|last| is_among(HIDES, &last))
            || path.is_ident("cfg")
                && one
                    .parse_args::<syn::Meta>()
                    .is_ok_and(|meta| meta.path().is_ident("test"))
            || path.is_ident("doc")
                && matches!(&one.meta, syn::Meta::List(list) if list.tokens.to_string().contains("hidden"))
    };
    if !computes || attributes.iter().any(hides) || signature.inputs.len() > MOST_ARGUMENTS {
        return None;
    }
    let about = path.to_lowercase();
    let mut weight = 0;
    let mut arguments = Vec::new();
    for input in &signature.inputs {
        let FnArg::Typed(input) = input else {
            return None;
        };
        let one = sample(&input.ty, &signature.generics, &about)?;
        weight = weight.max(one.weight);
        arguments.push(one.expression);
    }
    // What nothing is said of by its arguments cannot be called either.
    let const_generics = signature.generics.const_params().next().is_some();
    let types = signature.generics.type_params().count();
    if const_generics || types > arguments.len() {
        return None;
    }
    let line = signature.fn_token.span.start().line;
    let body = body(&source.text, line);
    let is_constant = arguments.is_empty() && body.lines().count() < LEAST_LINES_ALONE;
    if is_constant || TOUCHES.split(' ').any(|part| body.contains(part)) {
        return None;
    }
    weight += i32::try_from(body.lines().count().min(MOST_LINES)).unwrap_or_default();
    if words.iter().any(|word| is_among(COMPUTES, word)) {
        weight += 20;
    }
    if name == "new" {
        weight -= 20;
    }
    let is_gated = source.is_gated || attributes.iter().any(|one| one.path().is_ident("cfg"));
    if is_gated {
        weight -= 100;
    }
    Some(Candidate {
        path,
        name,
        arguments,
        file: source.file.clone(),
        line,
        weight,
    })
}

/// Whether a call has done its work when it returns: what returns nothing is called for
/// what it does, and what is lazy does it later.
fn has_work(output: &ReturnType, lazy: &Lazy, owner: Option<&str>) -> bool {
    match output {
        ReturnType::Default => false,
        ReturnType::Type(_, kind) => match &**kind {
            Type::Tuple(tuple) => !tuple.elems.is_empty(),
            Type::Never(_) => false,
            kind => !lazy.is(kind, owner),
        },
    }
}

fn is_among(words: &str, word: &str) -> bool {
    words.split(' ').any(|known| known == word)
}

/// The lines of a function, to the brace that closes it in the column where it began.
fn body(text: &str, line: usize) -> String {
    let mut lines = text.lines().skip(line.saturating_sub(1));
    let first = lines.next().unwrap_or_default();
    let indent = &first[..first.len() - first.trim_start().len()];
    let close = format!("{indent}}}");
    let rest = lines.take_while(|line| *line != close);
    let whole: Vec<&str> = match first.trim_end().ends_with('}') {
        true => vec![first],
        false => std::iter::once(first).chain(rest).collect(),
    };
    whole.join("\n")
}
