//! Entry points: the harnesses, the worker of the command line, and the session that they share.

pub(crate) mod output;
pub(crate) mod representative;
pub(crate) mod resolve;
pub(crate) mod watchdog;
pub(crate) mod session;
pub(crate) mod test_output;
pub(crate) mod in_process;
pub(crate) mod supervisor;
pub(crate) mod arguments;
pub(crate) mod ab_worker;
pub(crate) mod worker;
pub(crate) mod libtest;
#[cfg(feature = "harness")]
pub(crate) mod serial;
