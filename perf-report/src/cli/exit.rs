//! Exit codes: what they mean, and which one a report has.

use crate::analysis::compare::Compared;
use crate::analysis::report::Report;
use crate::infra::interrupt;

/// How the program ended. The codes are a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// 0: every limit was judged, or `--strict` was not asked for, and none failed.
    Passed = 0,
    /// 1: a budget failed: a hard limit is broken or has no value, a case is slower
    /// or needs more than before and nothing allows it, or a case panicked,
    /// returned an error or died; or `trend --check` found a regression, `doctor`
    /// something wrong, or `prove` a limit that was not caught.
    Failed = 1,
    /// 2: the arguments or the budget file cannot be followed. Nothing was measured.
    Usage = 2,
    /// 3: something was not judged, or `doctor` advises something, under `--strict`.
    NotJudged = 3,
    /// 4: the tests could not be built or run, or the run is not complete: a
    /// record cannot be read, or a process died where no case answers for it; or
    /// the machine has not settled enough for a baseline.
    NotRun = 4,
    /// 130: SIGINT, SIGTERM or Ctrl-C ended it. What was judged by then is told.
    Interrupted = interrupt::EXIT_CODE,
}

impl Exit {
    /// Every end, by its code.
    pub const ALL: [Exit; 6] = [
        Exit::Passed,
        Exit::Failed,
        Exit::Usage,
        Exit::NotJudged,
        Exit::NotRun,
        Exit::Interrupted,
    ];

    /// What the code says, for the help and the guide.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Exit::Passed => "every limit was judged and none failed",
            Exit::Failed => {
                "a budget failed: broken, not measured where its mode is hard, or undecided where `undecided = \"fail\"`; a case panicked, returned an error or died; a comparison or `trend --check` found a regression; `top --check` something over its threshold; `doctor` something wrong; or `prove` a limit that was not caught"
            }
            Exit::Usage => {
                "the arguments or perf-budgets.toml cannot be followed; nothing was measured"
            }
            Exit::NotJudged => {
                "something was not judged, or `doctor` advises something, under --strict"
            }
            Exit::NotRun => {
                "the tests could not be built or run, or the run was ended before it was whole"
            }
            Exit::Interrupted => "interrupted (Ctrl-C, SIGTERM); what was judged by then is shown",
        }
    }

    /// The code of the process.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The end of a comparison.
    pub(crate) fn of_compared(compared: &Compared, strict: bool) -> Exit {
        let is_open = strict && !compared.all_judged();
        Exit::when(compared.fails(), &compared.problems, is_open)
    }

    /// The end of a report.
    pub(crate) fn of(report: &Report, strict: bool) -> Exit {
        let is_open = strict && !report.all_judged();
        Exit::when(report.fails(), &report.problems, is_open)
    }

    /// A failed budget says more than a gap in the run, and a gap more than a verdict that
    /// is open.
    pub(crate) fn when(fails: bool, problems: &[String], is_open: bool) -> Exit {
        match (fails, problems, is_open) {
            (true, ..) => Exit::Failed,
            (false, [_, ..], _) => Exit::NotRun,
            (false, [], true) => Exit::NotJudged,
            (false, [], false) => Exit::Passed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::{Finding, Measured, Reason, Subject};
    use crate::analysis::fixture;
    use crate::analysis::report::Detail;
    use crate::analysis::run::Run;
    use crate::model::record::Regression;
    use perf_grammar::{Mode, Verdict};

    #[track_caller]
    fn check(change: impl Fn(&mut Run), strict: bool, expected: u8) {
        let mut run = fixture::quiet_run();
        change(&mut run);
        assert_eq!(
            Exit::of(&Report::of(run, None, Detail::NotPlain), strict).code(),
            expected
        );
    }

    #[track_caller]
    fn check_compared(findings: &[Finding], mode: Mode, problem: bool, strict: bool, expected: u8) {
        let regression = Regression {
            mode,
            ..Regression::built_in()
        };
        let comparison = |finding: &Finding| {
            let measured = Measured {
                id: "a::b".to_owned(),
                source: None,
                subject: Subject::Typical,
                before: None,
                after: None,
                effect: None,
                finding: finding.clone(),
                details: Vec::new(),
            };
            measured.judge(&regression)
        };
        let compared = Compared {
            comparisons: findings.iter().map(comparison).collect(),
            problems: problem.then(|| "odd".to_owned()).into_iter().collect(),
            ..Compared::default()
        };
        assert_eq!(Exit::of_compared(&compared, strict).code(), expected);
    }

    #[test]
    fn a_comparison_ends_in_one_documented_code() {
        use Mode::{Hard, Off, Soft};
        let open = [Finding::Same, Finding::Undecided(Reason::new("few", None))];
        check_compared(&[Finding::Same], Hard, false, true, 0);
        check_compared(&[Finding::Worse], Hard, true, false, 1);
        check_compared(&[Finding::Worse], Soft, false, true, 0);
        check_compared(&[Finding::Worse], Off, false, true, 0);
        check_compared(&open, Hard, false, false, 0);
        check_compared(&open, Hard, false, true, 3);
        check_compared(&open, Off, false, true, 0);
        check_compared(&open, Hard, true, true, 4);
    }

    fn first(verdict: Verdict, mode: Mode) -> impl Fn(&mut Run) {
        move |run| {
            run.cases[0].limits[0].verdict = verdict;
            run.cases[0].limits[0].mode = mode;
        }
    }

    #[test]
    fn a_report_ends_in_one_documented_code() {
        use Mode::{Hard, Off, Soft};
        check(|_| {}, true, 0);
        check(first(Verdict::Warn, Soft), true, 0);
        check(first(Verdict::Waived, Hard), true, 0);
        check(first(Verdict::Fail, Hard), false, 1);
        check(first(Verdict::Unmeasured, Hard), false, 1);
        check(first(Verdict::Unmeasured, Soft), false, 0);
        check(first(Verdict::Unmeasured, Soft), true, 3);
        check(first(Verdict::Unmeasured, Off), true, 0);
        check(first(Verdict::Undecided, Hard), false, 0);
        check(first(Verdict::Undecided, Hard), true, 3);
        let asked = |run: &mut Run| {
            first(Verdict::Undecided, Hard)(run);
            run.cases[0].limits[0].fails_undecided = true;
        };
        check(asked, false, 1);
        let broken = |run: &mut Run| run.problems.push("a.json:3:1: no record".to_owned());
        check(broken, false, 4);
        let both = |run: &mut Run| {
            first(Verdict::Fail, Hard)(run);
            broken(run);
        };
        check(both, false, 1);
    }
}
