//! The end of the process: what is lost by it is said, and makes it a failure.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "says what the end of the process loses"
)]

#[cfg(not(any(unix, windows)))]
mod other;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::process;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

#[cfg(not(any(unix, windows)))]
use self::other as system;
#[cfg(unix)]
use self::unix as system;
#[cfg(windows)]
use self::windows as system;
use crate::collections::names::Names;
use crate::collections::{joined, owned};
use crate::system::{lock, worker_env};

/// The exit code of a harness whose tests failed, libtest's own.
pub(crate) const FAILED: u8 = 101;

/// Registered by `perf_runtime::main!()`: this program has to reach its harness.
#[derive(Debug)]
pub struct SerialTarget;

inventory::collect!(SerialTarget);

/// Registered by the standard harness: what the end of the process leaves unjudged that
/// was not even begun.
#[derive(Debug)]
pub(crate) struct NotBegun(pub(crate) fn() -> Option<String>);

inventory::collect!(NotBegun);

/// Whether the harness of a serial target was reached.
static REACHED: AtomicBool = AtomicBool::new(false);
/// Whether a budget test has failed.
static BROKEN: AtomicBool = AtomicBool::new(false);
/// This process, and not a copy of it that a case forks.
static PROCESS: AtomicU32 = AtomicU32::new(0);
/// What is lost if the process ends now, in the order in which it began.
static UNFINISHED: Mutex<Vec<(u64, Lines)>> = Mutex::new(Vec::new());

/// What is said of something that is unfinished, and how far it was.
#[derive(Debug, Default)]
struct Lines {
    text: String,
    /// Texts of what was reached.
    reached: Vec<String>,
    /// Names of what was not.
    open: Names<()>,
    at: String,
}

/// What is said of a serial target that ends before its harness was reached.
const NOT_REACHED: &str = "this process ended before `perf_runtime::main!()` was reached, so none of the budgets of this target were judged; call it in every case, or give other programs a target of their own";

/// What is said where the exit code says nothing of a budget that failed.
const FORGOTTEN: &str = "a performance budget failed or was not judged, and the process ended with exit code 0; look for a test that calls `exit`, or for a `main` that drops the exit code of its harness";

impl Lines {
    fn written(&self) -> String {
        let mut text = self.text.clone();
        for line in &self.reached {
            text += "\n";
            text.push_str(line);
        }
        for (name, ()) in self.open.iter() {
            text.push_str("\nnot judged: ");
            text.push_str(name);
        }
        if !self.at.is_empty() {
            text += "\n";
            text.push_str(&self.at);
        }
        text
    }
}

/// Something that the end of the process would cut short, until this is dropped.
#[must_use = "dropped at once, it says that nothing is unfinished"]
#[derive(Debug)]
pub(crate) struct Unfinished(u64);

impl Unfinished {
    /// `text` is what is said if the process ends before this is dropped.
    pub(crate) fn new(text: String) -> Unfinished {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let lines = Lines {
            text,
            ..Lines::default()
        };
        lock_unfinished().push((number, lines));
        Unfinished(number)
    }

    /// This is yet to be judged.
    pub(crate) fn open(&self, name: &str) {
        self.change(&mut |lines| {
            lines.open.insert(owned(name), ());
        });
    }

    /// One of them is judged.
    pub(crate) fn reached(&self, name: &str, text: &str) {
        self.change(&mut |lines| {
            if lines.open.remove(name).is_some() {
                lines.reached.push(owned(text));
            }
        });
    }

    /// What was done last.
    pub(crate) fn at(&self, text: &str) {
        self.change(&mut |lines| lines.at = owned(text));
    }

    fn change(&self, change: &mut dyn FnMut(&mut Lines)) {
        for (number, lines) in &mut *lock_unfinished() {
            if *number == self.0 {
                change(lines);
            }
        }
    }
}

impl Drop for Unfinished {
    #[inline(never)]
    fn drop(&mut self) {
        let mut unfinished = lock_unfinished();
        let mut place = 0;
        while unfinished
            .get(place)
            .is_some_and(|(number, _)| *number != self.0)
        {
            place += 1;
        }
        if place < unfinished.len() {
            unfinished.remove(place);
        }
    }
}

fn lock_unfinished() -> std::sync::MutexGuard<'static, Vec<(u64, Lines)>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The harness of a serial target is reached.
#[cfg(feature = "harness")]
pub(crate) fn reached() {
    REACHED.store(true, Ordering::Release);
}

/// A budget has failed, or none can be judged: the process has to end with a code that says
/// so.
pub(crate) fn broken() {
    BROKEN.store(true, Ordering::Release);
}

/// Ends a copy of this process that a case forked, and that returned from the
/// call: it must not go on measuring beside the original.
pub(crate) fn end_of_a_copy() {
    let original = PROCESS.load(Ordering::Relaxed);
    if original != 0 && process::id() != original {
        system::end(0);
    }
}

#[cfg_attr(not(any(unix, windows)), allow(dead_code, reason = "there is no hook"))]
/// Before `main`: remembers the process, and watches its end.
extern "C" fn start() {
    PROCESS.store(process::id(), Ordering::Relaxed);
    system::watch();
}

#[cfg_attr(not(any(unix, windows)), allow(dead_code, reason = "there is no hook"))]
/// Where the process ends by `exit`, or by the return of `main`, with this exit code where
/// the system says it.
fn at_exit(code: Option<i32>) {
    if process::id() != PROCESS.load(Ordering::Relaxed) {
        return;
    }
    lock::unlock();
    // The process that started a worker sees that it did not do its task to the end, and
    // programs that a case starts are not measured.
    if worker_env::is_worker() {
        return;
    }
    let forgotten = code == Some(0) && BROKEN.load(Ordering::Acquire);
    if let Some(text) = lost().or_else(|| forgotten.then(|| FORGOTTEN.to_owned())) {
        system::say(&format!("\nerror: {text}\n"));
        system::end(i32::from(FAILED));
    }
}

/// What is lost because the process ends now.
fn lost() -> Option<String> {
    let serial = inventory::iter::<SerialTarget>().next().is_some();
    if serial && !REACHED.load(Ordering::Acquire) {
        return Some(NOT_REACHED.to_owned());
    }
    // The thread that ends the process may hold it; then something is unfinished.
    let Ok(unfinished) = UNFINISHED.try_lock() else {
        return Some("the process ended while budgets were measured".to_owned());
    };
    let mut texts = Vec::new();
    for (_, lines) in &*unfinished {
        texts.push(lines.written());
    }
    if !texts.is_empty() {
        return Some(joined(&texts, "\n"));
    }
    let mut harness = inventory::iter::<NotBegun>();
    harness.find_map(|NotBegun(lost)| if serial { None } else { lost() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unfinished_is_known_until_it_is_dropped() {
        let first = Unfinished::new("exit::tests measures".to_owned());
        let second = Unfinished::new("exit::tests lists".to_owned());
        first.open("a::b");
        first.open("a::c");
        first.reached("a::b", "pass a::b");
        first.reached("a::b", "again");
        first.at("a::c was called");
        let text = lost().expect("two things are unfinished");
        let expected = "exit::tests measures\npass a::b\nnot judged: a::c\na::c was called";
        let (measures, lists) = (text.find(expected), text.find("exit::tests lists"));
        assert!(measures.is_some() && measures < lists, "{text}");
        drop((first, second));
        let later = lost().unwrap_or_default();
        assert!(!later.contains("exit::tests"), "{later}");
    }
}
