//! What the child says of a case, and the parent reads.

use crate::model::sample::{Instructions, Tier};
use crate::model::unmeasured::Unmeasured;
use crate::probes::isolate;
use crate::system::worker_env::WorkerEnv;

/// One answer of the child about a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It starts now: if the process dies, it died of this case.
    At,
    /// What came of it.
    Counted(Result<Instructions, Unmeasured>),
}

/// Says an answer to the parent; whether the connection is open still.
pub(crate) fn say(surroundings: &WorkerEnv, id: &str, answer: &Answer) -> bool {
    isolate::answer(surroundings, &written(id, answer))
}

fn written(id: &str, answer: &Answer) -> Vec<String> {
    let mut words = vec![id.to_owned()];
    match answer {
        Answer::At => words.push("at".to_owned()),
        Answer::Counted(Ok(counted)) => {
            let Instructions { tier, count, calls } = counted;
            words.push("counted".to_owned());
            words.push(tier.word().to_owned());
            words.push(count.to_string());
            words.push(calls.to_string());
        }
        Answer::Counted(Err(why)) => words.extend(isolate::nothing(why)),
    }
    words
}

/// Reads the words of an answer; `None` if they are not one.
pub(crate) fn read(words: &[&str]) -> Option<(String, Answer)> {
    let (id, words) = words.split_first()?;
    let answer = match *words {
        ["at"] => Answer::At,
        ["counted", tier, count, calls] => Answer::Counted(Ok(Instructions {
            tier: Tier::from_word(tier)?,
            count: count.parse().ok()?,
            calls: calls.parse().ok()?,
        })),
        _ => Answer::Counted(Err(isolate::failed(words)?)),
    };
    Some(((*id).to_owned(), answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::unmeasured::Cause;

    #[test]
    fn what_the_child_says_the_parent_reads() {
        #[track_caller]
        fn check(answer: Answer) {
            let words = written("a::b", &answer);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            assert_eq!(read(&words), Some(("a::b".to_owned(), answer)));
        }
        check(Answer::At);
        check(Answer::Counted(Err(Cause::no_valgrind().into())));
        for tier in [Tier::Hardware, Tier::Callgrind] {
            check(Answer::Counted(Ok(Instructions {
                tier,
                count: u64::MAX,
                calls: 3,
            })));
        }
        assert_eq!(read(&["a::b", "counted", "abacus", "1", "3"]), None);
        assert_eq!(read(&["a::b", "counted", "hardware", "1"]), None);
        assert_eq!(read(&[]), None);
    }
}
