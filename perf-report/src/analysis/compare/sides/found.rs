//! What was found of one figure: by the noise that was measured, or exactly.

use super::super::sentence;
use super::super::stored::{ALPHA, ALPHA_OF_NOISE, LEAST_RUNS, Lies, Reference};
use super::super::{Effect, Figure, Finding, Interval, Reason, Subject, counted};
use crate::analysis::statistics::quantile::{lower_median, median};
use crate::model::record::{Regression, Tolerated};

/// The runs of one figure: before, after, and after once more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looks<'a> {
    pub(super) subject: &'a Subject,
    pub(super) before: &'a Figure,
    pub(super) first: &'a Figure,
    pub(super) again: Option<&'a Figure>,
}

/// What they show.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) before: Option<f64>,
    pub(super) after: Option<f64>,
    pub(super) effect: Option<Effect>,
    pub(super) finding: Finding,
    /// Whether the first look alone would call it worse.
    pub(super) once: bool,
    /// What of it is tolerated by default, where the noise rules.
    pub(super) tolerance: Option<Tolerated>,
    pub(super) details: Vec<String>,
}

/// The exponent of time may rise by so much before the growth is another one, as
/// perf-runtime judges a `complexity`.
const GROWTH: f64 = 0.3;
/// Ratios are reported with an interval of this confidence.
const CONFIDENCE: f64 = 0.99;

/// Where values lie: times are compared by their ratio, the rest by difference.
#[derive(Clone, Copy, Debug)]
enum Scale {
    Ratio,
    Difference,
}

impl Scale {
    fn of(self, value: f64) -> f64 {
        match self {
            Scale::Ratio => value.ln(),
            Scale::Difference => value,
        }
    }

    fn all(self, values: &[f64]) -> Vec<f64> {
        values.iter().map(|value| self.of(*value)).collect()
    }
}

impl Found {
    /// There is nothing to compare.
    pub(super) fn without(finding: Finding) -> Found {
        Found {
            before: None,
            after: None,
            effect: None,
            finding,
            once: false,
            tolerance: None,
            details: Vec::new(),
        }
    }

    /// Only one side has it.
    pub(super) fn one_sided(before: Option<&Figure>, after: Option<&Figure>) -> Found {
        let why = if before.is_some() {
            "it was not measured after"
        } else {
            "there is nothing before to compare it with"
        };
        Found {
            before: before.map(|figure| median(&figure.values)),
            after: after.map(|figure| median(&figure.values)),
            ..Found::without(Finding::Unmeasured(why.to_owned()))
        }
    }
}

impl<'a> Looks<'a> {
    /// Without a further look.
    pub(super) fn once(subject: &'a Subject, before: &'a Figure, first: &'a Figure) -> Looks<'a> {
        Looks {
            subject,
            before,
            first,
            again: None,
        }
    }

    /// Compares, by what the case tolerates.
    pub(super) fn judge(&self, regression: &Regression) -> Found {
        let (before, first) = (self.before, self.first);
        let unfit = before
            .mixed
            .as_ref()
            .map(|why| format!("the runs before do not agree: {why}"))
            .or_else(|| {
                let mixed = first.mixed.as_ref();
                mixed.map(|why| format!("the runs after do not agree: {why}"))
            })
            .or_else(|| before.basis.difference(&first.basis));
        if let Some(why) = unfit {
            return Found {
                before: Some(median(&before.values)),
                after: Some(median(&first.values)),
                ..Found::without(Finding::Unmeasured(why))
            };
        }
        match self.subject {
            Subject::Typical | Subject::Mean(_) => {
                self.noisy(Scale::Ratio, regression.typical.share().ln_1p(), ALPHA)
            }
            Subject::Tail(_) => self.tail(regression),
            Subject::Growth => self.noisy(Scale::Difference, GROWTH, ALPHA),
            Subject::Counted(..) => match self.subject.tolerance(regression) {
                Some(tolerated) => self.counted_for_time(tolerated.share()),
                None => self.counted(),
            },
        }
    }

    /// Tails differ between processes by 10 to 20 % where medians differ by 1 to
    /// 3 %. A tolerance that is set is held; by default it is as much
    /// as the runs before allow, and at least the built-in.
    fn tail(&self, regression: &Regression) -> Found {
        let tolerated = regression.tail.share().ln_1p();
        if regression.tail.source.is_some() {
            return self.noisy(Scale::Ratio, tolerated, ALPHA);
        }
        let reach = Reference::of(&Scale::Ratio.all(&self.before.values), ALPHA_OF_NOISE)
            .map_or(0.0, |reference| reference.reach);
        let mut found = self.noisy(Scale::Ratio, tolerated.max(reach), ALPHA_OF_NOISE);
        if reach > tolerated {
            found.tolerance = Some(Tolerated {
                millionths: (reach.exp_m1() * 1e6).ceil() as u64,
                layer: "as wide as the runs before differ".to_owned(),
                source: None,
            });
        }
        found
    }

    /// By the noise between runs.
    fn noisy(&self, scale: Scale, tolerated: f64, alpha: f64) -> Found {
        let (before, first) = (&self.before.values, &self.first.values);
        let mut found = self.plain();
        if before
            .iter()
            .chain(first)
            .any(|value| !scale.of(*value).is_finite())
        {
            found.finding = Finding::Unmeasured("it is not above zero".to_owned());
            return found;
        }
        found.effect = self.effect(scale, found.after);
        let Some(reference) = Reference::of(&scale.all(before), alpha) else {
            found.finding = Finding::Undecided(few(before.len(), first.len()));
            return found;
        };
        let judge = |value: f64| reference.judge(scale.of(value), tolerated);
        found.finding = match judge(lower_median(first)) {
            Lies::Below => Finding::Better,
            Lies::Within => Finding::Same,
            Lies::Unseen => Finding::Unenforceable(self.unseen(reference.reach)),
            Lies::Above => {
                found.once = true;
                self.twice(&mut found, first.len() > 1, |value| {
                    judge(value) == Lies::Above
                })
            }
        };
        found.effect = self.effect(scale, found.after);
        found.details.push(self.runs());
        found
    }

    /// Instructions: nearly exact, and tolerated as time is.
    fn counted_for_time(&self, tolerated: f64) -> Found {
        let before = &self.before.values;
        let reference = Reference::of(before, ALPHA_OF_NOISE);
        let median = median(before);
        let bound = (tolerated * median).max(reference.map_or(0.0, |reference| reference.reach));
        self.exact(median - bound, median + bound)
    }

    /// Counts: the same in every run, or as near each other as runs were before.
    fn counted(&self) -> Found {
        let before = &self.before.values;
        let (least, most) = range(before);
        match Reference::of(before, ALPHA_OF_NOISE) {
            Some(reference) if least < most => self.exact(
                reference.median - reference.reach,
                reference.median + reference.reach,
            ),
            _ => self.exact(least, most),
        }
    }

    /// Worse above `most`, better below `least`. From zero to any number is an
    /// increase.
    fn exact(&self, least: f64, most: f64) -> Found {
        let mut found = self.plain();
        let first = lower_median(&self.first.values);
        found.finding = if first > most {
            found.once = true;
            self.twice(&mut found, true, |value| value > most)
        } else if first < least {
            Finding::Better
        } else {
            Finding::Same
        };
        let (before, after) = (found.before.unwrap_or(0.0), found.after.unwrap_or(0.0));
        found.effect = counted(before, after).1;
        if self.before.values.iter().any(|value| *value != before) {
            found.details.push(self.runs());
        }
        found
    }

    /// Two looks have to agree before it is worse; `enough` where the first one
    /// was of several runs that do, or is exact.
    fn twice(&self, found: &mut Found, enough: bool, worse: impl Fn(f64) -> bool) -> Finding {
        let show = |value: f64| self.subject.show(value);
        let word = Finding::Worse.word(self.subject);
        let first = lower_median(&self.first.values);
        let Some(again) = self.again.filter(|figure| !figure.values.is_empty()) else {
            return if enough {
                Finding::Worse
            } else {
                Finding::Undecided(Reason::new(
                    format!("one run alone is {word}, and that has to be found twice"),
                    Some("give a further run"),
                ))
            };
        };
        let second = median(&again.values);
        let both = lower_median(&[first, second]);
        let times = match again.values.len() {
            1 => "a fresh run".to_owned(),
            runs => format!("{runs} fresh runs"),
        };
        if worse(both) {
            found.after = Some(both);
            found.details.push(format!(
                "found twice: {} first, {} in {times} after it",
                show(first),
                show(second)
            ));
            Finding::Worse
        } else {
            let what = format!("{word} once, and not in {times} after it: {}", show(second));
            Finding::Undecided(Reason::new(what, None))
        }
    }

    /// Both values, and nothing found yet.
    fn plain(&self) -> Found {
        Found {
            before: Some(median(&self.before.values)),
            after: Some(lower_median(&self.first.values)),
            ..Found::without(Finding::Same)
        }
    }

    /// How much a value is of those before, and where the ratio of one more run to
    /// them lies.
    fn effect(&self, scale: Scale, after: Option<f64>) -> Option<Effect> {
        let (before, after) = (median(&self.before.values), after?);
        let ratio = match scale {
            Scale::Ratio => after / before,
            // Of exponents, there is a difference and no factor.
            Scale::Difference => return None,
        };
        let reference = Reference::of(&scale.all(&self.before.values), (1.0 - CONFIDENCE) / 2.0);
        let interval = reference.map(|reference| Interval {
            low: (ratio.ln() - reference.reach).exp(),
            high: (ratio.ln() + reference.reach).exp(),
            confidence: CONFIDENCE,
        });
        Some(Effect { ratio, interval })
    }

    /// What would be seen, and what to do about it.
    fn unseen(&self, reach: f64) -> Reason {
        let key = self.subject.tolerance_key();
        let seen = match self.subject {
            Subject::Growth => format!("only a rise of the exponent by {reach:.2} would be seen"),
            _ => format!(
                "only a change of {} would be seen",
                sentence::percent(reach.exp_m1())
            ),
        };
        let help = format!(
            "save on a quieter machine or with more runs, tolerate more (`{key}`), or compare two builds in turns with `ab`"
        );
        Reason::new(seen, Some(&help))
    }

    /// What the runs before came to.
    fn runs(&self) -> String {
        let before = &self.before.values;
        let (least, most) = range(before);
        let (least, most) = self.subject.pair(Some(least), Some(most));
        format!("{} runs before: {least} to {most}", before.len())
    }
}

/// The least and the greatest of some values.
fn range(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (least, most)
}

/// Why so few runs decide nothing about time.
fn few(before: usize, after: usize) -> Reason {
    if before == 1 && after == 1 {
        return Reason::new("one run a side says nothing about time", Some("use `ab`"));
    }
    let plural = if before == 1 { " says" } else { "s say" };
    let what = format!(
        "{before} run{plural} too little about how runs differ, at least {LEAST_RUNS} before are needed"
    );
    Reason::new(what, Some("or use `ab`"))
}
