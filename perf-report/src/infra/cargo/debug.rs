//! Whether a build gets line tables: without them, no allocation has a file and a line.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::infra::world::World;

/// As much as backtraces need, and no more: the program's code is the same.
const LINES: &str = "line-tables-only";

/// The runtime and what it consists of, where they are members: their lines are no
/// user's.
const OURS: [&str; 5] = [
    "perf-grammar",
    "perf-layer",
    "perf-macros",
    "perf-runtime",
    "perf-statistics",
];

/// The options of cargo that ask for the line tables of these members, where manifest,
/// configuration and variables do not say what debug information they are to have;
/// `dev` and `test` have all of it.
///
/// NOTE: `CARGO_PROFILE_RELEASE_DEBUG` was rejected. It asks for those of every crate,
/// so that the runtime and all other dependencies were built once for `cargo test
/// --release` and once for this.
pub(crate) fn lines(profile: &str, root: &Path, members: &[&str], world: &World) -> Vec<String> {
    let texts: Vec<String> = sources(root, world)
        .iter()
        .filter_map(|file| std::fs::read_to_string(file).ok())
        .collect();
    // What cannot be read as TOML is cargo's to refuse.
    let tables: Vec<_> = (texts.iter())
        .filter_map(|text| DeTable::parse(text).ok())
        .collect();
    let tables: Vec<&DeTable<'_>> = tables.iter().map(|table| table.get_ref()).collect();
    let is_set = |name: &str| world.variable(name).is_some();
    let silent =
        |member: &&&str| !OURS.contains(*member) && is_silent(profile, member, &tables, &is_set);
    let option = |member: &&str| {
        [
            "--config".to_owned(),
            format!("profile.{profile}.package.{member}.debug={LINES:?}"),
        ]
    };
    members.iter().filter(silent).flat_map(option).collect()
}

/// The manifest, and the files in which cargo looks for its configuration.
fn sources(root: &Path, world: &World) -> Vec<PathBuf> {
    let home = world
        .variable("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(world.variable("HOME")?).join(".cargo")));
    let folders = world
        .directory
        .ancestors()
        .map(|folder| folder.join(".cargo"));
    let mut files = vec![root.join("Cargo.toml")];
    for folder in folders.chain(home) {
        files.extend(["config.toml", "config"].map(|name| folder.join(name)));
    }
    files
}

/// Whether nothing says which debug information a member has in a profile, nor in one
/// from which it inherits.
fn is_silent(
    profile: &str,
    member: &str,
    tables: &[&DeTable<'_>],
    is_set: &dyn Fn(&str) -> bool,
) -> bool {
    let mut name = profile.to_owned();
    // A profile that inherits from itself is cargo's to refuse.
    for _ in 0..16 {
        if is_set(&variable(&name)) {
            return false;
        }
        let said: Vec<_> = tables
            .iter()
            .filter_map(|table| profile_of(table, &name))
            .collect();
        let of_member = |table: &DeTable<'_>| {
            Some(
                table_of(table_of(table, "package")?, member)?
                    .get("debug")
                    .is_some(),
            )
        };
        let says = |table: &&&DeTable<'_>| {
            table.get("debug").is_some() || of_member(table).unwrap_or(false)
        };
        if said.iter().any(|table| says(&table)) {
            return false;
        }
        name = match &*name {
            "dev" | "test" => return false,
            "release" => return true,
            "bench" => "release".to_owned(),
            _ => match said.iter().find_map(|table| text(table, "inherits")) {
                Some(from) => from,
                None => return true,
            },
        };
    }
    false
}

fn profile_of<'t>(table: &'t DeTable<'_>, name: &str) -> Option<&'t DeTable<'t>> {
    table_of(table_of(table, "profile")?, name)
}

fn table_of<'t>(table: &'t DeTable<'_>, key: &str) -> Option<&'t DeTable<'t>> {
    match table.get(key)?.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

fn text(table: &DeTable<'_>, key: &str) -> Option<String> {
    match table.get(key)?.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        _ => None,
    }
}

fn variable(profile: &str) -> String {
    format!(
        "CARGO_PROFILE_{}_DEBUG",
        profile.to_uppercase().replace('-', "_")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(profile: &str, texts: &[&str], set: &str, silent: bool) {
        let tables: Vec<_> = texts
            .iter()
            .map(|text| DeTable::parse(text).expect("the test's own text is TOML"))
            .collect();
        let tables: Vec<&DeTable<'_>> = tables.iter().map(|table| table.get_ref()).collect();
        let found = is_silent(profile, "app", &tables, &|name| name == set);
        assert_eq!(found, silent, "{profile} {texts:?} {set}");
    }

    #[test]
    fn line_tables_are_asked_for_where_nobody_has_said_anything() {
        let custom = "[profile.fast]\ninherits = \"release\"\n";
        check("release", &[""], "", true);
        check("release", &["[profile.release]\nlto = true"], "", true);
        check("bench", &["[profile.dev]\ndebug = 0"], "", true);
        check("fast", &[custom], "", true);
        check("fast", &[custom], "CARGO_PROFILE_RELEASE_LTO", true);
        check(
            "a-b",
            &["[profile.a-b]\ninherits = \"fast\"", custom],
            "",
            true,
        );
    }

    #[test]
    fn what_somebody_said_of_debug_information_stands() {
        let custom = "[profile.fast]\ninherits = \"release\"\n";
        check("release", &["[profile.release]\ndebug = true"], "", false);
        check("release", &["[profile.release]\ndebug = 0"], "", false);
        check(
            "release",
            &["", "[profile.release]\ndebug = false"],
            "",
            false,
        );
        check("release", &[""], "CARGO_PROFILE_RELEASE_DEBUG", false);
        check("bench", &["[profile.release]\ndebug = 1"], "", false);
        check("fast", &[custom, "[profile.release]\ndebug = 1"], "", false);
        check("fast", &[custom], "CARGO_PROFILE_FAST_DEBUG", false);
        check("a-b", &["[profile.a-b]\ninherits = \"dev\""], "", false);
        check("a-b", &[""], "CARGO_PROFILE_A_B_DEBUG", false);
        check("dev", &[""], "", false);
        let member = "[profile.release.package.app]\ndebug = 0";
        check("release", &[member], "", false);
        check("release", &[&member.replace("app", "kit")], "", true);
        check("x", &["[profile.x]\ninherits = \"x\""], "", false);
    }

    #[test]
    fn members_are_asked_for_and_what_they_depend_on_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let world = World {
            variables: Default::default(),
            directory: folder.path().to_owned(),
            width: None,
            stderr_is_terminal: false,
            stdin_is_terminal: false,
            now: std::time::UNIX_EPOCH,
            process: 1,
        };
        let of = |profile: &str| lines(profile, folder.path(), &["app", "perf-runtime"], &world);
        let expected = [
            "--config",
            "profile.my-own.package.app.debug=\"line-tables-only\"",
        ];
        assert_eq!(of("my-own"), expected);
        let file = folder.path().join("Cargo.toml");
        std::fs::write(file, "[profile.release]\ndebug = 2\n").expect("written");
        assert_eq!((of("release").len(), of("bench").len()), (0, 0));
        assert_eq!(of("my-own"), expected);
    }
}
