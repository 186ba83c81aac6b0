//! The planted slowdowns of `examples/tests/slow.rs`: what has to be named of each, and
//! whether a report does so.

/// A case that is slow on purpose.
pub(crate) struct Planted {
    /// The end of its id.
    pub(crate) case: &'static str,
    /// The function that takes the time, or that waits.
    pub(crate) cause: &'static str,
}

/// The lines of an explanation within which the cause has to be named.
pub(crate) const LINES: usize = 2;

/// One of each kind.
pub(crate) const PLANTED: [Planted; 10] = [
    Planted {
        case: "quadratic_loop::packages_in_two_versions_are_listed",
        cause: "has_another_version",
    },
    Planted {
        case: "clone_in_a_loop::the_way_to_a_package_is_shown",
        cause: "longer",
    },
    Planted {
        case: "regex_per_call::prereleases_are_counted",
        cause: "is_prerelease",
    },
    Planted {
        case: "lock_held_too_long::a_version_is_asked_for",
        cause: "version_of",
    },
    Planted {
        case: "sleep::a_checksum_is_fetched",
        cause: "back_off",
    },
    Planted {
        case: "cold_cache::twenty_thousand_releases_are_walked",
        cause: "oldest",
    },
    Planted {
        case: "page_fault_storm::checksums_are_seen_once",
        cause: "mark",
    },
    Planted {
        case: "allocation_storm::names_that_read_like_another_are_counted",
        cause: "fold",
    },
    Planted {
        case: "slow_query::a_package_is_looked_for",
        cause: "reports_about",
    },
    Planted {
        case: "slow_thread::names_are_matched_by_letter",
        cause: "nearest",
    },
];

/// A broken limit of a report: the end of the case's id after that of the target, and
/// the first lines below its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Explained<'a> {
    pub(crate) case: &'a str,
    pub(crate) lines: Vec<&'a str>,
}

/// The broken limits of a report as it is printed to a log; `target` is what the ids
/// begin with: `examples::slow`.
pub(crate) fn explained<'a>(log: &'a str, target: &str) -> Vec<Explained<'a>> {
    let lines: Vec<&str> = log.lines().collect();
    let start = format!("fail  {target}::");
    let broken = lines.iter().enumerate().filter_map(|(at, line)| {
        let (case, _) = line.strip_prefix(&*start)?.split_once("  ")?;
        let below = lines[at + 1..]
            .iter()
            .map_while(|line| line.strip_prefix("    "));
        Some(Explained {
            case,
            lines: below.take(LINES).map(str::trim).collect(),
        })
    });
    broken.collect()
}

impl Explained<'_> {
    /// The line, counted from 1, that names a function as a whole word.
    pub(crate) fn names(&self, function: &str) -> Option<usize> {
        let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
        let named = |line: &&str| line.split(|c| !is_of_name(c)).any(|word| word == function);
        self.lines.iter().position(named).map(|place| place + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_below_a_sentence_name_a_function_or_not() {
        let log = "pass  examples::slow::a::b  p50 1 ms is within\n\
            fail  examples::slow::sleep::f  p50 2 ms is 4 times its budget\n    \
            Store::wait (src/a.rs:3) waits: 98 % of the time\n    wait_more runs\n    wait\n\n\
            fail  examples::slow::sleep::g  p50 2 ms\n";
        let found = explained(log, "examples::slow");
        let cases: Vec<_> = found
            .iter()
            .map(|one| (one.case, one.lines.len()))
            .collect();
        assert_eq!(cases, [("sleep::f", 2), ("sleep::g", 0)]);
        let names = ["wait", "wait_more", "more", "Store"].map(|name| found[0].names(name));
        assert_eq!(names, [Some(1), Some(2), None, Some(1)]);
        assert_eq!(found[1].names("wait"), None);
    }

    #[test]
    fn the_table_is_that_of_the_examples() {
        let source = include_str!("../../../examples/tests/slow.rs");
        for Planted { case, cause } in PLANTED {
            let (module, function) = case.split_once("::").expect("a module and a function");
            for part in [
                format!("mod {module} {{"),
                format!("fn {function}("),
                format!("fn {cause}"),
            ] {
                assert!(source.contains(&part), "no `{part}` in the examples");
            }
        }
        let cases = source.matches("#[perf_budget(").count();
        assert_eq!(cases, PLANTED.len());
    }
}
