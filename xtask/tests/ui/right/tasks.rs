//! Users of an `async fn` are tasks.
#![deny(warnings)]

#[cfg(test)]
use std::cell::RefCell;
#[cfg(test)]
use std::rc::Rc;
#[cfg(test)]
use std::sync::Mutex;

use perf_runtime::perf_budget;

#[cfg(test)]
mod own {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    /// Asks until the answer is there.
    pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
        }
    }
}

#[perf_budget(max = "10s", ignore, threads = 3)]
async fn plain() {
    std::future::ready(()).await;
}

#[perf_budget(
    max = "10s",
    ignore,
    threads = 3,
    runtime = "multi_thread",
    clock = "wall"
)]
async fn fails() -> Result<(), u32> {
    Err(std::future::ready(2).await)
}

#[cfg(test)]
#[perf_budget(max = "10s", ignore, threads = 3, setup = || Rc::new(RefCell::new(0)))]
async fn one_thread_needs_no_send(calls: &Rc<RefCell<u32>>) -> u32 {
    let mine = Rc::clone(calls);
    std::future::ready(()).await;
    *mine.borrow_mut() += 1;
    *mine.borrow()
}

#[cfg(test)]
#[perf_budget(max = "10s", ignore, threads = 3, runtime = "multi_thread", setup = async || Mutex::new(0))]
async fn many_threads_share(calls: &Mutex<u32>) -> Result<(), String> {
    std::future::ready(()).await;
    *calls.lock().map_err(|error| error.to_string())? += 1;
    Ok(())
}

#[perf_budget(max = "10s", ignore, rate = "100/s", runtime = own::block_on, setup = || String::from("text"))]
async fn lends_by_path(text: &str) -> &str {
    std::future::ready(text).await
}

#[perf_budget(max = "10s", ignore, threads = 3, runtime = "multi_thread", setup = || vec![0_u8])]
async fn takes(bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

#[perf_budget(max = "10s", ignore, threads = 3, runtime = own::block_on, setup = async || 7)]
async fn takes_what_was_waited_for(number: u32) -> Result<(), u32> {
    if number == 7 { Ok(()) } else { Err(number) }
}

#[cfg(not(test))]
fn main() {}
