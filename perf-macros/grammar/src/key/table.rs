//! The table itself, and what its rows have in common.

use super::{CLOCKS, ISOLATIONS, Key, RUNTIMES, Role, Value};
use crate::direction::Direction;
use crate::metric::{COMPLEXITIES, Metric, Statistic};
use crate::mode::{MODES, UNDECIDED};
use crate::unit::Unit;

/// A limit by its metric; quantiles, whose keys are many, are called `pNN`.
pub(super) const fn limit(metric: Metric, meaning: &'static str) -> Key {
    let (name, unit, _) = metric.facts();
    let name = match name {
        Some(name) => name,
        None => "pNN",
    };
    both(name, Role::Limit(metric), Value::Quantity(unit), meaning)
}

const fn both(name: &'static str, role: Role, value: Value, meaning: &'static str) -> Key {
    Key {
        name,
        role,
        value,
        in_attribute: true,
        in_file: true,
        meaning,
    }
}

const fn attribute(name: &'static str, role: Role, value: Value, meaning: &'static str) -> Key {
    Key {
        in_file: false,
        ..both(name, role, value, meaning)
    }
}

const fn file(name: &'static str, role: Role, value: Value, meaning: &'static str) -> Key {
    Key {
        in_attribute: false,
        ..both(name, role, value, meaning)
    }
}

/// Every word that is a fixed one; quantiles (`pNN`, `pNN_N`) come beside it,
/// see [`find`](super::find).
pub const KEYS: &[Key] = &[
    limit(Metric::Min, "The fastest call may take at most this."),
    limit(Metric::Mean, "The mean call may take at most this."),
    limit(
        Metric::Max,
        "Every call that is observed may take at most this.",
    ),
    limit(
        Metric::First,
        "The typical first call of a fresh process, the median over several, may take at most this.",
    ),
    limit(
        Metric::Throughput,
        "A floor: at least this many calls, or items, in a second.",
    ),
    limit(
        Metric::Mem,
        "Peak heap of one call above the level at entry, the threads that it starts included.",
    ),
    limit(Metric::Allocs, "Allocations and reallocations of one call."),
    limit(Metric::AllocBytes, "Bytes allocated in all by one call."),
    limit(
        Metric::Retained,
        "Heap that one call leaves behind, its returned value included.",
    ),
    both(
        "deny_alloc",
        Role::Limit(Metric::DenyAlloc),
        Value::Flag,
        "One call may not allocate at all; never only a warning, and a breach shows the stack of the first allocation.",
    ),
    limit(
        Metric::Growth,
        "Live heap gained in 1000 calls; a cache that fills up is no leak.",
    ),
    limit(
        Metric::Rss,
        "Peak resident set of a fresh process that makes a few calls; advisory unless the case, its class or a budget says mode = \"hard\".",
    ),
    limit(
        Metric::PageFaults,
        "Page faults of one warm call, all its threads, those that read no disk included, as a fresh process counts them.",
    ),
    limit(
        Metric::DiskFaults,
        "Page faults of one warm call, all its threads, for which the system reads a disk: a mapped file that is not in memory, or memory that was swapped out.",
    ),
    limit(
        Metric::Switches,
        "How often one warm call, all its threads, gives its processor up to wait: a sleep, a lock that is held, a read that blocks.",
    ),
    limit(
        Metric::Instructions,
        "Instructions of one call, where the processor counts them or with --instructions.",
    ),
    limit(Metric::Cpu, "Processor time of one call, all its threads."),
    limit(
        Metric::CpuShare,
        "Processor time over wall time: 100% is one processor, all of the time.",
    ),
    limit(
        Metric::Errors,
        "The share of calls that may return an error, below 100%; without it no call may.",
    ),
    both(
        "ratio",
        Role::Limit(Metric::Ratio),
        Value::Ratio,
        "At most this factor of the time of another case; the two are measured in turns.",
    ),
    both(
        "complexity",
        Role::Limit(Metric::Complexity),
        Value::OneOf(COMPLEXITIES),
        "How time, allocations and instructions may grow at most over the arguments of a function with `args`.",
    ),
    limit(
        Metric::Degradation,
        "The median time with all users over that with one, for a function with `threads`.",
    ),
    both(
        "count",
        Role::Limit(Metric::Counter),
        Value::Named,
        "How often a counter of this name may be raised in one call, on all threads.",
    ),
    both(
        "events",
        Role::Limit(Metric::Events),
        Value::Named,
        "How many `tracing` events of this target, and of those below it, one call may emit.",
    ),
    // Which side, is said behind the name.
    both(
        "meter",
        Role::Limit(Metric::Meter(Direction::AtMost)),
        Value::Named,
        "What a meter of this name, of another crate, may say of one call.",
    ),
    // Which statistic, is said behind the name.
    both(
        "span",
        Role::Limit(Metric::Span(Statistic::Max)),
        Value::Named,
        "Limits on the time of the `tracing` spans of this name while the case is called.",
    ),
    both(
        "items",
        Role::Shape,
        Value::Positive,
        "Items a call handles; limits on time are per item.",
    ),
    both(
        "warmup",
        Role::Shape,
        Value::DurationOrCount,
        "How long to warm up: a time, or a number of calls.",
    ),
    both(
        "samples",
        Role::Shape,
        Value::Positive,
        "Calls to time, at least.",
    ),
    both(
        "max_time",
        Role::Shape,
        Value::Quantity(Unit::Duration),
        "The longest a case may measure.",
    ),
    both(
        "clock",
        Role::Shape,
        Value::OneOf(CLOCKS),
        "The time that is judged: clean is wall time less the wait for a processor.",
    ),
    both(
        "threads",
        Role::Shape,
        Value::Positive,
        "Users that call at the same time: threads, or tasks of an `async fn`. In the file, for a function that says how many itself.",
    ),
    both(
        "rate",
        Role::Shape,
        Value::Quantity(Unit::Rate),
        "Calls that begin in a second, whatever became of those before; a call's time counts from when it was to begin. In the file, for a function that says `threads` or `rate` itself.",
    ),
    attribute(
        "setup",
        Role::Shape,
        Value::Expression,
        "Makes the argument, outside the timing.",
    ),
    attribute(
        "args",
        Role::Shape,
        Value::List,
        "A case for each of these arguments, called `name/10`.",
    ),
    attribute(
        "runtime",
        Role::Shape,
        Value::OneOfOrPath(RUNTIMES),
        "What drives an `async fn`; a path is that of a `fn block_on(impl Future<Output = T>) -> T`.",
    ),
    attribute(
        "isolate",
        Role::Shape,
        Value::OneOf(ISOLATIONS),
        "Measures it in a process that measures no other case.",
    ),
    both(
        "mode",
        Role::Policy,
        Value::OneOf(MODES),
        "What a breach means: hard fails, soft warns, off is measured and not judged.",
    ),
    both(
        "message",
        Role::Policy,
        Value::Text,
        "Shown where a limit of the case is broken.",
    ),
    both(
        "regression",
        Role::Policy,
        Value::Tolerance,
        "How much slower than another build the typical call may be, whenever the two are compared.",
    ),
    both(
        "regression_tail",
        Role::Policy,
        Value::Tolerance,
        "How much slower than another build the slowest calls may be, whenever the two are compared.",
    ),
    attribute(
        "class",
        Role::Policy,
        Value::Text,
        "The class of the budget file whose limits it takes over.",
    ),
    attribute(
        "group",
        Role::Label,
        Value::Text,
        "What reports arrange it by, and patterns select it by.",
    ),
    attribute(
        "id",
        Role::Label,
        Value::Text,
        "The name of the requirement that it holds.",
    ),
    attribute(
        "tags",
        Role::Label,
        Value::Texts,
        "Words to select it by; `network` leaves it out unless `--tag network` asks for it.",
    ),
    attribute(
        "ignore",
        Role::Label,
        Value::FlagOrText,
        "Runs only when asked for, as `#[ignore]` does.",
    ),
    attribute(
        "crate",
        Role::Label,
        Value::Path,
        "The path of `perf_runtime`, where it is re-exported.",
    ),
    file(
        "false_fail",
        Role::Policy,
        Value::Probability,
        "The chance that a sound time limit is called broken, over the whole run.",
    ),
    file(
        "false_pass",
        Role::Policy,
        Value::Probability,
        "The chance that a time limit exactly at its value is called sound.",
    ),
    file(
        "near",
        Role::Policy,
        Value::Percent,
        "A pass that uses more than this share of its limit says so.",
    ),
    file(
        "undecided",
        Role::Policy,
        Value::OneOf(UNDECIDED),
        "What a limit does that is left undecided.",
    ),
    file(
        "slack",
        Role::Policy,
        Value::Factor,
        "Multiplies the time limits that stand outside the profile.",
    ),
];
