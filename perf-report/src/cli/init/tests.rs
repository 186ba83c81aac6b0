//! Questions and answers.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::time::UNIX_EPOCH;

use super::*;

/// A separate package, in which cargo reads nothing but the manifest.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |file: &str, text: &str| {
        std::fs::create_dir_all(folder.path().join("src")).expect("made");
        std::fs::write(folder.path().join(file), text).expect("written");
    };
    put(
        "Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    put(
        "src/lib.rs",
        "pub fn parse(text: &str) -> usize { text.len() }\npub fn add(a: u8, b: u8) -> u8 { a + b }\n",
    );
    folder
}

/// What `init` prints where a user answers.
fn asked(folder: &tempfile::TempDir, answers: &str) -> (String, Result<Exit, Stop>) {
    let mut variables: BTreeMap<_, _> = std::env::vars_os().collect();
    variables.remove(std::ffi::OsStr::new("CARGO_TARGET_DIR"));
    let world = World {
        variables,
        directory: folder.path().to_owned(),
        width: None,
        stderr_is_terminal: false,
        stdin_is_terminal: true,
        now: UNIX_EPOCH,
        process: 1,
    };
    let arguments = InitArguments {
        git: Some("https://example.org/perf".to_owned()),
        ..InitArguments::default()
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let ended = set_up(
        &arguments,
        &mut Cursor::new(answers),
        &mut out,
        &mut err,
        &world,
    );
    (String::from_utf8(out).expect("text"), ended)
}

#[test]
fn nothing_is_written_without_a_yes() {
    let folder = project();
    for answers in ["\n\n", "\nn\n", "2\nno\n", ""] {
        let (said, ended) = asked(&folder, answers);
        assert_eq!(
            ended.expect_err("no").message,
            "nothing was written",
            "{said}"
        );
        assert!(
            said.contains("  1  app::parse(") && said.contains("  2  app::add(10, 10)"),
            "{said}"
        );
        let chosen = match answers.starts_with('2') {
            true => "the first budget of app: app::add(10, 10) (src/lib.rs:2)",
            false => "the first budget of app: app::parse(",
        };
        assert!(said.contains(chosen), "{said}");
        assert!(
            said.contains("+perf-runtime = { git = \"https://example.org/perf\" }"),
            "{said}"
        );
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("a folder").count(),
            2
        );
    }
}

#[test]
fn an_answer_that_is_no_number_is_refused() {
    let folder = project();
    for answers in ["x\n", "3\n", "0\n"] {
        let (_, ended) = asked(&folder, answers);
        let message = ended.expect_err("it is refused").message;
        assert!(
            message.contains("expected a number from 1 to 2"),
            "{message}"
        );
    }
}

#[test]
fn a_program_that_cargo_does_not_test_gets_no_budget() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |file: &str, text: &str| {
        std::fs::create_dir_all(folder.path().join("src")).expect("made");
        std::fs::write(folder.path().join(file), text).expect("written");
    };
    let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[[bin]]\nname = \"a\"\npath = \"src/a.rs\"\ntest = false\n[[bin]]\nname = \"b\"\npath = \"src/b.rs\"\n";
    for program in ["a", "b"] {
        put(
            &format!("src/{program}.rs"),
            &format!(
                "fn parse_{program}(text: &str) -> usize {{ text.len() }}\nfn main() {{ parse_{program}(\"x\"); }}\n"
            ),
        );
    }
    put("Cargo.toml", manifest);
    let (said, _) = asked(&folder, "");
    assert!(
        said.contains("parse_b(") && !said.contains("parse_a("),
        "{said}"
    );

    put("Cargo.toml", &format!("{manifest}test = false\n"));
    let (_, ended) = asked(&folder, "");
    let message = ended.expect_err("there is nothing to test").message;
    assert!(
        message.contains("its program `a` has `test = false`, so that cargo builds no tests in it"),
        "{message}"
    );
}
