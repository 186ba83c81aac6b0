//! What changes in a text, as a unified diff.

use perf_grammar::harmless_lines;
use similar::TextDiff;

use super::terminal::Style;

/// The difference between two texts of a file; nothing where there is none.
pub(crate) fn render(name: &str, before: Option<&str>, after: &str, style: Style) -> String {
    let from = match before {
        Some(_) => name,
        None => "/dev/null",
    };
    let diff = TextDiff::from_lines(before.unwrap_or_default(), after);
    let text = diff.unified_diff().header(from, name).to_string();
    let plain = console::Style::new();
    let (place, old, new) = (plain.clone().cyan(), plain.clone().red(), plain.green());
    let line = |line: &str| match line.as_bytes() {
        [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => style.bold(line),
        [b'@', ..] => style.apply(&place, line),
        [b'-', ..] => style.apply(&old, line),
        [b'+', ..] => style.apply(&new, line),
        _ => line.to_owned(),
    };
    // A carriage return is seen where the line ends, and not on the terminal.
    text.lines()
        .map(|one| line(&harmless_lines(one.trim_end_matches('\r'))) + "\n")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style {
        width: None,
        colour: false,
    };

    #[test]
    fn only_what_changes_is_shown_with_a_few_lines_around() {
        let old = "schema = 1\n\n[budget.\"a\"]\np99 = \"10ms\" # tail\n";
        let new = old.replace("10ms", "3ms") + "mem = \"1MB\"\n";
        assert_eq!(
            render("perf-budgets.toml", Some(old), &new, PLAIN),
            "--- perf-budgets.toml\n+++ perf-budgets.toml\n@@ -1,4 +1,5 @@\n schema = 1\n \n [budget.\"a\"]\n-p99 = \"10ms\" # tail\n+p99 = \"3ms\" # tail\n+mem = \"1MB\"\n"
        );
        assert_eq!(render("a", Some(old), old, PLAIN), "");
        assert!(
            render("a", None, "schema = 1\n", PLAIN)
                .starts_with("--- /dev/null\n+++ a\n@@ -0,0 +1")
        );
    }

    #[test]
    fn colour_is_for_terminals_and_carriage_returns_are_not() {
        let colour = Style {
            width: Some(80),
            colour: true,
        };
        let shown = render("a", Some("a = 1\r\n"), "a = 2\r\n", colour);
        assert!(
            shown.contains("\x1b[31m-a = 1\x1b[0m\n\x1b[32m+a = 2\x1b[0m\n"),
            "{shown:?}"
        );
    }
}
