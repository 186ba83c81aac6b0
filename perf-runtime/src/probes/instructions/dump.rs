//! The text of a dump that callgrind writes.

use crate::model::unmeasured::{Cause, Unmeasured};

/// The instructions that a dump counted, over all threads.
///
/// `name` is what the dump was asked for with: another dump, such as one that
/// the function asks for itself, is not taken for it.
///
/// # Errors
/// Says what is missing.
pub(crate) fn instructions(text: &str, name: &str) -> Result<u64, Unmeasured> {
    let value = |key: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))
    };
    let mine = value("desc: Trigger").is_some_and(|trigger| trigger.trim_end().ends_with(name));
    if !mine {
        return Err(Cause::other_dump(name).into());
    }
    let events = value("events").ok_or_else(Cause::no_events_in_dump)?;
    let column = events.split_whitespace().position(|event| event == "Ir");
    let column = column.ok_or_else(|| Cause::no_instructions_in_dump(events.trim()))?;
    // Not `summary`: setting the counts to zero is not taken off there for
    // other threads, and callgrind 3.19 wrote 300,206 there where the three
    // loops of two threads came to 900,267, as `totals` said. Numbers at the
    // end of a line are left out where they are 0.
    let totals = value("totals").ok_or_else(Cause::no_totals_in_dump)?;
    match totals.split_whitespace().nth(column) {
        Some(number) => {
            let count = number.parse();
            count.map_err(|_| Cause::no_count_in_dump(number).into())
        }
        None => Ok(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = "# callgrind format\nversion: 1\ncreator: callgrind-3.19.0\npid: 11\npart: 2\n\n\ndesc: Timerange: Basic block 0 - 12\ndesc: Trigger: Client Request: case 1\n\npositions: line\nevents: Ir\nsummary: 900\n\n\nfn=(1) main\n0 812\n\ntotals: 812\n";

    #[test]
    fn the_totals_of_the_dump_that_was_asked_for_are_read() {
        assert_eq!(instructions(DUMP, "case 1"), Ok(812));
        let cache = DUMP
            .replace("events: Ir", "events: Dr Ir Dw")
            .replace("totals: 812", "totals: 7 812");
        assert_eq!(instructions(&cache, "case 1"), Ok(812));
        let nothing = cache.replace("totals: 7 812", "totals: 7");
        assert_eq!(instructions(&nothing, "case 1"), Ok(0));
    }

    #[test]
    fn a_dump_that_is_not_whole_or_another_is_refused() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let error = instructions(text, "case 1").unwrap_err().line();
            assert!(error.contains(expected), "{error}");
        }
        check("", "not the one");
        check(&DUMP.replace("case 1", "case 2"), "not the one");
        check(&DUMP.replace("events: Ir", "events: Dr"), "no instructions");
        check(&DUMP.replace("events: Ir", ""), "names no events");
        check(DUMP.split("totals").next().unwrap(), "before its totals");
        check(&DUMP.replace("totals: 812", "totals: many"), "`many`");
    }
}
