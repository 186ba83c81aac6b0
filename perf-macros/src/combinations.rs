//! Keys and functions that cannot be combined, and what to write instead.

use proc_macro2::Ident;

use crate::attribute::Spec;
use crate::expression::Kind;
use crate::function::{Form, Function};
use crate::mistakes::Mistakes;
use crate::problem::Problem;

/// Notes every combination that cannot be measured.
pub(crate) fn check(spec: &Spec, function: Option<&Function>, mistakes: &mut Mistakes) {
    setup(spec, function, mistakes);
    if let (Some(word), None) = (spec.word("complexity"), spec.word("args")) {
        mistakes.at(word.span(), Problem::complexity_without_args());
    }
    if let Some(word) = spec.word("degradation") {
        degradation(word, spec, mistakes);
    }
    for users in ["threads", "rate"] {
        if let Some(word) = spec.word(users) {
            load(word, spec, function, mistakes);
        }
    }
    let Some(function) = function else { return };
    if let (Some(word), None) = (spec.word("runtime"), &function.asynchronous) {
        let problem = Problem::runtime_of_plain(&function.name.to_string());
        mistakes.at(word.span(), problem);
    }
    if let Some(word) = &function.asynchronous {
        clock_of_tasks(spec, mistakes);
        if function.form == Form::Bencher {
            mistakes.over(word, Problem::async_bencher());
        }
        if function.starts.is_some() {
            mistakes.over(word, Problem::async_command());
        }
    }
    if let Some(output) = function.starts
        && matches!(function.form, Form::Shared | Form::Exclusive)
    {
        mistakes.at(output, Problem::command_of_reference());
    }
}

/// What `setup` is given depends on `args`, and whether it may wait on the
/// function.
fn setup(spec: &Spec, function: Option<&Function>, mistakes: &mut Mistakes) {
    let Some(setup) = spec.expression("setup") else {
        return;
    };
    let Kind::Closure(closure) = &setup.kind else {
        return;
    };
    match (closure.inputs.first(), spec.word("args")) {
        (Some(first), None) => mistakes.over(first, Problem::setup_with_argument()),
        (None, Some(_)) => mistakes.over(setup, Problem::setup_without_argument()),
        _ => {}
    }
    if let (Some(word), Some(function)) = (&closure.asynchronous, function)
        && function.asynchronous.is_none()
    {
        mistakes.over(word, Problem::async_setup(&function.name.to_string()));
    }
}

fn degradation(word: &Ident, spec: &Spec, mistakes: &mut Mistakes) {
    match (spec.word("threads"), spec.amount("threads")) {
        (None, _) => mistakes.at(word.span(), Problem::degradation_without_threads()),
        (Some(threads), Some(1)) => mistakes.at(threads.span(), Problem::degradation_of_one()),
        _ => {}
    }
}

/// Users of an `async fn` are tasks, which take turns on their threads.
fn clock_of_tasks(spec: &Spec, mistakes: &mut Mistakes) {
    let users = ["threads", "rate"]
        .into_iter()
        .find_map(|key| spec.word(key));
    let (Some(users), Some(clock)) = (users, spec.word("clock")) else {
        return;
    };
    let instead = match spec.text("clock") {
        Some("cpu") => "leave `clock` out, and limit `cpu`, the processor time of a call",
        Some("clean") => "leave `clock` out",
        _ => return,
    };
    let problem = Problem::clock_of_tasks(&users.to_string(), instead);
    mistakes.at(clock.span(), problem);
}

/// `threads` or `rate`, by its word.
fn load(word: &Ident, spec: &Spec, function: Option<&Function>, mistakes: &mut Mistakes) {
    let users = &word.to_string();
    if spec.word("args").is_some() {
        mistakes.at(word.span(), Problem::users_and_args(users));
        return;
    }
    let Some(function) = function else { return };
    let problem = match function.form {
        Form::Bencher => Problem::users_and_bencher(users, &function.name.to_string()),
        Form::Exclusive => Problem::users_and_exclusive(users),
        _ if function.starts.is_some() => Problem::users_and_command(users),
        _ => return,
    };
    mistakes.at(word.span(), problem);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::{self, Makers};

    #[track_caller]
    fn check(attribute: &str, item: &str, expected: &[&str]) {
        let mut mistakes = Mistakes::default();
        let spec = Spec::read(attribute.parse().expect("tokens"), &mut mistakes);
        let makers = Makers {
            setup: spec.word("setup"),
            args: spec.word("args"),
        };
        let item = function::read(item.parse().expect("tokens"), makers, &mut mistakes);
        super::check(&spec, item.function.as_ref(), &mut mistakes);
        let found = mistakes.texts();
        assert_eq!(found.len(), expected.len(), "{attribute}: {found:#?}");
        for (found, part) in found.iter().zip(expected) {
            assert!(found.contains(part), "{attribute}: {found}");
        }
    }

    #[test]
    fn what_belongs_together_is_taken() {
        for (attribute, item) in [
            ("max = \"1s\", args = [1, 2]", "fn f(n: u32) {}"),
            ("max = \"1s\", args = SIZES", "fn f(n: &u32) {}"),
            (
                "max = \"1s\", args = sizes(), setup = |n| vec![n]",
                "fn f(v: &mut Vec<u8>) {}",
            ),
            (
                "complexity = \"n log n\", args = 1..5",
                "async fn f(n: u32) {}",
            ),
            (
                "max = \"1s\", runtime = \"multi_thread\"",
                "async fn f() {}",
            ),
            (
                "max = \"1s\", runtime = pollster::block_on, setup = async || 5",
                "async fn f(n: u8) {}",
            ),
            (
                "p99 = \"1s\", threads = 2, rate = \"500/s\", errors = \"20%\", degradation = \"2x\", items = 3",
                "fn f() {}",
            ),
            (
                "p99 = \"1s\", threads = 2, setup = || 5, clock = \"wall\"",
                "async fn f(n: &u8) {}",
            ),
            ("p99 = \"1s\", clock = \"cpu\"", "async fn f() {}"),
            ("ratio = \"0.5x naive::parse\"", "fn f() {}"),
            ("first = \"1s\"", "fn f() -> std::process::Command {}"),
            ("first = \"1s\", args = [1, 2]", "fn f(n: u8) -> Command {}"),
        ] {
            check(attribute, item, &[]);
        }
    }

    #[test]
    fn what_excludes_each_other_says_what_to_write() {
        check("complexity = \"n\"", "fn f() {}", &["args = [100,"]);
        check("max = \"1s\", args = [1]", "fn f() {}", &["takes none"]);
        check(
            "max = \"1s\", args = [1]",
            "fn f(n: &mut u8) {}",
            &["setup = |n|"],
        );
        check(
            "max = \"1s\", args = [1]",
            "fn f(b: &mut Bencher) {}",
            &["fn f(n: usize)"],
        );
        check(
            "max = \"1s\", args = [1], setup = || 5",
            "fn f(n: u8) {}",
            &["setup = |n|"],
        );
        check(
            "max = \"1s\", setup = |n| n",
            "fn f(n: u8) {}",
            &["add `args"],
        );
        check(
            "max = \"1s\", setup = |a, b| a",
            "fn f(n: u8) {}",
            &["take a tuple"],
        );
        check(
            "max = \"1s\", setup = async || 5",
            "fn f(n: u8) {}",
            &["async fn f"],
        );
        check("degradation = \"2x\"", "fn f() {}", &["threads = 10"]);
        check(
            "degradation = \"2x\", threads = 1",
            "fn f() {}",
            &["threads = 2"],
        );
        check(
            "max = \"1s\", threads = 2",
            "fn f(b: &mut Bencher) {}",
            &["fn f(state"],
        );
        check(
            "max = \"1s\", rate = \"1/s\"",
            "fn f(b: &mut Bencher) {}",
            &["fn f(state"],
        );
        check(
            "max = \"1s\", threads = 2, setup = || 1",
            "fn f(b: &mut u8) {}",
            &["take `&T`"],
        );
        check(
            "max = \"1s\", threads = 2, clock = \"cpu\"",
            "async fn f() {}",
            &["limit `cpu`"],
        );
        check(
            "max = \"1s\", rate = \"5/s\", clock = \"clean\"",
            "async fn f() {}",
            &["leave `clock` out"],
        );
        check(
            "max = \"1s\", threads = 2, args = [1]",
            "fn f(n: u8) {}",
            &["each argument"],
        );
        check(
            "max = \"1s\", threads = 2",
            "fn f() -> Command {}",
            &["one after the other"],
        );
        check(
            "max = \"1s\", runtime = \"multi_thread\"",
            "fn f() {}",
            &["async fn f"],
        );
        check(
            "max = \"1s\"",
            "async fn f(b: &mut Bencher) {}",
            &["leave the `Bencher` out"],
        );
        check(
            "max = \"1s\"",
            "async fn f() -> Command {}",
            &["leave `async` out"],
        );
        check(
            "max = \"1s\", setup = || 1",
            "fn f(n: &u8) -> Command {}",
            &["by value"],
        );
    }
}
