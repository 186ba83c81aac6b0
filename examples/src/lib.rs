//! A dependency guard: reads `Cargo.lock` files and points at what is odd.
//!
//! It knows two kinds of oddity. A name can look like that of a popular crate
//! without being it ([`typosquat`]), and a package can differ from what an
//! earlier run accepted ([`cache`]): another checksum under the same version,
//! another source under the same name. [`guard`] ties the two together.
//!
//! ```
//! use examples::{Cache, Guard, Lockfile};
//!
//! # fn main() -> Result<(), examples::guard::Error> {
//! let lockfile = Lockfile::parse(
//!     r#"
//! version = 4
//!
//! [[package]]
//! name = "tokoi"
//! version = "1.0.0"
//! source = "registry+https://github.com/rust-lang/crates.io-index"
//! "#,
//! )?;
//! let report = Guard::new(Cache::in_memory()?).check(&lockfile)?;
//! assert_eq!(report.findings[0].to_string(), "`tokoi` 1.0.0 looks like `tokio`: two letters swapped");
//! # Ok(())
//! # }
//! ```
//!
//! The program is an ordinary one; what it is here for are the performance
//! budgets beside its tests. `README.md` in this folder is a tour of them.

pub mod lockfile;
pub mod popular;
pub mod typosquat;

pub mod recent;

pub mod cache;

pub mod accounts;

pub mod guard;

pub mod history;

pub use cache::Cache;
pub use guard::Guard;
pub use history::History;
pub use lockfile::Lockfile;
pub use typosquat::Patterns;

// Memory limits need a counting allocator, one line in each test target. The
// unit tests of this library are such a target.
#[cfg(test)]
#[global_allocator]
static ALLOC: perf_runtime::CountingAllocator = perf_runtime::CountingAllocator::system();
