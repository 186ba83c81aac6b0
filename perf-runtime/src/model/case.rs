//! What the attribute registers: a case, its identity, what it declares.

use perf_grammar::{Metric, Mode, without_argument};

use crate::collections::{cut, cut_last, of_word, replaced};
use crate::model::subject::Body;

/// One annotated function: everything the attribute knew at compile time.
///
/// Cases are `static`s made by the expansion of `#[perf_budget(..)]`;
/// outside tests there are no others.
#[derive(Debug)]
pub struct Case {
    /// The package, as `Cargo.toml` spells it.
    pub package: &'static str,
    /// The binary target's name, where the case stands in one.
    pub binary: Option<&'static str>,
    /// `module_path!()` of the generated module: crate, modules, function.
    pub module_path: &'static str,
    /// `CARGO_MANIFEST_DIR` at compile time.
    pub manifest_dir: &'static str,
    /// Where the attribute stands.
    pub place: Place,
    /// The limits, in the order they were written.
    pub limits: &'static [Declared],
    /// The keys that shape the run.
    pub shape: Shape,
    /// `class = ".."`.
    pub class: Option<&'static str>,
    /// `group = ".."`.
    pub group: Option<&'static str>,
    /// `id = ".."`: a requirement's name, such as `PERF001`.
    pub requirement: Option<&'static str>,
    /// `tags = [..]`.
    pub tags: &'static [&'static str],
    /// `mode = ".."`.
    pub mode: Option<(Mode, Place)>,
    /// `message = ".."`.
    pub message: Option<&'static str>,
    /// `ignore` (an empty reason) or `ignore = "why"`.
    pub ignore: Option<&'static str>,
    /// How the user's code was built.
    pub build: Build,
    /// How to call it.
    pub body: Body,
}

/// How the crate of a case was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Build {
    /// Its optimisation level, as the compiler was told; `None` where the macro
    /// could not see that.
    pub opt_level: Option<&'static str>,
    /// Whether debug assertions are on.
    pub debug_assertions: bool,
}

impl Build {
    /// Whether broken time limits only warn: the compiler was set not to optimise,
    /// or that is not known and debug assertions are on.
    #[must_use]
    pub fn is_unoptimised(&self) -> bool {
        match self.opt_level {
            Some(level) => level == "0",
            None => self.debug_assertions,
        }
    }
}

/// A place in a source or budget file; lines and columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path as the compiler or the reader saw it.
    pub file: &'static str,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// One limit as the attribute declares it, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// What is limited.
    pub metric: Metric,
    /// Of what, where the metric needs a name: a span, a counter, a target of
    /// events, the other case of a ratio.
    pub of: Option<&'static str>,
    /// The limit in the metric's base unit; times are per item where the case
    /// has `items`.
    pub value: u64,
    /// Where the key stands.
    pub place: Place,
}

/// The keys that shape a run; `None` where the attribute does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// `warmup`.
    pub warmup: Option<Warmup>,
    /// `samples`: calls to time, at least; see the README.
    pub samples: Option<u64>,
    /// `max_time`, nanoseconds.
    pub max_time_ns: Option<u64>,
    /// `items`: how many items one call handles.
    pub items: Option<u64>,
    /// `clock`.
    pub clock: Option<Clock>,
    /// `threads`: users that call at the same time.
    pub threads: Option<u64>,
    /// `rate`: calls that begin in 1000 seconds, whatever became of those before.
    pub rate: Option<u64>,
    /// `isolate`: measured in a process that measures no other case.
    pub isolate: bool,
    /// `regression`: how much slower than before is tolerated, millionths.
    pub regression: Option<u64>,
    /// `regression_tail`: the same for the slowest calls.
    pub regression_tail: Option<u64>,
}

/// How long to warm up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warmup {
    /// For this many nanoseconds.
    Time(u64),
    /// For this many calls.
    Calls(u64),
}

/// Which time of a call is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Wall time less the time spent waiting for a processor.
    Clean,
    /// Wall time as it is.
    Wall,
    /// Processor time of the calling thread.
    Cpu,
}

impl Clock {
    /// The word it is written with.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Clock::Clean => "clean",
            Clock::Wall => "wall",
            Clock::Cpu => "cpu",
        }
    }

    /// The clock of a word of [`perf_grammar::CLOCKS`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Clock> {
        of_word(&[Clock::Clean, Clock::Wall, Clock::Cpu], Clock::word, word)
    }
}

impl Case {
    /// `package::target::path`; the target is left out where it is the
    /// package's own library.
    #[must_use]
    pub fn id(&self) -> String {
        let (target, path) = cut(self.module_path, "::").unwrap_or((self.module_path, ""));
        if self.binary.is_none() && target == replaced(self.package, "-", "_") {
            format!("{}::{path}", self.package)
        } else {
            format!(
                "{}::{}::{path}",
                self.package,
                self.binary.unwrap_or(target)
            )
        }
    }

    /// Whether it is one of these.
    pub(crate) fn is_among(&self, cases: &[&'static Case]) -> bool {
        for case in cases {
            if std::ptr::eq(*case, self) {
                return true;
            }
        }
        false
    }

    /// The name of its test: `path::perf_budget`.
    #[must_use]
    pub fn test_name(&self) -> String {
        format!("{}::perf_budget", self.path())
    }

    /// The name of the test that the standard harness knows: all cases that one
    /// function makes with its `args` are one test there.
    #[must_use]
    pub fn harness_name(&self) -> String {
        format!("{}::perf_budget", without_argument(self.path()))
    }

    /// The modules and the function, without the crate.
    fn path(&self) -> &'static str {
        match cut(self.module_path, "::") {
            Some((_, path)) => path,
            None => self.module_path,
        }
    }

    /// The function's own name, the last part of the path.
    #[must_use]
    pub fn function(&self) -> &'static str {
        match cut_last(self.module_path, ':') {
            Some((_, function)) => function,
            None => self.module_path,
        }
    }
}

#[cfg(test)]
impl Case {
    /// A case that declares nothing.
    pub(crate) const fn fixture(body: Body) -> Case {
        Case {
            package: "demo",
            binary: None,
            module_path: "demo::case",
            manifest_dir: env!("CARGO_MANIFEST_DIR"),
            place: Place {
                file: file!(),
                line: 1,
                column: 1,
            },
            limits: &[],
            shape: Shape {
                warmup: None,
                samples: None,
                max_time_ns: None,
                items: None,
                clock: None,
                threads: None,
                rate: None,
                isolate: false,
                regression: None,
                regression_tail: None,
            },
            class: None,
            group: None,
            requirement: None,
            tags: &[],
            mode: None,
            message: None,
            ignore: None,
            build: Build {
                opt_level: None,
                debug_assertions: true,
            },
            body,
        }
    }
}
