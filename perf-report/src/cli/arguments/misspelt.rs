//! Verbs that are misspelt, told before anything is built.

use clap::CommandFactory as _;

use super::Arguments;

/// The verb that was probably meant.
pub(in crate::cli) fn verb_near(word: &str) -> Option<String> {
    let command = Arguments::command();
    let verbs: Vec<&str> = command
        .get_subcommands()
        .map(|verb| verb.get_name())
        .collect();
    perf_grammar::nearest(word, &verbs).map(str::to_owned)
}

/// A first word that is most likely a verb, misspelt: as a pattern it would be
/// refused too, after everything is built, or select what was not meant.
pub(super) fn slip(arguments: &Arguments, name: &str) -> Option<String> {
    let first = match arguments.verb {
        None => arguments.run.select.patterns.first()?,
        Some(_) => return None,
    };
    if !first
        .bytes()
        .all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
    {
        return None;
    }
    let verb = verb_near(first)?;
    Some(format!(
        "error: `{first}` is no verb; did you mean `{verb}`?\n\n`{name} run {first}` measures the cases of that name, and `{name} --help` shows the verbs.\n"
    ))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::super::{Arguments, Parsed, parse};

    fn parsed(line: &str) -> Arguments {
        match parse(line.split_whitespace().map(OsString::from)) {
            Parsed::Arguments(arguments, _) => *arguments,
            Parsed::Shown(text) | Parsed::Wrong(text) => panic!("{line}: {text}"),
        }
    }

    #[test]
    fn a_verb_that_is_misspelt_is_told_before_anything_is_built() {
        for (line, part) in [
            ("perf comapre a b", "did you mean `compare`?"),
            ("perf-budget lst", "`cargo perf-budget run lst` measures"),
            ("perf baselines save --strict", "did you mean `baseline`?"),
        ] {
            let parsed = parse(line.split_whitespace().map(OsString::from));
            assert!(
                matches!(&parsed, Parsed::Wrong(text) if text.contains(part)),
                "{line}"
            );
        }
        for line in [
            "run comapre",
            "parser::lst",
            "lst*",
            "fast",
            "tag:lst",
            "tests",
        ] {
            assert!(
                parsed(line).verb.is_none() || line.starts_with("run"),
                "{line}"
            );
        }
    }
}
