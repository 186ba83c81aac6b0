//! What is known at a place in a function of benchmarks.

use std::collections::{BTreeMap, BTreeSet};

use syn::spanned::Spanned as _;
use syn::{Expr, ExprLit, ExprMethodCall, Lit, Stmt};

use super::source::{Source, words};

/// What is known at a place in a function.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    /// What the function is called, for benchmarks whose name is not known.
    pub(super) function: String,
    pub(super) criterion: String,
    pub(super) groups: BTreeMap<String, Group>,
    /// The lines in front that are no benchmarks.
    pub(super) before: Vec<&'a Stmt>,
    /// What loops around bind in this turn: a line, and a value by its name.
    pub(super) bound: Vec<String>,
    pub(super) values: BTreeMap<String, String>,
}

#[derive(Clone, Default)]
pub(super) struct Group {
    pub(super) name: Option<String>,
    pub(super) items: Option<String>,
}

impl Scope<'_> {
    /// What a chain of calls stands on, if that is criterion or a group.
    pub(super) fn base(&self, call: &ExprMethodCall) -> Option<String> {
        let mut at = &*call.receiver;
        loop {
            at = match at {
                Expr::MethodCall(inner) => &inner.receiver,
                Expr::Paren(inner) => &inner.expr,
                Expr::Path(path) => {
                    let name = path.path.get_ident()?.to_string();
                    let known = name == self.criterion || self.groups.contains_key(&name);
                    return known.then_some(name);
                }
                _ => return None,
            };
        }
    }

    /// The group that an expression makes.
    pub(super) fn group_of(&self, made: &Expr, source: &Source<'_>) -> Option<Group> {
        let Expr::MethodCall(call) = made else {
            return None;
        };
        let is_on_criterion = source.slice(source.range(call.receiver.span())) == self.criterion;
        let is_it = call.method == "benchmark_group" && is_on_criterion;
        is_it.then(|| Group {
            name: call.args.first().and_then(text_of),
            items: None,
        })
    }

    /// How many items a call handles: `Throughput::Elements(100)`.
    pub(super) fn items(&self, throughput: &Expr, source: &Source<'_>) -> Option<String> {
        let Expr::Call(call) = throughput else {
            return None;
        };
        let kind = source.slice(source.range(call.func.span()));
        let mut amount = call.args.first().filter(|_| kind.ends_with("Elements"))?;
        while let Expr::Cast(cast) = amount {
            amount = &cast.expr;
        }
        let value = self.value(amount, source)?;
        let digits: String = value.chars().filter(|c| *c != '_').collect();
        digits.parse::<u64>().is_ok_and(|n| n > 0).then_some(value)
    }

    /// The text of a value that is known: a literal, or what a loop binds.
    fn value(&self, of: &Expr, source: &Source<'_>) -> Option<String> {
        let text = source.slice(source.range(of.span()));
        let name = text.trim_start_matches(['&', '*']);
        if let Some(value) = self.values.get(name) {
            return Some(value.clone());
        }
        match of {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) => Some(number.base10_digits().to_owned()),
            Expr::Lit(_) => text_of(of),
            _ => None,
        }
    }

    /// What a benchmark is called.
    pub(super) fn id(&self, id: &Expr, source: &Source<'_>) -> Option<String> {
        if let Some(text) = text_of(id) {
            return Some(text);
        }
        match id {
            Expr::Call(call) => {
                let parts = call
                    .args
                    .iter()
                    .map(|part| self.value(part, source).or_else(|| text_of(part)));
                Some(parts.collect::<Option<Vec<_>>>()?.join(" "))
            }
            Expr::Reference(inner) => self.id(&inner.expr, source),
            Expr::Macro(format) => {
                let mut text = format.mac.tokens.to_string();
                for (name, value) in &self.values {
                    text = text.replace(&format!("{{{name}}}"), value);
                }
                let literal: syn::LitStr = syn::parse_str(&text).ok()?;
                Some(literal.value())
            }
            _ => self.value(id, source),
        }
    }

    /// The lines in front that these need, directly or through others, in order.
    pub(super) fn needed(&self, lines: &[String], source: &Source<'_>) -> Vec<String> {
        let mut wanted: BTreeSet<String> = lines.iter().flat_map(|line| words(line)).collect();
        let before = self.before.iter().map(|stmt| source.moved(stmt.span()));
        let all: Vec<String> = self.bound.iter().cloned().chain(before).collect();
        let locals: BTreeSet<String> = all.iter().flat_map(|line| bindings(line)).collect();
        let mut kept = Vec::new();
        for line in all.into_iter().rev() {
            let bound = bindings(&line);
            let mentioned = words(&line);
            let is_needed = match bound.is_empty() {
                // A statement that changes something, such as `numbers.reverse();`.
                true => mentioned
                    .iter()
                    .any(|word| locals.contains(word) && wanted.contains(word)),
                false => bound.iter().any(|word| wanted.contains(word)),
            };
            if is_needed {
                wanted.extend(mentioned);
                kept.push(line);
            }
        }
        kept.reverse();
        kept
    }
}

/// The names that a line binds: those in front of the `=` of a `let`, or of an item.
fn bindings(line: &str) -> BTreeSet<String> {
    let text = line.trim_start();
    let item = ["fn ", "const ", "static ", "struct ", "use "];
    if let Some(rest) = text.strip_prefix("let ") {
        return words(rest.split(['=', ':']).next().unwrap_or(""));
    }
    match item.iter().any(|word| text.starts_with(word)) {
        true => words(text.split(['(', '=', '{']).next().unwrap_or("")),
        false => BTreeSet::new(),
    }
}

/// The text of a literal: `"a"`, `"a".to_string()`, `String::from("a")`.
pub(super) fn text_of(of: &Expr) -> Option<String> {
    match of {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        Expr::Reference(inner) => text_of(&inner.expr),
        Expr::MethodCall(call) => text_of(&call.receiver),
        Expr::Call(call) if call.args.len() == 1 => {
            let name = matches!(&*call.func, Expr::Path(path) if path.path.segments.first().is_some_and(|first| first.ident == "String"));
            name.then(|| text_of(&call.args[0])).flatten()
        }
        _ => None,
    }
}
