//! The names of system calls that wait.

use nix::libc;

/// A call that goes on after it was interrupted.
#[cfg(target_arch = "x86_64")]
pub(super) const RESTART: i64 = 219;
#[cfg(target_arch = "aarch64")]
pub(super) const RESTART: i64 = 128;

/// A thread that waits for a page of its memory.
const MEMORY: &str = "page_fault";

macro_rules! names {
    ($($call:ident)*) => { &[$((libc::$call, stringify!($call))),*] };
}

/// Those of both architectures.
const NAMES: &[(libc::c_long, &str)] = names![
    SYS_accept SYS_accept4 SYS_bpf SYS_clock_nanosleep SYS_clone SYS_clone3 SYS_close
    SYS_connect SYS_copy_file_range SYS_epoll_pwait SYS_epoll_pwait2 SYS_execve
    SYS_exit SYS_exit_group SYS_fallocate SYS_fcntl SYS_fdatasync SYS_flock SYS_fsync
    SYS_ftruncate SYS_futex SYS_futex_waitv SYS_getdents64 SYS_getrandom
    SYS_io_getevents SYS_io_uring_enter SYS_ioctl SYS_linkat SYS_madvise SYS_membarrier
    SYS_mkdirat SYS_mmap SYS_mprotect SYS_mq_timedreceive SYS_mq_timedsend SYS_mremap
    SYS_msgrcv SYS_msgsnd SYS_msync SYS_munmap SYS_nanosleep SYS_newfstatat SYS_openat
    SYS_openat2 SYS_ppoll SYS_pread64 SYS_preadv SYS_preadv2 SYS_pselect6 SYS_pwrite64
    SYS_pwritev SYS_pwritev2 SYS_read SYS_readv SYS_recvfrom SYS_recvmmsg SYS_recvmsg
    SYS_renameat2 SYS_rt_sigsuspend SYS_rt_sigtimedwait SYS_sched_yield
    SYS_semop SYS_semtimedop SYS_sendfile SYS_sendmmsg SYS_sendmsg SYS_sendto
    SYS_splice SYS_statx SYS_sync SYS_syncfs SYS_tee SYS_truncate
    SYS_unlinkat SYS_vmsplice SYS_wait4 SYS_waitid SYS_write SYS_writev
];

/// Those that newer architectures do without.
#[cfg(target_arch = "x86_64")]
const OLDER: &[(libc::c_long, &str)] = names![
    SYS_epoll_wait SYS_fork SYS_link SYS_lstat SYS_mkdir SYS_open SYS_pause SYS_poll
    SYS_readlink SYS_rename SYS_renameat SYS_rmdir SYS_select SYS_stat
    SYS_sync_file_range SYS_unlink SYS_vfork
];
#[cfg(target_arch = "aarch64")]
const OLDER: &[(libc::c_long, &str)] = &[];

/// The name of a system call: `futex`; `syscall 999` where it has none here.
pub(super) fn name(call: i64) -> String {
    if call < 0 {
        return MEMORY.to_owned();
    }
    let known = NAMES
        .iter()
        .chain(OLDER)
        .find(|(number, _)| *number == call);
    match known {
        Some((_, name)) => name.trim_start_matches("SYS_").to_owned(),
        None if call == RESTART => "restart_syscall".to_owned(),
        None => format!("syscall {call}"),
    }
}
