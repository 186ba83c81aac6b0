//! Who counts, and whose allocations.

#[cfg(feature = "stats_alloc")]
use super::stats;
use super::{Counted, Region};
use crate::model::sample::{By, Scope};

/// What this program counts its allocations with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Installed {
    /// Nothing.
    Nothing,
    /// `perf_runtime::CountingAllocator`.
    Ours,
    /// `stats_alloc::StatsAlloc`.
    #[cfg(feature = "stats_alloc")]
    Stats(stats::Source),
}

/// One way to count.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Watch {
    /// With our allocator.
    Ours(Scope),
    /// With `stats_alloc`: every thread of the process.
    #[cfg(feature = "stats_alloc")]
    Stats(stats::Source),
}

/// What this program counts its allocations with.
pub(crate) fn installed() -> Installed {
    if super::ours() {
        return Installed::Ours;
    }
    #[cfg(feature = "stats_alloc")]
    if let Some(source) = stats::installed() {
        return Installed::Stats(source);
    }
    Installed::Nothing
}

impl Installed {
    /// How the allocations of these threads are counted; `None` where nothing
    /// counts them.
    pub(crate) fn watch(self, scope: Scope) -> Option<Watch> {
        match (self, scope) {
            (Installed::Nothing, _) => None,
            (Installed::Ours, scope) => Some(Watch::Ours(scope)),
            #[cfg(feature = "stats_alloc")]
            (Installed::Stats(_), Scope::Thread) => None,
            #[cfg(feature = "stats_alloc")]
            (Installed::Stats(source), Scope::Process) => Some(Watch::Stats(source)),
        }
    }
}

impl Watch {
    /// Whose allocations it counts.
    pub(crate) fn scope(self) -> Scope {
        match self {
            Watch::Ours(scope) => scope,
            #[cfg(feature = "stats_alloc")]
            Watch::Stats(_) => Scope::Process,
        }
    }

    /// Who counts.
    pub(crate) fn by(self) -> By {
        match self {
            Watch::Ours(_) => By::Ours,
            #[cfg(feature = "stats_alloc")]
            Watch::Stats(_) => By::StatsAlloc,
        }
    }

    /// Counts what is allocated while `f` runs.
    pub(crate) fn counted(self, f: &mut dyn FnMut()) -> Counted {
        match self {
            Watch::Ours(scope) => {
                let region = Region::enter(scope);
                f();
                region.leave()
            }
            #[cfg(feature = "stats_alloc")]
            Watch::Stats(source) => source.counted(f),
        }
    }
}
