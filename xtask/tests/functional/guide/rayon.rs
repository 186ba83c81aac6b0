use perf_runtime::{CountingAllocator, perf_budget};
use rayon::prelude::*;

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::system();

/// The pool is started before anything is timed or counted: its threads are not
/// the call's.
fn numbers() -> Vec<u64> {
    rayon::broadcast(|_| ());
    (0..100_000).collect()
}

/// `mem` holds what all threads of the pool allocate for the call. How they meet
/// varies, so the limit leaves room.
#[perf_budget(p90 = "500ms", mem = "4MB", setup = numbers)]
fn squares_are_summed(numbers: &Vec<u64>) -> u64 {
    let squares: Vec<u64> = numbers.par_iter().map(|n| n * n).collect();
    squares.par_iter().sum()
}

mod one_thread {
    use super::*;

    #[perf_budget(p90 = "500ms", setup = numbers)]
    fn squares_are_summed(numbers: &Vec<u64>) -> u64 {
        numbers.iter().map(|n| n * n).sum()
    }
}
