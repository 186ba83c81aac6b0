//! Loops over sizes: what each turn binds.

use syn::spanned::Spanned as _;
use syn::{Expr, ExprForLoop, ExprLit, Item, Lit, Local, RangeLimits, Stmt};

use super::source::Source;

/// A loop with more turns would make more cases than people read.
const MOST: usize = 24;

/// What each turn binds: an expression for the loop's pattern, and its bare value.
///
/// # Errors
/// Says why the turns are not known here.
pub(super) fn turns(
    of: &ExprForLoop,
    source: &Source<'_>,
    items: &[Item],
    before: &[&Stmt],
) -> Result<Vec<(String, String)>, String> {
    let (elements, by_reference) = elements(&of.expr, source, items, before)
        .ok_or("a loop over what is known when it runs only; write `args = [..]` with its values, or a budget for each")?;
    if elements.is_empty() || elements.len() > MOST {
        return Err(format!(
            "a loop of {} turns, and up to {MOST} are written out; choose some, or write `args = [..]`",
            elements.len()
        ));
    }
    let bound = |element: String| match by_reference {
        true => (format!("&{element}"), element),
        false => (element.clone(), element),
    };
    Ok(elements.into_iter().map(bound).collect())
}

fn elements(
    of: &Expr,
    source: &Source<'_>,
    items: &[Item],
    before: &[&Stmt],
) -> Option<(Vec<String>, bool)> {
    match of {
        Expr::Array(array) => {
            let text = |element: &Expr| source.slice(source.range(element.span())).to_owned();
            Some((array.elems.iter().map(text).collect(), false))
        }
        Expr::Paren(inner) => elements(&inner.expr, source, items, before),
        Expr::Reference(inner) => Some((elements(&inner.expr, source, items, before)?.0, true)),
        Expr::MethodCall(call) if call.args.is_empty() => {
            let (found, by_reference) = elements(&call.receiver, source, items, before)?;
            match &*call.method.to_string() {
                "iter" => Some((found, true)),
                "into_iter" => Some((found, by_reference)),
                "copied" | "cloned" => Some((found, false)),
                _ => None,
            }
        }
        Expr::Range(range) => {
            let bound = |bound: &Option<Box<Expr>>| number(bound.as_deref()?);
            let (first, last) = (bound(&range.start)?, bound(&range.end)?);
            let last = match range.limits {
                RangeLimits::HalfOpen(_) => last.checked_sub(1)?,
                RangeLimits::Closed(_) => last,
            };
            let few = last.checked_sub(first)? < 1_000;
            few.then(|| ((first..=last).map(|n| n.to_string()).collect(), false))
        }
        Expr::Path(path) => {
            let name = path.path.get_ident()?;
            let local = before.iter().rev().find_map(|stmt| match stmt {
                Stmt::Local(Local {
                    pat,
                    init: Some(init),
                    ..
                }) => {
                    let text = source.slice(source.range(pat.span()));
                    let bound = text.trim_start_matches("mut ").split(':').next()?;
                    let is_it = *name == bound.trim();
                    is_it.then_some(&*init.expr)
                }
                _ => None,
            });
            let global = items.iter().find_map(|item| match item {
                Item::Const(item) if item.ident == *name => Some(&*item.expr),
                Item::Static(item) if item.ident == *name => Some(&*item.expr),
                _ => None,
            });
            elements(local.or(global)?, source, items, before)
        }
        _ => None,
    }
}

fn number(of: &Expr) -> Option<u64> {
    match of {
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => number.base10_parse().ok(),
        _ => None,
    }
}
