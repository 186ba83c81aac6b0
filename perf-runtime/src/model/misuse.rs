//! What is wrong with how a function is measured, which is found when it is.

use crate::model::coded::{Coded, coded};

coded! {
    /// One thing that is wrong.
    pub(crate) struct Misuse;

    /// A family, of which only the members are called.
    not_here() = "this kind of case cannot be measured here";
    no_such_case() = "no such case is in this binary";
    no_other_case() = "the case to compare with is not known";
    not_marked() = "the function returned without marking what is timed"
        [; "call `b.iter(|| ..)` once"];
    marked_often(times) = "the function marked {times} timed parts; a budget holds one"
        [: "call `b.iter(|| ..)` once, and give each further part a separate function"];
    no_clock() =
        "calls cannot be profiled on this system: it has no clock that two processes can be sure to share";
    #[cfg(feature = "load")]
    one_user_compared() = "one user cannot be compared with several: the function takes one"
        [; "give it `threads`"];
    #[cfg(feature = "load")]
    one_user() = "one user calls this function, and no more";
    #[cfg(feature = "load")]
    no_thread(user, users, why) = "the thread of user {user} of {users} could not be started: {why}"
        [; "ask for fewer `threads`"];
    /// The thread that says when calls of a `rate` begin.
    #[cfg(feature = "load")]
    no_clock_of_starts(why) = "no thread could be started that says when calls begin: {why}";
}

impl Misuse {
    /// The same in another process of this binary, by its code and its parts.
    pub(crate) fn found(code: &str, parts: &[&str]) -> Option<Misuse> {
        Coded::found(rows::ALL, code, parts).map(Misuse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::coded::tests::table;

    #[test]
    fn every_misuse_is_found_by_its_code() {
        let _ = table(rows::ALL);
        for row in rows::ALL {
            let misuse = Misuse::found(row.code, row.parts).expect(row.code);
            let mut words = Vec::new();
            misuse.add_words(&mut words);
            assert_eq!(words, [&[row.code], row.parts].concat());
        }
        assert_eq!(Misuse::found("not_marked", &["1"]), None);
        assert_eq!(Misuse::found("marked", &[]), None);
    }

    #[test]
    fn what_is_wrong_and_what_to_do_are_one_line() {
        #[track_caller]
        fn check(misuse: &Misuse, line: &str) {
            assert_eq!(misuse.line(), line);
        }
        check(
            &Misuse::not_marked(),
            "the function returned without marking what is timed; call `b.iter(|| ..)` once",
        );
        check(
            &Misuse::marked_often("2"),
            "the function marked 2 timed parts; a budget holds one: call `b.iter(|| ..)` once, and give each further part a separate function",
        );
        #[cfg(feature = "load")]
        check(
            &Misuse::no_thread("3", "10", "no memory"),
            "the thread of user 3 of 10 could not be started: no memory; ask for fewer `threads`",
        );
        #[cfg(feature = "load")]
        check(
            &Misuse::one_user_compared(),
            "one user cannot be compared with several: the function takes one; give it `threads`",
        );
    }
}
