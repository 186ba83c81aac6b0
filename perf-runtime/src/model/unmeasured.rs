//! Why a figure is missing: the reason, and what helps.

use std::fmt;

use perf_grammar::{Coded, Feature};

use crate::model::coded::coded;

coded! {
    /// What keeps a figure from being known, and what to do next.
    pub(crate) struct Cause;

    // Of the case.
    case_failed() = "the case failed before it was judged";
    /// What the function did, as a sentence about it.
    function_failed(sentence) = "{sentence}";
    failed_while_counted(sentence) = "the function failed while it was counted: {sentence}";
    no_call() = "no call was made";
    not_timed() = "no call was timed";
    no_call_counted() = "no call was counted";
    not_counted() = "nothing was counted";
    measured_elsewhere() = "it is not measured here";
    judged_by_calls() = "it is judged by its calls, and this case has none";
    /// A key that needs a Cargo feature; `what` begins the sentence.
    feature_off(what, off, next) = "{what} {off}" [; "{next}"];

    // The allocator.
    no_allocator() = "no counting allocator is installed" [; "add `#[global_allocator] static ALLOC: perf_runtime::CountingAllocator = perf_runtime::CountingAllocator::system();` \
        to this target, or switch on the feature `global-allocator` of perf-runtime\n\
        where the program has a `#[global_allocator]` already, wrap that one instead: \
        `static ALLOC: perf_runtime::CountingAllocator<Yours> = perf_runtime::CountingAllocator::new(yours);`\n\
        in a library whose dev-dependency perf-runtime is, that line stands under `#[cfg(test)]` and yours under \
        `#[cfg(not(test))]`; its targets in tests/ are built without `cfg(test)`: for them put yours behind a feature, or into the binary"];
    no_peak() = "stats_alloc keeps no peak" [; "put ours around it: \
        `static ALLOC: CountingAllocator<StatsAlloc<System>> = CountingAllocator::new(StatsAlloc::system());`"];
    not_quiet() = "a thread that the call did not start goes on by itself, and what it allocates cannot be told from what the call takes" [; "start it in the function, or stop it before"];
    other_program() = "the memory and instructions of another program are not counted" [; "limit its `rss` or its `cpu`"];

    // What the system says of a process.
    usage_of_program() = "page faults and switches of another program are not counted";
    no_usage(unit) = "this system does not count the {unit} of a process" [; "Linux does"];
    no_processor_time() = "processor time is not known: this system does not report that of all threads, or several users call at the same time";
    /// The file that does not say it, or why it cannot be read.
    status_unreadable(why) = "/proc/self/status: {why}";
    status_incomplete() = "/proc/self/status does not say what is resident";
    no_resident() = "the system does not say what is resident";
    no_resident_here() = "resident memory is read on Linux, Windows and Apple's systems only";
    no_peak_of_program() = "this system does not say how much memory a program held that has ended";

    // Spans, events and counters.
    no_span() = "no span of this name was seen" [; "check the name, and that it is opened while the function runs"];
    no_event(target, calls) = "no event of target {target} was seen in {calls}" [; "check the name, and that no filter or subscriber of the program hides it"];
    no_counter(name, calls) = "no counter {name} was raised in {calls}" [; "check the name, or raise it by 0 where the call passes, so that it is known"];
    recorded_twice() = "another recording of this process is under way";
    other_subscriber() = "this program sets its own `tracing` subscriber, through which nothing is recorded" [; "add `perf_runtime::recording_layer()` to it (feature `layer`), or do not set it in tests"];
    spans_elsewhere() = "spans were opened on other threads, and other tests run in this process" [; "`cargo perf-budget` or nextest measures it alone"];

    // Growth over arguments.
    no_argument() = "no argument was measured";
    few_arguments(found, least) = "{found} different arguments were measured, and growth needs at least {least}" [; "add some to `args`, or select all of them"];
    narrow_arguments(first, last, least) = "the arguments reach from {first} to {last}, and growth shows only over a factor of {least} or more, from 1 on" [; "spread `args` wider"];
    short_calls() = "calls with most of the larger arguments are too short to tell their times apart" [; "give `args` larger sizes; or time more than one call at once, with `mean` instead of limits on single calls"];
    no_cost() = "neither time nor counts are known of every argument";
    no_number(argument) = "`{argument}` is no number, and `complexity` is about numbers" [; "give `args` the sizes, and make the input of a size in `setup`"];

    // Meters.
    meter_failed(name, why) = "the meter `{name}` said: {why}";
    no_such_meter() = "no such meter is linked";
    two_meters(name) = "two meters are called `{name}`" [; "give one of them another name"];
    wrong_side(found, name, expected) = "found `{found}` for the meter `{name}`, expected `{expected}`: that is the side on which it says a limit is";
    no_meter(name, next) = "found no meter `{name}`, and no other" [; "{next}"];
    unknown_meter(name, expected) = "found no meter `{name}`, expected {expected}" [; "a crate that no source names is not linked: `use that_crate as _;`"];

    // Other processes of this binary.
    no_own_path(why) = "this test's own path is not known: {why}";
    not_started(why) = "a fresh process could not be started: {why}";
    process_ended(status, lines) = "the process ended with {status}" [; "its last words were: {lines}"];
    process_killed(lines) = "the process took too long and was killed" [; "its last words were: {lines}"];
    no_answer(words) = "the process said `{words}`, which is no answer";
    no_times(name) = "the process gave no times of {name}";
    silent_process() = "the process that reads it did not say";

    // The processor's counter of instructions.
    no_instructions() = "no instructions were counted";
    no_instruction_counter() = "this machine has no instruction counter for programs, as is usual for a virtual machine" [; "instructions can be counted by valgrind instead"];
    counter_for_administrator(level, allowed) = "the kernel lets only the administrator count instructions (kernel.perf_event_paranoid is {level})" [; "allow it with `sysctl kernel.perf_event_paranoid={allowed}`, or instructions can be counted by valgrind instead"];
    counter_forbidden() = "this process may not count instructions, as is usual inside a container" [; "allow the container `perf_event_open`, or instructions can be counted by valgrind instead"];
    no_kernel_counters() = "this kernel was built without performance counters" [; "instructions can be counted by valgrind instead"];
    too_many_files() = "too many files are open for an instruction counter" [; "raise the limit (`ulimit -n`)"];
    counter_taken() = "another program has the processor's instruction counter to itself" [; "end it (such as `perf`) and run again"];
    counter_not_opened(why) = "the instruction counter could not be opened: {why}" [; "instructions can be counted by valgrind instead"];
    counter_unreadable(why) = "the instruction counter could not be read: {why}";
    counter_shared(running, enabled) = "the instruction counter ran for {running} of {enabled} ns only, because other programs use the processor's counters too" [; "end them (such as `perf`) and run again"];
    counter_backwards() = "the instruction counter ran backwards";
    counter_wrong(once, turns, twice) = "the instruction counter of this machine cannot be believed: it read {once} for a loop of {turns} turns and {twice} for one of twice as many";
    counter_of_linux() = "hardware instruction counters are read on Linux only" [; "this system offers none to ordinary programs"];

    // Valgrind.
    no_valgrind() = "valgrind is not installed" [; "install it with the system's packages, for example `apt-get install valgrind`"];
    valgrind_not_started(why) = "valgrind could not be started: {why}";
    unknown_instruction() = "the code holds an instruction that valgrind does not know, such as one of AVX-512 (the process ended with SIGILL)" [; "build without `-C target-cpu=native` to count it"];
    not_under_valgrind() = "this process does not run under valgrind, or valgrind does not answer its requests (they are known for Linux on x86-64 and aarch64)";
    no_folder(path, why) = "{path}: the folder for callgrind's files cannot be made: {why}";
    folder_not_utf8(path) = "{path}: the name of the temporary folder is not UTF-8";
    dump_not_kept(file, why) = "{file}: cannot be written: {why}";
    callgrind_late(seconds) = "a call under callgrind, with its warm-up, takes longer than {seconds} s";
    all_late(seconds, id) = "the {seconds} s for all cases were over, the last of them spent in {id}";
    too_many_callers() = "the call reaches its functions in too many ways";
    dumps_itself() = "the function makes callgrind dump its counts itself, which takes them from this count";
    no_dump(file) = "callgrind left no dump of the call ({file})" [; "is the process under another tool of valgrind?"];
    other_dump(name) = "the dump of callgrind is not the one that was asked for as `{name}`" [; "does the function make requests of callgrind itself?"];
    no_events_in_dump() = "the dump of callgrind names no events";
    no_instructions_in_dump(events) = "the dump of callgrind counts `{events}`, and no instructions (`Ir`)";
    no_totals_in_dump() = "the dump of callgrind ends before its totals";
    no_count_in_dump(found) = "the dump of callgrind says `{found}` where a count is expected";
}

impl Cause {
    /// What needs this feature, which is off; `what` begins the sentence.
    pub(crate) fn without(feature: Feature, what: &str) -> Cause {
        Cause::feature_off(what, &feature.is_off(), &feature.switch_on())
    }
}

/// Why there is no value. The reason is its `Display`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unmeasured {
    /// What lacks because of it, with a colon and a space behind each; empty where the
    /// cause says all.
    lacks: String,
    cause: Coded,
    /// What to do about it instead of what its cause says.
    instead: Option<String>,
}

impl Unmeasured {
    /// This is why something else is not known.
    pub(crate) fn so(mut self, lacks: &str) -> Unmeasured {
        self.lacks.insert_str(0, &format!("{lacks}: "));
        self
    }

    /// Here something else helps.
    pub(crate) fn helped_by(mut self, help: String) -> Unmeasured {
        self.instead = Some(help);
        self
    }

    /// What to do about it, lines; empty where nothing helps.
    pub(crate) fn help(&self) -> String {
        match &self.instead {
            Some(help) => help.clone(),
            None => self.cause.help(),
        }
    }

    /// Reason and help in one line, for those who show no details.
    pub(crate) fn line(&self) -> String {
        match self.help() {
            help if help.is_empty() => format!("{self}"),
            help => format!("{self}; {help}"),
        }
    }

    /// Adds the words by which another process of this binary knows it.
    pub(crate) fn add_words(&self, words: &mut Vec<String>) {
        words.push(self.lacks.clone());
        self.cause.add_words(words);
    }

    /// Why another process of this binary has no figure.
    pub(crate) fn from_words(words: &[&str]) -> Option<Unmeasured> {
        let [lacks, code, parts @ ..] = words else {
            return None;
        };
        let cause = Coded::found(rows::ALL, code, parts)?;
        Some(Unmeasured {
            lacks: (*lacks).to_owned(),
            cause,
            instead: None,
        })
    }
}

impl Default for Unmeasured {
    fn default() -> Unmeasured {
        Cause::not_counted().into()
    }
}

impl fmt::Display for Unmeasured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lacks)?;
        f.write_str(&self.cause.text())
    }
}

impl From<Cause> for Unmeasured {
    fn from(cause: Cause) -> Unmeasured {
        Unmeasured {
            lacks: String::new(),
            cause: cause.into(),
            instead: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::coded::tests::table;

    #[test]
    fn every_cause_names_its_parts() {
        let _ = table(rows::ALL);
    }

    #[test]
    fn another_process_knows_it_by_its_words() {
        let why = Unmeasured::from(Cause::no_meter("queries", "link it")).so("it was not read");
        let mut words = Vec::new();
        why.add_words(&mut words);
        assert_eq!(
            words,
            ["it was not read: ", "no_meter", "queries", "link it"]
        );
        let of: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(Unmeasured::from_words(&of), Some(why.clone()));
        assert_eq!(Unmeasured::from_words(&of[..3]), None);
        assert_eq!(Unmeasured::from_words(&["", "no_such_code"]), None);
        assert_eq!(
            why.line(),
            "it was not read: found no meter `queries`, and no other; link it"
        );
        let other = why.helped_by("buy one".to_owned());
        assert!(other.line().ends_with("and no other; buy one"));
    }
}
