//! Texts that are too long to be shown, with the place where the whole is.

use crate::run::Run;

/// The longest text that is shown whole, bytes: some fifty lines.
const LONGEST: usize = 4_000;
/// The most bytes of a line in a list of lines.
pub(crate) const LONGEST_LINE: usize = 400;

/// Shortens what functions under test and their processes say; all of it is in the
/// records.
pub(super) fn texts(mut run: Run, records: Option<&str>) -> Run {
    let place = match records {
        Some(records) => format!("; the whole is in {records}"),
        None => String::new(),
    };
    let limits = run.cases.iter_mut().flat_map(|case| &mut case.limits);
    let of_limits = limits.flat_map(|limit| {
        let texts = limit.details.iter_mut().chain(&mut limit.notes);
        texts.chain([&mut limit.sentence])
    });
    of_limits.for_each(|text| shorten(text, LONGEST, &place));
    for case in &mut run.cases {
        if let Some(failure) = &mut case.failure {
            shorten(&mut failure.text, LONGEST, &place);
        }
        for note in &mut case.notes {
            shorten(note, LONGEST, &place);
        }
    }
    for text in run.warnings.iter_mut().chain(&mut run.problems) {
        shorten(text, LONGEST, &place);
    }
    run
}

/// Leaves so many bytes of a text, and says how many there are more, and where.
pub(crate) fn shorten(text: &mut String, longest: usize, place: &str) {
    // One that is hardly longer stays.
    if text.len() <= longest + longest / 10 {
        return;
    }
    let fits = |at: &usize| text.is_char_boundary(*at);
    let end = (0..=longest).rev().find(fits).unwrap_or_default();
    let more = text.len() - end;
    text.truncate(end);
    text.push_str(&format!(".. ({more} more bytes{place})"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::record::Failure;

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_where_the_whole_is() {
        let check = |text: &str, expected: &str| {
            let mut text = text.to_owned();
            shorten(&mut text, 10, "; the whole is in x");
            assert_eq!(text, expected);
        };
        check("short text", "short text");
        check(
            "twelve bytes",
            "twelve byt.. (2 more bytes; the whole is in x)",
        );
        check(
            "123456789\u{e4}\u{e4}\u{e4}",
            "123456789.. (6 more bytes; the whole is in x)",
        );
    }

    #[test]
    fn what_a_function_says_is_shortened_in_every_report() {
        let mut run = fixture::quiet_run();
        run.cases[0].failure = Some(Failure {
            kind: "panic".to_owned(),
            text: "x".repeat(200_000),
        });
        run.cases[0].limits[0].details.push("y".repeat(200_000));
        let run = texts(run, Some("target/perf/runs/r1"));
        let text = &run.cases[0].failure.as_ref().expect("it stays").text;
        assert!(text.len() < LONGEST + 100, "{}", text.len());
        assert!(text.ends_with("x.. (196000 more bytes; the whole is in target/perf/runs/r1)"));
        let details = &run.cases[0].limits[0].details;
        assert!(details.iter().all(|line| line.len() < LONGEST + 100));
    }
}
