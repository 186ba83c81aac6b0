//! Stacks from registers and a copy of stack memory, by the unwind tables of the code.

use framehop::{
    CacheNative, ExplicitModuleSectionInfo, MayAllocateDuringUnwind, Module, UnwindRegsNative,
    Unwinder as _, UnwinderNative,
};

use super::images::{Image, Images};

/// The deepest stack that is followed.
const MOST_FRAMES: usize = 1000;

/// A thread at a moment.
pub(super) struct Snapshot {
    pub(super) program_counter: u64,
    pub(super) stack_pointer: u64,
    pub(super) registers: UnwindRegsNative,
    /// The memory from the stack pointer on.
    pub(super) memory: Vec<u8>,
}

/// Follows stacks.
pub(super) struct Unwinder {
    unwinder: UnwinderNative<Vec<u8>, MayAllocateDuringUnwind>,
    cache: CacheNative<MayAllocateDuringUnwind>,
    /// The first addresses of the images it knows.
    known: Vec<u64>,
}

impl Unwinder {
    pub(super) fn new() -> Unwinder {
        Unwinder {
            unwinder: UnwinderNative::new(),
            cache: CacheNative::new(),
            known: Vec::new(),
        }
    }

    /// Takes in the images that are new.
    pub(super) fn update(&mut self, images: &Images) {
        for image in images.iter() {
            if !self.known.contains(&image.range.start) {
                self.known.push(image.range.start);
                self.unwinder.add_module(module(image));
            }
        }
    }

    /// The addresses of the code on a stack, innermost first, each within its call;
    /// and whether the stack was followed to its end.
    pub(super) fn stack(&mut self, snapshot: &Snapshot) -> (Vec<u64>, bool) {
        let mut read = |address: u64| {
            let offset = usize::try_from(address.wrapping_sub(snapshot.stack_pointer));
            let bytes = offset
                .ok()
                .and_then(|at| snapshot.memory.get(at..at.checked_add(8)?));
            let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
            bytes.map(u64::from_le_bytes).ok_or(())
        };
        let mut frames = self.unwinder.iter_frames(
            snapshot.program_counter,
            snapshot.registers,
            &mut self.cache,
            &mut read,
        );
        let mut addresses = Vec::new();
        while addresses.len() < MOST_FRAMES {
            match frames.next() {
                Ok(Some(frame)) => addresses.push(frame.address_for_lookup()),
                Ok(None) => return (addresses, true),
                Err(_) => break,
            }
        }
        (addresses, false)
    }
}

fn module(image: &Image) -> Module<Vec<u8>> {
    let section = |name| {
        image
            .section(name)
            .map(|(range, data)| (range, data.to_vec()))
    };
    let (eh_frame_svma, eh_frame) = section(".eh_frame").unzip();
    let (eh_frame_hdr_svma, eh_frame_hdr) = section(".eh_frame_hdr").unzip();
    let sections = ExplicitModuleSectionInfo {
        eh_frame_svma,
        eh_frame,
        eh_frame_hdr_svma,
        eh_frame_hdr,
        ..ExplicitModuleSectionInfo::default()
    };
    Module::new(
        image.path.clone(),
        image.range.clone(),
        image.bias,
        sections,
    )
}
