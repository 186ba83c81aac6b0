//! What one process says to another of a case.

use perf_grammar::Verdict;

use crate::collections::mapped;
#[cfg(unix)]
use crate::collections::{joined, parsed, words};
#[cfg(unix)]
use crate::harness::session::Lost;
use crate::harness::test_output::TestOutput;
#[cfg(unix)]
use crate::model::sample::Loss;
use crate::report::case_report::CaseReport;

/// A settled case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) id: String,
    pub(crate) output: TestOutput,
    /// One for each of its limits.
    pub(crate) verdicts: Vec<Verdict>,
    /// Broken time limits that only warn because the build is unoptimised.
    pub(crate) unoptimised: usize,
}

impl Settled {
    pub(crate) fn of(report: &CaseReport) -> Settled {
        Settled {
            id: report.id.clone(),
            output: TestOutput::of(report),
            verdicts: mapped(&report.judgements, |judgement| judgement.verdict),
            unoptimised: report.unoptimised_warnings(),
        }
    }
}

#[cfg(unix)]
impl Settled {
    /// The words that stand for it.
    pub(super) fn words(&self) -> Vec<String> {
        let verdicts: Vec<&str> = mapped(&self.verdicts, |verdict| verdict.word());
        let (aloud, loud) = match &self.output.aloud {
            Some(text) => ("aloud", &**text),
            None => ("", ""),
        };
        let fails = if self.output.fails { "fails" } else { "" };
        words(&[
            &self.id,
            &fails,
            &self.output.text,
            &aloud,
            &loud,
            &self.unoptimised,
            &joined(&verdicts, " "),
        ])
    }

    /// What these words stand for.
    pub(super) fn read(words: &[String]) -> Option<Settled> {
        let [id, fails, text, aloud, loud, unoptimised, verdicts] = words else {
            return None;
        };
        let mut known = Vec::new();
        for word in verdicts.split_ascii_whitespace() {
            known.push(Verdict::from_word(word)?);
        }
        Some(Settled {
            id: id.clone(),
            output: TestOutput {
                text: text.clone(),
                aloud: (aloud == "aloud").then(|| loud.clone()),
                fails: fails == "fails",
            },
            verdicts: known,
            unoptimised: parsed(unoptimised)?,
        })
    }
}

#[cfg(unix)]
impl Lost {
    /// How many words stand for one.
    pub(super) const WORDS: usize = 4;

    /// The words that stand for it.
    pub(super) fn words(&self) -> Vec<String> {
        match &self.loss {
            Loss::Hung { phase, seconds } => words(&[&self.id, &"hung", phase, seconds]),
            Loss::Died { phase, how } => words(&[&self.id, &"died", phase, how]),
            Loss::DiedBesideOthers { phase, how } => words(&[&self.id, &"beside", phase, how]),
        }
    }

    pub(super) fn read(words: &[String]) -> Option<Lost> {
        let [id, kind, phase, how] = words else {
            return None;
        };
        let (id, phase, how) = (id.clone(), phase.clone(), how.clone());
        let loss = match &**kind {
            "hung" => Loss::Hung {
                phase,
                seconds: parsed(&how)?,
            },
            "died" => Loss::Died { phase, how },
            _ => Loss::DiedBesideOthers { phase, how },
        };
        Some(Lost { id, loss })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_settled_case_and_a_lost_one_come_through() {
        let settled = Settled {
            id: "a::b".to_owned(),
            output: TestOutput {
                text: "two\nlines".to_owned(),
                aloud: Some(String::new()),
                fails: true,
            },
            verdicts: vec![Verdict::Pass, Verdict::Unmeasured],
            unoptimised: 3,
        };
        assert_eq!(Settled::read(&settled.words()), Some(settled));
        let text = || "x".to_owned();
        let hung = Loss::Hung {
            phase: text(),
            seconds: 7,
        };
        let died = Loss::Died {
            phase: text(),
            how: text(),
        };
        for loss in [hung, died.clone(), died.beside_others()] {
            let lost = Lost {
                id: "a::b".to_owned(),
                loss,
            };
            assert_eq!(Lost::read(&lost.words()), Some(lost));
        }
        assert_eq!(Settled::read(&["a".to_owned()]), None);
    }
}
