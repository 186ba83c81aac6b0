//! One case on two sides, compared: what changed, by how much, and whether that is
//! allowed.
//!
//! Who compares (two builds that take turns, a stored baseline, two runs) says
//! what it [found](Finding); what that means is decided here, for all of them, by
//! the tolerance, the mode and the waiver of the case.

mod charts;
mod explain;
pub(crate) mod layout;
mod sentence;
mod side;
mod sides;
pub(crate) mod stored;
mod subject;
mod wire;

pub(crate) use self::charts::{Charts, charts};
pub(crate) use self::explain::{explanation, explanations};
pub(crate) use self::side::{Basis, CaseSide, Figure, Side};
pub(crate) use self::sides::{Question, compare, suspects};
pub(crate) use self::subject::{CountedUnit, Subject};
use std::collections::BTreeMap;
use std::fmt;

use perf_grammar::{Mode, Tally, Verdict};
use serde::{Deserialize, Serialize};

use crate::analysis::cause::Cause;
use crate::analysis::profile::{self, Slower};
use crate::model::record::{Regression, Tolerated, Waiver};

/// Everything that was compared of two sides.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Compared {
    /// What the sides are called: `main (1a2b3c4)`, `this tree`.
    pub(crate) before: String,
    pub(crate) after: String,
    /// What makes this comparison again, where one command does: `cargo xtask perf ab
    /// main`.
    pub(crate) command: Option<String>,
    /// When it was made, seconds since 1970.
    pub(crate) unix_time: Option<u64>,
    /// The address of the page on which a CI system shows what the job keeps.
    pub(crate) artifacts: Option<String>,
    /// In order of id, then of what was compared.
    pub(crate) comparisons: Vec<Comparison>,
    /// By case: what charts show beside that.
    pub(crate) charts: BTreeMap<String, Charts>,
    /// Cases that only one side has.
    pub(crate) only_before: Vec<String>,
    pub(crate) only_after: Vec<String>,
    /// How the comparison was made, and what makes it unfit: sentences.
    pub(crate) notes: Vec<String>,
    pub(crate) warnings: Vec<String>,
    /// What keeps it from being complete.
    pub(crate) problems: Vec<String>,
}

/// One thing of one case on both sides, judged.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Comparison {
    pub(crate) id: String,
    /// `file:line`.
    pub(crate) source: Option<String>,
    pub(crate) subject: Subject,
    /// In the base unit of the subject.
    pub(crate) before: Option<f64>,
    pub(crate) after: Option<f64>,
    pub(crate) effect: Option<Effect>,
    pub(crate) finding: Finding,
    /// What of it is allowed; `None` for what is counted, of which nothing more
    /// is.
    pub(crate) tolerance: Option<Tolerated>,
    pub(crate) mode: Mode,
    /// The waiver of the case, whether or not it was needed.
    pub(crate) waiver: Option<Waiver>,
    /// What the finding means.
    pub(crate) verdict: Verdict,
    /// The finding in one sentence.
    pub(crate) sentence: String,
    /// What it rests on: lines.
    pub(crate) details: Vec<String>,
    /// Why, the greatest first, where that was looked at.
    pub(crate) causes: Vec<Cause>,
    /// What else is known of why.
    pub(crate) about: Vec<String>,
}

/// How much one side is of the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Effect {
    /// After over before: 1.1 is 10 % slower.
    pub(crate) ratio: f64,
    /// Where the ratio lies, and with which confidence (0.99).
    pub(crate) interval: Option<Interval>,
}

/// Where a ratio lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) confidence: f64,
}

/// Why a comparison is not decided or cannot be enforced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) what: String,
    /// What to do about it, where there is advice.
    pub(crate) help: Option<String>,
}

impl Reason {
    pub(crate) fn new(what: impl Into<String>, help: Option<&str>) -> Reason {
        Reason {
            what: what.into(),
            help: help.map(str::to_owned),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

/// What a comparison found, whatever that means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Not worse by more than is tolerated, and not better by as much.
    Same,
    Better,
    Worse,
    /// It differs, and nothing deterministic of the code does: its layout.
    Layout,
    /// The evidence allows neither side: why.
    Undecided(Reason),
    /// The tolerance is below the noise that was measured: how much that is.
    Unenforceable(Reason),
    /// There is nothing to compare: why.
    Unmeasured(String),
    /// The case fails on the side that is judged: its words.
    Failed(String),
}

impl Finding {
    /// The word it is called by in tables and for programs.
    pub(crate) fn word(&self, subject: &Subject) -> &'static str {
        let timed = subject.is_timed();
        match self {
            Finding::Same => "same",
            Finding::Better if timed => "faster",
            Finding::Better => "less",
            Finding::Worse if timed => "slower",
            Finding::Worse => "more",
            Finding::Layout => "layout",
            Finding::Undecided(_) => "undecided",
            Finding::Unenforceable(_) => "unenforceable",
            Finding::Unmeasured(_) => "unmeasured",
            Finding::Failed(_) => "failed",
        }
    }
}

/// What was measured of one subject on both sides, before it is judged.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measured {
    pub(crate) id: String,
    pub(crate) source: Option<String>,
    pub(crate) subject: Subject,
    pub(crate) before: Option<f64>,
    pub(crate) after: Option<f64>,
    pub(crate) effect: Option<Effect>,
    pub(crate) finding: Finding,
    pub(crate) details: Vec<String>,
}

impl Measured {
    /// Judges it by what its case tolerates.
    pub(crate) fn judge(self, regression: &Regression) -> Comparison {
        let verdict = verdict(&self.finding, regression);
        let tolerance = self.subject.tolerance(regression);
        let sentence = sentence::of(&self, tolerance.as_ref());
        let mut details = self.details;
        details.extend(sentence::why(
            verdict,
            regression,
            tolerance
                .as_ref()
                .filter(|_| self.finding == Finding::Worse)
                .map(|tolerated| (&self.subject, tolerated)),
        ));
        Comparison {
            id: self.id,
            source: self.source,
            subject: self.subject,
            before: self.before,
            after: self.after,
            effect: self.effect,
            finding: self.finding,
            tolerance,
            mode: regression.mode,
            waiver: regression.waiver.clone(),
            verdict,
            sentence,
            details,
            causes: Vec::new(),
            about: Vec::new(),
        }
    }
}

impl Comparison {
    /// How much slower it is, where that is not allowed and a profile may say why.
    pub(crate) fn slower(&self) -> Option<Slower> {
        let is_broken = matches!(self.verdict, Verdict::Fail | Verdict::Warn);
        if !is_broken || self.finding != Finding::Worse || !self.subject.is_timed() {
            return None;
        }
        let (before_ns, after_ns) = self.before.zip(self.after)?;
        let interval = self.effect.and_then(|effect| effect.interval);
        let wide = interval.map_or(0.0, |interval| interval.high - interval.low);
        Some(Slower {
            subject: match self.subject {
                Subject::Tail(_) => profile::Subject::Tail,
                _ => profile::Subject::Calls,
            },
            before_ns,
            after_ns,
            error: wide / 2.0 * before_ns / after_ns.max(f64::MIN_POSITIVE),
        })
    }

    /// Whether it is about the time of the typical call.
    pub(crate) fn is_typical(&self) -> bool {
        self.subject == Subject::Typical
    }
}

/// What a finding means in a case with this mode and waiver.
fn verdict(finding: &Finding, regression: &Regression) -> Verdict {
    match finding {
        Finding::Same | Finding::Better | Finding::Layout => Verdict::Pass,
        // As in a run: whatever the mode, and no waiver covers it.
        Finding::Failed(_) => Verdict::Fail,
        Finding::Undecided(_) => Verdict::Undecided,
        Finding::Unenforceable(_) | Finding::Unmeasured(_) => Verdict::Unmeasured,
        Finding::Worse => match (regression.mode, &regression.waiver) {
            (Mode::Off, _) => Verdict::Unmeasured,
            (Mode::Hard | Mode::Soft, Some(_)) => Verdict::Waived,
            (Mode::Soft, None) => Verdict::Warn,
            (Mode::Hard, None) => Verdict::Fail,
        },
    }
}

/// Compares counts, which are exact. From zero to any number is an increase.
pub(crate) fn counted(before: f64, after: f64) -> (Finding, Option<Effect>) {
    let finding = match after.total_cmp(&before) {
        std::cmp::Ordering::Less => Finding::Better,
        std::cmp::Ordering::Equal => Finding::Same,
        std::cmp::Ordering::Greater => Finding::Worse,
    };
    // Of nothing there is no factor.
    let effect = (before > 0.0).then(|| Effect {
        ratio: after / before,
        interval: None,
    });
    (finding, effect)
}

impl Compared {
    /// How many comparisons ended in each verdict.
    pub(crate) fn tally(&self) -> Tally {
        let verdicts: Vec<Verdict> = self.comparisons.iter().map(|one| one.verdict).collect();
        Tally::of(&verdicts)
    }

    /// Judges the cases that are gone: declared before, and not there any more.
    /// For verbs that hold all that was saved against all that there is now.
    pub(crate) fn judge_gone(&mut self) {
        let why = format!("the case is gone: {} has none of this name", self.after);
        let gone = self.only_before.iter().map(|id| {
            let measured = Measured {
                id: id.clone(),
                source: None,
                subject: Subject::Typical,
                before: None,
                after: None,
                effect: None,
                finding: Finding::Unmeasured(why.clone()),
                details: Vec::new(),
            };
            measured.judge(&Regression::built_in())
        });
        self.comparisons.extend(gone);
        (self.comparisons).sort_by(|a, b| (&a.id, &a.subject).cmp(&(&b.id, &b.subject)));
    }

    /// Whether it turns the command red.
    pub(crate) fn fails(&self) -> bool {
        self.comparisons
            .iter()
            .any(|comparison| comparison.verdict == Verdict::Fail)
    }

    /// Whether everything was judged. What is only shown (`mode = "off"`) needs no
    /// judgement, and a case that is new has none to be compared with.
    pub(crate) fn all_judged(&self) -> bool {
        let mut all = self.comparisons.iter();
        all.all(|one| one.mode == Mode::Off || !one.verdict.is_open())
    }

    /// The line in which the verdicts add up, and the one of what was found.
    pub(crate) fn closing(&self) -> Vec<String> {
        sentence::closing(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(finding: Finding) -> Measured {
        Measured {
            id: "parser::tokens".to_owned(),
            source: Some("src/parser.rs:7".to_owned()),
            subject: Subject::Typical,
            before: Some(1e6),
            after: Some(1.25e6),
            effect: Some(Effect {
                ratio: 1.25,
                interval: Some(Interval {
                    low: 1.22,
                    high: 1.28,
                    confidence: 0.99,
                }),
            }),
            finding,
            details: Vec::new(),
        }
    }

    fn regression(mode: Mode, waived: bool) -> Regression {
        Regression {
            mode,
            waiver: waived.then(|| Waiver {
                reason: "#7 slower on purpose".to_owned(),
                owner: None,
                until: "2026-12-31".to_owned(),
                source: "perf-budgets.toml:3:1".to_owned(),
            }),
            ..Regression::built_in()
        }
    }

    #[track_caller]
    fn check(finding: Finding, mode: Mode, waived: bool, expected: Verdict) {
        let comparison = measured(finding).judge(&regression(mode, waived));
        assert_eq!(comparison.verdict, expected, "{comparison:?}");
    }

    #[test]
    fn what_a_finding_means_is_up_to_mode_and_waiver() {
        check(Finding::Worse, Mode::Hard, false, Verdict::Fail);
        check(Finding::Worse, Mode::Soft, false, Verdict::Warn);
        check(Finding::Worse, Mode::Hard, true, Verdict::Waived);
        check(Finding::Worse, Mode::Off, false, Verdict::Unmeasured);
        check(Finding::Same, Mode::Hard, true, Verdict::Pass);
        check(Finding::Better, Mode::Hard, false, Verdict::Pass);
        check(Finding::Layout, Mode::Hard, false, Verdict::Pass);
        let why = || "why".to_owned();
        check(
            Finding::Undecided(Reason::new(why(), None)),
            Mode::Hard,
            false,
            Verdict::Undecided,
        );
        check(
            Finding::Unenforceable(Reason::new(why(), None)),
            Mode::Hard,
            false,
            Verdict::Unmeasured,
        );
        check(
            Finding::Unmeasured(why()),
            Mode::Soft,
            false,
            Verdict::Unmeasured,
        );
        check(Finding::Failed(why()), Mode::Off, true, Verdict::Fail);
    }

    #[test]
    fn from_nothing_to_something_is_an_increase() {
        assert_eq!(counted(0.0, 1.0), (Finding::Worse, None));
        assert_eq!(counted(0.0, 0.0), (Finding::Same, None));
        let (finding, effect) = counted(4.0, 2.0);
        assert_eq!(
            (finding, effect.map(|effect| effect.ratio)),
            (Finding::Better, Some(0.5))
        );
    }

    #[test]
    fn a_sentence_says_how_much_and_what_is_allowed() {
        let worse = measured(Finding::Worse).judge(&regression(Mode::Hard, false));
        assert_eq!(
            worse.sentence,
            "p50 1.25 ms is slower than 1 ms by 25 %, and 10 % is tolerated"
        );
        let waived = measured(Finding::Worse).judge(&regression(Mode::Hard, true));
        assert!(
            waived.details[0].contains("#7 slower on purpose"),
            "{waived:?}"
        );
    }

    #[test]
    fn a_case_that_is_gone_is_unmeasured_and_counts() {
        let mut compared = Compared {
            after: "this tree".to_owned(),
            comparisons: vec![measured(Finding::Same).judge(&regression(Mode::Hard, false))],
            only_before: vec!["app::gone".to_owned()],
            ..Compared::default()
        };
        assert!(compared.all_judged());
        compared.judge_gone();
        assert!(!compared.all_judged() && !compared.fails());
        let gone = &compared.comparisons[0];
        assert_eq!(
            (&*gone.id, gone.verdict),
            ("app::gone", Verdict::Unmeasured)
        );
        assert!(
            gone.sentence.contains("the case is gone"),
            "{}",
            gone.sentence
        );
        assert!(
            compared.closing()[1].contains("2 comparisons = 1 passed"),
            "{:?}",
            compared.closing()
        );
        assert!(compared.closing()[1].contains("1 unmeasured"));
    }

    #[test]
    fn comparisons_add_up() {
        let compared = Compared {
            comparisons: [Finding::Worse, Finding::Same, Finding::Layout]
                .map(|finding| measured(finding).judge(&regression(Mode::Hard, false)))
                .to_vec(),
            only_after: vec!["new::case".to_owned()],
            ..Compared::default()
        };
        assert_eq!(
            compared.closing(),
            [
                "3 comparisons: 1 same, 0 better, 1 worse, 1 by code layout alone, 0 without an answer; 1 case on one side only",
                "3 comparisons = 2 passed + 0 waived + 0 warned + 1 failed + 0 undecided + 0 unmeasured",
            ]
        );
        assert!(compared.fails() && compared.all_judged());
    }
}
