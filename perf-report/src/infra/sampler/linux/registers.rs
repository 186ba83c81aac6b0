//! The registers of a stopped thread, on each architecture.

use framehop::UnwindRegsNative;
use nix::errno::Errno;
use nix::libc::user_regs_struct;
use nix::sys::ptrace;
use nix::unistd::Pid;

use super::thread::Blocked;

/// What a system call returns inside the kernel that is interrupted and is to be
/// made again: ERESTARTSYS to ERESTARTNOHAND, and ERESTART_RESTARTBLOCK.
#[cfg(target_arch = "x86_64")]
const RESTARTS: [i64; 4] = [-512, -513, -514, -516];
const INTERRUPTED: i64 = -(Errno::EINTR as i64);

/// The registers of a stopped thread.
pub(super) struct Registers(user_regs_struct);

impl Registers {
    pub(super) fn of(thread: Pid) -> Result<Registers, Errno> {
        ptrace::getregs(thread).map(Registers)
    }
}

#[cfg(target_arch = "x86_64")]
impl Registers {
    pub(super) fn program_counter(&self) -> u64 {
        self.0.rip
    }

    pub(super) fn stack_pointer(&self) -> u64 {
        self.0.rsp
    }

    pub(super) fn for_unwinding(&self) -> UnwindRegsNative {
        UnwindRegsNative::new(self.0.rip, self.0.rsp, self.0.rbp)
    }

    /// Whether the thread was blocked in a system call when it was stopped, though
    /// it may have been running when it was looked at.
    pub(super) fn blocked(&self, looked: Option<&Blocked>) -> Option<i64> {
        let call = self.0.orig_rax.cast_signed();
        let result = self.0.rax.cast_signed();
        if call >= 0 && (RESTARTS.contains(&result) || result == INTERRUPTED) {
            return Some(call);
        }
        // A wait for memory.
        let here = |looked: &&Blocked| looked.call < 0 && looked.program_counter == self.0.rip;
        looked.filter(here).map(|looked| looked.call)
    }

    /// Whether the system call that the stop has interrupted says so to the program.
    pub(super) fn is_interrupted(&self, _: Option<&Blocked>) -> bool {
        self.0.orig_rax.cast_signed() >= 0 && self.0.rax.cast_signed() == INTERRUPTED
    }

    /// Has the thread make the interrupted system call again.
    pub(super) fn make_again(mut self, thread: Pid, _: Option<&Blocked>) -> Result<(), Errno> {
        self.0.rax = self.0.orig_rax;
        // The length of the instruction `syscall`.
        self.0.rip -= 2;
        ptrace::setregs(thread, self.0)
    }
}

/// The kernel sets the thread back to the instruction before it stops it, and keeps
/// the number of the call to itself: what was looked at before says more.
#[cfg(target_arch = "aarch64")]
impl Registers {
    pub(super) fn program_counter(&self) -> u64 {
        self.0.pc
    }

    pub(super) fn stack_pointer(&self) -> u64 {
        self.0.sp
    }

    pub(super) fn for_unwinding(&self) -> UnwindRegsNative {
        UnwindRegsNative::new_with_ptr_auth_mask(
            framehop::aarch64::PtrAuthMask(u64::MAX >> 16),
            self.0.regs[30],
            self.0.sp,
            self.0.regs[29],
        )
    }

    pub(super) fn blocked(&self, looked: Option<&Blocked>) -> Option<i64> {
        let here = |looked: &&Blocked| {
            let back = looked.program_counter.wrapping_sub(self.0.pc);
            looked.stack_pointer == self.0.sp && (back == 0 || back == 4)
        };
        looked.filter(here).map(|looked| looked.call)
    }

    pub(super) fn is_interrupted(&self, looked: Option<&Blocked>) -> bool {
        let here = |looked: &Blocked| looked.call >= 0 && looked.program_counter == self.0.pc;
        looked.is_some_and(here) && self.0.regs[0].cast_signed() == INTERRUPTED
    }

    pub(super) fn make_again(mut self, thread: Pid, looked: Option<&Blocked>) -> Result<(), Errno> {
        self.0.regs[0] = looked.ok_or(Errno::EINVAL)?.arguments[0];
        self.0.pc -= 4;
        ptrace::setregs(thread, self.0)
    }
}
