#![cfg_attr(not(test), no_std)]

pub fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| sum.rotate_left(5) ^ u32::from(*byte))
}

#[cfg(test)]
mod tests {
    #[global_allocator]
    static ALLOC: perf_runtime::CountingAllocator = perf_runtime::CountingAllocator::system();

    #[perf_runtime::perf_budget(mean = "1ms", deny_alloc)]
    fn a_packet_is_checked() -> u32 {
        super::checksum(&[7; 1_500])
    }
}
