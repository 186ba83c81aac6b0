//! Whether a build gets line tables: without them, no allocation has a file and a line.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

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
    // What cannot be read as TOML is cargo's to refuse.
    let tables: Vec<Table> = sources(root, world)
        .iter()
        .filter_map(|file| std::fs::read_to_string(file).ok()?.parse().ok())
        .collect();
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
    let folders = world
        .directory
        .ancestors()
        .map(|folder| folder.join(".cargo"));
    let mut files = vec![root.join("Cargo.toml")];
    for folder in folders.chain(world.cargo_home()) {
        files.extend(["config.toml", "config"].map(|name| folder.join(name)));
    }
    files
}

/// Whether nothing says which debug information a member has in a profile, nor in one
/// from which it inherits.
fn is_silent(profile: &str, member: &str, tables: &[Table], is_set: &dyn Fn(&str) -> bool) -> bool {
    let mut name = profile.to_owned();
    // A profile that inherits from itself is cargo's to refuse.
    for _ in 0..16 {
        if is_set(&variable(&name)) {
            return false;
        }
        let said: Vec<&Value> = tables
            .iter()
            .filter_map(|table| table.get("profile")?.get(&name))
            .collect();
        let says = |profile: &&Value| {
            let of_member = || profile.get("package")?.get(member)?.get("debug");
            profile.get("debug").or_else(of_member).is_some()
        };
        if said.iter().any(says) {
            return false;
        }
        name = match &*name {
            "dev" | "test" => return false,
            "release" => return true,
            "bench" => "release".to_owned(),
            _ => match said
                .iter()
                .find_map(|profile| profile.get("inherits")?.as_str())
            {
                Some(from) => from.to_owned(),
                None => return true,
            },
        };
    }
    false
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
        let tables: Vec<Table> = texts
            .iter()
            .map(|text| text.parse().expect("the test's own text is TOML"))
            .collect();
        let found = is_silent(profile, "app", &tables, &|name| name == set);
        assert_eq!(found, silent, "{profile} {texts:?} {set}");
    }

    #[test]
    fn line_tables_are_asked_for_where_nothing_is_set() {
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
    fn a_setting_of_debug_information_stands() {
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
