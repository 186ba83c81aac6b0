//! Each attack, and what becomes of the case that makes it.

use Victim::{Accounted, Fails, Passes};

/// What becomes of the case that attacks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Victim {
    /// It fails, and this is said.
    Fails(&'static str),
    /// It is judged as if it had done nothing.
    Passes,
    /// Either: how far the attack comes is the system's to say.
    Accounted,
}

/// Each attack, and what becomes of who makes it.
pub(super) const ALL: &[(&str, Victim)] = &[
    ("nothing", Passes),
    ("panic", Fails("a plain panic")),
    ("panic-in-colour", Fails("\\u{1b}[31mred")),
    (
        "panic-with-a-number",
        Fails("a panic whose payload is no text"),
    ),
    (
        "panic-with-a-bomb",
        Fails("a panic whose payload is no text"),
    ),
    ("panic-in-the-hook", Fails("SIGABRT")),
    ("exit-in-the-hook", Fails("exited with code 0")),
    ("panic-in-a-thread", Passes),
    ("abort", Fails("SIGABRT")),
    ("late:abort", Fails("SIGABRT")),
    ("exit-0", Fails("exited with code 0")),
    ("late:exit-0", Fails("exited with code 0")),
    ("exit-at-once", Fails("exited with code 0")),
    ("segfault", Fails("SIGSEGV")),
    ("overflow-the-stack", Fails("SIG")),
    ("kill", Fails("SIGKILL")),
    ("late:kill", Fails("SIGKILL")),
    ("terminate", Fails("SIGTERM")),
    ("trap", Fails("SIGTRAP")),
    ("abort-in-a-thread", Fails("SIGABRT")),
    ("no-processor-time", Fails("ended its process")),
    ("sleep", Fails("hangs")),
    ("spin", Fails("hangs")),
    ("late:sleep", Fails("hangs")),
    ("stop", Fails("stopped by a signal")),
    ("late:stop", Fails("stopped by a signal")),
    ("slow", Accounted),
    ("fork-and-stay", Passes),
    ("fork-quietly", Passes),
    ("fork-and-return", Accounted),
    ("start-a-program", Passes),
    ("leave-a-file", Passes),
    ("leave-a-thread", Passes),
    ("close-the-input", Passes),
    ("close-the-output", Passes),
    ("close-the-errors", Passes),
    ("close-everything", Accounted),
    ("read-the-input", Passes),
    ("leave-the-folder", Passes),
    ("stand-in-no-folder", Passes),
    ("remove-the-variables", Passes),
    ("forge-the-variables", Passes),
    ("remove-the-records", Passes),
    ("no-files", Accounted),
    ("no-memory", Accounted),
    ("no-processes", Accounted),
    ("no-writing", Accounted),
    ("mask", Passes),
    ("session", Accounted),
    ("flood", Passes),
    ("flood-with-lines", Passes),
    ("flood-the-errors", Passes),
    ("print-bytes", Passes),
    ("print-commands", Passes),
    ("forge-a-verdict", Fails("SIGABRT")),
    ("forge-the-end", Passes),
    ("forge-a-sweep", Passes),
    ("forge-a-version", Passes),
    ("forge-a-mistake", Passes),
    ("forge-depth", Passes),
    ("allocate-at-a-threads-end", Passes),
    ("allocate-in-a-signal", Accounted),
    ("allocate-too-much", Passes),
];
