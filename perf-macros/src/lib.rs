//! The `#[perf_budget(..)]` attribute.
//!
//! Use it as `perf_runtime::perf_budget`: what it writes refers to that crate.

#![cfg_attr(not(test), warn(clippy::disallowed_macros, clippy::disallowed_methods))]

// Lowest layer first: each imports only from those above it.
mod problem;

mod mistakes;

mod tokens;

mod expression;

mod literals;

mod entries;

mod value;

mod named;

mod attribute;

mod types;

mod signature;

mod companions;

mod function;

mod combinations;

mod features;

mod body;

mod optimisation;

mod expand;

#[cfg(test)]
mod fuzz;

use proc_macro::TokenStream;

#[doc = include_str!("perf_budget.md")]
/// The function stays as it is and can be called as before. Beside it, in
/// builds for tests only, stand a registered case and a module of the function's
/// name with one test in it, so the test is called
/// `parses_the_config::perf_budget`, and `cargo test -- ::perf_budget` runs all
/// budgets and nothing else.
///
/// # Functions
///
/// | form | how it is called |
/// |---|---|
/// | `fn()` | as it is |
/// | `fn(T)` with `setup` | with a fresh `T` for each call |
/// | `fn(&T)`, `fn(&mut T)` with `setup` | with one `T` that is made once for the case |
/// | `fn(n)`, `fn(&n)` with `args` | a case for each argument, with a clone for each call, or with one for the case |
/// | `async fn` in any of these forms | its future is driven to its end; the runtime is built once a case, outside the timing |
/// | `fn(b: &mut Bencher)` | once a round; it marks what is timed with `b.iter(..)` |
/// | `fn() -> std::process::Command` | the program is started for each call; a `Command` without a path is taken for this one, so write `clap::Command` for another |
///
/// With `args` and `setup`, `setup` is called with a clone of the argument and
/// makes what the function takes. Each argument is a case `name/10`, called by
/// its `Display`, or else its `Debug`, with what cannot stand in an id replaced:
/// `name/10` in a pattern means the one, `name` or `name/*` all. Under the
/// standard harness all of them are one test; with `harness = false` each is
/// one.
///
/// With `threads` or `rate` the function is called by many at the same time: it
/// takes nothing, a `T` for each call, or a `&T` that all share. Each of them is
/// a thread; of an `async fn`, a task. With `runtime = "multi_thread"` tasks are
/// spawned, so that what they hold must be `Send`; otherwise one thread polls
/// all of them. Tasks are timed by the wall clock.
///
/// It may return anything. An `Err` fails the case, whatever the type of the
/// error; every other value is dropped outside the timing. An output that
/// borrows from the argument is dropped inside, since it cannot leave the call;
/// its type must show the borrow, as in `Words<'_>`. A `&'static T` is taken by
/// value, like any `T`.
///
/// The names in `setup` and `crate` mean what they mean beside the function,
/// `self::` and private ones included. The function must stand in a module, not
/// in the body of another function, and no module or type of its name may stand
/// beside it.
///
/// # Other attributes
///
/// `#[perf_budget]` belongs above `#[test]`, which it replaces: the function is
/// then there in tests only, as before. Below `#[test]` it cannot see it, and the
/// function is run as a plain test as well; in a target with `harness = false`
/// both are gone. `#[rstest]` belongs above `#[perf_budget]`, and gives each of
/// its cases a budget.
///
/// # Errors
///
/// What cannot be measured is an error at compile time that points at the wrong
/// word and says what to write instead: methods, functions of an `impl`,
/// generic, `unsafe` and `extern` functions, more than one argument, an argument
/// without `setup` or `args` and these without an argument, `#[should_panic]`,
/// and unknown, doubled or misspelt keys, units and values. All mistakes of one
/// annotation are reported at once, and the item stays in place, so that the
/// rest of the crate, and the editor, still see it.
#[proc_macro_attribute]
pub fn perf_budget(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand::annotated(attribute.into(), item.into()).into()
}
