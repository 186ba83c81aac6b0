//! What a project needs for its first budget: from what is there to the files that are added or changed.

mod candidate;
mod files;
mod lazy;
mod sample;

use std::path::PathBuf;

use syn::Visibility;

pub(crate) use self::candidate::{Candidate, candidates, global_allocator};
pub(crate) use self::files::{Draft, NAME, Runtime, Tool, plan, target};

/// An item of a package's sources.
#[derive(Clone)]
pub(crate) struct Source {
    /// The modules around it.
    pub(crate) modules: Vec<String>,
    /// Whether each of them is public.
    pub(crate) is_public: bool,
    /// Whether the root of the crate can name them.
    pub(crate) is_seen: bool,
    /// Whether a feature or flag decides that it is there.
    pub(crate) is_gated: bool,
    pub(crate) item: syn::Item,
    pub(crate) file: PathBuf,
    /// The text of its file.
    pub(crate) text: std::rc::Rc<str>,
}

/// Whether the root of a crate can name an item that is nested in this number of modules,
/// if it can name those.
pub(crate) fn is_seen(vis: &Visibility, modules: usize) -> bool {
    match vis {
        Visibility::Public(_) => true,
        Visibility::Restricted(to) if to.path.is_ident("crate") => true,
        Visibility::Restricted(to) if to.path.is_ident("super") => modules <= 1,
        Visibility::Restricted(_) | Visibility::Inherited => modules == 0,
    }
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
