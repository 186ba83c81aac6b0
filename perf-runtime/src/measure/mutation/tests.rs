//! Tests of what a mutation adds to calls.

use super::*;
use crate::model::sample::{Failure, caught};
use crate::model::subject::Calls;

fn asked(kind: &str, amount: u64, of: &str) -> Mutation {
    Mutation {
        effect: Effect::from_word(kind).expect("a kind that is known"),
        amount,
        of: of.to_owned().leak(),
    }
}

/// Makes calls of a subject with a mutation; how many calls of it there were, and
/// what the last of them returned as its error.
fn calls(mutation: Mutation, calls: usize) -> (usize, Option<String>) {
    let mut made = 0;
    let mut own = Calls::new(|| (), |()| made += 1, |(): &()| None);
    let own_subject: &mut dyn Subject = &mut own;
    let mut subject = MutatedSubject::new(own_subject, Box::leak(Box::new(mutation)));
    subject.prepare(calls);
    if calls == 1 {
        subject.call();
    } else {
        subject.call_all();
    }
    let error = subject.finish();
    drop(subject);
    drop(own);
    (made, error)
}

#[test]
fn every_call_is_made_and_has_its_mutation() {
    for kind in ["alloc", "spike", "touch", "leak", "work", "emit", "span"] {
        assert_eq!(calls(asked(kind, 10_000, "x"), 1), (1, None), "{kind}");
        assert_eq!(calls(asked(kind, 100, "x"), 7), (7, None), "{kind}");
    }
    let error = Some(PLANTED.to_owned());
    assert_eq!(calls(asked("fail", 0, ""), 1), (1, error.clone()));
    assert_eq!(calls(asked("fail", 0, ""), 3), (3, error));
    let panicked = caught(|| calls(asked("panic", 0, ""), 1));
    assert!(panicked.is_err_and(|failure| failure == Failure::Panic(PLANTED.to_owned())));
}

#[test]
fn a_batch_has_the_mutation_of_each_of_its_calls() {
    let leak: &'static Mutation = Box::leak(Box::new(asked("leak", 3, "")));
    let mut own = Calls::new(|| (), |()| (), |(): &()| None);
    let own: &mut dyn Subject = &mut own;
    let mut subject = MutatedSubject::new(own, leak);
    subject.prepare(5);
    subject.call_all();
    assert_eq!(subject.leaked.len(), 5);
    assert!(subject.leaked.iter().all(|bytes| bytes.capacity() >= 3));
}

#[test]
fn a_spin_uses_the_processor_for_as_long_as_asked() {
    let clock = Stopwatch::start();
    spin(200_000);
    assert!(clock.elapsed_ns() >= 200_000);
}

#[test]
fn a_kind_that_is_not_known_is_refused() {
    let melt = Mutated {
        kind: "melt".to_owned(),
        amount: 1,
        of: String::new(),
        id: "a::case".to_owned(),
    };
    let error = plant(&[melt]).expect_err("no such mutation").line();
    assert!(
        error.contains("found the mutation `melt`") && error.contains("same version"),
        "{error}"
    );
    assert!(!asked("spin_together", 1, "").is_of_one());
}

#[test]
fn what_proves_nothing_of_a_mutation_takes_no_time() {
    let shortened = |kind: &str| {
        let mut plan = crate::verdict::messages::fixtures::plan();
        asked(kind, 1, "").shorten(&mut plan);
        (plan.warmup, plan.max_time_ns, plan.counting_ns)
    };
    let whole = 3_000_000_000;
    assert_eq!(shortened("spin"), (Some(Warmup::Calls(1)), whole, whole));
    // How the heap grows is counted in its own time.
    assert_eq!(shortened("leak"), (None, MOST_BESIDE_NS, whole));
    assert_eq!(shortened("fail"), (None, whole, whole));
    let time = |kind: &str| asked(kind, 1, "").is_time();
    assert!(time("spin") && time("wait") && !time("work") && !time("alloc"));
}
