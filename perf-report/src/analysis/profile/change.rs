//! What changed between two builds: the functions and waits that take more of a call's
//! time than before.

use std::collections::HashMap;

use perf_grammar::format_duration;

use super::cause::{self, Group, Key};
use super::part::{self, Part};
use super::stacks::added_up;
use super::tail::{Sort, Tail};
use super::{Answer, Stacks, Subject, Whole, counted, nothing, samples};
use crate::analysis::cause::{Cause, MIN_SHARE, SHOWN};
use crate::analysis::share::Share;
use crate::model::profile::Profile;

/// A build that is slower than another, as builds that took turns measured it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slower {
    /// What takes longer: all calls, or the slow ones.
    pub(crate) subject: Subject,
    /// The time of such a call in either build, nanoseconds.
    pub(crate) before_ns: f64,
    pub(crate) after_ns: f64,
    /// How far the second may be off where the first is right, as a share of it.
    pub(crate) error: f64,
}

/// The profile of one build, as far as it is compared.
struct Side<'a> {
    profile: &'a Profile,
    parts: Vec<Part>,
    calls: Whole,
    /// The time of a call, nanoseconds.
    ns: f64,
}

/// Why the build of the second profile is slower than that of the first: what takes more
/// time by more than chance. `root` is what files of the second are seen from.
pub(crate) fn changed(profiles: [&Profile; 2], slower: &Slower, root: &str) -> Answer {
    if profiles.iter().any(|profile| profile.is_counted()) {
        return counted::changed(profiles, root);
    }
    let sides = sides(profiles, slower);
    let mut answer = Answer::default();
    for (side, name) in sides.iter().zip(["before", "after"]) {
        let samples = match side.parts.is_empty() {
            true => nothing(side.profile),
            false => samples(side.profile, &side.parts),
        };
        answer.lines.push(format!("{name}: {samples}"));
    }
    let [before, after] = &sides;
    if before.parts.is_empty() || after.parts.is_empty() {
        return answer;
    }
    let known = before.groups();
    let known: HashMap<Key<'_>, &Group<'_>> =
        known.iter().map(|group| (group.key, group)).collect();
    let groups = after.groups();
    let gained = groups.iter().filter_map(|group| {
        let earlier = known.get(&group.key);
        let earlier = earlier.map_or(&[][..], |known| &known.parts[..]);
        let was = cause::share(earlier, &before.calls)?;
        let is = group.share(&after.calls)?;
        Some((group, Gained::of(slower, (before.ns, was), (after.ns, is))))
    });
    let least = MIN_SHARE * (after.ns - before.ns);
    let mut gained: Vec<(&Group<'_>, Gained)> = gained
        .filter(|(_, gained)| gained.low > 0.0 && gained.ns >= least)
        .collect();
    gained.sort_by(|a, b| b.1.ns.total_cmp(&a.1.ns));
    let shown = gained.iter().take(SHOWN);
    answer.causes = shown
        .map(|(group, gained)| Cause {
            saves: Some(gained.ns),
            figures: gained.words(),
            ..group.cause(after.profile, root)
        })
        .collect();
    if answer.causes.is_empty() {
        let none = "no function takes longer than before by more than these samples can be off";
        answer.lines.insert(0, none.to_owned());
    }
    answer
}

/// The stacks of a call of either build, with their nanoseconds.
pub(crate) fn stacks(profiles: [&Profile; 2], slower: &Slower) -> Option<[Stacks; 2]> {
    if profiles.iter().any(|profile| profile.is_counted()) {
        // Their widths would be times.
        return None;
    }
    let stacks = sides(profiles, slower).map(|side| {
        let samples: f64 = side.parts.iter().map(|part| part.weight).sum();
        added_up(side.profile, side.parts.iter(), side.ns / samples.max(1.0))
    });
    let both = stacks.iter().all(|stacks| !stacks.is_empty());
    both.then_some(stacks)
}

fn sides<'a>(profiles: [&'a Profile; 2], slower: &Slower) -> [Side<'a>; 2] {
    let tails = profiles.map(|profile| {
        let is_asked = slower.subject == Subject::Tail;
        is_asked.then(|| Tail::of(profile, None)).flatten()
    });
    // A build without a tail has the slow calls of the other for typical ones.
    let [before_tail, after_tail] = match tails {
        [before, Some(after)] => [before, Some(after)],
        [_, None] => [None, None],
    };
    let [before, after] = profiles;
    [
        Side::of(before, before_tail.as_ref(), slower.before_ns),
        Side::of(after, after_tail.as_ref(), slower.after_ns),
    ]
}

impl<'a> Side<'a> {
    fn of(profile: &'a Profile, tail: Option<&Tail>, ns: f64) -> Side<'a> {
        let mut parts = part::parts(profile);
        if let Some(tail) = tail {
            parts.retain(|part| tail.sorts[part.call] == Sort::Slow);
        }
        Side {
            profile,
            calls: Whole::of(profile, parts.iter()),
            parts,
            ns,
        }
    }

    fn groups(&self) -> Vec<Group<'_>> {
        cause::groups(self.profile, self.parts.iter())
    }
}

/// What a function takes more of a call, nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Gained {
    was: f64,
    is: f64,
    ns: f64,
    /// Where it lies with 95 % confidence.
    low: f64,
    high: f64,
}

impl Gained {
    /// Of the time of a call of either build, and the share of it.
    ///
    /// Newcombe's hybrid score interval (*Statistics in Medicine* 17, 1998, method 10):
    /// how far each share may be off, and the time of which it is one, add up as
    /// independent errors do.
    fn of(slower: &Slower, before: (f64, Share), after: (f64, Share)) -> Gained {
        let below = |(ns, share): (f64, Share)| ns * (share.share - share.low);
        let above = |(ns, share): (f64, Share)| ns * (share.high - share.share);
        let [was, is] = [before, after].map(|(ns, share)| ns * share.share);
        let error = slower.error * is;
        let off = |one: f64, other: f64| (one * one + other * other + error * error).sqrt();
        Gained {
            was,
            is,
            ns: is - was,
            low: is - was - off(below(after), above(before)),
            high: is - was + off(above(after), below(before)),
        }
    }

    /// `200 µs longer (190 µs to 210 µs), 1.2 ms a call and 1 ms before`.
    fn words(self) -> String {
        let shown = |ns: f64| format_duration(ns.round());
        format!(
            "{} longer ({} to {}), {} a call and {} before",
            shown(self.ns),
            shown(self.low),
            shown(self.high),
            shown(self.is),
            shown(self.was)
        )
    }
}

#[cfg(test)]
mod tests {
    use perf_statistics::Random;

    use super::*;
    use crate::analysis::profile::fixture::{Made, runs};

    /// A function of ten, `app::work0` to `app::work9`, in the calls of a case.
    fn profile(weights: [f64; 10], random: &mut Random) -> Profile {
        let mut made = Made::new("app::case");
        let all: f64 = weights.iter().sum();
        for _ in 0..100 {
            let stacks: Vec<String> = (0..10)
                .map(|_| {
                    let mut left = random.below(1 << 30) as f64 / (1_u64 << 30) as f64 * all;
                    let nth = weights.iter().position(|weight| {
                        left -= weight;
                        left < 0.0
                    });
                    let nth = nth.unwrap_or(9);
                    format!("user app::work{nth} src/lib.rs:{nth} < user app::case src/case.rs:1")
                })
                .collect();
            let moments: Vec<[_; 1]> = stacks.iter().map(|stack| [runs(stack)]).collect();
            let moments: Vec<(usize, &[_])> =
                moments.iter().map(|moment| (1, &moment[..])).collect();
            made.call(&moments);
        }
        made.profile
    }

    fn slower(after_ns: f64) -> Slower {
        Slower {
            subject: Subject::Calls,
            before_ns: 1e6,
            after_ns,
            error: 0.01,
        }
    }

    #[test]
    fn the_function_that_takes_longer_is_named_and_no_other() {
        let mut random = Random::new(16);
        let mut others = 0;
        for _ in 0..40 {
            let mut weights = [1.0; 10];
            let before = profile(weights, &mut random);
            weights[3] = 4.0;
            let after = profile(weights, &mut random);
            let answer = changed([&before, &after], &slower(1.3e6), "");
            let first = &answer.causes[0];
            assert_eq!(first.headline, "work3 (src/lib.rs:3)");
            let gained = first.saves.expect("it takes longer");
            assert!((0.2e6..0.4e6).contains(&gained), "{gained}");
            others += answer.causes.len() - 1;
        }
        // Of 360 that are as they were 2.5 % would be above by chance, of which those
        // that gain little are left out.
        assert!(others <= 12, "{others}");
    }

    #[test]
    fn what_samples_cannot_tell_apart_is_not_told() {
        let mut random = Random::new(17);
        let [before, after] = [(); 2].map(|()| profile([1.0; 10], &mut random));
        let answer = changed([&before, &after], &slower(1.01e6), "");
        assert_eq!(answer.causes, []);
        assert!(
            answer.lines[0].starts_with("no function takes longer than before"),
            "{answer:?}"
        );
    }

    #[test]
    fn figures_are_times_of_a_call_with_their_interval() {
        let share = |share: f64| Share {
            share,
            low: share - 0.01,
            high: share + 0.02,
        };
        let gained = Gained::of(&slower(2e6), (1e6, share(0.5)), (2e6, share(0.7)));
        assert_eq!(
            gained.words(),
            "900 µs longer (868 µs to 944 µs), 1.4 ms a call and 500 µs before"
        );
    }

    #[test]
    fn a_build_that_was_not_sampled_is_named() {
        let mut random = Random::new(18);
        let after = profile([1.0; 10], &mut random);
        let why = "ptrace is not permitted".to_owned();
        let before = Profile::without_samples("app::case", vec![why]);
        let answer = changed([&before, &after], &slower(2e6), "");
        assert_eq!(answer.causes, []);
        assert_eq!(
            answer.lines[0],
            "before: not profiled: ptrace is not permitted"
        );
        assert_eq!(stacks([&before, &after], &slower(2e6)), None);
    }

    #[test]
    fn stacks_are_those_of_one_call_of_either_build() {
        let mut random = Random::new(19);
        let [before, after] = [(); 2].map(|()| profile([1.0; 10], &mut random));
        let stacks = stacks([&before, &after], &slower(2e6)).expect("both were sampled");
        let all = stacks.map(|stacks| stacks.values().sum::<f64>().round());
        assert_eq!(all, [1e6, 2e6]);
    }
}
