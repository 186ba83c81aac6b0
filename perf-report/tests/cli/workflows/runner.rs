//! Runs the steps of a workflow as a runner does: in order, with bash, in a checkout.
//!
//! Actions are not there: what they keep is looked for instead. `cargo` is this very
//! executable, `gh` a script that writes down what it was asked.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::program::{Outcome, Workspace};

/// The checkout in which the workflows run.
pub(crate) struct Project {
    workspace: Workspace,
}

/// One step and what became of it.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: String,
    /// The action, where it is one.
    uses: Option<String>,
    /// What the action is given, filled in.
    pub(crate) with: Value,
    pub(crate) script: String,
    /// Whether it is a script, and its condition held.
    pub(crate) ran: bool,
    /// Whether its condition held.
    reached: bool,
    pub(crate) succeeded: bool,
    /// Both streams.
    pub(crate) printed: String,
}

/// What expressions are, where a test says nothing else.
const KNOWN: &[(&str, &str)] = &[
    ("runner.os", "Linux"),
    ("github.run_id", "1"),
    ("github.run_attempt", "1"),
    ("github.sha", "c0ffee"),
    ("github.ref", "refs/pull/7/merge"),
    ("github.token", "token"),
    ("github.repository", "o/r"),
    ("github.action_path", "/action"),
    ("github.event.pull_request.base.sha", "0ba5e"),
    ("github.event.pull_request.base.sha || github.sha", "0ba5e"),
    ("github.event.workflow_run.id", "99"),
    ("github.event.workflow_run.head_sha", "c0ffee"),
    ("hashFiles('**/Cargo.lock', 'rust-toolchain*')", "10c4"),
];

/// Plays cargo: the command line is this executable, which plays the rest too. Two
/// builds need real ones, so `ab` holds the run against itself.
const CARGO: &str = r#"#!/bin/sh
echo "$*" >> "$PERF_FAKE_FOLDER/cargo-calls"
case "$1" in
  install) exit 0 ;;
  xtask) shift 2 ;;
  perf-budget) shift ;;
  *) exec "$PERF_TEST_ITSELF" "$@" ;;
esac
if [ "$1" = ab ]; then
  shift 2
  set -- compare last last "$@"
fi
exec "$PERF_TEST_ITSELF" "the program itself" perf "$@"
"#;

/// Plays the command line of GitHub.
const GH: &str = r#"#!/bin/sh
echo "$*" >> "$PERF_FAKE_FOLDER/gh-calls"
case "$*" in
  "run download 99 --repo o/r --name perf-comment --dir perf-comment")
    cp -r "$PERF_FAKE_FOLDER/artefact" perf-comment ;;
  "api repos/o/r/pulls/"*" --jq .head.sha") cat "$PERF_FAKE_FOLDER/gh-head" ;;
  "api --paginate repos/o/r/issues/7/comments?per_page=100 --jq "*) cat "$PERF_FAKE_FOLDER/gh-comments" ;;
  "api --silent --method "*|"release upload "*) ;;
  *) echo "nobody plays gh $*" >&2; exit 1 ;;
esac
"#;

/// The repository of this project.
pub(crate) fn repository() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("it is in a workspace").to_owned()
}

pub(crate) fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).expect("it is YAML")
}

impl Project {
    /// A clone of a repository whose main branch went on after this one began.
    pub(crate) fn new(scenario: &'static str) -> Project {
        let project = Project {
            workspace: Workspace::new(scenario),
        };
        // What is made in it is none of the commit's.
        project.write(".gitignore", "*\n");
        project.git(&["init", "--quiet", "--initial-branch", "main"]);
        let commit = |text: &str| {
            project.write("app/lib.rs", text);
            project.git(&["add", "--force", "app/lib.rs"]);
            project.git(&["commit", "--quiet", "--message", text]);
        };
        commit("first");
        project.git(&["tag", "v1"]);
        commit("second");
        project.git(&["branch", "fork-point"]);
        project.git(&["checkout", "--quiet", "-b", "change"]);
        commit("changed");
        project.git(&["checkout", "--quiet", "main"]);
        commit("went on");
        project.git(&["clone", "--quiet", "--bare", ".", "server"]);
        project.git(&["checkout", "--quiet", "change"]);
        project.git(&["remote", "add", "origin", "server"]);
        project.git(&["fetch", "--quiet", "origin"]);
        for (name, text) in [("cargo", CARGO), ("gh", GH)] {
            project.write(&format!("bin/{name}"), text);
            make_executable(&project.workspace.path(&format!("bin/{name}")));
        }
        project
    }

    /// Calls the program with the words of a line.
    pub(crate) fn call(&self, line: &str) -> Outcome {
        self.workspace.call(line)
    }

    /// Has the workflows written of a workspace in a folder.
    pub(crate) fn inner(&self, folder: &str) -> Outcome {
        let path = self.path(folder);
        std::fs::create_dir(&path).expect("a folder");
        let path = path.display().to_string();
        let variables = [(crate::fake::FOLDER, &*path)];
        self.workspace
            .with(&variables)
            .call("perf init --ci github")
    }

    pub(crate) fn read(&self, name: &str) -> String {
        self.workspace.read(name)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.workspace.path(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        self.workspace.write(name, text);
    }

    /// Removes a file or a folder, if it is there.
    pub(crate) fn remove(&self, name: &str) {
        let path = self.path(name);
        let _ = std::fs::remove_dir_all(&path).or_else(|_| std::fs::remove_file(&path));
    }

    /// Every call of cargo, a line each.
    pub(crate) fn cargo_calls(&self) -> String {
        self.read("cargo-calls")
    }

    /// What git prints.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let who = ["-c", "user.name=a", "-c", "user.email=a@b"];
        let mut command = Command::new("git");
        command.args(who).args(arguments);
        let output = command
            .current_dir(self.path(""))
            .output()
            .expect("git is installed");
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        text
    }

    /// A workflow as `init` writes it.
    pub(crate) fn workflow(&self, file: &str) -> Value {
        let path = format!(".github/workflows/{file}");
        if !self.path(&path).exists() {
            self.call("perf init --ci github").shows(0, &[]);
        }
        yaml(&self.read(&path))
    }

    /// Runs a job of a workflow that `init` writes.
    pub(crate) fn job(&self, file: &str, job: &str, variables: &[(&str, &str)]) -> Vec<Step> {
        let workflow = self.workflow(file);
        let job = &workflow["jobs"][job];
        let expressions = Expressions(variables);
        let condition = job["if"].as_str().expect("every job has its events");
        assert!(expressions.holds(condition), "{condition}");
        self.steps(&job["steps"], &workflow["env"], variables)
    }

    /// Runs steps one after the other.
    pub(crate) fn steps(
        &self,
        steps: &Value,
        environment: &Value,
        variables: &[(&str, &str)],
    ) -> Vec<Step> {
        let expressions = Expressions(variables);
        let mut sound = true;
        let mut done = Vec::new();
        for step in steps.as_array().expect("steps") {
            let mut step = expressions.step(step, environment, sound);
            if let Some((environment, directory)) = step.1.take() {
                let directory = self.path(&directory);
                self.run(&mut step.0, &directory, &environment);
            }
            sound &= step.0.succeeded;
            done.push(step.0);
        }
        done
    }

    /// Runs a job of the pipeline that `init` writes.
    pub(crate) fn gitlab_job(&self, job: &str, variables: &[(&str, &str)]) -> Step {
        let pipeline = yaml(&self.read(".gitlab/perf.yml"));
        let common = &pipeline[".perf"];
        assert_eq!(pipeline[job]["extends"], ".perf");
        let lines = [&common["before_script"], &pipeline[job]["script"]];
        let lines = lines
            .iter()
            .flat_map(|lines| lines.as_array().expect("lines"));
        let lines: Vec<&str> = lines.map(|line| line.as_str().expect("a line")).collect();
        let mut environment: Vec<(String, String)> = Vec::new();
        let own = common["variables"].as_object().expect("variables");
        let own = own
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let given = variables.iter().map(|(name, value)| (*name, Some(*value)));
        for (name, value) in given.chain(own) {
            let mut value = value.expect("a text").to_owned();
            for (known, text) in variables {
                value = value.replace(&format!("${known}"), text);
            }
            // This one is the real one's, which is not started.
            if name != "CARGO_HOME" {
                environment.push((name.to_owned(), value));
            }
        }
        let mut step = Step {
            name: job.to_owned(),
            uses: None,
            with: Value::Null,
            script: lines.join("\n"),
            ran: false,
            reached: true,
            succeeded: false,
            printed: String::new(),
        };
        self.run(&mut step, &self.path(""), &environment);
        step
    }

    fn run(&self, step: &mut Step, directory: &Path, environment: &[(String, String)]) {
        // A shell does not expand what an expression has put into it.
        assert!(!step.script.contains("${{"), "{}", step.script);
        let itself = std::env::current_exe().expect("this test");
        let path = std::env::var("PATH").expect("a path");
        let output = Command::new("bash")
            .args([
                "--noprofile",
                "--norc",
                "-eo",
                "pipefail",
                "-c",
                &step.script,
            ])
            .env_clear()
            .envs(self.workspace.variables(""))
            .env_remove("PERF_RUN_ID")
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("PERF_TEST_ITSELF", &itself)
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .current_dir(directory)
            .output()
            .expect("bash is installed");
        let text = [output.stdout, output.stderr].concat();
        step.ran = true;
        step.succeeded = output.status.success();
        step.printed = String::from_utf8_lossy(&text).into_owned();
    }

    /// Asserts that there is something in every place that is kept, and that none is
    /// of the commit.
    #[track_caller]
    pub(crate) fn has_what_is_kept(&self, steps: &[Step]) {
        let kept = |step: &&Step| {
            let uses = step.uses.as_deref().unwrap_or_default();
            step.reached && uses.starts_with("actions/upload-artifact@")
        };
        let paths = steps
            .iter()
            .filter(kept)
            .filter_map(|step| step.with["path"].as_str());
        let paths: Vec<&str> = paths.flat_map(str::lines).collect();
        assert!(!paths.is_empty(), "{steps:#?}");
        for path in paths {
            let entries = std::fs::read_dir(self.path(path));
            let is_there = entries.is_ok_and(|mut entries| entries.next().is_some());
            assert!(is_there, "nothing in {path}: {steps:#?}");
        }
        assert_eq!(
            self.git(&["status", "--porcelain", "--untracked-files=no"]),
            ""
        );
    }
}

/// What stands in `${{ }}`.
struct Expressions<'a>(&'a [(&'a str, &'a str)]);

/// A script's environment and folder.
type Surroundings = (Vec<(String, String)>, String);

impl Expressions<'_> {
    fn step(&self, step: &Value, environment: &Value, sound: bool) -> (Step, Option<Surroundings>) {
        let condition = step["if"].as_str().unwrap_or("success()");
        let whatever = condition.contains("cancelled()");
        let reached = (sound || whatever) && self.holds(condition);
        let script = step["run"].as_str().unwrap_or_default().to_owned();
        let surroundings = (reached && !script.is_empty()).then(|| {
            let all = [environment, &step["env"]];
            let all = all.iter().filter_map(|variables| variables.as_object());
            let environment = all
                .flatten()
                .map(|(name, value)| (name.clone(), self.filled(value.as_str().expect("a text"))));
            let directory = step["working-directory"].as_str().unwrap_or_default();
            (environment.collect(), self.filled(directory))
        });
        let mut with = step["with"].clone();
        for value in with
            .as_object_mut()
            .into_iter()
            .flat_map(|with| with.values_mut())
        {
            if let Value::String(text) = value {
                *text = self.filled(text);
            }
        }
        let name = step["name"].as_str().or(step["uses"].as_str());
        let step = Step {
            name: name.expect("a name").to_owned(),
            uses: step["uses"].as_str().map(str::to_owned),
            with,
            script,
            ran: false,
            reached,
            succeeded: true,
            printed: String::new(),
        };
        (step, surroundings)
    }

    /// A text with every expression in it replaced.
    fn filled(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${{") {
            let (expression, behind) = behind.split_once("}}").expect("it ends");
            out.push_str(before);
            out.push_str(&self.value(expression.trim()));
            rest = behind;
        }
        out + rest
    }

    fn value(&self, expression: &str) -> String {
        let known = self.0.iter().chain(KNOWN);
        let mut known = known.filter(|(name, _)| *name == expression);
        let (_, value) = known
            .next()
            .unwrap_or_else(|| panic!("no value is known of {expression:?}"));
        (*value).to_owned()
    }

    fn holds(&self, condition: &str) -> bool {
        let condition = condition
            .trim()
            .trim_start_matches("${{")
            .trim_end_matches("}}");
        let all = |some: &str| some.split("&&").all(|one| self.is_true(one.trim()));
        condition.split("||").any(all)
    }

    fn is_true(&self, one: &str) -> bool {
        if one == "success()" || one == "!cancelled()" {
            return true;
        }
        let (left, right) = one.split_once(" == ").expect("a comparison");
        let is = right.trim_matches('\'');
        self.value(left) == is
    }
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let permissions = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(path, permissions).expect("it is there");
}
