//! What makes a process no worker of this protocol, or none any more.

use std::fmt;

use crate::model::protocol::VERSION;

/// What is awaited of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// That it introduces itself.
    Hello,
    /// That it does what it was asked to.
    Answer,
    /// Nothing: others are measured.
    Nothing,
    /// That it ends.
    End,
}

/// A predicate to go behind the name of the process, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It said nothing for longer than it may.
    Silent {
        /// What was awaited of it.
        awaited: Awaited,
        seconds: u64,
        /// A signal had stopped it.
        stopped: bool,
    },
    /// It said something that is no message: that, and why.
    Unreadable { said: String, why: String },
    /// It speaks another version of the protocol.
    OtherProtocol(u32),
}

impl Fault {
    /// What to do next, where the text does not say all.
    pub(crate) fn help(&self) -> Option<&'static str> {
        match self {
            Fault::Silent {
                awaited: Awaited::Hello,
                ..
            } => Some("what runs before `perf_runtime::main!()` has to end"),
            Fault::OtherProtocol(_) => Some("use the same version of perf-runtime and perf-report"),
            Fault::Silent { .. } | Fault::Unreadable { .. } => None,
        }
    }

    /// Text and help in one line.
    pub(crate) fn line(&self) -> String {
        match self.help() {
            Some(help) => format!("{self}; {help}"),
            None => self.to_string(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Silent {
                awaited,
                seconds,
                stopped,
            } => {
                if *stopped {
                    f.write_str("was stopped by a signal: it ")?;
                }
                match awaited {
                    Awaited::Hello => write!(
                        f,
                        "did not introduce itself within {seconds} s, which PERF_DEADLINE sets, and was ended"
                    ),
                    Awaited::Answer | Awaited::Nothing => write!(
                        f,
                        "gave no answer for {seconds} s, which PERF_DEADLINE sets, and was ended"
                    ),
                    Awaited::End => write!(
                        f,
                        "had not ended {seconds} s after it had nothing more to do, and was ended"
                    ),
                }
            }
            Fault::Unreadable { said, why } => {
                write!(f, "said what cannot be read ({why}): {said}")
            }
            Fault::OtherProtocol(protocol) => write!(
                f,
                "speaks worker protocol {protocol}, this perf-report speaks {VERSION}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(fault: &Fault, expected: &str) {
        assert_eq!(fault.line(), expected);
    }

    #[test]
    fn a_fault_is_a_predicate_with_what_helps_behind_it() {
        let silent = |awaited, stopped| Fault::Silent {
            awaited,
            seconds: 60,
            stopped,
        };
        check(
            &silent(Awaited::Hello, false),
            "did not introduce itself within 60 s, which PERF_DEADLINE sets, and was ended; what runs before `perf_runtime::main!()` has to end",
        );
        check(
            &silent(Awaited::Answer, true),
            "was stopped by a signal: it gave no answer for 60 s, which PERF_DEADLINE sets, and was ended",
        );
        check(
            &silent(Awaited::End, false),
            "had not ended 60 s after it had nothing more to do, and was ended",
        );
        check(
            &Fault::OtherProtocol(7),
            &format!(
                "speaks worker protocol 7, this perf-report speaks {VERSION}; use the same version of perf-runtime and perf-report"
            ),
        );
    }
}
