//! Stacks cut where the runtime makes the call, and the names of the functions on them.

use crate::analysis::names;
use crate::model::profile::{Frame, Origin};

/// Functions of the runtime that make calls, or drive futures that do: frames of the runtime
/// inside of them are those that the user's code calls.
const CALLERS: [&str; 3] = [
    "perf_runtime::measure::",
    "perf_runtime::system::clock::time_",
    "perf_runtime::probes::instructions::",
];

/// What a stack is the stack of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stack {
    /// A call: the frames inside of what makes it.
    Call(Vec<Frame>),
    /// A thread that makes no calls itself.
    Other(Vec<Frame>),
    /// The runtime, between calls or on a thread that it has started.
    Runtime,
}

/// What the calls are calls of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CaseName<'a> {
    /// Where it is annotated: `file:line`.
    source: &'a str,
    /// Its function: `app::parses`.
    function: Option<String>,
    /// The other annotated functions of its program.
    others: Vec<String>,
}

impl<'a> CaseName<'a> {
    /// The case of an id; `annotated` are the functions of its program that are.
    pub(super) fn new(id: &str, source: &'a str, annotated: Vec<String>) -> CaseName<'a> {
        let id = perf_grammar::without_argument(id).replace('-', "_");
        let is_it = |function: &String| {
            let before = id.strip_suffix(function.as_str());
            before.is_some_and(|before| before.is_empty() || before.ends_with("::"))
        };
        let (own, others): (Vec<String>, Vec<String>) = annotated.into_iter().partition(is_it);
        CaseName {
            source,
            function: own.into_iter().max_by_key(String::len),
            others,
        }
    }

    /// What a stack is the stack of, with the names of its functions; frames innermost
    /// first.
    pub(super) fn stack(&self, frames: Vec<Frame>) -> Stack {
        let is_merged = !frames.iter().any(|frame| self.is_own(frame));
        let mut stack = Stack::of(frames);
        if let Stack::Call(frames) | Stack::Other(frames) = &mut stack {
            unwrap(frames, self.source);
        }
        if let (Stack::Call(frames), true) = (&mut stack, is_merged) {
            self.split(frames);
        }
        if let Stack::Call(frames) | Stack::Other(frames) = &mut stack {
            frames.iter_mut().for_each(|frame| self.put_in_place(frame));
            name_closures(frames);
        }
        stack
    }

    /// Whether what stands around these frames needs no names.
    pub(super) fn is_whole(&self, frames: &[Frame]) -> bool {
        frames.iter().any(makes_calls) && frames.iter().any(|frame| self.is_own(frame))
    }

    /// Puts a stack on which there is nothing but other people's code into the function of
    /// the case: it is the case that awaits what a runtime waits for, and a call that stands
    /// last in a function may leave no frame of it.
    pub(super) fn own(&self, stack: &mut Vec<Frame>, id: &str) {
        let is_foreign =
            stack.iter().any(is_of_case) && stack.iter().all(|frame| frame.origin != Origin::User);
        if let Some((file, line)) = self.source.rsplit_once(':').filter(|_| is_foreign) {
            stack.push(Frame {
                function: perf_grammar::without_argument(id).to_owned(),
                file: Some(file.to_owned()),
                line: line.parse().ok(),
                inlined: false,
                origin: Origin::User,
            });
        }
    }

    /// Corrects the line of the case's function where it has its name and the lines of
    /// another that it was merged with: one in front of the attribute is not in it.
    ///
    /// NOTE: the lines of one that stands behind it cannot be told from its own.
    fn put_in_place(&self, frame: &mut Frame) {
        let Some((file, line)) = self.source.rsplit_once(':') else {
            return;
        };
        let annotated: Option<u32> = line.parse().ok();
        let is_before = frame.line.is_some() && frame.line < annotated;
        if is_before && frame.file.as_deref() == Some(file) && self.is_own(frame) {
            frame.line = annotated;
        }
    }

    fn is_own(&self, frame: &Frame) -> bool {
        let own = self.function.as_ref();
        own.is_some_and(|own| is_of(frame, own))
    }

    /// Gives the case its function back, where the compiler or the linker has merged it with
    /// another that is the same: that has the name and the lines of the other then.
    fn split(&self, frames: &mut Vec<Frame>) {
        let Some(own) = &self.function else {
            return;
        };
        // What the attribute has made around the other is merged too.
        let is_around = |frame: &Frame| frame.inlined && frame.function == CLOSURE;
        let around = frames.len() > 1 && frames.last().is_some_and(is_around);
        let outermost = frames.iter().rev().nth(usize::from(around));
        let other = outermost.and_then(|frame| {
            self.others
                .iter()
                .find(|other| frame.origin == Origin::User && is_of(frame, other))
        });
        let Some(other) = other else {
            return;
        };
        if around {
            frames.pop();
        }
        let place = self.source.rsplit_once(':');
        for frame in frames.iter_mut().filter(|frame| is_of(frame, other)) {
            let closures = &frame.function[names::function(&frame.function).len()..];
            frame.function = format!("{own}{closures}");
            frame.file = place.map(|(file, _)| file.to_owned());
            frame.line = place.and_then(|(_, line)| line.parse().ok());
        }
    }
}

impl Stack {
    /// Of frames, innermost first.
    fn of(mut frames: Vec<Frame>) -> Stack {
        if let Some(caller) = frames.iter().position(makes_calls) {
            frames.truncate(caller);
            // What the runtime wraps a call in, and the standard library around that.
            match frames.iter().rposition(is_of_case) {
                Some(outermost) => frames.truncate(outermost + 1),
                None => frames.retain(|frame| frame.origin != Origin::Runtime),
            }
            return match frames.is_empty() {
                true => Stack::Runtime,
                false => Stack::Call(frames),
            };
        }
        let whose = frames.iter().rev().map(|frame| frame.origin);
        let mut whose = whose.filter(|origin| !matches!(origin, Origin::Std | Origin::System));
        match whose.next() {
            Some(Origin::Runtime) => Stack::Runtime,
            _ => Stack::Other(frames),
        }
    }
}

/// Whether it is where the runtime makes a call.
fn makes_calls(frame: &Frame) -> bool {
    frame.origin == Origin::Runtime && CALLERS.iter().any(|caller| frame.function.contains(caller))
}

/// Whether a frame is of this function, or of its closures; one that is inlined has lost its
/// path.
fn is_of(frame: &Frame, function: &str) -> bool {
    let found = names::function(&frame.function);
    found == function || (!found.contains("::") && found == last_word(function))
}

/// Takes away the closures that the attribute makes around the function, outermost: they
/// stand where it does.
fn unwrap(stack: &mut Vec<Frame>, source: &str) {
    let is_made = |frame: &Frame| match (&frame.file, frame.line) {
        (Some(file), Some(line)) => source == format!("{file}:{line}"),
        _ => false,
    };
    while let [inside @ .., outermost] = &**stack
        && is_made(outermost)
        && inside.iter().any(is_of_case)
    {
        stack.pop();
    }
}

/// A closure that was inlined is called `{closure}`: it gets the name of the function that
/// it stands in. That is the next one around it of the same file, unless the frame just
/// around it is generic over the closure of another: so are an iterator that a function
/// has returned and the start of a thread.
pub(super) fn name_closures(stack: &mut [Frame]) {
    for at in (0..stack.len()).rev() {
        let (inside, outside) = stack.split_at_mut(at + 1);
        let Some(frame) = inside
            .last_mut()
            .filter(|frame| is_of_case(frame) && frame.function.starts_with(CLOSURE))
        else {
            continue;
        };
        let around = outside.iter().find(|one| one.file == frame.file);
        let around = around.map(|around| &*around.function);
        let called_with = outside.first().and_then(|one| owner(&one.function));
        let owner = match (around, called_with) {
            // A closure may run after the function that made it has returned.
            (Some(around), Some(owner)) if !around.contains(last_word(owner)) => Some(owner),
            (around, called_with) => around.or(called_with),
        };
        if let Some(owner) = owner {
            frame.function = format!("{owner}::{}", frame.function);
        }
    }
}

/// What a closure is called that has lost its path.
const CLOSURE: &str = "{closure}";

/// The function whose closure a generic function is called with.
fn owner(function: &str) -> Option<&str> {
    let (before, _) = function.split_once("::{closure}")?;
    let is_of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let start = before.rfind(|c| !is_of_path(c)).map_or(0, |at| at + 1);
    Some(&before[start..]).filter(|owner| !owner.is_empty())
}

/// `fold` of `app::fold`.
fn last_word(function: &str) -> &str {
    function.rsplit("::").next().unwrap_or(function)
}

/// Whether it is no frame that every program has.
pub(super) fn is_of_case(frame: &Frame) -> bool {
    matches!(frame.origin, Origin::User | Origin::Dependency)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "tests/app.rs:30";

    /// `app::parses tests/app.rs:9`, or `inlined parses tests/app.rs:9`.
    fn frame(words: &str) -> Frame {
        let (inlined, words) = match words.strip_prefix("inlined ") {
            Some(rest) => (true, rest),
            None => (false, words),
        };
        let (function, place) = words.split_once(' ').unwrap_or((words, ""));
        let place = place.split_once(':');
        Frame {
            function: function.to_owned(),
            file: place.map(|(file, _)| file.to_owned()),
            line: place.map(|(_, line)| line.parse().expect("a line")),
            inlined,
            origin: match function.starts_with("perf_runtime::") {
                true => Origin::Runtime,
                false => Origin::User,
            },
        }
    }

    /// The stack of a call of `app::second`, inside of what makes it.
    #[track_caller]
    fn check(stack: &[&str], outside: &[&str], expected: &[&str]) {
        let annotated = ["app::first", "app::second", "app::names::parses"];
        let annotated = annotated.map(str::to_owned).to_vec();
        let case = CaseName::new("shop::app::second/10", SOURCE, annotated);
        let makes = ["perf_runtime::measure::meter::call"];
        let frames = [stack, &makes, outside].concat();
        let named = case.stack(frames.into_iter().map(frame).collect());
        let expected: Vec<Frame> = expected.iter().map(|words| frame(words)).collect();
        assert_eq!(named, Stack::Call(expected));
    }

    #[test]
    fn a_case_that_was_merged_with_another_has_its_own_name() {
        let work = "app::work src/lib.rs:3";
        // The function alone, inside of what the attribute has made of this case.
        let around = "inlined {closure} tests/app.rs:30";
        let own = "app::second tests/app.rs:30";
        check(
            &[work, "app::first tests/app.rs:12", around],
            &[],
            &[work, own],
        );
        check(
            &[
                "app::first::{closure} tests/app.rs:13",
                "app::first tests/app.rs:12",
                around,
            ],
            &[],
            &["app::second::{closure} tests/app.rs:30", own],
        );
        // And what the attribute has made around the other.
        let around = "inlined {closure} tests/app.rs:10";
        check(
            &[work, "inlined first tests/app.rs:12", around],
            &[],
            &[work, "inlined app::second tests/app.rs:30"],
        );
    }

    #[test]
    fn a_case_with_the_lines_of_another_has_its_own_place() {
        let work = "app::work src/lib.rs:3";
        let own = "app::second tests/app.rs:30";
        check(&[work, "app::second tests/app.rs:12"], &[], &[work, own]);
        // A line behind the attribute is the function's, and one of another file a macro's.
        for kept in ["app::second tests/app.rs:31", "app::second src/macros.rs:2"] {
            check(&[work, kept], &[], &[work, kept]);
        }
    }

    #[test]
    fn others_keep_their_names() {
        let work = "app::work src/lib.rs:3";
        let first = "app::first tests/app.rs:12";
        let second = "app::second tests/app.rs:31";
        check(&[work, second], &[], &[work, second]);
        // The case calls the other, or marks a call of it as what is timed.
        check(&[work, first, second], &[], &[work, first, second]);
        let marked = "inlined app::second::{closure} tests/app.rs:33";
        check(
            &[work, first, "inlined {closure} tests/app.rs:33"],
            &[second],
            &[work, first, "inlined {closure} tests/app.rs:33"],
        );
        check(&[work, first, marked], &[second], &[work, first, marked]);
        // What the case ends with is called by a jump, and leaves no trace of the case.
        check(&[work], &[], &[work]);
    }
}
