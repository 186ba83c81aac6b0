//! The folder of baselines: read with care, written by renaming.

use std::path::{Path, PathBuf};

use super::store;
use crate::analysis::baseline::{Baseline, Change, Document};
use crate::render;

/// Its name, beside `Cargo.toml` of the workspace.
pub(crate) const FOLDER: &str = "perf-baselines";
const PORTABLE: &str = "portable.json";

/// A baseline and the files it came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stored {
    pub(crate) baseline: Baseline,
    /// Of the times, in their order.
    files: Vec<PathBuf>,
}

impl Stored {
    /// Reads a folder or a single file; nothing where there is no folder.
    ///
    /// # Errors
    /// Names the file that cannot be read or trusted, and the line.
    pub(crate) fn load(path: &Path) -> Result<Stored, String> {
        let files = if path.is_file() {
            vec![path.to_owned()]
        } else {
            match store::json_files(path) {
                Ok(files) => files,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
                Err(error) => return Err(format!("{}: {error}", path.display())),
            }
        };
        let mut stored = Stored::default();
        for file in files {
            let name = file.display();
            let text = std::fs::read_to_string(&file)
                .map_err(|error| format!("{name}: cannot be read: {error}"))?;
            let document = Document::read(&text).map_err(|error| format!("{name}:{error}"))?;
            let is_times = matches!(document, Document::Times(_));
            stored
                .baseline
                .add(document)
                .map_err(|error| format!("{name}: {error}; remove one of the files"))?;
            if is_times {
                stored.files.push(file);
            }
        }
        Ok(stored)
    }

    /// Writes what a save changes into a folder; the files it wrote.
    ///
    /// # Errors
    /// Names the file that cannot be written.
    pub(crate) fn write(&self, change: &Change, folder: &Path) -> Result<Vec<PathBuf>, String> {
        let mut written = Vec::new();
        let mut put = |file: PathBuf, text: String| {
            store::write(&file, &text)
                .map_err(|error| format!("{}: cannot be written: {error}", file.display()))?;
            written.push(file);
            Ok::<(), String>(())
        };
        if let (true, Some(portable)) = (change.portable, &change.baseline.portable) {
            put(folder.join(PORTABLE), render::baseline::write(portable))?;
        }
        for place in &change.times {
            let times = &change.baseline.times[*place];
            let file = match self.files.get(*place) {
                Some(file) => file.clone(),
                None => folder.join(times.machine.file_name()),
            };
            put(file, render::baseline::write(times))?;
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTABLE_SAMPLE: &str = include_str!("../../schema/baseline-1.portable.sample.json");
    const TIMES_SAMPLE: &str = include_str!("../../schema/baseline-1.times.sample.json");

    #[test]
    fn a_folder_is_read_and_a_mistake_in_it_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        assert_eq!(Stored::load(&path.join("none")), Ok(Stored::default()));
        store::write(&path.join("portable.json"), PORTABLE_SAMPLE).expect("written");
        store::write(&path.join("mine.json"), TIMES_SAMPLE).expect("written");
        let stored = Stored::load(path).expect("a baseline");
        assert_eq!(stored.baseline.times.len(), 1);
        assert!(stored.baseline.portable.is_some());
        store::write(&path.join("other.json"), TIMES_SAMPLE).expect("written");
        let error = Stored::load(path).expect_err("two of one machine");
        assert!(
            error.contains("other.json: there are two of AMD EPYC"),
            "{error}"
        );
        store::write(&path.join("other.json"), "{\n\"kind\": \"times\",\n oops").expect("written");
        let error = Stored::load(path).expect_err("no JSON");
        assert!(error.contains("other.json:3:2: "), "{error}");
    }

    #[test]
    fn times_stay_in_the_file_they_were_read_from() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("mine.json");
        store::write(&file, TIMES_SAMPLE).expect("written");
        let stored = Stored::load(folder.path()).expect("a baseline");
        let mut baseline = stored.baseline.clone();
        baseline.times[0].cases.clear();
        let change = Change {
            baseline,
            times: vec![0],
            portable: false,
            removed: Vec::new(),
        };
        assert_eq!(stored.write(&change, folder.path()), Ok(vec![file]));
        let again = Stored::load(folder.path()).expect("a baseline");
        assert!(again.baseline.times[0].cases.is_empty());
    }
}
