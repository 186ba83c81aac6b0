//! Why a figure is missing: the reason, and what helps.

use std::borrow::Cow;
use std::fmt;

use perf_grammar::Feature;

/// Why there is no value. The reason is its `Display`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Unmeasured {
    /// The case failed before.
    Failed,
    /// No call was made.
    NoCall,
    /// Nothing counted it.
    #[default]
    NotCounted,
    /// The program's allocator counts nothing.
    NoAllocator,
    /// The program's allocator keeps no peak.
    NoPeak,
    /// A thread that the call did not start allocates.
    NotQuiet,
    /// The calls start another program, in which nothing counts.
    OtherProgram,
    /// The start of a sentence about what needs a Cargo feature that is off.
    FeatureOff(Feature, Cow<'static, str>),
    /// What is found out in one place only, or is said by the system, by a meter or by
    /// another process.
    Said {
        /// What lacks.
        reason: Cow<'static, str>,
        /// What to do about it, lines; empty where nothing helps.
        help: Cow<'static, str>,
    },
}

impl Unmeasured {
    /// A reason, and what helps.
    pub(crate) fn said(
        reason: impl Into<Cow<'static, str>>,
        help: impl Into<Cow<'static, str>>,
    ) -> Unmeasured {
        Unmeasured::Said {
            reason: reason.into(),
            help: help.into(),
        }
    }

    /// The same as the reason why this is not known.
    pub(crate) fn so(self, what: &str) -> Unmeasured {
        Unmeasured::said(format!("{what}: {self}"), self.help().into_owned())
    }

    /// What to do about it, lines; empty where nothing helps.
    pub(crate) fn help(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Unmeasured::NoAllocator => {
                "add `#[global_allocator] static ALLOC: perf_runtime::CountingAllocator = perf_runtime::CountingAllocator::system();` \
                 to this target, or switch on the feature `global-allocator` of perf-runtime\n\
                 where the program has a `#[global_allocator]` already, wrap that one instead: \
                 `static ALLOC: perf_runtime::CountingAllocator<Yours> = perf_runtime::CountingAllocator::new(yours);`\n\
                 in a library whose dev-dependency perf-runtime is, that line stands under `#[cfg(test)]` and yours under \
                 `#[cfg(not(test))]`; its targets in tests/ are built without `cfg(test)`: for them put yours behind a feature, or into the binary"
            }
            Unmeasured::NoPeak => {
                "put ours around it: \
                 `static ALLOC: CountingAllocator<StatsAlloc<System>> = CountingAllocator::new(StatsAlloc::system());`"
            }
            Unmeasured::NotQuiet => "start it in the function, or stop it before",
            Unmeasured::OtherProgram => "limit its `rss` or its `cpu`",
            Unmeasured::FeatureOff(feature, _) => return Cow::Owned(feature.switch_on()),
            Unmeasured::Said { help, .. } => help,
            Unmeasured::Failed | Unmeasured::NoCall | Unmeasured::NotCounted => "",
        })
    }

    /// Reason and help in one line, for those who show no details.
    pub(crate) fn line(&self) -> String {
        match self.help() {
            help if help.is_empty() => format!("{self}"),
            help => format!("{self}; {help}"),
        }
    }

    /// Why another process of this binary has no figure.
    pub(crate) fn from_words(reason: &str, help: &str) -> Unmeasured {
        Unmeasured::said(reason.to_owned(), help.to_owned())
    }
}

impl fmt::Display for Unmeasured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unmeasured::Failed => "the case failed before it was judged",
            Unmeasured::NoCall => "no call was made",
            Unmeasured::NotCounted => "nothing was counted",
            Unmeasured::NoAllocator => "no counting allocator is installed",
            Unmeasured::NoPeak => "stats_alloc keeps no peak",
            Unmeasured::NotQuiet => {
                "a thread that the call did not start goes on by itself, and what it allocates cannot be told from what the call takes"
            }
            Unmeasured::OtherProgram => {
                "the memory and instructions of another program are not counted"
            }
            Unmeasured::FeatureOff(feature, what) => {
                return write!(f, "{what} {}", feature.is_off());
            }
            Unmeasured::Said { reason, .. } => reason,
        })
    }
}

impl From<String> for Unmeasured {
    fn from(reason: String) -> Unmeasured {
        Unmeasured::said(reason, "")
    }
}

impl From<&'static str> for Unmeasured {
    fn from(reason: &'static str) -> Unmeasured {
        Unmeasured::said(reason, "")
    }
}
