//! The process and the machine: allocator, clock, counters, files, environment.

pub(crate) mod worker_env;
pub(crate) mod mailbox;
pub(crate) mod stream;
pub(crate) mod threads;
pub(crate) mod alloc;
pub(crate) mod clock;
pub(crate) mod counters;
pub(crate) mod environment;
pub(crate) mod lock;
pub(crate) mod exit;
pub(crate) mod files;
pub(crate) mod channel;
