//! The workflow files of a CI service.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::arguments::Service;
use crate::cli::{Exit, Stop, output};
use crate::infra::cargo::Workspace;
use crate::infra::store;
use crate::infra::worktree;
use crate::infra::world::World;

/// What the program that workflows call is where it has to be installed first.
const INSTALLED: &str = "cargo perf-budget";

/// A file that is written.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

/// The files of a service, and where its repository begins.
pub(super) struct Ci {
    pub(super) root: PathBuf,
    files: Vec<File>,
    /// What is left to do.
    pub(super) next: &'static str,
}

impl Ci {
    pub(super) fn of(service: Service, workspace: &Workspace, world: &World) -> Result<Ci, Stop> {
        // Services look where the repository begins, which is not always where cargo does.
        let top = worktree::top(world).unwrap_or_else(|| workspace.root().to_owned());
        let root = top.canonicalize().unwrap_or(top);
        let project = Project {
            command: world.command(),
            folder: inside(workspace.root(), &root)?,
            has_pipeline: root.join(PIPELINE).exists(),
        };
        Ok(Ci {
            files: project.files(service),
            next: next(service, project.has_pipeline),
            root,
        })
    }

    /// The files that are to be written.
    pub(super) fn changed(&self, force: bool) -> Result<Vec<&File>, Stop> {
        changed(&self.files, &self.root, force)
    }
}

/// Writes the files, and nothing else.
pub(super) fn write(
    service: Service,
    force: bool,
    out: &mut dyn Write,
    world: &World,
) -> Result<Exit, Stop> {
    let workspace = Workspace::find(world).map_err(Stop::usage)?;
    let ci = Ci::of(service, &workspace, world)?;
    let changed = put(&ci.files, &ci.root, force)?;
    let mut said: Vec<String> = (ci.files)
        .iter()
        .map(|file| {
            let is_new = changed.iter().any(|new| new.path == file.path);
            let done = if is_new { "written" } else { "unchanged" };
            format!("{}: {done}\n", file.path)
        })
        .collect();
    said.push(ci.next.to_owned());
    output::print(out, &said.concat())?;
    Ok(Exit::Passed)
}

/// Where GitLab looks first.
const PIPELINE: &str = ".gitlab-ci.yml";

/// The workspace from the folder in which its repository begins: `` or `backend/`.
fn inside(workspace: &Path, root: &Path) -> Result<String, Stop> {
    let workspace = workspace.canonicalize();
    let workspace = workspace.as_deref().unwrap_or(root);
    let folder = workspace.strip_prefix(root).unwrap_or(Path::new(""));
    let text = folder.to_string_lossy().replace('\\', "/");
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    match &*text {
        "" => Ok(text),
        _ if text.chars().all(plain) => Ok(text + "/"),
        _ => Err(Stop::usage(format!(
            "the workspace is in `{text}`; a workflow can name folders of letters, digits, `-`, `_` and `.` only"
        ))),
    }
}

/// What differs between projects.
struct Project<'a> {
    command: &'a str,
    folder: String,
    has_pipeline: bool,
}

impl Project<'_> {
    fn files(&self, service: Service) -> Vec<File> {
        match service {
            Service::Github => vec![
                self.file(
                    ".github/workflows/perf.yml",
                    include_str!("perf.yml"),
                    "      - name: Install the command line\n        run: cargo install --locked perf-report\n",
                    &|folder| format!("    working-directory: {folder}\n"),
                ),
                self.file(
                    ".github/workflows/perf-comment.yml",
                    include_str!("perf-comment.yml"),
                    "",
                    &|_| String::new(),
                ),
            ],
            Service::Gitlab => {
                let mut files = vec![self.file(
                    ".gitlab/perf.yml",
                    include_str!("gitlab.yml"),
                    "    - cargo install --locked perf-report\n    - export PATH=\"$CARGO_HOME/bin:$PATH\"\n",
                    &|folder| format!("    - cd {folder}\n"),
                )];
                if !self.has_pipeline {
                    files.push(File {
                        path: PIPELINE.to_owned(),
                        text: "include:\n  - local: .gitlab/perf.yml\n".to_owned(),
                    });
                }
                files
            }
        }
    }

    /// A file with the command in it, how it is installed where it is no part of the
    /// workspace, and how steps get into the folder of the workspace.
    fn file(
        &self,
        path: &str,
        text: &str,
        install: &str,
        directory: &dyn Fn(&str) -> String,
    ) -> File {
        let is_installed = self.command == INSTALLED;
        let directory = match &*self.folder {
            "" => String::new(),
            folder => directory(folder.trim_end_matches('/')),
        };
        File {
            path: path.to_owned(),
            text: text
                .replace("@INSTALL@\n", if is_installed { install } else { "" })
                .replace("@DIRECTORY@\n", &directory)
                .replace("@AT@", &self.folder)
                .replace("@PERF@", self.command),
        }
    }
}

/// Writes the files that are to be written, and says which these are.
pub(super) fn put<'a>(files: &'a [File], root: &Path, force: bool) -> Result<Vec<&'a File>, Stop> {
    let changed = changed(files, root, force)?;
    for file in &changed {
        store::write(&root.join(&file.path), &file.text)
            .map_err(|error| Stop::not_run(format!("{}: cannot be written: {error}", file.path)))?;
    }
    Ok(changed)
}

/// The files that are to be written: none where one would be written over that says
/// something else, unless that is asked for.
fn changed<'a>(files: &'a [File], root: &Path, force: bool) -> Result<Vec<&'a File>, Stop> {
    let mut changed = Vec::new();
    let mut others = Vec::new();
    for file in files {
        match std::fs::read(root.join(&file.path)) {
            Ok(found) if found == file.text.as_bytes() => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => changed.push(file),
            // What cannot be read is there, and is not ours to write over.
            Ok(_) | Err(_) => {
                changed.push(file);
                others.push(&*file.path);
            }
        }
    }
    if others.is_empty() || force {
        return Ok(changed);
    }
    Err(Stop::usage(format!(
        "{} is there and says something else; nothing was written, --force writes over it",
        others.join(" and ")
    )))
}

/// What is left to do.
fn next(service: Service, has_pipeline: bool) -> &'static str {
    match service {
        Service::Github => {
            "commit both; a pull request gets its comment once perf-comment.yml is on the default branch\n"
        }
        Service::Gitlab if has_pipeline => {
            ".gitlab-ci.yml: is there already; add to it\n\n  include:\n    - local: .gitlab/perf.yml\n\nand a schedule for the daily run\n"
        }
        Service::Gitlab => "commit both, and add a schedule for the daily run\n",
    }
}
