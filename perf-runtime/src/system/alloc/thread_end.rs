//! Notices when a thread ends, without a thread-local that has `Drop`: the allocator may not have
//! one, because its registration allocates, and the standard library ends the process for it.

use std::ffi::c_void;

/// What is called on a thread that ends, with what it gave.
pub(super) type Ended = unsafe extern "C" fn(*mut c_void);

/// Has `ended` called with `given` when the calling thread ends, after what the standard
/// library destroys then; the `ended` of the first call is that of all. Where the
/// system has no such thing, or no more of it, it is never called.
#[cfg(unix)]
pub(super) fn tell(ended: Ended, given: *mut c_void) {
    if let Some(key) = unix::key(ended) {
        // SAFETY: the key was made and is never deleted.
        unsafe { libc::pthread_setspecific(key, given) };
    }
}

#[cfg(not(unix))]
pub(super) fn tell(_: Ended, _: *mut c_void) {}

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicU64, Ordering};

    use libc::pthread_key_t;

    use super::Ended;

    /// The key, or that there is none yet, or can be none.
    static KEY: AtomicU64 = AtomicU64::new(NOT_YET);
    const NOT_YET: u64 = u64::MAX;
    const REFUSED: u64 = u64::MAX - 1;

    /// The one key of the process; none where the system has no more.
    pub(super) fn key(ended: Ended) -> Option<pthread_key_t> {
        let known = match KEY.load(Ordering::Acquire) {
            NOT_YET => made(ended),
            known => known,
        };
        pthread_key_t::try_from(known)
            .ok()
            .filter(|_| known != REFUSED)
    }

    #[cold]
    fn made(ended: Ended) -> u64 {
        let mut key: pthread_key_t = 0;
        // SAFETY: the key is there to be written.
        let result = unsafe { libc::pthread_key_create(&mut key, Some(ended)) };
        let made = if result == 0 { u64::from(key) } else { REFUSED };
        match KEY.compare_exchange(NOT_YET, made, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => made,
            Err(known) => {
                if made != REFUSED {
                    // SAFETY: it was made here, and no other code has it.
                    unsafe { libc::pthread_key_delete(key) };
                }
                known
            }
        }
    }
}
