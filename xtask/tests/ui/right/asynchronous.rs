//! Functions that wait, and who drives them.
#![deny(warnings)]

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

#[cfg(test)]
async fn later() -> u32 {
    std::future::ready(2).await
}

#[cfg(not(test))]
async fn later() -> u32 {
    2
}

#[perf_budget(max = "10s", ignore)]
async fn waits() -> u32 {
    later().await
}

#[perf_budget(max = "10s", ignore, runtime = "multi_thread")]
async fn fails_on_many_threads() -> Result<(), u32> {
    Err(later().await)
}

#[perf_budget(max = "10s", ignore, runtime = own::block_on, setup = || String::from("text"))]
async fn lends_by_path(text: &str) -> &str {
    later().await;
    text
}

#[perf_budget(max = "10s", ignore, setup = || vec![0_u8])]
async fn takes(bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

#[perf_budget(max = "10s", ignore, setup = async || later().await)]
async fn changes_what_was_waited_for(calls: &mut u32) -> Result<(), u32> {
    *calls += later().await;
    if *calls < 6 { Ok(()) } else { Err(*calls) }
}

#[perf_budget(max = "10s", ignore, runtime = own::block_on, setup = async || later().await)]
async fn waits_by_path(number: u32) -> u32 {
    number
}

#[perf_budget(max = "10s", ignore, args = [1, 2], runtime = "current_thread")]
async fn each(n: u32) -> Result<(), u32> {
    if later().await == n { Ok(()) } else { Err(n) }
}

#[perf_budget(max = "10s", ignore, args = ["a", "b"], setup = async |text| text.repeat(2))]
async fn each_waited_for(text: &str) -> Result<(), String> {
    Err(text.to_owned())
}

#[cfg(not(test))]
fn main() {}
