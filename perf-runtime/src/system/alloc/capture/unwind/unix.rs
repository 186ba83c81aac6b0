//! Systems whose unwinder is the one that the standard library is linked with.

use std::ffi::{c_int, c_void};

#[repr(C)]
struct Context {
    _private: [u8; 0],
}

type Step = extern "C" fn(*mut Context, *mut c_void) -> c_int;

/// `_URC_NO_REASON`: go on.
const GO_ON: c_int = 0;
/// `_URC_NORMAL_STOP`.
const STOP: c_int = 4;

// The Itanium C++ ABI's unwinder; the standard library links it for panics.
unsafe extern "C" {
    fn _Unwind_Backtrace(step: Step, state: *mut c_void) -> c_int;
    fn _Unwind_GetIP(context: *mut Context) -> usize;
    fn _Unwind_FindEnclosingFunction(address: *mut c_void) -> *mut c_void;
}

struct Walk<'buffer> {
    buffer: &'buffer mut [usize],
    depth: usize,
}

extern "C" fn step(context: *mut Context, state: *mut c_void) -> c_int {
    // SAFETY: `walk` below hands its own `Walk` over, lends it to no other
    // code meanwhile, and the unwinder hands it on unchanged.
    let walk = unsafe { &mut *state.cast::<Walk<'_>>() };
    let Some(place) = walk.buffer.get_mut(walk.depth) else {
        return STOP;
    };
    // SAFETY: the context is the one that the unwinder called with.
    *place = unsafe { _Unwind_GetIP(context) };
    walk.depth += 1;
    GO_ON
}

/// Writes the return addresses of this thread's stack, top first; returns how
/// many.
pub(in super::super) fn walk(buffer: &mut [usize]) -> usize {
    let mut walk = Walk { buffer, depth: 0 };
    // SAFETY: `step` matches the signature that the unwinder calls, does not
    // unwind, and the state lives until the call returns.
    unsafe { _Unwind_Backtrace(step, (&raw mut walk).cast()) };
    walk.depth
}

/// The address of the function that `return_address` lies in; 0 where that is
/// not known.
pub(in super::super) fn function_of(return_address: usize) -> usize {
    // A return address may already be the next function's first.
    let inside = return_address.saturating_sub(1) as *mut c_void;
    // SAFETY: the unwinder only searches its tables for the address.
    unsafe { _Unwind_FindEnclosingFunction(inside) as usize }
}

/// The address of the unwinder's own function, which is on the stack while the
/// standard library takes a backtrace.
pub(in super::super) fn unwinder() -> usize {
    _Unwind_Backtrace as *const () as usize
}
