//! A function of benchmarks, and the budgets that it becomes: one for each call of
//! `bench_function` or `bench_with_input`, with what it needs of the lines in front.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Block, Expr, ExprClosure, ExprForLoop, ExprMethodCall, Item, ItemFn, Pat, Stmt};

use super::scope::{Group, Scope, text_of};
use super::source::{Source, words};
use super::{LIMIT, Left, loops};

/// What a file becomes.
pub(super) struct Suite<'a> {
    source: &'a Source<'a>,
    items: &'a [Item],
    /// Every word of the file: a budget is called like none of them.
    pub(super) words: BTreeSet<String>,
    pub(super) budgets: Vec<String>,
    pub(super) left: Vec<Left>,
}

impl<'a> Suite<'a> {
    pub(super) fn new(source: &'a Source<'a>, items: &'a [Item]) -> Suite<'a> {
        Suite {
            source,
            items,
            words: words(source.text),
            budgets: Vec::new(),
            left: Vec::new(),
        }
    }

    /// Remembers what is not converted.
    pub(super) fn leave(&mut self, at: Span, why: &str) {
        let start = at.start();
        let left = Left {
            line: start.line,
            column: start.column + 1,
            why: why.to_owned(),
        };
        // The turns of a loop say the same.
        if !self.left.contains(&left) {
            self.left.push(left);
        }
    }

    /// The budgets of a function that takes a `&mut Criterion` of this name.
    pub(super) fn function(&mut self, function: &'a ItemFn, criterion: String) -> String {
        let scope = Scope {
            function: function.sig.ident.to_string(),
            criterion,
            groups: BTreeMap::new(),
            before: Vec::new(),
            bound: Vec::new(),
            values: BTreeMap::new(),
        };
        let budgets = self.block(&function.block, scope);
        budgets.join("\n\n")
    }

    fn block(&mut self, block: &'a Block, mut scope: Scope<'a>) -> Vec<String> {
        let mut made = Vec::new();
        for stmt in &block.stmts {
            self.statement(stmt, &mut scope, &mut made);
        }
        made
    }

    fn statement(&mut self, stmt: &'a Stmt, scope: &mut Scope<'a>, made: &mut Vec<String>) {
        match stmt {
            Stmt::Local(local) => {
                let group = local
                    .init
                    .as_ref()
                    .and_then(|init| scope.group_of(&init.expr, self.source));
                match (group, &local.pat) {
                    (Some(group), Pat::Ident(name)) => {
                        scope.groups.insert(name.ident.to_string(), group);
                    }
                    _ => self.other(stmt, scope),
                }
            }
            Stmt::Expr(Expr::ForLoop(of), _) if self.is_about(stmt, scope) => {
                made.extend(self.each_turn(of, scope));
            }
            Stmt::Expr(Expr::Block(inner), _) if self.is_about(stmt, scope) => {
                made.extend(self.block(&inner.block, scope.clone()));
            }
            Stmt::Expr(Expr::MethodCall(call), _) if scope.base(call).is_some() => {
                made.extend(self.calls(call, scope));
            }
            _ => self.other(stmt, scope),
        }
    }

    /// A statement that is no benchmark: setup, if it names nothing of criterion.
    fn other(&mut self, stmt: &'a Stmt, scope: &mut Scope<'a>) {
        if self.is_about(stmt, scope) {
            self.leave(stmt.span(), "what is measured here is not known from its text; write a `#[perf_budget(..)]` by hand");
        } else {
            scope.before.push(stmt);
        }
    }

    fn is_about(&self, stmt: &Stmt, scope: &Scope<'_>) -> bool {
        let text = self.source.slice(self.source.range(stmt.span()));
        let words = words(text);
        // A closure may call its argument like that.
        let is_argument = |name: &str| text.contains(&format!("|{name}|"));
        let mut names = std::iter::once(&scope.criterion).chain(scope.groups.keys());
        names.any(|name| words.contains(name) && !is_argument(name))
    }

    fn each_turn(&mut self, of: &'a ExprForLoop, scope: &Scope<'a>) -> Vec<String> {
        let turns = match loops::turns(of, self.source, self.items, &scope.before) {
            Ok(turns) => turns,
            Err(why) => {
                self.leave(of.span(), &why);
                return Vec::new();
            }
        };
        let pattern = self.source.slice(self.source.range(of.pat.span()));
        let mut made = Vec::new();
        for (expression, value) in turns {
            let mut inner = scope.clone();
            inner.bound.push(format!("let {pattern} = {expression};"));
            inner
                .values
                .insert(pattern.trim_start_matches('&').to_owned(), value);
            made.extend(self.block(&of.body, inner));
        }
        made
    }

    /// The calls of a chain in their order, on criterion or a group.
    fn calls(&mut self, outermost: &'a ExprMethodCall, scope: &mut Scope<'a>) -> Vec<String> {
        let mut chain = vec![outermost];
        while let Expr::MethodCall(inner) = &*chain[chain.len() - 1].receiver {
            chain.push(inner);
        }
        let base = scope.base(outermost).expect("the caller has seen it");
        let mut group = scope.groups.get(&base).cloned();
        let mut made = Vec::new();
        for call in chain.iter().rev() {
            let arguments: Vec<&Expr> = call.args.iter().collect();
            match (&*call.method.to_string(), &arguments[..]) {
                ("bench_function", [id, closure]) => {
                    made.extend(self.benchmark(call, id, None, closure, group.as_ref(), scope));
                }
                ("bench_with_input", [id, input, closure]) => {
                    made.extend(self.benchmark(
                        call,
                        id,
                        Some(input),
                        closure,
                        group.as_ref(),
                        scope,
                    ));
                }
                ("benchmark_group", [name]) => {
                    group = Some(Group {
                        name: text_of(name),
                        items: None,
                    });
                }
                ("throughput", [throughput]) => {
                    let items = scope.items(throughput, self.source);
                    if items.is_none() {
                        self.leave(call.method.span(), "what a call handles is no number here; write `items = ..` at the budget");
                    }
                    group.get_or_insert_default().items = items;
                }
                ("finish", []) => {}
                (
                    "sample_size" | "measurement_time" | "warm_up_time" | "nresamples"
                    | "noise_threshold" | "confidence_level" | "significance_level"
                    | "sampling_mode" | "plot_config" | "without_plots",
                    _,
                ) => {
                    let found = &call.method;
                    self.leave(found.span(), &format!("`{found}` has no counterpart: the evidence decides how many calls are made; `warmup`, `samples` and `max_time` of a budget say otherwise"));
                }
                (found, _) => {
                    self.leave(
                        call.method.span(),
                        &format!("`{found}` is not known; write a `#[perf_budget(..)]` by hand"),
                    );
                }
            }
        }
        if let (Some(group), true) = (group, scope.groups.contains_key(&base)) {
            scope.groups.insert(base, group);
        }
        made
    }

    fn benchmark(
        &mut self,
        call: &ExprMethodCall,
        id: &Expr,
        input: Option<&Expr>,
        closure: &'a Expr,
        group: Option<&Group>,
        scope: &Scope<'a>,
    ) -> Option<String> {
        let Expr::Closure(closure) = closure else {
            self.leave(call.span(), "its body stands in another function; write it as a `fn(b: &mut Bencher)` with `#[perf_budget(..)]`");
            return None;
        };
        let timed = match self.timed(closure) {
            Ok(timed) => timed,
            Err((at, why)) => {
                self.leave(at, why);
                return None;
            }
        };
        let mut lines = Vec::new();
        if let (Some(pattern), Some(input)) = (closure.inputs.iter().nth(1), input) {
            let text = |span| self.source.moved(span);
            let pattern = match pattern {
                Pat::Type(typed) => text(typed.pat.span()),
                other => text(other.span()),
            };
            lines.push(format!("let {pattern} = {};", text(input.span())));
        }
        lines.extend(timed.lines);
        lines.push(timed.call);
        let lines = [scope.needed(&lines, self.source), lines].concat();
        let name = self.name(id, group, scope);
        let mut keys = LIMIT.to_owned();
        if let Some(group) = group.and_then(|group| group.name.as_ref()) {
            keys += &format!(", group = {group:?}");
        }
        if let Some(items) = group.and_then(|group| group.items.as_ref()) {
            keys += &format!(", items = {items}");
        }
        let lines = lines.join("\n").replace('\n', "\n    ");
        let bencher = timed.bencher;
        let text = format!(
            "#[perf_budget({keys})]\nfn {name}({bencher}: &mut Bencher) {{\n    {lines}\n}}"
        );
        self.budgets.push(name);
        Some(text)
    }

    /// What a closure that takes a `Bencher` times.
    fn timed(&self, closure: &ExprClosure) -> Result<Timed, (Span, &'static str)> {
        const NOT_LAST: &str = "what is timed is not the last call of the closure; write it as a `fn(b: &mut Bencher)` with `#[perf_budget(..)]`";
        let bencher = match closure.inputs.first() {
            Some(Pat::Ident(name)) => name.ident.to_string(),
            Some(Pat::Type(typed)) => self.source.moved(typed.pat.span()),
            _ => return Err((closure.span(), NOT_LAST)),
        };
        let mut lines = Vec::new();
        let mut body = &*closure.body;
        if let Expr::Block(block) = body {
            let (last, before) = block
                .block
                .stmts
                .split_last()
                .ok_or((closure.span(), NOT_LAST))?;
            lines = before
                .iter()
                .map(|stmt| self.source.moved(stmt.span()))
                .collect();
            body = match last {
                Stmt::Expr(expr, _) => expr,
                other => return Err((other.span(), NOT_LAST)),
            };
        }
        let Expr::MethodCall(call) = body else {
            return Err((body.span(), NOT_LAST));
        };
        if let Expr::MethodCall(inner) = &*call.receiver
            && inner.method == "to_async"
        {
            return Err((
                inner.method.span(),
                "it is async: write an `async fn` with `#[perf_budget(..)]`, and the Cargo feature `tokio` of perf-runtime",
            ));
        }
        let text = |expr: &Expr| self.source.moved(expr.span());
        let arguments: Vec<&Expr> = call.args.iter().collect();
        let call = match (&*call.method.to_string(), &arguments[..]) {
            ("iter" | "iter_with_large_drop", [f]) => format!("{bencher}.iter({});", text(f)),
            ("iter_with_setup" | "iter_with_large_setup", [setup, f])
            | ("iter_batched", [setup, f, _]) => {
                format!("{bencher}.iter_with_setup({}, {});", text(setup), text(f))
            }
            ("iter_batched_ref", [setup, Expr::Closure(f), _]) if f.inputs.len() == 1 => {
                let input = match &f.inputs[0] {
                    Pat::Type(typed) => text_of_pattern(self.source, &typed.pat),
                    other => text_of_pattern(self.source, other),
                };
                let body = text(&f.body);
                format!(
                    "{bencher}.iter_with_setup({}, |mut made| {{\n    let output = {{\n        let {input} = &mut made;\n        {}\n    }};\n    (output, made)\n}});",
                    text(setup),
                    body.replace('\n', "\n        ")
                )
            }
            ("iter_custom" | "iter_custom_future", _) => {
                return Err((
                    call.method.span(),
                    "`iter_custom` takes the time by itself; mark what is timed with `b.iter` in a `fn(b: &mut Bencher)`",
                ));
            }
            _ => return Err((call.method.span(), NOT_LAST)),
        };
        Ok(Timed {
            bencher,
            lines,
            call,
        })
    }

    /// A name that no other thing of the file has.
    fn name(&mut self, id: &Expr, group: Option<&Group>, scope: &Scope<'_>) -> String {
        let id = scope
            .id(id, self.source)
            .unwrap_or_else(|| scope.function.clone());
        let group = group.and_then(|group| group.name.as_deref()).unwrap_or("");
        let mut name = String::new();
        for c in format!("{group} {id}").trim().chars() {
            match c {
                c if c.is_ascii_alphanumeric() => name.push(c.to_ascii_lowercase()),
                _ if !name.ends_with('_') => name.push('_'),
                _ => {}
            }
        }
        let name = name.trim_matches('_');
        let name = match name.starts_with(|c: char| c.is_ascii_alphabetic())
            && syn::parse_str::<syn::Ident>(name).is_ok()
        {
            true => name.to_owned(),
            false => format!("case_{name}"),
        };
        let numbered = (2..).map(|n| format!("{name}_{n}"));
        let mut names = [name.clone(), format!("{name}_case")]
            .into_iter()
            .chain(numbered);
        let free = names.find(|name| !self.words.contains(name));
        let free = free.expect("numbers do not end");
        self.words.insert(free.clone());
        free
    }
}

/// What a benchmark times.
struct Timed {
    /// What its `Bencher` is called.
    bencher: String,
    /// The lines of its closure in front of the call.
    lines: Vec<String>,
    call: String,
}

fn text_of_pattern(source: &Source<'_>, pattern: &Pat) -> String {
    source.slice(source.range(pattern.span())).to_owned()
}
