//! Heap profiles of a run, for viewers that others have written.

use std::path::Path;

use super::output;
use crate::analysis::run::Filed;
use crate::infra::store;
use crate::infra::world::World;
use crate::render::dhat;

/// Their folder, beside the records: a profile is no record, and no case's name
/// can be taken for one.
const FOLDER: &str = "heap";
const END: &str = ".dhat.json";

/// What was written.
pub(super) struct Profiles {
    written: usize,
    /// Cases of which no call was captured.
    without: Vec<String>,
}

impl Profiles {
    /// Writes one file for each case of which a call was captured.
    pub(super) fn write(records: &[Filed], run: &Path, warnings: &mut Vec<String>) -> Profiles {
        let mut profiles = Profiles {
            written: 0,
            without: Vec::new(),
        };
        for Filed { file, record, .. } in records {
            let id = &record.case.id;
            let (Some(allocations), Some(name)) =
                (&record.allocations, Path::new(file).file_stem())
            else {
                profiles.without.push(id.clone());
                continue;
            };
            let mut name = name.to_owned();
            name.push(END);
            let file = run.join(FOLDER).join(name);
            match store::write(&file, &dhat::render(id, allocations)) {
                Ok(()) => profiles.written += 1,
                Err(error) => {
                    warnings.push(format!("{}: cannot be written: {error}", file.display()));
                }
            }
        }
        profiles
    }

    /// Where they are, and what opens them.
    pub(super) fn described(&self, run: &Path, world: &World) -> String {
        let mut text = String::new();
        if self.written > 0 {
            let folder = output::shown(&run.join(FOLDER), world);
            let (files, open) = match self.written {
                1 => ("1 heap profile".to_owned(), "opens it"),
                many => (format!("{many} heap profiles"), "opens them"),
            };
            text.push_str(&format!(
                "{files}: {folder}/<case>{END}; valgrind's dh_view.html and https://profiler.firefox.com {open}\n"
            ));
        }
        if !self.without.is_empty() {
            text.push_str(&format!(
                "no heap profile of {}: no call was captured; that takes perf_runtime::CountingAllocator as the #[global_allocator]\n",
                self.without.join(", ")
            ));
        }
        text
    }
}
