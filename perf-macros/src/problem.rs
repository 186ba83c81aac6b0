//! What can be wrong with an annotation, a row each.

perf_grammar::coded! {
    /// What was found, what was expected, and what to write instead.
    pub(crate) struct Problem;

    // Entries.
    no_key() = "expected a key, as in `p99 = \"10ms\"`";
    hyphens(wanted) = "a key has no hyphens" [: "write `{wanted}`"];
    no_comma() = "expected `,` between one key and the next";

    // Keys.
    unknown_key(key, keys) =
        "unknown key `{key}`"
        [; "the keys are {keys} and quantiles such as p50, p99 and p99_9"];
    mistyped_key(key, near) = "unknown key `{key}`" [; "did you mean `{near}`?"];
    wrong_quantile(key, why, next) = "`{key}` is no key: {why}" [; "{next}"];
    key_of_file(key) =
        "`{key}` belongs in perf-budgets.toml, under `[defaults]` or in a class";
    key_twice(key) = "`{key}` is given twice" [: "keep one of the two"];
    /// The same quantile in two ways.
    same_key_twice(key, other) =
        "`{key}` is `{other}`, which is given already" [: "keep one of the two"];
    allocations_twice() =
        "`deny_alloc` allows no allocation, so `allocs` says the same again or contradicts it"
        [: "keep one of the two"];
    no_limit() =
        "no limit is given"
        [: "write at least one, such as `p99 = \"10ms\"`, or a `class` of perf-budgets.toml that has one"];
    /// The Cargo feature of perf-runtime, and the line that switches it on.
    feature_off(key, off, next) = "`{key}` needs {off}" [; "{next}"];

    // Limits on something with a name.
    no_name(key, example) = "`{key}` starts with a name in quotes" [: "write `{example}`"];
    empty_name(example) = "the name is empty" [: "write `{example}`"];
    no_comma_behind_name(example) = "expected `,` behind the name" [: "write `{example}`"];
    limit_without_word(example) = "a limit has a word before it" [: "write `{example}`"];
    no_limit_of_name(key, name, example) =
        "`{key}(\"{name}\")` has no limit" [: "write one behind the name, as in `{example}`"];
    limit_of_name_twice(word, key, name) =
        "`{word}` of `{key}(\"{name}\")` is given twice" [: "keep one of the two"];
    /// A word that the key does not hold, as the grammar says.
    unknown_statistic(why, example) = "{why}" [: "write `{example}`"];
    quantile_of_none(why, next) = "{why}" [; "{next}"];

    // How values are written: examples stand in backticks.
    no_value(key, example) = "`{key}` needs a value" [: "write {example}"];
    no_brackets(key, example) =
        "`{key}` needs a name and a limit in brackets" [: "write {example}"];
    empty_value(key, example) = "`{key}` has no value behind the `=`" [: "write {example}"];
    brackets(key, example) = "`{key}` takes its value behind a `=`" [: "write {example}"];
    colon(example) = "expected `=`, found `:`" [: "write {example}"];
    no_quotes(key, value) = "a quantity stands in quotes" [: "write `{key} = \"{value}\"`"];
    /// A number that is no quantity in quotes either, as the grammar says.
    no_quantity(why, example) =
        "{why}" [; "and a quantity stands in quotes, as in {example}"];
    point(wanted) =
        "a quantile has an underscore where its number has a point" [: "write `{wanted}`"];
    unreadable(key, why, example) =
        "the value of `{key}` cannot be read, {why}" [: "write {example}"];

    // What values are.
    wrong_value(key, takes, found, example) =
        "`{key}` takes {takes}, found {found}" [: "write {example}"];
    wrong_word(key, words, found, near) =
        "`{key}` takes one of {words}, found `\"{found}\"`" [; "did you mean `\"{near}\"`?"];
    false_flag(key) = "`{key}` stands alone" [: "leave it out"];
    value_of_flag(key) = "`{key}` stands alone" [: "remove the value"];
    suffix(key, digits) = "`{key}` takes a plain number" [: "write `{digits}`"];
    too_large(number, most) = "`{number}` is above {most}, the largest number a key takes";
    empty_text(key) = "the text of `{key}` is empty" [: "fill it, or leave the key out"];
    text_for_path(key) = "`{key}` takes a path, found a text" [: "remove the quotes"];
    text_for_function(key) =
        "`{key}` takes a path or a closure, found a text" [: "remove the quotes"];
    no_closure(key) = "`{key}` takes a path or a closure" [: "write `{key} = || ..`"];
    two_arguments(key) =
        "`{key}` is given one argument at most, that of `args`"
        [: "take a tuple, and write `{key} = |(a, b)| ..`"];
    called(key) =
        "`{key}` takes a function, and this is the result of a call"
        [: "write the name without `()`, or put `||` in front"];
    called_with(key) =
        "`{key}` takes a function, and this is the result of a call" [: "put `||` in front"];
    empty_list(key) =
        "`{key}` is an empty list, so there is no case" [: "write `{key} = [10, 100]`"];
    list_in_parentheses(key) =
        "`{key}` takes a list in square brackets" [: "write `{key} = [10, 100]`"];
    value_for_list(key, found, value) =
        "`{key}` takes a list, found {found}" [: "write `{key} = [{value}]`"];
    closure_for_list(key) =
        "`{key}` takes a list, found a closure" [: "write `{key} = [10, 100]`"];
    bars_before_list(key) = "`{key}` takes a list" [: "remove the `||`"];

    // Items.
    whole_item(kind) =
        "`#[perf_budget]` measures a function, not a whole `{kind}`"
        [; "annotate a free function that calls the method"];
    whole_module() =
        "`#[perf_budget]` measures a function, not a whole `mod`"
        [; "annotate each function in it, and give them one `class`"];
    other_item(kind) =
        "`#[perf_budget]` measures a function, and this is `{kind}`"
        [; "annotate a function that uses it"];
    unreadable_item(why) =
        "`#[perf_budget]` measures a function, and this cannot be read as one: {why}";
    no_body() =
        "`#[perf_budget]` measures a function with a body"
        [; "annotate a free function that calls this one"];
    unsafe_function(name) =
        "an `unsafe fn` cannot be measured"
        [; "annotate a safe function that calls `{name}` and says why that is sound"];
    extern_function(name) =
        "an `extern` function cannot be measured"
        [; "annotate a plain function that calls `{name}`"];
    variadic(name) =
        "a variadic function cannot be measured"
        [; "annotate a plain function that calls `{name}`"];
    lifetime() =
        "a function with a lifetime parameter cannot be measured"
        [; "leave the lifetime out: with one argument the compiler knows which is meant"];
    generic_type(name) =
        "a generic function cannot be measured"
        [; "annotate a function that calls `{name}` with the type to be measured"];
    generic_number(name) =
        "a generic function cannot be measured"
        [; "annotate a function that calls `{name}` with the number to be measured"];
    generic_argument(name) =
        "a generic function cannot be measured"
        [; "name the type, or annotate a function that calls `{name}`"];
    method() =
        "a method cannot be measured"
        [; "annotate a free function that takes the value from `setup` and calls the method"];
    associated_function() =
        "a function of an `impl` cannot be measured"
        [; "annotate a free function that calls it"];

    // Arguments.
    args_for_none(name) =
        "each of `args` is an argument, and `{name}` takes none"
        [; "give it one, as in `fn {name}(n: usize)`"];
    setup_for_none(name) =
        "`setup` makes an argument, and `{name}` takes none"
        [; "give it one, as in `fn {name}(input: Input)`, or leave `setup` out"];
    second_argument(name) =
        "a measured function takes one argument at most"
        [; "let `setup` return a tuple, as in `fn {name}((a, b): (A, B))`"];
    argument_beside_bencher() =
        "beside a `Bencher` there is no other argument"
        [; "make the input in the body, before `iter`"];
    setup_and_bencher() =
        "a function with a `Bencher` makes its own input"
        [; "move `setup` into the body, before `iter`, or call `iter_with_setup`"];
    args_and_bencher(name) =
        "a function with a `Bencher` has no other argument for `args`"
        [; "take the argument itself, as in `fn {name}(n: usize)`, or what `setup = |n| ..` makes of it"];
    bencher_not_lent() = "a `Bencher` is lent to the function" [: "write `&mut Bencher`"];
    no_maker() =
        "nothing makes this argument"
        [; "add `setup = ..`, a path or a closure that returns one, or `args = [..]`, a list of arguments"];
    args_change() =
        "an argument of `args` does not change, or its name would be wrong"
        [; "make what changes of it with `setup = |n| ..`"];

    // Outputs.
    never_returns() = "a function that never returns cannot be measured";
    future() =
        "a future that is returned has done nothing yet"
        [; "write `async fn`, which is driven to its end"];
    command_of_tokio() =
        "tokio's `Command` cannot be measured"
        [; "return a `std::process::Command`, which starts the same program"];

    // Other attributes.
    should_panic() =
        "a panic ends the measuring"
        [: "remove `#[should_panic]`, and catch the panic in the function, with `std::panic::catch_unwind`"];
    ignore() =
        "the budget's own test replaces this one"
        [: "remove `#[ignore]`, and write `ignore` in `#[perf_budget(..)]`"];
    bench() =
        "`#[perf_budget]` and `#[bench]` exclude each other"
        [: "remove `#[bench]`, and take a `&mut perf_runtime::Bencher`"];
    budget_twice() =
        "`#[perf_budget]` stands on this function twice" [: "write the keys of both into one"];
    target_feature() =
        "a function with `#[target_feature]` cannot be called from safe code"
        [: "annotate a function that checks for the feature and calls it"];
    rstest() =
        "`#[rstest]` belongs above `#[perf_budget]`, so that each of its cases gets a budget"
        [: "swap the two"];
    test_above() =
        "another test attribute stands above `#[perf_budget]`, which would measure what that one puts around the function, such as the building of a runtime"
        [: "remove it, and let `#[perf_budget]` drive the `async fn` itself, with `runtime = \"current_thread\"` or `\"multi_thread\"`"];
    other_test(path) =
        "`#[perf_budget]` and `#[{path}]` exclude each other"
        [: "remove the latter; `#[perf_budget]` drives an `async fn` itself, with `runtime = \"current_thread\"` or `\"multi_thread\"`"];
    test_of_cases(word) =
        "`#[perf_budget]` and `#[{word}]` exclude each other"
        [: "annotate a plain function for each case"];

    // Keys and functions that exclude each other.
    complexity_without_args() =
        "`complexity` is the growth over `args`"
        [: "add a list of sizes, such as `args = [100, 1_000, 10_000]`"];
    runtime_of_plain(name) =
        "`runtime` drives an `async fn`, and `{name}` is none"
        [: "remove `runtime`, or write `async fn {name}`"];
    async_bencher() =
        "a `Bencher` times plain calls"
        [: "leave the `Bencher` out, and each call of the `async fn` is timed"];
    async_command() =
        "making a `Command` waits for nothing"
        [: "leave `async` out; the program is started outside the function"];
    command_of_reference() =
        "a function that returns a `Command` takes its input by value"
        [: "each program that is started gets its own"];
    setup_with_argument() =
        "`setup` is called without arguments"
        [: "write `setup = || ..`, or add `args = [..]`, a list of what it is to be called with"];
    setup_without_argument() =
        "`setup` is called with each of `args`" [: "write `setup = |n| ..`"];
    async_setup(name) =
        "an async `setup` needs an `async fn {name}`, whose runtime it shares"
        [; "or build a runtime in it and call `block_on`"];
    degradation_without_threads() =
        "`degradation` compares many users with one" [: "say how many, as in `threads = 10`"];
    degradation_of_one() =
        "`degradation` compares many users with one, and here is one"
        [: "write `threads = 2` or more, or leave `degradation` out"];
    clock_of_tasks(users, instead) =
        "`{users}` of an `async fn` are tasks that take turns on their threads, so only the wall clock shows what each waited"
        [: "{instead}"];
    users_and_args(users) =
        "`{users}` and `args` exclude each other"
        [: "write one function for each argument, each with its own `{users}`, that call a common one"];
    users_and_bencher(users, name) =
        "`{users}` lets many call the function at the same time, and a `Bencher` times one"
        [: "take what `setup` makes, as in `fn {name}(state: &State)`"];
    users_and_exclusive(users) =
        "`{users}` lets many call the function at the same time, who cannot all have `&mut T`"
        [: "take `&T`, and put what changes behind a `Mutex` or an atomic"];
    users_and_command(users) =
        "`{users}` and a `Command` exclude each other"
        [: "programs are started one after the other; call `status()` in the function, and return nothing, to start many at a time"];
}
