//! Since when a limit is broken, as far as earlier runs know.

use std::collections::HashMap;

use super::Report;
use crate::analysis::history::{Moment, Since};
use crate::model::commit::Commit;
use crate::model::words::{counted, shell_word};

impl Since {
    /// The lines of the explanation; `command` is what people start this program with.
    fn lines(&self, command: &str) -> Vec<String> {
        let Some(held) = &self.held else {
            let all = match self.runs {
                1 => "the only run that is kept of it".to_owned(),
                runs => format!(
                    "all {runs} runs that are kept, from {} on",
                    self.broken.words()
                ),
            };
            return vec![format!("since when: broken in {all}")];
        };
        let mut lines = vec![format!(
            "since when: held last in {}, broken first in {}, {} in a row",
            held.words(),
            self.broken.words(),
            counted(self.runs, "run")
        )];
        let hash = |moment: &Moment| Some(moment.commit.as_ref()?.hash.clone());
        let both = hash(held).zip(hash(&self.broken));
        lines.extend(both.map(|(good, bad)| which(command, &self.case, &good, &bad)));
        lines
    }
}

/// What a saved baseline knows of a limit that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SinceSaved {
    pub(crate) case: String,
    /// The name of the limit.
    pub(crate) limit: String,
    /// Whether what was saved keeps it.
    pub(crate) held: bool,
    /// The code of it: the hash, and whether files differed.
    pub(crate) commit: Option<(String, bool)>,
    /// The day: `2026-12-31`.
    pub(crate) saved: String,
}

impl SinceSaved {
    fn lines(&self, command: &str, this: Option<&Commit>) -> Vec<String> {
        let of = match &self.commit {
            Some((hash, dirty)) => {
                let changed = if *dirty { "+" } else { "" };
                format!(" of {}{changed}", digits(hash))
            }
            None => String::new(),
        };
        let baseline = format!("the baseline{of} (saved {})", self.saved);
        if !self.held {
            return vec![format!("since when: {baseline} was over it already")];
        }
        let mut lines = vec![format!("since when: held in {baseline}")];
        if let Some(((good, _), bad)) = self.commit.as_ref().zip(this) {
            lines.push(which(command, &self.case, good, &bad.hash));
        }
        lines
    }
}

/// What names the commit between two that broke a limit of a case.
fn which(command: &str, case: &str, good: &str, bad: &str) -> String {
    if good == bad {
        return "both are of the same commit: what changed is no committed code".to_owned();
    }
    format!(
        "which commit: {command} bisect {} --good {} --bad {}",
        shell_word(case),
        digits(good),
        digits(bad)
    )
}

impl Report {
    /// Adds to the explanations of broken limits since when they are.
    pub(crate) fn add_since(&mut self, since: &[Since]) {
        let lines = |one: &Since| one.lines(&self.command);
        let said = since
            .iter()
            .map(|one| (&*one.case, &*one.limit, lines(one)));
        self.add_to_broken(said.collect());
    }

    /// The same as far as a baseline knows.
    pub(crate) fn add_since_saved(&mut self, since: &[SinceSaved]) {
        let lines = |one: &SinceSaved| one.lines(&self.command, self.commit.as_ref());
        let said = since
            .iter()
            .map(|one| (&*one.case, &*one.limit, lines(one)));
        self.add_to_broken(said.collect());
    }

    /// Adds lines to the explanations of limits, by case and name.
    fn add_to_broken(&mut self, said: Vec<(&str, &str, Vec<String>)>) {
        let mut lines: HashMap<(&str, &str), Vec<String>> = (said.into_iter())
            .map(|(case, limit, lines)| ((case, limit), lines))
            .collect();
        for one in &mut self.explanations {
            let limit = one.limit.as_deref().filter(|_| one.verdict.is_broken());
            let said = limit.and_then(|limit| lines.remove(&(&*one.case, limit)));
            one.about.extend(said.into_iter().flatten());
        }
        self.explained = super::explained(&self.explanations);
    }

    /// The broken limits, by case and name.
    pub(crate) fn broken(&self) -> impl Iterator<Item = (&str, &str)> {
        let broken = self
            .explanations
            .iter()
            .filter(|one| one.verdict.is_broken());
        broken.filter_map(|one| Some((&*one.case, one.limit.as_deref()?)))
    }
}

fn digits(hash: &str) -> String {
    hash.chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture;
    use crate::analysis::report::Detail;

    fn moment(run: &str, digit: char) -> Moment {
        Moment {
            run: run.to_owned(),
            unix_time: 1_795_179_912,
            commit: Some(Commit {
                hash: digit.to_string().repeat(40),
                branch: None,
                dirty: false,
            }),
        }
    }

    #[track_caller]
    fn check(held: Option<Moment>, runs: usize, expected: &[&str]) {
        let mut report = Report::of(fixture::run(), None, Detail::NotPlain);
        report.add_since(&[Since {
            case: "parser::lines".to_owned(),
            limit: "p99".to_owned(),
            held,
            broken: moment("r2", 'b'),
            runs,
        }]);
        let explained = report
            .explanations
            .iter()
            .find(|one| one.case == "parser::lines");
        let about = &explained.expect("it is broken").about;
        let expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        assert!(about.ends_with(&expected), "{about:#?}");
    }

    #[test]
    fn the_last_good_and_the_first_bad_commit_are_named_with_what_to_paste() {
        check(
            Some(moment("r1", 'a')),
            3,
            &[
                "since when: held last in aaaaaaaaaa (2026-11-20 13:05), broken first in bbbbbbbbbb (2026-11-20 13:05), 3 runs in a row",
                "which commit: cargo perf-budget bisect parser::lines --good aaaaaaaaaa --bad bbbbbbbbbb",
            ],
        );
        check(
            Some(moment("r1", 'b')),
            1,
            &[
                "since when: held last in bbbbbbbbbb (2026-11-20 13:05), broken first in bbbbbbbbbb (2026-11-20 13:05), 1 run in a row",
                "both are of the same commit: what changed is no committed code",
            ],
        );
        check(
            None,
            2,
            &[
                "since when: broken in all 2 runs that are kept, from bbbbbbbbbb (2026-11-20 13:05) on",
            ],
        );
    }

    #[test]
    fn a_baseline_says_what_it_knows_with_what_to_paste() {
        let mut report = Report::of(fixture::run(), None, Detail::NotPlain);
        report.commit = moment("r2", 'b').commit;
        let since = |limit: &str, held, digit: char, dirty| SinceSaved {
            case: "parser::lines".to_owned(),
            limit: limit.to_owned(),
            held,
            commit: Some((digit.to_string().repeat(40), dirty)),
            saved: "2026-11-20".to_owned(),
        };
        let mut check = |since: SinceSaved, expected: &[&str]| {
            report.add_since_saved(&[since]);
            let explained = (report.explanations.iter())
                .find(|one| one.case == "parser::lines" && one.verdict.is_broken());
            let about = &explained.expect("it is broken").about;
            let expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
            assert!(about.ends_with(&expected), "{about:#?}");
        };
        check(
            since("p99", true, 'a', true),
            &[
                "since when: held in the baseline of aaaaaaaaaa+ (saved 2026-11-20)",
                "which commit: cargo perf-budget bisect parser::lines --good aaaaaaaaaa --bad bbbbbbbbbb",
            ],
        );
        check(
            since("p99", true, 'b', false),
            &[
                "since when: held in the baseline of bbbbbbbbbb (saved 2026-11-20)",
                "both are of the same commit: what changed is no committed code",
            ],
        );
        check(
            since("p99", false, 'a', false),
            &["since when: the baseline of aaaaaaaaaa (saved 2026-11-20) was over it already"],
        );
    }
}
