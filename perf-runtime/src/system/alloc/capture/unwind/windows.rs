//! Windows on x86-64, whose system reads the tables by which every function is unwound.

use std::backtrace::Backtrace;
use std::ffi::c_void;

/// `CONTEXT`: the registers, of which two are read.
#[repr(C, align(16))]
struct Registers([u8; 1232]);

const STACK_POINTER: usize = 0x98;
const INSTRUCTION_POINTER: usize = 0xf8;

/// `RUNTIME_FUNCTION`, addresses relative to the image.
#[repr(C)]
struct Function {
    begin: u32,
    end: u32,
    unwind: u32,
}

const NO_HANDLER: u32 = 0;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn RtlCaptureContext(registers: *mut Registers);
    fn RtlLookupFunctionEntry(
        address: u64,
        image: *mut u64,
        history: *mut c_void,
    ) -> *const Function;
    fn RtlVirtualUnwind(
        kind: u32,
        image: u64,
        address: u64,
        function: *const Function,
        registers: *mut Registers,
        handler_data: *mut *mut c_void,
        frame: *mut u64,
        pointers: *mut c_void,
    ) -> *mut c_void;
}

impl Registers {
    fn at(&self, place: usize) -> u64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.0[place..place + 8]);
        u64::from_le_bytes(bytes)
    }
}

/// The function that an address lies in, and the address of its image.
fn look_up(address: u64) -> Option<(*const Function, u64)> {
    let mut image = 0;
    // SAFETY: `image` is a valid place for the result; a history may be left out.
    let function = unsafe { RtlLookupFunctionEntry(address, &raw mut image, std::ptr::null_mut()) };
    (!function.is_null()).then_some((function, image))
}

/// Writes the return addresses of this thread's stack, top first; returns how
/// many.
pub(in super::super) fn walk(buffer: &mut [usize]) -> usize {
    let mut registers = Registers([0; 1232]);
    // SAFETY: `registers` is as large as the system's structure, and aligned as it is.
    unsafe { RtlCaptureContext(&raw mut registers) };
    let mut depth = 0;
    while depth < buffer.len() {
        let (address, stack) = (
            registers.at(INSTRUCTION_POINTER),
            registers.at(STACK_POINTER),
        );
        // A function without an entry calls no other: that there is one here is the end.
        let Some((function, image)) = look_up(address) else {
            break;
        };
        let (mut data, mut frame) = (std::ptr::null_mut(), 0);
        // SAFETY: the registers are those of a frame of this thread, the entry is that of
        // its function, and both results have valid places.
        unsafe {
            RtlVirtualUnwind(
                NO_HANDLER,
                image,
                address,
                function,
                &raw mut registers,
                &raw mut data,
                &raw mut frame,
                std::ptr::null_mut(),
            );
        }
        let caller = registers.at(INSTRUCTION_POINTER);
        if caller == 0 || registers.at(STACK_POINTER) <= stack {
            break;
        }
        buffer[depth] = caller as usize;
        depth += 1;
    }
    depth
}

/// The address of the function that `return_address` lies in; 0 where that is
/// not known.
pub(in super::super) fn function_of(return_address: usize) -> usize {
    // A return address may already be the next function's first.
    let inside = return_address.saturating_sub(1) as u64;
    look_up(inside).map_or(0, |(function, image)| {
        // SAFETY: the system's tables are there for as long as the image is.
        let begin = unsafe { (*function).begin };
        (image + u64::from(begin)) as usize
    })
}

/// The address of the function that is on the stack while the standard library takes a
/// backtrace.
pub(in super::super) fn unwinder() -> usize {
    Backtrace::force_capture as *const () as usize
}
