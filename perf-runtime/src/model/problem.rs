//! What is wrong with the configuration: the budget file, the variables of the
//! environment, the command line of a harness, and how they meet the attributes.

use std::fmt;
use std::ops::Deref;

use perf_grammar::Feature;

use crate::model::coded::coded;

coded! {
    /// One mistake: what was found, and what was expected.
    pub(crate) struct Problem;

    // The text of the budget file.
    /// It is not TOML: what its reader says.
    not_toml(why) = "this is not TOML: {why}";
    no_schema() = "found no `schema`, expected `schema = 1` as the first line";
    wrong_schema(found) =
        "found {found} for `schema`, expected the number 1, without quotes" [: "write `schema = 1`"];
    unknown_schema(found) =
        "found schema {found}, expected 1, the only one this version of perf-runtime reads"
        [; "update it, or write `schema = 1`"];
    unknown_key(key, expected, near) =
        "found `{key}`, expected {expected}" [; "did you mean `{near}`?"];
    /// A word like `p100`.
    wrong_quantile(key, why, next) = "found `{key}`; {why}" [; "{next}"];
    key_of_attribute(key, table) =
        "found `{key}` in {table}, expected it in #[perf_budget(..)], beside the function";
    key_of_other_table(key, table, instead) =
        "found `{key}` in {table}" [; "{instead}"];
    /// A key that nothing reads there.
    key_of_no_table(key, table) =
        "`{key}` cannot be written in {table}";
    key_twice(key, other) =
        "found `{key}` a second time, expected it once" [; "the other one stands at {other}"];
    not_a_table(table) =
        "found a single value, expected a table {table}";
    waive_not_a_list() =
        "found `waive` as a single table, expected a list"
        [: "write [[waive]] with two brackets"];
    wrong_value(found, key, expected, near) =
        "found {found} for `{key}`, expected {expected}" [; "did you mean `{near}`?"];
    wrong_flag(found, key) =
        "found {found} for `{key}`, expected true"
        [; "leave the key out where it does not apply"];
    /// A text that is no amount, as the grammar says.
    wrong_amount(why, next) = "{why}" [; "{next}"];
    out_of_bounds(why) = "{why}";
    /// From how much on `top` lists something, or how seldom a span is reported.
    wrong_threshold(key, why, next) = "`{key}`: {why}" [; "{next}"];

    // Limits on something with a name.
    not_names(example) =
        "found a single value, expected a table with names and limits"
        [: "write `{example}`"];
    not_limits(example) =
        "found a single value, expected a table with limits" [: "write `{example}`"];
    no_name(key, example) =
        "found `{key}` without a name" [: "write `{example}`"];
    empty_name(example) =
        "the name is empty" [: "write `{example}`"];
    no_limit_of_name(key, of, example) =
        "`{key}` of {of} has no limit" [: "write `{example}`"];
    unknown_statistic(key, table, why, example) =
        "found `{key}` in {table}; {why}" [: "write `{example}`"];
    /// One like a known one, or one of which the grammar says what to write.
    mistyped_statistic(key, table, why, next) =
        "found `{key}` in {table}; {why}" [; "{next}"];

    // Other tables.
    no_limit_of_span(table) =
        "found {table} without a limit, expected at least one such as p99 = \"2ms\"";
    empty_threshold() =
        "found an empty name, expected the name of a span, or `case`, `span`, `function` or `allocation`";
    incomplete_waiver(missing) =
        "found a [[waive]] without `{missing}`, expected all of `case`, `limit`, `reason` and `until`";
    unknown_waived(found, near) =
        "found \"{found}\" for `limit`, expected a limit such as \"p99\" or \"mem\", \"regression\", or \"*\" for all of the case"
        [; "did you mean `{near}`?"];

    // Selectors.
    unknown_label(selector, near) =
        "found a single `:` in `{selector}`, expected `class:`, `group:`, `tag:` or `id:` and a name, or `::` between the parts of a pattern"
        [; "did you mean `{near}`?"];
    no_name_of_label(selector, label, example) =
        "found `{selector}`, expected a name right behind `{label}:`, such as `{label}:{example}`";
    wrong_pattern(why, next) = "{why}" [; "{next}"];

    // Profiles and classes.
    no_file_of_profile(name) =
        "found profile `{name}`, but there is no perf-budgets.toml"
        [; "write one with [profile.{name}]"];
    unknown_profile(name, file, near) =
        "found profile `{name}`, expected one that {file} makes as [profile.{name}]"
        [; "did you mean `{near}`?"];
    no_file_of_class(name) =
        "found class `{name}`, but there is no perf-budgets.toml"
        [; "write one with [class.{name}]"];
    unknown_class(name, file, near) =
        "found class `{name}`, expected one that {file} makes as [class.{name}]"
        [; "did you mean `{near}`?"];
    /// A class that a profile changes.
    unknown_class_of_profile(name, near) =
        "found class `{name}`, expected one that [class.{name}] makes outside the profile"
        [; "did you mean `{near}`?"];

    // What the settings say of a case that its function cannot do.
    no_limit(case) =
        "`{case}` has no limit: neither the attribute nor the budget file sets one"
        [; "add one, such as p99 = \"10ms\""];
    no_limit_of_class(case, class, place) =
        "`{case}` has no limit: its class `{class}` at {place} sets none"
        [; "add one, such as p99 = \"10ms\""];
    one_user(key, table, case) =
        "found `{key}` in {table} for `{case}`; its function is called by one at a time"
        [: "write `{key}` in its attribute too, which makes it one that several can call"];
    degradation_of_one(table, case) =
        "found `degradation` in {table} for `{case}`; it compares many users with one, and this case has one"
        [: "write `threads = 10` in its attribute, or a pattern that leaves it out"];
    clock_of_tasks(table, case) =
        "found `clock` in {table} for `{case}`; its users are tasks, which take turns on their threads, so that only the wall clock shows what each of them waited"
        [: "write `clock = \"wall\"`, or a pattern that leaves it out"];
    complexity_of_none(table, case) =
        "found `complexity` in {table} for `{case}`; it is the growth over `args`, and its function has none"
        [: "write `args = [100, 1_000, 10_000]` in its attribute, or a pattern that leaves it out"];
    no_arguments(case) =
        "`{case}` has a `complexity` and no `args`"
        [; "growth is seen over several arguments, as in args = [100, 1_000, 10_000]"];
    /// What a limit on a meter lacks.
    wrong_meter(why, next) = "{why}" [; "{next}"];
    ratio_of_itself(name) =
        "`{name}` is this case itself" [; "a `ratio` compares with another one"];
    ratio_of_none(name) =
        "no case of this test target is called `{name}`"
        [; "a `ratio` compares with a function in the same target that has a `#[perf_budget(..)]`"];
    ratio_of_several(name, one, other) =
        "`{name}` is `{one}` and `{other}`"
        [; "write more of the path, so that it names one case"];
    same_arguments(one, other, id) =
        "the arguments at places {one} and {other} of `args` are both called `{id}`"
        [; "an id names one case, so remove one, or give them texts that differ"];
    same_id(id, file, line) =
        "two cases are called `{id}`, the other one at {file}:{line}"
        [; "an id names one case, so rename one function"];

    // Finding the file.
    no_such_file(path) =
        "{path}: PERF_BUDGETS_FILE names this file, and there is none"
        [; "correct the variable or unset it"];
    no_package(folder) =
        "{folder}: the folder in which this test was built is gone, and CARGO_MANIFEST_DIR names no other, so perf-budgets.toml cannot be looked for"
        [; "name the file with PERF_BUDGETS_FILE (a file that says `schema = 1` where there are no rules), or build the test anew"];
    unreadable_file(path, why) =
        "{path}: the budget file cannot be read: {why}" [; "correct or remove it"];
    file_not_utf8(path, line, column) =
        "{path}:{line}:{column}: found a byte that is no UTF-8, expected a text in UTF-8";

    // The command line of a harness.
    no_value(option) = "found `{option}` without its value";
    unknown_option(option) =
        "found `{option}`, which is no option of this harness (`--help` shows them)";
    mistyped_option(option, near) = "found `{option}`, which is no option of this harness"
        [; "did you mean `{near}`? (`--help` shows them)"];
    value_of_flag(option) = "found a value of `{option}`, which takes none";
    wrong_option(option, found, expected) = "found `{option} {found}`, expected {expected}";
    both_ignored() = "`--ignored` and `--include-ignored` exclude each other";

    // Variables of the environment.
    unknown_mode(name, word, near) =
        "found {name}={word}, expected hard, soft or off" [; "did you mean `{near}`?"];
    /// `--max-time` or a variable: what the grammar says of its value.
    wrong_setting(name, why, next) = "{name}: {why}" [; "{next}"];
    wrong_number(why, next) = "{why}" [; "{next}"];
    not_utf8(name, value) =
        "found {name}={value}, expected UTF-8" [; "correct it or unset it"];
    unknown_counting(found) =
        "found PERF_INSTRUCTIONS={found}, expected callgrind" [; "correct it or unset it"];
    no_test_threads() = "found RUST_TEST_THREADS=0, expected at least 1";
    mutations_elsewhere(name, command) =
        "found {name}, which makes calls slower on purpose and is set by `{command} prove` for its own workers alone"
        [; "unset it"];
    wrong_mutation(found, name) =
        "found {found} in {name}, expected a kind, an amount, a name and an id with tabs between them"
        [; "use the same version of perf-runtime and perf-report"];
    unknown_mutation(kind) =
        "found the mutation `{kind}`, which this perf-runtime does not know"
        [; "use the same version of perf-runtime and perf-report"];
    unknown_protocol(found, known) =
        "found PERF_WORKER={found}, but this test was built with a perf-runtime that speaks worker protocol {known}"
        [; "use the same version of perf-runtime and perf-report"];
    /// A worker that no process started.
    not_heard(task, command) =
        "found PERF_WORKER=1 and PERF_WORKER_TASK={task} without PERF_WORKER_TOKEN, expected none of them, or all as `{command}` sets them for the processes that it starts: nothing listens to this one, so nothing would be judged"
        [; "unset PERF_WORKER"];
    /// What a worker does beside its calls.
    no_thread(task, why) = "no thread could be started {task}: {why}";
    unknown_task(found) =
        "found PERF_WORKER_TASK={found}, expected list, measure, confirm, bursts, count, instructions, resident, meters, trace, first or session"
        [; "use the same version of perf-runtime and perf-report"];
    unknown_case() = "no such case is registered in this binary";
    /// What a worker is to do with its case.
    unknown_count(what) = "PERF_WORKER_COUNT does not say {what}";
    /// An option or a task that this binary is built without.
    feature_off(key, off, next) = "`{key}` needs {off}" [; "{next}"];
    /// What a supervisor asks for, which there is on Unix only.
    #[cfg_attr(not(unix), allow(dead_code, reason = "no other process measures there"))]
    no_task() = "the supervising process did not say what to measure";
    #[cfg_attr(not(unix), allow(dead_code, reason = "no other process measures there"))]
    unreadable_task(why) = "what to measure cannot be read: {why}";
}

impl Problem {
    /// What this option or task needs.
    pub(crate) fn without(feature: Feature, key: &str) -> Problem {
        Problem::feature_off(key, &feature.is_off(), &feature.switch_on())
    }

    /// The mistake at `file:line:column`.
    pub(crate) fn at(self, place: Option<String>) -> Mistake {
        Mistake {
            place,
            problem: self,
        }
    }
}

/// Something wrong with the configuration, and where.
#[derive(Debug)]
pub(crate) struct Mistake {
    /// `file:line:column`; `None` where it is in no file.
    pub(crate) place: Option<String>,
    pub(crate) problem: Problem,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            f.write_str(place)?;
            f.write_str(": ")?;
        }
        f.write_str(&self.problem.line())
    }
}

/// All that is wrong.
#[derive(Debug, Default)]
pub(crate) struct Mistakes(pub(crate) Vec<Mistake>);

impl Mistakes {
    /// Adds one, unless it is the last one again: what stands once in the file is found
    /// with each case.
    pub(crate) fn add(&mut self, mistake: Mistake) {
        if let Some(last) = self.0.last()
            && format!("{last}") == format!("{mistake}")
        {
            return;
        }
        self.0.push(mistake);
    }

    /// Adds each of these so.
    pub(crate) fn add_all(&mut self, mut found: Mistakes) {
        while !found.is_empty() {
            self.add(found.0.remove(0));
        }
    }

    /// A line of each.
    pub(crate) fn lines(&self) -> String {
        let mut lines = String::new();
        for mistake in &self.0 {
            if !lines.is_empty() {
                lines += "\n";
            }
            lines += &format!("{mistake}");
        }
        lines
    }

    /// The code of each.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        let mut codes = Vec::new();
        for mistake in &self.0 {
            codes.push(mistake.problem.code());
        }
        codes
    }
}

impl Deref for Mistakes {
    type Target = [Mistake];

    fn deref(&self) -> &[Mistake] {
        &self.0
    }
}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Mistakes {
        Mistakes(vec![mistake])
    }
}

impl From<Problem> for Mistakes {
    fn from(problem: Problem) -> Mistakes {
        problem.at(None).into()
    }
}

/// The word that was probably meant; empty where none of these is near.
pub(crate) fn near<'c>(word: &str, candidates: &[&'c str]) -> &'c str {
    perf_grammar::nearest(word, candidates).unwrap_or_default()
}

#[cfg(test)]
mod tests;
