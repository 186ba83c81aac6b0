//! Linux: threads are stopped and read by ptrace, one at a time and for microseconds.

mod attach;
mod images;
mod names;
mod registers;
mod symbols;
mod syscalls;
mod thread;
mod tracer;
mod unwind;

#[cfg(test)]
mod tests;

pub(crate) use self::attach::Sampler;
pub(super) use self::images::Images;
pub(crate) use self::symbols::Symbols;
