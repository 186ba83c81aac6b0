//! Why a process that measures ended before it was done, or the whole run.

use crate::model::coded::coded;

coded! {
    /// Why not every case was judged, and what to do next.
    pub(crate) struct Stopped;

    /// Mistakes of the configuration, a line each.
    refused(mistakes) = "{mistakes}";
    not_started(why) = "a further process to measure in could not be started: {why}";
    unknown_cases(ids) = "the process that measures does not know {ids}" [; "`args` have to be the same in every process"];
    before_start(how) = "the process that measures ended before it began: {how}" [; "with PERF_IN_PROCESS=1 no process is started"];

    // How a process ended, with what it printed last.
    silent(seconds, lines) = "it stopped, and was killed after it had said nothing for {seconds} s" [; "its last words were: {lines}"];
    garbled(found, lines) = "it wrote to the standard input, which is how it is supervised: {found}" [; "its last words were: {lines}"];
    closed_files(lines) = "it closed files that it had not opened, the connection to its supervisor among them" [; "its last words were: {lines}"];
    ended(status, lines) = "{status}" [; "its last words were: {lines}"];
    unknown_end(lines) = "how is not known" [; "its last words were: {lines}"];
}
