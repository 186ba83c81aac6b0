//! What a project needs for its first budget: from what is there to the files that are added or changed.

mod candidate;
mod files;
mod lazy;
mod sample;

use std::path::PathBuf;

pub(crate) use self::candidate::{Candidate, candidates, global_allocator};
pub(crate) use self::files::{Draft, NAME, Runtime, Tool, plan};

/// An item of a package's sources.
#[derive(Clone)]
pub(crate) struct Source {
    /// The modules around it.
    pub(crate) modules: Vec<String>,
    /// Whether each of them is public.
    pub(crate) is_public: bool,
    /// Whether a feature or flag decides that it is there.
    pub(crate) is_gated: bool,
    pub(crate) item: syn::Item,
    pub(crate) file: PathBuf,
    /// The text of its file.
    pub(crate) text: std::rc::Rc<str>,
}

/// Where the first budget goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// `tests/perf_budgets.rs`, which calls what a library makes public.
    Test,
    /// A test module at the end of a source, which calls what is private too.
    Module {
        /// From the package's folder.
        file: PathBuf,
    },
}

/// A package that gets a budget.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Its folder, from the workspace's: `` or `crates/parser`.
    pub(crate) folder: PathBuf,
    pub(crate) edition: String,
    pub(crate) manifest: String,
    /// The crate that tests call, where there is a library that they can link.
    pub(crate) library: Option<String>,
    pub(crate) home: Home,
    /// Where it installs an allocator: `src/lib.rs:3`.
    pub(crate) allocator: Option<String>,
}

impl Package {
    /// A path of it, from the workspace's folder.
    fn path(&self, file: impl AsRef<std::path::Path>) -> String {
        self.folder.join(file).to_string_lossy().replace('\\', "/")
    }
}

#[cfg(test)]
mod tests;
